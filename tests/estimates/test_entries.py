"""Estimate rows: derived columns follow from estimate, error and distribution.

Numbers are compared at 1e-12 relative where the arithmetic is exact to rounding.
"""

import numpy as np
import pytest
from scipy import stats

from pilotzone import estimates


@pytest.fixture
def table():
    rows = estimates.rows(["d", "x"], [0.5, -1.0], [0.25, 2.0], distribution="t", df=29)
    return rows.assign(exhibit="e", column="c", role="baseline", outcome="y")


def test_statistic_p_and_interval_follow_from_estimate_and_error(table):
    np.testing.assert_allclose(table["statistic"], [2.0, -0.5], rtol=1e-12)
    np.testing.assert_allclose(table["p_value"], 2 * stats.t.sf([2.0, 0.5], 29), rtol=1e-12)
    reach = stats.t.ppf(0.975, 29) * np.array([0.25, 2.0])
    np.testing.assert_allclose(table["ci_high"] - table["estimate"], reach, rtol=1e-12)
    np.testing.assert_allclose(table["estimate"] - table["ci_low"], reach, rtol=1e-12)


def test_normal_inference():
    rows = estimates.rows(["rho"], [1.0], [0.5], distribution="normal")
    np.testing.assert_allclose(rows["p_value"], 2 * stats.norm.sf(2.0), rtol=1e-12)
    np.testing.assert_allclose(rows["ci_high"], 1 + stats.norm.ppf(0.975) * 0.5, rtol=1e-12)


def test_a_distribution_without_a_rule_is_refused():
    with pytest.raises(ValueError, match="no tail probability for distribution 'cauchy'"):
        estimates.rows(["d"], [1.0], [1.0], distribution="cauchy")
