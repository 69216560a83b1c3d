"""Spatial models by maximum likelihood: from a design and a matrix to effects and rows."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import municipality_rows
from pilotzone.engine.matrix import placed
from pilotzone.errors import Reason
from pilotzone.methods.space.effects import effects as spatial_effects
from pilotzone.methods.space.effects_table import EffectsTable
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store


def stacked(
    data: Design, weights: SpatialWeights, extra: tuple[np.ndarray, tuple[str, ...]] | None = None
) -> StackedPanel:
    """Return the design as a stacked panel: treatment (or its columns), then controls."""
    columns, names = extra or (data.treatment[:, None], (data.spec.treatment,))
    x = np.column_stack([columns, data.controls])
    return stack_panel(data.y, x, (*names, *data.control_names), data.unit, data.period, weights)


def lee_yu(data: Design) -> bool:
    """Return whether the effects are transformed away."""
    return data.spec.option("correction") == "lee_yu"


def fit(data: Design, weights: SpatialWeights) -> SpatialFit:
    """Return the maximum-likelihood fit of a design."""
    choices = {"model": data.spec.estimator, "effects": data.spec.effects, "lee_yu": lee_yu(data)}
    return fit_stacked(stacked(data, weights), weights, **choices)


def maximum_likelihood(data: Design, store: Store) -> Result:
    """Return coefficients and effects of a spatial model, with the declared diagnostics."""
    data, weights = placed(data, store)
    result = fit(data, weights)
    terms = [estimate_rows(result, weights, data)]
    if "treatment_only" in data.spec.diagnostics:
        terms = [about(terms[0], (data.spec.treatment,), ("rho", "lambda"))]
    if "municipalities" in data.spec.diagnostics:

        def refit(rest: Design) -> pd.DataFrame:
            kept = weights.subset(rest.units)
            return estimate_rows(fit(rest, kept), kept, rest)

        terms.append(municipality_rows(data, refit))
    fields = {**data.describe(), **model_fields(result, weights)}
    return Result(pd.concat(terms, ignore_index=True), fields)


def model_fields(result: SpatialFit, weights: SpatialWeights) -> dict[str, object]:
    """Return the fields of the model row that a spatial fit knows."""
    return {
        "inference": "information",
        "r2": result.r2,
        "r2_within": result.r2_within,
        "rho": result.rho if "rho" in result.names else np.nan,
        "loglik": result.loglik,
        "reference": Reason("largest_row_weight", {"weight": weights.largest_row_weight}),
    }


def about(rows: pd.DataFrame, names: tuple[str, ...], parameters: tuple[str, ...]) -> pd.DataFrame:
    """Return the terms of some variables, lagged and in effects too, and some parameters."""
    own = rows["term"].str.rpartition(":")[2].isin(names)
    return rows[own | rows["term"].isin(parameters)]


def estimate_rows(result: SpatialFit, weights: SpatialWeights, data: Design) -> pd.DataFrame:
    """Return coefficients with normal p, and effects: simulated with draws, else by delta."""
    coefficients = estimates.rows(
        result.names, result.coefficients, result.std_errors, distribution="normal"
    )
    if result.model in ("ols", "sem"):
        return coefficients
    method = data.spec.inference.name
    drawn = {}
    if method == "simulated":
        drawn = {"draws": data.resampling.draws, "seed": data.resampling.seed}
    table = spatial_effects(result, weights, method=method, **drawn)
    return pd.concat([coefficients, effect_rows(table, drawn=bool(drawn))], ignore_index=True)


def effect_rows(table: EffectsTable, *, drawn: bool) -> pd.DataFrame:
    """Return direct, indirect and total effects, with the number of draws that were used."""
    return estimates.rows(
        table.terms,
        table.estimates.ravel(),
        table.std_errors.ravel(),
        distribution="normal",
        interval=(table.ci_low.ravel(), table.ci_high.ravel()),
        draws=table.n_draws - table.n_rejected if drawn else None,
    )
