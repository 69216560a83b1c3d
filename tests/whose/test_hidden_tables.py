"""The convention behind a table is found: hidden ones by a twin, and those of three libraries.

No tolerance is needed: a convention fits if all printed digits are right. The twin
(tests/benchmarks/twin.py) shares no code with the search.
"""

import pytest

TABLES, SEED = 20, 16
MODULES = ("twin", "hidden", "libraries", "whose")


@pytest.fixture(scope="module")
def bench(benchmarks):
    with benchmarks(*MODULES) as modules:
        yield modules


@pytest.fixture(scope="module")
def panels(bench, built, tmp_path_factory):
    return bench.hidden.panels(tmp_path_factory.mktemp("panels"), built)


@pytest.fixture(scope="module")
def asked(bench, panels):
    """The search on each panel by its name."""
    return {panel.name: bench.whose.asker(panel) for panel in panels}


@pytest.mark.slow
def test_hidden_conventions_are_found_and_a_wrong_digit_is_seen(bench, panels, asked, tmp_path):
    said = []
    score = bench.whose.run(asked, panels, TABLES, SEED, tmp_path, said.append)
    assert score.hits == [True] * TABLES, said
    assert sum(score.several) >= 2
    seen = [one for values in score.changed.values() for one in values]
    # At least 95 % of 500 in the bench; of 20 at most one may pass.
    assert len(seen) == TABLES
    assert sum(seen) >= TABLES - 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 5, 8])
def test_columns_that_share_their_conventions_are_found_together(
    bench, panels, asked, tmp_path, monkeypatch, seed
):
    """Two or three columns: each has its truth in its set, and the sets have a rule in common."""
    monkeypatch.setattr(bench.hidden, "SEVERAL", 1.0)
    monkeypatch.setattr(bench.hidden, "KINDS", ("focal, N", "controls, N, R²"))
    counts = []
    for case, _ in bench.hidden.cases(panels, 3, seed):
        counts.append(len(case.columns))
        assert len({found["n"] for found in case.found}) == 1
        found = asked[case.panel.name](bench.hidden.write(case.rows, tmp_path / "table.csv"))
        assert [one.beside for one in found] == [counts[-1]] * counts[-1]
        assert bench.whose.all_hold(case, found)
        shared = [{key for fit in one.fits for key in fit.shared} for one in found]
        common = set.intersection(*shared)
        assert all(common.intersection(fit.shared) for one in found for fit in one.fits)
    assert set(counts) <= {2, 3}


@pytest.mark.slow
def test_tables_of_the_libraries_are_found(bench, tmp_path):
    made = bench.whose.made_by_libraries(tmp_path)
    programs = [one["program"] for one in made]
    counts = [programs.count(name) for name in ("pyfixest", "linearmodels", "statsmodels")]
    assert counts == [8, 7, 5]
    ask = bench.whose.asker_of_libraries(tmp_path)
    missed = [one for one in made if not bench.whose.found_of_library(ask, one, tmp_path)]
    assert not missed


def test_a_table_of_another_panel_is_not_found(bench, tmp_path):
    """Only the numbers decide: the same rows from data with one cell changed fit nothing."""
    panel = bench.libraries.panel()
    changed = panel.assign(y=panel["y"].where(panel.index != 7, panel["y"] + 5))
    ask = bench.whose.asker_of_libraries(tmp_path)
    one = next(bench.libraries.by_statsmodels(changed))
    assert not bench.whose.found_of_library(ask, {"rows": one[0], "wanted": one[1]}, tmp_path)
    one = next(bench.libraries.by_statsmodels(panel))
    assert bench.whose.found_of_library(ask, {"rows": one[0], "wanted": one[1]}, tmp_path)
