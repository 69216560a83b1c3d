"""Shapley shares on lattices whose shares are known.

EXACT: sums of a few numbers.
"""

import itertools

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.multiverse import shapley
from pilotzone.methods.multiverse.shapley import is_full, shapley_shares

EXACT = 1e-9


def lattice(*sizes):
    table = np.array(list(itertools.product(*map(range, sizes))))
    return {name: table[:, i] for i, name in enumerate("abcd"[: len(sizes)])}


def test_additive_choices_have_their_variance():
    choices = lattice(2, 3, 4)
    a, b = np.array([0.0, 2.0]), np.array([0.0, 3.0, 3.0])
    shares = shapley_shares(choices, a[choices["a"]] + b[choices["b"]])
    whole = a.var() + b.var()
    assert shares["a"] == pytest.approx(a.var() / whole, abs=EXACT)
    assert shares["b"] == pytest.approx(b.var() / whole, abs=EXACT)
    assert shares["c"] == pytest.approx(0.0, abs=EXACT)
    assert is_full(choices)


def test_what_two_choices_do_together_is_shared_alike():
    choices = lattice(2, 2, 3)
    shares = shapley_shares(choices, ((choices["a"] + choices["b"]) % 2).astype(float))
    assert shares == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0}, abs=EXACT)


def test_shares_add_up_to_one_on_any_lattice():
    rng = np.random.default_rng(5)
    choices = {name: codes[:40] for name, codes in lattice(3, 4, 2, 3).items()}
    shares = shapley_shares(choices, rng.normal(size=40))
    assert sum(shares.values()) == pytest.approx(1.0, abs=EXACT)
    assert not is_full(choices)


def test_shares_do_not_hang_on_how_many_cells_are_counted_at_once(monkeypatch):
    rng = np.random.default_rng(6)
    choices = {name: codes[::2] for name, codes in lattice(3, 4, 2, 3).items()}
    y = rng.normal(size=36)
    shares = shapley_shares(choices, y)
    monkeypatch.setattr(shapley, "MOST_CELLS", 2)
    assert shapley_shares(choices, y) == pytest.approx(shares, abs=EXACT)


def test_a_number_that_does_not_vary_has_no_shares_and_no_choice_is_refused():
    assert np.isnan(list(shapley_shares(lattice(2, 2), np.ones(4)).values())).all()
    with pytest.raises(UserError, match="0 choices"):
        shapley_shares({}, np.ones(3))
