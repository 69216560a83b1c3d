"""Estimates of the dynamic spatial Durbin model: the maximum, and what corrects its bias.

The model and its equations are those of the head of ``dynamic``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import DenseAlgebra, Multiplier, lag
from pilotzone.methods.space.design import (
    MODELS,
    Design,
    Sample,
    build_design,
    build_designs,
    residuals_at,
    slopes_at,
)
from pilotzone.methods.space.information import information, scaled_inverse
from pilotzone.methods.space.maximum import lagged_mean
from pilotzone.methods.space.panel import StackedPanel, require_even_steps, require_panel_order
from pilotzone.methods.space.profile import build_profile, maximise, search
from pilotzone.methods.space.weights import SpatialWeights

DYNAMIC_MODELS = ("sdm", "sar")
DYNAMIC_EFFECTS = ("two_way", "unit")
MultiplierAt = Callable[[np.ndarray], Multiplier]


@dataclass(frozen=True, eq=False)
class Point:
    """A value (d, rho, sigma2) of all parameters (K + 1,) with the inverse information there.

    Those of a stack of panels have one more axis in front, as has all that follows from them.
    """

    values: np.ndarray
    inverse_information: np.ndarray

    @property
    def coefficients(self) -> np.ndarray:
        """All parameters but sigma2 (K,)."""
        return self.values[..., :-1]

    @property
    def covariance(self) -> np.ndarray:
        """Covariance (K, K) of the coefficients."""
        return self.inverse_information[..., :-1, :-1]

    @property
    def slopes(self) -> np.ndarray:
        """Coefficients d of Z (K - 1,)."""
        return self.values[..., :-2]

    @property
    def rho(self) -> np.ndarray:
        """Coefficient of W y_t."""
        return self.values[..., -2]

    @property
    def sigma2(self) -> np.ndarray:
        """Variance of e."""
        return self.values[..., -1]

    def root(self, weights: SpatialWeights) -> np.ndarray:
        """Largest modulus of a root, see ``largest_root``."""
        return largest_root(self.values[..., 0], self.values[..., 1], self.rho, weights)

    def at(self, places: np.ndarray) -> "Point":
        """Return the points of a stack at some places, as a mask or numbers."""
        return Point(self.values[places], self.inverse_information[places])


def fit_points(
    panels: StackedPanel,
    weights: SpatialWeights,
    *,
    effects: str = "two_way",
    multiplier_at: MultiplierAt | None = None,
) -> tuple[Point, Point]:
    """Return the maxima of the likelihood and the corrected estimates of a stack of R panels.

    ``multiplier_at`` gives the multipliers of many rho; by a solve for each if left out.
    Both are stacks of r <= R, of the panels that ``fit_dynamic_stacked`` can fit, in their order.
    Raises UserError for what is wrong with all: an option, units or periods.
    """
    design, sample, _ = prepare(panels, weights, "sdm", effects, build=build_designs)
    rho = search(build_profile(design, sample), weights.stable_interval)
    found = _inside(rho, weights)
    design = design.at(found)
    multiplier_at = multiplier_at or DenseAlgebra(weights).multiplier
    top = _at_rho(design, sample, multiplier_at, rho[found])
    stable = top.root(weights) < 1.0
    design, top = design.at(stable), top.at(stable)
    values = _moved(top, sample)
    kept = _admissible(values, weights)
    end = _point(design.at(kept), sample, multiplier_at, values[kept])
    stable = end.root(weights) < 1.0
    return top.at(kept).at(stable), end.at(stable)


def largest_root(
    tau: np.ndarray, eta: np.ndarray, rho: np.ndarray, weights: SpatialWeights
) -> np.ndarray:
    """Return the largest modulus of (tau + eta w)/(1 - rho w) over the eigenvalues w of W."""
    tau, eta, rho = (np.asarray(part, dtype=float)[..., None] for part in (tau, eta, rho))
    w = weights.eigenvalues
    return np.abs((tau + eta * w) / (1.0 - rho * w)).max(axis=-1)


def prepare(
    panel: StackedPanel,
    weights: SpatialWeights,
    model: str,
    effects: str,
    *,
    build: Callable[..., Design] = build_design,
) -> tuple[Design, Sample, StackedPanel]:
    """Check the request and bring the model into the columns of a static one, the last returned."""
    _check_request(panel, weights, model, effects)
    sample = _build_sample(weights, len(panel.periods) - 1, effects)
    static = with_lags(panel, weights, model)
    return build(static, weights.matrix, MODELS["sar"], effects, sample), sample, static


def _build_sample(weights: SpatialWeights, n_periods: int, effects: str) -> Sample:
    centred = effects == "two_way"
    m = len(weights.labels) - centred
    determinant = DenseAlgebra(weights).log_determinant(centred)
    # Not transformed over time: N = m T.
    return Sample(m * n_periods, m * (n_periods - 1), n_periods, determinant, centred)


def with_lags(panel: StackedPanel, weights: SpatialWeights, model: str) -> StackedPanel:
    """Return the panel of a static model whose regressors are the columns of Z."""
    y, x = panel.y[..., 1:, :], panel.x[..., 1:, :]
    before = panel.y[None, ..., :-1, :]
    names, parts = ("tau", "eta", *panel.names), [before, lag(before, weights.matrix), x]
    if model == "sdm":
        names += tuple(f"W:{name}" for name in panel.names)
        parts.append(lag(x, weights.matrix))
    return StackedPanel(y, np.concatenate(parts), names, panel.units, panel.periods[1:])


def maximum(design: Design, sample: Sample, weights: SpatialWeights) -> Point:
    """Return the maximum of the likelihood."""
    rho = maximise(build_profile(design, sample), weights.stable_interval, "rho")
    return _at_rho(design, sample, DenseAlgebra(weights).multiplier, np.array(rho))


def _at_rho(design: Design, sample: Sample, multiplier_at: MultiplierAt, rho: np.ndarray) -> Point:
    slopes = slopes_at(design, rho)
    _, residuals = residuals_at(design, slopes, rho)
    sigma2 = (residuals**2).sum(axis=(-2, -1)) / sample.nobs
    values = np.concatenate([slopes, rho[..., None], sigma2[..., None]], axis=-1)
    return _point(design, sample, multiplier_at, values)


def _point(
    design: Design, sample: Sample, multiplier_at: MultiplierAt, values: np.ndarray
) -> Point:
    slopes, rho, sigma2 = values[..., :-2], values[..., -2], values[..., -1]
    regressors = design.columns[: design.k]
    multiplier = multiplier_at(rho)
    mean = lagged_mean(design, slopes, regressors, multiplier)
    whole = information(design, sample, regressors, mean, sigma2, multiplier)
    return Point(values, scaled_inverse(whole))


def corrected(design: Design, sample: Sample, weights: SpatialWeights, top: Point) -> Point:
    """Add I^-1 a of the head of ``dynamic``.

    Raises NotIdentified if a root is 1 or more at the maximum, or rho leaves its interval.
    """
    require_stable(top, weights)
    values = _moved(top, sample)
    if not _admissible(values, weights):
        low, high = weights.stable_interval
        raise NotIdentified("corrected_rho_outside", rho=values[-2], low=low, high=high)
    return _point(design, sample, DenseAlgebra(weights).multiplier, values)


def _moved(top: Point, sample: Sample) -> np.ndarray:
    return top.values + (top.inverse_information @ _score_bias(top, sample)[..., None])[..., 0]


def _admissible(values: np.ndarray, weights: SpatialWeights) -> np.ndarray:
    return _inside(values[..., -2], weights) & (values[..., -1] > 0)


def _inside(rho: np.ndarray, weights: SpatialWeights) -> np.ndarray:
    low, high = weights.stable_interval
    return (low < rho) & (rho < high)


def _score_bias(point: Point, sample: Sample) -> np.ndarray:
    """Minus the mean of the score: the traces a of the head of ``dynamic``, by the eigenvalues."""
    tau, eta, rho = np.moveaxis(point.values[..., [0, 1, -2], None], -2, 0)
    w = sample.determinant.spectrum
    m = 1.0 / ((1.0 - tau) - (rho + eta) * w)
    g = w / (1.0 - rho * w)
    a = np.zeros(point.values.shape)
    a[..., 0], a[..., 1] = m.sum(axis=-1).real, (w * m).sum(axis=-1).real
    a[..., -2] = (g * (tau + eta * w) * m + g).sum(axis=-1).real
    a[..., -1] = len(w) / (2.0 * point.sigma2)
    return a


def require_stable(point: Point, weights: SpatialWeights) -> float:
    """Return the largest root, or raise NotIdentified if it is 1 or more."""
    root = float(point.root(weights))
    if not root < 1.0:
        raise NotIdentified("not_stationary", root=root, sum=point.values[[0, 1, -2]].sum())
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
