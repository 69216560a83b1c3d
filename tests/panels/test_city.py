"""The city panel: stated counts, numbers by hand from the figures, refusals.

EXACT: both sides are the same sums and quotients of doubles, in another order.
"""

import csv
import dataclasses
import datetime
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.catalogue import codebook
from pilotzone.catalogue.controls import variables
from pilotzone.catalogue.indicators import NQP_CITY
from pilotzone.catalogue.places import MUNICIPALITIES, SUB_PROVINCIAL
from pilotzone.catalogue.treatments import ALL_TIMINGS, treatment_id
from pilotzone.errors import Reason, UserError, encode
from pilotzone.panels import city, city_treatments, city_units, city_variables, construct, raw

EXACT = 1e-12
YEARS = range(2011, 2021)
SIX = list(NQP_CITY.ids)
# Zhejiang, Anhui and Guizhou: enough for every step, and rebuilt in a third of a second.
SOME_PROVINCES = ("33", "34", "52")
PARTIAL = ("county-level city", "new area (no GB/T 2260 code)")
NINGBO_2016 = {"city_code": "330200", "year": 2016}


@pytest.fixture(scope="module")
def frame(city_panel):
    return city_panel.frame.set_index(["city_code", "year"])


@pytest.fixture(scope="module")
def units(city_panel):
    return city_panel.frame.drop_duplicates("city_code").set_index("city_code")


@pytest.fixture(scope="module")
def some(figures):
    """The figures of three provinces, with all other tables whole."""
    cells = figures.city_figures
    kept = cells["city_code"].str[:2].isin(SOME_PROVINCES)
    return dataclasses.replace(figures, city_figures=cells[kept].reset_index(drop=True))


@pytest.fixture(scope="module")
def some_panel(some):
    return city.build(some)


@pytest.fixture(scope="module")
def zones(root):
    """Approvals of batches 1-7 by unit: day and level, read without the package."""
    with (root / "data/raw/pilot_zones.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["batch"]) <= 7]
    found = {}
    for row in rows:
        day = datetime.date.fromisoformat(row["approval_date"])
        found.setdefault(row["prefecture_code"], []).append((day, row["level"], int(row["batch"])))
    return {code: sorted(listed) for code, listed in found.items()}


def listed(root, stem):
    path = root / f"data/raw/policies/{stem}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exposed(day, year, timing):
    if timing == "exposure" and year == day.year:
        whole = (datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days
        return (datetime.date(year, 12, 31) - day).days / whole
    first = {
        "same_year": day.year,
        "half_year": day.year + (day.month > 6),
        "next_year": day.year + 1,
        "exposure": day.year + 1,
        "two_years_early": day.year + (day.month > 6) - 2,
    }
    return float(year >= first[timing])


def haversine(one, other):
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    a = math.sin((lat2 - lat1) / 2) ** 2
    a += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(a))


def at(cells, variable, where=NINGBO_2016):
    """Return the mask of one cell of the long figures."""
    found = cells["variable"] == variable
    for column, value in where.items():
        found &= cells[column] == value
    assert found.sum() == 1
    return found


def dropped(panel, reason):
    flow = panel.flow[panel.flow["sample"] == "city"].set_index("reason")["dropped"]
    return flow[encode([reason])]


# Counts.


def test_rows_cities_and_order(city_panel):
    frame = city_panel.frame
    assert len(frame) == 2617
    assert frame["city_code"].nunique() == 277
    assert not frame.duplicated(["city_code", "year"]).any()
    assert frame["year"].between(2011, 2020).all()
    assert frame.equals(frame.sort_values(["city_code", "year"]))
    assert not frame[SIX].isna().any(axis=None)
    possible = city_panel.rollout["year"].between(2011, 2020)
    assert possible.sum() == 2770


def test_balanced_are_the_cities_observed_in_all_years(city_panel, units):
    years = city_panel.frame.groupby("city_code").size()
    assert (years == 10).sum() == 229
    assert set(units.index[units["balanced"] == 1]) == set(years.index[years == 10])


def test_cohorts_of_the_main_timing(units, city_panel):
    cohort = units["cohort"]
    assert cohort[cohort > 0].value_counts().to_dict() == {2015: 1, 2016: 12, 2019: 22, 2020: 64}
    last = city_panel.frame[city_panel.frame["year"] == 2020]
    assert len(last) == 265
    assert (last["zone_city"] == 0).sum() == 169


def test_five_cohorts_if_the_year_of_approval_counts(units):
    cohort = units["cohort__same_year"]
    assert sorted(set(cohort[cohort > 0])) == [2015, 2016, 2018, 2019, 2020]
    # Batch 5 of April 2020 counts in 2020 by the half-year rule as well, batch 4 a year earlier.
    assert (cohort == 2020).sum() + (cohort == 2019).sum() == (units["cohort"] == 2020).sum()


def test_controls_and_outcomes_lack_what_the_figures_lack(frame):
    lacking = frame[[*variables("city"), "night_light", "ln_green_patents"]].isna().sum()
    assert lacking["ln_population_density"] == lacking["night_light"] == 0
    assert lacking["fdi_share"] == 162
    complete = frame[list(variables("city"))].notna().all(axis=1)
    years = complete[complete].groupby("city_code").size()
    assert (years == 10).sum() == 169


# Index.


def by_hand(cells, signs):
    z = (cells - cells.min()) / (cells.max() - cells.min())
    z = z.mul(signs) + (signs < 0)
    p = z / z.sum()
    e = -(p * np.log(p.where(p > 0, 1.0))).sum() / np.log(len(cells))
    w = (1 - e) / (1 - e).sum()
    return z @ w, w


def test_the_index_by_hand_for_all_rows(frame, city_panel):
    score, weights = by_hand(frame[SIX], np.array([1, 1, 1, 1, 1, -1]))
    np.testing.assert_allclose(frame["nqp_city"], score, rtol=1e-10)
    np.testing.assert_allclose(frame["ln_nqp_city"], np.log(score), rtol=1e-10)
    table = city_panel.index_weights.set_index(["variant", "indicator"])["weight"]
    np.testing.assert_allclose(table["nqp_city"][SIX], weights, rtol=1e-10)


def test_the_digital_index_by_hand_where_the_indicator_is_printed(frame):
    has = frame["digital_finance_index"].notna()
    assert 0 < (~has).sum() < len(frame)
    assert frame["nqp_city_digital"].notna().equals(has)
    cells = frame.loc[has, [*SIX, "digital_finance_index"]]
    score, _ = by_hand(cells, np.array([1, 1, 1, 1, 1, -1, 1]))
    np.testing.assert_allclose(frame.loc[has, "nqp_city_digital"], score, rtol=1e-10)


def test_weights_sum_to_one(city_panel):
    table = city_panel.index_weights
    sums = table.groupby("variant")["weight"].sum()
    indices = {"nqp_city", "nqp_city_digital", "nqp_city_equal"}
    assert set(sums.index) == {*indices, "sums:nqp_city"}
    np.testing.assert_allclose(sums, 1.0, rtol=EXACT)
    assert table["weight"].between(0, 1).all()


@given(st.lists(st.floats(1e-3, 1e3), min_size=6, max_size=6))
def test_the_units_of_the_indicators_do_not_matter(some_panel, factors):
    scaled = some_panel.frame.assign(
        **{name: some_panel.frame[name] * factor for name, factor in zip(SIX, factors, strict=True)}
    )
    score, _ = construct.score_variant(scaled, city_variables.VARIANTS[0], city_variables.SOURCE)
    np.testing.assert_allclose(score, some_panel.frame["nqp_city"], rtol=1e-9)


BY_HAND = {
    "green_patents_per_10k": lambda v: (
        v["green_invention_patent_applications"] / v["population_10k"]
    ),
    "gdp_per_capita": lambda v: v["gdp_100m_cny"] / v["population_10k"] * 1e4,
    "tertiary_share": lambda v: (
        v["va_tertiary_as_published_100m_cny"] / v["gdp_as_published_100m_cny"]
    ),
    "science_share": lambda v: v["science_share_of_budget_pct"],
    "road_area_per_capita": lambda v: v["road_area_per_capita_m2"],
    "co2_intensity": lambda v: v["co2_edgar_t"] / v["gdp_100m_cny"],
    "finance": lambda v: (v["deposits_10k_cny"] + v["loans_10k_cny"]) / 1e4 / v["gdp_100m_cny"],
    "fiscal_share": lambda v: v["fiscal_expenditure_gdp_pct"] / 100,
    # 2016: 6.6423 yuan a dollar; millions of dollars against hundreds of millions of yuan.
    "fdi_share": lambda v: v["fdi_million_usd"] * 6.6423 / 100 / v["gdp_100m_cny"],
    "urbanisation": lambda v: v["urbanisation_pct"] / 100,
    "ln_population_density": lambda v: math.log(v["population_10k"] * 1e4 / v["land_area_km2"]),
    "ln_real_gdp_per_capita": lambda v: math.log(
        v["gdp_real_2000_100m_cny"] / v["population_10k"] * 1e4
    ),
    "ln_green_patents": lambda v: math.log(1 + v["green_invention_patent_applications"]),
    "tertiary_secondary_ratio": lambda v: (
        v["va_tertiary_as_published_100m_cny"] / v["va_secondary_as_published_100m_cny"]
    ),
    "ln_mass": lambda v: math.log(math.sqrt(v["population_10k"] * v["gdp_100m_cny"])),
    "agglomeration": lambda v: (
        (v["va_secondary_as_published_100m_cny"] + v["va_tertiary_as_published_100m_cny"])
        / v["land_area_km2"]
    ),
    "ln_primary_value_added": lambda v: math.log(v["va_primary_as_published_100m_cny"]),
    "ln_land_area": lambda v: math.log(v["land_area_km2"]),
    "night_light": lambda v: v["night_light_mean"],
    "digital_finance_index": lambda v: v["digital_finance_index"],
}


@pytest.mark.parametrize("column", BY_HAND)
def test_columns_by_hand_for_ningbo_2016(figures, frame, column):
    cells = figures.city_figures
    here = cells[(cells["city_code"] == "330200") & (cells["year"] == 2016)]
    values = here.set_index("variable")["value"]
    assert frame.loc[("330200", 2016), column] == pytest.approx(BY_HAND[column](values), rel=EXACT)


def test_plausible_levels(frame):
    assert frame.loc[("440300", 2020), "gdp_per_capita"] == pytest.approx(158_000, rel=0.03)
    assert frame.loc[("310000", 2019), "urbanisation"] == pytest.approx(0.89, abs=0.02)
    assert frame["tertiary_share"].between(0.05, 0.90).all()
    assert frame["nqp_city"].between(0, 1).all()
    assert frame["nqp_city"].groupby("city_code").mean().idxmax() in ("110000", "440300")


# Missing, flagged and abolished.


FLAGGED = {
    "road_area_per_capita_m2": "road_area_per_capita",
    "gdp_as_published_100m_cny": "tertiary_share",
    "gdp_100m_cny": "gdp_per_capita",
    "population_10k": "green_patents_per_10k",
}
# Cells that cost their row: the flagged ones, and one that is not there.
N_LOST = len(FLAGGED) + 1


@pytest.fixture(scope="module")
def spoiled_at(some_panel):
    """One cell of 2016 by variable, each in a city that is observed in all years."""
    variables = *FLAGGED, "co2_edgar_t", "urbanisation_pct"
    labels = some_panel.weights[0].labels
    return {
        variable: {"city_code": code, "year": 2016}
        for variable, code in zip(variables, labels[: len(variables)], strict=True)
    }


@pytest.fixture(scope="module")
def spoiled(some, spoiled_at):
    """The panel with four indicators and a control flagged, and a cell not there."""
    cells = some.city_figures.copy()
    for variable in FLAGGED:
        cells.loc[at(cells, variable, spoiled_at[variable]), "flag"] = "suspect_level_outlier"
    control = at(cells, "urbanisation_pct", spoiled_at["urbanisation_pct"])
    cells.loc[control, "flag"] = "exp_of_log suspect_row_shift"
    cells = cells[~at(cells, "co2_edgar_t", spoiled_at["co2_edgar_t"])]
    return city.build(dataclasses.replace(some, city_figures=cells))


@pytest.mark.parametrize(("variable", "indicator"), FLAGGED.items())
def test_a_flagged_cell_is_missing_and_the_flow_says_so(
    some_panel, spoiled, spoiled_at, variable, indicator
):
    code, year = spoiled_at[variable].values()
    keys = spoiled.frame.set_index(["city_code", "year"]).index
    assert (code, year) not in keys
    assert len(keys) == len(some_panel.frame) - N_LOST
    for why, lost in (("flagged", 1), ("not_printed", 0)):
        step = Reason(why, {"variable": indicator})
        assert dropped(spoiled, step) - dropped(some_panel, step) == lost
    assert spoiled.frame.loc[spoiled.frame["city_code"] == code, "balanced"].eq(0).all()
    rollout = spoiled.rollout.set_index(["city_code", "year"])
    assert rollout.loc[(code, year), "present"] == 0
    assert code in some_panel.weights[0].labels
    assert code not in spoiled.weights[0].labels


def test_a_flag_without_suspicion_changes_nothing(some, some_panel):
    cells = some.city_figures.copy()
    cells.loc[at(cells, "road_area_per_capita_m2"), "flag"] = "derived"
    again = city.build(dataclasses.replace(some, city_figures=cells))
    pd.testing.assert_frame_equal(again.frame, some_panel.frame)
    pd.testing.assert_frame_equal(again.flow, some_panel.flow)


def test_a_cell_that_is_not_there_is_not_printed(some_panel, spoiled, spoiled_at):
    keys = spoiled.frame.set_index(["city_code", "year"]).index
    assert tuple(spoiled_at["co2_edgar_t"].values()) not in keys
    assert len(keys) == len(some_panel.frame) - N_LOST
    for code, lost in (("not_printed", 1), ("flagged", 0)):
        step = Reason(code, {"variable": "co2_intensity"})
        assert dropped(spoiled, step) - dropped(some_panel, step) == lost


def test_a_flagged_control_costs_the_cell_not_the_row(some_panel, spoiled, spoiled_at):
    place = tuple(spoiled_at["urbanisation_pct"].values())
    before, after = (made.frame.set_index(["city_code", "year"]) for made in (some_panel, spoiled))
    assert np.isfinite(before.loc[place, "urbanisation"])
    assert np.isnan(after.loc[place, "urbanisation"])


def test_abolished_units_stand_in_the_flow_only(city_panel, figures):
    cells = figures.city_figures
    gone = cells[cells["city_code"].isin(["341400", "371200"]) & cells["year"].isin(YEARS)]
    rows = len(gone.drop_duplicates(["city_code", "year"]))
    assert dropped(city_panel, Reason("unit_abolished")) == rows == 14
    for table in (city_panel.frame, city_panel.rollout, city_panel.places):
        assert not table["city_code"].isin(["341400", "371200"]).any()
    assert not {"341400", "371200"} & set(city_panel.distances.index)


def test_the_line_of_an_unknown_code_is_named(raw_copy):
    where = {"city_code": "340100", "year": "2015"}
    line = raw_copy.set("city_figures.csv", where, "city_code", "340199")
    with pytest.raises(UserError, match=rf"city_figures\.csv, line {line}\b") as caught:
        raw.read_raw(raw_copy.folder)
    assert "is neither a unit of cities.csv nor a declared abolished one" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_vintages_of_product_never_meet_in_one_formula(figures):
    for text in city_variables.SOURCE.formulas.values():
        raw.check_ratio_vintages(construct.formula.sources(text))
    table = city_variables.variables(figures)
    for text in (
        "gdp_as_published_100m_cny / gdp_100m_cny",
        "va_tertiary_as_published_100m_cny / gdp_100m_cny",
        "ln(va_secondary_as_published_100m_cny + gdp_100m_cny)",
    ):
        with pytest.raises(UserError, match="mixes vintages of regional product"):
            construct.value("wrong", text, table, city_variables.SOURCE)


def test_a_zero_below_the_line_names_city_and_year(some):
    cells = some.city_figures.copy()
    cells.loc[at(cells, "population_10k"), "value"] = 0.0
    with pytest.raises(UserError, match=r"city_figures\.csv: .* is infinite for 330200 2016"):
        city.build(dataclasses.replace(some, city_figures=cells))


def test_logs_of_zeros_are_counted_and_the_way_out_named(some):
    cells = some.city_figures.copy()
    grown = cells["variable"] == "va_primary_as_published_100m_cny"
    cells.loc[grown & (cells["city_code"] == "330200") & (cells["year"] > 2015), "value"] = 0.0
    # 2016 to 2023 are eight years.
    message = (
        r"ln_primary_value_added = ln\(.*\) is infinite for 330200 2016 and 7 further rows: "
        r"correct the zero in one of va_primary.*, or explain the level by Poisson regression"
    )
    with pytest.raises(UserError, match=message):
        city.build(dataclasses.replace(some, city_figures=cells))


# Zones.


@pytest.mark.parametrize("timing", ALL_TIMINGS)
def test_treatments_by_plain_dates(city_panel, zones, timing):
    rollout = city_panel.rollout
    expected = [
        max((exposed(day, year, timing) for day, *_ in zones.get(code, ())), default=0.0)
        for code, year in zip(rollout["city_code"], rollout["year"], strict=True)
    ]
    found = rollout[treatment_id("zone_city", timing)]
    np.testing.assert_allclose(found, expected, rtol=EXACT)
    touched = rollout.assign(d=expected).query("d > 0").groupby("city_code")["year"].min()
    cohort = rollout[treatment_id("cohort", timing)]
    assert cohort.equals(
        rollout["city_code"].map(touched).fillna(0).astype(int).rename(cohort.name)
    )


def test_the_frame_holds_the_roll_out_of_its_rows(city_panel):
    shared = [c for c in city_panel.rollout.columns if c != "present"]
    merged = city_panel.frame[["city_code", "year"]].merge(
        city_panel.rollout, on=["city_code", "year"], how="left"
    )
    assert (merged["present"] == 1).all()
    pd.testing.assert_frame_equal(
        merged[shared], city_panel.frame[shared], check_dtype=False, check_exact=True
    )


def test_the_roll_out_has_every_city_in_every_year_and_the_year_before(city_panel):
    rollout = city_panel.rollout
    codes = sorted(city_panel.frame["city_code"].unique())
    expected = [(code, year) for code in codes for year in range(2010, 2021)]
    assert list(rollout[["city_code", "year"]].itertuples(index=False, name=None)) == expected
    there = rollout.loc[rollout["present"] == 1, ["city_code", "year"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(there, city_panel.frame[["city_code", "year"]])
    assert set(rollout["present"]) == {0, 1}
    # Hangzhou, the cohort of 2015, lacks 2017: its treatment is known all the same.
    hangzhou = rollout[rollout["city_code"] == "330100"].set_index("year")
    assert hangzhou.loc[2017, ["present", "zone_city"]].tolist() == [0, 1]


def test_the_first_of_two_zones_counts(units, frame, figures, city_panel):
    assert units.loc["330700", ["cohort", "zone_batch", "county_zone"]].tolist() == [2019, 3, 1]
    assert units.loc["330700", "cohort__same_year"] == 2018
    # Yiwu is a part of Jinhua; the whole of Jinhua got its zone in 2022, after the panel.
    assert frame.loc["330700", "zone_city"].tolist() == [0.0] * 8 + [1.0] * 2
    assert frame.loc["330700", "zone_city_without_county"].eq(0).all()
    zones = figures.pilot_zones.copy()
    whole = (zones["prefecture_code"] == "330700") & (zones["level"] == "prefecture-level city")
    zones.loc[whole, "approval_date"] = pd.Timestamp(2019, 12, 15)
    moved = city_treatments.treatments(dataclasses.replace(figures, pilot_zones=zones), ["330700"])
    moved = moved.set_index("year")
    assert moved.index[moved["zone_city"] == 1].tolist() == [2019, 2020]
    assert moved.index[moved["zone_city_without_county"] == 1].tolist() == [2020]
    # Yanbian holds Hunchun (batch 4) and Yanji (batch 7), and has no complete row.
    yanbian = city_panel.places.set_index("city_code").loc["222400"]
    assert yanbian[["zone_batch", "county_zone", "first_year"]].tolist() == [4, 1, 2020]


def test_batches_and_partial_zones_are_those_of_the_first_zone(units, city_panel, zones):
    places = city_panel.places.set_index("city_code")
    assert len(places) == 337
    for table in (units, places):
        for code, row in table.iterrows():
            _, level, batch = zones.get(code, [(None, "", 0)])[0]
            assert (row["zone_batch"], row["county_zone"]) == (batch, level in PARTIAL), code
    for code, first_year in places["first_year"].items():
        day = zones[code][0][0] if code in zones else None
        assert first_year == (day.year + (day.month > 6) if day else 0), code


def test_zones_without_the_partial_ones_by_plain_dates(city_panel, zones):
    rollout = city_panel.rollout
    expected = [
        any(
            exposed(day, y, "half_year")
            for day, level, _ in zones.get(c, ())
            if level not in PARTIAL
        )
        for c, y in zip(rollout["city_code"], rollout["year"], strict=True)
    ]
    assert rollout["zone_city_without_county"].eq(expected).all()
    differs = rollout["zone_city_without_county"] != rollout["zone_city"]
    assert set(rollout.loc[differs, "city_code"]) == {"130600", "150700", "231000", "330700"}


@pytest.mark.parametrize("seed", range(5))
def test_distances_by_brute_force(city_panel, figures, zones, seed):
    rng = np.random.default_rng(seed)
    rollout = city_panel.rollout
    later = rollout[rollout["year"] >= 2015]
    row = later.iloc[int(rng.integers(len(later)))]
    place = figures.cities.set_index("city_code")[["lon", "lat"]]

    def nearest(timing, itself=True):
        return min(
            haversine(place.loc[row["city_code"]], place.loc[code])
            for code, days in zones.items()
            if exposed(days[0][0], row["year"], timing) and (itself or code != row["city_code"])
        )

    found = row[["distance_to_zone_km", "distance_to_other_zone_km"]].tolist()
    assert found == pytest.approx([nearest("half_year"), nearest("half_year", False)], rel=1e-9)
    assert row["distance_to_approved_zone_km"] == pytest.approx(nearest("same_year"), rel=1e-9)


def test_distances_are_zero_at_home_and_missing_before_the_first_zone(city_panel):
    rollout = city_panel.rollout
    treated = rollout["zone_city"] == 1
    assert rollout.loc[treated, "distance_to_zone_km"].eq(0).all()
    assert rollout.loc[treated, "distance_to_approved_zone_km"].eq(0).all()
    assert (rollout.loc[~treated, "distance_to_zone_km"].dropna() > 0).all()
    assert (rollout["distance_to_other_zone_km"].dropna() > 0).all()
    before = rollout["year"] < 2015
    distances = ["distance_to_zone_km", "distance_to_other_zone_km", "distance_to_approved_zone_km"]
    assert rollout.loc[before, distances].isna().all(axis=None)
    assert rollout.loc[~before, distances[::2]].notna().all(axis=None)
    # In 2015 Hangzhou has the only zone: none elsewhere.
    alone = rollout[~before & rollout["distance_to_other_zone_km"].isna()]
    assert alone[["city_code", "year"]].to_numpy().tolist() == [["330100", 2015]]


def test_approval_comes_before_the_rule_of_the_half_year(city_panel):
    rollout = city_panel.rollout[city_panel.rollout["year"] >= 2015]
    nearer = rollout["distance_to_approved_zone_km"] < rollout["distance_to_zone_km"]
    assert (rollout["distance_to_approved_zone_km"] <= rollout["distance_to_zone_km"]).all()
    # Batches 3 (July 2018) and 4 (December 2019) are the late ones.
    assert set(rollout.loc[nearer, "year"]) == {2018, 2019}


# Other policies.


@pytest.mark.parametrize(
    "stem",
    [
        "broadband_china",
        "free_trade_zones",
        "big_data_zones",
    ],
)
def test_policies_by_their_lists(city_panel, root, stem):
    first = {}
    for row in listed(root, stem):
        year = int(row["year"])
        if row["date"]:
            date = datetime.date.fromisoformat(row["date"])
            year = date.year + (date.month > 6)
        first[row["unit_code"]] = min(year, first.get(row["unit_code"], year))
    rollout = city_panel.rollout
    expected = [
        float(code in first and year >= first[code])
        for code, year in zip(rollout["city_code"], rollout["year"], strict=True)
    ]
    assert sum(expected) > 0
    assert rollout[f"policy_{stem}"].tolist() == expected


def test_a_digital_economy_zone_is_a_province_but_in_hebei_baoding(city_panel, root):
    rows = listed(root, "digital_economy_zones")
    assert {row["date"] for row in rows} == {"2019-10-20"}
    rollout = city_panel.rollout
    codes = set(rollout.loc[rollout["policy_digital_economy_zones"] == 1, "city_code"])
    assert {code for code in codes if code.startswith("13")} == {"130600"}
    covered = {row["listed_code"][:2] for row in rows}
    panel = {c for c in rollout["city_code"] if c[:2] in covered - {"13"}} | {"130600"}
    assert codes == panel
    assert set(rollout.loc[rollout["policy_digital_economy_zones"] == 1, "year"]) == {2020}


# Places.


def test_ranks_and_shores(units, figures, city_panel):
    codes = set(figures.cities["city_code"])
    assert len(MUNICIPALITIES) == 4
    assert len(SUB_PROVINCIAL) == 15
    assert codes >= {*MUNICIPALITIES, *SUB_PROVINCIAL}
    zones = figures.pilot_zones
    for level, listed_codes in (
        ("municipality", MUNICIPALITIES),
        ("sub-provincial city", SUB_PROVINCIAL),
    ):
        assert set(zones.loc[zones["level"] == level, "prefecture_code"]) == set(listed_codes)
    assert set(units.index[units["municipality"] == 1]) == set(MUNICIPALITIES)
    assert set(units.index[units["sub_provincial"] == 1]) == set(SUB_PROVINCIAL)
    shore = figures.cities.set_index("city_code")["coastal"]
    province = figures.provinces.set_index("province_code")["coastal"]
    assert units["coastal_city"].eq(shore.reindex(units.index)).all()
    assert units["coastal"].eq(units["province_code"].map(province)).all()
    assert (units["coastal_city"] <= units["coastal"]).all()
    assert units["coastal_city"].sum() == 53
    assert units["coastal"].sum() == 112


def test_lists_of_cities_are_the_raw_ones(units, figures):
    resource = figures.cities.set_index("city_code")["resource_based"].reindex(units.index)
    assert units["resource_based"].eq(resource).all()
    pilots = set(figures.policies["service_pilots"]["unit_code"])
    assert set(units.index[units["service_pilot"] == 1]) == pilots
    assert len(pilots) == 8
    assert set(city_units.REDRAWN) <= set(figures.cities["city_code"])
    assert set(units.index[units["redrawn"] == 1]) == set(city_units.REDRAWN) & set(units.index)


def test_size_classes_by_hand(city_panel):
    known = city_panel.frame.dropna(subset=["population_10k", "urbanisation"])
    first = known.sort_values("year").drop_duplicates("city_code")
    for row in first.itertuples():
        urban = row.population_10k * row.urbanisation
        by_hand = "under_1m" if urban < 100 else "1m_to_5m" if urban < 500 else "over_5m"
        assert row.size_class == by_hand, row.city_code
    assert city_panel.frame["size_class"].notna().all()
    assert city_panel.frame.groupby("city_code")["size_class"].nunique().eq(1).all()


def test_a_city_of_exactly_a_million_is_in_the_class_from_a_million(some_panel):
    rows = some_panel.frame.iloc[:2].assign(
        city_code=["1", "2"], population_10k=[200.0, 1000.0], urbanisation=0.5
    )
    assert city_units._size_class(rows).to_dict() == {"1": "1m_to_5m", "2": "over_5m"}


# Matrices.


def test_three_matrices_with_rows_of_one(city_panel, units):
    balanced = tuple(sorted(units.index[units["balanced"] == 1]))
    named = {matrix.name: matrix for matrix in city_panel.weights}
    assert list(named) == ["nearest_6", "inverse_distance", "contiguity"]
    assert named["nearest_6"].labels == named["inverse_distance"].labels == balanced
    for matrix in named.values():
        np.testing.assert_allclose(matrix.matrix.sum(axis=1), 1.0, rtol=EXACT)
        assert not matrix.matrix.diagonal().any()


def test_nearest_neighbours_by_brute_force(city_panel, figures):
    matrix = city_panel.weights[0]
    place = figures.cities.set_index("city_code")[["lon", "lat"]]
    spots = [tuple(place.loc[code]) for code in matrix.labels]
    for i, row in enumerate(matrix.matrix):
        away = sorted((haversine(spots[i], s), j) for j, s in enumerate(spots) if j != i)
        assert set(np.flatnonzero(row)) == {j for _, j in away[:6]}
        assert row[row > 0] == pytest.approx([1 / 6] * 6, rel=EXACT)


def test_inverse_distance_by_brute_force(city_panel, figures):
    matrix = city_panel.weights[1]
    place = figures.cities.set_index("city_code")[["lon", "lat"]]
    here = matrix.labels.index("330200")
    inverse = [
        0.0 if j == here else 1 / haversine(place.loc["330200"], place.loc[code])
        for j, code in enumerate(matrix.labels)
    ]
    np.testing.assert_allclose(matrix.matrix[here], np.array(inverse) / sum(inverse), rtol=1e-9)


def test_contiguity_links_only_cities_with_a_balanced_neighbour(city_panel, units, figures):
    matrix = city_panel.weights[2]
    balanced = set(units.index[units["balanced"] == 1])
    bordering = {code: set() for code in balanced}
    for one, other in figures.city_contiguity[["city_code", "neighbour_code"]].to_numpy():
        if one in balanced and other in balanced:
            bordering[one].add(other)
    islands = {code for code, others in bordering.items() if not others}
    assert islands == {"150700", "440700", "460100", "460200"}
    assert set(matrix.labels) == balanced - islands
    assert set(matrix.labels) == set(units.index[units["linked"] == 1])
    linked = matrix.matrix > 0
    np.testing.assert_array_equal(linked, linked.T)
    for code, row in zip(matrix.labels, linked, strict=True):
        assert {matrix.labels[j] for j in np.flatnonzero(row)} == bordering[code]


def test_distances_between_all_cities_of_the_panel(city_panel, figures):
    table = city_panel.distances
    codes = sorted(city_panel.frame["city_code"].unique())
    assert list(table.index) == list(table.columns) == codes
    place = figures.cities.set_index("city_code")[["lon", "lat"]]
    by_hand = haversine(place.loc["110000"], place.loc["310000"])
    assert table.loc["110000", "310000"] == pytest.approx(by_hand, rel=1e-9)
    assert by_hand == pytest.approx(1068, abs=5)
    np.testing.assert_array_equal(table, table.T)


def test_degrees_in_the_network_by_brute_force(city_panel, frame):
    balanced = sorted(city_panel.weights[0].labels)
    km = city_panel.distances.loc[balanced, balanced].to_numpy()
    km = np.where(np.eye(len(balanced)) == 1, np.inf, km)
    mass = np.exp(frame["ln_mass"].unstack().loc[balanced])
    force = {year: np.outer(mass[year], mass[year]) / km**2 for year in YEARS}
    mean = sum(force[year].sum(axis=1) for year in range(2011, 2015)) / (4 * (len(balanced) - 1))
    degree = frame["degree_centrality"].unstack().loc[balanced]
    for year in (2011, 2020):
        linked = (force[year] > mean[:, None]) | (force[year] > mean)
        by_hand = linked.sum(axis=1) / (len(balanced) - 1)
        np.testing.assert_allclose(degree[year], by_hand, rtol=EXACT)


def test_only_balanced_cities_have_a_place_in_the_network(frame):
    names = [f"{name}_centrality" for name in ("degree", "closeness", "betweenness")]
    inside = frame["balanced"] == 1
    assert frame.loc[inside, names].notna().all(axis=None)
    assert frame.loc[~inside, names].isna().all(axis=None)
    assert frame.loc[inside, names].ge(0).all(axis=None)
    assert frame.loc[inside, names].le(1).all(axis=None)


# Sums to provinces.


def test_sums_by_hand_for_zhejiang_2016(city_panel, figures, frame):
    here = city_panel.frame.query("province_code == '330000' and balanced == 1 and year == 2016")
    cells = figures.city_figures
    cells = cells[cells["city_code"].isin(here["city_code"]) & (cells["year"] == 2016)]
    v = {name: rows.set_index("city_code")["value"] for name, rows in cells.groupby("variable")}
    budget = v["fiscal_expenditure_gdp_pct"] / 100 * v["gdp_100m_cny"]
    people, product = v["population_10k"], v["gdp_100m_cny"]
    expected = {
        "cities": len(here),
        "green_patents_per_10k": v["green_invention_patent_applications"].sum() / people.sum(),
        "science_share": (v["science_share_of_budget_pct"] * budget).sum() / budget.sum(),
        "gdp_per_capita": product.sum() / people.sum() * 1e4,
        "tertiary_share": v["va_tertiary_as_published_100m_cny"].sum()
        / v["gdp_as_published_100m_cny"].sum(),
        "road_area_per_capita": (v["road_area_per_capita_m2"] * people).sum() / people.sum(),
        "co2_intensity": v["co2_edgar_t"].sum() / product.sum(),
        "nqp_city_mean": np.average(here["nqp_city"], weights=here["population_10k"]),
    }
    assert "330100" not in set(here["city_code"])
    row = city_panel.sums.set_index(["province_code", "year"]).loc[("330000", 2016)]
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, rel=EXACT), name


def test_sums_hold_the_provinces_with_a_balanced_city(city_panel, units):
    sums = city_panel.sums
    balanced = units[units["balanced"] == 1]
    assert set(sums["province_code"]) == set(balanced["province_code"])
    assert len(sums) == 10 * sums["province_code"].nunique() == 260
    cities = sums.set_index(["province_code", "year"])["cities"].unstack()
    assert cities.nunique(axis=1).eq(1).all()
    assert cities[2011].to_dict() == balanced.groupby("province_code").size().to_dict()
    assert cities[2011].sum() == 229


def test_a_province_of_one_city_has_its_indicators(city_panel, frame):
    sums = city_panel.sums
    alone = sums[sums["cities"] == 1]
    assert set(alone["province_code"]) & set(MUNICIPALITIES)
    balanced = frame[frame["balanced"] == 1].reset_index()
    merged = alone.merge(balanced, on=["province_code", "year"], suffixes=("", "_of_city"))
    assert len(merged) == len(alone)
    for name in SIX:
        np.testing.assert_allclose(merged[name], merged[f"{name}_of_city"], rtol=EXACT)
    np.testing.assert_allclose(merged["nqp_city_mean"], merged["nqp_city_of_city"], rtol=EXACT)


def test_the_index_of_the_sums_is_weighted_anew(city_panel):
    sums = city_panel.sums
    score, weights = by_hand(sums[SIX], np.array([1, 1, 1, 1, 1, -1]))
    np.testing.assert_allclose(sums["nqp_city"], score, rtol=1e-10)
    table = city_panel.index_weights.set_index(["variant", "indicator"])["weight"]
    np.testing.assert_allclose(table["sums:nqp_city"][SIX], weights, rtol=1e-10)


def test_treatments_of_the_sums_are_those_of_the_province_panel(city_panel, province_panel):
    names = ["zone_first", "zone_share", "cohort"]
    provinces = province_panel.frame.set_index(["province_code", "year"])
    sums = city_panel.sums.set_index(["province_code", "year"])
    pd.testing.assert_frame_equal(
        sums[names], provinces.loc[sums.index, names], check_dtype=False, check_exact=True
    )


# Names and invariances.


def test_every_column_is_in_the_codebook_with_short_stata_names(city_panel):
    book = codebook.codebook("city")
    assert set(city_panel.frame.columns) == set(book)
    names = [book[c]["stata_name"] for c in city_panel.frame.columns]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 32
    assert all(name.isidentifier() for name in names)


def test_columns_of_the_sums_and_the_roll_out_have_labels(city_panel):
    books = {name for book in ("city", "city_sums", "province") for name in codebook.codebook(book)}
    # The number of cities is counted, not a variable.
    assert set(city_panel.sums.columns) - books == {"cities"}
    assert set(city_panel.rollout.columns) - set(codebook.codebook("city")) == {"present"}


def test_a_variable_of_both_panels_has_one_label(root):
    with (root / "data/codebook.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first, shared = {}, set()
    for row in rows:
        other = first.setdefault(row["variable"], row)
        if other is not row:
            shared.add(row["variable"])
            for column in ("label_en", "label_zh", "stata_name"):
                assert row[column] == other[column], row["variable"]
    assert {"finance", "gdp_per_capita", "urbanisation", "cohort"} <= shared
    assert all(row["label_en"] and row["label_zh"] for row in rows)


def shuffled(table, seed):
    return table.sample(frac=1, random_state=seed)


def test_the_order_of_the_raw_rows_does_not_matter(some, some_panel):
    names = ("city_figures", "pilot_zones", "cities", "city_contiguity", "provinces")
    mixed = {name: shuffled(getattr(some, name), seed) for seed, name in enumerate(names)}
    policies = {stem: shuffled(rows, 9) for stem, rows in some.policies.items()}
    again = city.build(dataclasses.replace(some, policies=policies, **mixed))
    for name in ("frame", "rollout", "sums", "flow", "distances", "index_weights"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(some_panel, name), rtol=1e-11)
    places = again.places.sort_values("city_code").reset_index(drop=True)
    pd.testing.assert_frame_equal(places, some_panel.places)
    for one, other in zip(again.weights, some_panel.weights, strict=True):
        assert one.labels == other.labels
        np.testing.assert_array_equal(one.matrix, other.matrix)


def test_building_does_not_change_the_figures(figures, some, some_panel):
    kept = figures.city_figures["city_code"].str[:2].isin(SOME_PROVINCES)
    cells = figures.city_figures[kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.city_figures, cells)
    assert "coastal_city" not in figures.cities
    assert "cohort" not in figures.pilot_zones
