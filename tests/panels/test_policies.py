"""Other policies as shares of a province's units."""

import pandas as pd
import pytest

from pilotzone.panels import policies

CITIES = pd.DataFrame(
    {
        "city_code": ["130100", "130600", "330100", "330200"],
        "province_code": ["130000", "130000", "330000", "330000"],
    }
)


def share(rows, stem, years=range(2014, 2021)):
    table = policies.unit_coverage(rows, stem, CITIES, years)
    return {code: table.loc[code].to_list() for code in table.index}


def test_a_year_alone_counts_from_that_year():
    rows = pd.DataFrame({"year": [2016], "prefecture_code": ["330100"], "city_code": ["330100"]})
    assert share(rows, "broadband_china") == {"330100": [0, 0, 1, 1, 1, 1, 1]}


def test_a_day_follows_the_half_year_rule():
    rows = pd.DataFrame(
        {"year": [2016, 2016], "date": ["2016-10-08", ""], "city_code": ["330100", "330200"]}
    )
    found = share(rows, "big_data_zones")
    assert found["330100"] == [0, 0, 0, 1, 1, 1, 1]
    assert found["330200"] == [0, 0, 1, 1, 1, 1, 1]


def test_a_unit_counts_from_its_first_entry_and_strangers_are_left_out():
    rows = pd.DataFrame(
        {
            "year": [2018, 2015, 2015],
            "prefecture_code": ["330100", "330100", "659002"],
            "city_code": ["330109", "330110", "659002"],
        }
    )
    assert share(rows, "broadband_china") == {"330100": [0, 1, 1, 1, 1, 1, 1]}


def test_a_zone_of_a_whole_province_covers_all_units_but_in_hebei_one():
    rows = pd.DataFrame(
        {"year": [2019, 2019], "date": ["2019-10-20"] * 2, "province_code": ["130000", "330000"]}
    )
    found = share(rows, "digital_economy_zones")
    assert set(found) == {"130600", "330100", "330200"}
    assert found["330100"] == [0, 0, 0, 0, 0, 0, 1]


def test_shares_of_the_real_lists(province_panel):
    frame = province_panel.frame.set_index(["province_code", "year"])
    assert frame.loc[("310000", 2013), "policy_free_trade_zones"] == 0.0  # opened 29 September
    assert frame.loc[("310000", 2014), "policy_free_trade_zones"] == 1.0
    assert frame.loc[("520000", 2016), "policy_big_data_zones"] == 1.0
    assert frame.loc[("130000", 2020), "policy_digital_economy_zones"] == pytest.approx(1 / 11)
    columns = [c for c in frame if c.startswith("policy_")]
    assert len(columns) == 4
    assert frame[columns].min(axis=None) >= 0
    assert frame[columns].max(axis=None) <= 1
