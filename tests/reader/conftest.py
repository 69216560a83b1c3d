"""The script of a reader's panel, a run of it without figures, and figures that are read once."""

import functools
from types import SimpleNamespace

import pytest

from pilotzone.panels import raw
from pilotzone.reader import firm, policy, treatment
from pilotzone.reader import mine as own

read_raw, read_places = functools.cache(raw.read_raw), functools.cache(raw.read_places)


@pytest.fixture(scope="module", autouse=True)
def published_once():
    """Read the published figures once and not in every run; no run changes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firm, "read_raw", read_raw)
        patch.setattr(policy, "read_places", read_places)
        patch.setattr(treatment, "raw", SimpleNamespace(read_raw=read_raw))
        yield


@pytest.fixture(scope="module")
def script(load_script):
    """The module code/mine.py."""
    return load_script("code/mine.py")


@pytest.fixture
def no_figures(monkeypatch):
    """Leave the figures out, which take most of the time."""
    monkeypatch.setattr(own, "_draw", lambda *arguments: None)
