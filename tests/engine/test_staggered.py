"""Staggered columns under every inference: which rows it changes, what is left out and refused.

Numbers of two columns on the same rows are the same to SAME; a test by other draws is not compared.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification
from pilotzone.catalogue.samples import Sample
from pilotzone.engine.inference import cohorts
from pilotzone.errors import UserError, decode
from pilotzone.methods.did.permuted import permuted_terms
from pilotzone.panels.store import FolderStore

SAME = 1e-10
DRAWN = {"draws": 49, "seed": 5}
SPEC = Specification(outcome="nqp", treatment="zone_first", sample="pre_covid")
ESTIMATORS = ("callaway_santanna", "sun_abraham", "imputation", "two_stage", "extended_twfe")


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def made(store, estimator, inference="", **fields):
    kind = Inference(inference, **DRAWN) if inference.startswith(("perm", "wild")) else inference
    spec = dataclasses.replace(SPEC, estimator=estimator, inference=kind, **fields)
    return engine.estimate(spec, store)


def rows(result):
    return result.terms.set_index("term")


def codes(cell):
    return tuple(reason.code for reason in decode(cell))


def cautions(result):
    return result.parts["cautions"].set_index("term")["reason"].map(codes)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_permutation_moves_p_and_intervals_of_averages_alone(store, estimator):
    plain, permuted = (rows(made(store, estimator, kind)) for kind in ("", "permutation"))
    np.testing.assert_allclose(permuted["estimate"], plain["estimate"], rtol=SAME)
    np.testing.assert_allclose(permuted["std_error"], plain["std_error"], rtol=SAME)
    first = plain.index.str.partition(":").get_level_values(0)
    tested = first.isin(("overall", "event")) | plain["std_error"].isna().to_numpy()
    assert set(permuted["distribution"][tested]) == {"permutation"}
    assert permuted["p_value"][tested].between(1 / 50, 1).all()
    assert set(permuted["draws"][tested]) == {49}
    pd.testing.assert_frame_equal(permuted[~tested], plain[~tested], check_dtype=False)


def test_cautions_of_small_cohorts_fall_away_where_rows_are_permuted(store):
    options = (("without_cohort", "single"),)
    plain, permuted = (
        cautions(made(store, "callaway_santanna", kind, sample="main", options=options))
        for kind in ("", "permutation")
    )
    # On all years nobody is never treated; 2015 alone is left out, 2020 gives no cell after it.
    assert plain["att:2015:2016"] == permuted["att:2015:2016"] == ("one_treated_unit",)
    assert not set(permuted.index) & {"overall:simple", "event:0", "event:-2"}
    assert plain.get("event:-2") == ("cohort_below_ten",)


@pytest.mark.parametrize("said", ["2015", "single", "2015 1999", 2015])
def test_cohorts_to_be_left_out_are_years_or_single(store, said):
    found = rows(made(store, "imputation", options=(("without_cohort", said),)))
    other = rows(made(store, "imputation", options=(("without_cohort", 2015),)))
    pd.testing.assert_frame_equal(found, other)


def test_several_cohorts_are_left_out(store):
    found = made(store, "imputation", options=(("without_cohort", "2015 2019"),))
    terms = rows(found)
    only = terms[terms.index.str.startswith("att:2016")]["estimate"].mean()
    assert terms.loc["overall:simple", "estimate"] == pytest.approx(only, rel=SAME)
    with pytest.raises(UserError, match="'without_cohort' is 'lone'; give first treated years"):
        made(store, "imputation", options=(("without_cohort", "lone"),))


def test_a_universal_base_has_no_row_of_the_base(store):
    varying, universal = (
        rows(made(store, "callaway_santanna", options=(("base", base),)))
        for base in ("varying", "universal")
    )
    assert "event:-1" in varying.index
    assert "event:-1" not in universal.index
    after = [t for t in universal.index if t.startswith("overall")]
    np.testing.assert_allclose(
        universal.loc[after, "estimate"], varying.loc[after, "estimate"], rtol=SAME
    )
    # Leads of the universal base are sums of those of the varying one.
    change = -sum(varying.loc[f"att:2019:{year}", "estimate"] for year in (2016, 2017, 2018))
    assert universal.loc["att:2019:2015", "estimate"] == pytest.approx(change, rel=SAME)


@pytest.mark.parametrize("estimator", ["callaway_santanna", "twfe"])
def test_paths_move_within_groups(store, estimator):
    within, everywhere = (
        made(store, estimator, "permutation", sample="main", options=options)
        for options in ((("within", "region3"),), ())
    )
    term = "overall:simple" if estimator != "twfe" else "zone_first"
    one, other = (rows(result).loc[term] for result in (within, everywhere))
    assert one["estimate"] == other["estimate"]
    assert one["p_value"] != other["p_value"]


def test_a_group_with_one_path_is_not_identified(store):
    made_of = {"estimator": "imputation", "inference": Inference("permutation", **DRAWN)}
    spec = dataclasses.replace(SPEC, **made_of, options=(("within", "province_code"),))
    model = engine.estimate(spec, store).model
    assert model["identified"] == "no"
    assert codes(model["reason"]) == ("one_path_in_group",)


def test_wild_bootstrap_of_the_extended_regression(store):
    plain, wild = (made(store, "extended_twfe", kind) for kind in ("", "wild_webb"))
    assert wild.model["inference"] == "wild_webb:unit"
    one, other = rows(plain), rows(wild)
    known = one["std_error"].notna()
    found = other.loc[one.index[known]]
    for name in ("estimate", "std_error", "statistic"):
        np.testing.assert_allclose(found[name], one.loc[known, name], rtol=1e-9)
    assert set(found["distribution"]) == {"bootstrap"}
    assert (other.loc[one.index[~known], "distribution"] == "none").all()
    assert set(cautions(wild)) == {("one_treated_unit",)}


@pytest.mark.parametrize("kind", ["wild_webb", "wild_rademacher"])
def test_wild_bootstrap_of_the_event_study(store, kind):
    options = (("window", "-3 2"),)
    plain = engine.estimate(
        dataclasses.replace(
            SPEC,
            sample="main",
            estimator="event_study",
            inference=Inference(**DRAWN),
            options=options,
        ),
        store,
    )
    wild = made(store, "event_study", kind, sample="main", options=options)
    assert wild.model["inference"] == f"{kind}:unit"
    one, other = rows(plain), rows(wild)
    events = [term for term in one.index if term.startswith("event")]
    for name in ("estimate", "std_error", "statistic"):
        np.testing.assert_allclose(other.loc[events, name], one.loc[events, name], rtol=1e-9)
    assert set(other.loc[events, "distribution"]) == {"bootstrap"}
    assert other.loc["test:leads", "p_value"] == one.loc["test:leads", "p_value"]


def test_too_few_clusters_for_signs(store):
    coarse = Inference("wild_rademacher", "region4", **DRAWN)
    for estimator in ("twfe", "event_study", "extended_twfe"):
        spec = dataclasses.replace(SPEC, estimator=estimator, inference=coarse)
        if estimator == "event_study":
            spec = dataclasses.replace(spec, options=(("window", "-3 2"),))
        model = engine.estimate(spec, store).model
        assert model["identified"] == "no"
        assert codes(model["reason"]) == ("few_clusters_to_draw",)


def test_few_treated_units_are_cautioned(store):
    frame = store.panel("province").frame
    early = tuple(sorted(frame.loc[frame["cohort"] == 2016, "province_code"].unique()))
    fewer = Sample(
        id="few",
        words=("few", "few"),
        panel="province",
        first_year=2013,
        last_year=2018,
        excluded=early[:2],
        parent="main",
    )
    result = engine.estimate(dataclasses.replace(SPEC, sample=fewer), store)
    assert result.model["n_treated"] == 9
    assert decode(cautions_cell(result))[0].facts["units"] == 9
    assert "cautions" not in engine.estimate(SPEC, store).parts


def cautions_cell(result):
    (row,) = result.parts["cautions"].to_dict("records")
    assert row["term"] == "zone_first"
    return row["reason"]


def test_bands_that_are_withheld_are_counted(store):
    spec = dataclasses.replace(
        SPEC,
        estimator="callaway_santanna",
        inference=Inference("multiplier", **DRAWN),
        options=(("base", "universal"),),
    )
    result = engine.estimate(spec, store)
    said = {reason.code: reason.facts for reason in decode(result.model["reason"])}
    events = result.terms["term"].str.startswith("event").sum()
    assert said["bands_withheld"]["events"] == events - len(result.parts["bands"])


@pytest.mark.parametrize(("effects", "alike"), [("unit_trends", True), ("region_year", False)])
def test_what_else_is_held_constant_is_held_in_every_draw(store, monkeypatch, effects, alike):
    """Sums over cohorts stand for refits where units of a cohort are alike, and only there."""
    asked = []

    def recorded(*arguments, **choices):
        asked.append(choices["alike"])
        return permuted_terms(*arguments, **choices)

    monkeypatch.setattr(cohorts, "permuted_terms", recorded)
    result = made(store, "imputation", "permutation", effects=effects)
    assert asked == [alike]
    assert rows(result).loc["overall:simple", "distribution"] == "permutation"
