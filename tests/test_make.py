"""The Makefile: syntax of GNU make 3.81, and what is rebuilt after a change."""

import os
import re
import shutil
import subprocess

import pytest

from pilotzone import exhibits

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


@pytest.fixture
def finished(root, tmp_path):
    """A copy in which everything is built: every target newer than what it is made from."""
    for name in ("code", "data/raw"):
        shutil.copytree(
            root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "data/codebook.csv"):
        shutil.copy(root / name, tmp_path / name)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1000, 1000))
    ids = list(exhibits.paths())
    built = [
        (".venv/.stamp", 2000),
        (".make/needs.mk", 2000),
        ("data/derived/province_panel.csv", 3000),
        ("data/derived/city_panel.csv", 3000),
        *((f"output/estimates/{i}.csv", 4000) for i in ids),
        *((f"output/tables/{i}.{e}", 5000) for i in ids for e in ("md", "tex", "docx")),
        ("output/report.html", 5000),
        (".make/rendered", 6000),
    ]
    for name, time in built:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time, time))
    return tmp_path


def commands(folder, *arguments):
    done = subprocess.run(
        ["make", "-n", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if "code/" in line and ".py" in line]


def test_nothing_to_do_when_everything_is_built(finished):
    assert commands(finished) == []


def test_touching_one_exhibit_rebuilds_only_what_follows_from_it(finished):
    path = finished / "code/pilotzone/exhibits/base/descriptives.py"
    os.utime(path, (7000, 7000))
    lines = [line for line in commands(finished) if "--needs" not in line]
    assert len(lines) == 2
    assert lines[0].endswith("code/estimate.py descriptives")
    assert lines[1].endswith("code/render.py descriptives")


def test_touching_a_figure_rebuilds_all(finished):
    os.utime(finished / "data/raw/provinces.csv", (7000, 7000))
    text = "\n".join(commands(finished))
    assert "code/build_panels.py" in text
    for exhibit in exhibits.paths():
        by_make = exhibits.load(exhibit).built_by == "make"
        assert (f"code/estimate.py {exhibit}\n" in text) is by_make


def test_a_long_simulation_is_estimated_by_bench_and_rendered_by_make(finished):
    path = finished / "code/pilotzone/exhibits/did/design_audit.py"
    os.utime(path, (7000, 7000))
    assert all("--needs" in line for line in commands(finished))
    assert any("estimate.py design_audit" in line for line in commands(finished, "bench"))


def test_touching_the_renderer_renders_all_in_one_process(finished):
    os.utime(finished / "code/pilotzone/tables/markdown.py", (7000, 7000))
    lines = commands(finished)
    assert len(lines) == 1
    assert lines[0].strip().endswith("code/render.py")


@pytest.mark.parametrize(
    "product", [*(f"tables/did_baseline.{e}" for e in ("md", "tex", "docx")), "report.html"]
)
def test_a_deleted_product_comes_back(finished, product):
    (finished / "output" / product).unlink()
    lines = commands(finished)
    assert len(lines) == 1
    assert "code/render.py" in lines[0]


def test_a_changed_lock_estimates_anew(finished):
    os.utime(finished / "requirements.lock", (7000, 7000))
    text = "\n".join(commands(finished))
    assert "code/estimate.py did_baseline" in text


def test_variables_of_the_user_do_not_collide_with_the_rules(finished):
    lines = commands(finished, "show", "EXHIBIT=did_baseline", "SYSTEM=x.toml")
    assert [line.split()[1:] for line in lines] == [["code/render.py", "--show", '"did_baseline"']]
    lines = commands(finished, "index", "SYSTEM=x.toml")
    assert lines[0].endswith('code/build_panels.py --system "x.toml"')


def test_a_group_is_estimated_and_rendered_alone(finished):
    os.utime(finished / "requirements.lock", (7000, 7000))
    lines = [line for line in commands(finished, "spatial") if "--needs" not in line]
    estimated = {line.split()[-1] for line in lines if "estimate.py" in line}
    paths = exhibits.paths()
    assert estimated == {i for i in paths if paths[i].parent.name == "spatial"}
    assert "did_baseline" not in lines[-1].split()
    assert "code/render.py" in lines[-1]


def test_an_old_python_is_refused_in_one_line(finished, tmp_path):
    (finished / ".venv/.stamp").unlink()
    old = tmp_path / "python-old"
    old.write_text(
        "#!/bin/sh\n"
        'exec python3 -c "import sys; sys.version_info = (3, 9, 1); '
        "sys.argv = ['-c']; exec(open('/dev/stdin').read())\" <<END\n$2\nEND\n"
    )
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "env", f"PYTHON={old}"], cwd=finished, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "needs Python 3.11 to 3.14, found 3.9" in done.stderr
    assert "Traceback" not in done.stderr
