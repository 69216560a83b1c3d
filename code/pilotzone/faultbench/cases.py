"""A case: a panel, its table and its note, with one fault or none."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from pilotzone.faultbench import indices, notes, scenes, tables, worlds
from pilotzone.faultbench.faults import FAULTS, NONE, PRINT, RUN, Fault
from pilotzone.faultbench.fitting import run
from pilotzone.faultbench.notes import Column
from pilotzone.faultbench.worlds import World

# Share of the cases that are right.
FAULT_FREE = 0.3
# Worlds on which a fault may leave no trace before a case without any is taken.
ATTEMPTS = 3


@dataclasses.dataclass(frozen=True)
class Case:
    """What an auditor reads, and what the key says.

    Attributes
    ----------
    number : of the case.
    files : texts by name.
    fault : a key of ``FAULTS``, or ``none``.
    where : its place, '' without a fault.
    changed : lines of the files that the same case without the fault has otherwise.
    """

    number: int
    files: Mapping[str, str]
    fault: str
    where: str
    changed: int


def case(seed: int, number: int) -> Case:
    """Return a case, alone by its seed and its number.

    A right table comes from a world that could have a fault, so that the world betrays nothing.
    """
    rng = np.random.default_rng([seed, number])
    fault = list(FAULTS)[rng.integers(len(FAULTS))]
    if rng.random() < FAULT_FREE:
        world = _world(FAULTS[fault], _draws(seed, number, 1))
        return Case(number, _files(world, world, _run(world, world.columns)), NONE, "", 0)
    return planted(seed, number, fault)[1]


def planted(seed: int, number: int, fault: str) -> tuple[Mapping[str, str], Case]:
    """Return the files of a right table, and the same case with a fault.

    A world on which the fault leaves no trace is drawn anew, a few times.
    """
    for attempt in itertools.count(1):
        rng = _draws(seed, number, attempt)
        world = _world(FAULTS[fault], rng)
        lines = _run(world, world.columns)
        made = _planted(FAULTS[fault], world, lines, rng)
        if made:
            honest = _files(world, world, lines)
            changed = _changed(honest, made[0])
            if changed or attempt >= ATTEMPTS:
                return honest, Case(number, made[0], fault, made[1], changed)


def _draws(seed: int, number: int, attempt: int) -> np.random.Generator:
    return np.random.default_rng([seed, number, attempt])


def _world(fault: Fault, rng: np.random.Generator) -> World:
    """Return a world that can have a fault, whether or not it will."""
    name = str(rng.choice(fault.scenes))
    seen = scenes.look(fault.needs, fault.lacks, rng)
    shown = bool(rng.random() < 0.5) if fault.shown is None else fault.shown
    return scenes.SCENES[name](seen, shown, rng)


def _planted(
    fault: Fault, world: World, lines: list[tables.Line], rng: np.random.Generator
) -> tuple[Mapping[str, str], str] | None:
    """Return the files with the fault and its place; None where the world has no room for it.

    ``lines`` are the right ones.
    """
    if fault.stage == PRINT:
        made = fault.plant(world, lines, rng)
        return made and (_files(world, world, made[0]), made[1])
    made = fault.plant(world, rng)
    if made is None:
        return None
    changed, where = made
    if fault.stage == RUN:
        return _files(world, world, _run(world, changed, lines)), where
    return _files(changed, world, _run(changed, changed.columns)), where


def _run(
    world: World, columns: tuple[Column, ...], right: Sequence[tables.Line] = ()
) -> list[tables.Line]:
    """Return the rows of a table whose columns were run in their own way, some rightly."""
    lines = []
    for column, claimed in zip(columns, world.columns, strict=True):
        known = [one for one in right if one.behind.column == column.column]
        made = known if column == claimed else ()
        lines += made or [tables.line(one, world.look) for one in run(world, column, claimed)]
    return lines


def _files(world: World, claimed: World, lines: list[tables.Line]) -> dict[str, str]:
    """Return the files of a folder; roster and note are those of the claim."""
    used = {name for one in claimed.columns for name in (one.outcome, *one.controls)}
    facts: dict[str, object] = {
        "unit": claimed.unit,
        "batches": "batches.csv",
        "formulas": {
            name: {"numerator": parts[0], "denominator": parts[1]}
            for name, parts in worlds.RATIOS.items()
            if name in used
        },
    }
    roster = [(year, unit) for year, units in sorted(claimed.batches.items()) for unit in units]
    files = {
        "panel.csv": world.panel,
        "table.csv": tables.text(lines),
        "batches.csv": "".join(f"{a},{b}\n" for a, b in [("year", claimed.unit), *roster]),
    }
    if claimed.matrix is not None:
        facts["matrix"] = {"file": "weights.csv", "regressor": "w_zone", "of": "zone"}
        files["weights.csv"] = claimed.matrix.to_csv(index_label=claimed.unit, lineterminator="\n")
    if claimed.index is not None:
        facts["index"] = {
            "outcome": "nqp",
            "formula": indices.FORMULA,
            "signs": claimed.index.signs,
            "weights": "index_weights.csv",
        }
        rows = [("indicator", "weight"), *world.index.weights.items()]
        files["index_weights.csv"] = "".join(f"{a},{b}\n" for a, b in rows)
    return files | {"note.json": notes.text(claimed.columns, facts)}


def _changed(honest: Mapping[str, str], planted: Mapping[str, str]) -> int:
    """Return how many lines differ."""
    return sum(
        one != other
        for name in honest
        for one, other in itertools.zip_longest(
            honest[name].splitlines(), planted[name].splitlines()
        )
    )
