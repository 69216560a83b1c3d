"""Tables for a page: structure, headings that say what they head, and texts that stay texts."""

import re
from html.parser import HTMLParser

import pytest

from pilotzone.tables import web
from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Heading, Panel, Row, single, spanned

VOID = {"meta"}
HOSTILE = """<script>alert("x")</script> & 'y' <b> </td>"""


class Tree(HTMLParser):
    """Read a page as nested (tag, attributes, children), refusing what is not well-formed."""

    def __init__(self, text):
        super().__init__()
        self.root = ("root", {}, [])
        self.path = [self.root]
        self.feed(text)
        self.close()
        assert len(self.path) == 1, "an element is not closed"

    def handle_starttag(self, tag, attrs):
        node = (tag, dict(attrs), [])
        assert len(node[1]) == len(attrs), f"<{tag}> repeats an attribute"
        self.path[-1][2].append(node)
        if tag not in VOID:
            self.path.append(node)

    def handle_endtag(self, tag):
        assert self.path.pop()[0] == tag

    def handle_data(self, data):
        self.path[-1][2].append(data)


def find(node, tag):
    """Return all elements of a tag, in order."""
    found = []
    for child in node[2]:
        if not isinstance(child, str):
            found += [child] if child[0] == tag else []
            found += find(child, tag)
    return found


def text(node):
    return "".join(child if isinstance(child, str) else text(child) for child in node[2])


def every(node):
    yield node
    for child in node[2]:
        if not isinstance(child, str):
            yield from every(child)


@pytest.fixture
def table():
    panels = (
        Panel(
            (
                Row("a", ("0.1***", "−2.0"), term="x"),
                Row("", ("(0.2)", ""), kind=ERROR, term="x"),
                Row("b", ("", "1"), term="W:y"),
            )
        ),
        Panel((Row("c", ("1.0×10⁻⁷", ""), term="z"),), "Title", (single("", ("left", "right")),)),
    )
    header = (spanned("Outcome", ("index", "index")), single("", ("(1)", "(2)")))
    footer = (Row("N", ("3", "4"), term="nobs"),)
    return Grid("made_up", "Made up", "en", header, panels, footer, ("One.", "Two."))


@pytest.fixture
def tree(table):
    return Tree(web.render(table)).root


def test_parts_stand_in_their_order(tree):
    (element,) = find(tree, "table")
    parts = [child[0] for child in element[2] if not isinstance(child, str)]
    assert parts == ["caption", "thead", "tbody", "tbody", "tfoot"]
    assert [len(find(part, "tr")) for part in element[2] if not isinstance(part, str)] == [
        0,
        2,
        3,
        3,
        1,
    ]
    assert text(find(element, "caption")[0]) == "Table made_up. Made up"
    (notes,) = find(tree, "p")
    assert notes[1] == {"class": "notes"}
    assert text(notes) == "Notes: One. Two."


def test_headings_say_what_they_head(tree):
    head, _, second = (
        find(tree, tag)[-1 if tag == "tbody" else 0] for tag in ("thead", "tfoot", "tbody")
    )
    scopes = [(h[1]["scope"], text(h), h[1].get("colspan")) for h in find(head, "th")]
    assert scopes == [
        ("col", "Outcome", None),
        ("colgroup", "index", "2"),
        ("col", "(1)", None),
        ("col", "(2)", None),
    ]
    rows = find(second, "tr")
    assert [(h[1]["scope"], h[1]["colspan"], text(h)) for h in find(rows[0], "th")] == [
        ("rowgroup", "3", "Title")
    ]
    assert [h[1]["scope"] for h in find(rows[1], "th")] == ["col", "col"]
    assert [(h[1]["scope"], text(h)) for h in find(rows[2], "th")] == [("row", "c")]
    # An empty heading would be read out as a heading of nothing.
    assert all(text(h) for h in find(tree, "th"))


def test_a_label_heads_its_estimate_and_the_brackets(tree):
    rows = find(find(tree, "tbody")[0], "tr")
    assert [h[1].get("rowspan") for row in rows for h in find(row, "th")] == ["2", None]
    assert [[text(d) for d in find(row, "td")] for row in rows] == [
        ["0.1***", "−2.0"],
        ["(0.2)", ""],
        ["", "1"],
    ]
    assert [row[1].get("data-term") for row in rows] == ["x", "x", "W:y"]
    assert [row[1].get("class") for row in rows] == [None, "error", None]
    assert find(find(tree, "tfoot")[0], "tr")[0][1] == {"data-term": "nobs"}


def test_every_row_fills_all_columns(tree):
    open_rows = 0
    for row in find(tree, "tr"):
        cells = [c for c in row[2] if not isinstance(c, str)]
        assert sum(int(c[1].get("colspan", 1)) for c in cells) + bool(open_rows) == 3
        below = max(int(c[1].get("rowspan", 1)) for c in cells) - 1
        open_rows = max(open_rows - 1, 0) + below


def test_a_fragment_has_no_style_and_no_script_of_its_own(tree):
    for tag, attributes, _ in every(tree):
        assert tag not in ("style", "script", "link", "img", "iframe")
        assert set(attributes) <= {
            *("class", "id", "lang", "scope", "colspan", "rowspan", "data-term", "data-exhibit"),
        }


def test_every_text_is_escaped():
    panel = Panel(
        (Row(HOSTILE, (HOSTILE,), term=HOSTILE),), HOSTILE, (single(HOSTILE, (HOSTILE,)),)
    )
    header = (HeaderRow(HOSTILE, (Heading(HOSTILE),)),)
    footer = (Row(HOSTILE, (HOSTILE,), term=HOSTILE),)
    grid = Grid(HOSTILE, HOSTILE, "en", header, (panel,), footer, (HOSTILE,))
    for page in (web.render(grid), web.page([web.render(grid)], HOSTILE, "en")):
        tree = Tree(page).root
        assert not find(tree, "script")
        assert not find(tree, "b")
        cells = [*find(tree, "td"), *find(tree, "th")]
        assert len(cells) == 9
        assert all(text(cell) == HOSTILE for cell in cells)
        assert [row[1]["data-term"] for row in find(tree, "tr") if "data-term" in row[1]] == [
            HOSTILE,
            HOSTILE,
        ]


def test_nothing_stands_below_a_table_without_footer():
    grid = Grid("x", "t", "en", (single("", ("(1)",)),), (Panel((Row("a", ("1",)),)),))
    assert not find(Tree(web.render(grid)).root, "tfoot")


def test_columns_without_brackets_are_flush(table):
    grid = Grid("x", "t", "en", (single("", ("(1)",)),), (Panel((Row("a", ("1",)),)),))
    assert find(Tree(web.render(grid)).root, "table")[0][1]["class"] == "flush"
    assert find(Tree(web.render(table)).root, "table")[0][1]["class"] == "centred"


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-CN")])
def test_a_page_holds_the_fragments_and_says_its_language(table, language, tag):
    fragment = web.render(table)
    page = web.page([fragment, fragment.replace("made_up", "other")], "Two & more", language)
    assert page.startswith("<!DOCTYPE html>\n")
    assert page.count(fragment) == 1
    tree = Tree(page).root
    (html,) = find(tree, "html")
    assert html[1] == {"lang": tag}
    assert text(find(tree, "title")[0]) == "Two & more"
    assert [d[1]["id"] for d in find(tree, "div") if "id" in d[1]] == [
        "table-made_up",
        "table-other",
    ]
    assert find(tree, "meta")[0][1] == {"charset": "utf-8"}


def test_the_style_sheet_knows_every_class_that_rules_need(table):
    classes = set(re.findall(r'class="([^"]*)"', web.render(table)))
    names = {name for group in classes for name in group.split()}
    styled = set(re.findall(r"\.([a-z]+)", web.STYLESHEET))
    assert {"exhibit", "scroll", "centred", "label", "span", "panel", "subhead", "last"} <= styled
    assert names <= styled | {"error"}
