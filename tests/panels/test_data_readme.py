"""Every number in the tables of ``data/README.md`` is recomputed from ``data/raw``.

A table headed ``Count | Number`` holds one row per entry of ``COUNTS`` below, in both directions;
a table headed ``Table | Variable | Unit | Year | Printed`` repeats single cells.
"""

import csv
import functools
import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
RAW = DATA / "raw"
HEADINGS = [
    "Data availability statement",
    "Statement about rights",
    "Summary of availability",
    "Details on each data source",
    "Dataset list",
    "Traps",
]


@functools.cache
def table(name):
    return pd.read_csv(RAW / f"{name}.csv", dtype=str, keep_default_na=False)


def wide(name, unit):
    figures = table(name).astype({"value": float, "year": int})
    return figures.pivot(index=[unit, "year"], columns="variable", values="value")


ZONES = table("pilot_zones")
FIRST_SEVEN = ZONES[ZONES["batch"] != "8"]
# A status says first what is verified, then, after a semicolon, what is not.
VERIFIED = FIRST_SEVEN["date_status"].str.split(";").str[0]
DAY_VERIFIED = VERIFIED.str.fullmatch("reply date verified|both days verified")
ANNOUNCED_VERIFIED = VERIFIED.str.fullmatch(".*announcement day.* verified|both days verified")
THIRD_PARTY = FIRST_SEVEN["date_status"].str.contains("checked by a third party")
MONTH_VERIFIED = VERIFIED.str.fullmatch(".*month.* verified") | DAY_VERIFIED
MEMBERSHIP = FIRST_SEVEN["membership_status"]
CITY = table("city_figures")
FLAGS = CITY["flag"].str.split().explode()
UNUSED = CITY["flag"].str.contains("suspect_|abolished_unit")
CITY_VARIABLES = table("city_variables").set_index("variable")
INTERPOLATED = CITY_VARIABLES.index[
    CITY_VARIABLES["vintage_and_breaks"].str.contains("interpolated")
]
PROVINCE = wide("province_figures", "province_code")
VARIABLES = table("province_variables")
PROVINCE_FLAGS = table("province_figures")["flag"]
POWER = "power_generation_100m_kwh"
FREE_TRADE = table("policies/free_trade_zones")
AREA = FREE_TRADE["status"]
BIG_DATA = table("policies/big_data_zones")
BROADBAND = table("policies/broadband_china")
LOW_CARBON = table("policies/low_carbon")
SCALE = table("cbec_scale")["vintage"]
CONTIGUITY = table("province_contiguity")


def moved_later():
    """Return how many low-carbon units have a later year if the city's own listing goes first."""
    first, own = (
        LOW_CARBON[LOW_CARBON[f"coding_{name}"] == "1"].set_index("unit_code")["year"]
        for name in ("province_first", "city_first")
    )
    return int((own.reindex(first.index) > first).sum())


def days_unverified():
    return pd.to_datetime(FIRST_SEVEN.loc[~DAY_VERIFIED, "approval_date"])


def near_a_half_year():
    """Approvals with an unverified day within 31 days of 30 June or 31 December."""
    days = days_unverified()
    gaps = [
        (days - pd.Timestamp(year, month, day)).dt.days.abs()
        for year in range(2014, 2024)
        for month, day in ((6, 30), (12, 31))
    ]
    return int((pd.concat(gaps, axis=1).min(axis=1) <= 31).sum())


def largest_exposure_error():
    """Change of `exposure` if the unverified day were the first or last of its verified month."""
    days = days_unverified()
    to_first = days.dt.day - 1
    to_last = days.dt.days_in_month - days.dt.day
    length = 365 + days.dt.is_leap_year.astype(int)
    return f"{(pd.concat([to_first, to_last], axis=1).max(axis=1) / length).max():.3f}"


def total_gap():
    totals = table("national_totals").astype({"value": float, "year": int})
    sums = PROVINCE.groupby("year").sum()
    gaps = [abs(sums.at[r.year, r.variable] / r.value - 1) for r in totals.itertuples()]
    return f"{max(gaps):.6f}"


def over_total(variable, year):
    totals = table("national_totals").set_index(["variable", "year"])["value"]
    printed = float(totals[variable, str(year)])
    return f"{PROVINCE[variable].groupby('year').sum()[year] / printed:.7f}"


def added_up(prefix, whole="gdp_100m_cny"):
    """Value added of sectors or of industries, and the product of the same rows."""
    sectors = [f"va_{name}_100m_cny" for name in ("primary", "secondary", "tertiary")]
    every = [v for v in PROVINCE if v.startswith("va_")]
    parts = sectors if prefix == "sectors" else [v for v in every if v not in sectors]
    rows = PROVINCE[[*parts, whole]].dropna()
    return rows[parts].sum(axis=1), rows[whole]


def sectors_of_2024():
    parts, whole = (one.xs(2024, level="year") for one in added_up("sectors"))
    return f"{(parts - whole).abs().max():.1f}"


def industries():
    parts, whole = added_up("industries")
    return f"{(parts / whole - 1).abs().max():.6f}"


def trade_in_both():
    """Largest gap of the two prints of trade, in cells without a flag."""
    rate = table("exchange_rate").astype({"year": int, "cny_per_usd": float}).set_index("year")
    rows = table("province_figures").astype({"year": int})
    rows = rows[rows["variable"] == "trade_total_100m_cny"].set_index(["province_code", "year"])
    converted = PROVINCE["trade_total_100m_usd"] * PROVINCE.index.get_level_values("year").map(
        rate["cny_per_usd"]
    )
    gap = (PROVINCE["trade_total_100m_cny"] / converted - 1).abs()
    return f"{100 * gap[rows['flag'].reindex(gap.index) == ''].max():.1f} %"


def change(variable, code, year):
    series = PROVINCE[variable].groupby("year").sum() if code is None else PROVINCE.loc[code]
    series = series if code is None else series[variable]
    return f"{100 * (series[year] / series[year - 1] - 1):.1f} %"


def city_to_province(code, year):
    """GRP of the cities of a province, revised series, over the province's own."""
    grp = CITY[(CITY["variable"] == "gdp_100m_cny") & (CITY["year"] == str(year)) & ~UNUSED]
    cities = table("cities").set_index("city_code")["province_code"]
    mine = grp[grp["city_code"].map(cities) == code]
    return f"{mine['value'].astype(float).sum() / PROVINCE.at[(code, year), 'gdp_100m_cny']:.2f}"


COUNTS = {
    "approvals in `pilot_zones.csv`": len(ZONES),
    "approvals in batches 1-7, the only ones that make a treatment": len(FIRST_SEVEN),
    "of these, month and year of the reply verified": int(MONTH_VERIFIED.sum()),
    "of these, day of the reply verified (batches 3 and 7)": int(DAY_VERIFIED.sum()),
    "of these, day of the reply checked by a third party, not by us (batches 1, 2, 4)": int(
        THIRD_PARTY.sum()
    ),
    "of these, day of the reply not checked against the document (batches 5, 6)": int(
        (~DAY_VERIFIED & ~THIRD_PARTY).sum()
    ),
    "of these, announcement day verified (batches 2, 4, 6, 7)": int(ANNOUNCED_VERIFIED.sum()),
    "of these, full list of members read (batches 1-6)": int(
        (MEMBERSHIP == "full list read").sum()
    ),
    "batch 7, member named in a press report or text of the reply": int(
        MEMBERSHIP.str.startswith("named in a press report").sum()
    ),
    "batch 7, member not checked against the document": int(
        MEMBERSHIP.str.startswith("not checked").sum()
    ),
    "batches 1-7, zones below the prefecture level or without a code, mapped to a prefecture": int(
        (FIRST_SEVEN["city_code"] != FIRST_SEVEN["prefecture_code"]).sum()
    ),
    "batch 8, announcement day verified, reply not found": int(
        (ZONES.loc[ZONES["batch"] == "8", "approval_date"] == "").sum()
    ),
    "earlier approvals revoked by batch 8": int((ZONES["revoked"] != "").sum()),
    "unverified days within 31 days of 30 June or 31 December": near_a_half_year(),
    "largest error of `exposure` if the true day is another day of the verified month": (
        largest_exposure_error()
    ),
    "provincial variables": len(VARIABLES),
    "provincial cells": len(table("province_figures")),
    "provincial variables that rest on one copy for at least some years": int(
        VARIABLES["check"].str.contains("one copy").sum()
    ),
    "national totals against which the provinces are added up at every read": len(
        table("national_totals")
    ),
    "provincial variables with such totals": table("national_totals")["variable"].nunique(),
    "largest relative gap between the sum of 31 provinces and the printed total": total_gap(),
    "provincial variables that reach 2024": int((VARIABLES["last_year"] == "2024").sum()),
    "provincial cells of 2024": int((table("province_figures")["year"] == "2024").sum()),
    "provincial variables that are new with 2024": len(VARIABLES) - 69,
    "provincial flag `jump`: against the year before, at source": int(
        (PROVINCE_FLAGS == "jump").sum()
    ),
    "provincial flag `level_break`: another scope at source": int(
        (PROVINCE_FLAGS == "level_break").sum()
    ),
    "provincial flag `preliminary`: trade in CNY before revision": int(
        (PROVINCE_FLAGS == "preliminary").sum()
    ),
    "provincial flag `vintage_2025`: electricity of 2024, total and thermal": int(
        (PROVINCE_FLAGS == "vintage_2025").sum()
    ),
    "largest gap between sectoral value added and product, 2024, 100m CNY": sectors_of_2024(),
    "largest gap between the nine industries and product, 2016-2023": industries(),
    "largest gap between unflagged trade in CNY and in USD at the annual rate": trade_in_both(),
    "sum of electricity over the printed total, 2024": over_total(POWER, 2024),
    "sum of R&D over the printed total, 2024": over_total("rd_expenditure_100m_cny", 2024),
    "as-published GRP of Tianjin, 2018 to 2019": change(
        "gdp_as_published_100m_cny", "120000", 2019
    ),
    "`gdp_100m_cny` of Tianjin, 2018 to 2019": change("gdp_100m_cny", "120000", 2019),
    "cells of `telecom_volume_100m_cny` at prices of 2010 (2011-2015)": int(
        PROVINCE.loc[pd.IndexSlice[:, 2011:2015], "telecom_volume_100m_cny"].notna().sum()
    ),
    "cells of `telecom_volume_100m_cny` at prices of 2015 (2016-2020)": int(
        PROVINCE.loc[pd.IndexSlice[:, 2016:2020], "telecom_volume_100m_cny"].notna().sum()
    ),
    "cells of `telecom_volume_100m_cny` at prices of 2020 (2021-2023)": int(
        PROVINCE.loc[pd.IndexSlice[:, 2021:2023], "telecom_volume_100m_cny"].notna().sum()
    ),
    "sum of `telecom_volume_100m_cny`, 2020 to 2021": change("telecom_volume_100m_cny", None, 2021),
    "sum of `so2_10kt`, 2015 to 2016": change("so2_10kt", None, 2016),
    "sum of `broadband_subscribers_10k`, 2014 to 2015": change(
        "broadband_subscribers_10k", None, 2015
    ),
    "sum of `employment_urban_units_10k`, 2012 to 2013": change(
        "employment_urban_units_10k", None, 2013
    ),
    "cells of `loans_100m_cny` of Guangdong (2019-2023)": int(
        PROVINCE.loc["440000", "loans_100m_cny"].notna().sum()
    ),
    "prefecture-level units": len(table("cities")),
    "resource-based units": int((table("cities")["resource_based"] == "1").sum()),
    "units on the shoreline (`coastal` of `cities.csv`)": int(
        (table("cities")["coastal"] == "1").sum()
    ),
    "units without a neighbour (all four of Hainan)": len(
        set(table("cities")["city_code"]) - set(table("city_contiguity")["city_code"])
    ),
    "land borders between provinces": int((CONTIGUITY["type"] == "land border").sum() / 2),
    "borders by convention (Hainan-Guangdong)": int(
        CONTIGUITY["type"].str.startswith("convention").sum() / 2
    ),
    "city variables": len(CITY_VARIABLES),
    "city variables of medium confidence": int((CITY_VARIABLES["confidence"] == "medium").sum()),
    "city variables low in the west, medium elsewhere (`digital_finance_index`)": int(
        CITY_VARIABLES["confidence"].str.startswith("low").sum()
    ),
    "city cells": len(CITY),
    "city cells never used (`suspect_*` or `abolished_unit`)": int(UNUSED.sum()),
    "city cells used": int((~UNUSED).sum()),
    "city cells that the compiler may have interpolated, unmarked": int(
        CITY["variable"].isin(INTERPOLATED).sum()
    ),
    **{
        f"of these, `{variable}`": int((CITY["variable"] == variable).sum())
        for variable in INTERPOLATED
    },
    **{f"flag `{flag}`": int(number) for flag, number in FLAGS.value_counts().items()},
    **{
        f"GRP of the cities of {name} over the province's own, {year}": city_to_province(code, year)
        for name, code, years in (
            ("Liaoning", "210000", (2015, 2016)),
            ("Jilin", "220000", (2018, 2019)),
            ("Heilongjiang", "230000", (2014, 2015)),
        )
        for year in years
    },
    "units in Broadband China, official list seen": len(BROADBAND),
    "of these, in no main coding because the unit is in an earlier list": int(
        (BROADBAND["coding_first_entry"] == "0").sum()
    ),
    "units in big-data zones": len(BIG_DATA),
    "of these, day not verified (Guizhou)": int((BIG_DATA["date"] == "").sum()),
    "of these, city list expanded by the compiler (Pearl River Delta)": int(
        BIG_DATA["note"].str.contains("compiler expansion").sum()
    ),
    "digital-economy zones, seen in a stored page": len(table("policies/digital_economy_zones")),
    "units with an area of a free-trade zone": len(FREE_TRADE),
    "of these, area verified": int(
        AREA.str.match("verified|launch and approval dates verified|area verified").sum()
    ),
    "of these, island-wide zone with unverified days (Hainan)": int(
        AREA.str.startswith("island-wide").sum()
    ),
    "of these, verified for some units of the zone only": int(
        AREA.str.contains("not checked").sum()
        - AREA.str.match("area cities not checked|island-wide").sum()
    ),
    "of these, area not checked against the document": int(
        AREA.str.startswith("area cities not checked").sum()
    ),
    "of these, launch day not given": int((FREE_TRADE["date"] == "").sum()),
    "rows of the low-carbon pilots": len(LOW_CARBON),
    "of these, province named in batch 1, prefectures by our own rule": int(
        LOW_CARBON["status"].str.contains("by our own rule").sum()
    ),
    "of these, from memory, in no main coding": int(
        LOW_CARBON["status"].str.startswith("from memory").sum()
    ),
    "of these, below prefecture level": int(LOW_CARBON["level"].isin(["county", "district"]).sum()),
    "of these, held by no prefecture (Jiyuan, Qiongzhong, Alar)": int(
        (~LOW_CARBON["unit_code"].isin(table("cities")["city_code"])).sum()
    ),
    "units of the low-carbon pilots that count later if their own listing goes before their "
    "province's": moved_later(),
    "figures of cross-border e-commerce": len(SCALE),
    "of these, preliminary": int(SCALE.str.contains("preliminary").sum()),
}


@pytest.fixture(scope="module")
def readme():
    return (DATA / "README.md").read_text(encoding="utf-8")


def rows_under(text, header):
    """Return the body rows of all tables with this header."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and cells == header:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not set(line) <= set("|-: "):
            found.append(cells)
    return found


def stated(number):
    return f"{number:,}" if isinstance(number, int) else number


def test_every_count_of_the_readme_is_recomputed(readme):
    written = rows_under(readme, ["Count", "Number"])
    assert len(written) == len({label for label, _ in written})
    assert dict(written) == {label: stated(number) for label, number in COUNTS.items()}


def test_the_shares_of_a_count_add_up():
    free_trade = [
        "of these, area verified",
        "of these, island-wide zone with unverified days (Hainan)",
        "of these, verified for some units of the zone only",
        "of these, area not checked against the document",
    ]
    assert sum(COUNTS[label] for label in free_trade) == len(FREE_TRADE)
    assert int(DAY_VERIFIED.sum()) + len(days_unverified()) == len(FIRST_SEVEN)
    assert int(UNUSED.sum() + (~UNUSED).sum()) == len(CITY)


def test_no_unverified_day_can_move_a_half_year():
    assert MONTH_VERIFIED.all()


def test_single_cells_are_those_of_the_tables(readme):
    written = rows_under(readme, ["Table", "Variable", "Unit", "Year", "Printed"])
    assert len(written) > 30
    units = {
        "province_figures": table("provinces").set_index("name_en")["province_code"],
        "city_figures": table("cities").set_index("name_en")["city_code"],
    }
    figures = {
        name: table(name).set_index([f"{level}_code", "year", "variable"])["value"]
        for name, level in (("province_figures", "province"), ("city_figures", "city"))
    }
    for name, variable, unit, year, printed in written:
        printed = printed.replace(",", "")
        decimals = len(printed.partition(".")[2])
        key = (units[name][unit], year, variable.strip("`"))
        assert f"{float(figures[name][key]):.{decimals}f}" == printed, key


def test_the_sections_stand_in_the_order_of_the_data_editors(readme):
    assert re.findall(r"^## (.+)$", readme, flags=re.MULTILINE) == HEADINGS


def raw_files():
    return sorted(path.relative_to(RAW).as_posix() for path in RAW.rglob("*") if path.is_file())


def test_every_file_has_a_source_and_rights_and_stands_in_the_dataset_list(readme):
    with (RAW / "sources.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "file",
        "content",
        "publisher",
        "rights",
        "how_to_obtain",
        "unverified",
    ]
    assert [row["file"] for row in rows] == raw_files()
    assert all(cell.strip() for row in rows for cell in row.values())
    listed = [row[0] for row in rows_under(readme, ["File", "Source", "Notes", "Provided"])]
    assert {f"`raw/{name}`" for name in raw_files()} <= set(listed)


def test_the_checksums_are_those_of_the_files():
    lines = (DATA / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    digests = [
        f"{hashlib.sha256((RAW / name).read_bytes()).hexdigest()}  raw/{name}"
        for name in raw_files()
    ]
    assert lines == digests
