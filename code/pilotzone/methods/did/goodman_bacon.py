r"""The two-way coefficient of staggered adoption as a mean of comparisons of cohorts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import NEVER, StaggeredPanel, label, staggered_panel, whole

KINDS = (
    "treated vs never treated",
    "earlier vs later",
    "later vs earlier",
    "treated vs always treated",
)


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
    r"""Decompose the two-way coefficient into comparisons of pairs of cohorts, sorted by them.

    Cohort k switches while cohort l does not in a window of periods: all of them if l never
    switches in the sample, else those in which l is untreated (earlier vs later) or treated
    (later vs earlier). With n_k, n_l units, share of the pair n_kl = n_k/(n_k + n_l), and in the
    window a share D̄ of the periods after k's switch,

    weight ∝ [(n_k + n_l) · share of periods in the window]² · n_kl(1 − n_kl) · D̄(1 − D̄).

    Goodman-Bacon (2021, Journal of Econometrics 225(2), 254-277), theorem 1.

    Parameters
    ----------
    y, unit, period, cohort : see ``staggered_panel``. A cohort after the last period is a later one
        that has not switched yet.

    Raises
    ------
    UserError : if the panel is not balanced.
    NotIdentified : if no cohort switches within the sample, or there is nothing to compare it with.
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
