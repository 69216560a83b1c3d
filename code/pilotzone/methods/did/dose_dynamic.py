r"""Effects of a dose by periods since it first rose (de Chaisemartin and D'Haultfœuille).

Unit i switches in F_i, the first period in which its dose differs from that of the first period.
Effect l compares Y_{F−1+l} − Y_{F−1} of switchers with that of units of the same first dose that
have not switched by F − 1 + l; placebo l compares Y_{F−1−l} − Y_{F−1} of the same two groups. All
is done in units × periods tables of units that are seen in every period.
"""

import dataclasses
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.cohorts import StaggeredPanel, staggered_panel, whole
from pilotzone.methods.did.dose_slopes import Slopes, slopes_of

# Doses that differ by less than rounding are one.
DIGITS = 9


@dataclasses.dataclass(frozen=True)
class DoseDynamic:
    """Effects and placebos by horizon.

    Attributes
    ----------
    horizon : (k,)
        1, 2, … for effects, then −1, −2, … for placebos.
    estimates, std_errors : (k,)
    normalised, normalised_errors : (k,)
        The same by unit of the dose that switchers had taken up to that period.
    influence : (n, k)
        What each unit adds to an estimate's error.
    average, average_error : float
        Average total effect per unit of dose.
    n_switchers : (k,)
        Switchers that are compared.
    n_possible : (k,)
        Switchers that the panel shows at the horizon.
    n_controls : (k,)
        Fewest units that a cohort of switchers is compared with.
    dose : (k,)
        Mean rise of the compared switchers' dose at the horizon.
    n_ever : int
        Units that switch within the panel.
    used : (n,)
        Units of ``units`` that enter an estimate.
    units : (n,)
    nobs, n_dropped : int
    """

    horizon: np.ndarray
    estimates: np.ndarray
    std_errors: np.ndarray
    normalised: np.ndarray
    normalised_errors: np.ndarray
    influence: np.ndarray
    average: float
    average_error: float
    n_switchers: np.ndarray
    n_possible: np.ndarray
    n_controls: np.ndarray
    dose: np.ndarray
    n_ever: int
    used: np.ndarray
    units: np.ndarray
    nobs: int
    n_dropped: int

    @property
    def covariance(self) -> np.ndarray:
        """(k, k) of the estimates."""
        return self.influence.T @ self.influence


def dose_dynamic(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    dose: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    effects: int = 0,
    placebos: int = 0,
) -> DoseDynamic:
    r"""Effects, placebos and the average total effect of a dose that never falls.

    DID_l = (1/N_l) Σ_i [Y_{i,F−1+l} − Y_{i,F−1} − mean of the same change of its controls]. With
    the rise r_it = D_it − D_i1, the normalised effect is DID_l over (1/N_l) Σ_i Σ_{k<l} r_{i,F+k},
    and the average total effect is Σ_l N_l DID_l / Σ_l Σ_i r_{i,F−1+l}. Controls enter by slopes
    θ̂ of yearly changes on those of the controls with period effects, fitted to not yet switched
    rows of the same first dose; changes are net of θ̂ times those of the controls.

    The error of DID_l is √(Σ_i U_i²)/N_l. Of a switcher, U_i is its change less the mean of its
    cohort (first dose, F and dose in F), times √(m/(m − 1)) with m the cohort's size; a cohort of
    one is demeaned with all switchers and controls of its comparison. Of a control it is its change
    less the mean of the controls, times the same factor and −(switchers/controls). With controls
    U_i also holds −M'ψ_i, M being the mean change of the controls as DID_l has it and
    ψ_i = Q⁻¹Σ_t x̃_it ẽ_it √(m_t/(m_t − 1)) − θ̂/n. That last term is a convention of the authors'
    programs that adds to the variance; what is usual has none.
    De Chaisemartin and D'Haultfœuille (2024, Review of Economics and Statistics,
    doi 10.1162/rest_a_01414), with the rule for errors of did_multiplegt_dyn.

    Parameters
    ----------
    y, unit, period : (N,)
        See ``staggered_panel``; units without a row in every period are dropped and counted.
    dose : (N,)
    controls : (N, k), optional
    effects, placebos : int
        At most so many; 0 for all that can be compared.

    Raises
    ------
    NotIdentified : if a dose falls, nobody switches, no switcher has a unit to be compared with, or
        controls do not vary among not yet switched rows.
    UserError : if the panel is not as described.
    """
    return dose_comparisons(
        unit, period, dose, controls=controls, effects=effects, placebos=placebos
    )(y)


class Comparison(NamedTuple):
    """Switchers (s,) and controls (c,) of one first dose, period F and horizon, by place.

    ``now`` and ``before`` are the columns of the change. ``cohorts`` are units of an equal first
    rise, the controls last, each with the units of whose mean its error is: its own, or all for
    one unit alone.
    """

    switchers: np.ndarray
    controls: np.ndarray
    now: int
    before: int
    cohorts: list[tuple[np.ndarray, np.ndarray]]
    stratum: int


@dataclasses.dataclass(frozen=True)
class Comparisons:
    """What a path of doses decides beside the outcome; called with an outcome (N,).

    Attributes
    ----------
    panel : StaggeredPanel
        The balanced rows: ``x`` holds controls and, last, the dose.
    whole : (U,) bool, units that are seen in every period.
    switch : (n,) column of the first switch, T where there is none.
    horizons : mapping from horizon to comparisons.
    """

    panel: StaggeredPanel
    whole: np.ndarray
    switch: np.ndarray
    stratum: np.ndarray
    horizons: dict[int, list[Comparison]]

    @property
    def rise(self) -> np.ndarray:
        """(n, T) rise of the dose since the first period."""
        dose = self.panel.x[self.whole][:, :, -1]
        return dose - dose[:, :1]

    def __call__(self, y: ArrayLike) -> DoseDynamic:
        """Return the estimates for one outcome."""
        return self._made(self._found(self.panel.table(y)[self.whole], self.horizons))

    def several(self, outcomes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return estimates and errors (R, k + 1) of outcomes (R, N), the average total last."""
        tables = np.array([self.panel.table(y)[self.whole] for y in outcomes])
        found = self._found(tables, self.horizons)
        counts = [sum(len(c.switchers) for c in one) for one in self.horizons.values()]
        estimates = [total / n for (total, _), n in zip(found, counts, strict=True)]
        errors = [np.sqrt((p**2).sum(axis=-1)) / n for (_, p), n in zip(found, counts, strict=True)]
        ahead = [one for h, one in zip(self.horizons, found, strict=True) if h > 0]
        average, error = self._average(ahead)
        return np.stack([*estimates, average], axis=1), np.stack([*errors, error], axis=1)

    def averages(self, tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the average total effects (R,) and errors (R,) of outcomes (R, n, T) at once.

        Of the units that are seen in every period, in their order.
        """
        return self._average(self._found(tables, [h for h in self.horizons if h > 0]))

    def _found(
        self, tables: np.ndarray, horizons: Iterable[int]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return sums and parts at some horizons, of one table (n, T) or several (R, n, T)."""
        x = self.panel.x[self.whole][:, :, :-1]
        slopes = slopes_of(tables, x, self.switch, self.stratum) if x.shape[2] else {}
        return [_estimate(tables, x, slopes, self.horizons[h]) for h in horizons]

    def _average(self, found: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        """Return the average total effects and errors, from what all horizons have after F."""
        after = [h for h in self.horizons if h > 0]
        rises = sum(_rises(self.rise, self.switch, self.horizons[h], h)[0] for h in after)
        parts = sum(part for _, part in found)
        total = sum(total for total, _ in found)
        return total / rises, np.sqrt((parts**2).sum(axis=-1)) / rises

    def _made(self, found: list[tuple[np.ndarray, np.ndarray]]) -> DoseDynamic:
        rise = self.rise
        horizon = np.array(list(self.horizons))
        cells = list(self.horizons.values())
        counts = np.array([sum(len(c.switchers) for c in one) for one in cells])
        sums, parts = np.array([f[0] for f in found]), np.column_stack([f[1] for f in found])
        ahead = [_rises(rise, self.switch, one, abs(h)) for h, one in self.horizons.items()]
        at, taken = (np.array(column) for column in zip(*ahead, strict=True))
        errors = np.sqrt((parts**2).sum(axis=0))
        effect = horizon > 0
        ever = self.switch < rise.shape[1]
        rows = self._rows()
        total = parts[:, effect].sum(axis=1)
        return DoseDynamic(
            horizon=horizon,
            estimates=sums / counts,
            std_errors=errors / counts,
            normalised=sums / taken,
            normalised_errors=errors / taken,
            influence=parts / counts,
            average=float(sums[effect].sum() / at[effect].sum()),
            average_error=float(np.sqrt((total**2).sum()) / at[effect].sum()),
            n_switchers=counts,
            n_possible=np.array([_possible(self.switch, h, rise.shape[1]) for h in horizon]),
            n_controls=np.array([min(len(c.controls) for c in one) for one in cells]),
            dose=at / counts,
            n_ever=int(ever.sum()),
            used=rows.any(axis=1),
            units=self.panel.units[self.whole],
            nobs=int(rows.sum()),
            n_dropped=int(self.panel.observed.sum() - rows.sum()),
        )

    def _rows(self) -> np.ndarray:
        """Return which rows enter an estimate, (n, T)."""
        rows = np.zeros(self.rise.shape, dtype=bool)
        for c in (c for one in self.horizons.values() for c in one):
            for side in (c.switchers, c.controls):
                rows[side, c.now] = rows[side, c.before] = True
        if self.panel.x.shape[2] > 1:
            # Slopes of controls rest on all not yet switched rows.
            rows |= np.arange(rows.shape[1]) < self.switch[:, None]
        return rows


def dose_comparisons(
    unit: ArrayLike,
    period: ArrayLike,
    dose: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    effects: int = 0,
    placebos: int = 0,
) -> Comparisons:
    """Prepare ``dose_dynamic`` for the outcomes of one path of doses; see there."""
    n = len(np.asarray(dose))
    beside = np.empty((n, 0)) if controls is None else np.asarray(controls).reshape(n, -1)
    x = np.column_stack([beside, np.asarray(dose)])
    panel = staggered_panel(np.zeros(n), unit, period, np.zeros(n), x)
    complete = panel.observed.all(axis=1)
    if not complete.any():
        raise NotIdentified("no_unit_throughout", **panel.span)
    told = np.round(panel.x[complete][:, :, -1], DIGITS)
    _require_rising(told, panel, complete)
    changed = told != told[:, :1]
    periods = told.shape[1]
    switch = np.where(changed.any(axis=1), changed.argmax(axis=1), periods)
    if (switch == periods).all():
        raise NotIdentified("nobody_switches", **panel.span)
    _, stratum = np.unique(told[:, 0], return_inverse=True)
    first = told[np.arange(len(told)), np.minimum(switch, periods - 1)]
    horizons = {}
    for sign, most in ((1, effects), (-1, placebos)):
        for h in range(1, (most or periods) + 1):
            made = _comparisons(switch, stratum, first, sign * h, periods)
            if made:
                horizons[sign * h] = made
    if 1 not in horizons:
        raise NotIdentified("no_switcher_compared", switchers=int((switch < periods).sum()))
    return Comparisons(panel, complete, switch, stratum, horizons)


def _require_rising(dose: np.ndarray, panel: StaggeredPanel, complete: np.ndarray) -> None:
    falls = np.diff(dose, axis=1) < 0
    if falls.any():
        where, when = (int(k[0]) for k in np.nonzero(falls))
        raise NotIdentified(
            "dose_falls",
            units=int(falls.any(axis=1).sum()),
            first_unit=str(panel.units[complete][where]),
            period=whole(panel.periods[when + 1]),
        )


def _comparisons(
    switch: np.ndarray, stratum: np.ndarray, first: np.ndarray, horizon: int, periods: int
) -> list[Comparison]:
    """Return the comparisons of one horizon, by first dose and period of the switch."""
    made, ahead = [], abs(horizon)
    for level in np.unique(stratum):
        for f in np.unique(switch[(stratum == level) & (switch < periods)]):
            last, now = f - 1 + ahead, f - 1 + horizon
            switchers = np.flatnonzero((stratum == level) & (switch == f))
            controls = np.flatnonzero((stratum == level) & (switch > last))
            if last < periods and now >= 0 and len(controls):
                cohorts = _cohorts(switchers, controls, first)
                made.append(Comparison(switchers, controls, now, f - 1, cohorts, int(level)))
    return made


def _cohorts(
    switchers: np.ndarray, controls: np.ndarray, first: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the cohorts of a comparison, see :class:`Comparison`; units alone stand together."""
    pool = np.concatenate([switchers, controls])
    _, cohort, size = np.unique(first[switchers], return_inverse=True, return_counts=True)
    several = [switchers[cohort == number] for number in np.flatnonzero(size > 1)]
    beside = controls if len(controls) > 1 else pool
    alone = (switchers[size[cohort] == 1], pool)
    return [*((own, own) for own in several), alone, (controls, beside)]


def _possible(switch: np.ndarray, horizon: int, periods: int) -> int:
    """Return how many switchers the panel shows at a horizon, compared or not."""
    last, now = switch - 1 + abs(horizon), switch - 1 + horizon
    return int(((switch < periods) & (last < periods) & (now >= 0)).sum())


def _rises(
    rise: np.ndarray, switch: np.ndarray, comparisons: list[Comparison], ahead: int
) -> tuple[float, float]:
    """Return the switchers' rises in the period at the horizon, and all up to it, summed."""
    at = taken = 0.0
    for c in comparisons:
        f = switch[c.switchers[0]]
        at += rise[c.switchers, f - 1 + ahead].sum()
        taken += rise[c.switchers, f : f + ahead].sum()
    return at, taken


def _estimate(
    table: np.ndarray, x: np.ndarray, slopes: dict[int, Slopes], comparisons: list[Comparison]
) -> tuple[np.ndarray, np.ndarray]:
    """Return Σ of the switchers' net changes, and what each unit adds to its error (n,).

    Of a table (n, T), or of each of several, (R, n, T).
    """
    total, parts = np.zeros(table.shape[:-2]), np.zeros(table.shape[:-1])
    for c in comparisons:
        change, share = table[..., c.now] - table[..., c.before], len(c.switchers) / len(c.controls)
        if slopes:
            moved = x[:, c.now] - x[:, c.before]
            fit = slopes[c.stratum]
            change = change - fit.theta @ moved.T
            mean = moved[c.switchers].sum(axis=0) - share * moved[c.controls].sum(axis=0)
            parts -= fit.psi @ mean
        total += change[..., c.switchers].sum(axis=-1)
        total -= share * change[..., c.controls].sum(axis=-1)
        *cohorts, beside = c.cohorts
        for own, group in cohorts:
            parts[..., own] += _left(change, own, group)
        parts[..., c.controls] -= share * _left(change, *beside)
    return total, parts


def _left(change: np.ndarray, own: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return changes of some units less the mean of a group."""
    n = len(group)
    mean = change[..., group].sum(axis=-1, keepdims=True) / n
    return (change[..., own] - mean) * math.sqrt(n / (n - 1))
