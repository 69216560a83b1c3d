"""Errors of pairs against the sum over all pairs of rows, against clusters, and on known truth.

Tolerances: sums in another order on scores of order one agree to 1e-12 of their size; other
packages invert the same small matrices, 1e-10. Simulations of 1,000 replications: a share near
0.9 has a Monte-Carlo error of 0.0095, three of which are allowed.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.cluster import Groups, crv1, small_sample_factor
from pilotzone.methods.inference.dyadic import dyadic_robust

SUMS = 1e-12
PACKAGES = 1e-10
REPLICATIONS = 1_000
MONTE_CARLO = 0.03


def regression(seed, n_units=16, n_periods=3, share=0.8, k=2):
    """x̃, û, bread, i, j of a least-squares fit on some of the pairs and periods."""
    rng = np.random.default_rng(seed)
    i, j = (np.tile(end, n_periods) for end in np.triu_indices(n_units, 1))
    kept = rng.uniform(size=len(i)) < share
    i, j = i[kept], j[kept]
    shocks = rng.normal(size=(k + 1, n_units))
    columns = (shocks[:, i] + shocks[:, j] + rng.normal(size=(k + 1, len(i)))).T
    y, x = columns[:, 0], columns[:, 1:]
    bread = np.linalg.inv(x.T @ x)
    return x, y - x @ bread @ (x.T @ y), bread, i, j


def over_all_pairs_of_rows(x_tilde, u_hat, bread, i, j):
    """B (Σ s s') B, one term for each two rows that have a unit in common."""
    scores = x_tilde * u_hat[:, None]
    common = (i[:, None] == i) | (i[:, None] == j) | (j[:, None] == i) | (j[:, None] == j)
    return bread @ scores.T @ common @ scores @ bread


def covariance_or_none(*arguments):
    """The covariance, or nothing if some variance is not positive."""
    try:
        return dyadic_robust(*arguments, k=2).covariance
    except NotIdentified:
        return np.empty(0)


def from_scores(scores, i, j, k=1):
    """The covariance for given scores, bread one."""
    scores = np.asarray(scores, dtype=float).reshape(len(i), -1)
    return dyadic_robust(scores, np.ones(len(i)), np.eye(scores.shape[1]), i, j, k)


@pytest.mark.parametrize("seed", [1, 2, 4])
@pytest.mark.parametrize(("n_periods", "share"), [(1, 1.0), (3, 0.8), (4, 0.3)])
def test_the_sum_over_units_is_the_sum_over_pairs_of_rows(seed, n_periods, share):
    parts = regression(seed, n_periods=n_periods, share=share)
    result = dyadic_robust(*parts, k=5)
    expected = over_all_pairs_of_rows(*parts)
    np.testing.assert_allclose(
        result.covariance / result.factor, expected, rtol=SUMS, atol=SUMS * np.abs(expected).max()
    )
    assert result.n_units == 16
    assert result.n_dyads == len({*zip(parts[3].tolist(), parts[4].tolist(), strict=True)})
    assert (result.distribution, result.df) == ("t", 15)


def test_five_pairs_by_hand():
    """Pairs AB, CD, AC, BE, DE with scores 2, 3, 1, -1, 1.

    Units: A 3, B 1, C 4, D 4, E 0, squares 42; pairs 4 + 9 + 1 + 1 + 1 = 16; meat 26. The factor
    with K = 2 is 5/4 · 4/3.
    """
    result = from_scores([2, 3, 1, -1, 1], list("ACABD"), list("BDCEE"), k=2)
    assert result.covariance[0, 0] == pytest.approx(26 * 5 / 3, rel=SUMS)
    assert result.std_errors[0] == pytest.approx(np.sqrt(26 * 5 / 3), rel=SUMS)
    assert result.factor == pytest.approx(5 / 3, rel=SUMS)
    assert (result.df, result.n_units, result.n_dyads) == (4, 5, 5)


def test_without_a_common_unit_it_is_the_clustered_covariance():
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    pair = np.repeat(np.arange(12), 5)
    x = rng.normal(size=(60, 2)) + rng.normal(size=(12, 2))[pair]
    y = x @ [1.0, -1.0] + rng.normal(size=60) + rng.normal(size=12)[pair]
    bread = np.linalg.inv(x.T @ x)
    u_hat = y - x @ bread @ (x.T @ y)
    result = dyadic_robust(x, u_hat, bread, 2 * pair, 2 * pair + 1, k=2)
    own = crv1(x, u_hat, bread, pair, small_sample_factor(60, 2, 24))
    np.testing.assert_allclose(result.covariance, own, rtol=SUMS)
    other = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": pair}).cov_params()
    ratio = small_sample_factor(60, 2, 24) / small_sample_factor(60, 2, 12)
    np.testing.assert_allclose(result.covariance, ratio * other, rtol=PACKAGES)


@given(st.integers(0, 10_000))
def test_names_order_and_direction_change_nothing(seed):
    x, u_hat, bread, i, j = regression(seed)
    rng = np.random.default_rng(seed)
    names = np.array([f"city {c}" for c in rng.permutation(16)])
    swapped = rng.uniform(size=len(i)) < 0.5
    first, second = names[np.where(swapped, j, i)], names[np.where(swapped, i, j)]
    order = rng.permutation(len(i))
    plain = covariance_or_none(x, u_hat, bread, i, j)
    other = covariance_or_none(x[order], u_hat[order], bread, first[order], second[order])
    np.testing.assert_allclose(other, plain, atol=SUMS * np.abs(plain).max(initial=0))


def test_errors_follow_the_units_of_a_regressor():
    x, u_hat, bread, i, j = regression(5)
    scales = np.array([1e-6, 1e4])
    inverse = np.diag(1 / scales)
    scaled = dyadic_robust(x * scales, u_hat, inverse @ bread @ inverse, i, j, k=2)
    plain = dyadic_robust(x, u_hat, bread, i, j, k=2)
    np.testing.assert_allclose(scaled.std_errors * scales, plain.std_errors, rtol=PACKAGES)


FOUR = np.triu_indices(4, 1)  # 01, 02, 03, 12, 13, 23


def test_a_negative_variance_is_not_patched():
    """Scores that sum to zero at each of four units: the variance is −Σ s² = −28 · 4/3 · 5/5."""
    scores = np.array([1.0, 2, -3, -3, 2, 1])[:, None]
    with pytest.raises(NotIdentified) as error:
        from_scores(scores, *FOUR)
    assert error.value.reason == Reason(
        "dyadic_variance", {"variable": "regressor 1", "variance": -37.3333, "units": 4}
    )
    with pytest.raises(NotIdentified) as error:
        dyadic_robust(scores, np.ones(6), np.eye(1), *FOUR, 1, ["one"])
    assert error.value.reason == Reason(
        "dyadic_variance", {"variable": "one", "variance": -37.3333, "units": 4}
    )


def test_a_combination_without_variance_is_told():
    """By the factor 4/3 both variances are 30 − 0.28, that of the difference −4 · 0.28."""
    tilt = 0.1 * np.array([1.0, 2, -3, -3, 2, 1])
    scores = np.column_stack([1 + tilt, 1 - tilt])
    result = from_scores(scores, *FOUR)
    np.testing.assert_allclose(np.diag(result.covariance), 4 / 3 * 29.72, rtol=SUMS)
    difference = np.array([1, -1])
    assert difference @ result.covariance @ difference == pytest.approx(-4 / 3 * 1.12, rel=1e-10)
    assert not result.semidefinite
    assert not from_scores(scores * [1e-6, 1e6], *FOUR).semidefinite
    assert from_scores(np.column_stack([1 + tilt, 2 + 2 * tilt]), *FOUR).semidefinite


@pytest.mark.parametrize(
    ("i", "j"),
    [([0, 0, 1], [1, 2, 2]), ([0, 0, 0], [1, 2, 3])],
    ids=["three units", "one unit in all pairs"],
)
def test_pairs_that_all_share_a_unit_have_no_error(i, j):
    """The normal equations make the scores sum to zero, and the meat is the square of that sum."""
    with pytest.raises(NotIdentified) as error:
        from_scores([1.0, 2.0, -3.0], i, j)
    assert error.value.reason.code == "dyadic_variance"


def test_residuals_of_zero_have_a_covariance_of_zero():
    x, u_hat, bread, i, j = regression(6)
    assert np.all(dyadic_robust(x, 0 * u_hat, bread, i, j, k=2).covariance == 0)


@pytest.mark.parametrize(
    ("i", "j", "k", "message"),
    [
        ([0, 1, 2], [1, 1, 3], 1, "row 2 pairs unit 1 with itself"),
        (["a", "b", None], ["b", "c", "d"], 1, "'unit' has missing labels"),
        ([0, 1], [1, 2], 1, "3 rows, but labels"),
        ([0, 1, 2], [1, 2, 3], 3, "3 rows for 3 regressors"),
    ],
)
def test_bad_pairs_are_refused(i, j, k, message):
    i, j = (np.array(end, dtype=object if "a" in i else None) for end in (i, j))
    with pytest.raises(UserError, match=message):
        dyadic_robust(np.ones((3, 1)), np.ones(3), np.eye(1), i, j, k)


def coverage(n_units, rng):
    """Shares of 95 % intervals that hold the slope of zero: dyadic-robust, clustered by pair.

    Regressor and error of a pair are the sums of two units' draws and one of its own, so that a
    third of each variance is idiosyncratic and pairs with a common unit have correlation 1/3.
    """
    i, j = np.triu_indices(n_units, 1)
    nobs = len(i)
    pairs = Groups(np.arange(nobs), nobs)
    critical = special.stdtrit(n_units - 1, 0.975), special.stdtrit(nobs - 1, 0.975)
    covered = np.zeros(2)
    for _ in range(REPLICATIONS):
        shocks = rng.normal(size=(2, n_units))
        x, y = shocks[:, i] + shocks[:, j] + rng.normal(size=(2, nobs))
        x, y = (x - x.mean())[:, None], y - y.mean()
        bread = np.linalg.inv(x.T @ x)
        slope = float(bread[0] @ x.T @ y)
        u_hat = y - x[:, 0] * slope
        by_unit = dyadic_robust(x, u_hat, bread, i, j, k=2).std_errors[0]
        factor = small_sample_factor(nobs, 2, nobs)
        by_pair = np.sqrt(crv1(x, u_hat, bread, pairs, factor)[0, 0])
        covered += np.abs(slope) < np.multiply(critical, [by_unit, by_pair])
    return covered / REPLICATIONS


def test_intervals_cover_up_to_the_bias_of_few_units_and_those_by_pair_do_not():
    """Coverage falls short of 0.95 by about 2/G, the order at which the residuals of G units' own
    shocks are too small: 0.90 with 40 units. By pair, 0.45: no number of pairs cures it.
    """
    robust, by_pair = coverage(40, np.random.default_rng(7))
    assert robust == pytest.approx(0.95 - 2 / 40, abs=MONTE_CARLO)
    assert by_pair < 0.55


def test_the_shortfall_of_few_units_is_halved_with_twice_as_many():
    robust, by_pair = coverage(80, np.random.default_rng(8))
    assert robust == pytest.approx(0.95 - 2 / 80, abs=MONTE_CARLO)
    assert by_pair < 0.45
