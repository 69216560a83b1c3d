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
        (-0.000492578, 3, "−0.00049"),
        (0.0005, 3, "0.001"),
        (0.000499999, 3, "0.00050"),
        (0.0000123, 3, "0.000012"),
        (0.00000123, 3, "1.2×10⁻⁶"),
        (-4.1e-12, 3, "−4.1×10⁻¹²"),
        (0.0, 3, "0.000"),
        (63984.1547738, 3, "63984.155"),
        (0.04, 1, "0.040"),
        (0.0576504512305, 5, "0.05765"),
        (math.nan, 3, ""),
    ],
)
def test_number(value, decimals, text):
    assert number(value, decimals) == text


def as_float(text):
    digits, _, power = text.replace("−", "-").partition("×10")
    plain = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return float(digits) * 10.0 ** int(power.translate(plain) or 0)


@given(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-200), st.integers(0, 6))
def test_a_number_that_is_not_zero_never_prints_as_zero(value, decimals):
    printed = as_float(number(value, decimals))
    assert printed != 0
    # Half a unit of the last place, or of the second leading digit; both with rounding of floats.
    assert abs(printed - value) <= max(0.5 * 10.0**-decimals, 0.05 * abs(value)) * (1 + 1e-9)
    assert (printed < 0) == (value < 0)


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


@pytest.mark.parametrize("wrong", [{"show": "p"}, {"decimals": -1}])
def test_a_choice_that_is_unknown_is_named(wrong):
    with pytest.raises(UserError, match=f"'{next(iter(wrong.values()))}' is unknown; known: "):
        Style(**wrong)


def test_counts_have_no_decimals():
    assert count(300.0) == "300"
    assert count(math.nan) == ""
