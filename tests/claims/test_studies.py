"""The files of the studies against the exhibits and panels, and what the loader refuses."""

import dataclasses
import fnmatch
import re
import shutil
import tomllib

import pytest

from pilotzone import exhibits
from pilotzone.catalogue import phrasebook, reasons
from pilotzone.catalogue.columns import Column, by_id
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.claims.studies import FOLDER, KINDS, NOT_TESTABLE, Basis, Claim, claims, studies
from pilotzone.errors import Reason, UserError

STUDIES, CLAIMS = studies(), claims()
TESTED = [claim for claim in CLAIMS if claim.evidence]
EFFECT = """
number = 3
authors = "A and B"
year = 2025
kind = "reviewed"
unit = "city"
design = "two-way panel"
design_zh = "双向固定效应"

[[claims]]
text = "Zones raise it"
text_zh = "综试区提升之"
sign = 1
kind = "effect"
[[claims.own]]
exhibit = "city_did"
outcome = "nqp_city"
treatment = "zone_city"
sample = "city"
controls = ["city", "urbanisation"]
[claims.evidence]
outcome = "nqp_city"
treatment = "zone_city"
panel = "city"
"""


def literal(column):
    exhibit = exhibits.load(column.exhibit)
    return by_id(exhibit)[column.within(exhibit)]


def options(column):
    return {name: column.option(name) for name in column.declared_options}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a study and returns the folder."""

    def write(text, name="03_study.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_eight_reviewed_studies_and_four_conceptual_papers_with_claims_numbered_from_one():
    assert [study.number for study in STUDIES] == list(range(1, 13))
    assert [study.kind for study in STUDIES] == ["reviewed"] * 8 + ["conceptual"] * 4
    for study in STUDIES:
        assert [claim.number for claim in study.claims] == list(range(1, len(study.claims) + 1))
        assert {claim.study for claim in study.claims} == {study.number}
    assert [claim for study in STUDIES for claim in study.claims] == list(CLAIMS)
    assert len({claim.text for study in STUDIES for claim in study.claims}) == len(CLAIMS) - 4


def test_every_text_stands_in_chinese_too():
    texts = [claim.text_zh for claim in CLAIMS]
    texts += [study.design_zh for study in STUDIES]
    for text in texts:
        assert re.search("[\u4e00-\u9fff]", text)
        assert set(re.findall("[A-Za-z]+", text)) <= {"GDP"}, text
        assert not re.search("[\u4e00-\u9fff][,:;(]|[,:;)][\u4e00-\u9fff]", text), text


def test_claims_on_firms_and_on_city_investment_need_licensed_data():
    units = {study.number: study.unit for study in STUDIES}
    for claim in CLAIMS:
        firms = units[claim.study] == "firm"
        assert (claim.kind == "licensed") == (firms or "factor combination" in claim.text)
        assert bool(claim.settled_by) == firms


def test_a_claim_is_tested_or_says_why_not():
    for claim in CLAIMS:
        judged = claim.kind not in ("licensed", "theory")
        assert judged == bool(claim.evidence or claim.not_testable), claim.text
        assert not (claim.evidence and claim.not_testable)
        assert bool(claim.term) == judged
        assert abs(claim.sign) == 1 or not judged


def test_payments_brands_compliance_and_organisation_are_not_measured():
    said = [claim.text for claim in CLAIMS if claim.not_testable == "not_measured"]
    for word in ("payments", "brands", "compliance", "organisation of firms"):
        assert sum(word in text for text in said) == 1, word


def test_reasons_have_words_in_both_languages_and_are_used():
    for code in NOT_TESTABLE:
        assert code in phrasebook.REASONS
        assert reasons.say([Reason(code)], ENGLISH) != reasons.say([Reason(code)], CHINESE)
    assert {claim.not_testable for claim in CLAIMS} - {""} == set(NOT_TESTABLE)


def test_own_columns_are_there_once_and_on_one_panel():
    for claim in CLAIMS:
        found = {(c.exhibit, c.within(exhibits.load(c.exhibit))) for c in claim.own}
        assert len(found) == len(claim.own), claim.text
        assert len({literal(column).rows.panel for column in claim.own}) <= 1, claim.text


def test_named_exhibits_are_there():
    known = exhibits.paths((*exhibits.GROUPS, *exhibits.READERS))
    for claim in CLAIMS:
        assert set(claim.shown) | set(claim.settled_by) <= set(known), claim.text


def test_evidence_is_on_what_the_first_own_column_is_about():
    for claim in TESTED:
        own, basis = literal(claim.own[0]), claim.evidence
        assert (own.outcome, own.treatment) == (basis.outcome, basis.treatment), claim.text
        assert own.rows.panel == basis.panel, claim.text
        assert own.weights == basis.weights, claim.text
        chosen = options(own)
        assert (chosen.get("by") or "") == basis.by, claim.text
        assert (chosen.get("moderator") or "") == basis.moderator, claim.text


def test_outcomes_and_treatments_are_columns_of_their_panels(province_panel, city_panel):
    panels = {"province": province_panel, "city": city_panel}
    for claim in TESTED:
        table = panels[claim.evidence.panel].frame
        assert {claim.evidence.outcome, claim.evidence.treatment} <= set(table), claim.text


def test_spillovers_are_read_with_the_errors_of_the_literature_and_clusters_stand_beside():
    spillovers = [claim for claim in CLAIMS if claim.kind == "spillover"]
    assert [(claim.study, claim.number) for claim in spillovers] == [(1, 3), (2, 5), (7, 2)]
    for claim in spillovers:
        first, beside = (literal(column) for column in claim.own[:2])
        assert (first.inference.id, beside.inference.id) == ("information", "cluster_pairs")
        same = ("outcome", "treatment", "controls", "sample", "weights", "effects", "estimator")
        assert all(getattr(first, name) == getattr(beside, name) for name in same)


def test_a_direction_between_groups_is_named_where_the_words_have_one():
    groups = [claim for claim in CLAIMS if claim.kind == "group"]
    assert len(groups) == 3
    for claim in groups:
        assert bool(claim.evidence.higher) == claim.text.startswith("Stronger in")
        assert claim.term == "test:equality"


def test_a_file_fills_the_records(write):
    (study,) = studies(write(EFFECT))
    (claim,) = study.claims
    fields = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "city"}
    own = Column("city_did", **fields, controls=("city", "urbanisation"))
    evidence = Basis("nqp_city", "zone_city", "city")
    words = ("Zones raise it", "综试区提升之")
    assert claim == Claim(3, 1, *words, "effect", 1, "{treatment}", (own,), evidence)
    assert (study.authors_zh, study.doi) == ("A and B", "")
    assert hash(claim)
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim.sign = -1


@pytest.mark.parametrize(
    ("kind", "more", "term"),
    [
        ("effect", "", "{treatment}"),
        ("mechanism", "", "{treatment}"),
        ("level", "", "{treatment}"),
        ("dose", "", "{treatment}"),
        ("group", 'by = "coastal"', "test:equality"),
        ("spillover", 'weights = "nearest_6"', "indirect:{treatment}"),
    ],
)
def test_the_term_of_a_kind_and_a_term_that_is_named(write, kind, more, term):
    text = f"{EFFECT}{more}\n".replace('kind = "effect"', f'kind = "{kind}"')
    assert claims(write(text))[0].term == term
    named = text.replace("sign = 1", 'sign = -1\nterm = "rho"')
    assert [(claim.term, claim.sign) for claim in claims(write(named))] == [("rho", -1)]


def test_a_study_that_is_added_touches_one_file(tmp_path):
    for path in FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    added = EFFECT.replace("number = 3", "number = 13")
    (tmp_path / "00_ninth.toml").write_text(added, encoding="utf-8")
    assert studies(tmp_path)[:-1] == STUDIES
    assert studies(tmp_path)[-1].number == 13


MODERATOR = EFFECT.replace('kind = "effect"', 'kind = "moderator"\nterm = "{treatment}#m"')
GROUP = EFFECT.replace('kind = "effect"', 'kind = "group"')
UNTESTED = EFFECT.replace("sign = 1", 'sign = 1\nnot_testable = "identity"')
OWN_ALONE, _, BASIS = EFFECT.partition("[claims.evidence]")
BARE = OWN_ALONE.partition("[[claims.own]]")[0]
LICENSED = BARE.replace("sign = 1\n", "").replace('kind = "effect"', 'kind = "licensed"')
THEORY = LICENSED.replace('"licensed"', '"theory"')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{EFFECT}number = ", "03_study.toml: not TOML: "),
        (f"colour = 1\n{EFFECT}", "03_study.toml: field 'colour' is not known; known: number, "),
        (EFFECT.replace('authors = "A and B"', ""), "03_study.toml: field 'authors' is missing"),
        (EFFECT.replace("A and B", ""), "03_study.toml: field 'authors' is missing"),
        (EFFECT.replace("year = 2025", ""), "03_study.toml: field 'year' is missing"),
        (
            EFFECT.replace("number = 3", 'number = "3"'),
            "'number' should be a whole number, not '3'",
        ),
        (EFFECT.replace('"reviewed"', '"read"'), "kind 'read' is not known; known: reviewed, conc"),
        (
            EFFECT.replace('unit = "city"', 'unit = "county"'),
            "unit 'county' is not known; known: p",
        ),
        (
            BARE.partition("[[claims]]")[0] + "claims = [1]",
            "03_study.toml: 'claims' should be tables, each under [[claims]]",
        ),
        (BARE.partition("[[claims]]")[0], "03_study.toml: field 'claims' is missing"),
        (
            EFFECT.replace("sign = 1", "sign = 1\nweight = 2"),
            "03_study.toml, claim 1 (effect): field 'weight' is not known; known: text, text_zh, ",
        ),
        (
            EFFECT.replace("sign = 1\n", ""),
            "03_study.toml, claim 1 (effect): field 'sign' is missing; write 1 or -1",
        ),
        (EFFECT.replace("sign = 1", "sign = 2"), "claim 1: 'sign' should be 1 or -1, not 2"),
        (EFFECT.replace("sign = 1", "sign = true"), "'sign' should be a whole number, not True"),
        (EFFECT.replace('text_zh = "综试区提升之"', ""), "(effect): field 'text_zh' is missing"),
        (EFFECT.replace('kind = "effect"', ""), "claim 1: field 'kind' is missing"),
        (
            EFFECT.replace('kind = "effect"', 'kind = "cause"'),
            "claim 1: kind 'cause' is not known; known: effect, mechanism, level, dose, group, ",
        ),
        (OWN_ALONE, "(effect): field 'evidence' is missing; where nothing can be tested, 'not_tes"),
        (
            f'{EFFECT}by = "coastal"',
            "03_study.toml, claim 1, evidence (effect): field 'by' is not known; known: outcome, "
            "treatment, panel",
        ),
        (f'{EFFECT}weights = "nearest_6"', "evidence (effect): field 'weights' is not known"),
        (
            f'{GROUP}moderator = "m"',
            "evidence (group): field 'moderator' is not known; known: outc",
        ),
        (GROUP, "claim 1, evidence (group): field 'by' is missing"),
        (f'{GROUP}by = "coastal"\nhigher = "inland"', "name 'higher' and 'lower' both, or none of"),
        (MODERATOR, "claim 1, evidence (moderator): field 'moderator' is missing"),
        (
            f'{MODERATOR}moderator = "m"'.replace('term = "{treatment}#m"', ""),
            "claim 1 (moderator): field 'term' is missing",
        ),
        (
            EFFECT.replace('kind = "effect"', 'kind = "spillover"'),
            "claim 1, evidence (spillover): field 'weights' is missing",
        ),
        (
            EFFECT.replace('panel = "city"', 'panel = "firm"'),
            "evidence (effect): panel 'firm' is not known; known: province, city",
        ),
        (EFFECT.replace('panel = "city"', ""), "evidence (effect): field 'panel' is missing"),
        (EFFECT.replace('panel = "city"', "panel = 1"), "'panel' should be text in quotes, not 1"),
        (UNTESTED, "claim 1 (effect, not testable): field 'evidence' is not known; known: text, "),
        (
            UNTESTED.partition("[claims.evidence]")[0].replace("identity", "too hard"),
            "claim 1: not_testable 'too hard' is not known; known: other_unit, other_construct, ",
        ),
        (
            EFFECT.replace("sign = 1", 'sign = 1\nshown = ["coupling"]'),
            "claim 1 (effect): field 'shown' is not known",
        ),
        (
            EFFECT.replace('exhibit = "city_did"', ""),
            "03_study.toml, claim 1, own 1: field 'exhibit' is missing",
        ),
        (
            EFFECT.replace('sample = "city"', 'samples = "city"'),
            "03_study.toml, claim 1, own 1: field 'samples' is not known; known: exhibit, outc",
        ),
        (
            BARE + "own = [1]" + f"\n[claims.evidence]{BASIS}",
            "claim 1: 'claims.own' should be tables, each under [[claims.own]]",
        ),
        (
            f'{LICENSED}not_testable = "identity"',
            "claim 1 (licensed, not testable): field 'not_testable' is not known; known: text, ",
        ),
        (f'{LICENSED}shown = ["coupling"]', "claim 1 (licensed): field 'shown' is not known"),
        (
            f"{THEORY}[[claims.own]]",
            "claim 1 (theory): field 'own' is not known; known: text, text",
        ),
        (f"{THEORY}shown = [1]", "claim 1: 'shown' should be a list of texts, not [1]"),
        (f'{THEORY}shown = "coupling"', "'shown' should be a list, not 'coupling'"),
    ],
)
def test_bad_input_is_one_line_that_names_the_file(write, text, message):
    with pytest.raises(UserError, match=re.escape(message)) as refused:
        studies(write(text))
    said = str(refused.value)
    assert said.startswith("03_study.toml")
    assert "\n" not in said


def test_a_licensed_claim_and_a_theory_need_no_sign(write):
    for text, kind in ((LICENSED, "licensed"), (THEORY, "theory")):
        (claim,) = claims(write(text))
        assert (claim.kind, claim.sign, claim.term, claim.own) == (kind, 0, "", ())


def test_a_conceptual_paper_may_lack_its_year(write):
    text = THEORY.replace("year = 2025\n", "").replace('"reviewed"', '"conceptual"')
    assert studies(write(text))[0].year is None


def test_a_file_in_no_encoding_two_files_of_one_number_and_no_file_are_refused(write, tmp_path):
    with pytest.raises(UserError, match=r"no study \(\*\.toml\) in it"):
        studies(tmp_path)
    write(EFFECT)
    write(EFFECT, "04_study.toml")
    message = r"04_study\.toml: study 3 stands in 03_study\.toml too; give one of them another"
    with pytest.raises(UserError, match=message):
        studies(tmp_path)
    (tmp_path / "03_study.toml").write_bytes(b"number = 3\xff\xff")
    with pytest.raises(UserError, match=r"03_study\.toml: neither UTF-8"):
        studies(tmp_path)


def test_an_installed_package_holds_the_files(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["pilotzone"]
    package = root / "code/pilotzone"
    for path in FOLDER.glob("*.toml"):
        name = path.relative_to(package).as_posix()
        assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns), name


def test_every_kind_is_made_up_of_fields_of_the_basis():
    fields = {field.name for field in dataclasses.fields(Basis)}
    for kind in KINDS.values():
        assert {*kind.needs, *kind.may} <= fields
