"""The spatial exhibits on the real panel: brute force, invariances, what is not identified.

Effects and lags are compared with dense matrix algebra: 1e-9, the digits of a 30 × 30 inverse.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Inference, Specification, reasons
from pilotzone.catalogue.words import ENGLISH
from pilotzone.engine import dynamic_space as dynamic
from pilotzone.engine import spillover
from pilotzone.errors import UserError, decode
from pilotzone.methods.space.builders import rewired
from pilotzone.methods.space.dynamic_audit import DynamicTruth, simulate_dynamic
from pilotzone.methods.space.dynamic_effects import largest_root
from pilotzone.panels.store import FolderStore
from pilotzone.tables import listing
from pilotzone.tables.style import Style

TOLERANCE = 1e-9
# Facts of a reason have six digits.
FACT = 5e-6
DRAWN = Inference("permutation", draws=50, seed=1)
RINGS = Specification(
    outcome="nqp",
    treatment="zone_first",
    sample="to_2018",
    weights="contiguity",
    estimator="clean_controls",
    inference=DRAWN,
    options=(("rings_km", "400 800"),),
)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def moran(store):
    """The parts of the exhibit ``moran``, with few draws: nothing here rests on their number."""
    options = (("local", "contiguity"), ("local_draws", 9))
    what = dataclasses.replace(exhibits.load("moran").describe, draws=9, options=options)
    return engine.described(what, store)


def estimate(store, **fields):
    spec = Specification(
        **{
            "outcome": "nqp_no_ecommerce",
            "treatment": "zone_share",
            "controls": "baseline",
            "weights": "contiguity",
            **fields,
        }
    )
    return engine.estimate(spec, store)


def codes(cell):
    return tuple(reason.code for reason in decode(cell))


def terms(result):
    return result.terms.set_index("term")


def test_moran_by_hand(store, moran):
    table = moran[""].set_index(["outcome", "weights", "year", "statistic"])
    frame = store.panel("province").frame
    y = frame[frame["year"] == 2022].sort_values("province_code")["nqp"].to_numpy()
    w = store.weights("contiguity").matrix
    z = y - y.mean()
    found = table.loc[("nqp", "contiguity", 2022, "moran:permutation")]
    assert found["value"] == pytest.approx(z @ w @ z / (z @ z), abs=TOLERANCE)
    geary = table.loc[("nqp", "contiguity", 2022, "geary:permutation"), "value"]
    by_hand = 29 * (w * (y[:, None] - y) ** 2).sum() / (2 * 30 * (z @ z))
    assert geary == pytest.approx(by_hand, abs=TOLERANCE)


def test_a_year_without_variation_has_no_statistic(moran):
    table = moran[""]
    years = set(table.loc[table["outcome"] == "zone_first", "year"])
    assert years == {2015, 2016, 2017, 2018, 2019}


def test_local_statistics_average_to_the_global_one(moran):
    local = moran["local"]
    mean = local[(local["outcome"] == "nqp") & (local["year"] == 2020)]["value"].mean()
    table = moran[""].set_index(["outcome", "weights", "year", "statistic"])
    overall = table.loc[("nqp", "contiguity", 2020, "moran:permutation"), "value"]
    assert mean == pytest.approx(overall, abs=TOLERANCE)


@pytest.mark.parametrize("weights", ["contiguity", "inverse_distance", "economic", "nested"])
def test_effects_are_the_brute_force_inverse(store, weights):
    found = terms(estimate(store, estimator="sdm", weights=weights))["estimate"]
    w = store.weights(weights).matrix
    rho, beta, theta = found["rho"], found["zone_share"], found["W:zone_share"]
    s = np.linalg.inv(np.eye(30) - rho * w) @ (beta * np.eye(30) + theta * w)
    assert found["direct:zone_share"] == pytest.approx(np.trace(s) / 30, abs=TOLERANCE)
    assert found["total:zone_share"] == pytest.approx(s.sum() / 30, abs=TOLERANCE)


def test_delta_and_simulated_errors_agree(store):
    drawn = Inference("information", draws=5000, seed=1)
    delta = terms(estimate(store, estimator="sdm", inference="information"))
    simulated = terms(estimate(store, estimator="sdm", inference=drawn))
    for part in ("direct", "indirect", "total"):
        ratio = (
            simulated.loc[f"{part}:zone_share", "std_error"]
            / delta.loc[f"{part}:zone_share", "std_error"]
        )
        # 5,000 draws know a standard deviation to 1 %; the delta method is linear.
        assert ratio == pytest.approx(1.0, abs=0.06)


def test_slx_is_least_squares_on_the_lags(store):
    found = terms(estimate(store, estimator="slx"))["estimate"]
    frame = store.panel("province").frame
    main = frame[frame["year"].between(2013, 2022)].sort_values(["year", "province_code"])
    w = np.kron(np.eye(10), store.weights("contiguity").matrix)
    names = ["zone_share", *engine.design(_spec(), store).control_names]
    x = main[names].to_numpy()
    dummies = np.hstack([np.tile(np.eye(30), (10, 1)), np.repeat(np.eye(10), 30, axis=0)[:, 1:]])
    design = np.hstack([x, w @ x, dummies])
    beta = np.linalg.lstsq(design, main["nqp_no_ecommerce"].to_numpy(), rcond=None)[0]
    assert found["zone_share"] == pytest.approx(beta[0], abs=TOLERANCE)
    assert found["W:zone_share"] == pytest.approx(beta[len(names)], abs=TOLERANCE)


def _spec():
    return Specification(outcome="nqp", treatment="zone_share", controls="baseline")


def test_the_transformation_raises_rho(store):
    plain = terms(estimate(store, estimator="sdm"))["estimate"]["rho"]
    moved = terms(estimate(store, estimator="sdm", options=(("correction", "lee_yu"),)))[
        "estimate"
    ]["rho"]
    assert moved > plain


@pytest.mark.slow
def test_models_without_two_separate_parameters_are_not_identified(store):
    parts = engine.run("spatial_models", store)
    models = parts["models"]
    lost = models[models["identified"] == "no"]
    assert set(lost["estimator"]) == {"gns"}
    found = {codes(cell) for cell in lost["reason"]}
    assert found == {("rival_maxima",), ("inadmissible_effect",)}
    assert len(models) == len(exhibits.load("spatial_models").columns)


@pytest.mark.slow
def test_tests_are_printed_and_a_failed_hausman_says_why(store):
    exhibit = exhibits.load("spatial_tests")
    # Nothing here rests on the number of draws.
    few = [
        dataclasses.replace(c, inference=dataclasses.replace(c.inference, draws=19))
        if c.inference.draws
        else c
        for c in exhibit.columns
    ]
    exhibit = dataclasses.replace(exhibit, columns=tuple(few))
    parts = engine.columns("spatial_tests", exhibit, store, engine.estimate)
    names = set(parts[""]["term"])
    assert {"test:lm_lag", "test:robust_lm_error", "test:lr_sdm_sar", "test:wald_sem"} <= names
    models = parts["models"].set_index("column")
    with_test = set(parts[""].loc[parts[""]["term"] == "test:hausman", "column"])
    for column, reason in models["reason"].items():
        assert (column in with_test) == (reason == ""), column


def test_an_island_within_the_cutoff_is_refused(store):
    with pytest.raises(UserError, match="650000"):
        estimate(store, estimator="sdm", weights="inverse_distance", options=(("cutoff_km", 800),))


def test_a_relabelled_matrix_with_the_identity_is_the_estimate(store):
    result = estimate(
        store,
        estimator="relabelled_matrices",
        inference=Inference(draws=20, seed=3),
    )
    found = terms(result)
    plain = terms(estimate(store, estimator="sdm"))["estimate"]
    assert found.loc["rho", "estimate"] == pytest.approx(plain["rho"], abs=TOLERANCE)
    indirect = found.loc["indirect:zone_share", "estimate"]
    assert indirect == pytest.approx(plain["indirect:zone_share"], abs=TOLERANCE)
    draws = result.parts["matrices"]["rho"]
    by_hand = (1 + (draws.abs() >= abs(plain["rho"])).sum()) / 21
    assert found.loc["test:rho", "p_value"] == pytest.approx(by_hand)


def test_rewiring_keeps_degrees_and_symmetry(store):
    linked = store.weights("contiguity").matrix > 0
    graph = rewired(linked, np.random.default_rng(1))
    np.testing.assert_array_equal(graph, graph.T)
    np.testing.assert_array_equal(graph.sum(axis=0), linked.sum(axis=0))
    assert not graph.diagonal().any()
    assert (graph != linked).sum() > 20


def test_clean_controls_are_those_that_the_roll_out_leaves(store):
    result = estimate(
        store,
        treatment="zone_first",
        sample="to_2018",
        estimator="clean_controls",
        inference=DRAWN,
    )
    (clean,) = decode(result.model["reference"])
    assert clean.code == "clean_controls"
    assert reasons.say((clean,), ENGLISH).endswith("Heilongjiang, Ningxia, Xinjiang")
    main = estimate(
        store,
        treatment="zone_first",
        estimator="clean_controls",
        inference=DRAWN,
    )
    assert main.model["identified"] == "no"
    (reason,) = decode(main.model["reason"])
    assert (reason.code, reason.facts["year"]) == ("no_clean_control", 2019)


def test_in_2015_twenty_four_provinces_are_clean(store):
    spec = Specification(outcome="nqp", treatment="zone_first", sample="to_2018")
    data = engine.design(spec, store)
    treated = spillover._by_year(data)
    links = [store.weights("contiguity").matrix > 0]
    exposed = spillover._exposures(treated, links)
    clean = ((treated == 0) & (exposed.sum(axis=0) == 0)).sum(axis=1)
    assert clean.tolist() == [30, 30, 24, 3, 3, 3]


def test_rings_exclude_one_another(store):
    data = engine.design(RINGS, store)
    links, names = spillover._links(data, store)
    exposed = spillover._exposures(spillover._by_year(data), links)
    assert names == ("zone_first", "ring:0-400", "ring:400-800")
    assert exposed.sum(axis=0).max() <= 1
    assert (exposed * spillover._by_year(data)).max() == 0


def test_permuted_exposure_is_the_regression_of_each_roll_out(store):
    data = engine.design(dataclasses.replace(RINGS, controls="baseline"), store)
    links, names = spillover._links(data, store)
    treated = spillover._by_year(data)
    order = np.random.default_rng(2).permuted(np.tile(np.arange(30), (6, 1)), axis=1)
    drawn = spillover._redrawn(data, treated, links, order)
    for deck, found in zip(order, drawn, strict=True):
        dealt = treated[:, deck]
        one = spillover._coefficients(data, dealt, spillover._exposures(dealt, links), names)
        # Two orders of the same sums.
        np.testing.assert_allclose(found, one, rtol=1e-10, atol=1e-13)
    # A path that all units share moves nothing, and neither does the exposure to it.
    same = np.zeros_like(treated)
    assert np.isnan(spillover._redrawn(data, same, links, order)).all()


def test_the_split_lag_is_the_regression_on_its_two_parts(store):
    spec = {"treatment": "zone_first", "controls": "none"}
    found = terms(estimate(store, estimator="exposure_split", **spec))["estimate"]
    frame = store.panel("province").frame
    main = frame[frame["year"].between(2013, 2022)].sort_values(["year", "province_code"])
    w = np.kron(np.eye(10), store.weights("contiguity").matrix)
    d = main["zone_first"].to_numpy()
    dummies = np.hstack([np.tile(np.eye(30), (10, 1)), np.repeat(np.eye(10), 30, axis=0)[:, 1:]])
    design = np.column_stack([d, d * (w @ d), (1 - d) * (w @ d), dummies])
    beta = np.linalg.lstsq(design, main["nqp_no_ecommerce"].to_numpy(), rcond=None)[0][:3]
    names = ["zone_first", "W:zone_first#treated", "W:zone_first#untreated"]
    np.testing.assert_allclose(found[names], beta, atol=TOLERANCE)


# 400 panels know a coverage of 0.92 to 0.014, a bias of tau to 0.003.
DRAWS = 400
AUDIT = (("audit_draws", DRAWS),)


@pytest.fixture(scope="module")
def dynamic_parts(store):
    """Parts of the exhibit with few draws, and the number of simulations behind them."""
    exhibit = exhibits.load("spatial_dynamic")
    few = tuple(dataclasses.replace(column, options=AUDIT) for column in exhibit.columns)
    dynamic._audit.cache_clear()
    exhibit = dataclasses.replace(exhibit, columns=few)
    parts = engine.columns("spatial_dynamic", exhibit, store, engine.estimate)
    return parts, dynamic._audit.cache_info().misses


def test_the_dynamic_model_is_printed_only_if_stationary_and_sound(dynamic_parts):
    parts, _ = dynamic_parts
    models = parts["models"]
    assert set(models["identified"]) == {"no"}
    assert all(codes(cell)[0] == "not_stationary" for cell in models["reason"])
    assert parts[""].empty
    # Nothing is drawn for effects that are not printed.
    assert models[["draws", "seed"]].isna().all(axis=None)
    table = parts["simulation"].set_index(["column", "design", "term"])
    tau = table.loc[("zone_share:baseline:two_way", "textbook", "tau")]
    # The correction takes away most of the bias of order 1/T.
    assert tau["bias_before"] < -0.05
    assert abs(tau["bias"]) < 0.05
    assert tau["coverage"] >= 0.90 > tau["coverage_before"]


def test_at_the_persistence_of_the_panel_the_dynamic_model_fails(store, dynamic_parts):
    parts, _ = dynamic_parts
    table = parts["simulation"].set_index(["column", "design", "term"])["truth"].unstack()
    assert len(table) == 12
    assert not table.duplicated(["tau", "eta", "rho"], keep=False).xs("panel", level="design").any()
    weights = store.weights("contiguity")
    for (_, design), truth in table.iterrows():
        root = largest_root(truth["tau"], truth["eta"], truth["rho"], weights)
        assert root <= 0.98 + TOLERANCE
        assert (truth["x1"], truth["W:x1"]) == (1.0, 0.5)
        assert (root > 0.9) == (design == "panel")
    for column, reason in parts["models"].set_index("column")["reason"].items():
        values = table.loc[(column, "panel")]
        (fails,) = (one for one in decode(reason) if one.code.startswith("simulation_fails"))
        assert fails.code == "simulation_fails_panel"
        for name in ("tau", "eta", "rho"):
            assert fails.facts[name] == pytest.approx(values[name], rel=FACT)
        assert fails.facts["terms"][0].facts["parameter"] == "tau"
        assert fails.facts["draws"] == DRAWS


def test_columns_with_the_same_truth_share_their_simulation(dynamic_parts):
    parts, simulations = dynamic_parts
    # One of textbook values for each of two kinds of effects, and one for each of six columns.
    assert simulations == 8
    exhibit = exhibits.load("spatial_dynamic")
    panels = listing.simulation_panels(parts["simulation"], exhibit, Style())
    assert len(panels) == 8
    assert panels[0].title == "Simulation, textbook values: Unit and year effects"
    first = parts["simulation"].iloc[0]
    assert panels[0].rows[0].label.startswith("τ")
    assert float(panels[0].rows[0].cells[0]) == first["truth"] == 0.5
    before, after = (float(panels[0].rows[0].cells[i].replace("−", "-")) for i in (1, 2))
    assert (before, after) == pytest.approx((first["bias_before"], first["bias"]), abs=5e-4)
    assert all(len(panel.rows) == 5 for panel in panels)
    assert sum("Pilot zone in the province" in panel.title for panel in panels) == 2


def calm_column(store, **truth):
    """Return a design whose outcome and treatment are a simulated panel far from a unit root."""
    spec = Specification(
        outcome="nqp_no_ecommerce",
        treatment="zone_share",
        weights="contiguity",
        estimator="dynamic_sdm",
        inference=Inference("information", draws=200, seed=1),
        options=(*AUDIT, ("audit_seed", 1)),
    )
    data = engine.design(spec, store)
    weights = store.weights("contiguity")
    simulated = simulate_dynamic(weights, DynamicTruth(**truth), 9, np.random.default_rng(3)).at(0)
    order = [simulated.units.index(unit) for unit in data.unit[::10]]
    drawn = {"nqp_no_ecommerce": simulated.y, "zone_share": simulated.x[0]}
    columns = {name: values[:, order].T.ravel() for name, values in drawn.items()}
    panel = dataclasses.replace(data.panel, frame=data.frame.assign(**columns))
    return dataclasses.replace(data, panel=panel)


@pytest.fixture
def lenient(monkeypatch):
    """With so few draws, a coverage of 0.90 would be a matter of the seed."""
    monkeypatch.setattr(dynamic, "MIN_COVERAGE", 0.85)


def test_a_dynamic_model_that_passes_under_both_truths_is_printed(store, lenient):
    result = dynamic.dynamic_durbin(calm_column(store, tau=0.2, eta=0.0, rho=0.1), store)
    assert "identified" not in result.model
    last = result.model["reference"][-1]
    assert (last.code, last.facts) == ("simulated_panels", {"designs": 2, "draws": DRAWS})
    found = terms(result)
    # Three standard errors of the slope of a panel of 30 x 9.
    assert found.loc["zone_share", "estimate"] == pytest.approx(1.0, abs=0.2)
    assert {"tau", "eta", "rho", "indirect:zone_share", "largest_root"} <= set(found.index)
    assert set(result.parts["simulation"]["design"]) == {"textbook", "panel"}
    assert set(result.parts["responses"]["part"]) == {"direct", "indirect", "total"}


def test_a_stationary_model_is_not_printed_if_it_fails_at_its_own_persistence(store, lenient):
    result = dynamic.dynamic_durbin(calm_column(store, tau=0.8, eta=-0.1, rho=0.1), store)
    assert result.model["identified"] == "no"
    assert [reason.code for reason in result.model["reason"]] == ["simulation_fails_panel"]
    assert result.terms.empty
