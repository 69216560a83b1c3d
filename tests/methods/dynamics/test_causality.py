"""The Dumitrescu-Hurlin test: another program, unit by unit, closed moments, size.

PRINTED: what R prints, five digits. EXACT: the same sums in another order.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.dynamics.causality import (
    bootstrap_null,
    non_causality,
    standardised,
    unit_wald,
)

PRINTED = 5e-5
EXACT = 1e-8
N, T = 30, 10


def long_form(y, x):
    n, periods = y.shape
    unit, year = np.repeat(np.arange(n), periods), np.tile(np.arange(2013, 2013 + periods), n)
    return y.ravel(), x.ravel(), unit, year


def autoregressive(rng, root, shape, drift=0.0):
    values, state = np.empty(shape), np.zeros(shape[:-1])
    for t in range(-50, shape[-1]):
        state = root * state + rng.normal(size=shape[:-1])
        if t >= 0:
            values[..., t] = state + drift * t
    return values


@pytest.fixture(scope="module")
def grunfeld():
    """The ten firms of plm's Grunfeld data, 1935-1954; statsmodels has an eleventh."""
    from statsmodels.datasets import grunfeld

    data = grunfeld.load_pandas().data
    return data[data["firm"] != "American Steel"].astype({"firm": str, "year": int})


@pytest.mark.parametrize(
    ("lags", "statistic", "value"),
    [(1, "z_bar_tilde", 3.2896), (2, "z_bar_tilde", 1.6832), (2, "z_bar", 2.9657)],
)
def test_r_prints_the_same(grunfeld, lags, statistic, value):
    """plm's pgrangertest(inv ~ value, Grunfeld): the output stored with its own tests."""
    found = non_causality(
        grunfeld["invest"], grunfeld["value"], grunfeld["firm"], grunfeld["year"], lags=lags
    )
    assert getattr(found, statistic) == pytest.approx(value, abs=PRINTED)
    if statistic == "z_bar_tilde":
        p_value = {1: 0.001003, 2: 0.09234}[lags]
        assert found.p_value == pytest.approx(p_value, abs=5e-6)


@pytest.mark.parametrize("lags", [1, 2])
def test_each_unit_is_a_wald_test_of_least_squares(grunfeld, lags):
    import statsmodels.api as sm

    found = non_causality(
        grunfeld["invest"], grunfeld["value"], grunfeld["firm"], grunfeld["year"], lags=lags
    )
    for firm, wald, p_value in zip(found.units, found.wald, found.unit_p_values, strict=True):
        own = grunfeld[grunfeld["firm"] == firm].sort_values("year")
        past = {
            f"{name}{lag}": own[name].shift(lag)
            for name in ("invest", "value")
            for lag in range(1, lags + 1)
        }
        table = pd.DataFrame(past).assign(y=own["invest"]).dropna()
        fit = sm.OLS(table["y"], sm.add_constant(table[list(past)])).fit()
        test = fit.f_test(", ".join(f"value{lag} = 0" for lag in range(1, lags + 1)))
        assert wald == pytest.approx(lags * float(test.fvalue), rel=EXACT)
        assert p_value == pytest.approx(float(test.pvalue), rel=EXACT)


def test_the_correction_is_the_moments_of_the_f_distribution():
    """Z̃ standardises W̄ by mean and variance of K · F(K, T − 3K − 1)."""
    from scipy import stats

    for lags, periods in ((1, 10), (2, 14), (3, 40)):
        f = stats.f(lags, periods - 3 * lags - 1)
        expected = np.sqrt(N) * (2.5 - lags * f.mean()) / (lags * f.std())
        assert standardised(2.5, N, lags, periods)[1] == pytest.approx(expected, rel=1e-12)
    z_bar, z_bar_tilde = standardised(2.5, N, 2, 100_000)
    assert z_bar == pytest.approx(z_bar_tilde, rel=1e-3)


def test_ten_years_carry_one_lag_and_not_two():
    rng = np.random.default_rng(0)
    where = long_form(rng.normal(size=(N, T)), rng.normal(size=(N, T)))
    assert non_causality(*where, lags=1).n_periods == T
    with pytest.raises(NotIdentified) as found:
        non_causality(*where, lags=2)
    assert found.value.reason == Reason("no_moments", {"periods": 10, "lags": 2, "more_than": 11})
    short = [v[where[3] < 2021] for v in where]
    with pytest.raises(NotIdentified, match=r"^no_moments\(periods=8, lags=1, "):
        non_causality(*short, lags=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: [v[1:] for v in w], "every unit once in every period"),
        (lambda w: [*w[:3], np.where(w[3] > 2015, w[3] + 1, w[3])], "periods without a gap"),
    ],
)
def test_gaps_are_refused(change, message):
    rng = np.random.default_rng(0)
    where = long_form(rng.normal(size=(N, T)), rng.normal(size=(N, T)))
    with pytest.raises(UserError, match=message):
        non_causality(*change(where), lags=1)
    with pytest.raises(UserError, match="0 lags; use 1 or more"):
        non_causality(*where, lags=0)


def test_a_unit_that_does_not_change_is_named():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, T))
    x[4] = 2.0
    with pytest.raises(NotIdentified, match=r"^lags_collinear\(unit=4\)$"):
        non_causality(*long_form(rng.normal(size=(N, T)), x), lags=1)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_of_measurement_and_order_change_nothing(seed, scale, shift):
    rng = np.random.default_rng(seed)
    y, x = rng.normal(size=(2, N, T))
    before = non_causality(*long_form(y, x), lags=1)
    where = long_form(scale * y + shift, shift - scale * x)
    order = rng.permutation(N * T)
    after = non_causality(*(v[order] for v in where), lags=1)
    assert after.w_bar == pytest.approx(before.w_bar, rel=1e-6)


def test_size_is_near_five_percent_without_persistence_and_far_above_with_it():
    """1,000 panels; the Monte Carlo error of a share of 5 % is 0.007."""

    def share(root):
        rng = np.random.default_rng(1)
        y, x = (autoregressive(rng, root, (1000, N, T)).reshape(-1, T) for _ in range(2))
        wald = unit_wald(y, x, 1, np.arange(len(y))).reshape(1000, N).mean(axis=1)
        return (np.abs(standardised(wald, N, 1, T)) > 1.96).mean(axis=1)

    for_long_panels, corrected = share(0.0)
    assert corrected == pytest.approx(0.045, abs=0.02)
    assert for_long_panels > 0.3
    assert share(0.9)[1] > 0.15


@pytest.mark.slow
def test_where_series_persist_the_bootstrap_rejects_far_less_often_than_the_normal():
    """300 panels with roots of 0.9 and 19 draws: about 11 % instead of 26 %, error 0.018."""
    rng, by_bootstrap, by_normal = np.random.default_rng(20250307), 0, 0
    for y, x in zip(*(autoregressive(rng, 0.9, (300, N, T)) for _ in range(2)), strict=True):
        null = bootstrap_null(*long_form(y, x), lags=1, draws=19, rng=rng)
        w_bar = unit_wald(y, x, 1, np.arange(N)).mean()
        by_bootstrap += (1 + np.count_nonzero(null >= w_bar)) / 20 <= 0.05
        by_normal += abs(standardised(w_bar, N, 1, T)[1]) > 1.96
    assert by_bootstrap / 300 == pytest.approx(0.11, abs=0.055)
    assert by_bootstrap < 0.6 * by_normal


def test_causality_is_found():
    rng = np.random.default_rng(3)
    x = autoregressive(rng, 0.3, (N, T))
    y = rng.normal(size=(N, T))
    y[:, 1:] += 1.5 * x[:, :-1]
    where = long_form(y, x)
    found = non_causality(*where, lags=1)
    null = bootstrap_null(*where, lags=1, draws=199, rng=rng)
    assert found.z_bar_tilde > 3
    assert (null < found.w_bar).all()


def test_the_bootstrap_makes_y_from_its_own_lags_by_hand():
    """One draw, two units: the recursion with the errors of the years that are drawn."""
    rng = np.random.default_rng(4)
    y, x = autoregressive(rng, 0.5, (2, T)), autoregressive(rng, 0.5, (2, T))
    years = np.random.default_rng(8).integers(0, T - 1, (1, T - 1))[0]
    made = np.empty((2, T))
    made[:, 0] = y[:, 0]
    for i in range(2):
        slope, level = np.polyfit(y[i, :-1], y[i, 1:], 1)
        errors = y[i, 1:] - level - slope * y[i, :-1]
        for t in range(1, T):
            made[i, t] = level + slope * made[i, t - 1] + errors[years[t - 1]]
    expected = unit_wald(made, x, 1, np.arange(2)).mean()
    found = bootstrap_null(*long_form(y, x), lags=1, draws=1, rng=np.random.default_rng(8))
    assert found == pytest.approx([expected], rel=1e-8)
