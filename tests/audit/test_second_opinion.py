"""Other programs: they agree with the output, and a number of the output that is wrong is named.

EXACT: two solutions of the same normal equations on a few thousand rows. What is printed as the
largest difference lies far below the limit of 1e-6, of 1e-5 for spreg, whose search ends where
rounding hides the slope of the likelihood.
"""

import dataclasses
import math
import os

import numpy as np
import pytest

from pilotzone import exhibits
from pilotzone.audit import by_hand, by_linearmodels, by_pyfixest, by_spreg, second_opinion
from pilotzone.audit.opinion import Opinion, Silence
from pilotzone.audit.project import Project
from pilotzone.catalogue import Inference, Specification
from pilotzone.catalogue.columns import by_id
from pilotzone.engine import estimate
from pilotzone.engine.design import design
from pilotzone.engine.matrix import placed
from pilotzone.methods.inference.effects import FixedEffects

# linearmodels says what it drops.
pytestmark = pytest.mark.filterwarnings("ignore:.*singleton observations dropped")
EXACT = 1e-9
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "city"}


@pytest.fixture
def checks(project, built, pyfixest_once, programs_once):
    found = second_opinion.checks(project, built, processes=1)
    return {check.name: check for check in found}


def test_the_programs_agree_with_the_output(checks):
    assert {name: check.failures for name, check in checks.items()} == dict.fromkeys(checks, ())
    assert checks["linearmodels"].measured.startswith("8 columns, 80 numbers")
    assert "limit 1e-06" in checks["linearmodels"].summary
    assert checks["linearmodels"].summary.endswith("below 1e-09")
    assert checks["spreg"].measured.startswith("2 columns")
    assert checks["pyfixest"].measured.startswith("8 columns, 64 numbers")
    assert checks["pyfixest"].summary.endswith("below 1e-09")
    assert checks["by hand"].measured.startswith("10 columns, 380 numbers")
    assert checks["by hand"].summary.endswith("below 1e-09")
    every = checks["every estimator and description"]
    assert every.measured == "5 estimators and kinds of descriptions"
    assert "multiverse, verdict_audit (draw from their declared seed)" in every.summary


@pytest.mark.slow
def test_a_wrong_coefficient_is_named_by_every_program_that_has_it(
    project, built, change, pyfixest_once, programs_once
):
    change(
        project, "did_baseline", "nqp:zone_share:none", "zone_share", "estimate", (1.00001).__mul__
    )
    change(project, "spatial_baseline", "sdm", "rho", "estimate", (1.001).__mul__)
    found = {c.name: c.failures for c in second_opinion.checks(project, built, processes=1)}
    place = "did_baseline: nqp:zone_share:none / zone_share: estimate "
    for program in ("linearmodels", "pyfixest"):
        (failure,) = found[program]
        assert failure.startswith(place)
        assert failure.endswith("1.0e-05 apart")
    for program in ("spreg", "by hand"):
        (failure,) = found[program]
        assert failure.startswith("spatial_baseline: sdm / rho: estimate ")


def test_a_lost_row_is_named_and_a_lost_file_left_to_others(project, built, edit, monkeypatch):
    monkeypatch.setattr(by_pyfixest, "HEADLINE", ())
    edit(project.estimates / "did_baseline.csv", "nqp,zone_share,", "nqp,zone_shore,")
    (project.estimates / "spatial_baseline.models.csv").unlink()
    one, path = project.exhibits["did_baseline"]
    few = {"did_baseline": (dataclasses.replace(one, columns=one.columns[3:5]), path)}
    few["spatial_baseline"] = project.exhibits["spatial_baseline"]
    project = dataclasses.replace(project, exhibits=few)
    found = {c.name: c for c in second_opinion.checks(project, built, processes=1)}
    (failure,) = found["linearmodels"].failures
    assert failure.endswith("zone_share: no such row in output/estimates")
    assert found["spreg"].measured.startswith("0 columns")
    assert "nothing was compared" in found["spreg"].failures


ROWS = {"e": {("c", "x"): {"estimate": 0.5, "std_error": 0.1}}}


@pytest.mark.parametrize(
    ("estimate_shift", "error_shift", "magnitude", "passed"),
    [
        (0.0, 0.0, "below 1e-09", True),
        (1e-7, 0.0, "below 1e-06", True),
        (0.0, 0.9e-7, "below 1e-06", True),
        (0.6e-6, 0.0, "below 1e-05", False),
        (0.0, 2e-7, "below 1e-05", False),
        (math.nan, 0.0, "", False),
    ],
)
def test_the_size_of_a_difference(estimate_shift, error_shift, magnitude, passed):
    heard = [Opinion("linearmodels", "e", "c", "x", 0.5 + estimate_shift, 0.1 + error_shift)]
    check = second_opinion.judge("linearmodels", heard, ROWS)
    assert check.passed is passed
    assert magnitude in check.summary


def test_a_coefficient_far_below_its_error_counts_in_errors():
    rows = {"e": {("c", "x"): {"estimate": 1e-9, "std_error": 0.1}}}
    heard = [Opinion("linearmodels", "e", "c", "x", 2e-9)]
    assert second_opinion.judge("linearmodels", heard, rows).passed


def test_silences_are_counted_and_failures_named():
    heard = [
        Silence("e", "a", "no"),
        Silence("e", "b", "no"),
        Silence("e", "c", "singular", expected=False),
    ]
    check = second_opinion.judge("spreg", heard, {})
    assert "; 2 not asked: no;" in check.measured
    assert check.failures == ("e: c: no fit: singular", "nothing was compared")


# linearmodels


def opinion_of(spec, store):
    found = by_linearmodels._of_column("e", "c", spec, store)
    return {one.term: one for one in found}


def agree(spec, store, *, errors=True):
    """Compare an opinion with the engine, coefficients and errors."""
    theirs = opinion_of(spec, store)
    ours = estimate(spec, store).terms.set_index("term")
    common = [term for term in ours.index if term in theirs]
    assert common
    for term in common:
        row = ours.loc[term]
        assert theirs[term].estimate == pytest.approx(row["estimate"], rel=EXACT)
        if errors:
            assert theirs[term].std_error == pytest.approx(row["std_error"], rel=EXACT)
        else:
            assert theirs[term].std_error is None
    return common


@pytest.mark.parametrize(
    "fields",
    [
        {**CITY, "controls": "city"},
        {**CITY, "effects": "province_year"},
        {**CITY, "effects": "unit_trends", "controls": "city"},
        {**CITY, "options": (("transform", "lag"),)},
        {**CITY, "estimator": "heterogeneity", "options": (("by", "region3"),)},
        {"effects": "region_year"},
        {"effects": "unit_trends"},
        {"effects": "period", "options": (("transform", "first_difference"),)},
        {"diagnostics": ("municipalities",)},
        {"estimator": "slx", "weights": "contiguity"},
        {"estimator": "slx", "weights": "contiguity", "inference": "information"},
        {
            "estimator": "moderation",
            "outcome": "nqp_no_digital_finance",
            "options": (("moderator", "digital_finance_index"), ("timing", "contemporaneous")),
        },
        {
            "estimator": "moderation",
            "outcome": "nqp_no_digital_finance",
            "effects": "unit_trends+moderator_year",
            "options": (("moderator", "digital_finance_index"), ("timing", "initial")),
        },
        {"effects": "size_year"},
        {
            **CITY,
            "effects": "group_year",
            "estimator": "heterogeneity",
            "options": (("by", "resource_based"), ("units_per_cohort", 10)),
        },
        {
            **CITY,
            "effects": "group_year+unit_trends",
            "estimator": "heterogeneity",
            "options": (("by", "region3"),),
        },
    ],
    ids=str,
)
def test_panel_ols_agrees_with_the_engine(fields, panels_once):
    usual = {"outcome": "nqp", "treatment": "zone_share", "controls": "none"}
    common = agree(Specification(**{**usual, **fields}), panels_once)
    if "diagnostics" in fields:
        assert "no_municipalities:zone_share" in common


def test_clusters_that_are_not_units(panels_once):
    agree(Specification(**CITY, inference=Inference("crv1", "province_code")), panels_once)


@pytest.mark.parametrize(
    "inference", ["crv3", "driscoll_kraay_2", Inference("wild_rademacher", draws=99, seed=1)]
)
def test_errors_of_another_kind_are_not_compared(inference, panels_once):
    agree(Specification(**CITY, inference=inference), panels_once, errors=False)


def test_columns_demeaned_together_are_those_of_panel_ols(panels_once):
    exhibit = exhibits.load("coding_matrix")
    chosen = dict(list(by_id(exhibit).items())[::240])
    assert all(by_linearmodels._plain(spec) for spec in chosen.values())
    together = by_linearmodels._together("e", chosen, panels_once)
    for column, spec in chosen.items():
        alone = opinion_of(spec, panels_once)
        mine = {one.term: one for one in together if one.column == column}
        assert mine.keys() == alone.keys()
        for term, one in mine.items():
            assert one.estimate == pytest.approx(alone[term].estimate, rel=EXACT, abs=1e-12)
            assert one.std_error == pytest.approx(alone[term].std_error, rel=EXACT)


@pytest.mark.parametrize("effects", ["two_way", "province_year", "unit", "period"])
def test_rows_alone_and_the_rank_of_the_effects(effects, panels_once):
    data = design(Specification(**CITY, effects=effects), panels_once)
    ours = FixedEffects(by_linearmodels._factors(data), n=len(data.frame))
    alone = by_linearmodels._alone(data)
    np.testing.assert_array_equal(alone, ours.singletons)
    used = data.where(~alone)
    nested = len(np.unique(used.unit)) - 1 if "unit" in data.effects else 0
    counted = by_linearmodels._effects_counted(used)
    assert counted == ours.without_singletons.rank - nested


def test_detrending_is_a_regression_on_unit_dummies_and_trends():
    rng = np.random.default_rng(5)
    unit = np.array(["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"])
    period = np.array([1, 2, 3, 5, 1, 2, 4, 2, 3, 4])
    columns = rng.normal(size=(10, 2))
    dummies = (unit[:, None] == np.unique(unit)).astype(float)
    line = np.hstack([dummies, dummies * period[:, None]])
    expected = columns - line @ np.linalg.lstsq(line, columns, rcond=None)[0]
    free, rank = by_linearmodels._detrended(columns, unit, period)
    np.testing.assert_allclose(free, expected, atol=1e-12)
    assert rank == np.linalg.matrix_rank(line) == 7


# spreg


def test_effects_by_the_whole_inverse(panels_once):
    spec = Specification(outcome="nqp", treatment="zone_share", weights="economic", estimator="sdm")
    rows = estimate(spec, panels_once).terms.set_index("term")["estimate"]
    _, weights = placed(design(spec, panels_once), panels_once)
    names = ("zone_share", "W:zone_share", "rho")
    found = by_spreg.effects({name: rows[name] for name in names}, weights)
    assert found == pytest.approx({name: rows[name] for name in found}, rel=1e-9)
    assert set(found) == {f"{kind}:zone_share" for kind in ("direct", "indirect", "total")}


@pytest.mark.parametrize(
    ("exhibit_id", "column"),
    [
        ("spatial_models", "nqp:zone_share:baseline:period:sdm:none"),
        ("spatial_models", "nqp:zone_share:baseline:unit:sar:lee_yu"),
        ("spatial_regions", "zone_share:baseline"),
        ("spatial_moderation", "zone_first:baseline"),
    ],
)
def test_spreg_agrees_with_the_engine(exhibit_id, column, panels_once):
    spec = by_id(exhibits.load(exhibit_id))[column]
    ours = estimate(spec, panels_once).terms.set_index("term")
    found = by_spreg.opinions(exhibit_id, {column: spec}, panels_once)
    common = [one for one in found if one.term in ours.index]
    assert {"rho"} < {one.term for one in common}
    for one in common:
        row = ours.loc[one.term]
        scale = max(abs(row["estimate"]), row["std_error"])
        assert abs(one.estimate - row["estimate"]) < 1e-5 * scale
        if one.std_error is not None:
            assert one.std_error == pytest.approx(row["std_error"], rel=1e-5)


@pytest.mark.parametrize(
    ("exhibit_id", "column", "reason"),
    [
        (
            "spatial_models",
            "nqp:zone_share:baseline:two_way:sdm:lee_yu",
            by_spreg.NO_CORRECTION,
        ),
        (
            "spatial_sensitivity",
            "zone_share:inverse_distance:exponent:0.5",
            by_spreg.OUT_OF_RANGE,
        ),
    ],
)
def test_where_spreg_has_nothing_to_say(exhibit_id, column, reason, panels_once):
    chosen = {column: by_id(exhibits.load(exhibit_id))[column]}
    found = by_spreg.opinions(exhibit_id, chosen, panels_once)
    assert found == [Silence(exhibit_id, column, reason)]


# What fails in one column leaves the others.


@pytest.mark.parametrize("module", [by_linearmodels, by_spreg, by_hand])
def test_a_column_without_a_fit_is_told(module, panels_once, monkeypatch):
    def fails(*_):
        raise ValueError("singular\nmatrix")

    monkeypatch.setattr(module, "_of_column", fails)
    chosen = {"a": Specification(**CITY), "b": Specification(**CITY)}
    found = module.opinions("e", chosen, panels_once)
    assert found == [Silence("e", column, "singular", expected=False) for column in chosen]


@pytest.mark.slow
def test_pyfixest_that_fails_says_why(built, monkeypatch, tmp_path):
    # In place of the real one, which takes seconds to start.
    fails = "def feols(*_, **__):\n    raise ValueError('singular')\nssc = dict\n"
    (tmp_path / "pyfixest.py").write_text(fails, encoding="utf-8")
    packages = f"{tmp_path}{os.pathsep}{by_pyfixest.PACKAGES}"
    monkeypatch.setattr(by_pyfixest, "PACKAGES", packages)
    chosen = {"did_baseline": {"nqp:zone_share:none"}}
    (silence,) = by_pyfixest.opinions(chosen, built)
    assert (silence.exhibit, silence.column) == ("did_baseline", "all columns")
    assert not silence.expected
    assert silence.reason == "pyfixest failed: ['ValueError: singular']"


def test_an_exhibit_with_some_terms_of_another_is_not_asked(project):
    one, path = project.exhibits["did_baseline"]
    some = {**project.exhibits, "did_baseline": (dataclasses.replace(one, terms=("x",)), path)}
    asked = {task[1] for task in second_opinion.tasks(Project(project.root, some), project.root)}
    assert asked == {"spatial_baseline", "negative_weights", "goodman_bacon"}
