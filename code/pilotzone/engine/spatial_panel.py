"""A design and a matrix as the spatial likelihood takes them."""

import numpy as np

from pilotzone.engine.design import Design
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.weights import SpatialWeights


def stacked(
    data: Design, weights: SpatialWeights, extra: tuple[np.ndarray, tuple[str, ...]] | None = None
) -> StackedPanel:
    """Return the design as a stacked panel: treatment (or its columns), then controls."""
    columns, names = extra or (data.treatment[:, None], (data.spec.treatment,))
    x = np.column_stack([columns, data.controls])
    return stack_panel(data.y, x, (*names, *data.control_names), data.unit, data.period, weights)


def structure(data: Design, model: str = "") -> dict[str, object]:
    """Return what a column says of its likelihood: model, effects, correction."""
    lee_yu = data.spec.option("correction") == "lee_yu"
    return {"model": model or data.spec.estimator, "effects": data.spec.effects, "lee_yu": lee_yu}


def fitted(panel: StackedPanel, weights: SpatialWeights, data: Design, model: str) -> SpatialFit:
    """Return the maximum-likelihood fit of a panel as a column declares it.

    Its covariance is the sandwich with pairs unless the column names the information matrix.
    """
    by_likelihood = data.spec.inference.name == "information"
    vcov = "information" if by_likelihood else "cluster_pairs"
    return fit_stacked(panel, weights, **structure(data, model), vcov=vcov)


def fit(data: Design, weights: SpatialWeights) -> SpatialFit:
    """Return the maximum-likelihood fit of a design."""
    return fitted(stacked(data, weights), weights, data, data.spec.estimator)
