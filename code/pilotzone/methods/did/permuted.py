r"""Permuted cohorts: the place of a staggered estimate among those of dealt-out roll-outs.

Under the sharp null that treatment changes no outcome, y would be the same whoever had been treated
when. Whole cohort paths are dealt to other units, y stays, the estimator is run again, and with
t = θ̂ / length of its contributions the p value is (1 + #{|t*| ≥ |t|}) / (1 + R): exact if paths
were dealt by chance, whatever the dependence over time within a unit. Studentised, it also holds
its size against unequal variances of treated and untreated units in large samples (MacKinnon and
Webb 2020, Journal of Econometrics 218(2); Janssen 1997, Statistics and Probability Letters 36(1)).

Inversion. If treatment adds τ to every treated cell, y − τD is the outcome without it. Estimates
and contributions are linear in the outcome, so that θ*(y − τD) = θ*(y) − τ θ*(D): what a draw makes
of y and of D gives its statistic under every τ, see ``inversion``. The effect of a group, and what
it is more than that of another, add τ to treated cells of that group alone (``among``). A lead
takes nothing of D in the data: for it a constant effect is no alternative, and its interval is
θ̂ ± c · error with c the critical value of |t*| under no effect at all, which holds zero if and
only if p > 0.05.

Sums by cohort. Where the estimator sees no more than outcomes and cohorts, or these and a group
within which cohorts are dealt, and the panel is balanced, renaming the units of a class (a cohort,
or a cohort in a group) changes nothing, so that

θ = Σ_ct L_ct ȳ_ct,   φ_i = Σ_t A_{c(i)t} y_it + Σ_ct B_{c(i),ct} ȳ_ct.

L, A and B are found by running the estimator on one spike per class and period (``rollout_sums``);
they hang on the roll-out alone and serve any outcome. A draw is then a matter of sums over classes.
Otherwise each draw runs the estimator.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.rollout_sums import (
    Estimator,
    RolloutSums,
    Rows,
    Together,
    arranged,
    one_by_one,
    sums_by_class,
)
from pilotzone.methods.did.terms import Terms
from pilotzone.methods.inference.inversion import Inversion, Inversions
from pilotzone.methods.inference.paths import chunk_draws, is_treated
from pilotzone.methods.inference.permutations import permutation_chunks, reach, require_deals

LEAD = "event:-"


class PermutedTerms(Inversions):
    """Terms among those of permuted cohorts, t the estimate over the length of its contributions.

    A lead has the interval of the critical value: no alternative adds to the years before.
    """

    @functools.cached_property
    def limits(self) -> np.ndarray:
        reaches = reach(self.t_draws, self.level).tolist()
        return np.array(
            [
                (test.coefficient - r * test.std_error, test.coefficient + r * test.std_error)
                if name.startswith(LEAD)
                else test.interval(1 - self.level)
                for name, test, r in zip(self.names, self.tests, reaches, strict=True)
            ]
        ).T


class _Outcomes(NamedTuple):
    """y and the D of each alternative (1 + a, N), and which alternative a term has (q,)."""

    values: np.ndarray
    alternative: np.ndarray


class _Drawn(NamedTuple):
    """Numerators (2, R, q), of y and D, and squared errors (3, R, q): of y, the product, and D."""

    numerators: np.ndarray
    squares: np.ndarray


def cohort_permutations(
    cohort: ArrayLike, draws: int, rng: np.random.Generator, strata: ArrayLike | None = None
) -> Iterator[np.ndarray]:
    """Chunks (r, U) of permutations of units, within ``strata`` (U,) if given.

    ``cohort`` (U,) is that of each unit. Raises as ``permutations.require_deals``.
    """
    require_deals(cohort, strata)
    count = len(np.asarray(cohort))
    return permutation_chunks(count, draws, rng, strata, chunk_draws(4 * count))


def permuted_terms(
    estimator: Estimator | None,
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    orders: Iterable[np.ndarray],
    *,
    wanted: Iterable[str],
    alike: bool = True,
    group: ArrayLike | None = None,
    among: Mapping[str, ArrayLike] | None = None,
    together: Together | None = None,
    sums: RolloutSums | None = None,
    level: float = 0.95,
) -> PermutedTerms:
    """Test terms of a staggered estimator by permuting cohorts over units, and invert the test.

    Parameters
    ----------
    estimator : linear in the outcome, blind to unit and period effects; None beside ``together``.
    y, unit, period, cohort : (N,), see ``cohorts.staggered_panel``.
    orders : chunks (r, U) of permutations, R in all; in draw r unit i, in the order of
        ``cluster.encode``, is given the cohort of unit [r, i]. See ``cohort_permutations``.
    wanted : names among those of the estimator's terms.
    alike : whether the estimator sees outcomes, cohorts and groups alone (no controls, no clusters,
        no effects of a variable by period).
    group : (N,) labels that it sees, constant within units; cohorts are dealt within them.
    among : for a term, which rows (N,) its alternative adds τ to where they are treated; all for a
        term that is not named.
    together : the same estimator for several outcomes at once, if it has a faster way.
    sums : of ``rollout_sums``, where several outcomes share a roll-out; made anew if not given.

    Raises
    ------
    NotIdentified : if the estimator does on the data.
    UserError : if the sums are those of another roll-out, or of other terms.
    """
    rows = arranged(unit, period, cohort, group)
    run = together or one_by_one(estimator)
    outcomes, names = np.asarray(y, dtype=float)[None], tuple(wanted)
    (observed,) = run(outcomes, rows.cohorts)
    chosen = [observed.names.index(name) for name in names]
    given = _with_alternatives(outcomes, rows, np.asarray(period), names, among or {})
    if sums is None and alike and rows.balanced:
        sums = sums_by_class(run, rows, names)
    if sums is None:
        drawn = _by_refitting(run, rows, given, orders, names, observed.has_error[chosen])
    else:
        _require_same(sums, rows, names)
        drawn = _by_sums(sums, rows, given, orders)
    tests = tuple(_test(observed, k, drawn, j) for j, k in enumerate(chosen))
    return PermutedTerms(names, tests, level)


def _with_alternatives(
    outcomes: np.ndarray,
    rows: Rows,
    period: np.ndarray,
    names: tuple[str, ...],
    among: Mapping[str, ArrayLike],
) -> _Outcomes:
    """y, and D on the rows to which the alternative of some term adds."""
    treated = is_treated(rows.cohorts, period)
    everywhere = np.ones(len(period), dtype=bool)
    masks = [np.asarray(among.get(name, everywhere), dtype=bool) & treated for name in names]
    distinct = {mask.tobytes(): mask for mask in masks}
    order = list(distinct)
    alternative = np.array([order.index(mask.tobytes()) for mask in masks])
    return _Outcomes(np.vstack([outcomes, *distinct.values()]), alternative)


def _test(observed: Terms, k: int, drawn: _Drawn, j: int) -> Inversion:
    """The statistics of one term as functions of the effect τ, from those of y and D."""
    theta = float(observed.estimates[k])
    of_y, of_d = drawn.numerators[:, :, j]
    yy, yd, dd = drawn.squares[:, :, j]
    # About τ = θ̂: y − τD = (y − θ̂D) + (θ̂ − τ)D.
    numerators = np.stack([of_y - theta * of_d, of_d])
    squares = np.stack([yy - 2 * theta * yd + theta**2 * dd, 2 * (yd - theta * dd), dd])
    return Inversion(theta, float(observed.lengths[k]), 1.0, numerators, squares)


def _by_refitting(
    run: Together,
    rows: Rows,
    given: _Outcomes,
    orders: Iterable[np.ndarray],
    names: tuple[str, ...],
    has_error: np.ndarray,
) -> _Drawn:
    """Run the estimator on y and on D in every draw.

    A draw in which it, a term, or an error that the data have does not exist is NaN.
    """
    found = [
        _refitted(run, given, rows.cohort[order][rows.unit.codes], names, has_error)
        for chunk in orders
        for order in chunk
    ]
    return _Drawn(*(np.stack(parts, axis=1) for parts in zip(*found, strict=True)))


def _refitted(
    run: Together,
    given: _Outcomes,
    cohort: np.ndarray,
    names: tuple[str, ...],
    has_error: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Numerators (2, q) and squares (3, q) of one draw."""
    numerators, squares = np.full((2, len(names)), np.nan), np.full((3, len(names)), np.nan)
    try:
        of_y, *of_d = run(given.values, cohort)
    except NotIdentified:
        return numerators, squares
    place = {name: k for k, name in enumerate(of_y.names)}
    error = of_y.has_error
    there = [
        j
        for j, name in enumerate(names)
        if name in place and (error[place[name]] or not has_error[j])
    ]
    columns = [place[names[j]] for j in there]
    own = [of_d[a] for a in given.alternative[there]]
    one = of_y.influence[:, columns]
    other = np.array([d.influence[:, k] for d, k in zip(own, columns, strict=True)]).T
    numerators[0, there] = of_y.estimates[columns]
    numerators[1, there] = [d.estimates[k] for d, k in zip(own, columns, strict=True)]
    squares[:, there] = [(a * b).sum(axis=0) for a, b in ((one, one), (one, other), (other, other))]
    return numerators, squares


def _require_same(sums: RolloutSums, rows: Rows, names: tuple[str, ...]) -> None:
    """Refuse sums of other terms or of another roll-out."""
    if sums.names != names:
        raise UserError(f"the sums are of {', '.join(sums.names)}; asked for: {', '.join(names)}")
    same = np.array_equal(sums.cohort, rows.cohort) and np.array_equal(sums.group, rows.group)
    if not (same and rows.balanced and sums.periods == rows.period.count):
        raise UserError("the sums are those of another roll-out; make them on these rows")


def _by_sums(
    sums: RolloutSums, rows: Rows, given: _Outcomes, orders: Iterable[np.ndarray]
) -> _Drawn:
    """Sums over classes in every draw; the cells are those of the data in all of them."""
    code, sizes = sums.code, sums.sizes
    z = np.zeros((len(given.values), rows.unit.count, rows.period.count))
    z[:, rows.unit.codes, rows.period.codes] = given.values
    # The estimator is blind to both means; without them little is lost to rounding.
    z -= z.mean(axis=1, keepdims=True)
    z -= z.mean(axis=2, keepdims=True)
    # (1 + a, C, U, q)
    own = z[:, None] @ sums.own
    # Of each term those of y and of its own D, (2, C, U, q).
    own = np.stack([own[0], _of_term(own, given.alternative)])
    products = np.stack([own[0] ** 2, own[0] * own[1], own[1] ** 2])
    parts = []
    for order in orders:
        # Which units are dealt to each class, (C, r, U).
        dealt = (code[order] == np.arange(len(sizes))[:, None, None]).astype(float)
        means = (dealt @ z[:, None]) / sizes[:, None, None]
        common = np.einsum("vcrt,gctq->vgrq", means, sums.common, optimize=True)
        common = np.stack([common[0], _of_term(common, given.alternative)])
        totals = dealt @ own
        squares = (dealt @ products).sum(axis=1)
        for place, (v, w) in enumerate(((0, 0), (0, 1), (1, 1))):
            both = totals[v] * common[w] + totals[w] * common[v]
            both += sizes[:, None, None] * common[v] * common[w]
            squares[place] += both.sum(axis=0)
        level = np.einsum("vcrt,ctq->vrq", means, sums.level, optimize=True)
        parts.append((np.stack([level[0], _of_term(level, given.alternative)]), squares))
    return _Drawn(*(np.concatenate(part, axis=1) for part in zip(*parts, strict=True)))


def _of_term(values: np.ndarray, alternative: np.ndarray) -> np.ndarray:
    """Of (1 + a, …, q) the numbers of each term's own D, (…, q)."""
    return values[1 + alternative, ..., np.arange(len(alternative))].transpose(
        *range(1, values.ndim - 1), 0
    )
