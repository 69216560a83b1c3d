r"""What is known of an effect when nobody is left untreated: bounds under bounded variation.

Untreated rows follow y_it(0) = α_i + λ_t up to the anchor a, the last period with one. Behind it no
row tells λ_t, and an effect is known up to how far λ has moved since:
θ_t = mean_i(y_it − α_i) − λ_a − (λ_t − λ_a).
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import StaggeredPanel, staggered_panel, whole
from pilotzone.methods.inference.cluster import TOLERANCE

MULTIPLES = (0.0, 0.5, 1.0, 1.5, 2.0)
PATHS = ("level", "drift")
LEVEL = 0.95
# Changes before the anchor from which the largest is read.
FEWEST_CHANGES = 2


@dataclasses.dataclass(frozen=True)
class Bounds:
    """Bounds of a mean effect, by the bound M on the yearly change of the untreated outcome.

    Attributes
    ----------
    multiple : (k,)
        M as a multiple of the largest change before the anchor.
    low, high : (k,)
        Ends of the identified set.
    ci_low, ci_high : (k,)
        Ends of the 95 % interval of the effect.
    breakdown, breakdown_set : float
        Largest multiple at which the interval, and the set, leave out zero; NaN if they hold it
        at M = 0.
    """

    multiple: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    breakdown: float
    breakdown_set: float


@dataclasses.dataclass(frozen=True)
class BoundedVariation:
    """Effects behind the last period with an untreated unit, under a bound on its change.

    Attributes
    ----------
    periods : (p,)
        Those behind the anchor.
    anchor : float
        The last period with an untreated unit.
    estimates, std_errors : (p + 1,)
        Effect if the untreated outcome follows its path exactly (M = 0): by period, then the mean.
    largest : float
        Largest change per period of the untreated outcome before the anchor, from the path.
    drift : float
        Change per period along the path: 0 for ``level``.
    distance : (p + 1,)
        Periods since the anchor, and their mean.
    df : int
    n_untreated : int
        Units untreated in the anchor.
    n_units, nobs, n_dropped : int
    """

    periods: np.ndarray
    anchor: float
    estimates: np.ndarray
    std_errors: np.ndarray
    largest: float
    drift: float
    distance: np.ndarray
    df: int
    n_untreated: int
    n_units: int
    nobs: int
    n_dropped: int

    def bounds(self, which: int = -1, multiples: Sequence[float] = MULTIPLES) -> Bounds:
        """Return the bounds of one period, by its place, or of the mean of all."""
        return _bounds(
            float(self.estimates[which]),
            float(self.std_errors[which]),
            self.largest * float(self.distance[which]),
            np.asarray(multiples, dtype=float),
            self.df,
        )

    def interval(self, multiple: float) -> tuple[float, float]:
        """Return the ends of the interval of the mean of all at one multiple."""
        reach = multiple * self.largest * float(self.distance[-1])
        middle, error = float(self.estimates[-1]), float(self.std_errors[-1])
        beyond = reach + error * _quantile(2 * reach / error, self.df)
        return middle - beyond, middle + beyond


def bounded_variation(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    path: str = "level",
) -> BoundedVariation:
    r"""Bound the mean effect on all units once nobody is untreated.

    α_i and λ_t are fitted by least squares on the untreated rows up to the anchor a. Behind it
    |λ_t − λ_{t−1} − g| ≤ M for each period, so that θ_t lies within
    mean_i(y_it − α̂_i) − λ̂_a − g·(t − a) ± M·(t − a). ``level`` has g = 0; ``drift`` lets the mean
    change of λ̂ go on. M is given in multiples of the largest |λ̂_t − λ̂_{t−1} − g| before a, which
    is taken as known. The error s of the midpoint is the jackknife over units, t(n − 1), since the
    few units untreated in a carry λ̂_a; the interval covers the effect, not the whole set: its
    quantile c solves F(c + 2M(t − a)/s) − F(−c) = 0.95.
    Manski and Pepper (2018, Review of Economics and Statistics 100(2), 232-244); Imbens and Manski
    (2004, Econometrica 72(6), 1845-1857).

    Parameters
    ----------
    y, unit, period : (N,)
    cohort : (N,)
        First treated period of the row's unit, 0 if there is none.
    path : {'level', 'drift'}

    Returns
    -------
    BoundedVariation. Rows of units that are never seen untreated are dropped and counted.

    Raises
    ------
    NotIdentified : if a unit is untreated in the last period, nobody ever is, too few changes
        stand before the anchor, or λ_a hangs on one unit.
    UserError : if the path is unknown, or the panel is not as ``staggered_panel`` wants it.
    """
    return bounded_in(staggered_panel(y, unit, period, cohort), path)


def bounded_in(panel: StaggeredPanel, path: str) -> BoundedVariation:
    """Return what ``bounded_variation`` does, of a panel that is there already."""
    if path not in PATHS:
        raise UserError(f"path '{path}' is not known; give one of {', '.join(PATHS)}")
    untreated = panel.observed & ~panel.treated
    last = _anchor(panel, untreated)
    seen = untreated.any(axis=1)
    rows, table = untreated[seen], panel.y[seen]
    after = panel.observed[seen][:, last + 1 :]
    since = panel.periods[last + 1 :] - panel.periods[last]
    fit = _Fit(rows[:, : last + 1], table[:, : last + 1], panel.periods[: last + 1])
    own = table[:, last + 1 :]
    found, drift, largest = _effects(fit.levels(), fit, own, after, since, path)
    n = int(seen.sum())
    others = after & ~np.eye(n, dtype=bool)[:, :, None]
    dealt, _, _ = _effects(fit.levels_without(), fit, own, others, since, path)
    spread = dealt - dealt.mean(axis=0)
    used = int(rows.sum() + after.sum())
    return BoundedVariation(
        periods=panel.periods[last + 1 :],
        anchor=float(panel.periods[last]),
        estimates=found,
        std_errors=np.sqrt((n - 1) / n * (spread**2).sum(axis=0)),
        largest=float(largest),
        drift=float(drift),
        distance=np.append(since, since.mean()).astype(float),
        df=n - 1,
        n_untreated=int(rows[:, last].sum()),
        n_units=n,
        nobs=used,
        n_dropped=int(panel.observed.sum()) - used,
    )


def _anchor(panel: StaggeredPanel, untreated: np.ndarray) -> int:
    """Return the place of the last period with an untreated row, with periods behind it."""
    if not untreated.any():
        raise NotIdentified("no_untreated_row")
    last = int(np.flatnonzero(untreated.any(axis=0))[-1])
    if last == len(panel.periods) - 1:
        raise NotIdentified("untreated_to_the_end", last=whole(panel.periods[last]))
    if last < FEWEST_CHANGES:
        raise NotIdentified("few_changes", changes=last, needed=FEWEST_CHANGES)
    return last


class _Fit:
    """Unit and period effects of untreated rows (U, T), the first period's effect being zero.

    Freed of the units, the effects of periods solve (Σ Q_i) λ = Σ Q_i y_i with
    Q_i = diag(N_i) − N_i N_i'/n_i, from which a unit is taken out by leaving out its term.
    """

    def __init__(self, rows: np.ndarray, table: np.ndarray, periods: np.ndarray) -> None:
        self.share = rows / rows.sum(axis=1, keepdims=True)
        self.periods = periods
        self.means = (self.share * table).sum(axis=1)
        each = np.eye(rows.shape[1]) * rows[:, :, None] - self.share[:, :, None] * rows[:, None, :]
        self._terms = each[:, 1:, 1:]
        self._moments = np.einsum("ist,it->is", each, rows * table)[:, 1:]

    def levels(self) -> np.ndarray:
        """Return λ by period, (T,)."""
        return self._solved(self._terms.sum(axis=0)[None], self._moments.sum(axis=0)[None])[0]

    def levels_without(self) -> np.ndarray:
        """Return λ without each unit in turn, (U, T)."""
        left = self._terms.sum(axis=0) - self._terms
        return self._solved(left, self._moments.sum(axis=0) - self._moments)

    def _solved(self, terms: np.ndarray, moments: np.ndarray) -> np.ndarray:
        values = np.linalg.eigvalsh(terms)
        if (values[:, 0] < TOLERANCE * values[:, -1]).any():
            raise NotIdentified("untreated_not_linked")
        solved = np.linalg.solve(terms, moments[:, :, None])[:, :, 0]
        return np.hstack([np.zeros((len(solved), 1)), solved])


def _effects(
    levels: np.ndarray,
    fit: _Fit,
    table: np.ndarray,
    rows: np.ndarray,
    since: np.ndarray,
    path: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return effects by period and their mean, the path's change per period, and the largest.

    Of levels (T,) and rows (U, p), or of as many as there are units, (U, T) and (U, U, p).
    """
    years = np.diff(fit.periods)
    drift = (levels[..., -1] - levels[..., 0]) / years.sum() * (path == "drift")
    own = fit.means - levels @ fit.share.T
    left = np.where(rows, table - own[..., None], 0.0).sum(axis=-2) / rows.sum(axis=-2)
    found = left - levels[..., -1:] - drift[..., None] * since
    largest = np.abs(np.diff(levels) / years - drift[..., None]).max(axis=-1)
    return np.append(found, found.mean(axis=-1, keepdims=True), axis=-1), drift, largest


def _bounds(middle: float, error: float, reach: float, multiples: np.ndarray, df: int) -> Bounds:
    """Return set and interval around a midpoint, ``reach`` wide on each side at multiple 1."""
    from scipy.optimize import brentq

    half = multiples * reach
    beyond = error * np.array([_quantile(2 * wide / error, df) for wide in half])

    def left(multiple: float) -> float:
        wide = multiple * reach
        return abs(middle) - wide - error * _quantile(2 * wide / error, df)

    holds = left(0.0) <= 0
    at = np.nan if holds else float(brentq(left, 0.0, abs(middle) / reach))
    return Bounds(
        multiple=multiples,
        low=middle - half,
        high=middle + half,
        ci_low=middle - half - beyond,
        ci_high=middle + half + beyond,
        breakdown=at,
        breakdown_set=abs(middle) / reach,
    )


def _quantile(wide: float, df: int) -> float:
    """Return c with F(c + wide) − F(−c) = 0.95, between the one- and the two-sided quantile."""
    from scipy.optimize import brentq

    one, two = special.stdtrit(df, LEVEL), special.stdtrit(df, 0.5 + LEVEL / 2)

    def lack(c: float) -> float:
        return special.stdtr(df, c + wide) - special.stdtr(df, -c) - LEVEL

    # At the one-sided end the lack is zero but for rounding when the set is wide.
    return float(one) if lack(one) >= 0 else float(brentq(lack, one, two + 1e-9))
