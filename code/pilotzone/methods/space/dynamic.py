"""Dynamic spatial Durbin model by bias-corrected quasi-maximum likelihood.

For period t = 1 ... T with n units, W row-normalised, unit effects a and period effects l_t:

    y_t = tau y_{t-1} + rho W y_t + eta W y_{t-1} + X_t beta + W X_t theta + a + l_t 1 + e_t

with e_t independent, mean 0, variance sigma2. Write Z_t for (y_{t-1}, W y_{t-1}, X_t, W X_t) and d
for its coefficients. Period effects leave by J = I - 11'/n (J W = J W J as rows of W sum to one),
that is by the transformation of Lee and Yu (2010) to n - 1 units; unit effects are estimated, so
that variables are taken from their means over t. With m = n - 1 for both effects and m = n for
unit effects only (Yu, de Jong and Lee 2008), ln|J.| without the eigenvalue 1 of W for m = n - 1,

    L = -mT/2 ln(2 pi sigma2) + T ln|J (I - rho W)| - sum_t e_t'J e_t / (2 sigma2)

The lag y_{t-1} less its mean depends on e_t less its mean, so that the score has the mean -a with

    a_tau = tr JM,  a_eta = tr JWM,  a_rho = tr JG(tau I + eta W)M + tr JG,  a_sigma2 = m/(2 sigma2)

and zero for beta and theta, where M = ((1 - tau) I - (rho + eta) W)^-1 and G = W (I - rho W)^-1.
The maximum is therefore off by -I^-1 a, of order 1/T, I the information; the estimate reported is

    (d, rho, sigma2) + I^-1 a,    I and a at the maximum,

as in both papers. Errors are those of I at the corrected values (normal e).
The model is stationary if every root |(tau + eta w)/(1 - rho w)| is below 1, w the eigenvalues of
W; for w = 1 that is tau + rho + eta < 1.

Sources: Yu, de Jong and Lee (2008, Journal of Econometrics 146, 118-134); Lee and Yu (2010,
Econometric Theory 26, 564-597).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import DenseAlgebra, lag
from pilotzone.methods.space.panel_ml import (
    MODELS,
    Design,
    Sample,
    StackedPanel,
    build_design,
    build_profile,
    concentrated_loglik,
    fit_quality,
    information,
    maximise,
    normal_p_values,
    require_panel_order,
    residuals_at,
    scaled_inverse,
    slopes_at,
    stack_panel,
)
from pilotzone.methods.space.weights import SpatialWeights

DYNAMIC_MODELS = ("sdm", "sar")
DYNAMIC_EFFECTS = ("two_way", "unit")


@dataclass(frozen=True, eq=False)
class DynamicFit:
    """Result of a dynamic spatial panel fit.

    Attributes
    ----------
    model, effects, weights : str
        What was fitted; ``weights`` is the id of the matrix.
    corrected : bool
        Whether ``coefficients`` and ``sigma2`` are free of the bias of order 1/T.
    x_names : tuple of str, length k
        The regressors as given.
    names : tuple of str, length K
        ``tau``, ``eta``, ``x_names``, ``W:x`` for each if the model has them, ``rho``.
    coefficients : ndarray (K,)
    uncorrected : ndarray (K,)
        The maximum of the likelihood.
    covariance : ndarray (K, K)
        Inverse expected information of (coefficients, sigma2), without the row of sigma2.
    sigma2 : float
    loglik : float
        At the maximum of the likelihood, with its constant.
    largest_root : float
        Largest modulus of (tau + eta w)/(1 - rho w), below 1.
    residuals : ndarray (T, n)
        e_t, freed of the effects; columns in the order of ``units``.
    nobs, n_units, n_periods : int
        nobs = n T; T counts the periods that have one before them.
    r2, r2_within : float
        Squared correlation of y with its reduced-form prediction from y_{t-1}, X and the effects;
        and the same after the effects are removed from both.
    units : tuple of str, length n
    periods : ndarray (T,)
    """

    model: str
    effects: str
    weights: str
    corrected: bool
    x_names: tuple[str, ...]
    names: tuple[str, ...]
    coefficients: np.ndarray
    uncorrected: np.ndarray
    covariance: np.ndarray
    sigma2: float
    loglik: float
    largest_root: float
    residuals: np.ndarray
    nobs: int
    n_units: int
    n_periods: int
    r2: float
    r2_within: float
    units: tuple[str, ...]
    periods: np.ndarray

    @property
    def std_errors(self) -> np.ndarray:
        """Standard errors (K,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def z(self) -> np.ndarray:
        """Coefficients over their standard errors (K,)."""
        return self.coefficients / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (K,) from the normal distribution."""
        return normal_p_values(self.z)

    @property
    def tau(self) -> float:
        """Coefficient of y_{t-1}."""
        return float(self.coefficients[0])

    @property
    def eta(self) -> float:
        """Coefficient of W y_{t-1}."""
        return float(self.coefficients[1])

    @property
    def rho(self) -> float:
        """Coefficient of W y_t."""
        return float(self.coefficients[-1])


def fit_dynamic(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SpatialWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    correct: bool = True,
) -> DynamicFit:
    """Fit the dynamic spatial panel model of the module's head on long data.

    Rows may come in any order: they meet the weights by unit code. Of the first period only y is
    used, as the lag of the second; x may be missing there.

    Parameters
    ----------
    y : ndarray (N,)
        Outcome.
    x : ndarray (N, k)
        Regressors, without constant, lag of y or spatial lags.
    names : sequence of str, length k
        Names of the regressors.
    unit, period : ndarray (N,)
        Unit codes (compared as text) and evenly spaced periods.
    weights : SpatialWeights
        Matrix of the same units.
    model, effects, correct
        See :func:`fit_dynamic_stacked`.

    Raises
    ------
    UserError, NotIdentified
        See :func:`pilotzone.methods.space.panel_ml.stack_panel` and :func:`fit_dynamic_stacked`.
    """
    x, period = np.asarray(x, dtype=float), np.asarray(period)
    if x.ndim == 2 and len(x) == len(period) > 0:
        x = np.where((period == np.sort(period)[0])[:, None], 0.0, x)
    panel = stack_panel(y, x, names, unit, period, weights)
    return fit_dynamic_stacked(panel, weights, model=model, effects=effects, correct=correct)


def fit_dynamic_stacked(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    correct: bool = True,
) -> DynamicFit:
    """Fit the dynamic spatial panel model of the module's head on a stacked panel.

    Parameters
    ----------
    panel : StackedPanel
        T + 1 periods; x of the first is not read.
    weights : SpatialWeights
        Matrix with the same units in the same order.
    model : {'sdm', 'sar'}
        With and without W x.
    effects : {'two_way', 'unit'}
    correct : bool
        Whether to take out the bias of order 1/T.

    Raises
    ------
    UserError
        If periods are not evenly spaced, an option is unknown, or for the reasons of
        :func:`pilotzone.methods.space.panel_ml.fit_stacked`.
    NotIdentified
        If the estimates have a root of modulus 1 or more; the root is named.
    """
    design, sample = _prepare(panel, weights, model, effects)
    top = _maximum(design, sample, weights)
    end = _corrected(design, sample, weights, top) if correct else top
    root = _require_stable(end, weights)
    _, residuals = residuals_at(design, end.slopes, end.rho)
    multiplier = DenseAlgebra(weights).multiplier(end.rho)
    r2, r2_within = fit_quality(design, residuals, end.rho, multiplier)
    return DynamicFit(
        model=model,
        effects=effects,
        weights=weights.name,
        corrected=correct,
        x_names=panel.names,
        names=design.names,
        coefficients=end.coefficients,
        uncorrected=top.coefficients,
        covariance=end.covariance,
        sigma2=end.sigma2,
        loglik=_loglik(top, sample),
        largest_root=root,
        residuals=residuals,
        nobs=residuals.size,
        n_units=len(panel.units),
        n_periods=len(residuals),
        r2=r2,
        r2_within=r2_within,
        units=panel.units,
        periods=panel.periods[1:],
    )


@dataclass(frozen=True, eq=False)
class Point:
    """A value (d, rho, sigma2) of all parameters with the inverse information there.

    Attributes
    ----------
    values : ndarray (K + 1,)
    inverse_information : ndarray (K + 1, K + 1)
    """

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

    Parameters
    ----------
    panel, weights, model, effects
        See :func:`fit_dynamic_stacked`.

    Raises
    ------
    UserError, NotIdentified
        See :func:`fit_dynamic_stacked`.
    """
    design, sample = _prepare(panel, weights, model, effects)
    top = _maximum(design, sample, weights)
    end = _corrected(design, sample, weights, top)
    _require_stable(end, weights)
    return top, end


def largest_root(
    tau: np.ndarray, eta: np.ndarray, rho: np.ndarray, weights: SpatialWeights
) -> np.ndarray:
    """Return the largest modulus of (tau + eta w)/(1 - rho w) over the eigenvalues w of W.

    Parameters
    ----------
    tau, eta, rho : ndarray (...)
    weights : SpatialWeights
    """
    tau, eta, rho = (np.asarray(part, dtype=float)[..., None] for part in (tau, eta, rho))
    w = weights.eigenvalues
    return np.abs((tau + eta * w) / (1.0 - rho * w)).max(axis=-1)


def _prepare(
    panel: StackedPanel, weights: SpatialWeights, model: str, effects: str
) -> tuple[Design, Sample]:
    """Check the request and bring the model into the columns of a static one."""
    _check_request(panel, weights, model, effects)
    sample = _build_sample(weights, len(panel.periods) - 1, effects)
    static = _with_lags(panel, weights, model)
    return build_design(static, weights.matrix, MODELS["sar"], effects, sample), sample


def _build_sample(weights: SpatialWeights, n_periods: int, effects: str) -> Sample:
    centred = effects == "two_way"
    m = len(weights.labels) - centred
    determinant = DenseAlgebra(weights).log_determinant(centred)
    # Not transformed over time: the information frees G Z d of both effects, and N = m T.
    return Sample(m * n_periods, m * (n_periods - 1), n_periods, determinant, False, centred)


def _with_lags(panel: StackedPanel, weights: SpatialWeights, model: str) -> StackedPanel:
    """Return the panel of a static model whose regressors are the columns of Z."""
    y, x = panel.y, panel.x[:, 1:]
    names, parts = ("tau", "eta", *panel.names), [y[:-1][None], lag(y[:-1], weights.matrix)[None]]
    parts.append(x)
    if model == "sdm":
        names += tuple(f"W:{name}" for name in panel.names)
        parts.append(lag(x, weights.matrix))
    return StackedPanel(y[1:], np.concatenate(parts), names, panel.units, panel.periods[1:])


def _maximum(design: Design, sample: Sample, weights: SpatialWeights) -> Point:
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


def _corrected(design: Design, sample: Sample, weights: SpatialWeights, top: Point) -> Point:
    """Add I^-1 a of the module's head."""
    _require_stable(top, weights)
    values = top.values + top.inverse_information @ _score_bias(top, sample)
    low, high = weights.stable_interval
    if not (low < values[-2] < high and values[-1] > 0):
        raise NotIdentified("corrected_rho_outside", rho=values[-2], low=low, high=high)
    return _point(design, sample, weights, values)


def _score_bias(point: Point, sample: Sample) -> np.ndarray:
    """Minus the mean of the score: the traces a of the module's head, by the eigenvalues."""
    tau, eta, rho = point.slopes[0], point.slopes[1], point.rho
    w = sample.determinant.spectrum
    m = 1.0 / ((1.0 - tau) - (rho + eta) * w)
    g = w / (1.0 - rho * w)
    a = np.zeros(len(point.values))
    a[0], a[1] = m.sum().real, (w * m).sum().real
    a[-2] = (g * (tau + eta * w) * m + g).sum().real
    a[-1] = len(w) / (2.0 * point.sigma2)
    return a


def _require_stable(point: Point, weights: SpatialWeights) -> float:
    tau, eta, rho = point.slopes[0], point.slopes[1], point.rho
    root = float(largest_root(tau, eta, rho, weights))
    if not root < 1.0:
        raise NotIdentified("not_stationary", root=root, sum=tau + rho + eta)
    return root


def _loglik(top: Point, sample: Sample) -> float:
    log_det = sample.determinant.value(np.array([top.rho]))[0]
    gaussian = concentrated_loglik(top.sigma2 * sample.nobs, sample)
    return float(gaussian + sample.repeats * log_det)


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
    if periods.dtype.kind not in "iuf":
        return
    steps = np.diff(periods)
    if np.any(steps != steps[0]):
        late = np.flatnonzero(steps != steps[0])[0]
        raise UserError(
            f"periods are not evenly spaced: {periods[late]} is followed by {periods[late + 1]}; "
            "complete the panel or choose a sample without the gap"
        )
