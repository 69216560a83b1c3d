"""Fixtures shared by all tests: the figures read once, the panels built once."""

from pathlib import Path

import pytest

from pilotzone.panels import city, province, raw, store

ROOT = Path(__file__).parents[1]


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
    store.write_province(province_panel, folder)
    store.write_city(city_panel, folder)
    return folder


@pytest.fixture
def panels(built):
    return store.Store(built)
