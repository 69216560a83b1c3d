"""Faults of the data: what the panel says is not what stands beside it."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.faultbench import indices, worlds
from pilotzone.faultbench.worlds import YEARS, World

Planted = tuple[World, str] | None
# By how much one weight of an index is off.
TOO_MUCH = 0.05


def batch_misdated(world: World, rng: np.random.Generator) -> Planted:
    """One batch is coded a year early or late."""
    year = int(rng.choice(list(world.batches)))
    units = world.batches[year]
    wrong = year + int(rng.choice([-1, 1]))
    return _first_years(world, dict.fromkeys(units, wrong)), f"batch:{year}"


def never_treated_late(world: World, rng: np.random.Generator) -> Planted:
    """A unit that never had a zone is coded as treated at the end."""
    treated = {unit for units in world.batches.values() for unit in units}
    never = [unit for unit in world.frame[world.unit].unique() if unit not in treated]
    unit = str(rng.choice(never))
    return _first_years(world, {unit: int(YEARS[-2])}), f"unit:{unit}"


def _first_years(world: World, first: dict[str, int]) -> World:
    known = world.frame["first_year"]
    frame = world.frame.assign(first_year=world.frame[world.unit].map(first).fillna(known))
    frame["first_year"] = frame["first_year"].astype(int)
    return dataclasses.replace(world, frame=frame.assign(zone=worlds.zones(frame)))


def interpolated_gaps(world: World, rng: np.random.Generator) -> Planted:
    """Empty cells of a control are filled on the line between their neighbours."""
    frame = world.frame
    lines = [
        rows.set_index("year")["finance"].interpolate("index", limit_area="inside").to_numpy()
        for _, rows in frame.groupby(world.unit)
    ]
    filled = np.round(np.concatenate(lines), worlds.DIGITS)
    if np.isnan(filled).sum() == frame["finance"].isna().sum():
        return None
    return dataclasses.replace(world, frame=frame.assign(finance=filled)), "variable:finance"


def two_vintages(world: World, rng: np.random.Generator) -> Planted:
    """The denominator of a ratio is the first vintage up to some year."""
    last = rng.choice(YEARS[2:-2])
    first = worlds.ratio(world.frame, "trade_revised", "gdp_first")
    mixed = world.frame["openness"].where(world.frame["year"] > last, first)
    return dataclasses.replace(world, frame=world.frame.assign(openness=mixed)), "variable:openness"


def duplicated_rows(world: World, rng: np.random.Generator) -> Planted:
    """The rows of one unit stand twice."""
    unit = rng.choice(world.frame[world.unit].unique())
    twice = world.frame[world.frame[world.unit] == unit]
    frame = pd.concat([world.frame, twice], ignore_index=True)
    return dataclasses.replace(world, frame=frame), f"unit:{unit}"


def index_weights_sum(world: World, rng: np.random.Generator) -> Planted:
    """One weight of the index is too large, so that they don't sum to one."""
    name = str(rng.choice(list(world.index.weights)))
    wrong = world.index.weights | {name: round(world.index.weights[name] + TOO_MUCH, 6)}
    return _indexed(world, world.index.signs, wrong), "index"


def index_log_t(world: World, rng: np.random.Generator) -> Planted:
    """Entropies are taken relative to ln T in place of ln nT."""
    z = indices.standardised(world.frame, world.index.signs)
    return _indexed(world, world.index.signs, indices.weights(z, len(YEARS))), "index"


def index_sign(world: World, rng: np.random.Generator) -> Planted:
    """A negative indicator is not reversed."""
    signs = dict.fromkeys(world.index.signs, "+")
    z = indices.standardised(world.frame, signs)
    return _indexed(world, signs, indices.weights(z, len(world.frame))), "index"


def _indexed(world: World, signs: dict[str, str], weights: dict[str, float]) -> World:
    z = indices.standardised(world.frame, signs)
    frame = world.frame.assign(nqp=indices.scores(z, weights))
    return dataclasses.replace(
        world, frame=frame, index=dataclasses.replace(world.index, weights=weights)
    )
