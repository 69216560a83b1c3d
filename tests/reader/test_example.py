"""The example of a reader's panel, by its script: known answers, what is rendered, its time.

Tolerances: tests/reader/conftest.py.
"""

import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.tables import latex

ROOT = Path(__file__).parents[2]
ESTIMATE, ERROR = 1e-6, 1e-5
# Processor time that the example may take; the clock depends on what else runs.
SECONDS = 60
REFERENCE = ROOT / "tests/reference"
# Answers of a second program: with controls, and the error of the average over cohorts, for which
# tests/did/test_callaway_santanna.py shows why the first program prints another one.
SECOND = pd.read_csv(REFERENCE / "staggered.csv").set_index(["check", "quantity"])


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The output of the example panel, its printed lines and its processor time."""
    target = tmp_path_factory.mktemp("example")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "code/mine.py",
            ROOT / "examples/my_panel.csv",
            ROOT / "examples/my_panel.toml",
            f"--output={target}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return target, done.stdout, seconds


def test_the_example_is_the_panel_of_known_answers():
    there = (ROOT / "examples/my_panel.csv").read_bytes()
    assert there == (REFERENCE / "panel.csv").read_bytes()
    matrix = pd.read_csv(ROOT / "examples/my_weights.csv", index_col="unit").to_numpy()
    known = np.loadtxt(REFERENCE / "spatial_weights.csv", delimiter=",")
    np.testing.assert_allclose(matrix / matrix.sum(axis=1, keepdims=True), known, atol=1e-12)


@pytest.mark.cli
def test_the_example_takes_less_than_a_minute(example):
    assert example[2] < SECONDS


@pytest.mark.cli
def test_two_way(example, terms, models, agrees, gold):
    agrees(terms(example[0], "did", "none").loc["treated"], "twfe", "d")
    with_controls = terms(example[0], "did", "x1+x2")
    for term, quantity in (("treated", "d"), ("x1", "x1"), ("x2", "x2")):
        agrees(with_controls.loc[term], "twfe_controls", quantity)
    p = gold.loc[("twfe_controls", "p_d"), "value"]
    assert with_controls.loc["treated", "p_value"] == pytest.approx(p, abs=ERROR)
    row = models(example[0], "did").loc["x1+x2"]
    for field in ("r2", "r2_within"):
        known = gold.loc[("twfe_controls", field), "value"]
        assert float(row[field]) == pytest.approx(known, abs=ESTIMATE)


@pytest.mark.cli
def test_event_study(example, terms, agrees, gold):
    path = terms(example[0], "event_study", "none:event_study_unbinned")
    for quantity in gold.loc["event_study_twfe"].index:
        agrees(path.loc[f"event:{quantity[1:]}"], "event_study_twfe", quantity)


@pytest.mark.cli
@pytest.mark.parametrize(
    ("column", "check"),
    [
        ("callaway_santanna", "callaway_santanna_notyettreated"),
        ("callaway_santanna_never", "callaway_santanna_nevertreated"),
    ],
)
def test_callaway_and_santanna(example, column, check, terms, agrees, gold):
    found = terms(example[0], "staggered", f"none:{column}")
    for quantity in gold.loc[check].index:
        answers = SECOND if quantity == "group" else gold
        agrees(found.loc[f"overall:{quantity}"], check, quantity, answers=answers)
    if column.endswith("never"):
        check = "callaway_santanna_dynamic_nevertreated"
        # Leads of the known answers are measured from the year before each, ours from e = -1.
        for quantity in gold.loc[check].index:
            if int(quantity[1:]) >= 0:
                agrees(found.loc[f"event:{quantity[1:]}"], check, quantity)


@pytest.mark.cli
def test_sun_and_abraham(example, terms, agrees, gold):
    found = terms(example[0], "staggered", "none:sun_abraham")
    agrees(found.loc["overall:simple"], "sun_abraham", "att")
    for quantity in gold.loc["sun_abraham_event"].index:
        agrees(found.loc[f"event:{quantity[1:]}"], "sun_abraham_event", quantity)


@pytest.mark.cli
def test_imputation(example, terms, agrees, gold):
    found = terms(example[0], "staggered", "none:imputation")
    agrees(found.loc["overall:simple"], "bjs_imputation", "treat")
    for quantity in gold.loc["bjs_imputation_horizon"].index:
        agrees(found.loc[f"event:{quantity[1:]}"], "bjs_imputation_horizon", quantity)


@pytest.mark.cli
@pytest.mark.parametrize("estimator", ["sun_abraham", "imputation"])
def test_staggered_adoption_with_controls(example, estimator, terms, agrees):
    row = terms(example[0], "staggered", f"x1+x2:{estimator}").loc["overall:simple"]
    agrees(row, f"{estimator}_x1_x2", "simple", answers=SECOND)


@pytest.mark.cli
def test_goodman_bacon(example, gold):
    found = pd.read_csv(example[0] / "goodman_bacon.csv").query("treated == 'all'")
    found = found.set_index("comparison")
    names = {
        "Earlier vs Later Treated": "earlier vs later",
        "Later vs Earlier Treated": "later vs earlier",
        "Treated vs Untreated": "treated vs never treated",
    }
    for known, ours in names.items():
        for field in ("weight", "estimate"):
            value = gold.loc[(f"bacon_{field}", known), "value"]
            assert found.loc[ours, field] == pytest.approx(value, abs=ESTIMATE)


@pytest.mark.cli
def test_every_inference_is_of_the_same_coefficient(example, gold):
    known = gold.loc[("twfe", "d"), "value"]
    frame = pd.read_csv(example[0] / "inference.csv").query("term == 'treated'")
    for inference in ("crv1", "crv3", "wild_rademacher", "permutation"):
        row = frame.set_index("column").loc[f"none:{inference}"]
        assert row["estimate"] == pytest.approx(known, abs=ESTIMATE)
        assert 0 < row["p_value"] < 0.05
    placebo = pd.read_csv(example[0] / "placebo.csv")
    assert {c.split(":")[1] for c in placebo["column"]} == {
        "fake_rollout",
        "permuted_paths",
        "two_years_early",
    }
    draws = pd.read_csv(example[0] / "placebo.draws.csv")
    assert (draws.groupby("column").size() == 999).all()


@pytest.mark.cli
def test_the_example_is_rendered_by_the_renderers_of_the_project(example):
    target, printed, _ = example
    ids = [
        *("did", "event_study", "staggered", "goodman_bacon", "negative_weights", "inference"),
        *("placebo", "moran", "spatial_tests", "spatial_models"),
    ]
    for exhibit in ids:
        text = (target / f"tables/{exhibit}.md").read_text(encoding="utf-8")
        assert f"**Table {exhibit}.**" in text
        assert text.rstrip().endswith("Source: my_panel.csv.")
        assert "output/estimates" not in text
        assert latex.parse((target / f"tables/{exhibit}.tex").read_text(encoding="utf-8"))
    drawn = {path.stem for path in (target / "figures").glob("*.png")}
    made = ("event_study", "staggered", "honest_did", "goodman_bacon", "matched", "influence")
    made += ("factor_models",)
    assert drawn == {*made, "placebo", "multiverse"}
    report = (target / "report.md").read_text(encoding="utf-8")
    assert "30 provinces, 12 periods 2011-2022, 360 rows" in report
    linked = re.findall(r"!\[.*\]\((.*)\)", report)
    assert {Path(link).stem for link in linked} == drawn
    assert all((target / link).exists() for link in linked)
    assert f"done: see {target / 'report.html'} or {target / 'report.md'}" in printed
    table = (target / "tables/did.md").read_text(encoding="utf-8")
    for text in ("Outcome y", "Control x1", "| x2 ", "Treated", "0.410***", "(0.141)"):
        assert text in table
