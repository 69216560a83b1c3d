"""From named columns to a result: the engine's own estimate, or why there is none."""

import contextlib
import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone.api.given import Given
from pilotzone.api.results import Fit
from pilotzone.catalogue import Inference, Specification, reasons
from pilotzone.catalogue.options import Options, Value
from pilotzone.catalogue.samples import OWN
from pilotzone.catalogue.words import Lexicon
from pilotzone.engine.design import Result
from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.reader.mine import estimate_or_reason
from pilotzone.reader.store import OwnStore


@dataclasses.dataclass(frozen=True, kw_only=True)
class How:
    """How a panel is estimated.

    Attributes
    ----------
    estimator : a key of ``catalogue.estimators.ESTIMATORS``.
    effects : a set of effects.
    inference : a kind of inference; the estimator's first if empty.
    draws, seed : of what is drawn; None where nothing is.
    options : of the estimator.
    diagnostics : what is shown besides.
    """

    estimator: str
    effects: str = "two_way"
    inference: str = ""
    draws: int | None = None
    seed: int | None = None
    options: dict[str, Value] = dataclasses.field(default_factory=dict)
    diagnostics: tuple[str, ...] = ()


def specification(panel: Given, how: How) -> Specification:
    """Return a panel's columns and a choice of estimator as one checked specification.

    Raises
    ------
    UserError
        If the estimator does not know the effects, the inference, an option or the covariates.
    """
    options: Options = tuple((name, value) for name, value in how.options.items())
    clustered = panel.cluster if panel.cluster != "unit" else ""
    return Specification(
        outcome=panel.outcome,
        treatment=panel.treatment,
        controls=panel.controls or "none",
        sample=panel.sample,
        weights=OWN if panel.weights else "",
        effects=how.effects,
        estimator=how.estimator,
        inference=Inference(how.inference, clustered, how.draws, how.seed),
        diagnostics=how.diagnostics,
        options=options,
        row_weights=panel.row_weights,
    )


def estimated(panel: Given, how: How) -> Fit:
    """Return what the engine estimates on a panel.

    Raises
    ------
    UserError
        If the design does not identify its estimand, or the panel cannot carry it; in the words
        that a table would print.
    """
    spec = specification(panel, how)
    return fit_of(panel, spec, estimate_or_reason(spec, OwnStore(panel)))


@contextlib.contextmanager
def in_words(lexicon: Lexicon) -> Iterator[None]:
    """What is not identified or not defined within is a UserError, in the words of a table."""
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            yield
    except NotIdentified as finding:
        raise UserError(reasons.say([finding.reason], lexicon)) from None
    except (ArithmeticError, np.linalg.LinAlgError) as breakdown:
        undefined = Reason("undefined", {"message": str(breakdown)})
        raise UserError(reasons.say([undefined], lexicon)) from None


def measured(
    panel: Given, title: str, rows: pd.DataFrame, used: pd.DataFrame, **model: object
) -> Fit:
    """Return what was computed from rows of a panel without a regression.

    Parameters
    ----------
    rows : terms, with those of the columns of a fit that there are.
    used : the rows of the panel behind them.
    model : what is known besides, with ``inference``.
    """
    periods = used[panel.panel.period]
    counts = {"nobs": len(used), "n_dropped": len(panel.panel.frame) - len(used)}
    units = {"n_units": used[panel.panel.unit].nunique(), "n_periods": periods.nunique()}
    years = {"first_year": periods.min(), "last_year": periods.max()}
    return Fit(
        title=title,
        outcome=panel.lexicon.variable(panel.outcome),
        spec=None,
        rows=rows,
        model={"outcome": panel.outcome, **counts, **units, **years, **model},
        parts={},
        lexicon=panel.lexicon,
        said=panel.notes,
    )


def fit_of(panel: Given, spec: Specification, found: Result) -> Fit:
    """Return a result of the engine as a caller takes it; refuse one that is not identified."""
    lexicon = panel.lexicon
    if found.model["identified"] == "no":
        raise UserError(reasons.cell(str(found.model["reason"]), lexicon))
    return Fit(
        title=lexicon.estimator(spec.estimator),
        outcome=panel.lexicon.variable(panel.outcome),
        spec=spec,
        rows=found.terms,
        model=found.model,
        parts=found.parts,
        lexicon=panel.lexicon,
        covariance=_of_shown_errors(found),
        said=panel.notes,
    )


def _of_shown_errors(found: Result) -> pd.DataFrame | None:
    """Return the covariance of the terms whose error is shown; None if all are withheld."""
    if found.covariance is None:
        return None
    known = set(found.terms.loc[found.terms["std_error"].notna(), "term"])
    kept = [term for term in found.covariance.index if term in known]
    return found.covariance.loc[kept, kept] if kept else None
