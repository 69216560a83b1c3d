"""The network of cities: lines by year and effects on centralities are those of the files.

Values pass through 12 significant digits: 1e-12.
"""

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, plots
from pilotzone.catalogue import grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
from pilotzone.plots import marks
from pilotzone.plots.network import OUTCOMES

TOLERANCE = 1e-12
SPAN = range(2011, 2021)
SIZES = {"all": 277, "zone": 98, "other": 179}
SCALE = dict(zip(OUTCOMES, (0.01, 0.004, 0.0007), strict=True))
LOST = "closeness_centrality:baseline:centralities"


def degree(group, year):
    return SIZES[group] / 1000 + 0.003 * (year - 2011)


def by_year():
    return pd.DataFrame(
        [
            {
                "exhibit": "made_up",
                "column": "degree_centrality:none:centralities",
                "group": group,
                "year": year,
                "n_units": size,
                "density": 0.08 + 0.006 * (year - 2011) if group == "all" else None,
                "degree": degree(group, year),
            }
            for group, size in SIZES.items()
            for year in reversed(SPAN)
        ]
    )


def rows(column):
    outcome, controls, _ = column.split(":")
    if column == LOST or outcome not in SCALE:
        return None
    middle = SCALE[outcome] * (1 if controls == "none" else -2)
    low, high = middle - SCALE[outcome], middle + 3 * SCALE[outcome]
    known = {"estimate": middle, "std_error": SCALE[outcome], "ci_low": low, "ci_high": high}
    return [{"term": "zone_first", **known}]


@pytest.fixture(scope="module")
def exhibit(made_up):
    columns = grid(
        outcome=("nqp", *OUTCOMES),
        treatment="zone_first",
        controls=("none", "baseline"),
        estimator="centralities",
    )
    other = grid(outcome=OUTCOMES[0], treatment="zone_first", estimator="sun_abraham")
    return made_up("network", (*columns, *other))


@pytest.fixture(scope="module")
def add_years(exhibit):
    def add(folder, frame):
        estimates.write(folder, "made_up", exhibit, {"years": frame})
        return folder

    return add


@pytest.fixture(scope="module")
def folder(exhibit, write, add_years):
    return add_years(write(exhibit, rows), by_year())


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def test_lines_by_year_are_those_of_the_file(figure):
    density, mean_degree = figure.axes[:2]
    (line,) = density.lines
    assert line.get_xdata().tolist() == list(SPAN)
    np.testing.assert_allclose(
        line.get_ydata(), [0.08 + 0.006 * (year - 2011) for year in SPAN], atol=TOLERANCE
    )
    for line, group in zip(mean_degree.lines, ("zone", "other"), strict=True):
        assert line.get_xdata().tolist() == list(SPAN)
        expected = [degree(group, year) for year in SPAN]
        np.testing.assert_allclose(line.get_ydata(), expected, atol=TOLERANCE)
    zone, other = mean_degree.lines
    assert zone.get_marker() != other.get_marker()
    assert zone.get_linestyle() != other.get_linestyle()


def test_groups_are_named_with_their_size_above_the_lines(figure):
    density, mean_degree = figure.axes[:2]
    assert [t.get_text() for t in density.get_legend().get_texts()] == ["all (277 cities)"]
    assert [t.get_text() for t in mean_degree.get_legend().get_texts()] == [
        "with a zone by 2020 (98 cities)",
        "other (179 cities)",
    ]
    with plots.settings():
        figure.draw_without_rendering()
        for axes in (density, mean_degree):
            edge = axes.get_legend().get_window_extent().y0
            highest = max(line.get_ydata().max() for line in axes.lines)
            assert axes.transData.transform((2011, highest))[1] < edge


def test_each_centrality_has_its_axis_with_the_intervals_of_the_file(figure):
    panels = figure.axes[2:]
    heads = [axes.get_title(loc="left") for axes in panels]
    assert heads == [ENGLISH.variable(name) for name in OUTCOMES]
    for axes, name in zip(panels, OUTCOMES, strict=True):
        ids = [f"{name}:{controls}:centralities" for controls in ("none", "baseline")]
        expected = [rows(column)[0] for column in ids if column != LOST]
        points = [ln for ln in axes.lines if ln.get_linestyle() == "None"]
        middles = [float(ln.get_xdata()[0]) for ln in points]
        assert middles == pytest.approx([row["estimate"] for row in expected], abs=TOLERANCE)
        bars = [c.get_segments()[0][:, 0] for c in axes.collections]
        limits = [(row["ci_low"], row["ci_high"]) for row in expected]
        np.testing.assert_allclose(bars, limits, atol=TOLERANCE)
        heights = [float(ln.get_ydata()[0]) for ln in points]
        assert heights == sorted(heights, reverse=True)
        shapes = [ln.get_marker() for ln in points]
        assert shapes == [mark.marker for mark in marks.SERIES[: len(points)]]
        assert any(list(ln.get_xdata()) == [0, 0] for ln in axes.lines)
    assert [t.get_text() for t in panels[0].get_yticklabels()] == [
        "controls: none",
        "controls: baseline",
    ]


def test_what_is_not_identified_is_named(figure, page_texts):
    text = page_texts(figure)
    assert (
        f"Not identified, not drawn: controls: baseline · {ENGLISH.variable(OUTCOMES[1])}" in text
    )
    assert "Sun-Abraham" not in text
    assert "each on its own scale" in text


@pytest.mark.slow
def test_an_outcome_without_an_identified_column_has_no_axis(exhibit, write, add_years, sound):
    folder = write(exhibit, lambda c: None if c.startswith(OUTCOMES[2]) else rows(c))
    add_years(folder, by_year())
    figure = plots.draw("made_up", exhibit, folder)
    assert len(figure.axes) == 4
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_missing_parts_are_named(exhibit, write, add_years):
    folder = write(exhibit, rows)
    with pytest.raises(UserError, match=r"made_up\.years\.csv: not there"):
        plots.draw("made_up", exhibit, folder)
    table = by_year()
    add_years(folder, table[table["group"] != "other"])
    with pytest.raises(UserError, match=r"made_up\.years\.csv: no rows of group 'other'"):
        plots.draw("made_up", exhibit, folder)
    add_years(folder, table.assign(degree=table["degree"].where(table["year"] != 2015)))
    with pytest.raises(UserError, match="group 'zone' has a year without degree"):
        plots.draw("made_up", exhibit, folder)


def test_an_exhibit_without_centralities_is_refused(made_up, write, add_years):
    exhibit = made_up("network", grid(outcome="nqp", treatment="zone_first"))
    folder = add_years(write(exhibit, lambda column: None), by_year())
    with pytest.raises(UserError, match="no two-way column has an outcome of degree_centrality"):
        plots.draw("made_up", exhibit, folder)


def test_an_effect_with_a_caution_is_hollow_without_an_interval(
    exhibit, write, add_years, cautions, page_texts
):
    thin = f"{OUTCOMES[0]}:none:centralities"
    made = add_years(write(exhibit, rows, (cautions((thin, "zone_first")),)), by_year())
    figure = plots.draw("made_up", exhibit, made)
    axes = figure.axes[2]
    hollow = [ln for ln in axes.lines if ln.get_markerfacecolor() == "white"]
    middle = rows(thin)[0]["estimate"]
    assert [ln.get_xdata().tolist() for ln in hollow] == [[pytest.approx(middle, abs=TOLERANCE)]]
    assert [len(c.get_segments()) for c in axes.collections] == [0, 1]
    assert "Hollow: Pilot zone in the province: units behind it: 3" in page_texts(figure)
