"""All estimators on one design: the same answer where they must agree, the truth where it is known.

Without noise an estimator returns the effect up to rounding (EXACT). In the simulation 200 samples
are drawn; the tolerance is four Monte Carlo errors of the mean (BIAS) and, for the ratio of the
mean squared error bar to the variance, 25 % of it: 10 % by chance, the rest because the analytic
errors are those of large samples (CALIBRATION).
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import stacked

pytestmark = pytest.mark.slow

EXACT = {"rtol": 0, "atol": 1e-9}
BIAS = 4.0
CALIBRATION = 0.25
SAMPLES = 200
COHORTS = [2003] * 12 + [2005] * 12 + [0] * 24

ESTIMATORS = {
    "callaway_santanna, not yet": callaway_santanna,
    "callaway_santanna, never": lambda *a: callaway_santanna(*a, controls="never"),
    "sun_abraham": sun_abraham,
    "extended_twfe": extended_twfe,
    "imputation": imputation,
    "gardner": gardner,
}


def growing(g, t):
    """The effect grows with exposure and is larger for the earlier cohort."""
    return (1.0 if g == 2003 else 0.4) * (t - g + 1)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_effects_without_noise(draw, arguments, name):
    rng = np.random.default_rng(1)
    frame = draw(rng, COHORTS, range(2000, 2008), noise=0.0, effect=growing)
    result = ESTIMATORS[name](*arguments(frame))
    event = result.event
    truth = [
        growing(g, t) if t >= g else 0.0 for g, t in zip(result.cohort, result.period, strict=True)
    ]
    assert_allclose(result.estimates, truth, **EXACT)
    treated = frame.loc[frame["tau"] > 0, "tau"]
    assert_allclose(result.aggregate("simple").estimates, [treated.mean()], **EXACT)
    # Errors come from what is left in the cells: nothing, save the sizes of the cohorts.
    assert_allclose(result.std_errors, 0.0, atol=1e-9)
    assert np.any(event >= 0)


def test_stacked_without_noise(draw, arguments):
    rng = np.random.default_rng(2)
    frame = draw(rng, COHORTS, range(2000, 2008), noise=0.0, effect=lambda g, t: 1.5)
    result = stacked(*arguments(frame), window=(-2, 1))
    assert_allclose(result.overall.coefficients, [1.5], **EXACT)
    assert_allclose(result.events.coefficients, [0.0, 1.5, 1.5], **EXACT)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_simulated_samples(draw, draw_again, arguments, name):
    rng = np.random.default_rng(3)
    estimates, errors = np.empty(SAMPLES), np.empty(SAMPLES)
    frame = draw(rng, COHORTS, range(2000, 2007), effect=growing)
    _, *rollout = (column.to_numpy() for column in arguments(frame))
    again = draw_again(frame)
    for sample in range(SAMPLES):
        average = ESTIMATORS[name](again(rng), *rollout).aggregate("dynamic")
        estimates[sample], errors[sample] = average.estimates[1:][-1], average.std_errors[1:][-1]
    # The last event is one cell, the fourth year of the cohort of 2003.
    spread = estimates.std(ddof=1)
    assert abs(estimates.mean() - growing(2003, 2006)) < BIAS * spread / np.sqrt(SAMPLES)
    assert_allclose(np.mean(errors**2) / spread**2, 1.0, atol=CALIBRATION)


@pytest.mark.parametrize("name", ["callaway_santanna, not yet", "imputation"])
def test_the_provinces_recover_a_common_effect(provinces, arguments, name):
    quiet = provinces.assign(y=provinces["unit"] + provinces["year"] / 10 + provinces["tau"])
    result = ESTIMATORS[name](*arguments(quiet))
    for kind in ("simple", "dynamic", "group", "calendar"):
        average = result.aggregate(kind)
        overall_or_post = [not t.startswith("event:-") for t in average.terms]
        assert_allclose(average.estimates[overall_or_post], 1.0, **EXACT)
