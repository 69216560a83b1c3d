"""What a panel says against what stands beside it: roster, formulas, index, gaps."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone.audit.case.folder import Folder, Named
from pilotzone.methods.index.weighting import entropy_weights, standardise

# Half a unit of the sixth digit, twice: a figure and what it is compared with are both rounded.
ROUNDED = 1.1e-6
# Weights with six digits each: their sum is off by no more.
SUM = 1e-5
# Fewer cells on the line between their neighbours are chance.
FEWEST_ON_LINE = 3


def checks(folder: Folder) -> Iterator[Named]:
    """Give what is wrong with the data of a folder."""
    yield from duplicates(folder)
    yield from roster(folder)
    yield from formulas(folder)
    yield from index(folder)
    yield from gaps(folder)


def duplicates(folder: Folder) -> Iterator[Named]:
    """Give the units of which a period stands twice."""
    twice = folder.panel[folder.panel.duplicated([folder.unit, folder.note["period"]])]
    for unit in twice[folder.unit].unique():
        yield Named("duplicated_rows", f"unit:{unit}")


def roster(folder: Folder) -> Iterator[Named]:
    """Give units outside the roster with a zone, then batches with another date in the panel."""
    listed = folder.beside(folder.note["batches"]).set_index(folder.unit)["year"]
    panel = folder.panel
    year = panel[folder.unit].map(listed)
    wrong = panel["zone"] != (panel[folder.note["period"]] >= year).astype(int)
    if "first_year" in panel:
        wrong |= panel["first_year"] != year.fillna(0)
    for unit in panel.loc[wrong & year.isna(), folder.unit].unique():
        yield Named("never_treated_late", f"unit:{unit}")
    for batch in sorted(year[wrong].dropna().unique()):
        yield Named("batch_misdated", f"batch:{batch:.0f}")


def formulas(folder: Folder) -> Iterator[Named]:
    """Give ratios that are not those of the vintages which the note names."""
    for name, parts in folder.note["formulas"].items():
        made = folder.panel[parts["numerator"]] / folder.panel[parts["denominator"]]
        if ((made - folder.panel[name]).abs() > ROUNDED).any():
            yield Named("two_vintages", f"variable:{name}")


def index(folder: Folder) -> Iterator[Named]:
    """Give what may be wrong with an index by entropy weights, the least certain last."""
    if "index" not in folder.note:
        return
    said, panel = folder.note["index"], folder.panel
    names, signs = list(said["signs"]), np.array([s == "+" for s in said["signs"].values()])
    table = folder.beside(said["weights"]).set_index("indicator")["weight"]
    printed = table.loc[names].to_numpy()
    if abs(printed.sum() - 1) > SUM:
        yield Named("index_weights_sum", "index")
    x, score = panel[names].to_numpy(), panel[said["outcome"]].to_numpy()
    z = standardise(x, np.where(signs, 1, -1), names)
    if _agrees(z, entropy_weights(z), printed, score):
        return
    plain = standardise(x, np.ones(len(names)), names)
    periods = panel[folder.note["period"]].nunique()
    if _agrees(z, _by_periods(z, periods), printed, score):
        yield Named("index_log_t", "index")
    if _agrees(plain, entropy_weights(plain), printed, score):
        yield Named("index_sign", "index")
    yield Named("unexplained", "index")


def _by_periods(z: np.ndarray, periods: int) -> np.ndarray:
    """Return weights from entropies relative to the logarithm of the periods alone."""
    p = z / z.sum(axis=0)
    logs = np.log(p, where=p > 0, out=np.zeros_like(p))
    distance = 1 + (p * logs).sum(axis=0) / np.log(periods)
    return distance / distance.sum()


def _agrees(z: np.ndarray, weights: np.ndarray, printed: np.ndarray, score: np.ndarray) -> bool:
    close = np.abs(weights - printed).max() <= ROUNDED
    return close and np.abs(z @ printed - score).max() <= ROUNDED


def gaps(folder: Folder) -> Iterator[Named]:
    """Give variables with cells on the line between those of their neighbours in time."""
    if folder.note["interpolated"]:
        return
    columns = folder.note["columns"]
    names = {name for one in columns for name in (one["outcome"], *one["controls"])}
    panel = folder.panel.sort_values([folder.unit, folder.note["period"]])
    unit, _ = pd.factorize(panel[folder.unit])
    time = panel[folder.note["period"]].to_numpy(float)
    for name in sorted(names & set(panel)):
        values = panel[name].to_numpy(float)
        there = ~np.isnan(values)
        if on_line(unit[there], time[there], values[there]) >= FEWEST_ON_LINE:
            yield Named("interpolated_gaps", f"variable:{name}")


def on_line(unit: np.ndarray, time: np.ndarray, values: np.ndarray) -> int:
    """Return how many cells lie on the line between the ones before and after them."""
    inner = (unit[:-2] == unit[1:-1]) & (unit[1:-1] == unit[2:])
    step, rise = np.diff(time), np.diff(values)
    # A period that stands twice has no slope.
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = rise / step
        # Between two cells with six digits, the slope is known to so much.
        bound = ROUNDED * (1 / step[:-1] + 1 / step[1:])
        return int((np.abs(np.diff(slope)) <= bound)[inner].sum())
