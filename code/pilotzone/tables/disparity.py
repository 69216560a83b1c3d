"""Tables of how the index is spread over provinces and coupled with other systems."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pilotzone.catalogue import labels, reasons
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.tables import notes
from pilotzone.tables.grid import ERROR, Panel, Row, single, spanned
from pilotzone.tables.style import DASH, Style, count

if TYPE_CHECKING:
    from pilotzone.tables.describe import Built

Parts = Mapping[str, pd.DataFrame]
ALL = "all"


def _variants(table: pd.DataFrame) -> list[str]:
    """Return the variants of a part in the order of the codebook."""
    return [name for name in labels.codebook() if name in set(table["variant"])]


def _titled(variant: str, head: str, language: str) -> str:
    colon = labels.mark("colon", language)
    return f"{labels.variable(variant, language)}{colon}{head}"


def _number_rows(table: pd.DataFrame, fields: list[str], style: Style) -> tuple[Row, ...]:
    return tuple(
        Row(str(year), tuple(style.number(row[f]) for f in fields), term=f"year:{year}")
        for year, row in table.iterrows()
    )


def gini(parts: Parts, style: Style) -> "Built":
    """Return shares of Dagum's and Theil's decomposition, then the Gini by region and pair."""
    language = style.language
    word = _words(labels.INEQUALITY, language)
    shares = ["within", "between", "transvariation"]
    heads = [word("gini"), *map(word, shares), word("theil"), word("theil_between")]
    header = (single(labels.word("year", language), heads),)
    table = parts[""].set_index(["variant", "year", "measure", "part"])
    panels = []
    for variant in _variants(parts[""]):
        value, share = (table.loc[variant, f].unstack(["measure", "part"]) for f in table.columns)
        columns = [
            value["dagum", "total"],
            *(share["dagum", part] for part in shares),
            value["theil", "total"],
            share["theil", "between"],
        ]
        shown = pd.concat(columns, axis=1, keys=heads)
        panels.append(Panel(_number_rows(shown, heads, style), labels.variable(variant, language)))
    panels += _region_panels(parts["contributions"], style)
    return header, tuple(panels), (), (notes.say("gini", language), _gini_changes(parts[""], style))


def _gini_changes(table: pd.DataFrame, style: Style) -> str:
    """Return how the Gini changed from the first to the last year, and its highest year."""
    language = style.language
    rows = table[(table["measure"] == "dagum") & (table["part"] == "total")]
    by_year = rows.pivot(index="year", columns="variant", values="value")
    told = [
        notes.say(
            "gini_change",
            language,
            change=style.number(by_year[variant].iloc[-1] - by_year[variant].iloc[0]),
            variant=labels.variable(variant, language),
            year=by_year[variant].idxmax(),
        )
        for variant in _variants(rows)
    ]
    span = {"first": by_year.index[0], "last": by_year.index[-1]}
    joint = labels.mark("semicolon", language)
    return notes.say("gini_changes", language, changes=joint.join(told), **span)


def _region_panels(table: pd.DataFrame, style: Style) -> list[Panel]:
    """Return the Gini coefficient within each region and between each two."""
    language = style.language
    table = table[table["measure"] == "dagum"]
    regions = [g for g in labels.GROUPS if g in set(table["group"])]
    pairs = [(g, g) for g in regions]
    pairs += [(g, h) for i, g in enumerate(regions) for h in regions[i + 1 :]]
    heads = [_pair(pair, language) for pair in pairs]
    panels = []
    for variant in _variants(table):
        rows = table[table["variant"] == variant]
        by_pair = rows.set_index(["year", "group", "other"])["value"].unstack(["group", "other"])
        shown = pd.concat([by_pair[tuple(sorted(pair))] for pair in pairs], axis=1, keys=heads)
        title = _titled(variant, labels.word("of_regions", language, labels.INEQUALITY), language)
        header = (single(labels.word("year", language), heads),)
        panels.append(Panel(_number_rows(shown, heads, style), title, header))
    return panels


def _pair(pair: tuple[str, str], language: str) -> str:
    names = [labels.word(g, language, labels.GROUPS) for g in dict.fromkeys(pair)]
    text = "-".join(names)
    return text[0].upper() + text[1:]


def _words(table: Mapping[str, tuple[str, str]], language: str) -> Callable[[str], str]:
    return lambda name: labels.word(name, language, table)


# What stands in the columns of a regression of growth: the term of each.
GROWTH = ("initial", "speed", "half_life", "W:initial", "rho")


def convergence(parts: Parts, style: Style) -> "Built":
    """Return the spread by year and the regressions of growth, in panels by variant."""
    language = style.language
    fields = list(labels.SPREAD)
    spread_heads = [labels.word(f, language, labels.SPREAD) for f in fields]
    header = (single(labels.word("year", language), spread_heads),)
    growth_heads = [labels.word(f, language, labels.CONVERGENCE) for f in (*GROWTH, "nobs")]
    growth_header = (single("", growth_heads),)
    variants = _variants(parts[""])
    panels = []
    for variant in variants:
        rows = parts[""][parts[""]["variant"] == variant]
        table = rows.pivot(index="year", columns="statistic", values="value")
        title = labels.word("sigma", language, labels.CONVERGENCE)
        # A table starts with the heads of its first panel.
        own = header if panels else ()
        panels.append(
            Panel(_number_rows(table, fields, style), _titled(variant, title, language), own)
        )
        title = labels.word("beta", language, labels.CONVERGENCE)
        growth = _growth_rows(parts, variant, style)
        panels.append(Panel(growth, _titled(variant, title, language), growth_header))
    sentences = _convergence_notes(parts, style)
    return header, tuple(panels), (), sentences


def _growth_rows(parts: Parts, variant: str, style: Style) -> tuple[Row, ...]:
    terms = parts["beta"][parts["beta"]["variant"] == variant].set_index(["model", "term"])
    fits = parts["fits"][parts["fits"]["variant"] == variant].set_index("model")
    models = [m for m in labels.CONVERGENCE if m in fits.index]
    rows: list[Row] = []
    for model in models:
        found = terms.loc[model]
        label = labels.word(model, style.language, labels.CONVERGENCE)
        values = [_value(found, term, style) for term in GROWTH]
        rows.append(Row(label, (*values, count(fits.loc[model, "nobs"])), term=model))
        below = tuple(_below(found, term, style) for term in GROWTH)
        rows.append(Row("", (*below, ""), kind=ERROR, term=model))
        rows += _against_no_convergence(found, style)
    return tuple(rows)


def _value(found: pd.DataFrame, term: str, style: Style) -> str:
    if term not in found.index:
        return DASH if term in ("speed", "half_life") else ""
    row = found.loc[term]
    if term in ("speed", "half_life"):
        return style.number(row["estimate"])
    return style.estimate(row["estimate"], row["p_value"])


def _below(found: pd.DataFrame, term: str, style: Style) -> str:
    if term not in found.index or math.isnan(found.loc[term, "std_error"]):
        return ""
    row = found.loc[term]
    return style.below(row["std_error"], row["statistic"], (row["ci_low"], row["ci_high"]))


def _against_no_convergence(found: pd.DataFrame, style: Style) -> list[Row]:
    """Return what the coefficient would be without convergence, and the test against it."""
    rows, rest = [], ("",) * len(GROWTH)
    for term, field in (("without_convergence", "estimate"), ("test:harris_tzavalis", "statistic")):
        if term in found.index:
            label = labels.word(term, style.language, labels.CONVERGENCE)
            rows.append(Row(f"· {label}", (style.number(found.loc[term, field]), *rest), term=term))
            p_value = style.p_value(found.loc[term, "p_value"])
            if p_value:
                rows.append(Row("", (p_value, *rest), kind=ERROR, term=term))
    return rows


def _convergence_notes(parts: Parts, style: Style) -> tuple[str, ...]:
    language = style.language
    years, fits = parts[""]["year"], parts["fits"]
    used = {name for controls in fits["controls"] for name in CONTROLS[controls]}
    listed = [labels.variable(name, language) for name in CONTROLS["baseline"] if name in used]
    df = parts["beta"].merge(fits[["variant", "model", "inference"]], on=["variant", "model"])
    of_clusters = df[df["inference"].str.startswith("crv1") & (df["df"] != "")]["df"]
    kinds = {"hc1": "hc1", "crv1:unit": "crv1_unit", "information": "information"}
    how = []
    for kind, key in kinds.items():
        models = [
            m for m in labels.CONVERGENCE if m in set(fits.loc[fits["inference"] == kind, "model"])
        ]
        if models:
            names = [labels.word(m, language, labels.CONVERGENCE) for m in models]
            said = notes.say(key, language, df=" / ".join(sorted(set(of_clusters))))
            dash = labels.mark("dash", language)
            how.append(f"{labels.mark('semicolon', language).join(names)}{dash}{said}")
    matrices = [
        labels.word(w, language, labels.WEIGHTS) for w in dict.fromkeys(fits["weights"]) if w
    ]
    sentences = [
        notes.say(
            "convergence",
            language,
            steps=int(years.max() - years.min()),
            controls=labels.mark("list", language).join(listed),
        ),
        notes.say("errors", language, how=" | ".join(how)),
        notes.say("weights", language, what=labels.mark("list", language).join(matrices)),
    ]
    return (*sentences, notes.stars_note(language)) if style.stars_shown else tuple(sentences)


def kernel(parts: Parts, style: Style) -> "Built":
    """Return bandwidth and shape of each year's density, in panels by variant."""
    language = style.language
    fields = list(labels.SHAPE)
    heads = [labels.word(f, language, labels.SHAPE) for f in fields]
    panels = []
    for variant in _variants(parts["shape"]):
        rows = parts["shape"][parts["shape"]["variant"] == variant]
        lines = [
            Row(
                str(int(row["year"])),
                tuple(count(row[f]) if f == "n_modes" else style.number(row[f]) for f in fields),
                term=f"year:{row['year']}",
            )
            for row in rows.to_dict("records")
        ]
        panels.append(Panel(tuple(lines), labels.variable(variant, language)))
    points = int(parts[""]["point"].max())
    sentence = notes.say("kernel", language, points=points)
    return (single(labels.word("year", language), heads),), tuple(panels), (), (sentence,)


def markov(parts: Parts, style: Style) -> "Built":
    """Return transition probabilities, plain and by the neighbours' class, and the tests."""
    language = style.language
    word = _words(labels.CHAINS, language)
    n_classes = int(parts["classes"]["class"].max())
    numerals = labels.CLASS_NUMERALS[:n_classes]
    header = (single(word("class"), [word("transitions"), *numerals]),)
    panels = []
    for variant in _variants(parts[""]):
        own = {part: table[table["variant"] == variant] for part, table in parts.items()}
        bounds = own["classes"].set_index("class")
        names = [
            f"{numeral} {style.interval(*bounds.loc[c, ['low', 'high']])}"
            for c, numeral in enumerate(numerals, start=1)
        ]
        for lag in [ALL, *(str(c) for c in range(1, n_classes + 1))]:
            title = _of_lag(lag, language)
            rows = _chain_rows(own, lag, names, style)
            panels.append(Panel(rows, _titled(variant, title, language), header if panels else ()))
        panels.append(_test_panel(own["tests"], variant, style))
    draws = int(parts["tests"]["draws"].max())
    told = (notes.say("markov", language, draws=draws), *_no_ergodic(parts["chains"], language))
    return header, tuple(panels), (), told


def _of_lag(lag: str, language: str) -> str:
    if lag == ALL:
        return labels.word(ALL, language, labels.CHAINS)
    numeral = labels.CLASS_NUMERALS[int(lag) - 1]
    return labels.word("of_lag", language, labels.CHAINS).format(numeral)


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
    label = labels.word("ergodic", style.language, labels.CHAINS)
    return (*rows, Row(label, ("", *cells), term=f"{lag}:ergodic"))


def _no_ergodic(chains: pd.DataFrame, language: str) -> list[str]:
    """Return why chains have no ergodic distribution, each reason behind its chains."""
    colon, joint = (labels.mark(name, language) for name in ("colon", "semicolon"))
    lost = chains[chains["identified"] == "no"]
    chains_of: dict[str, list[str]] = {}
    for variant in _variants(lost):
        for row in lost[lost["variant"] == variant].itertuples():
            name = _titled(variant, _of_lag(row.lag, language), language)
            chains_of.setdefault(row.reason, []).append(name)
    ergodic = labels.word("ergodic", language, labels.CHAINS)
    return [
        notes.say(
            "not_identified",
            language,
            what=f"{ergodic}{colon}{joint.join(names)}",
            reason=reasons.reason_text(reason, language),
        )
        for reason, names in chains_of.items()
    ]


TEST_FIELDS = ("statistic", "df", "chi2", "permutation", "n_sparse")


def _test_panel(table: pd.DataFrame, variant: str, style: Style) -> Panel:
    language = style.language
    word = _words(labels.CHAINS, language)
    lines = []
    for (over, test), rows in table.groupby(["over", "test"], sort=False):
        by_kind = rows.set_index("distribution")
        asymptotic = by_kind.loc["chi2"]
        label = f"{word(over)}{labels.mark('comma', language)}{word(test)}"
        cells = (
            style.number(asymptotic["statistic"]),
            asymptotic["df"],
            *(style.small_p(by_kind.loc[kind, "p_value"]) for kind in ("chi2", "permutation")),
            f"{count(asymptotic['n_sparse'])}/{count(asymptotic['n_cells'])}",
        )
        lines.append(Row(label, cells, term=f"{over}:{test}"))
    header = (single("", [word(field) for field in TEST_FIELDS]),)
    return Panel(tuple(lines), _titled(variant, word("tests"), language), header)


def coupling(parts: Parts, style: Style) -> "Built":
    """Return degrees by province in the first and last year, classes and what D rests on."""
    language = style.language
    word = _words(labels.COUPLED, language)
    table = parts[""]
    systems = [s for s in labels.COUPLED if s in set(table["system"])]
    years = [int(table["year"].min()), int(table["year"].max())]
    columns = [(system, year) for system in systems for year in years]
    names = spanned("", [word(system) for system, _ in columns])
    header = (names, single(word("degree"), [str(year) for _, year in columns]))
    by_column = table.set_index(["system", "year", "province_code"]).sort_index()
    codes = [code for code in labels.provinces() if code in set(table["province_code"])]
    rows = [
        Row(
            labels.unit_name(code, language),
            tuple(style.number(by_column.loc[(*column, code), "degree"]) for column in columns),
            term=code,
        )
        for code in codes
    ]
    panels = (
        Panel(tuple(rows)),
        _class_panel(by_column, columns, style),
        _statistics_panel(parts["statistics"], columns, style),
    )
    return header, panels, (), _coupling_notes(parts, systems, style)


def _class_panel(table: pd.DataFrame, columns: list[tuple[str, int]], style: Style) -> Panel:
    """Return how many provinces are in each of the ten classes."""
    rows = []
    for number, names in enumerate(labels.COORDINATION, start=1):
        name = names[labels.LANGUAGES.index(style.language)]
        low, high = (number - 1) / 10, number / 10
        cells = tuple(str(int((table.loc[column, "class"] == number).sum())) for column in columns)
        rows.append(Row(f"{name} ({low:g}-{high:g})", cells, term=f"class:{number}"))
    return Panel(tuple(rows), labels.word("by_class", style.language, labels.COUPLED))


def _statistics_panel(table: pd.DataFrame, columns: list[tuple[str, int]], style: Style) -> Panel:
    values = table.set_index(["system", "year", "statistic"])["value"]
    rows = []
    for name in [s for s in labels.COUPLED if s in set(table["statistic"])]:
        cells = [values[system, str(year), name] for system, year in columns]
        shown = count if name == "cells_without_degree" else style.number
        label = labels.word(name, style.language, labels.COUPLED)
        rows.append(Row(label, tuple(map(shown, cells)), term=name))
    return Panel(tuple(rows), labels.word("statistics", style.language, labels.COUPLED))


def _coupling_notes(parts: Parts, systems: list[str], style: Style) -> tuple[str, ...]:
    language = style.language
    word = _words(labels.COUPLED, language)
    joint = labels.mark("semicolon", language)
    values = parts["statistics"].set_index(["system", "year", "statistic"])["value"]
    correlations = joint.join(
        f"{style.number(values[system, ALL, 'correlation_degree_level'])} ({word(system)})"
        for system in systems
    )
    said = [
        _system_note(system, parts["indicators"], language)
        for system in systems
        if set(parts["indicators"].query("system == @system")["part"]) & set(labels.COUPLED)
    ]
    space = " " if language == "en" else ""
    return (
        notes.say("coupling", language, correlations=correlations, indicators=space.join(said)),
    )


def _system_note(system: str, table: pd.DataFrame, language: str) -> str:
    """Return the indicators of a system's parts."""
    word, listed = _words(labels.COUPLED, language), labels.mark("list", language)
    rows = table[table["system"] == system]
    told = [
        notes.say(
            "coupled_part",
            language,
            part=word(part),
            indicators=listed.join(
                labels.variable(row.indicator, language) + ("" if row.sign == "+" else " (−)")
                for row in rows[rows["part"] == part].itertuples()
            ),
        )
        for part in labels.COUPLED
        if part in set(rows["part"])
    ]
    parts = labels.mark("semicolon", language).join(told)
    return notes.say("coupled_system", language, system=word(system), parts=parts)


BUILDERS = {
    "coupling": (coupling, ("", "statistics", "indicators")),
    "measure_gini": (gini, ("", "contributions")),
    "measure_convergence": (convergence, ("", "beta", "fits")),
    "measure_kernel": (kernel, ("", "shape")),
    "measure_markov": (markov, ("", "classes", "chains", "ergodic", "tests")),
}
