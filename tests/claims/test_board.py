"""The claims board: on made-up estimates for every path of the rules, and on the output.

Numbers of a file come back as they were written; differences and their errors are arithmetic on
them, compared at 1e-9 relative since the files carry twelve digits.
"""

import dataclasses
import importlib.util
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.catalogue import claim_words, codebook
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.claims import board as claims
from pilotzone.claims.studies import CLAIMS, STUDIES, VERDICTS, Claim, Evidence
from pilotzone.errors import UserError
from pilotzone.report import readme
from pilotzone.tables import latex, markdown
from pilotzone.tables.style import DASH, Style

RTOL = 1e-9
MAIN = {"outcome": "nqp", "treatment": "zone_first", "controls": "baseline", "sample": "main"}
EFFECT = Claim(1, "made up", +1, "effect", "made", ("c",), "zone_first", ("robust",))


def line(column, terms, role="baseline", **model):
    """Return the estimate rows and the model row of a column; a term is (estimate, error, p)."""
    model = {**MAIN, "fixed_effects": "two_way", "identified": "yes", "nobs": 300, **model}
    where = {"column": column, "role": role, "outcome": model["outcome"]}
    rows = [
        {**where, "term": term, "estimate": b, "std_error": se, "p_value": p}
        | {"ci_low": b - 2 * se, "ci_high": b + 2 * se}
        for term, (b, se, p) in terms.items()
    ]
    return rows, {"column": column, **model}


def a_test(column, term, p, statistic=math.nan, df="", **model):
    """Return a column that holds nothing but a test."""
    rows, made = line(column, {term: (math.nan, math.nan, p)}, **model)
    return [{**rows[0], "statistic": statistic, "df": df}], made


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def write(folder, exhibit, *lines):
    """Write the files of an exhibit as the schemas have them, without the checks of a build."""
    rows = [row for made, _ in lines for row in made]
    models = [model for _, model in lines]
    for name, schema, made in (
        (exhibit, estimates.ESTIMATES, rows),
        (f"{exhibit}.models", estimates.MODELS, models),
    ):
        frame = pd.DataFrame(made, columns=list(schema.order)).assign(exhibit=exhibit)
        frame.sort_values(list(schema.keys)).to_csv(folder / f"{name}.csv", index=False)


def beside(name, *, wild=0.04, paths=0.03, leads=0.4, **model):
    """Return the columns of inference and of the event study of a regression."""
    return (
        [
            a_test(f"{name}:w", "zone_first", wild, inference="wild_rademacher:unit", **model),
            a_test(f"{name}:b", "zone_first", 0.9, inference="wild_webb:unit", **model),
            a_test(f"{name}:p", "zone_first", paths, inference="permutation:unit", **model),
        ],
        [
            a_test(f"{name}:e", "test:leads", leads, estimator="event_study", **model),
            a_test(f"{name}:u", "test:leads", 0.9, estimator="event_study_unbinned", **model),
        ],
    )


def robust(column, estimate, p, treatment="zone_first", role="robustness", **model):
    terms = {treatment: (estimate, 0.01, p)}
    return line(column, terms, role=role, treatment=treatment, **model)


GOOD = [robust(str(k), 0.02 + k / 1000, 0.01) for k in range(3)] + [robust("o", -0.01, 0.3)]


def made_up(folder, main=None, robustness=GOOD, **checks):
    """Write an effect with all its checks."""
    main = main or [line("c", {"zone_first": (0.03, 0.01, 0.004)})]
    tests, events = beside("m", **checks)
    write(folder, "made", *main)
    write(folder, "robust", *robustness)
    write(folder, "inference", *tests)
    write(folder, "event_study", *events)


def judged(claim, folder):
    return claims.find(claim, claims.read(claims.reads(claim), folder))


def test_an_effect_takes_every_check_from_the_same_regression(folder):
    made_up(folder)
    found = judged(EFFECT, folder)
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
    assert claims.evidence(EFFECT, folder) == found.evidence
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
        {"fixed_effects": "unit_trends"},
        {"identified": "no"},
    ],
)
def test_checks_of_another_regression_are_checks_not_made(folder, other):
    made_up(folder, **other)
    found = judged(EFFECT, folder)
    assert (found.evidence.wild_p, found.evidence.randomisation_p, found.evidence.lead_p) == (
        None,
        None,
        None,
    )
    row = claims.board(folder, [EFFECT])[""].iloc[0]
    assert row["not_made"] == "wild_p randomisation_p lead_p"
    assert row["verdict"] == "fragile"


def test_checks_may_stand_in_the_exhibit_of_the_claim(folder):
    tests, events = beside("own", wild=0.05, paths=0.06, leads=0.7)
    own = [line("c", {"zone_first": (0.03, 0.01, 0.004)}), *tests, *events]
    made_up(folder, own, controls="none")
    said = judged(EFFECT, folder).evidence
    assert (said.wild_p, said.randomisation_p, said.lead_p) == (0.05, 0.06, 0.7)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ({"wild": 0.2}, "fragile"),
        ({"paths": 0.2}, "fragile"),
        ({"leads": 0.05}, "fragile"),
        ({"robustness": GOOD[:1] + GOOD[3:]}, "fragile"),
        ({"robustness": [robust("a", 0.1, 0.2)]}, "fragile"),
        ({"main": [line("c", {"zone_first": (0.03, 0.01, 0.07)})]}, "fragile"),
        ({"main": [line("c", {"zone_first": (0.03, 0.01, 0.2)})]}, "does not hold"),
        ({"main": [line("c", {"zone_first": (-0.03, 0.01, 0.004)})]}, "does not hold"),
    ],
)
def test_one_check_decides(folder, checks, verdict):
    made_up(folder, **checks)
    assert judged(EFFECT, folder).verdict == verdict


def test_a_claimed_fall_is_judged_by_its_own_sign(folder):
    made_up(folder, [line("c", {"zone_first": (-0.03, 0.01, 0.004)})])
    found = judged(dataclasses.replace(EFFECT, sign=-1), folder)
    assert found.evidence.same_sign == 0.25
    assert found.verdict == "fragile"


def test_robustness_columns_are_those_of_the_treatment_and_the_concept(folder):
    counted = [
        robust("variant", 0.02, 0.01, outcome="nqp_long"),
        robust("minus", -0.02, 0.01, controls="none"),
    ]
    others = [
        robust("timing", -1, 0.9, treatment="zone_first__same_year"),
        robust("coding", -1, 0.9, treatment="zone_share"),
        robust("outcome", -1, 0.9, outcome="openness"),
        robust("role", -1, 0.9, role="diagnostic"),
        robust("lost", -1, 0.9),
        line("headline", {"zone_first": (0.03, 0.01, 0.004)}, role="robustness"),
        line("term", {"left_out:lowest": (-1, 1, 0.9)}, role="robustness"),
    ]
    others[4] = ([], {**others[4][1], "identified": "no"})
    made_up(folder, robustness=[*counted, *others])
    found = judged(EFFECT, folder)
    assert found.n_robustness == 2
    assert (found.evidence.same_sign, found.evidence.significant) == (0.5, 1.0)


def test_without_robustness_columns_there_is_no_share(folder):
    made_up(folder, robustness=[robust("role", 0.1, 0.01, role="baseline")])
    found = judged(EFFECT, folder)
    assert (found.evidence.same_sign, found.evidence.significant) == (None, None)
    assert claims.board(folder, [EFFECT])[""]["not_made"].iloc[0] == "same_sign significant"


def lost(column, **model):
    return [], {**line(column, {}, **model)[1], "identified": "no", "reason": "no control left"}


def test_where_the_headline_is_not_identified_the_next_column_is_judged(folder):
    second = line("d", {"zone_share": (0.5, 0.1, 0.001)}, treatment="zone_share")
    made_up(folder, [lost("c"), second], [robust("s", 0.4, 0.01, treatment="zone_share"), *GOOD])
    found = judged(dataclasses.replace(EFFECT, columns=("c", "d")), folder)
    assert (found.headline.column, found.headline.term) == ("d", "zone_share")
    assert (found.evidence.estimate, found.n_robustness) == (0.5, 1)
    assert [shown.identified for shown in found.linked] == ["no", "yes"]
    assert found.evidence.wild_p is None


def test_nothing_is_judged_where_no_linked_column_is_identified(folder):
    made_up(folder, [lost("c"), lost("d")])
    claim = dataclasses.replace(EFFECT, columns=("c", "d"))
    found = judged(claim, folder)
    assert found.verdict == "not identified here"
    assert found.headline is None
    parts = claims.board(folder, [claim])
    assert pd.isna(parts[""]["estimate"].iloc[0])
    assert set(parts["columns"]["reason"]) == {"no control left"}


def test_claims_without_open_data_read_nothing(folder):
    for kind, verdict in (("licensed", "needs licensed data"), ("theory", "theory, not judged")):
        found = judged(Claim(5, "made up", +1, kind), folder)
        assert (found.verdict, found.linked) == (verdict, ())


GROUPS = Claim(1, "g", +1, "heterogeneity", "groups", ("g",), "test:equality")
DIRECTED = dataclasses.replace(GROUPS, higher="east", lower="west")


def by_groups(folder, east, west, p, df="1;266"):
    effects = {"zone_first#east": (east, 0.1, 0.5), "zone_first#west": (west, 0.1, 0.5)}
    rows, model = line("g", effects, role="heterogeneity")
    test, _ = a_test("g", "test:equality", p, statistic=25.0, df=df)
    write(folder, "groups", (rows + test, model))


def test_a_direction_is_read_from_the_groups(folder):
    by_groups(folder, 0.08, 0.03, 0.004)
    found = judged(DIRECTED, folder)
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
def test_heterogeneity_goes_by_the_test_and_the_claimed_direction(folder, claim, east, p, verdict):
    by_groups(folder, east, 0.03, p)
    found = judged(claim, folder)
    assert found.verdict == verdict
    assert (found.evidence.estimate is None) is (claim is GROUPS)


def test_a_direction_between_two_of_three_groups_is_refused(folder):
    by_groups(folder, 0.08, 0.03, 0.004, df="2;29")
    with pytest.raises(UserError, match="groups, column g: more than two groups"):
        judged(DIRECTED, folder)


def test_a_group_that_is_not_there_is_named(folder):
    by_groups(folder, 0.08, 0.03, 0.004)
    with pytest.raises(UserError, match="groups, column g: no term 'zone_first#north'"):
        judged(dataclasses.replace(DIRECTED, lower="north"), folder)


@pytest.mark.parametrize(
    ("estimate", "p", "verdict"),
    [
        (0.02, 0.01, "holds"),
        (0.02, 0.06, "fragile"),
        (0.02, 0.10, "does not hold"),
        (-0.02, 0.01, "does not hold"),
    ],
)
def test_an_interaction_is_judged_by_its_own_term(folder, estimate, p, verdict):
    write(folder, "groups", line("g", {"zone_first#finance": (estimate, 0.01, p)}))
    claim = dataclasses.replace(GROUPS, term="zone_first#finance")
    found = judged(claim, folder)
    assert (found.verdict, found.evidence.interaction_p) == (verdict, p)
    assert found.evidence.estimate == estimate


SPILL = Claim(1, "s", +1, "spillover", "spatial", ("s",), "indirect:zone_first", ())


def spatial(folder, placebo, p=0.01, **other):
    same = {"weights": "contiguity"}
    write(folder, "spatial", line("s", {"indirect:zone_first": (0.04, 0.01, p)}, **same))
    relabelled = {"estimator": "relabelled_matrices", **same, **other}
    write(
        folder,
        "spatial_placebo",
        a_test("r", "test:indirect", placebo, **relabelled),
        a_test("g", "test:indirect", 0.001, estimator="random_graphs", **same),
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
def test_spillover_goes_by_the_relabelled_matrices(folder, placebo, p, verdict):
    spatial(folder, placebo, p)
    found = judged(SPILL, folder)
    assert (found.verdict, found.evidence.placebo_p) == (verdict, placebo)


@pytest.mark.parametrize("other", [{"controls": "none"}, {"weights": "economic"}])
def test_relabelled_matrices_of_another_column_do_not_count(folder, other):
    spatial(folder, 0.01, **other)
    row = claims.board(folder, [SPILL])[""].iloc[0]
    assert (row["not_made"], row["verdict"]) == ("placebo_p", "fragile")


def test_a_missing_file_is_named(folder):
    made_up(folder)
    (folder / "event_study.csv").unlink()
    with pytest.raises(UserError, match=r"event_study\.csv: not there; run `make"):
        claims.evidence(EFFECT, folder)


def test_a_missing_column_or_term_is_named(folder):
    made_up(folder)
    with pytest.raises(UserError, match=r"made, column gone: not in .*`make output/estimates/made"):
        claims.evidence(dataclasses.replace(EFFECT, columns=("c", "gone")), folder)
    with pytest.raises(UserError, match="made, column c: no term 'zone_count'"):
        claims.evidence(dataclasses.replace(EFFECT, term="zone_count"), folder)


def test_a_term_without_p_value_is_refused(folder):
    made_up(folder, [line("c", {"zone_first": (0.03, math.nan, math.nan)})])
    with pytest.raises(UserError, match="made, column c: term 'zone_first' has no p-value"):
        claims.evidence(EFFECT, folder)


def test_a_linked_column_without_the_term_shows_what_has_an_error(folder):
    rings = line("r", {"ring:0-50": (0.1, 0.1, 0.3), "finance": (1, 1, 0.3)})
    made_up(folder, [line("c", {"zone_first": (0.03, 0.01, 0.004)}), rings])
    found = judged(dataclasses.replace(EFFECT, columns=("c", "r")), folder)
    assert [shown.term for shown in found.linked] == ["zone_first", "ring:0-50"]


def test_the_board_numbers_claims_by_study_and_fits_its_schemas(folder):
    made_up(folder)
    licensed = Claim(5, "made up", +1, "licensed")
    parts = claims.board(folder, [EFFECT, licensed, EFFECT])
    assert parts[""][["study", "claim"]].to_numpy().tolist() == [[1, 1], [5, 1], [1, 2]]
    estimates.write(folder, "claims", parts)
    back = estimates.read(folder / "claims.csv")
    assert back["verdict"].tolist() == ["holds", "holds", "needs licensed data"]
    assert back["n_robustness"].tolist()[:2] == [4, 4]
    assert estimates.read(folder / "claims.studies.csv")["authors"].tolist() == [
        study.authors for study in STUDIES
    ]
    bounds = estimates.read(folder / "claims.rules.csv").set_index("rule")["bound"]
    assert bounds["same_sign"] == 0.75


def test_the_board_reads_estimates_through_the_engine(folder):
    with pytest.raises(UserError, match="'claims' reads the estimates of other exhibits"):
        engine.run("claims", None)
    with pytest.raises(UserError, match="not there; run `make"):
        engine.run("claims", None, folder)


# --- the claims as declared, and the output ------------------------------------------------------


@pytest.fixture(scope="module")
def output(root):
    return root / "output/estimates"


@pytest.fixture(scope="module")
def parts(output):
    return claims.board(output)


def test_the_exhibit_needs_what_the_claims_read():
    read = {exhibit for claim in CLAIMS for exhibit in claims.reads(claim)}
    needs = exhibits.load("claims").needs
    assert len(needs) == len(set(needs))
    assert set(needs) == read
    wanted = exhibits.prerequisites("claims")
    assert {f"output/estimates/{name}.csv" for name in read} <= set(wanted)
    assert "code/pilotzone/claims/studies.py" in wanted


def test_every_claim_on_the_output_has_a_verdict_or_a_reason(parts):
    board, linked = parts[""], parts["columns"]
    assert len(board) == len(CLAIMS)
    assert set(board["verdict"]) <= set(VERDICTS)
    for row, claim in zip(board.itertuples(), CLAIMS, strict=True):
        own = linked[(linked["study"] == row.study) & (linked["claim"] == row.claim)]
        if row.verdict == "not identified here":
            assert (own["reason"] != "").all()
        elif claim.exhibit:
            assert row.p_value >= 0
            assert row.column == claim.columns[0]
            assert set(own["column"]) == set(claim.columns)


def test_the_written_board_is_that_of_the_files_beside_it(parts, output):
    for part, frame in parts.items():
        name = f"claims.{part}" if part else "claims"
        assert estimates.same(output / f"{name}.csv", estimates.tidy(frame, name), name), name


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
        name = claims.PLACEBOS["city_" if row.exhibit.startswith("city_") else ""]
        table = estimates.read(output / f"{name}.csv")
        own = table[(table["term"] == row.term) & table["column"].str.contains("relabelled")]
        assert np.isclose(own["estimate"], row.estimate, rtol=1e-6).any()


def test_every_text_of_the_board_has_chinese():
    for claim in CLAIMS:
        assert ENGLISH.translated(claim.text, claim_words.CLAIMS) == claim.text
        assert not CHINESE.translated(claim.text, claim_words.CLAIMS).isascii()
    assert set(claim_words.CLAIMS) == {claim.text for claim in CLAIMS}
    assert set(claim_words.STUDY_DESIGNS) == {study.design for study in STUDIES}
    assert tuple(claim_words.VERDICTS) == VERDICTS
    with pytest.raises(UserError, match="no Chinese for 'made up'"):
        CHINESE.translated("made up", claim_words.CLAIMS)


@pytest.fixture
def written(parts, folder):
    estimates.write(folder, "claims", parts)
    return folder


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_the_table_has_a_line_for_each_claim(written, parts, language):
    table = tables.build(
        "claims", exhibits.load("claims"), written, Style(lexicon=Lexicon(language))
    )
    lines = [row for panel in table.panels for row in panel.rows if row.kind == "value"]
    assert len(lines) == len(CLAIMS)
    assert len(table.panels) == len(STUDIES)
    for row, made in zip(lines, parts[""].itertuples(), strict=True):
        assert row.cells[-1] == Lexicon(language).word(made.verdict, claim_words.VERDICTS)
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
    rules = pd.DataFrame({"rule": [n.lower() for n in claims.RULES], "bound": 0.25})
    rules.to_csv(written / "claims.rules.csv", index=False)
    note = tables.build("claims", exhibits.load("claims"), written).notes[0]
    assert "p < 0.25 by the headline" in note
    assert "25 % of the robustness columns" in note


def test_readme_lists_every_claim_and_counts_the_verdicts(written, parts, tmp_path):
    target = tmp_path / "out/estimates"
    estimates.write(target, "claims", parts)
    text = readme.claims(tmp_path / "out")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(CLAIMS)
    assert "nan%" not in text
    assert "= nan" not in text
    for verdict, count in parts[""]["verdict"].value_counts().items():
        assert f"{verdict} {count}" in text


@pytest.fixture(scope="module")
def script(root):
    spec = importlib.util.spec_from_file_location("estimate_script", root / "code/estimate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_exhibit_is_estimated_after_those_that_it_needs(script):
    order = script.default_exhibits()
    assert len(order) == len(set(order))
    for exhibit_id in order:
        for needed in exhibits.load(exhibit_id).needs:
            assert order.index(needed) < order.index(exhibit_id)


def test_the_target_folder_is_the_one_that_is_read(script, folder, capsys):
    status = script.main(["claims", "--estimates", str(folder)])
    assert status == 2
    assert str(folder) in capsys.readouterr().err
