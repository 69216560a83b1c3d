"""Conditions on a reader's rows: what they leave out, and what is none."""

import numpy as np
import pandas as pd
import pytest

from pilotzone.errors import UserError
from pilotzone.reader.conditions import left_out
from pilotzone.reader.tabular import Table

FRAME = pd.DataFrame(
    {"year": ["2001", "2002", "2003"], "region": ["east", "west ", "east"], "x": ["1", "", "-2"]}
)
TABLE = Table("panel.csv", FRAME, "line", np.arange(2, 5))


@pytest.mark.parametrize(
    ("conditions", "lost"),
    [
        (["year < 2002"], [True, False, False]),
        (["year>=2002"], [False, True, True]),
        (["year != 2002"], [True, False, True]),
        (["region == west"], [False, True, False]),
        (["region != 'east'"], [False, True, False]),
        # An empty cell meets no condition on its size.
        (["x < 0"], [False, False, True]),
        (["year == 2001", "x <= -2"], [True, False, True]),
        ([], [False, False, False]),
    ],
)
def test_rows_that_meet_any_condition_are_left_out(conditions, lost):
    assert left_out(TABLE, conditions, "").tolist() == lost


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("year", "'year' is no condition; write column == or"),
        ("month == 1", "panel.csv has no column 'month'"),
        ("region < east", "'east' is no number; a text takes == or !="),
        ("__import__('os') == 1", "has no column '__import__"),
        ("region > 3", "panel.csv, line 2, column 'region'"),
    ],
)
def test_what_is_no_condition_is_named(condition, said):
    with pytest.raises(UserError) as raised:
        left_out(TABLE, [condition], "samples.a: ")
    assert said in str(raised.value)
