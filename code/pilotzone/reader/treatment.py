"""The treatment of a reader's panel: a column, a first treated period, or the zones of cities."""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import name_some
from pilotzone.panels import raw, rollout
from pilotzone.reader import tabular
from pilotzone.reader.panel_config import PERIOD, TREATED, UNIT, ZONE, Config
from pilotzone.reader.periods import Periods
from pilotzone.reader.tabular import Table, shown


@dataclasses.dataclass(frozen=True)
class Treatment:
    """The treatment of each row, and the first treated period of its unit (None for a dose)."""

    name: str
    values: np.ndarray
    cohort: np.ndarray | None
    notes: tuple[str, ...] = ()


def read_treatment(
    table: Table,
    config: Config,
    frame: pd.DataFrame,
    periods: Periods,
    ids: Mapping[str, str],
    raw_folder: Path,
) -> Treatment:
    """Return the treatment that the configuration names, or that of the zones of cities."""
    if config.first_treated:
        name, column = free(TREATED, ids.values()), config.first_treated
        made = from_first_period(table, column, frame, periods, name)
    elif config.treatment:
        return from_column(table, config.treatment, frame, ids[config.treatment])
    else:
        name, column = free(ZONE, ids.values()), config.city_code
        if not periods.plain:
            raise UserError(
                f"{table.name}: the pilot zones are joined by calendar years; name a 'treatment' "
                "or 'first_treated', or give one row for each year"
            )
        values = _zones(table, column, frame, raw_folder)
        made = _observed(table, column, frame, values, name)
    return _varying(table, column, made)


def from_column(table: Table, column: str, frame: pd.DataFrame, name: str) -> Treatment:
    """Return a treatment as it stands in each row: of 0 and 1, or a dose."""
    values = tabular.numbers(table, column)
    told = "is empty; the treatment must be known in every row"
    table.refuse_first(np.isnan(values), column, told)
    binary = bool(np.isin(values, (0.0, 1.0)).all())
    made = _observed(table, column, frame, values, name) if binary else None
    return _varying(table, column, made or Treatment(name, values, None))


def _varying(table: Table, column: str, made: Treatment) -> Treatment:
    """Return a treatment, unless it is the same in all rows."""
    if np.ptp(made.values) == 0:
        raise UserError(
            f"{table.name}: the treatment by column '{shown(column)}' is the same in all rows"
        )
    return made


def from_first_period(
    table: Table, column: str, frame: pd.DataFrame, periods: Periods, name: str
) -> Treatment:
    """Return 1 from the first treated period on; 0 or an empty cell is never.

    Raises UserError if it is no period, below 0, or not one period for a unit.
    """
    cohort = periods.first_treated(table, column)
    first = pd.Series(cohort).groupby(frame[UNIT]).transform("first").to_numpy()
    other = cohort != first
    if other.any():
        row = int(other.argmax())
        unit = shown(frame[UNIT][row])
        here, above = (periods.label(g) if g > 0 else g for g in (cohort[row], first[row]))
        told = f"unit '{unit}' is first treated in {here} here and in {above} above"
        table.refuse(row, column, f"{told}; it is one period for a unit")
    table.refuse_first(cohort < 0, column, "is below 0; 0 or empty is never")
    values = (cohort > 0) & (frame[PERIOD].to_numpy() >= cohort)
    return Treatment(name, values.astype(float), cohort)


def _observed(
    table: Table, column: str, frame: pd.DataFrame, values: np.ndarray, name: str
) -> Treatment:
    """Return a treatment of 0 and 1 that stays on, with the first period in which it is seen."""
    unit, period = frame[UNIT].to_numpy(), frame[PERIOD].to_numpy()
    order = np.lexsort((period, unit))
    same = unit[order][1:] == unit[order][:-1]
    off = np.flatnonzero(same & (np.diff(values[order]) < 0))
    if len(off):
        before, row = order[off[0]], order[off[0] + 1]
        table.refuse(
            row,
            column,
            f"the treatment switches off: unit '{shown(unit[row])}' has it in {period[before]} and "
            f"not in {period[row]}; the estimators take one that stays, or a dose",
        )
    seen = pd.Series(np.where(values > 0, period, np.inf)).groupby(unit).transform("min")
    cohort = np.where(np.isfinite(seen), seen, 0).astype(int)
    return Treatment(name, values, cohort, tuple(_unseen(unit, period, values, cohort)))


def _unseen(
    unit: np.ndarray, period: np.ndarray, values: np.ndarray, cohort: np.ndarray
) -> list[str]:
    """Return which units lack a row in the period before the first in which they are treated."""
    periods = np.unique(period)
    starts = np.flatnonzero((cohort == period) & (cohort > periods[0]))
    before = periods[np.searchsorted(periods, period[starts]) - 1]
    there = set(zip(unit, period, strict=True))
    lacking = [
        f"{shown(unit[row])} ({period[row]})"
        for row, earlier in zip(starts, before, strict=True)
        if (unit[row], earlier) not in there
    ]
    told = "no row just before the first treated one, which counts as the first period of treatment"
    return [f"{told}: {name_some(lacking)}"] if lacking else []


def _zones(table: Table, column: str, frame: pd.DataFrame, raw_folder: Path) -> np.ndarray:
    """Return 1 where a pilot zone is in force in the row's city, by the main timing rule."""
    if column not in table.frame:
        raise UserError(
            f"{table.name}: the configuration names neither 'treatment' nor 'first_treated', and "
            f"there is no column '{shown(column)}' by which the pilot zones could be joined"
        )
    figures = raw.read_raw(raw_folder, city=False)
    codes = city_codes(table, column, figures.cities["city_code"])
    periods = sorted(set(frame[PERIOD]))
    zones = rollout.zones_in_force(figures.pilot_zones)
    exposed = rollout.unit_exposure(zones, periods, "half_year")
    exposed = exposed.reindex(sorted(set(codes)), fill_value=0.0)
    if not exposed.to_numpy().any():
        raise UserError(
            f"{table.name}: none of its cities has a zone in force in {periods[0]}-{periods[-1]}; "
            "periods must be calendar years, or name a treatment"
        )
    at = exposed.index.get_indexer(codes), exposed.columns.get_indexer(frame[PERIOD])
    return exposed.to_numpy()[at]


def city_codes(table: Table, column: str, known: pd.Series) -> np.ndarray:
    """Return the codes of the rows' cities, shape (N,).

    Raises UserError at the first code that is not among the known ones.
    """
    codes = tabular.names(table, column)
    unknown = ~np.isin(codes, known.to_numpy(dtype=str))
    listed = name_some(sorted(set(codes[unknown])))
    told = f"no code of a prefecture-level unit: {listed}; data/raw/cities.csv lists them"
    table.refuse_first(unknown, column, told)
    return codes


def rollout_of(frame: pd.DataFrame, treatment: Treatment) -> pd.DataFrame:
    """Return the treatment of every unit in every period, and in later first periods.

    Those keep a unit that is treated after the panel apart from one that never is.
    """
    cohort = pd.Series(treatment.cohort).groupby(frame[UNIT]).first()
    later = set(cohort[cohort > frame[PERIOD].min()])
    periods = np.array(sorted({*frame[PERIOD], *later}))
    on = (cohort.to_numpy()[:, None] > 0) & (periods[None, :] >= cohort.to_numpy()[:, None])
    keys = {UNIT: cohort.index.repeat(len(periods)), PERIOD: np.tile(periods, len(cohort))}
    return pd.DataFrame({**keys, treatment.name: on.astype(float).ravel()})


def free(name: str, taken: Iterable[str]) -> str:
    """Return a name, with lines behind it as long as it is taken."""
    taken = set(taken)
    while name in taken:
        name += "_"
    return name
