r"""Synthetic difference in differences for several cohorts.

Each has weights of its own, and the effect is the mean of theirs over treated cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import NEVER, whole
from pilotzone.methods.did.synthetic import (
    SyntheticFit,
    block_of,
    jackknife_spread,
    left_out,
    placebo_estimates,
    synthetic_did,
)

Errors = Literal["placebo", "jackknife", "larger", "none"]


@dataclass(frozen=True, eq=False)
class StaggeredSyntheticFit:
    r"""The mean effect over several cohorts, and the fit of each.

    Attributes
    ----------
    estimate : mean over treated cells, in units of the outcome.
    errors : (1 + C,) by "placebo" and "jackknife", of the mean and of each cohort, as asked for; no
        "jackknife" where it is asked for beside the placebo and not defined.
    cohorts : (C,) first treated periods, ascending.
    fits : C fits, each of one cohort against the controls, without an error.
    weights : (C,) shares of the treated cells; they sum to one.
    events : (E,) periods since treatment.
    path : (E,) mean of the cohorts' paths by treated units. Its mean over treated cells is the
        estimate.
    n_treated, n_controls, draws : units, and number of placebo estimates.
    """

    estimate: float
    errors: Mapping[str, np.ndarray]
    cohorts: np.ndarray
    fits: tuple[SyntheticFit, ...] = field(repr=False)
    weights: np.ndarray
    events: np.ndarray
    path: np.ndarray = field(repr=False)
    n_treated: int
    n_controls: int
    draws: int

    @property
    def std_error(self) -> float:
        """That of the mean."""
        return float(self.std_errors[0])

    @property
    def std_errors(self) -> np.ndarray:
        """(1 + C,) the larger of the errors of the mean and of each cohort; NaN without any."""
        none = np.full(1 + len(self.cohorts), np.nan)
        return np.fmax.reduce([none, *self.errors.values()])


def staggered_synthetic_did(
    y: ArrayLike,
    cohort: ArrayLike,
    periods: ArrayLike,
    *,
    errors: Errors = "placebo",
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> StaggeredSyntheticFit:
    r"""Effect on the treated of several cohorts, each against the units never treated.

    τ̂ = Σ_g n_g T_g τ̂_g / Σ_g n_g T_g, with τ̂_g the effect of ``synthetic_did`` on the n_g units
    first treated in g, treated in T_g periods, against the never-treated units.
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, American Economic Review 111(12));
    Clarke, Pailañir, Athey and Imbens (2023, arXiv 2301.11859), the aggregation over adoption
    periods and its errors. With one cohort it is ``synthetic_did``, draw by draw.

    The placebo error assumes that treated units vary as the controls do; the jackknife lets them
    differ, needs two treated units in each cohort and tends to be too large. "larger" makes both.

    Parameters
    ----------
    y, periods : (n, T) outcome without gaps; (T,) numbers, ascending.
    cohort : (n,) first treated period; 0 for a unit that is never treated. One that is treated
        after the last period counts as never treated.
    errors, draws, rng : see ``synthetic_did``; "placebo", "jackknife", "larger" or "none". In the
        placebo random controls play all treated units at once, as many in each cohort as there
        are. The jackknife leaves one unit out of all cohorts with their weights held fixed.

    Raises
    ------
    NotIdentified : if no unit is treated, a cohort has fewer than two periods before treatment,
        there are fewer than two controls, or the error asked for does not exist ("larger": the
        placebo error).
    UserError : if y has a gap or shapes do not fit.
    """
    if errors not in get_args(Errors):
        known = ", ".join(get_args(Errors))
        raise UserError(f"errors '{errors}' of several cohorts are unknown; use {known}")
    table, first, when = _staggered_arrays(y, cohort, periods)
    never = (first == NEVER) | (first > when[-1])
    cohorts = np.unique(first[~never])
    if not len(cohorts):
        raise NotIdentified("nobody_treated", first=whole(when[0]), last=whole(when[-1]))
    fits = [_single(table, first == g, never, when, g) for g in cohorts]
    cells = np.array([f.n_treated * (when >= g).sum() for f, g in zip(fits, cohorts, strict=True)])
    made = {}
    if errors in ("placebo", "larger"):
        blocks = [block_of(table, first == g, when >= g, never) for g in cohorts]
        drawn = placebo_estimates(table[never], blocks, draws, rng)
        made["placebo"] = np.std(np.column_stack([drawn @ (cells / cells.sum()), drawn]), axis=0)
    if errors in ("jackknife", "larger"):
        try:
            made["jackknife"] = _jackknife(table, first, never, when, cohorts, fits)
        except NotIdentified:
            if errors == "jackknife":
                raise
    events, path = _mean_path(fits, cohorts, when)
    return StaggeredSyntheticFit(
        estimate=float(cells @ [f.estimate for f in fits] / cells.sum()),
        errors=made,
        cohorts=cohorts,
        fits=tuple(fits),
        weights=cells / cells.sum(),
        events=events,
        path=path,
        n_treated=sum(f.n_treated for f in fits),
        n_controls=int(never.sum()),
        draws=draws if "placebo" in made else 0,
    )


def _jackknife(
    table: np.ndarray,
    first: np.ndarray,
    never: np.ndarray,
    when: np.ndarray,
    cohorts: np.ndarray,
    fits: Sequence[SyntheticFit],
) -> np.ndarray:
    """Errors (1 + C,) of the mean and of each cohort, every unit left out once.

    A control leaves the counterpart of all cohorts, a treated unit its own cohort, whose share in
    the mean falls with it.
    """
    found = [
        left_out(table[never], table[first == g], when >= g, fit.unit_weights, fit.time_weights)
        for g, fit in zip(cohorts, fits, strict=True)
    ]
    lengths = np.array([(when >= g).sum() for g in cohorts])
    sizes, values = np.array([f.n_treated for f in fits]), np.array([f.estimate for f in fits])
    cells = sizes * lengths
    mean = [np.column_stack([controls for _, controls in found]) @ cells / cells.sum()]
    for c, (treated, _) in enumerate(found):
        kept = cells - lengths * (np.arange(len(cohorts)) == c)
        others = kept @ values - kept[c] * values[c]
        mean.append((others + kept[c] * treated) / kept.sum())
    own = [jackknife_spread(np.concatenate(one)) for one in found]
    return np.array([jackknife_spread(np.concatenate(mean)), *own])


def _staggered_arrays(
    y: ArrayLike, cohort: ArrayLike, periods: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays, if they fit and have no gap."""
    table, first, when = np.asarray(y, dtype=float), np.asarray(cohort), np.asarray(periods)
    if table.ndim != 2 or (len(first), len(when)) != table.shape:
        raise UserError(
            f"the outcome of shape {table.shape} needs one cohort per unit ({len(first)}) and one "
            f"column per period ({len(when)})"
        )
    gaps = int((~np.isfinite(table)).any(axis=1).sum())
    if gaps:
        raise UserError(f"{gaps} of {len(table)} units lack a period; use a balanced panel")
    return table, first, when


def _single(
    table: np.ndarray, treated: np.ndarray, never: np.ndarray, when: np.ndarray, g: float
) -> SyntheticFit:
    """The fit of one cohort against the controls, without an error."""
    rows = treated | never
    try:
        return synthetic_did(table[rows], treated[rows], when >= g, errors="none")
    except NotIdentified as error:
        raise NotIdentified("in_cohort", cohort=whole(g), why=error.reason) from error


def _mean_path(
    fits: Sequence[SyntheticFit], cohorts: np.ndarray, when: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Events (E,) and the mean of the paths there by treated units (E,)."""
    event = when - cohorts[:, None]
    events, position = np.unique(event, return_inverse=True)
    paths = np.stack([fit.path for fit in fits])
    units = np.broadcast_to(np.array([[fit.n_treated] for fit in fits]), event.shape)
    total = np.bincount(position.ravel(), (units * paths).ravel())
    return events, total / np.bincount(position.ravel(), units.ravel())
