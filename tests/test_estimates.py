"""The files under output/estimates: derived columns, schemas, bytes that stay.

Numbers are compared at 1e-12 relative where the arithmetic is exact to rounding.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pilotzone import estimates
from pilotzone.errors import UserError


@pytest.fixture
def table():
    rows = estimates.rows(["d", "x"], [0.5, -1.0], [0.25, 2.0], distribution="t", df=29)
    return rows.assign(exhibit="e", column="c", role="baseline", outcome="y")


def write(folder, table):
    return estimates.write(folder, "e", {"": table})[0]


def test_statistic_p_and_interval_follow_from_estimate_and_error(table):
    np.testing.assert_allclose(table["statistic"], [2.0, -0.5], rtol=1e-12)
    np.testing.assert_allclose(table["p_value"], 2 * stats.t.sf([2.0, 0.5], 29), rtol=1e-12)
    reach = stats.t.ppf(0.975, 29) * np.array([0.25, 2.0])
    np.testing.assert_allclose(table["ci_high"] - table["estimate"], reach, rtol=1e-12)
    np.testing.assert_allclose(table["estimate"] - table["ci_low"], reach, rtol=1e-12)


def test_normal_inference():
    rows = estimates.rows(["rho"], [1.0], [0.5], distribution="normal")
    np.testing.assert_allclose(rows["p_value"], 2 * stats.norm.sf(2.0), rtol=1e-12)
    np.testing.assert_allclose(rows["ci_high"], 1 + stats.norm.ppf(0.975) * 0.5, rtol=1e-12)


def test_a_distribution_without_a_rule_is_refused():
    with pytest.raises(ValueError, match="no tail probability for distribution 'cauchy'"):
        estimates.rows(["d"], [1.0], [1.0], distribution="cauchy")


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
    import os

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
        estimates.write(tmp_path, "e", {"": table, "models": pd.DataFrame({"exhibit": ["e"]})})
    assert not list(tmp_path.iterdir())


def test_the_main_file_is_moved_last(tmp_path, table):
    models = pd.DataFrame({"exhibit": ["e"], "column": ["c"]})
    paths = estimates.write(tmp_path, "e", {"": table, "models": models})
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
    with pytest.raises(UserError, match="columns are a, b; expected exhibit, column, role"):
        estimates.read(tmp_path / "e.csv")
