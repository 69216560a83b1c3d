"""Samples: which rows of a panel they keep, and the count of what they drop."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import Sample
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.errors import Reason, encode

# Why rows are dropped, and which rows pass.
Test = tuple[Reason, np.ndarray]
PUBLISHED = Reason("published_figures")


def member_rows(sample: Sample, frame: pd.DataFrame, unit: str, period: str = "year") -> np.ndarray:
    """Return the rows of a panel that belong to a sample, as a mask."""
    inside = frame[period].between(sample.first_year, sample.last_year)
    inside = inside & ~frame[unit].isin(sample.excluded)
    for column, value in sample.without:
        inside = inside & (frame[column] != value)
    return inside.to_numpy()


def flow(
    panel: str,
    frame: pd.DataFrame,
    unit: str,
    first: Mapping[str, Sequence[Test]] | None = None,
    *,
    origin: Reason = PUBLISHED,
    every: Mapping[str, Sample] = SAMPLES,
) -> pd.DataFrame:
    """Return, for every sample of a panel, the rows kept and dropped step by step.

    Parameters
    ----------
    panel : str
    frame : DataFrame
        All rows of the figures, with ``year`` and the attributes by which samples are cut.
    unit : str
        Column of the units.
    first : mapping from a sample to its further tests, optional
        What a sample demands beside its years and values: pairs of reason and mask.
    origin : Reason
        What a sample without parent is cut from.
    every : mapping from id to Sample
        The samples, each behind its parent; those of other panels are passed over.

    Returns
    -------
    DataFrame
        ``panel, sample, step, reason, rows, units, dropped``; step 0 is where the sample starts:
        its parent, or the figures. A reason is a cell of :func:`pilotzone.errors.encode`.
    """
    kept: dict[str, np.ndarray] = {"": np.ones(len(frame), dtype=bool)}
    steps = []
    for name, sample in every.items():
        if sample.panel != panel:
            continue
        rows = kept[sample.parent]
        start = Reason("rows_of_sample", {"sample": sample.parent}) if sample.parent else origin
        steps.append(_step(sample, 0, start, rows, rows, frame[unit]))
        tests = _tests(sample, every.get(sample.parent), frame, unit)
        tests += (first or {}).get(name, ())
        for number, (reason, test) in enumerate(tests, start=1):
            after = rows & test
            steps.append(_step(sample, number, reason, rows, after, frame[unit]))
            rows = after
        kept[name] = rows
    return pd.DataFrame(steps)


def _tests(sample: Sample, parent: Sample | None, frame: pd.DataFrame, unit: str) -> list[Test]:
    """Return what the sample demands beyond its parent, each with its reason."""
    tests = []
    span = (sample.first_year, sample.last_year)
    if parent is None or span != (parent.first_year, parent.last_year):
        why = Reason("years_outside", {"first": span[0], "last": span[1]})
        tests.append((why, frame["year"].between(*span)))
    done = ((), ()) if parent is None else (parent.excluded, parent.without)
    for code in (code for code in sample.excluded if code not in done[0]):
        tests.append((Reason("units_excluded", {"units": [code]}), frame[unit] != code))
    for column, value in (pair for pair in sample.without if pair not in done[1]):
        why = Reason("value_left_out", {"variable": column, "value": value})
        tests.append((why, frame[column] != value))
    return [(reason, test.to_numpy()) for reason, test in tests]


def _step(
    sample: Sample,
    number: int,
    reason: Reason,
    before: np.ndarray,
    after: np.ndarray,
    unit: pd.Series,
) -> dict[str, object]:
    return {
        "panel": sample.panel,
        "sample": sample.id,
        "step": number,
        "reason": encode([reason]),
        "rows": int(after.sum()),
        "units": int(unit[after].nunique()),
        "dropped": int(before.sum() - after.sum()),
    }
