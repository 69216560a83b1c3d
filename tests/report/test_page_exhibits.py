"""The exhibits of the report: every one, every cell, figures, specifications, files."""

import base64
import io

from PIL import Image, ImageChops, ImageStat

from pilotzone import exhibits, plots
from pilotzone.exhibits import main
from pilotzone.report import board, parts, sources
from pilotzone.report.article import LONG
from pilotzone.report.pictures import COLOURS

# Mean distance of a channel, of 255, between a figure and its copy of few colours: paper stays
# paper, and what smooths the edges of lines moves by a few steps.
DARKENED = 3.0


def test_every_exhibit_stands_once_in_the_order_of_the_argument(page, articles):
    first = [*main.FIGURES, *main.TABLES]
    rest = [exhibit_id for exhibit_id in parts.in_order() if exhibit_id not in first]
    assert list(articles) == first + rest
    assert sorted(articles) == sorted(exhibits.paths())
    groups = [articles[exhibit_id].attributes["data-group"] for exhibit_id in rest]
    assert groups == sorted(groups, key=exhibits.GROUPS.index)
    assert set(parts.ARGUMENT) <= set(exhibits.paths())
    entries = [n.attributes["data-for"] for n in page.all("li") if "data-for" in n.attributes]
    assert entries == list(parts.in_order())


def test_every_table_prints_the_cells_of_its_grid(page, shown):
    made = {
        n.attributes["data-exhibit"]: n for n in page.all("table") if "data-exhibit" in n.attributes
    }
    assert sorted(made) == sorted(exhibits.paths())
    for exhibit_id, table in made.items():
        wanted, found = shown[exhibit_id].grid.lines(), table.rows()
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
        # The exhibit itself is folded.
        assert len(list(node.all("details"))) == 1 + long, exhibit_id


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
        exhibit = exhibits.load(exhibit_id)
        figure, pictures = exhibit.figure, list(node.all("img"))
        assert len(pictures) == exhibits.drawn(exhibit_id, exhibit, output / "estimates")
        for picture in pictures:
            drawn = Image.open(output / f"figures/{exhibit_id}.png").convert("RGB")
            content = base64.b64decode(picture.attributes["src"].partition(",")[2])
            embedded = Image.open(io.BytesIO(content)).convert("RGB")
            assert embedded.size == drawn.size
            off = ImageStat.Stat(ImageChops.difference(embedded, drawn)).mean
            assert max(off) < DARKENED, exhibit_id
            assert len(embedded.getcolors(COLOURS + 1)) <= COLOURS
            opens = picture.parent.attributes["href"]
            assert opens == f"figures/{exhibit_id}.png"
            assert picture.attributes["alt"].startswith(f"{figure.title}. ")
            assert len(picture.attributes["alt"]) > len(figure.title) + 20
            (shown,) = node.all("figcaption")
            title, notes = plots.caption(output / f"figures/{exhibit_id}.png")
            assert notes
            for said in (title, *notes):
                assert " ".join(said.split()) in " ".join(shown.text.split())


def test_the_specification_is_that_of_the_model_rows(articles):
    said = articles["did_baseline"].specification()
    assert said["Outcome"] == "NQP index; NQP index without e-commerce"
    assert said["Sample"] == "30 provinces without Tibet, 2013-2022"
    assert said["Fixed effects"] == "Unit and year effects"
    assert said["Observations"] == "300 rows, 30 units, 2013-2022"
    assert said["Columns"] == "8"
    assert "clustered by province (CRV1, G = 30)" in said["Standard errors"].replace("C", "c", 1)
    assert said["Controls"].startswith("None; Baseline (Secondary industry over GDP, ")
    assert articles["event_study"].specification()["Columns"] == "12, of which 2 not identified"
    assert "t(G−1) = t(29)" in articles["inference"].specification()["Standard errors"]
    assert "Spatial weights" not in said
    assert articles["spatial_baseline"].specification()["Spatial weights"] == "Contiguity"


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
    listed = page.by_id("source-list").rows()[1:]
    names = {
        path.relative_to(root / "data/raw").as_posix() for path in root.glob("data/raw/**/*.csv")
    }
    assert {row[0] for row in listed} == names
    assert sources.anchor("policies/big_data_zones.csv") == "source-policies-big_data_zones"
