"""Which column of a DataFrame is what: the arguments that all public functions share.

They are declared once, as types, and every function shows them in its signature.
"""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, Required, TypedDict, TypeVar

from pilotzone.api.matrices import Matrix

P = ParamSpec("P")
R = TypeVar("R")
Names = str | Sequence[str]


class Variable(TypedDict, total=False):
    """An ``outcome`` by ``unit`` and ``period``, which tell rows apart; periods are whole."""

    unit: Required[str]
    period: Required[str]
    outcome: str | None


class Placed(Variable, total=False):
    """A variable whose units are neighbours: ``spatial_weights`` (n, n), labelled by unit."""

    spatial_weights: Required[Matrix]


class Panel(Variable, total=False):
    """The columns of a regression, where there is no formula.

    ``cluster`` is the unit by default; two columns cross. Rows count by ``weights``, a column.
    """

    covariates: Names
    cluster: Names | None
    weights: str | None


class Regression(Panel, total=False):
    """A panel with a ``treatment`` that is a regressor: any number."""

    treatment: str | None


class Cohorts(Panel, total=False):
    """A panel of units with a first treated period.

    ``first_treated`` is a period, 0, missing or infinite for never; or ``treatment`` is 0 or 1
    and on for good.
    """

    first_treated: str | None
    treatment: str | None


class Space(Regression, total=False):
    """A panel whose units are neighbours: ``spatial_weights`` (n, n), labelled by unit."""

    spatial_weights: Required[Matrix]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Columns:
    """What a caller named; see the types above.

    Attributes
    ----------
    formula : str or None
        ``y ~ d + x``: its right side is the treatment and the covariates, where the units have
        cohorts the covariates alone.
    zero_one : bool
        Whether units have cohorts.
    """

    unit: str
    period: str
    formula: str | None = None
    outcome: str | None = None
    treatment: str | None = None
    first_treated: str | None = None
    covariates: Names | None = ()
    cluster: Names | None = None
    weights: str | None = None
    spatial_weights: Matrix | None = None
    zero_one: bool = False

    @property
    def listed(self) -> tuple[str, ...]:
        """The covariates."""
        return _listed(self.covariates)

    @property
    def clusters(self) -> tuple[str, ...]:
        """The columns by which errors are clustered; none by default."""
        return _listed(self.cluster)

    @property
    def roles(self) -> dict[str, str]:
        """What each named column is for."""
        found = {getattr(self, role): role for role in reversed(SINGLE) if getattr(self, role)}
        several = dict.fromkeys(self.listed, "covariates") | dict.fromkeys(self.clusters, "cluster")
        return {**several, **found}


# Arguments that name one column.
SINGLE = ("unit", "period", "outcome", "treatment", "first_treated", "weights")


def _listed(names: Names | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def takes(columns: type) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return what lets a function take the columns of a type, and show them in its signature.

    A call with an argument that is not there, or without one that is needed, is a ``TypeError``
    as of any Python function.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = _signature(function, columns)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{function.__name__}(): {error}") from None
            return function(*args, **kwargs)

        run.__signature__ = signature  # type: ignore[attr-defined]
        return run

    return decorate


def _signature(function: Callable, columns: type) -> inspect.Signature:
    """Return the signature of a function with the columns in the place of ``**columns``."""
    own = inspect.signature(function)
    first = [p for p in own.parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
    chosen = [p for p in own.parameters.values() if p.kind == p.KEYWORD_ONLY]
    hints: Mapping[str, type] = typing.get_type_hints(columns)
    required = columns.__required_keys__  # type: ignore[attr-defined]
    shared = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if name in required else None,
            annotation=hint,
        )
        for name, hint in sorted(hints.items(), key=lambda pair: pair[0] not in required)
    ]
    return own.replace(parameters=[*first, *shared, *chosen])
