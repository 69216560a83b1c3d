"""README and docs: generated parts are fresh, links resolve, every dependency has a line."""

import re

import pytest

from pilotzone.errors import UserError
from pilotzone.report import readme


@pytest.fixture(scope="module")
def text(root):
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def replicators(root):
    return (root / "docs/replicators.md").read_text(encoding="utf-8")


def test_the_first_page_is_short(root):
    assert (root / "README.md").stat().st_size <= 10_240


def pages(root):
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def made_pages(root):
    return [page for page in pages(root) if readme.MARKED.search(page.read_text(encoding="utf-8"))]


def test_the_generated_parts_are_those_of_the_output(root):
    for page in made_pages(root):
        text = page.read_text(encoding="utf-8")
        assert readme.fill(text, root / "output") == text


def test_every_part_stands_on_one_page(root):
    found = [
        part
        for page in made_pages(root)
        for part in readme.MARKED.findall(page.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted([*readme.PARTS, *readme.PARTS])


def test_links_point_to_files_of_the_package(root, text):
    assert len(readme.links(text)) > 10
    for page in pages(root):
        links = readme.links(page.read_text(encoding="utf-8"))
        missing = [link for link in links if not (page.parent / link).exists()]
        assert not missing


LOCKS = ("requirements", "requirements-tools")


def asked(root, name):
    lines = (root / f"{name}.in").read_text().splitlines()
    return {re.split(r"[\[=<>]", line)[0] for line in lines if line and line[0] not in "#-"}


def pins(root, name):
    lock = (root / f"{name}.lock").read_text()
    found = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock, flags=re.MULTILINE))
    assert lock.count("--hash=sha256:") >= len(found)
    return found


def test_every_dependency_has_a_line_that_says_why(root, replicators):
    table = re.findall(r"^\| ([\w, -]+) \| (.+) \|$", replicators, flags=re.MULTILINE)
    named = {name.strip() for names, why in table if why for name in names.split(",")}
    for name in LOCKS:
        assert asked(root, name) <= named


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_hold_every_dependency_with_hashes(root, name):
    assert asked(root, name) <= set(pins(root, name))


def test_the_locks_agree_where_they_name_one_package(root):
    own, more = (pins(root, name) for name in LOCKS)
    shared = own.keys() & more.keys()
    assert {"numpy", "pandas"} <= shared
    assert {name: own[name] for name in shared} == {name: more[name] for name in shared}


def test_conda_reads_the_same_pins(root):
    text = (root / "environment.yml").read_text()
    assert [line.strip() for line in text.splitlines() if "- -r" in line] == [
        f"- -r {name}.lock" for name in LOCKS
    ]


def test_every_make_target_that_a_page_names_exists(root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)[1].split())
    groups = {"base", "did", "spatial", "city", "measure"}
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"`(?:PYTHON=\S+ )?make ([a-z]+)[` ]", text))
        assert named <= phony | groups


def test_data_editors_headings_stand_in_their_order(replicators):
    headings = re.findall(r"^## (.+)$", replicators, flags=re.MULTILINE)
    wanted = [
        "Overview",
        "Data availability and provenance",
        "Computational requirements",
        "Programs",
        "Instructions to replicators",
        "List of exhibits and programs",
        "References",
    ]
    assert headings == wanted


def test_a_part_without_its_markers_is_refused(text, root):
    broken = text.replace("<!-- begin: verdicts (written by make readme) -->", "")
    with pytest.raises(UserError, match="begin: verdicts"):
        readme.fill(broken, root / "output")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "no part to fill; known: found"),
        ("<!-- begin: other (written by make readme) -->", "part 'other' is unknown"),
    ],
)
def test_a_page_without_a_known_part_is_refused(text, said, root):
    with pytest.raises(UserError, match=said):
        readme.fill(text, root / "output")


def test_a_stale_part_is_made_anew(text, root):
    stale = text.replace("**supported**", "**proved**")
    assert stale != text
    assert readme.fill(stale, root / "output") == text


def test_the_scores_on_planted_faults_stand_by_auditor_or_are_said_to_lack(tmp_path):
    assert readme.faultbench(tmp_path).startswith("Not estimated here yet")
    (tmp_path / "estimates").mkdir()
    rows = [
        f"{auditor},{line}"
        for auditor, lines in {
            "feasibility": ("none,9,0,1,8,8", "normal_p,8,7,5,4,4", "search_unsaid,6,0,0,0,0"),
            "refit": ("none,9,0,2,7,7", "normal_p,8,7,7,6,3", "search_unsaid,6,0,0,0,0"),
            "withheld": ("none,9,0,2,7,7", "normal_p,8,7,2,0,0", "search_unsaid,6,0,0,0,0"),
        }.items()
        for line in lines
    ]
    text = "\n".join(["auditor,fault,cases,traced,detected,named,placed", *rows]) + "\n"
    (tmp_path / "estimates/faultbench.scores.csv").write_text(text, encoding="utf-8")
    page = readme.faultbench(tmp_path)
    assert "| `normal_p` | Normal p with 30 clusters | 8 | 7 | 5 | 7 | 6 | 3 | 2 |" in page
    assert page.endswith(
        "No table betrays `search_unsaid`: not a byte of what an auditor reads is another one."
    )
