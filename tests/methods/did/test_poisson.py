"""Poisson with many effects, against fixest, pyfixest, statsmodels and what is known by hand.

Tolerances: the stored answers of other programs stopped at 1e-11 of the deviance, which leaves 1e-9
of a coefficient (GOLD); two sides of an identity differ by the last step of the iterations (SAME).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.poisson import poisson_fit
from pilotzone.methods.did.twfe import panel_effects

REFERENCE = Path(__file__).parents[2] / "reference"
GOLD = {"rtol": 1e-8, "atol": 1e-9}
SAME = {"rtol": 1e-9, "atol": 1e-10}
CONTROLS = ("x1", "x2", "x3", "x4")
OUTCOMES = {"exp": lambda mu: mu, "counts": lambda mu: np.floor(3 * mu + 0.5)}


@pytest.fixture(scope="module")
def answers():
    table = pd.read_csv(REFERENCE / "gold2.csv")
    return table[table["check"].str.startswith("poisson_twfe")]


def outcome(frame, name):
    return OUTCOMES[name](np.exp(frame["y"] / frame["y"].std(ddof=1))).to_numpy()


def fitted(frame, y, names, effects=None):
    effects = effects or panel_effects(frame["unit"], frame["year"])
    return poisson_fit(y, frame[list(names)].to_numpy(float), names, effects, frame["unit"])


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("controls", [(), CONTROLS])
def test_known_answers(frame, answers, name, controls):
    check = f"poisson_twfe{'_controls' if controls else ''}_{name}"
    made = fitted(frame, outcome(frame, name), ("d", *controls))
    known = answers[(answers["check"] == check) & answers["std_error"].notna()]
    assert set(known["software"]) == {"R fixest 0.14.2", "pyfixest 0.60.0"}
    for row in known.itertuples():
        at = made.names.index(row.quantity)
        assert_allclose(made.coefficients[at], row.value, **GOLD)
        assert_allclose(made.std_errors[at], row.std_error, **GOLD)
    deviance = answers[(answers["check"] == check) & (answers["quantity"] == "deviance")]
    assert_allclose(made.deviance, deviance["value"].item(), **GOLD)
    # Without the factor, as statsmodels has it.
    plain = answers[answers["check"] == f"{check}_no_factor"].set_index("quantity")["std_error"]
    n, g = made.nobs, made.n_clusters
    factor = g / (g - 1) * (n - 1) / (n - made.k)
    assert_allclose(made.std_errors / np.sqrt(factor), plain[list(made.names)], **GOLD)


def test_two_groups_and_two_periods_give_the_ratio_of_ratios():
    y = np.array([2.0, 6.0, 1.0, 5.0, 3.0, 4.0, 2.0, 0.0])
    unit, period = np.repeat(np.arange(4), 2), np.tile([0, 1], 4)
    d = ((unit < 2) & (period == 1)).astype(float)
    group = np.repeat([0, 1], 4)
    made = poisson_fit(y, d, ("d",), panel_effects(group, period), unit)
    means = [y[(group == g) & (period == t)].mean() for g in (0, 1) for t in (0, 1)]
    expected = np.log(means[1] / means[0]) - np.log(means[3] / means[2])
    assert_allclose(made.coefficients[0], expected, **SAME)


def test_what_must_change_nothing(frame):
    y = outcome(frame, "counts")
    made = fitted(frame, y, ("d", "x1"))
    assert_allclose(fitted(frame, 7 * y, ("d", "x1")).coefficients, made.coefficients, **SAME)
    order = np.random.default_rng(3).permutation(len(frame))
    turned = fitted(frame.iloc[order].reset_index(drop=True), y[order], ("d", "x1"))
    assert_allclose(turned.coefficients, made.coefficients, **SAME)
    assert_allclose(turned.std_errors, made.std_errors, **SAME)
    # The residuals of every unit and year sum to zero.
    left = pd.Series(y - made.fitted)
    assert_allclose(left.groupby(frame["unit"]).sum(), 0, atol=1e-8)
    assert_allclose(left.groupby(frame["year"]).sum(), 0, atol=1e-8)


def test_units_of_zeros_are_separated_and_move_nothing(frame):
    y = outcome(frame, "counts")
    gone = (frame["unit"] == 4).to_numpy()
    made = fitted(frame, np.where(gone, 0.0, y), ("d",))
    assert_array_equal(made.separated, gone)
    assert (made.nobs, made.n_clusters) == (len(y) - gone.sum(), 29)
    assert_array_equal(made.fitted[gone], 0.0)
    rest = frame[~gone].reset_index(drop=True)
    alone = fitted(rest, y[~gone], ("d",))
    assert_allclose(made.coefficients, alone.coefficients, **SAME)
    assert_allclose(made.std_errors, alone.std_errors, **SAME)


def test_a_regressor_that_separates_is_lost_with_its_rows(frame):
    # Where z is positive all outcomes are zero: its coefficient runs to minus infinity, and the
    # other rows say nothing of z.
    hit = ((frame["unit"] == 5) & (frame["year"] >= 2018)).to_numpy()
    y = np.where(hit, 0.0, outcome(frame, "counts"))
    with pytest.raises(UserError, match="'z' has no variation"):
        fitted(frame.assign(z=hit.astype(float)), y, ("d", "z"))
    with pytest.raises(UserError, match="collinear"):
        fitted(frame.assign(z=frame["d"] + hit), y, ("d", "z"))
    # Without it they are zeros as any other, and so they are for z of both signs.
    assert fitted(frame, y, ("d",)).n_separated == 0
    other = np.where(frame["unit"] == 6, frame["x1"], 0.0)
    assert fitted(frame.assign(z=hit + other), y, ("d", "z")).n_separated == 0


def test_a_trend_separates_a_unit_that_is_positive_once(frame):
    first = frame["year"].min()
    gone = ((frame["unit"] == 2) & (frame["year"] > first)).to_numpy()
    y = np.where(gone, 0.0, outcome(frame, "counts"))
    slopes = [(frame["unit"].to_numpy(), frame["year"].to_numpy(float))]
    trends = panel_effects(frame["unit"], frame["year"], slopes=slopes)
    made = fitted(frame, y, ("d",), trends)
    assert_array_equal(made.separated, gone)
    # The row that is left is the only one of its unit.
    assert made.n_singletons == 1
    assert fitted(frame, y, ("d",)).n_separated == 0


def test_a_lone_row_is_no_row(frame):
    y = outcome(frame, "counts")
    lone = pd.concat([frame, frame.iloc[:1].assign(unit=99, year=2012)], ignore_index=True)
    made = fitted(lone, np.append(y, 4.0), ("d",))
    plain = fitted(frame, y, ("d",))
    assert made.n_singletons == 1
    assert np.isnan(made.fitted[-1])
    assert_allclose(made.coefficients, plain.coefficients, **SAME)
    assert_allclose(made.std_errors, plain.std_errors, **SAME)


def test_it_finds_a_true_ratio():
    rng = np.random.default_rng(8)
    unit, period = np.repeat(np.arange(400), 6), np.tile(np.arange(6), 400)
    d = ((unit % 2 == 0) & (period >= 3)).astype(float)
    mean = np.exp(0.3 * d + rng.normal(size=400)[unit] + 0.1 * period - 1)
    y = rng.poisson(mean)
    made = poisson_fit(y, d, ("d",), panel_effects(unit, period), unit)
    assert (y == 0).mean() > 0.3
    # Three errors of the one draw.
    assert abs(made.coefficients[0] - 0.3) < 3 * made.std_errors[0] < 0.3


def test_bad_input(frame):
    y = outcome(frame, "counts")
    with pytest.raises(UserError, match="negative in 1 rows, -1 at the lowest"):
        fitted(frame, np.append(y[:-1], -1.0), ("d",))
    with pytest.raises(NotIdentified) as found:
        fitted(frame, 0 * y, ("d",))
    assert found.value.reason.code == "poisson_all_zero"
    with pytest.raises(UserError, match="'outcome' has 1 missing"):
        fitted(frame, np.append(y[:-1], np.nan), ("d",))
