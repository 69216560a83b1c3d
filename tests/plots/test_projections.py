import pytest
from matplotlib.colors import to_hex

from pilotzone import plots
from pilotzone.catalogue import Inference, grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.plots import marks

PAIRS = (("nqp", "cbec_proxy"), ("cbec_proxy", "nqp"))
# Estimator and label of the inference, where it is not the estimator's own.
KINDS = (
    ("local_projection", ""),
    ("local_projection", "driscoll_kraay_by_horizon"),
    ("local_projection_jackknife", ""),
)
# Values pass through 12 significant digits.
TOLERANCE = 1e-11


def value(column, horizon):
    return round(0.01 * len(column) - 0.1 * horizon, 6)


def doubtful(column, horizon):
    """Those from horizon 2 on; of the jackknife from 3 on."""
    return horizon >= (3 if "jackknife" in column else 2)


@pytest.fixture(scope="module")
def exhibit(made_up):
    columns = [
        column
        for outcome, treatment in PAIRS
        for estimator, variant in KINDS
        for column in grid(
            outcome=outcome,
            treatment=treatment,
            controls=("none", "baseline"),
            estimator=estimator,
            inference=Inference(variant, draws=9, seed=1),
            variant=variant,
            options=(("lags", 1), ("horizons", 4)),
        )
    ]
    columns += grid(
        outcome="nqp",
        treatment="cbec_proxy",
        estimator="non_causality",
        inference=Inference(draws=9, seed=1),
        options=(("lags", 1),),
    )
    return made_up("projections", columns)


@pytest.fixture(scope="module")
def folder(exhibit, write, cautions):
    lost = "nqp:cbec_proxy:baseline:local_projection_jackknife:none"

    def rows(column):
        if column == lost:
            return None
        return [
            {
                "term": f"horizon:{h}",
                "estimate": value(column, h),
                "std_error": 0.1,
                "ci_low": value(column, h) - 0.2,
                "ci_high": value(column, h) + 0.3,
            }
            for h in range(5)
        ]

    thin = [
        (column, f"horizon:{h}")
        for column in exhibit.column_ids()
        for h in range(5)
        if "projection" in column and column != lost and doubtful(column, h)
    ]
    return write(exhibit, rows, (cautions(*thin),))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def points(axes, mark):
    """Return horizon, estimate and whether it is filled of the points of one series."""
    found = [line for line in axes.lines if line.get_marker() == mark.marker]
    return sorted(
        (round(x), y, to_hex(line.get_markerfacecolor()).lower() == mark.colour.lower())
        for line in found
        for x, y in line.get_xydata()
    )


def test_each_direction_and_set_of_controls_has_a_panel(figure, page_texts):
    assert len(figure.axes) == 4
    text = page_texts(figure)
    assert ENGLISH.variable("nqp") in text
    assert "controls: baseline" in text
    assert "Not identified, not drawn" in text


def test_points_stand_at_their_estimates_and_are_hollow_with_a_caution(figure):
    for outcome, axes in zip(("nqp", "cbec_proxy"), figure.axes[::2], strict=True):
        treatment = dict(PAIRS)[outcome]
        for (estimator, variant), mark in zip(KINDS, marks.SERIES, strict=False):
            column = ":".join((outcome, treatment, "none", estimator, variant or "none"))
            found = points(axes, mark)
            assert [h for h, _, _ in found] == list(range(5))
            for horizon, drawn, filled in found:
                assert drawn == pytest.approx(value(column, horizon), abs=TOLERANCE)
                assert filled != doubtful(column, horizon)


def test_bars_reach_over_the_intervals_of_filled_points(figure, page_texts):
    segments = [s for c in figure.axes[0].containers for s in c.lines[2][0].get_segments()]
    heights = [float(high - low) for (_, low), (_, high) in segments]
    assert heights == pytest.approx([0.5] * (2 + 2 + 3), abs=TOLERANCE)
    assert "Response at horizon 4: units behind it: 3" in page_texts(figure)


def test_panels_of_an_outcome_share_their_scale(figure):
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert figure.axes[2].get_ylim() == figure.axes[3].get_ylim()


def test_the_legend_names_every_kind(figure):
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [
        "Local projection",
        "Local projection, Driscoll-Kraay errors",
        "Local projection, split-panel jackknife",
    ]


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)
