r"""How far off are local projections in a panel of this size, with a truth like the panel's own?

The truth has one lag and effects of units and years, the outcome reacting within the year:

    x_t = φ_y y_{t−1} + φ_x x_{t−1} + e_t,   y_t = β₀ x_t + γ y_{t−1} + δ x_{t−1} + u_t

so that with s = (y, x)', s_t = A s_{t−1} + …, the response of y after h years is the first element
of A^h (β₀, 1)'. Its slopes and variances are those that least squares finds in the panel, A shrunk
where its largest root would exceed ``LARGEST_ROOT``. Year effects are not drawn, as every
estimator here is invariant to them, and unit effects enter through the first year only.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import UserError
from pilotzone.methods.dynamics.local_projection import (
    FEWEST_PERIODS,
    bandwidth,
    halves,
    project,
    projection_rows,
)
from pilotzone.methods.inference.cluster import small_sample_factor

LARGEST_ROOT = 0.98
BURN_IN = 100
LEVEL = 0.95
# The kinds of estimate and error that are compared.
KINDS = ("clustered", "driscoll_kraay", "jackknife")
# Numbers of the outcomes of panels that are worked on together: they fit into a processor's cache.
NUMBERS_AT_ONCE = 25_000
# Periods of rows that leave two in each half.
FOR_HALVES = 2 * FEWEST_PERIODS


@dataclass(frozen=True, eq=False)
class FeedbackTruth:
    """Parameters of the simulated panel.

    Attributes
    ----------
    transition : (2, 2), A of s = (y, x).
    impact : (2,), response of s to x in the same year, (β₀, 1).
    sd_outcome, sd_impulse : standard deviations of u and e.
    """

    transition: np.ndarray
    impact: np.ndarray
    sd_outcome: float
    sd_impulse: float

    def responses(self, horizons: int) -> np.ndarray:
        """Return the responses of y after 0 … horizons years, (horizons + 1,)."""
        powers = [np.linalg.matrix_power(self.transition, h) for h in range(horizons + 1)]
        return np.array([(power @ self.impact)[0] for power in powers])


@dataclass(frozen=True, eq=False)
class SmallSample:
    """What the estimators do in simulated panels; arrays (kinds, horizons + 1).

    Missing for the jackknife where a half would have a single period.

    Attributes
    ----------
    truth : (horizons + 1,).
    bias, sd : mean error and standard deviation of the estimates.
    mean_error : mean standard error.
    coverage : share of 95 % intervals that hold the truth.
    draws : panels.
    """

    truth: np.ndarray
    bias: np.ndarray = field(repr=False)
    sd: np.ndarray = field(repr=False)
    mean_error: np.ndarray = field(repr=False)
    coverage: np.ndarray
    draws: int


def truth_of_panel(y: ArrayLike, x: ArrayLike, unit: ArrayLike, period: ArrayLike) -> FeedbackTruth:
    """Return the truth whose slopes are the panel's by least squares, see ``projection_rows``."""
    rows = projection_rows(y, x, unit, period, horizon=0, lags=1)
    beta_0, gamma, delta = project(rows).coefficients
    lagged = rows.effects.residualise(rows.x)
    slopes = np.linalg.lstsq(lagged[:, 1:], lagged[:, 0], rcond=None)[0]
    e_hat = lagged[:, 0] - lagged[:, 1:] @ slopes
    u_hat = rows.effects.residualise(rows.y) - lagged @ np.array([beta_0, gamma, delta])
    degrees = len(rows.y) - rows.effects.rank
    transition = np.array([np.array([gamma, delta]) + beta_0 * slopes, slopes])
    root = np.abs(np.linalg.eigvals(transition)).max()
    return FeedbackTruth(
        transition * min(1.0, LARGEST_ROOT / root),
        np.array([beta_0, 1.0]),
        float(np.sqrt(u_hat @ u_hat / (degrees - 3))),
        float(np.sqrt(e_hat @ e_hat / (degrees - 2))),
    )


def simulate(
    truth: FeedbackTruth, n_units: int, n_periods: int, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return y and x of simulated panels, each (draws, n_units, n_periods), normal errors."""
    state = np.zeros((2, draws, n_units))
    made = np.empty((2, n_periods, draws, n_units))
    for t in range(-BURN_IN, n_periods):
        e = truth.sd_impulse * rng.standard_normal((draws, n_units))
        u = truth.sd_outcome * rng.standard_normal((draws, n_units))
        state = (truth.transition @ state.reshape(2, -1)).reshape(state.shape)
        # The second number of the impact is one.
        state[0] += truth.impact[0] * e
        state[1] += e
        state[0] += u
        if t >= 0:
            made[:, t] = state
    return tuple(np.ascontiguousarray(np.moveaxis(part, 0, -1)) for part in made)


def small_sample(
    truth: FeedbackTruth,
    n_units: int,
    n_periods: int,
    horizons: int,
    draws: int,
    rng: np.random.Generator,
) -> SmallSample:
    """Return bias and coverage of projections with one lag in panels of a known truth.

    ``n_periods`` T counts all periods, ``draws`` the panels. ``horizons`` is the longest horizon;
    T − 1 − horizons ≥ 2, so that effects of units and periods leave a slope, or a UserError says
    so.
    """
    if n_periods - 1 - horizons < FEWEST_PERIODS:
        raise UserError(
            f"{n_periods} periods for horizon {horizons}: two periods of rows need "
            f"{horizons + 1 + FEWEST_PERIODS}"
        )
    y, x = simulate(truth, n_units, n_periods, draws, rng)
    responses = truth.responses(horizons)
    at_once = max(1, NUMBERS_AT_ONCE // y[0].size)
    parts = [slice(first, first + at_once) for first in range(0, draws, at_once)]
    horizon = range(horizons + 1)
    found = [np.stack([estimates_at(y[p], x[p], h) for h in horizon], axis=2) for p in parts]
    found = np.concatenate(found, axis=3)
    degrees = np.array([_degrees(n_units, n_periods - 1 - h) for h in range(horizons + 1)]).T
    reach = special.stdtrit(degrees, (1 + LEVEL) / 2)[:, :, None] * found[:, 1]
    off = found[:, 0] - responses[:, None]
    return SmallSample(
        responses,
        off.mean(axis=2),
        found[:, 0].std(axis=2, ddof=1),
        found[:, 1].mean(axis=2),
        np.where(np.isnan(off), np.nan, np.abs(off) <= reach).mean(axis=2),
        draws,
    )


def _degrees(n_units: int, n_periods: int) -> tuple[int, int, int]:
    """Return the degrees of freedom of t of each kind."""
    return n_units - 1, n_periods - 1, n_units - 1


def estimates_at(y: np.ndarray, x: np.ndarray, horizon: int) -> np.ndarray:
    """Return estimate and error of every kind in every panel at one horizon, (kinds, 2, draws).

    All panels (draws, n, T) at once, what ``project``, ``across_units`` and
    ``split_panel_jackknife`` do in one, with one lag of both.
    """
    n_rows = y.shape[2] - 1 - horizon
    outcome = y[:, :, 1 + horizon :]
    z = np.stack([x[:, :, 1 : 1 + n_rows], y[:, :, :n_rows], x[:, :, :n_rows]], axis=1)
    weights = outcome_weights(z)
    periods = np.arange(n_rows)
    corrected = _jackknifed(weights, z)
    n, k = y.shape[1], z.shape[1]
    by_unit = small_sample_factor(n * n_rows, k + n_rows, n)
    by_period = small_sample_factor(n * n_rows, k + n + n_rows - 1, n_rows)
    lags = bandwidth(horizon, n_rows)
    kernel = np.maximum(0.0, 1 - np.abs(periods[:, None] - periods) / (lags + 1))
    out = np.empty((len(KINDS), 2, len(y)))
    for place, w in ((0, weights), (2, corrected)):
        out[place, 0], scores = _scores(w, z, outcome)
        out[place, 1] = np.sqrt(by_unit * (scores.sum(axis=2) ** 2).sum(axis=1))
        if place == 0:
            sums = scores.sum(axis=1)
            out[1, 0] = out[0, 0]
            out[1, 1] = np.sqrt(by_period * np.einsum("dt,ts,ds->d", sums, kernel, sums))
    return out


def _jackknifed(weights: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the weights of the split-panel jackknife, missing where halves are too short."""
    n_rows = z.shape[3]
    if n_rows < FOR_HALVES:
        return np.full_like(weights, np.nan)
    corrected = 2 * weights
    splits = halves(np.arange(n_rows))
    for half in (half for split in splits for half in split):
        share = len(half) / n_rows / len(splits)
        corrected[..., half] -= share * outcome_weights(z[..., half])
    return corrected


def _scores(w: np.ndarray, z: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first coefficient, (draws,), and weights times residuals, (draws, n, T)."""
    draws, k = w.shape[:2]
    beta = w.reshape(draws, k, -1) @ outcome.reshape(draws, -1, 1)
    fitted = beta.transpose(0, 2, 1) @ z.reshape(draws, k, -1)
    rest = outcome - fitted.reshape(outcome.shape)
    return beta[:, 0, 0], w[:, 0] * demeaned(rest)


def outcome_weights(z: np.ndarray) -> np.ndarray:
    """Return w with w'y the two-way least squares of each panel, of the shape of z (d, k, n, t)."""
    z = demeaned(z)
    flat = z.reshape(*z.shape[:2], -1)
    return (np.linalg.inv(flat @ flat.transpose(0, 2, 1)) @ flat).reshape(z.shape)


def demeaned(z: np.ndarray) -> np.ndarray:
    """Return balanced panels (..., n, t) freed of effects of units and periods."""
    z = z - z.mean(axis=-1, keepdims=True)
    z -= z.mean(axis=-2, keepdims=True)
    return z
