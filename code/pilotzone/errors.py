"""What a user of the package can be told.

``UserError`` is the one-line error: the scripts print it without a traceback and end with exit
status 2. ``NotIdentified`` is not an error but a finding: the engine turns it into a row
``identified = no`` with its reason, and no estimate is written.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping

# Facts of a reason are rounded to so many digits: what is said must not hang on the last one.
FACT_DIGITS = 6


class UserError(ValueError):
    """Bad input: one line that names file, row or unit, column and the way out."""


@dataclasses.dataclass(frozen=True)
class Reason:
    """A code and what varies in it; the words stand in ``catalogue.reasons``.

    Attributes
    ----------
    code : str
        A key of ``catalogue.reasons.REASONS``.
    facts : mapping
        Texts, whole numbers, numbers, lists of these, reasons and lists of reasons.
    """

    code: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring facts to what a file can hold."""
        object.__setattr__(self, "facts", {k: _plain(v) for k, v in self.facts.items()})

    def __str__(self) -> str:
        """Return code and facts on one line."""
        inside = ", ".join(f"{name}={_shown(value)}" for name, value in self.facts.items())
        return f"{self.code}({inside})" if inside else self.code


class NotIdentified(Exception):
    """The design cannot identify the estimand on this sample.

    Parameters
    ----------
    code : str
    **facts
        See :class:`Reason`.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.reason = Reason(code, facts)
        super().__init__(str(self.reason))


def encode(reasons: Iterable[Reason | None]) -> str:
    """Return reasons as the text of one cell, JSON; an empty text for none."""
    listed = [_json(reason) for reason in reasons if reason is not None]
    return json.dumps(listed, ensure_ascii=False) if listed else ""


def decode(cell: str) -> tuple[Reason, ...]:
    """Return the reasons of a cell that :func:`encode` wrote."""
    found = json.loads(cell) if cell else []
    return tuple(Reason(code, facts) for code, facts in map(_pieces, found))


def _plain(value: object) -> object:
    if isinstance(value, Reason | str | bool) or value is None:
        return value
    if isinstance(value, Iterable):
        return tuple(_plain(item) for item in value)
    number = value.item() if hasattr(value, "item") else value
    return float(f"{number:.{FACT_DIGITS}g}") if isinstance(number, float) else number


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)


def _json(value: object) -> object:
    if isinstance(value, Reason):
        return {"code": value.code, **{k: _json(v) for k, v in value.facts.items()}}
    return [_json(item) for item in value] if isinstance(value, tuple) else value


def _reason(value: object) -> object:
    if isinstance(value, dict):
        return Reason(*_pieces(value))
    return tuple(_reason(item) for item in value) if isinstance(value, list) else value


def _pieces(value: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return the code and the facts of a reason as a file holds it."""
    return str(value["code"]), {k: _reason(v) for k, v in value.items() if k != "code"}
