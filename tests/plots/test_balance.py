"""Balance before and after matching.

Values pass through 12 significant digits: 1e-12.
"""

import pytest

from pilotzone import plots
from pilotzone.catalogue import grid

NAMES = ("ln_gdp_per_capita", "openness", "urbanisation")
BEFORE, AFTER = (1.0, 0.9, 0.8), (0.1, -0.3, 0.4)
LOST = "none:psm_kernel"


@pytest.fixture(scope="module")
def exhibit(made_up):
    columns = grid(
        outcome="nqp",
        treatment="zone_first",
        controls=("none", "baseline"),
        estimator=("psm_nearest", "psm_kernel", "entropy_balancing"),
    )
    return made_up("balance", columns)


@pytest.fixture(scope="module")
def folder(exhibit, write):
    def rows(column):
        return None if column == LOST else [{"term": "zone_first", "estimate": 0.1}]

    balance = [
        {
            "column": column,
            "variable": name,
            "difference_before": before,
            "difference_after": after,
        }
        for column in exhibit.column_ids()
        if column != LOST
        for name, before, after in zip(NAMES, BEFORE, AFTER, strict=True)
    ]
    return write(exhibit, rows, (("balance", balance),))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def test_one_panel_per_way_of_matching(figure):
    assert len(figure.axes) == 3


def test_points_are_the_differences_of_the_file(figure):
    for axes in figure.axes:
        points = {line.get_label(): line for line in axes.lines}
        assert points["before"].get_xdata() == pytest.approx(BEFORE, abs=1e-12)
        assert points["after"].get_xdata() == pytest.approx(AFTER, abs=1e-12)
        assert points["before"].get_markerfacecolor() == "none"


def test_what_is_not_identified_is_named(figure, page_texts):
    assert "Not identified, not drawn:" in page_texts(figure)


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)
