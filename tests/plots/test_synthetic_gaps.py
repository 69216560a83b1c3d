"""A panel for each unit with its synthetic controls.

Values pass through 12 significant digits: 1e-12.
"""

import pytest

from pilotzone import plots
from pilotzone.catalogue import grid

YEARS = (2011, 2012, 2013, 2014, 2015)
OWN, CONTROL = (1.0, 1.1, 1.2, 1.9, 2.0), (1.0, 1.1, 1.3, 1.4, 1.5)
UNITS = {"330100": 2015, "110000": 2014}


@pytest.fixture(scope="module")
def exhibit(made_up):
    columns = tuple(
        column
        for variant, demeaned in (("plain", "no"), ("demeaned", "yes"))
        for column in grid(
            outcome="nqp_city",
            treatment="zone_city",
            sample="city",
            estimator="synthetic_control",
            variant=variant,
            options=(("demeaned", demeaned),),
        )
    )
    return made_up("synthetic_gaps", columns)


@pytest.fixture(scope="module")
def figure(exhibit, write):
    gaps = [
        {
            "column": column,
            "unit": unit,
            "year": year,
            "observed": own,
            "synthetic": control + number,
            "gap": own - control - number,
        }
        for number, column in enumerate(exhibit.column_ids())
        for unit in UNITS
        for year, own, control in zip(YEARS, OWN, CONTROL, strict=True)
    ]
    units = [
        {"column": column, "unit": unit, "cohort": cohort, "p_value": 0.2, "identified": "yes"}
        for column in exhibit.column_ids()
        for unit, cohort in UNITS.items()
    ]
    lost = [
        {"column": column, "unit": "440300", "cohort": 2014, "identified": "no", "reason": "[]"}
        for column in exhibit.column_ids()
    ]
    parts = (("gaps", gaps), ("units", [*units, *lost]))
    folder = write(exhibit, lambda column: [{"term": "unit:330100", "estimate": 0.1}], parts)
    return plots.draw("made_up", exhibit, folder)


def test_a_panel_per_unit_with_a_control_by_cohort(figure):
    titles = [t.get_text() for t in figure.texts if "p = " in t.get_text()]
    assert titles == ["Beijing\np = 0.20, 0.20", "Hangzhou\np = 0.20, 0.20"]


def test_lines_are_the_paths_of_the_file(figure):
    for axes, cohort in zip(figure.axes, (2014, 2015), strict=True):
        first, second, own, before = axes.lines
        assert list(own.get_ydata()) == pytest.approx(OWN, abs=1e-12)
        assert list(first.get_ydata()) == pytest.approx(CONTROL, abs=1e-12)
        assert list(second.get_ydata()) == pytest.approx([c + 1 for c in CONTROL], abs=1e-12)
        assert set(before.get_xdata()) == {cohort - 1}
        # In grey too no line is taken for another: the city's alone is solid.
        assert own.get_linestyle() == "-"
        patterns = [line._dash_pattern for line in (first, second, own)]
        assert len(set(map(str, patterns))) == 3


def test_the_legend_names_the_unit_and_each_control(figure):
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [
        "city",
        "synthetic control, weights alone",
        "synthetic control, weights and a constant",
    ]
