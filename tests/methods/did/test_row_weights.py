"""Weights of units in effects by cohort and period, and anticipation.

Tolerances: the stored answers of R's did have 12 digits (GOLD); R's logit stops at 1e-8, which
moves its doubly robust numbers in the seventh digit (DOUBLY_ROBUST). A unit of weight two against
the same unit twice, and dummies in full, differ by rounding (EXACT).
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import stacked
from pilotzone.methods.did.twfe import twfe

GOLD = {"rtol": 0, "atol": 1e-10}
DOUBLY_ROBUST = {"rtol": 0, "atol": 1e-6}
EXACT = {"rtol": 1e-8, "atol": 1e-10}
KINDS = ("simple", "dynamic", "group", "calendar")


@pytest.fixture(scope="module")
def weights(frame):
    return (1.0 + frame["unit"] % 3).to_numpy()


@pytest.fixture(scope="module")
def weighted_answers(known2_errors):
    return lambda check, quantity: known2_errors(f"callaway_santanna_weighted_{check}", quantity)


@pytest.mark.parametrize("controls", ["never", "not_yet"])
def test_callaway_santanna_as_in_r(frame, arguments, weights, weighted_answers, controls):
    check = f"{controls.replace('_', '')}treated"
    made = callaway_santanna(*arguments(frame), controls=controls, weights=weights)
    # R's error of the group average takes its cohorts' shares from the first cohort alone.
    for kind in KINDS:
        average = made.aggregate(kind)
        found = [average.estimates[0], average.std_errors[0]]
        software = "csdid 0.4.3" if kind == "group" else ""
        assert_allclose(found, weighted_answers(check, (kind, software)), **GOLD)
    events = made.aggregate("dynamic")
    for term, *found in zip(events.terms, events.estimates, events.std_errors, strict=True):
        if term.startswith("event:"):
            answer = weighted_answers(check, (f"e{term.removeprefix('event:')}", ""))
            assert_allclose(found, answer, **GOLD)


@pytest.mark.parametrize("controls", ["never", "not_yet"])
def test_doubly_robust_as_in_r(frame, arguments, weights, weighted_answers, controls):
    given = {"controls": controls, "weights": weights, "x": frame["x1"]}
    average = callaway_santanna(*arguments(frame), **given).aggregate("simple")
    answer = weighted_answers(f"dr_x1_{controls.replace('_', '')}treated", ("simple", ""))
    assert_allclose([average.estimates[0], average.std_errors[0]], answer, **DOUBLY_ROBUST)


def twice(frame, weights):
    """The panel with each unit as often as its weight says, under names of their own."""
    copies = [frame[weights > k].assign(unit=lambda f, k=k: f["unit"] + 1000 * k) for k in range(3)]
    return pd.concat(copies, ignore_index=True)


@pytest.mark.parametrize("estimator", [callaway_santanna, imputation, gardner, extended_twfe])
@pytest.mark.parametrize("covariates", [(), ("x1", "x2")])
def test_a_weight_of_two_is_the_unit_twice(frame, arguments, weights, estimator, covariates):
    """Estimates; errors differ, because two copies are no two units."""
    copied = twice(frame, weights)
    name = "x" if estimator is callaway_santanna else "controls"
    pair = [
        estimator(*arguments(rows), **{name: rows[list(covariates)]} if covariates else {}, **more)
        for rows, more in ((frame, {"weights": weights}), (copied, {}))
    ]
    assert_allclose(pair[0].estimates, pair[1].estimates, **EXACT)
    for kind in KINDS:
        one, two = (made.aggregate(kind).estimates for made in pair)
        assert_allclose(one, two, **EXACT)


@pytest.mark.parametrize("estimator", [callaway_santanna, imputation, sun_abraham, extended_twfe])
def test_scale_and_equal_weights_change_nothing(frame, arguments, weights, estimator):
    def numbers(**given):
        average = estimator(*arguments(frame), **given).aggregate("dynamic")
        return np.column_stack([average.estimates, average.std_errors])

    assert_allclose(numbers(weights=1e6 * weights), numbers(weights=weights), **EXACT)
    assert_allclose(numbers(weights=np.full(len(frame), 3.0)), numbers(), **EXACT)


def test_imputation_error_by_dummies_in_full(frame, arguments, weights):
    """Weighted least squares on untreated rows; weights v of the mean effect, by row."""
    dummies = [frame[name].to_numpy()[:, None] == frame[name].unique() for name in ("unit", "year")]
    design = np.hstack(dummies).astype(float)
    first, y = frame["first_treated"].to_numpy(), frame["y"].to_numpy()
    treated = (first > 0) & (frame["year"].to_numpy() >= first)
    root = np.sqrt(weights)[~treated]
    solve = np.linalg.pinv(root[:, None] * design[~treated], rcond=1e-10) * root
    left = y - design @ (solve @ y[~treated])
    v = np.where(treated, weights, 0.0) / weights[treated].sum()
    v[~treated] = -v[treated] @ design[treated] @ solve
    rows = pd.DataFrame({"g": first, "t": frame["year"], "w": weights, "left": left * weights})
    sums = rows.groupby(["g", "t"])[["left", "w"]].transform("sum")
    centred = np.where(treated, left - sums["left"] / sums["w"], left)
    by_unit = np.bincount(frame["unit"], v * centred)
    average = imputation(*arguments(frame), weights=weights).aggregate("simple")
    assert_allclose(average.estimates[0], v @ y, **EXACT)
    assert_allclose(average.std_errors[0], np.sqrt(by_unit @ by_unit), **EXACT)


@pytest.mark.parametrize("estimator", [sun_abraham, extended_twfe])
def test_one_cohort_is_the_weighted_two_way_regression(draw, arguments, estimator):
    """With one cohort and two periods both are the two-way slope, error included."""
    rows = draw(np.random.default_rng(3), [2016] * 9 + [0] * 14, (2015, 2016))
    weights = np.repeat(np.random.default_rng(4).uniform(0.5, 3, 23), 2)
    d = (rows["first_treated"] == rows["year"]).astype(float)
    given = rows["y"], d, ["d"], None, (), rows["unit"], rows["year"]
    slope = twfe(*given, weights=weights)
    made = estimator(*arguments(rows), weights=weights)
    found = made.estimates[0], made.std_errors[0]
    assert_allclose(found, (slope.coefficients[0], slope.std_errors[0]), **EXACT)
    events = stacked(*arguments(rows), window=(-1, 0), weights=weights).overall
    assert_allclose(events.coefficients[0], found[0], **EXACT)


def test_weights_that_are_none(frame, arguments, weights):
    changing = np.where(frame["year"] == 2015, 2.0, weights)
    with pytest.raises(UserError, match="the weight changes within unit"):
        callaway_santanna(*arguments(frame), weights=changing)
    with pytest.raises(UserError, match="not positive"):
        imputation(*arguments(frame), weights=weights - 1)


def by_hand(frame, g, t, base, untreated):
    """Difference in differences of means, and its error."""
    wide = frame.pivot(index="unit", columns="year", values="y")
    first = frame.groupby("unit")["first_treated"].first()
    change = wide[t] - wide[base]
    sides = change[first == g], change[untreated(first)]
    error = np.sqrt(sum(side.var(ddof=0) / len(side) for side in sides))
    return sides[0].mean() - sides[1].mean(), error


@pytest.mark.parametrize("base", ["varying", "universal"])
def test_anticipation_moves_base_and_comparison(frame, arguments, base):
    """Base g − δ − 1; not-yet treated units are those untreated for δ periods more."""
    delta = 2
    made = callaway_santanna(*arguments(frame), base=base, anticipation=delta)
    assert (made.cohort == 2019).any()
    for cell, (g, t) in enumerate(zip(made.cohort, made.period, strict=True)):
        before = g - delta - 1
        start = t - 1 if t <= before and base == "varying" else before
        later = max(t, start) + delta

        def untreated(first, g=g, later=later):
            return (first == 0) | ((first > later) & (first != g))

        answer = by_hand(frame, g, t, start, untreated)
        if not np.isnan(made.std_errors[cell]):
            assert_allclose((made.estimates[cell], made.std_errors[cell]), answer, **EXACT)
        else:
            assert_allclose(made.estimates[cell], answer[0], **EXACT)
    events = made.aggregate("dynamic").terms
    assert "event:-1" in events
    assert (f"event:{-delta - 1}" in events) == (base == "varying")


def test_a_cohort_that_anticipates_from_the_start_is_listed(frame, arguments):
    """A cohort loses its last period before treatment, and its cells are counted as lost."""
    plain = callaway_santanna(*arguments(frame))
    first = int(plain.cohort.min())
    delta = first - int(frame["year"].min())
    made = callaway_santanna(*arguments(frame), anticipation=delta)
    lost = {u.cohort for u in made.unidentified if u.reason.code == "no_period_before"}
    assert first in lost
    assert first not in made.cohort
    with pytest.raises(UserError, match="from 0 on"):
        callaway_santanna(*arguments(frame), anticipation=-1)
