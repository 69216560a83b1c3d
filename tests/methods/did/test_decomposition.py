"""Goodman-Bacon against R bacondecomp, and both decompositions against the regression itself.

Tolerances: the stored answers have 12 significant digits (GOLD). The sums must give back the
two-way coefficient up to rounding (EXACT).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.goodman_bacon import KINDS, goodman_bacon
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.did.two_way_weights import two_way_weights

GOLD = {"rtol": 0, "atol": 1e-10}
EXACT = {"rtol": 1e-10, "atol": 1e-10}

cohorts = st.lists(
    st.sampled_from([0, 1999, 2000, 2001, 2002, 2003, 2004, 2009]), min_size=4, max_size=14
)
seeds = st.integers(0, 2**32 - 1)


def treatment(frame):
    return ((frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])).to_numpy(
        float
    )


def two_way(frame):
    d = treatment(frame)
    return twfe(frame["y"], d, ["d"], None, [], frame["unit"], frame["year"]).coefficients[0]


def test_sums_by_kind(frame, arguments, known):
    result = goodman_bacon(*arguments(frame))
    sums = result.by_kind()
    in_r = {
        "earlier vs later": "Earlier vs Later Treated",
        "later vs earlier": "Later vs Earlier Treated",
        "treated vs never treated": "Treated vs Untreated",
    }
    assert set(sums) == set(in_r)
    for kind, name in in_r.items():
        expected = known("bacon_weight", name)[0], known("bacon_estimate", name)[0]
        assert_allclose(sums[kind], expected, **GOLD)
    assert_allclose(result.two_way, known("twfe", "d")[0], **GOLD)
    assert len(result.kind) == 5 + 20


@given(cohorts, seeds)
def test_weighted_sum_is_the_two_way_coefficient(draw, arguments, drawn, seed):
    frame = draw(np.random.default_rng(seed), drawn, range(2000, 2006))
    d = treatment(frame).reshape(len(drawn), -1)
    if len(np.unique(d, axis=0)) == 1 or not np.any(d[:, 0] != d[:, -1]):
        with pytest.raises(NotIdentified):
            goodman_bacon(*arguments(frame))
        return
    result = goodman_bacon(*arguments(frame))
    assert_allclose(result.two_way, two_way(frame), **EXACT)
    assert_allclose(result.weights.sum(), 1.0, **EXACT)
    assert result.weights.min() > 0
    assert set(result.kind) <= set(KINDS)


def test_one_comparison_by_hand(draw, arguments):
    frame = draw(np.random.default_rng(1), [2002] * 2 + [2004] * 3, range(2000, 2006))
    result = goodman_bacon(*arguments(frame))
    y = frame["y"].to_numpy().reshape(5, 6)
    early, late = y[:2].mean(axis=0), y[2:].mean(axis=0)
    assert_array_equal(result.treated, [2002, 2004])
    assert result.kind == ("earlier vs later", "later vs earlier")
    gap = early - late
    assert_allclose(result.estimates[0], gap[2:4].mean() - gap[:2].mean(), **EXACT)
    assert_allclose(result.estimates[1], gap[2:4].mean() - gap[4:].mean(), **EXACT)


def test_kinds_of_controls(draw, arguments):
    rng = np.random.default_rng(2)
    frame = draw(rng, [0] * 2 + [2000] * 2 + [2003] * 2 + [2009] * 2, range(2000, 2006))
    result = goodman_bacon(*arguments(frame))
    found = dict(zip(result.control, result.kind, strict=True))
    assert found == {
        0.0: "treated vs never treated",
        2000.0: "treated vs always treated",
        2009.0: "earlier vs later",
    }


def test_provinces_to_2019(provinces, arguments):
    early = provinces[provinces["year"] <= 2019]
    result = goodman_bacon(*arguments(early))
    assert "treated vs never treated" not in result.kind
    assert_allclose(result.two_way, two_way(early), **EXACT)
    assert np.count_nonzero(result.control == 2020) == 3


def test_constants_names_and_order_change_nothing(frame, arguments):
    before = goodman_bacon(*arguments(frame))
    moved = frame.sample(frac=1, random_state=3)
    moved = moved.assign(
        y=moved["y"] + moved["unit"] - moved["year"] ** 2 / 1000, unit=-moved["unit"]
    )
    after = goodman_bacon(*arguments(moved))
    assert_allclose(after.estimates, before.estimates, **EXACT)
    assert_array_equal(after.weights, before.weights)


def test_what_cannot_be_decomposed(frame, provinces, arguments):
    with pytest.raises(UserError, match="unit 1 lacks 2014 and 1 further rows"):
        goodman_bacon(*arguments(frame.drop(index=[3, 50])))
    with pytest.raises(NotIdentified) as error:
        goodman_bacon(*arguments(provinces[provinces["year"] >= 2020]))
    assert error.value.reason == Reason("no_switch", {"first": 2020, "last": 2022})
    with pytest.raises(NotIdentified) as error:
        goodman_bacon(*arguments(provinces[provinces["first_treated"] == 2016]))
    assert error.value.reason == Reason("one_cohort", {"cohort": 2016})


@given(cohorts, seeds)
def test_weights_add_the_effects_up_to_the_coefficient(draw, drawn, seed):
    rng = np.random.default_rng(seed)
    frame = draw(rng, drawn, range(2000, 2006), noise=0.0)
    frame = frame.sample(frac=0.9, random_state=int(rng.integers(1000)))
    d = treatment(frame)
    effects = rng.normal(size=len(frame))
    frame = frame.assign(y=frame["y"] + d * effects)
    try:
        result = two_way_weights(d, frame["unit"], frame["year"])
    except NotIdentified:
        with pytest.raises(UserError, match="no variation within unit and period effects"):
            two_way(frame)
        return
    assert_allclose(result.weights.sum(), 1.0, **EXACT)
    assert_allclose(result.weights @ effects, two_way(frame), rtol=1e-7, atol=1e-7)
    assert_array_equal(result.weights[d == 0], 0.0)
    assert_allclose(result.total.sum(), 1.0, **EXACT)
    assert result.n_rows.sum() == result.n_treated == d.sum()


def test_weights_of_doses_add_slopes_up_to_the_coefficient(frame):
    """Each row with a dose has a slope of its own; nothing else moves the outcome."""
    rng = np.random.default_rng(12)
    d = frame["d"].to_numpy() * rng.uniform(0.2, 3, len(frame))
    slopes = rng.normal(size=len(frame))
    y = frame["unit"] + np.sin(frame["year"]) + d * slopes
    result = two_way_weights(d, frame["unit"], frame["year"], doses=True)
    fit = twfe(y, d, ("d",), None, (), frame["unit"], frame["year"])
    assert_allclose(result.weights @ slopes, fit.coefficients[0], **EXACT)
    assert_allclose(result.weights.sum(), 1.0, **EXACT)
    assert result.n_treated == frame["d"].sum()
    with pytest.raises(UserError, match="doses from 0 on"):
        two_way_weights(-d, frame["unit"], frame["year"], doses=True)


def test_weights_by_cohort_and_period(frame):
    result = two_way_weights(frame["d"], frame["unit"], frame["year"])
    rows = frame.assign(weight=result.weights)[frame["d"] == 1]
    expected = rows.groupby(["first_treated", "year"])["weight"].agg(["sum", "size"])
    assert_array_equal(result.cohort, expected.index.get_level_values(0))
    assert_array_equal(result.period, expected.index.get_level_values(1))
    assert_allclose(result.total, expected["sum"], **EXACT)
    assert_array_equal(result.n_rows, expected["size"])
    negative = rows["weight"] < 0
    assert_allclose(result.sum_negative, rows.loc[negative, "weight"].sum(), **EXACT)
    assert_allclose(result.share_negative, negative.mean(), **EXACT)
    assert 0 < result.share_negative < 1


def test_one_cohort_has_equal_weights(draw):
    frame = draw(np.random.default_rng(4), [2003] * 3 + [0] * 5, range(2000, 2006))
    result = two_way_weights(treatment(frame), frame["unit"], frame["year"])
    assert_allclose(result.weights[result.weights != 0], 1 / 9, **EXACT)
    assert (result.sum_negative, result.share_negative) == (0.0, 0.0)


def test_treatments_without_weights(frame):
    with pytest.raises(UserError, match="choose a binary coding"):
        two_way_weights(frame["d"] / 2, frame["unit"], frame["year"])
    with pytest.raises(NotIdentified) as error:
        two_way_weights(frame["year"] > 2015, frame["unit"], frame["year"])
    assert error.value.reason == Reason("flat_treatment")
