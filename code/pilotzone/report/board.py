"""The claims board: a line for each claim, and which exhibits bear on it."""

import dataclasses
from collections.abc import Iterator, Mapping
from html import escape

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.claims import studies
from pilotzone.claims.facts import Verdict
from pilotzone.claims.testable import MULTIVERSES
from pilotzone.report.markup import doi, frame, search_words, text, verdict
from pilotzone.report.parts import BOARD
from pilotzone.report.words import PAGE
from pilotzone.tables.claims import decided, doubts, signs
from pilotzone.tables.style import Style

HEADINGS = (
    *("study", "claim", "own", "evidence", "decided", "estimate", "interval", "holm"),
    *("detectable", "data"),
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


def section(
    board: pd.DataFrame,
    authors: Mapping[int, str],
    dois: Mapping[int, str],
    lexicon: Lexicon = ENGLISH,
) -> str:
    """Return the board."""
    word = lexicon.of(PAGE)
    head = "".join(f'<th scope="col">{word(f"head_{name}")}</th>' for name in HEADINGS)
    rows = "\n".join(
        _row(row, authors[row.study], dois[row.study], lexicon) for row in board.itertuples()
    )
    said = word("board_said").format(rules=f'<a href="#{BOARD}">{BOARD}</a>')
    return (
        '<section aria-labelledby="board" data-group="claims">'
        f'<h2 id="board">{word("board")}</h2>\n<p>{said}</p>\n'
        f"{frame(word('scrolls').format(name=word('board')))}"
        f'<table id="claims-board" data-sortable><caption>{word("board_caption")}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div></section>"
    )


def _row(row: object, author: str, source: str, lexicon: Lexicon) -> str:
    claim = lexicon.pick((row.claim, row.claim_zh))
    cells = (
        f'<td><span class="study" title="{escape(author)}">{text(author)}</span>'
        f"{f' {doi(source)}' if source else ''}</td>",
        f'<th scope="row">{_linked(row, text(claim), lexicon)}</th>',
        f"<td>{text(lexicon.word(row.own_design, phrasebook.OWN_DESIGNS))}</td>",
        f'<td data-value="{ORDER.index(row.evidence)}">{_evidence(row, lexicon)}</td>',
        f"<td>{text(decided(row, lexicon))}</td>",
        f"<td>{STYLE.number(row.estimate)}</td>",
        f"<td>{STYLE.interval(row.ci_low, row.ci_high)}</td>",
        f"<td>{text(STYLE.small_p(row.p_holm))}</td>",
        f"<td>{STYLE.number(row.detectable_effect)}</td>",
        f"<td>{text(doubts(row.caveat, lexicon))}</td>",
    )
    words = f"{author} {row.claim} {row.claim_zh} {row.exhibit} {row.own_exhibit} {row.evidence}"
    return (
        f'<tr id="claim-{row.study}-{row.number}" data-studies="{row.study}" '
        f'data-verdict="{Verdict(row.evidence).name.lower()}" '
        f'data-search="{search_words(words)}">{"".join(cells)}</tr>'
    )


def _evidence(row: object, lexicon: Lexicon) -> str:
    """Return the verdict, and under it the signs by form."""
    signed = f'<br><span class="signs">{text(signs(row.forms))}</span>' if row.forms else ""
    return verdict(row.evidence, lexicon) + signed


def _linked(row: object, claim: str, lexicon: Lexicon) -> str:
    target = row.exhibit or row.own_exhibit
    cell = f'<a href="#{target}">{claim}</a>' if target else claim
    every = [name for name in row.shown.split() if name in MULTIVERSES]
    said = lexicon.word("every", PAGE)
    return cell + "".join(f' (<a href="#{name}">{said}</a>)' for name in every)
