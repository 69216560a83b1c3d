import dataclasses

import numpy as np
import pytest

from pilotzone import plots
from pilotzone.catalogue import Inference, grid
from pilotzone.errors import UserError
from pilotzone.plots import event_overlay

TOLERANCE = 1e-12
NAMES = ("callaway_santanna", "sun_abraham")


@pytest.fixture(scope="module")
def columns():
    return (
        *grid(
            outcome="nqp",
            treatment="zone_first",
            sample="pre_covid",
            estimator=(*NAMES, "callaway_santanna_never"),
        ),
        *grid(
            outcome="nqp",
            treatment="zone_first",
            sample="pre_covid",
            estimator=NAMES,
            variant="without_2015",
            options=(("without_cohort", 2015),),
        ),
        *grid(
            outcome="nqp",
            treatment="zone_first",
            sample="cohort_2016",
            estimator="synthetic_did",
            inference=Inference(draws=9, seed=1),
        ),
    )


def known(time, estimate):
    return {
        "term": f"event:{time}",
        "estimate": estimate,
        "std_error": 0.01,
        "ci_low": estimate - 0.02,
        "ci_high": estimate + 0.02,
    }


def bare(time, estimate):
    return {"term": f"event:{time}", "estimate": estimate}


ROWS = {
    "callaway_santanna:none": [known(-2, 0.01), bare(0, 0.05), bare(1, 0.09)],
    "callaway_santanna:without_2015": [known(-2, 0.01), known(0, 0.04)],
    "sun_abraham:none": [bare(0, 0.06)],
    "sun_abraham:without_2015": [known(0, 0.03)],
    "synthetic_did:none": [bare(-1, 0.0), bare(0, 0.02)],
}


@pytest.fixture(scope="module")
def exhibit(made_up, columns):
    return made_up("event_overlay", columns, outcome="nqp")


@pytest.fixture(scope="module")
def folder(exhibit, write):
    return write(exhibit, lambda column: ROWS.get(column.partition(":")[2]))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def points(axes):
    """Return (marker, year, estimate, hollow) of every drawn point."""
    return {
        (
            line.get_marker(),
            round(float(line.get_xdata()[0])),
            round(float(line.get_ydata()[0]), 12),
            line.get_markerfacecolor() == "white",
        )
        for line in axes.lines
        if line.get_linestyle() == "None"
    }


def test_points_are_hollow_where_there_is_no_error(figure):
    both, without = event_overlay.WITH.marker, event_overlay.WITHOUT.marker
    callaway, sun, synthetic = map(points, figure.axes)
    zero = ("D", -1, 0.0, True)
    assert callaway == {
        (without, -2, 0.01, False),
        (without, 0, 0.04, False),
        (both, 0, 0.05, True),
        (both, 1, 0.09, True),
        zero,
    }
    assert sun == {(without, 0, 0.03, False), (both, 0, 0.06, True)}
    assert synthetic == {(both, -1, 0.0, True), (both, 0, 0.02, True)}


def test_bars_are_the_intervals_of_the_file(figure):
    for axes, expected in zip(
        figure.axes, ([(-0.01, 0.03), (0.02, 0.06)], [(0.01, 0.05)], []), strict=True
    ):
        bars = [c for c in axes.collections if hasattr(c, "get_segments")]
        limits = sorted(tuple(bar.get_segments()[0][:, 1]) for bar in bars)
        np.testing.assert_allclose(limits, expected, atol=TOLERANCE)


def test_points_of_one_year_stand_apart(figure):
    places = [
        float(line.get_xdata()[0])
        for line in figure.axes[0].lines
        if line.get_linestyle() == "None" and round(float(line.get_xdata()[0])) == 0
    ]
    assert np.diff(sorted(places)).min() > 0.2
    assert max(map(abs, places)) < 0.5


def test_all_panels_share_their_axes(figure):
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    low, high = figure.axes[0].get_xlim()
    assert low < -2
    assert high > 1


def test_the_page_names_estimators_samples_and_what_is_not_identified(figure, page_texts):
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["all cohorts", "without cohort 2015, where it would enter"]
    text = page_texts(figure)
    assert "Callaway-Sant'Anna, not yet treated [Pre-2020]" in text
    assert "Sun-Abraham [Pre-2020]" in text
    assert "Synthetic DID [Cohort 2016, 2013-2018]" in text
    assert "Not identified, not drawn: Callaway-Sant'Anna, never treated" in text
    assert "Callaway-Sant'Anna, not yet treated (each lead against the year before it)" in text
    assert "No leads by construction: Sun-Abraham." in text


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_a_figure_without_its_outcome_is_refused(made_up, columns, folder):
    with pytest.raises(UserError, match="the figure lacks the choice outcome"):
        plots.draw("made_up", made_up("event_overlay", columns), folder)
    with pytest.raises(UserError, match="no column, outcome nqp_long"):
        plots.draw("made_up", made_up("event_overlay", columns, outcome="nqp_long"), folder)


def test_leads_of_a_universal_base_are_not_named(made_up, columns, write, page_texts):
    universal = tuple(
        dataclasses.replace(c, options=(*c.options, ("base", "universal")))
        for c in columns
        if c.estimator == "callaway_santanna"
    )
    other = made_up("event_overlay", (*universal, *columns[1:2], *columns[4:5]), outcome="nqp")
    figure = plots.draw("made_up", other, write(other, lambda _: [known(0, 0.02)]))
    assert "Leads: against the year before treatment (diamond). " in page_texts(figure)
    assert "each lead" not in page_texts(figure)


def test_a_bar_without_an_error_stands_at_a_hollow_point(made_up, columns, write):
    permuted = {**known(0, 0.05), "std_error": np.nan}
    other = made_up("event_overlay", columns[:2], outcome="nqp")
    for axes in plots.draw("made_up", other, write(other, lambda _: [permuted])).axes:
        assert {hollow for *_, hollow in points(axes)} == {True}
        assert len([c for c in axes.collections if hasattr(c, "get_segments")]) == 1


def test_a_term_with_a_caution_is_hollow_without_an_interval(
    made_up, columns, write, cautions, page_texts
):
    other = made_up("event_overlay", columns[:2], outcome="nqp")
    first = other.column_ids()[0]
    folder = write(other, lambda _: [known(0, 0.05)], (cautions((first, "event:0")),))
    figure = plots.draw("made_up", other, folder)
    doubted, sure = figure.axes
    assert {hollow for *_, hollow in points(doubted)} == {True}
    assert {hollow for *_, hollow in points(sure)} == {False}
    bars = [[c for c in axes.collections if hasattr(c, "get_segments")] for axes in figure.axes]
    assert list(map(len, bars)) == [0, 1]
    assert "Hollow: Event time 0: units behind it: 3" in page_texts(figure)


def test_one_estimator_under_two_effects_has_a_panel_for_each(made_up, write, page_texts):
    shared = {"outcome": "nqp", "treatment": "zone_first", "sample": "pre_covid"}
    both = (
        *grid(**shared, estimator="imputation", effects=("two_way", "unit_trends")),
        *grid(
            **shared,
            estimator="interactive_effects",
            inference=Inference("bootstrap_normal", draws=9, seed=1),
        ),
    )
    exhibit = made_up("event_overlay", both, outcome="nqp")
    rows = {"two_way": [known(0, 0.05)], "unit_trends": [known(0, 0.02)]}

    def of(column):
        if "interactive_effects" in column:
            return [known(-1, 0.001), known(0, 0.04)]
        return rows["unit_trends" if "unit_trends" in column else "two_way"]

    figure = plots.draw("made_up", exhibit, write(exhibit, of))
    seen = [{point[2] for point in points(axes) if point[1] == 0} for axes in figure.axes]
    assert seen == [{0.05}, {0.02}, {0.04}]
    said = page_texts(figure)
    assert "Unit and year effects" in said
    assert "Unit trends" in said
    assert "Interactive fixed effects (mean residuals of the fit)" in said
    assert "No leads by construction: Imputation" in said
