"""The table of planted faults: whose counts stand where, and which faults leave no trace."""

import pandas as pd
import pytest

from pilotzone.catalogue import codebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.faultbench import BEFORE, NOW, WITHHELD, faultbench, silent_faults
from pilotzone.tables.style import Style

# Cases, with a trace, detected, named, placed, by auditor and fault.
COUNTS = {
    (BEFORE, "normal_p"): (8, 7, 5, 4, 4),
    (BEFORE, "search_unsaid"): (6, 0, 0, 0, 0),
    (BEFORE, "none"): (9, 0, 1, 8, 8),
    (NOW, "normal_p"): (8, 7, 7, 6, 3),
    (NOW, "search_unsaid"): (6, 0, 0, 0, 0),
    (NOW, "none"): (9, 0, 2, 7, 7),
    (WITHHELD, "normal_p"): (8, 7, 2, 0, 0),
    (WITHHELD, "search_unsaid"): (6, 0, 0, 0, 0),
    (WITHHELD, "none"): (9, 0, 2, 7, 7),
}
CALLED = [
    (NOW, "normal_p", "normal_p", 6),
    (NOW, "normal_p", "none", 1),
    (NOW, "normal_p", "unexplained", 1),
    (NOW, "none", "none", 7),
    (NOW, "none", "typed_digit", 2),
    (NOW, "search_unsaid", "none", 6),
]


@pytest.fixture
def parts():
    names = ["cases", "traced", "detected", "named", "placed"]
    scores = pd.DataFrame([(*key, *values) for key, values in COUNTS.items()])
    return {
        "": pd.DataFrame(CALLED, columns=["auditor", "fault", "called", "count"]),
        "scores": scores.set_axis(["auditor", "fault", *names], axis=1),
    }


def body(parts, language="en"):
    return faultbench(parts, Style(lexicon=Lexicon(language)))


def test_a_line_has_the_counts_of_each_auditor(parts):
    made = body(parts)
    found = {row.term: row.cells for row in made.panels[0].rows}
    assert list(found) == ["search_unsaid", "normal_p", "none"]
    assert found["normal_p"][:7] == ("8", "7", "5", "7", "6", "3", "2")
    assert found["normal_p"][7] == "No fault (1), something that is not explained (1)"
    assert found["none"][7] == "A digit mistyped (2)"
    widths = {len(row.texts) for row in made.header} | {len(cells) for cells in found.values()}
    assert widths == {8}


def test_the_note_has_the_sums_and_the_faults_without_a_trace(parts):
    sums, silent = body(parts).notes
    assert sums == (
        "7 of 7 faults that left a trace detected, 6 named, 3 placed (before: 5 detected; with the "
        "check of the very fault withheld: 2); 2 false alarms in 9 tables without a fault "
        "(before: 1)."
    )
    assert "Other columns estimated and not shown" in silent
    assert silent_faults(parts["scores"]) == ["search_unsaid"]
    traced = parts["scores"].assign(traced=1)
    assert len(body(parts | {"scores": traced}).notes) == 1


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_it_stands_in_both_languages(language, parts):
    made = body(parts, language)
    assert len({row.label for row in made.panels[0].rows}) == 3
    assert all("{" not in note for note in made.notes)
