"""Claims on differences between groups and on spillovers, on made-up exhibits."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from pilotzone.catalogue.columns import Column
from pilotzone.claims.studies import Claim
from pilotzone.errors import UserError

RTOL = 1e-9
MAIN = {"outcome": "nqp", "treatment": "zone_first", "controls": "baseline", "sample": "main"}
BY = {"estimator": "heterogeneity", "options": (("by", "region3"),)}
BY_REGION = Column("groups", **MAIN, estimator="heterogeneity", by="region3")
GROUPS = Claim(1, "g", +1, "heterogeneity", (BY_REGION,), "test:equality")
DIRECTED = dataclasses.replace(GROUPS, higher="east", lower="west")


def by_groups(made, east, west, p, df="1;266"):
    effects = {"zone_first#east": (east, 0.1, 0.5), "zone_first#west": (west, 0.1, 0.5)}
    rows, model, literal = made.line("g", effects, role="heterogeneity", **BY)
    test, *_ = made.a_test("g", "test:equality", p, statistic=25.0, df=df)
    made.write("groups", (rows + test, model, literal))


def test_a_direction_is_read_from_the_groups(made):
    by_groups(made, 0.08, 0.03, 0.004)
    found = made.judged(DIRECTED)
    assert found.verdict == "holds"
    assert found.evidence.interaction_p == found.headline.p_value == 0.004
    # F = 25 is t = 5, so that the error is a fifth of the difference.
    reach = stats.t.ppf(0.975, 266) * 0.01
    np.testing.assert_allclose(
        [getattr(found.headline, n) for n in ("estimate", "std_error", "ci_low", "ci_high")],
        [0.05, 0.01, 0.05 - reach, 0.05 + reach],
        rtol=RTOL,
    )
    assert [shown.term for shown in found.linked] == [
        "test:equality",
        "zone_first#east",
        "zone_first#west",
    ]


@pytest.mark.parametrize(
    ("claim", "east", "p", "verdict"),
    [
        (DIRECTED, 0.01, 0.004, "does not hold"),
        (DIRECTED, 0.08, 0.07, "fragile"),
        (DIRECTED, 0.08, 0.10, "does not hold"),
        (GROUPS, 0.01, 0.004, "holds"),
        (GROUPS, 0.01, 0.07, "fragile"),
        (GROUPS, 0.08, 0.30, "does not hold"),
    ],
)
def test_heterogeneity_goes_by_the_test_and_the_claimed_direction(made, claim, east, p, verdict):
    by_groups(made, east, 0.03, p)
    found = made.judged(claim)
    assert found.verdict == verdict
    assert (found.evidence.estimate is None) is (claim is GROUPS)


def test_a_direction_between_two_of_three_groups_is_refused(made):
    by_groups(made, 0.08, 0.03, 0.004, df="2;29")
    with pytest.raises(UserError, match="groups, column g: more than two groups"):
        made.judged(DIRECTED)


def test_a_group_that_is_not_there_is_named(made):
    by_groups(made, 0.08, 0.03, 0.004)
    with pytest.raises(UserError, match="groups, column g: no term 'zone_first#north'"):
        made.judged(dataclasses.replace(DIRECTED, lower="north"))


@pytest.mark.parametrize(
    ("estimate", "p", "verdict"),
    [
        (0.02, 0.01, "holds"),
        (0.02, 0.06, "fragile"),
        (0.02, 0.10, "does not hold"),
        (-0.02, 0.01, "does not hold"),
    ],
)
def test_an_interaction_is_judged_by_its_own_term(made, estimate, p, verdict):
    made.write("groups", made.line("g", {"zone_first#finance": (estimate, 0.01, p)}, **BY))
    claim = dataclasses.replace(GROUPS, term="{treatment}#finance")
    found = made.judged(claim)
    assert (found.verdict, found.evidence.interaction_p) == (verdict, p)
    assert found.evidence.estimate == estimate


DURBIN = {"weights": "contiguity", "estimator": "sdm"}
SPILL = Claim(
    1, "s", +1, "spillover", (Column("spatial", **MAIN, **DURBIN),), "indirect:{treatment}"
)


def spatial(made, placebo, p=0.01, **other):
    made.write("spatial", made.line("s", {"indirect:zone_first": (0.04, 0.01, p)}, **DURBIN))
    same = {"weights": "contiguity", "inference": made.drawn("matrices")}
    relabelled = {"estimator": "relabelled_matrices", **same, **other}
    made.write(
        "spatial_placebo",
        made.a_test("r", "test:indirect", placebo, **relabelled),
        made.a_test("g", "test:indirect", 0.001, estimator="random_graphs", **same),
    )


@pytest.mark.parametrize(
    ("placebo", "p", "verdict"),
    [
        (0.09, 0.01, "holds"),
        (0.10, 0.01, "fragile"),
        (0.01, 0.06, "fragile"),
        (0.01, 0.10, "does not hold"),
    ],
)
def test_spillover_goes_by_the_relabelled_matrices(made, placebo, p, verdict):
    spatial(made, placebo, p)
    found = made.judged(SPILL)
    assert (found.verdict, found.evidence.placebo_p) == (verdict, placebo)


@pytest.mark.parametrize("other", [{"controls": "none"}, {"weights": "economic"}])
def test_relabelled_matrices_of_another_column_do_not_count(made, other):
    spatial(made, 0.01, **other)
    row = made.board(SPILL)[""].iloc[0]
    assert (row["not_made"], row["verdict"]) == ("placebo_p", "fragile")
