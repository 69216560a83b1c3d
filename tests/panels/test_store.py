"""Built panels on disk: whole or not at all, the same in both formats."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import codebook
from pilotzone.errors import UserError
from pilotzone.panels import store


def test_csv_comes_back_as_built(panels, province_panel):
    back = panels.panel("province").frame
    pd.testing.assert_frame_equal(
        back[province_panel.frame.columns],
        province_panel.frame,
        rtol=1e-11,
        check_dtype=False,
    )


def test_stata_holds_the_same_numbers_with_labels(built, province_panel):
    with pd.read_stata(built / "province_panel.dta", iterator=True) as reader:
        described = reader.variable_labels()
        assert reader.data_label == "China, provinces by year"
        back = reader.read()
    book = codebook.codebook()
    for column in province_panel.frame.columns:
        name = book[column]["stata_name"]
        assert described[name].startswith(book[column]["label_en"][:60])
        if column in province_panel.frame.select_dtypes("number"):
            np.testing.assert_allclose(back[name], province_panel.frame[column], rtol=1e-12)


def test_stata_bytes_do_not_carry_the_clock(built, province_panel, tmp_path):
    again = tmp_path / "again.dta"
    store.write_stata(province_panel.frame, again, "province", "China, provinces by year")
    assert again.read_bytes() == (built / "province_panel.dta").read_bytes()


def test_weights_come_back_with_their_labels(panels, province_panel):
    for matrix in province_panel.weights:
        back = panels.weights(matrix.name)
        assert back.labels == matrix.labels
        np.testing.assert_allclose(back.matrix, matrix.matrix, rtol=1e-11)


def test_the_city_panel_comes_back_as_built(panels, city_panel):
    panel = panels.panel("city")
    frame = city_panel.frame
    pd.testing.assert_frame_equal(panel.frame[frame.columns], frame, rtol=1e-11, check_dtype=False)
    rollout = city_panel.rollout
    pd.testing.assert_frame_equal(panel.rollout, rollout, rtol=1e-11, check_dtype=False)
    assert panel.treatments is panel.rollout
    assert (panel.id, panel.unit, panel.period) == ("city", "city_code", "year")


def test_a_panel_with_all_rows_has_its_treatments_in_them(panels):
    for name in ("province", "city_sums"):
        panel = panels.panel(name)
        assert panel.rollout is None
        assert panel.treatments is panel.frame


def test_the_sums_come_back_as_built(panels, city_panel):
    panel = panels.panel("city_sums")
    sums = city_panel.sums
    pd.testing.assert_frame_equal(panel.frame[sums.columns], sums, rtol=1e-11, check_dtype=False)
    assert panel.unit == "province_code"


def test_the_city_stata_file_holds_the_same_numbers_with_labels(built, city_panel):
    with pd.read_stata(built / "city_panel.dta", iterator=True) as reader:
        described = reader.variable_labels()
        assert reader.data_label == "China, cities by year"
        back = reader.read()
    book, frame = codebook.codebook("city"), city_panel.frame
    assert list(back.columns) == [book[column]["stata_name"] for column in frame.columns]
    for column in frame.columns:
        name = book[column]["stata_name"]
        assert described[name].startswith(book[column]["label_en"][:60])
        assert len(described[name]) <= 80
        if column in frame.select_dtypes("number"):
            np.testing.assert_allclose(back[name], frame[column], rtol=1e-12)
        else:
            assert back[name].tolist() == frame[column].tolist()


def test_city_matrices_and_distances_come_back_by_code(panels, city_panel):
    for matrix in city_panel.weights:
        back = panels.weights(matrix.name, "city")
        assert back.labels == matrix.labels
        np.testing.assert_allclose(back.matrix, matrix.matrix, rtol=1e-11)
    codes, km = panels.distances("city")
    assert codes == tuple(city_panel.distances.index)
    np.testing.assert_allclose(km, city_panel.distances, rtol=1e-11)
    assert len(panels.weights("contiguity").labels) == 30
    assert panels.distances("city_sums")[0] == panels.distances("province")[0]


def test_a_matrix_that_the_cities_lack_is_refused_by_name(panels):
    with pytest.raises(UserError, match="the city panel has no matrix 'economic'"):
        panels.weights("economic", "city")


def test_tables_counted_on_the_way_come_back(panels, city_panel):
    for name, table in (
        ("city_flow", city_panel.flow),
        ("city_index_weights", city_panel.index_weights),
        ("city_places", city_panel.places),
    ):
        back = panels.table(name)
        pd.testing.assert_frame_equal(back, table, rtol=1e-11, check_dtype=False)


def test_a_failed_write_of_the_cities_leaves_what_was_there(built, city_panel, tmp_path):
    (tmp_path / "city_panel.csv").write_text("as it was\n", encoding="utf-8")
    broken = dataclasses.replace(city_panel, frame=city_panel.frame.assign(typo=1))
    with pytest.raises(UserError, match="no variable 'typo'"):
        store.write_city(broken, tmp_path)
    assert [p.name for p in tmp_path.rglob("*")] == ["city_panel.csv"]
    assert (tmp_path / "city_panel.csv").read_text(encoding="utf-8") == "as it was\n"


def test_codes_and_names_come_back_as_text(panels):
    frame = panels.panel("city").frame
    for column in ("city_code", "province_code", "region3", "region4", "name_en", "size_class"):
        assert frame[column].map(type).eq(str).all(), column


def test_a_failed_write_leaves_what_was_there(province_panel, tmp_path):
    store.write_province(province_panel, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    broken = dataclasses.replace(province_panel, frame=province_panel.frame.assign(typo=1))
    with pytest.raises(UserError, match="no variable 'typo'"):
        store.write_province(broken, tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_panel_that_is_not_built_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"province_panel\.csv: not built; run `make panels`"):
        store.Store(tmp_path).panel("province")
