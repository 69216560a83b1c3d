"""Declared systems of indicators."""

import pytest

from pilotzone.catalogue.indicators import NQP, Indicator, System
from pilotzone.errors import UserError


def test_the_system_has_fifteen_indicators_in_three_elements():
    assert len(NQP.ids) == 15
    counts = {e: sum(i.element == e for i in NQP.indicators) for e in NQP_ELEMENTS}
    assert counts == {"labourers": 3, "objects_of_labour": 4, "means_of_labour": 8}


NQP_ELEMENTS = ("labourers", "objects_of_labour", "means_of_labour")


def test_only_so2_counts_against():
    assert [i.id for i in NQP.indicators if i.sign == "-"] == ["so2_intensity"]


def test_without_drops_the_named_indicator_and_no_other():
    rest = NQP.without("ecommerce_intensity")
    assert set(NQP.ids) - set(rest.ids) == {"ecommerce_intensity"}
    with pytest.raises(UserError, match="has no indicator 'typo'"):
        NQP.without("typo")


@pytest.mark.parametrize("sign", ["", "plus", "±"])
def test_an_indicator_with_no_sign_is_refused(sign):
    with pytest.raises(UserError, match=r"indicator 'x' has sign .* write '\+' or '-'"):
        Indicator("e", "x", "a / b", sign)


def test_an_indicator_that_stands_twice_is_refused():
    one = Indicator("e", "x", "a", "+")
    with pytest.raises(UserError, match="indicator 'x' stands twice"):
        System("s", (one, one))


def test_an_empty_system_is_refused():
    with pytest.raises(UserError, match="has no indicator"):
        System("s", ())
