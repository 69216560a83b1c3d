"""The multiverse as an exhibit: its parts, resuming, and the same p from any number of workers.

EXACT: the same numbers, summed in the same order.
"""

import dataclasses
import importlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits, plots, tables
from pilotzone.catalogue import Description, Lattice
from pilotzone.catalogue.treatments import treatment_id
from pilotzone.catalogue.words import Lexicon
from pilotzone.engine import multiverse as module
from pilotzone.engine.multiverse import multiverse
from pilotzone.errors import UserError
from pilotzone.methods.multiverse.joint import STATISTICS, WIDTH
from pilotzone.panels.store import FolderStore
from pilotzone.tables.style import Style

pytestmark = pytest.mark.slow

EXACT = 1e-12
TWO = ("half_year", "next_year")
LATTICE = Lattice(
    outcomes=("nqp", "nqp_no_ecommerce"),
    treatments=tuple(treatment_id(c, t) for c in ("zone_first", "zone_share") for t in TWO),
    samples=("main", "pre_covid"),
    controls=("openness", "finance"),
    effects=("two_way", "unit_trends"),
    staggered=("callaway_santanna",),
)
DRAWS = 19


@pytest.fixture
def store(built, tmp_path):
    folder = tmp_path / "data/derived"
    shutil.copytree(built, folder)
    return FolderStore(folder)


def description(lattice=LATTICE, **options):
    given = tuple({"within": "region3", **options}.items())
    return Description(kind="multiverse", lattice=lattice, draws=DRAWS, seed=3, options=given)


@pytest.fixture(scope="module")
def done(built, tmp_path_factory):
    """A store beside which all tasks are done."""
    folder = tmp_path_factory.mktemp("multiverse") / "data/derived"
    shutil.copytree(built, folder)
    return FolderStore(folder)


@pytest.fixture(scope="module")
def parts(done):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKERS", "1")
        return multiverse(description(), done)


def test_the_summary_says_how_many_and_what_all_say_together(parts):
    table = parts[""].set_index(["within", "statistic"])
    assert set(table["specifications"]) == {LATTICE.count} == {136}
    assert set(table["permutations"]) == {DRAWS}
    for way in ("free", "region3"):
        for name in STATISTICS:
            assert 1 / (DRAWS + 1) <= table.loc[(way, name), "p_value"] <= 1
    assert table.loc[("free", "by:products"), "value"] == 128
    assert table.loc[("free", "by:sums"), "value"] == 8
    assert table.loc[("free", "full_lattice"), "value"] == 1
    shares = table["value"][table.index.get_level_values(1).str.startswith("shapley:")]
    assert shares.sum() == pytest.approx(1.0, abs=1e-9)
    # The data are the same however paths are dealt.
    for name in STATISTICS:
        assert table.loc[("free", name), "value"] == table.loc[("region3", name), "value"]


def test_the_curve_and_the_choices_are_of_the_same_specifications(parts):
    curve = parts["curve"][parts["curve"]["within"] == "free"]
    assert len(curve) == 500
    assert (curve["low"] <= curve["high"]).all()
    assert (np.diff(curve["estimate"]) >= 0).all()
    median = parts[""].set_index(["within", "statistic"]).loc[("free", "median"), "value"]
    middle = curve["estimate"].to_numpy()[249:251].mean()
    assert middle == pytest.approx(median, abs=2 * WIDTH)
    for _, rows in parts["choices"].groupby("choice"):
        assert rows["specifications"].sum() == LATTICE.count
        assert (rows["share_significant"] <= rows["share_sign"]).all()


def test_the_committed_curve_is_small(root):
    for name in ("multiverse", "city_multiverse"):
        assert (root / f"output/estimates/{name}.curve.csv").stat().st_size < 300_000


@pytest.mark.filterwarnings("ignore:`fork` start method:UserWarning")
@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_p_is_the_same_for_any_number_of_workers(parts, store, monkeypatch, workers):
    from joblib.externals.loky.backend import context
    from joblib.parallel import BACKENDS

    monkeypatch.setenv("WORKERS", workers)
    monkeypatch.setattr(module, "TASK_NUMBERS", 1)
    # Two are processes of their own, forks that have imported everything; four are threads. That
    # others can be started is asserted in test_spread.py.
    monkeypatch.setattr(context, "_DEFAULT_START_METHOD", "fork")
    if workers == "4":
        monkeypatch.setitem(BACKENDS, "loky", BACKENDS["threading"])
    made = multiverse(description(), store)
    pd.testing.assert_frame_equal(made[""], parts[""], rtol=EXACT)
    pd.testing.assert_frame_equal(made["curve"], parts["curve"], rtol=EXACT)


def test_p_is_the_same_on_the_workers_of_a_scheduler(parts, store, monkeypatch):
    distributed = pytest.importorskip("dask.distributed")
    monkeypatch.setattr(module, "TASK_NUMBERS", 1)
    # Tasks go through the network; that workers can be processes is asserted in test_spread.py.
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
    with distributed.LocalCluster(**workers, dashboard_address=None) as one:
        monkeypatch.setenv("BACKEND", "dask")
        monkeypatch.setenv("SCHEDULER", one.scheduler_address)
        made = multiverse(description(), store)
    pd.testing.assert_frame_equal(made[""], parts[""], rtol=EXACT)


def test_a_run_that_was_ended_goes_on_where_it_stood(parts, store, monkeypatch):
    monkeypatch.setenv("WORKERS", "1")
    monkeypatch.setattr(module, "TASK_NUMBERS", 1)
    done, begun = module._done, []

    def ended(description, opener, where, task):
        begun.append(task.number)
        if task.number == 4:
            raise KeyboardInterrupt
        done(description, opener, where, task)

    monkeypatch.setattr(module, "_done", ended)
    with pytest.raises(KeyboardInterrupt):
        multiverse(description(), store)
    assert begun == [0, 1, 2, 3, 4]
    begun.clear()

    def counted(description, opener, where, task):
        begun.append(task.number)
        done(description, opener, where, task)

    monkeypatch.setattr(module, "_done", counted)
    made = multiverse(description(), store)
    assert begun[0] == 4
    pd.testing.assert_frame_equal(made[""], parts[""], rtol=EXACT)


def test_what_is_kept_hangs_on_every_method():
    kept = set(module._sources())
    asked = ("engine.lattice", "methods.factors.dealt", "methods.did.imputation")
    for name in (*asked, "methods.multiverse.products", "methods.inference.permutations"):
        assert Path(importlib.import_module(f"pilotzone.{name}").__file__) in kept, name


def test_more_than_the_limit_starts_only_when_it_is_said(parts, done, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 100)
    with pytest.raises(UserError, match="136 specifications, more than 100; LIMIT=136 takes them"):
        multiverse(description(), done)
    monkeypatch.setenv("LIMIT", "136")
    pd.testing.assert_frame_equal(multiverse(description(), done)[""], parts[""], rtol=EXACT)
    monkeypatch.setenv("LIMIT", "few")
    with pytest.raises(UserError, match="LIMIT=few is no number"):
        multiverse(description(), done)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_table_and_figure(parts, tmp_path, language):
    literal = exhibits.load("multiverse")
    literal = dataclasses.replace(literal, describe=description())
    estimates.write(tmp_path, "multiverse", literal, parts)
    lexicon = Lexicon(language)
    table = tables.build("multiverse", literal, tmp_path, Style(lexicon=lexicon))
    joint, shares = table.panels
    assert [row.term for row in joint.rows] == list(STATISTICS)
    assert len(shares.rows) == 1 + 7
    assert all("{" not in note for note in table.notes)
    figure = plots.draw("multiverse", literal, tmp_path)
    texts = [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]
    assert "Coding of the treatment" in texts
    assert len(figure.axes) == 2
