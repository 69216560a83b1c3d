"""Signs by form beside a claim: from a second reading of the files, and on made-up columns."""

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, grid
from pilotzone.claims import forms, studies
from pilotzone.claims.evidence import Files

CLAIM = next(c for c in studies.claims() if (c.study, c.number) == (4, 1))


def source(*coefficients):
    """Return an exhibit of columns with these coefficients; one without is not identified."""
    shared = {"outcome": "nqp_city", "treatment": "zone_city", "estimator": "forms"}
    effects = ("two_way", "unit_trends", "region_year")[: len(coefficients)]
    columns = grid(**shared, sample="city", effects=effects)
    literal = Exhibit(title="a", title_zh="b", columns=columns)
    rows, models = [], []
    for column, three in zip(literal.column_ids(), coefficients, strict=True):
        models.append({"column": column, "identified": "yes" if three else "no"})
        rows += [
            {"column": column, "term": f"{form}:zone_city", "estimate": value}
            for form, value in zip(forms.NAMES, three, strict=bool(three))
        ]
    numbers = dict.fromkeys(("std_error", "p_value", "ci_low", "ci_high"), np.nan)
    terms = pd.DataFrame(rows).assign(**numbers).set_index(["column", "term"], drop=False)
    return Files("x", literal, terms, pd.DataFrame(models).set_index("column", drop=False))


def test_a_sign_stands_where_all_columns_have_it():
    made = forms.signs(CLAIM, [source((1.0, -2.0, 0.5), (0.1, -0.3, -0.1))])
    assert made == "level:+ log:- poisson:+-"
    assert forms.signs(CLAIM, [source((0.0, 1.0, 1.0))]) == "level:0 log:+ poisson:+"


def test_columns_that_are_not_identified_have_no_sign():
    assert forms.signs(CLAIM, [source((1.0, 2.0, 3.0), ())]) == "level:+ log:+ poisson:+"


def test_other_regressions_and_other_kinds_have_none():
    other = next(c for c in studies.claims() if (c.study, c.number) == (2, 1))
    assert forms.signs(other, [source((1.0, 1.0, 1.0))]) == ""
    group = next(c for c in studies.claims() if c.kind == "group")
    assert forms.signs(group, [source((1.0, 1.0, 1.0))]) == ""


@pytest.mark.parametrize(
    ("place", "exhibit", "outcome", "treatment"),
    [
        ((1, 1), "functional_form", "nqp_no_ecommerce", "cbec_proxy"),
        ((4, 1), "city_functional_form", "nqp_city", "zone_city"),
        ((7, 3), "city_functional_form", "agglomeration", "zone_city"),
    ],
)
def test_signs_of_the_board_are_those_of_the_file(root, parts, place, exhibit, outcome, treatment):
    folder = root / "output/estimates"
    lines = parts[""].set_index(["study", "number"])
    terms = estimates.read(folder / f"{exhibit}.csv")
    mine = terms[(terms["outcome"] == outcome) & terms["term"].str.endswith(f":{treatment}")]
    said = dict(pair.split(":") for pair in lines.loc[place, "forms"].split())
    assert len(mine) >= 3 * 2
    for form, sign in said.items():
        values = mine.loc[mine["term"] == f"{form}:{treatment}", "estimate"]
        assert sign == {1: "+", -1: "-"}.get(int(np.sign(values).sum() / len(values)), "+-")
