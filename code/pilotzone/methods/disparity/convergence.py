"""Convergence: whether values draw together (sigma) and whether low ones grow faster (beta)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import UserError
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, fit
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.weights import SpatialWeights

INITIAL = "initial"


@dataclass(frozen=True, eq=False)
class SigmaConvergence:
    """Spread between units by period, (T,) each, denominator n − 1; cv is sd / mean."""

    mean: np.ndarray
    sd: np.ndarray
    cv: np.ndarray
    sd_log: np.ndarray


@dataclass(frozen=True)
class UnitRootTest:
    """The test of Harris and Tzavalis (1999) with unit effects.

    Attributes
    ----------
    slope : b, the coefficient of growth on the level before.
    without_convergence : what b tends to if no unit converges, −3/(T + 1).
    statistic, p_value : standard normal without convergence; p of the left tail.
    """

    slope: float
    without_convergence: float
    statistic: float
    p_value: float


def sigma_convergence(y: ArrayLike) -> SigmaConvergence:
    """Return the spread of positive values (T, n) by period.

    Raises UserError if a value is missing or not positive.
    """
    y = _positive(y)
    mean, sd = y.mean(axis=1), y.std(axis=1, ddof=1)
    return SigmaConvergence(mean, sd, sd / mean, np.log(y).std(axis=1, ddof=1))


def cross_section(y: ArrayLike) -> LinearFit:
    r"""Absolute convergence from the first to the last period of positive values (T, n), T ≥ 2.

    (1/S) ln(y_iS/y_i0) = a + b ln y_i0 + e_i with S steps; errors robust to heteroskedasticity
    with the factor n/(n − 2), t(n − 2).
    Barro and Sala-i-Martin (1992), Journal of Political Economy 100(2), 223-251, in the linear
    form.

    Raises UserError if a value is missing or not positive, or growth cannot be regressed on the
    level.
    """
    logs = np.log(_positive(y))
    growth = (logs[-1] - logs[0]) / (len(logs) - 1)
    intercept = FixedEffects((), n=logs.shape[1])
    return fit(growth, logs[0], (INITIAL,), intercept, None, vcov="hc1")


def panel(
    y: ArrayLike, x: ArrayLike | None = None, names: Sequence[str] = (), *, effects: str = "period"
) -> LinearFit:
    r"""Convergence from one period to the next, errors clustered by unit.

    ln(y_{i,t+1}/y_it) = b ln y_it + γ'x_it + effects + e_it. Without unit effects and controls
    convergence is absolute, with either it is to a unit's own path. With unit effects b is biased
    downwards, see ``harris_tzavalis``.
    Errors are those of ``cross_section``.

    Parameters
    ----------
    y : (T, n) positive values.
    x : (k, T, n) controls of the same periods; those of the last period are not used.
    names : k names of the controls.
    effects : {'none', 'period', 'unit', 'two_way'}
    """
    growth, level = _steps(y)
    t, n = growth.shape
    period, unit = np.repeat(np.arange(t), n), np.tile(np.arange(n), t)
    controls = None if x is None else np.asarray(x, dtype=float)[:, :-1].reshape(len(names), -1).T
    return twfe(
        growth.ravel(),
        level.ravel(),
        (INITIAL,),
        controls,
        names,
        unit,
        period,
        unit_effects=effects in ("unit", "two_way"),
        period_effects=effects in ("period", "two_way"),
    )


def spatial_panel(
    y: ArrayLike,
    units: Sequence[str],
    weights: SpatialWeights,
    x: ArrayLike | None = None,
    names: Sequence[str] = (),
    *,
    model: str = "sar",
    effects: str = "period",
) -> SpatialFit:
    r"""Convergence with growth of the neighbours, and in the Durbin model with their levels.

    g_t = ρ W g_t + b ln y_t + γ'x_t [+ θ W ln y_t + W x_t δ] + effects + e_t, by exact maximum
    likelihood, errors clustered by unit with pairs.
    Rey and Montouri (1999), Regional Studies 33(2), 143-156; Elhorst, Piras and Arbia (2010),
    Geographical Analysis 42(3), 338-355.

    Parameters
    ----------
    y : (T, n) positive values; ``units`` the codes of their columns.
    weights : matrix of the same units.
    x, names : see ``panel``.
    model : {'sar', 'sdm'}
    effects : {'none', 'period', 'unit', 'two_way'}

    Raises UserError if a value is missing or not positive, or the units differ; and see
    ``fit_stacked``.
    """
    weights.require_same_units(units)
    place = [list(units).index(label) for label in weights.labels]
    growth, level = _steps(y)
    columns = [level] if x is None else [level, *np.asarray(x, dtype=float)[:, :-1]]
    stacked = StackedPanel(
        growth[:, place],
        np.stack(columns)[:, :, place],
        (INITIAL, *names),
        weights.labels,
        np.arange(len(growth)),
    )
    return fit_stacked(stacked, weights, model=model, effects=effects, vcov="cluster_pairs")


def speed(slope: float, std_error: float, steps: int = 1) -> tuple[float, float, float]:
    r"""Speed of convergence λ = −ln(1 + b S)/S, its error by the delta method, and the half-life.

    Parameters
    ----------
    slope, std_error : b and its error, of growth per step.
    steps : S, steps over which growth was averaged.

    Returns
    -------
    speed, std_error : se(b)/(1 + b S); both missing if 1 + b S ≤ 0, which no speed can give.
    half_life : ln 2/λ steps; missing if λ ≤ 0, where gaps do not close.
    """
    kept = 1.0 + slope * steps
    if kept <= 0:
        return np.nan, np.nan, np.nan
    value = float(-np.log(kept) / steps)
    return value, float(std_error / kept), float(np.log(2.0) / value) if value > 0 else np.nan


def harris_tzavalis(y: ArrayLike) -> UnitRootTest:
    r"""Test convergence to a unit's own path against none, with the bias of short panels.

    With unit and period effects and T steps, least squares gives a slope b of growth on the level
    before that tends to −3/(T + 1) over n if no unit converges at all (Nickell 1981): a random
    walk seems to return. The statistic measures b from there,

        z = √n (b + 3/(T + 1)) / √(3 (17 T² − 20 T + 17) / (5 (T − 1)(T + 1)³)),

    standard normal without convergence. Steps must be homoskedastic over time and independent
    between units; common shocks leave with the period effects. ``y`` is (T + 1, n), T ≥ 2.
    Harris and Tzavalis (1999), Journal of Econometrics 91(2), 201-226; Nickell (1981),
    Econometrica 49(6), 1417-1426.
    """
    t, n = _steps(y)[0].shape
    if t < 2:
        raise UserError("the test of convergence needs three periods")
    slope = float(panel(y, effects="two_way").coefficients[0])
    start = -3.0 / (t + 1)
    variance = 3.0 * (17 * t**2 - 20 * t + 17) / (5.0 * (t - 1) * (t + 1) ** 3)
    z = float(np.sqrt(n / variance) * (slope - start))
    return UnitRootTest(slope, start, z, float(special.ndtr(z)))


def _positive(y: ArrayLike) -> np.ndarray:
    y = np.asarray(y, dtype=float)
    if y.ndim != 2 or len(y) < 1 or not np.isfinite(y).all():
        raise UserError("convergence needs a balanced table of periods by units")
    if y.min() <= 0:
        raise UserError(f"convergence takes logarithms; the lowest value is {y.min():.6g}")
    return y


def _steps(y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return growth to the next period and the log level before it, (T − 1, n) each."""
    logs = np.log(_positive(y))
    if len(logs) < 2:
        raise UserError("convergence needs two periods or more")
    return np.diff(logs, axis=0), logs[:-1]
