"""Samples: which rows of a panel they keep, and the count of what they drop."""

import numpy as np
import pandas as pd

from pilotzone.spec import SAMPLES, Sample


def member_rows(sample: Sample, unit: pd.Series, year: pd.Series) -> np.ndarray:
    """Return the rows of a panel that belong to a sample, as a mask."""
    inside = year.between(sample.first_year, sample.last_year) & ~unit.isin(sample.excluded)
    return inside.to_numpy()


def flow(panel: str, unit: pd.Series, year: pd.Series) -> pd.DataFrame:
    """Return, for every sample of a panel, the rows kept and dropped step by step.

    Parameters
    ----------
    panel : str
    unit, year : Series
        Codes and years of all rows of the figures.

    Returns
    -------
    DataFrame
        ``panel, sample, step, reason, rows, units, dropped``; step 0 is where the sample starts:
        its parent, or the figures.
    """
    steps = []
    for name, sample in SAMPLES.items():
        if sample.panel != panel:
            continue
        parent = SAMPLES.get(sample.parent)
        kept = member_rows(parent, unit, year) if parent else np.ones(len(unit), dtype=bool)
        origin = f"rows of sample {sample.parent}" if parent else "rows of the published figures"
        steps.append(_step(panel, name, 0, origin, kept, kept, unit))
        for number, (reason, test) in enumerate(_tests(sample, parent, unit, year), start=1):
            after = kept & test
            steps.append(_step(panel, name, number, reason, kept, after, unit))
            kept = after
    return pd.DataFrame(steps)


def _tests(
    sample: Sample, parent: Sample | None, unit: pd.Series, year: pd.Series
) -> list[tuple[str, np.ndarray]]:
    """Return what the sample demands beyond its parent, each with its reason."""
    tests = []
    span = (sample.first_year, sample.last_year)
    if parent is None or span != (parent.first_year, parent.last_year):
        tests.append((f"years outside {span[0]}-{span[1]}", year.between(*span).to_numpy()))
    already = parent.excluded if parent else ()
    for code in sample.excluded:
        if code not in already:
            tests.append((f"unit {code} excluded", (unit != code).to_numpy()))
    return tests


def _step(
    panel: str,
    sample: str,
    number: int,
    reason: str,
    before: np.ndarray,
    after: np.ndarray,
    unit: pd.Series,
) -> dict[str, object]:
    return {
        "panel": panel,
        "sample": sample,
        "step": number,
        "reason": reason,
        "rows": int(after.sum()),
        "units": int(unit[after].nunique()),
        "dropped": int(before.sum() - after.sum()),
    }
