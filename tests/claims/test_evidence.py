"""What the estimates say on a claim: made-up exhibits and files for every path of the rules.

Numbers of a file come back as they were written; differences and their errors are arithmetic on
them, compared at 1e-9 relative since the files carry twelve digits.
"""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits
from pilotzone.catalogue.columns import Column
from pilotzone.claims.rules import Evidence
from pilotzone.claims.studies import STUDIES, Claim
from pilotzone.errors import UserError

RTOL = 1e-9
MAIN = {"outcome": "nqp", "treatment": "zone_first", "controls": "baseline", "sample": "main"}
EFFECT = Claim(1, "made up", +1, "effect", (Column("made", **MAIN),), robustness=("robust",))


def test_an_effect_takes_every_check_from_the_same_regression(made):
    made.effect()
    found = made.judged(EFFECT)
    assert found.evidence == Evidence(
        sign=+1,
        estimate=0.03,
        p_value=0.004,
        wild_p=0.04,
        randomisation_p=0.03,
        lead_p=0.4,
        same_sign=0.75,
        significant=0.75,
    )
    assert (found.verdict, found.n_robustness) == ("holds", 4)
    assert found.headline == found.linked[0]
    shown = found.headline
    np.testing.assert_allclose([shown.ci_low, shown.ci_high], [0.01, 0.05], rtol=RTOL)
    assert (shown.exhibit, shown.column, shown.nobs) == ("made", "c", 300)


@pytest.mark.parametrize(
    "other",
    [
        {"controls": "none"},
        {"outcome": "nqp_long"},
        {"treatment": "zone_share"},
        {"sample": "long"},
        {"effects": "unit_trends"},
        {"identified": "no"},
    ],
)
def test_checks_of_another_regression_are_checks_not_made(made, other):
    made.effect(**other)
    found = made.judged(EFFECT)
    assert (found.evidence.wild_p, found.evidence.randomisation_p, found.evidence.lead_p) == (
        None,
        None,
        None,
    )
    row = made.board(EFFECT)[""].iloc[0]
    assert row["not_made"] == "wild_p randomisation_p lead_p"
    assert row["verdict"] == "fragile"


def test_checks_may_stand_in_the_exhibit_of_the_claim(made):
    tests, events = made.beside("own", wild=0.05, paths=0.06, leads=0.7)
    own = [made.line("c", {"zone_first": (0.03, 0.01, 0.004)}), *tests, *events]
    made.effect(own, controls="none")
    said = made.judged(EFFECT).evidence
    assert (said.wild_p, said.randomisation_p, said.lead_p) == (0.05, 0.06, 0.7)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ({"wild": 0.2}, "fragile"),
        ({"paths": 0.2}, "fragile"),
        ({"leads": 0.05}, "fragile"),
    ],
)
def test_one_check_decides(made, checks, verdict):
    made.effect(**checks)
    assert made.judged(EFFECT).verdict == verdict


def test_shares_of_robustness_columns_decide(made):
    made.effect(robustness=made.GOOD[:1] + made.GOOD[3:])
    assert made.judged(EFFECT).verdict == "fragile"
    made.effect(robustness=[made.robust("a", 0.1, 0.2)])
    assert made.judged(EFFECT).verdict == "fragile"


@pytest.mark.parametrize(
    ("estimate", "p", "verdict"),
    [(0.03, 0.07, "fragile"), (0.03, 0.2, "does not hold"), (-0.03, 0.004, "does not hold")],
)
def test_the_headline_decides(made, estimate, p, verdict):
    made.effect([made.line("c", {"zone_first": (estimate, 0.01, p)})])
    assert made.judged(EFFECT).verdict == verdict


def test_a_claimed_fall_is_judged_by_its_own_sign(made):
    made.effect([made.line("c", {"zone_first": (-0.03, 0.01, 0.004)})])
    found = made.judged(dataclasses.replace(EFFECT, sign=-1))
    assert found.evidence.same_sign == 0.25
    assert found.verdict == "fragile"


def test_robustness_columns_are_those_of_the_treatment_and_the_concept(made):
    counted = [
        made.robust("variant", 0.02, 0.01, outcome="nqp_long"),
        made.robust("minus", -0.02, 0.01, controls="none"),
    ]
    others = [
        made.robust("timing", -1, 0.9, treatment="zone_first__same_year"),
        made.robust("coding", -1, 0.9, treatment="zone_share"),
        made.robust("outcome", -1, 0.9, outcome="openness"),
        made.robust("role", -1, 0.9, role="diagnostic"),
        made.lost("lost", role="robustness"),
        made.line("headline", {"zone_first": (0.03, 0.01, 0.004)}, role="robustness"),
        made.line("term", {"left_out:lowest": (-1, 1, 0.9)}, role="robustness"),
    ]
    made.effect(robustness=[*counted, *others])
    found = made.judged(EFFECT)
    assert found.n_robustness == 2
    assert (found.evidence.same_sign, found.evidence.significant) == (0.5, 1.0)


def test_without_robustness_columns_there_is_no_share(made):
    made.effect(robustness=[made.robust("role", 0.1, 0.01, role="baseline")])
    found = made.judged(EFFECT)
    assert (found.evidence.same_sign, found.evidence.significant) == (None, None)
    assert made.board(EFFECT)[""]["not_made"].iloc[0] == "same_sign significant"


def test_where_the_headline_is_not_identified_the_next_column_is_judged(made):
    second = made.line("d", {"zone_share": (0.5, 0.1, 0.001)}, treatment="zone_share")
    made.effect(
        [made.lost("c"), second], [made.robust("s", 0.4, 0.01, treatment="zone_share"), *made.GOOD]
    )
    shares = Column("made", **{**MAIN, "treatment": "zone_share"})
    found = made.judged(dataclasses.replace(EFFECT, columns=(*EFFECT.columns, shares)))
    assert (found.headline.column, found.headline.term) == ("d", "zone_share")
    assert (found.evidence.estimate, found.n_robustness) == (0.5, 1)
    assert [shown.identified for shown in found.linked] == ["no", "yes"]
    assert found.evidence.wild_p is None


def test_nothing_is_judged_where_no_linked_column_is_identified(made):
    made.effect([made.lost("c"), made.lost("d", controls="none")])
    bare = Column("made", **{**MAIN, "controls": "none"})
    claim = dataclasses.replace(EFFECT, columns=(*EFFECT.columns, bare))
    found = made.judged(claim)
    assert found.verdict == "not identified here"
    assert found.headline is None
    parts = made.board(claim)
    assert pd.isna(parts[""]["estimate"].iloc[0])
    assert set(parts["columns"]["reason"]) == {"no control left"}


def test_claims_without_open_data_read_nothing(made):
    for kind, verdict in (("licensed", "needs licensed data"), ("theory", "theory, not judged")):
        found = made.judged(Claim(5, "made up", +1, kind))
        assert (found.verdict, found.linked) == (verdict, ())


def test_a_missing_file_is_named(made):
    made.effect()
    (made.folder / "event_study.csv").unlink()
    with pytest.raises(UserError, match=r"event_study\.csv: not there; run `make"):
        made.judged(EFFECT)


def test_a_missing_column_or_term_is_named(made):
    made.effect()
    with pytest.raises(UserError, match="made, column c: no term 'zone_count'"):
        made.judged(dataclasses.replace(EFFECT, term="zone_count"))
    unknown = Column("made", **{**MAIN, "controls": "none"})
    with pytest.raises(UserError, match=r"exhibit 'made': no column has .*controls='none'"):
        made.judged(dataclasses.replace(EFFECT, columns=(unknown,)))
    columns = (*made.exhibits["made"].columns, made.line("gone", {}, controls="none")[2])
    made.exhibits["made"] = dataclasses.replace(made.exhibits["made"], columns=columns)
    with pytest.raises(UserError, match=r"made, column gone: not in .*`make output/estimates/made"):
        made.judged(dataclasses.replace(EFFECT, columns=(unknown,)))


def test_a_term_without_p_value_is_refused(made):
    made.effect([made.line("c", {"zone_first": (0.03, math.nan, math.nan)})])
    with pytest.raises(UserError, match="made, column c: term 'zone_first' has no p-value"):
        made.judged(EFFECT)


def test_a_linked_column_without_the_term_shows_what_has_an_error(made):
    by = {"estimator": "rings", "options": (("rings_km", "50"),)}
    rings = made.line("r", {"ring:0-50": (0.1, 0.1, 0.3), "finance": (1, 1, 0.3)}, **by)
    made.effect([made.line("c", {"zone_first": (0.03, 0.01, 0.004)}), rings])
    second = Column("made", **MAIN, estimator="rings", rings_km="50")
    found = made.judged(dataclasses.replace(EFFECT, columns=(*EFFECT.columns, second)))
    assert [shown.term for shown in found.linked] == ["zone_first", "ring:0-50"]


def test_the_board_numbers_claims_by_study_and_fits_its_schemas(made):
    made.effect()
    licensed = Claim(5, "made up", +1, "licensed")
    parts = made.board(EFFECT, licensed, EFFECT)
    assert parts[""][["study", "claim"]].to_numpy().tolist() == [[1, 1], [5, 1], [1, 2]]
    estimates.write(made.folder, "claims", exhibits.load("claims"), parts)
    back = estimates.read(made.folder / "claims.csv")
    assert back["verdict"].tolist() == ["holds", "holds", "needs licensed data"]
    assert back["n_robustness"].tolist()[:2] == [4, 4]
    assert estimates.read(made.folder / "claims.studies.csv")["authors"].tolist() == [
        study.authors for study in STUDIES
    ]
    bounds = estimates.read(made.folder / "claims.rules.csv").set_index("rule")["bound"]
    assert bounds["same_sign"] == 0.75
