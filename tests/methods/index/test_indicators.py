"""Declared systems: the project's own and a reader's."""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.index.indicators import NQP, Indicator, System, read_system

OWN = """
id = "green"

[[indicator]]
element = "air"
id = "so2_intensity"
formula = "so2_10kt / gdp_100m_cny"
sign = "-"

[[indicator]]
element = "power"
id = "nonthermal"
formula = "1 - power_generation_thermal_100m_kwh / power_generation_100m_kwh"
sign = "+"
"""


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


def test_a_readers_own_system_is_read_from_toml(tmp_path):
    path = tmp_path / "green.toml"
    path.write_text(OWN)
    system = read_system(path)
    assert system.id == "green"
    assert system.ids == ("so2_intensity", "nonthermal")
    np.testing.assert_array_equal(system.signs, [-1, 1])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('sign = "-"', "", "indicator 1 lacks 'sign'"),
        ('sign = "-"', 'sign = "-"\nweight = 2', "indicator 1 has unknown key 'weight'"),
        ('sign = "-"', 'sign = "?"', "write '\\+' or '-'"),
        ('id = "green"', 'id = "../green"', "'id' must be a name"),
        ('id = "green"', "id = ", "not TOML"),
    ],
)
def test_a_wrong_declaration_is_one_line(tmp_path, old, new, message):
    path = tmp_path / "green.toml"
    path.write_text(OWN.replace(old, new, 1))
    with pytest.raises(UserError, match=message) as caught:
        read_system(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.toml: no such file"):
        read_system(tmp_path / "none.toml")
