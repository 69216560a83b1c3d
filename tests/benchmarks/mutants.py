"""Small changes of the methods that no test notices.

python tests/benchmarks/mutants.py                       100 mutants, seed 1
python tests/benchmarks/mutants.py --number 10 --seed 7 --only methods/did

A mutant swaps one comparison, arithmetic sign, number or boolean in ``code/pilotzone/methods``. The
tests that import the changed file run on a copy until one fails, then all of its folder. Those that
survive are listed: each asks for a known answer, or for the line to go, unless it changes nothing
(a placeholder, a bracket of a search, what repr shows).
"""

import argparse
import ast
import copy
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METHODS = ROOT / "code/pilotzone/methods"
# On a machine that does nothing else; a mutant without an end is listed as such.
SECONDS = 300
SURVIVES, KILLED, ENDLESS = "survives", "killed", "no end"
SWAPS: dict[type, type] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt},
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is},
    **{ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And},
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult},
    **{ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}


def places(tree: ast.AST) -> list[int]:
    """Return which nodes of a tree, in the order of ``ast.walk``, can be changed."""
    return [number for number, node in enumerate(ast.walk(tree)) if _changed(node)]


def _changed(node: ast.AST) -> tuple[str, object] | None:
    """Return the field of a node that is swapped and its new value; None if nothing is."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        return "ops", [SWAPS[type(node.ops[0])](), *node.ops[1:]]
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
        return "op", SWAPS[type(node.op)]()
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        one = node.value
        return "value", (not one) if isinstance(one, bool) else one + 1
    return None


def mutant(tree: ast.Module, number: int) -> tuple[ast.Module, str]:
    """Return a tree with one node changed, and the change in words."""
    made = copy.deepcopy(tree)
    node = list(ast.walk(made))[number]
    before = ast.unparse(node)
    field, value = _changed(node)
    setattr(node, field, value)
    return made, f"line {node.lineno}: {before} -> {ast.unparse(node)}"


def tests_of(path: Path) -> list[list[str]]:
    """Return the test files that import a module, if there are any, then the folder beside it."""
    package, _, name = ".".join(path.relative_to(ROOT / "code").with_suffix("").parts).rpartition(
        "."
    )
    imports = (f"{package}.{name} ", f"{package} import {name}\n")
    found = sorted((ROOT / "tests/methods").rglob("test_*.py"))
    named = [t for t in found if any(one in t.read_text(encoding="utf-8") for one in imports)]
    folder = ROOT / "tests" / path.parent.relative_to(ROOT / "code/pilotzone")
    stages = [[str(t.relative_to(ROOT)) for t in named], [str(folder.relative_to(ROOT))]]
    return [stage for stage in stages if stage]


def outcome(folder: Path, tests: Sequence[str]) -> str:
    """Return whether tests survive, kill or have no end on a copy of the project."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return ENDLESS
    return KILLED if done.returncode else SURVIVES


def tried(folder: Path, path: Path, source: str) -> str:
    """Return what becomes of a copy of the project in which a file has another source."""
    target = folder / path.relative_to(ROOT)
    target.write_text(source, encoding="utf-8")
    try:
        found = (outcome(folder, tests) for tests in tests_of(path))
        return next((one for one in found if one != SURVIVES), SURVIVES)
    finally:
        shutil.copy(path, target)


def sample(number: int, seed: int, only: str) -> Iterator[tuple[Path, ast.Module, int]]:
    """Give files with a tree and the node to change, drawn with a seed from all that there are."""
    files = [p for p in sorted(METHODS.rglob("*.py")) if only in p.as_posix()]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    every = [(path, place) for path, tree in trees.items() for place in places(tree)]
    for path, place in random.Random(seed).sample(every, min(number, len(every))):
        yield path, trees[path], place


def _copy(folder: Path) -> None:
    """Copy what a mutant changes or runs, and link the rest."""
    for part in ("code", "tests", "pyproject.toml"):
        copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copied(ROOT / part, folder / part)
    for part in ("data", "output", "docs", "examples", "README.md"):
        (folder / part).symlink_to(ROOT / part)


def main(argv: Sequence[str] | None = None) -> int:
    """Try mutants and list those that survive."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of the path of the files")
    args = parser.parse_args(argv)
    lines: dict[str, list[str]] = {SURVIVES: [], KILLED: [], ENDLESS: []}
    chosen = list(sample(args.number, args.seed, args.only))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(folder)
        for below in sorted({tests_of(path)[-1][0] for path, _, _ in chosen}):
            # Else everything would seem killed.
            if outcome(folder, [below]) != SURVIVES:
                raise SystemExit(f"{below} fails, or has no end, before anything is changed")
        for path, tree, place in chosen:
            made, words = mutant(tree, place)
            said = tried(folder, path, ast.unparse(made))
            lines[said].append(f"{path.relative_to(ROOT)}, {words}")
            print(f"{said:8}  {lines[said][-1]}", flush=True)
    counts = ", ".join(f"{len(some)} {said}" for said, some in lines.items())
    print("\n".join([f"{len(chosen)} mutants: {counts}", *lines[SURVIVES]]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
