"""The frozen copy of the estimates: ``tests/reference/estimates``, and the log of its moves.

It holds the main file and the models of every exhibit, and every other part of at most 300 kB. A
larger part holds single draws of a simulation, which the frozen p-value and bounds sum up; it is
compared with the estimates made anew instead.
"""

import hashlib
import re
import subprocess
from pathlib import Path

from pilotzone import estimates
from pilotzone.audit import completeness
from pilotzone.audit.project import Project, by_key
from pilotzone.audit.reason import reason
from pilotzone.errors import UserError

LARGEST = 300_000
LOG = "LOG.md"
# Closes an entry: the digest of everything above it, so that no old entry can be rewritten.
SEAL = re.compile(r"^sealed ([0-9a-f]{64})\n", flags=re.MULTILINE)
HEADING = "# Moves of the frozen estimates\n"
DIGEST = re.compile(r"^digest ([0-9a-f]{64})$", flags=re.MULTILINE)


def names(folder: Path) -> list[str]:
    """Return the estimates files of a folder, sorted."""
    return sorted(path.name for path in folder.glob("*.csv"))


def to_keep(folder: Path) -> list[str]:
    """Return the files of a folder of estimates that a frozen copy holds."""
    return [
        name
        for name in names(folder)
        if name.removesuffix(".csv").partition(".")[2] in ("", "models")
        or (folder / name).stat().st_size <= LARGEST
    ]


def freeze(project: Project, message: str) -> list[str]:
    """Make the frozen copy equal to the output, log why, and return what changed.

    Raises UserError if there is no message, or an estimates file is missing, orphaned or out of
    date.
    """
    message = reason(message)
    _require_complete(project)
    kept, there = to_keep(project.estimates), names(project.frozen)
    changed = _changes(project, kept, there)
    if not changed:
        _seal(project.frozen / LOG)
        return []
    project.frozen.mkdir(parents=True, exist_ok=True)
    for name in kept:
        (project.frozen / name).write_bytes((project.estimates / name).read_bytes())
    for name in set(there) - set(kept):
        (project.frozen / name).unlink()
    _log(project, message, changed)
    return changed


def _require_complete(project: Project) -> None:
    folder = project.estimates.relative_to(project.output).as_posix()
    found = [p for p in completeness.problems(project) if p.output.startswith(f"{folder}/")]
    if found:
        first = found[0]
        raise UserError(
            f"output/{first.output} is {first.kind}, and {len(found) - 1} further files are not in "
            "order; run make before make freeze"
        )


def _changes(project: Project, kept: list[str], there: list[str]) -> list[str]:
    """Return a line for every file that a freeze would change."""
    lines = []
    for name in sorted(set(kept) | set(there)):
        if name not in kept:
            lines.append(f"{name}: removed")
        elif name not in there:
            lines.append(f"{name}: new")
        elif (project.frozen / name).read_bytes() != (project.estimates / name).read_bytes():
            lines.append(f"{name}: {_moved(project.frozen / name, project.estimates / name)}")
    return lines


def _moved(old: Path, new: Path) -> str:
    """Return how many cells and rows differ."""
    try:
        before, after = by_key(old), by_key(new)
    except UserError:
        return "another file"
    common = before.index.intersection(after.index)
    left, right = before.loc[common], after.loc[common]
    same = (left == right) | (left.isna() & right.isna())
    counts = {"cells": int((~same).to_numpy().sum())}
    counts |= {"rows more": len(after) - len(common), "rows less": len(before) - len(common)}
    return ", ".join(f"{n} {what}" for what, n in counts.items() if n) or "layout"


def _log(project: Project, message: str, changed: list[str]) -> None:
    path = project.frozen / LOG
    before = path.read_text(encoding="utf-8") if path.exists() else HEADING
    title = ": ".join(filter(None, (_date(project.root), message)))
    lines = "\n".join(f"- {line}" for line in changed)
    entry = f"\n## {title}\n\n{lines}\n\ndigest {digest(project.frozen)}\n"
    estimates.replace_text(path, before + entry)
    _seal(path)


def _seal(path: Path) -> None:
    """Close a log that ends without a seal; a seal that is there is never renewed."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if text and not text.splitlines()[-1].startswith("sealed "):
        estimates.replace_text(path, f"{text}sealed {hashlib.sha256(text.encode()).hexdigest()}\n")


def _date(root: Path) -> str:
    """Return the date of the last commit; an empty text outside a repository."""
    command = ["git", "-C", str(root), "log", "-1", "--format=%cs"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def digest(folder: Path) -> str:
    """Return the digest of all files of the frozen copy."""
    text = "".join(
        f"{name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n"
        for name in names(folder)
    )
    return hashlib.sha256(text.encode()).hexdigest()


def log_failures(folder: Path) -> list[str]:
    """Return what is wrong if the frozen copy was changed by anything but a freeze."""
    path = folder / LOG
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    logged = DIGEST.findall(text)
    if not logged:
        return [f"{LOG}: no move of the frozen copy is logged"]
    if logged[-1] != digest(folder):
        return [f"{LOG}: the frozen copy is not the one of the last entry; move it by make freeze"]
    return _seal_failures(text)


def _seal_failures(text: str) -> list[str]:
    """Return the seals of a log above which something was changed, and a log that ends in none."""
    failures = []
    for seal in SEAL.finditer(text):
        above = text[: seal.start()]
        if hashlib.sha256(above.encode()).hexdigest() != seal[1]:
            entry = above.rpartition("\n## ")[2].partition("\n")[0]
            failures.append(f"{LOG}: changed above the seal of '{entry}'")
    if not text.splitlines()[-1].startswith("sealed "):
        failures.append(f'{LOG}: the last entry has no seal; run make freeze MESSAGE="why"')
    return failures
