"""A reader's own panel and its checks.

The configuration says which column is what; the panel is checked whole before anything is
estimated. What cannot be meant (a cell that is no number, a unit twice in a period, a treatment
that switches off) is refused with column and line; what costs rows alone (gaps, empty cells) is
named in the notes.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import Lattice, Sample, phrasebook
from pilotzone.catalogue.samples import OWN
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights, name_some
from pilotzone.panels.store import Panel
from pilotzone.reader import tabular
from pilotzone.reader.conditions import left_out
from pilotzone.reader.matrix import read_matrix
from pilotzone.reader.panel_config import (
    PERIOD,
    UNIT,
    Choices,
    Config,
    labels_of,
    read_config,
)
from pilotzone.reader.tabular import Table, shown
from pilotzone.reader.treatment import (
    Treatment,
    free,
    from_column,
    read_treatment,
    rollout_of,
)

# A reader's variable of such a name, or of a term, gets a line behind it.
RESERVED = frozenset({UNIT, PERIOD, "trend", *phrasebook.TERMS})
# Events beyond so many periods are binned.
WIDEST = 4
# A panel of more periods has dates or a sign for missing among them.
LONGEST = 10_000


@dataclasses.dataclass(frozen=True)
class OwnPanel:
    """A reader's panel, checked.

    Attributes
    ----------
    file : name of the panel's file.
    panel : rows by ``unit`` and ``period``, sorted; the roll-out over all units and periods unless
        the treatment is a dose.
    controls : variables of the frame.
    cluster : ``unit``, ``period`` or a column of the frame.
    dose : whether the treatment is more than 0 or 1.
    labels : dict from variable to its English and Chinese label
    sample : all rows; those with an empty cell among a column's variables are left out and counted.
    notes : what was found on the way, a line each.
    lattice : all combinations that the configuration asks for.
    tables : what was counted beside the panel: nothing.
    """

    file: str
    panel: Panel
    outcome: str
    treatment: str
    controls: tuple[str, ...]
    cluster: str
    dose: bool
    weights: SpatialWeights | None
    labels: dict[str, tuple[str, str]]
    sample: Sample
    notes: tuple[str, ...]
    config: Config
    lattice: Lattice | None = None
    tables: Mapping[str, pd.DataFrame] = dataclasses.field(default_factory=dict)

    @property
    def lone(self) -> bool:
        """Whether a cohort that is treated within the panel has one unit."""
        every = self.panel.treatments
        first = every[every[self.treatment] > 0].groupby(UNIT)[PERIOD].min()
        inside = first[first <= self.panel.frame[PERIOD].max()]
        return bool((inside.value_counts() == 1).any())

    @property
    def window(self) -> str:
        """First and last event of the event study with binned ends: at most four years off."""
        rows = self.panel.frame.groupby(UNIT)[PERIOD].agg(["min", "max"])
        on = self.panel.treatments[self.panel.treatments[self.treatment] > 0]
        first = on.groupby(UNIT)[PERIOD].min()
        lead = int((rows["min"] - first).min())
        lag = int((rows["max"] - first).max())
        return f"{max(lead, -WIDEST)} {min(lag, WIDEST)}"


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
    frame = _keys(table, config)
    choices = config.choices or Choices()
    asked = config.outcome, *config.controls, *choices.outcomes, *choices.controls
    variables = {column: ids[column] for column in asked}
    for column, name in variables.items():
        frame[name] = tabular.numbers(table, column)
    for column in (config.outcome, *choices.outcomes):
        if frame[ids[column]].nunique() < 2:
            raise UserError(f"{table.name}: column '{shown(column)}' is the same in all rows")
    treatment = read_treatment(table, config, frame, ids, raw_folder)
    further = [from_column(table, name, frame, ids[name]) for name in choices.treatments]
    for one in (treatment, *further):
        frame[one.name] = one.values
    samples = _samples(table, frame, config)
    cluster = {config.unit: UNIT, config.period: PERIOD, "": UNIT}.get(config.cluster)
    if cluster is None:
        cluster = free(ids[config.cluster], frame)
        frame[cluster] = tabular.names(table, config.cluster)
    weights, weights_notes = read_matrix(config.weights, config_file.parent, frame[UNIT])
    notes = (
        *_summary(table.name, frame, config, treatment),
        *table.notes,
        *_gaps(frame),
        *treatment.notes,
        *_empty_cells(table, frame, variables),
        *weights_notes,
    )
    every = _rollout(frame, (treatment, *further))
    frame = frame.sort_values([UNIT, PERIOD]).reset_index(drop=True)
    return OwnPanel(
        file=table.name,
        panel=Panel(OWN, frame, UNIT, PERIOD, every),
        outcome=ids[config.outcome],
        treatment=treatment.name,
        controls=tuple(ids[control] for control in config.controls),
        cluster=cluster,
        dose=treatment.cohort is None,
        weights=weights,
        labels=labels_of(config, ids, treatment.name),
        sample=_sample(frame, config.kind),
        notes=notes,
        config=config,
        lattice=_lattice(
            config, ids, treatment.name, (_sample(frame, config.kind), *samples), cluster
        ),
    )


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


def _samples(table: Table, frame: pd.DataFrame, config: Config) -> list[Sample]:
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
        whole = _sample(frame, config.kind)
        made.append(dataclasses.replace(whole, id=name, words=(name, name), without=((mark, 1),)))
    return made


def _lattice(
    config: Config,
    ids: Mapping[str, str],
    treatment: str,
    samples: tuple[Sample, ...],
    cluster: str,
) -> Lattice | None:
    """Return all combinations that the configuration asks for; None if it asks for none."""
    choices = config.choices
    if choices is None:
        return None
    outcomes = config.outcome, *choices.outcomes
    return Lattice(
        outcomes=tuple(dict.fromkeys(ids[column] for column in outcomes)),
        treatments=tuple(dict.fromkeys((treatment, *(ids[c] for c in choices.treatments)))),
        samples=samples,
        controls=tuple(ids[column] for column in choices.controls or config.controls),
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


def _keys(table: Table, config: Config) -> pd.DataFrame:
    """Return unit and period of each row, in the order of the file."""
    frame = pd.DataFrame({UNIT: tabular.names(table, config.unit)})
    frame[PERIOD] = tabular.whole_numbers(table, config.period)
    before_one = (frame[PERIOD] < 1).to_numpy()
    table.refuse_first(before_one, config.period, "periods are whole numbers from 1 on")
    far = (frame[PERIOD] - frame[PERIOD].min() > LONGEST).to_numpy()
    table.refuse_first(
        far,
        config.period,
        f"more than {LONGEST} periods behind the first, {frame[PERIOD].min()}; give whole numbers "
        "that count the periods (the year, or year × 12 + month)",
    )
    tabular.refuse_repeat(table, frame, "unit", "period")
    for column, name in ((UNIT, "unit"), (PERIOD, "period")):
        if frame[column].nunique() < 2:
            raise UserError(f"{table.name}: one {name} only; a panel has two or more")
    return frame


def _summary(
    file: str, frame: pd.DataFrame, config: Config, treatment: Treatment
) -> tuple[str, str]:
    """Return the size of the panel and what its treatment was taken for."""
    units = phrasebook.UNITS[config.kind][0][1]
    n, periods = frame[UNIT].nunique(), np.unique(frame[PERIOD])
    size = (
        f"{file}: {n} {units}, {len(periods)} periods {periods[0]}-{periods[-1]}, {len(frame)} rows"
    )
    if treatment.cohort is None:
        low, high = treatment.values.min(), treatment.values.max()
        return size, f"treatment '{treatment.name}': a dose from {low:g} to {high:g}"
    cohort = pd.Series(treatment.cohort).groupby(frame[UNIT]).first().value_counts().sort_index()
    counts = [f"{g} ({count})" for g, count in cohort.items() if g]
    never = cohort.get(0, 0)
    return size, (
        f"treatment '{treatment.name}': 0 or 1; {units} by first treated period: "
        f"{', '.join(counts)}; never: {never}"
    )


def _gaps(frame: pd.DataFrame) -> list[str]:
    """Return which unit-periods and which periods have no row."""
    notes = []
    periods = np.unique(frame[PERIOD])
    steps = np.diff(periods)
    if (steps > 1).any():
        pairs = [f"{a} to {b}" for a, b in itertools.pairwise(periods) if b - a > 1]
        notes.append(f"periods without any row, from one to the next: {name_some(pairs)}")
    there = pd.crosstab(frame[UNIT], frame[PERIOD]).to_numpy() > 0
    if there.all():
        return notes
    units = np.unique(frame[UNIT])
    lacking = [f"{shown(units[u])} in {periods[t]}" for u, t in np.argwhere(~there)]
    return [
        *notes,
        f"{len(lacking)} of {there.size} unit-periods have no row: {name_some(lacking)}; columns "
        "that need a balanced panel say so",
    ]


def _empty_cells(table: Table, frame: pd.DataFrame, variables: Mapping[str, str]) -> list[str]:
    """Return the empty cells of each variable; columns that use it leave these rows out."""
    notes = []
    for column, name in variables.items():
        absent = frame[name].isna().to_numpy()
        if absent.any():
            notes.append(
                f"column '{shown(column)}': {absent.sum()} empty cells, the first in "
                f"{table.where(int(absent.argmax()))}; these rows are left out where it is used"
            )
    return notes


def _sample(frame: pd.DataFrame, kind: str) -> Sample:
    first, last = int(frame[PERIOD].min()), int(frame[PERIOD].max())
    size = f"{frame[UNIT].nunique()} {phrasebook.UNITS[kind][0][1]}"
    return Sample(
        id=OWN,
        words=("Own panel", "自有面板"),
        panel=OWN,
        incomplete="drop",
        first_year=first,
        last_year=last,
        label=(f"{size}, {first}-{last}", f"自有面板，{first}-{last}"),
    )
