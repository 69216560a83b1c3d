"""Joint tests, simultaneous bands and the power of the pre-test.

Tolerances: EXACT for closed forms. A share simulated with R draws is compared within four binomial
standard errors, at most 2/√R; CRITICAL is that error for a 95 % quantile, divided by the density
of the maximum there, about 0.1 or more for up to ten coefficients. R_NOISE is the spread of the
random integration in the R package, CENTS that of numbers derived from it.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.bands import joint_wald, simultaneous_bands
from pilotzone.methods.inference.pretest_power import (
    linear_trend_that_explains,
    roth_power,
)

EXACT = 1e-10
DRAWS = 100_000
SHARE = 2 / np.sqrt(DRAWS)
CRITICAL = 0.03
R_NOISE = 5e-4
CENTS = 0.01

# The event study for which the R package's answers are known: errors with correlation 0.5^|i − j|.
TIMES = np.array([-4.0, -3.0, -2.0, 0.0, 1.0, 2.0])
BETA = np.array([0.012, -0.008, 0.021, 0.180, 0.240, 0.310])
ERRORS = np.array([0.050, 0.045, 0.040, 0.100, 0.110, 0.120])
SIGMA = 0.5 ** np.abs(np.subtract.outer(range(6), range(6))) * np.outer(ERRORS, ERRORS)
PRE = slice(0, 3)


def rng(seed=0):
    return np.random.default_rng(seed)


def random_covariance(seed, k):
    root = rng(seed).normal(size=(k, k + 2))
    return root @ root.T


def test_one_coefficient_has_its_t_test():
    result = joint_wald([9.0, 2.0], np.diag([1.0, 0.81]), 30, [1])
    t = 2 / 0.9
    assert result.statistic == pytest.approx(t**2, rel=EXACT)
    assert (result.df1, result.df2) == (1, 29)
    assert result.p_value == pytest.approx(2 * stats.t.sf(t, 29), rel=EXACT)


def test_independent_coefficients_have_the_mean_of_their_squared_t():
    result = joint_wald([1.0, -2.0, 3.0], np.diag([1.0, 4.0, 2.0]), 13)
    assert result.statistic == pytest.approx((1 + 1 + 4.5) / 3, rel=EXACT)
    assert result.p_value == pytest.approx(stats.f.sf(6.5 / 3, 3, 12), rel=EXACT)


@given(seed=st.integers(0, 10_000), k=st.integers(1, 6))
def test_the_joint_test_does_not_depend_on_the_base(seed, k):
    """Another reference period is an invertible change of the coefficients."""
    beta, sigma = rng(seed).normal(size=k), random_covariance(seed, k)
    change = rng(seed + 1).normal(size=(k, k)) + 3 * np.eye(k)
    plain = joint_wald(beta, sigma, 30)
    other = joint_wald(change @ beta, change @ sigma @ change.T, 30)
    assert other.statistic == pytest.approx(plain.statistic, rel=1e-6)


def test_more_coefficients_than_clusters_cannot_be_tested():
    scores = rng(1).normal(size=(3, 4))
    with pytest.raises(NotIdentified) as error:
        joint_wald(np.ones(4), scores.T @ scores, 4)
    assert error.value.reason == Reason("singular_covariance", {"coefficients": 4, "rank": 3})


@pytest.mark.parametrize(
    ("beta", "sigma", "message"),
    [
        ([1.0, 2.0], np.eye(3), "2 coefficients with a covariance of shape"),
        ([1.0, np.nan], np.eye(2), "missing"),
        ([1.0, 0.0], np.diag([1.0, 0.0]), "leave out the reference period"),
    ],
)
def test_coefficients_need_their_covariance(beta, sigma, message):
    with pytest.raises(UserError, match=message):
        joint_wald(beta, sigma, 30)
    with pytest.raises(UserError, match=message):
        simultaneous_bands(beta, sigma, rng())


def test_a_joint_test_needs_coefficients():
    with pytest.raises(UserError, match="no coefficient to test"):
        joint_wald([1.0], [[1.0]], 30, [])


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("df", [None, 29])
def test_one_coefficient_has_its_pointwise_band(level, df):
    result = simultaneous_bands([1.0], [[0.25]], rng(2), level=level, df=df)
    expected = stats.norm.ppf((1 + level) / 2) if df is None else stats.t.ppf((1 + level) / 2, df)
    assert result.pointwise_critical == pytest.approx(expected, rel=EXACT)
    assert result.critical == pytest.approx(expected, abs=CRITICAL)
    assert result.high == pytest.approx([1 + 0.5 * result.critical], rel=EXACT)
    assert result.low == pytest.approx([1 - 0.5 * result.critical], rel=EXACT)


@pytest.mark.parametrize("k", [2, 5, 9])
def test_independent_coefficients_have_the_product_of_probabilities(k):
    result = simultaneous_bands(np.zeros(k), np.diag(np.arange(1.0, k + 1)), rng(3))
    assert result.critical == pytest.approx(stats.norm.ppf((1 + 0.95 ** (1 / k)) / 2), abs=CRITICAL)


def test_coefficients_that_move_together_count_as_one():
    errors = np.array([1.0, 2.0, 3.0])
    result = simultaneous_bands(np.zeros(3), np.outer(errors, errors), rng(4))
    assert result.critical == pytest.approx(stats.norm.ppf(0.975), abs=CRITICAL)


@given(seed=st.integers(0, 10_000), k=st.integers(2, 8))
def test_bands_lie_between_pointwise_and_bonferroni(seed, k):
    result = simultaneous_bands(
        np.zeros(k), random_covariance(seed, k), rng(seed), draws=20_000, df=None
    )
    bonferroni = stats.norm.ppf(1 - 0.025 / k)
    assert result.pointwise_critical - 2 * CRITICAL <= result.critical <= bonferroni + 2 * CRITICAL


def test_few_clusters_widen_the_bands():
    normal = simultaneous_bands(BETA, SIGMA, rng(5))
    few = simultaneous_bands(BETA, SIGMA, rng(5), df=9)
    assert few.critical > normal.critical + 0.3
    z = rng(6).standard_normal((DRAWS, 6)) @ np.linalg.cholesky(SIGMA).T / ERRORS
    scale = np.sqrt(rng(7).chisquare(9, DRAWS) / 9)[:, None]
    covered = (np.abs(z / scale) <= few.critical).all(axis=1).mean()
    assert covered == pytest.approx(0.95, abs=SHARE)


def two_sided_power(shift, critical):
    return stats.norm.cdf(-critical - shift) + stats.norm.sf(critical - shift)


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.1, 0.4])
@pytest.mark.parametrize("df", [None, 29])
def test_one_coefficient_has_normal_power(slope, df):
    result = roth_power([0.1], [[0.04]], slope, [-3], rng(8), df=df)
    critical = stats.norm.ppf(0.975) if df is None else stats.t.ppf(0.975, df)
    expected = two_sided_power(slope * -2 / 0.2, critical)
    assert result.joint == pytest.approx(expected, rel=1e-8)
    assert result.individual == pytest.approx(expected, abs=SHARE)
    assert result.size_joint == pytest.approx(two_sided_power(0, critical), rel=1e-8)


def test_independent_coefficients_pass_with_the_product_of_probabilities():
    errors, times = np.array([0.2, 0.1, 0.3]), np.array([-5.0, -3.0, -2.0])
    result = roth_power(np.zeros(3), np.diag(errors**2), 0.08, times, rng(9))
    shift = 0.08 * (times + 1) / errors
    passing = 1 - two_sided_power(shift, stats.norm.ppf(0.975))
    assert result.individual == pytest.approx(1 - passing.prod(), abs=SHARE)
    assert result.size_individual == pytest.approx(1 - 0.95**3, abs=SHARE)
    assert result.joint == pytest.approx(
        stats.ncx2.sf(stats.chi2.ppf(0.95, 3), 3, (shift**2).sum()), rel=1e-8
    )


@pytest.mark.parametrize(
    ("slope", "power", "bayes", "ratio"),
    [
        (0.02, 0.331636386010325, 0.767764750944334, 0.369180669397493),
        (0.05, 0.901493717618343, 0.113163052944783, 0.00448269494048729),
    ],
)
def test_power_is_that_of_the_r_package(slope, power, bayes, ratio):
    """R pretrends 0.1.0 with mvtnorm 1.3-3, reference period −1, in numbers others have printed."""
    result = roth_power(BETA[PRE], SIGMA[PRE, PRE], slope, TIMES[PRE], rng(10))
    assert result.individual == pytest.approx(power, abs=SHARE + R_NOISE)
    assert result.bayes_factor == pytest.approx(bayes, abs=2 * SHARE)
    assert result.likelihood_ratio == pytest.approx(ratio, rel=EXACT)
    exact = stats.multivariate_normal.cdf(
        1.96 * ERRORS[PRE],
        slope * (TIMES[PRE] + 1),
        SIGMA[PRE, PRE],
        lower_limit=-1.96 * ERRORS[PRE],
        rng=rng(11),
    )
    assert result.individual == pytest.approx(1 - exact, abs=SHARE)


def test_slopes_for_a_power_are_those_of_the_r_package():
    result = roth_power(BETA[PRE], SIGMA[PRE, PRE], 0.02, TIMES[PRE], rng(12))
    assert result.slope_50 == pytest.approx(0.027901593818477, rel=CENTS)
    assert result.slope_80 == pytest.approx(0.0424249541097126, rel=CENTS)


@pytest.mark.parametrize("df", [None, 29])
def test_slopes_have_the_power_that_they_are_named_for(df):
    def power(slope):
        return roth_power(BETA[PRE], SIGMA[PRE, PRE], slope, TIMES[PRE], rng(13), df=df)

    found = power(0.0)
    for slope, target in ((found.slope_50, 0.5), (found.slope_80, 0.8)):
        assert power(slope).individual == pytest.approx(target, abs=2 / DRAWS)
    for slope, target in ((found.joint_slope_50, 0.5), (found.joint_slope_80, 0.8)):
        assert power(slope).joint == pytest.approx(target, rel=1e-8)


def test_power_rises_with_the_slope_on_either_side():
    powers = [
        roth_power(BETA[PRE], SIGMA[PRE, PRE], s, TIMES[PRE], rng(14)) for s in (0.0, 0.03, 0.06)
    ]
    assert all(a.individual < b.individual and a.joint < b.joint for a, b in pairwise(powers))
    mirror = roth_power(BETA[PRE], SIGMA[PRE, PRE], -0.03, TIMES[PRE], rng(14))
    assert mirror.individual == pytest.approx(powers[1].individual, abs=SHARE)
    assert mirror.joint == pytest.approx(powers[1].joint, rel=EXACT)


def test_few_clusters_lower_the_power():
    normal = roth_power(BETA[PRE], SIGMA[PRE, PRE], 0.03, TIMES[PRE], rng(15))
    few = roth_power(BETA[PRE], SIGMA[PRE, PRE], 0.03, TIMES[PRE], rng(15), df=9)
    assert few.individual < normal.individual
    assert few.joint < normal.joint
    assert few.slope_80 > normal.slope_80


def test_a_test_with_large_size_needs_no_slope():
    """Twenty independent coefficients: one is significant with probability 1 − 0.95²⁰ = 0.64."""
    result = roth_power(np.zeros(20), np.eye(20), 0.0, np.arange(-21, -1), rng(16))
    assert result.slope_50 == 0
    assert result.slope_80 > 0


@pytest.mark.parametrize(
    ("times", "sigma", "message"),
    [
        ([-3, -1], np.eye(2), "relative time -1 is the reference"),
        ([-3], np.eye(2), "1 relative times for 2 coefficients"),
        ([-3, -2], np.diag([1.0, 0.0]), "variance is not positive"),
    ],
)
def test_power_needs_times_and_variances(times, sigma, message):
    with pytest.raises(UserError, match=message):
        roth_power(np.zeros(2), sigma, 0.1, times, rng())


def test_power_needs_a_covariance_of_full_rank():
    with pytest.raises(NotIdentified) as error:
        roth_power(np.zeros(2), np.ones((2, 2)), 0.1, [-3, -2], rng())
    assert error.value.reason == Reason("singular_covariance", {"coefficients": 2, "rank": 1})


@given(seed=st.integers(0, 10_000), slope=st.floats(-5, 5))
def test_a_straight_line_explains_itself(seed, slope):
    sigma = random_covariance(seed, 6)
    result = linear_trend_that_explains(slope * (TIMES + 1), sigma, TIMES)
    assert result.slope_pre == pytest.approx(slope, rel=1e-7, abs=1e-9)
    assert result.slope_post == pytest.approx(slope, rel=1e-7, abs=1e-9)
    assert result.difference == pytest.approx(0, abs=1e-7)
    assert result.p_difference == pytest.approx(1, abs=1e-6)


def test_slopes_with_independent_errors_by_hand():
    """Before: weighted regression through the reference; after: ratio of means."""
    sigma = np.diag(ERRORS**2)
    result = linear_trend_that_explains(BETA, sigma, TIMES, df=29)
    a, w = TIMES[PRE] + 1, 1 / ERRORS[PRE] ** 2
    by_hand = (w * a * BETA[PRE]).sum() / (w * a**2).sum()
    assert result.slope_pre == pytest.approx(by_hand, rel=EXACT)
    assert result.se_pre == pytest.approx((w * a**2).sum() ** -0.5, rel=EXACT)
    assert result.p_pre == pytest.approx(
        2 * stats.t.sf(abs(result.slope_pre / result.se_pre), 29), rel=EXACT
    )
    assert result.slope_post == pytest.approx(0.73 / 6, rel=EXACT)
    assert result.se_post == pytest.approx(np.sqrt((ERRORS[3:] ** 2).sum()) / 6, rel=EXACT)
    assert result.difference == pytest.approx(result.slope_post - result.slope_pre, rel=EXACT)
    assert result.se_difference == pytest.approx(np.hypot(result.se_pre, result.se_post), rel=EXACT)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_insignificant_slope_leaves_a_rest_at_the_margin(sign):
    result = linear_trend_that_explains(sign * BETA, SIGMA, TIMES)
    post = np.full(3, 1 / 3)
    rest = post @ (sign * BETA[3:] - result.slope_insignificant * (TIMES[3:] + 1))
    error = np.sqrt(post @ SIGMA[3:, 3:] @ post)
    assert rest / error == pytest.approx(sign * stats.norm.ppf(0.975), rel=EXACT)
    assert 0 < abs(result.slope_insignificant) < abs(result.slope_post)


def test_an_insignificant_effect_needs_no_trend():
    assert linear_trend_that_explains(0.1 * BETA, SIGMA, TIMES).slope_insignificant == 0


@pytest.mark.parametrize(("times", "reference"), [([-3, -2], -1), ([0, 1], -1), ([-3, 1], 0)])
def test_trends_need_both_sides(times, reference):
    with pytest.raises(UserError, match="both are needed"):
        linear_trend_that_explains(np.zeros(2), np.eye(2), times, reference=reference)
    with pytest.raises(UserError, match="both are needed"):
        linear_trend_that_explains(np.ones(2), np.eye(2), times, reference=reference)
