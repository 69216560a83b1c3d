"""What carries no star and why: thin cells, few clusters, few periods; what is withheld.

EXACT: the same regression on the same rows.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Inference, Specification, samples
from pilotzone.catalogue.inferences import INFERENCES
from pilotzone.engine import cautions
from pilotzone.engine.design import Result
from pilotzone.errors import Reason, decode
from pilotzone.panels.store import FolderStore

EXACT = 1e-10
SPEC = Specification(outcome="nqp", treatment="zone_first")
CITY = Specification(outcome="nqp_city", treatment="zone_city", sample="city")
NUMBERS = ["std_error", "statistic", "p_value", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def said(result):
    """Return codes and facts by term."""
    table = result.parts.get("cautions", pd.DataFrame({"term": [], "reason": []}))
    return {row.term: decode(row.reason) for row in table.itertuples()}


def estimated(store, base, **changes):
    result = engine.estimate(dataclasses.replace(base, **changes), store)
    return result.terms.set_index("term"), said(result), result


def test_a_ring_below_ten_units_is_said_and_keeps_its_numbers(store):
    options = (("rings_km", "50 100 150 200 250 300"),)
    found, told, result = estimated(store, CITY, estimator="rings", options=options)
    units = result.parts["rings"].set_index("ring")["n_units"]
    thin = {ring for ring in units.index if units[ring] < 10 and ring in found.index}
    assert set(told) == thin == {"ring:0-50"}
    (reason,) = told["ring:0-50"]
    assert (reason.code, reason.facts) == ("thin_cell", {"units": 3, "fewest": 10})
    assert found.loc["ring:0-50", "p_value"] < 1e-6


def test_cells_of_exposure_and_of_doses_are_counted_by_units(store):
    options = (("near_km", 100),)
    _, told, _ = estimated(store, CITY, estimator="exposure_net", options=options)
    frame = store.panel("city").frame
    near = (frame["zone_city"] > 0) & (frame["distance_to_other_zone_km"] <= 100)
    assert ("near:treated" in told) == (frame.loc[near, "city_code"].nunique() < 10)
    dose = dataclasses.replace(SPEC, treatment="zone_share", estimator="dose_bins")
    _, told, _ = estimated(store, dose)
    frame = store.panel("province").frame.query(
        "2013 <= year <= 2022 and province_code != '540000'"
    )
    for low, high in ((0, 0.25), (0.25, 0.75), (0.75, 1)):
        share = frame["zone_share"]
        units = frame.loc[(share > low) & (share <= high + 1e-12), "province_code"].nunique()
        reasons = told.get(f"bin:{low:g}-{high:g}", ())
        assert [one.facts["units"] for one in reasons] == ([units] if units < 10 else [])


def test_bins_of_a_dose_without_a_zero_have_no_reference(store):
    """Every province has a zone from 2021 on."""
    main = samples.SAMPLES["main"]
    late = dataclasses.replace(main, id="late", parent="main", first_year=2021)
    base = dataclasses.replace(SPEC, treatment="zone_share", estimator="dose_bins", sample=late)
    data = engine.design(base, store)
    assert data.treatment.min() > 0
    model = engine.estimate(base, store).model
    (reason,) = decode(model["reason"])
    assert (model["identified"], reason.code) == ("no", "dose_without_zero")
    assert reason.facts["lowest"] == pytest.approx(data.treatment.min(), rel=1e-5)


@pytest.mark.parametrize(
    ("cluster", "clusters", "code"),
    [("region3", 3, "few_clusters"), ("region4", 4, "clusters_below")],
)
@pytest.mark.parametrize("estimator", ["permuted_paths", "leave_one_out"])
def test_errors_by_too_few_clusters_are_withheld_or_carry_no_star(
    store, estimator, cluster, clusters, code
):
    drawn = {"draws": 19, "seed": 1} if estimator == "permuted_paths" else {}
    plain, _, _ = estimated(store, SPEC, estimator=estimator, inference=Inference(**drawn))
    coarse = Inference(cluster=cluster, **drawn)
    found, told, result = estimated(store, SPEC, estimator=estimator, inference=coarse)
    row = found.loc["zone_first"]
    assert row["estimate"] == pytest.approx(plain.loc["zone_first", "estimate"], rel=EXACT)
    assert row[NUMBERS].isna().all() == (code == "few_clusters")
    assert set(told) == {"zone_first"}
    (reason,) = told["zone_first"]
    assert (reason.code, reason.facts["clusters"], reason.facts["cluster"]) == (
        code,
        clusters,
        cluster,
    )
    assert result.model["identified"] == "yes"
    if drawn:
        # The place among the draws needs no error.
        assert found.loc["test:on_t", "p_value"] > 0


def test_spatial_effects_in_a_group_below_ten_units_carry_no_star(store):
    options = (("by", "region3"),)
    fields = {"estimator": "sdm_groups", "weights": "contiguity", "inference": "cluster_pairs"}
    found, told, _ = estimated(store, SPEC, **fields, options=options)
    # Eight of the provinces are central, eleven eastern and eleven western.
    terms = {f"{kind}zone_first#central" for kind in ("", "W:", "direct:", "indirect:", "total:")}
    assert terms == set(told)
    assert terms < set(found.index)
    assert {reason.facts["units"] for reasons in told.values() for reason in reasons} == {8}


@pytest.mark.parametrize(("year", "treated"), [(2015, 1), (2017, 11)])
def test_fewer_than_ten_treated_units_carry_no_star(store, year, treated):
    main = samples.SAMPLES["main"]
    early = dataclasses.replace(main, id="early", parent="main", last_year=year)
    found, told, result = estimated(store, SPEC, sample=early, controls="baseline")
    assert result.model["n_treated"] == treated
    facts = {"units": 1, "fewest": 10}
    assert told == ({"zone_first": (Reason("thin_cell", facts),)} if treated < 10 else {})
    assert found.loc["zone_first", "p_value"] > 0


def test_thirty_clusters_carry_stars(store):
    _, told, _ = estimated(store, SPEC)
    assert told == {}


def test_driscoll_kraay_on_ten_years_carries_no_star(store):
    found, told, _ = estimated(store, SPEC, inference="driscoll_kraay_2")
    assert found.loc["zone_first", "std_error"] > 0
    (reason,) = told["zone_first"]
    assert (reason.code, reason.facts) == ("few_periods", {"periods": 10, "fewest": 20})


@pytest.mark.parametrize(("periods", "count"), [(19, 1), (20, 0)])
def test_twenty_periods_are_enough(store, periods, count):
    data = engine.design(dataclasses.replace(SPEC, inference="driscoll_kraay_2"), store)
    terms = pd.DataFrame(
        {"term": ["d", "n"], "distribution": ["t", "none"], "p_value": [0.5, None]}
    )
    result = cautions.of_inference(data, Result(terms, {"n_periods": periods}))
    assert len(said(result)) == count


def test_every_rule_that_a_kind_of_inference_names_is_there():
    assert {kind.caution for kind in INFERENCES.values()} - {""} == set(cautions.RULES)


def test_reasons_of_one_term_stand_in_one_row():
    first, second = Reason("thin_cell", {"units": 3, "fewest": 10}), Reason("set_is_empty")
    result = Result(pd.DataFrame(), {})
    assert cautions.with_cautions(result, {}) is result
    one = cautions.with_cautions(result, {"a": [first], "b": []})
    two = cautions.with_cautions(one, {"a": [second], "c": [second]})
    assert said(one) == {"a": (first,)}
    assert said(two) == {"a": (first, second), "c": (second,)}


def test_an_exhibit_that_names_terms_keeps_their_cautions(store):
    exhibit = exhibits.load("inference")
    kinds = ("driscoll_kraay_2", "crv1")
    few = tuple(one for one in exhibit.columns if one.inference.name in kinds)[:3]
    for terms, kept in ((("zone_first", "zone_share"), True), (("effective_clusters",), False)):
        made = dataclasses.replace(exhibit, columns=few, terms=terms)
        parts = engine.columns("inference", made, store, engine.estimate)
        assert ("cautions" in parts) == kept


def test_a_matched_sample_balances_to_zero_and_not_to_noise(store):
    base = dataclasses.replace(SPEC, sample="to_2018", estimator="entropy_balancing")
    _, _, result = estimated(store, base)
    gaps = result.parts["balance"]["difference_after"].to_numpy()
    np.testing.assert_array_equal(gaps[np.abs(gaps) < 1e-9], 0.0)
    assert (np.abs(gaps) < 1e-9).any()
