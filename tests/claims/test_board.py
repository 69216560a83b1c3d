"""The claims board on the output: its parts, its table in both languages, README's part."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.build.sources import closure
from pilotzone.catalogue import codebook, phrasebook
from pilotzone.catalogue.columns import by_id
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.claims import evidence
from pilotzone.claims.board import board
from pilotzone.claims.rules import BOUNDS, VERDICTS
from pilotzone.claims.studies import CLAIMS, STUDIES
from pilotzone.errors import UserError
from pilotzone.estimates import files
from pilotzone.report import readme
from pilotzone.tables import latex, markdown
from pilotzone.tables.style import DASH, Style

RTOL = 1e-9


@pytest.fixture(scope="module")
def output(root):
    return root / "output/estimates"


@pytest.fixture(scope="module")
def parts(output):
    return board(output)


def test_the_exhibit_needs_what_the_claims_read(root):
    read = {exhibit for claim in CLAIMS for exhibit in evidence.reads(claim)}
    needs = exhibits.load("claims").needs
    assert len(needs) == len(set(needs))
    assert set(needs) == read
    modules = [name.partition(":")[0] for name in exhibits.load("claims").functions()]
    assert root / "code/pilotzone/claims/studies.py" in closure(root / "code", modules)


def test_every_claim_on_the_output_has_a_verdict_or_a_reason(parts):
    lines, linked = parts[""], parts["columns"]
    assert len(lines) == len(CLAIMS)
    assert set(lines["verdict"]) <= set(VERDICTS)
    for row, claim in zip(lines.itertuples(), CLAIMS, strict=True):
        own = linked[(linked["study"] == row.study) & (linked["claim"] == row.claim)]
        if row.verdict == "not identified here":
            assert (own["reason"] != "").all()
        elif claim.exhibit:
            assert row.p_value >= 0
            ids = [c.within(exhibits.load(c.exhibit)) for c in claim.columns]
            assert row.column == ids[0]
            assert set(own["column"]) == set(ids)


def test_the_written_board_is_that_of_the_files_beside_it(parts, output):
    for part, frame in parts.items():
        name = f"claims.{part}" if part else "claims"
        schema = estimates.schema(exhibits.load("claims"), part)
        tidy = estimates.tidy(frame, name, schema)
        assert files.same(output / f"{name}.csv", tidy, schema), name


def test_the_p_value_is_that_of_the_headline_column(parts, output):
    for row in parts[""].dropna(subset="p_value").itertuples():
        table = estimates.read(output / f"{row.exhibit}.csv").set_index(["column", "term"])
        assert row.p_value == table.loc[(row.column, row.term), "p_value"]


def test_the_error_between_two_groups_gives_back_the_p_of_the_test(parts, output):
    directed = [claim.text for claim in CLAIMS if claim.higher]
    rows = parts[""][parts[""]["text"].isin(directed)]
    assert len(rows) == 2
    for row in rows.itertuples():
        table = estimates.read(output / f"{row.exhibit}.csv").set_index(["column", "term"])
        df = float(table.loc[(row.column, row.term), "df"].split(";")[1])
        reach = stats.t.ppf(0.975, df) * row.std_error
        np.testing.assert_allclose(row.ci_high - row.estimate, reach, rtol=RTOL)
        p = 2 * stats.t.sf(abs(row.estimate) / row.std_error, df)
        np.testing.assert_allclose(p, row.p_value, rtol=1e-6)


def test_the_placebo_holds_the_headlines_own_indirect_effect(parts, output):
    spill = parts[""].dropna(subset="placebo_p")
    assert len(spill) >= 2
    for row in spill.itertuples():
        literal = by_id(exhibits.load(row.exhibit))[row.column]
        name = evidence.PLACEBOS[literal.rows.panel]
        relabelled = [
            column
            for column, other in by_id(exhibits.load(name)).items()
            if other.estimator == "relabelled_matrices"
        ]
        table = estimates.read(output / f"{name}.csv")
        own = table[(table["term"] == row.term) & table["column"].isin(relabelled)]
        assert np.isclose(own["estimate"], row.estimate, rtol=1e-6).any()


def test_every_text_of_the_board_has_chinese():
    for claim in CLAIMS:
        assert ENGLISH.translated(claim.text, phrasebook.CLAIMS) == claim.text
        assert not CHINESE.translated(claim.text, phrasebook.CLAIMS).isascii()
    assert set(phrasebook.CLAIMS) == {claim.text for claim in CLAIMS}
    assert set(phrasebook.STUDY_DESIGNS) == {study.design for study in STUDIES}
    assert tuple(phrasebook.VERDICTS) == VERDICTS
    with pytest.raises(UserError, match="no Chinese for 'made up'"):
        CHINESE.translated("made up", phrasebook.CLAIMS)


@pytest.fixture
def written(parts, tmp_path):
    estimates.write(tmp_path, "claims", exhibits.load("claims"), parts)
    return tmp_path


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_the_table_has_a_line_for_each_claim(written, parts, language):
    table = tables.build(
        "claims", exhibits.load("claims"), written, Style(lexicon=Lexicon(language))
    )
    lines = [row for panel in table.panels for row in panel.rows if row.kind == "value"]
    assert len(lines) == len(CLAIMS)
    assert len(table.panels) == len(STUDIES)
    for row, made in zip(lines, parts[""].itertuples(), strict=True):
        assert row.cells[-1] == Lexicon(language).word(made.verdict, phrasebook.VERDICTS)
        unmade = set(made.not_made.split()) - {"significant"}
        assert row.cells.count(DASH) == len(unmade)
    assert markdown.parse(markdown.render(table)) == table.lines()
    assert latex.render(table).isascii() is (language == "en")
    assert all("{" not in note for note in table.notes)


def test_a_claim_without_an_estimate_has_no_stars(written):
    table = tables.build("claims", exhibits.load("claims"), written)
    cells = {row.label: row.cells for panel in table.panels for row in panel.rows}
    assert cells["The effect differs between regions"][0] == ""


def test_the_note_prints_the_bounds_that_judged(written):
    bounds = pd.DataFrame({"rule": list(BOUNDS), "bound": 0.25})
    bounds.to_csv(written / "claims.rules.csv", index=False)
    note = tables.build("claims", exhibits.load("claims"), written).notes[0]
    assert "p < 0.25 by the headline" in note
    assert "25 % of the robustness columns" in note


def test_readme_lists_every_claim_and_counts_the_verdicts(written, parts, tmp_path):
    target = tmp_path / "out/estimates"
    estimates.write(target, "claims", exhibits.load("claims"), parts)
    text = readme.claims(tmp_path / "out")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(CLAIMS)
    assert "nan%" not in text
    assert "= nan" not in text
    for verdict, count in parts[""]["verdict"].value_counts().items():
        assert f"{verdict} {count}" in text


def test_only_variants_of_the_index_are_robustness_of_the_index(output):
    concepts = set()
    for claim in CLAIMS:
        files = evidence.read(evidence.reads(claim), output)
        for exhibit in claim.robustness:
            for other in files[exhibit].specifications.values():
                index = codebook.codebook(other.rows.panel).get(other.outcome, {})
                concepts |= {other.outcome} if index.get("kind") == "index" else set()
    assert concepts
    assert all("nqp" in outcome for outcome in concepts)


@pytest.fixture(scope="module")
def script(root):
    spec = importlib.util.spec_from_file_location("estimate_script", root / "code/estimate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_target_folder_is_the_one_that_is_read(script, tmp_path, capsys):
    status = script.main(["claims", "--estimates", str(tmp_path)])
    assert status == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_the_board_reads_estimates_through_the_engine(tmp_path):
    with pytest.raises(UserError, match="'claims' reads the estimates of other exhibits"):
        engine.run("claims", None)
    with pytest.raises(UserError, match="not there; run `make"):
        engine.run("claims", None, tmp_path)
