"""Bad input: one line that names the place and the way out, exit status 2, nothing written."""

import errno
import os
from pathlib import Path

import pytest


def run(script, example, folder, capsys):
    """Return the exit status and what was said."""
    files = [str(example[role]) for role in ("table", "panel", "config")]
    status = script.main([*files, "--output", str(folder)])
    said = capsys.readouterr()
    return status, said.err, said.out


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def refused(script, example, capsys, *words):
    folder = example["table"].parent / "out"
    status, error, _ = run(script, example, folder, capsys)
    assert status == 2, error
    assert error.startswith("whose: ")
    assert error.count("\n") == 1
    for word in words:
        assert word in error
    assert not folder.exists()


TABLE = [
    (
        "term,estimate",
        "term,coefficient",
        ("unknown column", "known: term, estimate"),
    ),
    ("1,d,0.4096", "1,d,0.40 96", ("typed_table.csv, line 2", "is not a number")),
    ("360,,,,,,0.031", "36o,,,,,,0.031", ("line 2", "n '36o' is not a whole number")),
    ("360,,,,,,0.031", "360,,,,,,1.031", ("line 2", "r2 '1.031' is above 1")),
    ("360,,,,,,0.031", "360,,,,,,r", ("line 2", "r2 'r' is not a number")),
    ("360,,,,,,0.031", "360,2,,,,,0.031", ("line 2", "p '2' is above 1")),
    ("360,,,,,,0.031", "360,,,,,1,0.031", ("line 2", "one cluster gives no error")),
    ("1,d,", "9999999999999999,d,", ("line 2", "is not a whole number above zero")),
    ("1,d,", "zero,d,", ("line 2", "column 'zero' is not a whole number")),
    ("1,d,", "2,d,", ("line 3", "'d' stands in line 2 of column 2 already")),
    ("2,x1,0.3572", "2,,0.3572", ("line 4", "no term")),
    ("***", "**x", ("stars '**x' are no asterisks",)),
    # A table without a row of a treatment.
    ("1,d,", "1,x2,", ("column 1", "no row of a treatment", "one of d")),
    # Terms that the panel does not hold, or the configuration does not name.
    ("2,x1,", "2,humidity,", ("line 4", "term 'humidity' is no column of my_panel.csv")),
    ("2,x1,", "2,first_treated,", ("line 4", "no treatment and no control of whose.toml")),
    ("(0.0259),,***,360", "(0.0259),,***,350", ("n is 360 in one row",)),
]


@pytest.mark.parametrize(("old", "new", "words"), TABLE)
def test_a_table(script, example, capsys, old, new, words):
    edit(example["table"], old, new)
    refused(script, example, capsys, *words)


CONFIG = [
    ('unit = "unit"\n', "", ("whose.toml: no 'unit'",)),
    ('outcomes = ["y"]', 'outcomes = ["z"]', ("my_panel.csv: no column 'z' (outcomes)",)),
    ('treatments = ["d"]', 'treatments = "d"', ("'treatments' should be a list of texts",)),
    ('"x4"]', '"x1"]', ("'controls' names 'x1' twice",)),
    ('clusters = ["unit"]', 'clusters = ["county"]', ("no column 'county' (clusters)",)),
    ('"unit+period", ', '"unit+county#period", ', ("no column 'county' (effects)",)),
    ('"unit+period", ', '"unit++period", ', ("effects 'unit++period' should be parts",)),
    ('"winsor1"', '"winsor50"', ("transform 'winsor50' is unknown",)),
    ("lags = [0, 1]", "lags = [0, -1]", ("a lag is from 0 to 50, not -1",)),
    ("lags = [0, 1]", 'lags = ["0"]', ("'lags' should be a list of whole numbers",)),
    ("lags = [0, 1]", "lag = [0, 1]", ("unknown key 'lag'",)),
    ('["year < 2013"]', '["year before 2013"]', ("'year before 2013' is no condition",)),
    ('["year < 2013"]', '"year < 2013"', ("samples.from_2013 should be a list of conditions",)),
    ('["year < 2013"]', '["month < 3"]', ("sample 'from_2013'", "no column 'month'")),
    # A sample that parses to nothing, and one that leaves nothing.
    ('["year < 2013"]', '["< 2013"]', ("sample 'from_2013'", "'< 2013' is no condition")),
    ('["year < 2013"]', '["year <"]', ("sample 'from_2013'", "'year <' is no condition")),
    ('["year < 2013"]', '[""]', ("samples.from_2013 should be a list of conditions",)),
    ('["year < 2013"]', '["year > 0"]', ("sample 'from_2013'", "leave out all 360 rows")),
]


@pytest.mark.parametrize(("old", "new", "words"), CONFIG)
def test_a_configuration(script, example, capsys, old, new, words):
    edit(example["config"], old, new)
    refused(script, example, capsys, *words)


def test_two_rows_of_treatments_in_a_column(script, example, capsys):
    edit(example["config"], 'treatments = ["d"]', 'treatments = ["d", "x1"]')
    edit(example["config"], '["x1", "x2"', '["x2"')
    refused(script, example, capsys, "column 2: two rows of treatments, 'd' and 'x1'")


def test_a_treatment_may_be_a_control_as_well(script, example, capsys):
    edit(example["config"], 'treatments = ["d"]', 'treatments = ["d", "x1"]')
    status, error, _ = run(script, example, example["table"].parent / "out", capsys)
    assert (status, error) == (0, "")


def test_more_columns_than_the_candidates_allow(script, example, capsys):
    example["config"].write_text(
        'unit = "unit"\nperiod = "year"\noutcomes = ["y"]\ntreatments = ["d"]\n'
        'always = ["x1", "x2"]\neffects = ["unit+period"]\n'
    )
    refused(script, example, capsys, "2 columns, but whose.toml allows for 1 regressions")


def test_a_lattice_above_the_limit(script, example, capsys, monkeypatch):
    monkeypatch.setenv("LIMIT", "1000")
    refused(script, example, capsys, "conventions, more than 1000; LIMIT=", "takes them")
    monkeypatch.setenv("LIMIT", "many")
    refused(script, example, capsys, "LIMIT=many is no number of conventions")


def test_a_unit_with_two_rows_in_a_period(script, example, capsys):
    lines = example["panel"].read_text().splitlines()
    example["panel"].write_text("\n".join([*lines, lines[-1]]) + "\n")
    refused(script, example, capsys, "my_panel.csv, line 362", "keep one row")


def test_a_table_that_says_too_little(script, example, capsys, monkeypatch):
    from pilotzone.whose import search

    monkeypatch.setattr(search, "MOST_FITS", 100)
    example["table"].write_text("term,estimate\nd,\n")
    refused(script, example, capsys, "column 1: more than 100 conventions fit", "type more")


@pytest.mark.parametrize("role", ["table", "panel", "config"])
def test_files_that_lack_or_are_not_named(script, example, capsys, role):
    example[role].unlink()
    refused(script, example, capsys, example[role].name)
    example[role] = ""
    files = [str(path) for path in example.values()]
    assert script.main(files) == 2
    assert "make whose TABLE=" in capsys.readouterr().err


EMPTY = [
    ("table", 0, "typed_table.csv: the file is empty"),
    ("table", 1, "typed_table.csv: no row below the header"),
    ("panel", 0, "my_panel.csv: the file is empty"),
    ("panel", 1, "my_panel.csv: no rows below the header"),
    ("config", 0, "whose.toml: the file is empty"),
]


@pytest.mark.parametrize(("role", "lines", "words"), EMPTY)
def test_files_that_hold_nothing(script, example, capsys, role, lines, words):
    head = example[role].read_text().splitlines(keepends=True)[:lines]
    example[role].write_text("".join(head))
    refused(script, example, capsys, words)


def test_outcomes_and_treatments_may_not_be_none(script, example, capsys):
    edit(example["config"], 'outcomes = ["y"]', "outcomes = []")
    refused(script, example, capsys, "whose.toml: no 'outcomes'")
    edit(example["config"], "outcomes = []", 'outcomes = ["y"]')
    edit(example["config"], 'treatments = ["d"]', "treatments = []")
    refused(script, example, capsys, "whose.toml: no 'treatments'")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_folder_that_takes_nothing_more(script, example, capsys, monkeypatch, number):
    """One line; the draft that was cut short goes, and what stood in the folder stays."""
    edit(example["config"], '["unit", "period", "unit+period", ', '["unit+period", ')
    edit(example["config"], '["x1", "x2", "x3", "x4"]', '["x1", "x2"]')
    folder = example["table"].parent / "out"
    assert run(script, example, folder, capsys)[0] == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    edit(example["table"], "0.4096", "0.4196")
    write = Path.write_bytes

    def cut_short(path, content):
        write(path, content[: len(content) // 2])
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "write_bytes", cut_short)
    status, error, _ = run(script, example, folder, capsys)
    assert status == 2
    assert error.startswith(f"whose: {folder}")
    assert error.endswith(f"{os.strerror(number)}\n")
    assert error.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_target_that_is_a_file_or_below_one(script, example, capsys):
    mark = example["table"].parent / "mark"
    mark.write_text("mine")
    for folder, words in ((mark, "File exists"), (mark / "out", "Not a directory")):
        status, error, _ = run(script, example, folder, capsys)
        assert (status, error) == (2, f"whose: {folder}: {words}\n")
    assert mark.read_text() == "mine"


def test_nothing_is_evaluated(script, example, capsys, tmp_path):
    mark = tmp_path / "mark"
    code = f"open('{mark}', 'w')"
    edit(example["config"], '["year < 2013"]', f'["year == {code}"]')
    run(script, example, tmp_path / "out", capsys)
    assert not mark.exists()
