"""The script of a reader's panel, a run of it without figures, what it writes, known answers.

Published figures are read once.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pilotzone import plots
from pilotzone.panels import raw
from pilotzone.reader import battery, counterfactuals, firm, neighbours, policy, treatment

# Of estimates, and of standard errors (tests/reference/README.md).
ESTIMATE, ERROR = 1e-6, 1e-5


@pytest.fixture(scope="module", autouse=True)
def published_once(request, root):
    """Read the published figures once and not in every run; no run changes them."""

    def read_raw(folder, *, city=True):
        # A script names the folder from where it is started.
        read = folder.resolve() == (root / "data/raw").resolve() and not city
        return request.getfixturevalue("places") if read else raw.read_raw(folder, city=city)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firm, "read_raw", read_raw)
        patch.setattr(policy, "read_places", lambda folder: request.getfixturevalue("rosters"))
        patch.setattr(treatment, "raw", SimpleNamespace(read_raw=read_raw))
        yield


@pytest.fixture(scope="module")
def script(load_script):
    """The module code/mine.py."""
    return load_script("code/mine.py")


@pytest.fixture
def no_figures(monkeypatch):
    """Leave the figures out, which take most of the time."""
    monkeypatch.setattr(plots, "draw", lambda *arguments: None)
    monkeypatch.setattr(plots, "captioned", lambda *arguments: None)
    monkeypatch.setattr(plots, "save", lambda *arguments: None)


@pytest.fixture
def screen_only(monkeypatch, on_screen):
    """Draw figures for the screen and not for print."""
    on_screen(monkeypatch)


@pytest.fixture
def few_draws(monkeypatch):
    """Draw little: for tests of which nothing that they assert depends on how often."""
    monkeypatch.setattr(battery, "BAND_DRAWS", 999)
    monkeypatch.setattr(counterfactuals, "SIMULATIONS", 5)
    monkeypatch.setattr(neighbours, "LOCAL_DRAWS", 99)
    monkeypatch.setattr(neighbours, "TRIAL_DRAWS", 50)


@pytest.fixture(scope="session")
def snapshot():
    """Return a function that gives the bytes of all files below a folder."""

    def taken(folder):
        files = (p for p in folder.rglob("*") if p.is_file())
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}

    return taken


@pytest.fixture(scope="session")
def terms():
    """Return a function that gives the terms of a column."""

    def read(folder, exhibit, column):
        frame = pd.read_csv(folder / f"{exhibit}.csv").set_index(["column", "term"])
        return frame.loc[column]

    return read


@pytest.fixture(scope="session")
def models():
    """Return a function that gives the model rows of an exhibit."""

    def read(folder, exhibit):
        frame = pd.read_csv(folder / f"{exhibit}.models.csv", keep_default_na=False)
        return frame.set_index("column")

    return read


@pytest.fixture(scope="session")
def gold(root):
    """The known answers of the example by check and quantity."""
    return pd.read_csv(root / "tests/reference/gold.csv").set_index(["check", "quantity"])


@pytest.fixture(scope="session")
def agrees(gold):
    """Return a function that compares estimate and error with a known answer."""

    def compare(row, check, quantity, tolerance=ESTIMATE, answers=gold):
        known = answers.loc[(check, quantity)]
        assert row["estimate"] == pytest.approx(known["value"], abs=tolerance), quantity
        if np.isfinite(known["std_error"]):
            assert row["std_error"] == pytest.approx(known["std_error"], abs=ERROR), quantity

    return compare
