"""The report in headless Chromium: what scripts, keys, widths and colour schemes do to it.

The browser is driven through chromedriver by the W3C WebDriver protocol, which is JSON over HTTP;
both come from the system's packages and nothing is downloaded.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import time
import urllib.request

import pytest

from pilotzone import exhibits, report
from pilotzone.claims import rules

PROGRAMS = ("chromedriver", "chromium")
ENTER, TAB, RIGHT = "\ue007", "\ue004", "\ue014"
# A page of 1,440 px and one of 390 px, as on a desk and in a hand.
WIDTHS = (1440, 390)
# WCAG 2, level AA: contrast of text and of large text.
TEXT_CONTRAST, LARGE_CONTRAST = 4.5, 3.0
DEADLINE = 60.0


class Browser:
    """A session of chromedriver."""

    def __init__(self, address):
        self.address = address
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        body = {"capabilities": {"alwaysMatch": wanted}}
        self.session = self._call("POST", "session", body)["sessionId"]

    def _call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.address}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return json.load(answer)["value"]

    def post(self, path, **body):
        return self._call("POST", f"session/{self.session}/{path}", body)

    def open(self, address):
        self.post("url", url=address)

    def run(self, script, *args):
        return self.post("execute/sync", script=script, args=list(args))

    def devtools(self, command, **parameters):
        return self.post("goog/cdp/execute", cmd=command, params=parameters)

    def press(self, *keys):
        """Press keys one after the other, where the focus is."""
        strokes = [{"type": kind, "value": k} for k in keys for kind in ("keyDown", "keyUp")]
        self.post("actions", actions=[{"type": "key", "id": "keys", "actions": strokes}])

    def resize(self, width, height=900):
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def media(self, scheme="light", kind="screen"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", media=kind, features=features)

    def wait(self, script):
        """Wait until a script returns true."""
        end = time.monotonic() + DEADLINE
        while not self.run(script):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)

    def errors(self):
        return [entry["message"] for entry in self.post("se/log", type="browser")]

    def close(self):
        self._call("DELETE", f"session/{self.session}")


@contextlib.contextmanager
def chromedriver():
    """Start chromedriver on a free port and give its address."""
    command = ["chromedriver", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout:
                found = re.search(r"started successfully on port (\d+)", line)
                if found:
                    yield f"http://127.0.0.1:{found[1]}"
                    return
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser():
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        reason = f"not installed: {', '.join(absent)} (Debian: chromium chromium-driver)"
        if os.environ.get("PILOTZONE_ALL_TOOLS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with chromedriver() as address:
        session = Browser(address)
        yield session
        session.close()


@pytest.fixture(scope="module")
def address(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / report.NAME
    path.write_text(report.build(root / "output"), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def fresh(browser, address):
    """Return the browser with the page as a reader meets it."""
    browser.media()
    browser.resize(WIDTHS[0])
    browser.open("about:blank")
    browser.open(address)
    return browser


@pytest.fixture
def page(browser, address):
    """Return the browser with the page unfiltered and folded; loading it takes a second."""
    browser.media()
    browser.resize(WIDTHS[0])
    if not browser.run("return location.href").startswith(address):
        browser.open(address)
    browser.run(
        "history.replaceState(null, '', location.pathname); document.querySelector('form').reset();"
        "for (const box of document.querySelectorAll('details')) box.open = false; scrollTo(0, 0)"
    )
    return browser


def shown(page, kind="article"):
    """Return the ids of the elements that are seen."""
    script = (
        "return [...document.querySelectorAll(arguments[0])]"
        ".filter(e => e.offsetParent).map(e => e.id)"
    )
    return page.run(script, kind)


def choose(page, field, value):
    page.run(
        "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        field,
        value,
    )


def attributes(page, ids, name):
    script = "return arguments[0].map(id => document.getElementById(id).dataset[arguments[1]])"
    return page.run(script, ids, name)


def focused(page):
    return page.run("const e = document.activeElement; return e.id || e.className || e.tagName")


def column(page, table, at):
    script = (
        "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
        ".map(row => row.cells[arguments[1]].textContent)"
    )
    return page.run(script, table, at)


# --- loading ------------------------------------------------------------------------------------
def test_the_page_loads_without_an_error_and_asks_for_nothing(fresh):
    assert fresh.errors() == []
    loaded = fresh.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in loaded if not name.startswith("data:")] == []
    broken = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert fresh.run(broken) == 0
    assert len(shown(fresh)) == len(exhibits.paths())


def test_what_can_be_used_has_a_name(page):
    choose(page, "filter-study", "2")
    roles = {"link", "button", "searchbox", "combobox", "table", "region", "image", "article"}
    page.devtools("Accessibility.enable")
    nodes = page.devtools("Accessibility.getFullAXTree")["nodes"]
    page.devtools("Accessibility.disable")
    seen = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert {node["role"]["value"] for node in seen} == roles
    unnamed = [node for node in seen if not node.get("name", {}).get("value", "").strip()]
    assert unnamed == []


# --- search and filters -------------------------------------------------------------------------
def test_the_search_leaves_what_holds_all_words(page):
    choose(page, "search", "moran")
    assert shown(page) == ["moran"]
    assert page.run("return document.getElementById('count').textContent").startswith(
        f"1 of {len(exhibits.paths())} exhibits, 0 of "
    )
    assert shown(page, "section[data-group] > h2") == ["group-spatial"]
    assert shown(page, "nav [data-for]") == [""]
    choose(page, "search", "CITY  Placebo")
    found = shown(page)
    assert "city_placebo" in found
    words = attributes(page, found, "search")
    assert all("city" in text and "placebo" in text for text in words)
    choose(page, "search", "空间杜宾")
    assert "spatial_baseline" in shown(page)
    choose(page, "search", "no such thing anywhere")
    assert shown(page) == []
    assert "0 of" in page.run("return document.getElementById('count').textContent")


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [("group", "city", "group"), ("study", "2", "studies"), ("role", "placebo", "roles")],
)
def test_a_filter_leaves_its_own(page, field, value, name):
    everything = shown(page)
    choose(page, f"filter-{field}", value)
    left = shown(page)
    carried = dict(zip(everything, attributes(page, everything, name), strict=True))
    assert left == [i for i in everything if value in carried[i].split()]
    assert 0 < len(left) < len(everything)
    lines = shown(page, "#claims-board tbody tr")
    if field == "study":
        assert all(line.startswith(f"claim-{value}-") for line in lines)
    page.run("document.querySelector('form button[type=reset]').click()")
    assert shown(page) == everything


def test_a_link_to_what_is_filtered_away_shows_it(page):
    choose(page, "search", "moran")
    page.run("location.hash = '#did_baseline'")
    page.wait("return document.getElementById('did_baseline').offsetParent !== null")
    assert page.run("return document.getElementById('search').value") == ""
    top = "document.getElementById('did_baseline').getBoundingClientRect().top"
    page.wait(f"return 0 <= {top} && {top} < 100")


def test_a_link_into_a_folded_table_opens_it(page):
    state = "return document.querySelector('#spatial_models details').open"
    assert page.run(state) is False
    page.run("location.hash = '#table-spatial_models'")
    page.wait(state)


# --- tables -------------------------------------------------------------------------------------
def test_the_board_is_sorted_up_down_and_as_printed(fresh):
    printed = column(fresh, "claims-board", 3)
    button = "#claims-board thead tr > :nth-child(4) button"
    state = "return document.querySelector('#claims-board thead tr > :nth-child(4)').ariaSort"
    fresh.run("document.querySelector(arguments[0]).focus()", button)
    for direction, reverse in (("ascending", False), ("descending", True)):
        fresh.press(ENTER)
        assert fresh.run(state) == direction
        cells = column(fresh, "claims-board", 3)
        values = [float(cell.replace("−", "-")) for cell in cells if cell]
        assert values == sorted(values, reverse=reverse)
        # What has no number stands last, whatever the direction.
        assert cells[len(values) :] == [""] * (len(cells) - len(values))
        assert sorted(cells) == sorted(printed)
    fresh.press(ENTER)
    assert fresh.run(state) == "none"
    assert column(fresh, "claims-board", 3) == printed


def test_verdicts_are_sorted_by_their_rank(fresh):
    fresh.run("document.querySelector('#claims-board thead tr > :nth-child(3) button').click()")
    ranks = [
        rules.VERDICTS.index(cell.split(" ", 1)[1]) for cell in column(fresh, "claims-board", 2)
    ]
    assert ranks == sorted(ranks)


def test_a_table_is_sorted_within_its_panels_and_lines_keep_what_hangs_on_them(fresh):
    lines = (
        "return [...document.querySelectorAll('#table-continuous_treatment tbody')].map(body =>"
        " [...body.rows].map(row => [...row.cells].map(cell => cell.textContent)))"
    )
    before = fresh.run(lines)
    fresh.run(
        "const p = document.querySelectorAll('#table-continuous_treatment thead button')[2];"
        "p.click(); p.click()"
    )
    after = fresh.run(lines)
    assert after != before
    for old, new in zip(before, after, strict=True):
        assert new[0] == old[0]
        assert sorted(new) == sorted(old)
        assert sorted(hanging(new)) == sorted(hanging(old))
        values = [row[3] for row in new[1:] if not row[0].startswith("·")]
        numbers = [float(value) for value in values if value]
        assert numbers == sorted(numbers, reverse=True)


def hanging(rows):
    """Yield the lines that start with a dot, each with the line that it hangs on."""
    head = None
    for row in rows:
        if row[0].startswith("·"):
            yield head, tuple(row)
        else:
            head = tuple(row)


# --- keys, widths, colours, paper ---------------------------------------------------------------
def test_keys_reach_the_search_and_the_skip_link_the_content(fresh):
    fresh.press(TAB)
    assert focused(fresh) == "skip"
    fresh.press(TAB)
    assert focused(fresh) == "search"
    assert fresh.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    fresh.press(*"moran")
    fresh.wait("return document.querySelectorAll('article:not([hidden])').length === 1")
    fresh.run("document.querySelector('.skip').focus()")
    fresh.press(ENTER)
    fresh.wait("return document.activeElement.id === 'main'")


def test_keys_scroll_a_wide_table(page):
    page.resize(WIDTHS[1])
    frame = "document.querySelector('#table-moderation .scroll')"
    page.run(f"{frame}.focus()")
    page.press(RIGHT, RIGHT)
    page.wait(f"return {frame}.scrollLeft > 0")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_never_scrolls_sideways(page, width):
    page.resize(width)
    page.run("for (const box of document.querySelectorAll('details')) box.open = true")
    assert page.run("return document.documentElement.scrollWidth") <= width
    outside = (
        "return [...document.querySelectorAll('body *')].filter(e => e.offsetParent"
        " && !e.parentElement.closest('.scroll') && !e.closest('.skip')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert page.run(outside) == []


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
def test_text_stands_out_in_both_schemes(page, scheme):
    # Board, filters, notes and sources stay; other groups look like this one.
    choose(page, "filter-group", "base")
    page.media(scheme)
    assert page.run(CONTRAST, TEXT_CONTRAST, LARGE_CONTRAST) == []
    paper = page.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper))) < 3 * 128) == (scheme == "dark")


def test_on_paper_every_table_is_as_wide_as_its_sheet_at_most(page):
    page.media(kind="print")
    # A4 less its margins, in CSS pixels: upright, and across for wide tables.
    for width, wide in ((703, False), (1032, True)):
        page.resize(width)
        page.run("for (const box of document.querySelectorAll('details')) box.open = true")
        script = (
            "const sheet = document.querySelector('main').clientWidth + 1;"
            "return [...document.querySelectorAll('main table')]"
            ".filter(t => (t.closest('.wide') !== null) === arguments[0])"
            ".filter(t => t.getBoundingClientRect().width > sheet)"
            ".map(t => t.dataset.exhibit || t.id)"
        )
        assert page.run(script, wide) == []
    assert page.run("return document.querySelector('aside').offsetParent") is None


def test_the_page_prints(page):
    choose(page, "filter-role", "placebo")
    printed = page.devtools("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
    assert page.errors() == []
