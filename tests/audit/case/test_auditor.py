"""Our auditor on sixty seeded cases, one of every fault and 23 without, and on broken folders."""

import json
import re
import shutil

import pytest

from pilotzone.audit.case import auditor, folder, naive
from pilotzone.audit.case.folder import Named
from pilotzone.errors import UserError
from pilotzone.faultbench.faults import DATA, FAULTS, NONE

FAULT_FREE = 23
# What each of them leaves as it was; the tests of the generator say so.
SILENT = {"other_software", "outcome_shifted", "search_unsaid"}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return a folder of some files as the auditor reads it."""
    below = tmp_path_factory.mktemp("cases")

    def written(name, files):
        (below / name).mkdir(exist_ok=True)
        for file, text in files.items():
            (below / name / file).write_text(text, encoding="utf-8")
        return folder.read(below / name)

    return written


@pytest.fixture(scope="module")
def sixty(planted, read):
    """Return what was planted, and the folder, of sixty cases."""
    made = []
    for number, (fault, (honest, case)) in enumerate(planted.items(), start=1):
        made.append((Named(fault, case.where), read(fault, case.files)))
        if number <= FAULT_FREE:
            made.append((Named(NONE, ""), read(f"right-{fault}", honest)))
    return made


@pytest.fixture(scope="module")
def audited(sixty):
    """Return what was planted, and what our auditor and the one before any tuning name."""
    return [(planted, auditor.audit(case), naive.audit(case)) for planted, case in sixty]


@pytest.mark.slow
def test_every_fault_with_a_trace_is_named_in_its_place_and_nothing_else(audited):
    assert len(audited) == 60
    missed = [
        (planted, named)
        for planted, named, _ in audited
        if [planted] != named[:1] and planted.fault not in {*SILENT, NONE}
    ]
    assert not missed


@pytest.mark.slow
def test_there_are_no_false_alarms(audited):
    right = [names for planted, *names in audited if planted.fault in {*SILENT, NONE}]
    assert len(right) == FAULT_FREE + len(SILENT)
    assert not [named for named, _ in right if named]
    assert not [named for _, named in right if named]


@pytest.mark.slow
def test_before_any_tuning_only_cells_that_contradict_each_other_were_seen(audited):
    seen = {planted.fault for planted, _, named in audited if named}
    assert {"stars_reversed", "t_as_error", "interval_90"} <= seen
    assert not seen & {name for name, one in FAULTS.items() if one.stage == DATA}


@pytest.mark.parametrize("fault", ["missing_effect", "wrong_cluster", "stars_reversed"])
def test_a_fault_that_is_on_no_list_is_seen_and_gets_no_name(fault, sixty):
    ((planted, case),) = [one for one in sixty if one[0].fault == fault]
    assert auditor.audit(case)[:1] == [planted]
    (blind,) = auditor.audit(case, withheld=fault)
    assert blind.fault == "unexplained"


def test_a_fault_of_the_data_needs_a_check_of_its_own(sixty):
    ((_, case),) = [one for one in sixty if one[0].fault == "two_vintages"]
    assert not auditor.audit(case, withheld="two_vintages")


@pytest.mark.parametrize(
    "change", [lambda rows: rows[:-1], lambda rows: [*rows, "9" + rows[-1][1:]]]
)
def test_a_row_too_few_or_too_many_is_seen(change, broken):
    table = broken / "table.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join(change(rows)) + "\n", encoding="utf-8")
    (named,) = auditor.audit(folder.read(broken))
    assert named.fault == "unexplained"


@pytest.fixture
def broken(sixty, tmp_path):
    """Return a copy of a right folder."""
    return shutil.copytree(sixty[1][1].path, tmp_path / "case")


def refused(path, words, *audits):
    for audit in audits or (auditor.audit,):
        with pytest.raises(UserError, match=re.escape(words)) as error:
            audit(folder.read(path))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["panel.csv", "table.csv", "note.json", "batches.csv"])
def test_a_file_that_is_missing_or_no_utf8_is_named(name, broken):
    text = (broken / name).read_bytes()
    (broken / name).unlink()
    refused(broken, "no such file" if name == "table.csv" else "cannot be read")
    (broken / name).write_bytes(b"\xff\xfe" + text)
    refused(broken, name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "nobody"}, "do not fit each other"),
        ({"columns": None}, "do not fit each other"),
        ({"columns": "none"}, "do not fit each other"),
        ({"formulas": {"openness": {"numerator": "x", "denominator": "y"}}}, "'x'"),
        ({"stars": None}, "do not fit each other"),
    ],
)
def test_a_note_that_does_not_fit_is_one_line(change, words, broken):
    note = json.loads((broken / "note.json").read_text(encoding="utf-8"))
    (broken / "note.json").write_text(json.dumps(note | change), encoding="utf-8")
    refused(broken, words)


def test_the_auditor_before_any_tuning_refuses_such_a_note_too(broken):
    note = json.loads((broken / "note.json").read_text(encoding="utf-8"))
    (broken / "note.json").write_text(json.dumps(note | {"stars": None}), encoding="utf-8")
    refused(broken, "do not fit each other", naive.audit)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_a_note_that_is_none_is_refused(text, broken):
    (broken / "note.json").write_text(text, encoding="utf-8")
    refused(broken, "is no note in JSON with a 'unit'")
