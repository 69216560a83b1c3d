"""The deposit zip, and the files by which others run the project: containers, CI, versions."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
import yaml

from pilotzone import __version__
from pilotzone.audit.report import Check, markdown
from pilotzone.claims.studies import REVIEW

COPIED = ("code", "data/raw", "data/codebook.csv", "data/SHA256SUMS", "Makefile", ".gitignore")
COPIED += ("pyproject.toml", "requirements.lock", ".ci/run", "output/estimates")
BUILT = ("output/tables/a.docx", "output/figures/print/a.pdf", "output/report.html")
BUILT += ("output/main_tables.docx", "output/main.pdf")
LEFT = ("data/derived/province_panel.csv", ".venv/pyvenv.cfg", "output/custom/a.docx", "mine.txt")
TOP = f"pilotzone-{__version__}"
# No setting of the user's own git.
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder, *words):
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.compression=0")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, env={**os.environ, **GIT})


def package(folder, *options):
    return subprocess.run(
        [sys.executable, folder / "code/package.py", *map(str, options)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **GIT},
    )


def refused(done, *words):
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.fixture(scope="module")
def checkout(root, tmp_path_factory):
    """A commit of the files that make reads, and beside it what is built or not in git."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            unread = (
                "__pycache__",
                "*.egg-info",
                ".ipynb_checkpoints",
                "*.*.csv",
                "city_figures.csv",
            )
            ignored = shutil.ignore_patterns(*unread)
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy(source, target)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    for name in (*BUILT, *LEFT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture(scope="module")
def packed(checkout):
    done = package(checkout)
    assert done.returncode == 0, done.stderr
    return checkout / f"output/{TOP}.zip"


@pytest.fixture(scope="module")
def unpacked(packed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", packed, folder], check=True)
    return folder / TOP


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.cli
def test_the_zip_holds_the_commit_and_the_built_products(checkout, unpacked):
    listed = subprocess.run(
        ["git", "ls-files"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout.split("\n")[:-1]
    assert files(unpacked) == {*listed, *BUILT}
    assert all((unpacked / n).read_bytes() == (checkout / n).read_bytes() for n in listed)


@pytest.mark.cli
def test_the_data_have_their_checksums(unpacked):
    lines = (unpacked / "data/SHA256SUMS").read_text().splitlines()
    named = dict(reversed(line.split("  ")) for line in lines)
    present = {f"raw/{name}" for name in files(unpacked / "data/raw")}
    assert present <= named.keys()
    for name in present:
        content = (unpacked / "data" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == named[name]


@pytest.mark.cli
def test_make_works_where_the_zip_is_unpacked(unpacked):
    done = subprocess.run(["make", "-n"], cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "code/all.py" in done.stdout
    script = [sys.executable, "code/all.py", "--dry-run"]
    done = subprocess.run(script, cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    words = ("panel of city: ", "estimates of did_baseline: ", "pages of did_baseline: ")
    order = [done.stdout.index(word) for word in words]
    assert order == sorted(order)


@pytest.mark.cli
def test_a_clean_clone_is_packed_after_make_audit_wrote_its_report_again(root, tmp_path):
    """With the checks of its code, and whatever another machine measures, nothing has changed."""
    if not (root / ".git").exists():
        pytest.skip("unpacked from a zip: there is nothing to clone")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--shared", str(root), str(clone))
    report = clone / "output/audit.md"
    rows = re.findall(r"^\| ok \| (.+?) \| (.+?) \| (.+) \|$", report.read_text(), re.MULTILINE)
    checks = [Check(*row, measured=f"{n} columns", compared=n) for n, row in enumerate(rows, 7)]
    report.write_text(markdown(checks))
    done = package(clone, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    # docs/replicators.md says 13 MB with the products; what is in git alone is less.
    assert 1e6 < (tmp_path / f"{TOP}.zip").stat().st_size < 20e6


@pytest.mark.cli
def test_equal_commits_and_products_give_equal_bytes(checkout, packed, tmp_path):
    for path in checkout.rglob("*"):
        if ".git" not in path.parts and path != packed:
            os.utime(path, (1_700_000_000, 1_700_000_000))
    assert package(checkout, "--output", tmp_path).returncode == 0
    assert (tmp_path / packed.name).read_bytes() == packed.read_bytes()


@pytest.mark.cli
def test_files_are_sorted_and_keep_their_modes(packed):
    with zipfile.ZipFile(packed) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)
    assert len({e.date_time for e in entries}) == 1
    runnable = {e.filename for e in entries if e.external_attr >> 16 & 0o111}
    assert runnable == {f"{TOP}/.ci/run"}


@pytest.mark.cli
def test_a_change_that_is_not_committed_is_refused(checkout, tmp_path):
    path = checkout / "Makefile"
    text = path.read_text()
    path.write_text(text + "\n")
    refused(package(checkout, "--output", tmp_path), "Makefile", "commit first")
    path.write_text(text)
    assert not list(tmp_path.iterdir())


@pytest.mark.cli
def test_a_folder_without_git_is_refused(unpacked):
    refused(package(unpacked), "git")
    assert not list((unpacked / "output").glob("*.zip"))


@pytest.mark.cli
def test_help_and_bad_options(checkout):
    done = package(checkout, "--help")
    assert done.returncode == 0
    assert "usage" in done.stdout
    refused(package(checkout, "--typo"), "--typo", "--help explains")


# ---------------------------------------------------------------- versions, containers, CI


def test_one_version_everywhere(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == __version__
    assert f"version: {__version__}\n" in citation
    assert re.search(r"^## \[(\d.+?)\] - \d{4}-\d\d-\d\d$", changes, re.MULTILINE)[1] == __version__


# Of the schema of the Citation File Format 1.2.0: what must be there, and what may be.
NEEDED = {"authors", "cff-version", "message", "title"}
ALLOWED = NEEDED | {"abstract", "contact", "commit", "date-released", "doi", "identifiers"}
ALLOWED |= {"keywords", "license", "license-url", "preferred-citation", "references", "repository"}
ALLOWED |= {"repository-artifact", "repository-code", "type", "url", "version"}
DOI = r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+"


def test_the_citation_file_has_what_its_schema_asks_for(root):
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert NEEDED <= cited.keys() <= ALLOWED
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] in ("software", "dataset")
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{cited['version']}] - {cited['date-released']}\n" in changes
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["license"] == project["license"]
    assert len(set(cited["keywords"])) == len(cited["keywords"]) > 0
    assert all(isinstance(word, str) for word in cited["keywords"])
    for reference in (cited, *cited["references"]):
        assert reference["authors"]
        assert {"title", "type"} <= reference.keys()
        for author in reference["authors"]:
            assert "name" in author or {"family-names", "given-names"} <= author.keys()
        assert re.fullmatch(DOI, reference.get("doi", "10.1000/a"))


def test_the_cited_review_is_the_one_whose_claims_are_judged(root):
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    review = cited["references"][0]
    authors = [f"{one['family-names']} {one['given-names']}" for one in review["authors"]]
    assert f"{' and '.join(authors)} ({review['year']}), doi {review['doi']}" == REVIEW


def test_containers_only_call_make(root):
    docker = (root / "Dockerfile").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:RUN|CMD) (.+(?:\\\n.+)*)", docker, re.MULTILINE)
    assert all("apt-get" in c or re.search(r'^\[?"?make\b', c) for c in commands), commands
    text = (root / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")
    settings = json.loads(text)
    assert settings["build"]["dockerfile"] == "../Dockerfile"
    assert settings["postCreateCommand"].split()[0] == "make"


def pins(path):
    """Return the versions that a lock pins, with the systems or Pythons for which it does."""
    found = re.findall(r"^([\w.-]+)==(\S+)( ;[^\n]*)? \\$", path.read_text(), re.MULTILINE)
    return {(name, where): version for name, version, where in found}


def test_conda_takes_the_pins_of_both_locks_which_agree(root):
    settings = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    python, pip, asked = settings["dependencies"]
    assert re.fullmatch(r"python=3\.1[1-4]", python)
    assert pip == "pip"
    names = [line.removeprefix("-r ") for line in asked["pip"]]
    assert names == ["requirements.lock", "requirements-tools.lock"]
    first, second = (pins(root / name) for name in names)
    both = first.keys() & second.keys()
    assert len(both) > 10
    assert {name: first[name] for name in both} == {name: second[name] for name in both}


@pytest.mark.cli
def test_ci_runs_the_commands_of_the_readme_last(root):
    script = root / ".ci/run"
    subprocess.run(["bash", "-n", script], check=True)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-2:] == ["make", "make test"]
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^make +#.*\nmake test +#", readme, re.MULTILINE)


def test_contributing_names_files_that_exist(root):
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:code|tests|data)/[\w./*]+\.\w+)`", text))
    assert len(named) >= 19
    assert not [name for name in named if not list(root.glob(name))]
