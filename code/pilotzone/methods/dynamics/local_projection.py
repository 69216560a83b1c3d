r"""Local projections on a panel, and the jackknife that takes most of their Nickell bias out.

    y_{i,t+h} = α_i^h + λ_t^h + β_h x_it + Σ_{l=1..p} (γ_l^h y_{i,t−l} + δ_l^h x_{i,t−l})
                + κ^h' z_it + ε_{i,t+h}

one regression for each horizon h (Jordà 2005, American Economic Review 95(1)). β_h is the response
of y h years after a unit of x that past y and x, z and the effects do not explain. At h = 0 it is
the partial correlation of the two in the same year, which has no direction: y on x and x on y then
have one classical t statistic.

With unit effects and few years, lags of the outcome and x that reacts to it are correlated with the
error freed of its mean (Nickell 1981, Econometrica 49(6)), and more so at long horizons, which have
fewer years and errors that overlap (Mei, Sheng and Shi 2023, arXiv:2302.13455).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.twfe import panel_effects
from pilotzone.methods.inference.cluster import encode, indicator, small_sample_factor
from pilotzone.methods.inference.columns import as_columns, rank_deficiency
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, fit
from pilotzone.methods.inference.spatial_hac import HacCovariance, default_lags, driscoll_kraay

# A slope with effects of units and periods needs two periods.
FEWEST_PERIODS = 2


@dataclass(frozen=True, eq=False)
class ProjectionRows:
    """The regression of one horizon: rows in which outcome, regressors and lags are observed.

    Attributes
    ----------
    horizon : h.
    y : (N,) outcome of h periods later.
    x : (N, k) x, the lags of y, the lags of x, the controls.
    names : k names.
    unit, period : (N,) labels; the period is that of x.
    effects : unit and period effects of these rows.
    kept : (M,) bool, which of the M rows of the panel these are.
    """

    horizon: int
    y: np.ndarray
    x: np.ndarray = field(repr=False)
    names: tuple[str, ...]
    unit: np.ndarray = field(repr=False)
    period: np.ndarray = field(repr=False)
    effects: FixedEffects = field(repr=False)
    kept: np.ndarray = field(repr=False)

    @property
    def periods(self) -> np.ndarray:
        """The periods of x, sorted."""
        return np.unique(self.period)


@dataclass(frozen=True)
class Jackknifed:
    """Coefficients after the split-panel jackknife.

    Attributes
    ----------
    coefficients, std_errors : (k,).
    df : degrees of freedom of t: clusters − 1.
    shortest : periods of the shortest part.
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    df: int
    shortest: int


def shifted(values: ArrayLike, unit: ArrayLike, period: ArrayLike, by: int) -> np.ndarray:
    """Return each row's value of its unit ``by`` periods later, NaN where there is no such row.

    A missing period is a gap, not skipped; a negative ``by`` is a lag. Raises UserError if a unit
    has two rows of one period, or periods are not whole numbers.
    """
    codes = encode(unit, "unit").codes
    period = np.asarray(period)
    if np.any(period != np.round(period.astype(float))):
        raise UserError("periods must be whole numbers, as leads and lags are their differences")
    time = (period - period.min()).astype(int)
    table = np.full((codes.max() + 1, time.max() + 1 + 2 * abs(by)), np.nan)
    place = time + abs(by)
    filled = np.zeros(table.shape, dtype=int)
    np.add.at(filled, (codes, place), 1)
    if filled.max() > 1:
        raise UserError("a unit has two rows of one period; keep one")
    table[codes, place] = values
    return table[codes, place + by]


def projection_rows(
    y: ArrayLike,
    x: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    horizon: int,
    lags: int,
    controls: ArrayLike | None = None,
    control_names: Sequence[str] = (),
) -> ProjectionRows:
    """Return the regression of one horizon.

    Parameters
    ----------
    y, x : (M,) outcome and impulse.
    unit, period : (M,) labels; the panel may have gaps, and a row next to one is left out.
    horizon : h ≥ 0.
    lags : p ≥ 1 lags of both y and x.
    controls : (M, q) of the year of x, or None; ``control_names`` their q names.

    Raises
    ------
    UserError : if horizon or lags are out of range.
    NotIdentified : if fewer than two periods are left.
    """
    if horizon < 0 or lags < 1:
        raise UserError(f"horizon {horizon} with {lags} lags; use a horizon from 0 and lags from 1")
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    past = [shifted(v, unit, period, -lag) for v in (y, x) for lag in range(1, lags + 1)]
    rest = np.empty((len(y), 0)) if controls is None else as_columns(controls, len(y), "controls")
    lead = shifted(y, unit, period, horizon)
    regressors = np.column_stack([x, *past, rest])
    kept = np.isfinite(lead) & np.isfinite(regressors).all(axis=1)
    periods = np.unique(np.asarray(period)[kept])
    if len(periods) < FEWEST_PERIODS:
        raise NotIdentified(
            "horizon_too_long",
            horizon=horizon,
            lags=lags,
            periods=len(periods),
            needed=FEWEST_PERIODS,
        )
    names = ["x", *(f"lag{lag}:{v}" for v in "yx" for lag in range(1, lags + 1)), *control_names]
    unit, period = np.asarray(unit)[kept], np.asarray(period)[kept]
    effects = panel_effects(unit, period)
    return ProjectionRows(
        horizon, lead[kept], regressors[kept], tuple(names), unit, period, effects, kept
    )


def project(rows: ProjectionRows) -> LinearFit:
    """Return least squares with effects of unit and period, errors by unit (CRV1, t(G − 1)).

    Errors are those of ``fwl.fit``.
    """
    return fit(rows.y, rows.x, rows.names, rows.effects, rows.unit)


def bandwidth(horizon: int, n_periods: int) -> int:
    """Return the lags of the Driscoll-Kraay error: max(h, ⌊4 (T/100)^(2/9)⌋), at most T − 1.

    The error of a projection is a moving average of order h, even if that of one step is not.
    """
    return min(max(horizon, default_lags(n_periods)), n_periods - 1)


def across_units(rows: ProjectionRows, found: LinearFit) -> HacCovariance:
    """Return the Driscoll-Kraay covariance of a projection, T periods, t(T − 1).

    Factor T/(T − 1) · (N − 1)/(N − K) with K all regressors and effects; linearmodels has N/(N − K)
    with ``debiased=True``. Lags by ``bandwidth``; ``found`` is the least squares of ``rows``.
    """
    x_tilde = rows.effects.residualise(rows.x)
    n_periods = len(rows.periods)
    k = rows.x.shape[1] + rows.effects.rank
    return driscoll_kraay(
        x_tilde,
        found.residuals,
        np.linalg.inv(x_tilde.T @ x_tilde),
        rows.period,
        bandwidth(rows.horizon, n_periods),
        small_sample_factor(len(rows.y), k, n_periods),
    )


def halves(periods: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return the splits of sorted periods in two: one if their number is even, else both."""
    middle = len(periods) // 2
    places = sorted({middle, len(periods) - middle})
    return tuple((periods[:place], periods[place:]) for place in places)


def split_panel_jackknife(rows: ProjectionRows) -> Jackknifed:
    r"""Return 2β̂ − Σ_g (T_g/T) β̂_g over the halves g of the periods, with errors by unit.

    Effects of unit and period are those of the half. An odd number of periods is split both ways
    and the mean taken. The estimate is linear in the outcome, β̃ = w'y, so that its variance by
    clusters is factor · Σ_i (Σ_t w_it û_it)², û the outcome freed of x β̃ and effects. It takes out
    the bias of order 1/T, not what is left at T as short as here.
    Dhaene and Jochmans (2015, Review of Economic Studies 82(3)); Chudik, Pesaran and Yang (2018,
    Journal of Applied Econometrics 33(6)) for regressors that react to the outcome; Mei, Sheng and
    Shi (2023, arXiv:2302.13455) for projections.

    Raises NotIdentified if a half has a single period or its regressors are collinear.
    """
    full = project(rows)
    splits = halves(rows.periods)
    everything = np.ones(len(rows.y), dtype=bool)
    weights = 2 * _outcome_weights(rows, everything)
    for half in (half for split in splits for half in split):
        share = len(half) / len(rows.periods) / len(splits)
        weights -= share * _outcome_weights(rows, np.isin(rows.period, half))
    beta = weights.T @ rows.y
    u_hat = rows.effects.residualise(rows.y - rows.x @ beta)
    scores = indicator(encode(rows.unit, "unit")) @ (weights * u_hat[:, None])
    factor = small_sample_factor(full.nobs, full.k, full.n_clusters)
    errors = np.sqrt(factor * np.einsum("ik,ik->k", scores, scores))
    return Jackknifed(beta, errors, full.df, min(len(h) for split in splits for h in split))


def _outcome_weights(rows: ProjectionRows, part: np.ndarray) -> np.ndarray:
    """Return w with w'y the least squares on some of the rows, zero in the others, (N, k)."""
    n_periods = len(np.unique(rows.period[part]))
    effects = panel_effects(rows.unit[part], rows.period[part])
    x_tilde = effects.residualise(rows.x[part])
    scaled = x_tilde / np.maximum(np.sqrt((x_tilde**2).sum(axis=0)), np.finfo(float).tiny)
    if n_periods < FEWEST_PERIODS or rank_deficiency(scaled):
        raise NotIdentified(
            "half_panel_too_short", horizon=rows.horizon, periods=n_periods, slopes=rows.x.shape[1]
        )
    weights = np.zeros(rows.x.shape)
    weights[part] = x_tilde @ np.linalg.inv(x_tilde.T @ x_tilde)
    return weights
