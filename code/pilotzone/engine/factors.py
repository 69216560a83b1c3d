"""Counterfactuals by interactive effects and by matrix completion."""

import functools
from typing import Literal

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import thin_counts, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import cohorts_left_out
from pilotzone.errors import Reason, UserError
from pilotzone.estimates.cautions import LEAST_COVERAGE
from pilotzone.methods.factors.counterfactual import FactorFit, counterfactual
from pilotzone.methods.factors.coverage import Coverage, coverage
from pilotzone.panels.store import Store

# The option of each kind that is a number, or this word.
CHOSEN = "cv"
OPTIONS = {"interactive": "rank", "completion": "penalty"}
# Resampled units within a simulated panel.
INNER_DRAWS = 40


def _estimated(kind: Literal["interactive", "completion"], data: Design, store: Store) -> Result:
    model = _model(kind, data)
    bootstrap = data.spec.inference.name == "bootstrap"
    drawn = data.resampling.drawn if bootstrap else {}
    arrays = (data.y, data.unit, data.period, data.cohort)
    placebo = int(data.spec.option("placebo"))
    made = counterfactual(*arrays, **model, placebo=placebo, **drawn)
    parts = {} if made.validation is None else {"validation": _validation(made)}
    fields = _fields(data, made)
    simulations = int(data.spec.option("audit_draws"))
    if simulations:
        inner = {**model, "draws": INNER_DRAWS} if bootstrap else model
        rng = np.random.default_rng(int(data.spec.option("audit_seed")))
        audited = coverage(made.panel, simulations, rng, **inner)
        parts["audited"] = _audited(audited)
        if audited.coverage < LEAST_COVERAGE:
            facts = {"coverage": 100 * audited.coverage, "least": 100 * LEAST_COVERAGE}
            reason = Reason("interval_covers_too_seldom", {**facts, "draws": simulations})
            return Result(pd.DataFrame(), {**fields, "identified": "no", "reason": reason}, parts)
    counts = {name: int(n) for name, n in zip(made.names, made.units, strict=True)}
    said = {name: [Reason("one_treated_unit")] for name, n in counts.items() if n == 1}
    result = Result(_terms(made, drawn.get("draws")), fields, parts)
    return with_cautions(result, {**thin_counts(counts), **said})


def _model(kind: str, data: Design) -> dict[str, object]:
    """Return the arguments of the method that a column declares."""
    option = data.spec.option
    given = {
        "kind": kind,
        "folds": int(option("folds")),
        "fold_seed": int(option("fold_seed")),
        "without": cohorts_left_out(data),
        "errors": data.spec.inference.name,
    }
    if kind == "interactive":
        given["max_rank"] = int(option("max_rank"))
    name = OPTIONS[kind]
    said = option(name)
    if said == CHOSEN:
        return given
    if isinstance(said, str):
        raise UserError(f"option '{name}' is '{said}'; give a number, or '{CHOSEN}'")
    return {**given, name: said}


def _terms(made: FactorFit, draws: int | None) -> pd.DataFrame:
    """Return the effects, the placebo, the test of equivalence, and what was chosen.

    A single treated unit leaves nothing to resample: it has a value alone.
    """
    known = (made.units > 1) & np.isfinite(made.std_errors) & (made.std_errors > 0)
    names = np.array(made.names, dtype=object)
    numbers = (names[known], made.estimates[known], made.std_errors[known])
    rows = [
        estimates.rows(*numbers, distribution="normal", draws=draws),
        estimates.value_rows(names[~known], made.estimates[~known]),
    ]
    equal = made.equivalence
    if np.isfinite(equal.p_value):
        told = ("test:equivalence", equal.largest, "normal", equal.p_value)
        rows.append(estimates.statistic_row(*told))
    values = {"bound:equivalence": equal.bound, "factors:rank": made.rank}
    if made.kind == "completion":
        values["factors:penalty"] = made.penalty
    rows.append(estimates.value_rows(list(values), list(values.values())))
    return pd.concat([one for one in rows if len(one)], ignore_index=True)


def _fields(data: Design, made: FactorFit) -> dict[str, object]:
    """Return the fields of the model row, with what was dropped or not found."""
    panel, lost = made.panel, made.n_lost_draws
    treated = (panel.observed & panel.treated).any(axis=1)
    cohorts = sorted({int(g) for g in panel.cohort[treated]} - set(cohorts_left_out(data)))
    untreated = (panel.observed & ~panel.treated).sum(axis=0)
    cells = {"low": int(untreated.min()), "high": int(untreated.max())}
    reference = [
        Reason("cohorts", {"cohorts": cohorts}),
        Reason("untreated_per_period", cells),
        Reason("residuals_before"),
    ]
    if made.validation is not None:
        reference.append(Reason("cells_held_out", {"cells": made.validation.n_cells}))
    said = []
    if lost:
        said.append(Reason("draws_without_estimate", {"lost": lost, "draws": len(made.draws)}))
    if made.without_placebo is not None:
        said.append(Reason("no_placebo", {"why": made.without_placebo}))
    return {
        "inference": f"{data.spec.inference.name}:unit",
        "nobs": made.nobs,
        "n_dropped": data.n_dropped + made.n_dropped,
        "n_units": len(panel.units),
        "n_clusters": len(panel.units),
        "n_treated": int(treated.sum()),
        "reason": tuple(said),
        "reference": tuple(reference),
    }


def _validation(made: FactorFit) -> pd.DataFrame:
    found = made.validation
    place = np.arange(len(found.candidates))
    chosen = np.where(place == np.argmin(found.errors), "yes", "no")
    numbers = {"candidate": found.candidates, "error": found.errors, "chosen": chosen}
    return pd.DataFrame({"place": place, **numbers})


def _audited(found: Coverage) -> pd.DataFrame:
    names = ("noise", "correlation", "bias", "sd", "mean_error", "coverage", "draws")
    return pd.DataFrame({"term": ["overall:simple"], **{n: getattr(found, n) for n in names}})


interactive = functools.partial(_estimated, "interactive")
completion = functools.partial(_estimated, "completion")
