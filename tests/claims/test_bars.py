"""Bars of verdicts: which shares have one, which miss it, and the worst of each."""

import pandas as pd
import pytest

from pilotzone.claims.bars import FOUND, bar, bars, misses, worst
from pilotzone.claims.facts import Verdict


# 0.05 + 1.645 √(0.05 · 0.95 / 400) = 0.0679; likewise 0.0910 and 0.60 − … = 0.5597.
@pytest.mark.parametrize(
    ("share", "limit", "least", "said"),
    [
        (0.0675, 0.05, False, False),
        (0.0685, 0.05, False, True),
        (0.0905, 0.07, False, False),
        (0.0915, 0.07, False, True),
        (0.5600, 0.60, True, False),
        (0.5590, 0.60, True, True),
    ],
)
def test_a_bar_is_missed_beyond_the_error_of_the_simulation(share, limit, least, said):
    assert misses(share, limit, 400, at_least=least) is said


def test_bars_are_those_of_the_rules():
    assert bar(Verdict.EXPLAINED) == 0.07
    assert bar(Verdict.SUPPORTED) == bar(Verdict.RULED_OUT) == bar(Verdict.CONTRADICTED) == 0.05


def case(world, shares, kind="effect"):
    """Return the shares of one case; the truth of a verdict stands behind its share."""
    place = {"kind": kind, "unit": "city", "world": world, "noise": "ar1", "draws": 400}
    rows = [{**place, "verdict": str(v), "share": s, "truth": t} for v, (s, t) in shares.items()]
    return pd.DataFrame(rows)


def test_only_wrong_verdicts_and_the_detectable_effect_have_a_bar():
    made = bars(
        pd.concat(
            [
                case(
                    "nothing", {Verdict.SUPPORTED: (0.01, "false"), Verdict.RULED_OUT: (1, "true")}
                ),
                case(
                    "growing", {Verdict.SUPPORTED: (0.2, "true"), Verdict.EXPLAINED: (0.1, "false")}
                ),
                case(
                    "detectable",
                    {Verdict.SUPPORTED: (0.5, "true"), Verdict.CANNOT_TELL: (0.5, "open")},
                ),
            ]
        )
    )
    told = ["world", "verdict", "truth", "share", "bar", "missed"]
    assert made[told].to_numpy().tolist() == [
        ["nothing", "supported", "false", 0.01, 0.05, 0],
        ["growing", "explained by trend", "false", 0.1, 0.07, 1],
        ["detectable", "supported", "true", 0.5, FOUND, 1],
    ]


def test_with_and_without_an_assumption_count_together():
    shares = {Verdict.SUPPORTED: (0.04, "false"), Verdict.ASSUMED: (0.04, "false")}
    (row,) = bars(case("nothing", shares)).to_dict("records")
    assert (row["share"], row["missed"]) == (0.08, 1)


def test_the_worst_of_each_verdict_is_shown_with_how_many_miss():
    found = bars(
        pd.concat(
            [
                case("nothing", {Verdict.SUPPORTED: (0.01, "false")}),
                case("own_trends", {Verdict.SUPPORTED: (0.08, "false")}),
                case("detectable", {Verdict.SUPPORTED: (0.9, "true")}),
                case("detectable", {Verdict.SUPPORTED: (0.7, "true")}, kind="group"),
            ]
        )
    )
    wrong, must = worst(found).to_dict("records")
    assert (wrong["world"], wrong["share"], wrong["missed"], wrong["n_cells"]) == (
        "own_trends",
        0.08,
        1,
        2,
    )
    assert (must["kind"], must["share"], must["missed"], must["n_cells"]) == ("group", 0.7, 0, 2)
