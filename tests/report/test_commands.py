"""Every command that a page names is run by a test, or it is said here why not."""

import re

import pytest

HOURS = "takes hours; its parts are run small: tests/test_benchmarks.py, tests/test_fuzz.py"
# By target of make or by script: the test that runs what it runs, or the reason that none does.
RUN = {
    "make": ".ci/run",
    "make test": ".ci/run",
    "make JOBS": "tests/test_make.py::test_variables_of_the_user_do_not_collide_with_the_rules",
    "make env": "tests/build/test_environment.py",
    "make panels": "tests/test_make.py::test_what_is_stale_is_decided_in_one_place",
    "make base": "tests/test_make.py::test_a_group_is_estimated_and_rendered_alone",
    "make claims": "tests/test_make.py::test_a_group_is_estimated_and_rendered_alone",
    "make output/estimates": "tests/test_make.py::test_estimates_of_one_exhibit_are_a_target",
    "make list": "tests/test_render.py::test_list_names_every_exhibit_once",
    "make show": "tests/test_render.py::test_show_prints_a_table_and_writes_nothing",
    "make trace": "tests/explain/test_explain.py::test_answers",
    "make check": "tests/explain/test_explain.py::test_answers",
    "make tables": "tests/test_render.py::test_make_tables_passes_the_choice_on_and_not_the_env",
    "make print": "tests/test_render.py::test_figures_for_print_are_drawn_when_they_are_asked_for",
    "make index": "tests/test_scripts.py::test_the_example_system_of_the_readme_gives_an_index",
    "make mine": "tests/reader/test_mine.py::test_make_passes_the_readers_files_on",
    "make policy": "tests/reader/test_policy.py",
    "make policies": "tests/reader/test_policy.py",
    "make docs": "tests/api/test_manual.py",
    "make main": "tests/tables/test_latex_pages.py::test_the_article_compiles",
    "make firm": "tests/reader/test_firms.py",
    "make whose": "tests/whose/test_search.py::test_the_example_is_reproduced",
    "make faultbench": "tests/test_make.py::test_cases_with_faults_are_made_and_an_auditor_scored",
    "make notebooks": "tests/test_notebooks.py::test_every_cell_runs_and_writes_no_file",
    "make package": "tests/test_package.py::test_the_zip_holds_the_commit_and_the_built_products",
    "make freeze": "tests/audit/test_frozen.py::test_a_freeze_copies_the_files_and_logs_why",
    "make readme": "tests/report/test_readme.py::test_a_stale_part_is_made_anew",
    "make mutants": "tests/test_mutants.py",
    "make audit": "tests/audit/test_tampering.py",
    "code/all.py": "tests/test_make.py::test_a_second_run_says_that_there_is_nothing_to_do",
    "code/audit.py": "tests/audit/test_typed_table.py",
    "code/faultbench.py": "tests/faultbench/test_script.py",
    "pytest": "is what runs this",
    "git clone": "needs a server",
    "make bench": HOURS,
    "make help": "prints lines of the Makefile",
    "make lint": "ruff alone, run before a commit",
    "make lock": "needs uv and a package index, and changes pins",
    "make test-fast": "a choice among the tests of make test",
}
SPAN = re.compile(r"`((?:PYTHON=\S+ )?make(?: [^`]*)?|(?:\.venv/bin/)?python3? [^`]+)`")
LINE = re.compile(r"^((?:make|git clone|(?:\.venv/bin/)?python)(?: .*)?)$", re.MULTILINE)


def named(text):
    """Return the commands of a page, in code spans and in blocks."""
    fences = re.findall(r"^```(?:bash|sh)?\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    found = [line for fence in fences for line in LINE.findall(fence)]
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [*found, *SPAN.findall(outside)]


def key(command):
    """Return the target or the script of a command."""
    words = re.sub(r"^PYTHON=\S+ ", "", command.partition("#")[0]).split()
    if words[0] == "git":
        return "git clone"
    if words[0] != "make":
        return "pytest" if "pytest" in words else words[1]
    target = words[1] if len(words) > 1 else ""
    target = "output/estimates" if target.startswith("output/estimates/") else target
    return f"make {target.partition('=')[0]}".strip()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("make          # all", "make"),
        ("PYTHON=python3.12 make", "make"),
        ("make whose TABLE=a PANEL=b", "make whose"),
        (".venv/bin/python code/audit.py table FILE.csv", "code/audit.py"),
    ],
)
def test_a_command_is_known_by_its_target_or_script(command, said):
    assert key(command) == said


def test_commands_in_pages_and_this_list_are_the_same(root):
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]
    found = {key(one) for page in pages for one in named(page.read_text(encoding="utf-8"))}
    assert found == RUN.keys()


def test_the_tests_that_are_named_exist(root):
    places = [place.partition("::") for place in RUN.values() if place.startswith("tests/")]
    assert len(places) > 20
    for file, _, name in places:
        text = (root / file).read_text(encoding="utf-8")
        assert f"def {name or 'test_'}" in text
