"""Fits of many draws at once: what each of them would be alone."""

import dataclasses

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import DenseAlgebra
from pilotzone.methods.space.interpolated import Interpolated
from pilotzone.methods.space.panel_ml import estimate_stack, estimate_stacked
from pilotzone.methods.space.refit import build_refit, fitted, studentised

# Two searches stop within 1e-12 of a maximum.
TWIN = 1e-10


def outcomes_of(panel, draws=5):
    return panel.y + np.random.default_rng(3).normal(size=(draws, *panel.y.shape))


# Without effects there is nothing to transform.
EFFECTS = ("two_way", "unit", "period", "unit_trends")
TRANSFORMS = [
    ("none", False),
    *((effects, lee_yu) for effects in EFFECTS for lee_yu in (False, True)),
]


@pytest.mark.parametrize(("effects", "lee_yu"), TRANSFORMS)
@pytest.mark.parametrize("model", ["sar", "sdm", "sem", "sdem", "gns"])
def test_a_draw_is_fitted_as_if_alone(drawn, model, effects, lee_yu):
    weights, panel = drawn
    refit = build_refit(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    outcomes = outcomes_of(panel, 3)
    keep = np.arange(len(refit.terms))
    found = studentised(refit, [refit.design.k], outcomes, lambda y: y[None], keep, 0.3)
    for y, row in zip(outcomes, found, strict=True):
        other = dataclasses.replace(panel, y=y)
        alone = build_refit(other, weights, model=model, effects=effects, lee_yu=lee_yu)
        estimates, errors = alone.statistics(alone.maximum())
        assert row == pytest.approx((estimates - 0.3) / errors, rel=TWIN, abs=TWIN)


def test_what_cannot_be_fitted_leaves_the_stack(drawn):
    """The second draw has one regressor twice, the third no residual."""
    weights, panel = drawn
    refit = build_refit(panel, weights, model="sar", effects="unit", lee_yu=False)
    own = np.repeat(np.stack([*panel.x, panel.y])[:, None], 4, axis=1)
    own[1, 1] = own[0, 1]
    own[2, 2] = own[0, 2]
    designs = refit.with_columns([0, 1, 2], own)
    ((places, tops),) = fitted(refit, designs)
    assert places.tolist() == [0, 3]
    assert tops.parameters[:, 0] == pytest.approx(refit.maximum().parameters[0], rel=TWIN)
    assert list(fitted(refit, refit.with_columns([0, 1, 2], own[:, 1:2]))) == []


def test_the_stack_of_panels_is_that_of_their_estimates(drawn):
    weights, panel = drawn
    y = outcomes_of(panel)
    panels = dataclasses.replace(panel, y=y, x=np.repeat(panel.x[:, None], len(y), axis=1))
    found = estimate_stack(panels, weights, model="sdm", effects="unit")
    for i in range(len(y)):
        alone = estimate_stacked(panels.at(i), weights, model="sdm", effects="unit")
        assert {name: part[i] for name, part in found.items()} == pytest.approx(alone, rel=TWIN)
    panels.x[1, 3] = panels.x[0, 3]
    with pytest.raises(UserError, match="x2 is a linear combination of x1"):
        estimate_stack(panels, weights, model="sdm", effects="unit")


def test_dealing_the_units_is_relabelling_the_matrix(drawn):
    """What placebo matrices rest on: rows of the panel in the inverse order, and the matrix."""
    weights, panel = drawn
    order = np.random.default_rng(5).permutation(12)
    moved = weights.relabelled(order)
    back = np.argsort(order)
    dealt = dataclasses.replace(panel, y=panel.y[:, back], x=panel.x[:, :, back])
    there = estimate_stacked(panel, moved, model="sdm", effects="two_way")
    here = estimate_stacked(dealt, weights, model="sdm", effects="two_way")
    assert here == pytest.approx(there, rel=TWIN)


def test_interpolated_multipliers_are_those_of_solves(drawn):
    weights, _ = drawn
    algebra, low = DenseAlgebra(weights), weights.stable_interval[0]
    multiplier_at = Interpolated(algebra)
    for r in (np.linspace(0.2, 0.5, 7), np.linspace(0.4 * low, 0.7, 9), np.array([0.5])):
        expected = algebra.multiplier(r).matrix
        assert multiplier_at(r).matrix == pytest.approx(expected, abs=1e-12 * expected.max())


def test_next_to_a_pole_each_is_solved_for(make_weights):
    """Over nearly all of the interval the nodes miss by far more than what is allowed."""
    weights = make_weights(np.random.default_rng(2), 10)
    algebra, (low, high) = DenseAlgebra(weights), weights.stable_interval
    r = np.array([0.99 * low, 0.0, 0.99 * high])
    assert np.array_equal(Interpolated(algebra)(r).matrix, algebra.multiplier(r).matrix)
