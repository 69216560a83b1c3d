"""A copy of an exhibit's file under another id works as the file does: nothing hangs on the id."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.panels.store import FolderStore
from pilotzone.tables import markdown

EVERY = exhibits.paths((*exhibits.GROUPS, *exhibits.READERS))
CHEAP = (
    "descriptives",
    "goodman_bacon",
    "rollout",
    "sample_flow",
    "index_weights",
    "index_summary",
    "did_baseline",
    "negative_weights",
    "measure_gini",
    "measure_kernel",
    "coupling",
    "city_index",
    "city_rollout",
)


def copy_of(exhibit_id):
    return f"zz_{exhibit_id}"


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """A folder with every exhibit under its own id and under another one."""
    folder = tmp_path_factory.mktemp("exhibits")
    for exhibit_id, path in EVERY.items():
        (folder / path.parent.name).mkdir(exist_ok=True)
        shutil.copy(path, folder / path.parent.name / path.name)
        shutil.copy(path, folder / path.parent.name / f"{copy_of(exhibit_id)}.py")
    return folder


@pytest.fixture(autouse=True)
def there(copies, monkeypatch):
    monkeypatch.setattr(exhibits, "FOLDER", copies)


@pytest.mark.parametrize("exhibit_id", EVERY)
def test_a_copy_is_read(exhibit_id):
    one, other = (exhibits.load(name) for name in (exhibit_id, copy_of(exhibit_id)))
    assert other == one
    assert other.column_ids() == one.column_ids()
    assert other.sha256 == one.sha256


@pytest.mark.parametrize("exhibit_id", CHEAP)
def test_a_copy_has_the_same_numbers_and_a_table(exhibit_id, built, tmp_path):
    store = FolderStore(built)
    made = {}
    for name in (exhibit_id, copy_of(exhibit_id)):
        exhibit = exhibits.load(name)
        paths = estimates.write(tmp_path, name, exhibit, engine.run(name, store))
        read = {path.name.removeprefix(name): estimates.read(path) for path in paths}
        text = markdown.render(tables.build(name, exhibit, tmp_path))
        made[name] = read, text.replace(name, exhibit_id)
    (one, text), (other, copied) = made.values()
    assert one.keys() == other.keys()
    for part, table in one.items():
        named = other[part].assign(exhibit=exhibit_id) if "exhibit" in table else other[part]
        pd.testing.assert_frame_equal(named, table, check_exact=True)
        assert np.isfinite(table.select_dtypes("number").to_numpy()).any(), part
    assert copied == text


def test_moran_under_another_id(built, tmp_path):

    literal = exhibits.load(copy_of("moran"))
    few = dataclasses.replace(
        literal.describe, draws=9, options=(("local", "contiguity"), ("local_draws", 9))
    )
    exhibit = dataclasses.replace(literal, describe=few)
    parts = engine.described(exhibit.describe, FolderStore(built))
    written = estimates.write(tmp_path, "mine", exhibit, parts)
    assert [path.name for path in written] == ["mine.local.csv", "mine.csv"]
    assert "Moran" in markdown.render(tables.build("mine", exhibit, tmp_path))
