import dataclasses

import pytest

from pilotzone.catalogue import Description, Exhibit, Figure
from pilotzone.errors import UserError
from pilotzone.report import manifest

PICTURE = Figure(kind="tile_map", title="t")
ROLLOUT = Description(kind="rollout", sample="main")


@pytest.fixture
def output(tmp_path):
    """Return an output folder with estimates and renderings of two exhibits."""
    output = tmp_path / "output"
    for name in ("a.csv", "a.ranks.csv", "b.csv", "b.models.csv"):
        write(output / "estimates" / name, name)
    for name in ("tables/a.md", "tables/a.tex", "figures/a.png", "tables/b.md", "tables/b.tex"):
        write(output / name, name)
    return output


@pytest.fixture
def exhibits(tmp_path):
    made = {
        "a": Exhibit(title="t", title_zh="t", describe=ROLLOUT, figure=PICTURE),
        "b": Exhibit(title="t", title_zh="t", describe=ROLLOUT),
    }
    return {name: (one, write(tmp_path / f"{name}.py", name)) for name, one in made.items()}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def all_entries(exhibits, output):
    rows = [
        row
        for name, (exhibit, path) in exhibits.items()
        for row in manifest.entries(name, exhibit, path, output, output / "estimates")
    ]
    return manifest.stamped(output, rows)


def problems(exhibits, output):
    found = manifest.problems(exhibits, output, output / "estimates")
    return [(problem.kind, problem.output) for problem in found]


def test_entries_are_the_committed_files_of_an_exhibit(exhibits, output):
    rows = {row.output: row for row in all_entries(exhibits, output)}
    assert sorted(rows) == [
        "estimates/a.csv",
        "estimates/a.ranks.csv",
        "estimates/b.csv",
        "estimates/b.models.csv",
        "figures/a.png",
        "tables/a.md",
        "tables/a.tex",
        "tables/b.md",
        "tables/b.tex",
    ]
    assert {rows[name].exhibit for name in rows if "/a." in name} == {"a"}
    assert {row.built_by for row in rows.values()} == {"make"}
    assert {name for name, row in rows.items() if not row.inputs_sha256} == {
        name for name in rows if name.startswith("estimates/")
    }


def test_estimates_outside_the_output_folder_are_not_listed(exhibits, output, tmp_path):
    exhibit, path = exhibits["b"]
    elsewhere = write(tmp_path / "elsewhere/b.csv", "b").parent
    rows = manifest.entries("b", exhibit, path, output, elsewhere)
    assert [row.output for row in rows] == ["tables/b.md", "tables/b.tex"]


@pytest.mark.parametrize(
    ("changed", "tables", "figures"),
    [
        ("output/estimates/a.csv", True, True),
        ("output/estimates/a.ranks.csv", True, True),
        ("a.py", True, True),
        ("output/estimates/b.csv", False, False),
        ("output/estimates/city_inference_audit.csv", True, True),
        ("package/tables/grid.py", True, False),
        ("package/plots/tile_map.py", False, True),
        ("package/estimates/cautions.py", True, True),
        ("package/estimates/files.py", False, False),
        ("package/catalogue/phrases/page.toml", True, True),
        ("package/did/twfe.py", False, False),
        ("codebook.csv", True, True),
    ],
)
def test_the_digest_moves_with_what_is_shown_and_with_nothing_else(
    changed, tables, figures, exhibits, output, tmp_path, monkeypatch
):
    package = tmp_path / "package"
    for name in (
        "tables/grid.py",
        "plots/tile_map.py",
        "catalogue/phrases/page.toml",
        "estimates/cautions.py",
        "spec.py",
        "did/twfe.py",
    ):
        write(package / name, name)
    monkeypatch.setattr(manifest, "PACKAGE", package)
    monkeypatch.setattr(manifest.codebook, "CODEBOOK", write(tmp_path / "codebook.csv", "x"))
    manifest.sources.cache_clear()

    def digests():
        folder = output / "estimates"
        path = exhibits["a"][1]
        return [manifest.inputs_sha256(k, "a", path, folder) for k in ("tables", "figures")]

    before = digests()
    write(tmp_path / changed, "something else")
    after = digests()
    manifest.sources.cache_clear()
    assert [one != other for one, other in zip(before, after, strict=True)] == [tables, figures]


def test_a_manifest_reads_back_sorted_with_unix_line_ends(exhibits, output):
    rows = all_entries(exhibits, output)
    manifest.write(output, reversed(rows))
    text = (output / "manifest.csv").read_bytes()
    assert b"\r" not in text
    names = [line.split(b",")[0] for line in text.splitlines()]
    assert names[0] == b"output"
    assert names[1:] == sorted(names[1:])
    assert manifest.read(output) == {row.output: row for row in rows}
    assert manifest.read(output / "tables") == {}


def test_another_header_is_refused(output):
    write(output / "manifest.csv", "output,exhibit\n")
    with pytest.raises(UserError, match="columns are not output, exhibit, exhibit_sha256"):
        manifest.read(output)


def test_update_keeps_other_exhibits_and_drops_those_that_are_gone(exhibits, output):
    rows = all_entries(exhibits, output)
    gone = dataclasses.replace(rows[0], output="tables/old.md", exhibit="old")
    missing = dataclasses.replace(rows[0], output="tables/old.tex", exhibit="old")
    kept = dataclasses.replace(rows[0], output="estimates/old.csv", exhibit="old")
    for row in (gone, kept):
        write(output / row.output, "old")
    manifest.write(output, [*rows, gone, missing, kept])
    made = [dataclasses.replace(row, data_sha256="new") for row in rows if row.exhibit == "a"]
    new, files = manifest.update(output, made, exhibits)
    assert files == [output / "tables/old.md"]
    assert sorted(new) == sorted([*made, *(row for row in rows if row.exhibit == "b")])


def test_a_figure_that_an_exhibit_lost_is_gone(exhibits, output):
    rows = all_entries(exhibits, output)
    manifest.write(output, rows)
    made = [row for row in rows if row.exhibit == "a" and "figures" not in row.output]
    assert manifest.update(output, made, exhibits)[1] == [output / "figures/a.png"]


def test_a_complete_output_has_no_problem(exhibits, output):
    manifest.write(output, all_entries(exhibits, output))
    assert problems(exhibits, output) == []


def test_what_is_missing_orphaned_or_outdated_is_listed(exhibits, output):
    rows = all_entries(exhibits, output)
    manifest.write(output, [row for row in rows if row.output != "tables/b.tex"])
    (output / "figures/a.png").unlink()
    write(output / "tables/old.md", "old")
    write(output / "estimates/old.csv", "old")
    write(exhibits["b"][1], "b, changed")
    assert problems(exhibits, output) == [
        ("missing", "figures/a.png"),
        ("missing", "tables/b.tex"),
        ("orphaned", "estimates/old.csv"),
        ("orphaned", "tables/old.md"),
        ("outdated", "estimates/b.csv"),
        ("outdated", "estimates/b.models.csv"),
        ("outdated", "tables/b.md"),
    ]


def test_a_row_without_exhibit_and_file_is_listed(exhibits, output):
    rows = all_entries(exhibits, output)
    manifest.write(output, [*rows, dataclasses.replace(rows[0], output="tables/old.md")])
    assert problems(exhibits, output) == [("orphaned", "tables/old.md")]


def test_the_reason_names_what_differs(exhibits, output):
    rows = [dataclasses.replace(row, data_sha256="0") for row in all_entries(exhibits, output)]
    manifest.write(output, rows)
    found = manifest.problems(exhibits, output, output / "estimates")
    assert {problem.reason for problem in found} == {"another data_sha256"}
