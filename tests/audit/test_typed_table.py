"""Typed tables: what is said to be impossible has no unrounded numbers behind it, and only that.

Printed numbers made from a true coefficient and error are never doubted, whatever the rounding.
Where a row is doubted, a search over a grid of coefficients and errors finds none that fits.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pilotzone.audit import typed_table
from pilotzone.audit.feasible import Reference, Rules, corners, quantile, tail
from pilotzone.audit.rounding import interval
from pilotzone.errors import UserError

LEVELS = (0.01, 0.05, 0.1)
RULES = Rules(LEVELS, 0.95)
HEADER = "term,estimate,std_error,t,stars,n,p,ci_low,ci_high,df,clusters"


def row(**cells):
    cells = {"term": "x", "estimate": "0.058", "n": "300", **cells}
    return ",".join(cells.get(name, "") for name in HEADER.split(","))


@pytest.fixture
def found(tmp_path):
    def check(*rows, levels=LEVELS, level=0.95):
        path = tmp_path / "table.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return typed_table.check(typed_table.read(path), levels, level).findings

    return check


def texts(findings):
    return [finding.text for finding in findings]


RIGHT = {"std_error": "0.020", "stars": "***", "clusters": "30"}


@pytest.mark.parametrize(
    "cells",
    [
        RIGHT,
        {**RIGHT, "p": "0.007", "ci_low": "0.017", "ci_high": "0.099", "t": "2.90"},
        {**RIGHT, "std_error": "(0.020)", "ci_low": "[0.016]", "p": "<0.01"},
        {**RIGHT, "estimate": "−0.058", "ci_high": "-0.017", "t": "-2.9"},
        {"std_error": "0.020", "stars": "***", "df": "inf"},
        {"std_error": "0.020", "stars": "**"},
        {"t": "1.96", "stars": "**"},
        {"t": "1.96", "stars": "*"},
        {"t": "3", "stars": "***", "df": "2e2", "p": "<0.1"},
        {"estimate": "0.000", "std_error": "0.000", "stars": "***", "p": "0.000"},
        {"estimate": ".058", "std_error": "2.0e-2", "stars": "***", "df": "29"},
        {"estimate": "4.1×10⁻⁷", "std_error": "1.0e-7", "stars": "***", "df": "29"},
        {"stars": "***"},
        {"t": "38.1", "stars": "***", "df": "inf", "p": "1.2e-317"},
        {"t": "50.0", "stars": "***", "df": "inf", "p": "1e-545"},
    ],
)
def test_rows_that_can_be_right(found, cells):
    assert texts(found(row(**cells))) == []


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (
            {**RIGHT, "stars": "*"},
            "stars '*' cannot be right beside estimate 0.058 and std_error 0.020: p is 0.005499 to "
            "0.008892 (t with 29 df), stars would be '***'",
        ),
        ({**RIGHT, "stars": ""}, "no stars cannot be right beside estimate 0.058 and std_error"),
        ({**RIGHT, "t": "2.5"}, "t 2.5 cannot be right beside estimate 0.058 and std_error 0.020"),
        ({**RIGHT, "t": "-2.9"}, "t -2.9 cannot be right beside estimate 0.058"),
        ({**RIGHT, "p": "0.05"}, "p 0.05 cannot be right beside estimate 0.058 and std_error"),
        ({**RIGHT, "p": "0.02"}, "stars '***' cannot be right beside p 0.02: p is 0.015 to 0.025"),
        ({**RIGHT, "p": "1.02"}, "p 1.02 cannot be right by itself"),
        ({**RIGHT, "std_error": "-0.020"}, "std_error -0.020 cannot be right by itself"),
        ({**RIGHT, "ci_low": "0.022"}, "ci_low 0.022 cannot be right beside estimate 0.058"),
        ({**RIGHT, "ci_high": "0.094"}, "ci_high 0.094 cannot be right beside estimate 0.058"),
        (
            {"estimate": "0.5", "stars": "***", "ci_low": "0.1", "ci_high": "1.5"},
            "ci_high 1.5 cannot be right beside estimate 0.5 and ci_low 0.1",
        ),
        ({"t": "1.50", "stars": "**"}, "stars '**' cannot be right beside t 1.50: p is 0.13"),
        ({"t": "9", "stars": ""}, "no stars cannot be right beside t 9"),
        ({**RIGHT, "n": "20"}, "30 clusters cannot be right with n 20"),
        ({**RIGHT, "df": "300"}, "df 300 cannot be right with n 300"),
    ],
)
def test_rows_that_cannot_be_right(found, cells, text):
    findings = found(row(**cells))
    assert any(one.text.startswith(text) for one in findings if one.impossible), findings


def test_stars_of_the_normal_distribution_beside_few_clusters_are_a_remark(found):
    (finding,) = found(row(estimate="0.0260", std_error="0.0100", stars="***", clusters="30"))
    assert not finding.impossible
    assert finding.text.startswith("stars '***' fits the normal distribution")
    (finding,) = found(row(estimate="0.0260", std_error="0.0100", stars="***", df="29"))
    assert finding.impossible


def test_other_levels_of_stars_and_intervals(found):
    cells = {**RIGHT, "stars": "**", "ci_low": "0.024", "ci_high": "0.092"}
    said = [text.split(" cannot")[0] for text in texts(found(row(**cells)))]
    assert said == ["ci_low 0.024", "ci_high 0.092", "stars '**'"]
    assert found(row(**cells), levels=(0.001, 0.01, 0.05), level=0.9) == ()


def test_a_cell_that_contradicts_all_others_is_told(found):
    cells = {**RIGHT, "p": "0.007", "ci_low": "0.017", "ci_high": "0.099", "t": "2.90"}
    *impossible, note = found(row(**{**cells, "std_error": "0.200"}))
    assert all(finding.impossible for finding in impossible)
    assert (
        "t 2.90 cannot be right beside estimate 0.058 and std_error 0.200" in texts(impossible)[0]
    )
    assert note.text == "without std_error 0.200 the other cells fit"
    assert not note.impossible


def test_findings_name_line_and_term(found):
    rows = [row(**RIGHT), "", row(**{**RIGHT, "stars": "*", "term": " zone  share "})]
    (finding,) = found(*rows)
    assert (finding.line, finding.term) == (4, "zone share")
    said = typed_table.report("table.csv", typed_table.Findings(2, (finding,)))
    assert said.startswith("FAIL  line 4, zone share: stars '*' cannot be right")
    assert said.endswith("table.csv: 2 rows, 1 cannot be right\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("estimate", "no column 'term'"),
        (HEADER, "no row below the header"),
        ("term,estimate,stars,n\nx,1,,5", "neither a column 'std_error' nor 't'"),
        ("term,estimate,std_error,stars\nx,1,1,", "no column 'n'; needed: term, estimate"),
        ("term,estimate,std_error,stars,n,N\n", "unknown column 'N'; known: term, estimate"),
        ("term,estimate,std_error,stars,n,n\n", "column 'n' stands twice"),
        (f"{HEADER}\nx,1", "line 2: 2 cells, the header has 11"),
        (f"{HEADER}\n{row(estimate='abc')}", "line 2: estimate 'abc' is not a number"),
        (f"{HEADER}\n{row(estimate='0.058***')}", "estimate '0.058***' is not a number"),
        (f"{HEADER}\n{row(estimate='nan')}", "estimate 'nan' is not a number"),
        (f"{HEADER}\n{row(estimate='1e999')}", "estimate '1e999' is beyond the numbers of a table"),
        (f"{HEADER}\n{row(std_error='1e-200')}", "std_error '1e-200' is beyond the numbers"),
        (f"{HEADER}\n{row(estimate='1e1000')}", "estimate '1e1000' is not a number"),
        (f"{HEADER}\n{row(estimate='1_0')}", "estimate '1_0' is not a number"),
        (f"{HEADER}\n{row(estimate='9' * 50)}", "is not a number"),
        (f"{HEADER}\n{row(estimate='')}", "'x' has no estimate"),
        (f"{HEADER}\n{row(term='')}", "no term"),
        (f"{HEADER}\n{row(std_error='()')}", "std_error '' is not a number"),
        (f"{HEADER}\n{row(stars='+')}", "stars '+' are no asterisks"),
        (f"{HEADER}\n{row(stars='****')}", "4 stars, but --stars gives 3 levels"),
        (f"{HEADER}\n{row(n='')}", "n '' is not a whole number above zero"),
        (f"{HEADER}\n{row(n='3.5')}", "n '3.5' is not a whole number"),
        (f"{HEADER}\n{row(clusters='0')}", "clusters '0' is not a whole number above zero"),
        (f"{HEADER}\n{row(clusters='1')}", "one cluster gives no error"),
        (f"{HEADER}\n{row(df='0')}", "df '0' is not a number from 1 on"),
        (f"{HEADER}\n{row(df='nan')}", "df 'nan' is not a number from 1 on"),
        (f"{HEADER}\n{row(std_error='<0.1')}", "std_error '<0.1' is not a number"),
        (f'{HEADER}\n"x"y,1', "is not CSV"),
    ],
)
def test_bad_use_is_one_line(tmp_path, text, message):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        typed_table.check(typed_table.read(path), LEVELS, 0.95)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_unreadable_files(tmp_path):
    (tmp_path / "none.csv").write_bytes(f"{HEADER}\n".encode() + b"\xff\xff")
    wanted = (("none.csv", "neither UTF-8 nor"), ("no.csv", "no such file"), (".", "no such file"))
    for name, message in wanted:
        with pytest.raises(UserError, match=message):
            typed_table.read(tmp_path / name)


@pytest.mark.parametrize("text", ["", "a", "0.1 0.05", "0 0.1", "0.1 1", "nan"])
def test_levels_that_are_none(text):
    with pytest.raises(UserError, match="--stars"):
        typed_table.levels(text)


@pytest.mark.parametrize("text", ["", "95", "0", "1", "nan"])
def test_a_level_that_is_none(text):
    with pytest.raises(UserError, match="--level"):
        typed_table.level(text)


def test_levels():
    assert typed_table.levels("0.001 0.01 0.05") == (0.001, 0.01, 0.05)
    assert typed_table.levels("0.05") == (0.05,)
    assert typed_table.level("0.9") == 0.9


@pytest.mark.parametrize("df", [3.0, 29.0, math.inf])
def test_quantile_and_tail(df):
    law = stats.norm if math.isinf(df) else stats.t(df)
    assert quantile(0.05, df) == pytest.approx(law.ppf(0.975), rel=1e-12)
    assert tail(2.5, df) == pytest.approx(2 * law.sf(2.5), rel=1e-12)
    assert (quantile(1, df), quantile(0, df)) == (0.0, math.inf)


# Properties: the printed numbers of true ones, whatever their rounding.

DECIMALS = st.integers(0, 6)
TRUE = {
    "coefficient": st.floats(-5, 5).filter(lambda b: abs(b) > 1e-6),
    "error": st.floats(1e-4, 5),
    "df": st.sampled_from([3.0, 9.0, 29.0, 228.5, math.inf]),
}


def stars_of(p):
    return "*" * sum(p < level for level in LEVELS)


def exact(coefficient, error, t, p, df):
    """Return the numbers of a row by cell."""
    reach = quantile(0.05, df) * error
    ends = {"ci_low": coefficient - reach, "ci_high": coefficient + reach}
    return {"estimate": coefficient, "std_error": error, "t": t, "p": p, **ends}


def printed(coefficient, error, df, decimals):
    """Return the cells that a program prints, and their exact numbers."""
    t = coefficient / error
    p = tail(abs(t), df)
    numbers = exact(coefficient, error, t, p, df)
    cells = {name: f"{numbers[name]:.{decimals[name]}f}" for name in numbers}
    return {**cells, "stars": stars_of(p)}


def rows_of(cells, df):
    """Return the row with its distribution given by df, by clusters, and not at all."""
    base = {"line": 2, "term": "x", "cells": cells, "n": 10**6}
    yield typed_table.TypedRow(reference=Reference(df, df), **base)
    yield typed_table.TypedRow(reference=Reference(3.0, math.inf), **base)


@settings(max_examples=120, deadline=None)
@given(
    decimals=st.fixed_dictionaries(
        dict.fromkeys(("estimate", "std_error", "t", "p", "ci_low", "ci_high"), DECIMALS)
    ),
    dropped=st.sets(st.sampled_from(["std_error", "t", "p", "ci_low", "ci_high"])),
    **TRUE,
)
def test_printed_numbers_of_true_ones_are_never_doubted(coefficient, error, df, decimals, dropped):
    cells = printed(coefficient, error, df, decimals)
    cells = {name: text for name, text in cells.items() if name not in dropped}
    for one in rows_of(cells, df):
        assert list(typed_table.contradictions(one, RULES)) == []


def fits(cells, df, coefficient, error):
    """Say which of many coefficients and errors give all cells, to the last printed digit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = coefficient / error
    p = 2 * (stats.norm.sf(np.abs(t)) if math.isinf(df) else stats.t.sf(np.abs(t), df))
    numbers = exact(coefficient, error, t, p, df)
    good = np.ones(len(t), dtype=bool)
    for name, text in cells.items():
        if name != "stars":
            known = interval(text)
            good &= (numbers[name] >= float(known.low)) & (numbers[name] <= float(known.high))
    return good & (sum(p < level for level in LEVELS) == len(cells["stars"]))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(["std_error", "t", "p", "ci_low", "ci_high", "stars"]),
    shift=st.floats(-0.3, 0.3),
    stars=st.sampled_from(["", "*", "**", "***"]),
    decimals=st.integers(1, 3),
    **TRUE,
)
def test_what_is_doubted_is_not_found_by_search(
    coefficient, error, df, name, shift, stars, decimals
):
    names = ("estimate", "std_error", "t", "p", "ci_low", "ci_high")
    cells = printed(coefficient, error, df, dict.fromkeys(names, decimals))
    if name == "stars":
        cells["stars"] = stars
    else:
        cells[name] = f"{float(cells[name]) + shift:.{decimals}f}"
    rng = np.random.default_rng(1)
    b, s = interval(cells["estimate"]), interval(cells["std_error"])
    grid = [rng.uniform(float(x.low), float(x.high), 4_000) for x in (b, s)]
    some = fits(cells, df, grid[0], np.maximum(grid[1], 1e-12)).any()
    one = next(rows_of(cells, df))
    if corners(one.cells, one.reference, RULES):
        return
    assert not some
    for conflict in typed_table.contradictions(one, RULES):
        part = {n: cells[n] for n in conflict}
        assert not corners(part, one.reference, RULES)
        for left_out in conflict:
            rest = {n: part[n] for n in conflict if n != left_out}
            assert corners(rest, one.reference, RULES)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(stars=st.sampled_from(["", "*", "**", "***"]), **TRUE)
def test_wrong_stars_beside_exact_numbers_are_found(coefficient, error, df, stars):
    decimals = dict.fromkeys(("estimate", "std_error", "t", "p", "ci_low", "ci_high"), 12)
    cells = printed(coefficient, error, df, decimals)
    p = tail(abs(coefficient / error), df)
    near = any(abs(p - level) < 1e-6 for level in LEVELS)
    wrong = stars != cells["stars"]
    one = next(rows_of({**cells, "stars": stars}, df))
    if not near:
        assert bool(list(typed_table.contradictions(one, RULES))) is wrong


CELL = st.one_of(
    st.sampled_from(["", "*", "***", "0.1", "-3", "1e99", "1e-99", "<0.01", "inf", "nan", "(2)"]),
    st.floats().map(str),
    st.text(max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=11, max_size=11), max_size=3))
def test_no_table_ends_in_a_traceback(rows, tmp_path_factory):
    import csv

    path = tmp_path_factory.mktemp("typed") / "table.csv"
    with path.open("w", encoding="utf-8", newline="", errors="surrogatepass") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        writer.writerows(rows)
    said, lines = "", 0
    try:
        found = typed_table.check(typed_table.read(path), LEVELS, 0.95)
        said, lines = typed_table.report("table.csv", found), 1 + len(found.findings)
    except UserError as error:
        said, lines = str(error), 1
    assert len(said.splitlines()) == lines


NUMBER = st.sampled_from(["0", "0.000", "9e98", "1e-98", "-9e98", "0.05", "2", "(1e-40)"])


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    cells=st.fixed_dictionaries(
        dict.fromkeys(("estimate", "std_error", "t", "p", "ci_low", "ci_high"), NUMBER),
        optional={"df": st.sampled_from(["1", "1.5", "1e300", "inf"]), "clusters": st.just("2")},
    ),
    dropped=st.sets(st.sampled_from(["std_error", "t", "p", "ci_low", "ci_high"])),
    stars=st.sampled_from(["", "*", "**", "***"]),
)
def test_extreme_numbers_are_decided(cells, dropped, stars, tmp_path_factory):
    kept = {name: text for name, text in cells.items() if name not in dropped}
    path = tmp_path_factory.mktemp("typed") / "table.csv"
    path.write_text(f"{HEADER}\n{row(**kept, stars=stars)}\n", encoding="utf-8")
    found = typed_table.check(typed_table.read(path), LEVELS, 0.95)
    assert len(typed_table.report("t", found).splitlines()) == 1 + len(found.findings)


def test_a_row_may_say_to_which_regression_it_belongs(tmp_path):
    path = tmp_path / "table.csv"
    text = f"column,{HEADER}\n2,{row(**RIGHT)}\n,{row(**RIGHT)}\n"
    path.write_text(text, encoding="utf-8")
    rows = typed_table.read(path)
    assert [one.column for one in rows] == ["2", ""]
    assert not typed_table.check(rows, LEVELS, 0.95).findings
