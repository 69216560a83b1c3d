r"""What the two-way coefficient of staggered adoption averages, and with which weights.

``goodman_bacon`` writes it as a weighted mean of two-by-two comparisons of cohorts,
``two_way_weights`` as a weighted sum of the effects in the treated cells.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import NEVER, StaggeredPanel, label, staggered_panel, whole
from pilotzone.methods.inference.columns import no_variation
from pilotzone.methods.inference.effects import FixedEffects

KINDS = (
    "treated vs never treated",
    "earlier vs later",
    "later vs earlier",
    "treated vs always treated",
)

# --------------------------------------------------------------------------------------
# Goodman-Bacon
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Two-by-two comparisons, R of them.

    Attributes
    ----------
    treated, control : (R,) cohorts whose treatment switches and with which it is compared;
        control is 0 for never treated.
    kind : (R,) one of ``KINDS``.
    weights : (R,) positive, sum to one.
    estimates : (R,) differences in differences, in units of the outcome.
    two_way : Σ weights · estimates, the coefficient of the two-way regression.
    """

    treated: np.ndarray
    control: np.ndarray
    kind: tuple[str, ...]
    weights: np.ndarray
    estimates: np.ndarray

    @property
    def two_way(self) -> float:
        """The coefficient of the two-way regression."""
        return float(self.weights @ self.estimates)

    def by_kind(self) -> dict[str, tuple[float, float]]:
        """Total weight and weighted estimate of each kind that occurs."""
        kinds = np.array(self.kind)
        sums = {}
        for kind in (k for k in KINDS if k in self.kind):
            rows = kinds == kind
            weight = float(self.weights[rows].sum())
            sums[kind] = weight, float(self.weights[rows] @ self.estimates[rows]) / weight
        return sums


def goodman_bacon(
    y: ArrayLike, unit: ArrayLike, period: ArrayLike, cohort: ArrayLike
) -> Decomposition:
    r"""Decompose the two-way coefficient into comparisons of pairs of cohorts.

    Cohort k switches while cohort l does not in a window of periods: all of them if l never
    switches in the sample, else those in which l is untreated (earlier vs later) or treated
    (later vs earlier). With n_k, n_l units, share of the pair n_kl = n_k/(n_k + n_l), and in the
    window a share D̄ of the periods after k's switch,

    weight ∝ [(n_k + n_l) · share of periods in the window]² · n_kl(1 − n_kl) · D̄(1 − D̄).

    Parameters
    ----------
    y, unit, period, cohort : (N,); cohort 0 is never treated. A cohort after the last period is
        a later one that has not switched yet.

    Returns
    -------
    Decomposition, sorted by treated and control cohort.

    Raises
    ------
    UserError
        If the panel is not balanced.
    NotIdentified
        If no cohort switches within the sample, or there is nothing to compare it with.

    Notes
    -----
    Goodman-Bacon (2021, Journal of Econometrics 225(2), 254-277), theorem 1.
    """
    panel = staggered_panel(y, unit, period, cohort)
    if not panel.observed.all():
        u, t = np.argwhere(~panel.observed)[0]
        raise UserError(
            f"the decomposition needs a balanced panel; unit {panel.units[u]} lacks "
            f"{label(panel.periods[t])} and {(~panel.observed).sum() - 1} further rows are missing"
        )
    groups = np.unique(panel.cohort)
    means = np.stack([panel.y[panel.cohort == g].mean(axis=0) for g in groups])
    sizes = np.array([(panel.cohort == g).sum() for g in groups])
    treated = (groups[:, None] != NEVER) & (panel.periods >= groups[:, None])
    rows = [
        (k, c, *comparison)
        for k in range(len(groups))
        for c in range(len(groups))
        if (comparison := _comparison(means, sizes, treated, k, c)) is not None
    ]
    if not rows:
        raise _nothing_to_compare(panel)
    k, c, weights, estimates = np.array(rows, dtype=float).T
    k, c = k.astype(int), c.astype(int)
    return Decomposition(
        treated=groups[k],
        control=groups[c],
        kind=tuple(_kind(groups, treated, a, b) for a, b in zip(k, c, strict=True)),
        weights=weights / weights.sum(),
        estimates=estimates,
    )


def _comparison(
    means: np.ndarray, sizes: np.ndarray, treated: np.ndarray, k: int, c: int
) -> tuple[float, float] | None:
    """Unscaled weight and estimate of cohort k against c; None if k does not switch."""
    if k == c:
        return None
    window = _window(treated, k, c)
    share = treated[k, window].mean() if window.any() else 0.0
    if share in (0.0, 1.0):
        return None
    total, of_pair = sizes[k] + sizes[c], sizes[k] / (sizes[k] + sizes[c])
    weight = (total * window.mean()) ** 2 * of_pair * (1 - of_pair) * share * (1 - share)
    gap = means[k] - means[c]
    after, before = window & treated[k], window & ~treated[k]
    return float(weight), float(gap[after].mean() - gap[before].mean())


def _window(treated: np.ndarray, k: int, c: int) -> np.ndarray:
    """(T,) bool, periods in which c keeps the state it has when k switches."""
    if treated[c].all() or not treated[c].any():
        return np.ones(treated.shape[1], dtype=bool)
    c_is_later = treated[c].sum() < treated[k].sum()
    return ~treated[c] if c_is_later else treated[c]


def _kind(groups: np.ndarray, treated: np.ndarray, k: int, c: int) -> str:
    """What the comparison of k with c is."""
    if groups[c] == NEVER:
        return KINDS[0]
    if treated[c].all():
        return KINDS[3]
    return KINDS[1] if groups[k] < groups[c] else KINDS[2]


def _nothing_to_compare(panel: StaggeredPanel) -> NotIdentified:
    """Why there is no comparison."""
    switching = panel.cohorts[panel.cohorts > panel.periods[0]]
    if not len(switching):
        return NotIdentified("no_switch", **panel.span)
    return NotIdentified("one_cohort", cohort=whole(switching[0]))


# --------------------------------------------------------------------------------------
# De Chaisemartin and D'Haultfœuille
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TwoWayWeights:
    """Weights of the effects in treated rows in the two-way coefficient.

    Attributes
    ----------
    weights : (N,) in the order of the input, 0 for untreated rows; their sum is one.
    cohort, period, total, n_rows : (r,) weight and treated rows by first treated period of the
        unit and period.
    sum_negative : sum of the negative weights, at most 0.
    share_negative : share of the treated rows whose weight is negative.
    n_treated : treated rows.
    """

    weights: np.ndarray = field(repr=False)
    cohort: np.ndarray
    period: np.ndarray
    total: np.ndarray
    n_rows: np.ndarray
    sum_negative: float
    share_negative: float
    n_treated: int


def two_way_weights(treatment: ArrayLike, unit: ArrayLike, period: ArrayLike) -> TwoWayWeights:
    r"""Weights w with E(β̂) = Σ_{treated} w_it Δ_it under parallel trends.

    w_it = D_it ε_it / Σ D ε, with ε the residual of the treatment on unit and period effects.

    Parameters
    ----------
    treatment : (N,) 0 or 1.
    unit, period : (N,) labels and numbers; the panel may have gaps.

    Raises
    ------
    UserError
        If the treatment is not binary, or the panel is not as described.
    NotIdentified
        If the treatment does not vary within unit and period effects.

    Notes
    -----
    De Chaisemartin and D'Haultfœuille (2020, American Economic Review 110(9), 2964-2996),
    theorem 1, in a sharp design.
    """
    d = np.asarray(treatment, dtype=float)
    if not np.isin(d, (0.0, 1.0)).all():
        raise UserError("the weights need a treatment of 0 and 1; choose a binary coding")
    effects = FixedEffects([unit, period], names=("unit", "period"))
    left = effects.residualise(d)
    if no_variation(d[:, None], left[:, None]).any():
        raise NotIdentified("flat_treatment")
    weights = np.where(d == 1.0, left, 0.0) / left[d == 1.0].sum()
    cohort, times, total, n_rows = _by_cohort(d, weights, effects.factors[0].codes, period)
    # A weight of rounding size is zero, not negative.
    negative = weights < -1e-12
    return TwoWayWeights(
        weights=weights,
        cohort=cohort,
        period=times,
        total=total,
        n_rows=n_rows,
        sum_negative=float(weights[negative].sum()),
        share_negative=float(negative.sum() / d.sum()),
        n_treated=int(d.sum()),
    )


def _by_cohort(
    d: np.ndarray, weights: np.ndarray, unit: np.ndarray, period: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cohort, period, total weight and rows of the treated cells."""
    when = np.asarray(period, dtype=float)
    treated = d == 1.0
    first = np.full(unit.max() + 1, np.inf)
    np.minimum.at(first, unit[treated], when[treated])
    keys = np.column_stack([first[unit[treated]], when[treated]])
    keys, code = np.unique(keys, axis=0, return_inverse=True)
    code = code.ravel()
    return keys[:, 0], keys[:, 1], np.bincount(code, weights[treated]), np.bincount(code)
