"""A small project: five exhibits estimated from the built panels, with tables and manifest."""

import dataclasses
import shutil

import pytest

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.audit.project import Project
from pilotzone.estimates import replace_text
from pilotzone.report import manifest
from pilotzone.tables import latex, markdown, web, word

IDS = ("sample_flow", "did_baseline", "spatial_baseline", "goodman_bacon", "negative_weights")


@pytest.fixture(scope="session")
def small_exhibits():
    paths = exhibits.paths()
    # Without figures: a picture is compared by the digest of what it shows, here as elsewhere.
    return {i: (dataclasses.replace(exhibits.load(i), figure=None), paths[i]) for i in IDS}


@pytest.fixture(scope="session")
def made_once(root, built, panels_once, small_exhibits, tmp_path_factory):
    """Return the folder of a project whose output is complete."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(root / "data/raw", folder / "data/raw")
    shutil.copy(root / "data/SHA256SUMS", folder / "data/SHA256SUMS")
    project = Project(folder, small_exhibits)
    rows = []
    for exhibit_id, (exhibit, path) in small_exhibits.items():
        parts = engine.run(exhibit_id, panels_once, project.estimates)
        estimates.write(project.estimates, exhibit_id, exhibit, parts)
        grid = tables.build(exhibit_id, exhibit, project.estimates)
        stem = project.output / "tables" / exhibit_id
        replace_text(stem.with_suffix(".md"), markdown.render(grid))
        replace_text(stem.with_suffix(".tex"), latex.render(grid))
        stem.with_suffix(".docx").write_bytes(word.render(grid))
        rows += manifest.entries(exhibit_id, exhibit, path, project.output, project.estimates)
    manifest.write(project.output, manifest.stamped(project.output, rows))
    for name, make in PRODUCTS.items():
        (folder / name).write_text(make(folder), encoding="utf-8")
    ids = [i for i in exhibits.paths() if i in small_exhibits]
    files = [(project.output / f"tables/{i}.docx").read_bytes() for i in ids]
    (project.output / "tables/all_tables.docx").write_bytes(word.combined(files))
    for name in ("README.md", "codebook.csv"):
        shutil.copy(root / "data" / name, folder / "data" / name)
    (folder / "data/derived").symlink_to(built)
    return folder


def page_of(folder):
    """Return a report of the tables below a folder, and no more."""
    output = folder / "output"
    fragments = [web.render(tables.build(i, exhibits.load(i), output / "estimates")) for i in IDS]
    return web.page(fragments, "made up", "en")


PRODUCTS = {"output/report.html": page_of}


@pytest.fixture(scope="session")
def small_products():
    """Return the whole files of the small project."""
    return PRODUCTS


@pytest.fixture(scope="session")
def panels_once(built):
    from pilotzone.panels.store import FolderStore

    return FolderStore(built)


@pytest.fixture
def project(made_once, small_exhibits, tmp_path):
    """Return a copy that a test may damage."""
    shutil.copytree(made_once, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project", small_exhibits, PRODUCTS)


@pytest.fixture
def edit():
    """Return a function that replaces a text in a file, once."""

    def replace(path, old, new):
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def change():
    """Return a function that sets a cell of an estimates file."""

    def set_cell(project, name, column, term, field, value):
        path = project.estimates / f"{name}.csv"
        frame = estimates.read(path)
        rows = frame["column"] == column
        if term:
            rows &= frame["term"] == term
        assert rows.sum() == 1
        frame.loc[rows, field] = value(frame.loc[rows, field].iloc[0])
        path.write_text(estimates.to_text(frame), encoding="utf-8")

    return set_cell
