"""A reader's own system of indicators, from a TOML file."""

import dataclasses
import tomllib
from pathlib import Path

from pilotzone.catalogue.indicators import Indicator, System
from pilotzone.errors import UserError


def read_system(path: Path) -> System:
    """Read a reader's own system from a TOML file.

    The file holds ``id = "…"`` and one ``[[indicator]]`` table per indicator with the keys
    ``element``, ``id``, ``formula`` and ``sign``.

    Raises UserError if the file is missing, is not TOML, or an indicator lacks a key or has an
    unknown one.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of a system in TOML") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: not TOML: {error}") from None
    wanted = tuple(field.name for field in dataclasses.fields(Indicator))
    indicators = []
    for number, entry in enumerate(content.get("indicator", []), start=1):
        wrong = sorted(set(wanted) ^ set(entry))
        if wrong:
            fault = "lacks" if wrong[0] in wanted else "has unknown key"
            raise UserError(f"{path}: indicator {number} {fault} '{wrong[0]}'")
        indicators.append(Indicator(**entry))
    if not str(content.get("id", "")).isidentifier():
        raise UserError(f"{path}: 'id' must be a name of letters, digits and _")
    return System(content["id"], tuple(indicators))
