"""Keys of a reader's configuration: what each asks of the battery, and mistakes in one line.

EXACT: a number through the scripts and from the method on the same arrays, written with 12 digits.
Estimators are chosen and draws few, so that a run takes a second.
"""

import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.errors import UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.factors.counterfactual import counterfactual
from pilotzone.methods.inference.cluster import Crossed
from pilotzone.reader import counterfactuals
from pilotzone.reader import mine as own
from pilotzone.reader.panel import read_own

EXACT = {"rtol": 1e-9}
ROOT = Path(__file__).parents[2]
UNITS, YEARS = 24, range(2001, 2011)
HEAD = """unit = "id"
period = "year"
outcome = "y"
controls = ["x"]
draws = 99
"""
FIRST, TREATED = 'first_treated = "first"\n', 'treatment = "d"\n'


def frame():
    """Two cohorts, a dose, weights, states, regions, an industry and a second outcome."""
    rng, rows = np.random.default_rng(12), []
    for unit in range(UNITS):
        first, level = (2004, 2007, 0)[unit % 3], rng.normal()
        for year in YEARS:
            d, x = float(first > 0 and year >= first), rng.normal()
            y = level + 0.1 * (year - 2001) + 0.5 * d + 0.5 * x + rng.normal()
            rows.append(
                {
                    **{"id": f"u{unit:02d}", "year": year, "first": first, "d": d, "y": y, "x": x},
                    **{
                        "z": y + rng.normal(),
                        "dose": d * (1 + unit % 4) / 4,
                        "pop": 1.0 + unit % 5,
                    },
                    **{"state": f"s{unit % 12}", "region": ("north", "south")[unit % 2]},
                    **{"industry": "abc"[rng.integers(3)], "drift": 1.0 + rng.random()},
                }
            )
    return pd.DataFrame(rows)


def write(folder, config, panel=None):
    """Write panel and configuration and return their paths."""
    (frame() if panel is None else panel).to_csv(folder / "p.csv", index=False)
    (folder / "p.toml").write_text(config, encoding="utf-8")
    return folder / "p.csv", folder / "p.toml"


def read(folder, config, panel=None):
    return read_own(*write(folder, config, panel), folder)


def run(script, folder, config, panel=None):
    files = [str(path) for path in write(folder, config, panel)]
    return script.main([*files, f"--output={folder / 'out'}"])


def terms(folder, exhibit, column):
    found = pd.read_csv(folder / f"out/{exhibit}.csv").set_index(["column", "term"])
    return found.loc[column]


def columns(made):
    return {name: dict(zip(e.column_ids(), e.columns, strict=True)) for name, e in made.items()}


# --- what a key asks for ----------------------------------------------------------------------


def test_weights_covariates_and_clusters_reach_the_numbers(script, tmp_path, no_figures):
    config = HEAD + TREATED + 'weights = "pop"\ncovariates = ["x"]\ncluster = ["state", "year"]\n'
    config += 'anticipation = 1\nbase = "varying"\n'
    config += '[estimators]\nonly = ["twfe", "callaway_santanna"]\n'
    assert run(script, tmp_path, config) == 0
    rows = frame()
    clusters = Crossed.of(rows["state"], rows["year"])
    held = rows["y"], rows["d"], ["d"], None, (), rows["id"], rows["year"]
    fit = twfe(*held, weights=rows["pop"], cluster=clusters)
    row = terms(tmp_path, "did", "none").loc["d"]
    assert_allclose(row[["estimate", "std_error"]].astype(float), fit_numbers(fit), **EXACT)
    assert (int(row["df"]), fit.df) == (9, 9)
    choices = {"weights": rows["pop"], "anticipation": 1, "x": rows["x"]}
    made = callaway_santanna(rows["y"], rows["id"], rows["year"], rows["first"], **choices)
    average = made.clustered(rows.groupby("id")["state"].first()).aggregate("simple")
    row = terms(tmp_path, "staggered", "x:callaway_santanna").loc["overall:simple"]
    answer = average.estimates[0], average.std_errors[0]
    assert_allclose(row[["estimate", "std_error"]].astype(float), answer, **EXACT)
    table = (tmp_path / "out/tables/did.md").read_text(encoding="utf-8")
    assert re.search(r"\| Weights +\| +pop \| +pop \|", table)
    assert "clustered by state and period" in table or "clustered by state and year" in table


def fit_numbers(fit):
    return fit.coefficients[0], fit.std_errors[0]


def test_several_outcomes_and_treatments(tmp_path):
    config = HEAD.replace('outcome = "y"', 'outcomes = ["y", "z"]')
    made = columns(own.exhibits_of(read(tmp_path, config + 'treatments = ["d", "dose"]\n')))
    pairs = {(c.outcome, c.treatment) for c in made["did"].values()}
    assert pairs == {(y, d) for y in ("y", "z") for d in ("d", "dose")}
    assert {c.treatment for c in made["staggered"].values()} == {"d"}
    assert {c.treatment for c in made["dose"].values()} == {"dose"}
    assert {c.outcome for c in made["goodman_bacon"].values()} == {"y", "z"}


def test_window_base_and_groups(tmp_path):
    config = HEAD + FIRST + 'window = [-2, 3]\nbase = "varying"\nheterogeneity = "region"\n'
    panel = read(tmp_path, config)
    made = columns(own.exhibits_of(panel))
    binned = [c for c in made["event_study"].values() if c.estimator == "event_study"]
    assert {c.option("window") for c in binned} == {"-2 3"}
    assert {c.option("base") for c in made["staggered"].values() if "base" in c.method.options} == {
        "varying"
    }
    assert set(made["heterogeneity"]) == {
        *("by_region:two_way", "by_region:group_year", "by_region:long_difference")
    }
    groups = panel.panel.frame["by_region"].unique()
    assert {panel.labels[name][0] for name in groups} == {"region north", "region south"}


def test_every_estimator_of_the_project_for_staggered_adoption(tmp_path):
    made = columns(own.exhibits_of(read(tmp_path, HEAD + FIRST)))
    used = {c.estimator for block in made.values() for c in block.values()}
    assert used >= {
        *("twfe", "event_study", "event_study_unbinned", "callaway_santanna", "sun_abraham"),
        *("callaway_santanna_never", "imputation", "two_stage", "extended_twfe", "stacked"),
        *("synthetic_did", "honest_did", "goodman_bacon", "negative_weights", "psm_nearest"),
        *("psm_kernel", "entropy_balancing", "local_projection", "fake_rollout", "permuted_paths"),
    }
    assert [c.rows.id for c in made["honest_did"].values()] == ["cohort_2004", "cohort_2007"]


# Of these a panel of units and periods does not hold what they ask for.
ELSEWHERE = {"rings", "exposure_net", "pairs", "centralities", "three_stage", "poisson"}


def test_the_battery_has_every_estimator_but_those_that_the_page_names(tmp_path):
    ring = pd.DataFrame(np.roll(np.eye(UNITS), 1, 1) + np.roll(np.eye(UNITS), -1, 1))
    units = [f"u{unit:02d}" for unit in range(UNITS)]
    ring.set_axis(pd.Index(units, name="id")).set_axis(units, axis=1).to_csv(tmp_path / "w.csv")
    keys = 'heterogeneity = "region"\nmoderators = "pop"\nmediators = "z"\n'
    keys += 'spatial_weights = "w.csv"\n'
    rows = frame()
    # All are treated in the end; or a few are, so that each can have a control of its own.
    in_the_end = rows.assign(first=rows["first"].replace(0, 2010))
    few = rows.assign(first=rows["first"].where(rows["id"] < "u06", 0))
    asked = [(FIRST, rows), ('treatment = "dose"\n', rows), (FIRST, in_the_end), (FIRST, few)]
    used = {
        column.estimator
        for treated, panel in asked
        for exhibit in own.exhibits_of(read(tmp_path, HEAD + treated + keys, panel)).values()
        for column in exhibit.columns
    }
    assert set(ESTIMATORS) - used == ELSEWHERE
    page = (ROOT / "docs/your-own-data.md").read_text(encoding="utf-8")
    told = page.partition("## What is not in the battery")[2].partition("\n## ")[0]
    assert set(re.findall("`([a-z_]+)`", told)) >= ELSEWHERE


def test_moderators_mediators_and_units_left_out_reach_the_numbers(script, tmp_path, no_figures):
    config = HEAD + TREATED + 'moderators = "m"\nmediators = ["z"]\n'
    config += '[estimators]\nonly = ["moderation", "mediation", "leave_one_out"]\n'
    rows = frame()
    rows["m"] = rows.groupby("id")["pop"].transform("first") + 0.1 * (rows["year"] - 2001)
    assert run(script, tmp_path, config, rows) == 0
    first = rows.groupby("id")["m"].transform("first")
    standard = (first - first.mean()) / first.std(ddof=0)
    products = rows.assign(product=rows["d"] * standard)
    held = rows[["x"]], ["x"], rows["id"], rows["year"]
    fit = twfe(rows["y"], products[["d", "product"]], ["d", "d#m"], *held)
    made = terms(tmp_path, "moderation", "m:initial:two_way")["estimate"]
    assert_allclose(made.loc[["d", "d#m"]], fit.coefficients[:2], **EXACT)
    # Product of coefficients: first step times that of the mediator beside the treatment.
    steps = terms(tmp_path, "mediation", "z")["estimate"]
    first_step = twfe(rows["z"], rows["d"], ["d"], *held).coefficients[0]
    both = twfe(rows["y"], rows[["d", "z"]], ["d", "z"], *held).coefficients
    assert_allclose(steps["indirect:z"], first_step * both[1], **EXACT)
    without = [
        twfe(r["y"], r["d"], ["d"], r[["x"]], ["x"], r["id"], r["year"]).coefficients[0]
        for r in (rows[rows["id"] != unit] for unit in rows["id"].unique())
    ]
    told = terms(tmp_path, "influence", "leave_one_out")["estimate"]
    ends = told[["left_out:lowest", "left_out:highest"]]
    assert_allclose(ends, [min(without), max(without)], **EXACT)


def test_estimators_are_chosen_and_ids_stay(tmp_path):
    every = columns(own.exhibits_of(read(tmp_path, HEAD + FIRST)))
    config = HEAD + FIRST + '[estimators]\nwithout = ["stacked", "goodman_bacon"]\n'
    made = columns(own.exhibits_of(read(tmp_path, config)))
    assert "goodman_bacon" not in made
    kept = {name for name, c in every["staggered"].items() if c.estimator != "stacked"}
    assert set(made["staggered"]) == kept
    with pytest.raises(
        UserError, match=r"\[estimators\] estimator 'ols' is not known; known: twfe"
    ):
        own.exhibits_of(read(tmp_path, HEAD + FIRST + '[estimators]\nonly = ["ols"]\n'))


def test_a_factor_is_its_dummies(tmp_path):
    config = HEAD.replace('["x"]', '["x", "C(industry)"]') + FIRST
    panel = read(tmp_path, config)
    assert panel.controls == ("x", "industry__2", "industry__3")
    assert panel.labels["industry__2"][0] == "industry: b"
    rows = frame().sort_values(["id", "year"])
    made = panel.panel.frame["industry__3"].to_numpy()
    np.testing.assert_array_equal(made, (rows["industry"] == "c").to_numpy(dtype=float))


def test_a_triple_difference(script, tmp_path, no_figures):
    """Unit × sector, unit × year and sector × year effects, errors by unit: dummies in full."""
    rng, rows = np.random.default_rng(2), []
    for unit in range(12):
        for sector in ("food", "steel"):
            for year in range(2001, 2007):
                d = float(unit % 2 == 0 and sector == "steel" and year >= 2004)
                y = unit + 0.3 * unit * (year - 2001) + 0.7 * d + rng.normal()
                rows.append({"id": f"u{unit}", "sector": sector, "year": year, "d": d, "y": y})
    panel = pd.DataFrame(rows)
    config = HEAD.replace('controls = ["x"]\n', "") + TREATED + 'triple = "sector"\n'
    config += '[estimators]\nonly = ["twfe"]\n'
    assert run(script, tmp_path, config, panel) == 0
    pairs = [
        panel[a].astype(str) + panel[b].astype(str)
        for a, b in (("id", "sector"), ("id", "year"), ("sector", "year"))
    ]
    held = np.hstack([pd.get_dummies(pair).to_numpy(float) for pair in pairs])
    both = np.column_stack([panel["d"], held])
    slope = np.linalg.lstsq(both, panel["y"], rcond=None)[0][0]
    row = terms(tmp_path, "did", "twfe").loc["d"]
    assert_allclose(float(row["estimate"]), slope, rtol=1e-7)
    assert int(row["df"]) == 11
    report = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert "Triple difference" in report


def test_every_second_year_gives_the_numbers_of_every_year(script, tmp_path, no_figures):
    """Waves are counted, not years: nothing but labels tells the two panels apart."""
    config = HEAD + FIRST + '[estimators]\nonly = ["event_study"]\n'
    found = {}
    for name, panel in {"years": frame(), "waves": frame()}.items():
        if name == "waves":
            for column in ("year", "first"):
                later = 2001 + 2 * (panel[column] - 2001)
                panel[column] = later.where(panel[column] > 0, 0)
        (tmp_path / name).mkdir()
        assert run(script, tmp_path / name, config, panel) == 0
        found[name] = pd.read_csv(tmp_path / name / "out/event_study.csv")
    pd.testing.assert_frame_equal(found["waves"], found["years"])
    text = (tmp_path / "waves/out/report.md").read_text(encoding="utf-8")
    assert "2007 (8), 2013 (8)" in text
    assert "Wave effects" in text
    assert "periods are 2 years apart" in text
    labels = pd.read_csv(tmp_path / "waves/out/periods.csv")
    assert labels.iloc[1].tolist() == [2, 2003]


# --- what is said first -----------------------------------------------------------------------


def test_the_report_opens_with_what_can_be_identified(script, tmp_path, no_figures):
    config = HEAD + FIRST + '[estimators]\nonly = ["twfe", "event_study", "honest_did"]\n'
    assert run(script, tmp_path, config) == 0
    report = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    for line in (
        "**Cohorts**: 16 of 24 units treated: 2004 (8), 2007 (8); never treated: 8",
        "**Untreated by period**: 2001-2003: 24, 2004-2006: 16, 2007-2010: 8",
        "**Clusters**: 24 by unit, effective ",
        "**Minimal detectable effect**: ",
        "leads before treatment: joint p ",
        "HonestDiD, Cohort 2004: ",
    ):
        assert line in report
    row = terms(tmp_path, "did", "none").loc["treated"]
    size = float(re.search(r"effect\*\*: ([\d.]+) at 80 %", report)[1])
    # t(23) at 0.975 and at 0.8.
    assert size == pytest.approx((2.0687 + 0.8583) * float(row["std_error"]), rel=5e-3)
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert page.index("What this panel can and cannot identify") < page.index('id="did"')
    assert (tmp_path / "out/tables/all_tables.docx").stat().st_size > 0
    assert (tmp_path / "out/tables/did.docx").stat().st_size > 0


def test_few_treated_clusters_warn_on_top_and_take_the_stars(script, tmp_path, no_figures):
    """Units are many and treated states few; both stand above the table in every rendering."""
    panel = frame().assign(y=lambda f: f["y"] + 5 * f["d"])
    panel["state"] = panel["id"].where(panel["first"] == 0, "s" + (panel["first"] % 7).astype(str))
    config = HEAD + FIRST + 'cluster = "state"\n[estimators]\nonly = ["twfe", "event_study"]\n'
    assert run(script, tmp_path, config, panel) == 0
    told = "Few treated clusters by state: 2."
    for name in ("did.md", "did.tex", "event_study.md"):
        text = (tmp_path / "out/tables" / name).read_text(encoding="utf-8")
        assert text.index(told) < text.index("Observations"), name
    with zipfile.ZipFile(tmp_path / "out/tables/did.docx") as parts:
        document = re.sub("<[^>]+>", "", parts.read("word/document.xml").decode())
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    for text in (document, page):
        assert text.index(told) < text.index("Observations")
    table = (tmp_path / "out/tables/did.md").read_text(encoding="utf-8")
    treated = next(line for line in table.splitlines() if line.startswith("| Treated "))
    assert "*" not in treated
    assert float(terms(tmp_path, "did", "none").loc["treated", "p_value"]) < 0.01


# --- mistakes ---------------------------------------------------------------------------------


def with_cell(row, column, value):
    found = frame().astype(object)
    found.loc[row, column] = value
    return found


CROSS_SECTIONS = frame().assign(id=lambda f: [f"p{n}" for n in range(len(f))])
PERSONS = pd.concat([frame()] * 3)
MISTAKES = {
    "weights that are a file": (
        *(HEAD + FIRST + 'weights = "w.csv"\n', None),
        ("weights 'w.csv' is a file", "'spatial_weights'"),
    ),
    "a matrix that is a column": (
        *(HEAD + FIRST + 'spatial_weights = "pop"\n', None),
        ("spatial_weights 'pop' is no file", "'weights'"),
    ),
    "a number in quotes": (
        *(HEAD.replace("99", '"99"') + FIRST, None),
        ("'draws' should be a whole number, not 99; take off the quotes",),
    ),
    "a text without quotes": (
        *("unit = id\n", None),
        ("not TOML", 'quotes missing? unit = "id"'),
    ),
    "a decimal comma": (
        *(HEAD + FIRST, with_cell(3, "x", "0,5")),
        ("line 5, column 'x': '0,5' is no number; write decimals with a point",),
    ),
    "9999 for never": (
        *(HEAD + FIRST, frame().assign(first=lambda f: f["first"].replace(0, 9999))),
        ("'9999' is far behind the last period, 2010", "0 or an empty cell"),
    ),
    "a misspelt key": (
        *(HEAD + FIRST + 'covariate = ["x"]\n', None),
        ("unknown key 'covariate'", "did you mean 'covariates'?"),
    ),
    "a window without the reference": (
        *(HEAD + FIRST + "window = [0, 4]\n", None),
        ("window should be the first and the last event, such as [-4, 4]",),
    ),
    "three clusters": (
        *(HEAD + FIRST + 'cluster = ["state", "year", "id"]\n', None),
        ("cluster should be one column or two different ones",),
    ),
    "outcome and outcomes": (
        *(HEAD + FIRST + 'outcomes = ["z"]\n', None),
        ("give one of 'outcome' and 'outcomes'",),
    ),
    "a column of texts among the controls": (
        *(HEAD.replace('["x"]', '["industry"]') + FIRST, None),
        ("is no number; write C(industry) for a factor",),
    ),
    "a group that changes": (
        *(HEAD + FIRST + 'heterogeneity = ["industry"]\n', None),
        ("column 'industry': unit 'u00' is in group", "a unit has one group"),
    ),
    "weights below zero": (
        *(HEAD + FIRST + 'weights = "pop"\n', with_cell(0, "pop", -1)),
        ("line 2, column 'pop': is below 0; weights are numbers from 0 on",),
    ),
    "repeated cross-sections": (
        *(HEAD + TREATED, CROSS_SECTIONS),
        ("240 of 240 units have one row: repeated cross-sections", "as 'weights'"),
    ),
    "persons within units": (
        *(HEAD + TREATED, PERSONS),
        ("480 of 720 rows share unit and period", "average the rows"),
    ),
    "a wrong word for a period": (
        *(HEAD + FIRST + 'period_word = "decade"\n', None),
        ("period_word 'decade' is unknown", "quarter"),
    ),
    "an estimator that there is not": (
        *(HEAD + FIRST + '[estimators]\nonly = ["ols"]\n', None),
        ("[estimators] estimator 'ols' is not known",),
    ),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mistake_is_one_line_and_status_2(script, tmp_path, capsys, mistake):
    config, panel, words = MISTAKES[mistake]
    assert run(script, tmp_path, config, panel) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    for word in words:
        assert word in said
    assert not list((tmp_path / "out").rglob("*"))


def test_a_dose_beyond_one_says_what_to_do(tmp_path):
    panel = frame().assign(dose=lambda f: 40 * f["dose"])
    (note,) = (n for n in read(tmp_path, HEAD + 'treatment = "dose"\n', panel).notes if "dose" in n)
    assert note.endswith(
        "a dose from 0 to 40, no share of 0 to 1: it gets a slope and no bins; divide it by its "
        "largest value to have them"
    )


def test_what_takes_no_weights_says_so(tmp_path):
    """An exhibit with a column that leaves the rows' weights out has a note; no other has one."""
    made = own.exhibits_of(
        read(tmp_path, HEAD + FIRST + 'weights = "pop"\n[multiverse]\nsign = 1\n')
    )
    for exhibit_id, exhibit in made.items():
        weighted = [column.row_weights == "pop" for column in exhibit.columns]
        told = any("no weights" in note or "takes none" in note for note in exhibit.notes)
        assert told == (not weighted or not all(weighted)), exhibit_id


def test_factor_models_reach_the_numbers_and_say_what_they_cover(
    script, tmp_path, no_figures, monkeypatch
):
    monkeypatch.setattr(counterfactuals, "SIMULATIONS", 29)
    config = HEAD + FIRST
    config += '[estimators]\nonly = ["interactive_effects", "matrix_completion"]\n'
    rows = frame()
    assert run(script, tmp_path, config, rows) == 0
    models = pd.read_csv(tmp_path / "out/factor_models.models.csv").set_index("column")
    audits = pd.read_csv(tmp_path / "out/factor_models.simulation.csv").set_index("column")
    assert (audits["draws"] == 29).all()
    shown = models["identified"] == "yes"
    assert shown.equals(audits.loc[shown.index, "coverage"] >= 0.90)
    for kind, estimator in (
        ("interactive", "interactive_effects"),
        ("completion", "matrix_completion"),
    ):
        (column,) = (name for name in models.index if estimator in name)
        assert shown[column]
        keys = (rows[name] for name in ("y", "id", "year", "first"))
        made = counterfactual(*keys, kind=kind, errors="none", fold_seed=20170107)
        found = terms(tmp_path, "factor_models", column)["estimate"]
        assert_allclose(found["overall:simple"], made.estimates[0], **EXACT)
        assert_allclose(found["test:placebo"], made.estimates[-1], **EXACT)
