"""The report read as a document, and driven in headless Chromium.

The browser is driven through chromedriver by the W3C WebDriver protocol, which is JSON over HTTP;
both come from the system's packages and nothing is downloaded.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from pilotzone import estimates, report
from pilotzone.catalogue.words import CHINESE
from pilotzone.report import packed, parts

VOID = {"meta", "link", "img", "input", "br", "hr"}


PROGRAMS = ("chromedriver", "chromium")
# A page of 1,440 px and one of 390 px, as on a desk and in a hand.
WIDTHS = (1440, 390)
DEADLINE = 60.0


class Node:
    """An element with its attributes, its parent, and its children, elements and texts."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def all(self, tag=None):
        waiting = self.children[::-1]
        while waiting:
            child = waiting.pop()
            if isinstance(child, Node):
                if tag in (None, child.tag):
                    yield child
                waiting += child.children[::-1]

    def has(self, name, value):
        return value in (self.attributes.get(name) or "").split()

    @property
    def ancestors(self):
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    @property
    def text(self):
        return "".join(c.text if isinstance(c, Node) else c for c in self.children)

    def by_id(self, name):
        return next(node for node in self.all() if node.attributes.get("id") == name)

    def specification(self):
        listed = next(child for child in self.all("dl") if child.has("class", "specification"))
        terms = [child.text for child in listed.all("dt")]
        return dict(zip(terms, [child.text for child in listed.all("dd")], strict=True))

    def rows(self):
        """Return the cells of a table as text, spans written out as empty cells."""
        lines, below = [], 0
        for row in self.all("tr"):
            cells = []
            for cell in (c for c in row.children if isinstance(c, Node)):
                cells += [cell.text] + [None] * (int(cell.attributes.get("colspan", 1)) - 1)
            if below:
                cells.insert(0, "")
                below -= 1
            first = next(c for c in row.children if isinstance(c, Node))
            below += int(first.attributes.get("rowspan", 1)) - 1
            lines.append(cells)
        return lines


class Reader(HTMLParser):
    """A tree of the page; a tag that is closed out of order is an error."""

    def __init__(self, text):
        super().__init__()
        self.root = self.here = Node("", {}, None)
        self.feed(text)
        assert self.here is self.root

    def handle_starttag(self, tag, attrs):
        node = Node(tag, dict(attrs), self.here)
        assert len(attrs) == len(node.attributes), f"an attribute of <{tag}> stands twice"
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


@pytest.fixture(scope="session")
def output(root):
    return root / "output"


@pytest.fixture(scope="session")
def tables_once(committed_table):
    """Return a function that lets the report take its tables from those of all other tests."""

    def build(exhibit_id, exhibit, folder, style):
        return committed_table(exhibit_id, style.lexicon.language)

    return lambda patch: patch.setattr(parts, "tables", SimpleNamespace(build=build))


@pytest.fixture(scope="session")
def built_once(output, once, tables_once):
    """The page, and the parts that were read for it."""

    def make():
        read, kept = parts.read, []
        with pytest.MonkeyPatch.context() as patch:
            tables_once(patch)
            patch.setattr(parts, "read", lambda *asked: kept.extend(read(*asked)) or kept)
            return report.build(output), {part.id: part for part in kept}

    return once("report", make)


@pytest.fixture(scope="session")
def shown(built_once):
    return built_once[1]


@pytest.fixture(scope="session")
def text(built_once):
    return built_once[0]


PACKED = re.compile(r'<div id="table-\w+" data-packed="([^"]+)">.*?</div>')


def unfolded(text):
    """Return the page as the script leaves it, every table in its place."""
    return PACKED.sub(lambda box: packed.unpack(box[1]), text)


@pytest.fixture(scope="session")
def page(text):
    return Reader(unfolded(text)).root


@pytest.fixture(scope="session")
def chinese(output, once, tables_once):
    """The text of the page in Chinese."""

    def make():
        with pytest.MonkeyPatch.context() as patch:
            tables_once(patch)
            return report.build(output, CHINESE)

    return once("report_zh", make)


@pytest.fixture(scope="session")
def chinese_page(chinese):
    return Reader(unfolded(chinese)).root


@pytest.fixture(scope="session")
def findings(output):
    return estimates.read(output / "estimates/claims.csv")


@pytest.fixture(scope="session")
def articles(page):
    return {node.attributes["id"]: node for node in page.all("article")}


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

    def shown(self, kind="article"):
        """Return the ids of the elements that are not filtered away, folded or not."""
        script = (
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter(e => !e.closest('[hidden]')).map(e => e.id)"
        )
        return self.run(script, kind)

    def choose(self, field, value):
        self.run(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
            "field.dispatchEvent(new Event('input', {bubbles: true}))",
            field,
            value,
        )

    def attributes(self, ids, name):
        script = "return arguments[0].map(id => document.getElementById(id).dataset[arguments[1]])"
        return self.run(script, ids, name)

    def focused(self):
        return self.run("const e = document.activeElement; return e.id || e.className || e.tagName")

    def column(self, table, at):
        script = (
            "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
            ".map(row => row.cells[arguments[1]].textContent)"
        )
        return self.run(script, table, at)


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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def address(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / report.NAME
    path.write_text(text, encoding="utf-8")
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
def folded(browser, address):
    """Return the browser with the page unfiltered and folded; loading it takes a second."""
    if not browser.run("return location.href").startswith(address):
        browser.open(address)
    # Folded first: to set the page anew takes seconds where everything is unfolded.
    browser.run(
        "history.replaceState(null, '', location.pathname);"
        "document.getElementById('finder').reset();"
        "for (const box of document.querySelectorAll('details')) box.open = false; scrollTo(0, 0)"
    )
    browser.media()
    browser.resize(WIDTHS[0])
    return browser
