"""Spatial autocorrelation of outcomes, treatments and residuals, by year and matrix."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.engine.design import design
from pilotzone.engine.linear import fit
from pilotzone.methods.space.local_moran import local_moran
from pilotzone.methods.space.moran import gearys_c, morans_i
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

RESIDUALS = "residuals"


def moran(what: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return Moran's I and Geary's C with both p-values, and local Moran by contiguity.

    Variables and the residuals of a two-way regression, by year. A year in which a variable is the
    same everywhere has no statistic and no row.
    """
    data = design(what.baseline, store)
    frame = data.frame.assign(**{RESIDUALS: fit(data).residuals})
    overall, local = [], []
    for name in (*what.variables, RESIDUALS):
        for year, rows in frame.groupby(data.panel.period):
            if rows[name].nunique() < 2:
                continue
            values = rows[name].to_numpy(dtype=float)
            where = Where(name, year, tuple(rows[data.panel.unit]))
            for matrix in what.matrices:
                weights = store.weights(matrix, data.panel.id)
                overall += _global(what, where, values, weights)
            for matrix in str(what.option("local")).split():
                weights = store.weights(matrix, data.panel.id)
                local.append(_local(what, where, values, weights))
    return {"": pd.DataFrame(overall), "local": pd.concat(local, ignore_index=True)}


@dataclasses.dataclass(frozen=True)
class Where:
    """A variable in a year, and the units in the order of its values."""

    name: str
    year: int
    units: tuple[str, ...]


def _global(
    what: Description, where: Where, values: np.ndarray, weights: SpatialWeights
) -> list[dict[str, object]]:
    drawn = {"seed": what.seed, "permutations": what.draws}
    rows = []
    for statistic in (morans_i, gearys_c):
        made = statistic(values, where.units, weights, name=where.name, **drawn)
        keys = {"outcome": where.name, "weights": weights.name, "year": where.year}
        kinds = {"randomisation": made.p_randomisation, "permutation": made.p_permutation}
        rows += [
            {**keys, "statistic": f"{made.kind}:{kind}", "value": made.statistic, "p_value": p}
            for kind, p in kinds.items()
        ]
    return rows


def _local(
    what: Description, where: Where, values: np.ndarray, weights: SpatialWeights
) -> pd.DataFrame:
    drawn = {"seed": what.seed, "permutations": int(what.option("local_draws"))}
    made = local_moran(values, where.units, weights, name=where.name, **drawn)
    names = {"unit": "units", "value": "statistic", "p_value": "p_values", "p_adjusted": "adjusted"}
    names |= {name: name for name in ("standardised", "lag", "quadrant")}
    keys = {"outcome": where.name, "weights": weights.name, "year": where.year}
    return pd.DataFrame({**keys, **{name: getattr(made, of) for name, of in names.items()}})
