"""Two equations: closed form, other estimators of the same library, a known truth.

EXACT: the same matrices in another order, on variables of one scale.
"""

import numpy as np
import pandas as pd
import pytest

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.dynamics.simultaneous import WaldTest, hansen, three_stage
from pilotzone.methods.inference.effects import FixedEffects

EXACT = 1e-8
N, T = 30, 10
NAMES = ("shared", "own1", "own2", "other1", "other2")
INCLUDED = (("shared", "own1", "own2"), ("shared", "other1", "other2"))
ALPHA = (0.5, 0.4)


def system(seed=0, n=N, periods=T):
    """Simultaneous panel with α = (0.5, 0.4), dependent errors, effects of units and years."""
    rng = np.random.default_rng(seed)
    unit, year = np.repeat(np.arange(n), periods), np.tile(np.arange(periods), n)
    z = {name: rng.normal(size=n * periods) for name in NAMES}
    common = rng.normal(size=n * periods)
    right = []
    for own in INCLUDED:
        noise = rng.normal(size=n)[unit] + rng.normal(size=periods)[year]
        right.append(sum(z[v] for v in own) + common + rng.normal(size=n * periods) + noise)
    a, b = ALPHA
    y1 = (right[0] + a * right[1]) / (1 - a * b)
    y2 = right[1] + b * y1
    return {"y1": y1, "y2": y2}, z, FixedEffects((unit, year), names=("unit", "period")), unit


def closed_form(outcomes, z, effects, included=INCLUDED):
    """3SLS by (X̂'(Σ⁻¹ ⊗ I)X̂)⁻¹ X̂'(Σ⁻¹ ⊗ I)y with Σ of the 2SLS residuals over N."""
    y = [effects.residualise(v) for v in outcomes.values()]
    z_all = np.column_stack([effects.residualise(v) for v in z.values()])
    projection = z_all @ np.linalg.inv(z_all.T @ z_all) @ z_all.T
    x = [
        np.column_stack([y[1 - m], *(effects.residualise(z[v]) for v in included[m])])
        for m in range(2)
    ]
    hat = [projection @ columns for columns in x]
    u = np.column_stack(
        [y[m] - x[m] @ np.linalg.solve(hat[m].T @ x[m], hat[m].T @ y[m]) for m in range(2)]
    )
    inverse = np.linalg.inv(u.T @ u / len(u))
    k = [columns.shape[1] for columns in x]
    left, right = np.zeros((sum(k), sum(k))), np.zeros(sum(k))
    places = [slice(0, k[0]), slice(k[0], sum(k))]
    for i in range(2):
        for j in range(2):
            left[places[i], places[j]] = inverse[i, j] * hat[i].T @ hat[j]
            right[places[i]] += inverse[i, j] * hat[i].T @ y[j]
    beta = np.linalg.solve(left, right)
    e = np.column_stack([y[m] - x[m] @ beta[places[m]] for m in range(2)])
    scores = np.hstack([hat[i] * (e @ inverse[i])[:, None] for i in range(2)])
    return beta, left, scores, places


def test_coefficients_and_their_covariance_are_those_of_the_closed_form():
    outcomes, z, effects, unit = system()
    found = three_stage(outcomes, z, INCLUDED, effects, unit)
    beta, left, scores, places = closed_form(outcomes, z, effects)
    bread = np.linalg.inv(left)
    sums = np.add.reduceat(scores, np.arange(0, N * T, T))
    by_cluster = bread @ sums.T @ sums @ bread
    for fit, place in zip(found, places, strict=True):
        np.testing.assert_allclose(fit.coefficients, beta[place], rtol=EXACT)
        k, n = 4, N * T
        factor = N / (N - 1) * (n - 1) / (n - k - T)
        np.testing.assert_allclose(fit.covariance, factor * by_cluster[place, place], rtol=1e-6)
        assert (fit.df, fit.nobs, fit.n_clusters) == (29, n, N)
    assert found[0].names == ("y2", "shared", "own1", "own2")
    assert found[0].excluded == ("other1", "other2")
    assert found[1].excluded == ("own1", "own2")


def test_just_identified_equations_are_instrumental_variables():
    outcomes, z, effects, unit = system()
    included = (("shared", "own1", "own2", "other2"), ("shared", "own2", "other1", "other2"))
    found = three_stage(outcomes, z, included, effects, unit)
    y = [effects.residualise(v) for v in outcomes.values()]
    tilde = {name: effects.residualise(v) for name, v in z.items()}
    x = np.column_stack([y[1], *(tilde[v] for v in included[0])])
    instruments = np.column_stack([tilde["other1"], *(tilde[v] for v in included[0])])
    expected = np.linalg.solve(instruments.T @ x, instruments.T @ y[0])
    np.testing.assert_allclose(found[0].coefficients, expected, rtol=EXACT)
    assert found[0].overidentification is None


def test_j_is_that_of_two_step_gmm():
    from linearmodels.iv import IVGMM

    outcomes, z, effects, unit = system()
    found = three_stage(outcomes, z, INCLUDED, effects, unit)
    y = {name: effects.residualise(v) for name, v in outcomes.items()}
    tilde = {name: effects.residualise(v) for name, v in z.items()}
    own = np.column_stack([tilde[v] for v in INCLUDED[0]])
    instruments = np.column_stack([tilde["other1"], tilde["other2"]])
    model = IVGMM(
        y["y1"], own, y["y2"], instruments, weight_type="clustered", clusters=unit, center=False
    )
    other = model.fit(iter_limit=2)
    test = found[0].overidentification
    assert test.statistic == pytest.approx(other.j_stat.stat, rel=1e-6)
    assert (test.df, test.df_error) == (1, None)


def test_first_stage_and_anderson_rubin_are_wald_tests_of_the_reduced_form():
    from linearmodels.panel import PanelOLS

    outcomes, z, effects, unit = system()
    found = three_stage(outcomes, z, INCLUDED, effects, unit)[0]
    year = np.tile(np.arange(T), N)
    data = pd.DataFrame({**outcomes, **z, "unit": unit, "year": year}).set_index(["unit", "year"])
    n, k = N * T, len(NAMES)
    # linearmodels: no G/(G − 1), all unit effects counted.
    factor = N / (N - 1) * (n - 1) / (n - k - T) * (n - k - 39) / n
    robust = WaldTest(found.reduced_forms.statistic(0.0), 2, found.reduced_forms.df)
    for outcome, test in (("y2", found.strength), ("y1", robust)):
        model = PanelOLS(data[outcome], data[list(NAMES)], entity_effects=True, time_effects=True)
        other = model.fit(cov_type="clustered", cluster_entity=True, debiased=True)
        wald = other.wald_test(formula=["other1 = 0", "other2 = 0"]).stat
        assert test.statistic == pytest.approx(wald / 2 / factor, rel=EXACT)
        assert (test.df, test.df_error) == (2, N - 1)


def test_the_truth_is_recovered_and_least_squares_is_not():
    """300 units: errors of the coefficients are 0.02; least squares is off by ten of them."""
    outcomes, z, effects, unit = system(seed=1, n=300)
    found = three_stage(outcomes, z, INCLUDED, effects, unit)
    for fit, alpha in zip(found, ALPHA, strict=True):
        error = np.sqrt(fit.covariance[0, 0])
        assert error < 0.03
        assert abs(fit.coefficients[0] - alpha) < 4 * error
        np.testing.assert_allclose(fit.coefficients[1:], 1.0, atol=0.15)
    y = [effects.residualise(v) for v in outcomes.values()]
    x = np.column_stack([y[1], *(effects.residualise(z[v]) for v in INCLUDED[0])])
    plain = np.linalg.lstsq(x, y[0], rcond=None)[0][0]
    assert abs(plain - ALPHA[0]) > 8 * np.sqrt(found[0].covariance[0, 0])


def test_a_false_exclusion_is_contradicted_where_another_is_true():
    outcomes, z, effects, unit = system(seed=2, n=300)
    right = three_stage(outcomes, z, INCLUDED, effects, unit)[0].overidentification.statistic
    included = (("shared", "own1"), INCLUDED[1])
    wrong = three_stage(outcomes, z, included, effects, unit)[0].overidentification
    assert right < 6.6
    assert wrong.statistic > 30
    assert wrong.df == 2


def test_units_of_the_outcome_scale_and_effects_change_nothing():
    outcomes, z, effects, unit = system()
    before = three_stage(outcomes, z, INCLUDED, effects, unit)[0]
    moved = {"y1": 7 * outcomes["y1"] + unit, "y2": outcomes["y2"] - 3 * unit}
    after = three_stage(moved, z, INCLUDED, effects, unit)[0]
    np.testing.assert_allclose(after.coefficients, 7 * before.coefficients, rtol=1e-6)
    assert after.strength.statistic == pytest.approx(before.strength.statistic, rel=1e-6)


def test_bad_systems_are_named():
    outcomes, z, effects, unit = system()
    everything = (NAMES, INCLUDED[1])
    with pytest.raises(NotIdentified, match=r"^no_excluded_instrument\(outcome=y1\)$"):
        three_stage(outcomes, z, everything, effects, unit)
    with pytest.raises(UserError, match="'typo' is included in an equation"):
        three_stage(outcomes, z, (("typo",), INCLUDED[1]), effects, unit)
    with pytest.raises(UserError, match="1 outcomes and 2 equations; give two"):
        three_stage({"y1": outcomes["y1"]}, z, INCLUDED, effects, unit)
    double = {**z, "other2": z["other1"]}
    with pytest.raises(UserError, match="'other1' and 'other2' are collinear"):
        three_stage(outcomes, double, INCLUDED, effects, unit)


def test_no_surplus_no_j():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(60, 2))
    assert hansen(rng.normal(size=60), z, z, np.repeat(np.arange(20), 3)) is None
