"""Scores on made-up answers, and what a key or an auditor may not be."""

import re
import sys
import time

import pytest

from pilotzone.errors import UserError
from pilotzone.faultbench import bench, scores
from pilotzone.faultbench.scores import Answer

KEY = {
    "1": (Answer("normal_p", "table"), 3),
    "2": (Answer("normal_p", "table"), 0),
    "3": (Answer("typed_digit", "column:1/term:zone/cell:p"), 1),
    "4": (Answer("none"), 0),
    "5": (Answer("none"), 0),
}
ANSWERS = {
    "1": Answer("normal_p", "table"),
    "2": Answer("none"),
    "3": Answer("typed_digit", "column:2/term:zone/cell:p"),
    "4": Answer("none"),
    "5": Answer("normal_p", "table"),
}


def test_detection_names_places_and_false_alarms():
    found = {one.fault: one for one in scores.scores(KEY, ANSWERS)}
    assert list(found) == ["normal_p", "typed_digit", "none"]
    numbers = {
        fault: (one.cases, one.traced, one.detected, one.named, one.placed)
        for fault, one in found.items()
    }
    assert numbers == {
        "normal_p": (2, 1, 1, 1, 1),
        "typed_digit": (1, 1, 1, 1, 0),
        "none": (2, 0, 1, 1, 1),
    }
    assert scores.summary(list(found.values())) == [
        "detected 2 of 3 faults (2 left a trace)",
        "named 2 of 3 faults (2 left a trace)",
        "placed 1 of 3 faults (2 left a trace)",
        "false alarms 1 of 2 tables without a fault",
    ]


def test_the_confusion_counts_every_case_once():
    found = scores.confusion(KEY, ANSWERS)
    assert found["normal_p", "normal_p"] == found["normal_p", "none"] == 1
    assert found["none", "normal_p"] == 1
    assert sum(found.values()) == len(KEY)
    assert "none                   called normal_p" in scores.report(KEY, ANSWERS)


def test_only_the_first_fault_counts():
    assert scores.first([Answer("none"), Answer("a", "x"), Answer("b")]) == Answer("a", "x")
    assert scores.first([]) == Answer("none")


@pytest.fixture
def made(tmp_path):
    """Return the folder of two made-up cases with their key."""
    for name in ("000001", "000002"):
        (tmp_path / bench.CASES / name).mkdir(parents=True)
    text = "case,fault,where,changed\n000001,none,,0\n000002,normal_p,table,2\n"
    (tmp_path / bench.KEY_FILE).write_text(text, encoding="utf-8")
    return tmp_path


def auditor(program):
    return f'"{sys.executable}" -c "{program}" {{folder}}'


def test_an_auditor_is_any_command(made):
    key = scores.read_key(made / bench.KEY_FILE)
    folders = scores.folders(made, key)
    said = "import sys; print('fault,where'); sys.argv[1].endswith('2') and print('normal_p,table')"
    answers = dict(scores.all_asked(auditor(said), folders, 30, jobs=2))
    assert answers == {name: answer for name, (answer, _) in key.items()}
    assert scores.asked(auditor("pass"), made, 30) == Answer("none")


@pytest.mark.parametrize(
    ("command", "words"),
    {
        "no such command": ("no_such_auditor {folder}", "'no_such_auditor': cannot be run"),
        "no folder": ("echo", "a command with {folder}"),
        "a quote that does not end": ("echo '{folder}", "No closing quotation"),
        "a failure": (auditor("import sys; sys.exit('lost')"), "exit status 1: lost"),
        "a hang": (auditor("import time; time.sleep(30)"), "not done after 1 seconds"),
        "one cell without end": (
            auditor("print('fault,where'); print('x' * 200_000 + ',')"),
            "is not CSV: field larger",
        ),
        "another table": (auditor("print('a,b')"), "the columns fault, where"),
        "a short line": (auditor("print('fault,where'); print('x')"), "the 2 cells"),
        "bytes": (
            auditor("import sys; sys.stdout.buffer.write(bytes([255]))"),
            "is not UTF-8",
        ),
    }.values(),
)
def test_an_auditor_that_is_none_is_named(command, words, made):
    with pytest.raises(UserError, match=re.escape(words)) as refused:
        scores.asked(command, made, 1)
    assert "\n" not in str(refused.value)


def test_what_a_hanging_auditor_has_started_ends_with_it(made):
    started = time.monotonic()
    with pytest.raises(UserError, match="not done after 1 seconds"):
        scores.asked("sh -c 'sleep 30; true' {folder}", made, 1)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("case,fault,where\n", "the columns case, fault, where, changed"),
        ("case,fault,where,changed\n", "holds no case"),
        ("case,fault,where,changed\n1,magic,,0\n", "no fault 'magic'"),
        ("case,fault,where,changed\n1,none,,x\n", "no fault 'none'"),
        ("case,fault,where,changed\n1,none,,0\n1,none,,0\n", "a case stands twice"),
    ],
)
def test_a_file_that_is_no_key_is_refused(text, words, tmp_path):
    (tmp_path / "key.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(words)):
        scores.read_key(tmp_path / "key.csv")


def test_a_key_of_other_cases_is_refused(made):
    key = scores.read_key(made / bench.KEY_FILE)
    with pytest.raises(UserError, match="case 000002 is not in it"):
        scores.folders(made, {"000001": key["000001"]})
    with pytest.raises(UserError, match="case 000009 has no folder"):
        scores.folders(made, key | {"000009": key["000001"]})
    with pytest.raises(UserError, match="no cases"):
        scores.folders(made / "elsewhere", key)
