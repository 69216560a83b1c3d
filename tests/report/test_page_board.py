"""The head of the report and its claims board."""

from pilotzone.catalogue.words import ENGLISH
from pilotzone.claims import evidence, studies
from pilotzone.report import board
from pilotzone.tables.style import Style


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
    table = page.by_id("claims-board")
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
