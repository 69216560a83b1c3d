"""The published figures pass; every kind of spoiled table is refused in one line.

Each test spoils one thing in a copy with fewer variables, which passes as it is.
"""

import ast
import inspect

import pandas as pd
import pytest

from pilotzone.errors import UserError
from pilotzone.panels import raw
from pilotzone.panels.raw import declared
from pilotzone.panels.raw.figures import compare_national_totals

GDP = {"province_code": "340000", "year": "2015", "variable": "gdp_100m_cny"}
CITY = {"city_code": "340100", "year": "2015"}
BIG_DATA, BROADBAND, DIGITAL, FREE_TRADE, LOW_CARBON = (
    f"policies/{stem}.csv"
    for stem in (
        *("big_data_zones", "broadband_china", "digital_economy_zones"),
        *("free_trade_zones", "low_carbon"),
    )
)
BATCH_3 = {"batch": "3", "name_en": "Nanjing"}


def refusal(folder, *, city):
    with pytest.raises(UserError) as caught:
        raw.read_raw(folder, city=city)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture(scope="module")
def tables(figures):
    return figures


def test_the_published_figures_pass(tables):
    assert len(tables.provinces) == 31
    assert len(tables.cities) == 337
    assert len(tables.province_figures) == 31_695
    assert len(tables.city_figures) == 115_413
    assert len(tables.national_totals) == 102
    assert tables.totals_skipped == 0
    assert sorted(tables.policies) == [
        "big_data_zones",
        "broadband_china",
        "digital_economy_zones",
        "free_trade_zones",
        "low_carbon",
        "service_pilots",
    ]


def test_codes_are_text_years_whole_numbers_and_days_days(tables):
    assert tables.province_figures["province_code"].iloc[0] == "110000"
    assert tables.city_figures["city_code"].iloc[0] == "110000"
    assert tables.province_figures["year"].dtype == "int64"
    assert tables.province_figures["value"].dtype == "float64"
    first = tables.pilot_zones.iloc[0]
    assert first["approval_date"] == pd.Timestamp(2015, 3, 7)
    assert tables.pilot_zones.loc[tables.pilot_zones["batch"] == 8, "approval_date"].isna().all()


def test_the_result_is_sorted_by_key_whatever_the_order_in_the_file(tables, raw_copy):
    raw_copy.lines("province_contiguity.csv", lambda lines: [lines[0], *reversed(lines[1:])])
    pairs = raw.read_raw(raw_copy.folder, city=False).province_contiguity
    pd.testing.assert_frame_equal(pairs, tables.province_contiguity)


def test_the_reduced_copy_passes_so_that_a_refusal_has_one_cause(raw_copy):
    assert len(raw.read_raw(raw_copy.folder).city_figures) > 0


def test_without_city_the_city_figures_are_not_read(raw_copy):
    for name in ("city_figures", "city_variables", "city_contiguity"):
        (raw_copy.folder / f"{name}.csv").unlink()
    tables = raw.read_raw(raw_copy.folder, city=False)
    assert tables.city_figures is tables.city_variables is tables.city_contiguity is None


# One cell is overwritten: file, row, column, new text, what the reader is told.
PROVINCE_CELLS = [
    ("provinces.csv", {"name_en": "Anhui"}, "province_code", "990000", "province codes of GB/T"),
    ("provinces.csv", {"name_en": "Anhui"}, "region3", "south", "east, central or west"),
    ("provinces.csv", {"name_en": "Anhui"}, "region4", "south", "or northeast"),
    ("provinces.csv", {"name_en": "Anhui"}, "coastal", "2", "outside 0 to 1"),
    ("provinces.csv", {"name_en": "Anhui"}, "capital_lon", "31.8", "outside 73 to 136"),
    ("provinces.csv", {"name_en": "Anhui"}, "land_area_km2", "0", "not above 0"),
    ("cities.csv", {"name_en": "Hefei"}, "city_code", "350199", "six-digit code of its province"),
    (
        "cities.csv",
        {"name_en": "Hefei"},
        "province_code",
        "990000",
        "six-digit code of its province",
    ),
    ("cities.csv", {"name_en": "Hefei"}, "type", "municipality", "does not fit city_code"),
    ("cities.csv", {"name_en": "Hefei"}, "lat", "117.2", "outside 3 to 54"),
    ("cities.csv", {"name_en": "Hefei"}, "resource_based", "yes", "not a whole number"),
    ("province_variables.csv", {"unit": "%"}, "unit", " ", "empty"),
    ("province_variables.csv", {"unit": "%"}, "cells", "many", "not a whole number"),
    ("province_figures.csv", GDP, "province_code", "990000", "province code of provinces.csv"),
    ("province_figures.csv", GDP, "year", "2009", "outside 2010 to 2024"),
    ("province_figures.csv", GDP, "year", "2010.5", "not a whole number"),
    ("province_figures.csv", GDP, "variable", "gdp", "variable of province_variables.csv"),
    ("province_figures.csv", GDP, "value", "n.a.", "'n.a.' is not a number"),
    ("province_figures.csv", GDP, "value", "nan", "'nan' is not a number"),
    ("province_figures.csv", GDP, "value", "inf", "not a finite number"),
    ("province_figures.csv", GDP, "value", "", "the cell is empty"),
    ("province_figures.csv", GDP, "value", "-1", "is negative (340000, 2015, gdp_100m_cny)"),
    (
        "province_figures.csv",
        {"variable": "tertiary_share_as_published_pct"},
        "value",
        "100.1",
        "above 100 but a percentage",
    ),
    ("province_figures.csv", GDP, "flag", "odd", "'odd' is not a declared flag"),
    (
        "province_figures.csv",
        {"variable": "cpi_prev_year_100"},
        "value",
        "2.1",
        "outside 50 to 200 but an index",
    ),
    ("national_totals.csv", {"year": "2015"}, "variable", "gdp", "of province_variables.csv"),
    ("national_totals.csv", {"year": "2015"}, "value", "0", "not above 0"),
    ("exchange_rate.csv", {"year": "2015"}, "cny_per_usd", "0.16", "outside 5 to 10"),
    (
        "province_contiguity.csv",
        {"province_code": "110000", "neighbour_code": "120000"},
        "neighbour_code",
        "110000",
        "is the unit itself",
    ),
    (
        "province_contiguity.csv",
        {"province_code": "110000", "neighbour_code": "120000"},
        "neighbour_code",
        "310000",
        "no row in the other direction",
    ),
    (
        "province_contiguity.csv",
        {"province_code": "460000"},
        "type",
        "land border",
        "for Hainan and Guangdong alone",
    ),
    (
        "province_contiguity.csv",
        {"province_code": "110000"},
        "type",
        "convention: capital region",
        "for Hainan and Guangdong alone",
    ),
    ("pilot_zones.csv", BATCH_3, "batch", "9", "outside 1 to 8"),
    ("pilot_zones.csv", BATCH_3, "approval_date", "24/07/2018", "not a day YYYY-MM-DD"),
    ("pilot_zones.csv", BATCH_3, "approval_date", "2018-02-30", "not a day YYYY-MM-DD"),
    ("pilot_zones.csv", BATCH_3, "approval_date", "", "the cell is not a day"),
    ("pilot_zones.csv", BATCH_3, "approval_date", "2018-07-25", "first row of its batch"),
    ("pilot_zones.csv", BATCH_3, "announced_date", "2018-07-01", "before the approval"),
    ("pilot_zones.csv", BATCH_3, "document_no", "", "empty"),
    ("pilot_zones.csv", BATCH_3, "city_code", "", "no code in its prefecture"),
    ("pilot_zones.csv", {"name_en": "Yiwu"}, "city_code", "330182", "no code in its prefecture"),
    ("pilot_zones.csv", BATCH_3, "province_code", "330000", "not the province of prefecture_code"),
    ("pilot_zones.csv", BATCH_3, "level", "town", "declared level"),
    ("pilot_zones.csv", BATCH_3, "date_status", "", "empty"),
    (BIG_DATA, {"unit_code": "110000"}, "date", "2017-10-08", "not in the year of its row"),
    (BIG_DATA, {"unit_code": "110000"}, "date", "2016-13-08", "not a day YYYY-MM-DD"),
    (BIG_DATA, {"zone": "上海"}, "unit_code", "319999", "is no unit"),
    (BIG_DATA, {"zone": "上海"}, "coding_construction", "yes", "none of 1, 0, a year and a day"),
    (BROADBAND, {"listed_code": "320583"}, "unit_code", "320583", "is no unit"),
    (BROADBAND, {"unit_code": "110000"}, "year", "14", "not a year from 1949 to 2100"),
    (
        BROADBAND,
        {"unit_code": "411400", "year": "2016"},
        "coding_first_entry",
        "1",
        "unit 411400 counts from 2016 here and from 2015 in line",
    ),
    (DIGITAL, {"unit_code": "350000"}, "unit_code", "990000", "is no unit"),
    (FREE_TRADE, {"unit_code": "120000"}, "status", "", "empty"),
    (LOW_CARBON, {"unit_code": "110000"}, "source", "", "empty"),
    ("cbec_scale.csv", {"geo": "Zhejiang"}, "value", "0", "not above 0"),
    ("cbec_scale.csv", {"geo": "Zhejiang"}, "period", "Q1", "year or H1"),
]
# These checks look at the other column of the pair first, so the failing column is not the one set.
BLAMED = {
    ("cities.csv", "province_code"): "city_code",
}
CITY_CELLS = [
    ("city_figures.csv", CITY, "city_code", "340199", "declared abolished one"),
    ("city_figures.csv", CITY, "year", "2004", "outside 2005 to 2023"),
    ("city_figures.csv", CITY, "variable", "gdp", "variable of city_variables.csv"),
    ("city_figures.csv", CITY, "value", "-1", "is negative"),
    (
        "city_figures.csv",
        CITY | {"variable": "urbanisation_pct"},
        "value",
        "120",
        "above 100 but a percentage",
    ),
    (
        "city_figures.csv",
        CITY | {"variable": "gdp_index_prev_year_100"},
        "value",
        "8.1",
        "outside 50 to 200 but an index",
    ),
    ("city_figures.csv", CITY, "flag", "suspect", "not a declared flag"),
    ("city_figures.csv", {"city_code": "371200"}, "flag", "", "lacks abolished_unit"),
    ("city_contiguity.csv", {"city_code": "340100"}, "neighbour_code", "340199", "cities.csv"),
    ("city_contiguity.csv", {"city_code": "340100"}, "neighbour_code", "340100", "unit itself"),
]


def refuses_a_cell(raw_copy, name, where, column, value, told, *, city):
    line = raw_copy.set(name, where, column, value)
    message = refusal(raw_copy.folder, city=city)
    blamed = BLAMED.get((name, column), column)
    assert f"{raw_copy.folder / name}, line {line}, column {blamed}: " in message
    assert told in message
    assert message.endswith(f"git checkout -- data/raw/{name}")


@pytest.mark.parametrize(("name", "where", "column", "value", "told"), PROVINCE_CELLS)
def test_a_spoiled_cell_is_named(raw_copy, name, where, column, value, told):
    refuses_a_cell(raw_copy, name, where, column, value, told, city=False)


@pytest.mark.parametrize(("name", "where", "column", "value", "told"), CITY_CELLS)
def test_a_spoiled_cell_of_the_city_tables_is_named(raw_copy, name, where, column, value, told):
    refuses_a_cell(raw_copy, name, where, column, value, told, city=True)


def test_a_zone_outside_the_known_units_is_refused(raw_copy):
    where = {"batch": "3", "name_en": "Nanjing"}
    raw_copy.set("pilot_zones.csv", where, "city_code", "329900")
    line = raw_copy.set("pilot_zones.csv", where, "prefecture_code", "329900")
    message = refusal(raw_copy.folder, city=False)
    assert f"pilot_zones.csv, line {line}, column prefecture_code: '329900' is no unit" in message


@pytest.mark.parametrize(
    ("level", "name_en", "column"),
    [
        (declared.LEVEL_WITHOUT_CODE, "Xiong'an New Area", "city_code"),
        (declared.LEVEL_OF_PROVINCE, "Hainan (island-wide)", "prefecture_code"),
    ],
)
def test_the_declared_exceptions_of_zones_hold_for_their_level_only(
    raw_copy, level, name_en, column
):
    where = {"name_en": name_en}
    assert (
        raw_copy.read("pilot_zones.csv")[raw_copy.line_of("pilot_zones.csv", where) - 2]["level"]
        == level
    )
    line = raw_copy.set("pilot_zones.csv", where, "level", "prefecture-level city")
    message = refusal(raw_copy.folder, city=False)
    assert f"pilot_zones.csv, line {line}, column {column}: " in message


# A change to lines or rows: what it does, and what the message holds.
STRUCTURES = {
    "missing file": (
        lambda copy: (copy.folder / "exchange_rate.csv").unlink(),
        ("exchange_rate.csv is missing", "git checkout -- data/raw/exchange_rate.csv"),
    ),
    "missing column": (
        lambda copy: copy.lines(
            "exchange_rate.csv", lambda lines: [line.split(",")[0] for line in lines]
        ),
        ("exchange_rate.csv, header, column cny_per_usd: the column is missing",),
    ),
    "unexpected column": (
        lambda copy: copy.lines("exchange_rate.csv", lambda lines: [f"{x},1" for x in lines]),
        ("exchange_rate.csv, header, column 1: unexpected column",),
    ),
    "column twice": (
        lambda copy: copy.lines(
            "exchange_rate.csv", lambda lines: [f"{x},{x.split(',')[1]}" for x in lines]
        ),
        ("exchange_rate.csv, header, column cny_per_usd.1: unexpected column",),
    ),
    "short line": (
        lambda copy: copy.lines(
            "exchange_rate.csv", lambda lines: [*lines[:3], lines[3].split(",")[0], *lines[4:]]
        ),
        ("exchange_rate.csv, line 4, column cny_per_usd: the cell is empty (2012)"),
    ),
    "empty line": (
        lambda copy: copy.lines("exchange_rate.csv", lambda lines: [*lines[:3], "", *lines[3:]]),
        ("exchange_rate.csv, line 4, column year: the cell is empty",),
    ),
    "long line": (
        lambda copy: copy.lines(
            "exchange_rate.csv", lambda lines: [*lines[:3], f"{lines[3]},9", *lines[4:]]
        ),
        ("exchange_rate.csv, line 4: 3 fields where the header has 2",),
    ),
    "long lines throughout": (
        lambda copy: copy.lines(
            "exchange_rate.csv", lambda lines: [lines[0], *(f"{x},9" for x in lines[1:])]
        ),
        ("exchange_rate.csv, line 2: more fields than the header has",),
    ),
    "empty file": (
        lambda copy: (copy.folder / "exchange_rate.csv").write_text(""),
        ("exchange_rate.csv: no readable table",),
    ),
    "another encoding": (
        lambda copy: (copy.folder / "provinces.csv").write_bytes("北京".encode("gb18030")),
        ("provinces.csv: not UTF-8 text",),
    ),
    "open quote": (
        lambda copy: copy.lines("exchange_rate.csv", lambda lines: [*lines, '2024,"7']),
        ("exchange_rate.csv: no readable table",),
    ),
    "row twice": (
        lambda copy: copy.lines("province_figures.csv", lambda lines: [*lines, lines[1]]),
        (
            "column province_code, year, variable: a second row for 110000, 2015, ",
            "province_figures.csv, line ",
        ),
    ),
    "province without a row": (
        lambda copy: copy.drop("provinces.csv", {"name_en": "Anhui"}),
        ("provinces.csv, 340000, column province_code: no row",),
    ),
    "year without a rate": (
        lambda copy: copy.drop("exchange_rate.csv", {"year": "2015"}),
        ("exchange_rate.csv, 2015, column year: no row",),
    ),
    "border in one direction": (
        lambda copy: copy.drop(
            "province_contiguity.csv", {"province_code": "110000", "neighbour_code": "120000"}
        ),
        ("province_contiguity.csv, line 3, column neighbour_code", "in the other direction"),
    ),
    "island": (
        lambda copy: (
            copy.drop("province_contiguity.csv", {"province_code": "460000"}),
            copy.drop("province_contiguity.csv", {"neighbour_code": "460000"}),
        ),
        ("province_contiguity.csv, 460000, column province_code: no row",),
    ),
    "zone dropped": (
        lambda copy: copy.drop("pilot_zones.csv", BATCH_3),
        ("pilot_zones.csv, batch 3, column batch: 21 approvals, the reply lists 22",),
    ),
    "cell dropped": (
        lambda copy: copy.drop("province_figures.csv", GDP),
        ("province_figures.csv, gdp_100m_cny, column variable: cells 61 in the figures, 62 in",),
    ),
    "product without a vintage": (
        lambda copy: copy.lines(
            "province_variables.csv",
            lambda lines: [*lines, "gdp_new_100m_cny,a,b,c,d,e,f,2010,2023,0,0"],
        ),
        ("province_variables.csv, gdp_new_100m_cny, column variable", "has no vintage"),
    ),
    "variable of a check gone": (
        lambda copy: [
            copy.drop(name, {"variable": "so2_10kt"})
            for name in ("province_figures.csv", "province_variables.csv")
        ],
        ("no figures of variable 'so2_10kt'",),
    ),
    "capital not in the province": (
        lambda copy: copy.set("provinces.csv", {"name_en": "Anhui"}, "capital_en", "Nanjing"),
        ("provinces.csv, 340000 (Anhui), column capital_en: 'Nanjing' is no name_en",),
    ),
}


@pytest.mark.parametrize("case", STRUCTURES)
def test_a_spoiled_structure_is_named(raw_copy, case):
    spoil, fragments = STRUCTURES[case]
    spoil(raw_copy)
    message = refusal(raw_copy.folder, city=False)
    for fragment in fragments:
        assert fragment in message


def test_a_city_without_neighbour_is_refused_outside_hainan(raw_copy):
    raw_copy.drop("city_contiguity.csv", {"city_code": "330900"})
    raw_copy.drop("city_contiguity.csv", {"neighbour_code": "330900"})
    message = refusal(raw_copy.folder, city=True)
    assert "city_contiguity.csv, 330900, column city_code: no row" in message


# Anhui 2018: a figure is set so that it no longer fits the other figures of its unit and year.
@pytest.mark.parametrize(
    ("variable", "value", "fragments"),
    [
        ("power_generation_thermal_100m_kwh", "9000", ("exceeds power_generation_100m_kwh",)),
        ("so2_industrial_10kt", "900", ("exceeds so2_10kt",)),
        ("fiscal_expenditure_scitech_100m_cny", "6000", ("+ fiscal_expenditure_environment",)),
        ("urban_population_10k", "9000", ("exceeds population_10k",)),
        ("invention_patents_granted", "900000", ("exceeds patents_granted",)),
        ("tax_revenue_100m_cny", "4000", ("exceeds fiscal_revenue_100m_cny",)),
        ("va_finance_100m_cny", "20", ("gdp_100m_cny: differs from the sum of va_agri",)),
        ("va_tertiary_100m_cny", "16000", ("gdp_100m_cny: differs from the sum of va_primary",)),
    ],
)
def test_figures_that_do_not_fit_each_other_are_refused(raw_copy, variable, value, fragments):
    where = {"province_code": "340000", "year": "2018", "variable": variable}
    raw_copy.set("province_figures.csv", where, "value", value)
    message = refusal(raw_copy.folder, city=False)
    assert "province_figures.csv, 340000 (Anhui) 2018, column " in message
    for fragment in fragments:
        assert fragment in message


def test_value_added_of_a_city_must_add_up_unless_flagged(raw_copy):
    where = CITY | {"variable": "va_tertiary_as_published_100m_cny"}
    raw_copy.set("city_figures.csv", where, "value", "1")
    message = refusal(raw_copy.folder, city=True)
    assert "city_figures.csv, 340100 (Hefei) 2015, column gdp_as_published_100m_cny" in message
    raw_copy.set("city_figures.csv", where, "flag", "suspect_va_sum_gt3pct")
    assert raw.read_raw(raw_copy.folder).city_figures["flag"].str.contains("gt3pct").any()


def test_the_provinces_must_add_up_to_the_printed_total(raw_copy):
    where = {"province_code": "340000", "year": "2018", "variable": "rd_expenditure_100m_cny"}
    raw_copy.set("province_figures.csv", where, "value", "660")
    message = refusal(raw_copy.folder, city=False)
    assert "province_figures.csv, rd_expenditure_100m_cny 2018, column value" in message
    assert "the printed total is 19677.92937" in message


def test_a_total_with_a_province_missing_is_counted_not_compared(raw_copy, tables):
    variable = "rd_expenditure_100m_cny"
    gone = {"province_code": "440000", "year": "2018", "variable": variable}
    raw_copy.drop("province_figures.csv", gone)
    raw_copy.set("province_variables.csv", {"variable": variable}, "cells", "61")
    spoiled = raw.read_raw(raw_copy.folder, city=False)
    assert spoiled.totals_skipped == 1
    compared = compare_national_totals(spoiled.province_figures, spoiled.national_totals)
    row = compared[(compared["variable"] == variable) & (compared["year"] == 2018)].iloc[0]
    assert row["provinces"] == 30
    assert row["gap"] < -0.1
    complete = compare_national_totals(tables.province_figures, tables.national_totals)
    assert complete["gap"].abs().max() < declared.TOTAL_RTOL


def test_further_failures_of_the_same_kind_are_counted(raw_copy):
    rows = raw_copy.read("province_figures.csv")
    spoiled = [i for i, row in enumerate(rows) if row["variable"] == "population_10k"]
    for i in spoiled:
        rows[i]["value"] = "-" + rows[i]["value"]
    raw_copy.write("province_figures.csv", rows)
    message = refusal(raw_copy.folder, city=False)
    assert f"line {spoiled[0] + 2}, column value" in message
    assert f"(and {len(spoiled) - 1} more)" in message


# --- traps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [
        ("va_secondary_100m_cny", "gdp_as_published_100m_cny"),
        ("gdp_100m_cny", "gdp_4th_census_100m_cny"),
        ("tertiary_share_as_published_pct", "gdp_100m_cny", "population_10k"),
        ("va_tertiary_as_published_100m_cny", "gdp_100m_cny"),
    ],
)
def test_two_vintages_of_regional_product_are_refused_together(variables):
    with pytest.raises(UserError, match=r"formula mixes vintages of regional product: .*; use"):
        raw.check_ratio_vintages(variables)


@pytest.mark.parametrize(
    "variables",
    [
        ("va_secondary_100m_cny", "gdp_100m_cny"),
        ("va_tertiary_as_published_100m_cny", "gdp_as_published_100m_cny"),
        ("deposits_100m_cny", "gdp_4th_census_100m_cny"),
        ("gdp_index_prev_year_100", "gdp_100m_cny"),
        ("population_10k", "land_area_km2"),
    ],
)
def test_one_vintage_may_meet_itself_and_anything_without_vintage(variables):
    raw.check_ratio_vintages(variables)


def test_the_vintages_are_those_of_the_tables_of_variables(tables):
    text = pd.concat([tables.province_variables, tables.city_variables]).drop_duplicates("variable")
    text = text.set_index("variable")["vintage_and_breaks"]
    for variable, vintage in declared.GRP_VINTAGES.items():
        assert variable in text.index
        assert ("as_published" in variable) == (vintage == declared.AS_PUBLISHED)
    assert "fifth economic census" in text["gdp_100m_cny"]
    assert "fifth economic census" in text["va_secondary_100m_cny"]
    assert "as first printed" in text["va_tertiary_as_published_100m_cny"]


def test_the_two_vintages_differ_where_the_trap_lies(tables):
    grp = raw.wide(tables.province_figures, ("gdp_100m_cny", "gdp_as_published_100m_cny"))
    tianjin = grp.loc["120000"]
    fall = tianjin.loc[2019] / tianjin.loc[2018] - 1
    assert fall["gdp_as_published_100m_cny"] == pytest.approx(-0.25, abs=0.01)
    assert fall["gdp_100m_cny"] > 0


def test_loans_of_guangdong_are_absent_from_2010_to_2018(tables):
    loans = tables.province_figures.query("variable == 'loans_100m_cny'")
    guangdong = loans.loc[loans["province_code"] == "440000", "year"]
    assert guangdong.tolist() == [2019, 2020, 2021, 2022, 2023]
    deposits = raw.wide(tables.province_figures, ("deposits_100m_cny",)).loc["440000"]
    assert len(deposits) == 14


def test_the_batches_hold_165_approvals_and_sixteen_more(tables):
    sizes = tables.pilot_zones["batch"].value_counts().sort_index()
    assert sizes.tolist() == [1, 12, 22, 24, 46, 27, 33, 16]
    assert sizes.loc[1:7].sum() == 165
    assert (tables.pilot_zones["revoked"] != "").sum() == 3


def test_hainan_borders_guangdong_by_convention_and_nothing_else_does(tables):
    pairs = tables.province_contiguity
    hainan = pairs[pairs["province_code"] == "460000"]
    assert hainan["neighbour_code"].tolist() == ["440000"]
    assert (pairs["type"] != declared.LAND_BORDER).sum() == 2
    assert (pairs["type"] == declared.LAND_BORDER).sum() == 2 * 68


def test_telecom_volume_jumps_at_the_two_changes_of_price_base(tables):
    total = raw.wide(tables.province_figures, ("telecom_volume_100m_cny",)).groupby("year").sum()
    growth = total["telecom_volume_100m_cny"].pct_change()
    assert growth[2021] == pytest.approx(-0.87, abs=0.01)
    assert growth.drop(index=[2016, 2021]).dropna().min() > 0


# --- helpers -------------------------------------------------------------------------------------


def figures(*rows):
    return pd.DataFrame(rows, columns=["province_code", "year", "variable", "value"])


def test_wide_is_one_row_per_unit_and_year_and_leaves_the_figures_alone():
    long = figures(
        ("2", 2011, "y", 4.0), ("1", 2010, "y", 1.0), ("1", 2011, "x", 2.0), ("2", 2011, "x", 3.0)
    )
    before = long.copy()
    table = raw.wide(long)
    assert table.index.tolist() == [("1", 2010), ("1", 2011), ("2", 2011)]
    assert table.columns.tolist() == ["x", "y"]
    assert table.loc[("2", 2011)].tolist() == [3.0, 4.0]
    assert table.isna().sum().tolist() == [1, 1]
    assert raw.wide(long, ("x",)).columns.tolist() == ["x"]
    pd.testing.assert_frame_equal(long, before)


def test_wide_refuses_a_cell_that_stands_twice_and_an_unknown_variable():
    twice = figures(("1", 2010, "x", 1.0), ("1", 2010, "x", 1.0))
    with pytest.raises(UserError, match="two values for 1, 2010, x"):
        raw.wide(twice)
    with pytest.raises(UserError, match="no figures of variable 'z'"):
        raw.wide(twice, ("z",))


def test_cells_that_are_never_used():
    flags = pd.Series(["", "exp_of_log", "exp_of_log suspect_row_shift", "abolished_unit"])
    assert raw.unusable(flags).tolist() == [False, False, True, True]


def test_importing_the_module_does_not_import_pandera():
    body = ast.parse(inspect.getsource(raw)).body
    imported = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imported
    assert not [line for line in imported if "pandera" in line]
