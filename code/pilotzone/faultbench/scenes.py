"""The tables that there are before anything goes wrong."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from pilotzone.faultbench import indices, worlds
from pilotzone.faultbench.notes import Column, Look
from pilotzone.faultbench.worlds import CONTROLS, PROVINCES, YEARS, World

CITIES = tuple(f"{code[:2]}0{k}00" for code in PROVINCES for k in (1, 2))
REGIONS = 7
# Share of city-years that are not observed, and of those with an empty control.
ABSENT, EMPTY = 0.06, 0.03
SINGLETONS = 3
# Years since the first zone that a table of events prints.
WINDOW = range(-3, 4)


def look(needs: Sequence[str], lacks: Sequence[str], rng: np.random.Generator) -> Look:
    """Return which cells are printed: some are needed, some must not be there."""
    drawn = {name: bool(rng.random() < 0.5) for name in ("t", "p", "interval")}
    drawn |= dict.fromkeys(needs, True) | dict.fromkeys(lacks, False)
    return Look(**drawn, decimals=int(rng.choice([3, 4, 4, 4])))


def three(unit: str, shown: bool, **fields: object) -> tuple[Column, ...]:
    """Return a column without and two with controls, the last of another outcome."""
    always = tuple(fields.pop("always", ()))
    effects = {"effects": (unit, "year"), "cluster": unit, **fields}
    terms = ("zone", *always)
    whole = terms + (CONTROLS if shown else ())
    return (
        Column(column="1", outcome="nqp", controls=always, printed=terms, **effects),
        Column(column="2", outcome="nqp", controls=always + CONTROLS, printed=whole, **effects),
        Column(
            column="3", outcome="rd_intensity", controls=always + CONTROLS, printed=whole, **effects
        ),
    )


def provinces(seen: Look, shown: bool, rng: np.random.Generator, **fields: object) -> World:
    """Return 30 provinces over ten years, some of them never treated."""
    frame = worlds.panel("code", PROVINCES, worlds.NEVER, rng)
    region = dict(zip(PROVINCES, rng.permutation(np.arange(30) % REGIONS), strict=True))
    frame.insert(1, "region", frame["code"].map(region))
    columns = three("code", shown, **fields)
    made = worlds.batches(frame, "code")
    return World("code", "region", frame, made, columns, seen, int(rng.integers(2**31)))


def cities(seen: Look, shown: bool, rng: np.random.Generator) -> World:
    """Return 60 cities of 30 provinces with years and cells that are missing."""
    frame = worlds.panel("city", CITIES, 2 * worlds.NEVER, rng)
    frame.insert(1, "province", frame["city"].str[:2] + "0000")
    once = rng.choice(CITIES, SINGLETONS, replace=False)
    kept = rng.random(len(frame)) > ABSENT
    for unit in once:
        mine = frame["city"] == unit
        kept &= ~mine | (mine & (frame["year"] == rng.choice(YEARS)))
    frame = frame[kept].reset_index(drop=True)
    frame.loc[rng.random(len(frame)) < EMPTY, "finance"] = np.nan
    made = worlds.batches(frame, "city")
    columns = three("city", shown)
    return World("city", "province", frame, made, columns, seen, int(rng.integers(2**31)))


def index(seen: Look, shown: bool, rng: np.random.Generator) -> World:
    """Return provinces whose outcome is an index by entropy weights."""
    world = provinces(seen, shown, rng)
    frame = world.frame.copy()
    shape = (len(PROVINCES), len(YEARS))
    for name in indices.INDICATORS:
        level = rng.normal(0, 0.5, (shape[0], 1)) + 0.05 * np.arange(shape[1])
        raw = np.exp(level + 0.15 * worlds.persistent(shape[0], 0.5, rng))
        frame[name] = np.round(raw.ravel(), worlds.DIGITS)
    signs = dict(indices.INDICATORS)
    z = indices.standardised(frame, signs)
    made = indices.Index(signs, indices.weights(z, len(frame)))
    frame["nqp"] = indices.scores(z, made.weights)
    return dataclasses.replace(world, frame=frame, index=made)


def spatial(seen: Look, shown: bool, rng: np.random.Generator) -> World:
    """Return provinces whose neighbours' zones are a regressor."""
    world = provinces(seen, shown, rng, always=("w_zone",))
    return dataclasses.replace(world, matrix=worlds.matrix(PROVINCES, rng))


def bootstrap(seen: Look, shown: bool, rng: np.random.Generator) -> World:
    """Return provinces whose p-values come from the wild cluster bootstrap."""
    seen = dataclasses.replace(seen, p=True, interval=False)
    return provinces(seen, True, rng, draws=999)


def event(seen: Look, shown: bool, rng: np.random.Generator) -> World:
    """Return provinces with a dummy for every year since the first zone."""
    return _events(provinces(seen, False, rng), references=(-1,))


def all_treated(seen: Look, shown: bool, rng: np.random.Generator) -> World:
    """Return an event study without never-treated units, so that two dummies must go."""
    frame = worlds.panel("code", PROVINCES, 0, rng)
    frame.insert(1, "region", frame["code"].astype(int) // 10000 % REGIONS)
    made = worlds.batches(frame, "code")
    columns = three("code", False)
    world = World("code", "region", frame, made, columns, seen, int(rng.integers(2**31)))
    earliest = int((frame["year"] - frame["first_year"]).min())
    return _events(world, references=(earliest, -1))


def _events(world: World, references: tuple[int, ...]) -> World:
    printed = tuple(f"event:{e}" for e in WINDOW if e not in references)
    columns = tuple(
        dataclasses.replace(one, treatment="event", printed=printed, references=references)
        for one in world.columns
    )
    return dataclasses.replace(world, columns=columns)


SCENES: dict[str, Callable[[Look, bool, np.random.Generator], World]] = {
    "provinces": provinces,
    "cities": cities,
    "index": index,
    "spatial": spatial,
    "bootstrap": bootstrap,
    "event": event,
    "all_treated": all_treated,
}
