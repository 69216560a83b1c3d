"""By hand: every twin agrees with the committed numbers, and an altered one is named.

What is compared is compared to the limit of the audit, 1e-6 of an error or of an interval's length;
the numbers of the output have twelve digits, and the panels are built anew.
"""

import ast
import collections
import dataclasses
import functools
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from pilotzone import engine, exhibits
from pilotzone.audit import by_hand, project, second_opinion
from pilotzone.audit.by_hand import (
    information,
    least_squares,
    likelihood,
    matched,
    robust,
    synthetic,
)
from pilotzone.audit.opinion import Opinion, Silence
from pilotzone.catalogue.columns import by_id
from pilotzone.engine import synthetic_controls

PACKAGE = Path(by_hand.__file__).parent
NO_CONTROLS = "nqp:zone_share:none"
SDEM = "nqp:zone_first:baseline:two_way:sdem:lee_yu"
# Estimator, exhibit, column, numbers that are compared.
CASES = [
    ("bounded_variation", "bounds", "nqp:path_level", 22),
    ("bounded_variation", "bounds", "nqp_no_ecommerce:path_drift", 22),
    ("callaway_santanna", "staggered", "nqp:pre_covid:callaway_santanna:none", 41),
    ("callaway_santanna_never", "city_staggered", "none:balanced:callaway_santanna_never:none", 68),
    ("clean_controls", "spatial_did", "nqp:baseline:to_2018:clean_controls:none", 2),
    ("clean_controls", "spatial_did", "nqp:baseline:to_2018:clean_controls:rings", 3),
    ("dose_bins", "continuous_treatment", f"{NO_CONTROLS}:main:dose_bins", 6),
    ("dose_dynamic", "dose_dynamic", "nqp:zone_share:none:dose_dynamic", 35),
    ("dose_dynamic", "dose_dynamic", "nqp_no_ecommerce:zone_count:baseline:dose_dynamic", 35),
    ("dynamic_sdm", "spatial_dynamic", "cbec_proxy:without_openness:unit", 12),
    ("entropy_balancing", "psm_did", "nqp:baseline:entropy_balancing", 4),
    ("event_study", "event_study", "nqp:none:main:event_study", 17),
    ("event_study_unbinned", "event_study", "nqp:none:pre_covid:event_study_unbinned", 21),
    ("exposure", "spatial_did", "nqp:baseline:exposure_lead", 6),
    ("exposure", "spatial_did", "nqp:baseline:never_treated_lead_trends", 4),
    ("exposure", "claim_evidence", "spillover:nqp_city:zone_city:nearest_6:early", 4),
    ("exposure_net", "city_spillover", "city:city:none:two_way:exposure_net:near:100", 11),
    ("exposure_split", "spatial_did", "nqp:none:main:exposure_split:none", 6),
    ("extended_twfe", "staggered", "nqp:pre_covid:extended_twfe:without_2015", 25),
    ("fake_rollout", "placebo", "nqp:zone_first:baseline:fake_rollout", 2),
    ("gns", "spatial_models", "nqp:zone_first:baseline:period:gns:none", 16),
    ("form_test", "functional_form", "nqp:zone_first:none:main:form_test", 2),
    ("forms", "functional_form", "nqp:zone_first:baseline:main:forms", 6),
    ("forms", "city_functional_form", "green_patents:none:two_way:forms", 6),
    ("goodman_bacon", "goodman_bacon", "nqp", 28),
    ("honest_did", "honest_did", "nqp:cohort_2016", 32),
    ("imputation", "staggered", "nqp:pre_covid:imputation:none", 21),
    ("imputation", "claim_evidence", "effect:nqp_no_ecommerce:zone_first:trend:theta", 18),
    ("leave_one_out", "robustness", "nqp:none:main:two_way:leave_one_out:none", 5),
    (
        "local_projection",
        "two_way",
        "cbec_proxy:nqp_no_ecommerce:none:two_way:local_projection:driscoll_kraay_by_horizon",
        10,
    ),
    (
        "local_projection_jackknife",
        "two_way",
        "cbec_proxy:nqp_no_ecommerce:none:two_way:local_projection_jackknife:none",
        10,
    ),
    ("long_difference", "claim_evidence", "group:nqp_city:zone_city:coastal:early", 7),
    (
        "mediation",
        "mechanism",
        "nqp_no_ecommerce:zone_first:none:main:mediation:ecommerce_intensity",
        5,
    ),
    ("negative_weights", "negative_weights", "main", 23),
    ("interactive_effects", "city_factor_models", "two_way:interactive_effects", 21),
    ("matrix_completion", "city_factor_models", "two_way:matrix_completion", 21),
    ("negative_weights", "dose_dynamic", "nqp:zone_share:none:negative_weights", 23),
    (
        "non_causality",
        "two_way",
        "cbec_proxy:nqp_no_ecommerce:none:two_way:non_causality:one_lag",
        64,
    ),
    ("pairs", "city_network", "ln_mass:none:pairs:gravity", 4),
    ("pairs", "city_network", "ln_mass:none:pairs:link_in_time", 4),
    ("permuted_paths", "placebo", "nqp:zone_first:none:permuted_paths", 2),
    ("psm_kernel", "psm_did", "nqp:none:psm_kernel", 4),
    ("psm_nearest", "psm_did", "nqp:none:psm_nearest", 4),
    ("rings", "city_spillover", "city:city:none:two_way:rings:none", 14),
    ("sar", "spatial_baseline", "sar_lee_yu", 39),
    ("sdem", "spatial_models", SDEM, 13),
    ("sdm", "spatial_baseline", "sdm_trends", 53),
    ("sdm_groups", "spatial_regions", "zone_first:baseline", 34),
    ("sdm_moderation", "spatial_moderation", "zone_first:baseline", 24),
    ("sem", "spatial_models", SDEM.replace("sdem", "sem"), 5),
    ("slx", "spatial_models", SDEM.replace("sdem", "slx"), 11),
    ("spatial_tests", "spatial_tests", "nqp:contiguity:two_way", 15),
    ("stacked", "staggered", "nqp:cohort_2016:stacked:none", 12),
    ("sun_abraham", "staggered", "nqp:pre_covid:sun_abraham:none", 45),
    ("synthetic_did", "staggered", "nqp:cohort_2016:synthetic_did:none", 10),
    (
        "three_stage",
        "two_way",
        "nqp_no_ecommerce:cbec_proxy:without_openness:two_way:three_stage:own_controls",
        9,
    ),
    ("two_stage", "staggered", "nqp:pre_covid:two_stage:none", 21),
]


@pytest.fixture(scope="module")
def committed(root):
    return project.whole(root)


@pytest.fixture(scope="module")
def rows_of(committed):
    """Return a function that gives the committed rows of an exhibit, read once."""
    return functools.cache(functools.partial(second_opinion._rows, committed))


@pytest.mark.parametrize(("estimator", "exhibit_id", "column", "numbers"), CASES)
def test_a_twin_agrees_and_names_an_altered_number(
    estimator, exhibit_id, column, numbers, rows_of, panels_once
):
    spec = by_id(exhibits.load(exhibit_id))[column]
    assert spec.estimator == estimator
    heard = by_hand.opinions(exhibit_id, {column: spec}, panels_once)
    _agrees(exhibit_id, heard, rows_of(exhibit_id), numbers)


@pytest.mark.parametrize(("column", "numbers"), [("plain", 32), ("demeaned", 31)])
def test_the_twin_of_controls_agrees_where_the_bar_of_coverage_is_none(
    column, numbers, panels_once, monkeypatch
):
    # They cover too seldom on the real roll-out, and the exhibit shows none.
    monkeypatch.setattr(synthetic_controls, "LEAST_COVERAGE", 0.0)
    spec = by_id(exhibits.load("city_synthetic"))[column]
    made = engine.estimate(spec, panels_once).terms.to_dict("records")
    heard = by_hand.opinions("city_synthetic", {column: spec}, panels_once)
    _agrees("city_synthetic", heard, {(column, row["term"]): row for row in made}, numbers)


def test_the_twin_of_one_factor_agrees_where_coverage_is_not_asked(panels_once):
    # The exhibit shows no number of the column.
    shown = by_id(exhibits.load("factor_models"))
    whole = shown["nqp:interactive_effects:one_factor:bootstrap_normal"]
    spec = dataclasses.replace(whole, options=(*whole.options, ("audit_draws", 0)))
    made = engine.estimate(spec, panels_once).terms.to_dict("records")
    heard = by_hand.opinions("factor_models", {"one": spec}, panels_once)
    _agrees("factor_models", heard, {("one", row["term"]): row for row in made}, 16)


def _agrees(exhibit_id, heard, rows, numbers):
    check = second_opinion.judge(by_hand.PROGRAM, heard, {exhibit_id: rows})
    assert check.failures == ()
    assert check.compared == numbers
    for one, field in _one_of_each_field(heard, rows):
        key = one.column, one.term
        altered = {**rows, key: {**rows[key], field: _other(rows[key], field)}}
        named = second_opinion.judge(by_hand.PROGRAM, heard, {exhibit_id: altered})
        assert any(text.startswith(f"{one.place}: {field} ") for text in named.failures)


def _one_of_each_field(heard, rows):
    """Return an opinion with a number beside it for each field that is compared."""
    found = {}
    for one in heard:
        for field in one.values:
            row = rows.get((one.column, one.term))
            if row is not None and not math.isnan(row[field]) and row[field]:
                found.setdefault(field, one)
    return [(one, field) for field, one in found.items()]


def _other(row, field):
    """Return another number: by a hundredth of a percent, or of what it is counted in."""
    unit = row["std_error"] if "std_error" in row and not math.isnan(row["std_error"]) else 0.0
    return row[field] + 1e-4 * max(abs(row[field]), unit)


def test_every_twin_is_tried():
    assert {case[0] for case in CASES} | {"synthetic_control"} == set(by_hand.ESTIMATORS)


# Exhibit that is a description, rows that are compared, and the numbers in them.
DESCRIBED = [
    ("city_index", 115, 123),
    ("coupling", 3300, 5100),
    ("index_summary", 3502, 6592),
    ("index_weights", 415, 415),
    ("measure_convergence", 306, 396),
    ("measure_gini", 480, 1410),
    ("measure_kernel", 3030, 6060),
    ("measure_markov", 308, 536),
    ("moran", 2150, 4730),
]


@pytest.mark.parametrize(("exhibit_id", "count", "numbers"), DESCRIBED)
def test_a_description_agrees_and_an_altered_number_is_named(
    exhibit_id, count, numbers, rows_of, panels_once
):
    heard = by_hand.described(exhibit_id, exhibits.load(exhibit_id).describe, panels_once)
    rows = rows_of(exhibit_id)
    assert {(one.column, one.term) for one in heard} <= set(rows)
    assert len(heard) == count
    check = second_opinion.judge(by_hand.PROGRAM, heard, {exhibit_id: rows})
    assert check.failures == ()
    assert check.compared == numbers
    for one, field in _one_of_each_field(heard, rows):
        key = one.column, one.term
        altered = {**rows, key: {**rows[key], field: _other(rows[key], field)}}
        (text,) = second_opinion.judge(by_hand.PROGRAM, heard, {exhibit_id: altered}).failures
        assert text.startswith(f"{one.place}: {field} ")


def test_every_kind_of_description_has_a_second_opinion_or_a_reason():
    described = {exhibits.load(one).describe for one in exhibits.paths()} - {None}
    without = set(sum(second_opinion.WITHOUT.values(), ()))
    assert {what.kind for what in described} - without == set(by_hand.DESCRIPTIONS)
    assert not without & set(by_hand.DESCRIPTIONS)


def test_a_description_that_fails_says_why(panels_once, monkeypatch):
    def fails(*_):
        raise ValueError("singular\nmatrix")

    monkeypatch.setitem(by_hand.DESCRIPTIONS, "coupling", fails)
    what = exhibits.load("coupling").describe
    found = by_hand.described("coupling", what, panels_once)
    assert found == [Silence("coupling", "coupling", "singular", expected=False)]


def test_every_estimator_of_an_exhibit_has_a_second_opinion():
    used = collections.Counter(
        spec.estimator for one in exhibits.paths() for spec in by_id(exhibits.load(one)).values()
    )
    modules = second_opinion.PROGRAMS.values()
    asked = {name for module in modules for name in module.ESTIMATORS}
    assert set(used) - asked == set()
    assert len(used) > 40


def test_twins_share_no_code_with_the_estimators():
    allowed = ("audit.by_hand", "audit.opinion", "audit.rows", "catalogue", "panels")
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("pilotzone"):
                assert node.module.removeprefix("pilotzone.").startswith(allowed), path.name


def test_an_estimator_that_was_not_compared_is_named(committed):
    some = {"did_baseline": committed.exhibits["did_baseline"]}
    part = dataclasses.replace(committed, exhibits=some)
    rows = {"did_baseline": second_opinion._rows(part, "did_baseline")}
    (place,) = [key for key in rows["did_baseline"] if key == (NO_CONTROLS, "zone_share")]
    silent = second_opinion.covered(part, [], rows)
    assert silent.failures == ("twfe: nothing was compared",)
    said = [Opinion("linearmodels", "did_baseline", *place, 0.0)]
    assert second_opinion.covered(part, said, rows).passed


# What the twins rest on, against numbers that are known otherwise.


def test_errors_by_clusters_are_those_of_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(12), 5)
    x = np.column_stack([rng.normal(size=(60, 2)), np.ones(60)])
    y = rng.normal(size=60) + rng.normal(size=12)[cluster]
    ours = least_squares.by_clusters(y, x[:, :2], x[:, 2:], cluster, 0)
    theirs = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    np.testing.assert_allclose(ours.errors, theirs.bse[:2], rtol=1e-10)
    # A dummy twice is one dummy.
    twice = least_squares.by_clusters(y, x[:, :2], x[:, [2, 2]], cluster, 0)
    np.testing.assert_allclose(twice.errors, ours.errors, rtol=1e-10)


def test_a_maximum_is_higher_than_all_around_it():
    """The likelihood of a general nesting model, with the truth within three errors."""
    rng = np.random.default_rng(11)
    n, periods, rho, lam = 12, 40, 0.4, -0.3
    links = rng.random((n, n)) * (1 - np.eye(n))
    matrix = links / links.sum(axis=1, keepdims=True)
    eye = np.eye(n)
    x = rng.normal(size=(periods, n))
    u = np.linalg.solve(eye - lam * matrix, rng.normal(size=(n, periods))).T
    y = np.linalg.solve(eye - rho * matrix, (x + 0.5 * x @ matrix.T + u).T).T
    place = likelihood.space(matrix, periods, "two_way", transformed=True)
    z = np.column_stack([x.ravel(), place.lag(x.ravel())])
    model = likelihood.Model(place, y.ravel(), z, (True, True))
    top = likelihood.highest(model)
    at, slope = likelihood._evaluator(model.parts(), model)
    np.testing.assert_allclose(slope(top.rho, top.lam), 0, atol=1e-6)
    for step in (0.01, -0.01):
        assert at(top.rho + step, top.lam).loglik < top.loglik
        assert at(top.rho, top.lam + step).loglik < top.loglik
    errors = np.sqrt(np.diag(information.covariance(top, pairs=True)))
    truth = np.array([1.0, 0.5, lam, rho])
    assert (np.abs([*top.slopes, top.lam, top.rho] - truth) < 3 * errors).all()


def test_what_effects_leave_is_free_of_them():
    matrix = np.full((4, 4), 1 / 3) * (1 - np.eye(4))
    place = likelihood.space(matrix, 5, "unit_trends", transformed=True)
    assert place.basis.shape == (20, 9)
    assert (place.nobs, place.repeats) == (9, 3)
    table = place.basis.T.reshape(9, 5, 4)
    line = np.arange(5.0)
    for gone in (table.sum(axis=1), table.sum(axis=2), np.einsum("t,qti->qi", line, table)):
        np.testing.assert_allclose(gone, 0, atol=1e-12)


def test_weights_of_the_simplex_are_no_worse_than_any_other():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(6, 9)), rng.normal(size=6)

    def criterion(w):
        gap = a @ w - b
        return ((gap - gap.mean()) ** 2).sum() + 0.3**2 * 6 * (w**2).sum()

    w = synthetic.simplex(a, b, 0.3)
    assert w.min() >= 0
    assert w.sum() == pytest.approx(1, abs=1e-12)
    others = rng.dirichlet(np.ones(9), size=500)
    nearby = 0.999 * w + 0.001 * others
    assert criterion(w) < min(map(criterion, [*others, *nearby]))


def test_scores_and_weights_solve_their_conditions():
    rng = np.random.default_rng(9)
    x = rng.normal(size=(40, 2))
    treated = rng.random(40) < 1 / (1 + np.exp(-x[:, 0]))
    weights = matched._entropy_weights(treated, x)
    means = [np.average(x[side], axis=0, weights=weights[side]) for side in (treated, ~treated)]
    np.testing.assert_allclose(*means, atol=1e-10)
    eta = matched._score(treated, x)
    assert np.isfinite(eta).all()
    # Firth's logit is nearer to zero than the plain one.
    plain = pytest.importorskip("statsmodels.api")
    design = np.column_stack([np.ones(40), x])
    free = plain.Logit(treated.astype(float), design).fit(disp=0)
    assert np.abs(eta - eta.mean()).sum() < np.abs(design @ free.params).sum() * 1.5
    assert stats.pearsonr(eta, design @ free.params)[0] > 0.99


def test_an_interval_without_violations_and_with_large_ones():
    """No change of slope leaves a line; large ones leave the last step before treatment."""
    beta = np.array([-0.3, -0.1, 0.2, 0.5])
    sigma = 0.01 * (np.eye(4) + 0.5)
    path = robust.Path(beta, sigma, 2)
    low, high = robust.shortest(path, 2.0)
    # The mean extrapolates the last step: (1 + 2)/2 steps ahead.
    w = np.array([0.0, 1.5, 0.5, 0.5])
    assert (low + high) / 2 == pytest.approx(w @ beta, rel=1e-9)
    line = robust.shortest(path, 0.0)
    design = np.array([[-2.0, 0, 0], [-1, 0, 0], [1, 1, 0], [2, 0, 1]])
    weight = np.linalg.inv(sigma)
    inverse = np.linalg.inv(design.T @ weight @ design)
    effects = (inverse @ design.T @ weight @ beta)[1:]
    error = math.sqrt(np.full(2, 0.5) @ inverse[1:, 1:] @ np.full(2, 0.5))
    half = stats.norm.ppf(0.975) * error
    np.testing.assert_allclose(line, [effects.mean() - half, effects.mean() + half], rtol=1e-9)
