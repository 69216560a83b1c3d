"""The map of the roll-out: every city at its place, in the year from which its zone counts."""

import math

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, plots
from pilotzone.catalogue import Description, Exhibit, Figure
from pilotzone.errors import UserError
from pilotzone.plots.rollout_map import EARLIER, LATITUDE, NEW, NOT_YET

EXHIBIT = Exhibit(
    title="t",
    title_zh="t",
    describe=Description(kind="rollout", sample="main"),
    figure=Figure(kind="rollout_map", title="Made-up roll-out"),
)
YEARS = {1: 2015, 2: 2016, 3: 2019, 4: 2020, 5: 2020, 6: 2022, 7: 2023}
# Degrees are printed with 12 significant digits; a page's edge is a product of inches.
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def exhibit():
    return EXHIBIT


@pytest.fixture(scope="module")
def places(root):
    """Return the cities of the project with made-up batches; each 7th zone is a county's."""
    cities = pd.read_csv(root / "data/raw/cities.csv", dtype={"city_code": str})
    batch = np.arange(len(cities)) % 12
    batch[batch > 7] = 0
    return cities[["city_code", "lon", "lat", "name_en"]].assign(
        batch=batch,
        first_year=[YEARS.get(b, 0) for b in batch],
        county_zone=(np.arange(len(cities)) % 7 == 4).astype(int),
    )


def write(folder, places):
    estimates.write(folder, "made_up", EXHIBIT, {"places": places})
    return folder


@pytest.fixture(scope="module")
def folder(places, tmp_path_factory):
    return write(tmp_path_factory.mktemp("rollout"), places)


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def drawn(axes):
    """Return the points of a map by (marker, size, hollow)."""
    return {
        (ln.get_marker(), ln.get_markersize(), ln.get_markerfacecolor() == "white"): ln.get_xydata()
        for ln in axes.lines
    }


def same_points(points, rows):
    expected = rows.sort_values(["lon", "lat"])[["lon", "lat"]].to_numpy()
    order = np.lexsort((points[:, 1], points[:, 0]))
    np.testing.assert_allclose(points[order], expected, atol=TOLERANCE)


def test_there_is_a_map_for_each_year_with_a_new_zone(figure):
    assert [axes.texts[0].get_text() for axes in figure.axes] == [
        "2015",
        "2016",
        "2019",
        "2020",
        "2022",
        "2023",
    ]


def test_every_city_stands_at_its_place_as_new_earlier_or_not_yet(figure, places):
    for axes in figure.axes:
        year = int(axes.texts[0].get_text())
        found = drawn(axes)
        first = places["first_year"]
        earlier = (first > 0) & (first < year)
        looks = ((EARLIER, earlier), (NOT_YET, (first == 0) | (first > year)))
        for look, chosen in looks:
            same_points(found[look["marker"], look["markersize"], False], places[chosen])
        assert sum(map(len, found.values())) == len(places)


def test_two_batches_of_a_year_differ_in_shape_and_county_zones_are_hollow(figure, places):
    axes = figure.axes[3]
    for batch, mark in zip((4, 5), NEW, strict=True):
        for hollow in (0, 1):
            rows = places[(places["batch"] == batch) & (places["county_zone"] == hollow)]
            lines = [
                ln
                for ln in axes.lines
                if ln.get_marker() == mark.marker
                and ln.get_markersize() > EARLIER["markersize"]
                and (ln.get_markerfacecolor() == "white") == hollow
            ]
            assert len(rows) > 0
            same_points(lines[0].get_xydata(), rows)


def test_counts_stand_above_the_maps(figure, places):
    counts = [axes.texts[1].get_text() for axes in figure.axes]
    size = places["batch"].value_counts()
    assert counts[0] == f"batch 1: {size[1]}; in all: {size[1]}"
    total = size[[1, 2, 3, 4, 5]].sum()
    assert counts[3] == f"batch 4: {size[4]}, batch 5: {size[5]}; in all: {total}"
    assert counts[5].endswith(f"in all: {(places['batch'] > 0).sum()}")


def test_a_degree_of_longitude_is_shorter_by_the_cosine_of_the_latitude(figure):
    width, height = figure.get_size_inches()
    for axes in figure.axes:
        box = axes.get_position()
        east = box.width * width / np.ptp(axes.get_xlim())
        north = box.height * height / np.ptp(axes.get_ylim())
        assert east / north == pytest.approx(math.cos(math.radians(LATITUDE)), rel=TOLERANCE)
        assert axes.get_xlim() == figure.axes[0].get_xlim()


def test_the_page_says_what_is_drawn(figure, page_texts):
    text = page_texts(figure)
    assert "no border is drawn" in text
    assert "Hollow: the first zone is a county-level city or an area" in text
    legend = [entry.get_text() for entry in figure.legends[0].get_texts()]
    assert legend == [
        "first treated in the year",
        "the same, second batch of the year",
        "treated earlier",
        "not treated yet, or never",
    ]


def test_without_county_zones_and_second_batches_the_page_does_not_name_them(
    exhibit, places, tmp_path, page_texts
):
    few = places[places["batch"].isin([0, 1, 2])].assign(county_zone=0)
    figure = plots.draw("made_up", exhibit, write(tmp_path, few))
    assert len(figure.axes) == 2
    assert "Hollow" not in page_texts(figure)
    assert len(figure.legends[0].get_texts()) == 3


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"batch": 0, "first_year": 0}, "no city has a zone"),
        ({"first_year": 0}, r"city 120000 has batch 1 and first year 0; both are 0 or none is"),
        ({"batch": [0, 1, 2, 3], "first_year": [0, 2020, 2020, 2020]}, "2020 has 3 batches for 2"),
    ],
)
def test_what_cannot_be_drawn_is_named(changed, message, exhibit, places, tmp_path):
    folder = write(tmp_path, places.head(4).assign(**changed))
    with pytest.raises(UserError, match=message):
        plots.draw("made_up", exhibit, folder)


def test_a_missing_part_is_named(exhibit, tmp_path):
    with pytest.raises(UserError, match=r"made_up\.places\.csv: not there"):
        plots.draw("made_up", exhibit, tmp_path)
