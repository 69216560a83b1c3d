"""Points with a caution are hollow; an interval that was found to hold stays."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from pilotzone import estimates
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import Reason, encode
from pilotzone.plots import marks, points

MARK = marks.SERIES[0]
THIN = Reason("thin_cell", {"units": 3, "fewest": 10})
SIZE = Reason("size_or_coverage", {"low": 3, "high": 8, "coverage": 90, "draws": 9, "phi": 0.7})


def row(term, value, coverage=np.nan, *reasons):
    ends = {"ci_low": value - 1, "ci_high": value + 2}
    return {
        "term": term,
        "estimate": value,
        "coverage": coverage,
        "caution": encode(reasons),
        **ends,
    }


SURE = row("event:0", 1.0, 0.95)
# Fault was found with the size alone, with the coverage too, with the units; audited and thin.
SIZED, SHORT = row("event:1", 2.0, 0.92, SIZE), row("event:2", 3.0, 0.89, SIZE)
FEW, BOTH = row("event:3", 4.0, np.nan, THIN), row("event:4", 5.0, 0.95, THIN, SIZE)
ROWS = [SURE, SIZED, SHORT, FEW, BOTH]


@pytest.mark.parametrize(
    ("term", "kept"), [(SURE, True), (SIZED, True), (SHORT, False), (FEW, False), (BOTH, False)]
)
def test_an_interval_is_kept_where_it_was_found_to_hold(term, kept):
    assert estimates.keeps_interval(term) == kept
    assert np.isfinite(points.limits([term])).all() == kept


@pytest.mark.parametrize("across", [False, True])
def test_points_and_bars(across):
    axes = Figure().add_subplot()
    points.draw(axes, range(5), ROWS, MARK, size=4, across=across)
    value = 0 if across else 1
    found = {
        line.get_markerfacecolor() == "white": line.get_xydata()[:, value].tolist()
        for line in axes.lines
    }
    assert found == {False: [1.0], True: [2.0, 3.0, 4.0, 5.0]}
    bars = [s[:, value].tolist() for c in axes.collections for s in c.get_segments()]
    assert bars == [[0.0, 3.0], [1.0, 4.0]]


def test_the_reasons_stand_below_once_with_their_terms():
    (said,) = points.doubts(ROWS, ENGLISH)
    sized = "Hollow: Event time 1, Event time 2, Event time 4: size of the 5 % test outside 3-8 %"
    assert said.startswith(sized)
    assert " | Event time 3, Event time 4: units behind it: 3, fewer than 10. Without" in said
    assert said.endswith("Without a bar: the interval does not hold.")
    assert points.doubts([SURE], ENGLISH) == []
    (sized,) = points.doubts([SURE, SIZED], ENGLISH)
    assert "Without a bar" not in sized


def test_many_terms_are_counted():
    many = [row(f"event:{n}", 1.0, np.nan, THIN) for n in range(points.NAMED + 1)]
    assert points.doubts(many, ENGLISH)[0].count("4 points: units behind it: 3") == 1
