"""The pictures of the project itself: drawn from the estimates that are there."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pilotzone import exhibits, plots
from pilotzone.catalogue import grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.plots import marks, names, sheet, source
from pilotzone.plots.page import Page

LARGEST = 200_000


def with_figure():
    folder = Path(__file__).parents[2] / "output/estimates"
    return [i for i in exhibits.paths() if exhibits.drawn(i, exhibits.load(i), folder)]


@pytest.mark.parametrize("exhibit_id", with_figure())
def test_every_kind_is_known_and_its_words_lie_on_the_page(exhibit_id, root, apart):
    exhibit = exhibits.load(exhibit_id)
    assert exhibit.figure.kind in plots.FIGURES
    apart(plots.draw(exhibit_id, exhibit, root / "output/estimates"))


def test_committed_pictures_are_small(root):
    sizes = {path.name: path.stat().st_size for path in (root / "output/figures").glob("*.png")}
    assert sizes
    assert {name: size for name, size in sizes.items() if size >= LARGEST} == {}


def test_a_name_without_a_label_is_its_id_in_words():
    (column,) = grid(outcome="nqp", treatment="no_such_variable", variant="no_such_variant")
    assert source.value(column, "outcome", ENGLISH) == ENGLISH.variable("nqp")
    assert source.value(column, "treatment", ENGLISH) == "no such variable"
    assert source.value(column, "variant", ENGLISH) == "no such variant"


def test_small_p_values_are_bounded():
    assert source.p_text(0.0009) == "p < 0.001"
    assert source.p_text(0.0496) == "p = 0.050"
    assert source.number(-0.01234, 4) == "−0.0123"


def test_series_differ_in_shape_and_colour():
    assert len({mark.marker for mark in marks.SERIES}) == len(marks.SERIES)
    assert len({mark.colour for mark in marks.SERIES}) == len(marks.SERIES)


@pytest.mark.parametrize("some", [True, False])
def test_nothing_identified_is_no_figure(made_up, write, some):
    columns = grid(outcome="nqp", treatment=("zone_first", "zone_share"))
    exhibit = made_up("event_study", columns)
    first = exhibit.column_ids()[0]
    row = [{"term": "zone_first", "estimate": 0.1}]
    folder = write(exhibit, lambda column: row if some and column == first else None)
    assert exhibits.drawn("made_up", exhibit, folder) == some
    assert exhibits.drawn("not_estimated_yet", exhibit, folder)
    without = dataclasses.replace(exhibit, figure=None)
    assert not exhibits.drawn("made_up", without, folder)
    assert not exhibits.drawn("not_estimated_yet", without, folder)


def test_a_page_is_full_or_half_and_panels_that_do_not_fit_go_below():
    layout = sheet.Layout(width=2.0, height=1.0, left=0.4)
    assert [layout.across(n) for n in (1, 2, 3, 4, 5)] == [1, 2, 2, 2, 2]
    assert layout.stretched(2) == pytest.approx((sheet.FULL - 0.16 - 0.2) / 2 - 0.4)
    cells = [sheet.Cell(str(n), "", str(n)) for n in range(4)]
    figure, axes = sheet.sheet("Title\nMade up", cells, layout, notes=["A note."])
    assert (figure.title, figure.notes) == ("Title · Made up", ("A note.",))
    assert [t.get_text() for t in figure.texts if len(t.get_text()) > 1] == ["Made up"]
    bottoms = [axes[cell.key].get_position().y0 for cell in cells]
    assert bottoms[0] == bottoms[1] > bottoms[2] == bottoms[3]


def test_names_stand_clear_of_points_and_lines():
    page = Page(sheet.HALF, 3.0, "t", [])
    axes = page.add_axes((0.1, 0.1, 0.8, 0.8), xlim=(0, 10), ylim=(0, 10))
    spots = np.array([[5.0, 5.0], [5.9, 5.0], [2.0, 2.0]])
    axes.plot(*spots.T, "o", markersize=4)
    lines = [((0, 5.6), (10, 5.6))]
    names.beside(axes, (0.8 * sheet.HALF, 2.4), spots, ["AA", "", "CC"], 4, lines)
    with plots.settings():
        renderer = FigureCanvasAgg(page).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        dots = axes.transData.transform(spots)
        (height,) = {axes.transData.transform(point)[1] for point in lines[0]}
    assert len(boxes) == 2
    for box in boxes:
        assert not any(box.contains(*dot) for dot in dots)
        assert not box.y0 < height < box.y1
