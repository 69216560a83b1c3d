"""The Makefile and code/all.py: syntax of GNU make 3.81, and what a change reaches."""

import functools
import os
import re
import shutil
import subprocess
import sys
import types

import pytest

from pilotzone import exhibits
from pilotzone.build.sources import closure, imported
from pilotzone.build.stale import COLLECTIONS, LITERALS, READ, Project

NEWER_THAN_3_81 = {
    "grouped targets (4.3)": r"^[^#\t]*&:",
    "shell assignment (4.0)": r"^[^#\t:]*!=",
    ".ONESHELL (3.82)": r"\.ONESHELL",
    "$(file …) (4.0)": r"\$\(file\s",
    "private (3.82)": r"^private\b",
    "undefine (3.82)": r"^undefine\b",
    "::= (4.0)": r"::=",
    ".RECIPEPREFIX (3.82)": r"\.RECIPEPREFIX",
}


@pytest.mark.parametrize("feature", NEWER_THAN_3_81)
def test_no_syntax_newer_than_macos_ships(root, feature):
    text = (root / "Makefile").read_text(encoding="utf-8")
    assert not re.search(NEWER_THAN_3_81[feature], text, flags=re.MULTILINE)


def test_the_locale_is_not_set(root):
    text = (root / "Makefile").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(export\s+)?(LANG|LC_ALL)\b", text, flags=re.MULTILINE)


def commands(root, *arguments):
    """Return the words of what make would run, the interpreter left out."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHON", "JOBS")}
    done = subprocess.run(
        ["make", "-n", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env=variables,
    )
    return [line.split()[1:] for line in done.stdout.splitlines() if "code/" in line]


@pytest.mark.cli
@pytest.mark.parametrize("target", ["env", "panels", "estimates", *exhibits.GROUPS])
def test_what_is_stale_is_decided_in_one_place(root, target):
    assert commands(root, target) == [["code/all.py", "--jobs=2", target]]


@pytest.mark.cli
def test_make_alone_makes_everything(root):
    assert commands(root) == [["code/all.py", "--jobs=2"]]
    assert commands(root, "JOBS=1") == [["code/all.py", "--jobs=1"]]


@pytest.mark.cli
def test_estimates_of_one_exhibit_are_a_target(root):
    assert commands(root, "output/estimates/did_baseline.csv") == [
        ["code/all.py", "--jobs=2", "did_baseline"]
    ]


@pytest.mark.cli
def test_a_benchmark_follows_the_long_simulations(root):
    tools, first, *shown = commands(root, "bench")
    assert tools == ["code/all.py", "--jobs=2", "tools"]
    assert first == ["code/all.py", "--jobs=2", "bench"]
    audits = ('"inference_audit"', '"city_inference_audit"')
    assert shown == [["code/render.py", "--show", name] for name in audits]


@pytest.mark.cli
def test_cases_with_faults_are_made_and_an_auditor_scored_on_them(root):
    command = ["code/faultbench.py", "make", "--cases"]
    assert commands(root, "faultbench")[1:] == [[*command, '"1000"', "--seed", '"20261129"']]
    _, made, scored = commands(root, "faultbench", "N=3", "SEED=5", "AUDITOR=x {folder}")
    assert made == [*command, '"3"', "--seed", '"5"']
    # The shell reads the command from the environment, so that its quotes are its own.
    assert scored[2:] == ['"output/faultbench/5"', "--auditor", '"$AUDITOR"']


@pytest.mark.cli
def test_variables_of_the_user_do_not_collide_with_the_rules(root):
    lines = commands(root, "show", "EXHIBIT=did_baseline", "SYSTEM=x.toml")
    assert lines[-1] == ["code/render.py", "--show", '"did_baseline"']
    lines = commands(root, "index", "SYSTEM=x.toml")
    assert lines[-1] == ["code/build_panels.py", "--system", '"x.toml"']


@pytest.mark.cli
def test_the_named_python_builds_the_environment_else_its_own(root, tmp_path):
    shutil.copy(root / "Makefile", tmp_path)
    # Not what a make that runs the tests hands down.
    mine = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "PYTHON"}

    def python(*arguments):
        call = ["make", "-n", *arguments]
        done = subprocess.run(
            call, cwd=tmp_path, env=mine, capture_output=True, text=True, check=True
        )
        return done.stdout.split()[0]

    assert python("PYTHON=python3.12", "env") == "python3.12"
    assert python("env") == "python3"
    link = tmp_path / ".venv/bin/python"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "gone")
    assert python("env") == "python3"
    (tmp_path / "gone").touch()
    assert python("env") == ".venv/bin/python"
    assert python("PYTHON=python3.12", "env") == "python3.12"


@pytest.mark.cli
def test_an_old_python_is_refused_in_one_line(root, tmp_path):
    old = tmp_path / "python-old"
    old.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import runpy, sys; sys.version_info = (3, 9, 1); '
        "runpy.run_path('$1', run_name='__main__')\"\n"
    )
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "env", f"PYTHON={old}"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "needs Python 3.11 to 3.14, found 3.9" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 2, "the line, and make's own"


# What a change reaches in the project as it is.


@pytest.fixture(scope="module")
def copy(root, tmp_path_factory):
    """A copy of the sources with made-up products, and the time of every file."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("code", "data/raw"):
        shutil.copytree(root / name, folder / name, ignore=ignored)
    for name in ("requirements.lock", "data/codebook.csv", "data/SHA256SUMS"):
        shutil.copy(root / name, folder / name)
    times = {path: 1000 for path in folder.rglob("*") if path.is_file()}
    panels = [folder / f"data/derived/{panel}_panel.csv" for panel in ("province", "city")]
    beside = folder / "data/derived/province_2024_panel.csv"
    times |= dict.fromkeys([folder / ".make/panels", *panels, beside], 2000)
    times |= {path.with_suffix(".dta"): 2500 for path in panels}
    project = opened(folder)
    for exhibit_id, exhibit in project.exhibits.items():
        times[project.estimates / f"{exhibit_id}.csv"] = 4000 if exhibit.needs else 3000
        times |= dict.fromkeys(project.pages_of(exhibit_id), 5000)
        project.estimated(exhibit_id, [f"{exhibit_id}.csv"])
    times |= {project.output / name: 5000 for name in COLLECTIONS}
    for path in times:
        path.parent.mkdir(parents=True, exist_ok=True)
    return folder, times


def opened(folder):
    """Return the project in a folder, with the exhibits of this one."""
    project = Project(folder)
    groups = {i: path.parent.name for i, path in exhibits.paths().items()}
    below = folder / "code/pilotzone/exhibits"
    project.files = {i: below / group / f"{i}.py" for i, group in groups.items()}
    project.exhibits = of_this_project()
    project._digest = digest
    return project


@functools.cache
def digest(exhibit_id):
    """Return the digest of the literals of an exhibit, made once."""
    return Project._digest(types.SimpleNamespace(exhibits=of_this_project()), exhibit_id)


@functools.cache
def of_this_project():
    return {exhibit_id: exhibits.load(exhibit_id) for exhibit_id in exhibits.paths()}


@pytest.fixture
def finished(copy):
    """The copy with everything built: every product newer than what it is made from."""
    folder, times = copy
    for path, time in times.items():
        if path.exists() and path.stat().st_mtime == time:
            continue
        path.touch()
        if path.name == "claims.json":
            path.write_text('{"claims": []}', encoding="utf-8")
        os.utime(path, (time, time))
    return opened(folder)


def touch(project, name):
    assert (project.root / name).exists(), name
    os.utime(project.root / name, (9000, 9000))


def made(project):
    return {i for i, exhibit in project.exhibits.items() if exhibit.built_by == "make"}


def with_module(project, name):
    """Return the exhibits that one of the estimator's functions computes, and what needs them."""
    own = {
        i
        for i, exhibit in project.exhibits.items()
        if any(function.startswith(f"pilotzone.engine.{name}:") for function in exhibit.functions())
    }
    return own | {i for i, exhibit in project.exhibits.items() if own & set(exhibit.needs)}


def test_nothing_to_do_when_everything_is_built(finished):
    assert not finished.panels()
    assert not finished.stata()
    assert not finished.stale(made(finished))
    assert not finished.pages(list(finished.files))


def test_touching_an_estimator_reaches_the_exhibits_with_it(finished):
    touch(finished, "code/pilotzone/engine/stacked.py")
    stale = set(finished.stale(made(finished)))
    assert stale == with_module(finished, "stacked") & made(finished)
    assert 1 < len(stale) < 10


def test_touching_a_method_reaches_the_estimators_that_import_it(finished):
    touch(finished, "code/pilotzone/methods/did/stacked.py")
    stale = set(finished.stale(made(finished)))
    assert with_module(finished, "stacked") & made(finished) <= stale
    assert not {"did_baseline", "spatial_baseline", "descriptives", "city_did"} & stale


WORDS = ("codebook", "phrasebook", "reasons", "words")


@pytest.mark.parametrize("name", [*WORDS, "samples", "spec"])
def test_touching_the_catalogue_estimates_nothing(finished, name):
    touch(finished, f"code/pilotzone/catalogue/{name}.py")
    assert not finished.stale(made(finished))
    assert bool(finished.panels()) is (name not in WORDS)
    assert set(finished.pages(list(finished.files))) == set(finished.files)


def test_a_changed_word_renders_and_estimates_nothing(finished):
    touch(finished, "code/pilotzone/catalogue/phrases/terms.toml")
    assert not finished.panels()
    assert not finished.stale(made(finished))
    assert set(finished.pages(list(finished.files))) == set(finished.files)


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("controls", {"measure_convergence"}),
        ("indicators", {"coupling", "index_weights"}),
        ("treatments", {"rollout"}),
    ],
)
def test_tables_of_the_catalogue_that_an_estimator_reads_count_by_time(finished, name, some):
    touch(finished, f"code/pilotzone/catalogue/{name}.py")
    stale = set(finished.stale(made(finished)))
    assert some <= stale
    assert not {"did_baseline", "spatial_baseline", "city_did"} & stale


def test_no_estimator_reads_another_table_of_the_catalogue(root, finished):
    code = root / "code"
    # The board of claims asks the codebook which variables there are, and its studies which fields
    # a column may have. Of samples and of the order of dimensions an estimate knows what its own
    # literals resolve to.
    known = tuple(
        f"pilotzone.catalogue.{name}"
        for name in ("codebook", "exhibit", "lattice", "names", "samples", "spec")
    )
    literal = ("pilotzone.catalogue", *known, *READ)
    fields = {f"pilotzone.catalogue.{name}" for name in ("estimators", "inferences")}
    for exhibit in finished.exhibits.values():
        modules = ("pilotzone.engine", *(name.partition(":")[0] for name in exhibit.functions()))
        for path in closure(code, modules, LITERALS):
            named = {name for name in imported(code, path) if name.startswith(LITERALS)}
            # What decides a built panel reaches an estimate through the panel's bytes.
            if "panels" not in path.parts:
                of_studies = fields if "studies" in path.parts else set()
                assert named <= {*literal, *of_studies, "pilotzone.exhibits"}, path


def test_touching_one_exhibit_renders_it_and_estimates_nothing(finished):
    touch(finished, "code/pilotzone/exhibits/base/descriptives.py")
    assert not finished.panels()
    assert not finished.stale(made(finished))
    assert set(finished.pages(list(finished.files))) == {"descriptives"}


def test_a_long_simulation_is_estimated_by_bench_and_rendered_by_make(finished):
    touch(finished, "requirements.lock")
    stale = finished.stale(made(finished))
    assert set(stale) == made(finished)
    assert set(finished.stale(["design_audit"])) >= {"design_audit"}
    touch(finished, "output/estimates/design_audit.csv")
    assert "design_audit" in finished.pages(list(finished.files))


def test_an_exhibit_is_estimated_after_those_that_it_needs(finished):
    touch(finished, "requirements.lock")
    order = list(finished.stale(made(finished)))
    assert len(order) == len(made(finished))
    for exhibit_id in order:
        for needed in set(finished.exhibits[exhibit_id].needs) & made(finished):
            assert order.index(needed) < order.index(exhibit_id)


def test_panels_of_provinces_reach_no_exhibit_of_cities(finished):
    touch(finished, "data/derived/province_panel.csv")
    stale = set(finished.stale(made(finished)))
    assert {"did_baseline", "spatial_baseline"} <= stale
    assert not {"city_did", "city_staggered", "late_batches"} & stale


def test_the_panel_to_2024_reaches_its_own_exhibits_alone(finished):
    touch(finished, "data/derived/province_2024_panel.csv")
    assert set(finished.stale(made(finished))) == {"index_2024", "late_batches"}


# The script that does it, with scripts in place of those that take long.


@pytest.fixture
def script(load_script, finished, monkeypatch):
    """The script on the finished copy, and what it had others do."""
    module = load_script("code/all.py")
    monkeypatch.setattr(module, "PROJECT", finished)
    monkeypatch.setattr(module.environment, "enter", lambda root: None)
    done = []

    def stand_in(name):
        work = types.SimpleNamespace(
            run=lambda *words: done.append((name, words)),
            build=lambda *words: done.append((name, words)),
        )
        monkeypatch.setitem(sys.modules, name, work)

    stand_in("build_panels")
    stand_in("render")
    monkeypatch.setattr(
        "pilotzone.build.estimating.run",
        lambda needs, *rest: done.append(("estimating", list(needs))),
    )
    return types.SimpleNamespace(main=module.main, done=done)


def test_a_second_run_says_that_there_is_nothing_to_do(script, capsys):
    assert script.main([]) == 0
    assert not script.done
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "nothing to do"
    assert [line.partition(":")[0] for line in said[1:]] == ["look", "found", "next"]


def test_panels_come_before_estimates_before_pages(script, finished):
    for name in ("data/raw/provinces.csv", "requirements.lock"):
        touch(finished, name)
    assert script.main([]) == 0
    kinds = [kind for kind, _ in script.done]
    assert kinds == ["build_panels", "estimating", "render"]
    assert set(script.done[1][1]) == made(finished)
    assert set(script.done[2][1][0]) == {"--jobs=2", *finished.files}


def test_stata_files_have_no_part_in_estimates(script, finished):
    (finished.derived / "city_panel.dta").unlink()
    assert script.main(["estimates"]) == 0
    assert script.main(["spatial"]) == 0
    assert not script.done
    assert script.main([]) == 0
    assert script.done == [("build_panels", (["--stata", "city"],))]


def test_a_group_is_estimated_and_rendered_alone(script, finished):
    touch(finished, "requirements.lock")
    touch(finished, "data/codebook.csv")
    assert script.main(["spatial"]) == 0
    group = {i for i, path in finished.files.items() if path.parent.name == "spatial"}
    (_, estimated), (_, (rendered,)) = script.done[-2:]
    needed = {other for i in group for other in finished.exhibits[i].needs}
    assert group <= set(estimated) <= group | needed
    assert set(rendered) == {"--jobs=2", *group}


def test_one_exhibit_is_estimated_and_not_rendered(script, finished):
    touch(finished, "requirements.lock")
    assert script.main(["did_baseline"]) == 0
    assert script.done[-1] == ("estimating", ["did_baseline"])


def test_a_dry_run_prints_and_does_nothing(script, finished, capsys):
    touch(finished, "code/pilotzone/catalogue/samples.py")
    assert script.main(["--dry-run"]) == 0
    assert not script.done
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(finished.files)
    assert re.search(r"^panel of city: .*samples\.py is newer$", "\n".join(lines), re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["did_basline"], "no exhibit 'did_basline'"),
        (["firm_did"], "make firm"),
        (["--jobs", "0"], "'0' is no number of processes"),
        (["--jobs", "x"], "--help explains"),
    ],
)
def test_bad_targets_are_one_line(script, capsys, arguments, said):
    assert script.main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not script.done
