"""A specification on its rows: arrays in the order of unit and period."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue import Specification, crossing
from pilotzone.catalogue.effects import SLOPES
from pilotzone.engine import rows
from pilotzone.engine.first_year import first_values, standardised
from pilotzone.engine.resampling import Resampling
from pilotzone.errors import UserError
from pilotzone.methods.did.twfe import panel_effects
from pilotzone.methods.inference.cluster import Clusters, Crossed, clusters_of
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.paths import per_unit
from pilotzone.panels.store import Panel, Store


@dataclasses.dataclass(frozen=True)
class Result:
    """What an estimator gives back.

    Attributes
    ----------
    terms : DataFrame
        Estimate rows.
    model : dict
        Fields of the model row that the estimator knows; ``inference`` is what it computed.
    parts : dict of DataFrame
        Further tables of the exhibit; '' is a main file with a schema of its own.
    covariance : DataFrame or None
        Of the terms that have an error of their own, by term; None where errors are resampled.
    """

    terms: pd.DataFrame
    model: dict[str, object]
    parts: dict[str, pd.DataFrame] = dataclasses.field(default_factory=dict)
    covariance: pd.DataFrame | None = None


@dataclasses.dataclass(frozen=True)
class Design:
    """The rows of one column.

    Attributes
    ----------
    spec : Specification
    panel : Panel
        The panel with only the rows of this column, sorted by unit and period.
    whole : Panel
        The panel with all its rows, from which cohorts are read.
    n_dropped : int
        Rows of the sample that are not used.
    resampling : Resampling
        Draws and seed.
    beside : tuple of str
        Columns of the rows that stand beside the treatment, before the controls.
    """

    spec: Specification
    panel: Panel
    whole: Panel
    n_dropped: int
    resampling: Resampling
    beside: tuple[str, ...] = ()

    @property
    def row_weights(self) -> np.ndarray | None:
        """Weights of the rows, (N,); None where each counts alike."""
        return self.column(self.spec.row_weights) if self.spec.row_weights else None

    @functools.cached_property
    def cohorts(self) -> Mapping[str, int]:
        """First treated period of each unit in the whole panel, 0 if there is none."""
        return rows.first_treated(self.whole, self.spec.treatment).to_dict()

    @property
    def frame(self) -> pd.DataFrame:
        """The rows."""
        return self.panel.frame

    @functools.cached_property
    def y(self) -> np.ndarray:
        """Outcome, shape (N,)."""
        return self.frame[self.spec.outcome].to_numpy(dtype=float)

    @functools.cached_property
    def treatment(self) -> np.ndarray:
        """Treatment, shape (N,)."""
        return self.frame[self.spec.treatment].to_numpy(dtype=float)

    @property
    def controls(self) -> np.ndarray:
        """Controls, shape (N, k)."""
        columns = [self.frame[name].to_numpy(dtype=float) for name in self.control_names]
        return np.array(columns).reshape(len(columns), len(self.frame)).T

    @property
    def named_controls(self) -> dict[str, object]:
        """The arguments ``controls`` (None where there are none) and ``control_names``."""
        return {"controls": self.controls_or_none, "control_names": self.control_names}

    @property
    def controls_or_none(self) -> np.ndarray | None:
        """Controls, None where there are none."""
        return self.controls if self.control_names else None

    @property
    def control_names(self) -> tuple[str, ...]:
        """Names of what stands beside the treatment, then of the controls as declared."""
        return (*self.beside, *self.spec.control_variables)

    @functools.cached_property
    def unit(self) -> np.ndarray:
        """Codes of the units, shape (N,)."""
        return self.frame[self.panel.unit].to_numpy(dtype=str)

    @functools.cached_property
    def units(self) -> tuple[str, ...]:
        """Code of each unit once, in order."""
        return tuple(np.unique(self.unit))

    @functools.cached_property
    def n_treated(self) -> int:
        """Units with a treated row."""
        return len(np.unique(self.unit[self.treatment != 0]))

    @functools.cached_property
    def period(self) -> np.ndarray:
        """Periods, shape (N,)."""
        return self.frame[self.panel.period].to_numpy()

    def labels(self, name: str) -> np.ndarray:
        """Return the labels of a grouping: ``unit``, ``period``, a column, or ``a#b``."""
        if "#" in name:
            parts = [self.labels(part).astype(str) for part in name.split("#")]
            return np.array(["#".join(pair) for pair in zip(*parts, strict=True)])
        column = {"unit": self.panel.unit, "period": self.panel.period}.get(name, name)
        if column not in self.frame:
            raise UserError(f"the {self.panel.id} panel has no column '{column}' to group by")
        return self.frame[column].to_numpy()

    def column(self, name: str) -> np.ndarray:
        """Return a column of numbers, shape (N,).

        Raises
        ------
        UserError
            If the panel has no such column.
        """
        self.panel.require(name)
        return self.frame[name].to_numpy(dtype=float)

    @property
    def effects(self) -> tuple[str, ...]:
        """Names of the declared effects."""
        return self.spec.held_constant.parts

    @property
    def extra_factors(self) -> tuple[np.ndarray, ...]:
        """Labels of each of :attr:`extra_effects`."""
        return tuple(map(self.labels, self.extra_effects))

    @property
    def extra_effects(self) -> tuple[str, ...]:
        """Declared effects beyond unit, period and slopes."""
        own = ("unit", "period")
        return tuple(e for e in self.effects if e not in own and not _trend(e) and not _slope(e))

    @property
    def slopes(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Labels and variable of each declared effect that is a slope: trends, then by period."""
        trends = [
            (self.labels(effect.removesuffix("#trend")), self.period.astype(float))
            for effect in self.effects
            if _trend(effect)
        ]
        return (*trends, *((self.period, variable) for variable in self.by_period))

    @property
    def by_period(self) -> tuple[np.ndarray, ...]:
        """Variables with an effect by period: of each unit's first year, standardised, (N,) each.

        Raises
        ------
        UserError
            If the panel lacks one, or the logarithm of one does not exist.
        """
        found: list[np.ndarray] = []
        for name in (effect.partition("#")[0] for effect in self.effects if _slope(effect)):
            declared = SLOPES[name]
            names = declared or (str(self.spec.option(name)),)
            found += standardised(self.panel, names, logs=bool(declared))
        return tuple(found)

    def first_value(self, name: str) -> np.ndarray:
        """Return each row's unit's value of a column in the first period that has one, (N,)."""
        return first_values(self.panel, name).loc[self.unit].to_numpy()

    @property
    def further(self) -> dict[str, object]:
        """The arguments of a regression beyond units and periods."""
        held = {"extra_factors": self.extra_factors, "slopes": self.slopes}
        return {**held, "weights": self.row_weights, "cluster": self.cluster}

    @functools.cached_property
    def cohort(self) -> np.ndarray:
        """First treated period of each row's unit in the whole panel, 0 if there is none, (N,).

        A unit first treated after the sample keeps its later cohort: it is not yet treated, not
        never treated.
        """
        return np.array([self.cohorts[unit] for unit in self.unit])

    @property
    def cohort_within(self) -> np.ndarray:
        """Cohorts, 0 for a unit that is not treated within the sample, (N,)."""
        return within(self.cohort, self.period)

    @functools.cached_property
    def absorbed(self) -> FixedEffects:
        """The declared effects on all rows."""
        own = {f"{name}_effects": name in self.effects for name in ("unit", "period")}
        held = {"extra_factors": self.extra_factors, "slopes": self.slopes}
        return panel_effects(self.unit, self.period, weights=self.row_weights, **own, **held)

    @functools.cached_property
    def cluster(self) -> np.ndarray | Crossed:
        """Labels of the clusters, shape (N,), or the two sets that cross."""
        sets = [self.labels(name) for name in crossing(self.spec.inference.cluster or "unit")]
        return sets[0] if len(sets) == 1 else Crossed.of(*sets)

    @functools.cached_property
    def clusters(self) -> Clusters:
        """Codes of :attr:`cluster`; of two sets that cross, ``count`` is that of the smaller."""
        return clusters_of(self.cluster)

    @property
    def permuted_within(self) -> np.ndarray | None:
        """Labels of the groups in which paths are permuted, shape (N,); None without groups."""
        column = str(self.spec.chosen("within") or "none")
        return None if column == "none" else self.labels(column)

    def by_unit(self, labels: np.ndarray, name: str) -> np.ndarray:
        """Return the label (U,) of each unit, in the order of codes, from those of the rows.

        Raises
        ------
        UserError
            If labels vary within a unit.
        """
        return per_unit(labels, np.searchsorted(self.units, self.unit), len(self.units), name)

    def where(self, kept: np.ndarray) -> "Design":
        """Return the design on some of its rows."""
        frame = self.frame[kept].reset_index(drop=True)
        panel = dataclasses.replace(self.panel, frame=frame)
        return dataclasses.replace(self, panel=panel)

    def with_outcome(self, spec: Specification, values: np.ndarray) -> "Design":
        """Return the same rows with another outcome (N,), for a column that differs in its seed."""
        frame = self.frame.assign(**{spec.outcome: values})
        panel = dataclasses.replace(self.panel, frame=frame)
        drawn = Resampling(spec.inference)
        made = dataclasses.replace(self, spec=spec, panel=panel, resampling=drawn)
        # What rests on units, periods and treatments stays; effects and clusters where known.
        stays = ("cohorts", "cohort", "unit", "units", "period", "treatment", "n_treated")
        known = self.__dict__.keys() & {"absorbed", "cluster", "clusters"}
        made.__dict__.update({name: getattr(self, name) for name in (*stays, *known)})
        return made

    def without(self, lost: np.ndarray) -> "Design":
        """Return the design without some of its rows, which are counted as dropped."""
        if not lost.any():
            return self
        return dataclasses.replace(self.where(~lost), n_dropped=self.n_dropped + int(lost.sum()))

    def wide(self, name: str, what: str) -> pd.DataFrame:
        """Return a column by period and unit; ``what`` needs a balanced sample.

        Raises
        ------
        UserError
            If a unit lacks a period.
        """
        table = self.frame.pivot(index=self.panel.period, columns=self.panel.unit, values=name)
        gaps = int(table.isna().any(axis=0).sum())
        if gaps:
            raise UserError(
                f"sample '{self.spec.rows.id}' is unbalanced: {gaps} of {table.shape[1]} units "
                f"lack a year; {what} need a balanced sample"
            )
        return table

    def describe(self) -> dict[str, object]:
        """Return the fields of the model row that depend on specification and rows alone."""
        return {**declared_fields(self.spec), **self.counts}

    @functools.cached_property
    def counts(self) -> Mapping[str, object]:
        """The fields of the model row that depend on the rows alone."""
        years = self.period
        first, last = (years.min(), years.max()) if len(years) else (np.nan, np.nan)
        return {
            "first_year": first,
            "last_year": last,
            "nobs": len(years),
            "n_units": len(self.units),
            "n_periods": len(np.unique(years)),
            "n_treated": self.n_treated,
            "n_dropped": self.n_dropped,
            "outcome_mean": self.y.mean() if len(years) else np.nan,
        }


def declared_fields(spec: Specification) -> dict[str, object]:
    """Return the fields of the model row that the specification alone decides."""
    return {
        "estimator": spec.estimator,
        "sample": spec.rows.id,
        "outcome": spec.outcome,
        "treatment": spec.treatment,
        "controls": spec.dimension("controls"),
        "fixed_effects": spec.effects,
        "weights": spec.weights,
        "spec_sha256": spec.sha256,
    }


def within(cohort: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Return cohorts, 0 for those that are not treated within the periods."""
    return np.where(cohort > period.max(), 0, cohort)


def _trend(effect: str) -> bool:
    return effect.endswith("#trend")


def _slope(effect: str) -> bool:
    name, _, by = effect.partition("#")
    return by == "period" and name in SLOPES


def design(spec: Specification, store: Store) -> Design:
    """Return the rows that a specification uses; see :func:`pilotzone.engine.rows.used`.

    With the option ``years_early`` the treatment of the whole panel starts so many years before the
    true one, and rows from the true one on are left out. What is averaged then are the early years;
    a unit that another one is compared with is untreated by the moved date. A unit that is treated
    from the first period on, or after the last one that is known, is what it is to each estimator.
    A dealt path meets the rows that its new unit has left: permutations are then not exact.

    Raises
    ------
    UserError
        If the panel lacks a column, a row of the sample lacks a cell or has a weight below zero,
        or the treatment does not vary. Rows of weight zero are counted as dropped.
    """
    whole = store.panel(spec.rows.panel)
    whole.require(*rows.variables(spec))
    years = early(spec)
    told = rows.moved_forward(whole, spec.treatment, years) if years else whole
    frame, lost = rows.used(spec, told)
    panel = dataclasses.replace(told, frame=frame)
    data = _weighed(Design(spec, panel, told, lost, Resampling(spec.inference)))
    if years:
        return data.without(rows.truly_treated(frame, whole, spec.treatment))
    if np.ptp(data.treatment) == 0:
        raise UserError(
            f"treatment '{spec.treatment}' is the same in all {len(frame)} rows of sample "
            f"'{spec.rows.id}': nothing to compare; choose another treatment or sample"
        )
    return data


def _weighed(data: Design) -> Design:
    """Return a design without rows of weight zero; refuse a weight below it."""
    if data.row_weights is None:
        return data
    name, below = data.spec.row_weights, data.row_weights < 0
    if below.any():
        row = data.frame[below].iloc[0]
        raise UserError(
            f"row weights '{name}': {row[name]:g} for {row[data.panel.unit]} in "
            f"{row[data.panel.period]}; weights are numbers from 0 on"
        )
    if not data.row_weights.any():
        raise UserError(f"row weights '{name}' are 0 in all {len(data.frame)} rows; name another")
    return data.without(data.row_weights == 0)


def early(spec: Specification) -> int:
    """Return by how many years a column moves its treatment forward."""
    return int(spec.chosen("years_early") or 0)
