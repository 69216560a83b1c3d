r"""Effects of a staggered treatment beside what factors of the untreated cells predict.

y_it(0) = α_i + γ_t + λ_i'f_t + ε_it is fitted on untreated cells, and the effect of a treated one
is τ̂_it = y_it − ŷ_it(0). With interactive effects the number of factors is given; with matrix
completion λ_i'f_t is a table whose singular values are penalised.
"""

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.cohorts import StaggeredPanel, label, staggered_panel
from pilotzone.methods.factors.completion import TOLERANCE, apart, two_way
from pilotzone.methods.factors.identified import require_rank, require_untreated
from pilotzone.methods.factors.interactive import MOST_VARIANCE
from pilotzone.methods.factors.resampled import (
    TOLERANCE as DRAWN_TOLERANCE,
)
from pilotzone.methods.factors.resampled import (
    Fitted,
    Kind,
    bootstrap_errors,
    bootstrap_picks,
    fit,
    jackknife_errors,
    jackknife_picks,
    resampled,
)
from pilotzone.methods.factors.validation import Rule, Validation, choose, penalties

Errors = Literal["bootstrap", "jackknife", "none"]
OVERALL, PLACEBO = "overall:simple", "test:placebo"
# Bounds of equivalence, in standard deviations of two-way residuals of untreated cells
# (Liu, Wang and Xu 2024; Hartman and Hidalgo 2018, American Journal of Political Science 62(4)).
EQUIVALENCE_SHARE = 0.36


@dataclasses.dataclass(frozen=True, eq=False)
class Equivalence:
    """Whether means of untreated residuals of treated units lie within bounds.

    Attributes
    ----------
    bound : Δ, in units of the outcome.
    largest : the mean furthest from zero, by periods before treatment.
    p_value : the largest p of two one-sided tests of |δ_e| ≥ Δ over all e < 0; NaN without errors.
    """

    bound: float
    largest: float
    p_value: float


@dataclasses.dataclass(frozen=True, eq=False)
class FactorFit:
    """Effects beside factors of the untreated cells.

    Attributes
    ----------
    kind : "interactive" or "completion".
    rank : factors; of matrix completion, singular values above zero.
    penalty : λ = θ / (U·T); 0 with interactive effects.
    penalty_share : of the penalty that leaves no factor.
    validation : errors by candidate; None where rank or penalty is given.
    names, estimates, std_errors : (m,) ``overall:simple``, ``cohort:g``, ``event:e`` and, if it is
        identified, ``test:placebo``. Events below zero are means of residuals of the fit.
    counts : (m,) cells that each averages.
    units : (m,) treated units in them.
    draws : (R, m) estimates of resampled units, NaN where a draw identifies none.
    effects : (U, T), τ̂ of treated cells, NaN elsewhere.
    residuals : (U, T), of untreated cells, NaN elsewhere.
    equivalence : Equivalence
    without_placebo : why there is no placebo, or None.
    panel : the units that are used.
    nobs, n_dropped : cells used; those of units without an untreated cell.
    """

    kind: Kind
    rank: int
    penalty: float
    penalty_share: float
    validation: Validation | None
    names: tuple[str, ...]
    estimates: np.ndarray
    std_errors: np.ndarray
    counts: np.ndarray
    units: np.ndarray
    draws: np.ndarray
    effects: np.ndarray
    residuals: np.ndarray
    equivalence: Equivalence
    without_placebo: Reason | None
    panel: StaggeredPanel
    nobs: int
    n_dropped: int

    @property
    def n_lost_draws(self) -> int:
        """Draws that identify no effect, or did not converge."""
        return int(np.isnan(self.draws[:, 0]).sum())


def counterfactual(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    kind: Kind = "interactive",
    rank: int | None = None,
    penalty: float | None = None,
    max_rank: int = 3,
    folds: int = 5,
    fold_seed: int = 1,
    placebo: int = 1,
    without: tuple[float, ...] = (),
    errors: Errors = "bootstrap",
    draws: int = 500,
    rng: np.random.Generator | None = None,
    tolerance: float = TOLERANCE,
) -> FactorFit:
    r"""Effects overall, by cohort and by periods since treatment, beside factors.

    Gobillon and Magnac (2016, Review of Economics and Statistics 98(3), 535-551); Xu (2017,
    Political Analysis 25(1), 57-76); Athey, Bayati, Doudchenko, Imbens and Khosravi (2021, JASA
    116(536), 1716-1730); Liu, Wang and Xu (2024, American Journal of Political Science 68(1),
    160-176), whose ``ife`` and ``mc`` these are.

    Parameters
    ----------
    y, unit, period, cohort : (N,)
        See ``staggered_panel``; gaps are filled. Units without an untreated cell are dropped.
    kind : {"interactive", "completion"}
    rank, penalty : of interactive effects and of completion, λ = θ / (U·T); by cross-validation
        where not given.
    max_rank : the largest rank that is tried, as far as untreated cells identify it.
    folds, fold_seed : of the untreated cells in cross-validation.
    placebo : periods before treatment that are held out as if treated; 0 for none.
    without : cohorts that no average but their own holds.
    errors : "bootstrap" draws units with replacement, "jackknife" leaves each out; rank and penalty
        stay. Both are of a normal distribution.
    draws, rng : of the bootstrap.
    tolerance : relative change of the fit at which it has converged.

    Raises
    ------
    NotIdentified
        If nobody is treated, a period has no untreated cell, untreated cells do not link the
        periods, a rank is above what they identify, a treated unit has fewer than rank + 1 of them,
        or the fit does not converge, or has no minimum.
    UserError
        If the panel is not as described, or an argument is out of its range.
    """
    _check(kind, rank, penalty, max_rank, folds, placebo, errors, draws)
    panel, n_dropped = usable(staggered_panel(y, unit, period, cohort))
    rows = panel.observed & ~panel.treated
    require_untreated(panel, rows)
    rule = Rule(kind, penalty if rank is None else rank, max_rank, folds, fold_seed)
    chosen, validation = choose(panel, rows, panel.y[None], rule)
    names, means = averaged(panel, without)
    main = _usable(fit(kind, chosen, panel.y[None], rows, means, tolerance))
    parts, reason = [main], None
    if placebo:
        try:
            parts.append(_placebo(panel, placebo, main, without, tolerance))
            names = (*names, PLACEBO)
        except NotIdentified as error:
            reason = error.reason
    made = np.concatenate([one.estimates[0] for one in parts])
    drawn, spread = _errors(parts, errors, draws, rng, max(tolerance, DRAWN_TOLERANCE))
    cells = np.concatenate([one.means for one in parts])
    left = panel.y - main.fitted[0]
    return FactorFit(
        kind=kind,
        rank=int(ranks_of(main)[0]),
        penalty=0.0 if kind == "interactive" else float(chosen[0]),
        penalty_share=0.0
        if kind == "interactive"
        else float(chosen[0] / penalties(main.y, rows)[0, 0]),
        validation=validation,
        names=names,
        estimates=made,
        std_errors=spread,
        counts=cells.sum(axis=(1, 2)),
        units=cells.any(axis=2).sum(axis=1),
        draws=drawn,
        effects=np.where(panel.observed & panel.treated, left, np.nan),
        residuals=np.where(rows, left, np.nan),
        equivalence=_equivalence(panel, rows, names, made, spread),
        without_placebo=reason,
        panel=panel,
        nobs=int(panel.observed.sum()),
        n_dropped=n_dropped,
    )


def _check(
    kind: str,
    rank: int | None,
    penalty: float | None,
    max_rank: int,
    folds: int,
    placebo: int,
    errors: str,
    draws: int,
) -> None:
    """Refuse an argument out of its range, by name."""
    if kind not in ("interactive", "completion"):
        raise UserError(f"kind '{kind}' is unknown; use interactive or completion")
    if errors not in ("bootstrap", "jackknife", "none"):
        raise UserError(f"errors '{errors}' are unknown; use bootstrap, jackknife or none")
    other = ("penalty", penalty) if kind == "interactive" else ("rank", rank)
    if other[1] is not None:
        raise UserError(f"kind '{kind}' has no {other[0]}; leave it out")
    if penalty is not None and not (np.isfinite(penalty) and penalty > 0):
        raise UserError(f"penalty is {penalty!r}; give a number above 0")
    least = {"rank": (rank or 0, 0), "max_rank": (max_rank, 0), "placebo": (placebo, 0)}
    least |= {"folds": (folds, 2), "draws": (draws, 2)}
    for name, (value, lowest) in least.items():
        if value < lowest:
            raise UserError(f"{name} is {value}; give at least {lowest}")


def usable(panel: StaggeredPanel) -> tuple[StaggeredPanel, int]:
    """Return the panel of units with an untreated cell, and how many cells that drops."""
    kept = (panel.observed & ~panel.treated).any(axis=1)
    lost = int(panel.observed[~kept].sum())
    if not lost:
        return panel, 0
    of_units = {name: getattr(panel, name)[kept] for name in ("units", "cohort", "y", "x")}
    return dataclasses.replace(panel, **of_units, observed=panel.observed[kept]), lost


def averaged(
    panel: StaggeredPanel, without: tuple[float, ...]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the averages and their cells (m, U, T)."""
    treated = panel.observed & panel.treated
    inside = panel.observed & treated.any(axis=1)[:, None]
    counted = ~np.isin(panel.cohort, without)[:, None]
    event = np.where(inside & counted, panel.periods - panel.cohort[:, None], np.nan)
    found = {OVERALL: treated & counted}
    if not found[OVERALL].any():
        raise NotIdentified("nobody_treated", **panel.span)
    for g in panel.cohorts:
        found[f"cohort:{label(g)}"] = treated & (panel.cohort == g)[:, None]
    for e in np.unique(event[np.isfinite(event)]):
        found[f"event:{label(e)}"] = event == e
    found = {name: cells for name, cells in found.items() if cells.any()}
    return tuple(found), np.stack(list(found.values()))


def _usable(one: Fitted) -> Fitted:
    """Return a fit; NotIdentified if its steps do not end, or end at no minimum."""
    if not one.converged.all():
        raise NotIdentified("fit_does_not_converge")
    if not one.determined.all():
        raise NotIdentified("loadings_not_determined", most=MOST_VARIANCE)
    return one


def _placebo(
    panel: StaggeredPanel,
    placebo: int,
    main: Fitted,
    without: tuple[float, ...],
    tolerance: float,
) -> Fitted:
    """Fit without the last periods before treatment, which stand for treated ones."""
    inside = (panel.observed & panel.treated).any(axis=1)
    first = np.searchsorted(panel.periods, panel.cohort)
    column = np.arange(len(panel.periods))
    last = (column >= first[:, None] - placebo) & (column < first[:, None])
    masked = main.rows & last & inside[:, None]
    kept = main.rows & ~masked
    require_untreated(panel, kept)
    require_rank(panel, kept, int(main.fewest[0]) - 1)
    means = (masked & ~np.isin(panel.cohort, without)[:, None])[None]
    return _usable(fit(main.kind, main.chosen, main.y, kept, means, tolerance))


def _errors(
    parts: list[Fitted],
    errors: Errors,
    draws: int,
    rng: np.random.Generator | None,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimates of the draws (R, m) and the errors (m,)."""
    n, m = len(parts[0].rows), sum(len(one.means) for one in parts)
    if errors == "none":
        return np.empty((0, m)), np.full(m, np.nan)
    if errors == "jackknife":
        picks, spread = jackknife_picks(n), jackknife_errors
    else:
        given = np.random.default_rng() if rng is None else rng
        picks, spread = bootstrap_picks(n, draws, given), bootstrap_errors
    each = [resampled(one, picks[None], tolerance)[0] for one in parts]
    drawn = np.concatenate(each, axis=1)
    return drawn, spread(drawn)


def _equivalence(
    panel: StaggeredPanel,
    rows: np.ndarray,
    names: tuple[str, ...],
    estimates: np.ndarray,
    errors: np.ndarray,
) -> Equivalence:
    """Test whether mean residuals before treatment lie within the bounds."""
    apart = (panel.y - two_way(panel.y[None], rows[None])[0])[rows]
    bound = EQUIVALENCE_SHARE * float(apart.std(ddof=1))
    before = [i for i, name in enumerate(names) if name.startswith("event:-")]
    if not before:
        return Equivalence(bound, np.nan, np.nan)
    means, spread = estimates[before], errors[before]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = special.ndtr((np.abs(means) - bound) / spread)
    return Equivalence(bound, float(means[np.argmax(np.abs(means))]), float(p.max()))


def ranks_of(one: Fitted) -> np.ndarray:
    """Return the factors (S,) of fits; of matrix completion, singular values above zero."""
    if one.kind == "interactive":
        return one.chosen.astype(int)
    values = np.linalg.svd(apart(one.fitted), compute_uv=False)
    scale = np.maximum(values[:, 0], np.abs(one.fitted).max(axis=(1, 2)))
    return (values > 1e-7 * scale[:, None]).sum(axis=1)
