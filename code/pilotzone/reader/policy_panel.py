"""An open panel of the project with a dated policy as its treatment, as a reader's own panel."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import Sample, controls
from pilotzone.catalogue.codebook import codebook
from pilotzone.catalogue.samples import OWN, SAMPLES
from pilotzone.catalogue.treatments import TIMINGS, treatment_id
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.policies import by_province, unit_coverage
from pilotzone.panels.raw import Places
from pilotzone.panels.raw.policies import Roster
from pilotzone.panels.rollout import first_exposed
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import FolderStore, Panel
from pilotzone.reader import panel_notes
from pilotzone.reader.own import OwnPanel
from pilotzone.reader.panel import cohort_samples
from pilotzone.reader.panel_config import PERIOD, UNIT, Config
from pilotzone.reader.periods import Periods
from pilotzone.reader.treatment import Treatment

Words = tuple[str, str]
# What no design explains: what says which row it is, and what was done to it.
NO_OUTCOME = ("key", "attribute", "treatment")
# How the units of a province make up its treatment.
MEASURES: dict[str, Words] = {
    "first": ("any unit", "任一单元"),
    "share": ("share of units", "占比"),
}


@dataclasses.dataclass(frozen=True)
class Open:
    """What the battery uses of an open panel.

    Attributes
    ----------
    sample, balanced : str
        All rows, and the units that have all years.
    controls, matrix : str
        A set of controls, a weight matrix of the balanced units.
    measures : tuple of str
        Keys of :data:`MEASURES`.
    """

    sample: str
    balanced: str
    controls: str
    matrix: str
    measures: tuple[str, ...]


OPEN = {
    "province": Open("main", "main", "baseline", "contiguity", ("first", "share")),
    "city": Open("city", "balanced", "city", "nearest_6", ("first",)),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Coding:
    """A policy in one coding, by one rule of timing, in one measure.

    Attributes
    ----------
    roster : Roster
    words : what the policy is called.
    coding : one of the roster's; the main one if empty.
    said : what the coding is called.
    timing : a key of ``TIMINGS``.
    measure : a key of :data:`MEASURES`.
    id : the policy's column name.
    """

    roster: Roster
    words: Words
    id: str
    coding: str = ""
    said: Words = ("", "")
    timing: str = "half_year"
    measure: str = "first"

    @property
    def column(self) -> str:
        """Name of the treatment; the main rule and the first measure have no suffix."""
        share = "" if self.measure == "first" else f"_{self.measure}"
        return treatment_id(f"{self.id}{share}", self.timing)

    @property
    def label(self) -> Words:
        """What the treatment is called."""
        return tuple(map(self._label, range(2)))

    def _label(self, language: int) -> str:
        named = self.words[language]
        parts = [named[:1].upper() + named[1:], self.said[language]]
        parts += [MEASURES[self.measure][language]] if self.measure != "first" else []
        parts += [TIMINGS[self.timing][language].lower()] if self.timing != "half_year" else []
        return (", ", "，")[language].join(filter(None, parts))


def open_panel(name: str, outcome: str, store: FolderStore) -> Panel:
    """Return an open panel that has an outcome.

    Raises UserError if there is no such panel, or the outcome is no figure of it.
    """
    if name not in OPEN:
        raise UserError(f"no open panel '{name}'; known: {', '.join(OPEN)}")
    panel = store.panel(name)
    way_out = f"data/codebook.csv lists the columns of the {name} panel"
    if not outcome:
        raise UserError(f"give an outcome: OUTCOME=…; {way_out}")
    try:
        panel.require(outcome)
    except UserError as lacking:
        raise UserError(f"{lacking}; {way_out}") from None
    kind = codebook(name).get(outcome, {}).get("kind", "")
    if kind in NO_OUTCOME or not pd.api.types.is_numeric_dtype(panel.frame[outcome]):
        raise UserError(f"'{outcome}' is no outcome, its kind is {kind or 'text'}; {way_out}")
    if rows_of(panel)[outcome].nunique() < 2:
        years = SAMPLES[OPEN[name].sample].label[0]
        raise UserError(f"'{outcome}' is the same in all rows, or in none ({years}); {way_out}")
    return panel


def rows_of(panel: Panel) -> pd.DataFrame:
    """Return the rows of an open panel that the battery uses."""
    sample = SAMPLES[OPEN[panel.id].sample]
    return panel.frame[member_rows(sample, panel.frame, panel.unit, panel.period)]


def values(one: Coding, panel: Panel, places: Places) -> pd.DataFrame:
    """Return a policy's coverage of the panel's units in each of its years, in [0, 1].

    Raises UserError if the rule needs days that are not known.
    """
    years = sorted(panel.treatments[panel.period].unique().tolist())
    covered = unit_coverage(one.roster, places.cities, years, one.timing, one.coding)
    if panel.id == "province":
        grouped = by_province(covered, places.cities)
        covered = grouped.max() if one.measure == "first" else grouped.mean()
    units = sorted(panel.treatments[panel.unit].unique())
    return covered.reindex(units, fill_value=0.0)


def own_panel(
    panel: Panel,
    outcome: str,
    codings: Sequence[Coding],
    places: Places,
    store: FolderStore,
    *,
    file: str,
) -> OwnPanel:
    """Return the panel with one treatment for each coding; the battery is about the first.

    Raises UserError if a treatment is the same in all rows: nothing to compare.
    """
    use, keys = OPEN[panel.id], {panel.unit: UNIT, panel.period: PERIOD}
    rows = rows_of(panel)
    named = tuple(name for name in controls.variables(use.controls) if name != outcome)
    marks = ("balanced",) if "balanced" in rows else ()
    frame = rows[list(dict.fromkeys((*keys, outcome, *named, *marks)))]
    frame = frame.rename(columns=keys).reset_index(drop=True)
    every = panel.treatments[[*keys]].rename(columns=keys).reset_index(drop=True)
    config = Config(unit=UNIT, period=PERIOD, outcome=outcome, kind=panel.id)
    years = frame[PERIOD].to_numpy()
    periods = Periods(years, "year", None, int(years.min()), 1)
    told, taken = [panel_notes.size(file, frame, config, periods)], []
    for one in codings:
        table = values(one, panel, places)
        frame[one.column], every[one.column] = (_at(table, keyed) for keyed in (frame, every))
        taken.append(_treatment(one, table, frame))
        told.append(panel_notes.taken(taken[-1], frame, config, periods))
    main = codings[0].column
    alone = cohort_samples(frame, taken[0], periods, config) if len(codings) == 1 else ()
    return OwnPanel(
        file=file,
        panel=Panel(OWN, frame, UNIT, PERIOD, every),
        outcomes=(outcome,),
        treatment=main,
        controls=named,
        cluster=UNIT,
        dose=not _zero_one(frame[main]),
        weights=_matrix(store, panel.id, frame, outcome),
        labels={one.column: one.label for one in codings},
        periods=periods,
        sample=sample_of(use.sample),
        cohort_samples=alone,
        notes=tuple(told),
        config=config,
    )


def _matrix(
    store: FolderStore, panel: str, frame: pd.DataFrame, outcome: str
) -> SpatialWeights | None:
    """Return the matrix of a panel without units that the outcome costs; None if none is left."""
    use = OPEN[panel]
    whole = dataclasses.replace(store.weights(use.matrix, panel), name=OWN)
    if sample_of(use.balanced).incomplete != "drop_units":
        return whole
    lost = set(frame.loc[frame[outcome].isna(), UNIT])
    kept = [unit for unit in whole.labels if unit not in lost]
    try:
        return whole if len(kept) == len(whole.labels) else whole.subset(kept)
    except UserError:  # some unit would be without neighbours
        return None


def sample_of(name: str) -> Sample:
    """Return a sample of an open panel as one of a reader's panel, which holds its rows alone."""
    declared = SAMPLES[name]
    whole = dict(declared.without).get("balanced") == 0
    return Sample(
        id=name,
        words=declared.words,
        label=declared.label,
        panel=OWN,
        first_year=declared.first_year,
        last_year=declared.last_year,
        incomplete="drop_units" if whole else "drop",
        without=(("balanced", 0),) if whole else (),
    )


def _at(table: pd.DataFrame, keyed: pd.DataFrame) -> np.ndarray:
    """Return the values of a table by unit and year at the rows of a frame, (N,)."""
    place = table.index.get_indexer(keyed[UNIT]), table.columns.get_indexer(keyed[PERIOD])
    return table.to_numpy()[place]


def _zero_one(column: pd.Series) -> bool:
    return bool(column.isin((0.0, 1.0)).all())


def _treatment(one: Coding, table: pd.DataFrame, frame: pd.DataFrame) -> Treatment:
    """Return the treatment of the rows, refused where it is the same in all."""
    found = frame[one.column].to_numpy()
    if np.ptp(found) == 0:
        span = f"{frame[PERIOD].min()}-{frame[PERIOD].max()}"
        what = "is in force in all rows" if found[0] else "is in force in no row"
        way_out = "choose another coding, timing or panel"
        raise UserError(f"{one.column} {what} of {span}: nothing to compare; {way_out}")
    if not _zero_one(frame[one.column]):
        return Treatment(one.column, found, None)
    first = first_exposed(table).iloc[:, 0]
    return Treatment(one.column, found, first.loc[frame[UNIT]].to_numpy())
