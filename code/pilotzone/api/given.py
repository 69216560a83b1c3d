"""What a caller brings: a DataFrame whose columns have been named, as the engine takes it.

The checks are those of a reader's panel (:mod:`pilotzone.reader`), with the row's index label in
the place of a file's line.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.api import formula as formulas
from pilotzone.api.columns import SINGLE, Columns
from pilotzone.api.matrices import as_table
from pilotzone.catalogue import Sample
from pilotzone.catalogue.inferences import CROSSED
from pilotzone.catalogue.samples import OWN
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Panel
from pilotzone.reader import tabular
from pilotzone.reader.keys import keys_of
from pilotzone.reader.matrix import from_table
from pilotzone.reader.panel import identifiers
from pilotzone.reader.panel_config import PERIOD, TREATED, UNIT
from pilotzone.reader.periods import Periods
from pilotzone.reader.tabular import Table
from pilotzone.reader.treatment import Treatment, free, from_column, from_first_period, rollout_of

FILE = "data"


@dataclasses.dataclass(frozen=True)
class Given:
    """A checked panel and what its columns are.

    Attributes
    ----------
    file : what messages call it.
    panel : rows by ``unit`` and ``period``, sorted; with a roll-out where cohorts matter.
    outcome, treatment : columns of the panel; the treatment is empty where there is none.
    controls : columns of the panel.
    cluster : ``unit``, ``period`` or a column of the panel; two that cross, joined by '+'.
    row_weights : a column of the panel by which rows count; empty where all count alike.
    lexicon : what the caller calls the columns of the panel and writes for its periods.
    sample : all rows; those with an empty cell among the variables are left out and counted.
    weights : the spatial weights, None without any.
    notes : what was found on the way.
    tables : what was counted beside the panel: nothing.
    """

    file: str
    panel: Panel
    outcome: str
    treatment: str
    controls: tuple[str, ...]
    cluster: str
    row_weights: str
    lexicon: Lexicon
    sample: Sample
    weights: SpatialWeights | None
    notes: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame] = dataclasses.field(default_factory=dict)


def given(data: pd.DataFrame, named: Columns) -> Given:
    """Return a checked panel.

    Raises
    ------
    UserError
        At the first thing that cannot be meant: no DataFrame, a column that is not there, a unit
        twice in a period, one unit or period, a cell that is no number or infinite, a variable
        without any value, a treatment that switches off or is treated first in two periods, a
        matrix of other units. One line that names the row and the way out; ``data`` is unchanged.
    """
    table = _table(data, named)
    frame, periods = keys_of(table, named.unit, named.period)
    values = _values(table, named)
    ids = identifiers(values)
    columns = pd.DataFrame({ids[name]: column for name, column in values.items()})
    frame = pd.concat([frame, columns], axis=1)
    outcome, *others = values
    treated, treatment = _treatment(table, named, frame, periods, ids, others)
    cluster, row_weights = _clusters(table, named, frame), _row_weights(table, named, frame)
    labels = {
        **dict(zip(cluster.split(CROSSED), named.clusters, strict=False)),
        row_weights: named.weights or "",
        treatment: treatment,
        **{made: name for name, made in ids.items()},
    }
    weights, notes = _matrix(named, frame[UNIT])
    rollout = None if treated is None else rollout_of(frame, treated)
    frame = frame.sort_values([UNIT, PERIOD]).reset_index(drop=True)
    return Given(
        file=FILE,
        panel=Panel(OWN, frame, UNIT, PERIOD, rollout),
        outcome=ids[outcome],
        treatment=treatment,
        controls=tuple(ids[name] for name in others if ids[name] != treatment),
        cluster=cluster,
        row_weights=row_weights,
        lexicon=_lexicon(labels, frame, periods),
        sample=_sample(frame, periods),
        weights=weights,
        notes=(*(treated.notes if treated else ()), *notes),
    )


def _table(data: pd.DataFrame, named: Columns) -> Table:
    """Return a DataFrame as the checks of a reader's panel take it."""
    if not isinstance(data, pd.DataFrame):
        raise UserError(f"data is a {type(data).__name__}; give a pandas DataFrame")
    if data.empty:
        raise UserError("data has no rows")
    for role in ("formula", *SINGLE):
        value = getattr(named, role)
        if value is not None and not isinstance(value, str):
            raise UserError(f"{role} is {value!r}; give the name of a column")
    if data.columns.has_duplicates:
        twice = data.columns[data.columns.duplicated()][0]
        raise UserError(f"data: two columns are called '{twice}'; rename one")
    inside = [name for name in data.index.names if name is not None and name in named.roles]
    if inside:
        raise UserError(f"data: '{inside[0]}' is in the index; give data.reset_index()")
    table = Table(FILE, data, "row", data.index.to_numpy())
    tabular.require(table, named.roles)
    return table


def _values(table: Table, named: Columns) -> dict[str, np.ndarray]:
    """Return the variables by name: the outcome, then the regressors as declared."""
    found = _declared(table, named)
    for name, values in found.items():
        _refuse_infinite(table, name, values)
        if np.isnan(values).all():
            raise UserError(f"{table.name}: '{name}' has no value in any row; name another column")
    return found


def _declared(table: Table, named: Columns) -> dict[str, np.ndarray]:
    """Return the variables of a formula, or those that are named."""
    if named.formula:
        given_twice = named.outcome or named.listed or (named.treatment and not named.zero_one)
        if given_twice:
            raise UserError("give a formula, or outcome, treatment and covariates; not both")
        made = formulas.read_formula(named.formula, table.frame)
        return {name: made.values[name] for name in (made.outcome, *made.regressors)}
    if not named.outcome:
        raise UserError("name the outcome, or give a formula such as 'y ~ d + x'")
    regressors = () if named.zero_one or not named.treatment else (named.treatment,)
    asked = (named.outcome, *regressors, *named.listed)
    if len(set(asked)) < len(asked):
        raise UserError(f"{', '.join(asked)}: outcome, treatment and covariates are distinct")
    return {name: _numbers(table, name) for name in asked}


def _numbers(table: Table, column: str) -> np.ndarray:
    """Return a column as numbers, NaN where a cell is missing."""
    values = table.frame[column]
    if pd.api.types.is_numeric_dtype(values):
        _refuse_infinite(table, column, values.to_numpy(dtype=float, na_value=np.nan))
    return tabular.numbers(table, column)


def _refuse_infinite(table: Table, name: str, values: np.ndarray) -> None:
    told = "is infinite; make it missing or mend it"
    table.refuse_first(np.isinf(values), name, told)


def _treatment(
    table: Table,
    named: Columns,
    frame: pd.DataFrame,
    periods: Periods,
    ids: Mapping[str, str],
    regressors: Sequence[str],
) -> tuple[Treatment | None, str]:
    """Return the treatment by cohort, None where it is a regressor, and its column."""
    if not named.zero_one:
        return None, ids[regressors[0]] if regressors else ""
    if (named.first_treated is None) == (named.treatment is None):
        raise UserError("name one of first_treated (a period) and treatment (0 or 1)")
    if named.first_treated:
        name = free(TREATED, ids.values())
        finite = _finite(table, named.first_treated)
        made = from_first_period(finite, named.first_treated, frame, periods, name)
        return _joined(frame, made)
    column = str(named.treatment)
    name = free(next(iter(identifiers([column]).values())), ids.values())
    made = from_column(table, column, frame, name)
    if made.cohort is None:
        raise UserError(f"{table.name}: treatment '{column}' is a dose; this takes one of 0 and 1")
    return _joined(frame, made)


def _joined(frame: pd.DataFrame, made: Treatment) -> tuple[Treatment, str]:
    """Return a treatment and its column, which joins the frame."""
    frame[made.name] = made.values
    return made, made.name


def _finite(table: Table, column: str) -> Table:
    """Return a table in which an infinite first period, which is never, is an empty cell."""
    cells = table.frame[column]
    if not pd.api.types.is_float_dtype(cells):
        return table
    return dataclasses.replace(
        table, frame=table.frame.assign(**{column: cells.replace(np.inf, np.nan)})
    )


def _clusters(table: Table, named: Columns, frame: pd.DataFrame) -> str:
    """Return the groupings of the errors, joined; columns of the caller's join the frame."""
    if len(named.clusters) > 2:
        raise UserError(f"cluster {list(named.clusters)}: one column, or two that cross")
    made = [_cluster(table, named, column, frame) for column in named.clusters or (named.unit,)]
    return CROSSED.join(made)


def _cluster(table: Table, named: Columns, column: str, frame: pd.DataFrame) -> str:
    known = {named.unit: UNIT, named.period: PERIOD}
    if column in known:
        return known[column]
    name = free(next(iter(identifiers([column]).values())).replace(CROSSED, "_"), frame)
    frame[name] = tabular.names(table, column)
    return name


def _row_weights(table: Table, named: Columns, frame: pd.DataFrame) -> str:
    """Return the column of the frame by which rows count; empty without weights."""
    if not named.weights:
        return ""
    values = _numbers(table, named.weights)
    table.refuse_first(values < 0, named.weights, "is below 0; weights are numbers from 0 on")
    name = free(next(iter(identifiers([named.weights]).values())), frame)
    frame[name] = values
    return name


def _matrix(named: Columns, unit: pd.Series) -> tuple[SpatialWeights | None, list[str]]:
    if named.spatial_weights is None:
        return None, []
    return from_table(as_table(named.spatial_weights), unit)


def _lexicon(labels: Mapping[str, str], frame: pd.DataFrame, periods: Periods) -> Lexicon:
    """Return the words of a panel, whose columns are called alike in both languages."""
    twice = {name: (label, label) for name, label in labels.items() if name}
    written = periods.labels(frame[PERIOD].to_numpy())
    return Lexicon("en", twice, periods=written, period_word=periods.word)


def _sample(frame: pd.DataFrame, periods: Periods) -> Sample:
    first, last = int(frame[PERIOD].min()), int(frame[PERIOD].max())
    span = f"{periods.label(first)}-{periods.label(last)}"
    label = f"{frame[UNIT].nunique()} units, {span}"
    return Sample(
        id=OWN, words=(label, label), panel=OWN, incomplete="drop", first_year=first, last_year=last
    )
