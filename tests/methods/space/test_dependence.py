"""Effects and tests that rest on a clustered covariance, or on two-way effects and unit trends.

Tolerances: GOLD is that of the known answers, relative for statistics; SIMULATED for two sets of
random draws, of which the known answers have 400,000; EXACT for other orders of operations.
"""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from pilotzone.methods.space.effects import effects
from pilotzone.methods.space.lm_tests import lm_tests, lr_test, wald_sar, wald_sem
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.panel_ml import fit_stacked

GOLD = 1e-6
SIMULATED = 0.05
EXACT = 1e-9

in_both = pytest.mark.parametrize("lee_yu", [False, True])
with_trends = pytest.mark.parametrize("trends", [False, True])


@pytest.fixture(scope="module")
def panel(weights, long_panel):
    return stack_panel(*long_panel, weights)


def options(trends, lee_yu):
    return {"effects": "unit_trends" if trends else "two_way", "lee_yu": lee_yu}


@pytest.mark.parametrize("method", ["delta", "simulated"])
@pytest.mark.parametrize("kind", ["information", "cluster_pairs"])
@in_both
@with_trends
@pytest.mark.parametrize("model", ["sar", "sdm"])
def test_effects_of_the_known_answers(gold2, weights, panel, model, trends, lee_yu, kind, method):
    fit = fit_stacked(panel, weights, model=model, vcov=kind, **options(trends, lee_yu))
    table = effects(fit, weights, method=method, draws=20_000, seed=1)
    suffix = "_unit_trends" * trends + "_lee_yu" * lee_yu
    answers = gold2[f"{model}_twoway{suffix}_effects_{kind}_{method}"]
    assert {term.replace(":", "_") for term in table.terms} == set(answers)
    near = {"abs": GOLD} if method == "delta" else {"rel": SIMULATED}
    for term, estimate, error in zip(
        table.terms, table.estimates.ravel(), table.std_errors.ravel(), strict=True
    ):
        value, std_error = answers[term.replace(":", "_")]
        assert estimate == pytest.approx(value, abs=GOLD)
        assert error == pytest.approx(std_error, **near)


@pytest.mark.parametrize("method", ["delta", "simulated"])
def test_effects_of_a_clustered_fit_follow_t(weights, panel, method):
    fit = fit_stacked(panel, weights, model="sdm", vcov="cluster_pairs")
    table = effects(fit, weights, method=method, draws=500, seed=1, level=0.9)
    assert table.df == 29
    t = np.abs(table.estimates / table.std_errors)
    assert table.p_values == pytest.approx(2 * stats.t.sf(t, 29), rel=EXACT)
    reach = stats.t.ppf(0.95, 29) * table.std_errors
    assert table.ci_low == pytest.approx(table.estimates - reach, rel=EXACT)
    assert table.ci_high == pytest.approx(table.estimates + reach, rel=EXACT)


def in_coordinates(panel, weights, trends, trace):
    """LM statistics of data in orthonormal coordinates; ``trace`` that of W there."""
    t, n = panel.y.shape
    lines = np.stack([np.ones(t), np.arange(t)], axis=1)[:, : 1 + trends]
    over_time = np.linalg.qr(lines, mode="complete")[0][:, 1 + trends :]
    over_units = np.linalg.qr(np.ones((n, 1)), mode="complete")[0][:, 1:]
    w = over_units.T @ weights.matrix @ over_units
    y, *x = (over_time.T @ v @ over_units for v in (panel.y, *panel.x))
    z = np.stack([v.ravel() for v in x], axis=1)
    free = np.eye(y.size) - z @ np.linalg.pinv(z, rcond=1e-10)
    e, m = (free @ y.ravel()).reshape(y.shape), len(y)
    s2 = (e**2).mean()
    mean = free @ ((y - e) @ w.T).ravel()
    a, b = ((e * (v @ w.T)).sum() / s2 - m * trace for v in (y, e))
    d = m * ((w**2).sum() + (w * w.T).sum()) - 2 * (m * trace) ** 2 / y.size
    j = mean @ mean / s2 + d
    return a**2 / j, b**2 / d, (a - b) ** 2 / (j - d), (b - a * d / j) ** 2 / (d * (1 - d / j))


@in_both
@with_trends
@pytest.mark.parametrize("wide", [False, True])
def test_lagrange_tests_of_the_known_answers(gold2, weights, panel, wide, trends, lee_yu):
    """The known answers in Lee and Yu's coordinates take the trace of W there for 0: it is -1.

    The robust test of the lag does not hang on it.
    """
    if wide:
        lagged = panel.x @ weights.matrix.T
        names = ("x1", "x2", "Wx1", "Wx2")
        panel = dataclasses.replace(panel, x=np.concatenate([panel.x, lagged]), names=names)
    suffix = "_unit_trends" * trends + "_slx" * wide + "_lee_yu" * lee_yu
    answers = gold2[f"lm_test_twoway{suffix}"]
    expected = [answers[name][0] for name in ("lm_lag", "lm_error", "rlm_lag", "rlm_error")]
    found = [test.statistic for test in lm_tests(panel, weights, **options(trends, lee_yu)).tests]
    if not lee_yu:
        assert found == pytest.approx(expected, rel=GOLD)
        return
    assert in_coordinates(panel, weights, trends, 0.0) == pytest.approx(expected, rel=GOLD)
    assert found == pytest.approx(in_coordinates(panel, weights, trends, -1.0), rel=EXACT)
    assert found[2] == pytest.approx(expected[2], rel=GOLD)


@pytest.mark.parametrize("kind", ["information", "cluster", "cluster_pairs"])
@in_both
def test_wald_tests_of_the_known_answers(gold2, weights, panel, lee_yu, kind):
    fit = fit_stacked(panel, weights, model="sdm", lee_yu=lee_yu, vcov=kind)
    suffix = "lee_yu" if lee_yu else "uncorrected"
    for test, small in ((wald_sar(fit), "sar"), (wald_sem(fit), "sem")):
        expected = gold2[f"wald_test_sdm_vs_{small}_twoway_{suffix}"][kind][0]
        if kind == "information":
            assert (test.distribution, test.df) == ("chi2", 2)
            assert test.statistic == pytest.approx(expected, rel=GOLD)
            assert test.p_value == pytest.approx(np.exp(-expected / 2), rel=GOLD)
        else:
            assert (test.distribution, test.df) == ("F", (2, 29))
            assert test.statistic == pytest.approx(expected / 2, rel=GOLD)
            assert test.p_value == pytest.approx(stats.f.sf(expected / 2, 2, 29), rel=1e-5)


@in_both
def test_the_likelihood_ratio_of_the_known_answers(gold2, weights, panel, lee_yu):
    sar, sdm = (fit_stacked(panel, weights, model=m, lee_yu=lee_yu) for m in ("sar", "sdm"))
    suffix = "lee_yu" if lee_yu else "uncorrected"
    expected = gold2[f"lr_test_sdm_vs_sar_twoway_{suffix}"]["statistic"][0]
    assert lr_test(sar, sdm)[0] == pytest.approx(expected, rel=GOLD)
