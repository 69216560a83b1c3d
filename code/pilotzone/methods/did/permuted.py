r"""Permuted cohorts: the place of a staggered estimate among those of dealt-out roll-outs.

Under the sharp null that treatment changes no outcome, y would be the same whoever had been treated
when. Whole cohort paths are dealt to other units, y stays, the estimator is run again, and with
t = θ̂ / length of its contributions the p value is (1 + #{|t*| ≥ |t|}) / (1 + R): exact if paths
were dealt by chance, whatever the dependence over time within a unit. Studentised, it also holds
its size against unequal variances of treated and untreated units in large samples (MacKinnon and
Webb 2020, Journal of Econometrics 218(2); Janssen 1997, Statistics and Probability Letters 36(1)).

Inversion. If treatment adds τ to every treated cell, y − τD is the outcome without it. Estimates
and contributions are linear in the outcome, so that θ*(y − τD) = θ*(y) − τ θ*(D): what a draw makes
of y and of D gives its statistic under every τ, see ``inference.inversion``. A lead takes nothing
of D in the data: for it a constant effect is no alternative, and its interval is θ̂ ± c · error
with c the critical value of |t*| under no effect at all, which holds zero if and only if p > 0.05.

Sums by cohort. Where the estimator sees no more than outcomes and cohorts and the panel is
balanced, renaming the units of a cohort changes nothing, so that

θ = Σ_ct L_ct ȳ_ct,   φ_i = Σ_t A_{c(i)t} y_it + Σ_ct B_{c(i),ct} ȳ_ct.

L, A and B are found by running the estimator on one spike per cohort and period; a draw is then a
matter of sums over cohorts. Otherwise each draw runs the estimator twice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.terms import Terms
from pilotzone.methods.inference.cluster import Groups, encode
from pilotzone.methods.inference.inversion import Inversion
from pilotzone.methods.inference.paths import chunk_draws, is_treated, per_unit
from pilotzone.methods.inference.permutations import permutation_chunks, reach, require_deals

# Outcome (N,) and cohort of each row (N,) to cells and averages.
Estimator = Callable[[np.ndarray, np.ndarray], Terms]
LEAD = "event:-"


@dataclass(frozen=True, eq=False)
class PermutedTerms:
    """Terms among those of permuted cohorts, q of them.

    Attributes
    ----------
    names : the terms that were asked for.
    t : (q,) estimate over the length of its contributions.
    p_values, low, high : (q,); a limit is infinite where no effect on that side is rejected.
    t_draws : (R, q) under no effect; NaN where a draw has none, which counts as large.
    """

    names: tuple[str, ...]
    t: np.ndarray
    p_values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    t_draws: np.ndarray = field(repr=False)


class _Rows(NamedTuple):
    """A panel in long form: units and periods as codes, the cohort of each unit, D of each row."""

    unit: Groups
    period: Groups
    cohort: np.ndarray
    treated: np.ndarray

    @property
    def balanced(self) -> bool:
        """Whether every unit has a row in every period."""
        return len(self.unit.codes) == self.unit.count * self.period.count


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
    estimator: Estimator,
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    orders: Iterable[np.ndarray],
    *,
    wanted: Iterable[str],
    alike: bool = True,
    level: float = 0.95,
) -> PermutedTerms:
    """Test terms of a staggered estimator by permuting cohorts over units, and invert the test.

    Parameters
    ----------
    estimator : linear in the outcome, blind to unit and period effects.
    y, unit, period, cohort : (N,), see ``cohorts.staggered_panel``.
    orders : chunks (r, U) of permutations, R in all; in draw r unit i, in the order of
        ``cluster.encode``, is given the cohort of unit [r, i]. See ``cohort_permutations``.
    wanted : names among those of the estimator's terms.
    alike : whether the estimator sees outcomes and cohorts alone (no controls, no clusters, no
        effects of a variable by period).

    Raises NotIdentified if the estimator does on the data.
    """
    made = cohort_test(estimator, unit, period, cohort, wanted=wanted, alike=alike)
    return terms_tested(made, y, orders, level=level)


def terms_tested(
    made: "CohortTest", y: ArrayLike, orders: Iterable[np.ndarray], *, level: float = 0.95
) -> PermutedTerms:
    """Test an outcome (N,) as ``permuted_terms`` does, on a roll-out that was prepared."""
    names, tests = made.names, made.inversions(y, orders)
    t_draws = np.column_stack([test.drawn(0.0) for test in tests])
    half = reach(t_draws, level) * [test.std_error for test in tests]
    low, high = np.array(
        [
            (test.coefficient - h, test.coefficient + h)
            if name.startswith(LEAD)
            else test.interval(1 - level)
            for name, test, h in zip(names, tests, half, strict=True)
        ]
    ).T
    return PermutedTerms(
        names=names,
        t=np.array([test.observed(0.0) for test in tests]),
        p_values=np.array([test.p(0.0) for test in tests]),
        low=low,
        high=high,
        t_draws=t_draws,
    )


@dataclass(frozen=True, eq=False)
class CohortTest:
    """Terms of an estimator on one roll-out, to be tested on any outcome; see ``cohort_test``."""

    estimator: Estimator
    names: tuple[str, ...]
    rows: _Rows
    sums: "_Sums | None" = field(repr=False)

    def inversions(self, y: ArrayLike, orders: Iterable[np.ndarray]) -> list[Inversion]:
        """The tests of an outcome (N,) against ``orders``, one per name, under every null.

        Raises NotIdentified if the estimator does.
        """
        rows, y = self.rows, np.asarray(y, dtype=float)
        observed = self.estimator(y, rows.cohort[rows.unit.codes])
        outcomes = np.stack([y, rows.treated])
        chosen = [observed.names.index(name) for name in self.names]
        if self.sums is None:
            has_error = observed.has_error[chosen]
            drawn = _by_refitting(self.estimator, rows, outcomes, orders, self.names, has_error)
        else:
            drawn = _by_sums(self.sums, rows, outcomes, orders)
        return [_test(observed, k, drawn, j) for j, k in enumerate(chosen)]


def cohort_test(
    estimator: Estimator,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    wanted: Iterable[str],
    alike: bool = True,
) -> CohortTest:
    """Prepare the test of ``permuted_terms`` for many outcomes on one roll-out.

    Parameters and what is raised: see there. Sums by cohort do not depend on the outcome.
    """
    groups = encode(unit, "unit")
    by_unit = per_unit(cohort, groups.codes, groups.count, "cohort")
    treated = is_treated(by_unit[groups.codes], np.asarray(period))
    rows = _Rows(groups, encode(period, "period"), by_unit, treated.astype(float))
    names = tuple(wanted)
    sums = _spiked(estimator, rows, names) if alike and rows.balanced else None
    return CohortTest(estimator, names, rows, sums)


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
    estimator: Estimator,
    rows: _Rows,
    outcomes: np.ndarray,
    orders: Iterable[np.ndarray],
    names: tuple[str, ...],
    has_error: np.ndarray,
) -> _Drawn:
    """Run the estimator on y and on D in every draw.

    A draw in which it, a term, or an error that the data have does not exist is NaN.
    """
    found = [
        _refitted(estimator, outcomes, rows.cohort[order][rows.unit.codes], names, has_error)
        for chunk in orders
        for order in chunk
    ]
    return _Drawn(*(np.stack(parts, axis=1) for parts in zip(*found, strict=True)))


def _refitted(
    estimator: Estimator,
    outcomes: np.ndarray,
    cohort: np.ndarray,
    names: tuple[str, ...],
    has_error: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Numerators (2, q) and squares (3, q) of one draw."""
    numerators, squares = np.full((2, len(names)), np.nan), np.full((3, len(names)), np.nan)
    try:
        of_y, of_d = (estimator(outcome, cohort) for outcome in outcomes)
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
    one, other = of_y.influence[:, columns], of_d.influence[:, columns]
    numerators[:, there] = of_y.estimates[columns], of_d.estimates[columns]
    squares[:, there] = [(a * b).sum(axis=0) for a, b in ((one, one), (one, other), (other, other))]
    return numerators, squares


class _Sums(NamedTuple):
    """L (C, T, q), A (C, T, q) and B (C, C, T, q) of the text; B's first axis is that of c(i).

    With the code (U,) of each unit's cohort and the cohorts' sizes (C,).
    """

    code: np.ndarray
    sizes: np.ndarray
    level: np.ndarray
    own: np.ndarray
    common: np.ndarray


def _by_sums(
    sums: _Sums, rows: _Rows, outcomes: np.ndarray, orders: Iterable[np.ndarray]
) -> _Drawn:
    """Sums over cohorts in every draw; the cells are those of the data in all of them."""
    code, sizes = sums.code, sums.sizes
    z = np.zeros((2, rows.unit.count, rows.period.count))
    z[:, rows.unit.codes, rows.period.codes] = outcomes
    # The estimator is blind to both means; without them little is lost to rounding.
    z -= z.mean(axis=1, keepdims=True)
    z -= z.mean(axis=2, keepdims=True)
    own = np.einsum("vit,ctq->vciq", z, sums.own)
    products = np.stack([own[0] ** 2, own[0] * own[1], own[1] ** 2])
    parts = []
    for order in orders:
        given = (code[order][:, None] == np.arange(len(sizes))[:, None]).astype(float)
        means = np.einsum("rci,vit->vrct", given, z, optimize=True) / sizes[:, None]
        common = np.einsum("vrct,gctq->vrgq", means, sums.common)
        totals = np.einsum("rci,vciq->vrcq", given, own, optimize=True)
        squares = np.einsum("rci,vciq->vrq", given, products, optimize=True)
        for place, (v, w) in enumerate(((0, 0), (0, 1), (1, 1))):
            both = totals[v] * common[w] + totals[w] * common[v]
            both += sizes[:, None] * common[v] * common[w]
            squares[place] += both.sum(axis=1)
        parts.append((np.einsum("vrct,ctq->vrq", means, sums.level), squares))
    return _Drawn(*(np.concatenate(part, axis=1) for part in zip(*parts, strict=True)))


def _spiked(estimator: Estimator, rows: _Rows, names: tuple[str, ...]) -> _Sums:
    """Run the estimator on y = 1 in one period of one unit of each cohort, 0 elsewhere."""
    code, sizes = np.unique(rows.cohort, return_inverse=True, return_counts=True)[1:]
    cohorts, periods, q = len(sizes), rows.period.count, len(names)
    first = np.array([np.flatnonzero(code == c)[0] for c in range(cohorts)])
    second = np.array([np.flatnonzero(code == c)[min(1, sizes[c] - 1)] for c in range(cohorts)])
    level, own = np.zeros((2, cohorts, periods, q))
    common = np.zeros((cohorts, cohorts, periods, q))
    of_rows = rows.cohort[rows.unit.codes]
    for c in range(cohorts):
        # Another unit of the cohort shows what the cohort's mean does to all its units.
        shown = np.where(np.arange(cohorts) == c, second, first)
        for t in range(periods):
            spike = (rows.unit.codes == first[c]) & (rows.period.codes == t)
            terms = estimator(spike.astype(float), of_rows)
            columns = [terms.names.index(name) for name in names]
            phi = terms.influence[:, columns]
            level[c, t] = sizes[c] * terms.estimates[columns]
            common[:, c, t] = sizes[c] * phi[shown]
            own[c, t] = phi[first[c]] - phi[second[c]]
    return _Sums(code, sizes, level, own, common)
