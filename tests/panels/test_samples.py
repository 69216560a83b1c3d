"""Which rows a sample keeps and how the loss is counted, on made-up frames and on both panels."""

from string import Formatter

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import Sample
from pilotzone.catalogue.phrasebook import REASONS
from pilotzone.catalogue.samples import CITY_SAMPLES, FIRM_SAMPLES, SAMPLES
from pilotzone.errors import Reason, decode
from pilotzone.panels import samples
from pilotzone.panels.store import UNITS


@pytest.fixture
def frame():
    """Three units in four years; ``b`` is coastal, ``c`` has batch 5."""
    return pd.DataFrame(
        {
            "unit": np.repeat(["a", "b", "c"], 4),
            "year": np.tile(range(2010, 2014), 3),
            "coastal": np.repeat([0.0, 1.0, 0.0], 4),
            "batch": np.repeat([0, 0, 5], 4),
        }
    )


def sample(id="made", **fields):
    usual = {"panel": "province", "first_year": 2011, "last_year": 2013, "words": (id, id)}
    return Sample(**{"id": id, **usual, **fields})


def flow_of(frame, *declared, first=None):
    every = {one.id: one for one in declared}
    return samples.flow("province", frame, "unit", first, every=every)


def kept(sample, frame):
    rows = frame[samples.member_rows(sample, frame, "unit")]
    return [f"{unit}{year}" for unit, year in zip(rows["unit"], rows["year"], strict=True)]


def steps(flow, name):
    rows = flow[flow["sample"] == name]
    table = rows[["reason", "rows", "units", "dropped"]].assign(reason=rows["reason"].map(why))
    return list(table.itertuples(index=False, name=None))


def why(cell):
    (reason,) = decode(cell)
    return str(reason)


def test_both_years_are_included(frame):
    b_and_c = frame[frame["unit"] != "a"]
    assert kept(sample(last_year=2012), b_and_c) == ["b2011", "b2012", "c2011", "c2012"]


def test_units_and_values_are_left_out(frame):
    one_year = {"first_year": 2011, "last_year": 2011}
    assert kept(sample(**one_year, excluded=("a",)), frame) == ["b2011", "c2011"]
    assert kept(sample(**one_year, without=(("coastal", 1),)), frame) == ["a2011", "c2011"]
    pairs = (("coastal", 1), ("batch", 5))
    assert kept(sample(**one_year, without=pairs), frame) == ["a2011"]


def test_a_row_without_the_attribute_stays(frame):
    unknown = frame.assign(batch=frame["batch"].where(frame["unit"] != "b"))
    one_year = sample(first_year=2011, last_year=2011, without=(("batch", 5),))
    assert kept(one_year, unknown) == ["a2011", "b2011"]


def test_the_flow_counts_step_by_step(frame):
    inland = {"excluded": ("a",), "without": (("coastal", 1), ("batch", 5)), "last_year": 2012}
    flow = flow_of(
        frame,
        sample("whole", excluded=("a",)),
        sample("inland", **inland, parent="whole"),
        sample("elsewhere", panel="city"),
    )
    assert set(flow["panel"]) == {"province"}
    assert set(flow["sample"]) == {"whole", "inland"}
    assert steps(flow, "whole") == [
        ("published_figures", 12, 3, 0),
        ("years_outside(first=2011, last=2013)", 9, 3, 3),
        ("units_excluded(units=[a])", 6, 2, 3),
    ]
    # The unit that the parent leaves out is not counted a second time.
    assert steps(flow, "inland") == [
        ("rows_of_sample(sample=whole)", 6, 2, 0),
        ("years_outside(first=2011, last=2012)", 4, 2, 2),
        ("value_left_out(variable=coastal, value=1)", 2, 1, 2),
        ("value_left_out(variable=batch, value=5)", 0, 0, 2),
    ]
    assert flow["step"].tolist() == [0, 1, 2, 0, 1, 2, 3]


def test_a_child_counts_only_what_its_parent_keeps(frame):
    flow = flow_of(
        frame,
        sample("inland", without=(("coastal", 1),)),
        sample("early", without=(("coastal", 1), ("batch", 5)), parent="inland"),
    )
    assert steps(flow, "early") == [
        ("rows_of_sample(sample=inland)", 6, 2, 0),
        ("value_left_out(variable=batch, value=5)", 3, 1, 3),
    ]


def test_further_tests_come_after_the_years_and_reach_the_children(frame):
    inland = sample("inland", without=(("coastal", 1),), parent="whole")
    printed = frame["year"].to_numpy() != 2012
    first = {"whole": [(Reason("not_printed", {"variable": "x"}), printed)]}
    flow = flow_of(frame, sample("whole"), inland, first=first)
    assert steps(flow, "whole") == [
        ("published_figures", 12, 3, 0),
        ("years_outside(first=2011, last=2013)", 9, 3, 3),
        ("not_printed(variable=x)", 6, 3, 3),
    ]
    assert steps(flow, "inland") == [
        ("rows_of_sample(sample=whole)", 6, 3, 0),
        ("value_left_out(variable=coastal, value=1)", 4, 2, 2),
    ]


def test_the_flow_of_the_cities_ends_in_the_panel(city_panel):
    flow = city_panel.flow
    whole = flow[flow["sample"] == "city"]
    assert whole["rows"].iloc[-1] == 2617
    assert whole["units"].iloc[-1] == 277
    assert whole["dropped"].sum() == whole["rows"].iloc[0] - 2617
    assert whole.set_index(whole["reason"].map(why))["rows"]["unit_abolished"] == 337 * 10


def test_each_step_drops_the_difference(city_panel, province_panel):
    for panel in (city_panel, province_panel):
        # Sums turn cities into provinces; no row is lost on the way.
        for _, rows in panel.flow[panel.flow["panel"] != "city_sums"].groupby("sample"):
            assert rows["step"].tolist() == list(range(len(rows)))
            assert rows["dropped"].iloc[0] == 0
            lost = -rows["rows"].diff().iloc[1:]
            assert rows["dropped"].iloc[1:].eq(lost).all()
            assert (rows["dropped"] >= 0).all()
            assert rows["units"].is_monotonic_decreasing


@pytest.mark.parametrize("name", [s.id for s in CITY_SAMPLES if s.panel == "city"])
def test_the_last_step_is_what_the_engine_uses(city_panel, name):
    last = city_panel.flow[city_panel.flow["sample"] == name].iloc[-1]
    frame = city_panel.frame
    inside = frame[samples.member_rows(SAMPLES[name], frame, "city_code")]
    assert len(inside) == last["rows"] > 0
    assert inside["city_code"].nunique() == last["units"]
    parent = SAMPLES[name].parent
    origin = f"rows_of_sample(sample={parent})" if parent else "published_figures"
    first = city_panel.flow[city_panel.flow["sample"] == name].iloc[0]
    assert why(first["reason"]) == origin


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("balanced", 229),
        ("balanced_linked", 225),
        ("city_no_municipalities", 277 - 4 - 15),
        ("city_no_service_pilots", 277 - 8),
        ("city_cohort_2016", 146 + 10),
        ("city_cohort_2019", 146 + 18),
        ("city_cohort_2020", 146 + 55),
    ],
)
def test_units_of_the_city_samples(city_panel, name, units):
    frame = city_panel.frame
    inside = frame[samples.member_rows(SAMPLES[name], frame, "city_code")]
    assert inside["city_code"].nunique() == units
    if SAMPLES[name].incomplete == "drop_units":
        assert inside.groupby("city_code").size().eq(10).all()


def test_a_cohort_stands_against_cities_without_a_zone_to_2020(city_panel):
    frame = city_panel.frame
    for cohort in (2016, 2019, 2020):
        sample = SAMPLES[f"city_cohort_{cohort}"]
        inside = frame[samples.member_rows(sample, frame, "city_code")]
        assert set(inside["cohort"]) == {0, cohort}
        assert inside.loc[inside["cohort"] == 0, "zone_city"].eq(0).all()


def test_samples_of_other_places_hold_none_of_them(city_panel):
    frame = city_panel.frame
    inside = {
        s.id: frame[samples.member_rows(s, frame, "city_code")]
        for s in CITY_SAMPLES
        if s.panel == "city"
    }
    assert not set(inside["city_no_batch_5"]["zone_batch"]) & {5}
    assert set(inside["city_no_later_zones"]["zone_batch"]) == {0, 1, 2, 3, 4, 5}
    assert not set(inside["city_no_north_east"]["province_code"]) & {"210000", "220000", "230000"}
    assert inside["city_no_redrawn"]["redrawn"].eq(0).all()
    assert inside["city_pre_covid"]["year"].max() == 2019


def test_every_reason_has_words_in_both_languages(city_panel, province_panel):
    for panel in (city_panel, province_panel):
        for cell in panel.flow["reason"].unique():
            (reason,) = decode(cell)
            for template in REASONS[reason.code]:
                assert {n for _, n, _, _ in Formatter().parse(template) if n} == set(reason.facts)


def test_every_sample_has_a_panel_a_flow_and_a_name(city_panel, province_panel):
    flows = {*city_panel.flow["sample"], *province_panel.flow["sample"]}
    # A reader's firms have their flow where they are read.
    assert flows == set(SAMPLES) - {s.id for s in FIRM_SAMPLES}
    for name, sample in SAMPLES.items():
        assert sample.panel in {*UNITS, "firm"}
        assert all(sample.words), name
        assert all(sample.label), name
