"""One effect for each group of units, and a test that they are equal."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.linear import fit
from pilotzone.engine.values import first_values, with_values
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.bands import joint_wald
from pilotzone.panels.store import Store

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
    by_unit = first_values(data, name)
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
    """Return the rows whose unit has a group.

    Raises
    ------
    NotIdentified
        If there is one group only, or one without a treated unit.
    """
    data = with_values(data, str(data.spec.option("by")), every_year=False)
    columns, names = group_columns(data)
    if len(names) == 1:
        raise NotIdentified("one_group", group=names[0].partition("#")[2])
    for column, name in zip(columns, names, strict=True):
        if not column.any():
            raise NotIdentified("group_without_treated", group=name.partition("#")[2])
    return data


def heterogeneity(data: Design, store: Store) -> Result:
    """One effect per group and a test that they are equal."""
    data = with_groups(data)
    columns, names = group_columns(data)
    result = fit(data, columns, names)
    q = len(names)
    contrast = np.eye(q)[1:] - np.eye(q)[0]
    covariance = contrast @ result.covariance[:q, :q] @ contrast.T
    test = joint_wald(contrast @ result.coefficients[:q], covariance, result.n_clusters)
    df = (test.df1, test.df2)
    equal = estimates.statistic_row("test:equality", test.statistic, "F", test.p_value, df)
    terms = pd.concat([estimate_rows(result, q), equal], ignore_index=True)
    return Result(terms, model_fields(result, data))
