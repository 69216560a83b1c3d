"""What the functions of matching refuse, and that they change nothing of the caller's."""

import numpy as np
import pytest

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.matching.balance import balance
from pilotzone.methods.did.matching.entropy import entropy_balance
from pilotzone.methods.did.matching.kernel import kernel_weights
from pilotzone.methods.did.matching.neighbours import nearest_neighbour
from pilotzone.methods.did.matching.propensity import firth_logit


@pytest.mark.parametrize(
    "function",
    [
        lambda x, d, names: firth_logit(d, x, names),
        lambda x, d, names: entropy_balance(x, d, names),
        lambda x, d, names: balance(x, names, d, np.ones(len(x))),
    ],
    ids=["firth_logit", "entropy_balance", "balance"],
)
def test_constant_and_missing_covariates_are_named(sample, function):
    d, x = sample(1)
    names = ["gdp", "openness", "urbanisation"]
    constant = np.where([False, True, False], 0.1, x)
    with pytest.raises(UserError, match=r"^'openness': the same value in all 30 units; leave it"):
        function(constant, d, names)
    constant[:, 2] = 1e6
    with pytest.raises(UserError, match=r"^'openness' and 'urbanisation': the same value"):
        function(constant, d, names)
    x[3:5, 2] = np.nan
    with pytest.raises(UserError, match="'urbanisation' has 2 missing or infinite values"):
        function(x, d, names)
    with pytest.raises(UserError, match="3 covariates for 2 names: 'gdp' and 'openness'"):
        function(x, d, names[:2])
    with pytest.raises(
        UserError, match=r"covariates need 29 rows, one per unit; the shape is \(30"
    ):
        function(x, d[:29], names)
    with pytest.raises(UserError, match="not all are numbers"):
        function(np.full((30, 3), "high"), d, names)


@pytest.mark.parametrize(
    "function",
    [lambda x, d, names: firth_logit(d, x, names), entropy_balance],
    ids=["firth_logit", "entropy_balance"],
)
def test_collinear_covariates_are_named(sample, function):
    d, x = sample(1)
    x[:, 2] = 1e5 - 300 * x[:, 0]
    with pytest.raises(UserError, match=r"^'gdp' and 'urbanisation' are collinear among the 30 un"):
        function(x, d, ["gdp", "openness", "urbanisation"])
    x[:, 2] = x[:, 0] + x[:, 1]
    with pytest.raises(UserError, match=r"^'gdp', 'openness' and 'urbanisation' are collinear"):
        function(x, d, ["gdp", "openness", "urbanisation"])
    with pytest.raises(UserError, match="are collinear among the 3 units"):
        function(np.random.default_rng(1).normal(size=(3, 5)), [1, 0, 0], None)


@pytest.mark.parametrize(
    "function",
    [
        lambda d: firth_logit(d, np.arange(4.0)),
        lambda d: nearest_neighbour(np.arange(4.0), d, np.arange(4)),
        lambda d: kernel_weights(np.arange(4) / 4, d, np.arange(4)),
        lambda d: entropy_balance(np.arange(4.0), d),
        lambda d: balance(np.arange(4.0), ["a"], d, np.ones(4)),
    ],
    ids=["firth_logit", "nearest_neighbour", "kernel_weights", "entropy_balance", "balance"],
)
def test_both_groups_are_needed(function):
    with pytest.raises(NotIdentified) as error:
        function([1, 1, 1, 1])
    assert error.value.reason == Reason("matching_needs_units", {"treated": 4, "controls": 0})
    with pytest.raises(NotIdentified) as error:
        function(np.zeros(4, dtype=bool))
    assert error.value.reason == Reason("matching_needs_units", {"treated": 0, "controls": 4})
    with pytest.raises(UserError, match="one column of true and false, or 1 and 0"):
        function([0, 1, 2, 1])
    with pytest.raises(UserError, match="one column of true and false, or 1 and 0"):
        function([0, 1, np.nan, 1])
