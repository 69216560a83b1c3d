import os
import subprocess
import sys

import docx
import pandas as pd
import pytest
from docx.oxml.ns import qn

from pilotzone import estimates, exhibits
from pilotzone.catalogue import codebook
from pilotzone.claims import studies
from pilotzone.errors import Reason, encode
from pilotzone.report import manifest

IDS = ("sample_flow", "index_summary")
ENDINGS = ("md", "tex", "docx", "html")
# Both of them stand in the appendix; the main tables are written as soon as one is there.
DOCUMENTS = {*(f"tables/{name}.docx" for name in IDS), "appendix_tables.docx", "main.tex"}
PRINTED = tuple(
    f"figures/print/{name}" for name in ("index_summary.png", "index_summary.pdf", "SHA256SUMS")
)


def flow():
    fields = ["panel", "sample", "step", "reason", "rows", "units", "dropped"]
    rows = [("province", "long", 0, encode([Reason("published_figures")]), 434, 31, 0)]
    return {"": pd.DataFrame(rows, columns=fields)}


def summary(value=0.5):
    variants, years = ("nqp", "nqp_no_ecommerce"), (2013, 2022)
    moments = [
        (v, y, s, 0.25) for v in variants for y in years for s in ("mean", "sd", "min", "max")
    ]
    codes = [code for code in codebook.provinces() if code != "540000"]
    ranks = [
        (v, y, code, value + place / 100, place)
        for v in variants
        for y in years
        for place, code in enumerate(codes, start=1)
    ]
    return {
        "": pd.DataFrame(moments, columns=["variant", "year", "statistic", "value"]),
        "ranks": pd.DataFrame(ranks, columns=["variant", "year", "province_code", "value", "rank"]),
    }


def write(output, exhibit_id, parts):
    estimates.write(output / "estimates", exhibit_id, exhibits.load(exhibit_id), parts)


@pytest.fixture(scope="module")
def render(load_script):
    return load_script("code/render.py")


@pytest.fixture(scope="module")
def rendered(render, tmp_path_factory):
    """Return an output folder with two exhibits rendered once."""
    output = tmp_path_factory.mktemp("output")
    write(output, "sample_flow", flow())
    write(output, "index_summary", summary())
    assert render.main(["--output", str(output), *IDS]) == 0
    return output


@pytest.fixture
def output(rendered, tmp_path):
    """Return a copy of the rendered folder, with old times."""
    subprocess.run(["cp", "-r", f"{rendered}/.", str(tmp_path / "output")], check=True)
    for path in files(tmp_path / "output").values():
        os.utime(path, (1, 1))
    return tmp_path / "output"


def files(folder):
    return {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}


def content(folder):
    return {name: path.read_bytes() for name, path in files(folder).items()}


def inodes(folder):
    return {name: path.stat().st_ino for name, path in files(folder).items()}


def run(render, output, *options):
    return render.main(["--output", str(output), *options])


@pytest.mark.cli
def test_tables_figures_and_manifest_are_written(rendered):
    names = set(files(rendered))
    assert names == {
        "estimates/sample_flow.csv",
        "estimates/index_summary.csv",
        "estimates/index_summary.ranks.csv",
        *(f"tables/{name}.{ending}" for name in IDS for ending in ("md", "tex")),
        *DOCUMENTS,
        "figures/index_summary.png",
        "manifest.csv",
    }
    rows = manifest.read(rendered)
    assert set(rows) == names - {"manifest.csv", *DOCUMENTS}
    assert rows["figures/index_summary.png"].exhibit_sha256 == manifest.file_sha256(
        exhibits.paths()["index_summary"]
    )


@pytest.mark.cli
def test_a_second_run_changes_no_byte_but_the_times(render, output):
    before, places = content(output), inodes(output)
    assert run(render, output, *IDS) == 0
    assert content(output) == before
    assert inodes(output) == places
    rendered = {n: p for n, p in files(output).items() if not n.startswith("estimates/")}
    assert all(path.stat().st_mtime > 1 for path in rendered.values())


@pytest.mark.cli
def test_a_figure_is_kept_as_long_as_what_it_shows(render, output):
    picture = output / "figures/index_summary.png"
    picture.write_bytes(b"drawn on another processor")
    manifest.write(output, manifest.stamped(output, manifest.read(output).values()))
    assert run(render, output, "index_summary") == 0
    assert picture.read_bytes() == b"drawn on another processor"
    write(output, "index_summary", summary(0.6))
    assert run(render, output, "index_summary") == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.cli
def test_a_figure_that_is_not_the_one_written_is_drawn_anew(render, output):
    picture = output / "figures/index_summary.png"
    there = picture.read_bytes()
    picture.write_bytes(b"somebody else's")
    assert run(render, output, "index_summary") == 0
    assert picture.read_bytes() == there


@pytest.mark.cli
def test_figures_for_print_are_drawn_when_they_are_asked_for(render, output, capsys):
    before = content(output)
    assert run(render, output, "--print", *IDS) == 0
    after = content(output)
    assert set(after) - set(before) == set(PRINTED)
    assert {name: after[name] for name in before} == before
    assert after[PRINTED[1]].startswith(b"%PDF")
    assert "1 figures in" in capsys.readouterr().out


@pytest.mark.cli
def test_two_processes_write_what_one_writes(render, output):
    before = content(output)
    for name in before:
        if name.startswith(("tables", "figures")) and not name.endswith("_tables.docx"):
            (output / name).unlink()
    assert run(render, output, "--jobs=2", *IDS) == 0
    assert content(output) == before


@pytest.mark.cli
def test_a_fault_in_a_process_names_the_exhibit_and_writes_nothing(render, output, capsys):
    before = content(output)
    (output / "estimates/sample_flow.csv").write_text("no table\n")
    assert run(render, output, "--jobs=2", *IDS) == 2
    assert "sample_flow" in capsys.readouterr().err
    after = content(output)
    assert {n: after[n] for n in after if n.startswith("tables")} == {
        n: before[n] for n in before if n.startswith("tables")
    }


@pytest.mark.cli
def test_files_of_an_exhibit_that_is_gone_are_deleted(render, output):
    rows = manifest.read(output)
    old = [
        manifest.Entry(name, "old", "0", "0", "0")
        for name in ("tables/old.md", "estimates/old.csv")
    ]
    for row in old:
        (output / row.output).write_text("old")
    (output / "tables/old.docx").write_text("old")
    (output / "tables/mine.md").write_text("not in the manifest")
    manifest.write(output, [*rows.values(), *old])
    assert run(render, output, "sample_flow") == 0
    assert not (output / "tables/old.md").exists()
    assert not (output / "tables/old.docx").exists()
    assert (output / "estimates/old.csv").exists()
    assert (output / "tables/mine.md").exists()
    assert manifest.read(output) == rows


@pytest.mark.cli
def test_show_prints_a_table_and_writes_nothing(render, output, capsys):
    before = content(output)
    assert run(render, output, "--show", "sample_flow", "--labels", "zh") == 0
    assert "样本筛选流程" in capsys.readouterr().out
    assert content(output) == before


def titles(path):
    """Return the captions of a Word file."""
    captions = [p for p in docx.Document(path).paragraphs if p.style.name.lower() == "caption"]
    return ["".join(node.text for node in p._p.iter(qn("w:t"))) for p in captions]


@pytest.mark.cli
def test_one_word_file_holds_several_tables_in_the_order_of_the_argument(render, output):
    flow, summary_ = (exhibits.load(name).title for name in IDS)
    path = output / "appendix_tables.docx"
    assert list(exhibits.paths()).index("index_summary") < list(exhibits.paths()).index(IDS[0])
    assert titles(path) == [f"Table 1. {summary_}", f"Table 2. {flow}"]
    path.unlink()
    assert run(render, output, "sample_flow") == 0
    assert titles(path) == [f"Table 1. {summary_}", f"Table 2. {flow}"]
    (output / "tables/index_summary.docx").unlink()
    assert run(render, output, "sample_flow") == 0
    assert titles(path) == [f"Table 1. {flow}"]


@pytest.mark.cli
def test_tables_in_a_chosen_style_are_written_in_four_renderings(render, output, tmp_path, capsys):
    before, custom = content(output), tmp_path / "custom"
    options = ("--tables", str(custom), "--labels", "zh", "--decimals", "1")
    assert run(render, output, *options, *IDS) == 0
    custom = custom / "se-zh"
    assert set(files(custom)) == {
        *(f"{name}.{ending}" for name in IDS for ending in ENDINGS),
        "all_tables.tex",
        "all_tables.docx",
    }
    for ending in ("md", "tex", "html"):
        text = (custom / f"index_summary.{ending}").read_text(encoding="utf-8")
        assert "均值" in text
        assert "0.2" in text
        assert "0.25" not in text
    assert titles(custom / "all_tables.docx")[0].startswith("表1")
    assert "ctexart" in (custom / "all_tables.tex").read_text(encoding="utf-8")
    assert capsys.readouterr().out == (f"2 tables in {custom}: style se, labels zh, decimals 1\n")
    assert content(output) == before


@pytest.mark.cli
def test_two_choices_do_not_mix(render, output, tmp_path):
    custom = tmp_path / "custom"
    for labels_ in ("zh", "en"):
        assert run(render, output, "--tables", str(custom), "--labels", labels_, *IDS) == 0
    assert "Mean" in (custom / "se-en/index_summary.md").read_text(encoding="utf-8")
    assert "均值" in (custom / "se-zh/index_summary.md").read_text(encoding="utf-8")
    once = content(custom)
    assert run(render, output, "--tables", str(custom), *IDS) == 0
    assert content(custom) == once


def test_list_names_every_exhibit_once(render, capsys):
    assert render.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    everyone = exhibits.paths((*exhibits.GROUPS, *exhibits.READERS))
    assert [line.split()[0] for line in lines] == list(everyone)
    for line, (exhibit_id, path) in zip(lines, everyone.items(), strict=True):
        group = path.parent.name
        assert line.split()[1] == group
        assert path.name in line
        command = f" [{exhibits.READERS[group]}]" if group in exhibits.READERS else ""
        assert line.endswith(exhibits.load(exhibit_id).title + command)


def test_list_names_the_studies_whose_claims_are_linked_and_the_roles(render, capsys):
    render.main(["--list"])
    cells = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()}
    for claim in studies.claims():
        for exhibit in (*(column.exhibit for column in claim.own), *claim.shown):
            assert str(claim.study) in cells[exhibit][2].split(",")
    assert cells["did_baseline"][2:4] == ["2", "baseline"]
    assert cells["descriptives"][2:4] == ["-", "descriptive"]


@pytest.mark.cli
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["no_such_exhibit"], "no exhibit 'no_such_exhibit'"),
        (["--show", "no_such_exhibit"], "no exhibit 'no_such_exhibit'"),
        (["--style", "p", "sample_flow"], "style 'p' is unknown; known: se, t, ci, nostars"),
        (["--decimals", "many"], "invalid int value: 'many'"),
        (["--decimals", "99"], "decimals '99' is unknown"),
        (["--labels", "fr", "--tables", "custom"], "labels 'fr' is unknown; known: en, zh"),
        (["--tables", "custom", "no_such_exhibit"], "no exhibit 'no_such_exhibit'"),
        (["--labels", "zh", "sample_flow"], "go with --show or --tables"),
        (["--list", "--show", "sample_flow"], "not allowed with argument"),
        (["did_baseline"], "did_baseline.csv: not there; run `make "),
    ],
)
def test_bad_use_is_one_line_and_status_two(options, message, render, output, capsys):
    before = content(output)
    assert run(render, output, *options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("render: ")
    assert said.err.count("\n") == 1
    assert message in said.err
    assert content(output) == before


@pytest.mark.cli
def test_one_missing_file_leaves_everything_as_it_was(render, output):
    write(output, "index_summary", summary(0.7))
    before = content(output)
    assert run(render, output, "index_summary", "sample_flow", "rollout") == 2
    assert content(output) == before


@pytest.mark.slow
@pytest.mark.cli
def test_the_script_runs_alone_and_imports_matplotlib_only_to_draw(root, output):
    script = (
        "import pathlib, runpy, sys\n"
        "def run(*options):\n"
        "    sys.argv[:] = 'render.py', *options\n"
        "    try: runpy.run_path('code/render.py', run_name='__main__')\n"
        "    except SystemExit as end: status = end.code\n"
        "    print('ends', status, 'matplotlib' in sys.modules, 'pandas' in sys.modules)\n"
        "output, *ids = sys.argv[1:]\n"
        "run('--list')\n"
        "run('--output', output, *ids)\n"
        "pathlib.Path(output, 'figures/index_summary.png').unlink()\n"
        "run('--output', output, *ids)\n"
    )
    command = [sys.executable, "-c", script, str(output), *IDS]
    environment = {**os.environ, "PYTHONPATH": "code"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=root, env=environment, check=True
    )
    # What one run imports is there in the next.
    assert [line for line in done.stdout.splitlines() if line.startswith("ends ")] == [
        "ends 0 False False",
        "ends 0 False True",
        "ends 0 True True",
    ]


@pytest.fixture
def recorded(root, tmp_path):
    """Return a folder with the Makefile in which Python writes down how it was called."""
    (tmp_path / "Makefile").write_bytes((root / "Makefile").read_bytes())
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@"\n[ "$1" != code/render.py ] || exit $STATUS\n'
    )
    python.chmod(0o755)
    (tmp_path / ".venv/.stamp").touch()
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1, 1))
    return tmp_path


@pytest.mark.cli
@pytest.mark.parametrize(
    ("choice", "options"),
    [
        ((), ["--style=se", "--labels=en", "--decimals=3"]),
        (
            ("STYLE=ci", "LABELS=zh", "DECIMALS=2", "EXHIBIT=a b"),
            ["--style=ci", "--labels=zh", "--decimals=2", "a", "b"],
        ),
    ],
)
@pytest.mark.parametrize("status", ["0", "2"])
def test_make_tables_passes_the_choice_on_and_not_the_environment(
    choice, options, status, recorded
):
    done = subprocess.run(
        ["make", "--silent", "tables", *choice],
        cwd=recorded,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "STATUS": status, "STYLE": "t", "LABELS": "zh"},
    )
    estimates = ["code/all.py", "--jobs=2", "estimates"]
    render = ["code/render.py", "--tables", "output/custom", *options]
    assert done.stdout.splitlines() == estimates + render
    assert done.returncode == int(status)
