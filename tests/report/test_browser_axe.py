"""The report by axe-core in headless Chromium: nothing to find, in either language.

axe-core is an npm package (``npm install axe-core``); ``AXE_CORE`` names its ``axe.min.js``.
"""

import os
from pathlib import Path

import pytest

WIDTHS = (1440, 390)
AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
RUN = """
const done = arguments[0];
axe.run(document, {resultTypes: ["violations"], selectors: false, preload: false}).then(
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


@pytest.fixture(scope="module")
def addresses(text, chinese, tmp_path_factory):
    folder = tmp_path_factory.mktemp("axe")
    pages = {"en": text, "zh": chinese}
    for language, page in pages.items():
        (folder / f"{language}.html").write_text(page, encoding="utf-8")
    return {language: (folder / f"{language}.html").as_uri() for language in pages}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(axe, browser, addresses, language, width, scheme):
    browser.media(scheme)
    browser.resize(width)
    browser.open("about:blank")
    browser.open(addresses[language])
    browser.run(axe)
    assert browser.post("execute/async", script=RUN, args=[]) == []
    browser.run(
        "for (const box of document.querySelectorAll('#did_baseline details,"
        " #event_study details, details.group:has(#moran), #moran details')) box.open = true"
    )
    assert browser.post("execute/async", script=RUN, args=[]) == []
