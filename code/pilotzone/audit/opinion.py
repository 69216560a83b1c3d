"""What another program says about a number."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from pilotzone.catalogue import Specification
from pilotzone.engine.design import Design
from pilotzone.engine.groups import group_columns, with_groups
from pilotzone.engine.moderation import moderator_columns
from pilotzone.engine.values import with_values
from pilotzone.panels.store import Store


@dataclasses.dataclass(frozen=True)
class Found:
    """The numbers of one row of an exhibit's files, by another program.

    Attributes
    ----------
    term : that of the main file, or ``part/keys`` of a row of another one, as in
        ``simulation/panel:tau``; the column's row of the models file is ``models/``.
    std_error : None where the column's error is of another kind than the program's.
    others : further fields of the row.
    """

    term: str
    estimate: float | None = None
    std_error: float | None = None
    others: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """All numbers by field."""
        own = {"estimate": self.estimate, "std_error": self.std_error}
        return {name: value for name, value in own.items() if value is not None} | dict(self.others)


@dataclasses.dataclass(frozen=True)
class Opinion:
    """What another program says about a row.

    Attributes
    ----------
    std_error, others : see :class:`Found`.
    required : whether the output must hold this term; controls may be left out of it.
    """

    program: str
    exhibit: str
    column: str
    term: str
    estimate: float | None = None
    std_error: float | None = None
    required: bool = False
    others: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def place(self) -> str:
        """Exhibit, column and term."""
        return f"{self.exhibit}: {self.column} / {self.term}"

    @property
    def values(self) -> dict[str, float]:
        """All numbers by field."""
        return Found(self.term, self.estimate, self.std_error, self.others).values


@dataclasses.dataclass(frozen=True)
class Silence:
    """A column to which a program has nothing to say, and why.

    Attributes
    ----------
    expected : False where the program should have had something to say and failed.
    """

    exhibit: str
    column: str
    reason: str
    expected: bool = True


def unfit(exhibit: str, column: str, error: Exception) -> Silence:
    """Return the silence of a program that failed."""
    said = str(error).partition("\n")[0] or type(error).__name__
    return Silence(exhibit, column, said, expected=False)


def of_each(
    exhibit: str,
    specs: Mapping[str, Specification],
    store: Store,
    opinion: Callable[[str, str, Specification, Store], Iterable[Opinion | Silence]],
) -> list[Opinion | Silence]:
    """Return the opinions of each column; one that fails leaves the others."""
    found: list[Opinion | Silence] = []
    for column, spec in specs.items():
        try:
            found += opinion(exhibit, column, spec, store)
        except Exception as error:  # whatever another program says
            found.append(unfit(exhibit, column, error))
    return found


def of_interest(data: Design) -> tuple[Design, list[np.ndarray], tuple[str, ...]]:
    """Return a column's rows, the regressors in the treatment's place, and their names."""
    spec = data.spec
    if spec.chosen("by"):
        data = with_groups(data)
        return data, *group_columns(data)
    if spec.chosen("moderator"):
        now = spec.option("timing") == "contemporaneous"
        data = with_values(data, str(spec.option("moderator")), every_year=now)
        columns, names, _ = moderator_columns(data)
        return data, columns, names
    return data, [data.treatment], (spec.treatment,)
