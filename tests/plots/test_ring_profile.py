"""Effects by distance: what is drawn is what the files say.

Values pass through 12 significant digits: 1e-12.
"""

import numpy as np
import pytest

from pilotzone import plots
from pilotzone.catalogue import grid
from pilotzone.errors import Reason, UserError, encode
from pilotzone.plots import marks

TOLERANCE = 1e-12
RINGS = ("ring:0-50", "ring:50-100", "ring:100-200")
TERMS = ("zone_first", *RINGS)
MIDDLES = [25.0, 75.0, 150.0]
# The mean width of a ring, half of which is the most that series of a place stand apart.
STEP = 200 / 3
LOST = "nqp:baseline:pre_covid:rings"
ROWS = {"zone_first": 320, "ring:0-50": 1150, "ring:50-100": 420, "ring:100-200": 57}


def estimate(column, term):
    return (1 + TERMS.index(term)) * (-0.01 if "baseline" in column else 0.01)


def rows(column):
    if column == LOST:
        return None
    return [
        {
            "term": term,
            "estimate": estimate(column, term),
            "std_error": 0.005,
            "ci_low": estimate(column, term) - 0.01,
            "ci_high": estimate(column, term) + 0.012,
        }
        for term in TERMS
    ]


def counted(columns, size=lambda column, term: ROWS[term], beyond=True):
    counts = [
        {"column": c, "ring": t, "n_rows": size(c, t), "n_units": ROWS[t] // 10}
        for c in columns
        for t in TERMS
    ]
    last = [{"column": c, "ring": "ring:200-", "n_rows": 999, "n_units": 77} for c in columns]
    return (("rings", counts + (last if beyond else [])),)


@pytest.fixture(scope="module")
def columns():
    ours = grid(
        outcome=("nqp", "nqp_long"),
        treatment="zone_first",
        controls=("none", "baseline"),
        sample=("main", "pre_covid"),
        estimator="rings",
        options=(("rings_km", "50 100 200"),),
    )
    return (*ours, *grid(outcome="nqp", treatment="zone_first"))


@pytest.fixture(scope="module")
def exhibit(made_up, columns):
    return made_up("ring_profile", columns, outcome="nqp", sample="main")


@pytest.fixture(scope="module")
def drawn(exhibit):
    return [c for c in exhibit.column_ids() if c.endswith("rings") and c != LOST]


@pytest.fixture(scope="module")
def folder(exhibit, write, drawn):
    return write(exhibit, rows, counted(drawn))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def below(figure):
    """Return the texts below the axis with their place."""
    (axes,) = figure.axes
    return [(round(text.get_position()[0], 9), text.get_text()) for text in axes.texts]


def test_points_and_bars_are_those_of_the_file(figure):
    (axes,) = figure.axes
    assert len(axes.containers) == 2
    for container, controls in zip(axes.containers, ("none", "baseline"), strict=True):
        column = f"nqp:{controls}:main:rings"
        assert container.get_label() == column
        points, _, (bars,) = container.lines
        expected = np.array([estimate(column, term) for term in TERMS])
        np.testing.assert_allclose(points.get_ydata(), expected, atol=TOLERANCE)
        limits = np.array([segment[:, 1] for segment in bars.get_segments()])
        around = expected[:, None] + [-0.01, 0.012]
        np.testing.assert_allclose(limits, around, atol=TOLERANCE)


def test_rings_stand_at_their_middle_and_the_own_zone_apart(figure):
    (axes,) = figure.axes
    places = dict(
        zip((t.get_text() for t in axes.get_xticklabels()), axes.get_xticks(), strict=True)
    )
    assert list(places) == ["own zone", "0-50", "50-100", "100-200", "> 200"]
    assert [places[name] for name in ("0-50", "50-100", "100-200")] == MIDDLES
    border = next(ln.get_xdata()[0] for ln in axes.lines if ln.get_linestyle() == "--")
    assert places["own zone"] < border < 0
    assert places["> 200"] > 200
    first, second = (container.lines[0].get_xydata()[:, 0] for container in axes.containers)
    middle = [places["own zone"], *MIDDLES]
    np.testing.assert_allclose((first + second) / 2, middle, atol=1e-9)
    assert (second - first > 0.1 * STEP).all()
    assert (second - first < 0.5 * STEP).all()
    reference = next(line for line in axes.lines if line.get_marker() == "D")
    assert reference.get_xydata().tolist() == [[places["> 200"], 0.0]]


def test_series_differ_in_shape(figure):
    points = [container.lines[0].get_marker() for container in figure.axes[0].containers]
    assert points == [mark.marker for mark in marks.SERIES[:2]]


def test_equal_counts_stand_once_below_the_axis(figure):
    texts = below(figure)
    places = figure.axes[0].get_xticks().round(9)
    rows_line = [("rows", "320", "1,150", "420", "57", "999"), ("provinces", "32", "115", "42")]
    assert [text for _, text in texts] == [*rows_line[0], *rows_line[1], "5", "77"]
    assert [place for place, _ in texts[1:6]] == places.tolist()


def test_counts_that_differ_stand_for_each_column(exhibit, write, drawn):
    parts = counted(drawn, lambda c, t: ROWS[t] - 7 * ("baseline" in c), beyond=False)
    figure = plots.draw("made_up", exhibit, write(exhibit, rows, parts))
    texts = [text for _, text in below(figure)]
    assert texts[:5] == ["rows", "320", "1,150", "420", "57"]
    assert texts[10:15] == ["rows", "313", "1,143", "413", "50"]
    beside = [ln.get_marker() for ln in figure.axes[0].lines if not ln.get_clip_on()]
    assert beside == [mark.marker for mark in marks.SERIES[:2]]


def test_a_picture_without_counts(exhibit, write, page_texts):
    figure = plots.draw("made_up", exhibit, write(exhibit, rows))
    assert below(figure) == []
    assert "Below the axis" not in page_texts(figure)


def test_the_page_names_reference_columns_and_sample(figure, page_texts):
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["controls: none", "controls: baseline"]
    (axes,) = figure.axes
    assert axes.get_xlabel() == "Kilometres to the nearest zone (reference: beyond 200 km)"
    text = page_texts(figure)
    assert "untreated and no zone within 200 km" in text
    assert "Rings: untreated provinces by distance to the nearest zone" in text
    assert "Below the axis: rows and provinces at this distance" in text
    assert "N = 300" in text


def test_what_is_not_identified_is_named(made_up, columns, folder, page_texts):
    asked = made_up("ring_profile", columns, outcome="nqp", sample="pre_covid")
    figure = plots.draw("made_up", asked, folder)
    assert [c.get_label() for c in figure.axes[0].containers] == ["nqp:none:pre_covid:rings"]
    assert not figure.legends
    assert "Not identified, not drawn: controls: baseline" in page_texts(figure)
    lost = made_up("ring_profile", columns, outcome="nqp", sample="pre_covid", controls="baseline")
    assert plots.draw("made_up", lost, folder).axes == []


def test_years_left_out_are_named(exhibit, write, page_texts):
    facts = {"years": [2020], "fewest": 20, "km": 200.0}
    folder = write(exhibit, rows, reference=encode([Reason("years_without_reference", facts)]))
    text = page_texts(plots.draw("made_up", exhibit, folder))
    told = "Years without 2020: fewer than 20 untreated rows beyond 200 km of every approved zone."
    assert text.count(told) == 1


def test_several_names_of_a_choice(made_up, columns, folder):
    asked = made_up("ring_profile", columns, outcome="nqp_long", sample="main pre_covid")
    assert len(plots.draw("made_up", asked, folder).axes[0].containers) == 4


@pytest.mark.parametrize("differ", [0, 7])
def test_the_page_is_sound(exhibit, write, drawn, sound, differ):
    folder = write(exhibit, rows, counted(drawn, lambda c, t: ROWS[t] - differ * ("baseline" in c)))
    sound(lambda: plots.draw("made_up", exhibit, folder))


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"years": "2015"}, "'years' is no choice; known: outcome, treatment, controls"),
        ({}, "one picture for the outcomes nqp, nqp_long"),
        ({"outcome": "nqp_equal"}, "no column with estimator rings, outcome nqp_equal"),
        ({"outcome": "nqp", "sample": "long"}, "rings, outcome nqp, sample long"),
    ],
)
def test_choices_that_do_not_make_one_picture_are_refused(
    choices, message, made_up, columns, folder
):
    with pytest.raises(UserError, match=message):
        plots.draw("made_up", made_up("ring_profile", columns, **choices), folder)


def test_a_column_without_rings_is_refused(exhibit, write):
    folder = write(exhibit, lambda column: rows("")[:1])
    with pytest.raises(UserError, match="'nqp:none:main:rings' has no term 'ring:<from>-<to>'"):
        plots.draw("made_up", exhibit, folder)


def test_counts_without_a_drawn_ring_are_refused(exhibit, write, drawn):
    ((name, counts),) = counted(drawn)
    less = [row for row in counts if row["ring"] != "ring:50-100"]
    with pytest.raises(UserError, match=r"made_up\.rings\.csv: column .* no row 'ring:50-100'"):
        plots.draw("made_up", exhibit, write(exhibit, rows, ((name, less),)))


def test_a_term_with_a_caution_is_hollow_without_an_interval(
    exhibit, write, drawn, cautions, page_texts
):
    thin = "nqp:none:main:rings"
    folder = write(exhibit, rows, (*counted(drawn), cautions((thin, "ring:0-50"))))
    figure = plots.draw("made_up", exhibit, folder)
    (axes,) = figure.axes
    first, second = (container.lines for container in axes.containers)
    sure = [estimate(thin, term) for term in TERMS if term != "ring:0-50"]
    np.testing.assert_allclose(first[0].get_ydata(), sure, atol=TOLERANCE)
    assert [len(lines[2][0].get_segments()) for lines in (first, second)] == [3, 4]
    hollow = [
        ln
        for ln in axes.lines
        if ln.get_markerfacecolor() == "white" and ln.get_marker() == marks.SERIES[0].marker
    ]
    assert [ln.get_ydata().tolist() for ln in hollow] == [[estimate(thin, "ring:0-50")]]
    told = "Hollow: Untreated, a zone within 0 to 50 km: units behind it: 3, fewer than 10."
    assert told in page_texts(figure)


def test_nothing_hollow_needs_no_line(figure, page_texts):
    assert "Hollow" not in page_texts(figure)
