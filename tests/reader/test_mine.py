"""A reader's panel through code/mine.py: known answers, what is listed, all files or none.

Tolerances of the known answers: 1e-6 for estimates, 1e-5 for standard errors and for likelihood,
5 % for simulated errors (tests/reference/README.md).
"""

import importlib.util
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotzone import exhibits, plots
from pilotzone.catalogue import Sample, Specification, reasons
from pilotzone.catalogue.samples import OWN, SAMPLES
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError, decode
from pilotzone.reader import mine as own
from pilotzone.reader.battery import Plan, battery
from pilotzone.reader.panel_config import read_config
from pilotzone.tables import latex

ROOT = Path(__file__).parents[2]
ESTIMATE, ERROR, SIMULATED = 1e-6, 1e-5, 0.05
# Processor time that the example may take; the clock depends on what else runs.
SECONDS = 60
REFERENCE = ROOT / "tests/reference"
GOLD = pd.read_csv(REFERENCE / "gold.csv").set_index(["check", "quantity"])
DEPENDENT = pd.read_csv(REFERENCE / "gold2.csv").set_index(["check", "quantity"])
# Answers of a second program: with controls, and the error of the average over cohorts, for which
# tests/did/test_callaway_santanna.py shows why the first program prints another one.
SECOND = pd.read_csv(REFERENCE / "staggered.csv").set_index(["check", "quantity"])


def script():
    """Return the module code/mine.py."""
    found = importlib.util.spec_from_file_location("mine", ROOT / "code/mine.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


MINE = script()


def snapshot(folder):
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def terms(folder, exhibit, column):
    frame = pd.read_csv(folder / f"{exhibit}.csv").set_index(["column", "term"])
    return frame.loc[column]


def models(folder, exhibit):
    frame = pd.read_csv(folder / f"{exhibit}.models.csv", keep_default_na=False)
    return frame.set_index("column")


def codes(reason):
    """Return the codes of the reasons of columns, each once."""
    return {one.code for cell in reason for one in decode(cell)}


# --- the example: known answers ---------------------------------------------------------------


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


def agrees(row, check, quantity, tolerance=ESTIMATE, answers=GOLD):
    known = answers.loc[(check, quantity)]
    assert row["estimate"] == pytest.approx(known["value"], abs=tolerance), quantity
    if np.isfinite(known["std_error"]):
        assert row["std_error"] == pytest.approx(known["std_error"], abs=ERROR), quantity


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
def test_two_way(example):
    agrees(terms(example[0], "did", "none").loc["treated"], "twfe", "d")
    with_controls = terms(example[0], "did", "x1+x2")
    for term, quantity in (("treated", "d"), ("x1", "x1"), ("x2", "x2")):
        agrees(with_controls.loc[term], "twfe_controls", quantity)
    p = GOLD.loc[("twfe_controls", "p_d"), "value"]
    assert with_controls.loc["treated", "p_value"] == pytest.approx(p, abs=ERROR)
    row = models(example[0], "did").loc["x1+x2"]
    for field in ("r2", "r2_within"):
        known = GOLD.loc[("twfe_controls", field), "value"]
        assert float(row[field]) == pytest.approx(known, abs=ESTIMATE)


@pytest.mark.cli
def test_event_study(example):
    path = terms(example[0], "event_study", "none:event_study_unbinned")
    for quantity in GOLD.loc["event_study_twfe"].index:
        agrees(path.loc[f"event:{quantity[1:]}"], "event_study_twfe", quantity)


@pytest.mark.cli
@pytest.mark.parametrize(
    ("column", "check"),
    [
        ("callaway_santanna", "callaway_santanna_notyettreated"),
        ("callaway_santanna_never", "callaway_santanna_nevertreated"),
    ],
)
def test_callaway_and_santanna(example, column, check):
    found = terms(example[0], "staggered", f"none:{column}")
    for quantity in GOLD.loc[check].index:
        answers = SECOND if quantity == "group" else GOLD
        agrees(found.loc[f"overall:{quantity}"], check, quantity, answers=answers)
    if column.endswith("never"):
        check = "callaway_santanna_dynamic_nevertreated"
        # Leads of the known answers are measured from the year before each, ours from e = -1.
        for quantity in GOLD.loc[check].index:
            if int(quantity[1:]) >= 0:
                agrees(found.loc[f"event:{quantity[1:]}"], check, quantity)


@pytest.mark.cli
def test_sun_and_abraham(example):
    found = terms(example[0], "staggered", "none:sun_abraham")
    agrees(found.loc["overall:simple"], "sun_abraham", "att")
    for quantity in GOLD.loc["sun_abraham_event"].index:
        agrees(found.loc[f"event:{quantity[1:]}"], "sun_abraham_event", quantity)


@pytest.mark.cli
def test_imputation(example):
    found = terms(example[0], "staggered", "none:imputation")
    agrees(found.loc["overall:simple"], "bjs_imputation", "treat")
    for quantity in GOLD.loc["bjs_imputation_horizon"].index:
        agrees(found.loc[f"event:{quantity[1:]}"], "bjs_imputation_horizon", quantity)


@pytest.mark.cli
@pytest.mark.parametrize("estimator", ["sun_abraham", "imputation"])
def test_staggered_adoption_with_controls(example, estimator):
    row = terms(example[0], "staggered", f"x1+x2:{estimator}").loc["overall:simple"]
    agrees(row, f"{estimator}_x1_x2", "simple", answers=SECOND)


@pytest.mark.cli
def test_goodman_bacon(example):
    found = pd.read_csv(example[0] / "goodman_bacon.csv").query("treated == 'all'")
    found = found.set_index("comparison")
    names = {
        "Earlier vs Later Treated": "earlier vs later",
        "Later vs Earlier Treated": "later vs earlier",
        "Treated vs Untreated": "treated vs never treated",
    }
    for known, ours in names.items():
        for field in ("weight", "estimate"):
            value = GOLD.loc[(f"bacon_{field}", known), "value"]
            assert found.loc[ours, field] == pytest.approx(value, abs=ESTIMATE)


@pytest.mark.cli
def test_every_inference_is_of_the_same_coefficient(example):
    known = GOLD.loc[("twfe", "d"), "value"]
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


# --- a matrix: known answers ------------------------------------------------------------------


@pytest.fixture
def no_figures(monkeypatch):
    """Leave the figures out, which take most of the time."""
    monkeypatch.setattr(plots, "draw", lambda *arguments: None)
    monkeypatch.setattr(plots, "captioned", lambda *arguments: None)
    monkeypatch.setattr(plots, "save", lambda *arguments: None)


def test_the_spatial_part_gives_the_known_answers(tmp_path, no_figures):
    panel = pd.read_csv(REFERENCE / "spatial_panel.csv")
    panel.to_csv(tmp_path / "p.csv", index=False)
    shutil.copy(ROOT / "examples/my_weights.csv", tmp_path / "w.csv")
    (tmp_path / "p.toml").write_text(
        'unit = "unit"\nperiod = "year"\noutcome = "y"\ntreatment = "x1"\ncontrols = ["x2"]\n'
        'spatial_weights = "w.csv"\ndraws = 99\n'
    )
    target = tmp_path / "out"
    command = [str(tmp_path / "p.csv"), str(tmp_path / "p.toml"), f"--output={target}"]
    assert MINE.main(command) == 0
    sar, sdm = (terms(target, "spatial_models", name) for name in ("sar", "sdm"))
    for term in ("rho", "x1", "x2"):
        agrees(sar.loc[term], "sar_twoway_cluster_pairs", term, ERROR, DEPENDENT)
    for term, quantity in (("rho", "rho"), ("x1", "x1"), ("W:x1", "Wx1"), ("W:x2", "Wx2")):
        agrees(sdm.loc[term], "sdm_twoway_cluster_pairs", quantity, ERROR, DEPENDENT)
    effects = "sdm_twoway_effects_cluster_pairs_simulated"
    for quantity in DEPENDENT.loc[effects].index:
        known = DEPENDENT.loc[(effects, quantity)]
        row = sdm.loc[quantity.replace("_", ":")]
        assert row["estimate"] == pytest.approx(known["value"], abs=ERROR)
        assert row["std_error"] == pytest.approx(known["std_error"], rel=SIMULATED)
    tests = terms(target, "spatial_tests", "unit")
    names = {"lme": "lm_error", "lml": "lm_lag", "rlme": "robust_lm_error", "rlml": "robust_lm_lag"}
    for known, ours in names.items():
        value = GOLD.loc[("lm_test_individual_fe", known), "value"]
        assert tests.loc[f"test:{ours}", "statistic"] == pytest.approx(value, abs=ERROR)
    moran = pd.read_csv(target / "moran.csv").set_index(["outcome", "year", "statistic"])
    row = moran.loc[("y", 1, "moran:randomisation")]
    assert row["value"] == pytest.approx(GOLD.loc[("moran_t1", "I"), "value"], abs=ESTIMATE)
    assert row["weights"] == "own"
    assert models(target, "dose")["identified"].tolist() == ["no", "no"]
    (reason,) = models(target, "dose")["reason"].unique()
    assert "dose bins need a share" in reasons.cell(reason, ENGLISH)


# --- what a panel cannot carry is listed and the rest done ------------------------------------

CONFIG = """
unit = "unit"
period = "year"
outcome = "y"
controls = ["x1"]
spatial_weights = "w.csv"
draws = 99
first_treated = "first_treated"
estimators.without = [
    "two_stage", "extended_twfe", "stacked", "synthetic_did", "honest_did", "local_projection",
    "psm_nearest", "psm_kernel", "entropy_balancing", "slx", "sdem", "gns", "dynamic_sdm",
    "leave_one_out", "local_projection_jackknife", "non_causality", "clean_controls",
    "relabelled_matrices", "random_graphs",
]
"""


def gold_panel():
    return pd.read_csv(REFERENCE / "panel.csv")


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "examples/my_weights.csv", tmp_path / "w.csv")
    return tmp_path


def run(folder, frame, config=CONFIG, *arguments):
    """Run the script in process and return its exit status."""
    if isinstance(frame, bytes):
        (folder / "p.csv").write_bytes(frame)
    else:
        frame.to_csv(folder / "p.csv", index=False)
    (folder / "p.toml").write_text(config, encoding="utf-8")
    target = f"--output={folder / 'out'}"
    return MINE.main([str(folder / "p.csv"), str(folder / "p.toml"), target, *arguments])


def few(monkeypatch, *ids):
    """Make some exhibits alone, of a panel that the example has shown to carry all of them."""
    made_of = own.exhibits_of
    monkeypatch.setattr(own, "exhibits_of", lambda made: {i: made_of(made)[i] for i in ids})


def test_a_panel_with_gaps_gives_all_that_needs_no_balance(folder, no_figures, capsys):
    frame = gold_panel()
    gaps = ((frame["unit"] == 3) & (frame["year"] == 2012)) | (
        (frame["unit"] == 9) & (frame["year"] > 2020)
    )
    assert run(folder, frame[~gaps]) == 0
    printed = capsys.readouterr().out
    assert "3 of 360 unit-periods have no row: 3 in 2012, 9 in 2021, 9 in 2022" in printed
    assert "goodman_bacon: 1 column, 1 of them not identified" in printed
    assert "moran: not made: weights 'own' holds unit 3" in printed
    out = folder / "out"
    for exhibit in ("did", "event_study", "staggered", "inference", "placebo"):
        assert (models(out, exhibit)["identified"] == "yes").all(), exhibit
    assert (models(out, "did")["nobs"].astype(int) == 357).all()
    for exhibit in ("spatial_models", "spatial_tests", "goodman_bacon"):
        rows = models(out, exhibit)
        assert (rows["identified"] == "no").all()
        (reason,) = rows["reason"].unique()
        assert "missing" in reasons.cell(reason, ENGLISH)
        table = (out / f"tables/{exhibit}.md").read_text(encoding="utf-8")
        assert "missing" in table
    assert len(pd.read_csv(out / "goodman_bacon.csv")) == 0


@pytest.mark.slow
def test_without_units_never_treated_the_engine_says_what_is_lost(folder, no_figures):
    frame = gold_panel()
    assert (
        run(folder, frame[frame["first_treated"] > 0], CONFIG.replace("spatial_weights", "# ")) == 0
    )
    rows = models(folder / "out", "staggered")
    lost = rows[rows["identified"] == "no"]
    assert set(lost["estimator"]) == {"callaway_santanna_never", "sun_abraham"}
    assert codes(lost["reason"]) == {"no_never_treated"}
    assert "no unit is never treated" in reasons.cell(lost["reason"].iloc[0], ENGLISH)
    assert rows.loc["none:callaway_santanna", "identified"] == "yes"


def test_a_cohort_of_one_unit_gets_columns_without_it(folder, no_figures):
    frame = gold_panel()
    alone = frame["unit"] == frame["unit"].iloc[0]
    frame.loc[alone, "first_treated"] = 2017
    # The panel's treatment follows the cohort.
    frame["d"] = ((frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])) * 1
    assert run(folder, frame, CONFIG.replace("spatial_weights", "# ")) == 0
    rows = models(folder / "out", "staggered")
    assert {name.rpartition(":")[2] for name in rows.index} == {"none", "without_single"}
    for estimator in set(rows["estimator"]):
        lone = terms(folder / "out", "staggered", f"none:{estimator}:none")
        other = terms(folder / "out", "staggered", f"none:{estimator}:without_single")
        assert np.isnan(lone.loc["overall:simple", "std_error"])
        assert other.loc["overall:simple", "std_error"] > 0
    cautions = pd.read_csv(folder / "out/staggered.cautions.csv").set_index(["column", "term"])
    said = cautions.loc[("none:imputation:none", "overall:simple"), "reason"]
    assert codes([said]) == {"one_treated_unit"}


def test_a_dose_has_bins_and_permuted_paths_and_no_cohorts(folder, no_figures):
    rng = np.random.default_rng(5)
    share = np.repeat(rng.uniform(0.05, 1, 30), 12)
    frame = gold_panel().assign(dose=lambda f: f["d"] * share)
    config = CONFIG.replace('first_treated = "first_treated"', 'treatment = "dose"')
    assert run(folder, frame, config) == 0
    found = {path.name.split(".")[0] for path in (folder / "out").glob("*.csv")}
    spatial = {"moran", "spatial_tests", "spatial_models", "spillovers"}
    assert (
        found
        == {"did", "dose", "dose_dynamic", "functional_form", "inference", "placebo"} | spatial
    )
    assert (models(folder / "out", "dose")["identified"] == "yes").all()
    dynamic = models(folder / "out", "dose_dynamic")
    assert (dynamic["identified"] == "yes").all()
    assert (dynamic["inference"] == "influence_t:unit").all()
    assert set(models(folder / "out", "placebo")["estimator"]) == {"permuted_paths"}
    assert (models(folder / "out", "placebo")["identified"] == "yes").all()


def test_an_event_study_has_the_window_of_the_panel(folder, no_figures):
    frame = gold_panel().query("2014 <= year <= 2018 and first_treated in (0, 2016)")
    assert run(folder, frame, CONFIG.replace("spatial_weights", "# ")) == 0
    path = terms(folder / "out", "event_study", "none:event_study")
    events = [term for term in path.index if term.startswith("event:")]
    assert events == ["event:-2", "event:0", "event:1", "event:2"]


def test_clusters_above_the_unit(folder, no_figures):
    frame = gold_panel().assign(region=lambda f: "r" + (f["unit"] % 10).astype(str))
    assert run(folder, frame, CONFIG + 'cluster = "region"\n') == 0
    rows = models(folder / "out", "did")
    assert set(rows["inference"]) == {"crv1:region"}
    assert set(rows["n_clusters"].astype(int)) == {10}
    assert "clustered by region (CRV1, G = 10)" in (folder / "out/tables/did.md").read_text()


def test_too_few_clusters_for_an_error_are_said_and_the_permutation_stands(folder, no_figures):
    frame = gold_panel().assign(region=lambda f: "r" + (f["unit"] % 3).astype(str))
    config = CONFIG.replace("spatial_weights", "# ") + 'cluster = "region"\n'
    assert run(folder, frame, config) == 0
    assert codes(models(folder / "out", "did")["reason"]) == {"few_clusters"}
    table = (folder / "out/tables/did.md").read_text(encoding="utf-8")
    assert "3 clusters by region: too few groups to estimate an error from" in table
    rows = models(folder / "out", "inference")
    assert set(rows.index[rows["identified"] == "yes"]) == {
        f"{controls}:permutation_by_region" for controls in ("none", "x1")
    }
    wild = rows[rows.index.str.contains("wild")]
    assert codes(wild["reason"]) == {"few_clusters_to_draw"}


def test_a_number_that_is_not_defined_is_a_column_not_identified(monkeypatch):
    def broken(specification, store):
        return np.zeros(1) / np.zeros(1)

    monkeypatch.setattr(own.engine, "estimate", broken)
    made = own.estimate_or_reason(Specification(outcome="y", treatment="d"), None)
    assert made.model["identified"] == "no"
    told = reasons.cell(made.model["reason"], ENGLISH)
    assert "not defined on these rows (invalid value" in told


@pytest.mark.slow
def test_chinese_columns_in_gbk_work_in_both_languages(folder, no_figures, capsys, monkeypatch):
    names = {"unit": "省份", "year": "年份", "y": "产出", "x1": "金融", "first_treated": "首年"}
    text = gold_panel().rename(columns=names).to_csv(index=False)
    config = CONFIG
    for old, new in names.items():
        config = config.replace(f'"{old}"', f'"{new}"')
    assert run(folder, text.encode("gb18030"), config, "--labels=zh") == 0
    assert "p.csv: read as GB18030" in capsys.readouterr().out
    table = (folder / "out/tables/did.md").read_text(encoding="utf-8")
    for word in ("产出", "金融", "处理", "自有面板", "2011-2022", "p.csv"):
        assert word in table
    agrees(terms(folder / "out", "did", "none").loc["treated"], "twfe", "d")
    few(monkeypatch, "did")
    assert run(folder, text.encode("gb18030"), config) == 0
    table = (folder / "out/tables/did.md").read_text(encoding="utf-8")
    for word in ("Outcome", "Control 1", "Treated"):
        assert word in table


# --- all files or none ------------------------------------------------------------------------


@pytest.mark.slow
def test_files_of_an_earlier_panel_go_and_others_stay(folder, no_figures, monkeypatch):
    spatial = ("moran", "spatial_tests", "spatial_models")
    with monkeypatch.context() as patch:
        few(patch, "did", *spatial)
        assert run(folder, gold_panel()) == 0
    (folder / "out/index_green.csv").write_text("as it was\n")
    before = snapshot(folder / "out")
    assert "moran.local.csv" in before
    few(monkeypatch, "did")
    assert run(folder, gold_panel(), CONFIG.replace("spatial_weights", "# ")) == 0
    after = snapshot(folder / "out")
    gone = {name for name in before if name not in after}
    assert gone == {name for name in before if Path(name).name.split(".")[0] in spatial}
    assert after["index_green.csv"] == b"as it was\n"


@pytest.mark.slow
def test_a_failure_on_the_way_leaves_what_was_there(folder, no_figures, monkeypatch, capsys):
    few(monkeypatch, "did", "spatial_models")
    assert run(folder, gold_panel()) == 0
    before = snapshot(folder / "out")
    capsys.readouterr()

    def fails(grid):
        if grid.exhibit == "spatial_models":
            raise UserError("the disk is full")
        return "x"

    monkeypatch.setattr(latex, "render", fails)
    assert run(folder, gold_panel().assign(y=lambda f: f["y"] * 2)) == 2
    assert capsys.readouterr().err == "mine: the disk is full\n"
    assert snapshot(folder / "out") == before
    assert OWN not in SAMPLES


@pytest.mark.parametrize(
    ("change", "config", "words"),
    [
        (lambda f: f.drop(columns="y"), CONFIG, ("no column 'y' (outcome)",)),
        (lambda f: f, CONFIG + "colour = 1\n", ("unknown key 'colour'", "known: unit")),
        (lambda f: pd.concat([f, f[:1]]), CONFIG, ("stands in line 2 already",)),
        (lambda f: f[f["unit"] != 4], CONFIG, ("w.csv", "have another unit, 4")),
        (lambda f: f.assign(year="2015-03-15"), CONFIG, ("'2015-03-15' is a date",)),
        (lambda f: f.to_csv(index=False, sep=";").encode(), CONFIG, ("separated by ';'",)),
        (lambda f: b"", CONFIG, ("the file is empty",)),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(folder, capsys, change, config, words):
    (folder / "out").mkdir()
    (folder / "out/did.csv").write_text("as it was\n")
    assert run(folder, change(gold_panel()), config) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("mine: ")
    for word in words:
        assert word in printed.err
    assert snapshot(folder / "out") == {"did.csv": b"as it was\n"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "--help explains"),
        (["", ""], "make mine PANEL=my_panel.csv CONFIG=my_panel.toml"),
        (["p.csv", "p.toml", "--style=bold"], "style 'bold' is unknown"),
        (["p.csv", "p.toml"], "no such file"),
    ],
)
def test_a_command_line_that_cannot_be_meant(capsys, arguments, word):
    assert MINE.main(arguments) == 2
    assert word in capsys.readouterr().err


@pytest.mark.cli
def test_make_passes_the_readers_files_on():
    done = subprocess.run(
        ["make", "-n", "mine", "PANEL=my panel.csv", "CONFIG=c.toml", "LABELS=zh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if "code/mine.py" in line]
    assert 'code/mine.py "my panel.csv" "c.toml"' in line
    assert '--labels="zh"' in line


# --- a panel is handed on -----------------------------------------------------------------------


def test_two_panels_stand_side_by_side_and_no_name_is_declared():
    declared = dict(SAMPLES)
    plans = [
        Plan(
            outcomes=(y,),
            treatment="d",
            sample=Sample(id=OWN, words=(y, y), panel=OWN, first_year=2011, last_year=last),
            controls=(x,),
            seed=1,
            draws=99,
        )
        for y, x, last in (("y", "x", 2012), ("z", "gdp", 2015))
    ]
    for plan, made in zip(plans, map(battery, plans), strict=True):
        column = made["did"].columns[-1]
        assert column.rows is plan.sample
        assert column.control_variables == plan.controls
    assert declared == SAMPLES
    with pytest.raises(UserError, match="sample 'own' is not known"):
        Specification(outcome="y", treatment="d", sample=OWN)


def test_no_exhibit_of_a_reader_is_one_of_the_project():
    assert "own" not in exhibits.paths()


# --- 500 ways to spoil a panel ----------------------------------------------------------------

UNITS, YEARS = 8, range(2012, 2018)


def small_panel():
    rng = np.random.default_rng(20)
    first = [0, 0, 2014, 2014, 2015, 2015, 2016, 0]
    lines = ["unit,year,first,d,y,x"]
    for unit in range(UNITS):
        for year in YEARS:
            d = int(0 < first[unit] <= year)
            y, x = rng.normal() + d, rng.normal()
            lines.append(f"{unit + 1},{year},{first[unit]},{d},{y:.4f},{x:.4f}")
    return [line.split(",") for line in lines]


SMALL = small_panel()
TREATMENTS = ('treatment = "d"', 'first_treated = "first"', "")
CELLS = ("", " ", "NA", "x", "-1", "0", "1", "0.5", "1e9", "1e49", "1e999", "inf", "2015-03", "'")
CELLS += ("2015.0", "٣", "１", "产", "a,b", 'a"b', "\ufeff", "a\nb", "=1+1", "1;2", "NaN", "9" * 30)
ROWS, COLUMNS = st.integers(0, len(SMALL) - 1), st.integers(0, 5)


@st.composite
def spoiled(draw):
    """Draw a panel with one to three things wrong, as bytes."""
    table = [list(row) for row in SMALL]
    kinds = ("cell", "cell", "column", "drop", "drop", "twice", "cut", "lost", "swap", "swap")
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        row, column = draw(ROWS) % len(table), draw(COLUMNS)
        if kind == "cell":
            table[row][column : column + 1] = [draw(st.sampled_from(CELLS))]
        elif kind == "column":
            value = draw(st.sampled_from(CELLS))
            table = [[*line[:column], value, *line[column + 1 :]] for line in table]
        elif kind == "drop":
            del table[row : row + draw(st.integers(1, 20))]
        elif kind == "twice":
            table.insert(draw(ROWS), list(table[row]))
        elif kind == "cut":
            table[row] = table[row][:column]
        elif kind == "lost":
            table = [line[:column] + line[column + 1 :] for line in table]
        else:
            other = draw(ROWS) % len(table)
            table[row], table[other] = table[other], table[row]
        table = table or [[""]]
    delimiter = draw(st.sampled_from((*",,,,,,,,", ";", "\t")))
    text = draw(st.sampled_from(("\n", "\r\n"))).join(delimiter.join(line) for line in table)
    content = text.encode(draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "gb18030"))))
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(st.binary(max_size=4)) + content[at + 2 :]
    return content


def spoil(folder, capsys, content, treatment):
    """Run a spoiled panel: exit status 0 and all files, or 2 with one line and none."""
    controls = f'draws = 99\ncontrols = ["x"]\n{treatment}\n'
    status = run(folder, content, f'unit = "unit"\nperiod = "year"\noutcome = "y"\n{controls}')
    printed = capsys.readouterr()
    left = snapshot(folder / "out") if (folder / "out").exists() else {}
    shutil.rmtree(folder / "out", ignore_errors=True)
    if status == 0:
        assert printed.err == ""
        assert {"did.csv", "did.models.csv", "tables/did.md", "report.md"} <= left.keys()
        assert {f"{Path(name).stem}.csv" for name in left if name.endswith(".tex")} <= left.keys()
    else:
        assert status == 2
        assert printed.err.startswith("mine: ")
        assert printed.err.count("\n") == 1, printed.err
        assert left == {}
    return status


FUZZED = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@pytest.mark.slow
def test_no_spoiled_panel_gives_a_traceback_or_half_an_output(
    folder, no_figures, capsys, monkeypatch
):
    exhibits_of, statuses = own.exhibits_of, []
    monkeypatch.setattr(own, "exhibits_of", lambda made: {"did": exhibits_of(made)["did"]})

    @settings(max_examples=500, **FUZZED)
    @given(content=spoiled(), treatment=st.sampled_from(TREATMENTS))
    def every(content, treatment):
        statuses.append(spoil(folder, capsys, content, treatment))

    every()
    # Neither kind of ending is rare, so that both are tried.
    assert min(statuses.count(0), statuses.count(2)) >= len(statuses) / 20


@pytest.mark.slow
def test_no_spoiled_panel_breaks_the_whole_battery(folder, no_figures, capsys):
    statuses = []

    @settings(max_examples=20, **FUZZED)
    @given(content=spoiled(), treatment=st.sampled_from(TREATMENTS[:2]))
    def some(content, treatment):
        statuses.append(spoil(folder, capsys, content, treatment))

    some()
    assert 0 in statuses


@settings(max_examples=200, **FUZZED)
@given(text=st.text(max_size=200) | st.binary(max_size=80))
def test_no_configuration_gives_a_traceback(folder, text):
    path = folder / "p.toml"
    path.write_bytes(text.encode("utf-8", "replace") if isinstance(text, str) else text)
    with pytest.raises(UserError) as error:
        read_config(path)
    assert "\n" not in str(error.value)
