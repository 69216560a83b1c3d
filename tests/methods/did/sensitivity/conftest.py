"""The event study of HonestDiD's documentation, and random ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.methods.did.sensitivity.path import event_path

REFERENCE = Path(__file__).parents[3] / "reference"


@pytest.fixture(scope="module")
def medicaid():
    """Five years before 2013, two after: the event study of HonestDiD's documentation."""
    rows = pd.read_csv(REFERENCE / "honest_did_event_study.csv")
    return event_path(rows.coefficient, rows.filter(like="cov_"), 5, 2)


@pytest.fixture(scope="module")
def printed():
    return pd.read_csv(REFERENCE / "honest_did_intervals.csv")


@pytest.fixture(scope="session")
def random_path():
    def made(n_pre, n_post, seed, target=None):
        """Coefficients of about one and a covariance with strong correlations, as in practice."""
        rng = np.random.default_rng(seed)
        n = n_pre + n_post
        factor = rng.normal(size=(n, n + 3)) / np.sqrt(n)
        weights = rng.normal(size=n_post) if target is None else target
        return event_path(
            rng.normal(size=n), factor @ factor.T + 0.5 * rng.random(), n_pre, n_post, weights
        )

    return made


@pytest.fixture(scope="session")
def ends():
    return lambda interval: np.array([interval.low, interval.high])
