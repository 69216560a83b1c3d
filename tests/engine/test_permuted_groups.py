"""Changes by group by cohorts dealt within the groups: the rows of the method, what stays.

SAME: one computation under two names; limits are found by halving (EDGE).
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification
from pilotzone.engine import groups
from pilotzone.errors import Reason, UserError, decode
from pilotzone.methods.did.long_difference import long_difference_terms
from pilotzone.methods.did.permuted import cohort_permutations, permuted_terms
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

SAME, EDGE = {"rtol": 1e-9, "atol": 1e-12}, {"rtol": 1e-6, "atol": 1e-9}
DRAWN = Inference("permutation", draws=39, seed=20191224)
COAST = (("by", "coastal"), ("units_per_cohort", 10))


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def of(inference="", **fields):
    usual = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "city", "options": COAST}
    chosen = {**usual, "effects": "group_year", **fields}
    return Specification(**chosen, estimator="long_difference", inference=inference)


@pytest.mark.parametrize(
    "fields",
    [
        {"effects": "group_year+unit_trends"},
        {"effects": "group_year+size_year"},
        {"sample": "balanced"},
        {"options": (*COAST, ("years_early", 2))},
    ],
    ids=["trends", "size", "balanced", "early"],
)
def test_rows_are_those_of_the_method_and_the_rest_stays(store, fields):
    plain, made = (engine.estimate(of(kind, **fields), store) for kind in ("", DRAWN))
    assert (plain.model["inference"], made.model["inference"]) == (
        "influence_t:unit",
        "permutation:unit",
    )
    assert (made.model["draws"], made.model["seed"]) == (39, 20191224)
    for name in ("nobs", "n_dropped", "n_treated", "n_clusters"):
        assert made.model[name] == plain.model[name]
    said = (*decode(plain.model["reference"]), Reason("dealt_within_groups"))
    assert decode(made.model["reference"]) == said
    for name in ("term", "estimate", "std_error", "statistic"):
        pd.testing.assert_series_equal(made.terms[name], plain.terms[name])
    data = groups.with_groups(engine.design(of(DRAWN, **fields), store))
    group = np.where(data.column("coastal") == 1, "coastal", "inland")
    held = {"unit_trends": "trends" in data.spec.effects}
    if "size" in data.spec.effects:
        held["by_period"] = np.column_stack(data.by_period)
    together = long_difference_terms(data.unit, data.period, group, **held)
    strata = data.by_unit(group, "by")
    cohort = data.by_unit(data.cohort_within, "cohort")
    own = {"coastal": group == "coastal", "inland": group == "inland"}
    expected = permuted_terms(
        None,
        data.y,
        data.unit,
        data.period,
        data.cohort_within,
        cohort_permutations(cohort, 39, np.random.default_rng(20191224), strata),
        wanted=("coastal", "inland", "difference:inland"),
        alike=False,
        among={**own, "difference:inland": own["inland"]},
        together=together,
    )
    found = made.terms.iloc[:3]
    assert_allclose(found["statistic"], expected.t, **SAME)
    assert_allclose(found["p_value"], expected.p_values, **SAME)
    assert_allclose(found[["ci_low", "ci_high"]].T, [expected.low, expected.high], **EDGE)
    assert list(found["distribution"]) == ["permutation"] * 3
    test = made.terms.iloc[3]
    assert (test["term"], test["distribution"]) == ("test:equality", "F")
    assert test["p_value"] == plain.terms.iloc[3]["p_value"]


def test_paths_move_within_a_finer_column_as_well(store):
    options = (("by", "resource_based"), ("units_per_cohort", 10))
    plain, within = (
        engine.estimate(of(DRAWN, options=(*options, *more)), store)
        for more in ((), (("within", "coastal"),))
    )
    assert_allclose(within.terms["estimate"], plain.terms["estimate"], **SAME)
    assert (within.terms["p_value"][:3] != plain.terms["p_value"][:3]).any()
    alone = of(DRAWN, options=(*COAST, ("within", "city_code")))
    (reason,) = decode(engine.estimate(alone, store).model["reason"])
    assert reason.code == "one_path_in_group"


def test_few_treated_units_of_a_group_belie_the_test_of_equality_alone(store):
    place = {"outcome": "nqp", "treatment": "zone_first", "sample": "main"}
    fields = {**place, "options": (("by", "region3"), ("units_per_cohort", 2))}
    plain, made = (engine.estimate(of(kind, **fields), store) for kind in ("", DRAWN))
    told = {
        kind: result.parts["cautions"].set_index("term")["reason"].map(decode).to_dict()
        for kind, result in (("plain", plain), ("made", made))
    }
    few = {"zone_first#central", "difference:zone_first#east", "test:equality"}
    assert few <= set(told["plain"])
    assert set(told["made"]) == {"test:equality"}
    assert Reason("thin_cell", {"units": 7, "fewest": 10}) in told["made"]["test:equality"]


def test_an_inference_that_is_not_of_groups_is_refused():
    with pytest.raises(UserError, match="this estimator does not compute it"):
        of("crv1")
    with pytest.raises(UserError, match="clusters by unit, not by 'province_code'"):
        of(Inference("permutation", "province_code", draws=9, seed=1))
