import numpy as np
import pytest
from matplotlib.colors import to_rgb
from scipy import stats

from pilotzone import plots
from pilotzone.catalogue import grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
from pilotzone.plots.source import Picture
from pilotzone.plots.specification_curve import KINDS, choices, critical, curve, shares, stripes

TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def exhibit(made_up):
    return made_up(
        "specification_curve",
        grid(
            outcome=("nqp", "nqp_equal"),
            treatment=("zone_first", "zone_first__exposure", "zone_share"),
            controls=("none", "baseline"),
            sample=("main", "no_municipalities"),
        ),
    )


def t_of(column):
    """Return a t between -3 and 6 that no two columns share."""
    draw = np.random.default_rng(sum(map(ord, column)) * len(column)).uniform(-3, 6)
    return round(float(draw), 6)


@pytest.fixture(scope="module")
def folder(exhibit, write):
    lost = exhibit.column_ids()[-1]

    def rows(column):
        if column == lost:
            return None
        t, df = t_of(column), 25 if "no_municipalities" in column else 29
        # Scales of outcomes differ; t does not.
        error = 5.0 if "equal" in column else 0.01
        return [
            {
                "term": column.split(":")[1],
                "estimate": t * error,
                "std_error": error,
                "df": f"{df}",
                "p_value": 2 * stats.t.sf(abs(t), df),
            }
        ]

    return write(exhibit, rows)


@pytest.fixture(scope="module")
def table(exhibit, folder):
    return curve(Picture("made_up", exhibit, folder, ENGLISH).columns())


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def test_the_curve_is_the_sorted_t_of_the_file(exhibit, figure):
    expected = sorted(t_of(column) for column in exhibit.column_ids()[:-1])
    drawn = sum(np.asarray(patch.get_data().values) for patch in figure.axes[0].patches)
    np.testing.assert_allclose(drawn, expected, atol=TOLERANCE)
    for number, (patch, (_, colour)) in enumerate(zip(figure.axes[0].patches, KINDS, strict=True)):
        own = patch.get_data().values != 0
        assert to_rgb(patch.get_facecolor()) == to_rgb(colour)
        heights = np.array(expected)[own]
        assert (heights > 0).all() if number < 2 else (heights < 0).all()


def test_kinds_differ_in_grey():
    """By a tenth of the way from black to white, as the luma of ITU-R 601 has it."""
    grey = sorted(np.array(to_rgb(colour)) @ (0.299, 0.587, 0.114) for _, colour in KINDS)
    assert np.diff([0.0, *grey, 1.0]).min() > 0.08


def test_lines_stand_at_the_critical_values(table, figure):
    expected = {df: stats.t.ppf(0.975, df) for df in (25, 29)}
    assert critical(table) == {str(df): pytest.approx(v, abs=1e-9) for df, v in expected.items()}
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    heights = sorted(float(line.get_ydata()[0]) for line in dashed)
    both = sorted([*expected.values(), *(-v for v in expected.values())])
    np.testing.assert_allclose(heights, both, atol=1e-9)


def test_the_axis_says_that_it_shows_t(figure):
    assert figure.axes[0].get_ylabel() == "t statistic"


def test_every_combination_has_one_stripe_in_each_block(table, figure):
    blocks = choices(table)
    assert list(blocks) == ["coding", "timing", "outcome", "sample", "controls"]
    for axes, (name, values) in zip(figure.axes[1:], blocks.items(), strict=True):
        image = np.asarray(axes.images[0].get_array())
        assert image.shape == (len(values), len(table), 3)
        filled = (image != 1).any(axis=2)
        np.testing.assert_array_equal(filled.sum(axis=0), 1)
        chosen = np.array(values)[filled.argmax(axis=0)]
        np.testing.assert_array_equal(chosen, table[name])
        np.testing.assert_array_equal(image, stripes(table, name, values))
        (line,) = axes.lines
        assert list(line.get_xdata()) == [(table["t"] < 0).sum() - 0.5] * 2


def test_stripes_have_the_colour_of_their_kind(table):
    image = stripes(table, "coding", choices(table)["coding"])
    colours = image.min(axis=0)
    expected = [to_rgb(KINDS[kind][1]) for kind in table["kind"]]
    np.testing.assert_allclose(colours, expected, atol=TOLERANCE)


def test_shares_are_counted_and_printed_by_row(exhibit, table, page_texts, figure):
    ids = [c for c in exhibit.column_ids()[:-1] if ":zone_share:" in c]
    t = np.array([t_of(c) for c in ids])
    limit = np.array([stats.t.ppf(0.975, 25 if "no_muni" in c else 29) for c in ids])
    expected = ((t > 0).mean(), (t > limit).mean(), (t < -limit).mean())
    own = table[table["coding"] == "zone_share"]
    assert shares(own) == pytest.approx(expected, abs=TOLERANCE)
    row = [text for text in figure.texts if text.get_text() == "Share of units with a pilot zone"]
    height = row[0].get_position()[1]
    beside = [t.get_text() for t in figure.texts if t.get_position()[1] == height][1:]
    assert beside == [f"{100 * share:.0f}" for share in expected]


def test_the_page_says_samples_and_what_is_not_identified(figure, page_texts):
    text = page_texts(figure)
    assert "23 combinations" in text
    assert "Main: 30 provinces without Tibet, 2013-2022, N = 300" in text
    assert "Not identified, not drawn: controls: baseline" not in text
    assert "Not identified, not drawn: sample: no municipalities · controls: baseline" in text


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_without_any_identified_column_there_is_no_curve(exhibit, write):
    folder = write(exhibit, lambda column: None)
    with pytest.raises(UserError, match="no column is identified"):
        plots.draw("made_up", exhibit, folder)
