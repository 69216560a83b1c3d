"""Wheel and sdist, built from the committed sources and installed in an environment of their own.

The environment holds what the wheel declares, with the extra ``parquet``, and nothing else of what
is installed here, so that an import that is not declared fails.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import matplotlib as mpl
import pytest
from packaging.requirements import Requirement

pytestmark = [pytest.mark.slow, pytest.mark.cli]
EXTRAS = ("parquet",)
# The sdist, and the wheel from what is in it.
BUILD = """
import os, pathlib, shutil, sys
from setuptools import build_meta
out = pathlib.Path(sys.argv[1])
sdist = build_meta.build_sdist(str(out))
shutil.unpack_archive(out / sdist, out)
os.chdir(out / sdist.removesuffix(".tar.gz"))
print(build_meta.build_wheel(str(out)))
"""
EXAMPLES = """
import doctest, importlib, pkgutil, sys
import pilotzone.api as api
tried = 0
for module in pkgutil.iter_modules(api.__path__):
    made = importlib.import_module("pilotzone.api." + module.name)
    found = doctest.testmod(made)
    tried += found.attempted
    assert not found.failed
assert "pytest" not in sys.modules
print(tried)
"""
# The script of a reader, twenty lines.
CASTLE = """
import pandas as pd
import pilotzone as pz

df = pd.read_csv("castle.csv")
columns = {"unit": "sid", "period": "year"}
plain = pz.twfe(df, "l_homicide ~ post", **columns)
weighted = pz.twfe(df, "l_homicide ~ post", weights="popwt", **columns)
both = pz.twfe(df, "l_homicide ~ post + l_income + l_prisoner", **columns)
path = pz.event_study(df, outcome="l_homicide", treatment="ever", window=(-4, 3), **columns)
cells = pz.att_gt(df, outcome="l_homicide", treatment="ever", **columns)
table = pz.table([plain, weighted, both, cells.aggregate("simple")], labels={"post": "Castle"})
for ending in ("md", "tex", "html", "docx"):
    table.save(f"castle.{ending}")
path.plot().figure.savefig("path.png")
print(plain.summary())
for fit in (plain, weighted):
    row = fit.tidy().iloc[0]
    print(f"{row['estimate']:.6f} {row['std_error']:.6f}")
"""


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """Build the sdist, and the wheel from it."""
    source, out, tools = map(tmp_path_factory.mktemp, ("source", "dist", "tools"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    (source / "code").mkdir()
    (source / "code/pilotzone").symlink_to(root / "code/pilotzone")
    # Nothing else of what is installed here, which is searched for each command.
    _linked(importlib.metadata.distribution("setuptools"), tools)
    done = subprocess.run(
        [sys.executable, "-S", "-c", BUILD, str(out)],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def clean(wheel, root, tmp_path_factory):
    """Return the interpreter of an environment with the wheel and what it declares."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, symlinks=True)
    scripts = {"base": str(home), "platbase": str(home)}
    site = Path(sysconfig.get_path("purelib", vars=scripts))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
        metadata = next(n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        declared = re.findall(r"^Requires-Dist: (.*)$", packed.read(metadata).decode(), re.M)
    _compiled(root / "code", site)
    for name in sorted(_closure(declared)):
        _linked(importlib.metadata.distribution(name), site)
    return Path(sysconfig.get_path("scripts", vars=scripts)) / "python"


def _closure(declared):
    """Return the names of distributions that requirements with the extras lead to."""
    first = [Requirement(text) for text in declared]
    found, left = set(), list(first)
    while left:
        one = left.pop()
        wanted = [{"extra": extra} for extra in ("", *EXTRAS)] if one in first else [{"extra": ""}]
        if one.name in found or (one.marker and not any(map(one.marker.evaluate, wanted))):
            continue
        found.add(one.name)
        left += map(Requirement, importlib.metadata.requires(one.name) or [])
    return found


def _compiled(source, site):
    """Give files that are those of the sources what an interpreter has compiled of these."""
    for path in site.rglob("*.py"):
        same = source / path.relative_to(site)
        compiled = Path(importlib.util.cache_from_source(same))
        if compiled.exists() and same.read_bytes() == path.read_bytes():
            shutil.copystat(same, path)
            target = Path(importlib.util.cache_from_source(path))
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(compiled, target)


def _linked(distribution, site):
    """Link the files and folders at the top of a distribution into an environment."""
    tops = {Path(file).parts[0] for file in distribution.files} - {"..", "__pycache__"}
    for top in tops:
        target = site / top
        if not target.exists():
            target.symlink_to(Path(distribution.locate_file(top)).resolve())


def test_the_wheel_holds_the_package_whole(wheel, root):
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    package = root / "code/pilotzone"
    there = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there <= names, sorted(there - names)
    assert "pilotzone/py.typed" in names


@pytest.fixture(scope="module")
def printed(clean, castle, tmp_path_factory):
    """Return what the reader's script and then the examples print, and where their files are."""
    where = tmp_path_factory.mktemp("where")
    ever = castle["post"].gt(0).astype(int)
    castle.assign(ever=ever).to_csv(where / "castle.csv", index=False)
    script, _, examples = _ran(clean, CASTLE + "print('EXAMPLES')" + EXAMPLES, where).partition(
        "EXAMPLES\n"
    )
    return script.splitlines(), examples.splitlines(), where


def test_the_examples_run_where_nothing_else_is_installed(printed):
    assert int(printed[1][-1]) > 80


def test_twenty_lines_reproduce_castle_doctrine(printed):
    assert len([line for line in CASTLE.splitlines() if line]) <= 20
    assert printed[0][-2:] == ["0.069398 0.055860", "0.075533 0.033194"]
    for name in ("castle.md", "castle.tex", "castle.html", "castle.docx", "path.png"):
        assert (printed[2] / name).stat().st_size > 1000


def _ran(python, program, where):
    done = subprocess.run(
        [python, "-I", "-c", program],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        env={
            **{"PATH": "/usr/bin:/bin", "MPLBACKEND": "Agg", "HOME": str(where)},
            "OPENBLAS_NUM_THREADS": "1",
            # The list of this machine's fonts is made once, not for each new home.
            "XDG_CACHE_HOME": str(Path(mpl.get_cachedir()).parent),
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
