"""Linear regressions: from a design to the fixed-effects core and back to rows."""

from collections.abc import Callable

import pandas as pd

from pilotzone import estimates
from pilotzone.engine import inference
from pilotzone.engine.design import Design, Result
from pilotzone.errors import UserError
from pilotzone.methods.did.twfe import twfe, variance_share
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.panels.store import Store


def fit(data: Design) -> LinearFit:
    """Return the two-way fit of a design under its declared effects and clusters."""
    return twfe(
        data.y,
        data.treatment[:, None],
        (data.spec.treatment,),
        data.controls,
        data.control_names,
        data.unit,
        data.period,
        extra_factors=data.extra_factors,
        slopes=data.slopes,
        unit_effects="unit" in data.effects,
        period_effects="period" in data.effects,
        cluster=data.cluster,
    )


def two_way(data: Design, store: Store) -> Result:
    """Return the estimate rows of a regression with declared effects, and its diagnostics."""
    result = fit(data)
    terms = [estimate_rows(result)]
    if "treatment_only" in data.spec.diagnostics:
        terms = [terms[0].iloc[:1]]
    if "municipalities" in data.spec.diagnostics:
        terms.append(municipality_rows(data, lambda rest: estimate_rows(fit(rest))))
    return Result(pd.concat(terms, ignore_index=True), model_fields(result, data))


def other_inference(data: Design, store: Store) -> Result:
    """Return the treatment's row of a two-way regression under another kind of inference."""
    rows, fields = inference.treatment_rows(data, store)
    result = fit(data)
    return Result(rows, {**model_fields(result, data), **fields})


def model_fields(result: LinearFit, data: Design) -> dict[str, object]:
    """Return the fields of the model row that a regression on the rows of a design knows."""
    used = data.where(~result.singletons) if result.n_singletons else data
    counts = used.describe()
    return {
        **fit_fields(result, data),
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + result.n_singletons,
    }


# Fields that change when rows are dropped.
COUNTED = ("first_year", "last_year", "nobs", "n_units", "n_periods", "n_treated")


def fit_fields(result: LinearFit, data: Design) -> dict[str, object]:
    """Return the fields that a fit knows, whatever its rows are."""
    return {
        "inference": f"{result.vcov}:{data.spec.inference.cluster}",
        "n_clusters": result.n_clusters,
        "r2": result.r2,
        "r2_within": result.r2_within,
    }


def estimate_rows(result: LinearFit) -> pd.DataFrame:
    """Return one row per regressor with t(G - 1) inference."""
    return estimates.rows(
        result.names, result.coefficients, result.std_errors, distribution="t", df=result.df
    )


def municipality_rows(data: Design, refit: Callable[[Design], pd.DataFrame]) -> pd.DataFrame:
    """Return the municipalities' share of the treatment's variance and the fit without them.

    The share is that of the sum of squares of the treatment freed of unit and period effects. A
    province of one unit jumps from 0 to 1 and weighs accordingly.
    """
    if "municipality" not in data.frame:
        raise UserError(f"the {data.panel.id} panel has no column 'municipality'")
    treatment = data.spec.treatment
    members = data.frame["municipality"].to_numpy() == 1
    share = variance_share(data.treatment, FixedEffects((data.unit, data.period)), members)
    without = refit(data.where(~members))
    suffixes = (treatment, f"direct:{treatment}", f"indirect:{treatment}", f"total:{treatment}")
    kept = without[without["term"].isin(suffixes)]
    return pd.concat(
        [
            estimates.value_rows([f"municipality_share:{treatment}"], [share]),
            kept.assign(term="no_municipalities:" + kept["term"]),
        ],
        ignore_index=True,
    )
