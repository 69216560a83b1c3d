"""The report in headless Chromium: loading, search and filters."""

import pytest

from pilotzone import exhibits


def test_the_page_loads_without_an_error_and_asks_for_nothing(fresh):
    assert fresh.errors() == []
    loaded = fresh.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in loaded if not name.startswith("data:")] == []
    broken = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert fresh.run(broken) == 0
    assert len(fresh.shown()) == len(exhibits.paths())


@pytest.mark.slow
def test_what_can_be_used_has_a_name(folded):
    folded.choose("filter-study", "4")
    roles = {"link", "button", "searchbox", "combobox", "table", "region", "image", "article"}
    folded.devtools("Accessibility.enable")
    nodes = folded.devtools("Accessibility.getFullAXTree")["nodes"]
    folded.devtools("Accessibility.disable")
    seen = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert {node["role"]["value"] for node in seen} == roles
    unnamed = [node for node in seen if not node.get("name", {}).get("value", "").strip()]
    assert unnamed == []


def test_the_search_leaves_what_holds_all_words(folded):
    folded.choose("search", "moran")
    assert folded.shown() == ["moran"]
    assert folded.run("return document.getElementById('count').textContent").startswith(
        f"1 of {len(exhibits.paths())} exhibits, 0 of "
    )
    assert folded.shown("section[data-group] > h2") == ["group-spatial"]
    assert folded.shown("nav [data-for]") == [""]
    folded.choose("search", "CITY  Placebo")
    found = folded.shown()
    assert "city_placebo" in found
    words = folded.attributes(found, "search")
    assert all("city" in text and "placebo" in text for text in words)
    folded.choose("search", "空间杜宾")
    assert "spatial_baseline" in folded.shown()
    folded.choose("search", "no such thing anywhere")
    assert folded.shown() == []
    assert "0 of" in folded.run("return document.getElementById('count').textContent")


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [("group", "city", "group"), ("study", "2", "studies"), ("role", "placebo", "roles")],
)
def test_a_filter_leaves_its_own(folded, field, value, name):
    everything = folded.shown()
    folded.choose(f"filter-{field}", value)
    left = folded.shown()
    carried = dict(zip(everything, folded.attributes(everything, name), strict=True))
    assert left == [i for i in everything if value in carried[i].split()]
    assert 0 < len(left) < len(everything)
    lines = folded.shown("#claims-board tbody tr")
    if field == "study":
        assert all(line.startswith(f"claim-{value}-") for line in lines)
    folded.run("document.querySelector('form button[type=reset]').click()")
    assert folded.shown() == everything


def test_a_link_to_what_is_filtered_away_shows_it(folded):
    folded.choose("search", "moran")
    folded.run("location.hash = '#did_baseline'")
    folded.wait("return document.getElementById('did_baseline').offsetParent !== null")
    assert folded.run("return document.getElementById('search').value") == ""
    top = "document.getElementById('did_baseline').getBoundingClientRect().top"
    folded.wait(f"return 0 <= {top} && {top} < 100")


def test_a_link_into_a_folded_table_opens_it(folded):
    state = "return document.querySelector('#spatial_models details').open"
    assert folded.run(state) is False
    folded.run("location.hash = '#table-spatial_models'")
    folded.wait(state)
