"""The specification of an exhibit in words, from its literals and its model rows."""

from collections.abc import Iterator, Sequence

import pandas as pd

from pilotzone.catalogue import Specification
from pilotzone.catalogue.words import ENGLISH
from pilotzone.report.markup import link, text
from pilotzone.report.parts import BOARD, Part

# More numbers of clusters than these are given as a range.
LISTED = 3


def in_words(part: Part) -> list[tuple[str, str]]:
    """Return pairs of a term and what is said of it, as markup; none for a pure description."""
    said = _of_columns(part) if part.models is not None else {}
    pairs = [(term, text(_joined(texts))) for term, texts in said.items() if texts]
    if part.exhibit.needs and part.id != BOARD:
        pairs.append(("Reads", ", ".join(link(f"#{name}", name) for name in part.exhibit.needs)))
    return pairs


def _of_columns(part: Part) -> dict[str, list[str]]:
    columns = part.exhibit.columns
    return {
        "Outcome": [ENGLISH.variable(c.outcome) for c in columns],
        "Treatment": [ENGLISH.variable(c.treatment) for c in columns],
        "Controls": _controls(columns),
        "Sample": [ENGLISH.sample_label(c.rows) for c in columns],
        "Fixed effects": [ENGLISH.effects(c.effects) for c in columns],
        "Estimator": [ENGLISH.estimator(c.estimator) for c in columns],
        "Spatial weights": [ENGLISH.matrix(c.weights) for c in columns if c.weights],
        "Standard errors": list(_inference(part)),
        "Observations": _observations(part.models),
        "Columns": [_counted(part.models)],
    }


def _joined(texts: Sequence[str]) -> str:
    joined = "; ".join(dict.fromkeys(texts))
    return joined[:1].upper() + joined[1:]


def _controls(columns: Sequence[Specification]) -> list[str]:
    """Return the sets of controls; the first one with its variables, which the others vary."""
    sets = {c.controls: c.control_variables for c in columns}
    texts = {named: ENGLISH.controls(named) for named in sets}
    first = next((named for named, variables in sets.items() if variables), None)
    if first:
        listed = ", ".join(map(ENGLISH.variable, sets[first]))
        texts[first] = f"{texts[first]} ({listed})"
    return list(texts.values())


def _inference(part: Part) -> Iterator[str]:
    """Yield how errors were made, once for every kind of inference, cluster and unit."""
    columns = zip(part.exhibit.column_ids(), part.exhibit.columns, strict=True)
    panel_of = {name: column.rows.panel for name, column in columns}
    made = part.models
    made = made[(made["identified"] == "yes") & (made["inference"] != "none")]
    made = made.assign(panel=made["column"].map(panel_of))
    for (inference, panel), rows in made.groupby(["inference", "panel"], sort=False):
        kind, _, cluster = inference.partition(":")
        groups = sorted({int(number) for number in rows["n_clusters"].dropna()})
        yield ENGLISH.computed(kind).format(
            cluster=ENGLISH.cluster(cluster or "unit", panel),
            clusters=_numbers(groups),
            df=_numbers([number - 1 for number in groups]),
            drawn=ENGLISH.drawn(rows["draws"], rows["seed"]),
        )


def _numbers(values: Sequence[int]) -> str:
    return " / ".join(map(str, values)) if len(values) <= LISTED else f"{values[0]} to {values[-1]}"


def _observations(models: pd.DataFrame) -> list[str]:
    """Return rows, units and years, as ranges where the columns differ."""
    there = models[models["identified"] == "yes"]
    if there.empty:
        return []
    rows, units = (_range(there[name]) for name in ("nobs", "n_units"))
    first, last = there["first_year"].min(), there["last_year"].max()
    return [f"{rows} rows, {units} units, {first:.0f}-{last:.0f}"]


def _range(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _counted(models: pd.DataFrame) -> str:
    lost = int((models["identified"] == "no").sum())
    return f"{len(models):,}" + (f", of which {lost} not identified" if lost else "")
