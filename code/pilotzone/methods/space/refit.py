"""One model fitted again and again: to resampled outcomes, or with permuted regressors."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import DenseAlgebra, lag
from pilotzone.methods.space.design import (
    Design,
    Sample,
    build_design,
    build_sample,
    check_options,
    triangulated,
)
from pilotzone.methods.space.effects import Response
from pilotzone.methods.space.effects_table import KINDS
from pilotzone.methods.space.maximum import Maximum, find_maximum
from pilotzone.methods.space.panel import StackedPanel, remove_effects
from pilotzone.methods.space.sandwich import covariance_of
from pilotzone.methods.space.weights import SpatialWeights


@dataclass(frozen=True, eq=False)
class Refit:
    """A model on a sample, with what its fits share.

    Attributes
    ----------
    terms : coefficients, and with a lag of y or of x the effects ``direct:x``, ...
    """

    weights: SpatialWeights
    sample: Sample
    design: Design
    response: Response
    terms: tuple[str, ...]

    def maximum(self, design: Design | None = None) -> Maximum:
        """The fit of a design of the same model; of the data if left out."""
        algebra, interval = DenseAlgebra(self.weights), self.weights.stable_interval
        return find_maximum(design or self.design, self.sample, algebra, interval)

    def statistics(self, top: Maximum) -> tuple[np.ndarray, np.ndarray]:
        """Estimates and ``cluster_pairs`` errors (q,) of the terms; delta method for effects."""
        coefficients, covariance = top.coefficients, covariance_of(top, "cluster_pairs")
        estimates, errors = coefficients, np.sqrt(np.diag(covariance))
        if len(self.terms) > len(coefficients):
            effects = self.response.effects(coefficients[None])[0].ravel()
            slopes = self.response.gradient(coefficients).reshape(len(effects), -1)
            spread = np.sqrt(np.einsum("ei,ij,ej->e", slopes, covariance, slopes))
            estimates, errors = np.append(coefficients, effects), np.append(errors, spread)
        return estimates, errors

    def with_columns(self, places: Sequence[int], own: np.ndarray) -> Design:
        """The design with other columns ``own`` (a, T, n), not lagged and not freed of the effects.

        ``places`` say where they stand among the k regressors and the outcome, which is the last.
        Errors are those of ``fit_stacked``.
        """
        design, matrix = self.design, self.weights.matrix
        k, lags = design.k, design.structure
        where, parts = list(places), [own]
        if lags.lag_error:
            where += [k + 1 + place for place in places]
            parts.append(lag(own, matrix))
        if lags.lag_y and k in places:
            where.append(len(design.columns) - 1)
            parts.append(lag(parts[-1][[list(places).index(k)]], matrix))
        columns = design.columns.copy()
        columns[where] = remove_effects(np.concatenate(parts), design.effects)
        triangle = triangulated(columns, design.names[:k], design.effects)
        return dataclasses.replace(design, columns=columns, triangle=triangle)


def build_refit(
    panel: StackedPanel, weights: SpatialWeights, *, model: str, effects: str, lee_yu: bool
) -> Refit:
    """Prepare a model for repeated fits; parameters and errors are those of ``fit_stacked``."""
    structure = check_options(panel, weights, model, effects, lee_yu)
    sample = build_sample(weights, len(panel.periods), effects, lee_yu)
    design = build_design(panel, weights.matrix, structure, effects, sample)
    determinant = DenseAlgebra(weights).log_determinant(centred=False)
    response = Response(structure, len(panel.names), determinant, len(panel.units))
    terms = design.names
    if structure.lag_y or structure.lag_x:
        terms += tuple(f"{kind}:{name}" for kind in KINDS for name in panel.names)
    return Refit(weights, sample, design, response, terms)


def flipped_outcomes(top: Maximum) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function: the outcomes (T, n) of a fit with residual paths times random weights.

    With the weights v (n,) of the units, y* = (I - rho W)^-1 (Z b + (I - lambda W)^-1 diag(v) e):
    the reduced form at the estimates, less the effects, which any fit with these effects removes
    again. One weight for a whole path keeps its dependence over time.
    """
    k, inverse = top.design.k, np.eye(top.residuals.shape[1])
    mean = np.tensordot(top.slopes, top.design.columns[:k], axes=1)
    for name, r, multiplier in zip(
        top.design.names[k:], top.parameters, top.multipliers, strict=True
    ):
        # (I - r W)^-1 = I + r G
        inverse = inverse + r * multiplier.matrix @ inverse
        if name == "rho":
            mean = mean + r * multiplier.apply(mean)
    return lambda v: mean + (top.residuals * v) @ inverse.T


def studentised(
    refit: Refit, designs: Iterable[Callable[[], Design]], keep: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """Statistics (R, q) of the terms ``keep``: (estimate - centre) / error for each design.

    A design that cannot be fitted, as where rho runs to a bound, has NaN in its row.
    """
    rows = []
    for make in designs:
        try:
            estimates, errors = refit.statistics(refit.maximum(make()))
        except (UserError, NotIdentified):
            rows.append(np.full(len(keep), np.nan))
            continue
        rows.append((estimates[keep] - centre) / errors[keep])
    return np.array(rows)
