"""The density of a variable over units, by year."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.engine.sample_rows import Parts, by_variable
from pilotzone.methods.disparity import kernel
from pilotzone.panels.store import Store


def densities(what: Description, store: Store) -> Parts:
    """Kernel density of each year on one grid by variant, and the shape of each."""
    curves, shapes = [], []
    for variant, table in by_variable(what, store).items():
        grid = kernel.common_grid(table.to_numpy())
        for year, values in zip(table.index, table.to_numpy(), strict=True):
            made = dataclasses.asdict(kernel.kernel_density(values, grid))
            where = {"variant": variant, "year": year}
            curve = {"x": made.pop("grid"), "density": made.pop("density")}
            curves.append(pd.DataFrame({**where, "point": np.arange(1, len(grid) + 1), **curve}))
            shapes.append({**where, "nobs": len(values), **made})
    return {"": pd.concat(curves, ignore_index=True), "shape": pd.DataFrame(shapes)}
