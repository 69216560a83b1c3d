"""The rows of a sample that a column uses: transforms, and what becomes of missing cells."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.catalogue import Sample, Specification
from pilotzone.errors import UserError
from pilotzone.methods.inference.paths import NEVER, is_treated
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Panel

Names = tuple[str, ...]
WINSORISED = (0.01, 0.99)


def variables(spec: Specification) -> Names:
    """Return the columns of the panel that a specification uses as numbers."""
    own = (spec.outcome, spec.treatment, *spec.control_variables)
    return (*own, spec.row_weights) if spec.row_weights else own


def used(spec: Specification, panel: Panel) -> tuple[pd.DataFrame, int]:
    """Return the rows that a specification uses, and how many of its sample it does not.

    The option ``transform`` changes the variables: ``lag`` takes the treatment of the year before,
    ``first_difference`` the change of every variable, ``winsorise`` cuts outcome and controls at
    their 1st and 99th percentile in the sample. Differences lose each unit's first year.

    A missing cell of the variables is refused, or costs the row or the unit, as the sample says;
    what is lost is counted.
    """
    names = variables(spec)
    transform = dict(spec.options).get("transform", "none")
    if transform == "lag":
        before = ahead(panel.frame, panel, spec.treatment, -1)
        lagged = panel.frame.assign(**{spec.treatment: before})
        panel = dataclasses.replace(panel, frame=lagged)
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


def first_treated(panel: Panel, treatment: str) -> pd.Series:
    """Return the first treated period of each unit in the whole panel, 0 if there is none."""
    if treatment not in panel.kept:
        every = panel.treatments
        first = every[every[treatment] > 0].groupby(panel.unit)[panel.period].min()
        units = every[panel.unit].unique()
        panel.kept[treatment] = first.reindex(units, fill_value=NEVER).astype(int)
    return panel.kept[treatment]


def moved_forward(panel: Panel, treatment: str, years: int) -> Panel:
    """Return the panel with a treatment that starts some years before the true one and stays.

    Raises
    ------
    UserError
        If it is more than 0 or 1: how much of a dose there was before is not known.
    """
    told = panel.treatments if treatment in panel.treatments else panel.frame
    found = told[treatment]
    doses = found[~found.isin((0, 1))]
    if len(doses):
        raise UserError(
            f"option 'years_early' moves a treatment of 0 and 1; '{treatment}' is {doses.iloc[0]} "
            "somewhere; choose a coding of 0 and 1"
        )
    first = first_treated(panel, treatment)
    start = first.where(first == NEVER, first - years)

    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        on = is_treated(start.loc[frame[panel.unit]].to_numpy(), frame[panel.period].to_numpy())
        return frame.assign(**{treatment: on.astype(float)})

    rollout = None if panel.rollout is None else moved(panel.rollout)
    return dataclasses.replace(panel, frame=moved(panel.frame), rollout=rollout)


def truly_treated(frame: pd.DataFrame, panel: Panel, treatment: str) -> np.ndarray:
    """Return which rows lie in or behind their unit's first treated period, (N,)."""
    first = first_treated(panel, treatment).loc[frame[panel.unit]].to_numpy()
    return is_treated(first, frame[panel.period].to_numpy())


def ahead(frame: pd.DataFrame, panel: Panel, treatment: str, years: int) -> np.ndarray:
    """Return the treatment of each row's unit some years ahead, before if negative, (N,).

    It is that of the whole panel, also where the year is not in the sample; NaN where it is not
    known.
    """
    keys = [panel.unit, panel.period]
    every = panel.treatments if treatment in panel.treatments else panel.frame
    then = every[[*keys, treatment]].assign(**{panel.period: every[panel.period] - years})
    found = frame[keys].merge(then, on=keys, how="left", validate="one_to_one")
    return found[treatment].to_numpy(dtype=float)


def _differences(frame: pd.DataFrame, panel: Panel, names: Names) -> pd.DataFrame:
    """Return changes from the year before; a row without that year is left out."""
    ordered = frame.sort_values([panel.unit, panel.period])
    by_unit = ordered.groupby(panel.unit)
    follows = by_unit[panel.period].diff() == 1
    changes = by_unit[list(dict.fromkeys(names))].diff()
    return ordered.assign(**changes)[follows].reset_index(drop=True)


def _whole(frame: pd.DataFrame, names: Names, panel: Panel, sample: Sample) -> pd.DataFrame:
    """Return the rows if no cell is missing, else say which is."""
    # Many columns share the rows of a sample: each variable is looked through once.
    known = panel.kept.setdefault((sample, "whole"), set())
    name = next((name for name in names if name not in known and frame[name].hasnans), None)
    if name is None:
        known.update(names)
        return frame
    missing = frame[name].isna()
    row = frame[missing].iloc[0]
    raise UserError(
        f"{panel.id}_panel.csv: '{name}' is missing for {row[panel.unit]} "
        f"{row[panel.period]} and {int(missing.sum()) - 1} further rows of sample "
        f"'{sample.id}'; choose a sample in which it is printed"
    )


def _complete(frame: pd.DataFrame, names: Names, panel: Panel, sample: Sample) -> pd.DataFrame:
    """Return the rows, or the units, without a missing cell."""
    whole = np.logical_and.reduce([frame[name].notna().to_numpy() for name in names])
    if sample.incomplete == "drop_units":
        whole = pd.Series(whole).groupby(frame[panel.unit].to_numpy()).transform("all").to_numpy()
    if not whole.any():
        raise UserError(f"sample '{sample.id}' has no row with all of {', '.join(names)}")
    return frame if whole.all() else frame[whole].reset_index(drop=True)
