"""Zones to treatments, against the numbers that the design of the study fixes."""

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue.treatments import ALL_TIMINGS, CODINGS, treatment_id
from pilotzone.errors import Reason, UserError, encode
from pilotzone.panels import rollout

YEARS = range(2013, 2023)


@pytest.fixture
def main(province_panel):
    frame = province_panel.frame
    return frame[frame["year"].between(2013, 2022)]


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        ("same_year", [0, 1, 1]),
        ("half_year", [0, 0, 1]),
        ("next_year", [0, 0, 1]),
        ("exposure", [0, 17 / 365, 1]),
    ],
)
def test_an_approval_of_14_december_2019(timing, expected):
    dates = pd.Series(pd.to_datetime(["2019-12-14"]))
    value = rollout.exposure(dates, [2018, 2019, 2020], timing)
    np.testing.assert_allclose(value[0], expected, rtol=1e-12)


@pytest.mark.parametrize(("day", "first"), [("2018-06-30", 2018), ("2018-07-01", 2019)])
def test_the_half_year_turns_on_the_first_of_july(day, first):
    value = rollout.exposure(pd.Series(pd.to_datetime([day])), range(2015, 2022), "half_year")[0]
    assert 2015 + int(value.argmax()) == first


def test_exposure_knows_leap_years():
    dates = pd.Series(pd.to_datetime(["2020-12-31", "2020-01-01"]))
    value = rollout.exposure(dates, [2020], "exposure")
    np.testing.assert_allclose(value[:, 0], [0, 365 / 366], rtol=1e-12)


def test_an_unknown_timing_is_refused():
    with pytest.raises(UserError, match="timing 'quarter' is not declared"):
        rollout.exposure(pd.Series(pd.to_datetime(["2018-06-30"])), [2018], "quarter")


def test_only_batches_one_to_seven_count(figures):
    zones = rollout.zones_in_force(figures.pilot_zones)
    assert len(zones) == 165
    assert set(zones["batch"]) == set(range(1, 8))


def test_main_cohorts_and_untreated_provinces(main):
    cohort = main.groupby("province_code")["cohort"].first()
    assert cohort.value_counts().to_dict() == {2015: 1, 2016: 10, 2019: 15, 2020: 4}
    untreated = main[main["zone_first"] == 0].groupby("year").size().reindex(YEARS, fill_value=0)
    assert untreated.to_list() == [30, 30, 29, 19, 19, 19, 4, 0, 0, 0]


def test_zhejiang_is_the_first_and_hangzhou_its_capital(main):
    zhejiang = main[main["province_code"] == "330000"].set_index("year")
    assert zhejiang["zone_first"].to_list() == [0, 0] + [1] * 8
    assert zhejiang["zone_capital"].to_list() == [0, 0] + [1] * 8
    # Hangzhou alone of eleven units in 2015; Ningbo joins in 2016, Jinhua (Yiwu) in 2019.
    np.testing.assert_allclose(zhejiang.loc[2015, "zone_share"], 1 / 11)
    np.testing.assert_allclose(zhejiang.loc[2016, "zone_share"], 2 / 11)


def test_jinhua_and_yiwu_are_two_zones_in_one_unit(figures, main):
    zones = rollout.zones_in_force(figures.pilot_zones)
    zhejiang = zones[zones["province_code"] == "330000"]
    units = zhejiang["prefecture_code"].nunique()
    assert len(zhejiang) == units + 1
    last = main[(main["province_code"] == "330000") & (main["year"] == 2022)].iloc[0]
    counted = zhejiang[zhejiang["approval_date"] < "2022-07-01"]
    assert last["zone_count"] == len(counted)
    assert last["zone_share"] == pytest.approx(counted["prefecture_code"].nunique() / 11)


def test_municipalities_jump_from_none_to_all(main):
    beijing = main[main["province_code"] == "110000"].set_index("year")["zone_share"]
    assert set(beijing) == {0.0, 1.0}


def test_a_unit_counts_from_its_first_zone():
    zones = pd.DataFrame(
        {
            "approval_date": pd.to_datetime(["2016-01-12", "2018-07-24"]),
            "prefecture_code": ["330700", "330700"],
        }
    )
    value = rollout.unit_exposure(zones, range(2015, 2020), "same_year")
    assert value.loc["330700"].to_list() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("timing", ALL_TIMINGS)
def test_treatments_never_fall_and_shares_stay_in_the_unit_interval(main, timing):
    for coding in CODINGS:
        name = treatment_id(coding, timing)
        paths = main.pivot(index="province_code", columns="year", values=name)
        assert (paths.diff(axis=1).iloc[:, 1:] >= -1e-12).all(axis=None), name
        if coding != "zone_count":
            assert paths.min(axis=None) >= 0
            assert paths.max(axis=None) <= 1 + 1e-12


def test_later_rules_never_count_earlier(main):
    for coding in CODINGS:
        same, half, following = (
            main[treatment_id(coding, timing)] for timing in ("same_year", "half_year", "next_year")
        )
        assert (same >= half).all()
        assert (half >= following).all()


def test_the_share_by_product_leaves_out_a_unit_without_product(figures):
    zones = pd.DataFrame(
        {
            "approval_date": pd.to_datetime(["2016-01-12"]),
            "prefecture_code": ["460100"],
            "province_code": ["460000"],
            "name_en": ["Haikou"],
        }
    )
    product = pd.Series({"460100": 30.0, "460200": 10.0})
    out = rollout.province_treatments(
        zones, figures.cities, figures.provinces, product, range(2015, 2018)
    )
    hainan = out[out["province_code"] == "460000"].set_index("year")
    assert hainan["zone_share_gdp"].to_list() == [0, 0.75, 0.75]
    assert hainan["zone_share"].to_list() == [0, 0.25, 0.25]


def test_group_time_effects_without_a_control_are_named():
    cohort = pd.Series([2013, 2015, 2016, 2016], index=list("abcd"))
    table = rollout.group_time_table(cohort, range(2013, 2018)).set_index(["cohort", "year"])
    assert table.loc[(2013, 2014), "reason"] == encode([Reason("no_year_before")])
    assert table.loc[(2015, 2015), "identified"] == "yes"
    assert table.loc[(2015, 2015), "n_controls"] == 2
    assert table.loc[(2015, 2016), "reason"] == encode([Reason("no_untreated_left")])
