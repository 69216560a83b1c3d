"""The engine on a simulated panel of cities: gaps, never-treated units, several cohorts.

Tolerance: the same least squares or the same draws in another order, so rounding (EXACT).
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.engine.inference import paths
from pilotzone.errors import UserError, decode
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.event_study import event_study
from pilotzone.methods.did.matching.entropy import entropy_balance
from pilotzone.methods.did.matching.matched import matched_did
from pilotzone.methods.did.stacked import stacked
from pilotzone.methods.did.staggered_synthetic import staggered_synthetic_did
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.paths import cohort_paths
from pilotzone.methods.inference.randomisation import fake_rollout, randomise_paths
from pilotzone.panels.store import Panel

EXACT = {"rtol": 1e-9, "atol": 1e-9}
YEARS = np.arange(2011, 2021)
SIZES = {2015: 1, 2016: 12, 2019: 22, 2020: 60, 0: 182}
NAMES = list(CONTROLS["city"].variables)
# The unit with one row, the one with a hole, and the lone city of 2015.
ONCE, HOLED, LONE = "c0276", "c0275", "c0000"
WITHOUT_2015 = (("without_cohort", 2015),)


def simulate():
    """Every city in every year, and which rows the panel has."""
    rng = np.random.default_rng(2611)
    n, t = 277, len(YEARS)
    cohort = np.repeat(list(SIZES), list(SIZES.values()))
    level = rng.normal(size=(n, 1))
    x = rng.normal(size=(n, t, len(NAMES))) + 0.4 * level[..., None]
    zone = (cohort[:, None] > 0) & (cohort[:, None] <= YEARS)
    effect = np.where(zone, 0.3 + 0.1 * (YEARS - cohort[:, None]), 0.0)
    y = level + rng.normal(size=t) + effect + x @ np.linspace(0.1, 0.5, len(NAMES))
    frame = pd.DataFrame(
        {
            "city_code": np.repeat([f"c{i:04d}" for i in range(n)], t),
            "year": np.tile(YEARS, n),
            "province_code": np.repeat([f"p{i % 30:02d}" for i in range(n)], t),
            "nqp_city": (y + rng.normal(size=y.shape)).ravel(),
            "zone_city": zone.ravel().astype(int),
            "cohort": np.repeat(cohort, t),
            "resource_based": np.repeat(np.arange(n) % 3 == 0, t).astype(int),
            "municipality": np.repeat(np.arange(n) % 50 == 5, t).astype(int),
            "moderator": rng.normal(size=n * t),
        }
    ).assign(**{name: x[..., k].ravel() for k, name in enumerate(NAMES)})
    missing = (
        (rng.random(len(frame)) < 0.055)
        | ((frame["city_code"] == ONCE) & (frame["year"] != 2013))
        | ((frame["city_code"] == HOLED) & frame["year"].between(2014, 2016))
    )
    return frame, ~missing | (frame["city_code"] == LONE)


class Cities:
    """A store that holds one panel."""

    def __init__(self, frame, rollout):
        self.built = Panel("city", frame.reset_index(drop=True), "city_code", "year", rollout)

    def panel(self, name):
        return self.built

    def distances(self, name):
        units = np.unique(self.built.frame["city_code"])
        place = np.random.default_rng(1).uniform(0, 2000, (len(units), 2))
        return tuple(units), np.linalg.norm(place[:, None] - place, axis=2)


@pytest.fixture(scope="module")
def cities():
    whole, kept = simulate()
    frame = whole[kept].copy()
    size = frame.groupby("city_code")["year"].transform("size")
    frame["balanced"] = (size == len(YEARS)).astype(int)
    holes = np.random.default_rng(9).random((len(frame), 2)) < 0.02
    frame["fdi_share"] = frame["fdi_share"].mask(holes[:, 0])
    frame["moderator"] = frame["moderator"].mask(holes[:, 1] & (frame["city_code"] != LONE))
    frame.loc[frame["city_code"] == "c0100", "moderator"] = np.nan
    return Cities(frame, whole[["city_code", "year", "zone_city"]])


def spec_of(estimator="twfe", *, sample="city", draws=None, kind="", **more):
    return Specification(
        outcome="nqp_city",
        treatment="zone_city",
        sample=sample,
        estimator=estimator,
        inference=Inference(kind, draws=draws, seed=None if draws is None else 7),
        **more,
    )


def rows_of(cities, *, controls=False, once=False):
    """The panel's rows that a two-way regression uses."""
    frame = cities.built.frame
    frame = frame if once else frame[frame["city_code"] != ONCE]
    return frame.dropna(subset=NAMES) if controls else frame


def terms_of(result):
    return result.terms.set_index("term")


@pytest.mark.parametrize("controls", ["none", "city"])
def test_rows_of_a_two_way_fit(cities, controls):
    names = list(CONTROLS[controls].variables)
    result = engine.estimate(spec_of(controls=controls), cities)
    used = rows_of(cities, controls=bool(names))
    fit = twfe(
        used["nqp_city"],
        used["zone_city"],
        ["zone_city"],
        used[names],
        names,
        used["city_code"],
        used["year"],
    )
    found = terms_of(result).loc["zone_city"]
    assert_allclose(found["estimate"], fit.coefficients[0], **EXACT)
    assert_allclose(found["std_error"], fit.std_errors[0], **EXACT)
    assert result.model["nobs"] == len(used)
    assert result.model["n_dropped"] == len(cities.built.frame) - len(used) > 0
    assert result.model["n_units"] == result.model["n_clusters"] == 276
    assert result.model["n_treated"] == used[used["zone_city"] == 1]["city_code"].nunique()


def test_cities_alone_in_their_province_and_year_are_counted(cities):
    lonely = cities.built.frame["city_code"].isin(["c0010", "c0200"])
    province = cities.built.frame["province_code"].where(~lonely, cities.built.frame["city_code"])
    frame = cities.built.frame.assign(province_code=province)
    store = Cities(frame, cities.built.rollout)
    result = engine.estimate(spec_of(effects="province_year"), store)
    alone = lonely | (frame["city_code"] == ONCE)
    assert result.model["nobs"] == len(frame) - alone.sum()
    assert result.model["n_dropped"] == alone.sum()
    assert result.model["n_units"] == 274
    rest = frame[~alone]
    assert result.model["n_treated"] == rest[rest["zone_city"] == 1]["city_code"].nunique()
    by_province = frame["province_code"] + "#" + frame["year"].astype(str)
    effects = FixedEffects([rest["city_code"], by_province[~alone]])
    assert effects.n_singletons == 0


@pytest.mark.parametrize(
    "kind", ["crv3", "driscoll_kraay_2", "conley_300", "wild_rademacher", "permutation"]
)
def test_every_kind_of_inference_is_as_if_the_singleton_were_not_there(cities, kind):
    frame = cities.built.frame
    without = Cities(frame[frame["city_code"] != ONCE], cities.built.rollout)
    # Both stores put a city at the same place.
    without.distances = lambda name: cities.distances(name)
    draws = 99 if kind in ("wild_rademacher", "permutation") else None
    spec = spec_of(kind=kind, draws=draws, controls="city")
    one, two = engine.estimate(spec, cities), engine.estimate(spec, without)
    pd.testing.assert_frame_equal(one.terms, two.terms, rtol=1e-9)
    assert one.model["nobs"] == two.model["nobs"]
    assert one.model["n_dropped"] == two.model["n_dropped"] + 1


def test_permuted_paths_come_from_the_rollout(cities):
    spec = spec_of("permuted_paths", draws=60, controls="city")
    result = engine.estimate(spec, cities)
    used = rows_of(cities, controls=True)
    cohort = used.groupby("city_code")["cohort"].first()
    test = randomise_paths(
        used["nqp_city"],
        cohort_paths(cohort.index, YEARS, cohort.to_numpy()),
        used[NAMES],
        FixedEffects([used["city_code"], used["year"]]),
        used["city_code"],
        used["city_code"],
        used["year"],
        draws=60,
        rng=np.random.default_rng(7),
    )
    assert_allclose(result.parts["draws"]["coefficient"], test.coefficients, **EXACT)
    assert_allclose(result.parts["draws"]["t"], test.t_draws, **EXACT)
    assert terms_of(result).loc["test:on_t", "p_value"] == test.p_value
    assert result.model["n_dropped"] == len(cities.built.frame) - len(used)


def test_fake_rollouts_keep_the_cohorts(cities):
    result = engine.estimate(spec_of("fake_rollout", draws=60), cities)
    used = rows_of(cities)
    test = fake_rollout(
        used["nqp_city"],
        used["cohort"],
        None,
        FixedEffects([used["city_code"], used["year"]]),
        used["city_code"],
        used["city_code"],
        used["year"],
        draws=60,
        rng=np.random.default_rng(7),
    )
    assert_allclose(result.parts["draws"]["coefficient"], test.coefficients, **EXACT)


def test_paths_that_are_not_in_the_rollout_are_refused(cities):
    lagged = spec_of(kind="permutation", draws=5, options=(("transform", "lag"),))
    with pytest.raises(UserError, match="'zone_city' is not the one of the roll-out in all rows"):
        engine.estimate(lagged, cities)
    nameless = Cities(cities.built.frame, cities.built.rollout.rename(columns={"zone_city": "z"}))
    with pytest.raises(UserError, match="the roll-out of the city panel has no 'zone_city'"):
        paths.treatment_paths(
            dataclasses.replace(engine.design(spec_of(), cities), whole=nameless.built), "unit"
        )
    holed = Cities(cities.built.frame, cities.built.rollout.iloc[5:])
    with pytest.raises(UserError, match="do not hold complete treatment paths"):
        engine.estimate(spec_of("permuted_paths", draws=5), holed)


def test_paths_of_a_balanced_sample_are_those_of_its_rows(cities):
    data = engine.design(spec_of(sample="balanced"), cities)
    table = paths.treatment_paths(data, "unit")
    frame = data.frame.pivot(index="city_code", columns="year", values="zone_city")
    assert_array_equal(table.values, frame.to_numpy())
    assert len(table.units) < 277


def test_in_time_placebo_counts_what_it_uses(cities):
    result = engine.estimate(spec_of("twfe", options=(("years_early", 2),)), cities)
    used = rows_of(cities)
    used = used[(used["cohort"] == 0) | (used["year"] < used["cohort"])]
    fake = (used["cohort"] > 0) & (used["year"] >= used["cohort"] - 2)
    fit = twfe(used["nqp_city"], fake, ["d"], None, [], used["city_code"], used["year"])
    assert_allclose(terms_of(result).loc["zone_city", "estimate"], fit.coefficients[0], **EXACT)
    assert result.model["nobs"] + result.model["n_dropped"] == len(cities.built.frame)
    assert result.model["nobs"] == fit.nobs
    assert result.model["n_units"] == fit.n_clusters


@pytest.mark.parametrize(
    ("estimator", "window", "effects"),
    [
        ("event_study", (-4, 4), "two_way"),
        ("event_study", (-4, 4), "unit_trends"),
        ("event_study_unbinned", None, "two_way"),
    ],
)
def test_event_studies(cities, estimator, window, effects):
    spec = spec_of(estimator, draws=10, effects=effects, controls="city")
    result = engine.estimate(spec, cities)
    used = rows_of(cities, controls=True)
    trends = [(used["city_code"], used["year"])] if effects == "unit_trends" else []
    study = event_study(
        used["nqp_city"],
        used["city_code"],
        used["year"],
        used["cohort"],
        window=window,
        controls=used[NAMES],
        control_names=NAMES,
        slopes=trends,
    )
    found = terms_of(result).loc[list(study.dummies.names)]
    k = len(study.dummies.times)
    assert_allclose(found["estimate"], study.fit.coefficients[:k], **EXACT)
    assert_allclose(found["std_error"], study.fit.std_errors[:k], **EXACT)
    assert result.model["n_dropped"] == len(cities.built.frame) - len(used)
    support = result.parts["support"].set_index("term")
    # A city of 2020 is seen at -9 if it has the row of 2011.
    first = used[(used["cohort"] == 2020) & (used["year"] == 2011)]
    if window is None:
        assert support.loc["event:-9", "n_units"] == len(first)


def test_an_unbinned_path_beside_trends_is_not_identified(cities):
    spec = spec_of("event_study_unbinned", draws=10, effects="unit_trends")
    result = engine.estimate(spec, cities)
    assert result.model["identified"] == "no"
    (reason,) = decode(result.model["reason"])
    assert (reason.code, reason.facts["missing"]) == ("rank_deficient", 1)
    assert reason.facts["effects"] == ("unit", "period", "slopes")
    with pytest.raises(UserError, match="effects 'period' is not known; known: two_way, unit_tr"):
        spec_of("event_study", draws=10, effects="period")


def test_robust_intervals_of_one_cohort_against_the_never_treated(cities):
    frame = cities.built.frame
    pair = Cities(frame[frame["cohort"].isin([0, 2019])], cities.built.rollout)
    result = engine.estimate(spec_of("honest_did"), pair)
    used = pair.built.frame[pair.built.frame["city_code"] != ONCE]
    study = event_study(
        used["nqp_city"], used["city_code"], used["year"], used["cohort"], window=None
    )
    found = terms_of(result)
    assert_allclose(
        found.loc[list(study.dummies.names), "estimate"], study.fit.coefficients, **EXACT
    )
    mean = study.fit.coefficients[study.lags].mean()
    assert_allclose(found.loc["overall:post", "estimate"], mean, **EXACT)
    with pytest.raises(UserError, match="has treated cohorts 2015, 2016, 2019, 2020;"):
        engine.estimate(spec_of("honest_did"), cities)


def test_bands_of_the_multiplier_bootstrap(cities):
    spec = spec_of("callaway_santanna", options=WITHOUT_2015, kind="multiplier", draws=999)
    plain = engine.estimate(dataclasses.replace(spec, inference=""), cities)
    result = engine.estimate(spec, cities)
    assert "bands" not in plain.parts
    alone = result.terms["term"].str.startswith("att:2015")
    pd.testing.assert_frame_equal(
        result.terms[~alone].dropna(subset="std_error", ignore_index=True),
        plain.terms.dropna(subset="std_error", ignore_index=True),
    )
    bands, terms = result.parts["bands"].set_index("term"), terms_of(result)
    assert all(term.startswith("event:") for term in bands.index)
    inside = terms.loc[bands.index]
    reach = bands["critical"] * inside["std_error"]
    assert_allclose(bands["ci_low"], inside["estimate"] - reach, **EXACT)
    assert_allclose(bands["ci_high"], inside["estimate"] + reach, **EXACT)
    # Above one normal quantile; below that of as many independent terms, times t(11) to normal.
    assert bands["critical"].between(1.96, 3.2 * 2.2 / 1.96).all()
    again = engine.estimate(spec, cities)
    pd.testing.assert_frame_equal(again.parts["bands"], result.parts["bands"])
    with pytest.raises(UserError, match="'multiplier' draws here: name draws and a seed"):
        spec_of("callaway_santanna", kind="multiplier")


def test_callaway_santanna_names_gaps_and_permutes_the_lone_city(cities):
    spec = spec_of("callaway_santanna", kind="permutation", draws=100)
    result = engine.estimate(spec, cities)
    frame = cities.built.frame
    effects = callaway_santanna(
        frame["nqp_city"], frame["city_code"], frame["year"], frame["cohort"]
    )
    assert result.model["nobs"] == effects.nobs
    assert result.model["n_dropped"] == effects.n_dropped == len(frame) - effects.nobs
    gaps = effects.n_missing[effects.event >= 0].max()
    said = {reason.code: reason.facts for reason in decode(result.model["reference"])}
    assert said["units_lack_a_year"] == {"units": gaps}
    terms = terms_of(result)
    lone = terms[terms.index.str.startswith("att:2015")]
    assert len(lone) == 9
    assert set(lone["distribution"]) == {"permutation"}
    assert lone["p_value"].between(1 / 101, 1).all()
    # By hand: the change of the lone city against all that are untreated and seen in both years.
    y = frame.pivot(index="city_code", columns="year", values="nqp_city")
    g = frame.groupby("city_code")["cohort"].first()
    change = y[2018] - y[2014]
    by_hand = change[LONE] - change[(g == 0) | (g > 2018)].mean()
    assert_allclose(lone.loc["att:2015:2018", "estimate"], by_hand, **EXACT)


def test_stack_takes_several_cohorts_with_a_window(cities):
    frame = cities.built.frame
    spec = spec_of("stacked", controls="city", options=(("window", "-3 1"),))
    result = engine.estimate(spec, cities)
    used = frame.dropna(subset=NAMES)
    made = stacked(
        used["nqp_city"],
        used["city_code"],
        used["year"],
        used["cohort"],
        window=(-3, 1),
        controls=used[NAMES],
    )
    terms = terms_of(result)
    assert list(terms.index) == ["overall:simple", *(f"event:{e}" for e in (-3, -2, 0, 1))]
    assert_allclose(terms["estimate"].iloc[0], made.overall.coefficients[0], **EXACT)
    assert_allclose(terms["std_error"].iloc[1:], made.events.std_errors[:4], **EXACT)
    model = result.model
    assert model["nobs"] == made.overall.nobs
    assert model["n_dropped"] == made.n_dropped + len(frame) - len(used)
    (outside,) = decode(model["reason"])
    years = {"start": 2017, "end": 2021, "first": 2011, "last": 2020}
    assert (outside.code, outside.facts) == ("window_outside", {"cohort": 2020, **years})
    (sizes,) = decode(model["reference"])
    assert sizes.facts["sizes"] == ((2015, 1, 264), (2016, 12, 264), (2019, 22, 182))
    nameless = engine.estimate(spec_of("stacked"), cities)
    assert nameless.model["identified"] == "no"
    (reason,) = decode(nameless.model["reason"])
    assert reason.code == "several_cohorts"
    with pytest.raises(UserError, match="option 'window' is 'wide'; give the first and last"):
        engine.estimate(spec_of("stacked", options=(("window", "wide"),)), cities)


def test_synthetic_did_of_several_cohorts(cities):
    frame = cities.built.frame
    gaps = (frame.groupby("city_code").size() < 10).sum()
    spec = spec_of("synthetic_did", draws=4)
    with pytest.raises(
        UserError, match=f"sample 'city' is unbalanced: {gaps} of 277 units lack a year"
    ):
        engine.estimate(spec, cities)
    result = engine.estimate(dataclasses.replace(spec, sample="balanced"), cities)
    balanced = frame[frame["balanced"] == 1]
    y = balanced.pivot(index="city_code", columns="year", values="nqp_city")
    cohort = balanced.groupby("city_code")["cohort"].first().to_numpy()
    drawn = {"draws": 4, "rng": np.random.default_rng(7)}
    made = staggered_synthetic_did(y.to_numpy(), cohort, YEARS, errors="larger", **drawn)
    terms = terms_of(result)
    names = ["overall:simple", "cohort:2015", "cohort:2016", "cohort:2019", "cohort:2020"]
    fits = (made, *made.fits)
    assert_allclose(terms.loc[names, "estimate"], [f.estimate for f in fits], **EXACT)
    assert_allclose(terms.loc[names, "std_error"], made.std_errors, **EXACT)
    assert_allclose(terms.loc["placebo:overall:simple", "estimate"], made.std_error, **EXACT)
    # The cohort of 2015 is one city: the mean has no jackknife, which is said.
    assert "jackknife:overall:simple" not in terms.index
    events = [f"event:{e}" for e in made.events]
    assert_allclose(terms.loc[events, "estimate"], made.path, **EXACT)
    weighted, undefined = decode(result.model["reference"])
    assert undefined.code == "jackknife_undefined"
    assert weighted.code == "weighted_cohorts"
    assert weighted.facts["controls"] == made.n_controls
    assert weighted.facts["sizes"][0][:2] == (2015, 1)


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        ("sun_abraham", WITHOUT_2015),
        ("extended_twfe", WITHOUT_2015),
        ("imputation", WITHOUT_2015),
        ("stacked", (("window", "-3 1"),)),
    ],
)
def test_controls_reach_the_estimator(cities, estimator, options):
    errors = [
        terms_of(engine.estimate(spec_of(estimator, controls=c, options=options), cities)).loc[
            "overall:simple", "std_error"
        ]
        for c in ("city", "none")
    ]
    assert abs(errors[0] / errors[1] - 1) > 0.01


@pytest.mark.parametrize(
    ("estimator", "choice", "message"),
    [
        ("goodman_bacon", {"controls": "city"}, "by goodman_bacon: .* takes no controls"),
        ("synthetic_did", {"controls": "city", "draws": 3}, "by synthetic_did: .* no controls"),
        ("goodman_bacon", {"effects": "unit_trends"}, "effects 'unit_trends' .* known: two_way$"),
        ("imputation", {"effects": "industry_year"}, "effects 'industry_year' .* province_year$"),
        ("imputation", {"effects": "unit_trends+unit"}, "effects 'unit' .* known: two_way, unit_"),
        ("entropy_balancing", {"effects": "unit_trends"}, "'unit_trends' .* known: two_way$"),
    ],
)
def test_what_an_estimator_would_leave_out_is_refused(estimator, choice, message):
    with pytest.raises(UserError, match=message):
        spec_of(estimator, sample="balanced", **choice)


def test_matching_on_declared_covariates_and_years(cities):
    frame = cities.built.frame
    # A city without a row up to 2014 can't be matched.
    late = Cities(
        frame[(frame["city_code"] != HOLED) | (frame["year"] > 2014)], cities.built.rollout
    )
    options = (("covariates", "urbanisation finance"), ("covariate_years", "2011 2014"))
    result = engine.estimate(spec_of("entropy_balancing", options=options), late)
    rows = late.built.frame
    early = rows[rows["year"] <= 2014].groupby("city_code")[["urbanisation", "finance"]].mean()
    treated = rows.groupby("city_code")["cohort"].first().loc[early.index].to_numpy() > 0
    made = entropy_balance(early.to_numpy(), treated, ["urbanisation", "finance"])
    used = rows[rows["city_code"] != HOLED]
    fit = matched_did(
        used["nqp_city"],
        used["city_code"],
        used["year"],
        used["zone_city"],
        dict(zip(early.index, made.weights, strict=True)),
    ).fit
    assert_allclose(terms_of(result).loc["zone_city", "estimate"], fit.coefficients[0], **EXACT)
    assert result.model["n_units"] == 275
    assert result.model["nobs"] == fit.nobs == len(used) - 1
    assert result.model["n_dropped"] == len(rows) - fit.nobs
    assert set(result.parts["balance"]["variable"]) == {"urbanisation", "finance"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((("covariate_years", "2011 2015"),), "a unit is treated in 2015; end 'covariate_years'"),
        ((("covariate_years", "2014"),), "give the first and last year, such as '2013 2014'"),
        ((("covariates", "wealth"),), "the city panel has no column 'wealth'"),
    ],
)
def test_covariates_that_cannot_be_used_are_refused(cities, options, message):
    base = {"covariates": "urbanisation", "covariate_years": "2011 2014"}
    spec = spec_of("psm_nearest", options=tuple((base | dict(options)).items()))
    with pytest.raises(UserError, match=message):
        engine.estimate(spec, cities)


def test_groups_of_cities_have_their_names(cities):
    for by, names in (
        ("resource_based", ("not_resource_based", "resource_based")),
        ("municipality", ("city", "municipality")),
    ):
        spec = spec_of("heterogeneity", options=(("by", by),))
        terms = terms_of(engine.estimate(spec, cities))
        assert list(terms.index[:2]) == [f"zone_city#{name}" for name in names]
    used = rows_of(cities)
    columns = np.column_stack([used["zone_city"] * (used["municipality"] == v) for v in (0, 1)])
    fit = twfe(used["nqp_city"], columns, ["a", "b"], None, [], used["city_code"], used["year"])
    assert_allclose(terms["estimate"].iloc[:2], fit.coefficients, **EXACT)


def test_a_group_without_a_treated_city_is_not_identified(cities):
    frame = cities.built.frame.assign(coastal=lambda f: (f["cohort"] == 0).astype(int))
    store = Cities(frame, cities.built.rollout)
    result = engine.estimate(spec_of("heterogeneity", options=(("by", "coastal"),)), store)
    (reason,) = decode(result.model["reason"])
    assert (reason.code, reason.facts) == ("group_without_treated", {"group": "coastal"})
    spec = spec_of("heterogeneity", options=(("by", "coastal"),))
    odd = Cities(frame.assign(coastal=2), cities.built.rollout)
    with pytest.raises(UserError, match="'coastal' should be 0 or 1; it is 2 for some unit"):
        engine.estimate(spec, odd)


def test_a_moderator_with_gaps_costs_rows_that_are_counted(cities):
    frame = cities.built.frame
    usual = (("moderator", "moderator"),)
    now = engine.estimate(
        spec_of("moderation", options=(*usual, ("timing", "contemporaneous"))), cities
    )
    used = rows_of(cities).dropna(subset="moderator")
    z = used["moderator"] - rows_of(cities, once=True)["moderator"].mean()
    z = z / rows_of(cities, once=True)["moderator"].std(ddof=0)
    columns = np.column_stack([used["zone_city"], used["zone_city"] * z, z])
    fit = twfe(used["nqp_city"], columns, list("abc"), None, [], used["city_code"], used["year"])
    assert_allclose(now.terms["estimate"], fit.coefficients, **EXACT)
    assert now.model["nobs"] == fit.nobs
    assert now.model["n_dropped"] == len(frame) - fit.nobs
    first = engine.estimate(spec_of("moderation", options=(*usual, ("timing", "initial"))), cities)
    # Only the city that never has a value is lost, and the one with a single row.
    lost = (frame["city_code"] == "c0100").sum() + 1
    assert first.model["n_dropped"] == lost
    assert first.model["n_units"] == 275
    mediated = engine.estimate(
        spec_of("mediation", kind="bootstrap", draws=50, options=(("mediator", "moderator"),)),
        cities,
    )
    assert mediated.model["nobs"] == now.model["nobs"]
    assert mediated.model["n_dropped"] == now.model["n_dropped"]


def test_a_sample_without_gaps_refuses_a_moderator_with_gaps(cities):
    spec = spec_of(
        "moderation",
        sample="main",
        options=(("moderator", "moderator"), ("timing", "contemporaneous")),
    )
    with pytest.raises(UserError, match=r"'moderator' is missing for .* of sample 'main'"):
        engine.estimate(spec, cities)


def test_leaving_each_city_out(cities):
    frame = cities.built.frame
    some = frame["city_code"].isin([f"c{i:04d}" for i in (*range(9), 275, 276)])
    store = Cities(frame[some], cities.built.rollout)
    result = engine.estimate(spec_of("leave_one_out"), store)
    table = result.parts["left_out"].set_index("left_out")
    assert len(table) == 11
    whole = terms_of(result).loc["zone_city", "estimate"]
    assert_allclose(table.loc[ONCE, "estimate"], whole, **EXACT)
    rest = frame[some & (frame["city_code"] != "c0003")]
    fit = twfe(
        rest["nqp_city"], rest["zone_city"], ["d"], None, [], rest["city_code"], rest["year"]
    )
    assert_allclose(table.loc["c0003", "estimate"], fit.coefficients[0], **EXACT)
