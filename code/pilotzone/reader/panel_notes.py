"""What a reader should know about a panel that was read: size, gaps, empty cells, a line each."""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.methods.space.weights import name_some
from pilotzone.reader.panel_config import PERIOD, UNIT, Config
from pilotzone.reader.periods import Periods
from pilotzone.reader.tabular import Table, shown
from pilotzone.reader.treatment import Treatment


def size(file: str, frame: pd.DataFrame, config: Config, periods: Periods) -> str:
    """Return how many units, periods and rows a panel has."""
    n, codes = frame[UNIT].nunique(), np.unique(frame[PERIOD])
    span = periods.span(codes[0], codes[-1])
    told = f"{file}: {n} {units(config)}, {len(codes)} periods {span}, {len(frame)} rows"
    if periods.step == 1:
        return told
    apart = f"periods are {periods.step} {periods.spelling.word if periods.spelling else 'year'}s"
    return f"{told}; {apart} apart, so that event times count waves and not years"


def units(config: Config) -> str:
    """Return what several units of a panel are called."""
    return phrasebook.UNITS[config.kind][0][1]


def taken(treatment: Treatment, frame: pd.DataFrame, config: Config, periods: Periods) -> str:
    """Return what a treatment was taken for."""
    if treatment.cohort is None:
        low, high = treatment.values.min(), treatment.values.max()
        told = f"treatment '{treatment.name}': a dose from {low:g} to {high:g}"
        return told + _not_a_share(low, high)
    cohort = pd.Series(treatment.cohort).groupby(frame[UNIT]).first().value_counts().sort_index()
    counts = [f"{periods.label(g)} ({count})" for g, count in cohort.items() if g]
    never = cohort.get(0, 0)
    return (
        f"treatment '{treatment.name}': 0 or 1; {units(config)} by first treated period: "
        f"{', '.join(counts)}; never: {never}"
    )


def _not_a_share(low: float, high: float) -> str:
    """Return what is said behind a dose that is no share."""
    if low >= 0 and high <= 1:
        return ""
    way = (
        "divide it by its largest value" if low >= 0 else "give a treatment of 0 and 1, or a share"
    )
    return f", no share of 0 to 1: it gets a slope and no bins; {way} to have them"


def gaps(frame: pd.DataFrame, periods: Periods) -> list[str]:
    """Return which unit-periods and which periods have no row."""
    notes = []
    names, unit = np.unique(frame[UNIT].to_numpy(dtype=str), return_inverse=True)
    codes, period = np.unique(frame[PERIOD], return_inverse=True)
    if (np.diff(codes) > 1).any():
        pairs = [
            f"{periods.label(a)} to {periods.label(b)}"
            for a, b in itertools.pairwise(codes)
            if b - a > 1
        ]
        notes.append(f"periods without any row, from one to the next: {name_some(pairs)}")
    there = np.zeros((len(names), len(codes)), dtype=bool)
    there[unit, period] = True
    if there.all():
        return notes
    lacking = [f"{shown(names[u])} in {periods.label(codes[t])}" for u, t in np.argwhere(~there)]
    return [
        *notes,
        f"{len(lacking)} of {there.size} unit-periods have no row: {name_some(lacking)}; columns "
        "that need a balanced panel say so",
    ]


def empty_cells(table: Table, frame: pd.DataFrame, variables: Mapping[str, str]) -> list[str]:
    """Return the empty cells of each variable; columns that use it leave these rows out.

    ``variables`` maps a column of the table to its name in the frame.
    """
    notes = []
    for column, name in variables.items():
        absent = frame[name].isna().to_numpy()
        if absent.any():
            notes.append(
                f"column '{shown(column)}': {absent.sum()} empty cells, the first in "
                f"{table.where(int(absent.argmax()))}; these rows are left out where it is used"
            )
    return notes
