"""The audit of inference: the same shares as a loop written apart from it, and what it must find.

The loop repeats the audit's draws, so that shares agree exactly. With 80 draws a share of 0.06 has
a standard error of 0.03 and one of 0.33 of 0.05; bounds are two and a half of these away.
"""

import numpy as np
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Description, Inference, Specification, grid
from pilotzone.engine.design import design
from pilotzone.engine.inference_audit import inference_audit
from pilotzone.errors import UserError
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels.store import FolderStore

PHI = 0.7
ZONE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_first"}
SPACE = {**ZONE, "treatment": "zone_share", "weights": "contiguity", "estimator": "sdm"}


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def audited(store, columns, draws, **options):
    made = Description(
        kind="inference_audit",
        columns=columns,
        draws=draws,
        seed=3,
        options=tuple(options.items()),
    )
    return inference_audit(made, store)[""].set_index(["inference", "term"])


def test_shares_are_those_of_a_loop(store):
    draws = 40
    found = audited(store, grid(**ZONE), draws).loc[("crv1", "zone_first")]
    data = design(Specification(**ZONE), store)
    held = (data.treatment[:, None], ("d",), None, (), data.unit, data.period)
    scale = twfe(data.y, *held).residuals.std()
    rejected = []
    for draw in range(draws):
        shocks = np.random.default_rng([3, draw]).standard_normal((10, 30))
        noise = shocks.copy()
        for t in range(1, 10):
            noise[t] = PHI * noise[t - 1] + np.sqrt(1 - PHI**2) * shocks[t]
        # Rows stand by unit, then period.
        rejected.append(twfe(scale * noise.T.ravel(), *held).p_values[0] <= 0.05)
    assert found["size"] == np.mean(rejected)
    # The interval inverts the test.
    assert found["coverage"] == 1 - np.mean(rejected)
    assert found["failed"] == 0


@pytest.mark.slow
def test_independent_years_leave_the_information_matrix_right_and_dependence_does_not(store):
    columns = grid(**SPACE, inference=("information", "cluster_pairs"))
    dependent = audited(store, columns, 80)
    independent = audited(store, columns[:1], 80, autocorrelation=0.0)
    total = ("information", "total:zone_share")
    assert dependent.loc[total, "size"] > 0.15
    assert independent.loc[total, "size"] < 0.15
    clustered = dependent.loc[("cluster_pairs", "total:zone_share"), "size"]
    assert clustered < dependent.loc[total, "size"] - 0.08


def test_rho_has_no_size_and_a_coverage(store):
    rho = audited(store, grid(**SPACE), 20).loc[("cluster_pairs", "rho")]
    assert np.isnan(rho["size"])
    assert 0.5 <= rho["coverage"] <= 1


def test_the_declared_audits_name_columns_that_the_exhibits_have(store):
    for name in ("inference_audit", "city_inference_audit"):
        exhibit = exhibits.load(name)
        assert exhibit.built_by == "bench"
        for spec in exhibit.describe.columns:
            store.panel(spec.rows.panel).require(spec.outcome, spec.treatment)
            assert callable(engine.estimator_of(spec))


def test_terms_by_group_and_their_moderator_are_judged(store):
    split = {**ZONE, "estimator": "heterogeneity", "options": (("by", "coastal"),)}
    found = audited(store, grid(**split), 20)
    assert set(found["grouping"]) == {"coastal"}
    names = [term for _, term in found.index]
    assert names == ["zone_first#coastal", "zone_first#inland", "test:equality"]
    assert found["coverage"].notna().tolist() == [True, True, False]


def test_a_column_with_nothing_to_judge_is_named(store):
    # Three clusters give no error.
    columns = grid(**ZONE, inference=Inference("crv1", cluster="region3"))
    with pytest.raises(UserError, match="crv1_by_region3 on zone_first: no draw gives"):
        audited(store, columns, 2)


def test_an_audit_needs_draws():
    with pytest.raises(UserError, match="needs draws"):
        Description(kind="inference_audit", columns=grid(**ZONE), seed=1)
