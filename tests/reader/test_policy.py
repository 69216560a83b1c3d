"""A dated policy on an open panel: the pilot zones by this path, codings, the matrix, bad input.

Estimates and errors by this path and on the project's pages come from the same code on the same
rows, whose order alone may differ: they agree within RTOL, or within ATOL of zero.
"""

import functools

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine
from pilotzone.catalogue.policies import ROSTERS
from pilotzone.errors import UserError
from pilotzone.panels.store import FolderStore
from pilotzone.reader import mine, policy
from pilotzone.reader.policy_choice import Asked, coding, every
from pilotzone.reader.policy_panel import open_panel, own_panel
from pilotzone.reader.roster import read_roster
from pilotzone.reader.store import OwnStore
from pilotzone.tables.style import Style

RTOL, ATOL = 1e-8, 1e-11
# Panels are read once; nothing changes them.
shelf = functools.cache(FolderStore)
OUTCOMES = {"city": "nqp_city", "province": "nqp"}


@pytest.fixture(scope="module")
def script(load_script):
    """The module code/policy.py."""
    return load_script("code/policy.py")


def brought(built, places, **asked):
    """Return the panel with a policy, as the battery takes it."""
    choice = Asked(**{"panel": "city", "outcome": OUTCOMES[asked.get("panel", "city")]} | asked)
    store = shelf(built)
    panel = open_panel(choice.panel, choice.outcome, store)
    one, file = coding(choice, panel, places)
    return own_panel(panel, choice.outcome, (one,), places, store, file=file)


def estimates(own, exhibits, panel):
    """Return the rows of exhibits of the battery by column and term."""
    found = policy.battery(own, panel)
    store = OwnStore(own)
    parts = [engine.columns(name, found[name], store, mine.estimate_or_reason) for name in exhibits]
    return pd.concat([part[""] for part in parts]).set_index(["column", "term"])


def page(root, exhibit):
    return pd.read_csv(root / f"output/estimates/{exhibit}.csv").set_index(["column", "term"])


def same(own, pages, pairs, treatments):
    """Compare estimate and error of pairs of columns, term by term."""
    for mine_id, page_id in pairs:
        one, other = own.loc[mine_id], pages.loc[page_id]
        for ours, theirs in [*treatments, ("overall:simple", "overall:simple")]:
            if ours in one.index:
                for field in ("estimate", "std_error"):
                    assert one.at[ours, field] == pytest.approx(
                        other.at[theirs, field], rel=RTOL, abs=ATOL
                    ), (mine_id, ours, field)


CITY = "finance+fiscal_share+fdi_share+urbanisation+ln_population_density"
PROVINCE = "secondary_share+openness+fiscal_share+urbanisation+finance+ln_population_density"


def test_the_pilot_zones_give_the_numbers_of_the_city_pages(root, built, rosters):
    own = brought(built, rosters, policy="pilot_zones")
    assert own.treatment == "policy_pilot_zones"
    found = estimates(own, ("did", "staggered"), "city")
    zone = [("policy_pilot_zones", "zone_city")]
    pairs = [("none", "none:city:two_way"), (CITY, "city:city:two_way")]
    same(found, page(root, "city_did"), pairs, zone)
    pairs = [
        (f"none:balanced:{name}:none", f"none:balanced:{name}:none")
        for name in ("callaway_santanna", "callaway_santanna_never", "sun_abraham", "imputation")
    ]
    pairs += [(f"{CITY}:balanced:imputation:none", "city:balanced:imputation:none")]
    # Hangzhou is the cohort of 2015 and lacks a year: all rows, without it.
    pairs += [
        (f"none:city:{name}:without_single", f"none:city:{name}:without_2015")
        for name in ("callaway_santanna", "imputation", "sun_abraham")
    ]
    same(found, page(root, "city_staggered"), pairs, zone)


def test_the_pilot_zones_give_the_numbers_of_the_province_pages(root, built, rosters):
    pages = page(root, "did_baseline")
    for measure, term in (("first", "zone_first"), ("share", "zone_share")):
        own = brought(built, rosters, policy="pilot_zones", panel="province", measure=measure)
        assert own.dose == (measure == "share")
        found = estimates(own, ("did",), "province")
        pairs = [
            (mine_id, f"nqp:{term}:{controls}")
            for mine_id, controls in (("none", "none"), (PROVINCE, "baseline"))
        ]
        same(found, pages, pairs, [(own.treatment, term)])


def test_a_coding_and_a_rule_change_the_treatment_and_its_name(built, rosters):
    main = brought(built, rosters, policy="low_carbon")
    other = brought(built, rosters, policy="low_carbon", coding="city_first", timing="next_year")
    assert other.treatment == "policy_low_carbon_city_first__next_year"
    assert other.labels[other.treatment][0] == "Low-carbon pilots, city first, next year"
    treated = [own.panel.frame[own.treatment].sum() for own in (main, other)]
    assert treated[1] < treated[0]
    assert set(main.panel.frame[main.treatment]) == {0.0, 1.0}
    # The control of the robustness columns is the main coding.
    frame = shelf(built).panel("city").frame
    assert main.panel.frame[main.treatment].to_list() == frame["policy_low_carbon"].to_list()


def test_an_outcome_is_no_control_of_its_own_column(built, rosters):
    own = brought(built, rosters, policy="low_carbon", outcome="finance")
    assert "finance" not in own.controls
    assert len(own.controls) == 4


@pytest.fixture(scope="module")
def different(built, rosters):
    """The codings that the matrix of the city panel holds, and those that it leaves out."""
    store = shelf(built)
    panel = open_panel("city", "nqp_city", store)
    return policy._different(Asked(panel="city", outcome="nqp_city"), panel, rosters, store)


def test_the_matrix_has_every_policy_and_no_line_twice(built, rosters, different):
    store, (made, refused) = shelf(built), different
    panel = open_panel("city", "nqp_city", store)
    assert len(made) + len(refused) == len(list(every(panel, rosters)))
    assert {one.roster.name for one in made} == set(ROSTERS)
    own = own_panel(panel, "nqp_city", made, rosters, store, file="all")
    columns = [tuple(own.panel.treatments[one.column]) for one in made]
    assert len(set(columns)) == len(columns)
    assert all(line.startswith("not made: ") for line in refused)
    assert any("'exposure' needs days, and 140 of 140 units" in line for line in refused)
    doses = [one for one in made if one.timing == "exposure"]
    exhibit = policy._matrix(own, made, "city")
    assert len(exhibit.columns) == 4 * (len(made) - len(doses)) + len(doses)
    by_dose = {one.estimator for one in exhibit.columns if one.treatment == doses[0].column}
    assert by_dose == {"twfe"}
    lone = {one.treatment for one in exhibit.columns if one.variant == "without_single"}
    # Of the units that have all years one alone joined a free-trade zone in 2013 or a service
    # pilot in 2013, 2014 and 2015.
    assert {name.partition("__")[0] for name in lone} == {
        "policy_free_trade_zones",
        "policy_service_pilots",
    }


def documented(root):
    """Return the cells of the table of docs/policies.md by policy."""
    lines = (root / "docs/policies.md").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("| policy | treated"))
    rows = [line.strip("| ").split(" | ") for line in lines[at + 2 : at + 2 + len(ROSTERS)]]
    return {name.strip("`"): cells for name, *cells in rows}


DESIGNS = (
    ("twfe", "two_way"),
    ("callaway_santanna", "two_way"),
    ("imputation", "two_way"),
    ("imputation", "unit_trends"),
)


def shown(table, models):
    """Return the same cells from the matrix: treated cities, then an estimate of each design."""
    first = table.groupby("column").first()
    found = {}
    for name in ROSTERS:
        own = models[models["treatment"] == f"policy_{name}"]
        own = own.reset_index().set_index(["estimator", "fixed_effects"])
        found[name] = [str(int(own.at[DESIGNS[0], "n_treated"]))]
        for design in DESIGNS:
            column = own.at[design, "column"]
            cell = "not identified"
            if column in first.index:
                cell = "{estimate:.3f} ({std_error:.3f})".format(**first.loc[column])
            found[name].append(cell)
    return found


@pytest.mark.slow
def test_the_matrix_is_written_and_the_pilot_zones_stand_in_it(
    root, built, different, tmp_path, screen_only, monkeypatch
):
    # What is different is asked of the same panel, outcome and rosters.
    monkeypatch.setattr(policy, "_different", lambda *_: different)
    said = []
    folders = policy.Folders(raw=root / "data/raw", derived=built, output=tmp_path)
    asked = Asked(outcome="nqp_city")
    report = policy.matrix(asked, folders, Style(), said.append)
    assert report == tmp_path / "policies/city_nqp_city/report.md"
    table = pd.read_csv(report.parent / "policies.csv").set_index(["column", "term"])
    models = pd.read_csv(report.parent / "policies.models.csv").set_index("column")
    assert (report.parent / "figures/policies.png").exists()
    pages = page(root, "city_staggered").loc["none:balanced:callaway_santanna:none"]
    row = table.loc["policy_pilot_zones:balanced:two_way:callaway_santanna:none"]
    assert row.at["overall:simple", "estimate"] == pytest.approx(
        pages.at["overall:simple", "estimate"], rel=RTOL
    )
    assert set(table.index.get_level_values("term")) == {
        "overall:simple",
        *models["treatment"][models["estimator"] == "twfe"],
    }
    assert shown(table, models) == documented(root)
    # The five of 2012 have one untreated year, which fixes no trend; the others stand alone.
    lost = models[models["identified"] == "no"]
    assert list(lost["treatment"]) == ["policy_service_pilots"]
    assert lost["reason"].notna().all()


def text(*lines):
    return "\n".join(lines) + "\n"


ROSTER = text("unit_code,date,year", "330100,2014-03-15,2014", "330200,,2015")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("unit_code,year\n339999,2015\n", "line 2, column 'unit_code': '339999' is no unit"),
        ("unit_code,year\n,2015\n", "line 2, column 'unit_code': is empty"),
        (
            text("unit_code,year", "330100,2015", "330200,2016", "330100,2017"),
            "line 4, column 'year': unit 330100 counts from 2017 here and from 2015 in line 2",
        ),
        (
            text("unit_code,year", "330000,2015", "330100,2016"),
            "unit 330100 counts from 2016 here and from 2015 in line 2",
        ),
        (
            text("unit_code,year", "330100,2015", "330200,2025"),
            "2025 is after the panel, which ends in 2020: 330200; leave such rows out",
        ),
        ("unit_code,year\n", "no rows below the header"),
        ("", "the file is empty"),
        ("unit,year\n330100,2015\n", "no column 'unit_code'"),
        ("unit_code,when\n330100,2015\n", "neither a column 'date' nor a column 'year'"),
        (
            "unit_code,year,batsch\n330100,2015,1\n",
            "column 'batsch' is none of a roster: unit_code",
        ),
        ("unit_code,year,coding_\n330100,2015,1\n", "'coding_' is none of a roster"),
        ("unit_code,year,coding_a\n330100,2015,x\n", "'x' is none of 1, 0, a year and a day"),
        ("unit_code,year,coding_a\n330100,2015,\n", "is empty; give 1 or 0"),
        ("unit_code,year,coding_a\n330100,2015,0\n", "no row below counts"),
        ("unit_code,year\n659002,2015\n", "no row below counts for a prefecture-level unit"),
        ("unit_code,date\n330100,15/03/2015\n", "'15/03/2015' is not a day YYYY-MM-DD"),
        ("unit_code,date\n330100,2015-02-30\n", "'2015-02-30' is not a day YYYY-MM-DD"),
        ("unit_code,year\n330100,15\n", "'15' is not a year from 1949 to 2100"),
        ("unit_code,date,year\n330100,,\n", "is empty, and so is 'date'"),
        ("unit_code,date,year\n330100,2015-03-15,2016\n", "is not in the year of its row, 2016"),
        ("unit_code,date\n460300,2015-03-15\n", "is in force in no row of 2011-2020"),
        (
            text("unit_code,year", *(f"{code}0000,2009" for code in ("33", "11", "12"))),
            None,
        ),
    ],
)
def test_a_bad_roster_is_one_line_and_nothing_is_written(
    script, built, tmp_path, capsys, monkeypatch, content, words
):
    path = tmp_path / "r.csv"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(mine, "write", lambda *_: None)
    target = tmp_path / "out"
    call = ["--roster", str(path), "--outcome", "nqp_city", "--derived", str(built)]
    status = script.main([*call, "--output", str(target)])
    told = capsys.readouterr().err
    assert status == (0 if words is None else 2), told
    assert not target.exists()
    if words:
        assert told.count("\n") == 1
        assert words in told


def test_a_roster_that_covers_everything_leaves_nothing_to_compare(
    script, built, tmp_path, capsys, places
):
    rows = "".join(f"{code},2009\n" for code in places.provinces["province_code"])
    (tmp_path / "all.csv").write_text(f"unit_code,year\n{rows}", encoding="utf-8")
    call = ["--roster", str(tmp_path / "all.csv"), "--outcome", "nqp_city"]
    call += ["--derived", str(built), "--output", str(tmp_path / "out")]
    assert script.main(call) == 2
    told = capsys.readouterr().err
    assert "treated is in force in all rows of 2011-2020: nothing to compare" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"policy": "low_carbonn"}, "policy 'low_carbonn' is not known; known: pilot_zones, big_"),
        ({}, "give one of POLICY and ROSTER"),
        ({"policy": "low_carbon", "roster": "r.csv"}, "give one of POLICY and ROSTER"),
        ({"policy": "low_carbon", "outcome": ""}, "give an outcome: OUTCOME=…"),
        ({"policy": "low_carbon", "outcome": "nqp"}, "has no column 'nqp'"),
        ({"policy": "low_carbon", "outcome": "zone_city"}, "no outcome, its kind is treatment"),
        ({"policy": "low_carbon", "outcome": "name_en"}, "no outcome, its kind is attribute"),
        ({"policy": "low_carbon", "panel": "firm"}, "no open panel 'firm'; known: province, city"),
        ({"policy": "low_carbon", "coding": "x"}, "coding 'x' is not known; known: province_first"),
        ({"policy": "low_carbon", "timing": "late"}, "timing 'late' is not known"),
        ({"policy": "low_carbon", "timing": "exposure"}, "140 of 140 units of low_carbon have a"),
        ({"policy": "low_carbon", "measure": "share"}, "city panel: measure 'share' is not known"),
        ({"policy": "low_carbon", "later": "drop"}, "later 'drop' is not known"),
        ({"roster": "nowhere.csv"}, "nowhere.csv: no such file"),
    ],
)
def test_a_choice_that_is_none_is_refused_by_name(root, built, tmp_path, asked, words):
    folders = policy.Folders(raw=root / "data/raw", derived=built, output=tmp_path / "out")
    with pytest.raises(UserError) as refusal:
        policy.make(Asked(**{"outcome": "nqp_city"} | asked), folders, Style(), print)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_the_matrix_takes_no_choice_that_it_would_not_honour(root, built, tmp_path):
    folders = policy.Folders(raw=root / "data/raw", derived=built, output=tmp_path / "out")
    with pytest.raises(UserError, match="takes panel and outcome alone; leave out 'timing'"):
        policy.matrix(Asked(outcome="nqp_city", timing="next_year"), folders, Style(), print)


def test_later_units_are_untreated_if_that_is_said(built, tmp_path, rosters):
    path = tmp_path / "r.csv"
    path.write_text("unit_code,year\n330100,2015\n330200,2025\n", encoding="utf-8")
    own = brought(built, rosters, roster=str(path), later="untreated")
    treated = own.panel.frame[own.panel.frame["treated"] == 1]
    assert set(treated["unit"]) == {"330100"}


def test_a_roster_from_a_sheet_is_the_one_from_a_text(tmp_path, rosters):
    (tmp_path / "r.csv").write_text(ROSTER, encoding="utf-8")
    rows = pd.DataFrame(
        {
            "unit_code": [330100, 330200],
            "date": [pd.Timestamp(2014, 3, 15), pd.NaT],
            "year": [2014, np.nan],
        }
    )
    rows.loc[1, "year"] = 2015
    rows.to_excel(tmp_path / "r.xlsx", index=False)
    one, other = (read_roster(tmp_path / name, rosters)[0] for name in ("r.csv", "r.xlsx"))
    assert one.since().to_list() == other.since().to_list() == ["2014-03-15", "2015"]
    pd.testing.assert_frame_equal(one.rows, other.rows)


def test_the_example_follows_from_its_seed(root, places):
    """No unit of the example is chosen by hand: 48 of all units, in three batches."""
    rows = pd.read_csv(root / "examples/my_roster.csv", dtype=str)
    rng = np.random.default_rng(20261130)
    codes = places.cities["city_code"].to_numpy()
    chosen = sorted(rng.choice(len(codes), 48, replace=False))
    batch = rng.permutation(np.repeat([1, 2, 3], 16))
    expected = dict(zip(codes[chosen], batch.astype(str), strict=True))
    assert dict(zip(rows["unit_code"], rows["batch"], strict=True)) == expected
