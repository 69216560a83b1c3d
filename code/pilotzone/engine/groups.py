"""One effect for each group of units, and a test that they are equal."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import Said, thin_cells, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.first_year import first_values
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.linear import identified
from pilotzone.engine.values import with_values
from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.bands import joint_wald
from pilotzone.panels.store import Store

EQUALITY = "test:equality"
# Names of the groups of a column of 0 and 1, without and with; ``""`` holds for any other panel.
BINARY = {
    "": {
        "coastal": ("inland", "coastal"),
        "coastal_city": ("inland_city", "coastal_city"),
        "municipality": ("province", "municipality"),
        "resource_based": ("not_resource_based", "resource_based"),
        "state_owned": ("not_state_owned", "state_owned"),
    },
    "city": {"municipality": ("city", "municipality")},
}


def groups(data: Design) -> np.ndarray:
    """Return the group of each row: a column's text, its two names, or a split at the median."""
    name = str(data.spec.option("by"))
    by_unit = first_values(data.panel, name)
    values = by_unit.loc[data.unit].to_numpy()
    names = (BINARY[""] | BINARY.get(data.panel.id, {})).get(name)
    if names is not None:
        strange = sorted(set(values) - {0, 1})
        if strange:
            raise UserError(f"'{name}' should be 0 or 1; it is {strange[0]} for some unit")
        return np.array(names)[values.astype(int)]
    if not pd.api.types.is_numeric_dtype(by_unit):
        return values.astype(str)
    return np.where(values > by_unit.median(), f"high_{name}", f"low_{name}")


def group_columns(data: Design) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return the treatment times each group's dummy, and the names of these terms."""
    group = groups(data)
    levels = sorted(set(group))
    names = tuple(f"{data.spec.treatment}#{level}" for level in levels)
    return [data.treatment * (group == level) for level in levels], names


def with_groups(data: Design) -> Design:
    """Return the rows whose unit has a group, with the groups as the column ``by``.

    With the option ``units_per_cohort`` treated units stay only of cohorts that have as many in
    each group; the others are counted as dropped.

    Raises
    ------
    NotIdentified
        If there is one group only, one without a treated unit, or no such cohort.
    """
    data = with_values(data, str(data.spec.option("by")), every_year=False)
    columns, names = group_columns(data)
    if len(names) == 1:
        raise NotIdentified("one_group", group=names[0].partition("#")[2])
    for column, name in zip(columns, names, strict=True):
        if not column.any():
            raise NotIdentified("group_without_treated", group=name.partition("#")[2])
    data = _common_cohorts(data, int(data.spec.chosen("units_per_cohort") or 0))
    frame = data.frame.assign(by=groups(data))
    return dataclasses.replace(data, panel=dataclasses.replace(data.panel, frame=frame))


def _common_cohorts(data: Design, least: int) -> Design:
    """Return the rows without treated units of cohorts that have too few units of some group."""
    if not least:
        return data
    units = pd.DataFrame({"unit": data.unit, "group": groups(data), "cohort": data.cohort_within})
    units = units.drop_duplicates("unit")
    # Treated in the first period already, a unit has no year before.
    later = units[units["cohort"] > data.period.min()]
    if later.empty:
        raise NotIdentified("nobody_treated_after_a_year")
    fewest = pd.crosstab(later["cohort"], later["group"])
    fewest = fewest.reindex(columns=sorted(set(units["group"])), fill_value=0).min(axis=1)
    kept = fewest.index[fewest >= least]
    if not len(kept):
        nearest = {"cohort": int(fewest.idxmax()), "fewest": fewest.max()}
        raise NotIdentified("no_common_cohort", units=least, **nearest)
    return data.without((data.cohort_within > 0) & ~np.isin(data.cohort_within, kept))


def cohorts_kept(before: Design, after: Design) -> Reason:
    """Return which cohorts are compared, and how many units were left out for it."""
    kept = sorted(set(after.cohort_within.tolist()) - {0})
    left_out = len(before.units) - len(after.units)
    return Reason("common_cohorts", {"cohorts": kept, "units": left_out})


def heterogeneity(data: Design, store: Store) -> Result:
    """One effect per group and a test that they are equal.

    Without group × period among the effects the groups share the years' path, so that what one
    group does anyway counts as its effect.
    """
    before, data = data, with_groups(data)
    columns, names = group_columns(data)
    result = identified(data, columns, names)
    q = len(names)
    equal = equality(result.coefficients[:q], result.covariance[:q, :q], result.n_clusters)
    terms = pd.concat([estimate_rows(result, q), equal], ignore_index=True)
    said = cohorts_kept(before, data) if data.spec.option("units_per_cohort") else None
    made = Result(terms, {**model_fields(result, data), "reference": said})
    return told_of_thin_groups(data, made)


def told_of_thin_groups(data: Design, result: Result) -> Result:
    """Return a result with its reason at each group of few treated units and what compares it.

    A term whose p comes from permuted paths rests on no distribution that few units belie.
    """
    columns, names = group_columns(data)
    cells = {name: column != 0 for name, column in zip(names, columns, strict=True)}
    found = thin_cells(data, cells)
    first = found.get(names[0], [])
    gaps = {f"difference:{name}": [*first, *found.get(name, [])] for name in names[1:]}
    every = [reason for reasons in found.values() for reason in reasons]
    said: Said = {**found, **gaps, EQUALITY: every}
    terms = result.terms
    there = set(terms["term"][terms["distribution"] != "permutation"])
    return with_cautions(result, {term: said[term] for term in said if term in there})


def equality(coefficients: np.ndarray, covariance: np.ndarray, n_clusters: int) -> pd.DataFrame:
    """Return the row of the test that q effects are equal, F(q − 1, G − 1)."""
    q = len(coefficients)
    contrast = np.eye(q)[1:] - np.eye(q)[0]
    test = joint_wald(contrast @ coefficients, contrast @ covariance @ contrast.T, n_clusters)
    df = (test.df1, test.df2)
    return estimates.statistic_row(EQUALITY, test.statistic, "F", test.p_value, df)
