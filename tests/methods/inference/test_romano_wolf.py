"""Romano-Wolf: hand-worked cases, bounds, control of the family error."""

import numpy as np

from pilotzone.methods.inference.permutations import romano_wolf


def test_a_hand_worked_case():
    # Largest first: |t| = 3, 2, 1. Draws (rows): maxima over all, over the last two, the last.
    t = np.array([1.0, -3.0, 2.0])
    draws = np.array([[0.5, 3.5, 0.1], [0.2, 0.3, 2.5], [1.5, 0.1, 0.2], [0.1, 0.1, 0.1]])
    # |t| = 3: maxima 3.5, 2.5, 1.5, 0.1 reach it once; 2: 0.5, 2.5, 1.5, 0.1 once;
    # 1: 0.5, 0.2, 1.5, 0.1 once.
    np.testing.assert_allclose(romano_wolf(t, draws), [2 / 5, 2 / 5, 2 / 5])


def test_p_values_never_fall_along_the_order():
    rng = np.random.default_rng(1)
    t = rng.normal(size=8) * 2
    p = romano_wolf(t, rng.normal(size=(499, 8)))
    assert (np.diff(p[np.argsort(-np.abs(t))]) >= 0).all()
    single = np.array([(1 + (np.abs(rng.normal(size=499)) >= abs(v)).sum()) / 500 for v in t])
    assert (p >= single - 0.08).all()


def test_one_hypothesis_is_the_ordinary_test():
    draws = np.array([[0.5], [2.0], [-3.0], [1.0]])
    assert romano_wolf([2.0], draws)[0] == 3 / 5


def test_equal_copies_cost_nothing():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(999, 1))
    alone = romano_wolf([2.1], draws)
    np.testing.assert_allclose(romano_wolf([2.1] * 4, np.repeat(draws, 4, axis=1)), alone[0])


def test_an_undefined_draw_counts_against():
    draws = np.array([[np.nan], [0.1]])
    assert romano_wolf([5.0], draws)[0] == 2 / 3


def test_the_family_error_is_held():
    rng = np.random.default_rng(3)
    rejected = [
        romano_wolf(rng.normal(size=5), rng.normal(size=(199, 5))).min() <= 0.05 for _ in range(600)
    ]
    # 600 families under the null: the share is 0.05 within three standard errors (0.009).
    assert np.mean(rejected) < 0.05 + 0.027
