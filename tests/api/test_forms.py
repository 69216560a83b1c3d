"""Poisson, the test of the form and synthetic control by their public names.

Tolerance: stored answers of fixest have 12 digits (GOLD).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import pilotzone as pz

REFERENCE = Path(__file__).parents[1] / "reference"
GOLD = {"rtol": 1e-8, "atol": 1e-9}
COLUMNS = {"unit": "unit", "period": "year"}


@pytest.fixture(scope="module")
def gold():
    frame = pd.read_csv(REFERENCE / "panel.csv")
    frame["counts"] = np.floor(3 * np.exp(frame["y"] / frame["y"].std(ddof=1)) + 0.5)
    return frame


def test_poisson_is_that_of_fixest(gold):
    made = pz.poisson(gold, "counts ~ d + x1 + x2 + x3 + x4", **COLUMNS).tidy()
    table = pd.read_csv(REFERENCE / "gold2.csv")
    known = table[
        (table["check"] == "poisson_twfe_controls_counts")
        & (table["software"] == "R fixest 0.14.2")
    ].set_index("quantity")
    rows = made.set_index("term")
    assert set(rows.index) == set(known.index)
    assert_allclose(rows["estimate"], known.loc[rows.index, "value"], **GOLD)
    assert_allclose(rows["std_error"], known.loc[rows.index, "std_error"], **GOLD)


def test_separated_rows_are_counted(gold):
    frame = gold.assign(counts=gold["counts"].where(gold["unit"] != 3, 0.0))
    made = pz.poisson(frame, "counts ~ d", **COLUMNS)
    assert (made.nobs, made.n_dropped) == (348, 12)


def test_what_has_no_form_is_refused_in_one_line(gold):
    with pytest.raises(pz.UserError, match="logarithm and no Poisson mean"):
        pz.poisson(gold, "y ~ d", **COLUMNS)
    with pytest.raises(pz.UserError, match="weights"):
        pz.poisson(gold.assign(w=1.0), "counts ~ d", weights="w", **COLUMNS)
    with pytest.raises(pz.UserError, match="'bins' is 1; give at least 2"):
        pz.form_test(gold, outcome="y", first_treated="first_treated", bins=1, **COLUMNS)


def test_few_donors_are_refused_in_words():
    df = pz.example()
    never = df.loc[df["first_treated"] == 0, "unit"].unique()
    few = df[~df["unit"].isin(never[9:])]
    with pytest.raises(pz.UserError, match="9 donors, and at least 10 are needed"):
        pz.synthetic_control(few, outcome="y", first_treated="first_treated", **COLUMNS)
