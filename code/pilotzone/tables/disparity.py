"""Tables of how the index is spread over provinces: Gini, convergence, densities."""

import math
from collections.abc import Mapping

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.controls import variables
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables import notes
from pilotzone.tables.grid import ERROR, Body, Panel, Parts, Row, single
from pilotzone.tables.sentences import say
from pilotzone.tables.style import DASH, Style, count
from pilotzone.tables.variants import number_rows, titled, variants


def gini(parts: Parts, style: Style) -> Body:
    """Return shares of Dagum's and Theil's decomposition, then the Gini by region and pair."""
    lexicon = style.lexicon
    word = lexicon.of(phrasebook.INEQUALITY)
    shares = ["within", "between", "transvariation"]
    heads = [word("gini"), *map(word, shares), word("theil"), word("theil_between")]
    header = (single(lexicon.word("year"), heads),)
    table = parts[""].set_index(["variant", "year", "measure", "part"])
    panels = []
    for variant in variants(parts[""]):
        value, share = (table.loc[variant, f].unstack(["measure", "part"]) for f in table.columns)
        columns = [
            value["dagum", "total"],
            *(share["dagum", part] for part in shares),
            value["theil", "total"],
            share["theil", "between"],
        ]
        shown = pd.concat(columns, axis=1, keys=heads)
        panels.append(Panel(number_rows(shown, heads, style), lexicon.variable(variant)))
    panels += _region_panels(parts["contributions"], style)
    said = say("gini", lexicon, folder=style.source.folder)
    return Body(header, tuple(panels), notes=(said, _gini_changes(parts[""], style)))


def _gini_changes(table: pd.DataFrame, style: Style) -> str:
    """Return how the Gini changed from the first to the last year, and its highest year."""
    lexicon = style.lexicon
    rows = table[(table["measure"] == "dagum") & (table["part"] == "total")]
    by_year = rows.pivot(index="year", columns="variant", values="value")
    told = [
        say(
            "gini_change",
            lexicon,
            change=style.number(by_year[variant].iloc[-1] - by_year[variant].iloc[0]),
            variant=lexicon.variable(variant),
            year=by_year[variant].idxmax(),
        )
        for variant in variants(rows)
    ]
    span = {"first": by_year.index[0], "last": by_year.index[-1]}
    joint = lexicon.mark("semicolon")
    return say("gini_changes", lexicon, changes=joint.join(told), **span)


def _region_panels(table: pd.DataFrame, style: Style) -> list[Panel]:
    """Return the Gini coefficient within each region and between each two."""
    lexicon = style.lexicon
    table = table[table["measure"] == "dagum"]
    there = set(table["group"])
    regions = [g for g in phrasebook.GROUPS if g in there]
    pairs = [(g, g) for g in regions]
    pairs += [(g, h) for i, g in enumerate(regions) for h in regions[i + 1 :]]
    heads = [_pair(pair, lexicon) for pair in pairs]
    panels = []
    for variant in variants(table):
        rows = table[table["variant"] == variant]
        by_pair = rows.set_index(["year", "group", "other"])["value"].unstack(["group", "other"])
        shown = pd.concat([by_pair[tuple(sorted(pair))] for pair in pairs], axis=1, keys=heads)
        title = titled(variant, lexicon.word("of_regions", phrasebook.INEQUALITY), lexicon)
        header = (single(lexicon.word("year"), heads),)
        panels.append(Panel(number_rows(shown, heads, style), title, header))
    return panels


def _pair(pair: tuple[str, str], lexicon: Lexicon) -> str:
    names = [lexicon.group(g) for g in dict.fromkeys(pair)]
    text = "-".join(names)
    return text[0].upper() + text[1:]


# What stands in the columns of a regression of growth: the term of each.
GROWTH = ("initial", "speed", "half_life", "W:initial", "rho")


def convergence(parts: Parts, style: Style) -> Body:
    """Return the spread by year and the regressions of growth, in panels by variant."""
    lexicon = style.lexicon
    fields = list(phrasebook.SPREAD)
    spread_heads = [lexicon.word(f, phrasebook.SPREAD) for f in fields]
    header = (single(lexicon.word("year"), spread_heads),)
    growth_heads = [lexicon.word(f, phrasebook.CONVERGENCE) for f in (*GROWTH, "nobs")]
    growth_header = (single("", growth_heads),)
    panels = []
    for variant in variants(parts[""]):
        rows = parts[""][parts[""]["variant"] == variant]
        table = rows.pivot(index="year", columns="statistic", values="value")
        title = lexicon.word("sigma", phrasebook.CONVERGENCE)
        # A table starts with the heads of its first panel.
        own = header if panels else ()
        panels.append(
            Panel(number_rows(table, fields, style), titled(variant, title, lexicon), own)
        )
        title = lexicon.word("beta", phrasebook.CONVERGENCE)
        growth = _growth_rows(parts, variant, style)
        panels.append(Panel(growth, titled(variant, title, lexicon), growth_header))
    sentences = _convergence_notes(parts, style)
    return Body(header, tuple(panels), notes=sentences)


def _growth_rows(parts: Parts, variant: str, style: Style) -> tuple[Row, ...]:
    terms = parts["beta"][parts["beta"]["variant"] == variant].set_index(["model", "term"])
    fits = parts["fits"][parts["fits"]["variant"] == variant].set_index("model")
    models = [m for m in phrasebook.CONVERGENCE if m in fits.index]
    style = style.fitting(terms.loc[terms.index.isin(GROWTH, level="term"), "std_error"])
    rows: list[Row] = []
    for model in models:
        found = terms.loc[model].to_dict("index")
        label = style.lexicon.word(model, phrasebook.CONVERGENCE)
        values = [_value(found, term, style) for term in GROWTH]
        rows.append(Row(label, (*values, count(fits.loc[model, "nobs"])), term=model))
        below = tuple(_below(found, term, style) for term in GROWTH)
        rows.append(Row("", (*below, ""), kind=ERROR, term=model))
        rows += _against_no_convergence(found, style)
    return tuple(rows)


def _value(found: Mapping[str, Mapping[str, float]], term: str, style: Style) -> str:
    if term not in found:
        return DASH if term in ("speed", "half_life") else ""
    row = found[term]
    if term in ("speed", "half_life"):
        return style.number(row["estimate"])
    return style.estimate(row["estimate"], row["p_value"])


def _below(found: Mapping[str, Mapping[str, float]], term: str, style: Style) -> str:
    if term not in found or math.isnan(found[term]["std_error"]):
        return ""
    row = found[term]
    return style.below(row["std_error"], row["statistic"], (row["ci_low"], row["ci_high"]))


def _against_no_convergence(found: Mapping[str, Mapping[str, float]], style: Style) -> list[Row]:
    """Return what the coefficient would be without convergence, and the test against it."""
    rows, rest = [], ("",) * len(GROWTH)
    for term, field in (("without_convergence", "estimate"), ("test:harris_tzavalis", "statistic")):
        if term in found:
            label = style.lexicon.word(term, phrasebook.CONVERGENCE)
            rows.append(Row(f"· {label}", (style.number(found[term][field]), *rest), term=term))
            p_value = style.p_value(found[term]["p_value"])
            if p_value:
                rows.append(Row("", (p_value, *rest), kind=ERROR, term=term))
    return rows


def _convergence_notes(parts: Parts, style: Style) -> tuple[str, ...]:
    lexicon = style.lexicon
    years, fits = parts[""]["year"], parts["fits"]
    used = dict.fromkeys(name for of in fits["controls"] for name in variables(of))
    df = parts["beta"].merge(fits[["variant", "model", "inference"]], on=["variant", "model"])
    of_units = df[df["inference"].str.endswith(":unit") & (df["df"] != "")]["df"]
    degrees = " / ".join(sorted(set(of_units)))
    kinds = {
        "hc1": say("hc1", lexicon),
        "crv1:unit": say("crv1_unit", lexicon, df=degrees),
        "cluster_pairs:unit": say("cluster_pairs_unit", lexicon, df=degrees),
    }
    how = []
    for kind, said in kinds.items():
        models = set(fits.loc[fits["inference"] == kind, "model"])
        if models:
            told = [m for m in phrasebook.CONVERGENCE if m in models]
            names = [lexicon.word(m, phrasebook.CONVERGENCE) for m in told]
            dash = lexicon.mark("dash")
            how.append(f"{lexicon.mark('semicolon').join(names)}{dash}{said}")
    matrices = [lexicon.matrix(w) for w in dict.fromkeys(fits["weights"]) if w]
    sentences = [
        say(
            "convergence",
            lexicon,
            steps=int(years.max() - years.min()),
            controls=lexicon.mark("list").join(map(lexicon.variable, used)),
        ),
        say("errors", lexicon, how=" | ".join(how)),
        say("weights", lexicon, what=lexicon.mark("list").join(matrices)),
    ]
    return (*sentences, notes.stars_note(lexicon)) if style.stars_shown else tuple(sentences)


def kernel(parts: Parts, style: Style) -> Body:
    """Return bandwidth and shape of each year's density, in panels by variant."""
    lexicon = style.lexicon
    fields = list(phrasebook.SHAPE)
    heads = [lexicon.word(f, phrasebook.SHAPE) for f in fields]
    panels = []
    for variant in variants(parts["shape"]):
        rows = parts["shape"][parts["shape"]["variant"] == variant]
        fine = style.fine(rows[fields].to_numpy().ravel())
        lines = [
            Row(
                str(int(row["year"])),
                tuple(count(row[f]) if f == "n_modes" else fine.number(row[f]) for f in fields),
                term=f"year:{row['year']}",
            )
            for row in rows.to_dict("records")
        ]
        panels.append(Panel(tuple(lines), lexicon.variable(variant)))
    points = int(parts[""]["point"].max())
    sentence = say("kernel", lexicon, points=points, folder=style.source.folder)
    header = (single(lexicon.word("year"), heads),)
    return Body(header, tuple(panels), notes=(sentence,))
