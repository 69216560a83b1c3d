"""A reader's panel as it was read: what the battery and the pages ask of it."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue import Lattice, Sample, phrasebook
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Panel
from pilotzone.reader.panel_config import PERIOD, UNIT, Config
from pilotzone.reader.periods import Periods
from pilotzone.reader.plan import Plan
from pilotzone.reader.treatment import Treatment

# Events beyond so many periods are binned.
WIDEST = 4
# Events of a stacked sample, and periods of local projections: the fewest, and the last horizon.
STACKED = (-3, 2)
SHORTEST, LAST_HORIZON = 8, 4
# Treated units that have a synthetic control each, and donors.
MOST_ALONE, FEWEST_DONORS, MOST_DONORS = 20, 10, 300
NEVER = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnPanel:
    """A reader's panel, checked.

    Attributes
    ----------
    file : name of the panel's file.
    panel : rows by ``unit`` and ``period``, sorted; the roll-out over all units and periods unless
        the treatment is a dose.
    outcomes : variables, the main one first.
    treatment, further : the main treatment, and others beside it.
    controls, covariates : variables of the frame.
    row_weights : variable of the rows' weights; empty without.
    cluster : ``unit``, ``period`` or a column of the frame, or two that cross, joined by '+'.
    groups : columns by whose values effects are split.
    moderators, mediators : variables of the frame.
    dose : whether the treatment is more than 0 or 1.
    weights : a weight matrix.
    labels : dict from variable to its English and Chinese label
    periods : how periods are written.
    sample : all rows; those with an empty cell among a column's variables are left out and counted.
    cohort_samples : of one cohort and units without treatment in its years.
    notes : what was found on the way, a line each.
    lattice : all combinations that the configuration asks for.
    tables : what was counted beside the panel: nothing.
    """

    file: str
    panel: Panel
    outcomes: tuple[str, ...]
    treatment: str
    further: tuple[Treatment, ...] = ()
    controls: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    row_weights: str = ""
    cluster: str
    groups: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    dose: bool
    weights: SpatialWeights | None
    labels: dict[str, tuple[str, str]]
    periods: Periods
    sample: Sample
    cohort_samples: tuple[Sample, ...] = ()
    notes: tuple[str, ...]
    config: Config
    lattice: Lattice | None = None
    tables: Mapping[str, pd.DataFrame] = dataclasses.field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The main outcome."""
        return self.outcomes[0]

    @functools.cached_property
    def _first(self) -> pd.Series:
        """First period in which each unit has some treatment, without those that never have."""
        every = self.panel.treatments
        return every[every[self.treatment] > 0].groupby(UNIT)[PERIOD].min()

    @functools.cached_property
    def cohorts(self) -> pd.Series:
        """First treated period of each unit, 0 if never; empty for a dose."""
        if self.dose:
            return pd.Series(dtype=int)
        return self._first.reindex(np.unique(self.panel.frame[UNIT]), fill_value=NEVER).astype(int)

    @property
    def inside(self) -> pd.Series:
        """Units of each cohort that is treated within the panel and not from its first period."""
        first, last = self.span
        counts = self.cohorts.value_counts().sort_index()
        return counts[(counts.index > first) & (counts.index <= last)]

    @property
    def span(self) -> tuple[int, int]:
        """First and last period."""
        return self.sample.first_year, self.sample.last_year

    @property
    def lone(self) -> bool:
        """Whether a cohort that is treated within the panel has one unit."""
        counts = self.cohorts.value_counts()
        return bool((counts[(counts.index > NEVER) & (counts.index <= self.span[1])] == 1).any())

    @property
    def placebos(self) -> bool:
        """Whether more units are untreated throughout than are treated."""
        last = self.span[1]
        treated = (self.cohorts > NEVER) & (self.cohorts <= last)
        return bool(2 * treated.sum() < len(treated))

    @property
    def exhausted(self) -> bool:
        """Whether nobody is untreated in the last period, and somebody before it."""
        first, last = self.span
        untreated = (self.cohorts == NEVER) | (self.cohorts > last)
        return not untreated.any() and bool((self.cohorts > first).any())

    @property
    def alone_each(self) -> bool:
        """Whether each treated unit can have a synthetic control, in a small panel of a figure.

        Each is fitted some hundred times, and the time of a fit grows with the donors squared.
        """
        treated = (self.cohorts > NEVER) & (self.cohorts <= self.span[1])
        donors = len(treated) - int(treated.sum())
        return 0 < treated.sum() <= MOST_ALONE and FEWEST_DONORS <= donors <= MOST_DONORS

    @property
    def window(self) -> str:
        """First and last event of the event study with binned ends: the reader's, or four off."""
        if self.config.window:
            return " ".join(map(str, self.config.window))
        rows = self.panel.frame.groupby(UNIT)[PERIOD].agg(["min", "max"])
        lead = int((rows["min"] - self._first).min())
        lag = int((rows["max"] - self._first).max())
        return f"{max(lead, -WIDEST)} {min(lag, WIDEST)}"

    @property
    def stack(self) -> tuple[int, int]:
        """First and last event of stacked samples: as wide as the larger part of units allows."""
        (first, last), inside = self.span, self.inside
        start, units = inside.index.to_numpy(), inside.to_numpy()
        lead, lag = STACKED if not self.config.window else self.config.window
        choices = [
            (a, b)
            for a in range(lead, 0)
            for b in range(lag, -1, -1)
            if 2 * units[(start + a >= first) & (start + b <= last)].sum() >= units.sum()
        ]
        return max(choices, key=lambda pair: (pair[1] - pair[0], pair[1]), default=(-1, 0))

    @property
    def before(self) -> str:
        """First and last period before any treatment; empty if there is none."""
        (first, _), cohorts = self.span, self.cohorts
        started = cohorts[cohorts > NEVER]
        codes = np.unique(self.panel.frame[PERIOD])
        if not len(started) or started.min() <= first:
            return ""
        return f"{first} {codes[codes < started.min()].max()}"

    @property
    def horizons(self) -> int:
        """Last horizon of local projections; 0 where the panel is too short for any."""
        count = self.panel.frame[PERIOD].nunique()
        return min(LAST_HORIZON, (count - SHORTEST) // 2 + 1) if count >= SHORTEST else 0


def plan_of(own: OwnPanel) -> Plan:
    """Return what a panel asks of the battery."""
    config = own.config
    doses = {one.name for one in own.further if one.cohort is None}
    return Plan(
        outcomes=own.outcomes,
        treatment=own.treatment,
        further=tuple(one.name for one in own.further if one.name not in doses),
        doses=tuple(one.name for one in own.further if one.name in doses),
        sample=own.sample,
        cohorts=own.cohort_samples,
        controls=own.controls,
        covariates=own.covariates,
        dose=own.dose,
        lone=own.lone,
        weights=own.weights is not None,
        row_weights=own.row_weights,
        cluster=own.cluster,
        placebos=own.placebos,
        exhausted=own.exhausted,
        alone_each=own.alone_each,
        groups=own.groups,
        moderators=own.moderators,
        mediators=own.mediators,
        units=own.panel.frame[UNIT].nunique(),
        triple=(config.unit, config.triple) if config.triple else (),
        seed=config.seed,
        draws=config.draws,
        window=own.window,
        stack=" ".join(map(str, own.stack)),
        before=own.before,
        horizons=own.horizons,
        base=config.base,
        anticipation=config.anticipation,
        word=phrasebook.PERIODS[own.periods.word],
        selection=config.selection,
        lattice=own.lattice,
    )
