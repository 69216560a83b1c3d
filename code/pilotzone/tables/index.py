"""Tables of the index: weights, moments, ranks; of provinces, cities and firms."""

from collections.abc import Iterable

import pandas as pd

from pilotzone.catalogue import codebook, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Body, HeaderRow, Heading, Panel, Parts, Row, single, spanned
from pilotzone.tables.sentences import say
from pilotzone.tables.style import MINUS, Style, count

# The index and the one that is reported beside it everywhere.
MAIN_VARIANT = "nqp"
HEADLINE = (MAIN_VARIANT, "nqp_no_ecommerce")
STATISTICS = ("mean", "sd", "min", "max")
RANKED = 5
# Twelve digits in the files leave the sum of weights closer to one than this.
SUM_TOLERANCE = 1e-6


def index_weights(parts: Parts, style: Style) -> Body:
    """Return indicators by element, one column per variant.

    A variant weighted within each year would need a column per year; it shows the mean weight.
    """
    lexicon = style.lexicon
    weights = parts[""].copy()
    weights[["variant", "year"]] = (
        weights["variant"].str.split(":", expand=True, n=1).reindex(columns=[0, 1])
    )
    by_year = weights[weights["year"].notna()]
    table = weights.groupby(["indicator", "variant"])["weight"].mean().unstack()
    variants = _in_codebook_order(table.columns)
    stem = lexicon.variable(MAIN_VARIANT)
    header = (
        HeaderRow("", (Heading(stem, len(variants)),)),
        single(lexicon.word("indicator"), [lexicon.variant(v, MAIN_VARIANT) for v in variants]),
    )
    panels = _weight_panels(parts["system"], table[variants], style)
    sentences = [say("index_weights", lexicon)]
    if len(by_year):
        sentences.append(_by_year_note(by_year, style))
    loadings = [v for v in variants if abs(table[v].sum() - 1) > SUM_TOLERANCE]
    if loadings:
        sentences.append(say("loadings", lexicon, variants=_names(loadings, lexicon)))
    return Body(header, panels, notes=tuple(sentences))


def _weight_panels(system: pd.DataFrame, table: pd.DataFrame, style: Style) -> tuple[Panel, ...]:
    """Return the rows of a table of indicators by variants, in panels by element."""
    panels = []
    for element, indicators in system.sort_values("position").groupby("element", sort=False):
        rows = [
            Row(
                f"{style.lexicon.variable(i.indicator)} ({i.sign.replace('-', MINUS)})",
                tuple(style.number(weight) for weight in table.loc[i.indicator]),
                term=i.indicator,
            )
            for i in indicators.itertuples()
        ]
        panels.append(Panel(tuple(rows), style.lexicon.word(element, phrasebook.ELEMENTS)))
    return tuple(panels)


def _by_year_note(by_year: pd.DataFrame, style: Style) -> str:
    lexicon = style.lexicon
    return say(
        "weights_by_year",
        lexicon,
        variants=_names(by_year["variant"].unique(), lexicon),
        first=by_year["year"].min(),
        last=by_year["year"].max(),
        file="index_weights.csv",
        folder=style.source.folder,
    )


def _names(variants: Iterable[str], lexicon: Lexicon) -> str:
    joint = lexicon.mark("list")
    text = joint.join(lexicon.variant(v, MAIN_VARIANT) for v in variants)
    return text[0].upper() + text[1:]


def index_summary(parts: Parts, style: Style) -> Body:
    """Return moments by year of the index and of the index without e-commerce, then the ranks."""
    lexicon = style.lexicon
    table = parts[""].pivot(index="year", columns=["variant", "statistic"], values="value")
    keys = [(variant, statistic) for variant in HEADLINE for statistic in STATISTICS]
    table = table[keys].dropna(how="all")
    names = spanned("", [lexicon.variable(variant) for variant, _ in keys])
    header = (names, single(lexicon.word("year"), [lexicon.word(s) for _, s in keys]))
    rows = [
        Row(str(year), tuple(style.number(value) for value in values), term=str(year))
        for year, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    ranks = _rank_panel(parts["ranks"], names, style)
    sentence = say("index_summary", lexicon, file="index_summary.csv", folder=style.source.folder)
    return Body(header, (Panel(tuple(rows)), ranks), notes=(sentence,))


def _rank_panel(ranks: pd.DataFrame, names: HeaderRow, style: Style) -> Panel:
    """Return the provinces at the top and at the bottom in the first and the last year."""
    lexicon = style.lexicon
    shown = ranks[ranks["variant"].isin(HEADLINE)]
    years = [shown["year"].min(), shown["year"].max()]
    blocks = [
        shown[(shown["variant"] == variant) & (shown["year"] == year)]
        .sort_values(["rank", "province_code"])
        .reset_index(drop=True)
        for variant in HEADLINE
        for year in years
    ]
    places = list(range(len(blocks[0])))
    ends = places if len(places) <= 2 * RANKED else places[:RANKED] + places[-RANKED:]
    rows = []
    for place in ends:
        cells: list[str] = []
        for block in blocks:
            row = block.loc[place]
            cells += [lexicon.unit_name(row["province_code"]), style.number(row["value"])]
        rows.append(Row(str(place + 1), tuple(cells), term=f"rank:{place + 1}"))
    heads = [str(int(year)) for year in years for _ in (0, 1)] * len(HEADLINE)
    header = (names, spanned(lexicon.word("rank"), heads))
    return Panel(tuple(rows), header=header)


def index_moments(parts: Parts, style: Style) -> Body:
    """Return the weights of an index by variant, its moments by year, the regressions of absence.

    A variant weighted within each year shows its mean weights.
    """
    lexicon = style.lexicon
    weights = parts["weights"].assign(variant=parts["weights"]["variant"].map(_without_year))
    variants = list(dict.fromkeys(weights["variant"]))
    table = weights.groupby(["indicator", "variant"])["weight"].mean().unstack()[variants]
    names = [_city_variant(variant, lexicon) for variant in variants]
    header = (single(lexicon.word("indicator"), names),)
    lines = [
        Row(
            lexicon.variable(indicator),
            tuple(style.number(w) if pd.notna(w) else "" for w in table.loc[indicator]),
            term=indicator,
        )
        for indicator in _in_codebook_order(table.index)
    ]
    panels = [Panel(tuple(lines)), _city_moments(parts[""], len(variants), style)]
    if "flagged" in parts:
        panels.append(_flagged_panel(parts["flagged"], len(variants), style))
        return Body(header, tuple(panels), notes=(_flagged_note(parts["flagged"], style),))
    if "absence" not in parts:
        return Body(header, tuple(panels))
    absence = parts["absence"]
    sentence = say(
        "city_index",
        lexicon,
        cities=count(int(absence.loc[absence["effects"] == "two_way", "df"].iloc[0]) + 1),
        nobs=count(int(absence["nobs"].iloc[0])),
    )
    panels.append(_absence_panel(absence, len(variants), style))
    return Body(header, tuple(panels), notes=(sentence,))


def _without_year(variant: str) -> str:
    """Return a variant without the year in which it is weighted."""
    name, _, year = variant.partition(":")
    return name if year.isdigit() else variant


def _city_variant(variant: str, lexicon: Lexicon) -> str:
    kind, _, name = variant.rpartition(":")
    text = lexicon.variable(name)
    comma = lexicon.mark("comma")
    return f"{text}{comma}{lexicon.word(kind)}" if kind else text


def _city_moments(summary: pd.DataFrame, width: int, style: Style) -> Panel:
    """Return mean and standard deviation of the index by year, N behind."""
    lexicon = style.lexicon
    table = summary[summary["variant"] == summary["variant"].iloc[0]]
    table = table.pivot(index="year", columns="statistic", values="value")
    fields = ["nobs", "mean", "sd"][:width]
    rows = [
        Row(
            str(int(year)),
            tuple(count(row[f]) if f == "nobs" else style.number(row[f]) for f in fields),
            term=f"year:{year}",
        )
        for year, row in table.iterrows()
    ]
    heads = [lexicon.word(field) for field in fields]
    title = lexicon.word("moments")
    return Panel(tuple(rows), header=(single(title, heads),))


def _flagged_panel(table: pd.DataFrame, width: int, style: Style) -> Panel:
    """Return year, flag and number of the flagged cells behind each indicator."""
    lexicon = style.lexicon
    keys = ["indicator", "year", "flag"]
    table = table.groupby(keys, sort=False)["cells"].sum().reset_index()
    rows = [
        Row(
            lexicon.variable(row.indicator),
            (str(row.year), lexicon.word(row.flag, phrasebook.FLAGS), count(row.cells))[:width],
            term=f"flagged:{row.indicator}",
        )
        for row in table.itertuples()
    ]
    heads = [lexicon.word(name) for name in ("year", "flag", "cells")]
    return Panel(tuple(rows), header=(single(lexicon.word("flagged"), heads[:width]),))


def _flagged_note(table: pd.DataFrame, style: Style) -> str:
    """Return of which provinces the cells are that are doubted; another vintage is no doubt."""
    lexicon = style.lexicon
    joint, colon = lexicon.mark("list"), lexicon.mark("colon")
    some = table[~table["flag"].str.startswith("vintage_")]
    named = [
        f"{lexicon.variable(row.indicator)}{colon}"
        + joint.join(lexicon.unit_name(code) for code in row.units.split())
        for row in some.itertuples()
    ]
    return say("flagged", lexicon, units=lexicon.mark("semicolon").join(named))


def _absence_panel(table: pd.DataFrame, width: int, style: Style) -> Panel:
    lexicon = style.lexicon
    rows = [
        Row(
            lexicon.effects(row.effects),
            (
                style.estimate(row.estimate, row.p_value),
                style.number(row.std_error),
                style.number(row.share_absent),
            )[:width],
            term=f"absence:{row.effects}",
        )
        for row in table.itertuples()
    ]
    heads = [lexicon.word(name) for name in ("estimate", "error", "share_absent")]
    title = lexicon.word("absence")
    return Panel(tuple(rows), header=(single(title, heads[:width]),))


def _in_codebook_order(names: pd.Index) -> list[str]:
    there = set(names)
    return [name for name in codebook.codebook() if name in there]
