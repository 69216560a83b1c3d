"""Bounds once nobody is untreated, against imputation, refits written out, and algebra.

Tolerance: two computations of ours differ by rounding (EXACT); a share of 400 draws that should be
at least 0.95 varies by 0.011 (SIMULATED, four of these).
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.bounded_variation import bounded_variation

EXACT = {"rtol": 1e-9, "atol": 1e-10}
SIMULATED = 0.044


def run(frame, **options):
    columns = (frame["y"], frame["unit"], frame["year"], frame["first_treated"])
    return bounded_variation(*columns, **options)


def by_dummies(frame, anchor):
    """Return λ by year and effects by year at M = 0, from a regression with every dummy."""
    untreated = (frame["first_treated"] == 0) | (frame["year"] < frame["first_treated"])
    rows = frame[untreated]
    units, years = np.unique(rows["unit"]), np.unique(rows["year"])
    x = np.column_stack(
        [
            (rows["unit"].to_numpy()[:, None] == units),
            (rows["year"].to_numpy()[:, None] == years[1:]),
        ]
    ).astype(float)
    beta = np.linalg.lstsq(x, rows["y"].to_numpy(), rcond=None)[0]
    alpha = dict(zip(units, beta[: len(units)], strict=True))
    levels = np.append(0.0, beta[len(units) :])
    after = frame[(frame["year"] > anchor) & frame["unit"].isin(units)]
    left = after["y"] - after["unit"].map(alpha) - levels[-1]
    return levels, left.groupby(after["year"]).mean().to_numpy()


def test_points_and_jackknife_are_those_of_dummies(provinces):
    found = run(provinces)
    levels, effects = by_dummies(provinces, 2019)
    assert (found.anchor, found.n_untreated, found.df) == (2019, 4, 29)
    assert_allclose(found.estimates, [*effects, effects.mean()], **EXACT)
    assert_allclose(found.largest, np.abs(np.diff(levels)).max(), **EXACT)
    left = []
    for unit in provinces["unit"].unique():
        _, one = by_dummies(provinces[provinces["unit"] != unit], 2019)
        left.append([*one, one.mean()])
    spread = np.array(left) - np.mean(left, axis=0)
    assert_allclose(found.std_errors, np.sqrt(29 / 30 * (spread**2).sum(axis=0)), **EXACT)
    assert found.nobs + found.n_dropped == len(provinces)


def test_the_drift_goes_on(provinces):
    levels, effects = by_dummies(provinces, 2019)
    found = run(provinces, path="drift")
    drift = (levels[-1] - levels[0]) / 6
    assert_allclose(found.drift, drift, **EXACT)
    assert_allclose(found.estimates[:-1], effects - drift * np.arange(1, 4), **EXACT)
    assert_allclose(found.largest, np.abs(np.diff(levels) - drift).max(), **EXACT)


def test_the_set_widens_by_the_bound_times_the_years(provinces):
    found = run(provinces)
    for which, years in ((0, 1), (1, 2), (2, 3), (-1, 2)):
        made = found.bounds(which, (0.0, 1.0, 2.0))
        half = np.array([0.0, 1.0, 2.0]) * found.largest * years
        assert_allclose(made.high - made.low, 2 * half, **EXACT)
        assert_allclose((made.high + made.low) / 2, found.estimates[which], **EXACT)
        assert_allclose(
            made.breakdown_set, abs(found.estimates[which]) / found.largest / years, **EXACT
        )


def test_the_interval_goes_from_two_sides_to_one(provinces):
    """At M = 0 it is that of t(29); far out its ends are one-sided; its condition holds between."""
    found = run(provinces)
    made, error = found.bounds(-1, (0.0, 0.02, 50.0)), found.std_errors[-1]
    ends = (made.low - made.ci_low) / error
    assert_allclose(ends[0], stats.t.ppf(0.975, 29), rtol=1e-8)
    assert_allclose(ends[2], stats.t.ppf(0.95, 29), rtol=1e-6)
    wide = (made.high - made.low)[1] / error
    inside = stats.t.cdf(ends[1] + wide, 29) - stats.t.cdf(-ends[1], 29)
    assert_allclose(inside, 0.95, rtol=1e-8)


def test_the_interval_of_one_multiple_is_that_of_the_bounds(provinces):
    found = run(provinces, path="drift")
    bounds = found.bounds(multiples=(0.0, 1.3))
    ends = [found.interval(multiple) for multiple in bounds.multiple]
    assert_allclose(ends, np.column_stack([bounds.ci_low, bounds.ci_high]), **EXACT)


def test_zero_lies_on_the_end_of_the_interval_at_the_breakdown(provinces):
    found = run(provinces.assign(y=provinces["y"] + 40 * (provinces["year"] > 2019)))
    made = found.bounds()
    at = found.bounds(-1, (made.breakdown,))
    assert made.breakdown < made.breakdown_set
    assert_allclose(at.ci_low, 0.0, atol=1e-8)
    none = run(provinces.assign(y=provinces["y"] * 0 + np.sin(np.arange(len(provinces)))))
    assert np.isnan(none.bounds().breakdown)


def test_a_known_bound_holds_the_effect(draw):
    """Changes at the edge of the bound: the interval covers an effect of zero."""
    cohorts, years = [2015] * 4 + [2016] * 8 + [2018] * 8 + [2019] * 6, np.arange(2010, 2021)
    rng, inside = np.random.default_rng(77), []
    frame = draw(rng, cohorts, years)
    unit, year, first = (frame[name].to_numpy() for name in ("unit", "year", "first_treated"))
    for _ in range(400):
        changes = np.append(rng.uniform(-1, 1, 8), rng.choice([-1.0, 1.0]) * np.ones(2))
        levels = np.append(0.0, np.cumsum(changes))
        y = rng.normal(size=len(frame)) + levels[year - 2010]
        found = bounded_variation(y, unit, year, first)
        low, high = found.interval(1.0 / found.largest)
        inside.append(low <= 0 <= high)
    assert np.mean(inside) > 0.95 - SIMULATED


def test_effects_of_units_and_a_shift_change_no_point(provinces):
    found = run(provinces)
    again = run(provinces.assign(y=provinces["y"] + 5 * provinces["unit"] + 7).sample(frac=1.0))
    assert_allclose(again.estimates, found.estimates, **EXACT)
    assert_allclose(again.std_errors, found.std_errors, **EXACT)
    always = provinces[provinces["unit"] == 0].assign(unit=99, first_treated=2013)
    more = run(pd.concat([provinces, always]))
    assert_allclose(more.estimates, found.estimates, **EXACT)
    assert more.n_dropped == found.n_dropped + len(always)


def test_designs_without_bounds(provinces):
    later = provinces[provinces["year"] <= 2019]
    cases = [
        (later, Reason("untreated_to_the_end", {"last": 2019})),
        (provinces.assign(first_treated=2013), Reason("no_untreated_row")),
        (provinces[provinces["year"] >= 2018], Reason("few_changes", {"changes": 1, "needed": 2})),
        # Without three of the four units that are untreated in 2019 the last one carries λ.
        (provinces[~provinces["unit"].isin([27, 28, 29])], Reason("untreated_not_linked")),
    ]
    for rows, reason in cases:
        with pytest.raises(NotIdentified) as error:
            run(rows)
        assert error.value.reason == reason
    with pytest.raises(UserError, match="give one of level, drift"):
        run(provinces, path="trend")
