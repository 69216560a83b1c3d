"""Dynamic effects of a dose against the authors' programs, means written out, and algebra.

Tolerances: the known answers have 12 significant digits (GOLD). Two computations of ours differ by
rounding (EXACT).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.dose_dynamic import dose_comparisons, dose_dynamic

GOLD = {"rtol": 0, "atol": 1e-9}
EXACT = {"rtol": 1e-9, "atol": 1e-11}
REFERENCE = Path(__file__).parents[2] / "reference"
PANEL = ("y", "unit", "year", "d")


@pytest.fixture(scope="module")
def provinces_2019():
    """The provinces of 2013-2019 with the share of units that hold a zone."""
    return pd.read_csv(REFERENCE / "province_2013_2019.csv")


@pytest.fixture(scope="module")
def told(known2_errors):
    """Return a function check, name -> (value, error) as the authors' convention has it."""
    return lambda check, name: known2_errors(check, (name, "moderndid 0.4.1"))


def run(frame, outcome="y", unit="unit", dose="d", **options):
    return dose_dynamic(frame[outcome], frame[unit], frame["year"], frame[dose], **options)


def as_answers(found, *, normalised=False):
    values = (found.normalised, found.normalised_errors) if normalised else None
    values = values or (found.estimates, found.std_errors)
    names = [f"{'effect' if h > 0 else 'placebo'}_{abs(h)}" for h in found.horizon]
    answers = dict(zip(names, zip(*values, strict=True), strict=True))
    return answers | {"average_total": (found.average, found.average_error)}


@pytest.mark.parametrize(
    ("check", "effects", "options"),
    [
        ("dcdh_panel", 5, {}),
        ("dcdh_panel_all", 8, {}),
        ("dcdh_panel_normalized", 5, {"normalised": True}),
        ("dcdh_panel_controls", 5, {"controls": ["x1", "x2"]}),
    ],
)
def test_known_answers_of_a_0_1_treatment(frame, told, check, effects, options):
    controls = frame[options["controls"]] if "controls" in options else None
    found = run(frame, effects=effects, placebos=3, controls=controls)
    answers = as_answers(found, normalised=options.get("normalised", False))
    assert len(answers) == effects + 4
    for name, answer in answers.items():
        assert_allclose(answer, told(check, name), **GOLD, err_msg=name)


@pytest.mark.parametrize("outcome", ["nqp", "nqp_no_ecommerce"])
@pytest.mark.parametrize("normalised", [False, True])
def test_known_answers_of_a_dose(provinces_2019, told, outcome, normalised):
    zones = {"unit": "province_code", "dose": "zone_share", "effects": 3, "placebos": 2}
    found = run(provinces_2019, outcome, **zones)
    check = f"dcdh_zone_share_{outcome}" + "_normalized" * normalised
    answers = as_answers(found, normalised=normalised)
    assert len(answers) == 6
    for name, answer in answers.items():
        assert_allclose(answer, told(check, name), **GOLD, err_msg=name)


def test_the_covariance_gives_the_joint_tests(frame, known2):
    found = run(frame, effects=5, placebos=3)
    for name, rows in (("effects", found.horizon > 0), ("placebo", found.horizon < 0)):
        inverse = np.linalg.inv(found.covariance[np.ix_(rows, rows)])
        wald = found.estimates[rows] @ inverse @ found.estimates[rows]
        p = stats.chi2.sf(wald, rows.sum())
        assert_allclose(p, known2("dcdh_panel", f"p_joint{name}"), **GOLD)


def test_effects_are_means_written_out(provinces_2019):
    """Effect 2 by loops over provinces, and which of them are compared."""
    zones = {"unit": "province_code", "dose": "zone_share"}
    found = run(provinces_2019, "nqp", **zones)
    y = provinces_2019.pivot(index="province_code", columns="year", values="nqp")
    d = provinces_2019.pivot(index="province_code", columns="year", values="zone_share")
    first = {i: next((t for t in d if d.loc[i, t] > 0), 9999) for i in d.index}
    changes, doses = [], []
    for i, f in first.items():
        if f + 1 <= 2019:
            others = [j for j, g in first.items() if g > f + 1]
            mean = np.mean([y.loc[j, f + 1] - y.loc[j, f - 1] for j in others])
            changes.append(y.loc[i, f + 1] - y.loc[i, f - 1] - mean)
            doses.append(d.loc[i, f] + d.loc[i, f + 1])
    second = found.horizon == 2
    assert_allclose(found.estimates[second], np.mean(changes), **EXACT)
    assert_allclose(found.normalised[second], np.sum(changes) / np.sum(doses), **EXACT)
    assert found.n_switchers[second] == len(changes) == 11
    assert found.n_ever == 26
    assert_array_equal(found.n_possible, found.n_switchers)


def test_switchers_without_anyone_to_compare_with_are_counted(provinces):
    """Cohorts of 2015, 2016, 2019 and 2020, nobody never treated: the last one is not compared."""
    d = ((provinces["first_treated"] <= provinces["year"]) * 1.0).rename("d")
    found = run(provinces.assign(d=d))
    assert (found.n_ever, found.n_switchers[0], found.n_possible[0]) == (30, 26, 30)
    assert found.n_controls[0] == 4
    # The cohort of 2016 has others to 2019 only, that of 2015 too.
    assert_array_equal(found.horizon[found.horizon > 0], [1, 2, 3, 4, 5])
    assert found.nobs + found.n_dropped == len(provinces)


def test_the_scale_of_the_dose_moves_only_what_is_by_unit_of_it(frame):
    one, ten = run(frame), run(frame.assign(d=10 * frame["d"]))
    assert_allclose(ten.estimates, one.estimates, **EXACT)
    assert_allclose(ten.std_errors, one.std_errors, **EXACT)
    assert_allclose(10 * ten.normalised, one.normalised, **EXACT)
    assert_allclose(10 * ten.average, one.average, **EXACT)


def test_order_names_and_effects_of_units_and_years_change_nothing(frame):
    rng = np.random.default_rng(8)
    shuffled = frame.sample(frac=1.0, random_state=5)
    moved = shuffled["y"] + 3 * shuffled["unit"] + np.sin(shuffled["year"])
    again = run(shuffled.assign(y=moved, unit="u" + shuffled["unit"].astype(str)))
    plain = run(frame)
    assert_allclose(again.estimates, plain.estimates, **EXACT)
    assert_allclose(again.std_errors, plain.std_errors, **EXACT)
    # A unit of another first dose has nobody of its own and changes nothing.
    alone = frame[frame["unit"] == frame["unit"].iloc[0]]
    alone = alone.assign(unit=99, y=rng.normal(size=len(alone)), d=np.arange(len(alone)) + 1.0)
    more = run(pd.concat([frame, alone]))
    assert_allclose(more.estimates, plain.estimates, **EXACT)
    assert_allclose(more.std_errors, plain.std_errors, **EXACT)
    assert more.n_ever == plain.n_ever + 1


def test_the_effect_of_a_dose_is_found():
    """Noise-free: three per unit of dose at once, first doses that differ, a control with 0.7."""
    rng = np.random.default_rng(2)
    rows = []
    for unit in range(40):
        start = rng.choice([3, 5, 99])
        first = rng.choice([0.0, 0.5])
        step = rng.uniform(0.5, 2)
        for t in range(8):
            dose = first + step * max(t - start + 1, 0) * (t >= start)
            x = rng.normal()
            y = unit + t**2 * (1 + first) + 3 * dose + 0.7 * x
            rows.append((unit, t, dose, x, y))
    made = pd.DataFrame(rows, columns=["unit", "year", "d", "x", "y"])
    found = run(made, controls=made[["x"]])
    assert_allclose(found.average, 3.0, rtol=1e-9)
    assert_allclose(found.estimates[found.horizon > 0] / found.dose[found.horizon > 0], 3.0)
    assert_allclose(found.estimates[found.horizon < 0], 0.0, atol=1e-9)


def test_a_unit_with_a_gap_is_dropped_and_counted(frame):
    gap = frame.drop(index=frame.index[40])
    lost = frame["unit"] == frame["unit"].iloc[40]
    found, without = run(gap), run(frame[~lost])
    assert_allclose(found.estimates, without.estimates, **EXACT)
    assert found.n_dropped == without.n_dropped + lost.sum() - 1


def test_paths_that_identify_nothing(frame):
    falls = frame.assign(d=frame["d"] * (frame["year"] < 2018))
    with pytest.raises(NotIdentified) as error:
        run(falls)
    assert error.value.reason.code == "dose_falls"
    assert error.value.reason.facts["period"] == 2018
    with pytest.raises(NotIdentified) as error:
        run(frame.assign(d=1.0))
    years = {"first": frame["year"].min(), "last": frame["year"].max()}
    assert error.value.reason == Reason("nobody_switches", years)
    with pytest.raises(NotIdentified) as error:
        run(frame.assign(d=(frame["year"] > 2015) * 1.0))
    assert error.value.reason == Reason("no_switcher_compared", {"switchers": 30})
    with pytest.raises(NotIdentified) as error:
        run(frame, controls=frame[["year"]])
    assert error.value.reason == Reason("collinear_controls")
    with pytest.raises(NotIdentified) as error:
        run(frame[frame["year"] != 2011 + frame["unit"] % 4])
    assert error.value.reason == Reason("no_unit_throughout", years)
    with pytest.raises(UserError, match="2 rows in"):
        run(pd.concat([frame, frame.iloc[:1]]))


@pytest.mark.parametrize("controls", [[], ["x"]])
def test_several_outcomes_at_once_are_each_by_itself(frame, controls):
    rng = np.random.default_rng(3)
    given = frame.assign(x=rng.normal(size=len(frame)))
    options = {"controls": given[controls] if controls else None, "placebos": 2}
    compared = dose_comparisons(given["unit"], given["year"], given["d"], **options)
    outcomes = rng.normal(size=(4, len(given))) + given["y"].to_numpy()
    found = [compared(y) for y in outcomes]
    estimates, errors = compared.several(outcomes)
    alone = [np.append(one.estimates, one.average) for one in found]
    assert_allclose(estimates, alone, **EXACT)
    alone = [np.append(one.std_errors, one.average_error) for one in found]
    assert_allclose(errors, alone, **EXACT)
    tables = np.array([compared.panel.table(y)[compared.whole] for y in outcomes])
    for part, column in zip(compared.averages(tables), (estimates, errors), strict=True):
        assert_allclose(part, column[:, -1], **EXACT)
