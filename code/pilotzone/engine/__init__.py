"""From a specification to rows: the only place where literals meet data and methods."""

import dataclasses
import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.catalogue import Description, Exhibit, Specification
from pilotzone.catalogue.exhibit import ENGINE
from pilotzone.engine import cautions
from pilotzone.engine.another import results_of
from pilotzone.engine.design import Design, Result, design, early
from pilotzone.engine.inline import inline_flow, named
from pilotzone.engine.rows import variables
from pilotzone.errors import NotIdentified, Reason, UserError, encode
from pilotzone.panels.store import Store

Parts = dict[str, pd.DataFrame]


def run(exhibit_id: str, store: Store, folder: Path | None = None) -> Parts:
    """Return the parts of an exhibit, ready for :func:`pilotzone.estimates.write`.

    Parameters
    ----------
    exhibit_id : str
    store : Store
    folder : Path, optional
        The estimates of other exhibits, for one that reads them; without it the columns of another
        one are estimated.

    Raises
    ------
    UserError
        If a name in the exhibit is unknown or the data cannot carry a column.
    """
    exhibit = exhibits.load(exhibit_id)
    if exhibit.describe:
        return described(exhibit.describe, store, folder)
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        with named(exhibit_id, column):
            store.panel(spec.rows.panel).require(*variables(spec))
    other = exhibit.columns_of
    if folder is None or not other:
        return columns(exhibit_id, exhibit, store, estimate)
    return columns(exhibit_id, exhibit, store, results_of(other, exhibits.load(other), folder))


def described(what: Description, store: Store, folder: Path | None = None) -> Parts:
    """Return the parts of a description, from the panels or from other exhibits' files.

    Raises
    ------
    UserError
        If it reads estimates and no folder is given.
    """
    if not what.record.reads:
        return _function(what.record.function)(what, store)
    if folder is None:
        raise UserError(f"'{what.kind}' reads the estimates of other exhibits; name their folder")
    return _function(what.record.function)(folder)


def _function(name: str) -> Callable:
    """Return the function behind ``module:function``, importing what it needs and no more."""
    module, _, attribute = name.partition(":")
    whole = module if module.startswith("pilotzone.") else ENGINE + module
    return getattr(importlib.import_module(whole), attribute)


def estimator_of(spec: Specification) -> Callable[..., Result]:
    """Return the function that estimates a column."""
    return _function(spec.method.function)


# A table of a column, and the labels that its rows are to carry.
Labelled = tuple[pd.DataFrame, dict[str, str]]


def columns(
    exhibit_id: str,
    exhibit: Exhibit,
    store: Store,
    estimated: Callable[[Specification, Store], Result],
) -> Parts:
    """Return the parts of an exhibit with regression columns, each column by ``estimated``.

    The part ``flow`` counts the rows of samples that stand inline.
    """
    counted = inline_flow(exhibit_id, exhibit, store)
    tables: dict[str, list[Labelled]] = {"": []}
    if len(counted):
        tables["flow"] = [(counted, {})]
    models = []
    for column, spec in _shown(exhibit_id, exhibit):
        with named(exhibit_id, column):
            result = estimated(spec, store)
        where = {"exhibit": exhibit_id, "column": column}
        models.append({**where, **result.model})
        if len(result.terms):
            told = {**where, "role": spec.role, "outcome": spec.outcome}
            tables[""].append((_kept(result.terms, exhibit), told))
        for part, table in result.parts.items():
            if part == cautions.PART:
                table = _kept(table, exhibit)
            elif exhibit.terms:
                continue
            tables.setdefault(part, []).append((table, where if part else {}))
    if exhibit.family:
        tables[""].append((_function("families:adjusted")(exhibit_id, exhibit, store), {}))
    whole = {part: _joined(rows) for part, rows in tables.items() if rows}
    if not len(whole.get(cautions.PART, ())):
        whole.pop(cautions.PART, None)
    empty = pd.DataFrame(columns=list(estimates.schema(exhibit, "").keys))
    return {"": empty, **whole, "models": pd.DataFrame(models)}


def _joined(labelled: list[Labelled]) -> pd.DataFrame:
    """Return tables below each other, each with its labels behind its own columns.

    Tables alike are labelled together: to set a text in each takes as long as to estimate it.
    """
    tables, labels = zip(*labelled, strict=True)
    named, columns = labels[0].keys(), tables[0].columns
    alike = all(told.keys() == named for told in labels)
    if not alike or any(not table.columns.equals(columns) for table in tables):
        return pd.concat([table.assign(**told) for table, told in labelled], ignore_index=True)
    sizes = [len(table) for table in tables]
    texts = {name: np.array([told[name] for told in labels], dtype=object) for name in named}
    repeated = {name: np.repeat(values, sizes).tolist() for name, values in texts.items()}
    return pd.concat(tables, ignore_index=True).assign(**repeated)


def _kept(rows: pd.DataFrame, exhibit: Exhibit) -> pd.DataFrame:
    """Return the rows of the terms that an exhibit names, whole or by their first piece."""
    if not exhibit.terms:
        return rows
    names = ({term, term.partition(":")[0]} for term in rows["term"].tolist())
    return rows[np.array([bool(one.intersection(exhibit.terms)) for one in names], dtype=bool)]


# From so many columns on an exhibit takes longer than two seconds.
MANY_COLUMNS = 200


def _shown(exhibit_id: str, exhibit: Exhibit) -> Iterable[tuple[str, Specification]]:
    """Return the columns with their ids, with a bar of progress where there are very many."""
    pairs = list(zip(exhibit.column_ids(), exhibit.columns, strict=True))
    if len(pairs) < MANY_COLUMNS:
        return pairs
    from tqdm import tqdm

    return tqdm(pairs, desc=exhibit_id, leave=False, disable=None)


def estimate(spec: Specification, store: Store) -> Result:
    """Return the estimate rows, the model row and further tables of one specification.

    A design that cannot identify its estimand gives no estimate rows and ``identified = no``. What
    the model row says of inference, draws and seed is what was computed.
    """
    return estimated(design(spec, store), store)


def estimated(data: Design, store: Store) -> Result:
    """Return what :func:`estimate` does, on rows that are there already."""
    spec = data.spec
    model = {**data.describe(), "identified": "yes", "inference": ""}
    try:
        _require_early(data)
        result = cautions.of_inference(data, estimator_of(spec)(data, store))
    except NotIdentified as finding:
        result = Result(pd.DataFrame(), {"identified": "no", "reason": finding.reason})
    if result.model.get("nobs", model["nobs"]) != model["nobs"]:
        # The estimator took other rows than these, or made rows of its own.
        model["outcome_mean"] = np.nan
    model |= result.model
    for name in ("reason", "reference"):
        said = model.get(name) or ()
        said = (said,) if isinstance(said, Reason) else tuple(said)
        if name == "reference" and spec.row_weights:
            said = (*said, Reason("rows_weighted", {"variable": spec.row_weights}))
        if name == "reference" and early(spec):
            said = (Reason("moved_forward", {"years": early(spec)}), *said)
        model[name] = encode(said)
    return dataclasses.replace(result, model={**model, **data.resampling.used})


def _require_early(data: Design) -> None:
    """Say that a treatment moved forward meets no row before the true one, or no other row."""
    years = early(data.spec)
    if years and (not len(data.frame) or np.ptp(data.treatment) == 0):
        raise NotIdentified("nothing_before", years=years)
