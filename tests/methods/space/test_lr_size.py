"""The simulated size of likelihood-ratio tests.

Tolerance TWIN is for the same statistic by whole fits of a regenerated panel; statistics are
differences of log-likelihoods of some hundreds.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.space.lr_size import lr_size
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import fit_stacked

TWIN = 1e-7
DRAWS = 9


def draw(rng, weights, lasting, n_periods=8):
    """A SAR panel whose regressor and errors last."""
    n = len(weights.labels)
    x, e = rng.normal(size=(1, n_periods, n)), rng.normal(size=(n_periods, n))
    for t in range(1, n_periods):
        x[0, t] += lasting * x[0, t - 1]
        e[t] += lasting * e[t - 1]
    mean = x[0] + rng.normal(size=n) + rng.normal(size=(n_periods, 1)) + e
    y = np.linalg.solve(np.eye(n) - 0.3 * weights.matrix, mean.T).T
    return StackedPanel(y, x, ("x",), weights.labels, np.arange(n_periods))


@pytest.fixture(scope="module")
def drawn(make_weights):
    rng = np.random.default_rng(31)
    weights = make_weights(rng, 12, symmetric=False, share=0.15)
    return weights, draw(rng, weights, 0.5)


@pytest.mark.parametrize(
    ("null", "wide", "df", "name"),
    [
        (("sar", "two_way", True), ("sdm", "two_way", True), 1, "lr_sar"),
        (("sem", "unit", False), ("sdm", "unit", False), 1, "lr_sem"),
        (("ols", "unit_trends", False), ("sar", "unit_trends", False), 1, "lr_ols"),
        (("sdm", "unit", False), ("sdm", "two_way", False), 7, "lr_period_effects"),
        (("sem", "none", False), ("sem", "period", False), 7, "lr_period_effects"),
    ],
)
def test_a_loop_of_fits(drawn, null, wide, df, name):
    """Outcomes of the data, effects included, with the residual paths of the null flipped."""
    weights, panel = drawn
    fits = [
        {"model": model, "effects": effects, "lee_yu": lee_yu}
        for model, effects, lee_yu in (null, wide)
    ]

    def ratio(y):
        other = dataclasses.replace(panel, y=y)
        small, large = (fit_stacked(other, weights, **options).loglik for options in fits)
        return 2 * (large - small)

    result = lr_size(
        panel,
        weights,
        restricted=null[0],
        restricted_effects=null[1],
        draws=DRAWS,
        rng=np.random.default_rng(4),
        **fits[1],
    )
    assert (result.test.name, result.test.df, result.draws) == (name, df, DRAWS)
    assert result.test.statistic == pytest.approx(ratio(panel.y), abs=TWIN)
    fit, eye, w = fit_stacked(panel, weights, **fits[0]), np.eye(12), weights.matrix
    rho, lam = (np.nan_to_num(r) for r in (fit.rho, fit.lam))
    change = (np.linalg.inv(eye - rho * w) @ np.linalg.inv(eye - lam * w)).T
    signs = np.random.default_rng(4).choice([-1.0, 1.0], size=(DRAWS, 12))
    expected = [ratio(panel.y + (fit.residuals * (v - 1)) @ change) for v in signs]
    assert result.statistics == pytest.approx(np.maximum(expected, 0.0), abs=TWIN)
    assert result.n_failed == 0
    large = np.sum(result.statistics >= result.test.statistic)
    assert result.p_value == pytest.approx((1 + large) / (1 + DRAWS))


def test_size_grows_with_what_lasts(make_weights):
    """chi2(1) at 3.84: about right for independent errors, too often for those that last.

    The share of 300 draws has an error of 0.013, of which three; with the transformed likelihood
    nothing else biases it.
    """
    weights = make_weights(np.random.default_rng(3), 40, share=0.06)
    sizes = []
    for lasting in (0.0, 0.9):
        panel = draw(np.random.default_rng(8), weights, lasting)
        options = {"restricted": "sar", "lee_yu": True, "draws": 300}
        result = lr_size(panel, weights, rng=np.random.default_rng(9), **options)
        sizes.append(result.size)
        assert result.size == pytest.approx(np.mean(result.statistics > 3.841459), abs=1e-12)
    assert sizes[0] == pytest.approx(0.05, abs=0.039)
    assert sizes[1] > 0.05 + 2 * 0.039


def test_what_cannot_be_asked_for(drawn):
    weights, panel = drawn

    def refuse(message, **options):
        with pytest.raises(UserError, match=message):
            lr_size(panel, weights, draws=5, rng=np.random.default_rng(1), **options)

    refuse(
        "residual paths keep the effects of units", restricted="sdm", restricted_effects="period"
    )
    refuse("leave lee_yu out", restricted="sdm", restricted_effects="unit", lee_yu=True)
    refuse("sdm with effects 'two_way' is not nested in sar", restricted="sdm", model="sar")
    refuse("sdm with effects 'two_way' is not nested in sdm", restricted="sdm")
    refuse("is not nested", restricted="sar", restricted_effects="unit")
    refuse("model 'car' is unknown", restricted="car")


class Ones:
    """A source of signs that are all one, and remembers of which points it was to choose."""

    def choice(self, points, size):
        self.points = points
        return np.ones(size)


def test_residual_paths_with_all_signs_one_are_those_of_the_data(drawn):
    weights, panel = drawn
    source = Ones()
    size = lr_size(panel, weights, restricted="sar", draws=2, rng=source)
    assert source.points == [-1.0, 1.0]
    np.testing.assert_allclose(size.statistics, size.test.statistic, atol=TWIN)
    assert size.p_value == 1.0
