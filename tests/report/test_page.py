"""The report as a document: size, links, headings, languages."""

import importlib.util
import itertools
import re
import shutil

import pytest

from pilotzone import exhibits, report
from pilotzone.errors import UserError
from pilotzone.report.article import article

LARGEST = 5_000_000
CHINESE = re.compile(r"[\u3400-\u9fff]")


def test_the_page_is_small_enough_to_send(text):
    assert len(text.encode()) < LARGEST


@pytest.mark.slow
def test_the_same_files_give_the_same_bytes_anywhere(root, text, tmp_path, monkeypatch, capsys):
    for name in ("estimates", "figures", "tables"):
        shutil.copytree(root / "output" / name, tmp_path / "output" / name)
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("render_script", root / "code/render.py")
    render = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(render)
    render.write_report(tmp_path / "output")
    assert (tmp_path / "output" / report.NAME).read_text(encoding="utf-8") == text
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
        assert source.startswith("data:image/png;base64,") or source == "data:"
        assert node.tag not in ("link", "iframe", "object", "embed")
        assert "//" not in node.attributes.get("href", "")
    style, script = (next(page.all(tag)).text for tag in ("style", "script"))
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
    absent = [t for t in targets - inner if not (output / t).exists()]
    assert not absent


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
            elif CHINESE.search(child) and language != "zh-CN" and node.tag != "option":
                yield child

    assert list(strays(page, None)) == []
    marked = [n for n in page.all() if n.attributes.get("lang") == "zh-CN"]
    assert len([n for n in marked if n.has("class", "chinese")]) == len(exhibits.paths()) + 1
    assert all(CHINESE.search(n.text) or n.tag == "span" for n in marked)


def test_the_page_can_be_read_without_scripts(page):
    hidden = [node for node in page.all() if "hidden" in node.attributes]
    assert [node.tag for node in hidden] == ["form"]
    assert not any(node.tag == "button" for node in page.all("table"))
