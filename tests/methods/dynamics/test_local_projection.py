"""Local projections: second programs, the jackknife by hand, invariances, a known response.

EXACT: the same normal equations in another order. OTHER: two programs solve 270 rows with 40
dummies, condition numbers below 1e4. Simulations say their own Monte Carlo error.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.dynamics import small_sample
from pilotzone.methods.dynamics.local_projection import (
    across_units,
    bandwidth,
    halves,
    project,
    projection_rows,
    shifted,
    split_panel_jackknife,
)
from pilotzone.methods.dynamics.small_sample import FeedbackTruth

EXACT = 1e-10
OTHER = 1e-8
N, T = 30, 10


def panel(seed=0, n=N, periods=T, root=0.6):
    rng = np.random.default_rng(seed)
    y, x = np.zeros((2, n, periods))
    for t in range(1, periods):
        x[:, t] = root * x[:, t - 1] + rng.normal(size=n)
        y[:, t] = 0.5 * x[:, t] + root * y[:, t - 1] + rng.normal(size=n)
    unit, year = np.repeat(np.arange(n), periods), np.tile(np.arange(2013, 2013 + periods), n)
    z = rng.normal(size=n * periods)
    return pd.DataFrame({"y": y.ravel(), "x": x.ravel(), "z": z, "unit": unit, "year": year})


def rows_of(frame, horizon, lags=1, controls=True):
    return projection_rows(
        frame["y"],
        frame["x"],
        frame["unit"],
        frame["year"],
        horizon=horizon,
        lags=lags,
        controls=frame[["z"]] if controls else None,
        control_names=("z",) if controls else (),
    )


def by_pandas(frame, horizon, lags):
    """The regression's columns by pandas' own shifts."""
    by_unit = frame.groupby("unit")
    table = frame.assign(lead=by_unit["y"].shift(-horizon))
    for lag in range(1, lags + 1):
        table[f"y{lag}"], table[f"x{lag}"] = by_unit["y"].shift(lag), by_unit["x"].shift(lag)
    names = ["x", *(f"{v}{lag}" for v in "yx" for lag in range(1, lags + 1)), "z"]
    return table.dropna(), names


@pytest.mark.parametrize(("horizon", "lags"), [(0, 1), (2, 1), (4, 1), (1, 2)])
def test_statsmodels_with_dummies_gives_the_same_slopes(horizon, lags):
    import statsmodels.formula.api as smf

    frame = panel()
    rows = rows_of(frame, horizon, lags)
    table, names = by_pandas(frame, horizon, lags)
    other = smf.ols(f"lead ~ {' + '.join(names)} + C(unit) + C(year)", table).fit()
    assert len(rows.y) == len(table) == N * (T - lags - horizon)
    np.testing.assert_allclose(project(rows).coefficients, other.params[names], rtol=OTHER)


@pytest.mark.parametrize("horizon", [0, 1, 3])
def test_linearmodels_gives_the_same_errors_once_converted(horizon):
    from linearmodels.panel import PanelOLS

    frame = panel()
    rows = rows_of(frame, horizon)
    table, names = by_pandas(frame, horizon, 1)
    data = table.set_index(["unit", "year"])
    model = PanelOLS(data["lead"], data[names], entity_effects=True, time_effects=True)
    periods, n = T - 1 - horizon, len(rows.y)
    lags = bandwidth(horizon, periods)
    kernel = model.fit(cov_type="kernel", kernel="bartlett", bandwidth=lags, debiased=True)
    k = len(names) + N + periods - 1
    # linearmodels: N/(N − K); here T/(T − 1) · (N − 1)/(N − K), K the same.
    conversion = np.sqrt(periods / (periods - 1) * (n - 1) / n)
    found = across_units(rows, project(rows))
    np.testing.assert_allclose(found.std_errors, kernel.std_errors * conversion, rtol=OTHER)
    assert (found.df, found.lags) == (periods - 1, lags)
    clustered = model.fit(cov_type="clustered", cluster_entity=True, debiased=True)
    # linearmodels counts all unit effects and has no G/(G − 1).
    nested = len(names) + periods
    factor = np.sqrt(N / (N - 1) * (n - 1) / (n - nested) * (n - k) / n)
    np.testing.assert_allclose(project(rows).std_errors, clustered.std_errors * factor, rtol=OTHER)


def test_bandwidth_follows_the_horizon_and_stays_below_the_periods():
    assert [bandwidth(h, 9 - h) for h in range(5)] == [2, 2, 2, 3, 4]
    assert bandwidth(6, 3) == 2


def test_a_gap_is_not_skipped():
    values = shifted([1.0, 2.0, 4.0, 10.0], ["a"] * 3 + ["b"], [2013, 2014, 2016, 2014], 1)
    np.testing.assert_array_equal(values, [2.0, np.nan, np.nan, np.nan])
    values = shifted([1.0, 2.0, 4.0, 10.0], ["a"] * 3 + ["b"], [2013, 2014, 2016, 2014], -2)
    np.testing.assert_array_equal(values, [np.nan, np.nan, 2.0, np.nan])


def test_rows_next_to_a_gap_are_left_out():
    frame = panel()
    gone = (frame["unit"] == 3) & (frame["year"] == 2016)
    rows = rows_of(frame[~gone], 1)
    # As outcome, as x and as lag the row of 2016 is needed by x of 2015, 2016 and 2017.
    assert len(rows.y) == len(rows_of(frame, 1).y) - 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": -1}, "horizon -1 with 1 lags"),
        ({"lags": 0}, "horizon 0 with 0 lags"),
        ({"period": np.tile(np.arange(T) + 0.5, N)}, "periods must be whole numbers"),
        ({"period": np.zeros(N * T, dtype=int)}, "two rows of one period"),
    ],
)
def test_what_has_no_lags_is_refused(change, message):
    frame = panel()
    choices = {"horizon": 0, "lags": 1, "period": frame["year"]} | change
    period = choices.pop("period")
    with pytest.raises(UserError, match=message):
        projection_rows(frame["y"], frame["x"], frame["unit"], period, **choices)


def test_too_few_periods_are_named():
    with pytest.raises(NotIdentified) as found:
        rows_of(panel(), 8)
    facts = {"horizon": 8, "lags": 1, "periods": 1, "needed": 2}
    assert found.value.reason == Reason("horizon_too_long", facts)


def test_horizon_zero_has_no_direction():
    """The partial correlation of x and y is that of y and x: one classical t."""
    frame = panel()
    t = []
    for one, other in (("y", "x"), ("x", "y")):
        rows = projection_rows(
            frame[one], frame[other], frame["unit"], frame["year"], horizon=0, lags=1
        )
        result = project(rows)
        x_tilde = rows.effects.residualise(rows.x)
        bread = np.linalg.inv(x_tilde.T @ x_tilde)
        squares = result.residuals @ result.residuals
        t.append(result.coefficients[0] / np.sqrt(squares * bread[0, 0]))
    assert t[0] == pytest.approx(t[1], rel=EXACT)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 100), st.integers(0, 4))
def test_effects_added_to_units_and_years_change_nothing_and_units_of_x_scale(seed, scale, horizon):
    frame, rng = panel(1), np.random.default_rng(seed)
    moved = frame.copy()
    for name in ("y", "x", "z"):
        by_unit, by_year = rng.normal(size=N), rng.normal(size=T)
        moved[name] += by_unit[frame["unit"]] + by_year[frame["year"] - 2013]
    moved["x"] *= scale
    for method in (project, split_panel_jackknife):
        before, after = method(rows_of(frame, horizon)), method(rows_of(moved, horizon))
        for found in ("coefficients", "std_errors"):
            expected = getattr(before, found)[0] / scale
            assert getattr(after, found)[0] == pytest.approx(expected, rel=1e-6)


def test_halves_of_an_even_and_of_an_odd_number():
    even, odd = halves(np.arange(4)), halves(np.arange(5))
    assert [[h.tolist() for h in split] for split in even] == [[[0, 1], [2, 3]]]
    assert [[h.tolist() for h in split] for split in odd] == [
        [[0, 1], [2, 3, 4]],
        [[0, 1, 2], [3, 4]],
    ]


@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_the_jackknife_is_twice_the_whole_less_the_mean_of_the_halves(horizon):
    frame = panel()
    rows = rows_of(frame, horizon)
    periods = rows.periods
    parts = []
    for split in halves(periods):
        for half in split:
            kept = frame["year"].to_numpy()[rows.kept]
            inside = np.isin(kept, half)
            fit = twfe(
                rows.y[inside],
                rows.x[inside],
                rows.names,
                None,
                (),
                rows.unit[inside],
                rows.period[inside],
            )
            parts.append(len(half) / len(periods) / len(halves(periods)) * fit.coefficients)
    expected = 2 * project(rows).coefficients - sum(parts)
    found = split_panel_jackknife(rows)
    np.testing.assert_allclose(found.coefficients, expected, rtol=EXACT)
    assert found.shortest == len(periods) // 2
    assert found.df == N - 1


def test_a_half_that_identifies_nothing_is_refused():
    frame = panel()
    # One period in the first half; then x that does not vary between units before 2018.
    with pytest.raises(NotIdentified, match=r"^half_panel_too_short\(horizon=6, periods=1, "):
        split_panel_jackknife(rows_of(frame, 6))
    flat = frame.assign(x=frame["x"].where(frame["year"] > 2017, 1.0))
    with pytest.raises(NotIdentified, match=r"^half_panel_too_short\(horizon=0, periods=4, "):
        split_panel_jackknife(rows_of(flat, 0))


TRUTH = FeedbackTruth(np.array([[0.5, 0.1], [0.2, 0.4]]), np.array([0.3, 1.0]), 1.0, 1.0)


def test_responses_are_those_of_the_recursion():
    state, expected = np.array([0.3, 1.0]), []
    for _ in range(4):
        expected.append(state[0])
        state = np.array([0.5 * state[0] + 0.1 * state[1], 0.2 * state[0] + 0.4 * state[1]])
    np.testing.assert_allclose(TRUTH.responses(3), expected, rtol=EXACT)


def test_long_panels_recover_the_responses():
    """400 units, 60 years: Nickell's bias is below 0.01, the Monte Carlo error 0.007."""
    rng = np.random.default_rng(5)
    y, x = small_sample.simulate(TRUTH, 400, 60, 1, rng)
    unit, year = np.repeat(np.arange(400), 60), np.tile(np.arange(60), 400)
    for horizon in range(3):
        rows = projection_rows(y.ravel(), x.ravel(), unit, year, horizon=horizon, lags=1)
        for method in (project, split_panel_jackknife):
            found = method(rows).coefficients[0]
            assert found == pytest.approx(TRUTH.responses(horizon)[-1], abs=0.035)


@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_many_panels_at_once_are_each_panel_by_itself(horizon):
    y, x = small_sample.simulate(TRUTH, 12, 10, 3, np.random.default_rng(2))
    found = small_sample.estimates_at(y, x, horizon)
    unit, year = np.repeat(np.arange(12), 10), np.tile(np.arange(10), 12)
    for draw in range(3):
        rows = projection_rows(
            y[draw].ravel(), x[draw].ravel(), unit, year, horizon=horizon, lags=1
        )
        plain, corrected = project(rows), split_panel_jackknife(rows)
        hac = across_units(rows, plain)
        expected = [
            (plain.coefficients[0], plain.std_errors[0]),
            (plain.coefficients[0], hac.std_errors[0]),
            (corrected.coefficients[0], corrected.std_errors[0]),
        ]
        np.testing.assert_allclose(found[:, :, draw], expected, rtol=1e-8)


def test_the_truth_of_a_panel_is_the_one_it_was_made_with():
    y, x = small_sample.simulate(TRUTH, 300, 60, 1, np.random.default_rng(3))
    unit, year = np.repeat(np.arange(300), 60), np.tile(np.arange(60), 300)
    found = small_sample.truth_of_panel(y.ravel(), x.ravel(), unit, year)
    # Nickell's bias of about (1 + root)/T = 0.025 and a Monte Carlo error of 0.008.
    np.testing.assert_allclose(found.transition, TRUTH.transition, atol=0.04)
    np.testing.assert_allclose(found.impact, TRUTH.impact, atol=0.03)
    assert found.sd_outcome == pytest.approx(1.0, abs=0.02)
    assert found.sd_impulse == pytest.approx(1.0, abs=0.02)


def test_an_explosive_panel_is_shrunk_to_the_largest_root():
    wild = FeedbackTruth(np.array([[1.06, 0.0], [0.0, 0.5]]), np.array([0.3, 1.0]), 1.0, 1.0)
    y, x = small_sample.simulate(wild, 200, 40, 1, np.random.default_rng(4))
    unit, year = np.repeat(np.arange(200), 40), np.tile(np.arange(40), 200)
    found = small_sample.truth_of_panel(y.ravel(), x.ravel(), unit, year)
    roots = np.abs(np.linalg.eigvals(found.transition))
    assert roots.max() == pytest.approx(small_sample.LARGEST_ROOT, rel=1e-9)


@pytest.fixture(scope="module")
def short():
    """1,000 panels of 30 × 10 whose truth is as persistent as that of the provinces.

    The Monte Carlo error of a bias is below 0.01 of the response's spread, that of a coverage
    below 0.016.
    """
    truth = FeedbackTruth(np.array([[0.95, 0.02], [0.3, 0.3]]), np.array([0.1, 1.0]), 0.01, 0.02)
    return small_sample.small_sample(truth, N, T, 4, 1000, np.random.default_rng(20250307))


def test_nickell_bias_in_ten_years_grows_with_the_horizon(short):
    clustered, _, jackknifed = short.bias
    assert (np.diff(clustered) < 0).all()
    # After four years the bias is as large as the response itself.
    assert clustered[4] < -0.6 * short.truth[4]
    assert (np.abs(jackknifed[:3]) < 0.7 * np.abs(clustered[:3])).all()
    assert (short.sd[2] > short.sd[0]).all()


def test_coverage_is_near_its_level_at_short_horizons_alone(short):
    clustered, across, jackknifed = short.coverage
    assert clustered[0] > 0.85
    assert clustered[4] < 0.6
    assert (across <= clustered + 0.05).all()
    assert (jackknifed[:2] > 0.87).all()
    assert (jackknifed >= clustered).all()


def test_without_persistence_clustered_intervals_cover():
    """No lag matters, so that nothing is biased: 95 % within three Monte Carlo errors of 0.007."""
    still = FeedbackTruth(np.zeros((2, 2)), np.array([0.3, 1.0]), 1.0, 1.0)
    found = small_sample.small_sample(still, N, 14, 3, 1000, np.random.default_rng(9))
    assert (np.abs(found.bias) < 0.04).all()
    assert found.coverage[0].min() > 0.90


def test_panels_too_short_for_halves_have_no_jackknife_and_the_rest_as_ever():
    """Eight periods leave three at horizon 4: a half would have one."""
    y, x = small_sample.simulate(TRUTH, 12, 8, 2, np.random.default_rng(2))
    found = small_sample.estimates_at(y, x, 4)
    unit, year = np.repeat(np.arange(12), 8), np.tile(np.arange(8), 12)
    for draw in range(2):
        rows = projection_rows(y[draw].ravel(), x[draw].ravel(), unit, year, horizon=4, lags=1)
        plain = project(rows)
        hac = across_units(rows, plain)
        expected = [(plain.coefficients[0], one.std_errors[0]) for one in (plain, hac)]
        np.testing.assert_allclose(found[:2, :, draw], expected, rtol=1e-8)
    assert np.isnan(found[2]).all()
    made = small_sample.small_sample(TRUTH, 10, 8, 4, 2, np.random.default_rng(0))
    np.testing.assert_array_equal(np.isnan(made.coverage[2]), np.arange(5) == 4)
    assert np.isfinite(made.coverage[:2]).all()


def test_panels_too_short_for_effects_are_refused():
    with pytest.raises(UserError, match="8 periods for horizon 6: two periods of rows need 9"):
        small_sample.small_sample(TRUTH, 10, 8, 6, 2, np.random.default_rng(0))
