"""The head of the report and its claims board."""

from pilotzone import exhibits
from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import ENGLISH
from pilotzone.claims.testable import MULTIVERSES
from pilotzone.report import board
from pilotzone.tables.claims import decided, doubts, signs
from pilotzone.tables.style import Style


def test_the_head_counts_the_verdicts(page, findings):
    tiles = next(node for node in page.all("ul") if node.has("class", "verdicts"))
    printed = {
        next(t for t in tile.all("span") if t.has("class", "verdict")).text: next(
            tile.all("strong")
        ).text
        for tile in tiles.all("li")
    }
    counts = findings.drop_duplicates(["claim", "column"])["evidence"].value_counts()
    assert {k.split(" ", 1)[1]: int(v) for k, v in printed.items()} == counts.to_dict()
    marks = [name.split(" ", 1)[0] for name in printed]
    assert len(marks) == len(set(marks))


def test_the_board_prints_every_claim_as_estimated(page, findings):
    table = page.by_id("claims-board")
    lines = {row.attributes["id"]: row for row in table.all("tr") if "id" in row.attributes}
    assert list(lines) == [f"claim-{r.study}-{r.number}" for r in findings.itertuples()]
    style = Style(show="nostars")
    for row in findings.itertuples():
        line = lines[f"claim-{row.study}-{row.number}"]
        cells = [cell.text for cell in line.children]
        assert cells[0].startswith(f"[{row.study}] ")
        every = [name for name in row.shown.split() if name in MULTIVERSES]
        assert cells[1] == row.claim + " (all specifications)" * len(every)
        assert cells[2] == ENGLISH.word(row.own_design, phrasebook.OWN_DESIGNS)
        assert cells[3].endswith(row.evidence + signs(row.forms))
        assert cells[4] == decided(row, ENGLISH)
        assert cells[5:7] == [style.number(row.estimate), style.interval(row.ci_low, row.ci_high)]
        assert cells[7:9] == [style.small_p(row.p_holm), style.number(row.detectable_effect)]
        assert cells[9] == doubts(row.caveat, ENGLISH)
        target = row.exhibit or row.own_exhibit
        links = [link.attributes["href"] for link in line.all("a")]
        assert links == [f"#{name}" for name in [target, *every] if name]


def test_the_board_can_be_filtered_by_verdict(page, findings):
    options = [n.attributes["value"] for n in page.by_id("filter-verdict").all("option")]
    lines = [n for n in page.by_id("claims-board").all("tr") if "data-verdict" in n.attributes]
    assert len(lines) == len(findings)
    assert {line.attributes["data-verdict"] for line in lines} <= set(options)


def test_an_exhibit_bears_on_a_claim_if_it_judges_it_or_is_shown(findings):
    found = board.bearings(findings)
    uses = {(b.study, b.claim, exhibit): b.use for exhibit, bs in found.items() for b in bs}
    for row in findings.itertuples():
        if row.exhibit:
            assert uses[row.study, row.number, row.exhibit] == "evidence"
        if row.own_exhibit:
            assert uses[row.study, row.number, row.own_exhibit] == "own design"
        # What a reader's own panel would settle stands on no page.
        for shown in set(row.shown.split()) & set(exhibits.paths()):
            use = "all specifications" if shown in MULTIVERSES else "shows"
            assert uses[row.study, row.number, shown] == use
