import shutil

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, plots
from pilotzone.catalogue import codebook, grid
from pilotzone.catalogue.words import ENGLISH

CODES = [code for code in codebook.provinces() if code != "540000"]
WHOLE = -0.002
# Values pass through 12 significant digits.
TOLERANCE = 1e-12


def values(column):
    return np.random.default_rng(len(column)).normal(WHOLE, 0.004, len(CODES)).round(8)


@pytest.fixture(scope="module")
def exhibit(made_up):
    columns = (
        *grid(
            outcome="nqp",
            treatment="zone_first",
            controls=("none", "baseline"),
            sample=("main", "pre_covid"),
            estimator="leave_one_out",
        ),
        *grid(outcome="nqp", treatment="zone_first"),
    )
    return made_up("leave_one_out", columns)


@pytest.fixture(scope="module")
def folder(exhibit, write):
    lost = "baseline:pre_covid:leave_one_out"

    def rows(column):
        whole = {"term": "zone_first", "estimate": WHOLE, "std_error": 0.001}
        return None if column == lost else [whole]

    left_out = [
        {
            "column": column,
            "left_out": code,
            "estimate": value,
            "std_error": 0.001,
            "ci_low": value - 0.003,
            "ci_high": value + 0.002,
        }
        for column in exhibit.column_ids()
        if column.endswith("leave_one_out") and column != lost
        for code, value in zip(CODES, values(column), strict=True)
    ]
    return write(exhibit, rows, (("left_out", left_out),))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


COLUMNS = (
    "none:main:leave_one_out",
    "none:pre_covid:leave_one_out",
    "baseline:main:leave_one_out",
)


def test_every_province_stands_at_its_estimate_in_order(figure):
    for axes, column in zip(figure.axes, COLUMNS, strict=True):
        dots = np.vstack([ln.get_xydata() for ln in axes.lines if ln.get_marker() == "o"])
        dots = dots[np.argsort(dots[:, 1])]
        names = [label.get_text() for label in axes.get_yticklabels()]
        expected = dict(zip(map(ENGLISH.unit_name, CODES), values(column), strict=True))
        assert len(names) == len(CODES)
        for name, (drawn, _) in zip(names, dots, strict=True):
            assert drawn == pytest.approx(expected[name], abs=TOLERANCE)
        assert (np.diff(dots[:, 0]) >= 0).all()
        (bars,) = [c for c in axes.collections if hasattr(c, "get_segments")]
        limits = np.array([segment[:, 0] for segment in bars.get_segments()])
        np.testing.assert_allclose(limits - dots[:, :1], [[-0.003, 0.002]] * 30, atol=1e-11)


def test_a_change_of_sign_is_hollow(figure):
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_marker() == "o":
                hollow = line.get_markerfacecolor() == "white"
                assert len(line.get_xdata()) > 0
                assert ((np.sign(line.get_xdata()) != np.sign(WHOLE)) == hollow).all()


def test_the_estimate_with_all_units_is_a_line(figure):
    for axes in figure.axes:
        upright = [ln for ln in axes.lines if ln.get_linestyle() == "--"]
        assert [float(line.get_xdata()[0]) for line in upright] == [WHOLE]


def test_what_is_not_identified_is_named(figure, page_texts):
    text = page_texts(figure)
    assert "Not identified, not drawn:" in text
    assert "Province left out" in text


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_an_estimate_with_a_caution_has_no_intervals(
    exhibit, folder, tmp_path, cautions, page_texts
):
    folder = shutil.copytree(folder, tmp_path / "own")
    name, rows = cautions((COLUMNS[0], "zone_first"))
    estimates.write(
        folder, "made_up", exhibit, {name: pd.DataFrame(rows).assign(exhibit="made_up")}
    )
    figure = plots.draw("made_up", exhibit, folder)
    assert [len(axes.collections) for axes in figure.axes] == [0, 1, 1]
    assert "With all units: Pilot zone in the province: units behind it: 3" in page_texts(figure)
