"""The files under output/estimates: schemas, bytes that stay."""

import os

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits
from pilotzone.catalogue import Description, Exhibit, grid
from pilotzone.errors import UserError

EXHIBIT = Exhibit(title="t", title_zh="t", columns=grid(outcome="y", treatment="d"))


@pytest.fixture
def table():
    rows = estimates.rows(["d", "x"], [0.5, -1.0], [0.25, 2.0], distribution="t", df=29)
    return rows.assign(exhibit="e", column="c", role="baseline", outcome="y")


def write(folder, table):
    return estimates.write(folder, "e", EXHIBIT, {"": table})[0]


def test_what_is_written_is_read_back(tmp_path, table):
    path = write(tmp_path, table)
    back = estimates.read(path)
    assert list(back["term"]) == ["d", "x"]
    np.testing.assert_allclose(back["p_value"], table["p_value"], rtol=1e-11)
    text = path.read_bytes()
    assert b"\r" not in text
    assert text.splitlines()[0] == (
        b"exhibit,column,role,outcome,term,estimate,std_error,statistic,distribution,df,"
        b"p_value,ci_low,ci_high,draws"
    )


@pytest.mark.parametrize(("factor", "kept"), [(1 + 1e-10, True), (1 + 1e-6, False)])
def test_a_file_keeps_its_bytes_within_the_tolerance_only(tmp_path, table, factor, kept):
    path = write(tmp_path, table)
    before = path.read_bytes()
    write(tmp_path, table.assign(estimate=table["estimate"] * factor))
    assert (path.read_bytes() == before) is kept


def test_a_kept_file_gets_a_new_time(tmp_path, table):
    path = write(tmp_path, table)
    os.utime(path, (1, 1))
    write(tmp_path, table)
    assert path.stat().st_mtime > 1


def test_changed_text_is_written_even_if_numbers_agree(tmp_path, table):
    path = write(tmp_path, table)
    write(tmp_path, table.assign(role="robustness"))
    assert set(estimates.read(path)["role"]) == {"robustness"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "columns outside the schema: colour"),
        ({"term": "d"}, "key stands twice"),
        ({"column": ""}, "empty key"),
        ({"estimate": np.inf}, "infinite number"),
    ],
)
def test_a_table_that_breaks_its_schema_is_not_written(tmp_path, table, change, message):
    with pytest.raises(ValueError, match=message):
        write(tmp_path, table.assign(**change))
    assert not list(tmp_path.iterdir())


def test_nothing_is_moved_before_every_part_is_checked(tmp_path, table):
    with pytest.raises(ValueError, match="empty key"):
        estimates.write(
            tmp_path, "e", EXHIBIT, {"": table, "models": pd.DataFrame({"exhibit": ["e"]})}
        )
    assert not list(tmp_path.iterdir())


def test_the_main_file_is_moved_last(tmp_path, table):
    models = pd.DataFrame({"exhibit": ["e"], "column": ["c"]})
    paths = estimates.write(tmp_path, "e", EXHIBIT, {"": table, "models": models})
    assert [path.name for path in paths] == ["e.models.csv", "e.csv"]


def test_numbers_carry_twelve_digits_and_no_trailing_point():
    assert estimates.number_text(1 / 3) == "0.333333333333"
    assert estimates.number_text(30.0) == "30"
    assert estimates.number_text(float("nan")) == ""
    assert estimates.number_text(1.5e-13) == "1.5e-13"


def test_a_missing_or_foreign_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"e\.csv: not there; run `make"):
        estimates.read(tmp_path / "e.csv")
    (tmp_path / "e.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="columns are a, b; no file of estimates has these"):
        estimates.read(tmp_path / "e.csv")


def test_a_file_has_the_schema_of_its_exhibit_whatever_its_id(tmp_path):
    describe = Description(kind="descriptives", sample="main", variables=("nqp",))
    exhibit = Exhibit(title="t", title_zh="t", describe=describe)
    table = pd.DataFrame({"sample": ["main"], "variable": ["nqp"], "nobs": [300]})
    (path,) = estimates.write(tmp_path, "any_name", exhibit, {"": table})
    assert estimates.read(path)["nobs"].tolist() == [300]


@pytest.mark.parametrize(
    ("exhibit_id", "message"),
    [
        ("did_baseline", "no schema for the part 'typo'; add one to PARTS of estimates/schemas.py"),
        ("descriptives", "a description 'descriptives' has no part 'typo'; declare it in"),
    ],
)
def test_a_part_without_a_schema_is_refused(tmp_path, exhibit_id, message):
    exhibit = exhibits.load(exhibit_id)
    with pytest.raises(UserError, match=message):
        estimates.write(tmp_path, exhibit_id, exhibit, {"typo": pd.DataFrame()})
    assert not list(tmp_path.iterdir())


def test_no_two_schemas_have_one_heading():
    every = {*estimates.SCHEMAS.values(), *estimates.PARTS.values()}
    assert len({one.order for one in every}) == len(every)
    assert all(estimates.schema_of(one.order, "f.csv") == one for one in every)


def test_columns_of_two_kinds_of_files_do_not_share_an_exhibit():
    columns = (
        *grid(outcome="y", treatment="d"),
        *grid(outcome="y", treatment="d", estimator="goodman_bacon"),
    )
    with pytest.raises(UserError, match="files of kinds estimates, goodman_bacon"):
        estimates.schema(Exhibit(title="t", title_zh="t", columns=columns), "")
