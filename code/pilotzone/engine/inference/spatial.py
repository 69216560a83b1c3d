"""Rows of a spatial model by resampling whole paths: of residuals, or of the treatment."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design
from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.engine.spatial_panel import stacked, structure
from pilotzone.methods.space.permuted import permute_exposure
from pilotzone.methods.space.resampled import Resampled
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.methods.space.wild import wild_paths


def by_wild_paths(data: Design, weights: SpatialWeights) -> pd.DataFrame:
    """Return all coefficients and effects with p and interval from flipped residual paths."""
    test = wild_paths(stacked(data, weights), weights, **structure(data), **data.resampling.drawn)
    return _rows(test, "bootstrap")


def by_permuted_paths(data: Design, weights: SpatialWeights) -> pd.DataFrame:
    """Return the treatment's terms with p and interval from dealing its paths to other units.

    With the option ``within``, a column, paths move within its groups.
    """
    labels = data.permuted_within
    if labels is not None:
        by_unit = dict(zip(data.units, data.by_unit(labels, "within"), strict=True))
        labels = np.array([by_unit[unit] for unit in weights.labels])
    test = permute_exposure(
        stacked(data, weights),
        weights,
        data.spec.treatment,
        strata=labels,
        **structure(data),
        **data.resampling.drawn,
    )
    return _rows(test, "permutation")


def _rows(test: Resampled, distribution: str) -> pd.DataFrame:
    # A side on which nothing is rejected has no bound.
    low, high = np.where(np.isfinite(test.intervals), test.intervals, np.nan).T
    return resampled_rows(
        test.terms,
        distribution,
        test.p_values,
        test.draws,
        estimate=test.estimates,
        std_error=test.std_errors,
        statistic=test.t,
        ci_low=low,
        ci_high=high,
    )


RESAMPLED: dict[str, Callable[[Design, SpatialWeights], pd.DataFrame]] = {
    "wild_paths": by_wild_paths,
    "permutation": by_permuted_paths,
}
