"""Rosters of policies as treatments: codings, rules of timing, shares of a province's units."""

import pandas as pd
import pytest

from pilotzone.catalogue.policies import CONFOUNDING, ROSTERS, policy_id
from pilotzone.catalogue.treatments import ALL_TIMINGS, treatment_id
from pilotzone.errors import UserError
from pilotzone.panels import policies
from pilotzone.panels.raw import read_places
from pilotzone.panels.raw.policies import roster

CITIES = pd.DataFrame(
    {
        "city_code": ["110000", "130100", "130600", "330100", "330200"],
        "province_code": ["110000", "130000", "130000", "330000", "330000"],
    }
)
YEARS = range(2014, 2021)


def made(*rows, **columns):
    """A roster of (unit, day or year)."""
    units, since = zip(*rows, strict=True)
    frame = {
        "unit_code": units,
        "date": [when if len(when) > 4 else "" for when in since],
        "year": [when[:4] for when in since],
    }
    return roster("mine", pd.DataFrame(frame | columns))


def share(one, timing="half_year", coding=""):
    table = policies.unit_coverage(one, CITIES, YEARS, timing, coding)
    return {code: table.loc[code].to_list() for code in table.index}


def first(one, timing):
    return {code: YEARS[row.index(1)] for code, row in share(one, timing).items()}


def test_a_year_alone_counts_from_that_year_and_a_day_follows_the_rule():
    one = made(("330100", "2016-10-08"), ("330200", "2016"))
    assert first(one, "half_year") == {"330100": 2017, "330200": 2016}
    assert first(one, "same_year") == {"330100": 2016, "330200": 2016}
    assert first(one, "next_year") == {"330100": 2017, "330200": 2017}
    assert first(one, "two_years_early") == {"330100": 2015, "330200": 2014}


def test_exposure_needs_the_day_of_every_unit():
    # 2016-10-08 is day 282 of 366.
    one = share(made(("330100", "2016-10-08")), "exposure")["330100"]
    assert one == pytest.approx([0, 0, (366 - 282) / 366, 1, 1, 1, 1], abs=1e-15)
    with pytest.raises(UserError, match="1 of 2 units of mine have a year alone"):
        share(made(("330100", "2016-10-08"), ("330200", "2016")), "exposure")
    with pytest.raises(UserError, match="timing 'later' is not declared"):
        share(made(("330100", "2016")), "later")


def test_a_province_stands_for_its_units_and_a_stranger_for_none():
    one = made(("330000", "2015"), ("659002", "2015"), ("110000", "2016"))
    assert set(share(one)) == {"330100", "330200", "110000"}


def test_codings_choose_rows_and_dates():
    one = made(
        *(("330100", "2015"), ("330100", "2018"), ("130100", "2016")),
        coding_early=["1", "0", "1"],
        coding_late=["0", "1", "2017"],
    )
    assert one.codings == ("early", "late")
    assert {code: sum(row) for code, row in share(one).items()} == {"330100": 6, "130100": 5}
    late = share(one, coding="late")
    assert {code: sum(row) for code, row in late.items()} == {"330100": 3, "130100": 4}


def test_the_pilot_zones_by_their_roster_are_those_of_the_panels(figures, city_panel):
    every = policies.rosters(figures.policies, figures.pilot_zones)
    assert tuple(every) == tuple(ROSTERS)
    rollout = city_panel.rollout
    years = sorted(set(rollout["year"]))
    at = rollout["city_code"], rollout["year"]
    for timing, coding, column in (
        *((timing, "", treatment_id("zone_city", timing)) for timing in ALL_TIMINGS),
        ("half_year", "whole_units", "zone_city_without_county"),
    ):
        covered = policies.unit_coverage(
            every["pilot_zones"], figures.cities, years, timing, coding
        )
        covered = covered.reindex(sorted(set(at[0])), fill_value=0.0)
        found = [covered.at[pair] for pair in zip(*at, strict=True)]
        # Whole numbers and one quotient: equal to the bit.
        assert found == rollout[column].to_list(), column


def test_rosters_have_the_codings_that_are_declared(places):
    every = policies.rosters(places.policies, places.pilot_zones)
    for name, one in every.items():
        assert one.codings == tuple(ROSTERS[name].codings)


def test_the_codings_of_the_low_carbon_pilots(places):
    one = policies.rosters(places.policies, places.pilot_zones)["low_carbon"]
    covered = {
        coding: policies.unit_coverage(one, places.cities, range(2010, 2021), "half_year", coding)
        for coding in one.codings
    }
    cohorts = {
        coding: (table.shape[1] - table.sum(axis=1) + 2010).astype(int).value_counts().to_dict()
        for coding, table in covered.items()
    }
    assert cohorts["province_first"] == {2010: 81, 2012: 24, 2017: 35}
    assert sum(cohorts["city_first"].values()) == sum(cohorts["province_first"].values())
    moved = covered["province_first"].sum(axis=1) != covered["city_first"].sum(axis=1)
    assert moved.sum() == 11
    # Sansha and Danzhou rest on memory, and Sanya does before its own listing.
    extra = covered["with_memory"].index.difference(covered["province_first"].index)
    assert list(extra) == ["460300", "460400"]
    assert covered["with_memory"].loc["460200"].sum() - covered["city_first"].loc[
        "460200"
    ].sum() == pytest.approx(5)
    memory = one.rows["status"].str.startswith("from memory")
    assert memory.sum() == 5
    assert not (one.rows.loc[memory, "coding_province_first"] == "1").any()


def test_shares_of_the_real_lists(province_panel):
    frame = province_panel.frame.set_index(["province_code", "year"])
    assert frame.loc[("310000", 2013), "policy_free_trade_zones"] == 0.0  # opened 29 September
    assert frame.loc[("310000", 2014), "policy_free_trade_zones"] == 1.0
    assert frame.loc[("520000", 2016), "policy_big_data_zones"] == 1.0
    assert frame.loc[("130000", 2020), "policy_digital_economy_zones"] == pytest.approx(1 / 11)
    assert frame.loc[("440000", 2011), "policy_low_carbon"] == 1.0  # the province is in batch 1
    columns = [c for c in frame if c.startswith("policy_")]
    assert sorted(columns) == sorted(map(policy_id, CONFOUNDING))
    assert frame[columns].min(axis=None) >= 0
    assert frame[columns].max(axis=None) <= 1


def test_units_and_rosters_are_read_without_the_figures(raw_folder, places):
    found = read_places(raw_folder)
    for name, rows in found.policies.items():
        pd.testing.assert_frame_equal(rows, places.policies[name])
    pd.testing.assert_frame_equal(found.pilot_zones, places.pilot_zones)
