"""The baseline exhibits: second programs, invariances, refusals.

Coefficients of two programs agree to 1e-8: both solve the same normal equations on 300 rows.
linearmodels counts the nested unit effects in full, so its errors are converted by the ratio of
the two small-sample factors before they are compared.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Inference, Specification
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.errors import UserError, decode
from pilotzone.panels.store import Panel

RTOL = 1e-8


class Other:
    """A store with some of its tables replaced."""

    def __init__(self, store, frame=None, weights=None):
        self.store, self.frame, self.matrix = store, frame, weights

    def panel(self, name):
        panel = self.store.panel(name)
        return panel if self.frame is None else dataclasses.replace(panel, frame=self.frame)

    def weights(self, name, panel="province"):
        return self.store.weights(name, panel) if self.matrix is None else self.matrix


@pytest.fixture(scope="module")
def baseline(built):
    from pilotzone.panels.store import FolderStore

    return engine.run("did_baseline", FolderStore(built))


@pytest.fixture(scope="module")
def spatial(built):
    from pilotzone.panels.store import FolderStore

    return engine.run("spatial_baseline", FolderStore(built))


def row(parts, column, term):
    table = parts[""].set_index(["column", "term"])
    return table.loc[(column, term)]


def main_sample(panels):
    frame = panels.panel("province").frame
    return frame[frame["year"].between(2013, 2022)]


@pytest.mark.parametrize("outcome", ["nqp", "nqp_no_ecommerce"])
@pytest.mark.parametrize("treatment", ["zone_first", "zone_share"])
@pytest.mark.parametrize("controls", ["none", "baseline"])
def test_linearmodels_gives_the_same_coefficient_and_converted_error(
    baseline, panels, outcome, treatment, controls
):
    from linearmodels.panel import PanelOLS

    data = main_sample(panels).set_index(["province_code", "year"])
    x = data[[treatment, *CONTROLS[controls].variables]]
    fit = PanelOLS(data[outcome], x, entity_effects=True, time_effects=True).fit(
        cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True
    )
    found = row(baseline, f"{outcome}:{treatment}:{controls}", treatment)
    np.testing.assert_allclose(found["estimate"], fit.params[treatment], rtol=RTOL)
    k, n = x.shape[1], len(x)
    # linearmodels: K counts 30 unit effects and 9 further period effects; here 1 and 9.
    conversion = np.sqrt((n - k - 39) / (n - k - 10))
    np.testing.assert_allclose(
        found["std_error"], fit.std_errors[treatment] * conversion, rtol=1e-6
    )
    assert found["df"] == "29"


def test_statsmodels_with_dummies_gives_the_same_coefficient(baseline, panels):
    import statsmodels.formula.api as smf

    data = main_sample(panels)
    right = " + ".join(("zone_share", *CONTROLS["baseline"].variables))
    fit = smf.ols(f"nqp ~ {right} + C(province_code) + C(year)", data).fit()
    found = row(baseline, "nqp:zone_share:baseline", "zone_share")
    np.testing.assert_allclose(found["estimate"], fit.params["zone_share"], rtol=RTOL)
    models = baseline["models"].set_index("column")
    assert models.loc["nqp:zone_share:baseline", "r2"] == pytest.approx(fit.rsquared, rel=RTOL)


def test_municipalities_hold_the_stated_share_of_zone_share(baseline):
    share = row(baseline, "nqp:zone_share:none", "municipality_share:zone_share")
    assert share["estimate"] == pytest.approx(0.63, abs=0.005)
    assert share["distribution"] == "none"


def test_the_row_without_municipalities_is_the_column_on_that_sample(baseline, panels):
    spec = Specification(
        outcome="nqp", treatment="zone_share", controls="baseline", sample="no_municipalities"
    )
    result = engine.estimate(spec, panels)
    alone = result.terms.set_index("term").loc["zone_share"]
    inside = row(baseline, "nqp:zone_share:baseline", "no_municipalities:zone_share")
    np.testing.assert_allclose(inside["estimate"], alone["estimate"], rtol=1e-12)
    np.testing.assert_allclose(inside["std_error"], alone["std_error"], rtol=1e-12)
    assert result.model["nobs"] == 260
    assert result.model["n_clusters"] == 26


def test_model_rows_say_what_was_used(baseline):
    models = baseline["models"]
    assert set(models["nobs"]) == {300}
    assert set(models["n_clusters"]) == {30}
    assert set(models["n_treated"]) == {30}
    assert set(models["n_dropped"]) == {0}
    assert set(models["identified"]) == {"yes"}
    assert models["spec_sha256"].is_unique


@pytest.mark.filterwarnings("ignore:::spreg")
@pytest.mark.parametrize("model", ["sar", "sdm"])
def test_spreg_gives_the_same_spatial_model(spatial, panels, model):
    """Block-diagonal matrix and dummies: the effects leave after the lag is taken."""
    import spreg
    from libpysal.weights import WSP
    from scipy import sparse

    data = main_sample(panels).sort_values(["year", "province_code"])
    matrix = np.kron(np.eye(10), panels.weights("contiguity").matrix)
    names = ["zone_share", *CONTROLS["baseline"].variables]
    x = data[names].to_numpy()
    lags = [matrix @ x] if model == "sdm" else []
    labels = names + [f"W:{n}" for n in names if model == "sdm"]
    units = np.tile(np.eye(30), (10, 1))[:, 1:]
    periods = np.repeat(np.eye(10), 30, axis=0)[:, 1:]
    fit = spreg.ML_Lag(
        data[["nqp_no_ecommerce"]].to_numpy(),
        np.hstack([x, *lags, units, periods]),
        WSP(sparse.csr_matrix(matrix)).to_W(silence_warnings=True),
    )
    printed = [row(spatial, model, term) for term in (*labels, "rho")]
    spec = exhibits.load("spatial_baseline").columns[("sar", "sdm").index(model)]
    information = dataclasses.replace(spec, inference="information", diagnostics=())
    found = engine.estimate(information, panels).terms.set_index("term")
    ours = [found.loc[term] for term in (*labels, "rho")]
    assert [r["estimate"] for r in printed] == [r["estimate"] for r in ours]
    theirs = [*range(1, len(labels) + 1), -1]
    # spreg stops its search for rho at about 1e-8.
    np.testing.assert_allclose(
        [r["estimate"] for r in ours], fit.betas.ravel()[theirs], rtol=1e-5, atol=1e-7
    )
    errors = np.sqrt(np.diag(fit.vm))[theirs]
    np.testing.assert_allclose([r["std_error"] for r in ours], errors, rtol=1e-5)


def test_effects_of_the_durbin_model_are_the_brute_force_inverse(spatial, panels):
    w = panels.weights("contiguity").matrix
    rho, beta, theta = (
        row(spatial, "sdm", term)["estimate"] for term in ("rho", "zone_share", "W:zone_share")
    )
    s = np.linalg.inv(np.eye(30) - rho * w) @ (beta * np.eye(30) + theta * w)
    direct, total = np.trace(s) / 30, s.sum() / 30
    for part, value in (("direct", direct), ("total", total), ("indirect", total - direct)):
        found = row(spatial, "sdm", f"{part}:zone_share")["estimate"]
        np.testing.assert_allclose(found, value, rtol=1e-10)


@pytest.mark.parametrize("estimator", ["twfe", "sar", "sdm"])
def test_a_permuted_panel_gives_the_same_estimates(panels, estimator):
    spec = Specification(
        outcome="nqp_no_ecommerce",
        treatment="zone_share",
        controls="baseline",
        estimator=estimator,
        weights="" if estimator == "twfe" else "contiguity",
    )
    frame = panels.panel("province").frame
    shuffled = Other(panels, frame.sample(frac=1, random_state=3))
    names = frame.sort_values("name_zh")["province_code"].unique()
    matrix = panels.weights("contiguity")
    reordered = Other(
        panels, frame, dataclasses.replace(matrix, labels=tuple(names), matrix=matrix.align(names))
    )
    expected = engine.estimate(spec, panels).terms["estimate"]
    for store in (shuffled, reordered):
        np.testing.assert_allclose(
            engine.estimate(spec, store).terms["estimate"], expected, rtol=RTOL
        )


def test_a_panel_with_other_units_than_the_matrix_is_refused_by_name(panels):
    frame = panels.panel("province").frame
    renamed = frame.assign(province_code=frame["province_code"].replace("330000", "999999"))
    spec = Specification(
        outcome="nqp", treatment="zone_share", estimator="sar", weights="contiguity"
    )
    with pytest.raises(UserError, match="330000") as caught:
        engine.estimate(spec, Other(panels, renamed))
    assert "999999" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "typo"}, "the province panel has no column 'typo'"),
        ({"outcome": "nqp", "sample": "long"}, "'nqp' is missing for 110000 2011"),
        ({"estimator": "typo"}, "estimator 'typo' is not known; known: twfe"),
        ({"estimator": "sar"}, "by sar: needs weights; known: contiguity"),
        ({"inference": Inference(cluster="typo")}, "has no column 'typo' to group by"),
        ({"inference": Inference(cluster="main")}, "has no column 'main' to group by"),
    ],
)
def test_a_specification_that_the_data_cannot_carry(panels, change, message):
    with pytest.raises(UserError, match=message):
        engine.estimate(
            Specification(**{"outcome": "nqp", "treatment": "zone_first"} | change), panels
        )


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("zone_first", 1.0, "treatment 'zone_first' is the same in all 300 rows"),
        ("openness", 0.5, "'openness' has no variation within"),
    ],
)
def test_a_degenerate_design_is_named(panels, column, value, message):
    frame = panels.panel("province").frame.assign(**{column: value})
    spec = Specification(outcome="nqp", treatment="zone_first", controls="baseline")
    with pytest.raises(UserError, match=message):
        engine.estimate(spec, Other(panels, frame))


@pytest.mark.parametrize("regions", [1, 3])
def test_a_handful_of_clusters_identifies_no_error(panels, regions):
    frame = panels.panel("province").frame
    frame = frame.assign(region3="one") if regions == 1 else frame
    spec = Specification(
        outcome="nqp", treatment="zone_first", inference=Inference("crv1", cluster="region3")
    )
    result = engine.estimate(spec, Other(panels, frame))
    (reason,) = decode(result.model["reason"])
    assert (reason.code, reason.facts["clusters"]) == ("few_clusters", regions)
    assert result.model["identified"] == "no"
    assert result.terms.empty


def test_collinear_controls_are_named(panels):
    frame = panels.panel("province").frame
    frame = frame.assign(finance=2 * frame["openness"] + frame["fiscal_share"])
    spec = Specification(outcome="nqp", treatment="zone_first", controls="baseline")
    with pytest.raises(UserError, match="collinear") as caught:
        engine.estimate(spec, Other(panels, frame))
    assert "finance" in str(caught.value)


def test_a_fault_names_exhibit_and_column(panels, monkeypatch):
    from pilotzone import exhibits
    from pilotzone.catalogue import Exhibit, grid

    broken = Exhibit(title="t", title_zh="t", columns=grid(outcome="typo", treatment="zone_first"))
    monkeypatch.setattr(exhibits, "load", lambda _: broken)
    with pytest.raises(UserError, match="broken, column twfe: the province panel has no column"):
        engine.run("broken", panels)


def test_estimating_does_not_change_the_panel(panels):
    frame = panels.panel("province").frame
    before = frame.copy(deep=True)
    engine.estimate(Specification(outcome="nqp", treatment="zone_first"), panels)
    pd.testing.assert_frame_equal(frame, before)


def test_panel_is_sorted_whatever_the_file(panels):
    panel = panels.panel("province")
    assert isinstance(panel, Panel)
    assert panel.frame.equals(panel.frame.sort_values(["province_code", "year"]))
