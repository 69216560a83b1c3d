r"""Randomisation inference: what the estimate would be had chance treated other units.

Treatment paths, a unit's treatment in every period, are moved as a whole from unit to unit, so
that every draw has the roll-out of the data: as many first treated per year, nobody leaves. Under
the sharp null of no effect on any unit the outcomes would be the same, and the share of draws with
a statistic at least as large is an exact p value if paths were assigned by chance (Fisher 1935,
The Design of Experiments; Young 2019, Quarterly Journal of Economics 134(2)). The t statistic
suffers less than the coefficient where units differ in size or variance (MacKinnon and Webb 2020,
Journal of Econometrics 218(2)).

All p values count the data as one of the draws: p = (1 + #{|s*| ≥ |s|}) / (1 + R).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import Groups, encode, is_nested
from pilotzone.methods.inference.fwl import FixedEffects, batch

# Statistics that differ by less than this share are the same up to rounding: a permutation that
# exchanges two units with the same path repeats the statistic of the data, not its last digit.
TIES = 1e-10
# Numbers in a chunk of permuted treatments: 8 MB of floats.
CHUNK_NUMBERS = 1_000_000
# The cohort of units that are never treated.
NEVER = 0


def p_value(observed: ArrayLike, drawn: ArrayLike) -> np.ndarray:
    """Share of statistics at least as large as the observed, itself included.

    p = (1 + #{|s*| ≥ |s|}) / (1 + R). Values equal up to 1e-10 of |s| count as ties, and a draw
    whose statistic does not exist (NaN) counts as large.

    Parameters
    ----------
    observed : scalar or (q,) statistics of the data.
    drawn : (R,) or (R, q) statistics of the draws.

    Returns
    -------
    Scalar or (q,) array.

    Notes
    -----
    Phipson and Smyth (2010, Statistical Applications in Genetics and Molecular Biology 9(1)):
    without the 1 the test rejects too often.
    """
    drawn = np.abs(np.asarray(drawn, dtype=float))
    large = (drawn >= np.abs(observed) * (1 - TIES)) | np.isnan(drawn)
    return (1 + np.count_nonzero(large, axis=0)) / (1 + len(drawn))


# --------------------------------------------------------------------------------------
# Paths and their permutations
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class PathTable:
    """The treatment of every unit in every period.

    Attributes
    ----------
    units, periods : (U,) and (T,) labels, each once.
    values : (U, T) treatment, binary or not, complete: a unit that is not observed in some period
        still has a treatment there, which another unit needs when it is given this path.

    Raises
    ------
    UserError
        If shapes differ, a label occurs twice or a value is missing.
    """

    units: np.ndarray
    periods: np.ndarray
    values: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("units", "periods", "values"):
            object.__setattr__(self, name, np.array(getattr(self, name)))
        shape = (len(self.units), len(self.periods))
        if self.values.shape != shape:
            raise UserError(
                f"the paths have shape {self.values.shape}, {shape[0]} units and {shape[1]} "
                "periods are named; give one row per unit and one column per period"
            )
        for name, labels in (("unit", self.units), ("period", self.periods)):
            if encode(labels, name).count != len(labels):
                raise UserError(f"a {name} of the path table is named twice; name each once")
        if not np.isfinite(self.values.astype(float)).all():
            raise UserError(
                "the path table has missing values; give every unit a treatment in every period"
            )

    def rows(self, unit: ArrayLike, period: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of the table for each row of a panel."""
        return _positions(unit, self.units, "unit"), _positions(period, self.periods, "period")

    def at(self, unit: ArrayLike, period: ArrayLike) -> np.ndarray:
        """Treatment (N,) of the rows of a panel."""
        return self.values[self.rows(unit, period)]


def path_table(unit: ArrayLike, period: ArrayLike, treatment: ArrayLike) -> PathTable:
    """The paths of a panel that observes every unit in every period.

    Parameters
    ----------
    unit, period : (N,) labels.
    treatment : (N,) values.

    Raises
    ------
    UserError
        If a cell is missing or occurs twice. The paths of an unbalanced panel are not in its rows;
        build the table from the full roll-out, by ``cohort_paths`` or ``PathTable``.
    """
    units, rows = np.unique(np.asarray(unit), return_inverse=True)
    periods, columns = np.unique(np.asarray(period), return_inverse=True)
    counts = np.bincount(rows * len(periods) + columns, minlength=len(units) * len(periods))
    if np.any(counts != 1):
        raise UserError(
            f"{np.count_nonzero(counts == 0)} of {len(counts)} pairs of unit and period are not "
            f"observed and {np.count_nonzero(counts > 1)} occur more than once, so the rows do not "
            "hold complete treatment paths; pass a path table of the full roll-out"
        )
    treatment = np.asarray(treatment)
    values = np.empty((len(units), len(periods)), dtype=treatment.dtype)
    values[rows, columns] = treatment
    return PathTable(units, periods, values)


def cohort_paths(units: ArrayLike, periods: ArrayLike, cohort: ArrayLike) -> PathTable:
    """Paths that are 0 before the cohort's year and 1 from it on.

    Parameters
    ----------
    units : (U,) labels, each once.
    periods : (T,) numbers.
    cohort : (U,) first treated period, 0 for never.
    """
    return PathTable(
        np.asarray(units),
        np.asarray(periods),
        _treated(np.asarray(cohort)[:, None], np.asarray(periods)),
    )


def permutations(
    count: int, draws: int, rng: np.random.Generator, strata: ArrayLike | None = None
) -> np.ndarray:
    """Random permutations of 0 … count − 1, each row one draw, within strata if given.

    Parameters
    ----------
    count : number U of units.
    draws : number R of permutations.
    strata : (U,) labels; units change places within a stratum only.

    Returns
    -------
    (R, U) integers: in draw r unit j gets what unit [r, j] has.
    """
    _positive_draws(draws)
    order = np.tile(np.arange(count, dtype=np.int32), (draws, 1))
    if strata is None:
        return rng.permuted(order, axis=1)
    groups = encode(strata, "strata")
    for stratum in range(groups.count):
        members = np.flatnonzero(groups.codes == stratum)
        order[:, members] = rng.permuted(order[:, members], axis=1)
    return order


def permute_paths(
    unit: ArrayLike,
    period: ArrayLike,
    paths: PathTable,
    draws: int,
    rng: np.random.Generator,
    strata: ArrayLike | None = None,
) -> Iterator[np.ndarray]:
    """Treatments under random permutations of whole paths over units, in chunks of columns.

    d*_it = path of unit π(i) in period t, with π a random permutation of the units of the table.
    In an unbalanced panel the rows stay those of the data: a unit that is given the path of
    another takes it in the periods in which it is itself observed, also where the other is not.

    Parameters
    ----------
    unit, period : (N,) labels of the rows; every unit of the table has a row.
    paths : complete table of treatments, see ``path_table`` for balanced panels.
    draws : R.
    strata : (N,) labels, constant within units; paths move within a stratum only.

    Returns
    -------
    Iterator over (N, c) arrays of the table's type, R columns in all. All permutations are drawn
    first, so the draws do not depend on the size of the chunks.

    Raises
    ------
    UserError
        If units or periods differ from those of the table, or strata vary within a unit.
    """
    rows, columns = paths.rows(unit, period)
    if len(np.unique(rows)) != len(paths.units):
        raise UserError(
            f"the path table has {len(paths.units)} units, the rows have {len(np.unique(rows))}; "
            "give the paths of the units in the sample only"
        )
    by_unit = None if strata is None else _per_unit(strata, rows, len(paths.units), "strata")
    order = permutations(len(paths.units), draws, rng, by_unit)
    return (paths.values[part[:, rows], columns].T for part in _chunks(order, len(rows)))


def random_rollouts(
    cohort_sizes: Mapping[int, int],
    n_units: int,
    draws: int,
    rng: np.random.Generator,
    *,
    years: Sequence[int] | None = None,
) -> np.ndarray:
    """Fake roll-outs: random units are first treated in random years.

    Parameters
    ----------
    cohort_sizes : number of units first treated in each year.
    n_units : U; those beyond the cohorts are never treated (0).
    draws : R.
    years : without it the number of units first treated in each year is kept, which permutes the
        cohorts over the units. With it only the number of treated units is kept, and each draws its
        year from ``years`` with equal probability.

    Returns
    -------
    (R, U) years, 0 for never.

    Raises
    ------
    UserError
        If there are more treated units than units, or no year to draw from.
    """
    sizes = np.array(list(cohort_sizes.values()), dtype=int)
    if sizes.sum() > n_units or np.any(sizes < 0):
        raise UserError(
            f"{sizes.sum()} units are first treated in some year, there are {n_units} units; "
            "check the sizes of the cohorts"
        )
    cohort = np.full(n_units, NEVER)
    cohort[: sizes.sum()] = np.repeat(np.array(list(cohort_sizes), dtype=int), sizes)
    rollouts = cohort[permutations(n_units, draws, rng)]
    if years is None:
        return rollouts
    if not len(years):
        raise UserError("there is no year to draw from; give at least one")
    return np.where(rollouts == NEVER, NEVER, rng.choice(np.asarray(years), rollouts.shape))


# --------------------------------------------------------------------------------------
# Tests
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RandomisationTest:
    """A two-way coefficient among those of permuted treatments.

    Attributes
    ----------
    coefficient, t : of the data, t with the CRV1 error.
    p_value : on |t|; ``p_value_coefficient`` on the absolute coefficient.
    coefficients, t_draws : (R,), NaN where the draw has no variation within the effects.
    draws : R.
    n_undefined : draws without a statistic, counted as at least as large.
    """

    coefficient: float
    t: float
    p_value: float
    p_value_coefficient: float
    coefficients: np.ndarray = field(repr=False)
    t_draws: np.ndarray = field(repr=False)
    draws: int
    n_undefined: int


def randomise_paths(
    y: ArrayLike,
    paths: PathTable,
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    draws: int,
    rng: np.random.Generator,
    strata: ArrayLike | None = None,
    control_names: Sequence[str] | None = None,
) -> RandomisationTest:
    """Randomisation test of a treatment's coefficient by permutations of whole paths.

    Parameters
    ----------
    y : (N,) outcome.
    paths : complete table of treatments; the rows' own treatment is looked up in it.
    controls : (N, k) or None; they stay with their unit.
    effects, cluster : fixed effects and (N,) clusters of the regression, see ``fwl.batch``.
    unit, period, draws, strata : see ``permute_paths``.
    control_names : for messages.

    Raises
    ------
    NotIdentified
        If the treatment has no variation within effects and controls.
    UserError
        As ``permute_paths`` and ``fwl.batch``.
    """
    chunks = permute_paths(unit, period, paths, draws, rng, strata)
    return _compare(y, paths.at(unit, period), chunks, controls, effects, cluster, control_names)


def fake_rollout(
    y: ArrayLike,
    cohort: ArrayLike,
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    draws: int,
    rng: np.random.Generator,
    years: Sequence[int] | None = None,
    control_names: Sequence[str] | None = None,
) -> RandomisationTest:
    """The field's placebo test: fake zones in random units from random years on.

    The treatment is 1 from the unit's cohort on. See ``random_rollouts`` for what is kept.

    Parameters
    ----------
    y : (N,) outcome.
    cohort : (N,) first treated period, constant within units, 0 for never.
    controls, effects, cluster, unit, control_names : as in ``randomise_paths``.
    period : (N,) numbers.
    draws : R.
    years : years to draw from, or None to keep the number first treated in each.

    Raises
    ------
    NotIdentified, UserError
        As ``randomise_paths``.
    """
    groups, period = encode(unit, "unit"), np.asarray(period)
    by_unit = _per_unit(cohort, groups.codes, groups.count, "cohort")
    first, counts = np.unique(by_unit[by_unit != NEVER], return_counts=True)
    sizes = dict(zip(first.tolist(), counts.tolist(), strict=True))
    rollouts = random_rollouts(sizes, groups.count, draws, rng, years=years)
    chunks = (
        _treated(part[:, groups.codes], period).T for part in _chunks(rollouts, len(groups.codes))
    )
    observed = _treated(by_unit[groups.codes], period)
    return _compare(y, observed, chunks, controls, effects, cluster, control_names)


def _compare(
    y: ArrayLike,
    observed: np.ndarray,
    chunks: Iterable[np.ndarray],
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    control_names: Sequence[str] | None,
) -> RandomisationTest:
    """The coefficient of the data among those of the chunks of treatments."""
    groups = encode(cluster, "cluster")
    fits = [
        batch(y, part, controls, effects, groups, control_names=control_names)
        for part in (observed, *chunks)
    ]
    if fits[0].degenerate[0]:
        raise NotIdentified("flat_in_effects", effects=effects.parts)
    coefficients = np.concatenate([part.coefficients for part in fits[1:]])
    t_draws = np.concatenate([part.t for part in fits[1:]])
    coefficient, t = float(fits[0].coefficients[0]), float(fits[0].t[0])
    return RandomisationTest(
        coefficient=coefficient,
        t=t,
        p_value=float(p_value(t, t_draws)),
        p_value_coefficient=float(p_value(coefficient, coefficients)),
        coefficients=coefficients,
        t_draws=t_draws,
        draws=len(t_draws),
        n_undefined=int(np.isnan(t_draws).sum()),
    )


@dataclass(frozen=True, eq=False)
class StatisticTest:
    """Any statistic of the cohorts among those of permuted cohorts.

    Attributes
    ----------
    observed : scalar or (q,) statistics of the data.
    draws : (R,) or (R, q) statistics of the draws.
    p_value : scalar or (q,).
    n_undefined : draws without one of the statistics, counted as at least as large.
    """

    observed: np.ndarray
    draws: np.ndarray = field(repr=False)
    p_value: np.ndarray
    n_undefined: int


def randomise(
    statistic: Callable[[np.ndarray], np.ndarray],
    cohort: ArrayLike,
    draws: int,
    rng: np.random.Generator,
    *,
    strata: ArrayLike | None = None,
    batch_size: int = 500,
) -> StatisticTest:
    """Randomisation test of any statistic that depends on who is treated when.

    Parameters
    ----------
    statistic : function of (r, U) cohorts, one assignment per row, that returns (r,) or (r, q)
        statistics, NaN where one does not exist.
    cohort : (U,) first treated periods of the data.
    draws : R.
    strata : (U,) labels; cohorts move within a stratum only.
    batch_size : assignments given to ``statistic`` at a time.

    Raises
    ------
    NotIdentified
        If a statistic of the data does not exist.
    UserError
        If the statistic does not return one row per assignment.
    """
    cohort = np.asarray(cohort)
    order = permutations(len(cohort), draws, rng, strata)
    observed = _evaluate(statistic, cohort[None, :])[0]
    if not np.isfinite(observed).all():
        raise NotIdentified("no_statistic")
    parts = [order[first : first + batch_size] for first in range(0, draws, batch_size)]
    drawn = np.concatenate([_evaluate(statistic, cohort[part]) for part in parts])
    undefined = np.isnan(drawn) if drawn.ndim == 1 else np.isnan(drawn).any(axis=1)
    return StatisticTest(
        observed, drawn, np.asarray(p_value(observed, drawn)), int(np.count_nonzero(undefined))
    )


# --------------------------------------------------------------------------------------
# Parts
# --------------------------------------------------------------------------------------


def _evaluate(statistic: Callable[[np.ndarray], np.ndarray], cohorts: np.ndarray) -> np.ndarray:
    """The statistic of each row of cohorts."""
    values = np.asarray(statistic(cohorts), dtype=float)
    if values.ndim not in (1, 2) or len(values) != len(cohorts):
        raise UserError(
            f"the statistic returned shape {values.shape} for {len(cohorts)} assignments; "
            "it should return one row for each"
        )
    return values


def _treated(cohort: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Whether a cohort is treated in a period, by broadcasting."""
    return (cohort != NEVER) & (cohort <= period)


def _chunks(order: np.ndarray, n_rows: int) -> Iterator[np.ndarray]:
    """Rows of the draws such that a chunk of treatments is bounded."""
    size = max(1, CHUNK_NUMBERS // max(n_rows, 1))
    for first in range(0, len(order), size):
        yield order[first : first + size]


def _positions(labels: ArrayLike, levels: np.ndarray, name: str) -> np.ndarray:
    """Where each label stands among the levels."""
    labels = np.asarray(labels)
    sorter = np.argsort(levels, kind="stable")
    found = np.searchsorted(levels, labels, sorter=sorter).clip(max=len(levels) - 1)
    positions = sorter[found]
    strange = levels[positions] != labels
    if np.any(strange):
        raise UserError(
            f"{name} {labels[strange][0]} has no place in the path table; add it or drop its rows"
        )
    return positions


def _per_unit(labels: ArrayLike, rows: np.ndarray, count: int, name: str) -> np.ndarray:
    """The label (U,) of each unit, from those of the rows."""
    labels = np.asarray(labels)
    if len(labels) != len(rows):
        raise UserError(f"'{name}' has {len(labels)} values for {len(rows)} rows")
    if not is_nested(Groups(rows, count), encode(labels, name)):
        raise UserError(f"'{name}' varies within a unit; give one value per unit")
    by_unit = np.empty(count, dtype=labels.dtype)
    by_unit[rows] = labels
    return by_unit


def _positive_draws(draws: int) -> None:
    """Refuse a test without draws."""
    if draws < 1:
        raise UserError(f"{draws} draws; at least 1 is needed")
