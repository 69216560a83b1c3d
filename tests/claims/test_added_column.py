"""A column added beside others changes no claim and no generated part of README."""

import re
import shutil

import pandas as pd
import pytest

from pilotzone import engine, estimates, exhibits
from pilotzone.report import readme

ADDED = """        diagnostics=("municipalities",),
    )
    + grid(
        outcome="nqp_no_ecommerce",
        treatment="zone_first",
        controls="baseline",
        sample=cut(
            "main", id="no_guangdong", excluded=("440000",), words=("No Guangdong", "剔除广东")
        ),
    ),
"""


@pytest.fixture
def output(root, tmp_path):
    """A copy of the estimates, and of what README reads beside them."""
    shutil.copytree(root / "output/estimates", tmp_path / "output/estimates")
    shutil.copy(root / "output/benchmark.csv", tmp_path / "output")
    return tmp_path / "output"


@pytest.fixture
def with_column(tmp_path, monkeypatch):
    """Return a function that adds a column to ``did_baseline`` in a copy of the exhibits."""

    def add():
        copy = tmp_path / "exhibits"
        shutil.copytree(exhibits.FOLDER, copy)
        path = copy / "base/did_baseline.py"
        text = path.read_text(encoding="utf-8").replace("import Exhibit, ", "import Exhibit, cut, ")
        text, count = re.subn(r" +diagnostics=\(\"municipalities\",\),\n    \),\n", ADDED, text)
        assert count == 1
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(exhibits, "FOLDER", copy)

    return add


def board_and_parts(output):
    names = ("", ".studies", ".rules", ".changes")
    claims = {part: estimates.read(output / f"estimates/claims{part}.csv") for part in names}
    return claims, {part: make(output) for part, make in readme.PARTS.items()}


@pytest.mark.slow
def test_claims_and_readme_are_the_same_with_a_column_added(output, with_column, panels):
    # That the files are those of the code is asserted in test_board.py.
    claims, parts = board_and_parts(output)
    before = exhibits.load("did_baseline").column_ids()
    with_column()
    exhibit = exhibits.load("did_baseline")
    assert len(exhibit.column_ids()) == len(before) + 1
    assert not set(exhibit.column_ids()) & set(before)
    folder = output / "estimates"
    estimates.write(folder, "did_baseline", exhibit, engine.run("did_baseline", panels))
    models = estimates.read(folder / "did_baseline.models.csv")
    assert set(models["sample"]) == {"main", "no_guangdong"}
    estimates.write(folder, "claims", exhibits.load("claims"), engine.run("claims", None, folder))
    now, parts_now = board_and_parts(output)
    assert parts_now == parts
    for part, frame in claims.items():
        # An id is made of the dimensions that vary, and there is one more now.
        shown = now[part].drop(columns="own_column", errors="ignore")
        before_it = frame.drop(columns="own_column", errors="ignore")
        pd.testing.assert_frame_equal(shown, before_it, rtol=estimates.RTOL)
