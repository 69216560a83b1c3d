"""The specification of an exhibit in words, from its literals and its model rows."""

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Specification
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.report.markup import link, text
from pilotzone.report.parts import BOARD, Part
from pilotzone.report.words import PAGE

# More numbers of clusters than these are given as a range.
LISTED = 3


def in_words(part: Part, lexicon: Lexicon = ENGLISH) -> list[tuple[str, str]]:
    """Return pairs of a term and what is said of it, as markup; none for a pure description."""
    said = _of_columns(part, lexicon) if part.models is not None else {}
    pairs = [
        (lexicon.word(term, PAGE), text(_joined(texts))) for term, texts in said.items() if texts
    ]
    if part.exhibit.needs and part.id != BOARD:
        pairs.append(
            (
                lexicon.word("reads", PAGE),
                ", ".join(link(f"#{name}", name) for name in part.exhibit.needs),
            )
        )
    return pairs


def _of_columns(part: Part, lexicon: Lexicon) -> dict[str, list[str]]:
    columns = part.exhibit.columns
    return {
        "outcome": [lexicon.variable(c.outcome) for c in columns],
        "treatment": [lexicon.variable(c.treatment) for c in columns],
        "controls": _controls(columns, lexicon),
        "sample": [lexicon.sample_label(c.rows) for c in columns],
        "effects": [lexicon.effects(c.effects) for c in columns],
        "estimator": [lexicon.estimator(c.estimator) for c in columns],
        "weights": [lexicon.matrix(c.weights) for c in columns if c.weights],
        "errors": list(_inference(part, lexicon)),
        "observations": _observations(part.models, lexicon),
        "columns": [_counted(part.models, lexicon)],
    }


def _joined(texts: Sequence[str]) -> str:
    joined = "; ".join(dict.fromkeys(texts))
    return joined[:1].upper() + joined[1:]


def _controls(columns: Sequence[Specification], lexicon: Lexicon) -> list[str]:
    """Return the sets of controls; the first one with its variables, which the others vary."""
    sets = {c.controls: c.control_variables for c in columns}
    texts = {named: lexicon.controls(named) for named in sets}
    first = next((named for named, variables in sets.items() if variables), None)
    if first:
        listed = lexicon.mark("list").join(map(lexicon.variable, sets[first]))
        texts[first] = lexicon.say("listed", PAGE, name=texts[first], variables=listed)
    return list(texts.values())


def _inference(part: Part, lexicon: Lexicon) -> Iterator[str]:
    """Yield how errors were made, once for every kind of inference, cluster and unit."""
    columns = zip(part.exhibit.column_ids(), part.exhibit.columns, strict=True)
    panel_of = {name: column.rows.panel for name, column in columns}
    made: dict[tuple[str, str], list[dict]] = {}
    for row in estimates.records(part.models):
        if row["identified"] == "yes" and row["inference"] != "none":
            made.setdefault((row["inference"], panel_of[row["column"]]), []).append(row)
    for (inference, panel), rows in made.items():
        kind, _, cluster = inference.partition(":")
        numbers = (row["n_clusters"] for row in rows)
        groups = sorted({int(number) for number in numbers if not math.isnan(number)})
        yield lexicon.computed(kind).format(
            cluster=lexicon.cluster(cluster or "unit", panel),
            clusters=_numbers(groups, lexicon),
            df=_numbers([number - 1 for number in groups], lexicon),
            drawn=lexicon.drawn(*([row[name] for row in rows] for name in ("draws", "seed"))),
        )


def _numbers(values: Sequence[int], lexicon: Lexicon) -> str:
    if len(values) <= LISTED:
        return " / ".join(map(str, values))
    return lexicon.say("range", PAGE, low=values[0], high=values[-1])


def _observations(models: pd.DataFrame, lexicon: Lexicon) -> list[str]:
    """Return rows, units and years, as ranges where the columns differ."""
    there = models[models["identified"] == "yes"]
    if there.empty:
        return []
    rows, units = (_range(there[name], lexicon) for name in ("nobs", "n_units"))
    first, last = (f"{year:.0f}" for year in (there["first_year"].min(), there["last_year"].max()))
    return [lexicon.say("sized", PAGE, rows=rows, units=units, first=first, last=last)]


def _range(values: pd.Series, lexicon: Lexicon) -> str:
    low, high = (f"{value:,.0f}" for value in (values.min(), values.max()))
    return low if low == high else lexicon.say("range", PAGE, low=low, high=high)


def _counted(models: pd.DataFrame, lexicon: Lexicon) -> str:
    lost, n = int((models["identified"] == "no").sum()), f"{len(models):,}"
    return lexicon.say("unidentified", PAGE, n=n, lost=lost) if lost else n
