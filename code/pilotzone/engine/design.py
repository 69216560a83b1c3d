"""A specification on its rows: arrays in the order of unit and period."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue.spec import CONTROLS, EFFECTS, SAMPLES, Specification
from pilotzone.errors import UserError
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Panel, Store


@dataclasses.dataclass(frozen=True)
class Result:
    """What an estimator gives back.

    Attributes
    ----------
    terms : DataFrame
        Estimate rows.
    model : dict
        Fields of the model row that the estimator knows.
    parts : dict of DataFrame
        Further tables of the exhibit; '' is a main file with a schema of its own.
    """

    terms: pd.DataFrame
    model: dict[str, object]
    parts: dict[str, pd.DataFrame] = dataclasses.field(default_factory=dict)


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
    """

    spec: Specification
    panel: Panel
    whole: Panel
    n_dropped: int = 0

    @functools.cached_property
    def cohorts(self) -> Mapping[str, int]:
        """First treated period of each unit in the whole panel, 0 if there is none."""
        return _first_treated(self.whole, self.spec.treatment)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows."""
        return self.panel.frame

    @property
    def y(self) -> np.ndarray:
        """Outcome, shape (N,)."""
        return self.frame[self.spec.outcome].to_numpy(dtype=float)

    @property
    def treatment(self) -> np.ndarray:
        """Treatment, shape (N,)."""
        return self.frame[self.spec.treatment].to_numpy(dtype=float)

    @property
    def controls(self) -> np.ndarray:
        """Controls, shape (N, k)."""
        return self.frame[list(self.control_names)].to_numpy(dtype=float)

    @property
    def control_names(self) -> tuple[str, ...]:
        """Names of the controls in the order of declaration."""
        return CONTROLS[self.spec.controls]

    @functools.cached_property
    def unit(self) -> np.ndarray:
        """Codes of the units, shape (N,)."""
        return self.frame[self.panel.unit].to_numpy(dtype=str)

    @property
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

    @property
    def effects(self) -> tuple[str, ...]:
        """Names of the declared effects."""
        return EFFECTS[self.spec.effects]

    @property
    def extra_factors(self) -> tuple[np.ndarray, ...]:
        """Labels of each declared effect beyond unit, period and trends."""
        return tuple(
            self.labels(e) for e in self.effects if e not in ("unit", "period") and not _trend(e)
        )

    @property
    def slopes(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Labels and variable of each declared effect that is a trend by group."""
        return tuple(
            (self.labels(effect.removesuffix("#trend")), self.period.astype(float))
            for effect in self.effects
            if _trend(effect)
        )

    @property
    def cohort(self) -> np.ndarray:
        """First treated period of each row's unit in the whole panel, 0 if there is none, (N,).

        A unit first treated after the sample keeps its later cohort: it is not yet treated, not
        never treated.
        """
        return np.array([self.cohorts[unit] for unit in self.unit])

    @property
    def cluster(self) -> np.ndarray:
        """Labels of the clusters, shape (N,)."""
        return self.labels(self.spec.inference.cluster)

    def where(self, rows: np.ndarray) -> "Design":
        """Return the design on some of its rows."""
        frame = self.frame[rows].reset_index(drop=True)
        panel = dataclasses.replace(self.panel, frame=frame)
        return dataclasses.replace(self, panel=panel)

    def describe(self) -> dict[str, object]:
        """Return the fields of the model row that depend on the rows alone."""
        spec, years = self.spec, self.period
        units, code = np.unique(self.unit, return_inverse=True)
        n_treated = int((np.bincount(code, self.treatment != 0) > 0).sum())
        return {
            **declared_fields(spec),
            "first_year": years.min(),
            "last_year": years.max(),
            "nobs": len(years),
            "n_units": len(units),
            "n_periods": len(np.unique(years)),
            "n_treated": n_treated,
            "n_dropped": self.n_dropped,
        }


def declared_fields(spec: Specification) -> dict[str, object]:
    """Return the fields of the model row that the specification alone decides."""
    return {
        "estimator": spec.estimator,
        "sample": spec.sample,
        "outcome": spec.outcome,
        "treatment": spec.treatment,
        "controls": spec.controls,
        "fixed_effects": spec.effects,
        "inference": spec.inference.kind,
        "weights": spec.weights,
        "seed": spec.inference.seed,
        "draws": spec.inference.draws,
        "spec_sha256": spec.sha256,
    }


def _trend(effect: str) -> bool:
    return effect.endswith("#trend")


def event_window(declared: str) -> tuple[int, int]:
    """Return the first and last event of the option ``window``, written as ``-3 1``."""
    try:
        first, last = map(int, declared.split())
    except ValueError:
        raise UserError(
            f"option 'window' is '{declared}'; give the first and last event, such as '-3 1'"
        ) from None
    return first, last


Names = tuple[str, ...]


def design(spec: Specification, store: Store) -> Design:
    """Return the rows that a specification uses.

    The option ``transform`` changes the variables: ``lag`` takes the treatment of the year before,
    ``first_difference`` the change of every variable, ``winsorise`` cuts outcome and controls at
    their 1st and 99th percentile in the sample. Differences lose each unit's first year, which is
    counted as dropped.

    A missing cell of these variables is refused, or costs the row or the unit, as the sample says;
    what is lost is counted.

    Raises
    ------
    UserError
        If the panel lacks a column, a row of the sample lacks a cell, or the treatment does not
        vary.
    """
    sample = SAMPLES[spec.sample]
    panel = store.panel(sample.panel)
    names = (spec.outcome, spec.treatment, *CONTROLS[spec.controls])
    for name in names:
        if name not in panel.frame:
            raise UserError(f"the {panel.id} panel has no column '{name}'")
    transform = str(spec.option("transform", "none"))
    if transform not in TRANSFORMS:
        raise UserError(f"transform '{transform}' is unknown; known: {', '.join(TRANSFORMS)}")
    if transform == "lag":
        frame = _inside(spec.sample, dataclasses.replace(panel, frame=_lagged(panel, spec)))
    else:
        frame = _sample_rows(spec.sample, store)
    complete = INCOMPLETE[sample.incomplete](frame, names, panel, spec.sample)
    kept = TRANSFORMS[transform](complete, panel, names, spec)
    if np.ptp(kept[spec.treatment].to_numpy(dtype=float)) == 0:
        raise UserError(
            f"treatment '{spec.treatment}' is the same in all {len(kept)} rows of sample "
            f"'{spec.sample}': nothing to compare; choose another treatment or sample"
        )
    return Design(spec, dataclasses.replace(panel, frame=kept), panel, len(frame) - len(kept))


def _inside(name: str, panel: Panel) -> pd.DataFrame:
    rows = member_rows(SAMPLES[name], panel.frame, panel.unit, panel.period)
    return panel.frame[rows].reset_index(drop=True)


@functools.lru_cache(maxsize=16)
def _sample_rows(name: str, store: Store) -> pd.DataFrame:
    """Return the rows of a sample, shared by all its columns: nothing downstream writes to it."""
    return _inside(name, store.panel(SAMPLES[name].panel))


def _first_treated(panel: Panel, treatment: str) -> dict[str, int]:
    """Return each unit's first period with a treatment other than zero, 0 if there is none."""
    every = panel.treatments
    touched = every[every[treatment] > 0]
    first = touched.groupby(panel.unit)[panel.period].min()
    return first.reindex(every[panel.unit].unique(), fill_value=0).astype(int).to_dict()


def _as_they_are(
    frame: pd.DataFrame, panel: Panel, names: tuple[str, ...], spec: Specification
) -> pd.DataFrame:
    return frame


def _lagged(panel: Panel, spec: Specification) -> pd.DataFrame:
    """Give each row the treatment of the year before, also where that year is not in the sample."""
    before = panel.treatments[[panel.unit, panel.period, spec.treatment]]
    before = before.assign(**{panel.period: before[panel.period] + 1})
    rest = panel.frame.drop(columns=spec.treatment)
    return rest.merge(before, on=[panel.unit, panel.period], how="left", validate="one_to_one")


def _differences(
    frame: pd.DataFrame, panel: Panel, names: tuple[str, ...], spec: Specification
) -> pd.DataFrame:
    """Return changes from the year before; a row without that year is left out."""
    ordered = frame.sort_values([panel.unit, panel.period])
    by_unit = ordered.groupby(panel.unit)
    follows = by_unit[panel.period].diff() == 1
    changes = by_unit[list(dict.fromkeys(names))].diff()
    return ordered.assign(**changes)[follows].reset_index(drop=True)


def _cut(
    frame: pd.DataFrame, panel: Panel, names: tuple[str, ...], spec: Specification
) -> pd.DataFrame:
    continuous = [name for name in names if name != spec.treatment]
    low, high = (frame[continuous].quantile(q) for q in WINSORISED)
    return frame.assign(**frame[continuous].clip(low, high, axis=1))


WINSORISED = (0.01, 0.99)
TRANSFORMS = {
    "none": _as_they_are,
    "lag": _as_they_are,
    "first_difference": _differences,
    "winsorise": _cut,
}


def _refuse(frame: pd.DataFrame, names: Names, panel: Panel, sample: str) -> pd.DataFrame:
    """Return the rows if no cell is missing, else say which is."""
    missing = frame[list(names)].isna()
    if not missing.any(axis=None):
        return frame
    name = missing.any().idxmax()
    row = frame[missing[name]].iloc[0]
    raise UserError(
        f"{panel.id}_panel.csv: '{name}' is missing for {row[panel.unit]} "
        f"{row[panel.period]} and {int(missing[name].sum()) - 1} further rows of sample "
        f"'{sample}'; choose a sample in which it is printed"
    )


def _drop(frame: pd.DataFrame, names: Names, panel: Panel, sample: str) -> pd.DataFrame:
    """Return the rows without a missing cell."""
    return _some(frame[frame[list(names)].notna().all(axis=1)], names, sample)


def _drop_units(frame: pd.DataFrame, names: Names, panel: Panel, sample: str) -> pd.DataFrame:
    """Return the units without a missing cell in any period."""
    lacking = frame.loc[frame[list(names)].isna().any(axis=1), panel.unit]
    return _some(frame[~frame[panel.unit].isin(lacking)], names, sample)


def _some(frame: pd.DataFrame, names: Names, sample: str) -> pd.DataFrame:
    if frame.empty:
        raise UserError(f"sample '{sample}' has no row with all of {', '.join(names)}")
    return frame.reset_index(drop=True)


INCOMPLETE = {"refuse": _refuse, "drop": _drop, "drop_units": _drop_units}
