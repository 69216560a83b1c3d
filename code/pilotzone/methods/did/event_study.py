"""Event study with two-way effects: dummies of relative time, their support and their rank."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.twfe import panel_effects, twfe
from pilotzone.methods.inference.columns import rank_deficiency
from pilotzone.methods.inference.fwl import LinearFit

REFERENCE = -1


@dataclasses.dataclass(frozen=True)
class Dummies:
    """Dummies of relative time.

    Attributes
    ----------
    columns : (N, k) of 0 and 1.
    times : k relative times, ascending, without the reference.
    binned : the first and last time that stand for all earlier and later ones, or None.
    support : for each time, the cohorts that have rows there and their number of units.
    """

    columns: np.ndarray
    times: tuple[int, ...]
    binned: tuple[int, int] | None
    support: tuple[dict[int, int], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Terms ``event:-4`` …"""
        return tuple(f"event:{time}" for time in self.times)


def dummies(
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    window: tuple[int, int] | None,
    reference_cohort: int | None = None,
) -> Dummies:
    """Return the event dummies D_it^e = 1[t − g_i = e] of an event study.

    Parameters
    ----------
    unit, period, cohort : (N,), cohort 0 for a unit that is never treated.
    window : first and last time; times at and beyond the ends share one dummy, so that the effect
        is assumed constant there. None keeps a dummy for every time.
    reference_cohort : a cohort that gets no dummy: it must be untreated in all rows.

    Raises
    ------
    UserError : if the reference cohort is treated or the window does not hold the reference.
    NotIdentified : if a time inside the window has no row: the window has no support there.
    """
    unit, period, cohort = (np.asarray(v) for v in (unit, period, cohort))
    if window is not None and not window[0] < REFERENCE < window[1]:
        raise UserError(f"event window {window} does not hold the reference time {REFERENCE}")
    if (
        reference_cohort is not None
        and (period[cohort == reference_cohort] >= reference_cohort).any()
    ):
        raise UserError(
            f"cohort {reference_cohort} is treated in the sample: it cannot be the reference; "
            f"end the sample in {reference_cohort - 1}"
        )
    treated = (cohort > 0) & (cohort != (reference_cohort or 0))
    relative = np.where(treated, period - cohort, REFERENCE).astype(int)
    if window is not None:
        relative = np.clip(relative, *window)
    times = _times(relative[treated], window)
    support = tuple(
        {
            int(g): len(np.unique(unit[treated & (relative == time) & (cohort == g)]))
            for g in np.unique(cohort[treated & (relative == time)])
        }
        for time in times
    )
    columns = np.column_stack([treated & (relative == time) for time in times]).astype(float)
    return Dummies(columns, times, window, support)


def _times(relative: np.ndarray, window: tuple[int, int] | None) -> tuple[int, ...]:
    present = set(relative.tolist()) - {REFERENCE}
    if not present:
        raise NotIdentified("reference_alone")
    if window is not None:
        wanted = set(range(window[0], window[1] + 1)) - {REFERENCE}
        empty = sorted(wanted - present)
        if empty:
            raise NotIdentified("empty_event", first=window[0], last=window[1], event=empty[0])
    return tuple(sorted(int(time) for time in present))


@dataclasses.dataclass(frozen=True)
class EventStudy:
    """An event study: the regression, and the positions of leads and lags in it."""

    fit: LinearFit
    dummies: Dummies

    @property
    def leads(self) -> np.ndarray:
        """Positions of the coefficients before the reference."""
        return np.flatnonzero(np.array(self.dummies.times) < REFERENCE)

    @property
    def lags(self) -> np.ndarray:
        """Positions of the coefficients from the time of treatment on."""
        return np.flatnonzero(np.array(self.dummies.times) >= 0)


def event_study(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    window: tuple[int, int] | None,
    reference_cohort: int | None = None,
    controls: ArrayLike | None = None,
    control_names: Sequence[str] = (),
    cluster: ArrayLike | None = None,
    **further: object,
) -> EventStudy:
    r"""Two-way event study, y_it = α_i + λ_t + Σ_{e≠−1} β_e D_it^e + γ'x_it + ε_it.

    Parameters
    ----------
    unit, period, cohort, window, reference_cohort : see ``dummies``; the panel may have gaps.
    controls, control_names, cluster, further : see ``twfe``.

    Raises NotIdentified if the dummies are collinear given unit and period effects. Without a unit
    that stays untreated and without bins a path and the same path plus any linear trend fit alike
    (Borusyak, Jaravel and Spiess 2024, REStud), so that no single coefficient is identified.
    """
    made = dummies(unit, period, cohort, window=window, reference_cohort=reference_cohort)
    effects = panel_effects(unit, period, **further)
    missing = rank_deficiency(effects.residualise(made.columns))
    if missing:
        facts = {"dummies": len(made.times), "missing": missing, "effects": effects.parts}
        raise NotIdentified("rank_deficient", **facts)
    regressors = (made.columns, made.names, controls, control_names)
    return EventStudy(twfe(y, *regressors, unit, period, cluster=cluster, **further), made)
