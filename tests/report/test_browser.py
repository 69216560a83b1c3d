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
    folded.run(
        "for (const box of document.querySelectorAll('article:not([hidden]) > details'))"
        " box.open = true"
    )
    roles = {"link", "button", "searchbox", "combobox", "table", "region", "image", "article"}
    folded.devtools("Accessibility.enable")
    nodes = folded.devtools("Accessibility.getFullAXTree")["nodes"]
    folded.devtools("Accessibility.disable")
    seen = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert {node["role"]["value"] for node in seen} == roles
    unnamed = [node for node in seen if not node.get("name", {}).get("value", "").strip()]
    assert unnamed == []


def test_the_search_leaves_what_holds_all_words(folded):
    folded.choose("search", "Moran")
    found = folded.shown()
    assert "moran" in found
    assert len(found) < len(exhibits.paths()) / 2
    count = folded.run("return document.getElementById('count').textContent")
    assert count.startswith(f"{len(found)} of {len(exhibits.paths())} exhibits, ")
    assert folded.run("return document.getElementById('moran').checkVisibility()")
    assert len(folded.shown("nav [data-for]")) == len(found)
    folded.choose("search", "CITY  Placebo")
    assert "city_placebo" in folded.shown()
    folded.choose("search", "空间杜宾")
    assert "spatial_baseline" in folded.shown()
    folded.choose("search", "")
    assert not folded.run("return document.getElementById('moran').checkVisibility()")


def test_one_thing_is_found_under_all_its_names(folded):
    def found(asked):
        folded.choose("search", asked)
        folded.wait("return document.getElementById('finder').dataset.read === 'all'")
        return folded.shown()

    trends = found("pre-trend")
    assert "event_study" in trends
    assert found("parallel trends") == found("lead") == found("平行趋势") == trends
    assert found("Guangdong") == found("广东")
    assert 0 < len(found("广东")) < len(exhibits.paths())


def test_nothing_found_is_said(folded):
    folded.choose("search", "no such thing anywhere")
    folded.wait("return document.getElementById('nothing').textContent.startsWith('Nothing found')")
    assert folded.shown() == []


def test_what_is_looked_for_stands_in_the_address(folded, address):
    folded.choose("search", "placebo")
    folded.choose("filter-group", "city")
    here = folded.run("return location.search")
    assert here == "?q=placebo&group=city"
    assert folded.run("return document.getElementById('other').search") == here
    left = folded.shown()
    folded.open(address + here)
    folded.wait("return document.getElementById('search').value === 'placebo'")
    assert folded.shown() == left
    folded.open(address + "?group=nowhere")
    assert len(folded.shown()) == len(exhibits.paths())


def test_a_figure_opens_in_full_size_over_the_page(folded):
    folded.resize(390)
    folded.run("document.querySelector('#figure-event_study a').click()")
    widths = folded.run(
        "const i = document.querySelector('dialog img'); return [i.width, i.naturalWidth]"
    )
    assert widths[0] == widths[1] > 390
    folded.run("document.querySelector('dialog button').click()")
    assert folded.run("return document.querySelector('dialog').open") is False


def test_at_most_five_screens_until_something_is_unfolded(fresh):
    assert fresh.run("return document.documentElement.scrollHeight") <= 5 * 900


def test_a_long_table_is_unpacked_when_it_is_unfolded(folded):
    folded.run("location.hash = '#table-spatial_models'")
    folded.wait("return document.querySelectorAll('#table-spatial_models tbody tr').length > 100")
    assert folded.run("return document.querySelectorAll('#table-spatial_models').length") == 1


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
    folded.run("document.querySelector('#finder button[type=reset]').click()")
    assert folded.shown() == everything


def test_a_link_to_what_is_filtered_away_shows_it(folded):
    folded.choose("search", "moran")
    folded.run("location.hash = '#did_baseline'")
    folded.wait("return document.getElementById('did_baseline').offsetParent !== null")
    assert folded.run("return document.getElementById('search').value") == ""
    top = "document.getElementById('did_baseline').getBoundingClientRect().top"
    folded.wait(f"return 0 <= {top} && {top} < 100")


def test_a_link_into_a_folded_table_opens_it(folded):
    state = "return document.querySelector('#inference details').open"
    assert folded.run(state) is False
    folded.run("location.hash = '#table-inference'")
    folded.wait(state)
