"""A table of ``data/raw`` as text, and the line that says what is wrong with it."""

import dataclasses
import re
from pathlib import Path

import pandas as pd

from pilotzone.errors import UserError


@dataclasses.dataclass(frozen=True)
class Source:
    """A table as text, with its place, so that a row can be named by its line."""

    folder: Path
    name: str
    frame: pd.DataFrame


def read(folder: Path, name: str) -> Source:
    """Read a table as text; row i of the frame is line i + 2 of the file."""
    path = folder / name
    if not path.is_file():
        raise UserError(f"{path} is missing; restore it from git: git checkout -- data/raw/{name}")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False)
    except UnicodeDecodeError:
        raise fault(folder, name, "", "", "not UTF-8 text") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        fields = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if fields is None:
            what = " ".join(str(error).split())
            raise fault(folder, name, "", "", f"no readable table ({what})") from None
        expected, line, seen = fields.groups()
        what = f"{seen} fields where the header has {expected}"
        raise fault(folder, name, f"line {line}", "", what) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise fault(folder, name, "line 2", "", "more fields than the header has")
    return Source(folder, name, frame)


def fault(folder: Path, name: str, place: str, column: str, what: str) -> UserError:
    """Return the error about a place in a table, with the way out."""
    where = [str(folder / name), place, f"column {column}" if column else ""]
    return UserError(
        f"{', '.join(part for part in where if part)}: {what}; "
        f"correct it or restore the file: git checkout -- data/raw/{name}"
    )
