import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from pilotzone import estimates, exhibits, plots
from pilotzone.catalogue import Exhibit, Figure, codebook
from pilotzone.catalogue.letters import LETTERS
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
from pilotzone.plots import sheet
from pilotzone.plots.page import Page
from pilotzone.plots.source import Picture
from pilotzone.plots.tile_map import COLOURS, DARK, LUMINANCE, tile_map

CODES = [code for code in codebook.provinces() if code != "540000"]
LARGEST = 200_000


def exhibit(kind="tile_map", **choices):
    figure = Figure(kind=kind, title="Made-up index", choices=tuple(choices.items()))
    describe = exhibits.load("index_summary").describe
    return Exhibit(title="t", title_zh="t", describe=describe, figure=figure)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rows = [
        ("nqp", year, code, (place + 1 + year - 2013) / 50, place)
        for year in (2013, 2022)
        for place, code in enumerate(CODES, start=1)
    ]
    names = ["variant", "year", "province_code", "value", "rank"]
    summary = pd.DataFrame(
        {"variant": ["nqp"], "year": [2013], "statistic": ["mean"], "value": [1]}
    )
    parts = {"": summary, "ranks": pd.DataFrame(rows, columns=names)}
    folder = tmp_path_factory.mktemp("ranks")
    estimates.write(folder, "index_summary", exhibit(), parts)
    return folder


@pytest.fixture(scope="module")
def figure(folder):
    return plots.draw("index_summary", exhibit(variant="nqp", years="2013 2022"), folder)


def texts(axes):
    return [text.get_text().replace("\n", " ") for text in axes.texts]


def tiles(axes):
    """Return the colour of each tile by the name that stands in it."""
    names = [text for text in texts(axes) if not text[0].isdigit()]
    return dict(zip(names, (patch.get_facecolor() for patch in axes.patches), strict=True))


def luminance(colour):
    return sum(share * part for share, part in zip(LUMINANCE, colour[:3], strict=True))


def test_every_value_stands_in_its_tile(figure, folder):
    ranks = estimates.read(folder / "index_summary.ranks.csv")
    for axes, year in zip(figure.axes[:2], (2013, 2022), strict=True):
        assert axes.get_title() == str(year)
        shown = ranks[ranks["year"] == year].set_index("province_code")["value"]
        printed = dict(zip(texts(axes), texts(axes)[1:], strict=False))
        for code in CODES:
            assert printed[LETTERS[code]] == f"{shown[code]:.2f}"


def test_tiles_lie_where_the_table_puts_them(figure):
    corners = {(round(p.get_x() + 0.47), round(p.get_y() + 0.47)) for p in figure.axes[0].patches}
    cells = {(int(r["tile_col"]), int(r["tile_row"])) for r in codebook.provinces().values()}
    assert corners == cells


def test_both_years_share_one_scale(figure):
    first, last = (tiles(axes) for axes in figure.axes[:2])
    # 0.24 in 2013 is the eleventh province, in 2022 the second.
    assert first[LETTERS[CODES[10]]] == last[LETTERS[CODES[1]]]
    assert figure.axes[2].get_xlim() == pytest.approx((0.04, 0.80))


def test_the_order_of_values_is_the_order_of_greys(figure):
    import matplotlib

    for axes in figure.axes[:2]:
        colours = [tiles(axes)[LETTERS[code]] for code in CODES]
        greys = [luminance(colour) for colour in colours]
        assert greys == sorted(greys, reverse=True)
    scale = [luminance(matplotlib.colormaps[COLOURS](step)) for step in range(256)]
    assert all(one > other for one, other in pairwise(scale))


def test_ink_stands_out_from_its_tile(figure):
    for axes in figure.axes[:2]:
        fills = tiles(axes)
        for text in axes.texts:
            name = text.get_text().replace("\n", " ")
            if name in fills and name != "XZ":
                assert (text.get_color() == "white") == (luminance(fills[name]) < DARK)


def test_a_province_without_a_value_is_hatched_and_named(figure, folder):
    for axes in figure.axes[:2]:
        hatched = [patch for patch in axes.patches if patch.get_hatch()]
        assert len(hatched) == 1
    assert "Hatched: no value (Tibet)" in figure.notes[0]
    maps = {"a": dict.fromkeys(codebook.provinces(), 0.5) | {"540000": 1.0}}
    picture = Picture("index_summary", exhibit(), folder, ENGLISH)
    full = tile_map(maps, picture, "s")
    assert not any("Hatched" in note for note in full.notes)


def test_every_province_has_two_letters_of_its_own():
    assert set(LETTERS) == set(codebook.provinces())
    assert len(set(LETTERS.values())) == len(LETTERS)
    assert {len(letters) for letters in LETTERS.values()} == {2}


def test_a_saved_picture_carries_its_caption_and_not_in_the_picture(figure, tmp_path):
    for path, dpi in plots.paths("index_summary", tmp_path).items():
        plots.save(figure, path, dpi)
        title, notes = plots.caption(path)
    assert (title, notes) == (figure.title, figure.notes) == ("Made-up index", figure.notes)
    assert not any("Made-up index" in text.get_text() for text in figure.texts)


@pytest.mark.slow
def test_saved_files_are_small_and_carry_no_clock(folder, tmp_path):
    figure = plots.draw("index_summary", exhibit(variant="nqp", years="2013"), folder)
    files = plots.paths("index_summary", tmp_path)
    files |= plots.paths("index_summary", tmp_path, printed=True)
    screen, printed, pdf = files
    # What is printed is the same for a page of two words.
    words = Page(sheet.HALF, 1.0, "Made-up index", [])
    words.text(0.5, 0.5, "two words")
    drawn = {screen: figure, printed: words, pdf: words}
    for path, dpi in files.items():
        plots.save(drawn[path], path, dpi)
    assert screen == tmp_path / "figures/index_summary.png"
    assert screen.stat().st_size < LARGEST
    assert printed.parent.name == pdf.parent.name == "print"
    content = {path: path.read_bytes() for path in files}
    assert b"Software" not in content[screen]
    assert b"CreationDate" not in content[pdf]
    assert b"/Type3" not in content[pdf]
    assert not list(tmp_path.rglob(".*"))
    for path, dpi in files.items():
        plots.save(drawn[path], path, dpi)
        assert path.read_bytes() == content[path]


def test_the_readers_settings_change_nothing(folder, tmp_path):
    import matplotlib

    asked = exhibit(variant="nqp", years="2013")
    saved = []
    for colour in ("black", "red"):
        with matplotlib.rc_context({"font.size": 30.0, "text.color": colour}):
            path = tmp_path / f"{colour}.png"
            plots.save(plots.draw("index_summary", asked, folder), path, 50)
            saved.append(path.read_bytes())
            assert matplotlib.rcParams["text.color"] == colour
    assert saved[0] == saved[1]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (exhibit(variant="nqp"), "the figure lacks the choice years"),
        (exhibit(variant="nqp", years="1999"), "no value of 'nqp' in 1999"),
        (exhibit(variant="nqp_long", years="2013"), "no value of 'nqp_long' in 2013"),
        (exhibit(kind="pie"), "figure 'pie' is unknown; known: tile_map"),
    ],
)
def test_what_cannot_be_drawn_is_named(asked, message, folder):
    with pytest.raises(UserError, match=message):
        plots.draw("index_summary", asked, folder)


@pytest.mark.cli
def test_matplotlib_waits_until_a_figure_is_drawn():
    code = Path(plots.__file__).parents[2]
    script = "import sys; import pilotzone.plots; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=code, check=True
    )
    assert done.stdout.strip() == "False"
