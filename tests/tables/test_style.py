import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.tables.style import Style, count, number, stars


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0576504512305, 3, "0.058"),
        (-0.00371976, 3, "−0.004"),
        (-0.000492578, 3, "−0.000"),
        (0.0005, 3, "0.001"),
        (-4.1e-12, 3, "−0.000"),
        (0.0, 3, "0.000"),
        (9999.99, 1, "10000.0"),
        (63984.1547738, 3, "63,984.155"),
        (-1234567.8, 0, "−1,234,568"),
        (0.04, 1, "0.0"),
        (0.0576504512305, 5, "0.05765"),
        (math.nan, 3, ""),
    ],
)
def test_number(value, decimals, text):
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("errors", "values", "decimals"),
    [
        ([0.0029, 0.31], [], 4),
        ([0.31, 0.012], [], 3),
        ([0.0000123, math.nan], [5.0], 6),
        # No error, or one of zero: two digits of the largest number.
        ([math.nan, 0.0], [0.00041, -0.0046], 4),
        ([], [], 3),
        ([1e-12], [], 8),
        ([0.0099999], [], 4),
        ([0.001], [], 4),
    ],
)
def test_a_block_shows_two_digits_of_its_smallest_error(errors, values, decimals):
    assert Style().fitting(errors, values).decimals == decimals


def test_numbers_without_errors_show_a_digit_of_the_smallest():
    assert Style().fine([0.02, 0.15]).decimals == 3
    assert Style().fine([0.0, 0.0003, 0.15]).decimals == 4
    assert Style().fine([1e-9, 0.15]).decimals == 5
    assert Style().fine([]).decimals == 3


@given(st.lists(st.floats(1e-7, 1e4), min_size=1, max_size=6))
def test_no_error_of_a_block_prints_as_zero(errors):
    fitted = Style().fitting(errors)
    printed = [fitted.number(error) for error in errors]
    assert all(float(text.replace(",", "")) > 0 for text in printed)
    assert len({len(text.partition(".")[2]) for text in printed}) == 1


def test_a_small_p_is_said_to_be_below_the_last_decimal():
    assert [Style().small_p(p) for p in (0.0004, 0.001, 0.25, math.nan)] == [
        "<0.001",
        "0.001",
        "0.250",
        "",
    ]
    # More decimals for estimates are none for p.
    fitted = Style().fitting([0.00002])
    assert (fitted.small_p(0.0004), fitted.p_value(0.0004)) == ("<0.001", "[p < 0.001]")
    assert fitted.p_value(0.25) == "[p = 0.250]"
    assert Style(decimals=2).small_p(0.004) == "<0.01"


@pytest.mark.parametrize(
    ("p_value", "marks"),
    [
        (0.0, "***"),
        (0.009999, "***"),
        (0.01, "**"),
        (0.049999, "**"),
        (0.05, "*"),
        (0.099999, "*"),
        (0.1, ""),
        (math.nan, ""),
    ],
)
def test_stars_change_at_the_levels(p_value, marks):
    assert stars(p_value) == marks


def test_what_stands_below_follows_the_style():
    below = {show: Style(show).below(0.02, -2.5, (-0.09, -0.01)) for show in ("se", "t", "ci")}
    assert below == {"se": "(0.020)", "t": "(−2.500)", "ci": "[−0.090, −0.010]"}
    assert Style("nostars").below(0.02, -2.5, (-0.09, -0.01)) == "(0.020)"
    assert Style("nostars").estimate(-0.05, 0.001) == "−0.050"
    assert Style("t", decimals=2).estimate(-0.05, 0.001) == "−0.05***"
    assert Style("t", decimals=6).below(0.02, -2.5, (-0.09, -0.01)) == "(−2.500)"


@pytest.mark.parametrize("wrong", [{"show": "p"}, {"decimals": -1}])
def test_a_choice_that_is_unknown_is_named(wrong):
    with pytest.raises(UserError, match=f"'{next(iter(wrong.values()))}' is unknown; known: "):
        Style(**wrong)


def test_counts_have_no_decimals():
    assert [count(n) for n in (300.0, 9999, 12345)] == ["300", "9999", "12,345"]
    assert count(math.nan) == ""
