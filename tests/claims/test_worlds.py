"""Made-up worlds: what they add, the noise they draw, and which verdict is right in them.

EXACT: sums of doubles of order one. RECOVERED: 20,000 paths.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone.claims import worlds
from pilotzone.claims.facts import Verdict
from pilotzone.claims.worlds import EFFECT, NO_EFFECT, WORLDS, drawn, persistence, truth

EXACT = 1e-12
RECOVERED = 0.02
YEARS = np.arange(2011, 2021)


def setting(kind="effect", seed=1, n=12):
    rng = np.random.default_rng(seed)
    treatment = np.zeros((10, n))
    treatment[5:, :3], treatment[8:, 3:6] = 1, 1
    neighbours = np.full((n, n), 1 / (n - 1)) - np.eye(n) / (n - 1)
    outcome = rng.normal(size=(10, n)) + np.arange(n) + np.linspace(0, 2, 10)[:, None] + 5
    pattern = treatment @ neighbours.T if kind == "spillover" else treatment
    group = np.arange(n) < n // 2
    return worlds.Setting(kind, YEARS, outcome, pattern, treatment, neighbours, group)


def added(world, kind="effect", tau=0.3, noise="real"):
    """Return what a world adds to means and noise, by the same draws without an effect."""
    one = setting(kind)
    made = drawn(one, world, noise, tau, np.random.default_rng(5))
    plain = drawn(one, "nothing", noise, tau, np.random.default_rng(5))
    return one, made - plain


def test_nothing_is_means_and_the_units_own_residual_paths_with_signs():
    one = setting()
    made = drawn(one, "nothing", "real", 0.3, np.random.default_rng(5)) - one.means
    ratio = made / one.residuals
    assert np.allclose(np.abs(ratio), 1, atol=1e-9)
    assert np.allclose(ratio, ratio[0], atol=1e-9)
    assert set(np.unique(np.sign(ratio[0]))) == {-1, 1}


def test_residuals_are_net_of_units_periods_and_the_pattern():
    one = setting()
    assert one.residuals.mean(axis=0) == pytest.approx(0, abs=EXACT)
    assert one.residuals.mean(axis=1) == pytest.approx(0, abs=EXACT)
    moved = dataclasses.replace(one, outcome=one.outcome + 7 * one.pattern)
    assert np.allclose(moved.residuals, one.residuals, atol=1e-9)


def test_own_trends_are_the_slopes_before_the_zones():
    one, made = added("own_trends")
    early = one.years < 2016
    slopes = np.polyfit(one.years[early], one.outcome[early], 1)[0]
    assert np.diff(made, axis=0)[0] == pytest.approx(slopes - slopes.mean(), abs=1e-9)
    assert made.mean(axis=0) == pytest.approx(0, abs=EXACT)


def test_trends_of_neighbours_are_as_large_as_the_own_ones():
    _, own = added("own_trends")
    _, shared = added("spatial_trends")
    assert shared.std() == pytest.approx(own.std(), rel=1e-9)
    assert abs(np.corrcoef(shared[-1], own[-1])[0, 1]) > 0.5


def test_growth_of_one_rate_is_larger_where_the_level_is():
    one, made = added("size_levels")
    assert np.corrcoef(np.diff(made, axis=0)[0], one.outcome[0])[0, 1] == pytest.approx(
        1, abs=EXACT
    )


@pytest.mark.parametrize("world", ["delta", "detectable"])
def test_a_constant_effect_falls_where_the_claim_looks(world):
    for kind in ("effect", "spillover"):
        one, made = added(world, kind)
        assert made == pytest.approx(0.3 * one.pattern, abs=EXACT)


def test_a_spillover_falls_on_neighbours_whatever_the_claim():
    one, made = added("spillover_only")
    assert made == pytest.approx(0.3 * one.treatment @ one.neighbours.T, abs=EXACT)


def test_a_growing_effect_has_the_same_average_over_treated_cells():
    one, made = added("growing")
    treated = one.treatment == 1
    assert made[treated].mean() == pytest.approx(0.3, abs=EXACT)
    assert made[~treated] == pytest.approx(0, abs=EXACT)
    assert (np.diff(made[5:, 0]) > 0).all()


def test_one_group_alone():
    one, made = added("one_group")
    assert made == pytest.approx(0.3 * one.treatment * one.group, abs=EXACT)


def test_mirrored_trends_fall_where_the_effect_is_and_rise_elsewhere():
    one, made = added("mirrored", tau=0.0)
    slopes = np.diff(made, axis=0)[0]
    treated = one.treatment.any(axis=0)
    assert (slopes[treated] <= 0).all()
    assert (slopes[~treated] >= 0).all()


@pytest.mark.parametrize("phi", [0.0, 0.4, 0.75])
def test_size_and_persistence_are_those_of_the_residuals(phi):
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(10, 20_000))
    for t in range(1, 10):
        noise[t] = phi * noise[t - 1] + np.sqrt(1 - phi**2) * noise[t]
    found, scale = persistence(0.02 * noise)
    assert found == pytest.approx(phi, abs=RECOVERED)
    assert scale == pytest.approx(0.02, rel=RECOVERED)


def test_the_same_generator_gives_the_same_world():
    made = [drawn(setting(), "growing", "ar1", 0.3, np.random.default_rng(9)) for _ in range(2)]
    assert np.array_equal(*made)


WRONG = [
    ("nothing", Verdict.SUPPORTED),
    ("own_trends", Verdict.ASSUMED),
    ("size_levels", Verdict.CONTRADICTED),
    ("spillover_only", Verdict.SUPPORTED),
    ("delta", Verdict.RULED_OUT),
    ("detectable", Verdict.EXPLAINED),
    ("mirrored", Verdict.CONTRADICTED),
    ("one_group", Verdict.EXPLAINED),
]
RIGHT = [
    ("nothing", Verdict.RULED_OUT),
    ("own_trends", Verdict.EXPLAINED),
    ("spillover_only", Verdict.RULED_OUT),
    ("growing", Verdict.SUPPORTED),
    ("mirrored", Verdict.ASSUMED),
]
OPEN = [
    ("nothing", Verdict.EXPLAINED),
    ("delta", Verdict.CANNOT_TELL),
    ("one_group", Verdict.SUPPORTED),
    ("own_trends", Verdict.CANNOT_TELL),
]


@pytest.mark.parametrize(
    ("world", "verdict", "said"),
    [
        (*pair, said)
        for pairs, said in ((WRONG, "false"), (RIGHT, "true"), (OPEN, "open"))
        for pair in pairs
    ],
)
def test_which_verdict_is_right_in_a_world(world, verdict, said):
    assert truth("effect", world, verdict, at_least_delta=True) == said


def test_an_effect_below_delta_may_be_ruled_out():
    made = truth("effect", "detectable", Verdict.RULED_OUT, at_least_delta=False)
    assert made == "true"


def test_a_spillover_is_what_a_claim_on_spillovers_looks_for():
    assert truth("spillover", "spillover_only", Verdict.SUPPORTED, at_least_delta=True) == "true"
    assert truth("group", "one_group", Verdict.SUPPORTED, at_least_delta=True) == "true"


def test_the_worlds_are_those_that_are_fixed():
    assert WORLDS == NO_EFFECT + EFFECT
    assert set(WORLDS) == {
        *("nothing", "own_trends", "spatial_trends", "size_levels", "spillover_only"),
        *("delta", "detectable", "growing", "one_group", "mirrored"),
    }
