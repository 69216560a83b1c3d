r"""Synthetic difference in differences for several cohorts.

Each has weights of its own, and the effect is the mean of theirs over treated cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import NEVER, whole
from pilotzone.methods.did.synthetic import SyntheticFit, block_of, placebo_estimates, synthetic_did


@dataclass(frozen=True, eq=False)
class StaggeredSyntheticFit:
    r"""The mean effect over several cohorts, and the fit of each.

    Attributes
    ----------
    estimate, std_error : mean over treated cells, in units of the outcome, and its placebo error
        (NaN if none was asked for).
    cohorts : (C,) first treated periods, ascending.
    fits : C fits, each of one cohort against the controls, with its own placebo error.
    weights : (C,) shares of the treated cells; they sum to one.
    events : (E,) periods since treatment.
    path : (E,) mean of the cohorts' paths by treated units. Its mean over treated cells is the
        estimate.
    n_treated, n_controls, draws : units, and number of placebo estimates.
    """

    estimate: float
    std_error: float
    cohorts: np.ndarray
    fits: tuple[SyntheticFit, ...] = field(repr=False)
    weights: np.ndarray
    events: np.ndarray
    path: np.ndarray = field(repr=False)
    n_treated: int
    n_controls: int
    draws: int


def staggered_synthetic_did(
    y: ArrayLike,
    cohort: ArrayLike,
    periods: ArrayLike,
    *,
    errors: Literal["placebo", "none"] = "placebo",
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> StaggeredSyntheticFit:
    r"""Effect on the treated of several cohorts, each against the units never treated.

    τ̂ = Σ_g n_g T_g τ̂_g / Σ_g n_g T_g, with τ̂_g the effect of ``synthetic_did`` on the n_g units
    first treated in g, treated in T_g periods, against the never-treated units.
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, American Economic Review 111(12));
    Clarke, Pailañir, Athey and Imbens (2023, arXiv 2301.11859), the aggregation over adoption
    periods and its placebo errors. With one cohort it is ``synthetic_did``, draw by draw.

    Parameters
    ----------
    y, periods : (n, T) outcome without gaps; (T,) numbers, ascending.
    cohort : (n,) first treated period; 0 for a unit that is never treated. One that is treated
        after the last period counts as never treated.
    errors, draws, rng : see ``synthetic_did``; "placebo" or "none". Random controls play all
        treated units at once, as many in each cohort as there are.

    Raises
    ------
    NotIdentified : if no unit is treated, a cohort has fewer than two periods before treatment,
        there are fewer than two controls, or not more controls than treated units for placebo
        errors.
    UserError : if y has a gap or shapes do not fit.
    """
    if errors not in ("placebo", "none"):
        raise UserError(f"errors '{errors}' of several cohorts are unknown; use placebo, none")
    table, first, when = _staggered_arrays(y, cohort, periods)
    never = (first == NEVER) | (first > when[-1])
    cohorts = np.unique(first[~never])
    if not len(cohorts):
        raise NotIdentified("nobody_treated", first=whole(when[0]), last=whole(when[-1]))
    fits = [_single(table, first == g, never, when, g) for g in cohorts]
    cells = np.array([f.n_treated * (when >= g).sum() for f, g in zip(fits, cohorts, strict=True)])
    weights, std_error = cells / cells.sum(), np.nan
    if errors == "placebo":
        blocks = [block_of(table, first == g, when >= g, never) for g in cohorts]
        drawn = placebo_estimates(table[never], blocks, draws, rng)
        fits = [_with_placebos(f, d) for f, d in zip(fits, drawn.T, strict=True)]
        std_error = float(np.std(drawn @ weights))
    events, path = _mean_path(fits, cohorts, when)
    return StaggeredSyntheticFit(
        estimate=float(weights @ [f.estimate for f in fits]),
        std_error=std_error,
        cohorts=cohorts,
        fits=tuple(fits),
        weights=weights,
        events=events,
        path=path,
        n_treated=sum(f.n_treated for f in fits),
        n_controls=int(never.sum()),
        draws=draws if errors == "placebo" else 0,
    )


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


def _with_placebos(fit: SyntheticFit, drawn: np.ndarray) -> SyntheticFit:
    """The fit with the spread of placebo estimates as its error."""
    return replace(fit, std_error=float(np.std(drawn)), errors="placebo", draws=len(drawn))


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
