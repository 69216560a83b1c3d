"""Permuted treatment paths.

Tolerances: TWIN is for the same statistic by a whole fit of another panel; MIDDLE for limits found
by bisection.
"""

import dataclasses
import math

import numpy as np
import pytest

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.permutations import permutations
from pilotzone.methods.space.effects import effects as effects_of
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.permuted import permute_exposure

TWIN = 1e-8
MIDDLE = 1e-6
DRAWS = 9


@pytest.fixture(scope="module")
def exposed(make_weights):
    """Weights, and a panel with a treatment that starts in different periods."""
    rng = np.random.default_rng(21)
    weights = make_weights(rng, 14, symmetric=False, share=0.15)
    starts = np.resize([2, 4, 6, 99], 14)
    d = (np.arange(8)[:, None] >= starts) * 1.0
    x = np.stack([rng.normal(size=(8, 14)), d])
    mean = x[0] + 0.8 * d + 0.5 * d @ weights.matrix.T + rng.normal(size=14)
    y = np.linalg.solve(np.eye(14) - 0.3 * weights.matrix, (mean + rng.normal(size=(8, 14))).T).T
    return weights, StackedPanel(y, x, ("x1", "d"), weights.labels, np.arange(2001, 2009))


def by_hand(panel, weights, **options):
    """Estimates and errors of the terms of d, by a fit of its own."""
    fit = fit_stacked(panel, weights, vcov="cluster_pairs", **options)
    found = dict(zip(fit.names, zip(fit.coefficients, fit.std_errors, strict=True), strict=True))
    if options["model"] not in ("ols", "sem"):
        table = effects_of(fit, weights, method="delta")
        values = zip(table.estimates.ravel(), table.std_errors.ravel(), strict=True)
        found.update(zip(table.terms, values, strict=True))
    terms = ("d", "W:d", "direct:d", "indirect:d", "total:d")
    return {term: np.array(found[term]) for term in terms if term in found}


def dealt(panel, deck):
    x = panel.x.copy()
    x[1] = x[1][:, deck]
    return dataclasses.replace(panel, x=x)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(
    ("model", "effects", "lee_yu"),
    [
        ("ols", "two_way", False),
        ("slx", "two_way", True),
        ("slx", "none", False),
        ("sar", "unit", False),
        ("sdm", "two_way", True),
        ("sdm", "unit_trends", False),
        ("sem", "period", False),
        ("sdem", "two_way", True),
    ],
)
def test_a_loop_over_permutations(exposed, model, effects, lee_yu, grouped):
    weights, panel = exposed
    options = {"model": model, "effects": effects, "lee_yu": lee_yu}
    strata = np.array(["a", "b"])[np.arange(14) // 7] if grouped else None
    test = permute_exposure(
        panel, weights, "d", draws=DRAWS, rng=np.random.default_rng(5), strata=strata, **options
    )
    order = permutations(14, DRAWS, np.random.default_rng(5), strata)
    if grouped:
        assert np.array_equal(order < 7, np.tile(np.arange(14) < 7, (DRAWS, 1)))
    here = by_hand(panel, weights, **options)
    assert test.terms == tuple(here)
    assert test.estimates == pytest.approx([v[0] for v in here.values()], abs=TWIN)
    assert test.std_errors == pytest.approx([v[1] for v in here.values()], abs=TWIN)
    draws = [by_hand(dealt(panel, deck), weights, **options).values() for deck in order]
    t_draws = np.array([[value / error for value, error in draw] for draw in draws])
    assert test.t_draws == pytest.approx(t_draws, abs=TWIN)
    large = np.abs(t_draws) >= np.abs(test.t) * (1 - 1e-10)
    assert test.p_values == pytest.approx((1 + large.sum(axis=0)) / (1 + DRAWS), abs=TWIN)
    assert (test.draws, test.n_failed) == (DRAWS, 0)


@pytest.mark.parametrize("model", ["ols", "slx"])
def test_limits_are_where_the_shifted_outcome_is_rejected(exposed, model):
    """p of no effect on y - tau D, or y - tau W D, is above 0.1 inside a limit and not outside."""
    weights, panel = exposed
    rng, draws = np.random.default_rng, 99
    options = {"draws": draws, "model": model, "level": 0.9}
    test = permute_exposure(panel, weights, "d", rng=rng(2), **options)
    shifts = {"d": panel.x[1], "W:d": panel.x[1] @ weights.matrix.T}
    for i, term in enumerate(test.terms[:2] if model == "slx" else test.terms):
        for limit, outwards in zip(test.intervals[i], (-1, 1), strict=True):
            step = MIDDLE * test.std_errors[i]
            inside, outside = (
                permute_exposure(
                    dataclasses.replace(panel, y=panel.y - tau * shifts[term]),
                    weights,
                    "d",
                    rng=rng(2),
                    interval=False,
                    **options,
                ).p_values[i]
                for tau in (limit - outwards * step, limit + outwards * step)
            )
            assert inside > 0.1 + 1e-9 >= outside
    if model == "slx":
        assert np.array_equal(test.intervals[2:4], test.intervals[:2])


@pytest.mark.parametrize(("model", "first"), [("sdm", 0), ("sdem", 0), ("slx", 4)])
def test_other_limits_are_so_many_errors(exposed, model, first):
    """Of 99 absolute statistics the 95th is c; total effects of slx have no null of their own."""
    weights, panel = exposed
    rng = np.random.default_rng(4)
    test = permute_exposure(panel, weights, "d", draws=99, rng=rng, model=model)
    c = np.sort(np.abs(test.t_draws), axis=0)[94]
    half = (test.intervals[:, 1] - test.intervals[:, 0]) / 2
    assert half[first:] == pytest.approx((c * test.std_errors)[first:], rel=TWIN)
    outside = (test.intervals[first:, 0] > 0) | (test.intervals[first:, 1] < 0)
    assert np.array_equal(outside, test.p_values[first:] <= 0.05)


def test_no_interval_unless_asked_for(exposed):
    weights, panel = exposed
    rng = np.random.default_rng(4)
    test = permute_exposure(panel, weights, "d", draws=3, rng=rng, interval=False)
    assert np.isnan(test.intervals).all()
    few = permute_exposure(panel, weights, "d", draws=9, rng=rng, model="sdm")
    # Nine draws hold no 95 % quantile.
    assert np.isinf(few.intervals).all()


def test_size_with_errors_that_last(make_weights):
    """No effect, AR(0.8) errors: 5 % of 200 panels, with an error of 0.015, of which three."""
    rng = np.random.default_rng(11)
    weights = make_weights(rng, 30, share=0.08)
    d = (np.arange(8)[:, None] >= np.resize([2, 4, 6, 99], 30)) * 1.0
    rejected = []
    for _ in range(200):
        e = rng.normal(size=(8, 30))
        for t in range(1, 8):
            e[t] += 0.8 * e[t - 1]
        panel = StackedPanel(e, d[None], ("d",), weights.labels, np.arange(8))
        test = permute_exposure(panel, weights, "d", draws=19, rng=rng, interval=False)
        rejected.append(test.p_values[:2] <= 0.05)
    assert np.mean(rejected, axis=0) == pytest.approx([0.05, 0.05], abs=0.046)


def test_what_cannot_be_dealt(exposed):
    weights, panel = exposed
    rng = np.random.default_rng(1)

    def refused(d, **options):
        x = np.stack([panel.x[0], d])
        other = dataclasses.replace(panel, x=x)
        with pytest.raises(NotIdentified) as found:
            permute_exposure(other, weights, "d", draws=9, rng=rng, **options)
        return found.value.reason

    one = np.zeros((8, 14))
    one[4:, 0] = 1.0
    assert refused(one) == Reason("few_paths", {"deals": 14, "needed": 20})
    # Two of 14 can be chosen in 91 ways.
    one[4:, 1] = 1.0
    assert math.comb(14, 2) == 91
    two = dataclasses.replace(panel, x=np.stack([panel.x[0], one]))
    assert permute_exposure(two, weights, "d", draws=9, rng=rng).draws == 9
    strata = np.arange(14) // 7
    expected = Reason("one_path_in_group", {"group": "1", "units": 7})
    assert refused(one, strata=strata) == expected
    with pytest.raises(UserError, match=r"strata of shape \(3,\) for 14 units"):
        permute_exposure(panel, weights, "d", draws=9, rng=rng, strata=[1, 2, 3])
    with pytest.raises(UserError, match="'zone' is not among the regressors: x1, d"):
        permute_exposure(panel, weights, "zone", draws=9, rng=rng)
    with pytest.raises(UserError, match="level 2 does not lie between 0 and 1"):
        permute_exposure(panel, weights, "d", draws=9, rng=rng, level=2)
    with pytest.raises(UserError, match="0 draws"):
        permute_exposure(panel, weights, "d", draws=0, rng=rng)
