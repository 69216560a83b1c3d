"""What columns hold constant beside units and years: groups, moderators and size by year; exposure.

EXACT: the same normal equations with all dummies, solved twice on 300 to 2,600 rows.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Specification, cut
from pilotzone.engine import groups, imputed
from pilotzone.errors import Reason, UserError, decode
from pilotzone.methods.did.imputation import imputation
from pilotzone.methods.did.long_difference import long_difference
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.panels.store import FolderStore

EXACT = {"rtol": 1e-7, "atol": 1e-12}
DIGITAL = (("moderator", "digital_finance_index"), ("timing", "initial"))
COAST = (("by", "coastal"),)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


class Other:
    """A store whose panel of a name has other columns."""

    def __init__(self, store, name, **columns):
        self.store, self.name, self.columns = store, name, columns

    def panel(self, name):
        panel = self.store.panel(name)
        if name != self.name:
            return panel
        return dataclasses.replace(panel, frame=panel.frame.assign(**self.columns))

    def __getattr__(self, name):
        return getattr(self.store, name)


def province(**fields):
    usual = {"outcome": "nqp_no_digital_finance", "treatment": "zone_first"}
    return Specification(**{**usual, **fields})


def city(**fields):
    usual = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "city"}
    return Specification(**{**usual, **fields})


def why(spec, store):
    """Return the reason for which a column is not identified."""
    result = engine.estimate(spec, store)
    assert (result.model["identified"], len(result.terms)) == ("no", 0)
    (reason,) = decode(result.model["reason"])
    return reason.code, reason.facts


def dummies(values):
    return pd.get_dummies(pd.Series(values)).to_numpy(float)


def explicit(rows, columns, effects):
    """Coefficients and errors by unit with all effects as columns; K counts their whole rank."""
    unit = dummies(rows["unit"])
    effects = np.column_stack([unit, *effects])
    both = np.column_stack([rows["y"], *columns]).astype(float)
    # Columns are scaled, so that least squares judges their rank by direction alone.
    scaled = effects / np.maximum(np.linalg.norm(effects, axis=0), 1e-300)
    free = both - scaled @ np.linalg.lstsq(scaled, both, rcond=1e-10)[0]
    x, bread = free[:, 1:], np.linalg.inv(free[:, 1:].T @ free[:, 1:])
    beta = bread @ x.T @ free[:, 0]
    scores = unit.T @ (x * (free[:, 0] - x @ beta)[:, None])
    n, g = len(rows), unit.shape[1]
    k = x.shape[1] + np.linalg.matrix_rank(scaled, tol=1e-8) - g + 1
    factor = g / (g - 1) * (n - 1) / (n - k)
    return beta, np.sqrt(np.diag(factor * bread @ scores.T @ scores @ bread))


def provinces(store):
    frame = store.panel("province").frame
    frame = frame[frame["year"].between(2013, 2022) & (frame["province_code"] != "540000")]
    frame = frame.rename(columns={"province_code": "unit", "nqp_no_digital_finance": "y"})
    return frame.sort_values(["unit", "year"]).reset_index(drop=True)


def of_first_year(rows, name):
    return rows.groupby("unit")[name].transform("first").to_numpy(float)


@pytest.mark.parametrize("effects", ["moderator_year", "unit_trends+moderator_year"])
def test_a_moderator_by_year_is_the_explicit_regression(store, effects):
    rows = provinces(store)
    z = of_first_year(rows, "digital_finance_index")
    z = (z - z.mean()) / z.std()
    year = dummies(rows["year"])
    held = [year, year * z[:, None]]
    if "trends" in effects:
        held.append(dummies(rows["unit"]) * (rows["year"].to_numpy() - 2017.5)[:, None])
    columns = [rows["zone_first"], rows["zone_first"] * z]
    beta, errors = explicit(rows, columns, held)
    spec = province(estimator="moderation", options=DIGITAL, effects=effects)
    found = engine.estimate(spec, store).terms
    assert_allclose(found["estimate"], beta, **EXACT)
    assert_allclose(found["std_error"], errors, **EXACT)


def test_a_group_by_year_is_the_explicit_regression(store):
    rows = provinces(store)
    group = rows["coastal"].map({0: "inland", 1: "coastal"})
    held = [dummies(group + rows["year"].astype(str))]
    columns = [rows["zone_first"] * (group == level) for level in ("coastal", "inland")]
    beta, errors = explicit(rows, columns, held)
    spec = province(estimator="heterogeneity", options=COAST, effects="group_year")
    found = engine.estimate(spec, store).terms
    assert_allclose(found["estimate"][:2], beta, **EXACT)
    assert_allclose(found["std_error"][:2], errors, **EXACT)
    # With a group's own path an effect is that of the group alone.
    alone = rows[rows["coastal"] == 1].reset_index(drop=True)
    own, _ = explicit(alone, [alone["zone_first"]], [dummies(alone["year"])])
    assert_allclose(found["estimate"][0], own[0], **EXACT)


def test_size_by_year_is_the_explicit_regression(store):
    rows = provinces(store)
    year, held = dummies(rows["year"]), [dummies(rows["year"])]
    for name in ("population_10k", "gdp_per_capita"):
        size = np.log(of_first_year(rows, name))
        held.append(year * (size - size.mean())[:, None])
    beta, errors = explicit(rows, [rows["zone_first"]], held)
    found = engine.estimate(province(effects="size_year"), store).terms
    assert_allclose([*found["estimate"], *found["std_error"]], [*beta, *errors], **EXACT)


def test_a_moderator_with_a_path_of_its_own():
    """Zones at random: without moderator × year 5 % tests reject nearly always, with it rarely."""
    rng = np.random.default_rng(13)
    n, t, draws = 30, 10, 150
    unit, year = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
    z = rng.normal(size=n)[unit]
    effects = [FixedEffects((unit, year), slopes) for slopes in ((), ((year, z),))]
    rejected = np.zeros(2)
    for _ in range(draws):
        start = rng.choice([2, 3, 6, 7, 10], size=n)[unit]
        d = (year >= start).astype(float)
        y = 0.5 * z * year + rng.normal(size=n * t)
        for k, held in enumerate(effects):
            result = fit(y, np.column_stack([d, d * z]), ("d", "dz"), held, unit)
            rejected[k] += result.p_values[1] < 0.05
    assert rejected[0] / draws > 0.8
    # Thirty clusters over-reject a little; 150 draws have a sd of 0.018.
    assert rejected[1] / draws < 0.13


def test_what_moderator_by_year_absorbs_is_not_identified(store):
    frame = store.panel("province").frame
    together = (frame["year"] >= 2016) * (frame["province_code"] > "300000") * 1.0
    moderator = (frame["province_code"] > "300000") * 1.0
    other = Other(store, "province", zone_first=together, education_budget_share=moderator)
    options = (("moderator", "education_budget_share"), ("timing", "initial"))
    spec = province(estimator="moderation", options=options, effects="moderator_year")
    code, facts = why(spec, other)
    assert code == "no_variation"
    assert "zone_first" in facts["variables"]
    # Without moderator × year the two terms are collinear in the same way.
    assert why(province(estimator="moderation", options=options), other)[0] == "collinear"


def test_a_group_treated_at_once_has_no_effect_net_of_its_path(store):
    frame = store.panel("province").frame
    at_once = np.where(frame["coastal"] == 1, frame["year"] >= 2016, frame["zone_first"]) * 1.0
    spec = province(estimator="heterogeneity", options=COAST, effects="group_year")
    code, facts = why(spec, Other(store, "province", zone_first=at_once))
    assert (code, facts["variables"]) == ("no_variation", ("zone_first#coastal",))


def test_moderators_that_are_none(store):
    constant = Other(store, "province", openness=1.0)
    spec = province(estimator="moderation", options=(("moderator", "openness"), DIGITAL[1]))
    assert why(spec, constant) == ("constant_moderator", {"variable": "openness"})
    for outcome, estimator, options in (
        ("nqp", "moderation", DIGITAL),
        ("nqp", "heterogeneity", (("by", "digital_finance_index"),)),
    ):
        wrong = province(outcome=outcome, estimator=estimator, options=options)
        with pytest.raises(UserError) as error:
            engine.estimate(wrong, store)
        assert str(error.value).startswith(
            "'digital_finance_index' is an indicator of the outcome 'nqp'"
        )
        assert "\n" not in str(error.value)
    spec = city(
        outcome="ln_nqp_city", estimator="heterogeneity", options=(("by", "science_share"),)
    )
    with pytest.raises(UserError, match="'science_share' is an indicator of the outcome 'ln_nqp"):
        engine.estimate(spec, store)


def test_sizes_without_a_logarithm_are_counted(store):
    frame = store.panel("province").frame
    none = frame["population_10k"].where(frame["province_code"] >= "130000", 0)
    with pytest.raises(UserError, match=r"ln population_10k × period: 2 of 30 units have zero"):
        engine.estimate(
            province(effects="size_year"), Other(store, "province", population_10k=none)
        )
    with pytest.raises(UserError, match="the city_sums panel has no column 'population_10k'"):
        engine.estimate(
            Specification(
                outcome="nqp_city", treatment="zone_share", sample="city_sums", effects="size_year"
            ),
            store,
        )


# Common cohorts.


def cohort_and_group(store, by="resource_based"):
    frame = store.panel("city").frame
    return frame.groupby("city_code")[["cohort", by]].first()


def test_common_cohorts_are_counted(store):
    options = (("by", "resource_based"), ("units_per_cohort", 10))
    result = engine.estimate(city(estimator="heterogeneity", options=options), store)
    units = cohort_and_group(store)
    table = pd.crosstab(units["cohort"], units["resource_based"])
    kept = [g for g in table.index if g > 0 and table.loc[g].min() >= 10]
    assert kept == [2020]
    left_out = int((~units["cohort"].isin([0, *kept])).sum())
    (reason,) = decode(result.model["reference"])
    assert reason.facts == {"cohorts": (2020,), "units": left_out}
    # The same as on the sample without the other cohorts.
    others = tuple(("cohort", g) for g in table.index if g not in (0, *kept))
    sample = cut("city", id="city_2020", words=("2020", "2020"), without=others)
    spec = city(estimator="heterogeneity", options=options[:1], sample=sample)
    assert_allclose(
        result.terms["estimate"][:2], engine.estimate(spec, store).terms["estimate"][:2]
    )
    rows = store.panel("city").frame
    assert result.model["n_dropped"] == len(rows) - result.model["nobs"]


def test_no_common_cohort_is_said(store):
    spec = city(
        estimator="long_difference",
        effects="group_year",
        options=(("by", "municipality"), ("units_per_cohort", 10)),
    )
    assert why(spec, store) == (
        "no_common_cohort",
        {"units": 10, "cohort": 2016, "fewest": 3},
    )
    late = dataclasses.replace(
        spec, sample=cut("city", id="late", words=("l", "l"), first_year=2020)
    )
    assert why(late, store)[0] in ("group_without_treated", "nobody_treated_after_a_year")


def test_long_differences_are_those_of_the_method(store):
    options = (("by", "coastal"), ("units_per_cohort", 10))
    spec = city(estimator="long_difference", effects="group_year+unit_trends", options=options)
    result = engine.estimate(spec, store)
    data = groups.with_groups(engine.design(spec, store))
    group = data.frame["coastal"].map({0: "inland", 1: "coastal"}).to_numpy()
    made = long_difference(data.y, data.unit, data.period, data.cohort, group, unit_trends=True)
    found = result.terms.set_index("term")
    names = [f"zone_city#{name}" for name in ("coastal", "inland")]
    assert_allclose(found.loc[names, "estimate"], made.coefficients, **EXACT)
    gap = found.loc["difference:zone_city#inland"]
    assert_allclose(gap["estimate"], made.coefficients[1] - made.coefficients[0], **EXACT)
    variance = made.covariance[0, 0] + made.covariance[1, 1] - 2 * made.covariance[0, 1]
    assert_allclose(gap["std_error"], np.sqrt(variance), **EXACT)
    assert_allclose(found.loc["test:equality", "statistic"], gap["statistic"] ** 2, **EXACT)
    assert gap["df"] == str(result.model["n_clusters"] - 1)
    rows = len(store.panel("city").frame)
    assert result.model["nobs"] + result.model["n_dropped"] == rows


def test_groups_of_few_treated_units_are_told(store):
    result = engine.estimate(
        city(estimator="heterogeneity", options=(("by", "municipality"),)), store
    )
    units = cohort_and_group(store, "municipality")
    few = int(((units["cohort"] > 0) & (units["municipality"] == 1)).sum())
    told = result.parts["cautions"].set_index("term")["reason"]
    reason = Reason("thin_cell", {"units": few, "fewest": 10})
    assert set(told.index) == {"zone_city#municipality", "test:equality"}
    assert [decode(cell) for cell in told] == [(reason,)] * 2
    split = city(estimator="heterogeneity", options=(("by", "coastal"),))
    assert "cautions" not in engine.estimate(split, store).parts


# Imputation.


@pytest.mark.parametrize("effects", ["unit_trends", "region_year", "unit_trends+size_year"])
def test_imputation_holds_what_is_declared(store, effects):
    spec = city(estimator="imputation", effects=effects, sample="balanced")
    data = engine.design(spec, store)
    held = {"unit_trends": "trends" in effects}
    first = data.frame.groupby("city_code").transform("first")
    if "size" in effects:
        held["by_period"] = np.log(first[["population_10k", "gdp_per_capita"]].to_numpy(float))
    elif "region" in effects:
        held["by_period"] = dummies(data.frame["region3"])
    made = imputation(data.y, data.unit, data.period, data.cohort, **held)
    found = engine.estimate(spec, store)
    average = made.aggregate("simple")
    row = found.terms.set_index("term").loc["overall:simple"]
    expected = [average.estimates[0], average.std_errors[0]]
    assert_allclose([row["estimate"], row["std_error"]], expected, **EXACT)
    assert {f"cohort:{g}" for g in (2016, 2019, 2020)} < set(found.terms["term"])


def test_what_a_roll_out_prepares_is_not_used_for_another(store):
    data = engine.design(city(estimator="imputation", sample="balanced"), store)
    run, cohort = imputed.cells(data), data.cohort
    # Another cohort of the same units: whoever is treated is treated a year later.
    later = np.where(cohort > 0, cohort + 1, 0)
    for given in (cohort, later, cohort):
        plain = imputation(data.y, data.unit, data.period, given, controls=data.controls_or_none)
        assert run(data.y, given).terms == plain.terms
        assert_allclose(run(data.y, given).estimates, plain.estimates, rtol=1e-12)


def test_units_without_a_trend_are_counted(store):
    result = engine.estimate(city(estimator="imputation", effects="unit_trends"), store)
    facts = {r.code: r.facts for r in decode(result.model["reference"])}
    frame = store.panel("city").frame
    before = frame[(frame["cohort"] > frame["year"])].groupby("city_code").size()
    assert facts["units_without_trend"] == {"units": int((before == 1).sum()), "rows": 2}
    plain = engine.estimate(city(estimator="imputation"), store).model
    assert result.model["n_treated"] == plain["n_treated"] - (before == 1).sum()


# Exposure.


def exposed(store, lead=0):
    """Each province's share of neighbours with a zone ``lead`` years ahead."""
    frame = store.panel("province").frame
    weights = store.weights("contiguity", "province")
    table = frame.pivot(index="year", columns="province_code", values="zone_first")
    lagged = table[list(weights.labels)] @ weights.matrix.T
    lagged = lagged.set_axis(list(weights.labels), axis=1).shift(-lead)
    return lagged.stack().rename_axis(["year", "unit"])


EXPOSED = {"outcome": "nqp", "estimator": "exposure", "weights": "contiguity"}


@pytest.mark.parametrize("effects", ["two_way", "unit_trends"])
@pytest.mark.parametrize("lead", [0, 2])
def test_exposure_is_the_explicit_regression(store, lead, effects):
    rows = provinces(store).assign(y=lambda f: f["nqp"])
    for name, ahead in (("now", 0), ("ahead", lead)):
        rows = rows.join(exposed(store, ahead).rename(name), on=["year", "unit"])
    rows = rows.dropna(subset=["ahead"]).reset_index(drop=True)
    held = [dummies(rows["year"])]
    if effects == "unit_trends":
        held.append(dummies(rows["unit"]) * (rows["year"].to_numpy() - 2017.5)[:, None])
    columns = [rows["zone_first"], rows["now"], *([rows["ahead"]] if lead else [])]
    beta, errors = explicit(rows, columns, held)
    spec = province(**EXPOSED, effects=effects, options=(("lead", lead),))
    result = engine.estimate(spec, store)
    assert_allclose(result.terms["estimate"], beta, **EXACT)
    assert_allclose(result.terms["std_error"], errors, **EXACT)
    # 2023 is the last year of the roll-out: two years ahead of 2022 and of 2022 alone is none.
    assert result.model["n_dropped"] == (30 if lead else 0)
    assert list(result.terms["term"][:2]) == ["zone_first", "W:zone_first"]
    assert list(result.terms["term"][2:]) == (["lead2:W:zone_first"] if lead else [])


def test_exposure_among_those_without_a_zone(store):
    options = (("among", "never_treated"), ("lead", 1))
    spec = province(**EXPOSED, options=options, sample="to_2018")
    result = engine.estimate(spec, store)
    assert list(result.terms["term"]) == ["W:zone_first", "lead1:W:zone_first"]
    assert (result.model["n_units"], result.model["n_treated"]) == (19, 0)
    assert result.model["n_dropped"] == 11 * 6
    assert why(province(**EXPOSED, options=options), store) == (
        "everybody_treated",
        {"first": 2013, "last": 2022},
    )


def test_a_zone_two_years_early_is_the_zone_moved(store):
    frame = store.panel("province").frame
    table = frame.pivot(index="year", columns="province_code", values="zone_first")
    early = frame.pivot(index="year", columns="province_code", values="zone_first__two_years_early")
    assert (early.loc[:2021] == table.shift(-2).loc[:2021]).all(axis=None)
    spec = province(treatment="zone_first__two_years_early")
    before = cut("main", id="before", words=("b", "b"), without=(("zone_first", 1),))
    placebo = province(options=(("years_early", 2),))
    rows = engine.estimate(dataclasses.replace(spec, sample=before), store).terms
    assert_allclose(rows["estimate"], engine.estimate(placebo, store).terms["estimate"], **EXACT)
