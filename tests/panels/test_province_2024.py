"""The figures of 2024 and the index of nine indicators: known values, vintages, the index anew.

Printed figures are compared as printed. The index is recomputed in numpy from the files, without a
line of the project: 1e-12 leaves room for the order of sums alone.
"""

import csv
import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import codebook
from pilotzone.catalogue.controls import variables as controls_of
from pilotzone.errors import UserError
from pilotzone.panels import province, province_2024, raw
from pilotzone.panels.raw import declared
from pilotzone.panels.raw.checks import CROSS_CHECKS

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
RTOL = 1e-12
DATABASE = "NBS, annual data by province, data.stats.gov.cn"
# Read in the database and in the bulletin, not in the files of this project.
PRINTED = {
    ("110000", 2024, "gdp_100m_cny"): (49670.2, DATABASE),
    ("440000", 2024, "gdp_100m_cny"): (141488.9, DATABASE),
    ("510000", 2024, "population_10k"): (8364, DATABASE),
    ("440000", 2024, "invention_patents_granted"): (168813, DATABASE),
    ("110000", 2024, "technology_market_turnover_100m_cny"): (9153.26, DATABASE),
    ("440000", 2024, "technology_market_turnover_100m_cny"): (2027.67, DATABASE),
    ("440000", 2024, "ecommerce_sales_100m_cny"): (53706.6, DATABASE),
    ("510000", 2024, "optical_cable_km"): (5868752.58, DATABASE),
    ("110000", 2024, "broadband_subscribers_10k"): (992.1, DATABASE),
    ("440000", 2024, "power_generation_100m_kwh"): (7354.51, DATABASE),
    ("440000", 2024, "power_generation_thermal_100m_kwh"): (4935.91, DATABASE),
    ("110000", 2024, "higher_education_students"): (665_400, DATABASE),
    ("440000", 2024, "fiscal_revenue_100m_cny"): (13533.98, DATABASE),
    ("110000", 2024, "rd_expenditure_100m_cny"): (
        3278.4,
        "National Bulletin on Science and Technology Expenditure 2024",
    ),
}
FIRST_PRINT_OF_GUANGDONG = 141633.8
POWER = ("power_generation_thermal_100m_kwh", "power_generation_100m_kwh")


@pytest.fixture
def later(province_panel):
    return province_panel.to_2024


def printed():
    """The figures by province, year and variable, read by the csv module alone."""
    with (RAW / "province_figures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {(r["province_code"], int(r["year"]), r["variable"]): float(r["value"]) for r in rows}


def checked(figures, change):
    """Run the checks across tables on figures of which ``change`` is a changed copy."""
    changed = {"province_figures": change(figures.province_figures.copy())}
    spoiled = dataclasses.replace(figures, city_figures=None, city_variables=None, **changed)
    for check in CROSS_CHECKS:
        check(spoiled, RAW)


def at(rows, code, year, *names):
    where = (rows["province_code"] == code) & (rows["year"] == year)
    return where & rows["variable"].isin(names)


@pytest.mark.parametrize("cell", PRINTED)
def test_figures_of_2024_are_those_of_the_publisher(figures, cell):
    rows = figures.province_figures
    value, source = PRINTED[cell]
    assert rows.loc[at(rows, cell[0], cell[1], cell[2]), "value"].tolist() == [value], source


def test_the_provinces_add_up_to_the_national_figures_of_2024(figures):
    sums = raw.wide(figures.province_figures).groupby("year").sum().loc[2024]
    # Yearbook 2025, table 9-19; bulletin; communique of 2024, in 10k persons.
    assert sums["power_generation_100m_kwh"] == pytest.approx(100868.81, abs=0.05)
    assert sums["rd_expenditure_100m_cny"] == pytest.approx(36326.8, abs=0.05)
    assert sums["higher_education_students"] / 1e4 == pytest.approx(3891.3, abs=0.05)


def test_the_first_print_of_product_never_meets_final_value_added(figures):
    def first_print(rows):
        rows.loc[at(rows, "440000", 2024, "gdp_100m_cny"), "value"] = FIRST_PRINT_OF_GUANGDONG
        return rows

    checked(figures, lambda rows: rows)
    with pytest.raises(UserError, match=r"440000 \(Guangdong\) 2024, column gdp_100m_cny: differs"):
        checked(figures, first_print)


def test_no_industry_is_printed_beside_the_final_product_of_2024(figures):
    rows = figures.province_figures
    years = rows.loc[rows["variable"].isin(declared.INDUSTRIES), "year"]
    assert (years.min(), years.max()) == (2016, 2023)


@pytest.mark.parametrize("changed", POWER)
def test_total_and_thermal_power_are_of_one_vintage_within_a_year(figures, changed):
    def of_another(rows):
        rows.loc[at(rows, "440000", 2024, changed), "flag"] = ""
        return rows

    with pytest.raises(UserError, match="two vintages in one ratio") as caught:
        checked(figures, of_another)
    assert "440000 (Guangdong) 2024, column flag" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_later_vintage_in_an_earlier_year_is_seen_as_well(figures):
    def of_another(rows):
        rows.loc[at(rows, "110000", 2019, POWER[1]), "flag"] = "vintage_2025"
        return rows

    with pytest.raises(UserError, match=r"110000 \(Beijing\) 2019, column flag"):
        checked(figures, of_another)


def test_flags_of_the_additions_are_kept(figures):
    counts = figures.province_figures["flag"].value_counts()
    assert counts.drop("").to_dict() == {
        "vintage_2025": 2 * 31,
        "jump": 14,
        "preliminary": 9,
        "level_break": 2,
    }


def test_firms_with_e_commerce_over_surveyed_firms_is_the_printed_share(figures):
    table = raw.wide(figures.province_figures)
    share = 100 * table["ecommerce_firms"] / table["ict_survey_firms"]
    gap = (share - table["ecommerce_firm_share_pct"]).dropna().abs()
    assert len(gap) == 9 * 31
    # Printed to one digit.
    assert gap.max() <= 0.05 + 1e-9


def test_both_prints_of_trade_agree_but_where_a_flag_says_so(figures):
    rows = figures.province_figures
    flags = rows[rows["variable"] == "trade_total_100m_cny"].set_index(["province_code", "year"])
    table = raw.wide(rows).join(figures.exchange_rate.set_index("year"), on="year")
    converted = table["trade_total_100m_usd"] * table["cny_per_usd"]
    gap = (table["trade_total_100m_cny"] / converted - 1).dropna().abs()
    flagged = flags["flag"].reindex(gap.index) != ""
    assert len(gap) == 8 * 31
    # At the mean rate of the year; the customs convert month by month.
    assert gap[~flagged].max() < 0.027
    assert gap[flagged].min() > 0.02


def test_batches_checked_by_a_third_party_are_not_called_verified(figures):
    zones = figures.pilot_zones
    status = zones["date_status"].str.partition(";")[2]
    third = zones["batch"].isin([1, 2, 4])
    assert status.str.contains("checked by a third party").equals(third)
    assert third.sum() == 37
    assert not status[third].str.contains("verified").any()


# The panel and the index.


def test_the_panel_reaches_2024_and_the_main_one_does_not(later, province_panel):
    assert province_panel.frame["year"].max() == 2023
    frame = later.frame
    assert len(frame) == 30 * 12
    assert "540000" not in set(frame["province_code"])
    assert (frame["year"].min(), frame["year"].max()) == (2013, 2024)
    assert frame.equals(frame.sort_values(["province_code", "year"]))
    assert (
        not frame[[*province_2024.SYSTEM.ids, *controls_of("baseline_2024")]].isna().any(axis=None)
    )


def test_every_column_has_labels(later):
    books = {name for book in ("province", "province_2024") for name in codebook.codebook(book)}
    assert set(later.frame.columns) <= books


def test_what_both_panels_hold_is_the_same_to_2023(later, province_panel):
    keys = ["province_code", "year"]
    shared = [c for c in later.frame if c in province_panel.frame and not c.startswith("cohort")]
    mine, main = (f.set_index(keys) for f in (later.frame[shared], province_panel.frame[shared]))
    mine = mine.loc[mine.index.get_level_values("year") <= 2023]
    pd.testing.assert_frame_equal(mine, main.loc[mine.index], check_dtype=False)
    assert {"gdp_per_capita", "zone_share", "fiscal_share"} <= set(shared)
    assert "finance" not in later.frame


def test_scores_lie_in_the_unit_interval_and_weights_sum_to_one(later):
    names = [variant.id for variant in province_2024.VARIANTS]
    assert later.frame[names].min().min() >= 0
    assert later.frame[names].max().max() <= 1
    sums = later.index_weights.groupby("variant")["weight"].sum()
    assert sorted(sums.index) == sorted(names)
    np.testing.assert_allclose(sums, 1.0, rtol=RTOL)
    sizes = later.index_weights.groupby("variant").size()
    assert sizes.to_dict() == {"nqp_2024": 9, "nqp_2024_no_ecommerce": 8, "nqp_2024_equal": 9}


def test_the_index_by_numpy_from_the_files(later):
    cells = printed()
    with (RAW / "provinces.csv").open(newline="", encoding="utf-8") as file:
        land = {r["province_code"]: float(r["land_area_km2"]) for r in csv.DictReader(file)}
    rows = [(code, year) for code in sorted(land) if code != "540000" for year in range(2013, 2025)]

    def ratio(over, under):
        return [cells[(*row, over)] / cells[(*row, under)] for row in rows]

    people, product = "population_10k", "gdp_100m_cny"
    thermal = np.array(ratio(POWER[0], POWER[1]))
    x = np.column_stack(
        [
            ratio("higher_education_students", people),
            ratio(product, people),
            1 - thermal,
            [cells[(*row, "optical_cable_km")] / land[row[0]] for row in rows],
            ratio("broadband_subscribers_10k", people),
            ratio("rd_expenditure_100m_cny", product),
            ratio("invention_patents_granted", people),
            ratio("technology_market_turnover_100m_cny", product),
            ratio("ecommerce_sales_100m_cny", product),
        ]
    )

    def entropy(x):
        z = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
        p = z / z.sum(axis=0)
        logs = np.log(p, out=np.zeros_like(p), where=p > 0)
        d = 1 + (p * logs).sum(axis=0) / math.log(len(rows))
        return z @ (d / d.sum())

    found = later.frame.set_index(["province_code", "year"]).loc[rows]
    np.testing.assert_allclose(found["nqp_2024"], entropy(x), rtol=RTOL)
    np.testing.assert_allclose(found["nqp_2024_no_ecommerce"], entropy(x[:, :8]), rtol=RTOL)


def test_flagged_cells_of_the_index_are_counted(later):
    table = later.flagged.set_index(["variable", "flag"])
    assert table["cells"].to_dict() == {
        ("ecommerce_sales_100m_cny", "jump"): 1,
        ("optical_cable_km", "jump"): 2,
        ("technology_market_turnover_100m_cny", "jump"): 5,
        (POWER[0], "vintage_2025"): 30,
        (POWER[1], "vintage_2025"): 30,
    }
    assert (table["year"] == 2024).all()
    # Xinjiang, Shanxi, Gansu, Jilin, Jiangsu, Jiangxi, Guangdong, Guangxi; Tibet is in no sample.
    marked = later.frame.loc[later.frame["flagged"] == 1, ["province_code", "year"]]
    codes = ["140000", "220000", "320000", "360000", "440000", "450000", "620000", "650000"]
    assert marked["province_code"].tolist() == codes
    assert set(marked["year"]) == {2024}


def test_openness_of_2024_is_trade_in_cny_and_before_that_trade_in_usd(later, figures):
    frame = later.frame.set_index(["province_code", "year"])
    assert frame.at[("440000", 2024), "openness_2024"] == pytest.approx(90977.9 / 141488.9)
    table = raw.wide(figures.province_figures)
    usd, product = table.loc[("440000", 2019), ["trade_total_100m_usd", "gdp_100m_cny"]]
    assert frame.at[("440000", 2019), "openness_2024"] == pytest.approx(usd * 6.8985 / product)


def test_a_missing_cell_of_2024_names_province_year_and_source(figures):
    rows = figures.province_figures
    gone = at(rows, "330000", 2024, "optical_cable_km")
    changed = dataclasses.replace(figures, province_figures=rows[~gone])
    with pytest.raises(UserError, match="330000 2024 has no optical_cable_km") as caught:
        province_2024.build(changed, province.variables(changed), rows, province.SOURCE)
    assert "sample 'province_2024'" in str(caught.value)
