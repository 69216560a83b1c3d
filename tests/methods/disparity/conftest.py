"""The stored spatial panel as tables of periods by units, and what other programs say of it."""

import numpy as np
import pandas as pd
import pytest

from pilotzone.methods.space.weights import SpatialWeights


@pytest.fixture(scope="session")
def stored(root):
    """Positive values (12, 30) by period and unit."""
    panel = pd.read_csv(root / "tests/reference/spatial_panel.csv")
    return np.exp(panel.pivot(index="year", columns="unit", values="y").to_numpy() / 10)


@pytest.fixture(scope="session")
def stored_weights(root):
    matrix = np.loadtxt(root / "tests/reference/spatial_weights.csv", delimiter=",")
    return SpatialWeights("stored", [f"{i:02d}" for i in range(30)], matrix)


@pytest.fixture(scope="session")
def answers(root):
    """Return a function from a quantity to the array that the other program gave."""
    table = pd.read_csv(root / "tests/reference/distribution.csv")

    def of(quantity):
        rows = table[table["quantity"] == quantity]
        places = np.array([list(map(int, text.split())) for text in rows["place"]])
        out = np.empty(places.max(axis=0) + 1)
        out[tuple(places.T)] = rows["value"]
        return out if out.size > 1 else float(out.item())

    return of
