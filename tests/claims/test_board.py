"""The claims board on the output: its parts, its tables in both languages, README's part, JSON.

EXACT: numbers of a file, read back.
"""

import functools
import json
import re
import shutil
import sys

import pandas as pd
import pytest

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.build.sources import closure
from pilotzone.catalogue import codebook, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.claims import board, designs, rules, testable
from pilotzone.claims.facts import Verdict
from pilotzone.claims.rules import BOUNDS
from pilotzone.claims.studies import NOT_TESTABLE, claims, studies
from pilotzone.errors import UserError
from pilotzone.estimates import files
from pilotzone.report import findings, for_programs
from pilotzone.tables import latex, markdown
from pilotzone.tables.style import Style

EXACT = 1e-12
CLAIMS = claims()


@pytest.fixture(scope="module")
def judged(output):
    return board.lines(output, CLAIMS)


def test_the_exhibits_need_what_the_claims_read(root):
    for name, needed in (("claims", testable.shown), ("claim_checks", testable.checked)):
        exhibit = exhibits.load(name)
        assert exhibit.needs == needed(CLAIMS)
        modules = tuple(function.partition(":")[0] for function in exhibit.functions())
        rests_on = closure(root / "code", modules)
        folder = root / "code/pilotzone/claims/studies"
        assert set(folder.glob("*.toml")) <= set(rests_on)


def test_every_claim_has_both_readings_and_a_reason_or_an_estimate(parts):
    lines = parts[""]
    assert len(lines) == len(CLAIMS)
    assert set(lines["evidence"]) <= set(Verdict)
    stopped = lines["evidence"].isin([Verdict.LICENSED, Verdict.THEORY])
    untestable = lines["evidence"] == Verdict.NOT_TESTABLE
    assert (lines.loc[untestable, "reason"] != "").all()
    assert lines.loc[~stopped & ~untestable, "estimate"].notna().all()
    assert lines.loc[stopped | untestable, "estimate"].isna().all()


@pytest.mark.parametrize("name", ["claims", "claim_checks"])
def test_what_is_written_is_that_of_the_files_beside_it(name, output, parts, checked):
    for part, frame in {"claims": parts, "claim_checks": checked}[name].items():
        file = f"{name}.{part}" if part else name
        schema = estimates.schema(exhibits.load(name), part)
        assert files.same(output / f"{file}.csv", estimates.tidy(frame, file, schema), schema), file


def test_numbers_are_those_of_their_columns(parts, output):
    keys = ["column", "term"]
    read = functools.cache(lambda name: estimates.read(output / f"{name}.csv").set_index(keys))
    for row in parts[""].dropna(subset="estimate").itertuples():
        found = read(row.exhibit).loc[(row.column, row.term)]
        assert row.p_value == found["p_value"]
        assert abs(row.estimate) == pytest.approx(abs(found["estimate"]), abs=EXACT)


def test_the_same_regression_counts_once_in_its_family(judged, output):
    families = {}
    for line in judged:
        if line.judgement.checks:
            key = line.claim.kind, line.claim.evidence.panel
            p = rules.p_of(line.evidence)
            families.setdefault(key, {})[line.evidence.theta.estimate] = (p, line.evidence.p_holm)
    cities = [
        line
        for line in judged
        if line.claim.text.startswith("Zones raise") and line.judgement.checks
    ]
    assert len(cities) == 3
    for found in families.values():
        p_values, adjusted = zip(*found.values(), strict=True)
        assert list(adjusted) == pytest.approx(rules.holm(list(p_values)), abs=EXACT)


def test_every_veto_of_every_judged_claim_is_listed(judged, checked):
    made = checked[""]
    for line in judged:
        rows = made[(made["study"] == line.claim.study) & (made["number"] == line.claim.number)]
        asked = rules.VETOES.get(line.claim.kind, ())
        expected = [name for name in asked if line.judgement.checks]
        if line.claim.kind == "spillover" and "early" not in set(rows["check"]):
            expected = [name for name in expected if name != "early"]
        assert list(rows.sort_values("position")["check"]) == expected
        infeasible = rows[rows["state"] == "not feasible"]
        assert (infeasible["reason"] != "").all()


def test_every_text_of_the_board_has_words_in_both_languages():
    assert set(phrasebook.VERDICTS) == set(Verdict)
    assert set(phrasebook.OWN_DESIGNS) == set(rules.Own)
    assert set(phrasebook.STATES) == set(rules.State)
    assert set(phrasebook.VETOES) == {veto for asked in rules.VETOES.values() for veto in asked}
    for claim in CLAIMS:
        assert not claim.text_zh.isascii()
    # What decides has words for a cell, and longer ones for the report.
    brief = phrasebook.DECIDED_BRIEFLY
    assert {*phrasebook.DECIDED, *phrasebook.VETOES, *NOT_TESTABLE, "part_of_index"} <= set(brief)
    assert max(len(words[0]) for words in brief.values()) <= 25


@pytest.fixture(scope="module")
def written_once(parts, checked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    estimates.write(folder, "claims", exhibits.load("claims"), parts)
    estimates.write(folder, "claim_checks", exhibits.load("claim_checks"), checked)
    return folder


@pytest.fixture
def written(written_once, tmp_path):
    """Return a copy of the written board, which a test may change."""
    return shutil.copytree(written_once, tmp_path / "board")


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_the_table_has_a_line_for_each_claim(written, parts, language):
    lexicon = Lexicon(language)
    table = tables.build("claims", exhibits.load("claims"), written, Style(lexicon=lexicon))
    lines = [row for panel in table.panels for row in panel.rows if row.kind == "value"]
    assert len(lines) == len(CLAIMS)
    assert len(table.panels) == len(studies())
    for row, made in zip(lines, parts[""].itertuples(), strict=True):
        assert lexicon.word(made.evidence, phrasebook.VERDICTS) in row.cells
        assert lexicon.word(made.own_design, phrasebook.OWN_DESIGNS) in row.cells
    assert markdown.parse(markdown.render(table)) == table.lines()
    assert latex.render(table).isascii() is (language == "en")
    assert all("{" not in note for note in table.notes)


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_the_vetoes_have_a_table(written, checked, language):
    lexicon = Lexicon(language)
    name = "claim_checks"
    table = tables.build(name, exhibits.load(name), written, Style(lexicon=lexicon))
    lines = [row for panel in table.panels for row in panel.rows]
    assert len(lines) == len(checked[""]) + len(checked["beside"])
    vetoes = [row for row in lines if row.term in phrasebook.VETOES]
    assert len(vetoes) == len(checked[""])
    assert {row.cells[-1].split(lexicon.mark("colon"))[0] for row in vetoes} <= {
        lexicon.word(state, phrasebook.STATES) for state in rules.State
    }


def test_the_note_prints_the_bounds_that_judged(written):
    told = dict.fromkeys(BOUNDS, 0.25) | designs.DRAWS
    bounds = pd.DataFrame(told.items(), columns=["rule", "bound"])
    bounds.to_csv(written / "claims.rules.csv", index=False)
    notes = tables.build("claims", exhibits.load("claims"), written).notes
    assert "p < 0.25 by the inference that the literature uses" in notes[0]
    assert "δ = 0.25 standard deviations" in notes[1]


def test_readme_has_a_line_for_each_distinct_claim_and_counts_the_verdicts(parts, written):
    target = written / "out"
    estimates.write(target / "estimates", "claims", exhibits.load("claims"), parts)
    text = findings.claims(target)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert sum("Zones raise new quality productive forces of cities" in row for row in rows) == 1
    assert "| [4, 6, 7] Zones raise" in text
    assert not re.search(r"\bnan\b", text)
    distinct = parts[""].fillna({"column": ""}).drop_duplicates(["claim", "column"])
    for verdict, count in distinct["evidence"].value_counts().items():
        assert f"{verdict} {count}" in text


def test_the_first_page_counts_every_claim_once_and_lists_those_with_a_number(parts, root):
    distinct = parts[""].fillna({"column": ""}).drop_duplicates(["claim", "column"])
    said = findings.found(root / "output")
    counted = re.findall(r"(?:^|[(:;]) ?([a-z][a-z ,]+?) (\d+)(?=[;).])", said)
    assert dict(counted) == distinct["evidence"].value_counts().astype(str).to_dict()
    supported = distinct[distinct["evidence"] == Verdict.SUPPORTED]
    assert all(f"“{claim}”" in said for claim in supported["claim"])
    rows = findings.verdicts(root / "output").splitlines()[2:]
    assert len(rows) == distinct["estimate"].notna().sum()


def test_earlier_verdicts_stand_beside_the_new_ones(parts):
    changes = parts["changes"]
    assert len(changes) == sum(bool(claim.earlier) for claim in CLAIMS)
    assert set(changes["earlier"]) == {claim.earlier for claim in CLAIMS if claim.earlier}
    merged = changes.merge(parts[""], on=["study", "number"], validate="one_to_one")
    assert (merged["evidence_x"] == merged["evidence_y"]).all()


def test_other_programs_read_the_board_by_its_schema(root, parts, output, monkeypatch):
    # The grammar of addresses takes two seconds to load, and the schema has none.
    monkeypatch.setitem(sys.modules, "rfc3987_syntax", None)
    import jsonschema

    schema = json.loads(for_programs.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    made = json.loads(for_programs.build(root / "output"))
    jsonschema.validate(made, schema)
    assert len(made["claims"]) == len(CLAIMS)
    for one, row in zip(made["claims"], parts[""].itertuples(), strict=True):
        assert (one["study"]["number"], one["number"]) == (row.study, row.number)
        assert one["evidence"]["verdict"] == row.evidence
        assert one["evidence"]["estimate"] == (None if pd.isna(row.estimate) else row.estimate)
    broken = made | {"claims": [made["claims"][0] | {"kind": "made up"}]}
    with pytest.raises(jsonschema.ValidationError, match="made up"):
        jsonschema.validate(broken, schema)


@pytest.fixture(scope="module")
def script(load_script):
    return load_script("code/estimate.py")


def test_the_target_folder_is_the_one_that_is_read(script, tmp_path, capsys):
    status = script.main(["claims", "--estimates", str(tmp_path)])
    assert status == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_the_board_reads_estimates_through_the_engine(tmp_path):
    with pytest.raises(UserError, match="'claims' reads the estimates of other exhibits"):
        engine.run("claims", None)
    with pytest.raises(UserError, match="not there; run `make"):
        engine.run("claims", None, tmp_path)
