"""What keys, widths, colour schemes and paper do to the report in headless Chromium."""

import base64
import re

import pytest

ENTER, TAB, RIGHT = "\ue007", "\ue004", "\ue014"
# A page of 1,440 px and one of 390 px, as on a desk and in a hand.
WIDTHS = (1440, 390)
# WCAG 2, level AA: contrast of text and of large text.
TEXT_CONTRAST, LARGE_CONTRAST = 4.5, 3.0


def test_keys_reach_the_search_and_the_skip_link_the_content(fresh):
    fresh.press(TAB)
    assert fresh.focused() == "skip"
    # The page in the other language, and the review that is cited.
    fresh.press(TAB, TAB, TAB)
    assert fresh.focused() == "search"
    assert fresh.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    fresh.press(*"moran")
    fresh.wait("return document.getElementById('did_baseline').hidden")
    fresh.run("document.querySelector('.skip').focus()")
    fresh.press(ENTER)
    fresh.wait("return document.activeElement.id === 'main'")


def test_keys_scroll_a_wide_table(folded):
    folded.resize(WIDTHS[1])
    frame = "document.querySelector('#table-city_trends .scroll')"
    folded.run("document.querySelector('#city_trends details').open = true")
    folded.run(f"{frame}.focus()")
    folded.press(RIGHT, RIGHT)
    folded.wait(f"return {frame}.scrollLeft > 0")


@pytest.mark.slow
def test_the_page_never_scrolls_sideways(folded):
    folded.run("for (const box of document.querySelectorAll('details')) box.open = true")
    outside = (
        "return [...document.querySelectorAll('body *')].filter(e => e.offsetParent"
        " && !e.parentElement.closest('.scroll') && !e.closest('.skip')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    for width in WIDTHS:
        folded.resize(width)
        assert folded.run("return document.documentElement.scrollWidth") <= width
        assert folded.run(outside) == []


CONTRAST = """
const part = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const colour = (text) => text.match(/[\\d.]+/g).map(Number);
function behind(element) {
  for (let e = element; e; e = e.parentElement) {
    const found = colour(getComputedStyle(e).backgroundColor);
    if (found.length === 3) return found;
  }
  return colour(getComputedStyle(document.body).backgroundColor);
}
const low = new Map();
for (const e of document.querySelectorAll('body *')) {
  const speaks = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!e.offsetParent || !speaks) continue;
  const style = getComputedStyle(e);
  const [a, b] = [light(colour(style.color)), light(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const large = parseFloat(style.fontSize) >= 24;
  if (ratio < (large ? arguments[1] : arguments[0])) low.set(e.className || e.tagName, ratio);
}
return [...low];
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_schemes(folded, scheme):
    # Board, filters, notes and sources stay; other groups look like this one.
    folded.choose("filter-group", "base")
    folded.media(scheme)
    assert folded.run(CONTRAST, TEXT_CONTRAST, LARGE_CONTRAST) == []
    paper = folded.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper))) < 3 * 128) == (scheme == "dark")


@pytest.mark.slow
def test_on_paper_every_table_is_as_wide_as_its_sheet_at_most(folded):
    folded.media(kind="print")
    # A4 less its margins, in CSS pixels: upright, and across for wide tables.
    for width, wide in ((703, False), (1032, True)):
        folded.resize(width)
        folded.run("for (const box of document.querySelectorAll('details')) box.open = true")
        script = (
            "const sheet = document.querySelector('main').clientWidth + 1;"
            "return [...document.querySelectorAll('main table')]"
            ".filter(t => (t.closest('.wide') !== null) === arguments[0])"
            ".filter(t => t.getBoundingClientRect().width > sheet)"
            ".map(t => t.dataset.exhibit || t.id)"
        )
        assert folded.run(script, wide) == []
    assert folded.run("return document.querySelector('aside').offsetParent") is None


@pytest.mark.slow
def test_the_page_prints(folded):
    folded.choose("filter-role", "placebo")
    printed = folded.devtools("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
    assert folded.errors() == []
