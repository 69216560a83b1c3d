"""Blocks of the lattice: all regressions on the same rows, effects and treatment of singletons."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from pilotzone.methods.inference.cluster import Groups, subset
from pilotzone.methods.inference.effects import FixedEffects, rows_alone
from pilotzone.whose.candidates import Candidates, Job, Pair, Sample, Subset
from pilotzone.whose.config import NONE
from pilotzone.whose.regressions import Projection


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """Regressions on one projection.

    Attributes
    ----------
    sample : rows and regressions.
    effects : as the configuration names them.
    nobs : rows of the regressions.
    projection : None where it was not asked for.
    """

    sample: Sample
    effects: str
    nobs: int
    projection: Projection | None

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Regressions: sets of controls by pairs of outcome and treatment."""
        return self.sample.jobs

    @property
    def count(self) -> int:
        """Number of regressions."""
        return sum(len(job.pairs) * len(job.subsets) for job in self.jobs)

    def slopes(self, job: Job) -> np.ndarray:
        """Return the treatment's coefficient, (pairs, subsets) of a job; NaN if not identified."""
        outcomes = list(dict.fromkeys(outcome for outcome, _ in job.pairs))
        treatments = list(dict.fromkeys(treatment for _, treatment in job.pairs))
        table = self.projection.slopes(job.subsets, treatments, outcomes)
        rows = [
            table[:, treatments.index(treatment), outcomes.index(outcome)]
            for outcome, treatment in job.pairs
        ]
        return np.stack(rows)


@dataclasses.dataclass(frozen=True, eq=False)
class Regression:
    """One regression of a block."""

    block: Block
    pair: Pair
    controls: Subset

    @property
    def regressors(self) -> tuple[str, ...]:
        """The treatment, then the controls."""
        return (self.pair[1], *self.controls)

    @property
    def choices(self) -> tuple[str, ...]:
        """Outcome, treatment, controls, sample, effects, transform, lag, weights in words."""
        (outcome, transform), treatment = self.pair
        rows = self.block.sample
        controls = "+".join(self.controls)
        where = (rows.name, self.block.effects, transform, str(rows.lag), rows.weights)
        return (outcome, treatment, controls, *where)


CHOICES = ("outcome", "treatment", "controls", "sample", "effects", "transform", "lag", "weights")


# Takes the number of a block in its order and its rows.
Wanted = Callable[[int, int], bool]


def blocks(candidates: Candidates, wanted: Wanted) -> Iterator[Block]:
    """Give all blocks of the lattice in a fixed order; only those ``wanted`` are projected.

    Where there are singletons a block with and one without them is given.
    """
    number = itertools.count()
    for sample in candidates.rows():
        if not len(sample.rows):
            continue
        for effects in candidates.config.effects:
            yield from _blocks(candidates, sample, effects, wanted, number)


def _blocks(
    candidates: Candidates,
    sample: Sample,
    effects: str,
    wanted: Wanted,
    number: Iterator[int],
) -> Iterator[Block]:
    factors, slopes = candidates.factors(effects)
    groups = [subset(candidates.groups(name), sample.rows) for name in factors]
    alone = rows_alone(groups, len(sample.rows))
    ways = [sample.rows, sample.rows[~alone]] if alone.any() else [sample.rows]
    for rows in ways:
        if not len(rows):
            continue
        asked = wanted(next(number), len(rows))
        made = _projected(candidates, sample, rows, factors, slopes) if asked else None
        yield Block(sample, effects, len(rows), made)


def _projected(
    candidates: Candidates,
    sample: Sample,
    rows: np.ndarray,
    factors: list[str],
    slopes: list[str],
) -> Projection:
    def groups_of(name: str) -> Groups:
        return subset(candidates.groups(name), rows)

    period = candidates.period[rows].astype(float)
    weights = None if sample.weights == NONE else candidates.numbers(sample.weights)[rows]
    effects = FixedEffects(
        [groups_of(name) for name in factors],
        [(groups_of(name), period) for name in slopes],
        weights=weights,
        names=factors,
        n=len(rows),
    )
    pairs = dict.fromkeys(pair for job in sample.jobs for pair in job.pairs)
    held = {name for job in sample.jobs for names in job.subsets for name in names}
    controls = [name for name in candidates.config.regressors if name in held]
    regressors = dict.fromkeys((*controls, *(treatment for _, treatment in pairs)))
    columns: dict[object, np.ndarray] = {
        name: candidates.regressor(name, sample.lag)[rows] for name in regressors
    }
    for outcome, _ in pairs:
        if outcome not in columns:
            columns[outcome] = candidates.outcome(outcome, sample.name)[rows]
    kinds = candidates.config.errors
    clusters = {name: groups_of(name) for name in candidates.config.clusters}
    return Projection(effects, factors, columns, kinds, clusters, groups_of("unit"))
