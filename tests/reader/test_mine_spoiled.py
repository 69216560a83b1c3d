"""250 ways to spoil a reader's panel: all files or one line, and never a traceback."""

import functools
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.reader import mine as own
from pilotzone.reader.panel_config import read_config

UNITS, YEARS = 8, range(2012, 2018)


def small_panel():
    rng = np.random.default_rng(20)
    first = [0, 0, 2014, 2014, 2015, 2015, 2016, 0]
    lines = ["unit,year,first,d,y,x"]
    for unit in range(UNITS):
        for year in YEARS:
            d = int(0 < first[unit] <= year)
            y, x = rng.normal() + d, rng.normal()
            lines.append(f"{unit + 1},{year},{first[unit]},{d},{y:.4f},{x:.4f}")
    return [line.split(",") for line in lines]


SMALL = small_panel()
TREATMENTS = ('treatment = "d"', 'first_treated = "first"', "")
CELLS = ("", " ", "NA", "x", "-1", "0", "1", "0.5", "1e9", "1e49", "1e999", "inf", "2015-03", "'")
CELLS += ("2015.0", "٣", "１", "产", "a,b", 'a"b', "\ufeff", "a\nb", "=1+1", "1;2", "NaN", "9" * 30)
ROWS, COLUMNS = st.integers(0, len(SMALL) - 1), st.integers(0, 5)


@st.composite
def spoiled(draw):
    """Draw a panel with one to three things wrong, as bytes."""
    table = [list(row) for row in SMALL]
    kinds = ("cell", "cell", "column", "drop", "drop", "twice", "cut", "lost", "swap", "swap")
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        row, column = draw(ROWS) % len(table), draw(COLUMNS)
        if kind == "cell":
            table[row][column : column + 1] = [draw(st.sampled_from(CELLS))]
        elif kind == "column":
            value = draw(st.sampled_from(CELLS))
            table = [[*line[:column], value, *line[column + 1 :]] for line in table]
        elif kind == "drop":
            del table[row : row + draw(st.integers(1, 20))]
        elif kind == "twice":
            table.insert(draw(ROWS), list(table[row]))
        elif kind == "cut":
            table[row] = table[row][:column]
        elif kind == "lost":
            table = [line[:column] + line[column + 1 :] for line in table]
        else:
            other = draw(ROWS) % len(table)
            table[row], table[other] = table[other], table[row]
        table = table or [[""]]
    delimiter = draw(st.sampled_from((*",,,,,,,,", ";", "\t")))
    text = draw(st.sampled_from(("\n", "\r\n"))).join(delimiter.join(line) for line in table)
    content = text.encode(draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "gb18030"))))
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(st.binary(max_size=4)) + content[at + 2 :]
    return content


@pytest.fixture
def spoil(script, tmp_path, no_figures, few_draws, snapshot, capsys):
    """Run a spoiled panel: exit status 0 and all files, or 2 with one line and none.

    One that is drawn again is not run again.
    """
    panel, config, out = (tmp_path / name for name in ("p.csv", "p.toml", "out"))

    @functools.cache
    def run(content, treatment):
        panel.write_bytes(content)
        config.write_text(
            'unit = "unit"\nperiod = "year"\noutcome = "y"\ndraws = 99\ncontrols = ["x"]\n'
            f"{treatment}\n"
        )
        status = script.main([str(panel), str(config), f"--output={out}"])
        printed = capsys.readouterr()
        left = snapshot(out) if out.exists() else {}
        shutil.rmtree(out, ignore_errors=True)
        if status == 0:
            assert printed.err == ""
            assert {"did.csv", "did.models.csv", "tables/did.md", "report.md"} <= left.keys()
            tables = (Path(name).stem for name in left if name.endswith(".tex"))
            assert {f"{table}.csv" for table in tables} <= left.keys()
        else:
            assert status == 2
            assert printed.err.startswith("mine: ")
            assert printed.err.count("\n") == 1, printed.err
            assert left == {}
        return status

    return run


FUZZED = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@pytest.mark.slow
def test_no_spoiled_panel_gives_a_traceback_or_half_an_output(spoil, monkeypatch):
    exhibits_of, statuses = own.exhibits_of, []
    monkeypatch.setattr(own, "exhibits_of", lambda made: {"did": exhibits_of(made)["did"]})

    @settings(max_examples=250, **FUZZED)
    @given(content=spoiled(), treatment=st.sampled_from(TREATMENTS))
    def every(content, treatment):
        statuses.append(spoil(content, treatment))

    every()
    # Neither kind of ending is rare, so that both are tried.
    assert min(statuses.count(0), statuses.count(2)) >= len(statuses) / 20


@pytest.mark.slow
def test_no_spoiled_panel_breaks_the_whole_battery(spoil):
    statuses = []

    @settings(max_examples=12, **FUZZED)
    @given(content=spoiled(), treatment=st.sampled_from(TREATMENTS[:2]))
    def some(content, treatment):
        statuses.append(spoil(content, treatment))

    some()
    assert 0 in statuses


@settings(max_examples=200, **FUZZED)
@given(text=st.text(max_size=200) | st.binary(max_size=80))
def test_no_configuration_gives_a_traceback(tmp_path, text):
    path = tmp_path / "p.toml"
    path.write_bytes(text.encode("utf-8", "replace") if isinstance(text, str) else text)
    with pytest.raises(UserError) as error:
        read_config(path)
    assert "\n" not in str(error.value)
