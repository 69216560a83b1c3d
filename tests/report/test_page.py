"""The report as a document: size, links, headings, languages."""

import itertools
import re
import shutil
from types import SimpleNamespace

import pytest

from pilotzone import exhibits, report, tables
from pilotzone.errors import UserError
from pilotzone.exhibits import main
from pilotzone.report import parts, words
from pilotzone.report.article import article

# What issue 19 asks of either page.
LARGEST = 2_000_000
# What holds text without markup, and data that no reader sees.
UNMARKED = ("option", "script")
CHINESE = re.compile(r"[\u3400-\u9fff]")


def test_both_pages_are_small_enough_to_send(text, chinese):
    for page in (text, chinese):
        assert len(page.encode()) < LARGEST


@pytest.mark.slow
def test_the_same_files_give_the_same_bytes_anywhere(
    root, text, chinese, tmp_path, monkeypatch, capsys, load_script, committed_table
):
    for name in ("estimates", "figures", "tables"):
        shutil.copytree(root / "output" / name, tmp_path / "output" / name)
    monkeypatch.chdir(tmp_path)
    made = tables.build

    def build(exhibit_id, exhibit, folder, style):
        # Words do not hang on a place: the tables in one language are made anew.
        if style.lexicon.english:
            return made(exhibit_id, exhibit, folder, style)
        return committed_table(exhibit_id, "zh")

    monkeypatch.setattr(parts, "tables", SimpleNamespace(build=build))
    render = load_script("code/render.py")
    render.write_report(tmp_path / "output")
    for name, wanted in zip(report.NAMES.values(), (text, chinese), strict=True):
        assert (tmp_path / "output" / name).read_text(encoding="utf-8") == wanted
    assert capsys.readouterr().out.startswith("report: ")
    (tmp_path / "output" / report.NAME).unlink()
    (tmp_path / "output/figures/event_study.png").unlink()
    render.write_report(tmp_path / "output")
    assert not (tmp_path / "output" / report.NAME).exists()
    assert capsys.readouterr().out == "report: not written, still missing: event_study\n"


def test_what_is_missing_is_named(output, shown, tmp_path):
    assert report.missing(output) == []
    wanted = list(exhibits.paths())
    assert sorted(report.missing(tmp_path)) == sorted(wanted)
    assert article(shown["rollout"], tmp_path, (), {}).startswith("<article")
    with pytest.raises(UserError, match=r"event_study.png: not there"):
        article(shown["event_study"], tmp_path, (), {})


def test_nothing_is_loaded_from_elsewhere(page):
    for node in page.all():
        source = node.attributes.get("src", "data:")
        assert source.startswith("data:image/webp;base64,") or source == "data:"
        assert node.tag not in ("link", "iframe", "object", "embed")
        # A link that a reader may follow is no request.
        target = node.attributes.get("href", "").removeprefix("https://doi.org/10.")
        assert "//" not in target
    style = next(page.all("style")).text
    script = "".join(node.text for node in page.all("script"))
    assert "url(" not in style + script
    assert "@import" not in style
    assert not re.search(r"fetch|XMLHttpRequest|import\(|http", script)


def test_ids_are_unique_and_links_lead_somewhere(page, output):
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    targets = {node.attributes["href"] for node in page.all("a")}
    inner = {target for target in targets if target.startswith("#")}
    assert len(inner) > len(exhibits.paths())
    assert {target[1:] for target in inner} <= set(ids)
    beside = {t for t in targets - inner if not t.startswith("https://doi.org/10.")}
    # The other page is written with this one, and is not in git.
    assert not [t for t in beside - {"report.zh.html"} if not (output / t).exists()]
    assert "https://doi.org/10.12677/ecl.2025.14103285" in targets - beside


def test_what_labels_and_names_point_to_exists(page):
    ids = {node.attributes.get("id") for node in page.all()}
    for node in page.all():
        for name in ("for", "aria-labelledby"):
            assert node.attributes.get(name) in ids | {None}
    labelled = {node.attributes["for"] for node in page.all("label")}
    fields = [*page.all("input"), *page.all("select")]
    assert {field.attributes["id"] for field in fields} == labelled
    assert page.by_id("count").attributes["aria-live"] == "polite"


def test_headings_are_in_order(page):
    levels = [int(n.tag[1]) for n in page.all() if re.fullmatch(r"h[1-6]", n.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in itertools.pairwise(levels))
    assert levels.count(3) == len(exhibits.paths())


def test_chinese_is_marked_as_such(page):
    assert next(page.all("html")).attributes["lang"] == "en"

    def strays(node, language):
        language = node.attributes.get("lang", language)
        for child in node.children:
            if not isinstance(child, str):
                yield from strays(child, language)
            elif CHINESE.search(child) and language != "zh-CN" and node.tag not in UNMARKED:
                yield child

    assert list(strays(page, None)) == []
    marked = [n for n in page.all() if n.attributes.get("lang") == "zh-CN"]
    assert len([n for n in marked if n.has("class", "other")]) == len(exhibits.paths()) + 1
    assert all(CHINESE.search(n.text) or n.tag == "span" for n in marked)


def test_the_page_can_be_read_without_scripts(page):
    hidden = [node for node in page.all() if "hidden" in node.attributes]
    assert [node.tag for node in hidden] == ["form"]
    assert not any(node.tag == "button" for node in page.all("table"))


def test_the_chinese_page_has_the_same_exhibits_in_chinese(chinese_page, articles):
    page = chinese_page
    assert next(page.all("html")).attributes["lang"] == "zh-CN"
    found = {node.attributes["id"]: node for node in page.all("article")}
    assert list(found) == list(articles)
    for exhibit_id, node in found.items():
        exhibit = exhibits.load(exhibit_id)
        assert next(node.all("h3")).text == exhibit.title_zh
        table = next(node.all("table"))
        assert table.attributes["data-exhibit"] == exhibit_id
        assert next(table.all("caption")).text.endswith(exhibit.title_zh)
    links = [node for node in page.all("a") if node.attributes.get("id") == "other"]
    assert [node.attributes["href"] for node in links] == [report.NAME]


def test_both_pages_print_the_same_numbers(chinese_page, page):
    numbers = re.compile(r"\d+\.\d+")

    def cells(root):
        return {
            table.attributes["data-exhibit"]: [
                numbers.findall(cell.text) for cell in table.all("td")
            ]
            for table in root.all("table")
            if "data-exhibit" in table.attributes
        }

    assert cells(chinese_page) == cells(page)


def test_verdicts_and_main_exhibits_come_first_and_the_rest_is_folded(page, articles):
    heads = [node.attributes["id"] for node in page.all("h2")]
    assert heads[:2] == ["board", "main-exhibits"]
    for exhibit_id, node in articles.items():
        folded = any(a.has("class", "group") for a in node.ancestors if a.tag == "details")
        assert folded == (exhibit_id not in (*main.TABLES, *main.FIGURES))
        seen = [f for f in node.all("figure") if f.parent is node]
        assert len(seen) == (exhibit_id in main.FIGURES)
    assert not any("open" in node.attributes for node in page.all("details"))


def test_a_packed_table_is_linked_until_it_is_unfolded(text):
    boxes = text.count('data-packed="')
    assert boxes > 10
    linked = re.findall(r'data-packed="[^"]+"><p>Without scripts: <a href="tables/(\w+)\.md"', text)
    assert len(linked) == boxes
    assert not set(linked) & set(main.TABLES)


def test_provinces_and_trends_are_found_under_their_other_names():
    groups = words.synonyms()
    assert ("guangdong", "广东") in groups
    trends = next(group for group in groups if "parallel trend" in group)
    assert {"pre trend", "lead", "平行趋势"} <= set(trends)
    assert all(len(group) == len(set(group)) > 1 for group in groups)
