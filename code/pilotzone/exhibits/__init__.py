"""The exhibits: one file of literals each, found by its place ``<group>/<id>.py``."""

import dataclasses
import importlib
from pathlib import Path

from pilotzone.errors import UserError
from pilotzone.spec import Exhibit

FOLDER = Path(__file__).parent
# The order of the argument: groups in the order in which a reader meets them.
GROUPS = ("base", "did", "spatial", "city", "measure", "firm")
# Modules behind a description alone: a change in them makes no other estimate anew.
SOURCES = {"claims": ("claims.py", "studies.py")}


def paths() -> dict[str, Path]:
    """Return the file of every exhibit by id, in the order of groups and then of names."""
    found: dict[str, Path] = {}
    for group in GROUPS:
        for path in sorted((FOLDER / group).glob("*.py")):
            if path.stem in found:
                raise UserError(f"{path.name}: exhibit id '{path.stem}' stands in two groups")
            found[path.stem] = path
    return found


def _literal(exhibit_id: str) -> Exhibit:
    path = paths().get(exhibit_id)
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


def prerequisites(exhibit_id: str) -> list[str]:
    """Return what an exhibit's estimates depend on beside its own file, below the root."""
    exhibit = _literal(exhibit_id)
    needed = [f"output/estimates/{other}.csv" for other in exhibit.needs]
    if exhibit.columns_of:
        other = paths()[exhibit.columns_of]
        needed.append(f"code/pilotzone/exhibits/{other.parent.name}/{other.name}")
    return needed + [f"code/pilotzone/{name}" for name in SOURCES.get(exhibit.describe, ())]
