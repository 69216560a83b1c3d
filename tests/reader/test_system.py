"""A reader's own system of indicators."""

import pytest

from pilotzone.errors import UserError
from pilotzone.reader.system import read_system

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


def test_a_readers_own_system_is_read_from_toml(tmp_path):
    path = tmp_path / "green.toml"
    path.write_text(OWN)
    system = read_system(path)
    assert system.id == "green"
    assert system.ids == ("so2_intensity", "nonthermal")
    assert system.signs == (-1, 1)


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
