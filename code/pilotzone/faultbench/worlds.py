"""Made-up staggered roll-outs on provinces and cities, and what stands beside them."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.faultbench.indices import Index
from pilotzone.faultbench.notes import Column, Look

YEARS = np.arange(2013, 2023)
PROVINCES = tuple(
    f"{code}0000"
    for code in (
        *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37),
        *(41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 61, 62, 63, 64, 65),
    )
)
BATCHES = (2015, 2016, 2018, 2019, 2020)
NEVER = 6
# Digits of a figure in the panel: what is estimated is what stands in the file.
DIGITS = 6
CONTROLS = ("openness", "finance", "urbanisation")
RATIOS = {"openness": ("trade_revised", "gdp_revised")}


@dataclasses.dataclass(frozen=True)
class World:
    """All that a table rests on.

    Attributes
    ----------
    unit : the panel's column that names the units.
    wider : a column of groups of units.
    frame : the panel, sorted by unit and year.
    batches : units by year of the batch.
    columns : what the note claims.
    look : which cells are printed.
    seed : of the bootstrap.
    matrix : weights (n, n) with the units' labels, rows that sum to one; None without.
    index : how the outcome was made; None where it is none.
    """

    unit: str
    wider: str
    frame: pd.DataFrame
    batches: Mapping[int, tuple[str, ...]]
    columns: tuple[Column, ...]
    look: Look
    seed: int
    matrix: pd.DataFrame | None = None
    index: Index | None = None

    @functools.cached_property
    def panel(self) -> str:
        """The panel as CSV."""
        return self.frame.to_csv(index=False, lineterminator="\n")


def rollout(units: tuple[str, ...], never: int, rng: np.random.Generator) -> dict[str, int]:
    """Return the year of the first zone of every unit, 0 for those without."""
    order = rng.permutation(len(units))
    treated = order[never:]
    # Every batch has two units at least.
    batch = np.concatenate([np.repeat(np.arange(len(BATCHES)), 2), np.zeros(len(treated), int)])
    batch = batch[: len(treated)]
    rest = len(treated) - 2 * len(BATCHES)
    batch[2 * len(BATCHES) :] = rng.integers(len(BATCHES), size=rest)
    first = dict.fromkeys(units, 0)
    first.update({units[i]: BATCHES[b] for i, b in zip(treated, batch, strict=True)})
    return first


def persistent(n: int, rho: float, rng: np.random.Generator) -> np.ndarray:
    """Return first-order noise (n, years) of variance one."""
    made = np.empty((n, len(YEARS)))
    made[:, 0] = rng.standard_normal(n)
    for t in range(1, len(YEARS)):
        fresh = rng.standard_normal(n) * np.sqrt(1 - rho**2)
        made[:, t] = rho * made[:, t - 1] + fresh
    return made


def panel(unit: str, units: tuple[str, ...], never: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a balanced panel with figures in two vintages, controls, zones and two outcomes."""
    n, first = len(units), rollout(units, never, rng)
    shape = (n, len(YEARS))

    def figure(level: float, spread: float, growth: float) -> np.ndarray:
        size = level + spread * rng.standard_normal(n)
        return np.exp(size[:, None] + growth * np.arange(shape[1]) + 0.1 * persistent(n, 0.6, rng))

    gdp, trade = figure(9.5, 0.6, 0.07), figure(8.3, 0.9, 0.05)
    made = {
        "gdp_revised": gdp,
        "gdp_first": gdp * np.exp(0.02 + 0.03 * rng.standard_normal(shape)),
        "trade_revised": trade,
        "trade_first": trade * np.exp(-0.01 + 0.02 * rng.standard_normal(shape)),
        "population": figure(8.2, 0.6, 0.01),
        "finance": 1.5 + 0.3 * persistent(n, 0.6, rng) + 0.3 * rng.standard_normal((n, 1)),
        "urbanisation": 0.6 + 0.1 * rng.standard_normal((n, 1)) + 0.03 * persistent(n, 0.6, rng),
    }
    frame = pd.DataFrame(
        {unit: np.repeat(units, shape[1]), "year": np.tile(YEARS, n)}
        | {name: np.round(values.ravel(), DIGITS) for name, values in made.items()}
    )
    frame["first_year"] = frame[unit].map(first)
    frame["zone"] = zones(frame)
    for name, parts in RATIOS.items():
        frame[name] = ratio(frame, *parts)
    slopes = rng.normal(0, 0.1, (2, len(CONTROLS)))
    for outcome, slope in zip(("nqp", "rd_intensity"), slopes, strict=True):
        noise = rng.standard_normal((n, 1)) * 0.3 + 0.12 * persistent(n, 0.5, rng)
        common = np.cumsum(rng.normal(0.03, 0.02, shape[1]))
        effect = rng.choice([-1, 1]) * rng.uniform(0, 0.12)
        controls = frame[list(CONTROLS)].to_numpy() @ slope
        frame[outcome] = positive((noise + common).ravel() + effect * frame["zone"] + controls)
    return frame


def positive(values: pd.Series) -> pd.Series:
    """Return an outcome that has a logarithm."""
    return np.round(values + max(0.2 - values.min(), 1.0), DIGITS)


def zones(frame: pd.DataFrame, lag: int = 0) -> pd.Series:
    """Return 1 from the year of the first zone on, or so many years later."""
    first = frame["first_year"]
    return ((first > 0) & (frame["year"] - lag >= first)).astype(int)


def ratio(frame: pd.DataFrame, numerator: str, denominator: str) -> pd.Series:
    """Return a ratio with the digits of the panel."""
    return np.round(frame[numerator] / frame[denominator], DIGITS)


def batches(frame: pd.DataFrame, unit: str) -> dict[int, tuple[str, ...]]:
    """Return the units of each batch by its year."""
    first = frame.drop_duplicates(unit).query("first_year > 0")
    return {int(year): tuple(rows[unit]) for year, rows in first.groupby("first_year")}


def matrix(units: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    """Return weights among neighbours, in the order in which a name would put the units."""
    near = rng.random((len(units), len(units)))
    near = np.where(near > np.sort(near, axis=1)[:, [-5]], near, 0)
    np.fill_diagonal(near, 0)
    shares = np.round(near / near.sum(axis=1, keepdims=True), DIGITS)
    order = rng.permutation(len(units))
    labels = [units[i] for i in order]
    return pd.DataFrame(shares[np.ix_(order, order)], index=labels, columns=labels)
