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


def lee_yu(data: Design) -> bool:
    """Return whether the effects are transformed away."""
    return data.spec.option("correction") == "lee_yu"


def choices(data: Design, model: str) -> dict[str, object]:
    """Return what a column says of its likelihood: model, effects, correction, covariance."""
    kind = data.spec.inference.name
    vcov = "information" if kind == "information" else "cluster_pairs"
    return {"model": model, "effects": data.spec.effects, "lee_yu": lee_yu(data), "vcov": vcov}


def fit(data: Design, weights: SpatialWeights) -> SpatialFit:
    """Return the maximum-likelihood fit of a design."""
    return fit_stacked(stacked(data, weights), weights, **choices(data, data.spec.estimator))
