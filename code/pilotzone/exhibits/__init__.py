"""The exhibits: one file of literals each, found by its place ``<group>/<id>.py``."""

import csv
import dataclasses
import functools
import importlib.util
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.names import known
from pilotzone.errors import UserError

FOLDER = Path(__file__).parent
# The order of the argument: groups in the order in which a reader meets them.
GROUPS = ("claims", "base", "did", "spatial", "city", "measure")
# Groups on a panel that a reader brings, with the command that estimates them: their exhibits are
# no part of the build, of the lists, of the report and of the claims board.
READERS = {"firm": "make firm PANEL=… CONFIG=firm.toml"}


def paths(groups: Iterable[str] = GROUPS) -> dict[str, Path]:
    """Return the file of every exhibit by id, in the order of groups and then of names."""
    found: dict[str, Path] = {}
    for folder in map(FOLDER.joinpath, groups):
        there = _files(folder, tuple(os.listdir(folder)) if folder.is_dir() else ())
        if twice := found.keys() & there.keys():
            exhibit_id = min(twice)
            raise UserError(f"{exhibit_id}.py: exhibit id '{exhibit_id}' stands in two groups")
        found |= there
    return found


@functools.cache
def _files(folder: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Return the file of every exhibit of a group; each one that is loaded asks for them."""
    ids = sorted(name[:-3] for name in names if name.endswith(".py"))
    return {exhibit_id: folder / f"{exhibit_id}.py" for exhibit_id in ids}


def read(path: Path) -> Exhibit:
    """Return the exhibit that a file of literals defines.

    Raises
    ------
    UserError
        If the file defines no ``EXHIBIT`` or something in it is not known; names the file.
    """
    found = importlib.util.spec_from_file_location(f"pilotzone_exhibit_{path.stem}", path)
    module = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except UserError as error:
        raise UserError(f"exhibits/{path.parent.name}/{path.name}: {error}") from None
    except (TypeError, NameError, SyntaxError) as error:
        where = f"exhibits/{path.parent.name}/{path.name}"
        raise UserError(f"{where}: {error}; see CONTRIBUTING.md, 'An exhibit'") from None
    exhibit = getattr(module, "EXHIBIT", None)
    if not isinstance(exhibit, Exhibit):
        raise UserError(f"exhibits/{path.parent.name}/{path.name}: defines no EXHIBIT")
    return exhibit


def drawn(exhibit_id: str, exhibit: Exhibit, folder: Path) -> bool:
    """Say whether an exhibit has a picture: it asks for one, and one of its columns is identified.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    folder : Path
        The estimates files. What is not estimated yet, and what has no columns, is drawn.
    """
    models = folder / f"{exhibit_id}.models.csv"
    if not exhibit.figure or not models.exists():
        return bool(exhibit.figure)
    with models.open(encoding="utf-8", newline="") as file:
        identified = [row["identified"] == "yes" for row in csv.DictReader(file)]
    return any(identified) or not identified


_read: dict[tuple[Path, int], Exhibit] = {}


def _literal(exhibit_id: str, there: Mapping[str, Path]) -> Exhibit:
    path = there.get(exhibit_id)
    if path is None:
        raise UserError(f"no exhibit '{exhibit_id}'; `make list` prints those that exist")
    # A warm process may outlive an edit of the file.
    key = path, path.stat().st_mtime_ns
    if key not in _read:
        _read[key] = read(path)
    return _read[key]


def load(exhibit_id: str) -> Exhibit:
    """Return the exhibit with this id, with the columns that it takes from another one.

    Raises
    ------
    UserError
        If no file has this name, the file is no exhibit, or cannot take the other one's columns.
    """
    there = paths((*GROUPS, *READERS))
    exhibit = _literal(exhibit_id, there)
    other = exhibit.columns_of
    for name in (other or exhibit_id, *exhibit.needs):
        known("exhibit", name, there, f"exhibit '{exhibit_id}' reads another one: ")
    if not other:
        return exhibit
    source = load(other)
    if exhibit.columns or source.terms:
        why = f"'{other}' keeps some terms only" if source.terms else "it has columns of its own"
        raise UserError(f"exhibit '{exhibit_id}' takes the columns of '{other}': {why}")
    return dataclasses.replace(exhibit, columns=source.columns, needs=(other, *exhibit.needs))


def refuse_readers(ids: Iterable[str]) -> None:
    """Refuse exhibits that need a panel of the reader's own.

    Raises
    ------
    UserError
        With the command that estimates them.
    """
    brought = paths(READERS)
    for exhibit_id in ids:
        if exhibit_id in brought:
            command = READERS[brought[exhibit_id].parent.name]
            raise UserError(f"'{exhibit_id}' needs a panel of your own: `{command}`")
