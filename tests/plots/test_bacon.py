import numpy as np
import pandas as pd
import pytest

from pilotzone import plots
from pilotzone.catalogue import grid
from pilotzone.errors import UserError

EARLIER = ((2015, 2016, 0.1, 0.03), (2015, 2019, 0.2, 0.02), (2016, 2019, 0.25, 0.01))
LATER = ((2016, 2015, 0.15, -0.02), (2019, 2016, 0.3, -0.05))
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def exhibit(made_up):
    return made_up(
        "bacon",
        grid(
            outcome=("nqp", "nqp_no_ecommerce"), treatment="zone_first", estimator="goodman_bacon"
        ),
    )


def table(outcomes=("nqp", "nqp_no_ecommerce")):
    rows = []
    for shift, outcome in enumerate(outcomes):
        for kind, pairs in (("earlier vs later", EARLIER), ("later vs earlier", LATER)):
            own = [(t, c, w, e + 0.001 * shift) for t, c, w, e in pairs]
            total = sum(w for _, _, w, _ in own)
            mean = sum(w * e for _, _, w, e in own) / total
            rows += [(outcome, kind, *pair) for pair in (*own, ("all", "all", total, mean))]
    names = ["outcome", "comparison", "treated", "control", "weight", "estimate"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def folder(exhibit, write):
    return write(exhibit, lambda column: [], main=table(), name="goodman_bacon")


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("goodman_bacon", exhibit, folder)


def test_points_are_the_pairs_of_the_file(figure):
    for shift, axes in enumerate(figure.axes):
        series = [line for line in axes.lines if line.get_linestyle() == "None"]
        for line, pairs in zip(series, (EARLIER, LATER), strict=True):
            expected = [(w, e + 0.001 * shift) for _, _, w, e in pairs]
            np.testing.assert_allclose(line.get_xydata(), expected, atol=TOLERANCE)
        assert len({line.get_marker() for line in series}) == 2


def test_every_point_is_named(figure):
    for axes in figure.axes:
        names = {(text.xy[0], text.get_text()) for text in axes.texts}
        assert names == {(w, f"{t} / {c}") for t, c, w, _ in (*EARLIER, *LATER)}


def test_the_dashed_line_is_the_weighted_sum(figure):
    two_way = sum(w * e for _, _, w, e in (*EARLIER, *LATER))
    for shift, axes in enumerate(figure.axes):
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        heights = [float(y) for line in dashed for y in line.get_ydata()]
        assert heights == pytest.approx([two_way + 0.001 * shift] * 2, abs=TOLERANCE)


def test_the_legend_gives_weight_and_mean_by_kind(figure):
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "Earlier against later treated: weight 0.550, mean 0.0173",
        "Later against earlier treated: weight 0.450, mean −0.0400",
        "Two-way estimate: −0.0085",
    ]


def test_names_keep_clear_of_one_another(figure, apart):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        for number, box in enumerate(boxes):
            assert not box.count_overlaps(boxes[:number])
    apart(figure)


def test_the_page_is_sound(exhibit, folder, figure, sound, page_texts):
    sound(lambda: plots.draw("goodman_bacon", exhibit, folder), figure)
    text = page_texts(figure)
    assert "Sample: 30 provinces without Tibet, 2013-2022, N = 300." in text


def test_an_outcome_without_pairs_is_named(exhibit, write):
    folder = write(exhibit, lambda column: [], main=table(("nqp",)), name="goodman_bacon")
    with pytest.raises(UserError, match="no comparisons for 'nqp_no_ecommerce'"):
        plots.draw("goodman_bacon", exhibit, folder)
