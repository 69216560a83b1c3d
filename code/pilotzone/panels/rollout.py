"""From approvals of pilot zones to treatments of units and provinces."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue.treatments import ALL_TIMINGS, CODINGS, treatment_id
from pilotzone.errors import Reason, UserError, encode

# Batch 8 (2025) lies after every panel; its date of approval was not found in print.
LAST_BATCH = 7
COUNTING_HALF_FROM_MONTH = 7


def exposure(dates: pd.Series, years: Sequence[int], timing: str) -> np.ndarray:
    """Return the exposure of each zone in each year under a timing rule.

    Parameters
    ----------
    dates : Series of datetime64, length n
        Days of approval.
    years : sequence of int, length T
    timing : {'same_year', 'half_year', 'next_year', 'exposure', 'two_years_early'}
        ``half_year``: an approval of July to December counts from the next year.
        ``two_years_early``: two years before that, whatever ``years`` hold of later approvals.
        ``exposure``: (31 December - approval) / days of the year in the year of approval, then 1.

    Returns
    -------
    array, shape (n, T), in [0, 1]
    """
    approved = dates.dt.year.to_numpy()[:, None]
    grid = np.asarray(years)[None, :]
    if timing == "exposure":
        days = 365 + dates.dt.is_leap_year.astype(int)
        share = ((days - dates.dt.day_of_year) / days).to_numpy()[:, None]
        return np.where(grid > approved, 1.0, np.where(grid == approved, share, 0.0))
    late = (dates.dt.month >= COUNTING_HALF_FROM_MONTH).astype(int).to_numpy()[:, None]
    delay = {"same_year": 0, "half_year": late, "next_year": 1, "two_years_early": late - 2}
    if timing not in delay:
        raise UserError(f"timing '{timing}' is not declared; known: {', '.join(ALL_TIMINGS)}")
    return (grid >= approved + delay[timing]).astype(float)


def zones_in_force(pilot_zones: pd.DataFrame) -> pd.DataFrame:
    """Return the approvals of batches 1-7 with their day, sorted by day and unit."""
    zones = pilot_zones[pilot_zones["batch"] <= LAST_BATCH]
    return zones.sort_values(["approval_date", "prefecture_code", "name_en"]).reset_index(drop=True)


def unit_exposure(zones: pd.DataFrame, years: Sequence[int], timing: str) -> pd.DataFrame:
    """Return the exposure of each prefecture-level unit, one row per unit, one column per year.

    A unit with two zones counts from the first.
    """
    units, of = np.unique(zones["prefecture_code"].to_numpy(dtype=str), return_inverse=True)
    values = np.zeros((len(units), len(years)))
    np.maximum.at(values, of, exposure(zones["approval_date"], years, timing))
    return pd.DataFrame(values, pd.Index(units, name="city_code"), list(years))


def province_treatments(
    zones: pd.DataFrame,
    cities: pd.DataFrame,
    provinces: pd.DataFrame,
    grp_2014: pd.Series,
    years: Sequence[int],
) -> pd.DataFrame:
    """Return every coding under every timing rule for each province and year.

    Parameters
    ----------
    zones : DataFrame
        From :func:`zones_in_force`.
    cities, provinces : DataFrame
        The validated raw tables.
    grp_2014 : Series
        As-published GRP of 2014 by ``city_code``, unflagged cells only; a unit that is not in it
        counts neither above nor below the line of ``zone_share_gdp``.
    years : sequence of int

    Returns
    -------
    DataFrame
        ``province_code``, ``year``, the treatments and a ``cohort`` by timing rule
        (first year with exposure of ``zone_first``; 0 if none in ``years``).
    """
    capital = _capitals(cities, provinces)
    province = cities.set_index("city_code")["province_code"].sort_index().astype("category")
    weight = grp_2014.reindex(province.index).fillna(0.0)
    # The years of all rules side by side, so that units are grouped once.
    units = pd.concat([unit_exposure(zones, years, timing) for timing in ALL_TIMINGS], axis=1)
    by_city = units.reindex(province.index, fill_value=0.0)
    weighted = by_city.mul(weight, axis=0).groupby(province).sum()
    per_zone = [exposure(zones["approval_date"], years, timing) for timing in ALL_TIMINGS]
    codings = {
        "zone_first": by_city.groupby(province).max(),
        "zone_share": by_city.groupby(province).mean(),
        "zone_share_gdp": weighted.div(weight.groupby(province).sum(), axis=0),
        "zone_count": pd.DataFrame(np.hstack(per_zone))
        .groupby(zones["province_code"].to_numpy())
        .sum(),
        "zone_capital": by_city.reindex(capital.to_numpy()).set_axis(capital.index),
    }
    tables = {}
    for number, timing in enumerate(ALL_TIMINGS):
        own = slice(number * len(years), (number + 1) * len(years))
        tables |= {treatment_id(coding, timing): codings[coding].iloc[:, own] for coding in CODINGS}
        tables[treatment_id("cohort", timing)] = first_exposed(codings["zone_first"].iloc[:, own])
    return by_province_and_year(tables, provinces["province_code"], years).fillna(0.0)


def by_province_and_year(
    tables: Mapping[str, pd.DataFrame], provinces: Iterable[str], years: Sequence[int]
) -> pd.DataFrame:
    """Return tables of a row per province and a column per year as columns of one long table."""
    codes = sorted(provinces)
    index = pd.MultiIndex.from_product([codes, list(years)], names=["province_code", "year"])
    columns = {name: t.reindex(codes).to_numpy(float).ravel() for name, t in tables.items()}
    return pd.DataFrame(columns, index=index).reset_index()


def _capitals(cities: pd.DataFrame, provinces: pd.DataFrame) -> pd.Series:
    """Return the city code of each province's capital, indexed by province."""
    units = cities[["city_code", "name_en", "province_code"]]
    named = units.rename(columns={"name_en": "capital_en"})
    keys = ["province_code", "capital_en"]
    joined = provinces.merge(named, on=keys, how="left", validate="one_to_one")
    lost = joined.loc[joined["city_code"].isna(), "capital_en"]
    if len(lost):
        raise UserError(f"provinces.csv: capital_en '{lost.iloc[0]}' is no unit of cities.csv")
    return joined.set_index("province_code")["city_code"].sort_index()


def first_exposed(exposed: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's first year with exposure in every column, 0 where there is none."""
    years = np.asarray(exposed.columns)
    touched = exposed.to_numpy() > 0
    cohort = np.where(touched.any(axis=1), years[touched.argmax(axis=1)], 0)
    every = np.repeat(cohort[:, None], len(years), axis=1)
    return pd.DataFrame(every, index=exposed.index, columns=years)


def cohort_table(cohort: pd.Series, years: Sequence[int]) -> pd.DataFrame:
    """Return treated and untreated units by year: ``year, first_treated, treated, untreated``."""
    first = [int((cohort == year).sum()) for year in years]
    table = pd.DataFrame({"year": list(years), "first_treated": first})
    table["treated"] = [int(((cohort > 0) & (cohort <= year)).sum()) for year in years]
    return table.assign(untreated=len(cohort) - table["treated"])


def group_time_table(cohort: pd.Series, years: Sequence[int]) -> pd.DataFrame:
    """Return for every cohort and post-treatment year whether ATT(g, t) has a control.

    A control is a unit not yet treated in that year; a cohort treated in the first year or
    before has no pre-period.
    """
    cells = [(int(g), y) for g in sorted(set(cohort[cohort > 0])) for y in years if y >= g]
    table = pd.DataFrame(cells, columns=["cohort", "year"])
    table["n_treated"] = [int((cohort == g).sum()) for g, _ in cells]
    table["n_controls"] = [int(((cohort == 0) | (cohort > year)).sum()) for _, year in cells]
    reasons = [
        _why_not(g, min(years), controls)
        for (g, _), controls in zip(cells, table["n_controls"], strict=True)
    ]
    return table.assign(identified=["no" if why else "yes" for why in reasons], reason=reasons)


def _why_not(cohort: int, first_year: int, controls: int) -> str:
    if cohort <= first_year:
        return encode([Reason("no_year_before")])
    return "" if controls else encode([Reason("no_untreated_left")])
