"""Simulated coverage: outcome by outcome what the method gives, and near its level for noise.

SAME: fits of the simulation stop when a step changes them by 1e-5 of the outcome.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified
from pilotzone.methods.factors.counterfactual import counterfactual
from pilotzone.methods.factors.coverage import AT_ONCE, DRAWS, coverage
from pilotzone.methods.factors.validation import Rule

SAME = {"rtol": 1e-4, "atol": 2e-4}
UNITS, PERIODS = 40, 8


def keys(first=5):
    unit, period = (part.ravel() for part in np.indices((UNITS, PERIODS)))
    return unit, period, np.where(unit < 15, first + unit % 2, 0)


def noise(draws, seed=1):
    return np.random.default_rng(seed).normal(size=(draws, UNITS * PERIODS))


@pytest.mark.parametrize("kind", ["interactive", "completion"])
def test_outcomes_of_a_stack_are_fitted_as_each_alone(kind):
    # One more than a stack takes.
    outcomes = noise(AT_ONCE + 1)
    outcomes[3] += np.outer(np.arange(UNITS), np.arange(PERIODS) ** 2).ravel() / 20
    rule = Rule(kind, None, 2, 5, 3)
    rng = np.random.default_rng(2)
    found = coverage(outcomes, keys(), rule, (), "bootstrap", rng)
    assert len(found.estimates) == AT_ONCE + 1
    for place in (0, 3, AT_ONCE):
        alone = counterfactual(
            outcomes[place],
            *keys(),
            **{"kind": kind, "max_rank": 2, "fold_seed": 3, "placebo": 0, "errors": "none"},
        )
        assert_allclose(found.estimates[place], alone.estimates[0], **SAME)
        assert found.ranks[place] == alone.rank
    if kind == "interactive":
        assert found.ranks[3] > 0
    assert found.degrees == DRAWS - 1


@pytest.mark.parametrize("errors", ["bootstrap", "jackknife"])
def test_noise_without_factors_is_covered(errors):
    # Of 200 intervals of 95 % fewer than 177 hold zero once in a thousand.
    rule = Rule("interactive", 0, 0, 5, 1)
    found = coverage(noise(200), keys(), rule, (), errors, np.random.default_rng(3))
    assert 0.88 < found.share <= 1
    assert found.share == np.mean(
        np.abs(found.estimates) <= (1.95996, 2.20099)[errors == "bootstrap"] * found.std_errors
    )


def test_a_roll_out_without_untreated_cells_is_no_simulation():
    unit, period, _ = keys()
    everybody = np.full(unit.shape, 5)
    rule = Rule("interactive", 0, 0, 5, 1)
    with pytest.raises(NotIdentified) as told:
        coverage(noise(2), (unit, period, everybody), rule, (), "jackknife", None)
    assert told.value.reason.code == "period_without_untreated"
