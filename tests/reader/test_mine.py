"""A reader's panel through code/mine.py: known answers, what is listed, all files or none.

Tolerances of the known answers: 1e-6 for estimates, 1e-5 for standard errors and for likelihood,
5 % for simulated errors (tests/reference/README.md).
"""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone import exhibits
from pilotzone.catalogue import Sample, Specification, reasons
from pilotzone.catalogue.samples import OWN, SAMPLES
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError, decode
from pilotzone.reader import mine as own
from pilotzone.reader.battery import Plan, battery
from pilotzone.tables import latex

ROOT = Path(__file__).parents[2]
ESTIMATE, ERROR, SIMULATED = 1e-6, 1e-5, 0.05
REFERENCE = ROOT / "tests/reference"
DEPENDENT = pd.read_csv(REFERENCE / "gold2.csv").set_index(["check", "quantity"])


def script():
    """Return the module code/mine.py."""
    found = importlib.util.spec_from_file_location("mine", ROOT / "code/mine.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


MINE = script()


def codes(reason):
    """Return the codes of the reasons of columns, each once."""
    return {one.code for cell in reason for one in decode(cell)}


def few(monkeypatch, *ids):
    """Make some exhibits alone: those that a test asks of, where others change nothing in them."""
    made_of = own.exhibits_of
    monkeypatch.setattr(own, "exhibits_of", lambda made: {i: made_of(made)[i] for i in ids})


# --- a matrix: known answers ------------------------------------------------------------------


def test_the_spatial_part_gives_the_known_answers(
    folder, no_figures, monkeypatch, terms, models, agrees, gold
):
    few(monkeypatch, "spatial_models", "spatial_tests", "moran", "dose")
    panel = pd.read_csv(REFERENCE / "spatial_panel.csv")
    panel.to_csv(folder / "p.csv", index=False)
    (folder / "p.toml").write_text(
        'unit = "unit"\nperiod = "year"\noutcome = "y"\ntreatment = "x1"\ncontrols = ["x2"]\n'
        'spatial_weights = "w.csv"\ndraws = 99\n'
    )
    target = folder / "out"
    command = [str(folder / "p.csv"), str(folder / "p.toml"), f"--output={target}"]
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
        value = gold.loc[("lm_test_individual_fe", known), "value"]
        assert tests.loc[f"test:{ours}", "statistic"] == pytest.approx(value, abs=ERROR)
    moran = pd.read_csv(target / "moran.csv").set_index(["outcome", "year", "statistic"])
    row = moran.loc[("y", 1, "moran:randomisation")]
    assert row["value"] == pytest.approx(gold.loc[("moran_t1", "I"), "value"], abs=ESTIMATE)
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
def folder(tmp_path, few_draws):
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


def test_a_panel_with_gaps_gives_all_that_needs_no_balance(folder, no_figures, capsys, models):
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
def test_without_units_never_treated_the_engine_says_what_is_lost(
    folder, no_figures, monkeypatch, models
):
    few(monkeypatch, "staggered")
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


def test_a_cohort_of_one_unit_gets_columns_without_it(
    folder, no_figures, monkeypatch, terms, models
):
    few(monkeypatch, "staggered")
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


def test_a_dose_has_bins_and_permuted_paths_and_no_cohorts(folder, no_figures, models):
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


def test_an_event_study_has_the_window_of_the_panel(folder, no_figures, monkeypatch, terms):
    few(monkeypatch, "event_study")
    frame = gold_panel().query("2014 <= year <= 2018 and first_treated in (0, 2016)")
    assert run(folder, frame, CONFIG.replace("spatial_weights", "# ")) == 0
    path = terms(folder / "out", "event_study", "none:event_study")
    events = [term for term in path.index if term.startswith("event:")]
    assert events == ["event:-2", "event:0", "event:1", "event:2"]


def test_clusters_above_the_unit(folder, no_figures, monkeypatch, models):
    few(monkeypatch, "did")
    frame = gold_panel().assign(region=lambda f: "r" + (f["unit"] % 10).astype(str))
    assert run(folder, frame, CONFIG + 'cluster = "region"\n') == 0
    rows = models(folder / "out", "did")
    assert set(rows["inference"]) == {"crv1:region"}
    assert set(rows["n_clusters"].astype(int)) == {10}
    assert "clustered by region (CRV1, G = 10)" in (folder / "out/tables/did.md").read_text()


def test_too_few_clusters_for_an_error_are_said_and_the_permutation_stands(
    folder, no_figures, monkeypatch, models
):
    few(monkeypatch, "did", "inference")
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
def test_chinese_columns_in_gbk_work_in_both_languages(
    folder, no_figures, capsys, monkeypatch, terms, agrees
):
    names = {"unit": "省份", "year": "年份", "y": "产出", "x1": "金融", "first_treated": "首年"}
    text = gold_panel().rename(columns=names).to_csv(index=False)
    config = CONFIG
    for old, new in names.items():
        config = config.replace(f'"{old}"', f'"{new}"')
    few(monkeypatch, "did", "event_study", "staggered")
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
def test_files_of_an_earlier_panel_go_and_others_stay(folder, no_figures, monkeypatch, snapshot):
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
def test_a_failure_on_the_way_leaves_what_was_there(
    folder, no_figures, monkeypatch, capsys, snapshot
):
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
def test_bad_input_is_one_line_and_exit_status_2(folder, capsys, change, config, words, snapshot):
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
