"""The script of a reader's panel, and a run of it without figures."""

import pytest

from pilotzone.reader import mine as own


@pytest.fixture(scope="module")
def script(load_script):
    """The module code/mine.py."""
    return load_script("code/mine.py")


@pytest.fixture
def no_figures(monkeypatch):
    """Leave the figures out, which take most of the time."""
    monkeypatch.setattr(own, "_draw", lambda *arguments: None)
