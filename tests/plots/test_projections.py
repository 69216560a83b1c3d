import pytest
from matplotlib.colors import to_hex

from pilotzone import plots
from pilotzone.catalogue import Inference, grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
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


def coverage(column, horizon):
    """Below the level from horizon 2 on; the jackknife from 3 on."""
    return 0.95 if horizon < (3 if "jackknife" in column else 2) else 0.5


@pytest.fixture
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


@pytest.fixture
def folder(exhibit, write):
    lost = "nqp:cbec_proxy:baseline:local_projection_jackknife:none"

    def rows(column):
        if column == lost:
            return None
        return [
            {
                "term": f"horizon:{h}",
                "estimate": value(column, h),
                "ci_low": value(column, h) - 0.2,
                "ci_high": value(column, h) + 0.3,
            }
            for h in range(5)
        ]

    simulated = [
        {"column": column, "horizon": h, "coverage": coverage(column, h), "draws": 9}
        for column in exhibit.column_ids()
        for h in range(5)
    ]
    return write(exhibit, rows, (("small_sample", simulated),))


@pytest.fixture
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


def test_points_stand_at_their_estimates_and_are_hollow_where_coverage_fails(figure):
    for outcome, axes in zip(("nqp", "cbec_proxy"), figure.axes[::2], strict=True):
        treatment = dict(PAIRS)[outcome]
        for (estimator, variant), mark in zip(KINDS, marks.SERIES, strict=False):
            column = ":".join((outcome, treatment, "none", estimator, variant or "none"))
            found = points(axes, mark)
            assert [h for h, _, _ in found] == list(range(5))
            for horizon, drawn, filled in found:
                assert drawn == pytest.approx(value(column, horizon), abs=TOLERANCE)
                assert filled == (coverage(column, horizon) >= 0.9)


def test_bars_reach_over_the_intervals(figure):
    bars = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    heights = {round(float(line.get_ydata()[1] - line.get_ydata()[0]), 9) for line in bars}
    assert heights - {0.0} == {0.5}


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


def test_a_column_without_simulation_is_named(exhibit, folder):
    path = folder / "made_up.small_sample.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ":baseline:" not in line))
    with pytest.raises(UserError, match="no rows of column"):
        plots.draw("made_up", exhibit, folder)


def test_the_page_is_sound(exhibit, folder, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder))
