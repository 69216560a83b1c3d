"""Permutation of whole treatment paths over units, or over the groups that they were dealt to."""

import itertools

import numpy as np
import pandas as pd

from pilotzone.engine.cells import cells_of, held_columns
from pilotzone.engine.design import Design
from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.engine.linear import Regression
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.paths import PathTable, path_table
from pilotzone.methods.inference.permutations import permutation_chunks
from pilotzone.methods.inference.randomisation import RandomisationTest, randomise_paths
from pilotzone.methods.multiverse.products import Cells, Held, Treatment
from pilotzone.panels.store import Store

# Deals that are computed together.
CHUNK = 500


def by_randomisation(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return the place of the t statistic among permuted paths."""
    inference = what.data.spec.inference
    groups = inference.name == "permutation_groups"
    test = path_permutation(what, inference.cluster if groups else "unit")
    found = {"estimate": test.coefficient, "statistic": test.t}
    row = resampled_rows([what.term], "permutation", test.p_value, test.draws, **found)
    return row, {"inference": f"{inference.name}:{inference.cluster}"}


def path_permutation(what: Regression, level: str) -> RandomisationTest:
    """Return the randomisation test of a column whose treatment was dealt to ``level``.

    From tables of (unit × path) products where the effects are those of units and periods, else
    one regression after the other; both give the same to rounding.

    Raises
    ------
    NotIdentified
        If the treatment has no variation within effects and controls.
    """
    data, paths = what.data, treatment_paths(what.data, level)
    cells = cells_of(data) if level == "unit" else None
    if cells is not None:
        return RandomisationTest.of(*_by_tables(data, cells, paths, what.effects.parts))
    return randomise_paths(
        data.y,
        paths,
        data.controls_or_none,
        what.effects,
        data.cluster,
        data.labels(level),
        data.period,
        strata=data.permuted_within,
        control_names=data.control_names,
        **data.resampling.drawn,
    )


def _by_tables(
    data: Design, cells: Cells, paths: PathTable, parts: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and t (1 + R,) of the data and of dealt paths."""
    held = Held.of(cells, held_columns(data), data.cluster)
    at, _ = paths.rows(np.array(data.units), np.full(len(data.units), paths.periods[0]))
    distinct, code = np.unique(paths.values[at], axis=0, return_inverse=True)
    within = data.permuted_within
    strata = None if within is None else data.by_unit(within, "within")
    drawn = permutation_chunks(len(at), **data.resampling.drawn, strata=strata, size=CHUNK)
    outcome, code = held.freed(data.y), code.ravel()
    treatment = Treatment.of(held, distinct.astype(float))
    observed = np.arange(len(at))[None]
    fits = [
        treatment.dealt(code[order]).regression(outcome)
        for order in itertools.chain((observed,), drawn)
    ]
    if np.isnan(fits[0][1][0]):
        raise NotIdentified("flat_in_effects", effects=parts)
    return tuple(np.concatenate(numbers) for numbers in zip(*fits, strict=True))


def treatment_paths(data: Design, level: str) -> PathTable:
    """Return the treatment of every unit of the sample in each of its periods.

    Where it was dealt to groups of units (``level``, a column), it is that of every group. A
    balanced sample holds it in its rows. Otherwise it comes from the roll-out, because a path
    that is dealt to another unit is needed also in the years in which its own unit has no row.

    Raises
    ------
    UserError
        If the roll-out lacks a unit or a year, or is not the treatment of the rows (a lag).
    """
    units, periods = np.unique(data.labels(level)), np.unique(data.period)
    if level == "unit" and len(data.frame) == len(units) * len(periods):
        return path_table(data.unit, data.period, data.treatment)
    name, panel = data.spec.treatment, data.whole
    every = panel.treatments
    holder = panel.unit if level == "unit" else level
    for column in (name, holder):
        if column not in every:
            raise UserError(
                f"the roll-out of the {panel.id} panel has no '{column}': its paths are not known "
                "where a unit has no row; use a balanced sample, or permute over units"
            )
    inside = every[every[holder].isin(units) & every[panel.period].isin(periods)]
    inside = inside.drop_duplicates([holder, panel.period])
    paths = path_table(
        inside[holder].to_numpy(dtype=str), inside[panel.period], inside[name].to_numpy(float)
    )
    if not np.array_equal(paths.at(data.labels(level), data.period), data.treatment):
        raise UserError(
            f"'{name}' is not the one of the roll-out in all rows, so that its paths are not known "
            "where a unit has no row; permute it without a transform or on a balanced sample"
        )
    return paths
