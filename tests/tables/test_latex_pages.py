"""LaTeX compiles: every English table, and Chinese ones that are wide, long or full of notes.

A page may be overfull by a few points, which nobody sees: widths are estimated to a few per cent.
"""

import os
import re
import shutil
import subprocess

import pytest

from pilotzone import exhibits, tables
from pilotzone.exhibits.main import FIGURES, TABLES
from pilotzone.report import journal
from pilotzone.tables import latex
from pilotzone.tables.style import Style

OVERFULL = 5.0
CHINESE = (
    "did_baseline",
    "moderation",
    "index_weights",
    "robustness",
    "spatial_dynamic",
    "spatial_tests",
    "city_staggered",
    "sample_flow",
)


def program(name):
    """Return the path of a program; without it skip, or fail where all must be there."""
    path = shutil.which(name)
    if path is None and os.environ.get("PILOTZONE_ALL_TOOLS") == "1":
        pytest.fail(f"{name} is not installed")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


# Nobody keeps these files: streams stay as they are, where the compiler can leave them so.
UNPACKED = r"\ifdefined\pdfcompresslevel\pdfcompresslevel=0\fi" + "\n"
# Pages are set and references written down, and no file is made of them.
DRAFT = {"pdflatex": "-draftmode", "xelatex": "-no-pdf"}


def compiled(compiler, folder, name, *options):
    """Run a compiler once; return its messages in one line, without its line breaks."""
    command = [compiler, "-interaction=nonstopmode", "-halt-on-error", *options, f"{name}.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert options or (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    return log.replace("\n", "")


def faults(log):
    """Return what does not fit or is not printed, each behind the file it stands in.

    A number wider than its room ends over what comes next: before its point over the point, behind
    it in the gap between columns, where that is allowed. A label ends over the line below.
    """
    pattern = (
        r"\(\./(?P<file>\w+)\.tex|(?P<fault>Float too large for page by [\d.]+pt"
        r"|Overfull \\hbox \([\d.]+pt too wide\) detected at line \d++(?!\$\\OML\S+ :)"
        r"|Overfull \\vbox \([\d.]+pt too high\) detected"
        r"|Overfull \\hbox \((?P<points>[\d.]+)pt|Missing character: There is no .)"
    )
    found, file = [], ""
    for match in re.finditer(pattern, log):
        file = match["file"] or file
        if match["fault"] and float(match["points"] or 2 * OVERFULL) > OVERFULL:
            found.append((file, match["fault"]))
    return found


def written(folder, grids):
    for table in grids:
        (folder / f"{table.exhibit}.tex").write_text(latex.render(table), encoding="utf-8")
    page = latex.collection([table.exhibit for table in grids], grids[0].language)
    (folder / "all_tables.tex").write_text(UNPACKED + page, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.cli
def test_every_english_table_is_ascii_compiles_and_fits_its_page(tmp_path, committed_table):
    compiler = program("pdflatex")
    ids = list(exhibits.paths())
    written(tmp_path, [committed_table(exhibit_id) for exhibit_id in ids])
    for exhibit_id in ids:
        assert (tmp_path / f"{exhibit_id}.tex").read_text(encoding="utf-8").isascii(), exhibit_id
    log = compiled(compiler, tmp_path, "all_tables")
    assert faults(log) == []
    assert all(f"(./{exhibit_id}.tex" in log for exhibit_id in ids)


@pytest.mark.slow
@pytest.mark.cli
def test_chinese_tables_compile_and_fit_their_page(tmp_path, committed_table):
    compiler = program("xelatex")
    written(tmp_path, [committed_table(exhibit_id, "zh") for exhibit_id in CHINESE])
    assert faults(compiled(compiler, tmp_path, "all_tables")) == []
    reader = program("pdftotext")
    command = [reader, str(tmp_path / "all_tables.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for label in ("表 1", "控制变量", "省份固定效应", "年份固定效应", "观测值"):
        assert label.replace(" ", "") in "".join(text.split())


@pytest.mark.slow
@pytest.mark.cli
@pytest.mark.parametrize(("language", "compiler"), [("en", "pdflatex"), ("zh", "xelatex")])
def test_the_article_compiles(root, tmp_path, committed_table, language, compiler):
    path = program(compiler)
    for name in TABLES:
        text = latex.render(committed_table(name, language))
        (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
    text = journal.document(root / "output", language, "", f"{root / 'output/figures'}/")
    (tmp_path / journal.NAME).write_text(text, encoding="utf-8")
    compiled(path, tmp_path, "main", DRAFT[compiler])
    log = compiled(path, tmp_path, "main")
    assert faults(log) == []
    assert "undefined" not in log
    assert all(f"{name}." in log for name in FIGURES)


@pytest.mark.cli
def test_intervals_fit_their_page_too(root, tmp_path):
    compiler, folder = program("pdflatex"), root / "output/estimates"
    ids = ("did_baseline", "moderation", "event_study")
    written(tmp_path, [tables.build(i, exhibits.load(i), folder, Style("ci")) for i in ids])
    assert faults(compiled(compiler, tmp_path, "all_tables")) == []


@pytest.mark.cli
@pytest.mark.parametrize(("language", "compiler"), [("en", "pdflatex"), ("zh", "xelatex")])
def test_one_table_compiles_alone(tmp_path, language, compiler, committed_table):
    path = program(compiler)
    table = committed_table("rollout", language)
    (tmp_path / "alone.tex").write_text(latex.render(table), encoding="utf-8")
    assert faults(compiled(path, tmp_path, "alone")) == []


@pytest.mark.cli
def test_the_same_file_is_read_by_a_document(tmp_path, committed_table):
    compiler = program("pdflatex")
    table = committed_table("rollout")
    (tmp_path / "rollout.tex").write_text(latex.render(table), encoding="utf-8")
    text = "Before.\n\\input{rollout}\nAfter, table \\ref{tab:rollout}."
    (tmp_path / "paper.tex").write_text(latex.standalone(text), encoding="utf-8")
    compiled(compiler, tmp_path, "paper")
    reader = program("pdftotext")
    printed = subprocess.run(
        [reader, "paper.pdf", "-"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    for text in ("Before. After, table", "Table 1:"):
        assert text in printed


@pytest.mark.cli
def test_faults_are_seen(tmp_path):
    compiler = program("pdflatex")
    wide = r"\begin{table}[htbp]\rule{600pt}{1pt}\par\rule{1pt}{900pt}\end{table}"
    (tmp_path / "wide.tex").write_text(latex.standalone(wide), encoding="utf-8")
    found = faults(compiled(compiler, tmp_path, "wide"))
    assert [fault.split(" ")[0] for _, fault in found] == ["Overfull", "Float"]
