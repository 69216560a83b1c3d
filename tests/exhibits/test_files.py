"""The files of the exhibits: literals, notes in both languages, mistakes that name the file."""

import ast
import re
import shutil
import subprocess
import sys

import pytest

from pilotzone import exhibits
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.catalogue.matrices import MATRICES
from pilotzone.errors import UserError

EVERY = exhibits.paths((*exhibits.GROUPS, *exhibits.READERS))
# Chinese characters of a note over English letters: faithful ones take 0.25 to 0.38.
LONGEST = 0.4


def test_every_note_of_an_exhibit_stands_in_chinese_too():
    for name in exhibits.paths():
        exhibit = exhibits.load(name)
        assert len(exhibit.notes_zh) == len(exhibit.notes), name
        for note in exhibit.notes_zh:
            assert note.endswith("。"), (name, note)
            assert not re.search("[\u4e00-\u9fff][,:;(]|[,:;)][\u4e00-\u9fff]", note), (name, note)


def test_no_chinese_note_says_more_than_the_english_one():
    for name in exhibits.paths():
        exhibit = exhibits.load(name)
        for note, chinese in zip(exhibit.notes, exhibit.notes_zh, strict=True):
            characters = sum(not letter.isascii() for letter in chinese)
            assert characters <= LONGEST * len(note), (name, chinese)


def test_every_exhibit_file_is_literals_and_imports_the_catalogue_alone():
    allowed = (ast.ImportFrom, ast.Assign, ast.Expr)
    # The literals of claims are files of their own, one for each study.
    literals = {"claims": ("pilotzone.catalogue", "pilotzone.claims")}
    for path in EVERY.values():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            assert isinstance(node, allowed), f"{path.name}: {ast.dump(node)[:60]}"
            if isinstance(node, ast.ImportFrom):
                known = literals.get(path.parent.name, ("pilotzone.catalogue",))
                assert node.module.startswith(known), path.name
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda | ast.For)]
        assert not calls, path.name


def test_the_baseline_has_the_eight_declared_columns():
    assert exhibits.load("did_baseline").column_ids() == tuple(
        f"{outcome}:{treatment}:{controls}"
        for outcome in ("nqp", "nqp_no_ecommerce")
        for treatment in ("zone_first", "zone_share")
        for controls in ("none", "baseline")
    )


def test_the_spatial_baseline_has_its_fixed_columns():
    corrected = ("sar_lee_yu", "sdm_lee_yu")
    fixed = ("sar", "sdm", *corrected, "sdm_trends", "sdm_lee_yu_trends")
    assert exhibits.load("spatial_baseline").column_ids() == fixed


def test_columns_of_another_exhibit_are_its_columns():
    events = exhibits.load("staggered_event")
    assert events.column_ids() == exhibits.load("staggered").column_ids()
    assert events.terms == ("event",)


def columns_on_cities():
    return [
        (name, spec)
        for name in exhibits.paths()
        for spec in exhibits.load(name).columns
        if spec.rows.panel == "city"
    ]


def test_columns_on_cities_name_their_sample_controls_and_matrices():
    columns = columns_on_cities()
    assert len(columns) > 100
    there = ["", *(name for name, one in MATRICES.items() if "city" in one.panels)]
    for name, spec in columns:
        assert spec.controls == "none" or spec.controls.startswith("city"), name
        assert spec.weights in there, name
        assert spec.treatment.startswith("zone_city"), name
        assert spec.outcome not in CONTROLS[spec.controls].variables, (name, spec.outcome)


def test_spatial_models_of_cities_use_the_balanced_samples():
    for name, spec in columns_on_cities():
        if spec.weights:
            expected = "balanced_linked" if spec.weights == "contiguity" else "balanced"
            assert expected in (spec.rows.id, spec.rows.parent), name


def test_an_unknown_exhibit_is_refused():
    with pytest.raises(UserError, match="no exhibit 'did_basline'; `make list`"):
        exhibits.load("did_basline")


# Where a mistake is written into a copy of an exhibit, and what the line about it holds.
MISTAKES = {
    "a sample": (
        "did_baseline",
        'treatment=("zone_first", "zone_share"),',
        'treatment="zone_first", sample="mian",',
        "column nqp on zone_first by twfe: sample 'mian' is not known; known: long, main, ",
    ),
    "inference": (
        "did_baseline",
        'treatment=("zone_first", "zone_share"),',
        'treatment="zone_first", inference="nonsense",',
        "column nqp on zone_first by twfe: inference 'nonsense' is not known; known: crv1, ",
    ),
    "a dimension": (
        "did_baseline",
        "controls=",
        "control=",
        "grid: dimension 'control' is not kno",
    ),
    "a column twice": (
        "did_baseline",
        'controls=("none", "baseline")',
        'controls=("none", "none")',
        "column 'nqp:zone_first' stands twice; columns must differ in one of outcome, ",
    ),
    "a kind of description": (
        "descriptives",
        'kind="descriptives"',
        'kind="descriptive"',
        "description 'descriptive' is not known; known: index_weights, ",
    ),
    "a mapping for a description": (
        "descriptives",
        "describe=Description(",
        "describe=dict(",
        "give a Description",
    ),
    "a field of an exhibit": (
        "did_baseline",
        "title_zh=",
        "titel_zh=",
        # Python from 3.12 on says between the two what may have been meant.
        "unexpected keyword argument 'titel_zh' … see CONTRIBUTING.md",
    ),
    "a name": ("did_baseline", "columns=grid(", "columns=gird(", "name 'gird' is not defined; see"),
    "a bracket": ("did_baseline", "columns=grid(", "columns=grid((", "see CONTRIBUTING.md"),
    "no exhibit": ("did_baseline", "EXHIBIT = ", "EXHIBTI = ", "defines no EXHIBIT"),
}


@pytest.mark.parametrize(("name", "there", "written", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_file_is_one_line_that_names_it(tmp_path, name, there, written, said):
    path = mistaken(tmp_path / "base", name, there, written)
    with pytest.raises(UserError) as caught:
        exhibits.read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"exhibits/base/{name}.py: ")
    assert all(part in message for part in said.split(" … "))


def mistaken(folder, name, there, written):
    text = EVERY[name].read_text(encoding="utf-8")
    assert text.count(there) == 1, f"{there!r} is no place for a mistake"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(text.replace(there, written), encoding="utf-8")
    return path


@pytest.mark.parametrize("field", ["needs", "columns_of"])
def test_an_exhibit_that_reads_one_that_is_not_there_is_refused(tmp_path, monkeypatch, field):
    folder = tmp_path / "exhibits"
    path = mistaken(folder / "base", "descriptives", "EXHIBIT = Exhibit(", "EXHIBIT = Exhibit(\n")
    text = path.read_text(encoding="utf-8")
    if field == "needs":
        path.write_text(text.replace("Exhibit(\n", 'Exhibit(\n    needs=("typo",),', 1), "utf-8")
    else:
        path.write_text(
            "from pilotzone.catalogue import Exhibit\n\n"
            'EXHIBIT = Exhibit(title="t", title_zh="t", columns_of="typo")\n',
            "utf-8",
        )
    monkeypatch.setattr(exhibits, "FOLDER", folder)
    with pytest.raises(
        UserError, match=r"exhibit 'descriptives' .*exhibit 'typo' is not known; kn"
    ):
        exhibits.load("descriptives")


@pytest.mark.cli
def test_nothing_is_estimated_where_one_file_has_a_mistake(tmp_path, root, built):
    shutil.copytree(root / "code", tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    # Literals of the claims ask the codebook which variables there are.
    (tmp_path / "data").mkdir()
    shutil.copy(root / "data/codebook.csv", tmp_path / "data")
    name, there, written, said = MISTAKES["inference"]
    mistaken(tmp_path / "code/pilotzone/exhibits/base", name, there, written)
    target = tmp_path / "estimates"
    done = subprocess.run(
        [
            *(sys.executable, "code/estimate.py", "rollout", "did_baseline"),
            *("--derived", built, "--estimates", target),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "exhibits/base/did_baseline.py: " in line
    assert said in line
    assert not target.exists()
