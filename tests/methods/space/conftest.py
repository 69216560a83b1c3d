"""Known answers and small random panels for the spatial tests."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.methods.space.dynamic_audit import DynamicTruth, simulate_dynamic
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.weights import SpatialWeights, row_normalise

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="session")
def gold():
    """Rows of the known answers: check -> quantity -> (value, std_error)."""
    return read_answers("gold.csv")


@pytest.fixture(scope="session")
def gold2():
    """The known answers for inference under dependence, as ``gold``."""
    return read_answers("gold2.csv")


def read_answers(name):
    answers = {}
    for row in pd.read_csv(REFERENCE / name).itertuples():
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


@pytest.fixture(scope="session")
def lopsided(make_weights):
    """Weights with complex eigenvalues."""
    weights = make_weights(np.random.default_rng(4), 9, symmetric=False)
    assert np.iscomplexobj(weights.eigenvalues)
    return weights


@pytest.fixture(scope="session")
def draw_panel():
    """Return a function that draws a panel of the dynamic model."""

    def draw(weights, n_periods=12, seed=1, **changes):
        truth = DynamicTruth(beta=(1.0, -0.5), theta=(0.5, 0.2), **changes)
        return simulate_dynamic(weights, truth, n_periods, np.random.default_rng(seed)).at(0)

    return draw


@pytest.fixture(scope="session")
def draw_random():
    """Return a function that draws a random-effects SDM panel; ``tie`` correlates x with them."""
    rho, beta, theta = 0.4, (1.0, -0.5), (0.6, 0.3)

    def panel(rng, weights, n_periods, *, spread=1.0, tie=0.0, theta=theta):
        n, t = len(weights.labels), n_periods
        unit = spread * rng.normal(size=n)
        x = rng.normal(size=(2, t, n)) + 0.7 * rng.normal(size=(2, 1, n)) + tie * unit
        mean = np.tensordot(beta, x, 1) + np.tensordot(theta, x @ weights.matrix.T, 1)
        mean = mean + unit + rng.normal(size=(t, 1)) + rng.normal(size=(t, n))
        y = np.linalg.solve(np.eye(n) - rho * weights.matrix, mean.T).T
        return StackedPanel(y, x, ("x1", "x2"), weights.labels, np.arange(t))

    return panel


@pytest.fixture(scope="session")
def random_panel(make_weights, draw_random):
    """Weights and a small panel with random unit effects."""
    rng = np.random.default_rng(3)
    weights = make_weights(rng, 10, symmetric=False, share=0.2)
    return weights, draw_random(rng, weights, 5)


@pytest.fixture(scope="session")
def first_year(long_panel):
    """Outcome of year 1 and the codes of its units."""
    y, _, _, unit, year = long_panel
    return y[year == 1], unit[year == 1]


@pytest.fixture(scope="session")
def six(make_weights):
    """Six units, whose 720 arrangements can be listed: weights and skewed values."""
    rng = np.random.default_rng(5)
    return make_weights(rng, 6, symmetric=False, share=0.4), rng.exponential(size=6)


@pytest.fixture(scope="session")
def drawn(make_weights, make_panel):
    """Weights and a small panel with strong regressors, which gns needs."""
    rng = np.random.default_rng(12)
    weights = make_weights(rng, 12, symmetric=False, share=0.15)
    data = make_panel(rng, weights, 9, beta=(2.0, -1.5), theta=(1.5, 1.0), rho=0.4, lam=-0.5)
    return weights, stack_panel(*data, weights)
