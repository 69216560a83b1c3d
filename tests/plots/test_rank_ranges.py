import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits, plots
from pilotzone.catalogue import Exhibit, Figure, codebook
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
from pilotzone.plots import marks

CODES = sorted(code for code in codebook.provinces() if code != "540000")
KINDS = ("variants", "indicators", "provinces")
YEARS = ("2022", "mean")


def made(base, kind, year):
    """Return ranks in the order of codes in the last year and reversed in the mean."""
    rank = np.arange(1, 31) if year == "2022" else np.arange(30, 0, -1)
    width = KINDS.index(kind)
    return pd.DataFrame(
        {
            "base": base,
            "perturbation": kind,
            "year": year,
            "province_code": CODES,
            "rank": rank,
            "lowest": np.maximum(1, rank - width),
            "median": rank + 0.5 * (rank < 30),
            "highest": np.minimum(30, rank + 2 * width),
            "n_indices": 10,
        }
    )


@pytest.fixture(scope="module")
def folder(exhibit, tmp_path_factory):
    tables = [made("nqp", kind, year) for kind in KINDS for year in YEARS]
    tables.append(made("nqp_no_ecommerce", "indicators", "2022"))
    parts = {
        "": pd.concat(tables),
        "agreement": pd.DataFrame(columns=["base", "perturbation", "year", "member"]),
        "bootstrap": pd.DataFrame(columns=["outcome", "treatment", "controls", "index"]),
    }
    folder = tmp_path_factory.mktemp("ranks")
    estimates.write(folder, "index_uncertainty", exhibit, parts)
    return folder


@pytest.fixture(scope="module")
def exhibit():
    figure = Figure(kind="rank_ranges", title="Made-up ranks", choices=(("base", "nqp"),))
    describe = exhibits.load("index_uncertainty").describe
    return Exhibit(title="t", title_zh="t", describe=describe, figure=figure)


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("index_uncertainty", exhibit, folder)


def test_provinces_stand_in_the_order_of_their_rank(figure):
    names = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    expected = [ENGLISH.unit_name(code) for code in CODES]
    assert names == [expected, expected[::-1]]
    for axes in figure.axes:
        low, high = axes.get_ylim()
        assert low > high


def test_bars_reach_from_the_lowest_to_the_highest_rank(figure):
    for axes in figure.axes:
        bars = [c for c in axes.collections if hasattr(c, "get_segments")]
        assert len(bars) == len(KINDS)
        for width, bar in enumerate(bars):
            limits = np.array([segment[:, 0] for segment in bar.get_segments()])
            rows = np.array([segment[0, 1] for segment in bar.get_segments()])
            ranks = 1 + np.rint(rows)
            np.testing.assert_array_equal(limits[:, 0], np.maximum(1, ranks - width))
            np.testing.assert_array_equal(limits[:, 1], np.minimum(30, ranks + 2 * width))


def test_marks_are_medians_and_ticks_the_ranks_of_the_index(figure):
    axes = figure.axes[0]
    by_marker = {line.get_marker(): line for line in axes.lines}
    np.testing.assert_array_equal(by_marker["|"].get_xdata(), np.arange(1, 31))
    for mark in marks.SERIES[: len(KINDS)]:
        line = by_marker[mark.marker]
        medians = np.arange(1, 31) + 0.5 * (np.arange(1, 31) < 30)
        np.testing.assert_array_equal(np.sort(line.get_xdata()), medians)


def test_a_base_with_fewer_changes_draws_those(exhibit, folder):
    chosen = dataclasses.replace(exhibit.figure, choices=(("base", "nqp_no_ecommerce"),))
    figure = plots.draw("index_uncertainty", dataclasses.replace(exhibit, figure=chosen), folder)
    assert len(figure.axes) == 1
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["index itself", "without one indicator"]


@pytest.mark.parametrize(
    ("choices", "message"),
    [((), "lacks the choice base"), ((("base", "typo"),), "no ranks of base 'typo'")],
)
def test_a_base_that_is_not_there_is_named(exhibit, folder, choices, message):
    chosen = dataclasses.replace(exhibit.figure, choices=choices)
    with pytest.raises(UserError, match=message):
        plots.draw("index_uncertainty", dataclasses.replace(exhibit, figure=chosen), folder)


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("index_uncertainty", exhibit, folder), figure)
