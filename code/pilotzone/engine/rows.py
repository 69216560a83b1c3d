"""The rows of a sample that a column uses: transforms, and what becomes of missing cells."""

import dataclasses

import pandas as pd

from pilotzone.catalogue import Sample, Specification
from pilotzone.errors import UserError
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Panel

Names = tuple[str, ...]
WINSORISED = (0.01, 0.99)


def used(spec: Specification, panel: Panel) -> tuple[pd.DataFrame, int]:
    """Return the rows that a specification uses, and how many of its sample it does not.

    The option ``transform`` changes the variables: ``lag`` takes the treatment of the year before,
    ``first_difference`` the change of every variable, ``winsorise`` cuts outcome and controls at
    their 1st and 99th percentile in the sample. Differences lose each unit's first year.

    A missing cell of the variables is refused, or costs the row or the unit, as the sample says;
    what is lost is counted.
    """
    names = (spec.outcome, spec.treatment, *spec.control_variables)
    transform = dict(spec.options).get("transform", "none")
    if transform == "lag":
        panel = dataclasses.replace(panel, frame=_lagged(panel, spec.treatment))
    frame = inside(spec.rows, panel)
    chosen = _whole if spec.rows.incomplete == "refuse" else _complete
    kept = chosen(frame, names, panel, spec.rows)
    if transform == "first_difference":
        kept = _differences(kept, panel, names)
    elif transform == "winsorise":
        continuous = [name for name in names if name != spec.treatment]
        low, high = (kept[continuous].quantile(q) for q in WINSORISED)
        kept = kept.assign(**kept[continuous].clip(low, high, axis=1))
    return kept, len(frame) - len(kept)


def inside(sample: Sample, panel: Panel) -> pd.DataFrame:
    """Return the rows of a sample, shared by all its columns: nothing downstream writes to them."""
    made = panel.kept.get(sample)
    if made is None:
        members = member_rows(sample, panel.frame, panel.unit, panel.period)
        made = panel.frame[members].reset_index(drop=True)
        panel.kept[sample] = made
    return made


def _lagged(panel: Panel, treatment: str) -> pd.DataFrame:
    """Give each row the treatment of the year before, also where that year is not in the sample."""
    before = panel.treatments[[panel.unit, panel.period, treatment]]
    before = before.assign(**{panel.period: before[panel.period] + 1})
    rest = panel.frame.drop(columns=treatment)
    return rest.merge(before, on=[panel.unit, panel.period], how="left", validate="one_to_one")


def _differences(frame: pd.DataFrame, panel: Panel, names: Names) -> pd.DataFrame:
    """Return changes from the year before; a row without that year is left out."""
    ordered = frame.sort_values([panel.unit, panel.period])
    by_unit = ordered.groupby(panel.unit)
    follows = by_unit[panel.period].diff() == 1
    changes = by_unit[list(dict.fromkeys(names))].diff()
    return ordered.assign(**changes)[follows].reset_index(drop=True)


def _whole(frame: pd.DataFrame, names: Names, panel: Panel, sample: Sample) -> pd.DataFrame:
    """Return the rows if no cell is missing, else say which is."""
    missing = frame[list(names)].isna()
    if not missing.any(axis=None):
        return frame
    name = missing.any().idxmax()
    row = frame[missing[name]].iloc[0]
    raise UserError(
        f"{panel.id}_panel.csv: '{name}' is missing for {row[panel.unit]} "
        f"{row[panel.period]} and {int(missing[name].sum()) - 1} further rows of sample "
        f"'{sample.id}'; choose a sample in which it is printed"
    )


def _complete(frame: pd.DataFrame, names: Names, panel: Panel, sample: Sample) -> pd.DataFrame:
    """Return the rows, or the units, without a missing cell."""
    whole = frame[list(names)].notna().all(axis=1)
    if sample.incomplete == "drop_units":
        whole = whole.groupby(frame[panel.unit]).transform("all")
    if not whole.any():
        raise UserError(f"sample '{sample.id}' has no row with all of {', '.join(names)}")
    return frame[whole].reset_index(drop=True)
