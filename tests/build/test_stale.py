"""What is stale after a change, on a small project of its own with set times."""

import dataclasses
import os

import pytest

from pilotzone.build.stale import COLLECTIONS, Project
from pilotzone.errors import UserError

SOURCES = {
    "code/build_panels.py": "from pilotzone.panels import province, stata\n",
    "code/render.py": "from pilotzone import exhibits\nfrom pilotzone.tables import markdown\n",
    "code/pilotzone/__init__.py": "",
    "code/pilotzone/errors.py": "",
    "code/pilotzone/catalogue/__init__.py": "",
    "code/pilotzone/catalogue/samples.py": "",
    "code/pilotzone/catalogue/labels.py": "from pilotzone.catalogue import samples\n",
    "code/pilotzone/exhibits/__init__.py": "from pilotzone import catalogue\n",
    "code/pilotzone/exhibits/base/plain.py": "",
    "code/pilotzone/exhibits/base/city_plain.py": "",
    "code/pilotzone/exhibits/base/flow.py": "",
    "code/pilotzone/exhibits/did/stacks.py": "",
    "code/pilotzone/exhibits/did/long.py": "",
    "code/pilotzone/exhibits/did/board.py": "",
    "code/pilotzone/panels/__init__.py": "",
    "code/pilotzone/panels/province.py": "from pilotzone.catalogue.samples import SAMPLES\n",
    "code/pilotzone/panels/stata.py": "from pilotzone.catalogue import labels\n",
    "code/pilotzone/methods/__init__.py": "",
    "code/pilotzone/methods/twfe.py": "from pilotzone import errors\n",
    "code/pilotzone/methods/stacked.py": "from pilotzone.methods import twfe\n",
    "code/pilotzone/engine/__init__.py": "from pilotzone.engine import design\n",
    "code/pilotzone/engine/design.py": "from pilotzone.catalogue import samples\n",
    "code/pilotzone/engine/two_way.py": "from pilotzone.methods import twfe\n",
    "code/pilotzone/engine/stacked.py": "from pilotzone.methods.stacked import fit\n",
    "code/pilotzone/claims/__init__.py": "",
    "code/pilotzone/claims/board.py": "",
    "code/pilotzone/tables/__init__.py": "",
    "code/pilotzone/tables/markdown.py": "from pilotzone.catalogue import labels\n",
    "code/pilotzone/report/page.css": "",
    "requirements.lock": "",
    "data/codebook.csv": "",
    "data/SHA256SUMS": "",
    "data/raw/provinces.csv": "",
    "data/raw/sources.csv": "",
    "data/raw/policies/zones.csv": "",
}
DERIVED = {
    "data/derived/province_panel.csv",
    "data/derived/province_distances.csv",
    "data/derived/province_flow.csv",
    "data/derived/province_2024_panel.csv",
    "data/derived/province_2024_flagged.csv",
    "data/derived/weights/contiguity.csv",
    "data/derived/city_panel.csv",
    "data/derived/city_flow.csv",
    "data/derived/weights/city_contiguity.csv",
}


@dataclasses.dataclass(frozen=True)
class Exhibit:
    function: str
    literals: str = "a"
    title: str = "a title"
    reads: tuple[str, ...] = ("province",)
    counts_rows: bool = False
    needs: tuple[str, ...] = ()
    built_by: str = "make"
    draws: bool = False
    figure: str = ""

    def resolved(self):
        return {"literals": self.literals}

    def functions(self):
        return (f"pilotzone.{self.function}",)

    def panels(self):
        return self.reads


EXHIBITS = {
    "plain": Exhibit("engine.two_way:fit", figure="bars"),
    "city_plain": Exhibit("engine.two_way:fit", reads=("city",)),
    "stacks": Exhibit("engine.stacked:fit"),
    "flow": Exhibit("engine.two_way:fit", reads=("province",), counts_rows=True),
    "long": Exhibit("engine.two_way:long", built_by="bench"),
    "board": Exhibit("claims.board:board", reads=(), needs=("plain", "long")),
}
MADE = ["plain", "city_plain", "stacks", "flow", "board"]


def put(path, time, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))


@pytest.fixture
def finished(tmp_path):
    """A project in which everything is built: every product newer than what it is made from."""
    for name, text in SOURCES.items():
        put(tmp_path / name, 1000, text)
    for name in DERIVED:
        put(tmp_path / name, 2000)
    for panel in ("province", "city"):
        put(tmp_path / f"data/derived/{panel}_panel.dta", 2500)
    project = opened(tmp_path)
    put(tmp_path / ".make/panels", 2000)
    for exhibit_id in EXHIBITS:
        files = [f"{exhibit_id}.models.csv", f"{exhibit_id}.csv"]
        for name in files:
            put(project.estimates / name, 3000 if exhibit_id != "board" else 3500)
        project.estimated(exhibit_id, files)
        for ending in ("md", "tex", "docx"):
            put(project.output / f"tables/{exhibit_id}.{ending}", 4000)
    put(project.output / "figures/plain.png", 4000)
    for name in COLLECTIONS:
        put(project.output / name, 4500)
    return project


def opened(root, **changed):
    """The project as a new process sees it, with fields of exhibits changed."""
    project = Project(root)
    project.exhibits = {
        i: dataclasses.replace(one, **changed.get(i, {})) for i, one in EXHIBITS.items()
    }
    folder = root / "code/pilotzone/exhibits"
    project.files = {i: next(folder.rglob(f"{i}.py")) for i in EXHIBITS}
    return project


def touched(project, *names):
    for name in names:
        os.utime(project.root / name, (9000, 9000))
    return project


def all_stale(project):
    return {
        "panels": set(project.panels()),
        "stata": set(project.stata()),
        "estimates": set(project.stale(MADE)),
        "pages": set(project.pages(list(EXHIBITS))),
    }


def only(**stale):
    return {kind: set(stale.get(kind, ())) for kind in ("panels", "stata", "estimates", "pages")}


def test_nothing_is_stale_when_everything_is_built(finished):
    assert all_stale(finished) == only()
    assert not finished.stale(["long"])


def test_files_of_a_panel_beside_another_reach_its_own_exhibits_alone(finished):
    touched(finished, "data/derived/province_2024_flagged.csv")
    assert all_stale(finished) == only()
    later = {"plain": {"reads": ("province_2024",)}}
    assert set(opened(finished.root, **later).stale(["plain", "stacks"])) == {"plain"}


def test_a_panel_beside_another_is_built_with_it(finished):
    (finished.root / "data/derived/province_2024_panel.csv").unlink()
    assert set(finished.panels()) == {"province", "city"}


BOTH = ("province", "city")
OF_PROVINCES = ("plain", "stacks", "flow", "board")


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("data/raw/policies/zones.csv", only(panels=BOTH)),
        ("code/pilotzone/panels/province.py", only(panels=BOTH)),
        ("code/pilotzone/catalogue/samples.py", only(panels=BOTH, pages=EXHIBITS)),
        ("code/pilotzone/catalogue/labels.py", only(pages=EXHIBITS)),
        ("data/codebook.csv", only(stata=BOTH, pages=EXHIBITS)),
        (
            "data/derived/province_panel.csv",
            only(panels=BOTH, stata=["province"], estimates=OF_PROVINCES),
        ),
        ("data/derived/weights/contiguity.csv", only(estimates=OF_PROVINCES)),
        ("data/derived/weights/city_contiguity.csv", only(estimates=["city_plain"])),
        ("data/derived/province_flow.csv", only(estimates=["flow"])),
        ("requirements.lock", only(panels=BOTH, estimates=MADE)),
        ("code/pilotzone/errors.py", only(estimates=MADE)),
        ("code/pilotzone/engine/design.py", only(estimates=MADE)),
        ("code/pilotzone/engine/stacked.py", only(estimates=["stacks"])),
        ("code/pilotzone/methods/stacked.py", only(estimates=["stacks"])),
        (
            "code/pilotzone/engine/two_way.py",
            only(estimates=["plain", "city_plain", "flow", "board"]),
        ),
        ("code/pilotzone/claims/board.py", only(estimates=["board"])),
        ("code/pilotzone/exhibits/base/plain.py", only(pages=["plain"])),
        ("code/pilotzone/tables/markdown.py", only(pages=EXHIBITS)),
        ("code/pilotzone/report/page.css", only(pages=EXHIBITS)),
        ("output/estimates/plain.csv", only(estimates=["board"], pages=["plain"])),
        ("output/estimates/long.csv", only(estimates=["board"], pages=["long"])),
    ],
)
def test_a_touch_makes_stale_what_rests_on_the_file(finished, name, stale):
    assert all_stale(touched(finished, name)) == stale


def test_numbers_of_an_exhibit_estimate_it_anew_and_words_do_not(finished):
    words = opened(finished.root, plain={"title": "another one"})
    assert not words.stale(MADE)
    numbers = opened(finished.root, stacks={"literals": "b"})
    assert numbers.stale(MADE) == {"stacks": "its literals changed"}


def test_another_estimator_estimates_anew(finished):
    project = opened(finished.root, plain={"function": "engine.two_way:other"})
    assert set(project.stale(["plain"])) == {"plain"}


def test_what_needs_a_stale_exhibit_is_stale_and_comes_after_it(finished):
    project = opened(finished.root, plain={"literals": "b"})
    assert list(project.stale(["board"])) == ["plain", "board"]
    assert project.stale(["board"])["board"] == "it needs plain"
    assert project.needs({"plain", "board"}) == {"plain": (), "board": ("plain", "long")}


def test_what_draws_is_estimated_first(finished):
    project = opened(finished.root, stacks={"draws": True})
    order = [name for name in project.exhibits if name in MADE]
    others = [name for name in order if name != "stacks"]
    assert list(project.needs(MADE)) == ["stacks", *others]
    assert order != ["stacks", *others]


def test_a_long_simulation_is_stale_only_if_it_is_wanted(finished):
    project = opened(finished.root, long={"literals": "b"})
    assert not project.stale(MADE)
    assert set(project.stale(["long"])) == {"long"}


def test_what_make_does_not_estimate_has_to_be_there_before_anything_begins(finished):
    made = set(finished.exhibits) - {"long"}
    finished.require_long(made, list(finished.exhibits))
    (finished.estimates / "long.csv").unlink()
    # The board needs it.
    finished.require_long(made - {"board"}, sorted(made - {"board"}))
    # Wanted itself, it is estimated.
    finished.require_long({"long"}, ["long"])
    for wanted, shown in (({"board"}, []), (set(), list(finished.exhibits))):
        with pytest.raises(UserError, match="no estimates of long, which `make bench` makes"):
            finished.require_long(wanted, shown)


def test_in_a_fresh_clone_everything_is_stale(finished):
    for folder in (".make", "data/derived"):
        for path in (finished.root / folder).rglob("*.*"):
            path.unlink()
    for note in (finished.root / ".make/exhibits").iterdir():
        note.unlink()
    found = all_stale(finished)
    assert found == only(panels=BOTH, stata=BOTH, estimates=MADE)


@pytest.mark.parametrize(
    ("product", "stale"),
    [
        (
            "data/derived/city_panel.csv",
            only(panels=BOTH, stata=["city"], estimates=["city_plain"]),
        ),
        ("data/derived/city_panel.dta", only(stata=["city"])),
        ("output/estimates/stacks.csv", only(estimates=["stacks"], pages=["stacks"])),
        ("output/estimates/stacks.models.csv", only(estimates=["stacks"])),
        *((f"output/tables/stacks.{e}", only(pages=["stacks"])) for e in ("md", "tex", "docx")),
        ("output/figures/plain.png", only(pages=["plain"])),
        *((f"output/{name}", only(pages=EXHIBITS)) for name in COLLECTIONS),
    ],
)
def test_a_deleted_product_comes_back(finished, product, stale):
    (finished.root / product).unlink()
    assert all_stale(finished) == stale


def test_pages_of_some_do_not_wait_for_the_page_of_all(finished):
    (finished.output / "report.html").unlink()
    assert not finished.pages(["plain"])


def test_reasons_name_the_file(finished):
    touched(finished, "code/pilotzone/engine/stacked.py")
    assert finished.stale(MADE)["stacks"].endswith("code/pilotzone/engine/stacked.py is newer")


@pytest.mark.parametrize(
    ("changed", "wanted", "message"),
    [
        ({}, "plian", "no exhibit 'plian'"),
        ({"plain": {"needs": ("gone",)}}, "plain", "no exhibit 'gone'"),
        ({"plain": {"needs": ("board",)}}, "plain", "need each other: .*board"),
    ],
)
def test_needs_that_cannot_be_met_are_refused(finished, changed, wanted, message):
    with pytest.raises(UserError, match=message):
        opened(finished.root, **changed).stale([wanted])
