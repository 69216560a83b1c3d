"""Samples of units to be matched."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def sample():
    def made(seed, n=30, k=3, noise=1.0):
        """Covariates with unlike units, and treatment of two fifths that depends on them."""
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, k)) * 10.0 ** np.arange(k) + 5.0
        index = (x - 5.0) @ (0.1 ** np.arange(k))
        latent = 0.5 * index + noise * rng.logistic(size=n)
        return latent > np.quantile(latent, 0.6), x

    return made


@pytest.fixture(scope="session")
def cells():
    def made(*counts):
        """Units of a table: (level of x, treated, untreated) for each level."""
        rows = [(d, x) for x, n1, n0 in counts for d, n in ((1, n1), (0, n0)) for _ in range(n)]
        return np.array(rows).T

    return made


@pytest.fixture(scope="session")
def neighbours_case():
    def made():
        """Five treated units (two digits), five controls; 1 and 3 tie for 10, 5 and 7 for 20."""
        logit = {10: 0.0, 15: 1.2, 20: 1.0, 30: 5.0, 40: 0.95}
        logit |= {3: 0.2, 1: -0.2, 7: 0.9, 5: 1.1, 8: 2.0}
        codes = np.array(list(logit))
        return np.array(list(logit.values())), codes >= 10, codes

    return made
