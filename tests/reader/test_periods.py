"""Quarters, months and waves: as numbers one apart, and as a page writes them."""

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import reasons
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import Reason, UserError
from pilotzone.reader.periods import read_periods
from pilotzone.reader.tabular import Table


def table(**columns):
    frame = pd.DataFrame(columns, dtype=object)
    return Table("p.csv", frame, "line", np.arange(2, 2 + len(frame)))


def periods(*cells, word=""):
    return read_periods(table(when=list(cells)), "when", word)


@pytest.mark.parametrize(
    ("cells", "word", "labels"),
    [
        (("2003Q4", "2004Q1", "2004-q2"), "quarter", ("2003Q4", "2004Q1", "2004Q2")),
        (("2003-12", "2004-1", "2004M02"), "month", ("2003-12", "2004-01", "2004-02")),
        (("2003", "2004", "2005"), "year", ("2003", "2004", "2005")),
    ],
)
def test_the_next_period_is_one_more(cells, word, labels):
    made = periods(*cells)
    assert np.diff(made.codes).tolist() == [1, 1]
    assert (made.word, made.step) == (word, 1)
    assert tuple(made.label(code) for code in made.codes) == labels
    assert made.labels(made.codes) == (
        {} if word == "year" else dict(zip(made.codes.tolist(), labels, strict=True))
    )


def test_periods_apart_are_waves():
    """Every second year, one of them without a row; cohorts between two belong to the later."""
    made = periods("2001", "2003", "2007", "2009")
    assert (made.step, made.word) == (2, "wave")
    assert made.codes.tolist() == [1, 2, 4, 5]
    assert [made.label(code) for code in (1, 3, 5, 6)] == ["2001", "2005", "2009", "2011"]
    cells = ["2004", "2005", "0", "", "1990", "2010"]
    first = made.first_treated(table(first=cells), "first")
    assert first.tolist() == [3, 3, 0, 0, 1, 6]


def test_every_fourth_quarter_is_a_wave():
    made = periods("2003Q1", "2004Q1", "2005Q1")
    assert made.codes.tolist() == [1, 2, 3]
    assert made.label(2) == "2004Q1"
    assert made.first_treated(table(first=["2003Q3", "0"]), "first").tolist() == [2, 0]


@pytest.mark.parametrize(
    ("cells", "word", "message"),
    [
        (("2003Q1", "2003Q5"), "", r"line 3, column 'when': '2003Q5' is no quarter; .* 2003Q1"),
        (("2003Q1", "2003"), "", r"'2003' is no quarter"),
        (("2003-01", "2003-13"), "", r"'2003-13' is no month; write months such as 2003-01"),
        (("2003Q1", ""), "", r"line 3, column 'when': is empty"),
        (("2003Q1", "2003Q2"), "month", r"holds quarters such as 2003Q1, and 'period_word' is"),
        (("2003-01-15", "2003-02-15"), "", r"is a date; write quarters as 2003Q1, months as"),
        (("5", "20030115"), "", r"more than 10000 periods behind the first, 5"),
    ],
)
def test_what_is_no_period(cells, word, message):
    with pytest.raises(UserError, match=message):
        periods(*cells, word=word)


def test_a_sign_for_never_is_named():
    made = periods("2003", "2004", "2005")
    with pytest.raises(UserError, match=r"'9999' is far behind .* 2005; .* has 0 or an empty cell"):
        made.first_treated(table(first=["2004", "9999", "0"]), "first")
    assert made.first_treated(table(first=["2030"]), "first").tolist() == [2030]


def test_words_of_a_page_follow_the_periods():
    words = {"language": "en", "periods": {8013: "2003Q1", 8014: "2003Q2"}}
    lexicon = Lexicon(**words, variables={"y": ("Income per year",) * 2}, period_word="quarter")
    assert lexicon.term("att:8013:8014") == "ATT(2003Q1, 2003Q2)"
    assert lexicon.term("calendar:8014") == "Quarter 2003Q2"
    assert lexicon.effect("period", "own") == "Quarter effects"
    assert lexicon.variable("y") == "Income per year"
    told = reasons.say([Reason("cohorts", {"cohorts": [8013, 8014]})], lexicon)
    assert told == "cohorts 2003Q1, 2003Q2"
    # The holes of a window are event times.
    window = Reason("empty_event", {"first": -4, "last": 4, "event": 3})
    assert "−4 … 4" in reasons.say([window], lexicon)
    chinese = Lexicon("zh", periods={8013: "2003Q1"}, period_word="quarter")
    assert chinese.term("cohort:8013") == "2003Q1队列"
    assert Lexicon("en").term("calendar:2019") == "Year 2019"
