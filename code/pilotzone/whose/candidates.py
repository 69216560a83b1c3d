"""The rows and columns of a panel that each choice of the lattice takes."""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import Groups, encode
from pilotzone.reader import tabular
from pilotzone.reader.conditions import left_out
from pilotzone.reader.tabular import Table
from pilotzone.whose.config import NONE, WINSOR, Config, check_columns, parts

# An outcome is a column and a transform, a regression of a block an outcome and a treatment.
Outcome = tuple[str, str]
Pair = tuple[Outcome, str]
Subset = tuple[str, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """All sets of controls with all pairs of outcome and treatment, on the same rows."""

    pairs: tuple[Pair, ...]
    subsets: tuple[Subset, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """The complete rows of some regressions.

    Attributes
    ----------
    name, lag, weights : choices.
    rows : positions in the panel.
    jobs : regressions on just these rows.
    """

    name: str
    lag: int
    weights: str
    rows: np.ndarray
    jobs: tuple[Job, ...]


class Candidates:
    """A panel and what is tried on it.

    Parameters
    ----------
    table, config : as read.

    Raises UserError if a column lacks, a cell is none of its column's kind, a unit has two rows in
    a period, or a sample leaves no row.
    """

    def __init__(self, table: Table, config: Config) -> None:
        check_columns(table, config)
        self.table, self.config = table, config
        units = tabular.names(table, config.unit)
        self.period = tabular.whole_numbers(table, config.period)
        keys = pd.DataFrame({"unit": units, "period": self.period})
        tabular.refuse_repeat(table, keys, config.unit, config.period)
        self.labels = {"unit": encode(units), "period": encode(self.period)}
        self._before = {0: np.arange(len(units))} | {
            lag: _position(keys, lag) for lag in config.lags if lag
        }
        self._numbers: dict[str, np.ndarray] = {}
        self.samples = {name: self._kept(name) for name in config.samples}

    def groups(self, column: str) -> Groups:
        """Return the labels of a column, ``unit`` or ``period``; empty cells are refused."""
        if column not in self.labels:
            same = {self.config.unit: "unit", self.config.period: "period"}.get(column)
            self.labels[column] = (
                self.labels[same] if same else encode(tabular.names(self.table, column))
            )
        return self.labels[column]

    def numbers(self, column: str) -> np.ndarray:
        """Return a column as numbers, NaN where a cell is empty."""
        if column not in self._numbers:
            self._numbers[column] = tabular.numbers(self.table, column)
        return self._numbers[column]

    def regressor(self, column: str, lag: int) -> np.ndarray:
        """Return a column, or its value so many periods before in the same unit, else NaN."""
        before = self._before[lag]
        return np.where(before < 0, np.nan, self.numbers(column)[before])

    def outcome(self, outcome: Outcome, sample: str) -> np.ndarray:
        """Return a transformed outcome, NaN outside the sample.

        ``ln`` of what is not above zero is missing; ``winsor1`` cuts at the first and the 99th
        percentile (linear between ranks) of the sample.
        """
        column, transform = outcome
        values = np.where(self.samples[sample], self.numbers(column), np.nan)
        if transform == "ln":
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.where(values > 0, np.log(values), np.nan)
        if transform == "level" or np.isnan(values).all():
            return values
        share = int(WINSOR.fullmatch(transform)[1])
        return np.clip(values, *np.nanpercentile(values, [share, 100 - share]))

    def factors(self, effects: str) -> tuple[list[str], list[str]]:
        """Return names of the labels of effects, and of those with a slope on the period."""
        factors, slopes = [], []
        same = {self.config.unit: "unit", self.config.period: "period"}
        for named in parts(effects):
            part = tuple(same.get(piece, piece) for piece in named)
            if part[1:] == ("trend",):
                slopes.append(part[0])
                continue
            name = "#".join(part)
            if len(part) == 2 and name not in self.labels:
                one, other = (self.groups(column) for column in part)
                self.labels[name] = encode(one.codes * other.count + other.codes)
            factors.append(name)
        return factors, slopes

    def rows(self) -> Iterator[Sample]:
        """Give the rows of every sample, lag and weight, each with the regressions on them."""
        chosen = itertools.product(
            self.config.samples, self.config.lags, (NONE, *self.config.weights)
        )
        for name, lag, weights in chosen:
            yield from self._rows(name, lag, weights)

    def _rows(self, name: str, lag: int, weights: str) -> Iterator[Sample]:
        """Give the rows of the regressions of one sample; those with the same rows together."""
        base = self.samples[name].copy()
        if weights != NONE:
            with np.errstate(invalid="ignore"):
                base &= self.numbers(weights) > 0
        patterns = _Patterns(base)
        outcomes = list(itertools.product(self.config.outcomes, self.config.transforms))
        of_outcome = {o: patterns.of(self.outcome(o, name)) for o in outcomes}
        regressors = dict.fromkeys((*self.config.treatments, *self.config.regressors))
        of_column = {x: patterns.of(self.regressor(x, lag)) for x in regressors}
        by_subset: dict[frozenset[int], list[Subset]] = {}
        for subset in self.config.subsets:
            key = frozenset().union(*(of_column[x] for x in subset))
            by_subset.setdefault(key, []).append(subset)
        by_pair: dict[frozenset[int], list[Pair]] = {}
        for outcome, treatment in itertools.product(outcomes, self.config.treatments):
            key = of_outcome[outcome] | of_column[treatment]
            by_pair.setdefault(key, []).append((outcome, treatment))
        found: dict[bytes, list[Job]] = {}
        for (one, pairs), (other, subsets) in itertools.product(by_pair.items(), by_subset.items()):
            complete = np.packbits(patterns.complete(one | other)).tobytes()
            found.setdefault(complete, []).append(Job(tuple(pairs), tuple(subsets)))
        for packed, jobs in found.items():
            bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=len(base))
            yield Sample(name, lag, weights, np.flatnonzero(bits), tuple(jobs))

    def _kept(self, name: str) -> np.ndarray:
        where = f"sample '{name}': "
        kept = ~left_out(self.table, self.config.samples[name], where)
        if not kept.any():
            raise UserError(f"{where}its conditions leave out all {len(kept)} rows")
        return kept


class _Patterns:
    """Distinct sets of rows with missing cells within a base, by number."""

    def __init__(self, base: np.ndarray) -> None:
        self.base = base
        self.missing: dict[bytes, int] = {}
        self.masks: list[np.ndarray] = []

    def of(self, values: np.ndarray) -> frozenset[int]:
        """Return the number of the rows that a variable lacks; empty if it lacks none."""
        lacking = np.isnan(values) & self.base
        if not lacking.any():
            return frozenset()
        number = self.missing.setdefault(lacking.tobytes(), len(self.masks))
        if number == len(self.masks):
            self.masks.append(lacking)
        return frozenset((number,))

    def complete(self, numbers: frozenset[int]) -> np.ndarray:
        """Return the rows of the base that lack nothing."""
        kept = self.base.copy()
        for number in numbers:
            kept &= ~self.masks[number]
        return kept


def _position(keys: pd.DataFrame, lag: int) -> np.ndarray:
    """Return the row of the same unit so many periods before, −1 where there is none."""
    there = keys.assign(row=np.arange(len(keys)), period=keys["period"] + lag)
    found = keys.merge(there, on=["unit", "period"], how="left", validate="one_to_one")
    return found["row"].fillna(-1).to_numpy(dtype=int)
