"""What broke the doors once: each is one line now, or a result."""

import errno
import os

import numpy as np
import openpyxl
import pandas as pd
import pytest

from pilotzone import command, textfile
from pilotzone.errors import UserError
from pilotzone.panels import files, raw
from pilotzone.reader import mine as own
from pilotzone.reader import tabular
from pilotzone.reader.system import read_system
from pilotzone.tables import markdown

SYSTEM = """
id = "green"
[[indicator]]
element = "air"
id = "so2"
formula = "so2_10kt / gdp_100m_cny"
sign = "-"
"""
PANEL = 'unit = "unit"\nperiod = "year"\noutcome = "y"\ntreatment = "d"\ndraws = 99\n'


def panel(units=8, years=7):
    rng = np.random.default_rng(3)
    first = np.repeat([0, 2013, 2015, 2014] * (units // 4), years)
    year = np.tile(np.arange(2010, 2010 + years), units)
    frame = pd.DataFrame({"unit": np.repeat([f"u{i}" for i in range(units)], years), "year": year})
    treated = ((first > 0) & (year >= first)).astype(int)
    return frame.assign(first=first, d=treated, y=rng.normal(size=len(year)).round(6))


@pytest.fixture
def mine(script, tmp_path, screen_only, few_draws, capsys):
    """Estimate a panel; return the status, what was said on either side, and the folder."""

    def run(frame, config=PANEL, name="p.csv"):
        frame.to_csv(tmp_path / name, index=False)
        (tmp_path / "c.toml").write_text(config, encoding="utf-8")
        target = tmp_path / "out"
        argv = [str(tmp_path / name), str(tmp_path / "c.toml"), "--output", str(target)]
        status = script.main(argv)
        told = capsys.readouterr()
        return status, told.out, told.err, target

    return run


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SYSTEM.replace('"green"', '"year"', 1), "'id' may not be 'year'"),
        (SYSTEM.replace('"so2"', '"province_code"'), "indicator 1: 'id' may not be"),
        (SYSTEM.replace('"so2"', '"green"'), "'id' is that of an indicator too"),
        (SYSTEM.replace('"green"', "7", 1), "'id' must be a name"),
        (SYSTEM.replace('"green"', f'"{"x" * 300}"', 1), "of at most 60"),
        (SYSTEM.replace('"air"', "[1]"), "'element' should be text in quotes"),
        (SYSTEM.replace('"-"', "-1"), "'sign' should be text in quotes"),
        (SYSTEM.replace('"so2_10kt', f'"{"(" * 300}so2_10kt'), "is not arithmetic"),
        (SYSTEM.replace('"so2_10kt', f'"{"-" * 900}so2_10kt'), "is not arithmetic|is nested"),
        (SYSTEM.replace('"so2_10kt', f'"{"1 + " * 300}so2_10kt'), "is nested beyond 100"),
        (f"a = {'[' * 3000}{']' * 3000}", "not TOML"),
        (f"id = {'9' * 5000}", "not TOML"),
        (f"id = {'9' * 4000}", "beyond 64 bits"),
        ('id = "green"\nindicator = 3', r"below a line \[\[indicator\]\]"),
        ('id = "green"\nindicator = [3]', "indicator 1 is no table"),
        ('id = "green"\nname = "x"', "unknown key 'name'; known: id, indicator"),
        ('id = "green"', "has no indicator"),
        ("", "the file is empty"),
    ],
)
def test_a_system_that_is_none_is_one_line(tmp_path, content, message):
    path = tmp_path / "s.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message) as caught:
        _sources(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def _sources(path):
    return [indicator.sources for indicator in read_system(path).indicators]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_a_system_may_be_written_in_any_of_the_usual_encodings(tmp_path, encoding):
    path = tmp_path / "s.toml"
    path.write_bytes(SYSTEM.replace("air", "空气").encode(encoding))
    (one,) = read_system(path).indicators
    assert one.element == "空气"


def test_bytes_of_no_encoding_are_refused(tmp_path):
    path = tmp_path / "s.toml"
    for content in (SYSTEM.encode("utf-16-le"), b"id = \xff\xff"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="neither UTF-8 nor GB18030"):
            read_system(path)


def test_an_index_without_a_system_says_how_to_name_one(load_script, capsys):
    assert load_script("code/build_panels.py").main(["--system", ""]) == 2
    assert capsys.readouterr().err == (
        "build_panels: give a system: make index SYSTEM=examples/green_system.toml\n"
    )


@pytest.mark.parametrize("name", ["x" * 300 + ".toml", "a\0b.toml", "a\nb.toml", "s.toml/t.toml"])
def test_a_path_that_no_file_has(tmp_path, name):
    (tmp_path / "s.toml").write_text(SYSTEM)
    for read in (read_system, textfile.toml):
        with pytest.raises(UserError, match="no such file") as caught:
            read(tmp_path / name)
        assert str(caught.value).isprintable()


def test_a_refusal_by_the_system_is_one_line(capsys):
    def full(argv):
        raise OSError(errno.ENOSPC, "No space left on device", "output/mine")

    assert command.main("mine", full)([]) == 2
    assert capsys.readouterr().err == "mine: output/mine: No space left on device\n"


def test_too_little_memory_is_one_line(capsys):
    def greedy(argv):
        raise MemoryError

    assert command.main("mine", greedy)([]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_target_below_a_file_is_one_line(load_script, places, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(raw, "read_raw", lambda folder, *, city: places)
    (tmp_path / "s.toml").write_text(SYSTEM)
    argv = ["--system", str(tmp_path / "s.toml"), "--mine", str(tmp_path / "s.toml" / "out")]
    assert load_script("code/build_panels.py").main(argv) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Not a directory" in told


def test_a_full_disk_leaves_no_draft_and_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("replace", "utime"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            table = pd.DataFrame({"a": [1]})
            with pytest.raises(OSError, match="No space"):
                files.write_tables({"t": table, name: table}, tmp_path)
        assert not list(tmp_path.glob(".draft-*"))
    assert not (tmp_path / "replace.csv").exists()


def test_parquet_with_missing_whole_numbers_and_with_lists(tmp_path):
    path = tmp_path / "p.parquet"
    whole = pd.array([2010, pd.NA, 2012], dtype="Int64")
    text = pd.array(["a", pd.NA, "b"], dtype="string")
    frame = pd.DataFrame({"n": whole, "name": text, "held": [[1], [2], [3]]})
    frame.to_parquet(path)
    table = tabular.read_table(path)
    np.testing.assert_array_equal(tabular.numbers(table, "n"), [2010, np.nan, 2012])
    with pytest.raises(UserError, match="row 2, column 'n': is empty"):
        tabular.whole_numbers(table, "n")
    with pytest.raises(UserError, match="row 2, column 'name': is empty"):
        tabular.names(table, "name")
    for read in (tabular.names, tabular.numbers, tabular.whole_numbers):
        with pytest.raises(UserError, match="row 1, column 'held': holds a list, not one value"):
            read(table, "held")


def test_a_workbook_whose_used_range_reaches_far_below_its_rows(tmp_path, monkeypatch):
    path = tmp_path / "p.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.active.cell(row=400, column=90).number_format = "0.00"
    book.save(path)
    table = tabular.read_table(path)
    assert table.frame.shape == (1, 2)
    monkeypatch.setattr(tabular, "EMPTY_RUN", 300)
    with pytest.raises(UserError, match="300 empty rows behind row 2; delete them"):
        tabular.read_table(path)


def test_more_rows_than_a_sheet_has(monkeypatch):
    monkeypatch.setattr(tabular, "LAST_ROW", 10)
    with pytest.raises(UserError, match="more than 10 rows, which no sheet has"):
        tabular._filled("p.xlsx", [(1,)] * 11)
    assert tabular._filled("p.xlsx", [(None, 1, None), (None,), (2,)]) == [(1, [None, 1]), (3, [2])]


def test_a_period_that_counts_nothing(mine):
    frame = panel()
    frame.loc[len(frame) - 1, "year"] = 99999999
    status, _, told, _ = mine(frame)
    assert status == 2
    assert "line 57, column 'year': more than 10000 periods behind the first, 2010" in told


@pytest.mark.slow
def test_an_outcome_that_is_the_treatment(mine):
    status, told, _, target = mine(panel().assign(y=lambda frame: frame["d"]))
    assert status == 0
    assert "of them not identified" in told
    models = pd.read_csv(target / "placebo.models.csv")
    lost = models.loc[models["identified"] == "no", "reason"]
    # An error of zero leaves a ratio without bound; a placebo may be without variation.
    assert lost.str.contains("undefined|no_variation").all()
    assert lost.str.contains("undefined").any()
    # The effect itself is what it is: one, to rounding.
    rows = pd.read_csv(target / "did.csv").set_index("term")
    assert rows.loc["d", "estimate"] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("my_panel.csv", "my_panel.csv"),
        ("_a_ b", r"\_a\_ b"),
        ("<b>*x*</b>", r"\<b>\*x\*\</b>"),
        ("[x](http://y)", r"\[x\](http://y)"),
        ("a|b\n# c", r"a\|b # c"),
        ("# c", r"\# c"),
        ("`c` & ~d~", r"\`c\` \& \~d\~"),
    ],
)
def test_what_somebody_else_wrote_is_no_markup(text, written):
    assert markdown.plain(text) == written


def test_names_in_the_report_are_escaped(mine, monkeypatch):
    whole = own.exhibits_of
    monkeypatch.setattr(own, "exhibits_of", lambda panel: {"did": whole(panel)["did"]})
    frame = panel().rename(columns={"d": "<i>d</i>"})
    frame.loc[0, "y"] = np.nan
    config = PANEL.replace('"d"', '"<i>d</i>"')
    status, _, _, target = mine(frame, config, name="[a](b) *c*.csv")
    assert status == 0
    page = (target / "report.md").read_text(encoding="utf-8")
    assert page.startswith(r"# \[a\](b) \*c\*.csv")
    assert "<i>d" not in page.replace(r"\<i>", "")
