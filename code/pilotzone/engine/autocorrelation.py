"""Spatial autocorrelation of outcomes, treatments and residuals, by year and matrix."""

from collections.abc import Sequence

import pandas as pd

from pilotzone.catalogue.spec import WEIGHTS, Specification
from pilotzone.engine.design import design
from pilotzone.engine.regression import fit
from pilotzone.methods.space.local_moran import local_moran
from pilotzone.methods.space.moran import gearys_c, morans_i
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

SEED = 20180724
PERMUTATIONS = 999
VARIABLES = ("nqp", "nqp_no_ecommerce", "zone_share", "zone_first")
BASELINE = Specification(outcome="nqp_no_ecommerce", treatment="zone_share", controls="baseline")
RESIDUALS = "residuals"
LOCAL = ("contiguity",)


def moran(
    store: Store,
    baseline: Specification = BASELINE,
    variables: Sequence[str] = VARIABLES,
    matrices: Sequence[str] = WEIGHTS,
    local_matrices: Sequence[str] = LOCAL,
) -> dict[str, pd.DataFrame]:
    """Return Moran's I and Geary's C with both p-values, and local Moran by contiguity.

    Variables and the residuals of a two-way regression, by year. A year in which a variable is the
    same everywhere has no statistic and no row.
    """
    data = design(baseline, store)
    frame = data.frame.assign(**{RESIDUALS: fit(data).residuals})
    overall, local = [], []
    for name in (*variables, RESIDUALS):
        for year, rows in frame.groupby(data.panel.period):
            if rows[name].nunique() < 2:
                continue
            values, units = rows[name].to_numpy(dtype=float), tuple(rows[data.panel.unit])
            for matrix in matrices:
                weights = store.weights(matrix, data.panel.id)
                overall += _global(name, year, values, units, weights)
            for matrix in local_matrices:
                weights = store.weights(matrix, data.panel.id)
                local.append(_local(name, year, values, units, weights))
    return {"": pd.DataFrame(overall), "local": pd.concat(local, ignore_index=True)}


def _global(
    name: str, year: int, values: object, units: tuple[str, ...], weights: SpatialWeights
) -> list[dict[str, object]]:
    rows = []
    for statistic in (morans_i, gearys_c):
        made = statistic(values, units, weights, name=name, seed=SEED, permutations=PERMUTATIONS)
        where = {"outcome": name, "weights": weights.name, "year": year}
        kinds = {"randomisation": made.p_randomisation, "permutation": made.p_permutation}
        rows += [
            {**where, "statistic": f"{made.kind}:{kind}", "value": made.statistic, "p_value": p}
            for kind, p in kinds.items()
        ]
    return rows


def _local(
    name: str, year: int, values: object, units: tuple[str, ...], weights: SpatialWeights
) -> pd.DataFrame:
    made = local_moran(values, units, weights, name=name, seed=SEED)
    return pd.DataFrame(
        {
            "outcome": name,
            "weights": weights.name,
            "year": year,
            "unit": made.units,
            "standardised": made.standardised,
            "lag": made.lag,
            "value": made.statistic,
            "quadrant": made.quadrant,
            "p_value": made.p_values,
            "p_adjusted": made.adjusted,
        }
    )
