"""Spatial columns under their kinds of inference, on the real panel.

Rows are those of the methods on the same arrays, to 1e-10. Figures of the tests of the
specification were recomputed apart from this package and are given to the digits stated.
"""

import numpy as np
import pytest

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification
from pilotzone.engine.design import design
from pilotzone.engine.spatial_panel import stacked
from pilotzone.errors import UserError
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.permuted import permute_exposure
from pilotzone.methods.space.wild import wild_paths
from pilotzone.panels.store import FolderStore

SAME = 1e-10
SDM = {
    "outcome": "nqp_no_ecommerce",
    "treatment": "zone_share",
    "controls": "baseline",
    "weights": "contiguity",
    "estimator": "sdm",
}
LEE_YU = (("correction", "lee_yu"),)
DRAWN = {"draws": 99, "seed": 4}


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def panel(store):
    data = design(Specification(**SDM), store)
    return stacked(data, store.weights("contiguity"))


def rows(store, **fields):
    result = engine.estimate(Specification(**{**SDM, **fields}), store)
    return result.terms.set_index("term"), result.model


@pytest.mark.parametrize("effects", ["two_way", "unit_trends"])
@pytest.mark.parametrize("options", [(), LEE_YU])
def test_errors_are_clustered_with_pairs_unless_the_information_matrix_is_named(
    store, panel, effects, options
):
    weights = store.weights("contiguity")
    held = {"model": "sdm", "effects": effects, "lee_yu": bool(options)}
    for kind, distribution in (("cluster_pairs", "t"), ("information", "normal")):
        found, model = rows(store, effects=effects, options=options, inference=kind)
        fit = fit_stacked(panel, weights, **held, vcov=kind)
        np.testing.assert_allclose(
            found.loc[list(fit.names), "std_error"], fit.std_errors, rtol=SAME
        )
        assert set(found["distribution"]) == {distribution}
        assert model["inference"].partition(":")[0] == kind
    assert rows(store)[1]["n_clusters"] == 30


@pytest.mark.parametrize(
    ("kind", "method", "distribution"),
    [("wild_paths", wild_paths, "bootstrap"), ("permutation", permute_exposure, "permutation")],
)
def test_resampled_rows_are_those_of_the_method(store, panel, kind, method, distribution):
    found, model = rows(store, options=LEE_YU, inference=Inference(kind, **DRAWN))
    treatment = ("zone_share",) if kind == "permutation" else ()
    made = method(
        panel,
        store.weights("contiguity"),
        *treatment,
        model="sdm",
        lee_yu=True,
        draws=99,
        rng=np.random.default_rng(4),
    )
    np.testing.assert_allclose(found.loc[list(made.terms), "p_value"], made.p_values, rtol=SAME)
    ends = found.loc[list(made.terms), ["ci_low", "ci_high"]]
    np.testing.assert_allclose(ends, made.intervals, rtol=1e-8)
    assert set(found["distribution"]) == {distribution}
    assert (model["draws"], model["seed"]) == (99, 4)


def test_paths_move_within_regions_where_they_are_named(store, panel):
    weights, drawn = store.weights("contiguity"), Inference("permutation", **DRAWN)
    found, _ = rows(store, options=(*LEE_YU, ("within", "region4")), inference=drawn)
    frame = store.panel("province").frame
    region = frame.groupby("province_code")["region4"].first()
    made = permute_exposure(
        panel,
        weights,
        "zone_share",
        model="sdm",
        lee_yu=True,
        strata=region.loc[list(weights.labels)].to_numpy(dtype=str),
        draws=99,
        rng=np.random.default_rng(4),
    )
    np.testing.assert_allclose(found.loc[list(made.terms), "p_value"], made.p_values, rtol=SAME)
    anywhere, _ = rows(store, options=LEE_YU, inference=drawn)
    assert (anywhere["p_value"] != found["p_value"]).any()


def test_a_model_without_spillovers_draws_nothing():
    with pytest.raises(UserError, match="draws nothing here"):
        Specification(**{**SDM, "estimator": "sem"}, inference=Inference("cluster_pairs", **DRAWN))


def test_the_decision_on_the_error_model_changes_with_both_effects_removed(store):
    tests = {"estimator": "spatial_tests"}
    one_way, _ = rows(store, **tests, effects="unit")
    both, _ = rows(store, **tests, options=LEE_YU)
    assert one_way.loc["test:lm_lag", "statistic"] == pytest.approx(89, abs=0.5)
    assert both.loc["test:lm_lag", "statistic"] == pytest.approx(23, abs=0.5)
    assert one_way.loc["test:robust_lm_error", "p_value"] == pytest.approx(0.00003, abs=5e-6)
    assert both.loc["test:robust_lm_error", "p_value"] == pytest.approx(0.10, abs=0.005)
    assert both.loc["test:wald_sar", "df"] == "7;29"


def test_likelihood_ratios_have_their_size_beside_them(store):
    drawn = Inference("chi2", draws=40, seed=4)
    found, model = rows(store, estimator="spatial_tests", options=LEE_YU, inference=drawn)
    for name in ("lr_sdm_sar", "lr_sdm_sem", "lr_period_effects"):
        drawn_row = found.loc[f"test:{name}_drawn"]
        assert drawn_row["statistic"] == pytest.approx(found.loc[f"test:{name}", "statistic"])
        assert 1 / 41 <= drawn_row["p_value"] <= 1
        # Whole residual paths: chi-squared takes the years for independent and rejects too often.
        assert found.loc[f"size:{name}", "estimate"] > 0.10
    assert (model["draws"], model["seed"]) == (40, 4)
