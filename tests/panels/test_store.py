"""Built panels on disk: whole or not at all, the same in both formats."""

import numpy as np
import pandas as pd
import pytest

from pilotzone import labels
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
    book = labels.codebook()
    for column in province_panel.frame.columns:
        name = book[column]["stata_name"]
        assert described[name].startswith(book[column]["label_en"][:60])
        if column in province_panel.frame.select_dtypes("number"):
            np.testing.assert_allclose(back[name], province_panel.frame[column], rtol=1e-12)


def test_stata_bytes_do_not_carry_the_clock(built, province_panel, tmp_path):
    again = tmp_path / "again.dta"
    store.write_stata(province_panel.frame, again, "China, provinces by year")
    assert again.read_bytes() == (built / "province_panel.dta").read_bytes()


def test_weights_come_back_with_their_labels(panels, province_panel):
    for matrix in province_panel.weights:
        back = panels.weights(matrix.name)
        assert back.labels == matrix.labels
        np.testing.assert_allclose(back.matrix, matrix.matrix, rtol=1e-11)


def test_a_failed_write_leaves_what_was_there(province_panel, tmp_path):
    store.write_province(province_panel, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    import dataclasses

    broken = dataclasses.replace(province_panel, frame=province_panel.frame.assign(typo=1))
    with pytest.raises(UserError, match="no variable 'typo'"):
        store.write_province(broken, tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_panel_that_is_not_built_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"province_panel\.csv: not built; run `make panels`"):
        store.Store(tmp_path).panel("province")
