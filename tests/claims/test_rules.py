"""The rules of both readings, on made-up evidence: every branch, and both sides of every bound.

EXACT: sums and quotients of a few doubles.
"""

import dataclasses
import math

import pytest
from scipy import stats

from pilotzone.claims import rules
from pilotzone.claims.facts import Estimate, Evidence, Verdict
from pilotzone.claims.rules import Own, State, holm, judge, own_design, p_of

EXACT = 1e-12

OWN = Estimate(0.50, 0.10, 0.0001, 0.30, 0.70)
THETA = Estimate(0.40, 0.08, 0.001, 0.24, 0.56)
SECOND = Estimate(0.36, 0.12, 0.01, 0.12, 0.60)
CUTS = {"cohort:2016": Estimate(0.3), "region:east": Estimate(0.2), "region:west": Estimate(0.5)}
GOOD = Evidence(
    "effect",
    +1,
    own=OWN,
    theta=THETA,
    second=SECOND,
    trend=SECOND,
    early=Estimate(0.05, 0.10, 0.6),
    size=Estimate(0.35, 0.09, 0.01),
    left_out=CUTS,
    p_holm=0.004,
    delta=0.30,
)
LEVEL = dataclasses.replace(
    GOOD,
    kind="level",
    second=None,
    trend=THETA,
    early=None,
    lead=Estimate(0.02, 0.1, 0.8),
    lead_trends=Estimate(0.01, 0.1, 0.9),
    beside_lead=Estimate(0.38, 0.1, 0.01, 0.2, 0.6),
)
SPILLOVER = dataclasses.replace(
    GOOD,
    kind="spillover",
    second=None,
    trend=THETA,
    indirect=Estimate(0.6, 0.2, 0.02, 0.1, 1.1),
    lead_trends=Estimate(0.0, 0.1, 1.0),
)


def changed(evidence=GOOD, **fields):
    return dataclasses.replace(evidence, **fields)


def mirrored(evidence):
    """Return the same evidence with every estimate turned, the claim as it was."""
    turned = {
        f.name: value.times(-1)
        for f in dataclasses.fields(evidence)
        if isinstance(value := getattr(evidence, f.name), Estimate)
    }
    cuts = {name: one and one.times(-1) for name, one in evidence.left_out.items()}
    return changed(evidence, **turned, left_out=cuts)


def verdict(evidence):
    return judge(evidence).verdict


def failed(evidence):
    return [check.name for check in judge(evidence).checks if check.state is State.FAILED]


@pytest.mark.parametrize("evidence", [GOOD, LEVEL, SPILLOVER, changed(kind="mechanism")])
def test_a_claim_that_passes_every_veto_is_supported(evidence):
    made = judge(evidence)
    assert (made.own, made.verdict) == (Own.REPRODUCED, Verdict.SUPPORTED)
    assert {check.state for check in made.checks} == {State.PASSED}
    assert tuple(check.name for check in made.checks) == rules.VETOES[evidence.kind]


@pytest.mark.parametrize("evidence", [GOOD, LEVEL, SPILLOVER])
def test_the_mirror_image_is_contradicted(evidence):
    made = judge(mirrored(evidence))
    assert (made.own, made.verdict) == (Own.OPPOSITE, Verdict.CONTRADICTED)


def test_a_claim_of_a_negative_sign_is_read_the_other_way_round():
    assert verdict(changed(mirrored(GOOD), sign=-1)) is Verdict.SUPPORTED
    assert verdict(changed(sign=-1)) is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("estimate", "p", "said"),
    [
        (0.1, 0.049, Own.REPRODUCED),
        (0.1, 0.05, Own.NOT),
        (-0.1, 0.049, Own.OPPOSITE),
        (-0.1, 0.05, Own.NOT),
        (0.1, math.nan, Own.NOT),
    ],
)
def test_reading_a_is_sign_and_p(estimate, p, said):
    assert own_design(+1, Estimate(estimate, p_value=p)) is said


def test_a_test_without_a_direction_is_reproduced_by_its_p_alone():
    assert own_design(+1, Estimate(math.nan, p_value=0.01)) is Own.REPRODUCED


def test_without_such_a_design_there_is_no_reading_a():
    assert own_design(+1, None) is Own.NONE
    assert own_design(0, OWN) is Own.NONE


@pytest.mark.parametrize("blocked", [Verdict.LICENSED, Verdict.THEORY, Verdict.NOT_TESTABLE])
def test_what_is_decided_before_any_estimate_comes_first(blocked):
    made = judge(changed(blocked=blocked, reason="identity"))
    assert (made.verdict, made.decided_by, made.checks) == (blocked, ("reason",), ())


def test_without_an_estimate_a_claim_is_not_testable_with_the_reason():
    made = judge(changed(theta=None, reason="no_common_cohort"))
    assert (made.verdict, made.decided_by) == (Verdict.NOT_TESTABLE, ("reason",))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"second": Estimate(0.19, p_value=0.01), "trend": SECOND}, "second"),
        ({"second": Estimate(-0.4, p_value=0.01), "trend": SECOND}, "second"),
        ({"trend": Estimate(0.36, p_value=0.40)}, "second"),
        ({"trend": Estimate(-0.36, p_value=0.01)}, "second"),
        ({"early": Estimate(0.20)}, "early"),
        ({"size": Estimate(0.19)}, "size"),
        ({"left_out": {**CUTS, "region:west": Estimate(-0.01)}}, "influence"),
        ({"left_out": {**CUTS, "region:west": Estimate(0.0)}}, "influence"),
    ],
)
def test_each_veto_fails_on_its_own_and_then_nothing_is_supported(fields, name):
    assert failed(changed(**fields)) == [name]
    made = judge(changed(**fields))
    assert (made.verdict, made.decided_by) == (Verdict.CANNOT_TELL, (name,))


@pytest.mark.parametrize(
    "fields",
    [
        {"second": Estimate(0.20, p_value=0.01)},
        {"trend": Estimate(0.36, p_value=0.3999)},
        {"early": Estimate(0.1999)},
        {"early": Estimate(-0.9)},
        {"size": Estimate(0.20)},
    ],
)
def test_at_its_bound_a_veto_passes(fields):
    assert failed(changed(**fields)) == []
    assert verdict(changed(**fields)) is Verdict.SUPPORTED


def test_groups_ask_more_of_the_trend_estimate_and_moderators_nothing():
    weak = Estimate(0.36, p_value=0.30)
    assert failed(changed(kind="effect", second=weak, trend=weak)) == []
    assert failed(changed(kind="group", second=weak, trend=weak)) == ["second"]
    assert failed(changed(kind="group", second=weak, trend=Estimate(0.3, p_value=0.0999))) == []
    assert failed(changed(kind="group", second=weak, trend=Estimate(0.3, p_value=0.1))) == [
        "second"
    ]
    assert failed(changed(kind="moderator", second=Estimate(0.2, p_value=0.9), trend=THETA)) == []


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"lead": Estimate(0.0, p_value=0.10)}, "lead"),
        ({"lead_trends": Estimate(0.20, p_value=0.9)}, "lead_trends"),
    ],
)
def test_leads_of_levels(fields, name):
    assert failed(changed(LEVEL, **fields)) == [name]


def test_what_is_of_another_kind_does_not_count():
    assert failed(changed(LEVEL, early=Estimate(9.0), second=Estimate(-9.0))) == []
    assert failed(changed(SPILLOVER, lead=Estimate(0.0, p_value=0.0))) == []


@pytest.mark.parametrize(
    ("fields", "decided_by"),
    [
        ({"early": None, "missing": {"early": "no_pre_period"}}, ("early",)),
        ({"left_out": {**CUTS, "region:west": None}}, ("influence",)),
        ({"left_out": CUTS, "missing": {"influence": "one_cohort"}}, ("influence",)),
        ({"second": None}, ("second",)),
        ({"short_window": True}, ("window",)),
    ],
)
def test_one_thing_that_is_not_feasible_is_an_assumption(fields, decided_by):
    made = judge(changed(**fields))
    assert (made.verdict, made.decided_by) == (Verdict.ASSUMED, decided_by)
    assert verdict(mirrored(changed(**fields))) is Verdict.CONTRADICTED_ASSUMED


def test_two_things_that_are_not_feasible_are_too_many():
    made = judge(changed(early=None, short_window=True))
    assert (made.verdict, made.decided_by) == (Verdict.CANNOT_TELL, ("early", "window"))


def test_a_failed_veto_outweighs_one_that_is_not_feasible():
    made = judge(changed(early=None, size=Estimate(0.0)))
    assert (made.verdict, made.decided_by) == (Verdict.CANNOT_TELL, ("size",))


def test_a_spillover_of_a_dose_has_no_early_zone_and_needs_none():
    made = judge(changed(SPILLOVER, early=None, missing={"early": rules.NOT_APPLICABLE}))
    assert made.verdict is Verdict.SUPPORTED
    assert "early" not in [check.name for check in made.checks]


def test_p_after_holm_decides():
    assert verdict(changed(p_holm=0.0499)) is Verdict.SUPPORTED
    made = judge(changed(p_holm=0.05))
    assert (made.verdict, made.decided_by) == (Verdict.CANNOT_TELL, ("p_holm",))


def test_a_spillover_needs_both_p_and_one_sign():
    assert p_of(SPILLOVER) == 0.02
    assert p_of(changed(SPILLOVER, indirect=Estimate(0.6, p_value=0.0001))) == 0.001
    assert p_of(changed(SPILLOVER, indirect=Estimate(-0.6, p_value=0.0001))) == 1.0
    assert p_of(changed(SPILLOVER, indirect=None)) == 1.0
    assert p_of(GOOD) == 0.001
    weak = judge(changed(SPILLOVER, p_holm=0.3))
    assert (weak.verdict, weak.decided_by) == (Verdict.CANNOT_TELL, ("indirect",))


NOTHING = changed(
    own=Estimate(0.01, 0.05, 0.8, -0.09, 0.11),
    theta=Estimate(0.02, 0.05, 0.7, -0.08, 0.12),
    second=Estimate(-0.01, 0.06, 0.9, -0.13, 0.11),
    trend=Estimate(-0.01, 0.06, 0.9, -0.13, 0.11),
    p_holm=0.7,
    delta=0.13,
)


def test_an_effect_is_ruled_out_when_every_interval_ends_below_delta():
    made = judge(NOTHING)
    assert (made.verdict, made.decided_by) == (Verdict.RULED_OUT, ("delta",))
    assert verdict(mirrored(changed(NOTHING, sign=-1))) is Verdict.RULED_OUT


@pytest.mark.parametrize(
    "fields",
    [
        {"delta": 0.12},
        {"delta": math.nan},
        {"own": Estimate(0.01, 0.05, 0.8, -0.09, 0.13)},
        {"own": None},
        {"second": Estimate(0.1, 0.1, 0.3, -0.1, 0.3)},
        {"second": None},
    ],
)
def test_one_interval_that_reaches_delta_or_is_missing_rules_nothing_out(fields):
    assert verdict(changed(NOTHING, **fields)) is Verdict.CANNOT_TELL


def test_the_lower_end_rules_nothing_out_on_the_claimed_side():
    below = changed(NOTHING, theta=Estimate(-0.5, 0.2, 0.02, -0.9, -0.1))
    assert verdict(below) is Verdict.RULED_OUT
    assert verdict(changed(below, sign=-1)) is Verdict.CANNOT_TELL


def test_a_spillover_reads_the_indirect_effect_too():
    small = changed(NOTHING, kind="spillover", indirect=Estimate(0, 0.1, 1.0, -0.1, 0.1))
    assert verdict(small) is Verdict.RULED_OUT
    assert verdict(changed(small, indirect=Estimate(0, 0.1, 1.0, -0.2, 0.2))) is Verdict.CANNOT_TELL
    # It has no second estimate.
    assert verdict(changed(small, second=None)) is Verdict.RULED_OUT


TREND = changed(
    trend=Estimate(0.05, 0.1, 0.6, -0.2, 0.3), second=Estimate(0.05, 0.1, 0.6, -0.2, 0.3)
)


def test_trends_explain_what_the_own_design_finds():
    made = judge(TREND)
    assert (made.own, made.verdict, made.decided_by) == (
        Own.REPRODUCED,
        Verdict.EXPLAINED,
        ("trend",),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"own": changed(GOOD).own.times(-1)},
        {"own": Estimate(0.5, 0.3, 0.10, -0.1, 1.1)},
        {"trend": Estimate(0.26, 0.2, 0.2, -0.1, 0.39)},
        {"trend": Estimate(0.05, 0.01, 0.001, 0.03, 0.07)},
        {"trend": Estimate(0.05, 0.3, 0.9, -0.5, 0.4)},
        {"trend": None},
    ],
)
def test_trends_explain_nothing_unless_they_take_half_hold_zero_and_end_below(fields):
    assert verdict(changed(TREND, **fields)) is Verdict.CANNOT_TELL


def test_a_level_is_explained_only_if_its_lead_takes_it_too():
    gone = Estimate(0.05, 0.05, 0.6, -0.05, 0.15)
    evidence = changed(LEVEL, theta=gone, trend=gone, beside_lead=gone, p_holm=0.6)
    assert verdict(evidence) is Verdict.EXPLAINED
    assert verdict(changed(evidence, beside_lead=THETA)) is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("kind", "end"),
    [("effect", 0.8), ("group", 0.8), ("dose", 0.8), ("moderator", 0.33), ("level", 0.33)],
)
def test_the_interval_net_of_trends_must_end_well_below_the_own_design(kind, end):
    def said(reach):
        left = Estimate(0.05, 0.1, 0.6, -0.2, reach * OWN.estimate)
        return verdict(
            changed(TREND, kind=kind, trend=left, beside_lead=left, p_holm=0.6, delta=0.01)
        )

    assert said(end - 0.001) is Verdict.EXPLAINED
    assert said(end) is Verdict.CANNOT_TELL


def test_supported_comes_before_ruled_out_and_that_before_explained():
    assert verdict(changed(delta=9.0)) is Verdict.SUPPORTED
    assert verdict(changed(TREND, delta=9.0)) is Verdict.RULED_OUT


def test_theta_has_the_smaller_error():
    assert rules.smaller_error(THETA, SECOND) == (THETA, SECOND)
    assert rules.smaller_error(SECOND, THETA) == (THETA, SECOND)
    assert rules.smaller_error(None, THETA) == (THETA, None)
    assert rules.smaller_error(None, None) == (None, None)


def test_the_power_of_a_placebo_is_how_often_it_would_see_an_effect_as_large():
    (early,) = [check for check in judge(GOOD).checks if check.name == "early"]
    assert early.bound == pytest.approx(0.2, abs=EXACT)
    assert early.power == pytest.approx(stats.norm.sf((0.2 - 0.4) / 0.10), abs=EXACT)
    others = {check.power for check in judge(GOOD).checks if check.name != "early"}
    assert all(math.isnan(power) for power in others)


def test_influence_shows_the_cut_nearest_to_the_other_sign():
    (check,) = [check for check in judge(GOOD).checks if check.name == "influence"]
    assert (check.estimate, check.left_out) == (0.2, "region:east")
    (check,) = [check for check in judge(mirrored(GOOD)).checks if check.name == "influence"]
    assert (check.estimate, check.left_out) == (-0.2, "region:east")


def test_holm_by_hand():
    # 0.01·4, 0.02·3, 0.03·2 and 0.04·1, none below one before it.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06], abs=EXACT)
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_detectable_effect_is_the_interval_stretched_to_80_percent_power():
    half = stats.norm.ppf(0.975)
    made = Estimate(5.0, ci_low=5 - half, ci_high=5 + half).detectable
    assert made == pytest.approx(stats.norm.ppf(0.975) + stats.norm.ppf(0.8), abs=1e-9)
