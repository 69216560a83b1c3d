"""The pictures of the project itself: drawn from the estimates that are there."""

import pytest

from pilotzone import exhibits, plots
from pilotzone.catalogue import grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.plots import marks, source

LARGEST = 200_000


def with_figure():
    return [name for name in exhibits.paths() if exhibits.load(name).figure]


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
