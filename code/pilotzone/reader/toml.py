"""A configuration from a TOML file, checked against the fields of the record that it fills."""

import dataclasses
import re
import typing
from collections.abc import Callable, Mapping
from pathlib import Path

from pilotzone import textfile
from pilotzone.errors import UserError
from pilotzone.textfile import shown

Record = typing.TypeVar("Record")
NUMBER = re.compile(r"\s*-?\d+\s*")
WORDS = {
    str: "text in quotes",
    int: "a whole number",
    bool: "true or false",
    list: "a list of texts",
    (list, int): "a list of whole numbers",
    dict: "a table",
}


def key(default: object = dataclasses.MISSING, **demands: object) -> typing.Any:
    """Return a field of a configuration with what it demands beside its type.

    Parameters
    ----------
    **demands
        ``choices`` (texts), ``low`` and ``high`` (of a whole number), ``lacks`` (what is said
        where the key is needed and lacks), ``alone`` (whether a list may be given as its one
        text).
    """
    return dataclasses.field(default=default, metadata=demands)


def read(
    path: Path,
    record: Callable[..., Record],
    example: str,
    hint: Callable[[str], str] = lambda key: "",
) -> Record:
    """Read a configuration into a frozen record.

    The type of a field says what its key takes: text, a whole number, true or false, a list of
    texts or of whole numbers (``tuple``) or a table (``Mapping``). A field without default is
    needed.

    Parameters
    ----------
    example : a configuration to copy, named where there is none.
    hint : takes an unknown key and returns what is said behind its refusal.

    Raises UserError if the file is missing or is not TOML; if a key is unknown, lacks, is of a
    wrong type or out of its bounds. File, key and the way out are named.
    """
    content = checked(path.name, record, textfile.toml(path, f"; {example} is one to copy"), hint)
    for field in dataclasses.fields(record):
        needed = dataclasses.MISSING is field.default is field.default_factory
        if needed and not content.get(field.name):
            raise UserError(f"{path.name}: no {field.metadata['lacks']}")
    return record(**content)


def checked(
    where: str,
    record: type,
    content: Mapping[str, object],
    hint: Callable[[str], str] = lambda key: "",
) -> dict[str, object]:
    """Return a table with its values in the types of a record's fields.

    Raises UserError if a key is unknown, of a wrong type or out of its bounds.
    """
    fields = {field.name: field for field in dataclasses.fields(record)}
    made = {}
    for name, value in content.items():
        if name not in fields:
            known = ", ".join(fields)
            raise UserError(f"{where}: unknown key '{shown(name)}'; known: {known}{hint(name)}")
        made[name] = _checked(where, fields[name], value)
    return made


def _checked(file: str, field: dataclasses.Field, value: object) -> object:
    """Return a value in the type of its field, or refuse it."""
    origin = typing.get_origin(field.type) or field.type
    kind = {tuple: list, Mapping: dict}.get(origin, origin)
    demands = field.metadata
    if demands.get("alone") and type(value) is str:
        value = [value] if value else []
    inner = value if kind is list and isinstance(value, list) else ()
    of = int if kind is list and int in typing.get_args(field.type) else str
    if type(value) is not kind or not all(type(one) is of and one != "" for one in inner):
        _refuse(file, field.name, WORDS[(list, int) if of is int else kind], value)
    if "choices" in demands and value not in demands["choices"]:
        raise UserError(
            f"{file}: {field.name} '{shown(value)}' is unknown; known: "
            f"{', '.join(demands['choices'])}"
        )
    low, high = demands.get("low"), demands.get("high")
    if low is not None and not low <= value <= (value if high is None else high):
        span = f"from {low} on" if high is None else f"from {low} to {high}"
        _refuse(file, field.name, f"{WORDS[kind]} {span}", value)
    return tuple(value) if kind is list else value


def _refuse(file: str, name: str, wanted: str, value: object) -> typing.NoReturn:
    quoted = type(value) is str and NUMBER.fullmatch(value) and "number" in wanted
    way = "; take off the quotes" if quoted else ""
    raise UserError(f"{file}: '{name}' should be {wanted}, not {shown(value)}{way}")
