"""Estimates of the dynamic spatial Durbin model: the maximum, and what corrects its bias.

The model and its equations are those of the head of ``dynamic``.
"""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import DenseAlgebra, lag
from pilotzone.methods.space.design import (
    MODELS,
    Design,
    Sample,
    build_design,
    residuals_at,
    slopes_at,
)
from pilotzone.methods.space.information import information, scaled_inverse
from pilotzone.methods.space.panel import StackedPanel, require_even_steps, require_panel_order
from pilotzone.methods.space.profile import build_profile, maximise
from pilotzone.methods.space.weights import SpatialWeights

DYNAMIC_MODELS = ("sdm", "sar")
DYNAMIC_EFFECTS = ("two_way", "unit")


@dataclass(frozen=True, eq=False)
class Point:
    """A value (d, rho, sigma2) of all parameters (K + 1,) with the inverse information there."""

    values: np.ndarray
    inverse_information: np.ndarray

    @property
    def coefficients(self) -> np.ndarray:
        """All parameters but sigma2 (K,)."""
        return self.values[:-1]

    @property
    def covariance(self) -> np.ndarray:
        """Covariance (K, K) of the coefficients."""
        return self.inverse_information[:-1, :-1]

    @property
    def slopes(self) -> np.ndarray:
        """Coefficients d of Z (K - 1,)."""
        return self.values[:-2]

    @property
    def rho(self) -> float:
        """Coefficient of W y_t."""
        return float(self.values[-2])

    @property
    def sigma2(self) -> float:
        """Variance of e."""
        return float(self.values[-1])


def fit_points(
    panel: StackedPanel, weights: SpatialWeights, *, model: str = "sdm", effects: str = "two_way"
) -> tuple[Point, Point]:
    """Return the maximum of the likelihood and the corrected estimate, for simulations.

    See ``fit_dynamic_stacked``.
    """
    design, sample, _ = prepare(panel, weights, model, effects)
    top = maximum(design, sample, weights)
    end = corrected(design, sample, weights, top)
    require_stable(end, weights)
    return top, end


def largest_root(
    tau: np.ndarray, eta: np.ndarray, rho: np.ndarray, weights: SpatialWeights
) -> np.ndarray:
    """Return the largest modulus of (tau + eta w)/(1 - rho w) over the eigenvalues w of W."""
    tau, eta, rho = (np.asarray(part, dtype=float)[..., None] for part in (tau, eta, rho))
    w = weights.eigenvalues
    return np.abs((tau + eta * w) / (1.0 - rho * w)).max(axis=-1)


def prepare(
    panel: StackedPanel, weights: SpatialWeights, model: str, effects: str
) -> tuple[Design, Sample, StackedPanel]:
    """Check the request and bring the model into the columns of a static one, the last returned."""
    _check_request(panel, weights, model, effects)
    sample = _build_sample(weights, len(panel.periods) - 1, effects)
    static = with_lags(panel, weights, model)
    return build_design(static, weights.matrix, MODELS["sar"], effects, sample), sample, static


def _build_sample(weights: SpatialWeights, n_periods: int, effects: str) -> Sample:
    centred = effects == "two_way"
    m = len(weights.labels) - centred
    determinant = DenseAlgebra(weights).log_determinant(centred)
    # Not transformed over time: N = m T.
    return Sample(m * n_periods, m * (n_periods - 1), n_periods, determinant, centred)


def with_lags(panel: StackedPanel, weights: SpatialWeights, model: str) -> StackedPanel:
    """Return the panel of a static model whose regressors are the columns of Z."""
    y, x = panel.y, panel.x[:, 1:]
    names, parts = ("tau", "eta", *panel.names), [y[:-1][None], lag(y[:-1], weights.matrix)[None]]
    parts.append(x)
    if model == "sdm":
        names += tuple(f"W:{name}" for name in panel.names)
        parts.append(lag(x, weights.matrix))
    return StackedPanel(y[1:], np.concatenate(parts), names, panel.units, panel.periods[1:])


def maximum(design: Design, sample: Sample, weights: SpatialWeights) -> Point:
    """Return the maximum of the likelihood."""
    rho = maximise(build_profile(design, sample), weights.stable_interval, "rho")
    slopes = slopes_at(design, rho)
    _, residuals = residuals_at(design, slopes, rho)
    squares = (residuals**2).sum()
    return _point(design, sample, weights, np.concatenate([slopes, [rho, squares / sample.nobs]]))


def _point(design: Design, sample: Sample, weights: SpatialWeights, values: np.ndarray) -> Point:
    slopes, rho, sigma2 = values[:-2], values[-2], values[-1]
    regressors, _ = residuals_at(design, slopes, rho)
    multiplier = DenseAlgebra(weights).multiplier(rho)
    whole = information(design, sample, regressors, slopes, sigma2, multiplier)
    return Point(values, scaled_inverse(whole))


def corrected(design: Design, sample: Sample, weights: SpatialWeights, top: Point) -> Point:
    """Add I^-1 a of the head of ``dynamic``.

    Raises NotIdentified if a root is 1 or more at the maximum, or rho leaves its interval.
    """
    require_stable(top, weights)
    values = top.values + top.inverse_information @ _score_bias(top, sample)
    low, high = weights.stable_interval
    if not (low < values[-2] < high and values[-1] > 0):
        raise NotIdentified("corrected_rho_outside", rho=values[-2], low=low, high=high)
    return _point(design, sample, weights, values)


def _score_bias(point: Point, sample: Sample) -> np.ndarray:
    """Minus the mean of the score: the traces a of the head of ``dynamic``, by the eigenvalues."""
    tau, eta, rho = point.slopes[0], point.slopes[1], point.rho
    w = sample.determinant.spectrum
    m = 1.0 / ((1.0 - tau) - (rho + eta) * w)
    g = w / (1.0 - rho * w)
    a = np.zeros(len(point.values))
    a[0], a[1] = m.sum().real, (w * m).sum().real
    a[-2] = (g * (tau + eta * w) * m + g).sum().real
    a[-1] = len(w) / (2.0 * point.sigma2)
    return a


def require_stable(point: Point, weights: SpatialWeights) -> float:
    """Return the largest root, or raise NotIdentified if it is 1 or more."""
    tau, eta, rho = point.slopes[0], point.slopes[1], point.rho
    root = float(largest_root(tau, eta, rho, weights))
    if not root < 1.0:
        raise NotIdentified("not_stationary", root=root, sum=tau + rho + eta)
    return root


def _check_request(panel: StackedPanel, weights: SpatialWeights, model: str, effects: str) -> None:
    if model not in DYNAMIC_MODELS:
        raise UserError(f"model '{model}' is unknown; choose one of {', '.join(DYNAMIC_MODELS)}")
    if effects not in DYNAMIC_EFFECTS:
        raise UserError(
            f"effects '{effects}' are unknown; choose one of {', '.join(DYNAMIC_EFFECTS)}"
        )
    taken = {"tau", "eta"}.intersection(panel.names)
    if taken:
        raise UserError(f"names {', '.join(sorted(taken))} are those of lags of y; rename")
    require_panel_order(panel, weights)
    _check_periods(panel.periods)


def _check_periods(periods: np.ndarray) -> None:
    """A lag across a gap would be a lag of several periods."""
    if len(periods) < 3:
        raise UserError(f"{len(periods)} periods leave none with two before it; give at least 3")
    require_even_steps(periods)
