"""Indices of financing constraints: worked cases, and what does not change them.

EXACT: sums of a few products differ by rounding alone.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.methods.index import financing

EXACT = 1e-12
one = np.array


def test_size_age_of_a_firm_of_a_thousand_million_and_ten_years():
    size = np.log(1000.0)
    expected = -0.737 * size + 0.043 * size**2 - 0.040 * 10
    found = financing.sa_index(one([1e9]), one([10.0]))
    assert found == pytest.approx([expected], abs=EXACT)
    # By hand: ln 1000 = 6.907755, squared 47.717083; -5.091016 + 2.051835 - 0.4.
    assert found[0] == pytest.approx(-3.439181, abs=5e-7)


def test_whited_and_wu_by_hand():
    found = financing.ww_index(
        cash_flow=one([10.0, 10.0]),
        dividends=one([0.0, 3.0]),
        long_term_debt=one([20.0, 20.0]),
        total_assets=one([100.0, 100.0]) * 1e6,
        industry_growth=one([0.05, 0.05]),
        sales_growth=one([0.2, 0.2]),
    )
    alone = -0.091e-6 * 0.1 + 0.021e-6 * 0.2 - 0.044 * np.log(100) + 0.102 * 0.05 - 0.035 * 0.2
    assert found == pytest.approx([alone, alone - 0.062], abs=EXACT)


def test_kaplan_and_zingales_by_hand():
    found = financing.kz_index(
        cash_flow=one([2.0]),
        tobin_q=one([1.5]),
        debt=one([3.0]),
        equity=one([1.0]),
        dividends=one([0.1]),
        cash=one([0.5]),
        capital_before=one([4.0]),
    )
    expected = -1.001909 * 0.5 + 0.2826389 * 1.5 + 3.139193 * 0.75 - 39.3678 * 0.025
    expected -= 1.314759 * 0.125
    assert found == pytest.approx([expected], abs=EXACT)


def test_growth_of_an_industry_is_that_of_its_sums():
    revenue, before = one([110.0, 30.0, 5.0, 7.0]), one([100.0, 20.0, np.nan, 7.0])
    cell = one(["C#2015", "C#2015", "C#2015", "D#2015"])
    growth = financing.industry_growth(revenue, before, cell)
    assert growth == pytest.approx([140 / 120 - 1] * 3 + [0.0], abs=EXACT)


def test_what_is_missing_or_zero_below_a_line_is_missing():
    assert np.isnan(financing.sa_index(one([0.0, np.nan]), one([1.0, 1.0]))).all()
    assert np.isnan(financing.over(one([1.0]), one([0.0]))).all()
    ww = financing.ww_index(*(one([v]) for v in (1.0, np.nan, 1.0, 1e6, 0.1, 0.1)))
    assert np.isnan(ww).all()
    kz = financing.kz_index(*(one([v]) for v in (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)))
    assert np.isnan(kz).all()


AMOUNTS = st.floats(1e6, 1e12)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.floats(0.01, 100))
def test_kaplan_and_zingales_does_not_depend_on_the_unit_of_money(flow, debt, equity, cash, unit):
    amounts = (flow, 1.2, debt, equity, 0.1 * flow, cash, 2.0 * equity)
    scaled = tuple(v if k == 1 else v * unit for k, v in enumerate(amounts))
    first, second = (financing.kz_index(*(one([v]) for v in vs)) for vs in (amounts, scaled))
    assert second == pytest.approx(first, rel=1e-9)


@given(st.lists(AMOUNTS, min_size=2, max_size=2), st.floats(0, 60))
def test_an_older_firm_is_less_constrained(assets, age):
    younger = financing.sa_index(one(assets), one([age, age]))
    older = financing.sa_index(one(assets), one([age, age]) + 1)
    assert younger - older == pytest.approx([0.040, 0.040], rel=1e-6)
