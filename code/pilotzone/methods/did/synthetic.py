r"""Synthetic difference in differences for one cohort of treated units.

Weights of control units make their average move parallel to the treated units before treatment,
weights of pre-treatment periods make their average a fair base for the later ones; the effect is
the difference in differences under these weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
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
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, American Economic Review 111(12)),
    algorithms 1, 3 and 4. The weights are exact minima, not those of a fixed number of
    Frank-Wolfe steps. Unit constants and a common linear trend change nothing; common shocks to
    periods before treatment change σ̂ and with it the ridge.

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
    NotIdentified : if there is no treated unit or fewer than two controls, fewer than two periods
        before treatment or none after it, or the error asked for does not exist.
    UserError : if y has a gap or shapes do not fit.
    """
    if errors not in get_args(Errors):
        raise UserError(f"errors '{errors}' are unknown; use {', '.join(get_args(Errors))}")
    table, treated, post = _checked(y, treated, post)
    controls, block = table[~treated], block_of(table, treated, post)
    path, omega, lam = _fit(controls, table[treated], block)
    if errors == "placebo":
        std_error = float(np.std(placebo_estimates(controls, [block], draws, rng)))
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


class _Block(NamedTuple):
    """What the weights of one cohort depend on besides the outcomes; noise is of the controls."""

    n_treated: int
    post: np.ndarray
    noise: float
    ridge: float


def block_of(
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
    omega = simplex_weights(before.T, target[~post], block.ridge)
    lam = simplex_weights(before, controls[:, post].mean(axis=1), TIME_RIDGE * block.noise)
    return _path(controls, target, post, omega, lam), omega, lam


def _path(
    controls: np.ndarray, target: np.ndarray, post: np.ndarray, omega: np.ndarray, lam: np.ndarray
) -> np.ndarray:
    """Treated minus weighted controls, free of its weighted mean before treatment."""
    gap = target - omega @ controls
    return gap - lam @ gap[~post]


def simplex_weights(
    a: np.ndarray, b: np.ndarray, ridge: float, *, constant: bool = True
) -> np.ndarray:
    r"""argmin over w ≥ 0, Σw = 1 of min_c ‖c + Aw − b‖² + ridge² · rows(A) · ‖w‖².

    Without a ``constant`` c is zero.
    """
    from scipy.optimize import nnls

    # With Σw = 1 the criterion is ‖Mw‖², M = [A − b1', centred with c; ridge · √rows · I]. The
    # vector u ≥ 0 that minimises ‖Mu‖² + (1'u − 1)² is a multiple of the solution, found exactly.
    differences = a - b[:, None]
    centred = differences - differences.mean(axis=0) if constant else differences
    scale = max(np.sqrt(np.mean(centred**2)), ridge) or 1.0
    k = a.shape[1]
    stacked = np.vstack([centred, ridge * np.sqrt(len(a)) * np.eye(k)]) / scale
    design = np.vstack([stacked, np.ones(k)])
    u, _ = nnls(design, np.append(np.zeros(len(stacked)), 1.0), maxiter=30 * k)
    return u / u.sum()


def placebo_estimates(
    controls: np.ndarray, blocks: Sequence[_Block], draws: int, rng: np.random.Generator | None
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
    """√((n − 1)/n Σ(τ̂₍₋i₎ − mean)²)."""
    return jackknife_spread(np.concatenate(left_out(controls, treated, post, omega, lam)))


def jackknife_spread(estimates: np.ndarray) -> float:
    """The jackknife error from estimates (n,) without each unit."""
    return float(np.sqrt((len(estimates) - 1) * np.var(estimates)))


def left_out(
    controls: np.ndarray, treated: np.ndarray, post: np.ndarray, omega: np.ndarray, lam: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Effects without each treated unit (n₁,) and without each control (n₀,).

    Weights are held fixed and rescaled to one. Raises NotIdentified if there is one treated unit,
    or one control with all the weight.
    """
    if len(treated) < 2:
        raise NotIdentified("jackknife_needs_treated")
    if np.max(omega) > 1 - TOLERANCE:
        raise NotIdentified("jackknife_needs_controls")
    contrast = np.where(post, 1 / post.sum(), 0.0)
    contrast[~post] = -lam
    of_treated, of_controls = treated @ contrast, controls @ contrast
    without_treated = (of_treated.sum() - of_treated) / (len(treated) - 1) - omega @ of_controls
    rest = (omega @ of_controls - omega * of_controls) / (1 - omega)
    return without_treated, of_treated.mean() - rest
