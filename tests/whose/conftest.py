"""The example, and a search on files or on texts."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def script(load_script):
    """The module code/whose.py."""
    return load_script("code/whose.py")


@pytest.fixture
def example(tmp_path):
    """Copies of the three files of the example, to be changed."""
    made = {}
    for role, name in {
        "table": "typed_table.csv",
        "panel": "my_panel.csv",
        "config": "whose.toml",
    }.items():
        made[role] = tmp_path / name
        made[role].write_bytes((ROOT / "examples" / name).read_bytes())
    return made
