"""What a reader should know of a policy on a panel: rows that count, statuses, who is untreated."""

import dataclasses

import pandas as pd

from pilotzone.catalogue import Sample
from pilotzone.panels.raw import Places
from pilotzone.panels.raw.policies import by_unit
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Panel
from pilotzone.reader.own import OwnPanel
from pilotzone.reader.panel_config import PERIOD, UNIT
from pilotzone.reader.policy_panel import Coding


def of_roster(one: Coding, panel: Panel, places: Places) -> tuple[str, ...]:
    """Return what became of the rows of a roster, and how often each status stands there."""
    counted = (one.roster.since(one.coding) != "").to_numpy()
    status = one.roster.rows["status"].where(one.roster.rows["status"] != "", "none said")
    statuses = pd.Series(counted).groupby(status.to_numpy()).agg(["size", "sum"])
    return (
        f"coding '{one.coding}' of {', '.join(one.roster.codings)}; timing '{one.timing}'; "
        f"measure '{one.measure}'",
        _of_rows(one, counted, places),
        _of_units(one, panel, places),
        *(
            f"status '{said}': {row['size']} rows, {row['sum']} count"
            for said, row in statuses.iterrows()
        ),
    )


def _of_rows(one: Coding, counted: pd.Series, places: Places) -> str:
    """Return how many rows count, and how many of these no prefecture-level unit holds."""
    spread = by_unit(one.roster, one.coding, places.cities)
    nowhere = int(counted.sum()) - spread["row"].nunique()
    return (
        f"{len(counted)} rows of the roster: {int(counted.sum())} count in this coding, "
        f"{int((~counted).sum())} do not; {nowhere} of those that count are held by no "
        "prefecture-level unit"
    )


def _of_units(one: Coding, panel: Panel, places: Places) -> str:
    """Return how many prefecture-level units count, lie outside the panel or its years."""
    spread = by_unit(one.roster, one.coding, places.cities).drop_duplicates("city_code")
    unit = spread["city_code"]
    if panel.id == "province":
        unit = unit.map(places.cities.set_index("city_code")["province_code"])
    known = panel.treatments
    years = spread["since"].str[:4].astype(int)
    first, last = int(known[panel.period].min()), int(known[panel.period].max())
    return (
        f"{len(spread)} prefecture-level units: {int((~unit.isin(known[panel.unit])).sum())} not "
        f"in the panel, {int((years > last).sum())} with a date after {last}, untreated here, "
        f"{int((years < first).sum())} with one before {first}; the day is known of "
        f"{int((spread['since'].str.len() > len('YYYY')).sum())}"
    )


def of_rows(own: OwnPanel, balanced: Sample) -> tuple[str, ...]:
    """Return who is untreated by year, and what lacks the outcome or a control."""
    frame = own.panel.frame
    count = frame[frame[own.treatment] == 0].groupby(PERIOD)[UNIT].nunique()
    count = count.reindex(sorted(set(frame[PERIOD])), fill_value=0)
    by_year = ", ".join(f"{year} {n}" for year, n in count.items())
    lost = int(frame[own.outcome].isna().sum())
    short = without_control(own, balanced)
    said = (
        (lost, f"'{own.outcome}' is not printed in {lost} rows, which are left out"),
        (
            short,
            f"{short} units that have all years lack a control in one: what needs a matrix of all "
            "of them has no controls",
        ),
        (own.weights is None, "no matrix on the units that are left: no spatial columns"),
    )
    return (f"untreated by year: {by_year}", *(text for count, text in said if count))


def without_control(own: OwnPanel, balanced: Sample) -> int:
    """Return how many units that have all years lack a control in one of them."""
    frame = own.panel.frame[member_rows(balanced, own.panel.frame, UNIT, PERIOD)]
    lacks = frame[list(own.controls)].isna().any(axis=1)
    return frame.loc[lacks, UNIT].nunique()


def is_dose(own: OwnPanel, treatment: str) -> bool:
    """Say whether a treatment is more than 0 or 1, so that it has no cohorts."""
    return not own.panel.frame[treatment].isin((0.0, 1.0)).all()


def lone(own: OwnPanel, treatment: str, balanced: Sample) -> bool:
    """Say whether a cohort of the units that have all years is one unit."""
    frame, every = own.panel.frame, own.panel.treatments
    units = set(frame.loc[member_rows(balanced, frame, UNIT, PERIOD), UNIT])
    panel = dataclasses.replace(own.panel, rollout=every[every[UNIT].isin(units)])
    return dataclasses.replace(own, treatment=treatment, dose=False, panel=panel).lone
