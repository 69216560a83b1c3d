"""Imports go down only, no file circle, and heavy libraries are not paid for before need."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "code/pilotzone"
DATA = {"errors", "textfile", "catalogue"}
ESTIMATED = DATA | {"exhibits", "estimates"}
# What the files of a room may import beside their own room; the audit may import all.
RULES = {
    "errors": set(),
    "textfile": {"errors"},
    "command": {"errors", "textfile"},
    "catalogue": {"errors", "textfile"},
    "exhibits": DATA | {"claims"},
    "methods": {"errors"},
    "estimates": DATA,
    "panels": DATA | {"methods"},
    "engine": ESTIMATED | {"methods", "panels"},
    "claims": ESTIMATED | {"panels", "engine"},
    "tables": ESTIMATED,
    "plots": ESTIMATED,
    "report": ESTIMATED | {"tables", "plots", "claims"},
    "reader": ESTIMATED | {"methods", "panels", "engine", "tables", "plots", "report"},
    "api": ESTIMATED | {"methods", "panels", "engine", "reader", "tables", "plots"},
    "whose": ESTIMATED | {"methods", "reader", "tables", "audit"},
    "faultbench": {"errors", "methods"},
    "build": ESTIMATED | {"panels", "engine", "claims"},
    "explain": ESTIMATED | {"panels", "tables", "plots"},
}
WHOLE = ("audit",)
# Families of methods, each with those that it builds on.
FAMILIES = {
    "inference": (),
    "index": (),
    "did": ("inference",),
    "factors": ("inference", "did"),
    "space": ("inference",),
    "dynamics": ("inference", "did"),
    "disparity": ("inference", "did", "space"),
    "multiverse": ("inference",),
}


def module_name(path):
    parts = ("pilotzone", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(statements, modules):
    """Yield the modules of the package that a module names in its import statements.

    ``from pilotzone.x import y`` is an import of ``pilotzone.x.y`` where that is a module, and of
    ``pilotzone.x`` where ``y`` is a name that it defines.
    """
    for node in statements:
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name if name in modules else node.module for name in named]
        else:
            found = [alias.name for alias in node.names]
        yield from (name for name in found if name in modules)


@pytest.fixture(scope="module")
def graph(import_statements):
    """Return the modules of the package that each imports."""
    modules = {
        module_name(path): found
        for path, found in import_statements.items()
        if path.is_relative_to(PACKAGE)
    }
    return {name: set(imported(found, modules)) - {name} for name, found in modules.items()}


def room(name):
    return name.split(".")[1]


@pytest.mark.slow
def test_imports_go_down_only(graph):
    faults = []
    for name, others in graph.items():
        if name == "pilotzone" or room(name) in WHOLE:
            continue
        assert room(name) in RULES, f"{name}: room '{room(name)}' has no rule"
        allowed = RULES[room(name)] | {room(name)}
        faults += [f"{name} imports {other}" for other in others if room(other) not in allowed]
    assert not sorted(faults)


def test_families_of_methods_have_an_order(graph):
    """Inference stands first; a family reads its own files and those that are named here."""
    faults = [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in others
        if family(name) and family(other) not in {family(name), *FAMILIES.get(family(name), ())}
        if room(other) == "methods"
    ]
    assert not faults
    assert set(FAMILIES) == {family(name) for name in graph if family(name)}


def family(name):
    parts = name.split(".")
    return parts[2] if parts[1:2] == ["methods"] and len(parts) > 2 else ""


def circles(graph):
    """Return the sets of files that import each other in a circle."""
    left = {name: set(others) for name, others in graph.items()}
    while True:
        free = {name for name, others in left.items() if not others & left.keys()}
        if not free:
            return sorted(left)
        left = {name: others for name, others in left.items() if name not in free}


def test_there_is_no_circle_of_files(graph):
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]
    assert not circles(graph)


def test_the_imports_that_are_read_are_those_that_are_written():
    made = ast.parse(
        "from pilotzone.engine import design, rows\nimport pilotzone.errors\nimport os"
    )
    modules = {"pilotzone.engine", "pilotzone.engine.rows", "pilotzone.errors"}
    assert list(imported(made.body, modules)) == [
        "pilotzone.engine",
        "pilotzone.engine.rows",
        "pilotzone.errors",
    ]


@pytest.fixture
def alone(root):
    """Run a program without site packages, as make does before anything is installed."""

    def run(program):
        start = f"import sys; sys.path.insert(0, {str(root / 'code')!r})\n"
        done = subprocess.run(
            [sys.executable, "-S", "-I", "-c", start + program],
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.returncode, done.stderr
        return done.stdout

    return run


@pytest.mark.cli
def test_the_catalogue_and_the_exhibits_need_the_standard_library_alone(alone, graph):
    names = [name for name in graph if name.startswith("pilotzone.catalogue")]
    assert len(names) > 20
    program = (
        f"import importlib\nfor name in {names}: importlib.import_module(name)\n"
        "from pilotzone import exhibits\n"
        "for name in exhibits.paths((*exhibits.GROUPS, *exhibits.READERS)): exhibits.load(name)\n"
        "own = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(own - {'__main__'}))"
    )
    assert alone(program).strip() == "['pilotzone']"


def test_nothing_in_code_shadows_the_standard_library(root):
    assert not (root / "code/__init__.py").exists()
    names = {path.stem for path in (root / "code").iterdir()}
    assert not names & set(sys.stdlib_module_names)


@pytest.mark.cli
def test_the_engine_starts_without_the_heavy_libraries(root):
    script = (
        "import sys; import pilotzone.api, pilotzone.engine.lattice, pilotzone.reader.mine; "
        "print([m for m in ('matplotlib','statsmodels','linearmodels','pandera','pyfixest','spreg',"
        "'scipy.stats','scipy.optimize','networkx','docx') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=root / "code",
        check=True,
    )
    assert done.stdout.strip() == "[]"
