"""Samples that stand inline in an exhibit: held against their panel, and their rows counted."""

import contextlib
from collections.abc import Iterator

import pandas as pd

from pilotzone.catalogue import Exhibit, Sample
from pilotzone.catalogue.samples import BROUGHT, SAMPLES
from pilotzone.errors import UserError
from pilotzone.panels.samples import flow
from pilotzone.panels.store import Panel, Store


@contextlib.contextmanager
def named(exhibit_id: str, column: str) -> Iterator[None]:
    """Say in which column of which exhibit something cannot be used."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{exhibit_id}, column {column}: {error}") from None


def inline_flow(exhibit_id: str, exhibit: Exhibit, store: Store) -> pd.DataFrame:
    """Return rows kept and dropped by each sample that stands inline, from its parent on.

    Empty where none does; the rows of a reader's panel are counted when it is read.

    Raises
    ------
    UserError
        If a sample leaves out what its panel does not hold, so that it would be its parent.
    """
    tables: dict[str, pd.DataFrame] = {}
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        sample = spec.rows
        if sample.id in (*SAMPLES, *tables) or sample.panel in BROUGHT:
            continue
        with named(exhibit_id, column):
            tables[sample.id] = _steps(sample, store.panel(sample.panel))
    return pd.concat(tables.values(), ignore_index=True) if tables else pd.DataFrame()


def _steps(sample: Sample, panel: Panel) -> pd.DataFrame:
    _require_members(sample, panel)
    every = {**SAMPLES, sample.id: sample}
    steps = flow(panel.id, panel.frame, panel.unit, every=every)
    return steps[steps["sample"] == sample.id]


def _require_members(sample: Sample, panel: Panel) -> None:
    """Refuse units and values that the panel does not hold."""
    known = {*panel.frame[panel.unit], *SAMPLES[sample.parent].excluded}
    strange = [code for code in sample.excluded if code not in known]
    if strange:
        raise UserError(
            f"sample '{sample.id}' leaves out '{strange[0]}', which is no {panel.unit} of the "
            f"{panel.id} panel; give codes such as '{panel.frame[panel.unit].iloc[0]}'"
        )
    for column, value in sample.without:
        panel.require(column)
        there = panel.frame[column].unique().tolist()
        if value not in there:
            listed = ", ".join(map(repr, sorted(there, key=str)[:6]))
            raise UserError(
                f"sample '{sample.id}' leaves out {value!r} in '{column}' of the {panel.id} panel, "
                f"which no row has; known: {listed}"
            )
