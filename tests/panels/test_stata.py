"""The Stata files hold the numbers of the csv with the names and labels of the codebook."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import codebook
from pilotzone.errors import UserError
from pilotzone.panels import files, stata

# The csv, from which they are made, holds twelve digits.
RTOL = 1e-11


@pytest.mark.parametrize("panel", stata.TITLES)
def test_the_file_holds_the_same_numbers_with_labels(built, request, panel):
    frame = request.getfixturevalue(f"{panel}_panel").frame
    with pd.read_stata(built / f"{panel}_panel.dta", iterator=True) as reader:
        described = reader.variable_labels()
        assert reader.data_label == stata.TITLES[panel]
        back = reader.read()
    book = codebook.codebook(panel)
    assert list(back.columns) == [book[column]["stata_name"] for column in frame.columns]
    for column in frame.columns:
        name = book[column]["stata_name"]
        assert described[name].startswith(book[column]["label_en"][:60])
        assert len(described[name]) <= 80
        if column in frame.select_dtypes("number"):
            np.testing.assert_allclose(back[name], frame[column], rtol=RTOL)
        else:
            assert back[name].tolist() == frame[column].tolist()


@pytest.mark.parametrize("panel", stata.TITLES)
def test_the_bytes_rest_on_the_csv_and_not_on_the_clock(built, tmp_path, panel):
    shutil.copy(built / f"{panel}_panel.csv", tmp_path)
    again = stata.write(tmp_path, panel)
    assert again.read_bytes() == (built / f"{panel}_panel.dta").read_bytes()


def test_new_labels_touch_the_stata_file_alone(built, tmp_path, monkeypatch):
    shutil.copy(built / "province_panel.csv", tmp_path)
    stata.write(tmp_path, "province")
    before = (tmp_path / "province_panel.csv").stat().st_mtime_ns
    book = {
        name: {**row, "label_en": f"new {name}"}
        for name, row in codebook.codebook("province").items()
    }
    monkeypatch.setattr(stata, "codebook", lambda panel: book)
    with pd.read_stata(stata.write(tmp_path, "province"), iterator=True) as reader:
        assert all(text.startswith("new ") for text in reader.variable_labels().values())
    assert (tmp_path / "province_panel.csv").stat().st_mtime_ns == before


def test_a_variable_without_labels_is_refused_and_the_file_stays(province_panel, tmp_path):
    frame = province_panel.frame.assign(typo=1)
    files.write_province(dataclasses.replace(province_panel, frame=frame), tmp_path)
    (tmp_path / "province_panel.dta").write_bytes(b"as it was")
    with pytest.raises(UserError, match="no variable 'typo'"):
        stata.write(tmp_path, "province")
    assert (tmp_path / "province_panel.dta").read_bytes() == b"as it was"


def test_without_a_csv_there_is_no_stata_file(tmp_path):
    with pytest.raises(UserError, match=r"city_panel\.csv: not built"):
        stata.write(tmp_path, "city")
