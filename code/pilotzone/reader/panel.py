"""A reader's own panel and its checks.

The configuration says which column is what; the panel is checked whole before anything is
estimated. What cannot be meant (a cell that is no number, a unit twice in a period, a treatment
that switches off) is refused with column and line; what costs rows alone (gaps, empty cells) is
named in the notes.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import Lattice, Sample, phrasebook
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.catalogue.inferences import CROSSED
from pilotzone.catalogue.samples import OWN
from pilotzone.errors import UserError
from pilotzone.panels.store import Panel
from pilotzone.reader import factors, panel_notes, tabular
from pilotzone.reader.conditions import left_out
from pilotzone.reader.keys import read_keys
from pilotzone.reader.matrix import read_matrix
from pilotzone.reader.own import OwnPanel
from pilotzone.reader.panel_config import (
    PERIOD,
    THIRD,
    UNIT,
    WHOLE,
    Choices,
    Config,
    labels_of,
    read_config,
)
from pilotzone.reader.periods import Periods
from pilotzone.reader.tabular import Table, shown
from pilotzone.reader.treatment import (
    Treatment,
    free,
    from_column,
    read_treatment,
    rollout_of,
)

# Robust intervals are made for so many cohorts.
MOST_COHORTS = 3
# A reader's variable of such a name, or of a term or a set of controls, gets a line behind it.
RESERVED = frozenset({UNIT, PERIOD, WHOLE, THIRD, "trend", *phrasebook.TERMS, *CONTROLS})


def read_own(panel_file: Path, config_file: Path, raw_folder: Path) -> OwnPanel:
    """Read and check a reader's panel.

    Parameters
    ----------
    raw_folder : the published figures, for the pilot zones of cities.

    Raises UserError at the first thing that cannot be meant; file, column and line are named.
    """
    config = read_config(config_file)
    table = tabular.read_table(panel_file)
    tabular.require(table, config.roles)
    ids = identifiers(config.roles)
    frame, periods = read_keys(table, config)
    variables, labels = _read_variables(table, config, ids, frame)
    main, further = _read_treatments(table, config, frame, periods, ids, raw_folder)
    groups, told = _read_groups(table, config, ids, frame)
    samples = _samples(table, frame, config, periods)
    cluster = _clusters(table, frame, config, ids)
    weights, weights_notes = read_matrix(config.spatial_weights, config_file.parent, frame[UNIT])
    several = tuple(one for one in further if one.name in {ids[n] for n in config.treatments})
    notes = (
        panel_notes.size(table.name, frame, config, periods),
        *(panel_notes.taken(one, frame, config, periods) for one in (main, *several)),
        *(*table.notes, *panel_notes.gaps(frame, periods), *main.notes),
        *(*panel_notes.empty_cells(table, frame, variables), *weights_notes),
    )
    alone = cohort_samples(frame, main, periods, config)
    every = _rollout(frame, (main, *further))
    frame = frame.sort_values([UNIT, PERIOD]).reset_index(drop=True)
    whole = whole_sample(frame, config.kind, periods)
    return OwnPanel(
        file=table.name,
        panel=Panel(OWN, frame, UNIT, PERIOD, every),
        outcomes=tuple(ids[column] for column in config.outcomes),
        treatment=main.name,
        further=several,
        controls=_spread(config.controls, ids, frame),
        covariates=_spread(config.covariates, ids, frame),
        row_weights=ids[config.weights] if config.weights else "",
        cluster=cluster,
        groups=groups,
        moderators=tuple(ids[column] for column in config.moderators),
        mediators=tuple(ids[column] for column in config.mediators),
        dose=main.cohort is None,
        weights=weights,
        labels=labels_of(config, ids, main.name) | labels | told,
        periods=periods,
        sample=whole,
        cohort_samples=alone,
        notes=notes,
        config=config,
        lattice=_lattice(config, ids, frame, main.name, (whole, *samples), cluster),
    )


def _read_treatments(
    table: Table,
    config: Config,
    frame: pd.DataFrame,
    periods: Periods,
    ids: Mapping[str, str],
    raw_folder: Path,
) -> tuple[Treatment, list[Treatment]]:
    """Put the main treatment and others into the frame, and return them."""
    main = read_treatment(table, config, frame, periods, ids, raw_folder)
    further = [from_column(table, name, frame, ids[name]) for name in _further(config)]
    for one in (main, *further):
        frame[one.name] = one.values
    return main, further


def _read_groups(
    table: Table, config: Config, ids: Mapping[str, str], frame: pd.DataFrame
) -> tuple[tuple[str, ...], dict[str, tuple[str, str]]]:
    """Put columns of groups into the frame; return their names, and the labels of the groups."""
    names: list[str] = []
    labels: dict[str, tuple[str, str]] = {}
    for column in config.heterogeneity:
        by = free(f"by_{ids[column]}", frame.columns)
        frame[by], told = factors.read_groups(table, column, by, frame)
        labels |= {**told, by: (column, column)}
        names.append(by)
    return tuple(names), labels


def _further(config: Config) -> list[str]:
    """Return the columns of treatments beside the main one, each once."""
    choices = config.choices or Choices()
    named = (*config.treatments[1:], *choices.treatments)
    return [name for name in dict.fromkeys(named) if name != config.treatment]


def _read_variables(
    table: Table, config: Config, ids: Mapping[str, str], frame: pd.DataFrame
) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Put outcomes, controls, covariates, weights, moderators and mediators into the frame.

    Returns their names in the frame by column, and the labels of what a factor became.
    """
    choices = config.choices or Choices()
    outcomes = (*config.outcomes, *choices.outcomes)
    plain = (*config.moderators, *config.mediators)
    variables = dict.fromkeys((*outcomes, *([config.weights] if config.weights else []), *plain))
    for column in variables:
        frame[ids[column]] = tabular.numbers(table, column)
    named = (*config.controls, *config.covariates, *choices.controls)
    columns, labels = factors.read_controls(table, tuple(dict.fromkeys(named)), ids)
    for name, values in columns.items():
        frame[name] = values
    for column in (*outcomes, *plain):
        if frame[ids[column]].nunique() < 2:
            raise UserError(f"{table.name}: column '{shown(column)}' is the same in all rows")
    if config.weights:
        below = (frame[ids[config.weights]] < 0).to_numpy()
        table.refuse_first(below, config.weights, "is below 0; weights are numbers from 0 on")
    known = (*variables, *(name for name in named if name in ids))
    return {column: ids[column] for column in dict.fromkeys(known)}, labels


def _spread(names: Sequence[str], ids: Mapping[str, str], frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the variables of the frame behind controls, those of a factor in its place."""
    found: list[str] = []
    for name in names:
        own = ids.get(name)
        prefix = f"{ids[factors.column_of(name)]}__"
        found += [own] if own else [one for one in frame.columns if one.startswith(prefix)]
    return tuple(found)


def _clusters(table: Table, frame: pd.DataFrame, config: Config, ids: Mapping[str, str]) -> str:
    """Return the declared clusters, columns of the frame; the whole unit if none is named."""
    own = WHOLE if config.triple else UNIT
    known = {config.unit: own, config.period: PERIOD, config.triple: THIRD}
    found = []
    for column in config.cluster:
        if column not in known:
            known[column] = free(ids[column].replace(CROSSED, "_"), frame)
            frame[known[column]] = tabular.names(table, column)
        found.append(known[column])
    return CROSSED.join(found) or own


def _rollout(frame: pd.DataFrame, treatments: Sequence[Treatment]) -> pd.DataFrame | None:
    """Return the treatments of every unit in every period; None if the first is a dose.

    A dose is known where there is a row.
    """
    if treatments[0].cohort is None:
        return None
    every = rollout_of(frame, treatments[0])
    for one in treatments[1:]:
        known = frame[[UNIT, PERIOD, one.name]]
        known = known if one.cohort is None else rollout_of(frame, one)
        every = every.merge(known, on=[UNIT, PERIOD], how="left", validate="one_to_one")
    return every


def _samples(table: Table, frame: pd.DataFrame, config: Config, periods: Periods) -> list[Sample]:
    """Return the samples of the lattice; a column of the frame marks what each leaves out."""
    made = []
    for name, conditions in (config.choices or Choices()).samples.items():
        where = f"[multiverse] samples.{shown(name)}: "
        lost = left_out(table, conditions, where)
        if lost.all():
            raise UserError(f"{where}no row is left of {table.name}")
        if not lost.any():
            raise UserError(f"{where}no row of {table.name} is left out; it is the whole panel")
        mark = free(f"left_out_by_{name}", frame.columns)
        frame[mark] = lost.astype(int)
        whole = whole_sample(frame, config.kind, periods)
        made.append(dataclasses.replace(whole, id=name, words=(name, name), without=((mark, 1),)))
    return made


def _lattice(
    config: Config,
    ids: Mapping[str, str],
    frame: pd.DataFrame,
    treatment: str,
    samples: tuple[Sample, ...],
    cluster: str,
) -> Lattice | None:
    """Return all combinations that the configuration asks for; None if it asks for none."""
    choices = config.choices
    if choices is None:
        return None
    if CROSSED in cluster:
        raise UserError(
            "[multiverse] deals treatment paths and takes one cluster; name one in 'cluster', or "
            "leave [multiverse] out"
        )
    outcomes = *config.outcomes, *choices.outcomes
    return Lattice(
        outcomes=tuple(dict.fromkeys(ids[column] for column in outcomes)),
        treatments=tuple(dict.fromkeys((treatment, *(ids[c] for c in choices.treatments)))),
        samples=samples,
        controls=_spread(choices.controls or config.controls, ids, frame),
        effects=choices.effects,
        cluster=cluster,
        sign=choices.sign,
    )


def identifiers(columns: Iterable[str]) -> dict[str, str]:
    """Return for each column the name that it bears in specifications and estimates.

    Signs that join terms or choices become lines, and a name that means something to the engine
    or is taken gets a line behind it. The column's own name remains its label.
    """
    found: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"[^\w.%()+-]+", "_", column.strip()) or "_"
        found[column] = free(name, RESERVED.union(found.values()))
    return found


def cohort_samples(
    frame: pd.DataFrame, main: Treatment, periods: Periods, config: Config
) -> tuple[Sample, ...]:
    """Return samples of one cohort each and of units untreated throughout its years.

    Those are the never-treated units, or without any the later cohorts up to the first of them.
    Taken are the largest cohorts with two units and two periods before treatment. A column of the
    frame marks the rows that each leaves out.
    """
    if main.cohort is None or config.triple:
        return ()
    whole, codes = whole_sample(frame, config.kind, periods), np.unique(frame[PERIOD])
    never = (main.cohort == 0) | (main.cohort > whole.last_year)
    sizes = pd.Series(main.cohort).groupby(frame[UNIT]).first().value_counts()
    made = []
    for g, count in sizes.items():
        later = main.cohort[main.cohort > g]
        end = whole.last_year if never.any() else (int(later.min()) - 1 if len(later) else 0)
        before = int((codes < g).sum())
        if g == 0 or count < 2 or before < 2 or end < g or len(made) == MOST_COHORTS:
            continue
        beside = never if never.any() else main.cohort > g
        mark = free(f"not_of_{g}", frame.columns)
        frame[mark] = (~(beside | (main.cohort == g))).astype(int)
        label = periods.label(int(g))
        words = (f"Cohort {label}", f"{label}年队列")
        cut = {"id": f"cohort_{label}", "words": words, "label": words, "last_year": end}
        made.append(dataclasses.replace(whole, **cut, without=((mark, 1),)))
    return tuple(sorted(made, key=lambda one: one.id))


def whole_sample(frame: pd.DataFrame, kind: str, periods: Periods) -> Sample:
    """Return the sample of all rows."""
    first, last = int(frame[PERIOD].min()), int(frame[PERIOD].max())
    size = f"{frame[UNIT].nunique()} {phrasebook.UNITS[kind][0][1]}"
    span = periods.span(first, last)
    return Sample(
        id=OWN,
        words=("Own panel", "自有面板"),
        panel=OWN,
        incomplete="drop",
        first_year=first,
        last_year=last,
        label=(f"{size}, {span}", f"自有面板，{span}"),
    )
