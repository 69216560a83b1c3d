"""The tool that changes the methods: what it changes, and which tests it asks."""

import ast

import pytest


@pytest.fixture(scope="module")
def mutants(load_script):
    return load_script("tests/benchmarks/mutants.py")


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a < b", "a <= b"),
        ("a == b", "a != b"),
        ("a + b", "a - b"),
        ("a & b", "a | b"),
        ("a and b", "a or b"),
        ("f(True)", "f(False)"),
        ("x[-1]", "x[-2]"),
        ("s += t", "s -= t"),
    ],
)
def test_one_thing_is_changed(mutants, source, changed):
    tree = ast.parse(source)
    (place,) = mutants.places(tree)
    made, words = mutants.mutant(tree, place)
    assert ast.unparse(made) == changed
    assert words.startswith("line 1: ")
    assert ast.unparse(tree) == source


def test_texts_and_names_stay(mutants):
    assert mutants.places(ast.parse('"""Doc."""\nf(a, "b", None)')) == []


def test_the_tests_of_a_file_are_those_that_import_it(mutants, root):
    path = root / "code/pilotzone/methods/index/weighting.py"
    named, folder = mutants.tests_of(path)
    assert "tests/methods/index/test_weighting.py" in named
    assert "tests/methods/test_known_answers.py" in named
    assert folder == ["tests/methods/index"]
    # What no test imports is asked of all tests of its folder alone.
    lone = root / "code/pilotzone/methods/index/no_such.py"
    assert mutants.tests_of(lone) == [folder]


def test_a_sample_follows_from_its_seed(mutants):
    one, same, other = (
        [(path, place) for path, _, place in mutants.sample(20, seed, "methods/index")]
        for seed in (1, 1, 2)
    )
    assert one == same != other
    assert len(set(one)) == 20


@pytest.mark.cli
def test_tests_survive_kill_or_have_no_end(mutants, tmp_path, monkeypatch):
    for name, line in {
        "one": "assert True",
        "other": "assert False",
        "third": "while 1: __import__('time').sleep(60)",
    }.items():
        (tmp_path / f"test_{name}.py").write_text(f"def test():\n    {line}\n")
    # These tests need none, and each takes a moment to start.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert mutants.outcome(tmp_path, ["test_one.py"]) == "survives"
    assert mutants.outcome(tmp_path, ["test_one.py", "test_other.py"]) == "killed"
    monkeypatch.setattr(mutants, "SECONDS", 2)
    assert mutants.outcome(tmp_path, ["test_third.py"]) == "no end"
