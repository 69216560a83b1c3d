"""Imports read from text: the same as a parser finds, and closures over them."""

import ast

import pytest

from pilotzone.build.sources import closure, file_of, imported


def by_parser(code, path, statements):
    found = set()
    for node in statements:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            assert not node.level, f"{path}: a relative import is not read"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {node.module} | {module for module in inside if file_of(code, module)}
    return {module for module in found if module.partition(".")[0] == "pilotzone"}


def test_what_is_read_is_what_a_parser_finds(root, import_statements):
    code = root / "code"
    assert len(import_statements) > 100
    for path, statements in import_statements.items():
        assert imported(code, path) == by_parser(code, path, statements), path


@pytest.fixture
def code(tmp_path):
    files = {
        "script.py": "from pilotzone.a import (\n    one,  # why\n    two,\n)\n",
        "pilotzone/__init__.py": "",
        "pilotzone/a/__init__.py": "import pilotzone.c\n",
        "pilotzone/a/one.py": "def late():\n    from pilotzone.b import name\n",
        "pilotzone/a/two.py": "",
        "pilotzone/b.py": "from pilotzone.a.one import late as later\n",
        "pilotzone/c.py": "import numpy as np\n",
        "pilotzone/d.py": "from pilotzone import a\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(paths, code):
    return {path.relative_to(code).as_posix() for path in paths}


def test_a_closure_holds_late_imports_circles_and_packages_around(code):
    found = names(closure(code, ("script",)), code)
    package = {f"pilotzone/{name}.py" for name in ("__init__", "b", "c")}
    assert found == package | {"script.py"} | {
        f"pilotzone/a/{name}.py" for name in ("__init__", "one", "two")
    }


def test_what_is_apart_is_not_followed(code):
    found = closure(code, ("pilotzone.d",), ("pilotzone.c",))
    assert names(found, code) == {
        "pilotzone/__init__.py",
        "pilotzone/a/__init__.py",
        "pilotzone/d.py",
    }


def test_what_is_kept_is_followed_although_it_is_apart(code):
    found = closure(code, ("pilotzone.d",), ("pilotzone.a", "pilotzone.c"), ("pilotzone.c",))
    assert names(found, code) == {"pilotzone/__init__.py", "pilotzone/d.py"}
    found = closure(code, ("script",), ("pilotzone.a.", "pilotzone.b"), ("pilotzone.a.one",))
    assert names(found, code) == {
        "script.py",
        *(f"pilotzone/{name}.py" for name in ("__init__", "a/__init__", "a/one", "c")),
    }
