"""The maximum of a spatial likelihood, and what follows from it without an error."""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import Algebra, Multiplier
from pilotzone.methods.space.design import COLLINEAR, Design, Sample, residuals_at, slopes_at
from pilotzone.methods.space.profile import (
    build_profile,
    concentrated_loglik,
    filtered_form,
    maximise,
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

    Attributes
    ----------
    parameters : (p,) lambda and rho, as the model has them, in this order.
    slopes : (k,)
    regressors, residuals : (k, T, n) and (T, n), those of ``residuals_at``.
    sigma2 : e'e/N.
    multipliers : one for each parameter.
    """

    design: Design
    sample: Sample
    parameters: np.ndarray
    slopes: np.ndarray
    regressors: np.ndarray
    residuals: np.ndarray
    sigma2: float
    multipliers: tuple[Multiplier, ...]

    @property
    def coefficients(self) -> np.ndarray:
        """Slopes and parameters (K,), in the order of ``design.names``."""
        return np.concatenate([self.slopes, self.parameters])

    @property
    def loglik(self) -> float:
        """The height, with its constant."""
        log_determinant = self.sample.determinant.value(self.parameters).sum()
        gaussian = concentrated_loglik(self.sigma2 * self.sample.nobs, self.sample)
        return float(gaussian + self.sample.repeats * log_determinant)


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
    multipliers = tuple(algebra.multiplier(r) for r in parameters.tolist())
    sigma2 = squares / sample.nobs
    return Maximum(design, sample, parameters, slopes, regressors, residuals, sigma2, multipliers)


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
