import shutil

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, plots
from pilotzone.catalogue import grid

POINTS = np.linspace(-2, 3, 11)
TOLERANCE = 1e-12
PRODUCT = "{}#digital_finance_index"


@pytest.fixture(scope="module")
def exhibit(made_up):
    columns = [
        spec
        for timing in ("initial", "contemporaneous")
        for spec in grid(
            outcome="nqp_no_digital_finance",
            treatment=("zone_first", "zone_share"),
            controls=("none", "baseline"),
            estimator="moderation",
            variant=timing,
            options=(("moderator", "digital_finance_index"), ("timing", timing)),
        )
    ]
    return made_up("marginal_effect", columns)


def path(column):
    slope = 0.001 * len(column)
    return slope * POINTS, 0.01 + 0.002 * POINTS**2


@pytest.fixture(scope="module")
def folder(exhibit, write):
    lost = exhibit.column_ids()[-1]

    def rows(column):
        if column == lost:
            return None
        treatment, p_value = column.split(":")[0], 0.0004 if "none" in column else 0.04
        return [
            {"term": treatment, "estimate": 0.02, "std_error": 0.1, "p_value": 0.5},
            {
                "term": PRODUCT.format(treatment),
                "estimate": 0.01,
                "std_error": 0.005,
                "p_value": p_value,
            },
        ]

    marginal = [
        {"column": column, "moderator": z, "estimate": e, "ci_low": e - r, "ci_high": e + r}
        for column in exhibit.column_ids()[:-1]
        for z, e, r in zip(POINTS, *path(column), strict=True)
    ]
    return write(exhibit, rows, (("marginal", marginal),))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def test_lines_and_bands_are_those_of_the_file(exhibit, figure):
    for axes, column in zip(figure.axes, exhibit.column_ids()[:-1], strict=True):
        estimate, reach = path(column)
        (line,) = [ln for ln in axes.lines if len(ln.get_xdata()) == len(POINTS)]
        np.testing.assert_allclose(
            line.get_xydata(), np.column_stack([POINTS, estimate]), atol=TOLERANCE
        )
        (band,) = axes.collections
        outline = {tuple(np.round(xy, 9)) for xy in band.get_paths()[0].vertices}
        for bound in (estimate - reach, estimate + reach):
            assert {tuple(np.round(xy, 9)) for xy in zip(POINTS, bound, strict=True)} <= outline
        assert any(list(ln.get_ydata()) == [0, 0] for ln in axes.lines)


def test_the_interaction_is_printed(exhibit, figure):
    for axes, column in zip(figure.axes, exhibit.column_ids()[:-1], strict=True):
        p = "p < 0.001" if "none" in column else "p = 0.040"
        assert [text.get_text() for text in axes.texts] == [f"interaction {p}"]


def test_rows_are_timing_and_treatment(figure, page_texts):
    heights = [axes.get_position().y0 for axes in figure.axes]
    assert heights[0] == heights[1] > heights[2] == heights[3] > heights[4]
    text = page_texts(figure)
    assert "Moderator of the first year · Pilot zone in the province" in text
    assert "Digital financial inclusion index, standard deviations from its mean" in text
    assert "Not identified, not drawn: Moderator of the year · controls: baseline" in text


@pytest.mark.slow
def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_a_line_with_a_caution_has_no_band(exhibit, folder, tmp_path, cautions, page_texts):
    folder = shutil.copytree(folder, tmp_path / "own")
    first = exhibit.column_ids()[0]
    name, rows = cautions((first, PRODUCT.format(first.split(":")[0])))
    estimates.write(
        folder, "made_up", exhibit, {name: pd.DataFrame(rows).assign(exhibit="made_up")}
    )
    figure = plots.draw("made_up", exhibit, folder)
    assert [len(axes.collections) for axes in figure.axes] == [0, *[1] * (len(figure.axes) - 1)]
    dashed = [any(ln.get_linestyle() == "--" for ln in axes.lines) for axes in figure.axes]
    assert dashed == [True, *[False] * (len(figure.axes) - 1)]
    assert "Digital financial inclusion index: units behind it: 3" in page_texts(figure)
