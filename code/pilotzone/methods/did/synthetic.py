r"""Synthetic difference in differences: one cohort of treated units, or several.

Weights of control units make their average move parallel to the treated units before treatment,
weights of pre-treatment periods make their average a fair base for the later ones; the effect is
the difference in differences under these weights. With several cohorts each has weights of its
own, and the effect is the mean of theirs over treated cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import NEVER, whole
from pilotzone.methods.inference.cluster import TOLERANCE

Errors = Literal["placebo", "jackknife", "none"]

# The ridge of the time weights, in units of the noise: it only makes them unique.
TIME_RIDGE = 1e-6


@dataclass(frozen=True, eq=False)
class SyntheticFit:
    r"""The estimate, its weights and its error.

    Attributes
    ----------
    estimate : effect, in units of the outcome.
    std_error : NaN if none was asked for.
    unit_weights, time_weights : of the control units (n₀,) and the periods before treatment
        (T₀,), in the order of the input; each sums to one.
    path : (T,) treated minus synthetic control, minus its weighted mean before treatment; the
        mean over periods after treatment is the estimate.
    noise : standard deviation of the controls' first differences before treatment.
    ridge : ζ, the ridge of the unit weights.
    n_treated, n_controls : units.
    errors, draws : how the error was made, and the number of placebo or jackknife estimates.
    """

    estimate: float
    std_error: float
    unit_weights: np.ndarray = field(repr=False)
    time_weights: np.ndarray = field(repr=False)
    path: np.ndarray = field(repr=False)
    noise: float
    ridge: float
    n_treated: int
    n_controls: int
    errors: Errors
    draws: int


def synthetic_did(
    y: ArrayLike,
    treated: ArrayLike,
    post: ArrayLike,
    *,
    errors: Errors = "placebo",
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> SyntheticFit:
    r"""Effect on the treated under unit weights ω̂ and time weights λ̂.

    τ̂ = (ȳ₁,post − λ̂'ȳ₁,pre) − ω̂'(ȳ₀,post − Y₀,pre λ̂), with

    ω̂ = argmin over the simplex of min_c Σ_{t pre} (c + ω'y₀t − ȳ₁t)² + ζ² T₀ ‖ω‖²,
    λ̂ = argmin over the simplex of min_c Σ_{i control} (c + y_i,pre'λ − ȳ_i,post)² + η² n₀ ‖λ‖²,

    ζ = (n₁T₁)^¼ σ̂, η = 10⁻⁶ σ̂, and σ̂ the standard deviation of the controls' first differences
    before treatment.

    Parameters
    ----------
    y : (n, T) outcome without gaps, periods in order.
    treated : (n,) bool.
    post : (T,) bool, false before treatment and true from it on.
    errors : "placebo": standard deviation over estimates in which n₁ random controls play the
        treated units; needs more controls than treated units. "jackknife": leave out one unit
        at a time with the weights held fixed; needs two treated units. "none".
    draws, rng : number of placebo estimates and the generator.

    Raises
    ------
    NotIdentified
        If there is no treated unit or fewer than two controls, fewer than two periods before
        treatment or none after it, or the error asked for does not exist.
    UserError
        If y has a gap or shapes do not fit.

    Notes
    -----
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, American Economic Review 111(12)),
    algorithms 1, 3 and 4. The weights are exact minima, not those of a fixed number of
    Frank-Wolfe steps. Unit constants and a common linear trend change nothing; common shocks to
    periods before treatment change σ̂ and with it the ridge.
    """
    if errors not in get_args(Errors):
        raise UserError(f"errors '{errors}' are unknown; use {', '.join(get_args(Errors))}")
    table, treated, post = _checked(y, treated, post)
    controls, block = table[~treated], _block(table, treated, post)
    path, omega, lam = _fit(controls, table[treated], block)
    if errors == "placebo":
        std_error = float(np.std(_placebo_estimates(controls, [block], draws, rng)))
    elif errors == "jackknife":
        std_error, draws = _jackknife_error(controls, table[treated], post, omega, lam), len(table)
    else:
        std_error, draws = np.nan, 0
    return SyntheticFit(
        estimate=float(path[post].mean()),
        std_error=std_error,
        unit_weights=omega,
        time_weights=lam,
        path=path,
        noise=block.noise,
        ridge=block.ridge,
        n_treated=block.n_treated,
        n_controls=len(controls),
        errors=errors,
        draws=draws,
    )


# --------------------------------------------------------------------------------------
# Several cohorts
# --------------------------------------------------------------------------------------


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

    Parameters
    ----------
    y : (n, T) outcome without gaps.
    cohort : (n,) first treated period; 0 for a unit that is never treated. One that is treated
        after the last period counts as never treated.
    periods : (T,) numbers, ascending.
    errors : "placebo": standard deviation over estimates in which random controls play all
        treated units at once, as many in each cohort as there are; needs more controls than
        treated units. "none".
    draws, rng : number of placebo estimates and the generator.

    Raises
    ------
    NotIdentified
        If no unit is treated, a cohort has fewer than two periods before treatment, there are
        fewer than two controls, or not more controls than treated units for placebo errors.
    UserError
        If y has a gap or shapes do not fit.

    Notes
    -----
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, American Economic Review 111(12));
    Clarke, Pailañir, Athey and Imbens (2023, arXiv 2301.11859), the aggregation over adoption
    periods and its placebo errors. With one cohort it is ``synthetic_did``, draw by draw.
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
        blocks = [_block(table, first == g, when >= g, never) for g in cohorts]
        drawn = _placebo_estimates(table[never], blocks, draws, rng)
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


# --------------------------------------------------------------------------------------
# Parts
# --------------------------------------------------------------------------------------


class _Block(NamedTuple):
    """What the weights of one cohort depend on besides the outcomes.

    ``n_treated`` units, ``post`` (T,) bool, ``noise`` of the controls, ``ridge`` of their weights.
    """

    n_treated: int
    post: np.ndarray
    noise: float
    ridge: float


def _block(
    table: np.ndarray, treated: np.ndarray, post: np.ndarray, controls: np.ndarray | None = None
) -> _Block:
    """The block of a cohort; controls are all other units unless named."""
    others = table[~treated if controls is None else controls]
    noise = float(np.std(np.diff(others[:, ~post], axis=1), ddof=1))
    n_treated = int(treated.sum())
    return _Block(n_treated, post, noise, float((n_treated * post.sum()) ** 0.25 * noise))


def _checked(
    y: ArrayLike, treated: ArrayLike, post: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays, if they form a block design."""
    table = np.asarray(y, dtype=float)
    treated, post = np.asarray(treated), np.asarray(post)
    if table.ndim != 2 or (len(treated), len(post)) != table.shape:
        raise UserError(
            f"the outcome of shape {table.shape} needs one row per unit ({len(treated)}) and one "
            f"column per period ({len(post)})"
        )
    if treated.dtype != bool or post.dtype != bool:
        raise UserError("'treated' and 'post' must hold true and false")
    if not np.isfinite(table).all():
        raise UserError("the outcome has missing or infinite values; use a balanced panel")
    if np.any(post[:-1] & ~post[1:]):
        raise UserError("'post' must be false before treatment and true from it on")
    if not treated.any() or (~treated).sum() < 2:
        sizes = {"treated": treated.sum(), "untreated": (~treated).sum()}
        raise NotIdentified("synthetic_needs_units", **sizes)
    if (~post).sum() < 2 or not post.any():
        raise NotIdentified("synthetic_needs_periods", before=(~post).sum(), after=post.sum())
    return table, treated, post


def _fit(
    controls: np.ndarray, treated: np.ndarray, block: _Block
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Path of the effect (T,), unit weights and time weights."""
    target, post = treated.mean(axis=0), block.post
    before = controls[:, ~post]
    omega = _simplex_weights(before.T, target[~post], block.ridge)
    lam = _simplex_weights(before, controls[:, post].mean(axis=1), TIME_RIDGE * block.noise)
    return _path(controls, target, post, omega, lam), omega, lam


def _path(
    controls: np.ndarray, target: np.ndarray, post: np.ndarray, omega: np.ndarray, lam: np.ndarray
) -> np.ndarray:
    """Treated minus weighted controls, free of its weighted mean before treatment."""
    gap = target - omega @ controls
    return gap - lam @ gap[~post]


def _simplex_weights(a: np.ndarray, b: np.ndarray, ridge: float) -> np.ndarray:
    r"""argmin over w ≥ 0, Σw = 1 of min_c ‖c + Aw − b‖² + ridge² · rows(A) · ‖w‖².

    With Σw = 1 the criterion is ‖Mw‖², M = [A − b1' centred; ridge · √rows · I]. The vector u ≥ 0
    that minimises ‖Mu‖² + (1'u − 1)² is a multiple of the solution, so that non-negative least
    squares finds it exactly.
    """
    from scipy.optimize import nnls

    differences = a - b[:, None]
    centred = differences - differences.mean(axis=0)
    scale = max(np.sqrt(np.mean(centred**2)), ridge) or 1.0
    k = a.shape[1]
    stacked = np.vstack([centred, ridge * np.sqrt(len(a)) * np.eye(k)]) / scale
    design = np.vstack([stacked, np.ones(k)])
    u, _ = nnls(design, np.append(np.zeros(len(stacked)), 1.0), maxiter=30 * k)
    return u / u.sum()


def _placebo_estimates(
    controls: np.ndarray,
    blocks: Sequence[_Block],
    draws: int,
    rng: np.random.Generator | None,
) -> np.ndarray:
    """(R, C) estimates with random controls in the place of the treated units of each block."""
    sizes = [block.n_treated for block in blocks]
    if len(controls) <= sum(sizes):
        raise NotIdentified("few_placebos", controls=len(controls), treated=sum(sizes))
    if rng is None or draws < 2:
        raise UserError("placebo errors need a generator and at least two draws")
    estimates = np.empty((draws, len(blocks)))
    for draw in range(draws):
        *chosen, rest = np.split(rng.permutation(len(controls)), np.cumsum(sizes))
        for c, (units, block) in enumerate(zip(chosen, blocks, strict=True)):
            path = _fit(controls[rest], controls[units], block)[0]
            estimates[draw, c] = path[block.post].mean()
    return estimates


def _jackknife_error(
    controls: np.ndarray, treated: np.ndarray, post: np.ndarray, omega: np.ndarray, lam: np.ndarray
) -> float:
    """√((n − 1)/n Σ(τ̂₍₋i₎ − mean)²), weights held fixed and rescaled to one."""
    if len(treated) < 2:
        raise NotIdentified("jackknife_needs_treated")
    if np.max(omega) > 1 - TOLERANCE:
        raise NotIdentified("jackknife_needs_controls")
    contrast = np.where(post, 1 / post.sum(), 0.0)
    contrast[~post] = -lam
    of_treated, of_controls = treated @ contrast, controls @ contrast
    without_treated = (of_treated.sum() - of_treated) / (len(treated) - 1) - omega @ of_controls
    rest = (omega @ of_controls - omega * of_controls) / (1 - omega)
    left_out = np.append(without_treated, of_treated.mean() - rest)
    return float(np.sqrt((len(left_out) - 1) * np.var(left_out)))
