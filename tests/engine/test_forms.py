"""Columns of forms, of the test of the form and of synthetic controls on made-up rows.

Coefficients beside those of the methods differ by rounding (SAME).
"""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification, grid
from pilotzone.engine import synthetic_controls
from pilotzone.engine.design_audit import rollout, simulate
from pilotzone.errors import UserError, decode
from pilotzone.methods.did.poisson import poisson_fit
from pilotzone.methods.did.synthetic_control import synthetic_control
from pilotzone.methods.did.twfe import panel_effects, twfe
from pilotzone.methods.inference.cluster import encode
from pilotzone.methods.inference.fwl import fit
from pilotzone.panels.store import FolderStore

SAME = {"rtol": 1e-9, "atol": 1e-12}
CITY = {"treatment": "zone_city", "sample": "city"}


def one(store, **fields):
    (spec,) = grid(**fields)
    return engine.estimate(spec, store)


def by_term(result, field="estimate"):
    return result.terms.set_index("term")[field]


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture
def changed(store):
    """Return a function that gives the store with another outcome of the cities."""

    class Store:
        def __init__(self, change):
            self.change = change

        def panel(self, name):
            panel = store.panel(name)
            frame = panel.frame.assign(nqp_city=self.change(panel.frame))
            return dataclasses.replace(panel, frame=frame)

    return Store


def test_forms_are_the_three_regressions(store):
    made = one(store, **CITY, outcome="green_patents", estimator="forms", controls="city")
    spec = grid(**CITY, outcome="green_patents", controls="city")[0]
    data = engine.design(spec, store)
    names, x = ("zone_city", *data.control_names), np.column_stack([data.treatment, data.controls])
    effects = panel_effects(data.unit, data.period)
    ratio = poisson_fit(data.y, x, names, effects, data.unit)
    arguments = (x[:, :1], names[:1], x[:, 1:], names[1:], data.unit, data.period)
    fits = {"level": twfe(data.y, *arguments), "log": twfe(np.log(data.y), *arguments)}
    for form, single in {**fits, "poisson": ratio}.items():
        term = f"{form}:zone_city"
        assert_allclose(by_term(made)[term], single.coefficients[0], **SAME)
        assert_allclose(by_term(made, "std_error")[term], single.std_errors[0], **SAME)
    signs = np.sign([single.coefficients[0] for single in (*fits.values(), ratio)])
    (told,) = made.parts["signs"].to_dict("records")
    assert [told[form] for form in ("level", "log", "poisson")] == signs.tolist() == [1, -1, -1]
    assert told["alike"] == 0
    assert made.model["inference"] == "crv1:unit"


def test_zeros_leave_the_log_and_stay_in_poisson(changed):
    # The first unit is zero throughout, the second in its first year.
    def zeros(frame):
        units = np.unique(frame["city_code"])
        gone = (frame["city_code"] == units[0]) | (
            (frame["city_code"] == units[1]) & (frame["year"] == 2011)
        )
        return frame["nqp_city"].where(~gone, 0.0)

    made = one(changed(zeros), **CITY, outcome="nqp_city", estimator="forms")
    said = {reason.code: reason.facts["rows"] for reason in decode(made.model["reference"])}
    assert said == {"rows_without_log": 11, "rows_separated": 10}
    alone = one(changed(zeros), **CITY, outcome="nqp_city", estimator="poisson")
    assert alone.model["n_dropped"] == 10 + made.model["n_dropped"]
    assert alone.model["n_units"] == made.model["n_units"] - 1
    assert_allclose(by_term(alone)["zone_city"], by_term(made)["poisson:zone_city"], **SAME)


@pytest.mark.parametrize("estimator", ["poisson", "forms"])
def test_a_negative_outcome_has_no_form(changed, estimator):
    made = one(
        changed(lambda frame: frame["nqp_city"] - 1),
        **CITY,
        outcome="nqp_city",
        estimator=estimator,
    )
    assert made.model["identified"] == "no"
    (reason,) = decode(made.model["reason"])
    assert reason.code == "negative_outcome"
    assert reason.facts["variable"] == "nqp_city"


def test_a_constant_outcome_is_no_traceback(changed):
    for estimator in ("poisson", "forms"):
        made = one(
            changed(lambda frame: 0 * frame["nqp_city"]),
            **CITY,
            outcome="nqp_city",
            estimator=estimator,
        )
        assert made.model["identified"] == "no"
        assert decode(made.model["reason"])[0].code == "poisson_all_zero"


def test_the_form_of_the_test_does_not_matter(store, changed):
    drawn = {
        "estimator": "form_test",
        "inference": Inference("least_favourable", draws=199, seed=1),
        "options": (("bins", 10),),
    }
    plain = one(store, **CITY, outcome="nqp_city", **drawn)
    logs = one(
        changed(lambda frame: np.log(frame["nqp_city"])), **CITY, outcome="nqp_city", **drawn
    )
    assert_allclose(by_term(logs)["implied:lowest"], by_term(plain)["implied:lowest"], **SAME)
    assert_allclose(by_term(logs, "p_value")["test:form"], by_term(plain, "p_value")["test:form"])
    bins = plain.parts["bins"]
    assert_allclose(bins["share"].sum(), 1, **SAME)
    assert bins["share"].min() == by_term(plain)["implied:lowest"]
    assert (plain.model["draws"], plain.model["seed"]) == (199, 1)


def synthetic(store, **options):
    return one(
        store,
        **CITY,
        outcome="nqp_city",
        estimator="synthetic_control",
        options=tuple(options.items()),
    )


@pytest.fixture
def no_bar(monkeypatch):
    """Show synthetic controls however seldom they cover."""
    monkeypatch.setattr(synthetic_controls, "LEAST_COVERAGE", 0.0)


def test_a_synthetic_control_is_that_of_its_years_and_donors(store, no_bar):
    made = synthetic(store, cohorts="2015")
    frame = store.panel("city").frame
    rows = frame[frame["nqp_city"].notna()]
    table = rows.pivot(index="city_code", columns="year", values="nqp_city")
    cohort = rows.groupby("city_code")["cohort"].first()
    own = table.loc["330100"].dropna()
    pool = table.loc[cohort[cohort == 0].index, own.index].dropna()
    fit = synthetic_control(own.to_numpy(), pool.to_numpy(), own.index.to_numpy() >= 2015)
    assert_allclose(by_term(made)["unit:330100"], fit.estimate, **SAME)
    (unit,) = made.parts["units"].to_dict("records")
    assert (unit["donors"], unit["before"], unit["after"]) == (len(pool), 4, 5) == (147, 4, 5)
    assert unit["p_value"] == by_term(made, "p_value")["unit:330100"] == fit.p_value
    gaps = made.parts["gaps"]
    assert_allclose(gaps["observed"] - gaps["synthetic"], gaps["gap"], **SAME)
    assert_allclose(gaps.loc[gaps["year"] >= 2015, "gap"].mean(), fit.estimate, **SAME)


def test_controls_that_cover_too_seldom_are_not_shown(store):
    made = synthetic(store, cohorts="2016")
    assert (made.model["identified"], len(made.terms)) == ("no", 0)
    (reason,) = decode(made.model["reason"])
    assert (reason.code, reason.facts["cohort"]) == ("conformal_misses", 2016)
    # 96 of 119 donors; cities that zones come to later play nobody.
    assert_allclose(reason.facts["share"], 100 * 96 / 119, atol=1e-4)
    units = made.parts["units"].set_index("unit")
    assert set(units["identified"]) == {"no"}
    assert decode(units.loc["120000", "reason"]) == (reason,)
    assert not {"estimate", "p_value", "ci90_low", "ci90_high"} & set(units)
    assert units["pre_rmse"].notna().sum() == 10
    assert "gaps" not in made.parts


def test_units_without_a_control_are_named(store, no_bar):
    made = synthetic(store, cohorts="2016")
    units = made.parts["units"].set_index("unit")
    lost = units[units["identified"] == "no"]["reason"]
    codes = {unit: decode(reason)[0].code for unit, reason in lost.items()}
    assert codes == {"440300": "synthetic_control_periods", "500000": "synthetic_exact"}
    assert len(units) == 12
    shown = [unit for unit in units.index if unit not in codes]
    terms = (f"{kind}unit:{unit}" for unit in shown for kind in ("", "prefit:"))
    assert set(by_term(made).index) == {"coverage:2016", *terms}
    fitted = by_term(made)[[f"prefit:unit:{unit}" for unit in shown]]
    assert_allclose(fitted, units.loc[shown, "pre_rmse"], **SAME)
    assert_allclose(by_term(made)["coverage:2016"], 96 / 119, **SAME)
    assert units.loc[shown, ["ci90_low", "ci90_high"]].notna().any(axis=None)


def test_a_cohort_that_there_is_not(store):
    with pytest.raises(UserError, match="'cohorts' is '2014'; give years among 2015, 2016, 2019"):
        synthetic(store, cohorts="2014")
    with pytest.raises(UserError, match="'cohorts' is 'first'"):
        synthetic(store, cohorts="first")


def test_few_donors_are_no_pool(store):
    # Provinces are never treated in no year of the long panel; to 2018 nineteen are not yet.
    fields = {"outcome": "nqp", "treatment": "zone_first", "estimator": "synthetic_control"}
    made = one(store, **fields, sample="main")
    assert made.model["identified"] == "no"
    (reason,) = decode(made.model["reason"])
    assert (reason.code, reason.facts["why"].code) == ("no_synthetic_control", "few_donors")


def test_intervals_of_the_three_forms_cover_on_the_real_rollout(store):
    # 200 worlds with the roll-out of the provinces, the size and autocorrelation of the noise of
    # the log index; the level has additive worlds, logarithm and Poisson those times an effect of
    # 10 %. An exhibit shows a number where coverage is 0.90 or more.
    baseline = Specification(outcome="ln_nqp_no_ecommerce", treatment="zone_first")
    what = rollout(baseline, store)
    effects, d = panel_effects(what.unit, what.period), what.treated.astype(float)
    clusters = encode(what.unit)
    covered = {"level": [], "log": [], "poisson": []}
    for noise in simulate(what, np.random.default_rng(20250307), 200):
        arguments = (d, ("d",), effects, clusters)
        y = np.exp(noise + 0.1 * d)
        fits = {
            "level": (fit(noise + 0.1 * d, *arguments), 0.1),
            "log": (fit(np.log(y), *arguments), 0.1),
            "poisson": (poisson_fit(y, *arguments), 0.1),
        }
        for form, (made, truth) in fits.items():
            low, high = made.interval()[0]
            covered[form].append(low <= truth <= high)
    assert min(np.mean(kept) for kept in covered.values()) >= 0.90
