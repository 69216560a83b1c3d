"""A small project: five exhibits estimated from the built panels, with tables and manifest."""

import dataclasses
import hashlib
import shutil
from functools import cache, partial

import pytest

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.audit import (
    by_pyfixest,
    completeness,
    consistency,
    declared,
    drift,
    frozen,
    inputs,
    long_again,
    long_nested,
    long_runs,
    long_sums,
    long_whole,
    panels,
    printed,
    products,
    second_opinion,
    whole,
)
from pilotzone.audit import project as projects
from pilotzone.audit.anew import Made
from pilotzone.audit.project import Project
from pilotzone.build import workers
from pilotzone.catalogue.lattice import OF_COHORTS
from pilotzone.claims import bars as claims_bars
from pilotzone.engine import design_audit
from pilotzone.estimates import replace_text
from pilotzone.panels import stata
from pilotzone.report import for_programs, journal, manifest, readme
from pilotzone.tables import latex, markdown, web, word

LARGEST = "city_figures.csv"
IDS = ("sample_flow", "did_baseline", "spatial_baseline", "goodman_bacon", "negative_weights")


@pytest.fixture(scope="session")
def small_exhibits():
    paths = exhibits.paths()
    # Without figures: a picture is compared by the digest of what it shows, here as elsewhere.
    return {i: (dataclasses.replace(exhibits.load(i), figure=None), paths[i]) for i in IDS}


@pytest.fixture(scope="session")
def made_once(root, built, panels_once, small_exhibits, once, tmp_path_factory):
    """Return the folder of a project whose output is complete."""

    def make():
        folder = tmp_path_factory.mktemp("project")
        shutil.copytree(root / "data/raw", folder / "data/raw")
        shutil.copy(root / "data/SHA256SUMS", folder / "data/SHA256SUMS")
        write_output(Project(folder, small_exhibits), panels_once)
        for name in ("README.md", "codebook.csv"):
            shutil.copy(root / "data" / name, folder / "data" / name)
        (folder / "data/derived").symlink_to(built)
        return folder

    return once("project", make)


def write_output(project, store):
    """Write estimates, tables and the whole files of a project."""
    rows = []
    for exhibit_id, (exhibit, path) in project.exhibits.items():
        parts = engine.run(exhibit_id, store, project.estimates)
        estimates.write(project.estimates, exhibit_id, exhibit, parts)
        grid = tables.build(exhibit_id, exhibit, project.estimates)
        stem = project.output / "tables" / exhibit_id
        replace_text(stem.with_suffix(".md"), markdown.render(grid))
        replace_text(stem.with_suffix(".tex"), latex.render(grid))
        stem.with_suffix(".docx").write_bytes(word.render(grid))
        rows += manifest.entries(exhibit_id, exhibit, path, project.output, project.estimates)
    manifest.write(project.output, manifest.stamped(project.output, rows))
    for name, make in PRODUCTS.items():
        (project.root / name).write_text(make(project.root), encoding="utf-8")
    for name, ids in journal.collections(exhibits.paths()).items():
        chosen = [project.output / f"tables/{i}.docx" for i in ids if i in project.exhibits]
        (project.output / name).write_bytes(word.combined([f.read_bytes() for f in chosen]))


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
    """Return a copy that a test may damage, but for the largest file, which is a link."""
    folder = tmp_path / "project"
    shutil.copytree(made_once, folder, symlinks=True, ignore=shutil.ignore_patterns(LARGEST))
    (folder / "data/raw" / LARGEST).symlink_to(made_once / "data/raw" / LARGEST)
    return Project(folder, small_exhibits, PRODUCTS)


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


# A larger one, for everything that can be altered.
FIGURE = "goodman_bacon"
LONG = (
    *("city_multiverse", "design_audit", "detectable", "faultbench"),
    *("inference_audit", "verdict_audit"),
)
# A part of the part that an audit makes anew.
FEWER = {
    long_whole: {"COLUMNS": 1},
    long_nested: {
        **{"DRAWS": 40, "COLUMNS": 1, "TABLES": 4, "OUTCOMES": 6},
        "JUDGED": long_nested.JUDGED[:1],
    },
    design_audit: {
        "DESIGNS": {name: design_audit.DESIGNS[name] for name in ("no_effect", "cohort_specific")}
    },
}
# No check asks for times and modes of files.
CONTENT = {"copy_function": shutil.copyfile}
README = (
    "# x\n<!-- begin: baseline (written by make readme) -->\n"
    "<!-- end: baseline (written by make readme) -->\n"
)


@pytest.fixture(scope="session")
def complete(root, made_once, small_exhibits, small_products, tmp_path_factory):
    """A project with a figure, figures for print, a filled page, long runs and a frozen copy."""
    folder = tmp_path_factory.mktemp("complete") / "project"
    shutil.copytree(made_once, folder, symlinks=True, ignore=shutil.ignore_patterns("*.png"))
    many = {**small_exhibits, FIGURE: (exhibits.load(FIGURE), exhibits.paths()[FIGURE])}
    made = {
        **small_products,
        "output/claims.schema.json": lambda _: for_programs.schema(),
        "README.md": partial(projects._filled, "README.md"),
    }
    project = Project(folder, many, made)
    long = _long(project)
    long.estimates.mkdir(parents=True)
    for name in LONG:
        for path in (root / "output/estimates").glob(f"{name}.*csv"):
            shutil.copy(path, long.estimates)
    shutil.copy(root / "output/benchmark.csv", long.output)
    for name in (f"{FIGURE}.png", f"print/{FIGURE}.png", f"print/{FIGURE}.pdf"):
        path = project.output / "figures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    rows = []
    for i, (one, path) in many.items():
        rows += manifest.entries(i, one, path, project.output, project.estimates)
    manifest.write(project.output, manifest.stamped(project.output, rows))
    manifest.write_printed(project.output, [FIGURE])
    (folder / "README.md").write_text(readme.fill(README, project.output), encoding="utf-8")
    (project.output / "claims.schema.json").write_text(for_programs.schema(), encoding="utf-8")
    frozen.freeze(project, "first")
    frozen._log(project, "second", ["did_baseline.csv: 1 cells"])
    return project


def _long(project):
    """A project of long runs alone, which have no tables here."""
    return Project(project.root / "long", long_exhibits())


@cache
def long_exhibits():
    return {i: (exhibits.load(i), exhibits.paths()[i]) for i in LONG}


@pytest.fixture
def copied(complete, tmp_path):
    """Return a function that copies what a group of checks reads, so that it may be altered.

    What stays a link is replaced before it is.
    """
    folder = tmp_path / "project"
    project = dataclasses.replace(complete, root=folder)

    def copy(group):
        if group.startswith("long runs"):
            shutil.copytree(complete.root / "long", folder / "long", **CONTENT)
            return project
        for name in ("output", "tests"):
            shutil.copytree(complete.root / name, folder / name, **CONTENT)
        (folder / "data").mkdir()
        for name in ("raw", "derived"):
            (folder / "data" / name).symlink_to((complete.root / "data" / name).resolve())
        for name in ("data/README.md", "data/SHA256SUMS", "data/codebook.csv", "README.md"):
            shutil.copy(complete.root / name, folder / name)
        return project

    return copy


@pytest.fixture(scope="session")
def printed_once():
    """Return what builds and traces a table of the same files, and checks a rendering, once."""
    build, trace, of_rendering, kept = tables.build, printed._traced, printed._file_failures, {}

    def contents(folder):
        return [path.read_bytes() for path in sorted(folder.glob("*.csv"))]

    def table(exhibit_id, exhibit, folder, *style):
        key = (exhibit, *style, *contents(folder))
        if key not in kept:
            kept[key] = build(exhibit_id, exhibit, folder, *style)
        return kept[key]

    def traced(exhibit_id, project, grid):
        key = project.exhibits[exhibit_id][0], grid, *contents(project.estimates)
        if key not in kept:
            kept[key] = trace(exhibit_id, project, grid)
        return kept[key]

    def failures(rendering, path, exhibit_id, grid, wanted):
        key = path.name, exhibit_id, grid, path.read_bytes()
        if key not in kept:
            kept[key] = list(of_rendering(rendering, path, exhibit_id, grid, wanted))
        return kept[key]

    return (
        (tables, "build", table),
        (printed, "_traced", traced),
        (printed, "_file_failures", failures),
    )


@pytest.fixture
def tables_once(printed_once, monkeypatch):
    """Let the same tables be built and read back once."""
    for change in printed_once:
        monkeypatch.setattr(*change)


@pytest.fixture(scope="session")
def ask(complete, built, printed_once):
    """Return a function that gives the failures of a group of checks."""
    made = Made(built, complete.estimates, (), tuple(complete.exhibits))
    of_file, of_sums = long_runs.file_failures, long_runs.sum_failures
    stata_file = stata.write
    kept = {}

    def same(key, make):
        """What is made of the same things, once."""
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def once(make, what, panels):
        if what.lattice is not None:
            few = dataclasses.replace(what.lattice, staggered=OF_COHORTS)
            what = dataclasses.replace(what, lattice=few)
        return same(repr(what), lambda: make(what, panels))

    def apart_once(apart, made, there, schema):
        # Both are made, and read, once, and are kept.
        return same((id(made), id(there)), lambda: list(apart(made, there, schema)))

    def bars(shares):
        return same(shares.to_csv(), lambda: claims_bars.bars(shares))

    def read(path, stamp):
        return same((path.name, path.read_bytes()), lambda: estimates.read(path))

    def file_failures(project, exhibit, name):
        key = "file", name, (project.estimates / name).read_bytes()
        return same(key, lambda: list(of_file(project, exhibit, name)))

    def sum_failures(project, exhibit_id, exhibit):
        files = long_runs._files(project.estimates, exhibit_id)
        key = "sums", *((path.name, path.read_bytes()) for path in files)
        return same(key, lambda: of_sums(project, exhibit_id, exhibit))

    def stata_once(folder, name):
        assert folder == built
        return same(("stata", name), lambda: stata_file(folder, name))

    parts = {
        kind: long_again.Part(
            part.summary, partial(once, part.make), partial(apart_once, part.apart)
        )
        for kind, part in long_again.PARTS.items()
    }

    def failures(group, project):
        checks = {
            "inputs": lambda: inputs.checks(project),
            "completeness": lambda: completeness.checks(project),
            "drift": lambda: drift.checks(project, made),
            "panels": lambda: panels.checks(project, built),
            "consistency": lambda: consistency.checks(project),
            "declared": lambda: declared.checks(project),
            "printed": lambda: printed.checks(project),
            "whole files": lambda: products.checks(project),
            "long runs": lambda: long_runs.checks(_long(project)),
            "long runs anew": lambda: long_again.checks(_long(project), built),
        }[group]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(long_again, "PARTS", parts)
            patch.setattr(long_sums, "bars", bars)
            patch.setattr(projects, "_read", read)
            for one in printed_once:
                patch.setattr(*one)
            patch.setattr(long_runs, "file_failures", file_failures)
            patch.setattr(long_runs, "sum_failures", sum_failures)
            patch.setattr(stata, "write", stata_once)
            for module, fewer in FEWER.items():
                for name, value in fewer.items():
                    patch.setattr(module, name, value)
            return [text for check in whole._guarded(group, checks) for text in check.failures]

    return failures


@pytest.fixture(scope="session")
def long_runs_of():
    """Return a function that gives the project of long runs beside another one."""
    return _long


@pytest.fixture
def pyfixest_once(once, monkeypatch):
    """Ask pyfixest the same question once: its process takes seconds to start.

    Only for panels that are those of the session or their copy.
    """
    ask = by_pyfixest.opinions

    def opinions(chosen, derived):
        question = sorted((name, *sorted(columns)) for name, columns in chosen.items())
        name = hashlib.sha256(repr(question).encode()).hexdigest()
        return once(f"pyfixest-{name}", lambda: ask(chosen, derived))

    monkeypatch.setattr(by_pyfixest, "opinions", opinions)


@pytest.fixture
def programs_once(once, monkeypatch):
    """Ask the other programs the same question once, in this process.

    Only for panels that are those of the session or their copy.
    """

    def outcomes(needs, work, *how):
        for task in needs:
            name = hashlib.sha256(repr(task[:-1]).encode()).hexdigest()
            yield workers.Outcome(task, once(f"programs-{name}", partial(work, task)))

    monkeypatch.setattr(second_opinion, "each", outcomes)
