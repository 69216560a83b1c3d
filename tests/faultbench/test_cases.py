"""The bench's cases: reproducible alone, right where they say so, and wrong in one thing only."""

import ast
import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pilotzone.catalogue import phrasebook
from pilotzone.faultbench import bench, cases, scenes, worlds
from pilotzone.faultbench.faults import DATA, FAULTS, NONE, PRINT, RUN

SEED = 11
# A number by dummies and one by projections differ by rounding, nothing beside a printed digit.
SLACK = 1e-9
SILENT = {"other_software", "outcome_shifted", "search_unsaid"}
# Columns of the table that a fault of the printing may change.
CELLS = {
    "stars_reversed": {"stars"},
    "one_sided_stars": {"stars"},
    "normal_p": {"p", "stars"},
    "t_as_error": {"std_error"},
    "interval_90": {"ci_low", "ci_high"},
    "other_sample_n": {"n"},
    "cluster_count": {"clusters"},
    "sign_lost": {"estimate"},
}
# Columns of the panel that a fault of the data may change.
FIGURES = {
    "batch_misdated": {"first_year", "zone"},
    "never_treated_late": {"first_year", "zone"},
    "interpolated_gaps": {"finance"},
    "two_vintages": {"openness"},
    "index_weights_sum": {"nqp"},
    "index_log_t": {"nqp"},
    "index_sign": {"nqp"},
}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def frame(files, name="panel.csv"):
    return pd.read_csv(io.StringIO(files[name]), dtype={"code": str, "city": str})


def test_there_are_as_many_faults_as_are_promised_each_with_words():
    assert len(FAULTS) >= 25
    assert {one.stage for one in FAULTS.values()} == {DATA, RUN, PRINT}
    assert list(phrasebook.FAULTS) == [*FAULTS, NONE, "impossible", "unexplained"]
    assert all(one.plant.__doc__ for one in FAULTS.values())
    assert all(set(one.scenes) <= set(scenes.SCENES) for one in FAULTS.values())


def test_the_page_counts_the_faults(root):
    text = (root / "docs/faultbench.md").read_text(encoding="utf-8")
    assert f"of {len(FAULTS)} kinds" in text
    assert cases.FAULT_FREE == 0.3
    assert "seven in ten" in text


def test_the_generator_knows_nothing_of_the_audit(root):
    for path in sorted((root / "code/pilotzone/faultbench").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            named += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in named if "audit" in name], path.name


def test_a_case_is_the_same_alone_and_among_others(tmp_path):
    made = {one.number: one for one in bench.make(tmp_path, 4, SEED)}
    alone = cases.case(SEED, 3)
    assert alone == made[3]
    assert alone != cases.case(SEED + 1, 3)
    folder = tmp_path / str(SEED)
    for name, text in alone.files.items():
        assert (folder / "cases/000003" / name).read_text(encoding="utf-8") == text
    key = rows((folder / "key.csv").read_text(encoding="utf-8"))
    assert [row["case"] for row in key] == ["000001", "000002", "000003", "000004"]
    assert key[2]["fault"] == alone.fault
    assert not list(tmp_path.glob(".*"))


def test_a_run_that_ends_early_leaves_what_was_there(tmp_path):
    list(bench.make(tmp_path, 2, SEED))
    before = (tmp_path / str(SEED) / "key.csv").read_bytes()
    started = bench.make(tmp_path, 3, SEED)
    next(started)
    started.close()
    assert (tmp_path / str(SEED) / "key.csv").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_what_it_says_and_nothing_else(fault, planted):
    honest, case = planted[fault]
    differ = {name for name in honest if honest[name] != case.files[name]}
    assert honest.keys() == case.files.keys()
    assert (case.changed > 0) == bool(differ) == (fault not in SILENT)
    stage = FAULTS[fault].stage
    assert differ <= {"panel.csv", "table.csv", "index_weights.csv"}
    if stage != DATA:
        assert differ <= {"table.csv"}
    right, wrong = rows(honest["table.csv"]), rows(case.files["table.csv"])
    assert [(r["column"], r["term"]) for r in right] == [(w["column"], w["term"]) for w in wrong]
    changed = {
        (r["column"], name)
        for r, w in zip(right, wrong, strict=True)
        for name in r
        if r[name] != w[name]
    }
    if case.where.startswith("column:"):
        columns = case.where.removeprefix("column:").split("/")[0].split("+")
        assert {column for column, _ in changed} <= set(columns)
    if fault in CELLS:
        assert {name for _, name in changed} <= CELLS[fault]
    if fault == "typed_digit":
        assert len(changed) == 1
        assert case.where.endswith(f"/cell:{next(iter(changed))[1]}")
    if fault in FIGURES:
        old, new = frame(honest), frame(case.files)
        moved = {name for name in old if not old[name].equals(new[name])}
        assert moved == FIGURES[fault]


def test_stars_are_reversed_one_for_one(planted):
    honest, case = planted["stars_reversed"]
    opposite = {"": "", "*": "***", "**": "**", "***": "*"}
    pairs = zip(rows(honest["table.csv"]), rows(case.files["table.csv"]), strict=True)
    assert all(opposite[right["stars"]] == wrong["stars"] for right, wrong in pairs)


def test_a_batch_is_a_year_off_and_no_other_unit(planted):
    honest, case = planted["batch_misdated"]
    old, new = frame(honest), frame(case.files)
    year = int(case.where.removeprefix("batch:"))
    moved = old["first_year"] != new["first_year"]
    assert set(old.loc[moved, "first_year"]) == {year}
    assert (old["first_year"][~moved] != year).all()
    assert set((new["first_year"] - old["first_year"])[moved].abs()) == {1}
    assert (new["zone"] == ((new["first_year"] > 0) & (new["year"] >= new["first_year"]))).all()


def test_weights_of_the_index_exceed_one_by_what_was_added(planted):
    honest, case = planted["index_weights_sum"]
    right, wrong = (
        sum(float(row["weight"]) for row in rows(files["index_weights.csv"]))
        for files in (honest, case.files)
    )
    assert right == pytest.approx(1, abs=5e-6)
    assert wrong - right == pytest.approx(0.05)


def test_t_stands_in_the_place_of_the_error(planted):
    honest, case = planted["t_as_error"]
    column = case.where.removeprefix("column:")
    for right, wrong in zip(rows(honest["table.csv"]), rows(case.files["table.csv"]), strict=True):
        if right["column"] == column:
            b, s = float(right["estimate"]), float(right["std_error"])
            # Half a unit of the last digits of both.
            unit = 10.0 ** -len(right["estimate"].partition(".")[2]) / 2
            low = (abs(b) - unit) / (s + unit) - unit
            high = (abs(b) + unit) / (s - unit) + unit
            assert low <= float(wrong["std_error"]) <= high


def test_gaps_are_filled_on_the_line(planted):
    honest, case = planted["interpolated_gaps"]
    old, new = frame(honest), frame(case.files)
    filled = old["finance"].isna() & new["finance"].notna()
    assert filled.any()
    for _, unit in new.assign(filled=filled, known=old["finance"]).groupby("city"):
        known = unit.dropna(subset="known")
        line = np.interp(unit["year"], known["year"], known["known"]) if len(known) else 0
        assert np.allclose(unit["finance"][unit["filled"]], line[unit["filled"]], atol=1e-6)


def by_hand(files):
    """Return estimates, errors, p and N of the claims by dummies and sums over clusters."""
    note, panel = json.loads(files["note.json"]), frame(files)
    unit = note["unit"]
    if "matrix" in note:
        weights = pd.read_csv(io.StringIO(files["weights.csv"]), dtype={unit: str}).set_index(unit)
        zone = panel.set_index(["year", unit])["zone"]
        panel["w_zone"] = [
            sum(weights.loc[i, j] * zone[year, j] for j in weights)
            for i, year in zip(panel[unit], panel["year"], strict=True)
        ]
    for column in note["columns"]:
        data = panel.dropna(subset=[column["outcome"], *column["controls"]])
        while not (sizes := data[unit].map(data[unit].value_counts())).gt(1).all():
            data = data[sizes > 1]
        x = data[column["controls"]].astype(float)
        if column["treatment"] == "event":
            since = (data["year"] - data["first_year"]).where(data["first_year"] > 0)
            for e in sorted(set(since.dropna()) - set(column["references"]), reverse=True):
                x.insert(0, f"event:{e:.0f}", (since == e).astype(float))
        else:
            x.insert(0, "zone", data["zone"].astype(float))
        dummies = pd.get_dummies(data[[unit, "year"]].astype(str), dtype=float)
        whole = np.hstack([x.to_numpy(), dummies.to_numpy()])
        y = data[column["outcome"]].to_numpy()
        onto = np.linalg.pinv(whole, rcond=1e-10)
        inverse, beta = onto @ onto.T, onto @ y
        residual = y - whole @ beta
        summed = [whole[data[unit] == g].T @ residual[data[unit] == g] for g in data[unit].unique()]
        n, g, k = len(y), len(summed), x.shape[1] + data["year"].nunique()
        factor = g / (g - 1) * (n - 1) / (n - k)
        meat = sum(np.outer(s, s) for s in summed)
        error = np.sqrt(np.diag(factor * inverse @ meat @ inverse))
        for term in column["printed"]:
            at = list(x).index(term)
            p = 2 * stats.t.sf(abs(beta[at] / error[at]), g - 1)
            yield column["column"], term, beta[at], error[at], p, n, g


@pytest.mark.parametrize("fault", ["small_sample_rule", "singletons_kept", "misaligned_weights"])
def test_right_tables_are_right_by_hand(fault, planted):
    check_by_hand(planted[fault][0])


def test_right_events_are_right_by_hand(planted):
    check_by_hand(planted["collinear_dropped"][0])


def check_by_hand(files):
    printed = rows(files["table.csv"])
    known = list(by_hand(files))
    assert len(known) == len(printed)
    for row, (column, term, b, s, p, n, g) in zip(printed, known, strict=True):
        half = 10.0 ** -len(row["estimate"].partition(".")[2]) / 2 + SLACK
        assert (row["column"], row["term"]) == (column, term)
        assert abs(float(row["estimate"]) - b) <= half
        assert abs(float(row["std_error"]) - s) <= half
        assert row["stars"] == "*" * sum(p < level for level in (0.01, 0.05, 0.1))
        assert (row["n"], row["clusters"]) == (str(n), str(g))


def test_neighbours_share_their_weights_and_are_no_units_of_their_own():
    found = worlds.matrix(worlds.PROVINCES, np.random.default_rng(1))
    assert list(found.index) == list(found.columns) != list(worlds.PROVINCES)
    # Five weights of six digits each.
    assert np.allclose(found.sum(axis=1), 1, atol=5e-6)
    assert (np.diag(found) == 0).all()
