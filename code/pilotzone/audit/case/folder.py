"""What an auditor reads: the files of one folder."""

import contextlib
import dataclasses
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.audit import typed_table
from pilotzone.audit.typed_table import TypedRow
from pilotzone.errors import UserError

# Groups of units are labels, as units are.
LABELS = {"region": str, "province": str}


@dataclasses.dataclass(frozen=True)
class Named:
    """A fault that an auditor names, and its place."""

    fault: str
    where: str


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder as read.

    Attributes
    ----------
    path : the folder.
    note : what the table claims.
    panel : rows as published, labels of units as text.
    rows : the typed table.
    """

    path: Path
    note: Mapping[str, object]
    panel: pd.DataFrame
    rows: list[TypedRow]

    @property
    def unit(self) -> str:
        """The panel's column of units."""
        return self.note["unit"]

    @functools.cached_property
    def codes(self) -> Mapping[str, np.ndarray]:
        """Labels of the rows as whole numbers, which are sorted faster than texts, by column."""
        return {name: pd.factorize(self.panel[name])[0] for name in self.panel}

    def beside(self, name: str, **options: object) -> pd.DataFrame:
        """Return a table that stands beside the panel."""
        return _csv(self.path / name, self.unit, **options)


@contextlib.contextmanager
def fitting(folder: Folder) -> Iterator[None]:
    """What is done within reads a note by what the files hold.

    Raises UserError if the note names what they do not have, or says it in another form.
    """
    try:
        yield
    except UserError:
        # One line already, with its own place.
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UserError(f"{folder.path}: note and files do not fit each other: {said}") from None


def read(path: Path) -> Folder:
    """Return what a folder holds.

    Raises
    ------
    UserError
        If a file is missing or is not what its name says.
    """
    if not path.is_dir():
        raise UserError(f"{path}: no folder")
    try:
        note = json.loads((path / "note.json").read_text(encoding="utf-8"))
        unit = note["unit"]
    except OSError as error:
        raise UserError(f"{path / 'note.json'}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path / 'note.json'}: is no note in JSON with a 'unit'") from None
    panel = _csv(path / "panel.csv", unit)
    return Folder(path, note, panel, typed_table.read(path / "table.csv"))


def _csv(path: Path, unit: str, **options: object) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype={unit: str} | LABELS, **options)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UserError(f"{path}: is no table: {str(error).splitlines()[0]}") from None
