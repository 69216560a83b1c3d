"""A reader's own system of indicators, from a TOML file."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from pilotzone import textfile
from pilotzone.catalogue.indicators import Indicator, System
from pilotzone.errors import UserError
from pilotzone.panels.province import KEYS
from pilotzone.reader import toml
from pilotzone.textfile import shown

EXAMPLE = "examples/green_system.toml"
TOP = ("id", "indicator")
# The id becomes the name of a file.
LONGEST = 60


def read_system(path: Path) -> System:
    """Read a reader's own system from a TOML file.

    The file holds ``id = "…"`` and one ``[[indicator]]`` table per indicator with the keys
    ``element``, ``id``, ``formula`` and ``sign``, all of them text.

    Raises UserError if the file is missing, is not TOML, a key is unknown, lacks or is of another
    type, or an id is no name or a name that the index needs for itself.
    """
    content = textfile.toml(path, f"; {EXAMPLE} is one to copy")
    unknown = next((key for key in content if key not in TOP), None)
    if unknown is not None:
        known = ", ".join(TOP)
        raise UserError(f"{path.name}: unknown key '{shown(unknown)}'; known: {known}")
    name = _name(f"{path.name}: ", content.get("id"))
    listed = content.get("indicator", [])
    if not isinstance(listed, list):
        raise UserError(f"{path.name}: write each indicator below a line [[indicator]]")
    read = [_indicator(path.name, number, one) for number, one in enumerate(listed, start=1)]
    if name in {one.id for one in read}:
        raise UserError(f"{path.name}: 'id' is that of an indicator too; give the system another")
    return System(name, tuple(read))


def _indicator(file: str, number: int, entry: object) -> Indicator:
    where = f"{file}: indicator {number}"
    if not isinstance(entry, Mapping):
        raise UserError(f"{where} is no table; write it below a line [[indicator]]")
    wanted = tuple(field.name for field in dataclasses.fields(Indicator))
    wrong = sorted(set(wanted) ^ set(entry))
    if wrong:
        fault = "lacks" if wrong[0] in wanted else "has unknown key"
        raise UserError(f"{where} {fault} '{shown(wrong[0])}'")
    made = toml.checked(where, Indicator, entry)
    return Indicator(**{**made, "id": _name(f"{where}: ", made["id"])})


def _name(where: str, name: object) -> str:
    """Return an id, or refuse one that is no name or means something else in the panel."""
    if not isinstance(name, str) or not name.isidentifier() or len(name) > LONGEST:
        raise UserError(
            f"{where}'id' must be a name of letters, digits and _, of at most {LONGEST}"
        )
    if name in KEYS:
        raise UserError(f"{where}'id' may not be '{name}', a column of the panel; choose another")
    return name
