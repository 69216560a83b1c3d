"""Policies as treatments: units covered by year, and the share of a province's units."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue.policies import CODING, CONFOUNDING, ROSTERS, policy_id
from pilotzone.catalogue.treatments import ALL_TIMINGS
from pilotzone.errors import UserError
from pilotzone.panels.city_units import BELOW_PREFECTURE
from pilotzone.panels.raw.policies import DERIVED, Roster, by_unit, roster
from pilotzone.panels.rollout import by_province_and_year, exposure, zones_in_force

# From what is known of a year alone: how many years later a rule lets it count.
DELAY = {"half_year": 0, "same_year": 0, "next_year": 1, "two_years_early": -2}


def rosters(policies: Mapping[str, pd.DataFrame], pilot_zones: pd.DataFrame) -> dict[str, Roster]:
    """Return all rosters of the project by name, that of the pilot zones from their approvals."""
    made = {name: roster(name, rows) for name, rows in policies.items()}
    return {name: made.get(name) or zones_roster(pilot_zones) for name in ROSTERS}


def zones_roster(pilot_zones: pd.DataFrame) -> Roster:
    """Return the approvals of batches 1-7 as a roster; a unit counts from its first zone."""
    zones = zones_in_force(pilot_zones)
    day = zones["approval_date"].dt.strftime("%Y-%m-%d")
    rows = pd.DataFrame(
        {
            "unit_code": zones["prefecture_code"],
            "listed_code": zones["city_code"],
            "listed_name": zones["name_zh"],
            "batch": zones["batch"].astype(str),
            "date": day,
            "year": day.str[:4],
            "level": zones["level"],
            "status": zones["date_status"] + "; members: " + zones["membership_status"],
            "source": "State Council, " + zones["document_no"],
        }
    )
    every = pd.Series(True, index=rows.index)
    wholes = ~rows["level"].isin(BELOW_PREFECTURE)
    for coding, counted in zip(ROSTERS[DERIVED].codings, (every, wholes), strict=True):
        # Sorted by day: the first that counts is the earliest.
        later = rows["unit_code"].where(counted).duplicated()
        rows[CODING + coding] = (counted & ~later).astype(int).astype(str)
    return roster(DERIVED, rows)


def policy_shares(
    policies: Mapping[str, pd.DataFrame], cities: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """Return the share of each province's units under each policy that stands as a control.

    The main coding and timing rule: see :func:`unit_coverage`.

    Parameters
    ----------
    policies : mapping from the file's stem to its rows
    cities : DataFrame
    years : sequence of int

    Returns
    -------
    DataFrame
        ``province_code``, ``year`` and one column ``policy_<stem>`` per roster, in [0, 1].
    """
    shares = {}
    for stem in CONFOUNDING:
        covered = unit_coverage(roster(stem, policies[stem]), cities, years)
        shares[policy_id(stem)] = by_province(covered, cities).mean()
    return by_province_and_year(shares, cities["province_code"].unique(), years)


def by_province(covered: pd.DataFrame, cities: pd.DataFrame) -> "pd.api.typing.DataFrameGroupBy":
    """Return coverage by unit and year grouped by province, units that no list names at 0."""
    province = cities.set_index("city_code")["province_code"].sort_index()
    return covered.reindex(province.index, fill_value=0.0).groupby(province)


def unit_coverage(
    made: Roster,
    cities: pd.DataFrame,
    years: Sequence[int],
    timing: str = "half_year",
    coding: str = "",
) -> pd.DataFrame:
    """Return the coverage of each unit of a roster in each year, in [0, 1].

    A row with a day follows the timing rule (main: July to December counts from the next year); one
    that gives the year alone counts from that year, or the next one under ``next_year``. Units that
    no prefecture holds are left out.

    Parameters
    ----------
    made : Roster
    cities : DataFrame
    years : sequence of int
    timing : a rule of :data:`pilotzone.catalogue.treatments.ALL_TIMINGS`
    coding : the main one if empty

    Raises
    ------
    UserError
        If the rule is none, or ``exposure``, and a unit's day is not known.
    """
    spread = by_unit(made, coding, cities).drop_duplicates("city_code")
    since = spread["since"].reset_index(drop=True)
    dated = since.str.len() > len("YYYY")
    if timing == "exposure" and not dated.all():
        raise UserError(
            f"the timing 'exposure' needs days, and {(~dated).sum()} of {len(since)} units of "
            f"{made.name} have a year alone; choose another timing"
        )
    if timing not in ALL_TIMINGS:
        raise UserError(f"timing '{timing}' is not declared; known: {', '.join(ALL_TIMINGS)}")
    table = np.zeros((len(since), len(years)))
    if dated.any():
        table[dated] = exposure(pd.to_datetime(since[dated]), years, timing)
    if not dated.all():
        first = since[~dated].astype(int).to_numpy() + DELAY[timing]
        table[~dated] = np.asarray(years) >= first[:, None]
    return pd.DataFrame(table, spread["city_code"].to_numpy(), list(years)).sort_index()
