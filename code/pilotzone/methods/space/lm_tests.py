r"""Tests of spatial dependence in panels: which lag, and which effects.

Lagrange multiplier tests need the model without any lag of y or of the error alone. With e the
least-squares residuals of y on X, both freed of the effects, s2 = e'e/N, b the slopes and M the
projection off effects and X:

    A  = e'Wy/s2 - m tr(W),                     B = e'We/s2 - m tr(W)
    D  = m tr(W'W + WW) - 2 (m tr(W))^2 / N,    J = |M W X b|^2 / s2 + D

    LM lag   = A^2 / J               robust LM lag   = (A - B)^2 / (J - D)
    LM error = B^2 / D               robust LM error = (B - A D/J)^2 / (D (1 - D/J))

each chi2(1) without dependence. The robust tests stay so under a local dependence of the other
kind. N = nT, m = T, and tr(W) = 0. With ``lee_yu`` the data are transformed as in
``fit_stacked``: N, m and the traces are those of what the effects
leave, of JW with period effects, and tr(JW) = -1. Without it the removal of period effects alone
gives A and B a mean of about -T, so that the plain tests find dependence where there is none.

Sources: Anselin, Le Gallo and Jayet (2008), Elhorst (2010, 2014), Debarsy and Ertur (2010).
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import DenseMultiplier, lag
from pilotzone.methods.space.design import (
    MODELS,
    Sample,
    Structure,
    build_design,
    build_sample,
    check_options,
)
from pilotzone.methods.space.information import scaled_inverse
from pilotzone.methods.space.panel import StackedPanel, remove_effects
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.results import ChiSquareTest, FTest, require_alike
from pilotzone.methods.space.weights import SpatialWeights

# The share of J that the regressors add to D; the robust tests divide by it.
_SAME = 1e-10


@dataclass(frozen=True)
class LagrangeTests:
    """The four tests of the module's head, named lm_lag … robust_lm_error; nobs is nT."""

    lag: ChiSquareTest
    error: ChiSquareTest
    robust_lag: ChiSquareTest
    robust_error: ChiSquareTest
    effects: str
    weights: str
    lee_yu: bool
    nobs: int

    @property
    def tests(self) -> tuple[ChiSquareTest, ...]:
        """The four in this order."""
        return self.lag, self.error, self.robust_lag, self.robust_error


@dataclass(frozen=True)
class EffectTests:
    """Likelihood-ratio tests of two-way effects against one-way ones.

    ``unit``: two-way against period effects alone, n - 1 degrees of freedom; ``period``: against
    unit effects alone, T - 1.
    """

    unit: ChiSquareTest
    period: ChiSquareTest
    model: str
    weights: str


def lm_tests(
    panel: StackedPanel, weights: SpatialWeights, *, effects: str = "two_way", lee_yu: bool = False
) -> LagrangeTests:
    """Test least squares with effects against a lag of y and a lag of the error.

    Parameters are those of ``fit_stacked``, and so are errors. ``lee_yu``, the transformed data, is
    to be preferred with period effects. It is NotIdentified if W X b is a combination of the
    regressors, so that lag and error are not told apart.
    """
    check_options(panel, weights, "sar", effects, lee_yu)
    sample = build_sample(weights, len(panel.periods), effects, lee_yu)
    design = build_design(panel, weights.matrix, Structure(lag_y=True), effects, sample)
    k = design.k
    q, upper = np.linalg.qr(design.columns[:k].reshape(k, -1).T)
    y, lag_of_y = (design.columns[i].ravel() for i in (k, k + 1))
    score = q.T @ y
    e = y - q @ score
    sigma2 = e @ e / sample.nobs
    mean = np.tensordot(np.linalg.solve(upper, score), design.columns[:k], axes=1)
    mean = remove_effects(lag(mean, weights.matrix), effects).ravel()
    mean -= q @ (q.T @ mean)
    lag_of_e = lag(e.reshape(panel.y.shape), weights.matrix).ravel()
    scores = np.array([e @ lag_of_y, e @ lag_of_e]) / sigma2
    statistics = _statistics(scores, float(mean @ mean / sigma2), sample, weights)
    tests = [ChiSquareTest(name, float(value), 1) for name, value in statistics.items()]
    return LagrangeTests(*tests, effects, weights.name, lee_yu, panel.y.size)


def _statistics(
    scores: np.ndarray, of_mean: float, sample: Sample, weights: SpatialWeights
) -> dict[str, float]:
    """Turn e'Wy/s2, e'We/s2 and |M W X b|^2/s2 into the four statistics."""
    trace, trace_squares = DenseMultiplier(weights.matrix).traces(sample.centred)
    of_lag, of_error = scores - sample.repeats * trace
    # The second term is what the score shares with that of s2.
    d = sample.repeats * trace_squares - 2.0 * (sample.repeats * trace) ** 2 / sample.nobs
    j = of_mean + d
    if of_mean <= _SAME * j:
        raise NotIdentified("lag_and_error_alike", weights=weights.name)
    return {
        "lm_lag": of_lag**2 / j,
        "lm_error": of_error**2 / d,
        "robust_lm_lag": (of_lag - of_error) ** 2 / of_mean,
        "robust_lm_error": (of_error - of_lag * d / j) ** 2 / (d * of_mean / j),
    }


def wald_sar(fit: SpatialFit) -> ChiSquareTest | FTest:
    """Test whether a spatial Durbin model is a SAR, theta = 0: theta' V^-1 theta, chi2(k).

    V is the covariance of the fit; if it is clustered, the statistic over k is F(k, n - 1).
    Raises UserError if ``fit`` is not of model 'sdm'.
    """
    k = _require_durbin(fit)
    jacobian = np.eye(len(fit.names))[k : 2 * k]
    return _wald("wald_sar", fit.coefficients[k : 2 * k], jacobian, fit)


def wald_sem(fit: SpatialFit) -> ChiSquareTest | FTest:
    """Test whether a spatial Durbin model is a SEM, theta + rho beta = 0, by the delta method.

    With g = theta + rho beta and its derivative F = (rho I, I, beta) the statistic is
    g' (F V F')^-1 g, chi2(k). See ``wald_sar``.
    """
    k = _require_durbin(fit)
    beta, theta = fit.coefficients[:k], fit.coefficients[k : 2 * k]
    jacobian = np.hstack([fit.rho * np.eye(k), np.eye(k), beta[:, None]])
    return _wald("wald_sem", theta + fit.rho * beta, jacobian, fit)


def effect_tests(
    panel: StackedPanel, weights: SpatialWeights, *, model: str = "sdm"
) -> EffectTests:
    """Test unit effects and period effects jointly: LR = 2 (L two-way - L one-way).

    Each group is tested in the presence of the other one. Elhorst (2014, section 3.3) prints the
    same tests with n and T degrees of freedom; one of each is the constant, so that it is n - 1
    and T - 1 here. Both reject too often in short panels, as s2 = e'e/(nT) is too small next to so
    many effects: without period effects the second statistic is about nT / ((n - 1)(T - 1)) times
    as large as chi2(T - 1) on average, and the lags of y and of the error add to that. At the
    level of 5 % both rejected in 8 to 20 % of simulated panels with 30 to 200 units and 6 to 10
    periods. A p value that is not far below the level decides nothing.

    Parameters and errors are those of ``fit_stacked``.
    """
    logliks = {
        effects: fit_stacked(panel, weights, model=model, effects=effects).loglik
        for effects in ("two_way", "unit", "period")
    }

    def test(name: str, restricted: str, df: int) -> ChiSquareTest:
        return _likelihood_ratio(name, logliks[restricted], logliks["two_way"], df)

    return EffectTests(
        unit=test("lr_unit_effects", "period", len(panel.units) - 1),
        period=test("lr_period_effects", "unit", len(panel.periods) - 1),
        model=model,
        weights=weights.name,
    )


def lr_test(restricted: SpatialFit, unrestricted: SpatialFit) -> tuple[float, int, float]:
    """Test a model against one that contains it: LR = 2 (L_u - L_r), chi2; statistic, df, p value.

    Both fits are of the same outcome, sample, effects and weights, or a UserError says so. SEM
    counts as nested in SDM (theta = -rho beta).
    """
    alike = ("units", "effects", "lee_yu", "weights", "nobs")
    require_alike("likelihood ratio", restricted, unrestricted, alike)
    models = (restricted.model, unrestricted.model)
    contained = model_is_nested(*models)
    df = len(unrestricted.names) - len(restricted.names)
    if not contained or not set(restricted.x_names) <= set(unrestricted.x_names) or df < 1:
        raise UserError(
            f"likelihood ratio: {models[0]} on {', '.join(restricted.x_names)} is not nested in "
            f"{models[1]} on {', '.join(unrestricted.x_names)}"
        )
    test = _likelihood_ratio("lr", restricted.loglik, unrestricted.loglik, df)
    return test.statistic, df, test.p_value


def model_is_nested(small: str, large: str) -> bool:
    """Whether the lags of a model are among those of another; SEM counts as nested in SDM."""
    lags = (dataclasses.astuple(MODELS[model]) for model in (small, large))
    # The common factor restriction theta = -rho beta turns SDM into SEM.
    return all(a <= b for a, b in zip(*lags, strict=True)) or (small, large) == ("sem", "sdm")


def _likelihood_ratio(name: str, restricted: float, unrestricted: float, df: int) -> ChiSquareTest:
    # Two maxima found to rounding can differ by a negative trifle.
    return ChiSquareTest(name, max(2.0 * (unrestricted - restricted), 0.0), df)


def _require_durbin(fit: SpatialFit) -> int:
    if fit.model != "sdm":
        raise UserError(f"the Wald tests of W x need a fit of 'sdm', not of '{fit.model}'")
    return len(fit.x_names)


def _wald(
    name: str, gap: np.ndarray, jacobian: np.ndarray, fit: SpatialFit
) -> ChiSquareTest | FTest:
    covariance = jacobian @ fit.covariance @ jacobian.T
    statistic, q = float(gap @ scaled_inverse(covariance) @ gap), len(gap)
    if fit.df is None:
        return ChiSquareTest(name, statistic, q)
    return FTest(name, statistic / q, (q, fit.df))
