"""[multiverse] of a reader's configuration: a lattice of his columns, and what it refuses.

EXACT: a regression through two doors.
"""

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine
from pilotzone.catalogue import Specification
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.reader import mine
from pilotzone.reader.panel import read_own
from pilotzone.reader.store import OwnStore
from pilotzone.tables.style import Style

EXACT = 1e-9
UNITS, YEARS = 24, range(2001, 2011)


@pytest.fixture
def files(tmp_path):
    """A panel with two outcomes, a second treatment, a dose and regions, and its configuration."""
    rng = np.random.default_rng(6)
    rows = []
    for unit in range(UNITS):
        first = (2004, 2006, 0)[unit % 3]
        level, trend = rng.normal(size=2)
        for year in YEARS:
            treated = float(first > 0 and year >= first)
            x = rng.normal()
            y = level + 0.1 * trend * (year - 2001) + 0.5 * treated + x + rng.normal()
            rows.append(
                {
                    **{"id": f"u{unit:02d}", "year": year, "first": first, "y": y},
                    **{"y2": y + rng.normal(), "late": float(first > 0 and year > first)},
                    **{"dose": treated * (1 + unit % 4), "x": x, "region": "ab"[unit % 2]},
                }
            )
    panel, config = tmp_path / "p.csv", tmp_path / "c.toml"
    pd.DataFrame(rows).to_csv(panel, index=False)
    return panel, config


HEAD = """unit = "id"
period = "year"
outcome = "y"
first_treated = "first"
controls = ["x"]
draws = 99
"""
ALL = """[multiverse]
outcomes = ["y2"]
treatments = ["late", "dose"]
effects = ["two_way", "unit_trends"]
[multiverse.samples]
region_a = ["region == b"]
late_years = ["year < 2003"]
"""


def own(files, text):
    files[1].write_text(HEAD + text)
    return read_own(*files, files[0].parent)


def test_the_lattice_has_the_readers_columns(files):
    lattice = own(files, ALL).lattice
    assert lattice.outcomes == ("y", "y2")
    assert lattice.treatments == ("treated", "late", "dose")
    assert [sample.id for sample in lattice.samples] == ["own", "region_a", "late_years"]
    assert lattice.count == 2 * 3 * 3 * 2 * 2
    assert own(files, "").lattice is None


def test_its_numbers_are_those_of_the_engine(files, monkeypatch):
    monkeypatch.setenv("WORKERS", "1")
    read = own(files, ALL)
    store = OwnStore(read)
    exhibit = mine.exhibits_of(read)["multiverse"]
    parts = engine.described(exhibit.describe, store)
    table = parts[""].set_index("statistic")
    assert set(table["specifications"]) == {read.lattice.count}
    estimates = []
    for sample in read.lattice.samples:
        for outcome in read.lattice.outcomes:
            for treatment in read.lattice.treatments:
                for controls in ("none", ("x",)):
                    for effects in read.lattice.effects:
                        spec = Specification(
                            outcome=outcome,
                            treatment=treatment,
                            sample=sample,
                            controls=controls,
                            effects=effects,
                        )
                        rows = engine.estimate(spec, store).terms.set_index("term")
                        data = engine.design(spec, store)
                        spread = data.y.std(ddof=1)
                        estimates.append(rows.loc[treatment, "estimate"] / spread)
    assert table.loc["median", "value"] == pytest.approx(np.median(estimates), abs=EXACT)
    assert table.loc["share_sign", "value"] == np.mean(np.array(estimates) > 0)


@pytest.mark.slow
def test_the_report_has_table_and_figure(files, tmp_path, monkeypatch, screen_only):
    monkeypatch.setenv("WORKERS", "1")
    made_of = mine.exhibits_of
    monkeypatch.setattr(
        mine, "exhibits_of", lambda made: {"multiverse": made_of(made)["multiverse"]}
    )
    files[1].write_text(HEAD + ALL)
    target, lines = tmp_path / "out", []
    mine.make(*files, target, tmp_path, Style(lexicon=Lexicon("en")), lines.append)
    assert "multiverse: done" in lines
    page = (target / "report.md").read_text()
    assert "(figures/multiverse.png)" in page
    assert "72 specifications" in page
    assert "within regions" not in (target / "tables/multiverse.md").read_text()
    assert (target / "figures/multiverse.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[multiverse]\nwhat = 1\n", "c.toml, [multiverse]: unknown key 'what'"),
        ("[multiverse]\noutcomes = 'y2'\n", "'outcomes' should be a list of texts"),
        ("[multiverse]\noutcomes = ['none']\n", "no column 'none'"),
        ("[multiverse]\neffects = ['region_year']\n", "effects 'region_year' is unknown"),
        ("[multiverse]\nsign = 0\n", "'sign' should be 1 or -1"),
        ("[multiverse.samples]\na = 'year < 2003'\n", "samples.a should be a list of conditions"),
        ("[multiverse.samples]\na = ['year']\n", "samples.a: 'year' is no condition"),
        ("[multiverse.samples]\na = ['year > 1']\n", "samples.a: no row is left"),
        ("[multiverse.samples]\na = ['year > 3000']\n", "samples.a: no row of p.csv is left out"),
    ],
)
def test_what_is_no_choice_is_refused_in_one_line(files, text, said):
    with pytest.raises(UserError) as raised:
        own(files, text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
