"""Rows and fields of a fit, whichever estimator made it."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, variance_share

# Fields that change when rows are dropped.
COUNTED = (
    *("first_year", "last_year", "nobs", "n_units", "n_periods", "n_treated"),
    "outcome_mean",
)


def model_fields(result: LinearFit, data: Design) -> dict[str, object]:
    """Return the fields of the model row that a regression on the rows of a design knows."""
    used = data.where(~result.singletons) if result.n_singletons else data
    counts = used.counts
    return {
        **fit_fields(result, data),
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + result.n_singletons,
    }


def fit_fields(result: LinearFit, data: Design) -> dict[str, object]:
    """Return the fields that a fit knows, whatever its rows are."""
    return {
        "inference": f"{result.vcov}:{data.spec.inference.cluster}",
        "n_clusters": result.n_clusters,
        "r2": result.r2,
        "r2_within": result.r2_within,
    }


def estimate_rows(result: LinearFit, count: int | None = None) -> pd.DataFrame:
    """Return a row with t(G - 1) inference for each regressor, or for the first ``count``."""
    return estimates.rows(
        result.names[:count],
        result.coefficients[:count],
        result.std_errors[:count],
        distribution="t",
        df=result.df,
    )


def covariance_of(names: Sequence[str], covariance: np.ndarray) -> pd.DataFrame:
    """Return a covariance (q, q) of the first q terms, by term."""
    # One index for both: pandas would make each of them from the names.
    kept = pd.Index(names[: len(covariance)])
    return pd.DataFrame(covariance, index=kept, columns=kept)


def municipality_rows(data: Design, refit: Callable[[Design], pd.DataFrame]) -> pd.DataFrame:
    """Return the municipalities' share of the treatment's variance and the fit without them.

    The share is that of the sum of squares of the treatment freed of unit and period effects. A
    province of one unit jumps from 0 to 1 and weighs accordingly.
    """
    members = data.column("municipality") == 1
    treatment = data.spec.treatment
    effects = FixedEffects((data.unit, data.period), weights=data.row_weights)
    share = variance_share(data.treatment, effects, members)
    without = refit(data.where(~members))
    suffixes = (treatment, f"direct:{treatment}", f"indirect:{treatment}", f"total:{treatment}")
    kept = without[without["term"].isin(suffixes)]
    shares = estimates.value_rows([f"municipality_share:{treatment}"], [share])
    kept = kept.assign(term="no_municipalities:" + kept["term"])
    return pd.concat([shares, kept], ignore_index=True)
