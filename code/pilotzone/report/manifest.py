"""What the files below ``output`` were made from: ``output/manifest.csv``.

One row for every committed file of an exhibit. A figure is drawn anew only if the digest of what it
shows differs from its row, so that a build on another processor changes no picture.
"""

import csv
import dataclasses
import functools
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from pilotzone.catalogue import Exhibit, codebook
from pilotzone.errors import UserError
from pilotzone.estimates import replace_text
from pilotzone.estimates.cautions import AUDITS
from pilotzone.exhibits import drawn

PACKAGE = Path(__file__).parents[1]
SUMS = codebook.DATA / "SHA256SUMS"
NAME = "manifest.csv"
MADE_BY = "make"
# Figures for print, which make print draws, and their digests.
PRINTED, PRINTED_ENDINGS, DIGESTS = "figures/print", ("pdf", "png"), "SHA256SUMS"
# The sources that decide what a rendering shows, besides the exhibit and its estimates.
SOURCES = {
    kind: (f"{room}/*.py", "estimates/cautions.py", "catalogue/*.py", "catalogue/phrases/*.toml")
    for kind, room in (("tables", "tables"), ("figures", "plots"))
}


@dataclasses.dataclass(frozen=True, order=True)
class Entry:
    """A row: a file below ``output`` and the digests of what it was made from.

    Attributes
    ----------
    output : str
        Path below the output folder, with slashes.
    exhibit_sha256 : str
        Digest of the exhibit's file.
    data_sha256 : str
        Digest of ``data/SHA256SUMS``; empty while there is none.
    inputs_sha256 : str
        Digest of estimates, labels and sources behind a table or figure; empty for estimates.
    built_by : str
        The command that estimates the exhibit.
    output_sha256 : str
        Digest of a figure as it was written; empty for what is made anew and compared.
    """

    output: str
    exhibit: str
    exhibit_sha256: str
    data_sha256: str
    inputs_sha256: str
    built_by: str = MADE_BY
    output_sha256: str = ""


COLUMNS = tuple(field.name for field in dataclasses.fields(Entry))


@dataclasses.dataclass(frozen=True)
class Problem:
    """A file that is ``missing``, ``orphaned``, ``outdated`` or ``changed``, and why."""

    kind: str
    output: str
    reason: str


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file; an empty text if it is not there."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def estimates_files(exhibit_id: str, folder: Path) -> list[Path]:
    """Return the estimates files of an exhibit, its main file and its parts, sorted."""
    return sorted(path for path in folder.glob("*.csv") if path.name.split(".")[0] == exhibit_id)


@functools.cache
def sources(kind: str) -> tuple[Path, ...]:
    """Return labels and source files that decide what a kind of rendering shows, sorted."""
    found = {path for pattern in SOURCES[kind] for path in PACKAGE.glob(pattern)}
    return (codebook.CODEBOOK, codebook.PROVINCES, codebook.CITIES, *sorted(found))


def inputs_sha256(kind: str, exhibit_id: str, exhibit_file: Path, folder: Path) -> str:
    """Return the digest of everything that a table or figure shows.

    Parameters
    ----------
    kind : {'tables', 'figures'}
    exhibit_id : str
    exhibit_file : Path
    folder : Path
        The estimates files; the audits of inference among them say what carries a caution.
    """
    audits = sorted(folder.glob(AUDITS))
    files = (exhibit_file, *estimates_files(exhibit_id, folder), *audits, *sources(kind))
    text = "".join(f"{path.name} {file_sha256(path)}\n" for path in files)
    return hashlib.sha256(text.encode()).hexdigest()


def entries(
    exhibit_id: str, exhibit: Exhibit, exhibit_file: Path, output: Path, folder: Path
) -> list[Entry]:
    """Return the rows that an exhibit's files should have now, whether or not they are there.

    Estimates count only if their folder lies below ``output``.
    """
    origin = (exhibit_id, file_sha256(exhibit_file), file_sha256(SUMS))
    digests = {kind: inputs_sha256(kind, exhibit_id, exhibit_file, folder) for kind in SOURCES}
    names = {f"tables/{exhibit_id}.{ending}": digests["tables"] for ending in ("md", "tex")}
    if drawn(exhibit_id, exhibit, folder):
        names[f"figures/{exhibit_id}.png"] = digests["figures"]
    if folder.is_relative_to(output):
        made = estimates_files(exhibit_id, folder)
        names |= {path.relative_to(output).as_posix(): "" for path in made}
    return sorted(Entry(name, *origin, digest, exhibit.built_by) for name, digest in names.items())


def stamped(output: Path, rows: Iterable[Entry]) -> list[Entry]:
    """Return rows with the digests of the figures that lie below ``output`` by now."""
    return [
        dataclasses.replace(row, output_sha256=file_sha256(output / row.output))
        if row.output.startswith("figures/")
        else row
        for row in rows
    ]


def as_written(output: Path, row: Entry) -> bool:
    """Say whether a figure is still the file that was written; anything else always is."""
    figure = row.output.startswith("figures/")
    return not figure or row.output_sha256 == file_sha256(output / row.output)


def read(output: Path) -> dict[str, Entry]:
    """Return the rows of the manifest by file; none if there is no manifest.

    Raises
    ------
    UserError
        If its columns are not those of :class:`Entry`.
    """
    path = output / NAME
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise UserError(f"{path}: columns are not {', '.join(COLUMNS)}; delete it and run make")
        return {row["output"]: Entry(**row) for row in reader}


def write(output: Path, rows: Iterable[Entry]) -> None:
    """Write the manifest, sorted by file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(dataclasses.astuple(row) for row in sorted(rows))
    replace_text(output / NAME, text.getvalue())


def write_printed(output: Path, ids: Iterable[str]) -> None:
    """Write the digests of figures for print beside them, as ``sha256sum`` does.

    ``ids`` are those just drawn; lines of the others stay.
    """
    folder = output / PRINTED
    drawn = {f"{i}.{ending}" for i in ids for ending in PRINTED_ENDINGS}
    listed = _digests(folder) | {name: file_sha256(folder / name) for name in drawn}
    text = "".join(f"{listed[name]}  {name}\n" for name in sorted(listed))
    replace_text(folder / DIGESTS, text)


def _digests(folder: Path) -> dict[str, str]:
    """Return the digests of a folder by file; none if there are none."""
    path = folder / DIGESTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def printed_problems(output: Path, ids: Iterable[str]) -> list[Problem]:
    """Return what is wrong with the figures for print; nothing where none were asked for."""
    folder = output / PRINTED
    if not folder.exists():
        return []
    listed = _digests(folder)
    wanted = {f"{i}.{ending}" for i in ids for ending in PRINTED_ENDINGS}
    found = []
    for name in sorted(wanted | listed.keys() | {p.name for p in folder.iterdir()} - {DIGESTS}):
        if name not in wanted:
            found.append(("orphaned", name, "no exhibit"))
        elif not (folder / name).exists():
            found.append(("missing", name, "no such file; run make print"))
        elif listed.get(name) != file_sha256(folder / name):
            found.append(("changed", name, "not the picture that was written"))
    return [Problem(kind, f"{PRINTED}/{name}", why) for kind, name, why in found]


def update(
    output: Path, made: Iterable[Entry], known: Iterable[str]
) -> tuple[list[Entry], list[Path]]:
    """Return the rows to write, and the tables and figures of exhibits that are gone.

    Parameters
    ----------
    output : Path
    made : iterable of Entry
        Rows of the exhibits just rendered; they replace all rows of these exhibits.
    known : iterable of str
        Ids of all exhibits; rows of any other go.
    """
    made, known, old = list(made), set(known), read(output)
    renewed = {row.exhibit for row in made}
    kept = [row for row in old.values() if row.exhibit in known - renewed]
    current = {row.output for row in (*kept, *made)}
    gone = [
        output / name
        for name in sorted(old.keys() - current)
        if name.startswith(("tables/", "figures/")) and (output / name).exists()
    ]
    return [*kept, *made], gone


def problems(
    exhibits: Mapping[str, tuple[Exhibit, Path]], output: Path, folder: Path
) -> list[Problem]:
    """Return what is missing, orphaned or out of date below ``output``.

    Parameters
    ----------
    exhibits : mapping from id to (exhibit, its file)
    output, folder : Path
        The output folder and the folder of the estimates files.
    """
    listed = read(output)
    expected = {
        row.output: row
        for exhibit_id, (exhibit, path) in exhibits.items()
        for row in entries(exhibit_id, exhibit, path, output, folder)
    }
    found = [_orphan(name, exhibits) for name in _present(output, folder) if name not in expected]
    for name, row in expected.items():
        if not (output / name).exists():
            found.append(Problem("missing", name, "no such file"))
        elif name not in listed:
            found.append(Problem("missing", name, "no row in the manifest"))
        else:
            differing = [f for f in COLUMNS[1:5] if getattr(listed[name], f) != getattr(row, f)]
            if differing:
                found.append(Problem("outdated", name, f"another {', '.join(differing)}"))
            if not as_written(output, listed[name]):
                found.append(Problem("changed", name, "not the picture that was written"))
    for name in sorted(listed.keys() - expected.keys()):
        if not (output / name).exists():
            found.append(Problem("orphaned", name, "a row without exhibit and file"))
    return sorted(found, key=dataclasses.astuple)


def _orphan(name: str, exhibits: Mapping[str, object]) -> Problem:
    known = Path(name).name.split(".")[0] in exhibits
    return Problem("orphaned", name, "not among its exhibit's files" if known else "no exhibit")


def _present(output: Path, folder: Path) -> list[str]:
    """Return the files below ``output`` that an exhibit should answer for."""
    patterns = ["tables/*.md", "tables/*.tex", "figures/*"]
    if folder.is_relative_to(output):
        patterns.append(f"{folder.relative_to(output).as_posix()}/**/*")
    found = {path for pattern in patterns for path in output.glob(pattern) if path.is_file()}
    return sorted(path.relative_to(output).as_posix() for path in found)
