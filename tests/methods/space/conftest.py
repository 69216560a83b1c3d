"""Known answers and small random panels for the spatial tests."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.methods.space.weights import SpatialWeights, row_normalise

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="session")
def gold():
    """Rows of the known answers: check -> quantity -> (value, std_error)."""
    rows = pd.read_csv(REFERENCE / "gold.csv")
    answers = {}
    for row in rows.itertuples():
        answers.setdefault(row.check, {})[row.quantity] = (row.value, row.std_error)
    return answers


@pytest.fixture(scope="session")
def weights():
    """The 30 x 30 matrix of the known answers; row i is unit i."""
    matrix = np.loadtxt(REFERENCE / "spatial_weights.csv", delimiter=",")
    return SpatialWeights("reference", range(1, 31), matrix)


@pytest.fixture(scope="session")
def long_panel():
    """The panel of the known answers, as the first five arguments of fit_spatial."""
    data = pd.read_csv(REFERENCE / "spatial_panel.csv")
    return (
        data["y"].to_numpy(),
        data[["x1", "x2"]].to_numpy(),
        ("x1", "x2"),
        data["unit"].to_numpy(),
        data["year"].to_numpy(),
    )


@pytest.fixture(scope="session")
def make_weights():
    """Return a function that draws a row-normalised matrix; symmetric links or one-way ones."""

    def draw(rng, n, *, symmetric=True, share=0.3):
        links = rng.uniform(0.1, 1.0, (n, n)) * (rng.uniform(size=(n, n)) < share)
        # A ring in one direction keeps every unit off the islands.
        links[np.arange(n), (np.arange(n) + 1) % n] = 1.0
        np.fill_diagonal(links, 0.0)
        if symmetric:
            links = links + links.T
        labels = [f"u{i:03d}" for i in range(n)]
        return SpatialWeights("drawn", labels, row_normalise(links, labels))

    return draw


@pytest.fixture(scope="session")
def make_panel():
    """Return a function that draws an SDM panel (y, x, names, unit, period) in long form."""

    def draw(rng, weights, n_periods, *, beta=(1.0, -0.5), theta=(0.6, 0.3), rho=0.4, lam=0.0):
        n, k = len(weights.labels), len(beta)
        w, eye = weights.matrix, np.eye(n)
        effects = rng.normal(size=n) + rng.normal(size=(n_periods, 1))
        x = rng.normal(size=(k, n_periods, n)) + 0.5 * effects
        shocks = np.linalg.solve(eye - lam * w, rng.normal(size=(n_periods, n)).T).T
        mean = np.tensordot(beta, x, 1) + np.tensordot(theta, x @ w.T, 1) + effects
        y = np.linalg.solve(eye - rho * w, (mean + shocks).T).T
        names = tuple(f"x{i + 1}" for i in range(k))
        unit = np.tile(np.array(weights.labels), n_periods)
        period = np.repeat(np.arange(2001, 2001 + n_periods), n)
        return y.ravel(), x.reshape(k, -1).T, names, unit, period

    return draw
