"""Moderation by permuted paths: the rows of the method, the moderator where it is, the rest as is.

SAME: one computation under two names.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification
from pilotzone.engine.inference.paths import treatment_paths
from pilotzone.engine.linear import regression
from pilotzone.engine.values import with_values
from pilotzone.errors import decode
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.products import permute_products
from pilotzone.panels.store import FolderStore

SAME = {"rtol": 1e-10, "atol": 1e-14}
DRAWN = Inference("permutation", draws=99, seed=20160112)
INITIAL = (("moderator", "digital_finance_index"), ("timing", "initial"))
NOW = (("moderator", "rd_intensity"), ("timing", "contemporaneous"))


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def of(inference="", **fields):
    usual = {"outcome": "nqp_no_digital_finance", "treatment": "zone_first", "options": INITIAL}
    chosen = {**usual, **fields, "estimator": "moderation", "inference": inference}
    return Specification(**chosen)


CASES = {
    "trends": {"effects": "unit_trends+moderator_year"},
    "contemporaneous": {"outcome": "education_budget_share", "options": NOW},
    "controls and size": {"controls": "baseline", "effects": "moderator_year+size_year"},
    "cities with gaps": {
        "outcome": "nqp_city",
        "treatment": "zone_city",
        "sample": "city",
        "options": (("moderator", "fdi_share"), INITIAL[1]),
    },
}


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_rows_are_those_of_the_method_and_the_rest_stays(store, fields):
    plain, made = (engine.estimate(of(kind, **fields), store) for kind in ("", DRAWN))
    assert made.model["inference"] == "permutation:unit"
    assert (made.model["draws"], made.model["seed"]) == (99, 20160112)
    for name in ("nobs", "n_dropped", "n_treated", "n_clusters", "reference"):
        assert made.model[name] == plain.model[name]
    pd.testing.assert_frame_equal(made.parts["marginal"], plain.parts["marginal"])
    for name in ("term", "estimate", "std_error", "statistic"):
        assert (made.terms[name] == plain.terms[name]).all()
    name, timing = dict(fields.get("options", INITIAL)).values()
    now = timing == "contemporaneous"
    data = with_values(engine.design(of(DRAWN, **fields), store), name, every_year=now)
    raw = data.column(name) if now else data.first_value(name).astype(float)
    z = ((raw - raw.mean()) / raw.std())[~FixedEffects((data.unit, data.period)).singletons]
    what = regression(data)
    other = np.column_stack([*([z] if now else []), what.data.controls])
    expected = permute_products(
        what.data.y,
        treatment_paths(what.data, "unit"),
        np.column_stack([np.ones(len(z)), z]),
        ("d", "dz"),
        other if other.shape[1] else None,
        what.effects,
        what.data.unit,
        what.data.unit,
        what.data.period,
        draws=99,
        rng=np.random.default_rng(20160112),
    )
    found = made.terms.iloc[:2]
    assert_allclose(found["p_value"], expected.p_values, **SAME)
    limits = [expected.low, expected.high]
    assert_allclose(found[["ci_low", "ci_high"]].T, limits, rtol=1e-6)
    assert set(found["distribution"]) == {"permutation"}
    assert set(found["draws"]) == {99}
    rest = made.terms.iloc[2:].drop(columns="draws", errors="ignore")
    pd.testing.assert_frame_equal(rest, plain.terms.iloc[2:][list(rest)], check_dtype=False)


def test_paths_move_within_groups(store):
    within = engine.estimate(of(DRAWN, options=(*INITIAL, ("within", "region3"))), store)
    anywhere = engine.estimate(of(DRAWN), store)
    assert (within.terms["p_value"] != anywhere.terms["p_value"]).any()
    alone = of(DRAWN, options=(*INITIAL, ("within", "province_code")))
    (reason,) = decode(engine.estimate(alone, store).model["reason"])
    assert reason.code == "one_path_in_group"
