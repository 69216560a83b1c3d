"""Wild bootstrap of event-study terms and of combinations in the extended two-way regression.

Known answers of R's fwildclusterboot and of wildboottest rest on 99,999 draws: p within P of each.
t and estimate are printed with twelve digits. R's t counts no effects among the parameters: ours
is R's times √((N − K) / (N − k)) with K of our factor and k dummies; p does not hang on it.
"""

import numpy as np
import pytest

from pilotzone.methods.did.event_study import event_study
from pilotzone.methods.did.saturated import extended_twfe, extended_twfe_regression
from pilotzone.methods.did.terms import terms_of
from pilotzone.methods.did.twfe import panel_effects
from pilotzone.methods.inference.wild import wild_cluster_bootstrap, wild_combinations

P, GOLD, SAME = 0.005, 1e-9, 1e-9
DRAWS, SEED = 49_999, 20150307
WEIGHTS = ("rademacher", "webb")


def rng():
    return np.random.default_rng(SEED)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_every_term_of_the_event_study(frame, known2, weights):
    arrays = [frame[name].to_numpy() for name in ("y", "unit", "year", "first_treated")]
    made = event_study(*arrays, window=None)
    unit, effects = arrays[1], panel_effects(arrays[1], arrays[2])
    x, times = made.dummies.columns, made.dummies.times
    asked = (-3, -2, 0, 1, 2, 3)
    columns = np.eye(len(times))[:, [times.index(time) for time in asked]]
    tests = wild_combinations(
        arrays[0], x, columns, effects, unit, draws=DRAWS, rng=rng(), weights=weights, level=None
    )
    factor = np.sqrt((len(frame) - made.fit.k) / (len(frame) - len(times)))
    for time, test in zip(asked, tests, strict=True):
        t = factor * known2("wild_event_study", f"e{time}_t")
        np.testing.assert_allclose(test.t, t, rtol=GOLD)
        p = known2("wild_event_study", f"e{time}_p_{weights}")
        assert test.p_value == pytest.approx(p, abs=P)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_overall_effect_of_the_extended_regression(frame, known2, weights):
    arrays = [frame[name].to_numpy() for name in ("y", "unit", "year", "first_treated")]
    terms = terms_of(extended_twfe(*arrays), ("simple",))
    place = terms.names.index("overall:simple")
    what = extended_twfe_regression(*arrays)
    (test,) = wild_combinations(
        what.y,
        what.x,
        terms.weights[:, [place]],
        what.effects,
        what.unit,
        draws=DRAWS,
        rng=rng(),
        weights=weights,
        level=None,
    )
    overall = known2("etwfe_overall", "overall")
    np.testing.assert_allclose(test.coefficient, overall, rtol=GOLD)
    np.testing.assert_allclose(test.coefficient, terms.estimates[place], rtol=GOLD)
    np.testing.assert_allclose(test.std_error, terms.std_errors[place], rtol=GOLD)
    assert test.p_value == pytest.approx(known2("wild_etwfe", f"overall_p_{weights}"), abs=P)


def test_a_unit_vector_is_the_test_of_one_coefficient(frame):
    unit, year = frame["unit"].to_numpy(), frame["year"].to_numpy()
    x = frame[["d", "x1", "x2"]].to_numpy()
    arguments = panel_effects(unit, year), unit
    choices = {"draws": 199, "weights": "webb"}
    tests = wild_combinations(frame["y"], x, np.eye(3), *arguments, rng=rng(), **choices)
    for name, found in zip(("d", "x1", "x2"), tests, strict=True):
        one = wild_cluster_bootstrap(
            frame["y"], x, ("d", "x1", "x2"), name, *arguments, rng=rng(), **choices
        )
        np.testing.assert_allclose(found.t_draws, one.t_draws, rtol=SAME)
        np.testing.assert_allclose(found.interval, one.interval, rtol=SAME)


def test_a_multiple_of_a_combination_has_its_p_and_its_interval_times_that(frame):
    unit, year = frame["unit"].to_numpy(), frame["year"].to_numpy()
    x = frame[["d", "x1", "x2"]].to_numpy()
    w = np.array([0.5, -0.3, 0.2])
    one, twice = wild_combinations(
        frame["y"],
        x,
        np.column_stack([w, -2 * w]),
        panel_effects(unit, year),
        unit,
        draws=199,
        rng=rng(),
        weights="rademacher",
    )
    assert one.p_value == twice.p_value
    np.testing.assert_allclose(np.sort(-2 * np.array(one.interval)), twice.interval, rtol=SAME)
