"""Robust intervals against those that HonestDiD prints, and the whole analysis in one call.

The printed intervals have three digits and come from simulated quantiles and a grid whose step is
3.6e-4, hence 1e-3 (PRINTED). Exact computations differ by rounding and by the root finders, which
stop at 1e-12 of their range (EXACT).
"""

import numpy as np
from numpy.testing import assert_allclose

from pilotzone.methods.did.sensitivity.breakdown import (
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    sensitivity,
)
from pilotzone.methods.did.sensitivity.path import conventional_interval
from pilotzone.methods.did.sensitivity.relative_magnitudes import (
    relative_magnitudes_interval,
)
from pilotzone.methods.did.sensitivity.smoothness import (
    smoothness_interval,
)

PRINTED = 1e-3
EXACT = {"rtol": 1e-8, "atol": 1e-9}


def test_smoothness_intervals_are_the_printed_ones(ends, medicaid, printed):
    rows = printed[printed.restriction == "smoothness"]
    assert len(rows) == 4
    for row in rows.itertuples():
        expected = [row.ci_low, row.ci_high]
        assert_allclose(ends(smoothness_interval(medicaid, row.m)), expected, atol=PRINTED, rtol=0)


def test_relative_magnitudes_intervals_are_the_printed_ones(ends, medicaid, printed):
    rows = printed[printed.restriction == "relative_magnitudes"]
    assert len(rows) == 4
    for row in rows.itertuples():
        interval = relative_magnitudes_interval(medicaid, row.m)
        assert_allclose(ends(interval), [row.ci_low, row.ci_high], atol=PRINTED, rtol=0)
        assert interval.gaps == 0


def test_breakdown_values_lie_where_the_printed_intervals_turn(medicaid):
    m, mbar = breakdown_smoothness(medicaid), breakdown_relative_magnitudes(medicaid)
    assert 0.02 < m < 0.03
    assert 1.5 < mbar < 2.0
    assert_allclose(smoothness_interval(medicaid, m).low, 0.0, atol=1e-7)
    assert_allclose(relative_magnitudes_interval(medicaid, mbar).low, 0.0, atol=1e-7)


def test_conventional_interval(ends, medicaid):
    half = 1.959963984540054 * np.sqrt(8.20117572416e-05)
    expected = [0.0464468541599 - half, 0.0464468541599 + half]
    assert_allclose(ends(conventional_interval(medicaid)), expected, **EXACT)


def test_the_whole_analysis_in_one_call(medicaid):
    result = sensitivity(
        medicaid.coefficients, medicaid.covariance, 5, 2, m=(0.0, 0.01), mbar=(1.0,)
    )
    assert result.original == conventional_interval(medicaid)
    assert result.smoothness == tuple(smoothness_interval(medicaid, m) for m in (0.0, 0.01))
    assert result.relative_magnitudes == (relative_magnitudes_interval(medicaid, 1.0),)
    assert result.breakdown_m == breakdown_smoothness(medicaid)
    assert result.breakdown_mbar == breakdown_relative_magnitudes(medicaid)
    assert (result.estimate, result.std_error) == (medicaid.estimate, medicaid.std_error)
