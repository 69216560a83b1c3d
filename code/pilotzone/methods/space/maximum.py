"""The maximum of a spatial likelihood, and what follows from it without an error."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import Algebra, Multiplier
from pilotzone.methods.space.design import (
    COLLINEAR,
    Design,
    Sample,
    predicted,
    residuals_at,
    slopes_at,
    spoiled,
)
from pilotzone.methods.space.panel import remove_effects
from pilotzone.methods.space.profile import (
    build_profile,
    concentrated_loglik,
    filtered_form,
    maximise,
    search,
    search_grid,
)
from pilotzone.methods.space.surface import (
    Repeated,
    Surface,
    find_peaks,
    require_alone,
    require_interior,
)


@dataclass(frozen=True, eq=False)
class Maximum:
    """The highest point of a likelihood; for its equation see the head of ``panel_ml``.

    Those of a stack of R designs have one more axis in front, after that of the regressors.

    Attributes
    ----------
    parameters : (p,) lambda and rho, as the model has them, in this order.
    slopes : (k,)
    regressors, residuals : (k, T, n) and (T, n), those of ``residuals_at``.
    sigma2 : e'e/N.
    multiplier_at : the multiplier at a parameter.
    """

    design: Design
    sample: Sample
    parameters: np.ndarray
    slopes: np.ndarray
    regressors: np.ndarray
    residuals: np.ndarray
    sigma2: float | np.ndarray
    multiplier_at: Callable[[float | np.ndarray], Multiplier]

    @functools.cached_property
    def multipliers(self) -> tuple[Multiplier, ...]:
        """One for each parameter."""
        return tuple(self.multiplier_at(r) for r in np.moveaxis(self.parameters, -1, 0))

    @functools.cached_property
    def lagged_mean(self) -> np.ndarray:
        """G Z b (T, n), freed of the effects, of a model with a lag of the outcome."""
        return lagged_mean(self.design, self.slopes, self.regressors, self.multipliers[-1])

    @property
    def coefficients(self) -> np.ndarray:
        """Slopes and parameters (K,), in the order of ``design.names``."""
        return np.concatenate([self.slopes, self.parameters], axis=-1)

    @property
    def loglik(self) -> float | np.ndarray:
        """The height, with its constant."""
        log_determinant = self.sample.determinant.value(self.parameters).sum(axis=-1)
        gaussian = concentrated_loglik(self.sigma2 * self.sample.nobs, self.sample)
        return gaussian + self.sample.repeats * log_determinant

    def at(self, places: slice | np.ndarray) -> "Maximum":
        """Return the maxima of a stack at some places."""
        return Maximum(
            self.design.at(places),
            self.sample,
            self.parameters[places],
            self.slopes[places],
            self.regressors[:, places],
            self.residuals[places],
            self.sigma2[places],
            self.multiplier_at,
        )


def lagged_mean(
    design: Design, slopes: np.ndarray, regressors: np.ndarray, multiplier: Multiplier
) -> np.ndarray:
    """Return what rho moves the prediction by, (..., T, n), freed of the effects."""
    return remove_effects(multiplier.apply(predicted(slopes, regressors)), design.effects)


def find_maximum(
    design: Design, sample: Sample, algebra: Algebra, interval: tuple[float, float]
) -> Maximum:
    """Maximise the likelihood over an open interval of the parameters; errors: ``fit_stacked``."""
    parameters = spatial_parameters(design, sample, interval)
    slopes = slopes_at(design, parameters)
    regressors, residuals = residuals_at(design, slopes, parameters)
    squares = float((residuals**2).sum())
    if squares <= COLLINEAR**2 * (design.columns[design.k] ** 2).sum():
        raise UserError("the regressors and effects fit the outcome without error; leave some out")
    parts = (parameters, slopes, regressors, residuals, squares / sample.nobs)
    return Maximum(design, sample, *parts, algebra.multiplier)


def find_maxima(
    design: Design,
    sample: Sample,
    multiplier_at: Callable[[np.ndarray], Multiplier],
    interval: tuple[float, float],
) -> tuple[np.ndarray, Maximum]:
    """Return which designs of a stack ``find_maximum`` can fit, and their maxima, as a stack.

    Of a model with one spatial parameter or none.
    """
    places = np.flatnonzero(~spoiled(design.triangle, design.k).any(axis=-1))
    design, rho = design.at(places), np.zeros(len(places))
    spatial = design.structure.lag_y or design.structure.lag_error
    if spatial:
        rho = search(build_profile(design, sample), interval)
        inside = (interval[0] < rho) & (rho < interval[1])
        places, design, rho = places[inside], design.at(inside), rho[inside]
    slopes = slopes_at(design, rho)
    regressors, residuals = residuals_at(design, slopes, rho)
    squares = np.einsum("rtn,rtn->r", residuals, residuals)
    parts = (rho[:, None][:, :spatial], slopes, regressors, residuals, squares / sample.nobs)
    tops = Maximum(design, sample, *parts, multiplier_at)
    loose = squares > COLLINEAR**2 * (design.columns[design.k] ** 2).sum(axis=(-2, -1))
    return places[loose], tops.at(loose)


def spatial_parameters(design: Design, sample: Sample, interval: tuple[float, float]) -> np.ndarray:
    """Maximise the concentrated likelihood: no, one or two parameters as in ``design.names``."""
    if design.structure.lag_y and design.structure.lag_error:
        surface, grid = build_surface(design, sample), search_grid(interval)
        peaks = find_peaks(surface, grid, grid)
        names = ("rho", "lambda")
        require_interior(surface, peaks[0], np.array([interval, interval]), names)
        require_alone(peaks, names)
        return peaks[0, 1::-1]
    if design.structure.lag_y or design.structure.lag_error:
        return np.array([maximise(build_profile(design, sample), interval, design.names[-1])])
    return np.empty(0)


def build_surface(design: Design, sample: Sample) -> Surface:
    """Return the concentrated log-likelihood L(rho, lambda) of a model with both lags."""
    k, q = design.k, len(design.triangle)
    own = design.triangle[:, [*range(k + 1), q - 2]]
    lagged = design.triangle[:, k + 1 :]
    determinant = Repeated(sample.determinant, sample.repeats)
    return Surface(
        lambda lam: filtered_form(own, lagged, k, lam), determinant, determinant, sample.nobs
    )
