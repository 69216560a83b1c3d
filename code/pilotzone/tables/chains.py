"""The table of transitions between classes of the index."""

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Body, Panel, Parts, Row, single
from pilotzone.tables.sentences import not_identified, say
from pilotzone.tables.style import DASH, Style, count
from pilotzone.tables.variants import titled, variants

ALL = "all"


def markov(parts: Parts, style: Style) -> Body:
    """Return transition probabilities, plain and by the neighbours' class, and the tests."""
    lexicon = style.lexicon
    word = lexicon.of(phrasebook.CHAINS)
    n_classes = int(parts["classes"]["class"].max())
    numerals = phrasebook.CLASS_NUMERALS[:n_classes]
    header = (single(word("class"), [word("transitions"), *numerals]),)
    panels = []
    for variant in variants(parts[""]):
        own = {part: table[table["variant"] == variant] for part, table in parts.items()}
        bounds = own["classes"].set_index("class")
        names = [
            f"{numeral} {style.interval(*bounds.loc[c, ['low', 'high']])}"
            for c, numeral in enumerate(numerals, start=1)
        ]
        for lag in [ALL, *(str(c) for c in range(1, n_classes + 1))]:
            title = _of_lag(lag, lexicon)
            rows = _chain_rows(own, lag, names, style)
            panels.append(Panel(rows, titled(variant, title, lexicon), header if panels else ()))
        panels.append(_test_panel(own["tests"], variant, style))
    draws = int(parts["tests"]["draws"].max())
    told = (say("markov", lexicon, draws=draws), *_no_ergodic(parts["chains"], lexicon))
    return Body(header, tuple(panels), notes=told)


def _of_lag(lag: str, lexicon: Lexicon) -> str:
    if lag == ALL:
        return lexicon.word(ALL, phrasebook.CHAINS)
    numeral = phrasebook.CLASS_NUMERALS[int(lag) - 1]
    return lexicon.word("of_lag", phrasebook.CHAINS).format(numeral)


def _chain_rows(own: Parts, lag: str, names: list[str], style: Style) -> tuple[Row, ...]:
    table = own[""][own[""]["lag"] == lag]
    counts = table.groupby("origin")["transitions"].sum()
    probability = table.pivot(index="origin", columns="destination", values="probability")
    rows = [
        Row(
            name,
            (count(counts[c]), *(style.number(p) or DASH for p in probability.loc[c])),
            term=f"{lag}:{c}",
        )
        for c, name in enumerate(names, start=1)
    ]
    shares = own["ergodic"][own["ergodic"]["lag"] == lag].set_index("class")["share"]
    cells = [style.number(shares[c]) if len(shares) else DASH for c in range(1, len(names) + 1)]
    label = style.lexicon.word("ergodic", phrasebook.CHAINS)
    return (*rows, Row(label, ("", *cells), term=f"{lag}:ergodic"))


def _no_ergodic(chains: pd.DataFrame, lexicon: Lexicon) -> list[str]:
    """Return why chains have no ergodic distribution, each reason behind its chains."""
    colon, joint = (lexicon.mark(name) for name in ("colon", "semicolon"))
    lost = chains[chains["identified"] == "no"]
    chains_of: dict[str, list[str]] = {}
    for variant in variants(lost):
        for row in lost[lost["variant"] == variant].itertuples():
            name = titled(variant, _of_lag(row.lag, lexicon), lexicon)
            chains_of.setdefault(row.reason, []).append(name)
    ergodic = lexicon.word("ergodic", phrasebook.CHAINS)
    return [
        not_identified(f"{ergodic}{colon}{joint.join(names)}", reason, lexicon)
        for reason, names in chains_of.items()
    ]


TEST_FIELDS = ("statistic", "df", "chi2", "permutation", "n_sparse")


def _test_panel(table: pd.DataFrame, variant: str, style: Style) -> Panel:
    lexicon = style.lexicon
    word = lexicon.of(phrasebook.CHAINS)
    lines = []
    for (over, test), rows in table.groupby(["over", "test"], sort=False):
        by_kind = rows.set_index("distribution")
        asymptotic = by_kind.loc["chi2"]
        label = f"{word(over)}{lexicon.mark('comma')}{word(test)}"
        cells = (
            style.number(asymptotic["statistic"]),
            asymptotic["df"],
            *(style.small_p(by_kind.loc[kind, "p_value"]) for kind in ("chi2", "permutation")),
            f"{count(asymptotic['n_sparse'])}/{count(asymptotic['n_cells'])}",
        )
        lines.append(Row(label, cells, term=f"{over}:{test}"))
    header = (single("", [word(field) for field in TEST_FIELDS]),)
    return Panel(tuple(lines), titled(variant, word("tests"), lexicon), header)
