"""Options: what an estimator, a kind of inference or a description may be told beside its data."""

import dataclasses
from collections.abc import Mapping

from pilotzone.catalogue.names import known
from pilotzone.errors import UserError

Value = str | int | float
Options = tuple[tuple[str, Value], ...]


@dataclasses.dataclass(frozen=True)
class Option:
    """A choice with its type.

    Attributes
    ----------
    type : type or tuple of types
        ``str``, ``int`` or ``float`` (which takes whole numbers too); ``(int, str)`` takes either.
    default : str, int, float or None
        None where it must be given.
    choices : tuple
        What it may be; anything of its type if empty.
    optional : bool
        Whether it may be left out without a default.
    least : int or None
        The smallest number that it may be.
    silent : bool
        Whether its default leaves no trace in the digest of a specification: for an option that
        came later, so that columns which do not use it keep the digest that they had.
    """

    type: type | tuple[type, ...]
    default: Value | None = None
    choices: tuple[Value, ...] = ()
    optional: bool = False
    least: int | None = None
    silent: bool = False


def check(options: object, declared: Mapping[str, Option], where: str) -> None:
    """Refuse options that are not declared, of another type, or lacking.

    Raises
    ------
    UserError
        Names the option, what is known and the way out.
    """
    pairs = _pairs(options, where)
    for name, value in pairs:
        known("option", name, declared, where)
        _check_value(name, value, declared[name], where)
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{where}option '{name}' stands twice")
    for name, option in declared.items():
        if option.default is None and not option.optional and name not in names:
            raise UserError(f"{where}needs the option '{name}' ({_expected(option)})")


def _pairs(options: object, where: str) -> Options:
    fits = isinstance(options, tuple) and all(
        isinstance(pair, tuple) and len(pair) == 2 for pair in options
    )
    if not fits:
        raise UserError(f"{where}options {options!r}: give pairs, such as (('lags', 2),)")
    return options


def _check_value(name: str, value: object, option: Option, where: str) -> None:
    allowed = (int, float) if option.type is float else option.type
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise UserError(f"{where}option '{name}' is {value!r}; it takes {_expected(option)}")
    if option.least is not None and value < option.least:
        raise UserError(f"{where}option '{name}' is {value!r}; give at least {option.least}")
    if option.choices and value not in option.choices:
        known(f"option '{name}'", str(value), option.choices, where)


def _expected(option: Option) -> str:
    if option.choices:
        return "one of " + ", ".join(map(str, option.choices))
    types = option.type if isinstance(option.type, tuple) else (option.type,)
    words = {str: "a text", int: "a whole number", float: "a number"}
    return " or ".join(words[one] for one in types)
