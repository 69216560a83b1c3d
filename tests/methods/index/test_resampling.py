"""The index on drawn units and without an indicator, against the index computed on those cells.

EXACT: the same sums in another order, of numbers in [0, 1].
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.methods.index import resampling, weighting
from pilotzone.methods.index.resampling import resampled_scores, without_each_indicator
from pilotzone.methods.index.weighting import Cells, entropies, entropy_weights

EXACT = 1e-10
N, T, K = 8, 4, 5
SIGNS = np.array([1, -1, 1, 1, -1])
NAMES = tuple("abcde")


def values(seed=0):
    return np.random.default_rng(seed).lognormal(size=(N, T, K))


def on(x, units):
    """Return the entropy index on some units, one after the other, (units, T)."""
    rows = x[units].reshape(-1, K)
    cells = Cells(rows, SIGNS, NAMES, np.tile(np.arange(T), len(units)))
    return weighting.entropy(cells).score.reshape(len(units), T)


@given(st.integers(0, 2**32 - 1))
def test_a_drawn_sample_has_the_index_of_its_own_cells(seed):
    rng = np.random.default_rng(seed)
    x, units = values(seed), rng.integers(0, N, N)
    if len(set(units)) == 1:
        units[0] = (units[0] + 1) % N
    counts = np.bincount(units, minlength=N)[None]
    found = resampled_scores(x, SIGNS, counts)[0]
    np.testing.assert_allclose(found[units], on(x, units), atol=EXACT)


def test_each_unit_once_is_the_index_itself_in_blocks_of_any_size(monkeypatch):
    x = values()
    counts = np.vstack([np.ones((3, N), dtype=int), 1 - np.eye(N, dtype=int)])
    whole = resampled_scores(x, SIGNS, counts)
    np.testing.assert_allclose(whole[0], on(x, np.arange(N)), atol=EXACT)
    monkeypatch.setattr(resampling, "BLOCK_NUMBERS", 1)
    np.testing.assert_array_equal(resampled_scores(x, SIGNS, counts), whole)


def test_a_unit_left_out_is_scored_by_the_others():
    x = values()
    left = 2
    others = np.delete(np.arange(N), left)
    counts = (np.arange(N) != left).astype(int)[None]
    found = resampled_scores(x, SIGNS, counts)[0]
    np.testing.assert_allclose(found[others], on(x, others), atol=EXACT)
    reference = x[others].reshape(-1, K)
    weights = entropy_weights(weighting.standardise(reference, SIGNS, NAMES))
    expected = weighting.standardise(x[left], SIGNS, NAMES, reference) @ weights
    np.testing.assert_allclose(found[left], expected, atol=EXACT)


def test_a_constant_indicator_leaves_the_sample_without_an_index():
    x = values()
    x[:3, :, 1] = 2.0
    counts = np.zeros((2, N), dtype=int)
    counts[0, :3], counts[1, :4] = 1, 1
    found = resampled_scores(x, SIGNS, counts)
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(UserError, match=r"counts of shape \(2, 7\) for 8 units"):
        resampled_scores(values(), SIGNS, np.ones((2, 7)))


def test_without_an_indicator_the_index_is_that_of_the_others():
    x = values().reshape(-1, K)
    year = np.tile(np.arange(T), N)
    found = without_each_indicator(Cells(x, SIGNS, NAMES, year))
    for j in range(K):
        kept = np.delete(np.arange(K), j)
        cells = Cells(x[:, kept], SIGNS[kept], tuple(np.array(NAMES)[kept]), year)
        np.testing.assert_allclose(found[j], weighting.entropy(cells).score, atol=EXACT)


def test_counts_of_cells_are_repeated_cells():
    rng = np.random.default_rng(0)
    z, counts = rng.uniform(size=(3, 12, K)), rng.integers(1, 4, (3, 12))
    found = entropies(z, counts), entropy_weights(z, counts)
    for draw in range(3):
        repeated = np.repeat(z[draw], counts[draw], axis=0)
        np.testing.assert_allclose(found[0][draw], entropies(repeated), atol=EXACT)
        np.testing.assert_allclose(found[1][draw], entropy_weights(repeated), atol=EXACT)
