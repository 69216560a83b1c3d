"""Anderson-Rubin sets: the test by refitting, a grid of refits, the quadratic of one variance.

EXACT: the same matrices in another order. ENDS: an end is a root of a polynomial of degree 2q on
the circle, where roots are of order 1; nine digits are left of it.
"""

import numpy as np
import pytest
from scipy import special

from pilotzone.methods.dynamics.weak_instruments import (
    ReducedForms,
    anderson_rubin_set,
    reduced_forms,
)
from pilotzone.methods.inference.bands import joint_wald
from pilotzone.methods.inference.cluster import encode
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit

pytestmark = pytest.mark.slow

EXACT = 1e-8
ENDS = 1e-7
N, T, ALPHA = 30, 10, 0.5
UNIT, YEAR = np.repeat(np.arange(N), T), np.tile(np.arange(T), N)
EFFECTS = FixedEffects((UNIT, YEAR), names=("unit", "period"))
GROUPS = encode(UNIT, "unit")


def panel(strength, q, seed, invalid=0.0):
    """Return y = 0.5 d + x + u with q instruments, errors that persist within units."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(N * T, q + 1)) + rng.normal(size=(N, q + 1))[UNIT] * (YEAR[:, None] / T)
    u = rng.normal(size=N * T) + rng.normal(size=N)[UNIT] * YEAR / T
    d = strength * z[:, 1:].sum(axis=1) + u + rng.normal(size=N * T)
    return 1e3 * (ALPHA * d + z[:, 0] + u + invalid * z[:, 1]), d, z


def forms_of(y, d, z, groups=GROUPS):
    names = tuple(f"z{k}" for k in range(z.shape[1]))
    return reduced_forms(y, d, z, names, range(1, z.shape[1]), EFFECTS, groups)


def refitted(y, d, z, b):
    """Return AR(b) by the regression of y − b d itself."""
    names = tuple(f"z{k}" for k in range(z.shape[1]))
    found = fit(y - b * d, z, names, EFFECTS, UNIT)
    return joint_wald(found.coefficients, found.covariance, N, range(1, z.shape[1]))


@pytest.mark.parametrize("q", [1, 2, 3])
@pytest.mark.parametrize("strength", [0.0, 0.1, 1.0])
def test_the_statistic_is_that_of_the_regression_of_the_difference(q, strength):
    y, d, z = panel(strength, q, seed=q)
    forms = forms_of(y, d, z)
    for b in (0.0, 1e3 * ALPHA, -4e3):
        test = refitted(y, d, z, b)
        assert forms.statistic(b) == pytest.approx(test.statistic, rel=EXACT)
        assert forms.p_value(b) == pytest.approx(test.p_value, rel=1e-6)


@pytest.mark.parametrize("q", [1, 2, 3])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strength", [0.0, 0.15, 1.0])
def test_the_set_is_that_of_a_grid_of_refits(q, seed, strength):
    y, d, z = panel(strength, q, seed)
    forms = forms_of(y, d, z)
    pieces = anderson_rubin_set(forms)
    quantile = special.fdtri(q, N - 1, 0.95)
    # Even on the circle, so that both tails are searched too; the statistic is that of a refit,
    # which is asked at every 25th of them.
    for place, angle in enumerate(np.linspace(-np.pi / 2, np.pi / 2, 203)[1:-1]):
        b = 1e3 * np.tan(angle)
        statistic = forms.statistic(b)
        inside = any(low <= b <= high for low, high in pieces)
        assert inside == (statistic <= quantile)
        if place % 25 == 0:
            assert refitted(y, d, z, b).statistic == pytest.approx(statistic, rel=1e-6)
    for end in (end for piece in pieces for end in piece if np.isfinite(end)):
        assert forms.statistic(end) == pytest.approx(quantile, rel=ENDS)
    # At infinity the test is the first stage.
    unbounded = not np.isfinite(pieces).all() if pieces else False
    assert unbounded == (first_stage(d, z) <= quantile)


def first_stage(d, z):
    return refitted(d, d, z, 0.0).statistic


def test_with_one_error_variance_the_set_solves_a_quadratic():
    y, d, z = panel(1.0, 2, seed=4)
    pieces = anderson_rubin_set(forms_of(y, d, z, groups=None))
    y, d, z = (EFFECTS.residualise(v) for v in (y, d, z))
    own, q = z[:, :1], 2
    df = N * T - 3 - (N + T - 1)

    def freed(v, of):
        return v - of @ np.linalg.lstsq(of, v, rcond=None)[0]

    yd = np.column_stack([y, d])
    short, long = freed(yd, own), freed(yd, z)
    # (SSR without instruments − SSR with) / q ≤ F · SSR with / df, both quadratic in (1, −b).
    quantile = special.fdtri(q, df, 0.95)
    m = short.T @ short - long.T @ long * (1 + q * quantile / df)
    ends = np.sort(np.roots([m[1, 1], -2 * m[0, 1], m[0, 0]]))
    np.testing.assert_allclose(pieces, [ends], rtol=EXACT)


def by_hand(outcome, regressor, var_outcome=1.0, var_regressor=1.0):
    """Return forms of independent coefficients with 10^6 degrees of freedom."""
    eye = np.eye(len(outcome))
    covariances = var_outcome * eye, var_regressor * eye, 0 * eye
    return ReducedForms(np.array(outcome), np.array(regressor), *covariances, 1_000_000)


def test_every_shape_of_a_set():
    z = np.sqrt(special.fdtri(1, 1_000_000, 0.95))
    # (10 − b · 5)² ≤ z² (1 + b²).
    low, high = np.sort(np.roots([25 - z**2, -100, 100 - z**2]))
    ((left, right),) = anderson_rubin_set(by_hand([10.0], [5.0]))
    assert (left, right) == pytest.approx((low, high), rel=ENDS)
    # A first stage that is zero and an outcome that moves: all but the middle.
    below, above = anderson_rubin_set(by_hand([3.0], [0.0]))
    end = np.sqrt(9 / z**2 - 1)
    assert below == pytest.approx((-np.inf, -end), rel=ENDS)
    assert above == pytest.approx((end, np.inf), rel=ENDS)
    assert anderson_rubin_set(by_hand([0.5], [0.5])) == ((-np.inf, np.inf),)
    # Two instruments that contradict each other.
    assert anderson_rubin_set(by_hand([50.0, -50.0], [50.0, 50.0])) == ()


def test_the_set_covers_at_its_level_with_no_first_stage_at_all():
    """400 panels know a coverage of 0.95 to 0.011; clusters of 30 cost a little of it."""
    inside = 0
    for seed in range(400):
        forms = forms_of(*panel(0.0, 2, seed=1_000 + seed))
        inside += forms.p_value(1e3 * ALPHA) > 0.05
    assert 0.915 < inside / 400 < 0.985


def test_an_excluded_variable_that_belongs_into_the_equation_empties_the_set():
    assert anderson_rubin_set(forms_of(*panel(2.0, 3, seed=1, invalid=5.0))) == ()
