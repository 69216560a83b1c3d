"""The DID exhibits on the real panel: what is identified, and second computations of the numbers.

Averages are compared with differences of means computed here by hand: 1e-10, the rounding of sums
of thirty numbers.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Inference, Specification
from pilotzone.errors import UserError, decode
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

TOLERANCE = 1e-10
DRAWS = 59


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def with_few_draws(exhibit_id, store, whole=()):
    """Return the parts of an exhibit: nothing here rests on the number of resampled draws.

    But for the columns whose draws are looked at.
    """
    exhibit = exhibits.load(exhibit_id)
    few = [
        dataclasses.replace(spec, inference=dataclasses.replace(spec.inference, draws=DRAWS))
        if spec.inference.kind.draws and column not in whole
        else spec
        for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True)
    ]
    exhibit = dataclasses.replace(exhibit, columns=tuple(few))
    return engine.columns(exhibit_id, exhibit, store, engine.estimate)


@pytest.fixture(scope="module")
def event_study(store):
    return with_few_draws("event_study", store)


@pytest.fixture(scope="module")
def staggered(store):
    return with_few_draws("staggered", store, ["nqp:pre_covid:callaway_santanna:none"])


def column(parts, name, part=""):
    table = parts[part]
    return table[table["column"] == name].set_index("term")


def codes(cell):
    return tuple(reason.code for reason in decode(cell))


def wide(store, outcome):
    frame = store.panel("province").frame
    return frame.pivot(index="province_code", columns="year", values=outcome)


def cohorts(store):
    frame = store.panel("province").frame
    return frame.groupby("province_code")["cohort"].first()


def test_the_unbinned_path_over_all_years_is_not_identified(event_study):
    models = event_study["models"].set_index("column")
    unidentified = models[models["identified"] == "no"]
    assert list(unidentified.index) == [
        "nqp:none:main:event_study_unbinned",
        "nqp_no_ecommerce:none:main:event_study_unbinned",
    ]
    for cell in unidentified["reason"]:
        (reason,) = decode(cell)
        assert (reason.code, reason.facts["missing"]) == ("rank_deficient", 1)
    assert not event_study[""]["column"].isin(unidentified.index).any()


def test_the_binned_path_has_the_window_and_says_who_identifies_it(event_study):
    terms = column(event_study, "nqp:none:main:event_study")
    events = [term for term in terms.index if term.startswith("event:")]
    assert set(events) == {f"event:{e}" for e in (-4, -3, -2, 0, 1, 2, 3, 4)}
    support = column(event_study, "nqp:none:main:event_study", "support")
    # Relative time -3 in 2013-2022: 2016 (2013), 2019 (2016), 2020 (2017); not the cohort of 2015.
    assert support.loc["event:-3", "cohorts"] == "2016 2019 2020"
    assert support.loc["event:-3", "n_units"] == 29
    assert support.loc["event:4", "cohorts"] == "2015 2016"


def test_leads_are_tested_jointly_with_their_power(event_study):
    terms = column(event_study, "nqp_no_ecommerce:none:main:event_study")
    assert terms.loc["test:leads", "df"] == "3;29"
    assert 0 < terms.loc["test:leads", "p_value"] < 1
    assert 0.05 <= terms.loc["power:joint", "estimate"] <= 1
    bands = column(event_study, "nqp_no_ecommerce:none:main:event_study", "bands")
    inside = terms.loc[bands.index]
    assert (bands["ci_low"] < inside["ci_low"]).all()
    assert (bands["ci_high"] > inside["ci_high"]).all()


def test_callaway_santanna_by_hand(staggered, store):
    y, g = wide(store, "nqp_no_ecommerce"), cohorts(store)
    terms = column(staggered, "nqp_no_ecommerce:pre_covid:callaway_santanna:without_2015")
    for year in (2016, 2017, 2018, 2019):
        change = y[year] - y[2015]
        by_hand = change[g == 2016].mean() - change[g > year].mean()
        found = terms.loc[f"att:2016:{year}", "estimate"]
        np.testing.assert_allclose(found, by_hand, atol=TOLERANCE)
    late = y[2019] - y[2018]
    np.testing.assert_allclose(
        terms.loc["att:2019:2019", "estimate"],
        late[g == 2019].mean() - late[g == 2020].mean(),
        atol=TOLERANCE,
    )
    sizes = {"2016": 10, "2019": 15}
    cells = [t for t in terms.index if t.startswith("att:") and t.split(":")[1] in sizes]
    after = [t for t in cells if t.split(":")[2] >= t.split(":")[1]]
    weights = np.array([sizes[t.split(":")[1]] for t in after])
    mean = weights @ terms.loc[after, "estimate"] / weights.sum()
    np.testing.assert_allclose(terms.loc["overall:simple", "estimate"], mean, atol=TOLERANCE)


def test_zhejiang_alone_has_points_and_permutation_p_only(staggered, store):
    terms = column(staggered, "nqp:pre_covid:callaway_santanna:none")
    alone = terms[terms.index.str.startswith("att:2015:")]
    assert len(alone) == 6
    assert alone["std_error"].isna().all()
    assert set(alone["distribution"]) == {"permutation"}
    # One province among thirty: no p below 1/30 in the long run of permutations.
    assert alone["p_value"].between(1 / 40, 1).all()
    y, g = wide(store, "nqp"), cohorts(store)
    change = y[2017] - y[2014]
    by_hand = change["330000"] - change[g > 2017].mean()
    np.testing.assert_allclose(alone.loc["att:2015:2017", "estimate"], by_hand, atol=TOLERANCE)
    overall = terms.loc["overall:simple"]
    assert (overall["distribution"], overall["draws"]) == ("permutation", 999)
    assert np.isnan(overall["std_error"])
    assert overall["ci_low"] < overall["estimate"] < overall["ci_high"]
    cautions = column(staggered, "nqp:pre_covid:callaway_santanna:none", "cautions")
    said = {codes(cautions.loc[term, "reason"]) for term in (*alone.index, "overall:simple")}
    assert said == {("one_treated_unit",)}


def test_small_cohorts_are_cautioned_unless_permuted(staggered):
    name = "nqp:pre_covid:callaway_santanna:without_2015"
    terms, cautions = column(staggered, name), column(staggered, name, "cautions")
    assert not set(cautions.index) & {"overall:simple", "event:0", "att:2016:2017", "cohort:2019"}
    alone = [term for term in terms.index if term.startswith("att:2015:")]
    assert set(alone) <= set(cautions.index)


def test_never_treated_controls_are_not_identified(staggered):
    models = staggered["models"].set_index("column")
    never = models[models["estimator"] == "callaway_santanna_never"]
    assert set(never["identified"]) == {"no"}
    assert {codes(cell) for cell in never["reason"]} == {("no_never_treated",)}


def test_effects_of_2019_rest_on_four_controls(staggered):
    cells = column(staggered, "nqp:pre_covid:callaway_santanna:none", "cells")
    assert cells.loc["att:2019:2019", "n_controls"] == 4
    assert cells.loc["att:2016:2018", "n_controls"] == 19


def test_imputation_two_stage_and_extended_two_way_agree(staggered):
    estimates = [
        column(staggered, f"nqp:pre_covid:{name}:without_2015").loc["overall:simple", "estimate"]
        for name in ("imputation", "two_stage", "extended_twfe")
    ]
    np.testing.assert_allclose(estimates, estimates[0], atol=TOLERANCE)


def test_bacon_sums_to_the_two_way_estimate_and_kinds_to_one(store):
    table = engine.run("goodman_bacon", store)[""]
    spec = Specification(outcome="nqp", treatment="zone_first")
    two_way = engine.estimate(spec, store).terms["estimate"].iloc[0]
    rows = table[(table["outcome"] == "nqp") & (table["treated"] != "all")]
    np.testing.assert_allclose(rows["weight"] @ rows["estimate"], two_way, atol=TOLERANCE)
    kinds = table[(table["outcome"] == "nqp") & (table["treated"] == "all")]
    np.testing.assert_allclose(kinds["weight"].sum(), 1.0, atol=TOLERANCE)
    assert "treated vs never treated" not in set(kinds["comparison"])


def test_negative_weights_sum_to_one_and_carry_the_sign(store):
    parts = engine.run("negative_weights", store)
    terms = column(parts, "main")
    cells = terms[terms.index.str.startswith("weight:")]
    np.testing.assert_allclose(cells["estimate"].sum(), 1.0, atol=TOLERANCE)
    negative = cells.loc[cells["estimate"] < 0, "estimate"].sum()
    np.testing.assert_allclose(terms.loc["sum_negative", "estimate"], negative, atol=TOLERANCE)
    # The early cohorts in late years get the negative weight.
    worst = cells["estimate"].idxmin()
    assert worst in ("weight:2016:2022", "weight:2016:2021", "weight:2016:2020")


def test_lags_and_differences_are_what_pandas_makes_of_them(store):
    frame = store.panel("province").frame
    lagged = engine.design(
        Specification(outcome="nqp", treatment="zone_share", options=(("transform", "lag"),)),
        store,
    )
    before = frame.sort_values(["province_code", "year"]).groupby("province_code")["zone_share"]
    expected = before.shift(1)[frame["year"].between(2013, 2022)]
    np.testing.assert_array_equal(lagged.treatment, expected.to_numpy())
    assert lagged.n_dropped == 0
    changed = engine.design(
        Specification(
            outcome="nqp", treatment="zone_first", options=(("transform", "first_difference"),)
        ),
        store,
    )
    assert changed.n_dropped == 30
    y = wide(store, "nqp").loc[:, 2013:2022]
    np.testing.assert_allclose(changed.y, y.diff(axis=1).iloc[:, 1:].to_numpy().ravel())


def test_an_unknown_transform_is_refused():
    with pytest.raises(UserError, match="option 'transform' 'logs' is not known; known: none, lag"):
        Specification(outcome="nqp", treatment="zone_first", options=(("transform", "logs"),))


def test_a_missing_option_is_named():
    with pytest.raises(UserError, match="needs the option 'by'"):
        Specification(outcome="nqp", treatment="zone_first", estimator="heterogeneity")


def test_groups_add_up_to_the_effect_when_there_is_one_group_effect(store):
    parts = engine.run("heterogeneity", store)
    terms = column(parts, "nqp:zone_first:none:region3")
    assert list(terms.index) == [
        "zone_first#central",
        "zone_first#east",
        "zone_first#west",
        "test:equality",
    ]
    assert terms.loc["test:equality", "df"] == "2;29"
    models = parts["models"].set_index("column")
    assert set(models["nobs"]) == {300}


def test_contemporaneous_moderation_has_the_moderator_itself(store):
    parts = engine.run("moderation", store)
    now = column(parts, "nqp_no_digital_finance:zone_first:none:contemporaneous")
    initial = column(parts, "nqp_no_digital_finance:zone_first:none:initial")
    assert "digital_finance_index" in now.index
    assert "digital_finance_index" not in initial.index
    marginal = parts["marginal"]
    line = marginal[marginal["column"] == "nqp_no_digital_finance:zone_first:none:initial"]
    slope = np.polyfit(line["moderator"], line["estimate"], 1)[0]
    found = initial.loc["zone_first#digital_finance_index", "estimate"]
    np.testing.assert_allclose(slope, found, rtol=1e-8)


def test_the_outcome_of_a_moderator_does_not_hold_it():
    from pilotzone.panels.province_indices import REBUILT, VARIANTS

    systems = {v.id: v.system.ids for v in (*VARIANTS, *REBUILT)}
    for name in ("moderation", "heterogeneity", "mechanism"):
        for spec in exhibits.load(name).columns:
            choices = dict(spec.options)
            used = choices.get("moderator") or choices.get("mediator") or choices.get("by")
            assert used not in systems.get(spec.outcome, ()), (name, spec.outcome, used)


def test_a_mechanism_is_no_control_of_its_own_column():
    from pilotzone.catalogue.controls import CONTROLS

    same = {"tertiary_share_as_published": "secondary_share", "concept_openness": "openness"}
    for name in ("mechanism", "development_concepts"):
        for spec in exhibits.load(name).columns:
            mediator = dict(spec.options).get("mediator", "")
            controls = CONTROLS[spec.controls].variables
            assert spec.outcome not in controls
            assert mediator not in controls
            assert same.get(spec.outcome) not in controls


def test_family_p_values_are_at_least_the_single_ones(store):
    exhibit = exhibits.load("development_concepts")
    # Draws enough to know a p value to 0.016.
    family = dataclasses.replace(exhibit.family, draws=999)
    exhibit = dataclasses.replace(exhibit, family=family)
    table = engine.columns("development_concepts", exhibit, store, engine.estimate)[""]
    family = table[table["term"] == "test:romano_wolf"].set_index("column")
    single = table[table["term"].isin(["zone_first", "zone_share"])].set_index("column")
    assert set(family.index) == set(single.index)
    # Bootstrap p against t(29) p: equal but for the bootstrap's own difference.
    gap = family["p_value"] - single.loc[family.index, "p_value"]
    assert (gap > -0.05).all()


def test_randomisation_is_seeded(store):
    spec = Specification(
        outcome="nqp",
        treatment="zone_first",
        estimator="permuted_paths",
        inference=Inference(draws=200, seed=5),
    )
    one, other = (engine.estimate(spec, store) for _ in range(2))
    pd.testing.assert_frame_equal(one.parts["draws"], other.parts["draws"])


def test_in_time_placebo_uses_no_treated_row(store):
    spec = Specification(
        outcome="nqp",
        treatment="zone_first",
        options=(("years_early", 2),),
    )
    result = engine.estimate(spec, store)
    g = cohorts(store)
    rows = sum(int(min(max(c - 2013, 0), 10)) for c in g)
    assert result.model["nobs"] == rows
    assert result.model["n_dropped"] == 300 - rows


def test_matching_counts_and_balances(store):
    parts = engine.run("psm_did", store)
    models = parts["models"].set_index("column")
    assert (models["last_year"] == 2018).all()
    entropy = parts["balance"][parts["balance"]["column"] == "nqp:none:entropy_balancing"]
    np.testing.assert_allclose(entropy["difference_after"], 0.0, atol=1e-8)
    nearest = column(parts, "nqp:none:psm_nearest")
    pairs = parts["pairs"][parts["pairs"]["column"] == "nqp:none:psm_nearest"]
    assert len(pairs) == nearest.loc["matched:treated", "estimate"]


def test_clusters_by_region_are_not_identified(store):
    parts = engine.run("inference", store)
    models = parts["models"].set_index("column")
    for treatment in ("zone_share", "zone_first"):
        assert models.loc[f"{treatment}:crv1_by_region3", "identified"] == "no"
        assert codes(models.loc[f"{treatment}:crv1_by_region3", "reason"]) == ("few_clusters",)
    table = parts[""].set_index(["column", "term"])
    crv1 = table.loc[("zone_share:crv1", "zone_share")]
    for variant in ("wild_webb", "permutation", "conley_500", "driscoll_kraay_2", "crv3"):
        row = table.loc[(f"zone_share:{variant}", "zone_share")]
        np.testing.assert_allclose(row["estimate"], crv1["estimate"], rtol=1e-9)


def test_driscoll_kraay_counts_all_effects(store):
    """Unit effects are not nested in years: K holds both sets, as in pyfixest and linearmodels.

    linearmodels has the factor N/(N - K), here it is T/(T - 1) (N - 1)/(N - K).
    """
    from linearmodels.panel import PanelOLS

    spec = Specification(
        outcome="nqp",
        treatment="zone_share",
        inference="driscoll_kraay_2",
    )
    row = engine.estimate(spec, store).terms.iloc[0]
    frame = store.panel("province").frame
    main = frame[(frame["province_code"] != "540000") & frame["year"].between(2013, 2022)]
    indexed = main.set_index(["province_code", "year"])
    treatment = store.panel("province").treatments.set_index(["province_code", "year"])
    x = treatment.loc[indexed.index, ["zone_share"]].astype(float)
    fit = PanelOLS(indexed["nqp"], x, entity_effects=True, time_effects=True).fit(
        cov_type="kernel", kernel="bartlett", bandwidth=2, debiased=True
    )
    n, periods = 300, 10
    factor = periods / (periods - 1) * (n - 1) / n
    expected = fit.std_errors["zone_share"] * np.sqrt(factor)
    np.testing.assert_allclose(row["std_error"], expected, rtol=1e-8)


def test_robust_intervals_widen_with_the_violation(store):
    intervals = engine.run("honest_did", store)["intervals"]
    for _, rows in intervals.groupby(["column", "restriction"]):
        width = rows.sort_values("m").eval("ci_high - ci_low")
        assert width.is_monotonic_increasing
