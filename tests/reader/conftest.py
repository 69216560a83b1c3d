"""The script of a reader's panel, and a run of it without figures."""

import importlib.util
from pathlib import Path

import pytest

from pilotzone.reader import mine as own

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script():
    """The module code/mine.py."""
    found = importlib.util.spec_from_file_location("mine_script", ROOT / "code/mine.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def no_figures(monkeypatch):
    """Leave the figures out, which take most of the time."""
    monkeypatch.setattr(own, "_draw", lambda *arguments: None)
