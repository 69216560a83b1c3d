"""Inputs: every changed, missing or unlisted file is named, and every file without rights."""

import pytest

from pilotzone.audit import inputs


def failures(project):
    return [failure for check in inputs.checks(project) for failure in check.failures]


def test_the_published_figures_are_as_listed(project):
    assert failures(project) == []


def test_a_changed_byte_is_named(project):
    path = project.raw / "province_figures.csv"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    assert failures(project) == [
        "data/raw/province_figures.csv: changed, another checksum than in SHA256SUMS"
    ]


def test_a_missing_file_is_named_by_both_tables(project):
    (project.raw / "policies/broadband_china.csv").unlink()
    assert failures(project) == [
        "data/raw/policies/broadband_china.csv: missing",
        "data/raw/sources.csv: no file policies/broadband_china.csv",
    ]


def test_a_file_that_nobody_lists_is_named(project):
    (project.raw / "policies/mine.csv").write_text("x")
    (project.raw / ".hidden").write_text("x")
    assert failures(project) == [
        "data/raw/policies/mine.csv: not in SHA256SUMS",
        "data/raw/policies/mine.csv: no row in sources.csv",
    ]


@pytest.mark.parametrize("field", inputs.NEEDED)
def test_a_file_without_source_or_rights_is_named(project, field):
    path = project.raw / "sources.csv"
    header, first, *_ = path.read_text(encoding="utf-8").splitlines()
    name = first.split(",")[0]
    cells = {"file": name, "publisher": "someone", "rights": "some", field: " "}
    row = ",".join(cells.get(column, "") for column in header.split(","))
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    found = inputs.source_failures(project.raw)
    assert f"data/raw/{name}: no {field} in sources.csv" in found


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("nonsense\n", "SHA256SUMS, line 1: not a checksum and a file"),
        (f"{'0' * 64}  raw/x.csv\n" * 2, "SHA256SUMS, line 2: raw/x.csv stands twice"),
        (f"{'0' * 64}  raw/x.csv\n", "data/raw/x.csv: missing"),
    ],
)
def test_a_damaged_list_is_a_failure(project, text, failure):
    project.sums.write_text(text)
    assert failure in inputs.checksum_failures(project.sums, project.raw)


@pytest.mark.parametrize("name", ["SHA256SUMS", "raw/sources.csv"])
def test_a_missing_list_is_a_failure(project, name):
    path = project.root / "data" / name
    path.unlink()
    assert any(failure.endswith(f"{path.name}: not there") for failure in failures(project))
