"""Evidence from files: where reading A and reading B come from, on made-up files.

EXACT: numbers are handed on; SAME: a t-distribution and its quantile.
"""

import dataclasses
import math

import pandas as pd
import pytest
from scipy import stats

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.columns import Column
from pilotzone.claims import designs, evidence, testable
from pilotzone.claims.evidence import Files, of_claim, own_reading
from pilotzone.claims.facts import Estimate, Verdict
from pilotzone.claims.studies import Basis, Claim
from pilotzone.errors import UserError, decode

EXACT = 1e-12
SAME = 1e-9

MAIN = {"outcome": "nqp_no_ecommerce", "treatment": "zone_first", "controls": "baseline"}
BASIS = Basis("nqp_no_ecommerce", "zone_first", "province")
CLAIM = Claim(1, 1, "made up", "虚构", "effect", 1, "{treatment}", (Column("made", **MAIN),), BASIS)
SPATIAL = {"weights": "contiguity", "estimator": "sdm"}


def files(exhibit, columns, rows, lost=()):
    """Return files of an exhibit; rows are (column, term, estimate, error, p), lost its reasons."""
    terms = pd.DataFrame(
        [
            {"column": c, "term": term, "estimate": b, "std_error": se, "p_value": p, "df": ""}
            | {"ci_low": b - 2 * se, "ci_high": b + 2 * se, "statistic": math.nan}
            for c, term, b, se, p in rows
        ],
        columns=["column", "term", *evidence.NUMBERS, "df", "statistic"],
    )
    ids = columns.column_ids() if isinstance(columns, Exhibit) else columns
    lost = dict(lost)
    models = pd.DataFrame(
        [
            {"column": c, "identified": "no" if c in lost else "yes", "reason": lost.get(c, "")}
            | {"treatment": "zone_first"}
            for c in ids
        ]
    )
    literal = columns if isinstance(columns, Exhibit) else None
    indexed = terms.set_index(["column", "term"], drop=False)
    return Files(exhibit, literal, indexed, models.set_index("column", drop=False))


def made(columns, rows, lost=()):
    return files("made", Exhibit(title="t", title_zh="t", columns=columns), rows, lost)


def judged(basis, kind, lost=(), **estimates_of):
    """Return the files of the evidence: every key has an estimate of 1 but for those given."""
    read = designs.reads(kind, basis)
    lost = {read[key].column.id: '[{"code": "few_clusters"}]' for key in lost}
    rows = [
        (one.column.id, one.term, *estimates_of.get(key.replace(":", "_"), (1.0, 0.5, 0.3)))
        for key, one in read.items()
        if one.column.id not in lost
    ]
    return files("claim_evidence", [one.column.id for one in read.values()], rows, lost.items())


OWN = {"made": made((Specification(**MAIN, id="a"),), [("a", "zone_first", 0.3, 0.1, 0.004)])}


def test_reading_a_is_the_first_identified_column_of_the_claim():
    columns = (Specification(**MAIN, id="a"), Specification(**MAIN, effects="unit_trends", id="b"))
    both = made(columns, [("b", "zone_first", 0.2, 0.1, 0.05)], lost={"a": "x"}.items())
    claim = dataclasses.replace(
        CLAIM, own=(Column("made", **MAIN), Column("made", **MAIN, effects="unit_trends"))
    )
    source, column, estimate = own_reading(claim, {"made": both})
    assert (source.exhibit, column, estimate.estimate) == ("made", "b", 0.2)


def test_without_an_identified_column_there_is_no_reading_a():
    lost = made((Specification(**MAIN, id="a"),), [], lost={"a": "x"}.items())
    assert own_reading(CLAIM, {"made": lost}) is None


def test_a_spillovers_p_is_the_literatures_and_its_interval_clustered():
    kinds = ("information", "cluster_pairs")
    columns = tuple(Specification(**MAIN, **SPATIAL, inference=kind, id=kind) for kind in kinds)
    term = "indirect:zone_first"
    rows = [("information", term, 0.3, 0.1, 0.004), ("cluster_pairs", term, 0.3, 0.2, 0.14)]
    own = Column("made", **MAIN, **SPATIAL, inference="information")
    claim = dataclasses.replace(CLAIM, kind="spillover", term="indirect:{treatment}", own=(own,))
    *_, estimate = own_reading(claim, {"made": made(columns, rows)})
    assert estimate.p_value == 0.004
    assert (estimate.ci_low, estimate.ci_high) == pytest.approx((-0.1, 0.7), abs=EXACT)


def test_two_groups_differ_by_an_estimate_whose_error_the_test_implies():
    by = {"estimator": "heterogeneity", "options": (("by", "coastal"),)}
    column = Specification(**MAIN, **by, id="g")
    rows = [("g", f"zone_first#{name}", b, 0.1, 0.1) for name, b in (("coastal", 1), ("inland", 4))]
    source = made((column,), [*rows, ("g", "test:equality", math.nan, math.nan, 0.02)])
    source.terms.loc[("g", "test:equality"), ["statistic", "df"]] = [9.0, "1;29"]
    basis = dataclasses.replace(BASIS, by="coastal", higher="inland", lower="coastal")
    own = Column("made", **MAIN, estimator="heterogeneity", by="coastal")
    claim = dataclasses.replace(
        CLAIM, kind="group", term="test:equality", own=(own,), evidence=basis
    )
    *_, estimate = own_reading(claim, {"made": source})
    assert (estimate.estimate, estimate.std_error, estimate.p_value) == pytest.approx((3, 1, 0.02))
    assert estimate.ci_high - 3 == pytest.approx(stats.t.ppf(0.975, 29), abs=SAME)
    turned = dataclasses.replace(basis, higher="coastal", lower="inland")
    *_, other = own_reading(dataclasses.replace(claim, evidence=turned), {"made": source})
    assert other.estimate == pytest.approx(-3, abs=EXACT)


def test_theta_and_its_vetoes_are_those_of_the_form_with_the_smaller_error():
    found = judged(
        BASIS,
        "effect",
        callaway_theta=(0.4, 0.10, 0.01),
        trend_theta=(0.3, 0.05, 0.02),
        trend_early=(0.01, 0.1, 0.9),
        callaway_early=(9.0, 0.1, 0.9),
        spread=(0.2, math.nan, math.nan),
    )
    known = of_claim(CLAIM, {**OWN, "claim_evidence": found})
    assert known.own.estimate == 0.3
    assert (known.theta.estimate, known.second.estimate) == (0.3, 0.4)
    assert known.trend is known.theta
    assert known.early.estimate == 0.01
    assert known.delta == pytest.approx(0.1, abs=EXACT)
    assert set(known.left_out) == {f"region:{name}" for name in designs.REGIONS}
    # Without the cohort of one province a single cohort stays.
    assert decode(known.missing["influence"])[0].code == "single_cohort"


def test_a_form_that_is_not_identified_is_no_second_estimate_and_says_why():
    found = judged(BASIS, "effect", lost=["callaway:theta"], trend_theta=(0.3, 0.05, 0.02))
    known = of_claim(CLAIM, {**OWN, "claim_evidence": found})
    assert known.second is None
    assert decode(known.missing["second"])[0].code == "few_clusters"


def test_without_theta_the_reason_stands():
    found = judged(BASIS, "effect", lost=["callaway:theta", "trend:theta"])
    known = of_claim(CLAIM, {**OWN, "claim_evidence": found})
    assert known.theta is None
    assert decode(known.reason)[0].code == "few_clusters"


def test_the_smallest_effect_of_a_level_is_per_standard_deviation_of_it():
    basis = dataclasses.replace(BASIS, treatment="cbec_proxy")
    sds = {"spread": (0.6, math.nan, math.nan), "regressor": (2.0, math.nan, math.nan)}
    files_of = {**OWN, "claim_evidence": judged(basis, "level", **sds)}
    level = dataclasses.replace(CLAIM, kind="level", evidence=basis)
    assert of_claim(level, files_of).delta == pytest.approx(0.2 * 0.6 / 2.0, abs=EXACT)
    dose = {**OWN, "claim_evidence": judged(basis, "dose", **sds)}
    changed = dataclasses.replace(level, kind="dose")
    assert of_claim(changed, dose).delta == pytest.approx(0.5 * 0.6, abs=EXACT)


def test_the_effect_on_the_lower_group_is_turned():
    basis = Basis("nqp_city", "zone_city", "city", by="resource_based")
    higher, lower = "not_resource_based", "resource_based"
    basis = dataclasses.replace(basis, higher=higher, lower=lower)
    found = judged(basis, "group", theta=(-0.2, 0.1, 0.04))
    claim = dataclasses.replace(CLAIM, kind="group", own=(), evidence=basis)
    known = of_claim(claim, {"claim_evidence": found})
    assert known.own is None
    assert known.theta.estimate == 0.2
    assert (known.theta.ci_low, known.theta.ci_high) == pytest.approx((0.0, 0.4), abs=EXACT)
    assert known.trend is known.second


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"kind": "licensed", "evidence": None}, Verdict.LICENSED, ""),
        ({"kind": "theory", "evidence": None}, Verdict.THEORY, ""),
        ({"not_testable": "identity", "evidence": None}, Verdict.NOT_TESTABLE, "identity"),
        (
            {"kind": "mechanism", "evidence": Basis("rd_intensity", "zone_first", "province")},
            Verdict.NOT_TESTABLE,
            "part_of_index",
        ),
        (
            {
                "kind": "mechanism",
                "evidence": Basis("tertiary_secondary_ratio", "zone_city", "city"),
            },
            Verdict.NOT_TESTABLE,
            "part_of_index",
        ),
    ],
)
def test_what_is_decided_before_any_estimate(changes, verdict, reason):
    known = of_claim(dataclasses.replace(CLAIM, **changes), OWN)
    assert known.blocked is verdict
    assert [one.code for one in decode(known.reason)] == ([reason] if reason else [])


def test_a_ratio_of_secondary_value_added_is_no_part_of_the_provinces_index():
    # Their index has no share of services.
    assert not testable.part_of_index("tertiary_secondary_ratio", "province")
    assert testable.part_of_index("science_share", "city")
    assert not testable.part_of_index("science_share", "province")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Column("made", outcome="nqp", treatment="zone_first"), "study 1, claim 1: .*no column"),
        (Column("made", **MAIN, transform="lag"), "study 1, claim 1: .*no column"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_its_claim(own, said):
    with pytest.raises(UserError, match=said):
        own_reading(dataclasses.replace(CLAIM, own=(own,)), OWN)


def test_a_column_that_is_not_unique_is_named_with_its_claim():
    twice = (Specification(**MAIN, id="a"), Specification(**MAIN, id="b", role="robustness"))
    with pytest.raises(UserError, match=r"study 1, claim 1: .*2 columns have"):
        own_reading(CLAIM, {"made": made(twice, [])})


def test_a_term_that_is_not_there_is_named_with_its_column():
    other = dataclasses.replace(CLAIM, term="indirect:{treatment}")
    with pytest.raises(UserError, match="made, column a has no term 'indirect:zone_first'"):
        own_reading(other, OWN)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="not there; run `make"):
        Files.read("did_baseline", tmp_path)


def test_numbers_of_a_file_are_read_as_they_stand(root):
    source = Files.read("did_baseline", root / "output/estimates")
    (column, term), row = next(source.terms.iterrows())
    assert source.estimate(column, term) == Estimate(*(row[name] for name in evidence.NUMBERS))
    assert source.estimate(column, "no such term") is None
