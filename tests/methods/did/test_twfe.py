"""Two-way fixed effects against R fixest and against algebra.

Tolerances: the stored answers have 12 significant digits, and fixest's iterations converge far
enough here for 1e-9 in coefficients, errors, R² and p (GOLD). Two computations of ours differ by
rounding, at most 1e-15 times a condition below 10⁷ (EXACT).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pilotzone.errors import UserError
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import variance_share

GOLD = {"rtol": 1e-9, "atol": 1e-9}
EXACT = {"rtol": 1e-8, "atol": 1e-9}
REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def panel():
    return pd.read_csv(REFERENCE / "panel.csv")


@pytest.fixture(scope="module")
def gold():
    return pd.read_csv(REFERENCE / "gold.csv").set_index(["check", "quantity"])


def shuffled(frame, seed):
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


def estimate(frame, controls=(), **options):
    return twfe(
        frame.y,
        frame.d,
        ["d"],
        frame[list(controls)] if controls else None,
        list(controls),
        frame.unit,
        frame.year,
        **options,
    )


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
def test_known_answer_without_controls(panel, gold, order):
    result = estimate(panel if order == "sorted" else shuffled(panel, 1))
    assert_allclose(result.coefficients, gold.loc[("twfe", "d"), "value"], **GOLD)
    assert_allclose(result.std_errors, gold.loc[("twfe", "d"), "std_error"], **GOLD)
    assert (result.nobs, result.n_clusters, result.df, result.k) == (360, 30, 29, 1 + 12)


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
def test_known_answer_with_controls(panel, gold, order):
    result = estimate(panel if order == "sorted" else shuffled(panel, 2), ["x1", "x2"])
    expected = gold.loc["twfe_controls"]
    assert result.names == ("d", "x1", "x2")
    assert_allclose(result.coefficients, expected.loc[["d", "x1", "x2"], "value"], **GOLD)
    assert_allclose(result.std_errors, expected.loc[["d", "x1", "x2"], "std_error"], **GOLD)
    assert_allclose(result.p_values[0], expected.loc["p_d", "value"], **GOLD)
    assert_allclose(result.r2, expected.loc["r2", "value"], **GOLD)
    assert_allclose(result.r2_within, expected.loc["r2_within", "value"], **GOLD)


def test_known_answer_with_event_dummies(panel, gold):
    event = (panel.year - panel.first_treated).where(panel.first_treated > 0)
    times = sorted(set(event.dropna().astype(int)) - {-1})
    names = [f"e{e}" for e in times]
    dummies = np.column_stack([event == e for e in times])
    result = twfe(panel.y, dummies, names, None, [], panel.unit, panel.year)
    expected = gold.loc["event_study_twfe"]
    assert sorted(names) == sorted(expected.index)
    assert_allclose(result.coefficients, expected.loc[names, "value"], **GOLD)
    assert_allclose(result.std_errors, expected.loc[names, "std_error"], **GOLD)


@given(
    unit=st.integers(1, 30),
    year=st.integers(2011, 2022),
    shift=st.floats(-1e3, 1e3),
    seed=st.integers(0, 1_000),
    share=st.sampled_from([1.0, 0.8]),
)
def test_a_constant_on_a_unit_or_a_year_changes_no_slope(panel, unit, year, shift, seed, share):
    frame = panel.sample(frac=share, random_state=seed)
    moved = frame.assign(y=frame.y + shift * ((frame.unit == unit) | (frame.year == year)))
    moved.y += shift * ((frame.unit == unit) & (frame.year == year))
    base, result = estimate(frame, ["x1"]), estimate(moved, ["x1"])
    assert_allclose(result.coefficients, base.coefficients, **EXACT)
    assert_allclose(result.std_errors, base.std_errors, **EXACT)
    assert_allclose(result.r2_within, base.r2_within, **EXACT)


@given(st.integers(0, 1_000), st.sampled_from([1.0, 0.8]))
def test_row_order_and_names_of_units_change_nothing(panel, seed, share):
    frame = panel.sample(frac=share, random_state=seed)
    names = np.random.default_rng(seed).permutation(30)
    renamed = shuffled(frame, seed + 1)
    renamed["unit"] = [f"unit {names[u - 1]}" for u in renamed.unit]
    base, result = estimate(frame, ["x1", "x2"]), estimate(renamed, ["x1", "x2"])
    assert_allclose(result.coefficients, base.coefficients, **EXACT)
    assert_allclose(result.covariance, base.covariance, **EXACT)


@pytest.mark.parametrize("d", [0, 1])
def test_a_unit_observed_once_changes_nothing_and_is_counted(panel, d):
    row = panel.iloc[[5]].assign(unit=99, y=1000.0, d=d, x1=-50.0)
    base, result = estimate(panel, ["x1"]), estimate(pd.concat([panel, row]), ["x1"])
    assert_allclose(result.coefficients, base.coefficients, **EXACT)
    assert_allclose(result.covariance, base.covariance, **EXACT)
    assert_allclose([result.r2, result.r2_within], [base.r2, base.r2_within], **EXACT)
    assert (base.n_singletons, result.n_singletons) == (0, 1)
    assert (result.nobs, result.n_clusters, result.df, result.k) == (360, 30, 29, base.k)
    assert result.residuals[-1] == 0


@given(
    st.lists(st.floats(-100, 100), min_size=16, max_size=16),
    st.integers(1, 7),
)
def test_two_groups_and_two_periods_give_the_difference_in_differences(values, n_treated):
    y = np.array(values).reshape(8, 2) + np.random.default_rng(n_treated).normal(size=(8, 2))
    unit, period = np.repeat(np.arange(8), 2), np.tile([2014, 2015], 8)
    d = ((unit < n_treated) & (period == 2015)).astype(float)
    change = y[:, 1] - y[:, 0]
    result = twfe(y.ravel(), d, ["d"], None, [], unit, period)
    expected = change[:n_treated].mean() - change[n_treated:].mean()
    assert_allclose(result.coefficients[0], expected, **EXACT)


def test_first_differences_equal_two_period_effects(panel):
    frame = panel[panel.year.isin([2014, 2019])].sort_values(["unit", "year"])
    wide = frame.pivot(index="unit", columns="year", values=["y", "d", "x1"])
    change = pd.DataFrame({v: wide[v][2019] - wide[v][2014] for v in ("y", "d", "x1")})
    design = np.column_stack([change.d, change.x1, np.ones(30)])
    expected = np.linalg.lstsq(design, change.y, rcond=None)[0]
    assert_allclose(estimate(frame, ["x1"]).coefficients, expected[:2], **EXACT)


def test_effects_can_be_left_out(panel):
    x = np.column_stack([panel.d, np.ones(360)])
    pooled = estimate(panel, unit_effects=False, period_effects=False)
    assert_allclose(pooled.coefficients, np.linalg.lstsq(x, panel.y, rcond=None)[0][:1], **EXACT)
    assert_allclose(pooled.r2, pooled.r2_within, **EXACT)
    assert pooled.k == 2
    for option, by in (("period_effects", "unit"), ("unit_effects", "year")):
        within = panel[["y", "d"]] - panel.groupby(by)[["y", "d"]].transform("mean")
        expected = (within.y @ within.d) / (within.d @ within.d)
        assert_allclose(estimate(panel, **{option: False}).coefficients, expected, **EXACT)
    assert estimate(panel, period_effects=False).k == 1 + 1
    assert estimate(panel, unit_effects=False).k == 1 + 12


def test_options_reach_the_regression(panel):
    region = panel.unit % 3
    trends = estimate(panel, slopes=[(panel.unit, panel.year)])
    dummies = (panel.unit.to_numpy()[:, None] == np.arange(2, 31)) * (
        panel.year.to_numpy()[:, None] - 2016.0
    )
    names = [f"t{u}" for u in range(2, 31)]
    columns = np.column_stack([panel.d, dummies])
    plain = twfe(panel.y, columns, ["d", *names], None, [], panel.unit, panel.year)
    assert_allclose(trends.coefficients[0], plain.coefficients[0], **EXACT)
    assert_allclose(trends.std_errors[0], plain.std_errors[0], **EXACT)
    assert trends.k == plain.k == 1 + 29 + 12
    assert estimate(panel, extra_factors=[region * 10_000 + panel.year]).k == 1 + 12 + 2 * 11
    assert estimate(panel, cluster=region).df == 2
    assert estimate(panel, vcov="crv3").vcov == "crv3"
    weighted = estimate(panel, weights=np.full(360, 7.0))
    assert_allclose(weighted.covariance, estimate(panel).covariance, **EXACT)
    uneven = estimate(panel, weights=panel.unit)
    assert abs(uneven.coefficients[0] - weighted.coefficients[0]) > 0.01


def test_errors_name_the_column_and_the_way_out(panel):
    always = panel.assign(d=(panel.unit > 10).astype(float))
    with pytest.raises(
        UserError,
        match="'d' has no variation within unit and period effects; use another variable or",
    ):
        estimate(always)
    national = panel.assign(d=panel.year * 1.0)
    with pytest.raises(UserError, match="'d' has no variation within period effects"):
        estimate(national, unit_effects=False)
    with pytest.raises(UserError, match="'d' and 'twin' are collinear within unit and period"):
        estimate(panel.assign(twin=2 * panel.d + panel.unit), ["twin"])
    with pytest.raises(UserError, match="'x1' has 1 missing or infinite values"):
        estimate(panel.assign(x1=panel.x1.where(panel.index != 4)), ["x1"])
    with pytest.raises(UserError, match="the treatments should have 360 rows"):
        twfe(panel.y, panel.d[:9], ["d"], None, [], panel.unit, panel.year)
    with pytest.raises(UserError, match="the controls should have 360 rows"):
        twfe(panel.y, panel.d, ["d"], panel.x1[:9], ["x1"], panel.unit, panel.year)
    with pytest.raises(UserError, match="of one length, found 359, 360"):
        twfe(panel.y, panel.d, ["d"], None, [], panel.unit, panel.year[1:])


def test_variance_shares_of_a_partition_sum_to_one(panel):
    effects = FixedEffects([panel.unit, panel.year], names=("unit", "period"))
    shares = [variance_share(panel.d, effects, panel.unit == u) for u in range(1, 31)]
    assert_allclose(sum(shares), 1, **EXACT)
    d_tilde = effects.residualise(panel.d)
    expected = (d_tilde[panel.unit == 4] ** 2).sum() / (d_tilde**2).sum()
    assert_allclose(shares[3], expected, **EXACT)


def test_variance_share_by_hand_and_with_weights():
    unit, period = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    d = np.array([0, 1, 0, 0])
    assert_allclose(variance_share(d, FixedEffects([unit, period]), unit == 0), 0.5)
    weighted = FixedEffects([period], weights=[1, 1, 1, 3])
    assert_allclose(variance_share(d, weighted, unit == 0), (9 / 16) / (9 / 16 + 3 / 16))


def test_variance_share_refuses_what_it_cannot_answer(panel):
    effects = FixedEffects([panel.unit, panel.year], names=("unit", "period"))
    with pytest.raises(UserError, match="no variation within unit and period effects"):
        variance_share(panel.unit, effects, panel.unit == 1)
    with pytest.raises(UserError, match="members must be 360 values true or false"):
        variance_share(panel.d, effects, panel.unit)
