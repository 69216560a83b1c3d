"""The claims board: a line for each claim, and which exhibits bear on it."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.phrasebook import CHECKS
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.claims import evidence, rules, studies
from pilotzone.report.markup import frame, search_words, text, verdict
from pilotzone.report.parts import BOARD
from pilotzone.tables.style import DASH, Style

HEADINGS = (
    *("Study", "Claim", "Verdict", "Estimate", "95 % interval", "p", "Checks", "Unit", "Design"),
)
STYLE = Style(show="nostars")
# The checks that an exhibit holds for the claims of its panel.
HELD = {
    **dict.fromkeys(evidence.INFERENCE.values(), ("wild_p", "randomisation_p")),
    **dict.fromkeys(evidence.EVENTS.values(), ("lead_p",)),
    **dict.fromkeys(evidence.PLACEBOS.values(), ("placebo_p",)),
}


@dataclasses.dataclass(frozen=True)
class Bearing:
    """A claim that an exhibit bears on: its place on the board, and by what it bears on it."""

    study: int
    claim: int
    text: str
    verdict: str
    use: str

    @property
    def anchor(self) -> str:
        """The line of the board."""
        return f"claim-{self.study}-{self.claim}"


def bearings(board: pd.DataFrame) -> dict[str, list[Bearing]]:
    """Return, for each exhibit, the claims that it judges, backs or checks.

    An exhibit that was looked into for a check and does not hold it bears on nothing.
    """
    lines = {(row.study, row.claim): row for row in board.itertuples()}
    number = dict.fromkeys(board["study"], 0)
    found: dict[str, list[Bearing]] = {}
    for claim in studies.CLAIMS:
        number[claim.study] += 1
        row = lines[claim.study, number[claim.study]]
        for exhibit, use in _uses(claim, row):
            bearing = Bearing(row.study, row.claim, row.text, row.verdict, use)
            found.setdefault(exhibit, []).append(bearing)
    return found


def _uses(claim: studies.Claim, row: object) -> Iterator[tuple[str, str]]:
    for exhibit in evidence.reads(claim):
        made = [name for name in HELD.get(exhibit, ()) if not math.isnan(getattr(row, name))]
        uses = ["robustness"] if exhibit in claim.robustness else []
        uses += [CHECKS[name] for name in made]
        if exhibit == claim.exhibit:
            yield exhibit, "headline"
        elif uses:
            yield exhibit, ", ".join(uses)


def section(board: pd.DataFrame, authors: Mapping[int, str], articles: Sequence[str]) -> str:
    """Return the board, and the exhibit of the same name below it."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    rows = "\n".join(_row(row, authors[row.study]) for row in board.itertuples())
    return (
        '<section aria-labelledby="board" data-group="base"><h2 id="board">Claims board</h2>\n'
        "<p>A claim is a sign on a unit and a design; its words lead to the exhibit that judges "
        "it. A small p speaks for the claim, but for the leads it is a trend before the zones. A "
        f'check that was not made counts as not passed. Rules: <a href="#{BOARD}">{BOARD}</a>, '
        "notes.</p>\n"
        f"{frame('Claims board, scrolls')}"
        '<table id="claims-board" data-sortable><caption>Claims of the reviewed studies: verdict, '
        f"estimate, checks</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
        "</table></div>\n" + "\n".join(articles) + "</section>"
    )


def _row(row: object, author: str) -> str:
    claim = text(row.text)
    cells = (
        f"<td>{text(author)}</td>",
        f'<th scope="row">{_linked(row, claim)}</th>',
        f'<td data-value="{rules.VERDICTS.index(row.verdict)}">{verdict(row.verdict)}</td>',
        f"<td>{STYLE.number(row.estimate)}</td>",
        f"<td>{STYLE.interval(row.ci_low, row.ci_high)}</td>",
        f"<td>{text(STYLE.small_p(row.p_value))}</td>",
        f"<td>{_checks(row)}</td>",
        f"<td>{text(row.unit)}</td>",
        f"<td>{text(row.design)}</td>",
    )
    chinese = CHINESE.translated(row.text, phrasebook.CLAIMS)
    searched = search_words(f"{author} {row.text} {chinese} {row.exhibit} {row.verdict}")
    return (
        f'<tr id="claim-{row.study}-{row.claim}" data-studies="{row.study}" '
        f'data-search="{searched}">{"".join(cells)}</tr>'
    )


def _linked(row: object, claim: str) -> str:
    return f'<a href="#{row.exhibit}">{claim}</a>' if row.exhibit else claim


def checks(
    row: object,
    names: Mapping[str, str],
    p_value: Callable[[float], str],
    significant: str,
    robustness: str,
) -> list[str]:
    """Return the checks with their numbers, then the names of those that were not made.

    Parameters
    ----------
    row : named tuple
        A line of the board.
    names : mapping from check to its name
    p_value : callable
        Gives what stands behind a name.
    significant, robustness : str
        What is said of the significant columns, and of all where there are none.
    """
    lacking = row.not_made.split()
    numbers = {field: getattr(row, field) for field in names}
    made = [f"{names[f]}{p_value(p)}" for f, p in numbers.items() if not math.isnan(p)]
    if row.n_robustness > 0:
        made.append(
            f"{row.n_robustness:.0f} robustness columns: {row.same_sign:.0%} with the sign, "
            f"{row.significant:.0%} {significant}"
        )
    absent = [name for field, name in names.items() if field in lacking]
    absent += [robustness] if "same_sign" in lacking else []
    return made + ([f"not made: {', '.join(absent)}"] if absent else [])


def _checks(row: object) -> str:
    names = {field: ENGLISH.word(field) for field in CHECKS}
    below = f"with p\u00a0<\u00a0{rules.MAIN_P}"
    made = checks(row, names, lambda p: f" {STYLE.small_p(p)}", below, "robustness columns")
    return "<ul>" + "".join(f"<li>{text(line)}</li>" for line in made) + "</ul>" if made else DASH
