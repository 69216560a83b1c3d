"""The scripts on bad input: one line, exit status 2, no traceback, what was there stays."""

import dataclasses
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

SYSTEM = """
id = "green"
[[indicator]]
element = "air"
id = "x"
formula = "{formula}"
sign = "{sign}"
"""


@dataclasses.dataclass(frozen=True)
class Done:
    """What a script left: exit status, and what it said on either side."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(load_script, capsys):
    """Return a function that runs a script in this process; an exception is the test's own."""

    def done(script, *arguments):
        module = load_script(f"code/{script}.py")
        capsys.readouterr()
        status = module.main([str(argument) for argument in arguments])
        return Done(status, *capsys.readouterr())

    return done


def started(root, script, *arguments):
    """Run a script as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, root / "code" / f"{script}.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(done, *words):
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.fixture
def read(figures, monkeypatch):
    """Let a script take the published figures from those that all tests read once."""
    monkeypatch.setattr("pilotzone.panels.raw.read_raw", lambda *_, **__: figures)


@pytest.fixture
def raw(root, tmp_path):
    return shutil.copytree(root / "data/raw", tmp_path / "raw")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "province_figures.csv",
            "330000,2016,population_10k,",
            "330000,2016,population_10k,-",
            ("province_figures.csv", "population_10k"),
        ),
        (
            "province_figures.csv",
            "330000,2016,population_10k,",
            "339999,2016,population_10k,",
            ("province_figures.csv", "339999"),
        ),
        (
            "province_figures.csv",
            "330000,2016,population_10k,",
            "330000,2016,population_10k,n",
            ("province_figures.csv", "value"),
        ),
        ("provinces.csv", "capital_lon", "longitude", ("provinces.csv", "longitude")),
        (
            "province_contiguity.csv",
            "110000,120000,land border\n",
            "",
            ("province_contiguity.csv", "110000"),
        ),
        ("pilot_zones.csv", "1,2015-03-07", "2,2015-03-07", ("pilot_zones.csv", "batch")),
        (
            "province_figures.csv",
            "330000,2016,population_10k,",
            "330000,2016,population_10k,5000\n330000,2016,population_10k,",
            ("province_figures.csv", "330000", "population_10k"),
        ),
        (
            "province_figures.csv",
            "330000,2019,fiscal_expenditure_education_100m_cny,1",
            "330000,2019,fiscal_expenditure_education_100m_cny,2",
            ("fiscal_expenditure_education_100m_cny", "printed total"),
        ),
        (
            "province_contiguity.csv",
            "440000,460000,convention",
            "440000,450001,convention",
            ("province_contiguity.csv", "450001"),
        ),
    ],
)
def test_a_wrong_figure_stops_the_build_and_the_built_panels_stay(
    run, raw, built, tmp_path, file, old, new, words
):
    derived = shutil.copytree(built, tmp_path / "derived")
    before = snapshot(derived)
    edit(raw / file, old, new)
    refused(run("build_panels", "--raw", raw, "--derived", derived), *words)
    assert snapshot(derived) == before


def test_a_missing_file_is_named(run, raw, tmp_path):
    (raw / "exchange_rate.csv").unlink()
    done = run("build_panels", "--raw", raw, "--derived", tmp_path / "derived")
    refused(done, "exchange_rate.csv")
    assert not (tmp_path / "derived").exists() or not snapshot(tmp_path / "derived")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "sign", "word"),
    [
        ("so2_10kt / gdp_100m_cny", "", "sign"),
        ("population_10k / population_10k", "+", "constant"),
        ("typo / gdp_100m_cny", "+", "typo"),
        ("gdp_as_published_100m_cny / gdp_100m_cny", "+", "vintage"),
        ("express_delivery_10k_pieces / population_10k", "+", "missing"),
    ],
)
def test_a_system_that_cannot_be_computed(run, read, tmp_path, formula, sign, word):
    path = tmp_path / "green.toml"
    path.write_text(SYSTEM.format(formula=formula, sign=sign))
    done = run("build_panels", "--system", path, "--mine", tmp_path / "mine")
    refused(done, word)
    assert not (tmp_path / "mine").exists() or not snapshot(tmp_path / "mine")


def test_the_example_system_of_the_readme_gives_an_index(root, run, read, tmp_path):
    example = root / "examples/green_system.toml"
    done = run("build_panels", "--system", example, "--mine", tmp_path)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "index_green.csv").read_text().splitlines()
    assert lines[0].split(",")[:2] == ["province_code", "year"]
    assert len(lines) == 301


@pytest.mark.parametrize("exhibit", ["did_basline", "../did_baseline"])
def test_an_unknown_exhibit_is_refused(run, built, tmp_path, exhibit):
    done = run("estimate", exhibit, "--derived", built, "--estimates", tmp_path)
    refused(done, "no exhibit", "make list")
    assert not snapshot(tmp_path)


def test_estimates_before_panels_say_what_to_run(run, tmp_path):
    done = run("estimate", "did_baseline", "--derived", tmp_path, "--estimates", tmp_path / "e")
    refused(done, "province_panel.csv", "make panels")


@pytest.mark.slow
def test_a_panel_with_a_gap_keeps_the_estimates_that_were_there(run, built, tmp_path):
    derived = shutil.copytree(built, tmp_path / "derived")
    target = tmp_path / "estimates"
    run("estimate", "did_baseline", "--derived", derived, "--estimates", target)
    before = snapshot(target)
    assert len(before) == 2
    panel = derived / "province_panel.csv"
    lines = panel.read_text(encoding="utf-8").splitlines(keepends=True)
    position = lines[0].rstrip().split(",").index("openness")
    cells = lines[5].split(",")
    cells[position] = ""
    lines[5] = ",".join(cells)
    panel.write_text("".join(lines), encoding="utf-8")
    done = run("estimate", "did_baseline", "--derived", derived, "--estimates", target)
    refused(done, "did_baseline", "'openness' is missing for 110000")
    assert snapshot(target) == before


def _spoil_panel(derived, **columns):
    path = derived / "province_panel.csv"
    frame = pd.read_csv(path, dtype={"province_code": str})
    frame.assign(**{name: make(frame) for name, make in columns.items()}).to_csv(path, index=False)


def _one_unit(derived):
    path = derived / "province_panel.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [lines[0], *(line for line in lines if line.startswith("330000,"))]
    path.write_text("".join(kept), encoding="utf-8")


def _spoil_weights(derived, change):
    path = derived / "weights/contiguity.csv"
    path.write_text(change(path.read_text()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("exhibit", "spoil", "words"),
    [
        (
            "did_baseline",
            lambda d: _spoil_panel(d, finance=lambda f: 2 * f["openness"]),
            ("did_baseline", "collinear", "finance"),
        ),
        (
            "did_baseline",
            lambda d: _spoil_panel(d, zone_first=lambda f: 1),
            ("did_baseline", "zone_first", "nothing to compare"),
        ),
        (
            "did_baseline",
            lambda d: _spoil_panel(d, zone_share=lambda f: f["year"] - 2000),
            ("did_baseline", "zone_share", "no variation"),
        ),
        (
            "spatial_baseline",
            lambda d: _spoil_weights(d, lambda text: text.replace("330000", "339999")),
            ("spatial_baseline", "330000", "339999"),
        ),
        (
            "spatial_baseline",
            lambda d: _spoil_weights(d, lambda text: re.sub("(?m)^460000,.*$", ISLAND, text)),
            ("spatial_baseline", "460000"),
        ),
        (
            "did_baseline",
            _one_unit,
            ("did_baseline", "cluster"),
        ),
    ],
    ids=["singular", "constant", "absorbed", "other units", "island", "one cluster"],
)
def test_a_design_that_cannot_be_estimated(run, built, tmp_path, exhibit, spoil, words):
    derived = shutil.copytree(built, tmp_path / "derived")
    target = tmp_path / "estimates"
    spoil(derived)
    done = run("estimate", exhibit, "--derived", derived, "--estimates", target)
    refused(done, *words)
    assert not target.exists() or not snapshot(target)


ISLAND = "460000" + ",0" * 30


@pytest.mark.cli
@pytest.mark.parametrize("script", ["all", "build_panels", "estimate", "render"])
def test_help_and_bad_options(root, run, script):
    done = started(root, script, "--help")
    assert done.returncode == 0
    assert "usage" in done.stdout
    refused(run(script, "--typo"), "--typo", "--help explains")
