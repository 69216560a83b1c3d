"""Faults of the run: a regression is another one than the note says."""

import dataclasses

import numpy as np

from pilotzone.faultbench.notes import Column
from pilotzone.faultbench.worlds import World

Planted = tuple[tuple[Column, ...], str] | None


def _one(world: World, rng: np.random.Generator, among: tuple[str, ...] = ()) -> str:
    """Return the number of a column."""
    return str(rng.choice(among or [one.column for one in world.columns]))


def _but(world: World, column: str, **fields: object) -> Planted:
    """Return the columns with one that differs, and its place."""
    columns = tuple(
        dataclasses.replace(one, **fields) if one.column == column else one for one in world.columns
    )
    return columns, f"column:{column}"


def _all(world: World, **fields: object) -> Planted:
    return tuple(dataclasses.replace(one, **fields) for one in world.columns), "table"


def small_sample_rule(world: World, rng: np.random.Generator) -> Planted:
    """The errors rest on another small-sample factor."""
    return _all(world, small_sample=str(rng.choice(["full", "clusters", "none"])))


def singletons_kept(world: World, rng: np.random.Generator) -> Planted:
    """Units with one row count as rows and as clusters."""
    return _all(world, singletons="kept")


def missing_effect(world: World, rng: np.random.Generator) -> Planted:
    """One of the two effects is not there."""
    effect = str(rng.choice([world.unit, "year"]))
    return _but(world, _one(world, rng), effects=(effect,))


def misaligned_weights(world: World, rng: np.random.Generator) -> Planted:
    """The weights matrix is joined by position, though its units stand in another order."""
    return _all(world, matrix="position")


def winsorised_unsaid(world: World, rng: np.random.Generator) -> Planted:
    """Both tails of the outcome are pulled in."""
    return _but(world, _one(world, rng), transform=str(rng.choice(["winsor1", "winsor5"])))


def log_unsaid(world: World, rng: np.random.Generator) -> Planted:
    """The outcome is in logarithms."""
    return _but(world, _one(world, rng), transform="ln")


def weights_unsaid(world: World, rng: np.random.Generator) -> Planted:
    """Rows are weighted by population."""
    return _but(world, _one(world, rng), weights="population")


def lag_unsaid(world: World, rng: np.random.Generator) -> Planted:
    """The treatment is that of the year before."""
    return _but(world, _one(world, rng), lag=1)


def unit_left_out(world: World, rng: np.random.Generator) -> Planted:
    """One unit is not in the sample."""
    rows = world.frame[world.unit].value_counts()
    unit = str(rng.choice(sorted(rows.index[rows > 1])))
    return _but(world, _one(world, rng), left_out=(unit,))


def missing_control(world: World, rng: np.random.Generator) -> Planted:
    """A control that the table does not print is not there."""
    with_controls = tuple(one.column for one in world.columns if one.controls)
    column = _one(world, rng, with_controls)
    claimed = next(one for one in world.columns if one.column == column)
    hidden = [name for name in claimed.controls if name not in claimed.printed]
    gone = rng.choice(hidden)
    return _but(world, column, controls=tuple(c for c in claimed.controls if c != gone))


def collinear_dropped(world: World, rng: np.random.Generator) -> Planted:
    """Another dummy than the earliest is dropped, none of those that are printed."""
    since = world.frame["year"] - world.frame["first_year"]
    printed = set(world.columns[0].printed)
    taken = world.columns[0].references
    times = [e for e in sorted(since.unique()) if f"event:{e}" not in printed and e not in taken]
    return _all(world, references=(int(rng.choice(times)), -1))


def wrong_cluster(world: World, rng: np.random.Generator) -> Planted:
    """Errors are clustered by a wider group."""
    return _but(world, _one(world, rng), cluster=world.wider)


def robust_errors(world: World, rng: np.random.Generator) -> Planted:
    """Errors are robust and not clustered."""
    return _but(world, _one(world, rng), errors="robust")


def few_draws(world: World, rng: np.random.Generator) -> Planted:
    """The bootstrap has 49 draws."""
    return _all(world, draws=49)


def other_software(world: World, rng: np.random.Generator) -> Planted:
    """Another program than the one that is named, with the same rule."""
    return _all(world, small_sample="reghdfe")


def outcome_shifted(world: World, rng: np.random.Generator) -> Planted:
    """A constant is added to the outcome."""
    return _but(world, _one(world, rng), transform="shifted")


def search_unsaid(world: World, rng: np.random.Generator) -> Planted:
    """Other columns were estimated too and are not shown; those that are shown are right."""
    return world.columns, "table"
