"""The report by axe-core in headless Chromium: nothing to find, in either language.

axe-core is an npm package (``npm install axe-core``); ``AXE_CORE`` names its ``axe.min.js``.
"""

import os
import re
from pathlib import Path

import pytest

AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
# What axe-core says of colours. The other rules see no scheme: it changes colours alone.
COLOURS = ["color-contrast", "link-in-text-block"]
BOXES = "#did_baseline details, #event_study details, details.group:has(#moran), #moran details"
# Some boxes are unfolded; what is seen folded is seen unfolded too. What stays folded axe-core does
# not look at, and it takes time to pass by.
UNFOLD = """
for (const box of document.querySelectorAll(arguments[0])) box.open = true;
for (const box of document.querySelectorAll('details:not([open])'))
  for (const inner of [...box.children]) if (inner.tagName !== 'SUMMARY') inner.remove();
"""
RUN = """
const [rules, done] = arguments;
const found = {resultTypes: ["violations"], selectors: false, preload: false};
if (rules) found.runOnly = rules;
axe.run(document, found).then(
  (found) => done(found.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`)));
"""


@pytest.fixture(scope="module")
def axe():
    """The text of axe-core."""
    if AXE.is_file():
        return AXE.read_text(encoding="utf-8")
    reason = "not installed: axe-core (npm install axe-core; AXE_CORE=path of axe.min.js)"
    if "AXE_CORE" in os.environ:
        pytest.fail(f"{AXE}: no such file")
    pytest.skip(reason)


@pytest.fixture(scope="module", params=["en", "zh"])
def opened(request, axe, browser, text, chinese, tmp_path_factory):
    """The browser with a page and axe-core in it, loaded once."""
    page = tmp_path_factory.mktemp("axe") / f"{request.param}.html"
    page.write_text({"en": text, "zh": chinese}[request.param], encoding="utf-8")
    browser.open(page.as_uri())
    browser.run(axe)
    browser.run(UNFOLD, BOXES)
    return browser


def test_the_dark_scheme_changes_colours_alone(text):
    (dark,) = re.findall(
        r"@media[^{]*prefers-color-scheme[^{]*\{\s*:root \{(.*?)\}\s*\}", text, re.S
    )
    declared = [part.strip() for part in dark.split(";") if part.strip()]
    assert declared
    assert [part for part in declared if not re.fullmatch(r"--[\w-]+: #[0-9a-f]{6}", part)] == []
    assert text.count("prefers-color-scheme") == 1


# A width changes no colour.
@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("light", 390), ("dark", 1440)])
def test_axe_finds_nothing(opened, scheme, width):
    opened.media(scheme)
    opened.resize(width)
    rules = COLOURS if scheme == "dark" else None
    assert opened.post("execute/async", script=RUN, args=[rules]) == []
