"""What stands beside the vetoes: on the output, by other readings of the same files.

EXACT: numbers of a file, read back.
"""

import functools
import shutil

import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, grid
from pilotzone.claims import beside, board
from pilotzone.claims.evidence import Files
from pilotzone.claims.studies import claims

EXACT = 1e-12


@pytest.fixture(scope="module")
def rows(checked):
    return checked["beside"]


def of(rows, study, number, check):
    found = rows[(rows["study"] == study) & (rows["number"] == number) & (rows["check"] == check)]
    assert len(found), (study, number, check)
    return found


def test_numbers_are_those_of_their_columns(rows, output):
    keys = ["column", "term"]
    read = functools.cache(lambda name: estimates.read(output / f"{name}.csv").set_index(keys))
    for row in rows[rows["exhibit"].notna() & (rows["check"] != "multiverse")].itertuples():
        table = read(row.exhibit)
        if (row.column, row.term) not in table.index:
            assert pd.isna(row.estimate)
            assert row.reason or row.check == "breakdown"
            continue
        found = table.loc[(row.column, row.term)]
        assert abs(row.estimate) == pytest.approx(abs(found["estimate"]), abs=EXACT)


def test_all_specifications_are_those_of_the_multiverse(rows, output):
    made = of(rows, 4, 1, "multiverse").iloc[0]
    assert made["exhibit"] == "city_multiverse"
    table = estimates.read(output / "city_multiverse.csv").set_index(["within", "statistic"])
    found = table.loc[("free", "share_significant")]
    assert made["estimate"] == found["value"]
    assert made["p_value"] == found["p_value"]
    assert made["choices"] == found["specifications"]


def test_the_share_of_variants_counts_columns_that_differ_in_controls_once(rows, output):
    table = estimates.read(output / "city_robustness.csv")
    mine = table[(table["outcome"] == "nqp_city") & (table["term"] == "zone_city")]
    pieces = mine["column"].str.split(":")
    # outcome, treatment, controls, then what makes a choice.
    choice = pieces.str[:2].str.join(":") + pieces.str[3:].str.join(":")
    holds = (mine["estimate"] > 0) & (mine["p_value"] < 0.05)
    by_choice = holds.groupby(choice).all()
    assert len(by_choice) < len(mine)
    made = of(rows, 4, 1, "robust_share").iloc[0]
    assert made["choices"] == len(by_choice)
    assert made["estimate"] == pytest.approx(by_choice.mean(), abs=EXACT)


def test_a_choice_holds_if_it_holds_with_and_without_controls():
    shared = {"outcome": "y", "treatment": "d", "role": "robustness"}
    columns = (
        *grid(**shared, controls=("none", "city")),
        *grid(**shared, controls=("none", "city"), effects="unit_trends"),
        *grid(**{**shared, "role": "baseline"}, effects="size_year"),
    )
    literal = Exhibit(title="a", title_zh="b", columns=columns)
    ids = literal.column_ids()
    p_values = [0.01, 0.20, 0.01, 0.04, 0.01]
    terms = pd.DataFrame({"column": ids, "term": "d", "estimate": 1.0, "p_value": p_values})
    source = Files("x", literal, terms.set_index(["column", "term"], drop=False), pd.DataFrame())
    choices = beside._choices("y", "d", source)
    assert [len(rows) for rows in choices] == [2, 2]
    assert beside._held(choices, 1) == [False, True]
    assert beside._held(choices, -1) == [False, False]


def test_every_judged_claim_on_an_index_has_its_placebos(rows, output):
    for line in board.lines(output, claims()):
        if not line.judgement.checks or not line.claim.evidence.outcome.startswith("nqp"):
            continue
        found = of(rows, line.claim.study, line.claim.number, "placebo")
        assert len(found) == 2
        assert set(found["of"]) == set(beside.designs.PLACEBO_OUTCOMES[line.claim.evidence.panel])


@pytest.mark.slow
def test_nothing_beside_is_read_by_the_rules(output, parts, checked, tmp_path):
    folder = tmp_path / "estimates"
    shutil.copytree(output, folder)
    path = folder / "claim_evidence.csv"
    terms = pd.read_csv(path, dtype=str, keep_default_na=False)
    there = terms["column"].str.contains(":beside:")
    assert there.sum() > 50
    numbers = ["estimate", "std_error", "p_value", "ci_low", "ci_high"]
    terms.loc[there, numbers] = ["-99", "1", "0.001", "-101", "-97"]
    terms.to_csv(path, index=False)
    pd.testing.assert_frame_equal(board.board(folder)[""], parts[""])
    vetoes = board.checks(folder)[""]
    pd.testing.assert_frame_equal(vetoes, checked[""])
