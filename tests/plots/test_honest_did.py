import numpy as np
import pytest

from pilotzone import plots
from pilotzone.catalogue import grid

BOUNDS = {
    "parallel_trends": (0.0,),
    "smoothness": (0.0, 0.001, 0.01),
    "relative_magnitudes": (0.005, 1.0),
}
ORDER = [(name, m) for name, bounds in BOUNDS.items() for m in bounds]
TOLERANCE = 1e-12


def limits(name, m):
    return 0.01 - m - 0.001 * len(name), 0.04 + 2 * m


@pytest.fixture(scope="module")
def exhibit(made_up):
    return made_up(
        "honest_did",
        grid(
            outcome=("nqp", "nqp_no_ecommerce", "nqp_long"),
            treatment="zone_first",
            sample="cohort_2016",
            estimator="honest_did",
        ),
    )


@pytest.fixture(scope="module")
def folder(exhibit, write):
    def rows(column):
        if column == "nqp_long":
            return None
        mean = {"term": "overall:post", "estimate": 0.02, "std_error": 0.01}
        bound = {"term": "breakdown:smoothness", "estimate": 0.00123456}
        return [mean, bound] if column == "nqp" else [mean]

    intervals = [
        {"column": column, "restriction": name, "m": m, "ci_low": low, "ci_high": high}
        for column in ("nqp", "nqp_no_ecommerce")
        for name, m in ORDER
        for low, high in [limits(name, m)]
    ]
    return write(exhibit, rows, (("intervals", intervals),))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def test_intervals_are_those_of_the_file_the_original_first(figure):
    for axes in figure.axes:
        bars = [container.lines[2][0] for container in axes.containers]
        drawn = [tuple(segment[:, 1]) for bar in bars for segment in bar.get_segments()]
        np.testing.assert_allclose(drawn, [limits(*key) for key in ORDER], atol=TOLERANCE)
        places = [segment[0, 0] for bar in bars for segment in bar.get_segments()]
        assert places == sorted(places)
        ticks = [label.get_text() for label in axes.get_xticklabels()]
        assert ticks == ["original", "0", "0.001", "0.01", "0.005", "1"]
        assert len({str(bar.get_linestyle()) for bar in bars}) == 2


def test_the_original_carries_its_estimate(figure):
    for axes in figure.axes:
        points = [ln.get_xydata().tolist() for ln in axes.lines if ln.get_marker() == "o"]
        assert points == [[[0.0, 0.02]]]


def test_breakdown_values_are_printed_or_none(figure):
    heads = [
        [t.get_text() for t in axes.texts if "breakdown" in t.get_text()] for axes in figure.axes
    ]
    assert heads[0] == [
        "Smoothness\nbreakdown: M = 0.00123",
        "Relative magnitudes\nbreakdown: none",
    ]
    assert heads[1] == ["Smoothness\nbreakdown: none", "Relative magnitudes\nbreakdown: none"]


def test_what_is_not_identified_is_named(figure, page_texts):
    assert len(figure.axes) == 2
    text = page_texts(figure)
    assert "Not identified, not drawn: NQP index, 13 indicators from 2011. Reason:" in text
    assert "N = 210" in text


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)
