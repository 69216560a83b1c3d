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
class Opinion:
    """A coefficient by another program.

    Attributes
    ----------
    std_error : None where the column's error is of another kind than the program's.
    required : whether the output must hold this term; controls may be left out of it.
    """

    program: str
    exhibit: str
    column: str
    term: str
    estimate: float
    std_error: float | None = None
    required: bool = False

    @property
    def place(self) -> str:
        """Exhibit, column and term."""
        return f"{self.exhibit}: {self.column} / {self.term}"


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
