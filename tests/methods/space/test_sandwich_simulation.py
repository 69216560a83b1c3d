"""Clustered errors where errors depend over time: 400 panels of 30 units and 10 periods.

Tolerance NEAR: a standard deviation over 400 panels has a Monte-Carlo error of 1/sqrt(800) = 3.5 %,
two of which are allowed, and 30 clusters leave a sandwich up to 5 % too small.
"""

import numpy as np
import pytest

from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import fit_stacked

REPLICATIONS = 400
NEAR = 0.12


@pytest.fixture(scope="module")
def fits(make_weights):
    """SAR with errors that are AR(0.6) in every unit, fitted by the transformed likelihood."""
    rng = np.random.default_rng(77)
    weights = make_weights(rng, 30, share=0.08)
    multiplier = np.linalg.inv(np.eye(30) - 0.4 * weights.matrix).T
    found = {kind: [] for kind in ("information", "cluster", "cluster_pairs")}
    for _ in range(REPLICATIONS):
        x = rng.normal(size=(2, 10, 30))
        errors = np.empty((10, 30))
        errors[0] = rng.normal(size=30) / 0.8
        for t in range(1, 10):
            errors[t] = 0.6 * errors[t - 1] + rng.normal(size=30)
        y = (x[0] - 0.5 * x[1] + errors) @ multiplier
        panel = StackedPanel(y, x, ("x1", "x2"), weights.labels, np.arange(10))
        for kind, kept in found.items():
            kept.append(fit_stacked(panel, weights, lee_yu=True, vcov=kind))
    return found


def test_pairs_give_the_error_of_rho(fits):
    spread = np.std([fit.rho for fit in fits["cluster_pairs"]])
    errors = {kind: np.mean([f.std_errors[-1] for f in kept]) for kind, kept in fits.items()}
    assert errors["cluster_pairs"] == pytest.approx(spread, rel=NEAR)
    assert errors["information"] < (1 - NEAR) * spread
    assert errors["cluster"] < (1 - NEAR) * spread


def test_slopes_need_no_pairs(fits):
    spread = np.std([fit.coefficients[:2] for fit in fits["cluster_pairs"]], axis=0)
    for kind in ("cluster", "cluster_pairs"):
        errors = np.mean([fit.std_errors[:2] for fit in fits[kind]], axis=0)
        assert errors == pytest.approx(spread, rel=NEAR)


def test_intervals_of_rho_cover_the_truth(fits):
    """With a Monte-Carlo error of 0.011, of which three; those of the information are too short."""
    covered = {
        kind: np.mean([low < 0.4 < high for low, high in (fit.intervals()[-1] for fit in kept)])
        for kind, kept in fits.items()
    }
    assert covered["cluster_pairs"] == pytest.approx(0.95, abs=0.033)
    assert covered["information"] < 0.95 - 0.033
