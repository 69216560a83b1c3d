"""Captions in both languages: the same holes in each sentence, and no English in a Chinese one."""

import re
import string

import pytest

from pilotzone import exhibits, plots
from pilotzone.catalogue.phrasebook import FIGURE_NOTES
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.plots import sheet
from pilotzone.plots.page import Page

# Names stay as they are: three words of letters in a row are a sentence.
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,;]+[A-Za-z]{2,}){2,}")
SEEN = ("detectable", "city_rollout", "moran", "index_summary")


def holes(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("name", FIGURE_NOTES)
def test_a_sentence_has_the_same_holes_in_both_languages(name):
    english, chinese = FIGURE_NOTES[name]
    assert holes(english) == holes(chinese)
    assert not SENTENCE.search(chinese)


@pytest.mark.parametrize("exhibit_id", SEEN)
def test_a_picture_keeps_its_notes_in_both_languages(exhibit_id, root, tmp_path):
    exhibit = exhibits.load(exhibit_id)
    figure = plots.captioned(exhibit_id, exhibit, root / "output/estimates")
    for axes in figure.axes:
        # What is said of a picture hangs on no pixel of it.
        axes.set_visible(False)
    path = tmp_path / f"{exhibit_id}.png"
    plots.save(figure, path, plots.SCREEN_DPI)
    title, english = plots.caption(path)
    assert (title, english) == (figure.title, figure.notes)
    same, chinese = plots.caption(path, CHINESE.language)
    assert same == title
    assert chinese == figure.translated
    assert len(chinese) == len(english) > 0
    for said in chinese:
        assert re.search("[\u4e00-\u9fff]", said)
        assert not SENTENCE.search(said), said
    # Numbers are those of the estimates in either language.
    assert re.findall(r"\d[\d,]*\.?\d*", "".join(chinese)) != []


def test_a_picture_without_chinese_notes_has_its_english_ones(tmp_path):
    figure = Page(sheet.HALF, 1.0, "Made-up picture", ["A note."])
    path = tmp_path / "a.png"
    plots.save(figure, path, plots.SCREEN_DPI)
    assert plots.caption(path, CHINESE.language) == plots.caption(path, ENGLISH.language)


def test_committed_pictures_have_both(root):
    pictures = sorted((root / "output/figures").glob("*.png"))
    assert len(pictures) > 30
    for path in pictures:
        english, chinese = (plots.caption(path, one)[1] for one in ("en", "zh"))
        assert len(chinese) == len(english)
        assert not english or chinese != english, path.name
        assert not [said for said in chinese if SENTENCE.search(said)], path.name
