"""Spatial models: from a design and a labelled matrix to likelihood, effects and rows."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.regression import municipality_rows
from pilotzone.errors import UserError
from pilotzone.panels.store import Store
from pilotzone.space.effects import effects as spatial_effects
from pilotzone.space.panel_ml import SpatialFit, fit_spatial
from pilotzone.space.weights import SpatialWeights


def fit(data: Design, weights: SpatialWeights) -> SpatialFit:
    """Return the maximum-likelihood fit of a design."""
    spec = data.spec
    return fit_spatial(
        data.y,
        np.column_stack([data.treatment, data.controls]),
        (spec.treatment, *data.control_names),
        data.unit,
        data.period,
        weights,
        model=spec.estimator,
        effects=spec.effects,
    )


def maximum_likelihood(data: Design, store: Store) -> Result:
    """Return coefficients and effects of a spatial model, with the declared diagnostics."""
    if not data.spec.weights:
        raise UserError(f"estimator '{data.spec.estimator}' needs weights; name a matrix")
    weights = store.weights(data.spec.weights)
    result = fit(data, weights)
    terms = [estimate_rows(result, weights, data)]
    if "municipalities" in data.spec.diagnostics:
        terms.append(municipality_rows(data, lambda rest: _refit_rows(rest, weights)))
    return Result(
        pd.concat(terms, ignore_index=True),
        {
            "r2": result.r2,
            "r2_within": result.r2_within,
            "rho": result.rho,
            "loglik": result.loglik,
        },
    )


def _refit_rows(rest: Design, weights: SpatialWeights) -> pd.DataFrame:
    kept = weights.subset(tuple(np.unique(rest.unit)))
    return estimate_rows(fit(rest, kept), kept, rest)


def estimate_rows(result: SpatialFit, weights: SpatialWeights, data: Design) -> pd.DataFrame:
    """Return coefficients with normal p, and effects with simulated errors and intervals."""
    coefficients = estimates.rows(
        result.names, result.coefficients, result.std_errors, distribution="normal"
    )
    inference = data.spec.inference
    if not inference.draws:
        return coefficients
    table = spatial_effects(result, weights, draws=inference.draws, seed=inference.seed)
    simulated = estimates.rows(
        table.terms,
        table.estimates.ravel(),
        table.std_errors.ravel(),
        distribution="normal",
        interval=(table.ci_low.ravel(), table.ci_high.ravel()),
        draws=table.n_draws - table.n_rejected,
    )
    return pd.concat([coefficients, simulated], ignore_index=True)
