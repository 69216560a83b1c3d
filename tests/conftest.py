"""Fixtures shared by all tests: the figures read once, the panels built once."""

import contextlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

from pilotzone.panels import city, files, province, raw, stata, store

ROOT = Path(__file__).parents[1]

# The same examples on every machine; `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile("search", settings())
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def figures():
    return raw.read_raw(ROOT / "data/raw")


@pytest.fixture(scope="session")
def province_panel(figures):
    return province.build(figures)


@pytest.fixture(scope="session")
def city_panel(figures):
    return city.build(figures)


@pytest.fixture(scope="session")
def built(province_panel, city_panel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("derived")
    files.write_province(province_panel, folder)
    files.write_city(city_panel, folder)
    for name in stata.TITLES:
        stata.write(folder, name)
    return folder


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
            yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
        for name in names:
            del sys.modules[name]

    return imported


@pytest.fixture(scope="session")
def places():
    """Cities, provinces and pilot zones, without the figures of cities."""
    return raw.read_raw(ROOT / "data/raw", city=False)


@pytest.fixture
def panels(built):
    return store.FolderStore(built)
