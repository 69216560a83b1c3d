r"""Synthetic control of one treated unit, with conformal inference.

An average of units that are never treated stands for the treated unit without treatment. Whether
the gap after treatment is more than the average's errors is judged by moving the block of errors
through time, which asks for no second treated unit.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.synthetic import simplex_weights
from pilotzone.methods.inference.inversion import outermost
from pilotzone.methods.inference.permutations import TIES

FEWEST_DONORS, FEWEST_BEFORE = 10, 3
# Of the interval: ten periods have no p below 0.1, so that one of 95 % is the whole line.
LEVEL = 0.9
# Of weights that fit alike the most even ones are taken: this share of the spread of the donors'
# yearly changes is the ridge that finds them, and moves nothing else that is printed.
RIDGE = 1e-3
# Residuals below this share of that spread: the donors reproduce the unit.
EXACT = 1e-2
# A statistic as large as the observed one up to rounding counts as no smaller.
LAST_DIGITS = 1e-9


@dataclass(frozen=True, eq=False)
class SyntheticControl:
    """The gap between a unit and its synthetic control, and its conformal p.

    Attributes
    ----------
    estimate : mean gap after treatment.
    gap : (T,) unit minus synthetic control; weights fitted before treatment.
    weights : (n₀,) of the donors, not negative, summing to one.
    constant : what is added to the average; zero unless ``demeaned``.
    pre_rmse : root mean squared gap before treatment.
    spread : standard deviation of the donors' changes before treatment, by which the pre-fit is
        called good or bad.
    p_value : of no effect in any period after treatment; a multiple of 1/T.
    interval : (2,) constant effects that are not rejected at 1 − ``level``; infinite where 1/T is
        larger than that.
    is_exact : whether the donors reproduce the unit before treatment, so that other weights than
        these do so too and have other gaps.
    level, n_donors, n_before, n_after : of the interval; sizes.
    """

    estimate: float
    gap: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    constant: float
    pre_rmse: float
    spread: float
    p_value: float
    interval: np.ndarray
    is_exact: bool
    level: float
    n_donors: int
    n_before: int
    n_after: int


def synthetic_control(
    y: ArrayLike,
    donors: ArrayLike,
    post: ArrayLike,
    *,
    demeaned: bool = False,
    level: float = LEVEL,
) -> SyntheticControl:
    r"""Synthetic control and conformal inference by moving blocks.

    ŵ = argmin over the simplex of Σ_{t pre} (y_t − c − w'Y_t)², c = 0 unless ``demeaned``: Abadie,
    Diamond and Hainmueller (2010, JASA 105(490)) without covariates, with the constant Ferman and
    Pinto (2021, Quantitative Economics 12(4)). Of weights that fit alike the most even are taken.
    For a constant effect τ the weights are fitted to y_t − τ·post_t in all periods, û are their
    residuals, S(û) = T₁^{−1/2} Σ_{t post} |û_t|, and p(τ) is the share of the T cyclic shifts of û
    whose S is no smaller: Chernozhukov, Wüthrich and Zhu (2021, JASA 116(536)), moving-block
    permutations. p is never below 1/T.

    Parameters
    ----------
    y : (T,) the treated unit, periods in order.
    donors : (n₀, T) units that are never treated.
    post : (T,) bool, true from treatment on.
    level : of the interval for a constant effect.

    Raises
    ------
    NotIdentified : if there are fewer than ten donors, three periods before treatment or one after
        it, or the donors reproduce the unit in all periods, so that there are no errors to move.
    UserError : if an outcome is missing or shapes do not fit.
    """
    own, pool, after = _checked(y, donors, post)
    spread = _spread(pool, after)
    weights = simplex_weights(pool[:, ~after].T, own[~after], RIDGE * spread, constant=demeaned)
    gap = own - weights @ pool
    constant = float(gap[~after].mean()) if demeaned else 0.0
    gap = gap - constant
    judge = _Judge(own, pool, after, spread, demeaned)
    estimate = float(gap[after].mean())
    return SyntheticControl(
        estimate=estimate,
        gap=gap,
        weights=weights,
        constant=constant,
        pre_rmse=float(np.sqrt(np.mean(gap[~after] ** 2))),
        spread=spread,
        p_value=judge.p_of_none(),
        interval=_interval(judge, estimate, level),
        is_exact=bool(np.abs(gap[~after]).max() <= EXACT * spread),
        level=level,
        n_donors=len(pool),
        n_before=int((~after).sum()),
        n_after=int(after.sum()),
    )


def conformal_coverage(donors: ArrayLike, post: ArrayLike, *, demeaned: bool = False) -> float:
    """Share of the donors whose effect of none has p > 0.1 when each plays the treated unit.

    The coverage of the 90 % interval on these donors and years, which have no effect; a donor that
    the others reproduce is not counted. Arguments: see ``synthetic_control``.
    """
    pool, post = np.asarray(donors, dtype=float), np.asarray(post)
    kept = []
    for unit in range(len(pool)):
        own, rest, after = _checked(pool[unit], np.delete(pool, unit, axis=0), post)
        try:
            p = _Judge(own, rest, after, _spread(rest, after), demeaned).p_of_none()
        except NotIdentified:
            continue
        kept.append(p > (1 - LEVEL) * (1 + TIES))
    return float(np.mean(kept)) if kept else np.nan


def _spread(pool: np.ndarray, after: np.ndarray) -> float:
    """Standard deviation of the donors' changes before treatment."""
    return float(np.std(np.diff(pool[:, ~after], axis=1), ddof=1))


@dataclass(frozen=True)
class _Judge:
    """What p(τ) depends on besides τ."""

    own: np.ndarray
    pool: np.ndarray
    after: np.ndarray
    spread: float
    demeaned: bool

    @property
    def smallest(self) -> float:
        """The smallest p that T shifts can give."""
        return 1 / len(self.own)

    def p_value(self, effect: float) -> float:
        """Share of the cyclic shifts of the residuals under an effect that are no smaller.

        One where there are no residuals: nothing speaks against this effect.
        """
        size = self._sizes(effect)
        if size.max() <= EXACT * self.spread:
            return 1.0
        shifts = np.flatnonzero(self.after) - np.arange(len(size))[:, None]
        shifted = size[shifts].sum(axis=1)
        return float(np.mean(shifted >= shifted[0] - LAST_DIGITS * size.sum()))

    def p_of_none(self) -> float:
        """The same of no effect, refused without residuals: there are no errors to judge by."""
        if self._sizes(0.0).max() <= EXACT * self.spread:
            raise NotIdentified("synthetic_exact", donors=len(self.pool), periods=len(self.own))
        return self.p_value(0.0)

    def _sizes(self, effect: float) -> np.ndarray:
        """Size of each period's residual (T,) under an effect, weights fitted in all periods."""
        freed = self.own - effect * self.after
        weights = simplex_weights(self.pool.T, freed, RIDGE * self.spread, constant=self.demeaned)
        residuals = freed - weights @ self.pool
        if self.demeaned:
            residuals = residuals - residuals.mean()
        return np.abs(residuals)


def _interval(judge: _Judge, estimate: float, level: float) -> np.ndarray:
    """Limits of the constant effects whose p is above 1 − level, from the mean gap outwards."""
    step = float(np.std(judge.own)) or 1.0

    def limit(side: int) -> float:
        def kept(steps: ArrayLike) -> np.ndarray:
            effects = estimate + side * step * np.atleast_1d(steps)
            p = np.array([judge.p_value(effect) for effect in effects])
            return (p > (1 - level) * (1 + TIES)).reshape(np.shape(steps))

        return estimate + side * step * outermost(kept)

    if judge.smallest > (1 - level) * (1 + TIES):
        return np.array([-np.inf, np.inf])
    return np.array([limit(-1), limit(1)])


def _checked(
    y: ArrayLike, donors: ArrayLike, post: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays, if they form a unit with donors."""
    own, pool, after = (np.asarray(y, float), np.asarray(donors, float), np.asarray(post))
    if own.ndim != 1 or pool.ndim != 2 or not len(own) == pool.shape[1] == len(after):
        raise UserError(
            f"the unit of shape {own.shape} needs donors with a row each and its periods as "
            f"columns, not {pool.shape}, and {len(own)} values of 'post', not {len(after)}"
        )
    if after.dtype != bool or np.any(after[:-1] & ~after[1:]):
        raise UserError("'post' must be false before treatment and true from it on")
    if not (np.isfinite(own).all() and np.isfinite(pool).all()):
        raise UserError("the outcome has missing or infinite values; leave out periods or donors")
    if len(pool) < FEWEST_DONORS:
        raise NotIdentified("few_donors", donors=len(pool), fewest=FEWEST_DONORS)
    if (~after).sum() < FEWEST_BEFORE or not after.any():
        facts = {"before": int((~after).sum()), "after": int(after.sum()), "fewest": FEWEST_BEFORE}
        raise NotIdentified("synthetic_control_periods", **facts)
    return own, pool, after
