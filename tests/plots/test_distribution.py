"""Pictures of the measure exhibits, from the committed estimates."""

import dataclasses
import functools

import numpy as np
import pytest

from pilotzone import estimates, exhibits, plots
from pilotzone.catalogue import Figure
from pilotzone.errors import UserError

LARGEST = 200_000
IDS = ("coupling", "measure_gini", "measure_kernel")


@pytest.fixture(scope="module")
def folder(root):
    return root / "output/estimates"


@pytest.fixture(scope="module")
def draw(folder):
    @functools.cache
    def make(exhibit_id, **choices):
        exhibit = exhibits.load(exhibit_id)
        if choices:
            figure = Figure(
                kind=exhibit.figure.kind, title="t", choices=tuple(sorted(choices.items()))
            )
            exhibit = dataclasses.replace(exhibit, figure=figure)
        return plots.draw(exhibit_id, exhibit, folder)

    return make


@pytest.mark.parametrize("exhibit_id", IDS)
def test_saved_pictures_are_small(draw, exhibit_id, tmp_path):
    path = tmp_path / "picture.png"
    plots.save(draw(exhibit_id), path, plots.SCREEN_DPI)
    assert path.stat().st_size < LARGEST


def test_a_map_for_every_system_and_year_with_its_degrees(draw, folder):
    figure = draw("coupling")
    maps = {axes.get_title(): axes for axes in figure.axes if axes.get_title()}
    assert len(maps) == 6
    table = estimates.read(folder / "coupling.csv")
    beijing = table[(table["province_code"] == "110000") & (table["year"] == 2022)]
    value = beijing.set_index("system").loc["index_ecommerce", "degree"]
    texts = [text.get_text() for text in maps["Index and e-commerce, 2022"].texts]
    assert texts[texts.index("BJ") + 1] == f"{value:.2f}"
    assert "Hatched: no value (Tibet)" in figure.notes[0]


def test_maps_in_rows_do_not_overlap(draw):
    boxes = [axes.get_position() for axes in draw("coupling").axes if axes.get_title()]
    for k, one in enumerate(boxes):
        assert one.x0 >= 0
        assert one.y1 <= 1
        for other in boxes[k + 1 :]:
            apart = one.x1 <= other.x0 + 1e-9 or one.y1 <= other.y0 or other.y1 <= one.y0
            assert apart


def test_bars_stack_up_to_the_gini(draw, folder):
    table = estimates.read(folder / "measure_gini.csv")
    total = table[(table["measure"] == "dagum") & (table["part"] == "total")]
    figure = draw("measure_gini")
    assert len(figure.axes) == 3
    expected = total[total["variant"] == "nqp"].sort_values("year")["value"].to_numpy()
    tops = np.array([bar.get_y() + bar.get_height() for bar in figure.axes[0].patches])
    assert tops.reshape(3, 10)[-1] == pytest.approx(expected, abs=1e-9)


def test_lines_differ_in_shape_and_darken_with_the_years(draw):
    import matplotlib.colors

    (*_, axes) = draw("measure_kernel").axes
    assert [line.get_label() for line in axes.lines] == ["2013", "2016", "2019", "2022"]
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in axes.lines}) == 4
    weights = np.array([0.2126, 0.7152, 0.0722])
    grey = [weights @ matplotlib.colors.to_rgb(line.get_color()) for line in axes.lines]
    assert all(np.diff(grey) < 0)


@pytest.mark.parametrize(
    ("exhibit_id", "choices", "message"),
    [
        ("coupling", {"years": "2013"}, "lacks the choice systems"),
        ("coupling", {"years": "1999", "systems": "elements"}, "no degree of 'elements' in 1999"),
        ("measure_kernel", {"year": "2013"}, "lacks the choice years"),
        ("measure_kernel", {"years": "1999"}, "no density of 1999"),
        ("measure_kernel", {"years": "2013 2014 2015 2016 2017"}, "5 years, but 4 kinds of lines"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, exhibit_id, choices, message):
    with pytest.raises(UserError, match=message):
        draw(exhibit_id, **choices)


def test_a_file_without_parts_of_the_gini_is_named(folder, tmp_path):
    table = estimates.read(folder / "measure_gini.csv")
    exhibit = exhibits.load("measure_gini")
    estimates.write(tmp_path, "measure_gini", exhibit, {"": table[table["measure"] == "theil"]})
    with pytest.raises(UserError, match="no parts of Dagum's decomposition"):
        plots.draw("measure_gini", exhibit, tmp_path)
