"""The picture of detectable effects, from a made-up file."""

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits, plots
from pilotzone.catalogue import Exhibit, Figure
from pilotzone.errors import Reason, encode
from pilotzone.plots import marks

ZONE = ("province", "zone_first", "permutation")
CITY = ("city", "zone_city", "permutation")
KEYS = ["panel", "treatment", "inference", "estimator", "effects", "sample", "term", "ratio"]
LINES = [
    (*ZONE, "twfe", "two_way", "main", "zone_first", 1.0),
    (*ZONE, "twfe", "two_way", "to_2018", "zone_first", 2.0),
    (*ZONE, "imputation", "unit_trends", "to_2018", "cohort:2015", np.nan),
    (*ZONE, "imputation", "unit_trends", "to_2018", "cohort:2016", 4.0),
    (*ZONE, "imputation", "unit_trends", "to_2018", "overall:simple", 3.0),
    (*CITY, "slx", "two_way", "balanced", "W:zone_city", 0.25),
]


@pytest.fixture(scope="module")
def exhibit():
    figure = Figure(kind="detectable", title="Made-up effects")
    describe = exhibits.load("detectable").describe
    return Exhibit(title="t", title_zh="t", describe=describe, figure=figure)


@pytest.fixture(scope="module")
def folder(exhibit, tmp_path_factory):
    table = pd.DataFrame(LINES, columns=KEYS)
    lost = table["ratio"].isna()
    reason = np.where(lost, encode([Reason("thin_cell", {"units": 1, "fewest": 10})]), "")
    table = table.assign(detectable=0.01 * table["ratio"], sd_outcome=0.01, normal=0.01)
    table = table.assign(autocorrelation=0.7, sizes="own", draws=9, failed=0, reason=reason)
    folder = tmp_path_factory.mktemp("detectable")
    estimates.write(folder, "detectable", exhibit, {"": table})
    return folder


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("detectable", exhibit, folder)


def points(axes):
    """Return the points of a panel by marker: value and number of the line."""
    drawn = [line for line in axes.lines if line.get_marker() not in ("None", "")]
    return {
        line.get_marker(): [
            (float(x), round(float(y))) for x, y in zip(*line.get_data(), strict=True)
        ]
        for line in drawn
    }


def test_lines_are_estimators_with_their_cohorts_below(figure):
    names = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    assert names == [
        [
            "Two-way fixed effects",
            "Imputation (Borusyak-Jaravel-Spiess), unit trends",
            "Cohort 2016",
        ],
        ["Spatial lag of X (SLX): neighbours"],
    ]


def test_a_point_for_each_number_marked_by_its_sample(figure):
    main, early, balanced = (mark.marker for mark in marks.SERIES[:3])
    assert points(figure.axes[0]) == {main: [(1.0, 0)], early: [(2.0, 0), (3.0, 1), (4.0, 2)]}
    assert points(figure.axes[1]) == {balanced: [(0.25, 0)]}
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["Main", "To 2018", "Balanced"]


def test_both_panels_have_one_scale(figure):
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert {axes.get_xscale() for axes in figure.axes} == {"log"}


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("detectable", exhibit, folder), figure)
