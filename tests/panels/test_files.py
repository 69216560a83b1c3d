"""Files of a panel: all of them or none."""

import dataclasses

import pytest

from pilotzone.panels import files


def test_a_failed_write_of_the_cities_leaves_what_was_there(city_panel, tmp_path):
    (tmp_path / "city_panel.csv").write_text("as it was\n", encoding="utf-8")
    few = {name: getattr(city_panel, name).head() for name in ("frame", "rollout", "places")}
    square = city_panel.distances.iloc[:5, :5]
    broken = dataclasses.replace(city_panel, sums=None, distances=square, weights=(), **few)
    with pytest.raises(AttributeError, match="to_csv"):
        files.write_city(broken, tmp_path)
    assert [p.name for p in tmp_path.rglob("*")] == ["city_panel.csv"]
    assert (tmp_path / "city_panel.csv").read_text(encoding="utf-8") == "as it was\n"


def test_a_failed_write_leaves_what_was_there(province_panel, tmp_path):
    files.write_province(province_panel, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    broken = dataclasses.replace(province_panel, flow=None)
    with pytest.raises(AttributeError, match="to_csv"):
        files.write_province(broken, tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
