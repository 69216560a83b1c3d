"""Convergence: laws with a known speed, second programs, the bias that the test allows for.

EXACT: a law without error, solved to rounding. SAME: two programs' least squares on 330 rows.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.methods.disparity import convergence
from pilotzone.methods.space.panel_ml import fit_spatial

EXACT, SAME = 1e-9, 1e-8


def law(b, steps=6, n=12):
    """Return values that close the share −b of their logarithm in each step."""
    start = np.random.default_rng(2).normal(size=n)
    return np.exp(start * (1 + b) ** np.arange(steps + 1)[:, None])


@pytest.mark.parametrize("b", [-0.3, -0.05, 0.1])
def test_a_law_without_error_gives_its_speed_whatever_the_span(b):
    y = law(b)
    speed = -np.log(1 + b)
    annual = convergence.panel(y, effects="none").coefficients[0]
    assert annual == pytest.approx(b, abs=EXACT)
    assert convergence.speed(annual, 0.0)[0] == pytest.approx(speed, abs=EXACT)
    averaged = convergence.cross_section(y).coefficients[0]
    assert averaged == pytest.approx(((1 + b) ** 6 - 1) / 6, abs=EXACT)
    assert convergence.speed(averaged, 0.0, 6)[0] == pytest.approx(speed, abs=EXACT)


def test_speed_error_and_half_life_by_hand():
    assert convergence.speed(-0.5, 0.1) == pytest.approx((np.log(2), 0.2, 1.0), abs=EXACT)
    value, error, half_life = convergence.speed(-0.05, 0.01, 10)
    assert (value, error) == pytest.approx((np.log(2) / 10, 0.02), abs=EXACT)
    assert half_life == pytest.approx(10, abs=EXACT)
    # Gaps that grow have no half-life, a fall of more than all of it no speed.
    value, _, half_life = convergence.speed(0.1, 0.01)
    assert value < 0
    assert np.isnan(half_life)
    assert np.isnan(convergence.speed(-1.2, 0.1)).all()


def test_sigma_by_pandas(stored):
    made, table = convergence.sigma_convergence(stored), pd.DataFrame(stored.T)
    assert made.mean == pytest.approx(table.mean().to_numpy(), rel=1e-12)
    assert made.cv == pytest.approx((table.std() / table.mean()).to_numpy(), rel=1e-12)
    assert made.sd_log == pytest.approx(np.log(table).std().to_numpy(), rel=1e-12)


@given(st.floats(0.1, 10))
def test_a_multiple_changes_the_level_of_the_spread_alone(factor):
    y = law(-0.1)
    one, other = convergence.sigma_convergence(y), convergence.sigma_convergence(factor * y)
    assert other.cv == pytest.approx(one.cv, rel=1e-9)
    assert other.sd_log == pytest.approx(one.sd_log, rel=1e-9)
    assert other.sd == pytest.approx(factor * one.sd, rel=1e-9)


def long_rows(stored, extra):
    t, n = len(stored) - 1, stored.shape[1]
    logs = np.log(stored)
    return pd.DataFrame(
        {
            "growth": np.diff(logs, axis=0).ravel(),
            "level": logs[:-1].ravel(),
            "x": extra[:-1].ravel(),
            "unit": np.tile(np.arange(n), t),
            "year": np.repeat(np.arange(t), n),
        }
    )


@pytest.fixture(scope="module")
def extra(stored):
    return np.random.default_rng(8).normal(size=stored.shape)


@pytest.mark.parametrize(
    ("effects", "right"),
    [
        ("none", ""),
        ("period", " + C(year)"),
        ("unit", " + C(unit)"),
        ("two_way", " + C(unit) + C(year)"),
    ],
)
def test_statsmodels_gives_the_same_regression(stored, extra, effects, right):
    import statsmodels.formula.api as smf

    rows = long_rows(stored, extra)
    other = smf.ols(f"growth ~ level + x{right}", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["unit"], "use_correction": False}
    )
    made = convergence.panel(stored, extra[None], ("x",), effects=effects)
    assert made.names == ("initial", "x")
    assert made.coefficients == pytest.approx(other.params[["level", "x"]].to_numpy(), abs=SAME)
    # statsmodels without correction, ours with G/(G − 1) · (N − 1)/(N − K).
    factor = 30 / 29 * (made.nobs - 1) / (made.nobs - made.k)
    expected = np.sqrt(factor) * other.bse[["level", "x"]].to_numpy()
    assert made.std_errors == pytest.approx(expected, rel=1e-6)


def test_statsmodels_gives_the_same_cross_section(stored):
    import statsmodels.api as sm

    logs = np.log(stored)
    other = sm.OLS((logs[-1] - logs[0]) / 11, sm.add_constant(logs[0])).fit(cov_type="HC1")
    made = convergence.cross_section(stored)
    assert made.coefficients[0] == pytest.approx(other.params[1], abs=SAME)
    assert made.std_errors[0] == pytest.approx(other.bse[1], rel=1e-8)
    assert made.df == 28


@pytest.mark.parametrize("model", ["sar", "sdm"])
@pytest.mark.parametrize("effects", ["period", "two_way"])
def test_the_spatial_fit_is_that_of_the_long_rows(stored, extra, stored_weights, model, effects):
    rows = long_rows(stored, extra)
    units = list(stored_weights.labels)
    other = fit_spatial(
        rows["growth"].to_numpy(),
        rows[["level", "x"]].to_numpy(),
        ("initial", "x"),
        np.array(units)[rows["unit"]],
        rows["year"].to_numpy(),
        stored_weights,
        model=model,
        effects=effects,
    )
    made = convergence.spatial_panel(
        stored, units, stored_weights, extra[None], ("x",), model=model, effects=effects
    )
    assert made.names == other.names
    assert made.coefficients == pytest.approx(other.coefficients, abs=1e-10)
    assert made.loglik == pytest.approx(other.loglik, abs=1e-8)
    # Units meet the matrix by their codes.
    back = convergence.spatial_panel(
        stored[:, ::-1], units[::-1], stored_weights, extra[None, :, ::-1], ("x",), model=model
    )
    forth = convergence.spatial_panel(
        stored, units, stored_weights, extra[None], ("x",), model=model
    )
    assert back.coefficients == pytest.approx(forth.coefficients, abs=1e-10)


def walks(rng, phi, t=9, n=30):
    """Return values whose logarithms keep the share phi of their gap to the unit's own mean."""
    logs, own = np.empty((t + 1, n)), rng.normal(size=n)
    logs[0] = own + rng.normal(size=n)
    for step in range(t):
        logs[step + 1] = own + phi * (logs[step] - own) + rng.normal(size=n)
    return np.exp(logs / 10)


def test_without_convergence_the_slope_has_the_stated_bias_and_the_test_its_level():
    rng = np.random.default_rng(4)
    made = [convergence.harris_tzavalis(walks(rng, 1.0)) for _ in range(400)]
    slopes = np.array([one.slope for one in made])
    assert made[0].without_convergence == pytest.approx(-3 / 10)
    # The limit is one of many units: with 30 it is off by about a tenth of a standard deviation.
    assert slopes.mean() == pytest.approx(-0.3, abs=0.015)
    z = np.array([one.statistic for one in made])
    assert z.std() == pytest.approx(1, abs=0.15)
    assert np.mean([one.p_value < 0.05 for one in made]) == pytest.approx(0.05, abs=0.045)


def test_convergence_beyond_the_bias_is_found():
    rng = np.random.default_rng(4)
    made = [convergence.harris_tzavalis(walks(rng, 0.3)) for _ in range(20)]
    assert all(one.p_value < 0.01 for one in made)


def test_a_common_shock_changes_no_slope_with_period_effects(stored):
    shock = np.exp(np.random.default_rng(1).normal(size=(len(stored), 1)))
    for effects in ("period", "two_way"):
        one = convergence.panel(stored, effects=effects)
        if effects == "two_way":
            assert convergence.harris_tzavalis(stored * shock).slope == pytest.approx(
                one.coefficients[0], abs=SAME
            )
        other = convergence.panel(stored * shock, effects=effects)
        assert other.coefficients == pytest.approx(one.coefficients, abs=SAME)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([[1.0, 0.0], [1.0, 2.0]]), "the lowest value is 0"),
        (np.array([[1.0, np.nan], [1.0, 2.0]]), "balanced table"),
        (np.ones(3), "balanced table"),
        (np.ones((1, 3)), "two periods or more"),
    ],
)
def test_what_cannot_converge_is_refused(y, message):
    with pytest.raises(UserError, match=message):
        convergence.panel(y)
    with pytest.raises(UserError, match="three periods"):
        convergence.harris_tzavalis(np.exp(np.random.default_rng(0).normal(size=(2, 5))))


def test_units_of_another_matrix_are_named(stored, stored_weights):
    with pytest.raises(UserError, match="99"):
        convergence.spatial_panel(stored, ["99", *stored_weights.labels[1:]], stored_weights)
