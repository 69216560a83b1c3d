"""The report as a document: every exhibit, every cell, links, headings, languages, size."""

import base64
import importlib.util
import itertools
import re
import shutil
from html.parser import HTMLParser

import pytest

from pilotzone import estimates, exhibits, report
from pilotzone.catalogue.words import ENGLISH
from pilotzone.claims import evidence, studies
from pilotzone.errors import UserError
from pilotzone.report import board, parts, sources
from pilotzone.report.article import LONG, article
from pilotzone.tables.style import Style

VOID = {"meta", "link", "img", "input", "br", "hr"}
LARGEST = 5_000_000
CHINESE = re.compile(r"[\u3400-\u9fff]")


class Node:
    """An element with its attributes, its parent, and its children, elements and texts."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def all(self, tag=None):
        for child in self.children:
            if isinstance(child, Node):
                if tag in (None, child.tag):
                    yield child
                yield from child.all(tag)

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


@pytest.fixture(scope="module")
def output(root):
    return root / "output"


@pytest.fixture(scope="module")
def shown(output):
    return {part.id: part for part in parts.read(output)}


@pytest.fixture(scope="module")
def text(output):
    return report.build(output)


@pytest.fixture(scope="module")
def page(text):
    return Reader(text).root


@pytest.fixture(scope="module")
def findings(output):
    return estimates.read(output / "estimates/claims.csv")


@pytest.fixture(scope="module")
def articles(page):
    return {node.attributes["id"]: node for node in page.all("article")}


def by_id(page, name):
    return next(node for node in page.all() if node.attributes.get("id") == name)


def specification(node):
    listed = next(child for child in node.all("dl") if child.has("class", "specification"))
    terms = [child.text for child in listed.all("dt")]
    return dict(zip(terms, [child.text for child in listed.all("dd")], strict=True))


def rows(table):
    """Return the cells of a table as text, spans written out as empty cells."""
    lines, below = [], 0
    for row in table.all("tr"):
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


# --- the whole ----------------------------------------------------------------------------------
def test_the_page_is_small_enough_to_send(text):
    assert len(text.encode()) < LARGEST


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
    assert by_id(page, "count").attributes["aria-live"] == "polite"


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
            if isinstance(child, Node):
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


# --- the board ----------------------------------------------------------------------------------
def test_the_head_counts_the_verdicts(page, findings):
    tiles = next(node for node in page.all("ul") if node.has("class", "verdicts"))
    printed = {
        next(t for t in tile.all("span") if t.has("class", "verdict")).text: next(
            tile.all("strong")
        ).text
        for tile in tiles.all("li")
    }
    counts = findings["verdict"].value_counts()
    assert {k.split(" ", 1)[1]: int(v) for k, v in printed.items()} == counts.to_dict()
    marks = [name.split(" ", 1)[0] for name in printed]
    assert len(marks) == len(set(marks))


def test_the_board_prints_every_claim_as_estimated(page, findings):
    table = by_id(page, "claims-board")
    lines = {row.attributes["id"]: row for row in table.all("tr") if "id" in row.attributes}
    assert list(lines) == [f"claim-{r.study}-{r.claim}" for r in findings.itertuples()]
    style = Style(show="nostars")
    for row in findings.itertuples():
        line = lines[f"claim-{row.study}-{row.claim}"]
        cells = [cell.text for cell in line.children]
        assert cells[0].startswith(f"[{row.study}] ")
        assert cells[1] == row.text
        assert cells[2].endswith(row.verdict)
        assert cells[3:5] == [style.number(row.estimate), style.interval(row.ci_low, row.ci_high)]
        assert cells[7:] == [row.unit, row.design]
        links = [link.attributes["href"] for link in line.all("a")]
        assert links == ([f"#{row.exhibit}"] if row.exhibit else [])


def test_checks_that_were_not_made_are_said_so(page, findings):
    lines = {n.attributes["id"]: n for n in page.all("tr") if "id" in n.attributes}
    for row in findings.itertuples():
        checks = lines[f"claim-{row.study}-{row.claim}"].children[6].text
        assert ("not made" in checks) == bool(row.not_made)
        for name in board.CHECKS:
            was_made = getattr(row, name) == getattr(row, name)
            assert (f"{ENGLISH.word(name)} 0" in checks or f"{ENGLISH.word(name)} <" in checks) == (
                was_made
            )


def test_an_exhibit_bears_on_a_claim_if_it_judges_backs_or_checks_it(findings):
    found = board.bearings(findings)
    uses = {(b.study, b.claim, exhibit): b.use for exhibit, bs in found.items() for b in bs}
    first = findings[findings["exhibit"] != ""].set_index(["study", "claim"])
    for (study, claim), row in first.iterrows():
        assert uses[study, claim, row["exhibit"]] == "headline"
    leads = {key[:2] for key in uses if key[2] == "event_study"}
    made = first[first["lead_p"].notna() & ~first["exhibit"].str.startswith("city_")]
    assert leads == set(made.index)
    assert uses[2, 1, "robustness"] == "robustness"
    assert uses[2, 1, "inference"] == "wild, paths"
    assert uses[2, 5, "spatial_placebo"] == "robustness, matrix"
    assert set(found) <= {e for claim in studies.CLAIMS for e in evidence.reads(claim)}


# --- the exhibits -------------------------------------------------------------------------------
def test_every_exhibit_stands_once_in_the_order_of_the_argument(page, articles):
    assert list(articles) == list(parts.in_order())
    assert sorted(articles) == sorted(exhibits.paths())
    groups = [node.attributes["data-group"] for node in articles.values()]
    assert groups == sorted(groups, key=exhibits.GROUPS.index)
    assert next(iter(articles)) == "claims"
    assert set(parts.ARGUMENT) <= set(exhibits.paths())
    entries = [n.attributes["data-for"] for n in page.all("li") if "data-for" in n.attributes]
    assert entries == list(articles)[1:]


def test_every_table_prints_the_cells_of_its_grid(page, shown):
    made = {
        n.attributes["data-exhibit"]: n for n in page.all("table") if "data-exhibit" in n.attributes
    }
    assert sorted(made) == sorted(exhibits.paths())
    for exhibit_id, table in made.items():
        wanted, found = shown[exhibit_id].grid.lines(), rows(table)
        assert len(found) == len(wanted), exhibit_id
        for line, printed in zip(wanted, found, strict=True):
            # A span prints its text once.
            assert [c if p is None else p for c, p in zip(line, printed, strict=True)] == line


def test_every_table_lies_in_a_frame_that_takes_the_focus(page):
    for table in page.all("table"):
        frame = next(node for node in table.ancestors if node.has("class", "scroll"))
        assert frame.attributes["tabindex"] == "0"
        assert frame.attributes["role"] == "region"
        assert frame.attributes["aria-label"]
        assert next(table.all("caption")).text


def test_long_tables_are_folded(articles, shown):
    for exhibit_id, node in articles.items():
        long = sum(len(panel.rows) for panel in shown[exhibit_id].grid.panels) > LONG
        assert bool(list(node.all("details"))) == (long or exhibit_id == "claims")


def test_only_lines_that_stand_for_themselves_are_sorted(articles):
    def sortable(exhibit_id):
        return any("data-sortable" in t.attributes for t in articles[exhibit_id].all("table"))

    assert sortable("robustness")
    assert sortable("descriptives")
    # An error stands under its estimate; a panel has a heading of its own.
    assert not sortable("did_baseline")
    assert not sortable("index_summary")


def test_figures_are_those_of_the_output_with_a_text_that_stands_for_them(articles, output):
    for exhibit_id, node in articles.items():
        figure = exhibits.load(exhibit_id).figure
        pictures = list(node.all("img"))
        assert len(pictures) == (figure is not None)
        for picture in pictures:
            content = base64.b64decode(picture.attributes["src"].partition(",")[2])
            assert content == (output / f"figures/{exhibit_id}.png").read_bytes()
            assert picture.attributes["alt"].startswith(f"{figure.title}. ")
            assert len(picture.attributes["alt"]) > len(figure.title) + 20


def test_the_specification_is_that_of_the_model_rows(articles):
    said = specification(articles["did_baseline"])
    assert said["Outcome"] == "NQP index; NQP index without e-commerce"
    assert said["Sample"] == "30 provinces without Tibet, 2013-2022"
    assert said["Fixed effects"] == "Unit and year effects"
    assert said["Observations"] == "300 rows, 30 units, 2013-2022"
    assert said["Columns"] == "8"
    assert "clustered by province (CRV1, G = 30)" in said["Standard errors"].replace("C", "c", 1)
    assert said["Controls"].startswith("None; Baseline (Secondary industry over GDP, ")
    assert specification(articles["event_study"])["Columns"] == "10, of which 2 not identified"
    assert "t(G−1) = t(29)" in specification(articles["inference"])["Standard errors"]
    assert "Spatial weights" not in said
    assert specification(articles["spatial_baseline"])["Spatial weights"] == "Contiguity"


def test_articles_carry_what_the_filters_read(articles, findings):
    found = board.bearings(findings)
    for exhibit_id, node in articles.items():
        columns = exhibits.load(exhibit_id).columns
        roles = {column.role for column in columns} or {"descriptive"}
        assert set(node.attributes["data-roles"].split()) == roles
        about = {str(b.study) for b in found.get(exhibit_id, ())}
        if exhibit_id != "claims":
            assert set(node.attributes["data-studies"].split()) == about
        searched = node.attributes["data-search"]
        assert exhibit_id in searched
        for word in exhibits.load(exhibit_id).title.lower().split():
            assert word in searched
    assert "综试区" in articles["did_baseline"].attributes["data-search"]


def test_files_and_data_of_an_exhibit_are_linked(articles):
    def targets(exhibit_id):
        listed = next(n for n in articles[exhibit_id].all("dl") if n.has("class", "files"))
        return {link.attributes["href"] for link in listed.all("a")}

    assert {
        "../code/pilotzone/exhibits/did/robustness.py",
        "estimates/robustness.csv",
        "estimates/robustness.models.csv",
        "tables/robustness.md",
        "figures/robustness.png",
        "#source-province_figures",
        "#source-policies-broadband_china",
    } <= targets("robustness")
    assert "#source-city_figures" not in targets("robustness")
    assert "estimates/city_robustness.csv" not in targets("robustness")
    assert {"#source-city_figures", "#source-city_contiguity"} <= targets("city_spillover")
    assert {"#source-city_figures", "#source-province_figures"} <= targets("sample_flow")


def test_sources_are_all_that_the_data_folder_lists(page, root):
    listed = rows(by_id(page, "source-list"))[1:]
    names = {
        path.relative_to(root / "data/raw").as_posix() for path in root.glob("data/raw/**/*.csv")
    }
    assert {row[0] for row in listed} == names
    assert sources.anchor("policies/big_data_zones.csv") == "source-policies-big_data_zones"
