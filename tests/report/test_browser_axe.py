"""The report by axe-core in headless Chromium: nothing to find, in either language.

axe-core is an npm package (``npm install axe-core``); ``AXE_CORE`` names its ``axe.min.js``.
"""

import os
import re
from pathlib import Path

import pytest

WIDTHS = (1440, 390)
AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
# What axe-core says of colours. The other rules see no scheme: it changes colours alone.
COLOURS = ["color-contrast", "link-in-text-block"]
BOXES = "#did_baseline details, #event_study details, details.group:has(#moran), #moran details"
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
    """The browser with a page and axe-core in it, loaded once.

    Some boxes are unfolded; what is seen folded is seen unfolded too.
    """
    page = tmp_path_factory.mktemp("axe") / f"{request.param}.html"
    page.write_text({"en": text, "zh": chinese}[request.param], encoding="utf-8")
    browser.open(page.as_uri())
    browser.run(axe)
    browser.run(f"for (const box of document.querySelectorAll('{BOXES}')) box.open = true")
    return browser


def test_the_dark_scheme_changes_colours_alone(text):
    (dark,) = re.findall(
        r"@media[^{]*prefers-color-scheme[^{]*\{\s*:root \{(.*?)\}\s*\}", text, re.S
    )
    declared = [part.strip() for part in dark.split(";") if part.strip()]
    assert declared
    assert [part for part in declared if not re.fullmatch(r"--[\w-]+: #[0-9a-f]{6}", part)] == []
    assert text.count("prefers-color-scheme") == 1


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, width, scheme):
    opened.media(scheme)
    opened.resize(width)
    rules = COLOURS if scheme == "dark" else None
    assert opened.post("execute/async", script=RUN, args=[rules]) == []
