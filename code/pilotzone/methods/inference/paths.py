"""Treatment paths, a unit's treatment in every period, and their permutations over units.

Paths are moved as a whole from unit to unit, so that every draw has the roll-out of the data: as
many first treated per year, nobody leaves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import Groups, encode, is_nested
from pilotzone.methods.inference.permutations import permutation_chunks, permutations

# Numbers in a chunk of permuted treatments: 8 MB of floats.
CHUNK_NUMBERS = 1_000_000
# The cohort of units that are never treated.
NEVER = 0


@dataclass(frozen=True, eq=False)
class PathTable:
    """The treatment of every unit in every period.

    Attributes
    ----------
    units, periods : (U,) and (T,) labels, each once.
    values : (U, T) treatment, binary or not, complete: a unit that is not observed in some period
        still has a treatment there, which another unit needs when it is given this path.

    Raises UserError if shapes differ, a label occurs twice or a value is missing.
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
    """The paths of a panel (N,) that observes every unit in every period.

    Raises UserError if a cell is missing or occurs twice. The paths of an unbalanced panel are not
    in its rows; build the table from the full roll-out, by ``cohort_paths`` or ``PathTable``.
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

    ``cohort`` (U,) is the first treated period of each of ``units``, 0 for never.
    """
    values = is_treated(np.asarray(cohort)[:, None], np.asarray(periods))
    return PathTable(np.asarray(units), np.asarray(periods), values)


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
    Iterator over (N, c) arrays of the table's type, R columns in all. The draws do not depend on
    the size of the chunks, and only one chunk is held at a time.

    Raises UserError if units or periods differ from those of the table, or strata vary within a
    unit.
    """
    rows, columns = paths.rows(unit, period)
    if len(np.unique(rows)) != len(paths.units):
        raise UserError(
            f"the path table has {len(paths.units)} units, the rows have {len(np.unique(rows))}; "
            "give the paths of the units in the sample only"
        )
    by_unit = None if strata is None else per_unit(strata, rows, len(paths.units), "strata")
    parts = permutation_chunks(len(paths.units), draws, rng, by_unit, chunk_draws(len(rows)))
    return (paths.values[part[:, rows], columns].T for part in parts)


def random_rollouts(
    cohort_sizes: Mapping[int, int],
    n_units: int,
    draws: int,
    rng: np.random.Generator,
    *,
    years: Sequence[int] | None = None,
) -> np.ndarray:
    """Fake roll-outs (R, U): random units are first treated in random years, 0 for never.

    Parameters
    ----------
    cohort_sizes : number of units first treated in each year.
    n_units : U; those beyond the cohorts are never treated. ``draws`` is R.
    years : without it the number of units first treated in each year is kept, which permutes the
        cohorts over the units. With it only the number of treated units is kept, and each draws its
        year from ``years`` with equal probability.

    Raises UserError if there are more treated units than units, or no year to draw from.
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


def is_treated(cohort: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Whether a cohort is treated in a period, by broadcasting."""
    return (cohort != NEVER) & (cohort <= period)


def chunk_draws(n_rows: int, at_once: int | None = None) -> int:
    """Draws in a chunk, such that its treatments are bounded, by so many numbers if it is said."""
    return max(1, (at_once or CHUNK_NUMBERS) // max(n_rows, 1))


def in_chunks(order: np.ndarray, n_rows: int, at_once: int | None = None) -> Iterator[np.ndarray]:
    """Rows of the draws such that a chunk of treatments is bounded; see ``chunk_draws``."""
    size = chunk_draws(n_rows, at_once)
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


def per_unit(labels: ArrayLike, rows: np.ndarray, count: int, name: str) -> np.ndarray:
    """The label (U,) of each unit, from those of the rows."""
    labels = np.asarray(labels)
    if len(labels) != len(rows):
        raise UserError(f"'{name}' has {len(labels)} values for {len(rows)} rows")
    if not is_nested(Groups(rows, count), encode(labels, name)):
        raise UserError(f"'{name}' varies within a unit; give one value per unit")
    by_unit = np.empty(count, dtype=labels.dtype)
    by_unit[rows] = labels
    return by_unit
