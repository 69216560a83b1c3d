"""Built panels come back from their folder as they were built, each read once."""

import numpy as np
import pandas as pd
import pytest

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


def test_codes_and_names_come_back_as_text(panels):
    frame = panels.panel("city").frame
    for column in ("city_code", "province_code", "region3", "region4", "name_en", "size_class"):
        assert frame[column].map(type).eq(str).all(), column


def test_a_panel_that_is_not_built_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"province_panel\.csv: not built; run `make panels`"):
        store.FolderStore(tmp_path).panel("province")


def test_what_was_asked_for_is_read_once(panels):
    assert panels.panel("city") is panels.panel("city")
    assert panels.weights("contiguity") is panels.weights("contiguity", panel="province")
    assert panels.weights("contiguity") is not panels.weights("contiguity", "city")
    assert panels.distances("city_sums") is panels.distances("province")


def test_two_stores_share_nothing(built, panels):
    assert store.FolderStore(built).panel("city") is not panels.panel("city")
