"""One model fitted again and again: to resampled outcomes, or with permuted regressors."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.paths import in_chunks
from pilotzone.methods.space.algebra import DenseAlgebra, Multiplier, lag
from pilotzone.methods.space.design import (
    Design,
    Sample,
    build_design,
    build_sample,
    check_options,
    spoiled,
    triangle_of,
)
from pilotzone.methods.space.effects import Response
from pilotzone.methods.space.effects_table import KINDS
from pilotzone.methods.space.interpolated import NODES, Interpolated
from pilotzone.methods.space.maximum import Maximum, find_maxima, find_maximum
from pilotzone.methods.space.panel import StackedPanel, remove_effects
from pilotzone.methods.space.sandwich import covariance_of
from pilotzone.methods.space.weights import SpatialWeights

# Numbers in the columns of the draws that are fitted together, and in their multipliers: what is
# worked on should fit into the cache of a processor.
COLUMNS_AT_ONCE = 400_000
MULTIPLIERS_AT_ONCE = 500_000


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

    def maxima(
        self, designs: Design, multiplier_at: Callable[[np.ndarray], Multiplier] | None = None
    ) -> tuple[np.ndarray, Maximum]:
        """Which designs of a stack can be fitted, and their fits; not of a model with both lags."""
        multiplier_at = multiplier_at or DenseAlgebra(self.weights).multiplier
        return find_maxima(designs, self.sample, multiplier_at, self.weights.stable_interval)

    def statistics(self, top: Maximum) -> tuple[np.ndarray, np.ndarray]:
        """Estimates and ``cluster_pairs`` errors (..., q) of the terms; of effects by delta."""
        estimates, covariance = top.coefficients, covariance_of(top, "cluster_pairs")
        errors = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        before, k = estimates.shape[:-1], estimates.shape[-1]
        if len(self.terms) > k:
            effects = self.response.effects(estimates.reshape(-1, k)).reshape(*before, -1)
            slopes = self.response.gradient(estimates).reshape(*effects.shape, k)
            spread = np.sqrt(((slopes @ covariance) * slopes).sum(axis=-1))
            estimates = np.concatenate([estimates, effects], axis=-1)
            errors = np.concatenate([errors, spread], axis=-1)
        return estimates, errors

    def with_columns(self, places: Sequence[int], own: np.ndarray) -> Design:
        """A stack of designs with other columns ``own`` (a, R, T, n), with effects, not lagged.

        ``places`` say where they stand among the k regressors and the outcome, which is the last.
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
        columns = np.repeat(design.columns[:, None], own.shape[1], axis=1)
        columns[where] = remove_effects(np.concatenate(parts), design.effects)
        y = own[list(places).index(k)] if k in places else np.broadcast_to(design.y, own.shape[1:])
        return dataclasses.replace(design, y=y, columns=columns, triangle=triangle_of(columns))


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
    """Return a function: the outcomes (R, T, n) of a fit with residual paths times random weights.

    With the weights v (R, n) of the units, y* = (I - rho W)^-1 (Z b + (I - lambda W)^-1 diag(v) e):
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
    return lambda v: mean + (top.residuals * v[:, None, :]) @ inverse.T


def fitted(
    refit: Refit, designs: Design, multiplier_at: Callable[[np.ndarray], Multiplier] | None = None
) -> Iterator[tuple[int | np.ndarray, Maximum]]:
    """Yield the fits of a stack of designs that can be fitted, some at a time, with their places.

    A design may have no fit, as where rho runs to a bound. A model with both lags has a surface to
    climb, and is fitted alone.
    """
    structure, size = designs.structure, designs.columns.shape[-1] ** 2
    if not (structure.lag_y and structure.lag_error):
        places, tops = refit.maxima(designs, multiplier_at)
        for part in in_chunks(np.arange(len(places)), size, MULTIPLIERS_AT_ONCE):
            yield places[part], tops.at(slice(part[0], part[-1] + 1))
        return
    for place in np.flatnonzero(~spoiled(designs.triangle, designs.k).any(axis=-1)).tolist():
        try:
            yield place, refit.maximum(designs.at(place))
        except (UserError, NotIdentified):
            continue


def studentised(
    refit: Refit,
    places: Sequence[int],
    draws: np.ndarray,
    made: Callable[[np.ndarray], np.ndarray],
    keep: np.ndarray,
    centre: np.ndarray | float,
) -> np.ndarray:
    """Statistics (R, q) of the terms ``keep``: (estimate - centre) / error for each draw.

    ``made`` makes of some of the draws (R, ...) columns (a, R, T, n) for ``places``, as
    ``with_columns`` has them. A draw that cannot be fitted has NaN in its row.
    """
    found, multiplier_at = np.full((len(draws), len(keep)), np.nan), None
    if len(draws) > 4 * NODES:
        multiplier_at = Interpolated(DenseAlgebra(refit.weights))
    for some in in_chunks(np.arange(len(draws)), refit.design.columns.size, COLUMNS_AT_ONCE):
        designs = refit.with_columns(places, made(draws[some]))
        for which, top in fitted(refit, designs, multiplier_at):
            estimates, errors = refit.statistics(top)
            found[some[which]] = (estimates[..., keep] - centre) / errors[..., keep]
    return found
