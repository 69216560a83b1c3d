"""The test whether parallel trends can hold whatever the form of the outcome.

Shares of bins are worked out by hand and differ by rounding (EXACT). Simulated rates have the
binomial error of their draws; bounds are three of these away.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.functional_form import implied_density

EXACT = {"rtol": 0, "atol": 1e-12}


def made(y, cohorts, *, bins=2, draws=999, seed=1, periods=2, **given):
    """A panel (n, T) of outcomes, cohorts of the units; the test on its rows."""
    y = np.asarray(y, dtype=float)
    unit, period = np.repeat(np.arange(len(y)), y.shape[1]), np.tile(np.arange(y.shape[1]), len(y))
    rng = np.random.default_rng(seed)
    return implied_density(
        y.ravel(), unit, period, np.repeat(cohorts, y.shape[1]), bins=bins, draws=draws, rng=rng
    )


def test_shares_by_hand():
    # Treated in period 1: bases 1, 1, 3; untreated: 1 -> 1, 1 -> 3, 1 -> 3, 3 -> 3.
    y = [[1, 2.5], [1, 2.5], [3, 2.5], [1, 1], [1, 3], [1, 3], [3, 3]]
    found = made(y, [1, 1, 1, 0, 0, 0, 0])
    # The median of all rows; a bin holds its upper edge.
    assert_allclose(found.edges, [2.5], **EXACT)
    assert_allclose(found.treated, [2 / 3, 1 / 3], **EXACT)
    assert_allclose(found.before, [3 / 4, 1 / 4], **EXACT)
    assert_allclose(found.after, [1 / 4, 3 / 4], **EXACT)
    assert_allclose(found.shares, [2 / 3 - 1 / 2, 1 / 3 + 1 / 2], **EXACT)
    # By clusters: the variance of a share of three and of a change of four, no factor.
    variance = (2 / 9) / 3 + np.var([0, -1, -1, 0]) / 4
    assert_allclose(found.std_errors, np.sqrt([variance, variance]), **EXACT)
    assert_allclose(found.statistic, -(2 / 3 - 1 / 2) / np.sqrt(variance), **EXACT)
    assert (found.n_treated, found.n_controls, found.n_cells) == (3, 4, 1)


def test_shares_sum_to_one_and_any_monotone_form_gives_the_same():
    rng = np.random.default_rng(4)
    cohorts = np.repeat([0, 2, 3], [30, 12, 9])
    y = rng.normal(size=(51, 5)).cumsum(axis=1)
    plain = made(y, cohorts, bins=6)
    assert_allclose(plain.shares.sum(), 1, **EXACT)
    turned = made(np.exp(y), cohorts, bins=6)
    # A quantile between two rows differs by form; the rows on its sides do not.
    assert_allclose(turned.shares, plain.shares, **EXACT)
    assert turned.p_value == plain.p_value
    order = rng.permutation(51)
    assert_allclose(made(y[order], cohorts[order], bins=6).shares, plain.shares, **EXACT)


def _rejected(drawn, worlds=200):
    rng = np.random.default_rng(11)
    p = [made(*drawn(rng), bins=5, draws=199, seed=seed).p_value for seed in range(worlds)]
    return np.mean(np.array(p) <= 0.05)


def test_it_rejects_seldom_where_no_form_matters():
    # Treatment at random: the distribution moves alike whatever the form. At most 5 %, plus three
    # binomial errors of 200 worlds.
    def drawn(rng):
        y = rng.normal(size=(80, 1)) + rng.normal(size=(80, 3)) + [0, 0.3, 0.6]
        return y, np.repeat([1, 0], 40)

    assert _rejected(drawn) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_it_finds_that_levels_cannot_be_logs():
    # The untreated leave the lower bins, where no treated unit ever was.
    def drawn(rng):
        group = np.repeat([1, 0], 60)
        y = 4.0 * group[:, None] + rng.normal(size=(120, 1)) + [0, 1.5]
        return y + 0.3 * rng.normal(size=(120, 2)), group

    assert _rejected(drawn, worlds=40) == 1


def test_cells_need_a_period_before_and_untreated_units():
    y = np.arange(12.0).reshape(4, 3)
    with pytest.raises(NotIdentified) as found:
        made(y, [0, 0, 0, 0])
    assert found.value.reason.code == "form_no_cell"
    # Treated from the first period on, or one untreated unit: no cell.
    for cohorts in ([-1, -1, 0, 0], [1, 1, 1, 0]):
        with pytest.raises(NotIdentified) as found:
            made(y, cohorts)
        assert found.value.reason.code == "form_no_cell"
    # All untreated units cross together: a negative share without an error.
    with pytest.raises(NotIdentified) as found:
        made([[5, 5], [5, 5], [1, 4], [1, 4], [1, 4]], [1, 1, 0, 0, 0], bins=4)
    assert found.value.reason.code == "form_without_error"
    with pytest.raises(UserError, match="1 bins divide nothing"):
        made(y, [1, 1, 0, 0], bins=1)
