"""Imports go down only, and heavy libraries are not paid for before they are needed."""

import ast
import subprocess
import sys

# A room may import the rooms before it (and itself).
ORDER = (
    ("errors",),
    ("catalogue",),
    ("estimates", "methods"),
    ("panels",),
    ("exhibits",),
    ("engine",),
)
APART = {
    "tables": {"errors", "catalogue", "estimates", "exhibits"},
    "plots": {"errors", "catalogue", "estimates", "exhibits"},
    "command": {"errors"},
    "build": {"errors", "catalogue", "exhibits", "estimates", "panels", "engine"},
    "reader": {"errors", "catalogue", "estimates", "methods", "panels", "exhibits", "engine"}
    | {"tables", "plots"},
    "claims": {"errors", "catalogue", "estimates", "exhibits"},
    "report": {"errors", "catalogue", "estimates", "exhibits", "tables", "plots", "claims"},
}


def allowed():
    below = set()
    rules = dict(APART)
    for level in ORDER:
        below |= set(level)
        for room in level:
            rules[room] = set(below)
    rules["exhibits"] = {"catalogue", "errors"}
    # The board is an exhibit: it reads what others wrote.
    rules["engine"].add("claims")
    return rules


def imported_rooms(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pilotzone":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pilotzone."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("pilotzone."))


def test_imports_go_down_only(root):
    package = root / "code/pilotzone"
    rules = allowed()
    faults = []
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room in ("__init__", "audit"):
            continue
        assert room in rules, f"{path}: room '{room}' has no rule"
        faults += [
            f"{path.relative_to(root)} imports {other}"
            for other in imported_rooms(path)
            if other not in rules[room] | {room}
        ]
    assert not faults


def test_nothing_in_code_shadows_the_standard_library(root):
    assert not (root / "code/__init__.py").exists()
    names = {path.stem for path in (root / "code").iterdir()}
    assert not names & set(sys.stdlib_module_names)


def test_the_engine_starts_without_the_heavy_libraries(root):
    script = (
        "import sys; import pilotzone.engine; "
        "print([m for m in ('matplotlib','statsmodels','linearmodels','pandera','pyfixest','spreg')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=root / "code",
        check=True,
    )
    assert done.stdout.strip() == "[]"
