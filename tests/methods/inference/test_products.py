"""Products of a permuted treatment: a plain loop with dummies, algebra, size, what is refused.

EXACT: least squares on all dummies against projections, 90 to 200 rows. EDGE: a limit is found by
halving a step 40 times, its p is read 1e-4 of the interval to either side.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.paths import PathTable, cohort_paths, permute_paths
from pilotzone.methods.inference.products import permute_products
from pilotzone.methods.inference.randomisation import randomise_paths

EXACT = {"rtol": 1e-7, "atol": 1e-9}
EDGE = 1e-4
YEARS = np.arange(2011, 2021)


@pytest.fixture(scope="module")
def panel():
    """Twenty units with gaps, trends of their own and a moderator with a path of its own."""
    rng = np.random.default_rng(7)
    n = 20
    unit, period = (a.ravel() for a in np.meshgrid(np.arange(n), YEARS, indexing="ij"))
    cohort = rng.permutation(np.repeat([2014, 2016, 2018, 0], [3, 5, 6, 6]))
    z = rng.normal(size=n)[unit]
    treated = (cohort[unit] > 0) & (period >= cohort[unit])
    controls = rng.normal(size=(len(unit), 2)) + 0.3 * z[:, None]
    y = 0.8 * treated * (1 + z) + controls @ [0.4, -0.3] + 0.2 * z * (period - 2015)
    y = y + rng.normal(size=n)[unit] * (1 + 0.2 * (period - 2015)) + rng.normal(size=len(unit))
    kept = rng.uniform(size=len(unit)) < 0.93
    table = cohort_paths(np.arange(n), YEARS, cohort)
    return {
        "y": y[kept],
        "unit": unit[kept],
        "period": period[kept],
        "z": z[kept],
        "controls": controls[kept],
        "table": table,
        "region": (unit % 2)[kept],
    }


def of(panel, held="two_way", **more):
    """The test of D and D z on the panel, with the effects of a name."""
    unit, period, z = panel["unit"], panel["period"], panel["z"]
    slopes = {
        "two_way": (),
        "trends": ((unit, period - 2015.0),),
        "moderator": ((unit, period - 2015.0), (period, z)),
    }[held]
    given = {
        "y": panel["y"],
        "paths": panel["table"],
        "multipliers": np.column_stack([np.ones_like(z), z]),
        "names": ("d", "dz"),
        "controls": panel["controls"],
        "effects": FixedEffects((unit, period), slopes),
        "cluster": unit,
        "unit": unit,
        "period": period,
        "draws": 39,
        "rng": np.random.default_rng(5),
        **more,
    }
    return permute_products(**given)


def by_dummies(panel, held, treatment, y):
    """t (2,) of D and D z, by least squares on dummies, errors by unit."""
    unit, period, z = panel["unit"], panel["period"], panel["z"]
    by_unit, by_year = (np.equal.outer(a, np.unique(a)).astype(float) for a in (unit, period))
    d = [by_unit, by_year]
    if held != "two_way":
        d.append(by_unit * (period - 2015.0)[:, None])
    if held == "moderator":
        d.append(by_year * z[:, None])
    if held not in panel:
        vectors, values, _ = np.linalg.svd(np.column_stack(d), full_matrices=False)
        panel[held] = vectors[:, values > 1e-9 * values[0]]
    basis = panel[held]
    x = np.column_stack([treatment, treatment * z, panel["controls"]])
    x = x - basis @ (basis.T @ x)
    u = y - basis @ (basis.T @ y)
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ u
    scores = by_unit.T @ (x * (u - x @ beta)[:, None])
    n, g = len(y), by_unit.shape[1]
    k = x.shape[1] + basis.shape[1] - g + 1
    covariance = g / (g - 1) * (n - 1) / (n - k) * bread @ scores.T @ scores @ bread
    return (beta / np.sqrt(np.diag(covariance)))[:2]


def drawn_treatments(panel, draws, seed=5, strata=None):
    where = panel["unit"], panel["period"], panel["table"]
    parts = permute_paths(*where, draws, np.random.default_rng(seed), strata)
    return np.hstack(list(parts)).astype(float)


@pytest.mark.parametrize("held", ["two_way", "trends", "moderator"])
def test_a_plain_loop_over_regressions_with_dummies(panel, held):
    made = of(panel, held)
    observed = panel["table"].at(panel["unit"], panel["period"]).astype(float)
    assert_allclose(made.t, by_dummies(panel, held, observed, panel["y"]), **EXACT)
    treatments = drawn_treatments(panel, 39)
    by_hand = np.array([by_dummies(panel, held, d, panel["y"]) for d in treatments.T])
    assert_allclose(made.t_draws, by_hand, **EXACT)
    large = (np.abs(by_hand) >= np.abs(made.t)).sum(axis=0)
    assert_allclose(made.p_values, (1 + large) / 40)


@pytest.mark.parametrize("held", ["two_way", "moderator"])
def test_limits_are_the_effects_that_the_same_loop_rejects(panel, held):
    made = of(panel, held)
    observed = panel["table"].at(panel["unit"], panel["period"]).astype(float)
    treatments = drawn_treatments(panel, 39)
    products = observed, observed * panel["z"]
    for j, end in ((0, "low"), (0, "high"), (1, "low"), (1, "high")):
        limit, width = getattr(made, end)[j], made.high[j] - made.low[j]
        for nudge, rejected in ((-EDGE, end == "low"), (EDGE, end == "high")):
            without = panel["y"] - (limit + nudge * width) * products[j]
            t = by_dummies(panel, held, observed, without)[j]
            t_draws = np.array([by_dummies(panel, held, d, without)[j] for d in treatments.T])
            p = (1 + np.sum(np.abs(t_draws) >= np.abs(t) * (1 - 1e-10))) / 40
            assert (p <= 0.05) == rejected


def test_one_multiplier_of_one_is_the_test_of_the_treatment(panel):
    made = of(panel, multipliers=np.ones(len(panel["y"])), names=("d",), strata=panel["region"])
    other = randomise_paths(
        panel["y"],
        panel["table"],
        panel["controls"],
        FixedEffects((panel["unit"], panel["period"])),
        panel["unit"],
        panel["unit"],
        panel["period"],
        draws=39,
        rng=np.random.default_rng(5),
        strata=panel["region"],
    )
    assert_allclose(made.t_draws[:, 0], other.t_draws, **EXACT)
    assert made.p_values[0] == other.p_value


def test_what_effects_hold_and_the_scale_of_a_moderator_change_nothing(panel):
    plain = of(panel, "moderator")
    added = np.sin(panel["period"]) * panel["z"] + 3.0 * panel["unit"] * panel["period"] / 2015
    moved = of(panel, "moderator", y=panel["y"] + added)
    assert_allclose(moved.t_draws, plain.t_draws, **EXACT)
    turned = np.column_stack([np.ones_like(panel["z"]), -100.0 * panel["z"]])
    scaled = of(panel, "moderator", multipliers=turned)
    assert_allclose(scaled.t_draws[:, 1], -plain.t_draws[:, 1], **EXACT)
    assert_allclose(scaled.t_draws[:, 0], plain.t_draws[:, 0], **EXACT)
    turned = np.array([scaled.high[1], scaled.low[1]]) * -100.0
    assert_allclose(turned, [plain.low[1], plain.high[1]], rtol=EDGE)


def test_draws_do_not_hang_on_the_size_of_the_chunks(panel, monkeypatch):
    plain = of(panel)
    monkeypatch.setattr("pilotzone.methods.inference.paths.CHUNK_NUMBERS", 1_000)
    assert_allclose(of(panel).t_draws, plain.t_draws, **EXACT)


def test_a_draw_without_a_product_counts_as_large():
    """Where the one unit with a moderator is never treated its product does not exist."""
    unit, period = (a.ravel() for a in np.meshgrid(np.arange(8), np.arange(4), indexing="ij"))
    table = cohort_paths(np.arange(8), np.arange(4), [2, 2, 2, 2, 0, 0, 0, 0])
    z = (unit == 0) * 1.0
    y = np.random.default_rng(1).normal(size=32)
    made = permute_products(
        y,
        table,
        np.column_stack([np.ones(32), z]),
        ("d", "dz"),
        None,
        FixedEffects((unit, period)),
        unit,
        unit,
        period,
        draws=40,
        rng=np.random.default_rng(2),
    )
    orders = drawn_treatments({"unit": unit, "period": period, "table": table}, 40, 2)
    lost = ~orders[unit == 0].any(axis=0)
    assert 0 < lost.sum() < 40
    np.testing.assert_array_equal(np.isnan(made.t_draws), np.column_stack([lost, lost]))
    assert (made.p_values >= (1 + lost.sum()) / 41).all()


@pytest.mark.slow
def test_size_where_nothing_happens_and_where_the_treatment_has_an_effect():
    rng = np.random.default_rng(3)
    n, periods, rejected = 16, 6, np.zeros(3)
    unit, period = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(periods), indexing="ij"))
    worlds = 120
    for _ in range(worlds):
        cohort = rng.permutation(np.repeat([2, 4, 0], [5, 5, 6]))
        table = cohort_paths(np.arange(n), np.arange(periods), np.where(cohort, cohort, 99))
        z = rng.normal(size=n)
        z = ((z - z.mean()) / z.std())[unit]
        noise = np.cumsum(rng.normal(size=(n, periods)), axis=1).ravel()
        effects = FixedEffects((unit, period), ((period, z),))
        for k, y in enumerate((noise, noise + 3.0 * table.at(unit, period))):
            made = permute_products(
                y,
                table,
                np.column_stack([np.ones(len(y)), z]),
                ("d", "dz"),
                None,
                effects,
                unit,
                unit,
                period,
                draws=19,
                rng=rng,
            )
            found = made.p_values <= 0.05
            rejected += (*found, 0) if k == 0 else (0, 0, found[1])
    # Exact at 1/20 where nothing happens: a share of 120 has an error of 0.02. With an effect of D
    # the test of the product rests on studentisation alone.
    assert (rejected / worlds < 0.11).all()
    assert (rejected[:2] > 0).all()


def test_what_is_refused(panel):
    for strata, code in ((panel["unit"], "one_path_in_group"), (None, "few_paths")):
        few = PathTable(panel["table"].units, YEARS, panel["table"].values & (strata is not None))
        with pytest.raises(NotIdentified) as caught:
            of(panel, paths=few, strata=strata)
        assert caught.value.reason.code == code
    collinear = np.column_stack([np.ones_like(panel["z"])] * 2)
    with pytest.raises(NotIdentified) as caught:
        of(panel, multipliers=collinear)
    assert caught.value.reason.code == "collinear"
    alone = FixedEffects((np.r_[99, panel["unit"][1:]], panel["period"]))
    with pytest.raises(UserError, match="1 rows are alone in a level of"):
        of(panel, effects=alone)
    with pytest.raises(UserError, match="'strata' varies within a unit"):
        of(panel, strata=panel["period"])
