"""The table of ranks under other indices and of the bootstrap that rebuilds the index."""

from collections.abc import Mapping

import pandas as pd

from pilotzone.catalogue import codebook
from pilotzone.catalogue.phrasebook import UNCERTAINTY
from pilotzone.tables.grid import Body, HeaderRow, Panel, Parts, Row, single, spanned
from pilotzone.tables.style import Style, count

BASE = "nqp"
KINDS = ("variants", "indicators", "provinces")
AGREEMENT = ("spearman", "n_provinces", "largest_move", "province_code")
BOOTSTRAP = ("estimate", "std_error", "average", "sd", "ratio", "interval", "draws", "n_degenerate")


def index_uncertainty(parts: Parts, style: Style) -> Body:
    """Return ranks by province, agreement by variant and indicator, and the bootstrap."""
    table = parts[""][parts[""]["base"] == BASE]
    years = sorted(table["year"].unique())
    ranks = Panel(_rank_rows(table, years, style))
    agreement = parts["agreement"][parts["agreement"]["base"] == BASE]
    panels = (
        ranks,
        Panel(
            _agreement_rows(agreement, years, style),
            header=_header("agreement", AGREEMENT, years, style),
        ),
        Panel(
            tuple(_bootstrap_row(row, style) for row in _in_order(parts["bootstrap"])),
            header=(single(_word("bootstrap", style), [_word(name, style) for name in BOOTSTRAP]),),
        ),
    )
    return Body(_header("", ("rank", *KINDS), years, style), panels)


def _word(name: str, style: Style) -> str:
    return style.lexicon.word(name, UNCERTAINTY)


def _header(
    title: str, fields: tuple[str, ...], years: list[str], style: Style
) -> tuple[HeaderRow, ...]:
    """Return a row of years over the fields of each."""
    over = [_word(year, style) if year in UNCERTAINTY else year for year in years]
    word = _word(title, style) if title else style.lexicon.variable(BASE)
    return (
        spanned("", [year for year in over for _ in fields]),
        single(word, [_word(field, style) for _ in years for field in fields]),
    )


def _rank_rows(table: pd.DataFrame, years: list[str], style: Style) -> tuple[Row, ...]:
    cells = table.set_index(["year", "perturbation", "province_code"]).to_dict("index")
    order = table[(table["year"] == years[0]) & (table["perturbation"] == KINDS[0])]
    rows = []
    for code in order.sort_values(["rank", "province_code"])["province_code"]:
        texts = []
        for year in years:
            texts.append(count(cells[year, KINDS[0], code]["rank"]))
            texts += [_range(cells[year, kind, code]) for kind in KINDS]
        rows.append(Row(style.lexicon.unit_name(code), tuple(texts), term=f"rank:{code}"))
    return tuple(rows)


def _range(row: Mapping[str, float]) -> str:
    """Return the median with lowest and highest rank; a median between two ranks has a half."""
    median = f"{row['median']:g}"
    return f"{median} [{count(row['lowest'])}, {count(row['highest'])}]"


def _agreement_rows(table: pd.DataFrame, years: list[str], style: Style) -> tuple[Row, ...]:
    lexicon = style.lexicon
    book = list(codebook.codebook())
    rows = []
    for kind in KINDS[:2]:
        block = table[(table["perturbation"] == kind) & (table["member"] != BASE)]
        for member in sorted(block["member"].unique(), key=book.index):
            found = block[block["member"] == member].set_index("year")
            name = (
                lexicon.variant(member, BASE)
                if kind == "variants"
                else _word("without", style).format(lexicon.variable(member))
            )
            name = name[0].upper() + name[1:]
            rows.append(_agreement_row(name, found, years, style, f"{kind}:{member}"))
    block = table[table["perturbation"] == "provinces"]
    lowest = block.sort_values(["spearman", "member"]).groupby("year").first()
    rows.append(_agreement_row(_word("lowest", style), lowest, years, style, "provinces:lowest"))
    return tuple(rows)


def _agreement_row(
    name: str, found: pd.DataFrame, years: list[str], style: Style, term: str
) -> Row:
    texts = []
    for year in years:
        row = found.loc[year]
        moved = row["largest_move"] > 0
        texts += [
            style.number(row["spearman"]),
            count(row["n_provinces"]),
            count(row["largest_move"]),
            style.lexicon.unit_name(row["province_code"]) if moved else "",
        ]
    return Row(name, tuple(texts), term=term)


def _in_order(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of the bootstrap by outcome, treatment, controls and kind of index."""
    ranks = {"fixed": 0, "rebuilt": 1, "rebuilt_to_scale": 2, "none": 0, "baseline": 1}
    keys = ["outcome", "treatment", "controls", "index"]
    ordered = table.sort_values(keys, key=lambda column: column.map(lambda v: ranks.get(v, v)))
    return ordered.to_dict("records")


def _bootstrap_row(row: dict[str, object], style: Style) -> Row:
    lexicon, style = style.lexicon, style.fitting([row["std_error"], row["sd"]])
    controls = lexicon.controls(str(row["controls"]), within=True)
    told = [
        lexicon.variable(str(row["outcome"])),
        lexicon.variable(str(row["treatment"])),
        lexicon.word("controls").lower() + lexicon.mark("colon") + controls,
        _word(str(row["index"]), style),
    ]
    cells = (
        *(style.number(row[name]) for name in ("estimate", "std_error", "mean", "sd", "ratio")),
        style.interval(row["ci_low"], row["ci_high"]),
        count(row["draws"]),
        count(row["n_degenerate"]),
    )
    term = ":".join(str(row[key]) for key in ("outcome", "treatment", "controls", "index"))
    return Row(" · ".join(told), cells, term=term)
