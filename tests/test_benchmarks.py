"""The benchmark's pieces at a tiny size; nothing here asserts how long anything takes.

Tolerance SAME as in the benchmark: least squares of different programs differ by rounding, spreg's
search for rho stops within about 1e-8 of the maximum.
"""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest

SAME = 1e-6
MODULES = ("simulated", "tasks", "measure", "run")

pytestmark = [
    pytest.mark.filterwarnings("ignore:::spreg"),
    pytest.mark.filterwarnings("ignore:::pyfixest"),
]


@pytest.fixture(scope="module")
def bench(benchmarks):
    with benchmarks(*MODULES) as modules:
        yield modules


@pytest.fixture
def results(bench):
    """What two programs and a refused one might give for 1,000 draws, ours first."""
    ours, linearmodels, statsmodels = (
        bench.tasks.find("draws_1000", program)
        for program in ("pilotzone fwl.batch", "linearmodels PanelOLS", "statsmodels OLS")
    )
    shared = {"share": 1.0, "calls": 3, "imports_mb": 60.0, "peak_mb": 70.0}
    return [
        (ours, {**shared, "seconds": 0.5, "coefficients": [0.2] * 1000}),
        (linearmodels, {**shared, "seconds": 0.4, "coefficients": [0.2] * 19 + [0.1]}),
        (statsmodels, {"note": "not run: too large"}),
    ]


# --- data ---------------------------------------------------------------------------------------


def test_sizes_are_read_written_and_sorted_as_numbers(bench):
    parse = bench.simulated.Size.parse
    assert str(parse("30x10")) == "30x10"
    assert parse("4000x12").rows == 48_000
    assert sorted(map(parse, ("4000x12", "290x17", "30x10")))[0] == parse("30x10")


def test_permuted_paths_are_the_same_paths_for_other_units(bench):
    panel = bench.simulated.panel(bench.tasks.SMALL)
    drawn = bench.simulated.permuted(panel.paths, 5)
    assert np.array_equal(drawn[:, :2], bench.simulated.permuted(panel.paths, 2))
    dates = panel.paths.sum(axis=1)
    for column in drawn.T:
        moved = column.reshape(panel.paths.shape).sum(axis=1)
        assert sorted(moved) == sorted(dates)
        assert not np.array_equal(moved, dates)


def test_the_spatial_outcome_is_the_plain_one_seen_through_the_multiplier(bench):
    size = bench.tasks.TINY
    spatial, plain = bench.simulated.spatial_panel(size), bench.simulated.panel(size)
    y = spatial.y.reshape(size.periods, size.units)
    source = plain.y.reshape(size.units, size.periods).T
    left = y - bench.simulated.RHO * y @ spatial.matrix.T
    # Rounding of one solve.
    assert left == pytest.approx(source + 0.3 * source @ spatial.matrix.T, abs=1e-12)
    assert spatial.matrix.sum(axis=1) == pytest.approx(np.ones(size.units))
    lagged = spatial.matrix @ spatial.x.reshape(size.periods, size.units, -1)
    assert spatial.wx == pytest.approx(lagged.reshape(spatial.wx.shape))


# --- cases --------------------------------------------------------------------------------------


def test_every_task_has_one_core_and_no_program_twice(bench):
    names = [(case.task, case.program) for case in bench.tasks.CASES]
    assert len(set(names)) == len(names)
    assert {task for task, _ in names} == set(bench.tasks.TASKS)
    for name, task in bench.tasks.TASKS.items():
        cases = [case for case in bench.tasks.CASES if case.task == name]
        assert [case.ours for case in cases].count(True) == 1
        assert all(1 <= case.fits <= task.draws for case in cases)
        assert set(task.bars) <= {str(size) for size in task.sizes}


@pytest.mark.parametrize("task", ["fit", "draws_1000", "sdm_two_way", "sdm_unit"])
def test_all_programs_give_the_same_coefficients(bench, task):
    cases = [case for case in bench.tasks.CASES if case.task == task]
    found = {c.program: c.prepare(bench.tasks.TINY, min(c.fits, 3))() for c in cases}
    ours = next(found.pop(case.program) for case in cases if case.ours)
    assert len(found) >= 2
    for program, coefficients in found.items():
        assert len(coefficients) == len(ours), program
        assert bench.run.difference(coefficients, ours) < SAME, program


@pytest.mark.parametrize("task", ["randomisation_10000", "wild_9999"])
def test_tests_by_draws_start_from_the_coefficient_of_the_fit(bench, task):
    tiny = bench.tasks.TINY
    reference = bench.tasks.find("fit", "pilotzone twfe").prepare(tiny, 1)()
    case = next(case for case in bench.tasks.CASES if case.task == task)
    assert case.prepare(tiny, 3)() == pytest.approx(reference[:1], rel=1e-10)


def test_effects_are_three_for_each_regressor(bench):
    run = bench.tasks.find("effects_1000", "pilotzone effects").prepare(bench.tasks.TINY, 3)
    assert run().shape == (21,)


def test_a_matrix_that_does_not_fit_is_not_made(bench):
    refuse = bench.tasks.too_many_dummies
    assert "48,000 x 4,018" in refuse(bench.tasks.LARGE)
    assert refuse(bench.tasks.MIDDLE) == ""
    case = bench.tasks.find("fit", "statsmodels OLS")
    assert bench.run.run_case(case, bench.tasks.LARGE) == {"note": refuse(bench.tasks.LARGE)}


# --- measurement --------------------------------------------------------------------------------


def test_a_case_is_measured_in_its_own_process(bench):
    found = bench.run.run_case(bench.tasks.find("fit", "pilotzone twfe"), bench.tasks.TINY)
    assert found["seconds"] > 0
    assert found["calls"] >= bench.measure.FEWEST_CALLS
    assert 0 < found["imports_mb"] <= found["peak_mb"]
    assert len(found["coefficients"]) == 7


@pytest.mark.slow
@pytest.mark.cli
def test_memory_is_that_of_the_task_and_not_of_the_process_that_started_it(root):
    script = """
import dataclasses, json, numpy as np
from measure import measure
from tasks import TINY, find
held = lambda size, draws: lambda: np.ones(5_000_000 if size != TINY else 1)[:1]
case = dataclasses.replace(find("fit", "pilotzone twfe"), prepare=held)
print(json.dumps(measure(case, dataclasses.replace(TINY, units=30))))
"""
    ballast = np.ones(25_000_000)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=root / "tests/benchmarks",
        check=True,
    )
    found = json.loads(done.stdout)
    # 5 million numbers are 40 MB, the ballast here 200 MB.
    assert found["peak_mb"] - found["imports_mb"] == pytest.approx(40, abs=5)
    assert found["peak_mb"] < ballast.nbytes / 1e6


def test_the_best_call_is_the_shortest_after_one_to_warm_up(bench, monkeypatch):
    ticks = iter([0, 9, 9, 12, 12, 13, 13, 15])
    monkeypatch.setattr(bench.measure.time, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr(bench.measure, "SLOW_SECONDS", 10)
    call, n_calls = bench.measure.best(lambda: np.array([1.0]))
    assert (call.seconds, n_calls) == (1, 3)


def test_a_slow_call_is_not_repeated(bench, monkeypatch):
    ticks = iter([0, 9])
    monkeypatch.setattr(bench.measure.time, "perf_counter", lambda: next(ticks))
    call, n_calls = bench.measure.best(lambda: np.array([1.0]))
    assert (call.seconds, n_calls) == (9, 1)


def test_a_case_that_takes_too_long_says_so(bench, monkeypatch):
    monkeypatch.setattr(bench.run, "LIMIT_SECONDS", 0.01)
    case = bench.tasks.find("fit", "pilotzone twfe")
    assert "0.01 s" in bench.run.run_case(case, bench.tasks.TINY)["note"]


def test_a_case_that_fails_is_named(bench):
    size = bench.simulated.Size(3, 2)
    with pytest.raises(bench.run.Failure, match=r"fit 3x2 pilotzone twfe: .*Degenerate: 6 rows"):
        bench.run.run_case(bench.tasks.find("fit", "pilotzone twfe"), size)


# --- table --------------------------------------------------------------------------------------


def test_rows_are_scaled_and_related_to_our_core(bench, results):
    rows, gaps = bench.run.group_rows(bench.tasks.SMALL, results)
    ours, linearmodels, statsmodels = rows
    assert (ours.seconds, ours.ratio, ours.scaled_from) == (0.5, 1, None)
    assert (linearmodels.seconds, linearmodels.ratio) == pytest.approx((20.0, 40.0))
    assert (linearmodels.scaled_from, linearmodels.extra_mb) == (20, 10.0)
    assert (statsmodels.seconds, statsmodels.note) == (None, "not run: too large")
    assert gaps == {"linearmodels PanelOLS": pytest.approx(0.5)}


def test_rows_without_our_core_have_no_ratio(bench, results):
    rows, gaps = bench.run.group_rows(bench.tasks.SMALL, results[1:])
    assert [row.ratio for row in rows] == [None, None]
    assert gaps == {}


def test_the_bar_stands_beside_our_core(bench):
    case = bench.tasks.find("wild_9999", "pilotzone wild_cluster_bootstrap")
    measured = {"share": 1.0, "imports_mb": 1.0, "peak_mb": 1.0, "coefficients": [1.0]}
    for seconds, verdict in ((0.1, "under the bar of 0.2 s"), (0.3, "OVER the bar of 0.2 s")):
        result = {**measured, "seconds": seconds}
        rows, _ = bench.run.group_rows(bench.tasks.SMALL, [(case, result)])
        assert rows[0].bar == 0.2
        assert verdict in bench.run.to_text(rows)
    rows, _ = bench.run.group_rows(bench.tasks.MIDDLE, [(case, result)])
    assert rows[0].bar is None


def test_the_file_parses_and_is_sorted(bench, results):
    sizes = (bench.tasks.LARGE, bench.tasks.SMALL)
    rows = [row for size in sizes for row in bench.run.group_rows(size, results)[0]]
    text = bench.run.to_csv(rows)
    read = list(csv.DictReader(io.StringIO(text)))
    assert text.splitlines()[0] == (
        "task,size,program,seconds,ratio,scaled_from,extra_mb,peak_mb,bar,note"
    )
    assert [(r["size"], r["program"].split()[0]) for r in read] == [
        (size, program)
        for size in ("30x10", "4000x12")
        for program in ("linearmodels", "pilotzone", "statsmodels")
    ]
    assert [r["seconds"] for r in read[:3]] == ["20", "0.5", ""]
    assert [r["ratio"] for r in read[:3]] == ["40", "1", ""]
    assert bench.run.to_csv(reversed(rows)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.000123456, "0.0001235"), (123456.0, "123456"), (1.0, "1"), (20, "20"), (None, "")],
)
def test_numbers_have_four_digits_and_no_exponent(bench, value, text):
    assert float(bench.run._cell(value) or 0) == pytest.approx(float(text or 0), rel=5e-4)
    assert "e" not in bench.run._cell(value)


def test_the_printed_table_has_every_row(bench, results):
    rows, _ = bench.run.group_rows(bench.tasks.SMALL, results)
    lines = bench.run.to_text(rows).splitlines()
    assert lines[2].startswith("draws_1000 30x10: ")
    cells = {line[:34].strip(): line[34:].split() for line in lines[3:]}
    assert cells["pilotzone fwl.batch"] == ["0.5", "1", "-", "10", "70"]
    assert cells["linearmodels PanelOLS"] == ["20", "40", "20", "10", "70"]
    assert cells["statsmodels OLS"][:6] == ["-"] * 5 + ["not"]


def test_disagreement_is_an_error(bench):
    line, agree = bench.run.agreement({"a": 1e-9, "b": 2e-6})
    assert not agree
    assert "2.0e-06 (b)" in line
    assert bench.run.agreement({"a": 1e-9})[1]
    assert bench.run.difference([1.0, float("nan")], [1.0, 2.0]) == float("inf")
    assert bench.run.difference([1.0, 2.2], [1.0, 2.0, 5.0]) == pytest.approx(0.1)


def test_calls_that_were_held_up_are_listed(bench, results):
    outcome = bench.run.Outcome()
    slow = [(case, {**result, "share": 0.5}) for case, result in results[:1]]
    outcome.add(bench.tasks.SMALL, [*slow, *results[1:]])
    assert outcome.busy == ["draws_1000 30x10 pilotzone fwl.batch"]


# --- the script ---------------------------------------------------------------------------------


def test_a_run_writes_both_files_and_nothing_else(bench, monkeypatch, tmp_path, capsys):
    command = "run.py --tasks fit --sizes 12x6 --programs pilotzone --output"
    monkeypatch.setattr(sys, "argv", [*command.split(), str(tmp_path)])
    assert bench.run.main() == 0
    assert "fit 12x6" in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["benchmark.csv", "benchmark.machine.csv"]
    rows = list(csv.DictReader((tmp_path / "benchmark.csv").open(encoding="utf-8")))
    assert [row["program"] for row in rows] == ["pilotzone fwl.fit", "pilotzone twfe"]
    facts = dict(csv.reader((tmp_path / "benchmark.machine.csv").open(encoding="utf-8")))
    assert facts.keys() == {
        "fact",
        "cpu_count",
        "machine",
        "processor",
        "python",
        "system",
        *bench.run.LIBRARIES,
    }
    assert all(facts.values())


@pytest.mark.parametrize("fault", ["difference", "failure"])
def test_nothing_is_written_after_a_fault(bench, monkeypatch, tmp_path, capsys, fault):
    outcome = bench.run.Outcome()
    if fault == "difference":
        outcome.gaps["fit 30x10 other"] = 0.1
    else:
        outcome.failures.append("fit 30x10 other: no module")
    monkeypatch.setattr(bench.run, "run_all", lambda groups: outcome)
    monkeypatch.setattr(sys, "argv", ["run.py", "--output", str(tmp_path)])
    assert bench.run.main() == 1
    assert list(tmp_path.iterdir()) == []
    assert "nothing written" in capsys.readouterr().err


def test_a_selection_does_not_replace_the_whole_table(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(bench.run, "ROOT", tmp_path)
    monkeypatch.setattr(bench.run, "run_all", lambda groups: bench.run.Outcome())
    monkeypatch.setattr(sys, "argv", ["run.py", "--tasks", "fit"])
    assert bench.run.main() == 0
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(sys, "argv", ["run.py"])
    assert bench.run.main() == 0
    assert (tmp_path / "output/benchmark.csv").exists()


def test_a_peer_without_its_python_is_not_run_and_says_so(bench, monkeypatch):
    monkeypatch.delenv("PEERS", raising=False)
    peers = [case for case in bench.tasks.CASES if case.peer]
    assert {case.program for case in peers} == {"specification_curve", "RobustiPy"}
    for case in peers:
        assert "PEERS=" in bench.run.run_case(case, bench.tasks.TINY)["note"]


def test_the_two_ways_to_a_curve_give_the_same_estimates(bench):
    ours, batch = (
        bench.tasks.find("curve_64_1000", name).prepare(bench.tasks.TINY, 5)()
        for name in ("pilotzone multiverse", "pilotzone fwl.batch")
    )
    assert len(ours) == 64
    # Products of tables against one projection after the other.
    assert ours == pytest.approx(batch, rel=1e-9)
