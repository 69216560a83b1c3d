"""The published figures: every file as its checksum says, with source and rights."""

import csv
import re
from pathlib import Path

from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.report.manifest import file_sha256

LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")
NEEDED = ("publisher", "rights")


def checks(project: Project) -> list[Check]:
    """Return what is wrong with checksums and with the table of sources."""
    number = len(files_below(project.raw))
    wrong = tuple(checksum_failures(project.sums, project.raw)), tuple(source_failures(project.raw))
    said = ("files of data/raw against data/SHA256SUMS", "publisher and rights of each file")
    return [
        Check("inputs", name, text, failures, f"{number} files", number)
        for name, text, failures in zip(("checksums", "sources"), said, wrong, strict=True)
    ]


def files_below(folder: Path) -> list[str]:
    """Return the files below a folder with slashes, sorted, without hidden ones."""
    folder = folder.resolve()
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    shown = [path for path in found if not any(part.startswith(".") for part in path.parts)]
    return sorted(path.as_posix() for path in shown)


def checksum_failures(sums: Path, raw: Path) -> list[str]:
    """Return the files that are missing, changed or not listed.

    Parameters
    ----------
    sums : lines ``<sha256>  raw/<file>``.
    """
    if not sums.exists():
        return [f"{sums.name}: not there"]
    listed, failures = {}, []
    for number, line in enumerate(
        sums.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
    ):
        match = LINE.fullmatch(line)
        if match and match[2] in listed:
            failures.append(f"{sums.name}, line {number}: {match[2]} stands twice")
        elif match:
            listed[match[2]] = match[1]
        else:
            failures.append(f"{sums.name}, line {number}: not a checksum and a file")
    there = {f"{raw.name}/{name}": raw / name for name in files_below(raw)}
    for name in sorted(listed.keys() | there.keys()):
        if name not in there:
            failures.append(f"data/{name}: missing")
        elif name not in listed:
            failures.append(f"data/{name}: not in {sums.name}")
        elif file_sha256(there[name]) != listed[name]:
            failures.append(f"data/{name}: changed, another checksum than in {sums.name}")
    return failures


def source_failures(raw: Path) -> list[str]:
    """Return the files without source or rights, and the rows without a file."""
    table = raw / "sources.csv"
    if not table.exists():
        return ["data/raw/sources.csv: not there"]
    with table.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = {row.get("file") or "": row for row in csv.DictReader(file)}
    there = files_below(raw)
    failures = [f"data/raw/sources.csv: no file {name}" for name in sorted(rows.keys() - there)]
    for name in there:
        if name not in rows:
            failures.append(f"data/raw/{name}: no row in sources.csv")
            continue
        lacking = [field for field in NEEDED if not (rows[name].get(field) or "").strip()]
        failures += [f"data/raw/{name}: no {field} in sources.csv" for field in lacking]
    return failures
