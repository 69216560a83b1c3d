"""The claims board: a line for each claim, and which exhibits bear on it."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import ENGLISH
from pilotzone.claims import studies
from pilotzone.claims.facts import Verdict
from pilotzone.claims.testable import MULTIVERSES
from pilotzone.report.markup import frame, search_words, text, verdict
from pilotzone.report.parts import BOARD
from pilotzone.tables.claims import decided, doubts
from pilotzone.tables.style import Style

HEADINGS = (
    *("Study", "Claim", "Own design", "Evidence", "Decided by", "Estimate", "95 % interval"),
    *("Holm p", "Detectable", "Data"),
)
STYLE = Style(show="nostars")
ORDER = tuple(Verdict)


@dataclasses.dataclass(frozen=True)
class Bearing:
    """A claim that an exhibit bears on: its place on the board, and by what it bears on it."""

    study: int
    claim: int
    text: str
    text_zh: str
    verdict: str
    use: str

    @property
    def anchor(self) -> str:
        """The line of the board."""
        return f"claim-{self.study}-{self.claim}"


def bearings(board: pd.DataFrame) -> dict[str, list[Bearing]]:
    """Return, for each exhibit, the claims that it judges or shows something on."""
    lines = {(row.study, row.number): row for row in board.itertuples()}
    found: dict[str, list[Bearing]] = {}
    for claim in studies.claims():
        row = lines[claim.study, claim.number]
        told = (row.study, row.number, row.claim, row.claim_zh, row.evidence)
        for exhibit, use in _uses(claim, row):
            found.setdefault(exhibit, []).append(Bearing(*told, use))
    return found


def _uses(claim: studies.Claim, row: object) -> Iterator[tuple[str, str]]:
    uses = {column.exhibit: "shown beside" for column in claim.own}
    uses |= dict.fromkeys(claim.shown, "shows")
    uses |= {name: "all specifications" for name in row.shown.split() if name in MULTIVERSES}
    if row.own_exhibit:
        uses[row.own_exhibit] = "own design"
    if row.exhibit:
        uses[row.exhibit] = "evidence"
    yield from uses.items()


def section(board: pd.DataFrame, authors: Mapping[int, str], articles: Sequence[str]) -> str:
    """Return the board, and the exhibits of its group below it."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    rows = "\n".join(_row(row, authors[row.study]) for row in board.itertuples())
    return (
        '<section aria-labelledby="board" data-group="claims"><h2 id="board">Claims board</h2>\n'
        "<p>A claim is a sign on a unit and a design. Own design: what the study's kind of design "
        "gives on these figures. Evidence: what is left net of trends, with the vetoes that it "
        f'passed. Rules: <a href="#{BOARD}">{BOARD}</a>, notes.</p>\n'
        f"{frame('Claims board, scrolls')}"
        '<table id="claims-board" data-sortable><caption>Claims of the reviewed studies: own '
        f"design, evidence, estimate</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n"
        "</tbody></table></div>\n" + "\n".join(articles) + "</section>"
    )


def _row(row: object, author: str) -> str:
    cells = (
        f"<td>{text(author)}</td>",
        f'<th scope="row">{_linked(row, text(row.claim))}</th>',
        f"<td>{text(ENGLISH.word(row.own_design, phrasebook.OWN_DESIGNS))}</td>",
        f'<td data-value="{ORDER.index(row.evidence)}">{verdict(row.evidence)}</td>',
        f"<td>{text(decided(row, ENGLISH))}</td>",
        f"<td>{STYLE.number(row.estimate)}</td>",
        f"<td>{STYLE.interval(row.ci_low, row.ci_high)}</td>",
        f"<td>{text(STYLE.small_p(row.p_holm))}</td>",
        f"<td>{STYLE.number(row.detectable_effect)}</td>",
        f"<td>{text(doubts(row.caveat, ENGLISH))}</td>",
    )
    words = f"{author} {row.claim} {row.claim_zh} {row.exhibit} {row.own_exhibit} {row.evidence}"
    return (
        f'<tr id="claim-{row.study}-{row.number}" data-studies="{row.study}" '
        f'data-verdict="{Verdict(row.evidence).name.lower()}" '
        f'data-search="{search_words(words)}">{"".join(cells)}</tr>'
    )


def _linked(row: object, claim: str) -> str:
    target = row.exhibit or row.own_exhibit
    cell = f'<a href="#{target}">{claim}</a>' if target else claim
    every = [name for name in row.shown.split() if name in MULTIVERSES]
    return cell + "".join(f' (<a href="#{name}">all specifications</a>)' for name in every)
