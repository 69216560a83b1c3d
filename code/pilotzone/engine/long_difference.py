"""Change from the last year before treatment, by group, among common cohorts."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import COUNTED, estimate_rows
from pilotzone.engine.groups import (
    cohorts_kept,
    equality,
    groups,
    told_of_thin_groups,
    with_groups,
)
from pilotzone.engine.inference.cohorts import permuted_within_groups
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.long_difference import LongDifference
from pilotzone.methods.did.long_difference import long_difference as method
from pilotzone.panels.store import Store


def long_difference(data: Design, store: Store) -> Result:
    """One change per group, the differences from the first group, and a test of equality.

    The effects of the column say what is compared: with group × period a group's own untreated
    units, with unit trends each unit's trend before treatment is removed, with size × period the
    change is net of size. With inference ``permutation`` p and interval of the groups and their
    differences are those of cohorts dealt within the groups.

    Raises
    ------
    NotIdentified
        If the outcome of a group changes by the same in all its units, so that it has no error.
    """
    before, data = data, with_groups(data)
    group, held = groups(data), _held(data)
    made = method(data.y, data.unit, data.period, data.cohort, group, **held)
    for name, alike in zip(made.names, ~made.influence.any(axis=0), strict=True):
        if alike:
            raise NotIdentified("group_changes_alike", group=name)
    years = sorted({year for _, year in made.cells})
    said = [cohorts_kept(before, data), Reason("years_averaged", {"years": years})]
    if made.lost:
        said.append(Reason("cells_lost", {"cells": len(made.lost)}))
    rows = _rows(data, made)
    if data.spec.inference.name == "permutation":
        rows = permuted_within_groups(data, group, held, rows)
        said.append(Reason("dealt_within_groups"))
    used = _used(data, made)
    counts = data.where(used).describe()
    fields = {
        "inference": f"{data.spec.inference.name}:{data.spec.inference.cluster}",
        "n_clusters": made.n_clusters,
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + int((~used).sum()),
        "reference": tuple(said),
    }
    return told_of_thin_groups(data, Result(rows, fields))


def _held(data: Design) -> dict[str, object]:
    """Return what a change is compared with and net of."""
    return {
        "within_groups": "by#period" in data.effects,
        "unit_trends": "unit#trend" in data.effects,
        "by_period": np.column_stack(data.by_period) if data.by_period else None,
        "last": data.spec.option("years") == "last",
    }


def _rows(data: Design, made: LongDifference) -> pd.DataFrame:
    """Return the rows of the groups, of their differences from the first, and of the test."""
    treatment = data.spec.treatment
    own = estimate_rows(made).assign(term=[f"{treatment}#{name}" for name in made.names])
    contrast = made.contrast
    variances = np.diag(contrast @ made.covariance @ contrast.T)
    differences = estimates.rows(
        [f"difference:{treatment}#{name}" for name in made.names[1:]],
        contrast @ made.coefficients,
        np.sqrt(variances),
        distribution="t",
        df=made.df,
    )
    test = equality(made.coefficients, made.covariance, made.n_clusters)
    return pd.concat([own, differences, test], ignore_index=True)


def _used(data: Design, made: LongDifference) -> np.ndarray:
    """Return which rows of the design are used, (N,)."""
    _, unit = np.unique(data.unit, return_inverse=True)
    _, period = np.unique(data.period, return_inverse=True)
    return made.rows[unit, period]
