"""Counterfactuals by interactive effects and by matrix completion, printed only if a simulation
says that their interval may be.
"""

import functools
from typing import Literal

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.bounded import MIN_COVERAGE, noise_of
from pilotzone.engine.cautions import thin_counts, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import cohorts_left_out
from pilotzone.errors import Reason, UserError
from pilotzone.methods.factors.counterfactual import OVERALL, FactorFit, counterfactual
from pilotzone.methods.factors.coverage import Coverage, coverage
from pilotzone.methods.factors.validation import Rule
from pilotzone.panels.store import Store

# The option of each kind that is a number, or this word.
CHOSEN = "cv"
OPTIONS = {"interactive": "rank", "completion": "penalty"}
# What the method calls the errors of a kind of inference.
ERRORS = {"bootstrap_normal": "bootstrap", "jackknife": "jackknife"}


def _estimated(kind: Literal["interactive", "completion"], data: Design, store: Store) -> Result:
    """Effects overall, by cohort and by periods since treatment, beside factors.

    First comes a simulation of the column's roll-out without an effect, noise with size and
    autocorrelation of its two-way residual, rank or penalty chosen anew in each draw: if the 95 %
    interval of the mean effect holds zero in less than 90 % of draws, the column is not identified
    and only the simulation is printed. Options ``audit_draws`` (0 for none) and ``audit_seed`` are
    its own. The part ``validation`` has the errors behind the choice.

    Raises
    ------
    NotIdentified
        As the method.
    """
    model = model_of(kind, data)
    audit = _simulated(data, model) if _draws(data) else None
    parts = {"simulation": _simulation(audit)} if audit else {}
    if audit and audit.share < MIN_COVERAGE:
        facts = {"coverage": audit.share, "least": MIN_COVERAGE, "draws": _draws(data)}
        refused = {"identified": "no", "reason": (Reason("coverage_too_low", facts),)}
        return Result(pd.DataFrame(), refused, parts)
    drawn = data.resampling.drawn if model["errors"] == "bootstrap" else {}
    arrays = (data.y, data.unit, data.period, data.cohort)
    made = counterfactual(*arrays, **model, placebo=int(data.spec.option("placebo")), **drawn)
    if made.validation is not None:
        parts["validation"] = _validation(made)
    told = (_covered(audit, made),) if audit else ()
    counts = {name: int(n) for name, n in zip(made.names, made.units, strict=True)}
    lone = {name: [Reason("one_treated_unit")] for name, n in counts.items() if n == 1}
    result = Result(_terms(made, drawn.get("draws")), _fields(data, made, told), parts)
    return with_cautions(result, {**thin_counts(counts), **lone})


def _draws(data: Design) -> int:
    return int(data.spec.option("audit_draws"))


def model_of(kind: str, data: Design) -> dict[str, object]:
    """Return the arguments of the method, as :func:`counterfactual` names them."""
    option = data.spec.option
    given = {
        "kind": kind,
        "folds": int(option("folds")),
        "fold_seed": int(option("fold_seed")),
        "without": cohorts_left_out(data),
        "errors": ERRORS[data.spec.inference.name],
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


def _simulated(data: Design, model: dict[str, object]) -> Coverage:
    """Return the mean effects of outcomes without an effect, on the column's roll-out."""
    draws, seed = _draws(data), int(data.spec.option("audit_seed"))
    # Units are drawn apart from the noise, which has the seed itself.
    (rng,) = np.random.default_rng(seed).spawn(1)
    keys = (data.unit, data.period, data.cohort)
    given = model.get(OPTIONS[model["kind"]])
    limits = (int(model.get("max_rank", 0)), model["folds"], model["fold_seed"])
    rule = Rule(model["kind"], given, *limits)
    noise = noise_of(data, draws, seed)
    return coverage(noise, keys, rule, model["without"], model["errors"], rng)


def _simulation(found: Coverage) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "design": ["no_effect"],
            "term": [OVERALL],
            "truth": 0.0,
            "bias": np.nanmean(found.estimates),
            "coverage": found.share,
            "draws": len(found.estimates),
        }
    )


def _covered(found: Coverage, made: FactorFit) -> Reason:
    """Return the coverage, and how often the rank of the column was found there too."""
    same = int((found.ranks == made.rank).sum())
    facts = {"coverage": found.share, "draws": len(found.ranks), "same": same, "rank": made.rank}
    return Reason("mean_effect_simulated", facts)


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
        # One-sided, so that no distribution gives it from the statistic.
        told = ("test:equivalence", equal.largest, "none", equal.p_value)
        rows.append(estimates.statistic_row(*told))
    values = {"bound:equivalence": equal.bound, "factors:rank": made.rank}
    if made.kind == "completion":
        values["penalty:share"] = made.penalty_share
    rows.append(estimates.value_rows(list(values), list(values.values())))
    return pd.concat([one for one in rows if len(one)], ignore_index=True)


def _fields(data: Design, made: FactorFit, told: tuple[Reason, ...]) -> dict[str, object]:
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
    if data.spec.inference.name == "bootstrap_normal":
        reference.append(Reason("errors_drawn", {"draws": len(made.draws)}))
    if lost:
        facts = {"lost": lost, "draws": len(made.draws)}
        reference.append(Reason("draws_without_estimate", facts))
    if made.without_placebo is not None:
        reference.append(Reason("no_placebo", {"why": made.without_placebo}))
    return {
        "inference": f"{data.spec.inference.name}:unit",
        "nobs": made.nobs,
        "n_dropped": data.n_dropped + made.n_dropped,
        "n_units": len(panel.units),
        "n_clusters": len(panel.units),
        "n_treated": int(treated.sum()),
        "reference": (*reference, *told),
    }


def _validation(made: FactorFit) -> pd.DataFrame:
    found = made.validation
    place = np.arange(len(found.candidates))
    chosen = np.where(place == found.place, "yes", "no")
    numbers = {"candidate": found.candidates, "error": found.errors, "chosen": chosen}
    return pd.DataFrame({"place": place, **numbers})


interactive = functools.partial(_estimated, "interactive")
completion = functools.partial(_estimated, "completion")
