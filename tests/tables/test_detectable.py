"""The table of detectable effects, from a made-up file."""

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits, tables
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import Reason, encode
from pilotzone.tables.style import DASH, Style

THIN = encode([Reason("thin_cell", {"units": 3, "fewest": 10})])
ZONE = ("province", "zone_first")
CITY = ("city", "zone_city")
KEYS = ["panel", "treatment", "estimator", "effects", "sample", "inference", "term"]
NUMBERS = ["detectable", "normal", "sd_outcome", "ratio", "failed"]
LINES = [
    (*CITY, "sdm", "unit_trends", "balanced", "cluster_pairs", "W:zone_city", 0.02, 0.5),
    (*ZONE, "imputation", "two_way", "pre_covid", "permutation", "cohort:2015", np.nan, np.nan),
    (*ZONE, "imputation", "two_way", "pre_covid", "permutation", "cohort:2016", 0.03, 3.0),
    (*ZONE, "imputation", "two_way", "pre_covid", "permutation", "overall:simple", 0.015, 1.5),
    (*ZONE, "twfe", "two_way", "main", "permutation", "zone_first", 0.01, 1.0),
]


def made(sizes="own", failed=0):
    table = pd.DataFrame(LINES, columns=[*KEYS, "detectable", "ratio"])
    lost = table["detectable"].isna()
    numbers = {"normal": 0.0123, "sd_outcome": 0.0456, "failed": float(failed)}
    table = table.assign(**numbers)
    table.loc[lost, NUMBERS] = np.nan
    reason = np.where(lost, THIN, "")
    return table.assign(autocorrelation=0.7, sizes=sizes, draws=400, reason=reason)


@pytest.fixture
def build(tmp_path):
    describe = exhibits.load("detectable").describe
    exhibit = Exhibit(title="t", title_zh="t", describe=describe)

    def grid(language="en", **choices):
        estimates.write(tmp_path, "detectable", exhibit, {"": made(**choices)})
        return tables.build("detectable", exhibit, tmp_path, Style(lexicon=Lexicon(language)))

    return grid


def test_panels_are_treatments_and_samples_with_the_mean_before_its_cohorts(build):
    panels = build().panels
    assert [panel.title for panel in panels] == [
        "Pilot zone in the province: Main",
        "Pilot zone in the province: Pre-2020",
        "Pilot zone in the city: Balanced",
    ]
    assert [row.label for row in panels[0].rows] == ["Two-way fixed effects"]
    name = "Imputation (Borusyak-Jaravel-Spiess)"
    assert [row.label.removeprefix(name) for row in panels[1].rows] == [
        ": Average effect: all treated cells",
        ": Cohort 2015",
        ": Cohort 2016",
    ]
    (row,) = panels[2].rows
    assert row.label == "Spatial Durbin (SDM), Unit trends: W × Pilot zone in the city"
    assert row.cells == ("0.020", "0.500", "0.012", "0.046")


def test_a_line_without_a_number_has_a_dash_and_its_reason_in_a_note(build):
    grid = build()
    row = grid.panels[1].rows[1]
    assert row.cells == (DASH, "", "", "")
    said = "Without a number: Cohort 2015 (lines: 1), units behind it: 3, fewer than 10."
    assert said in grid.notes


def test_the_note_tells_draws_noise_and_tests(build):
    note = build().notes[0]
    assert "80 % of 400 draws" in note
    assert "coefficient 0.7" in note
    assert "2.80 standard deviations" in note
    assert "in each unit as large" in note
    assert "in all units" in build(sizes="common").notes[0]
    two_way = "Randomisation of treatment paths: Two-way fixed effects / Imputation"
    assert two_way in note
    assert "Clusters by unit, with pairs: Spatial Durbin (SDM)." in note


def test_failed_draws_are_told_where_there_are_any(build):
    assert not any("could not be estimated" in note for note in build().notes)
    assert any("up to 7 draws could not" in note for note in build(failed=7).notes)


def test_chinese_has_no_english_words(build):
    grid = build("zh")
    assert grid.panels[0].rows[0].label == "双向固定效应"
    assert grid.notes[0].startswith("可检出效应")
    assert any("2015年队列" in note for note in grid.notes)
