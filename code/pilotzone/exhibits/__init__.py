"""The exhibits: one file of literals each, found by its place ``<group>/<id>.py``."""

import dataclasses
import importlib
from collections.abc import Iterable
from pathlib import Path

from pilotzone.catalogue.spec import Exhibit
from pilotzone.errors import UserError

FOLDER = Path(__file__).parent
# The order of the argument: groups in the order in which a reader meets them.
GROUPS = ("base", "did", "spatial", "city", "measure")
# Groups on a panel that a reader brings, with the command that estimates them: their exhibits are
# no part of the build, of README's list, of the report and of the claims board.
READERS = {"firm": "make firm PANEL=… CONFIG=firm.toml"}
# Modules behind a description alone: a change in them makes no other estimate anew.
SOURCES = {"claims": ("claims/board.py", "claims/studies.py")}


def paths(groups: Iterable[str] = GROUPS) -> dict[str, Path]:
    """Return the file of every exhibit by id, in the order of groups and then of names."""
    found: dict[str, Path] = {}
    for group in groups:
        for path in sorted((FOLDER / group).glob("*.py")):
            if path.stem in found:
                raise UserError(f"{path.name}: exhibit id '{path.stem}' stands in two groups")
            found[path.stem] = path
    return found


def _literal(exhibit_id: str) -> Exhibit:
    path = paths((*GROUPS, *READERS)).get(exhibit_id)
    if path is None:
        raise UserError(f"no exhibit '{exhibit_id}'; `make list` prints those that exist")
    module = importlib.import_module(f"pilotzone.exhibits.{path.parent.name}.{exhibit_id}")
    exhibit = getattr(module, "EXHIBIT", None)
    if not isinstance(exhibit, Exhibit):
        raise UserError(f"{path.name}: defines no EXHIBIT")
    return exhibit


def load(exhibit_id: str) -> Exhibit:
    """Return the exhibit with this id, with the columns that it takes from another one.

    Raises
    ------
    UserError
        If no file has this name, or the file does not define ``EXHIBIT``.
    """
    exhibit = _literal(exhibit_id)
    if exhibit.columns_of:
        columns = load(exhibit.columns_of).columns
        return dataclasses.replace(exhibit, columns=columns, columns_of="")
    return exhibit


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


def prerequisites(exhibit_id: str) -> list[str]:
    """Return what an exhibit's estimates depend on beside its own file, below the root."""
    exhibit = _literal(exhibit_id)
    needed = [f"output/estimates/{other}.csv" for other in exhibit.needs]
    if exhibit.columns_of:
        other = paths((*GROUPS, *READERS))[exhibit.columns_of]
        needed.append(f"code/pilotzone/exhibits/{other.parent.name}/{other.name}")
    return needed + [f"code/pilotzone/{name}" for name in SOURCES.get(exhibit.describe, ())]
