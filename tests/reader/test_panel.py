"""A reader's panel: what is read, what is refused and in which words."""

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import phrasebook
from pilotzone.errors import UserError
from pilotzone.reader import panel as own
from pilotzone.reader import tabular
from pilotzone.reader.panel_config import KINDS, Config, read_config
from pilotzone.reader.store import OwnStore

CONFIG = 'unit = "unit"\nperiod = "year"\noutcome = "y"\n'
TREATED = CONFIG + 'treatment = "d"\ncontrols = ["x"]\n'
UNITS, YEARS = ("a", "b", "c", "d"), range(2014, 2020)
FIRST = {"a": 2016, "b": 2018, "c": 0, "d": 0}


def panel():
    """Four units over six years, the rows in no order."""
    rng = np.random.default_rng(11)
    rows = [
        {
            "unit": unit,
            "year": year,
            "d": int(0 < FIRST[unit] <= year),
            "first": FIRST[unit],
            "y": round(rng.normal(), 3),
            "x": round(rng.normal(), 3),
            "group": "north" if unit in "ab" else "south",
        }
        for unit in UNITS
        for year in YEARS
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=3).reset_index(drop=True)


@pytest.fixture
def read(root, tmp_path):
    """Write a panel and a configuration, and read them back."""

    def run(frame, config=TREATED, *, name="p.csv", weights=None):
        path = tmp_path / name
        if isinstance(frame, bytes):
            path.write_bytes(frame)
        elif name.endswith(".xlsx"):
            frame.to_excel(path, index=False)
        elif name.endswith(".dta"):
            frame.to_stata(path, write_index=False)
        else:
            path.write_text(frame if isinstance(frame, str) else frame.to_csv(index=False))
        (tmp_path / "p.toml").write_text(config, encoding="utf-8")
        if weights is not None:
            weights.to_csv(tmp_path / "w.csv", index_label="unit")
        return own.read_own(path, tmp_path / "p.toml", root / "data/raw")

    return run


def refused(read, *words, **choices):
    with pytest.raises(UserError) as error:
        read(**choices)
    text = str(error.value)
    assert "\n" not in text
    for word in words:
        assert word in text, text


# --- what is read -----------------------------------------------------------------------------


def test_the_rows_come_sorted_under_the_names_of_the_reader(read):
    made = read(panel())
    frame = made.panel.frame
    assert list(frame.columns) == ["unit", "period", "y", "x", "d"]
    assert frame["unit"].tolist() == [u for u in UNITS for _ in YEARS]
    assert frame["period"].tolist() == list(YEARS) * 4
    there = panel().set_index(["unit", "year"])
    for name in ("y", "x", "d"):
        expected = [there.loc[(u, t), name] for u in UNITS for t in YEARS]
        np.testing.assert_array_equal(frame[name], expected)
    assert (made.outcome, made.treatment, made.controls) == ("y", "d", ("x",))
    assert (made.dose, made.cluster, made.weights) == (False, "unit", None)
    sample = made.sample
    assert (sample.first_year, sample.last_year, sample.incomplete) == (2014, 2019, "drop")


def test_a_first_period_and_a_column_of_zero_and_one_are_the_same_treatment(read):
    one = read(panel())
    other = read(panel(), CONFIG + 'first_treated = "first"\n')
    assert other.treatment == "treated"
    np.testing.assert_array_equal(one.panel.frame["d"], other.panel.frame["treated"])
    np.testing.assert_array_equal(one.panel.rollout["d"], other.panel.rollout["treated"])


def test_an_empty_first_period_is_never(read):
    frame = panel().assign(first=lambda f: f["first"].replace(0, pd.NA))
    made = read(frame, CONFIG + 'first_treated = "first"\n')
    treated = made.panel.frame.groupby("unit")["treated"].max()
    assert treated.to_dict() == {"a": 1, "b": 1, "c": 0, "d": 0}


def test_a_unit_treated_after_the_panel_is_not_a_unit_never_treated(read):
    frame = panel().assign(first=lambda f: f["first"].where(f["unit"] != "c", 2025))
    rollout = read(frame, CONFIG + 'first_treated = "first"\n').panel.rollout
    first = rollout[rollout["treated"] > 0].groupby("unit")["period"].min()
    assert first.to_dict() == {"a": 2016, "b": 2018, "c": 2025}
    assert set(rollout["period"]) == {*YEARS, 2025}


@pytest.mark.parametrize("name", ["p.csv", "p.xlsx", "p.dta"])
def test_every_kind_of_file_gives_the_same_panel(read, name):
    expected, made = read(panel()), read(panel(), name=name)
    pd.testing.assert_frame_equal(made.panel.frame, expected.panel.frame)
    pd.testing.assert_frame_equal(made.panel.rollout, expected.panel.rollout)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_columns_in_every_encoding(read, encoding):
    names = {"unit": "城市", "year": "年份", "d": "试点", "y": "新质 生产力", "x": "金融"}
    text = panel().rename(columns=names).replace({"a": "杭州"}).to_csv(index=False)
    config = (
        'unit = "城市"\nperiod = "年份"\noutcome = "新质 生产力"\ntreatment = "试点"\n'
        'controls = ["金融"]\n[labels]\n"金融" = ["Finance", "金融发展"]\n'
    )
    made = read(text.encode(encoding), config)
    assert list(made.panel.frame.columns) == ["unit", "period", "新质_生产力", "金融", "试点"]
    assert "杭州" in set(made.panel.frame["unit"])
    assert made.labels == {
        "新质_生产力": ("Outcome", "新质 生产力"),
        "金融": ("Finance", "金融发展"),
        "试点": ("Treatment", "试点"),
    }
    told = any("read as" in note for note in made.notes)
    assert told is (encoding in ("gb18030", "utf-16"))


def test_names_that_mean_something_to_the_engine_are_told_apart(read):
    names = {"y": "rho", "x": "period", "d": "a:b#c", "year": "t"}
    config = 'unit = "unit"\nperiod = "t"\noutcome = "rho"\ntreatment = "a:b#c"\n'
    made = read(panel().rename(columns=names), config + 'controls = ["period"]\n')
    assert (made.outcome, made.treatment, made.controls) == ("rho_", "a_b_c", ("period_",))
    assert made.labels["a_b_c"] == ("a:b#c", "a:b#c")
    assert made.panel.frame["period"].tolist() == list(YEARS) * 4
    assert own.identifiers(["a b", "a_b", "unit"]) == {
        "a b": "a_b",
        "a_b": "a_b_",
        "unit": "unit_",
    }


def test_the_column_of_the_clusters_is_kept_as_text_beside_a_control(read):
    made = read(panel(), TREATED + 'cluster = "group"\n')
    assert set(made.panel.frame[made.cluster]) == {"north", "south"}
    made = read(panel(), TREATED + 'cluster = "x"\n')
    assert made.cluster == "x_"
    assert made.panel.frame["x"].dtype == float
    for cluster, name in (("unit", "unit"), ("year", "period")):
        assert read(panel(), TREATED + f'cluster = "{cluster}"\n').cluster == name


def test_a_share_is_a_dose_without_cohorts(read):
    made = read(panel().assign(d=lambda f: f["d"] / 4))
    assert made.dose
    assert made.panel.rollout is None
    assert any("a dose from 0 to 0.25" in note for note in made.notes)


def test_codes_lose_the_point_of_a_number_and_keep_their_zeros(read):
    frame = panel().replace({"a": "0371.0", "b": "0372", "c": " 5 ", "d": "x y"})
    assert set(read(frame).panel.frame["unit"]) == {"0371", "0372", "5", "x y"}


def test_gaps_are_named_and_the_paths_are_known_in_them(read):
    frame = panel()
    gap = ((frame["unit"] == "c") & (frame["year"] == 2015)) | (
        (frame["unit"] == "a") & (frame["year"] >= 2018)
    )
    made = read(frame[~gap])
    (note,) = [note for note in made.notes if "have no row" in note]
    assert "3 of 24 unit-periods" in note
    assert "a in 2018, a in 2019, c in 2015" in note
    paths = made.panel.rollout.set_index(["unit", "period"])["d"]
    assert len(made.panel.frame) == 21
    assert len(paths) == 24
    assert paths["a"].tolist() == [0, 0, 1, 1, 1, 1]


def test_a_first_treated_row_after_a_gap_is_named(read):
    frame = panel()
    made = read(frame[~((frame["unit"] == "a") & (frame["year"] == 2015))])
    (note,) = [note for note in made.notes if "just before" in note]
    assert note.endswith(": a (2016)")


def test_a_year_without_rows_is_named(read):
    notes = read(panel().query("year != 2017")).notes
    assert any("periods without any row, from one to the next: 2016 to 2018" in n for n in notes)


def test_empty_cells_are_counted_with_the_first_line(read):
    frame = panel()
    frame.loc[[4, 9], "x"] = np.nan
    (note,) = [note for note in read(frame).notes if "empty cells" in note]
    assert "column 'x': 2 empty cells, the first in line 6" in note


def test_empty_rows_of_a_sheet_are_left_out_and_counted(read):
    text = panel().to_csv(index=False) + ",,,,,,\n\n,,,,,,\n"
    made = read(text)
    assert len(made.panel.frame) == 24
    assert any("2 empty rows left out" in note for note in made.notes)


def test_the_event_window_is_at_most_four_years_wide_on_each_side(read):
    assert read(panel()).window == "-4 3"
    late = read(panel().query("year > 2014"))
    assert late.window == "-3 3"


# --- zones by city code -----------------------------------------------------------------------


def test_zones_are_joined_as_in_the_project(read, panels):
    codes = ["330100", "440300", "650100", "632500"]
    frame = panel().assign(city_code=lambda f: f["unit"].map(dict(zip(UNITS, codes, strict=True))))
    made = read(frame, CONFIG)
    assert made.treatment == "zone_city"
    assert made.labels["zone_city"] == ("Pilot zone in the city", "设立综试区")
    there = panels.panel("city").rollout.set_index(["city_code", "year"])["zone_city"]
    known = [code for code in codes if code in there.index]
    assert len(known) >= 3
    mine = made.panel.frame.set_index(["unit", "period"])["zone_city"]
    for unit, code in zip(UNITS, codes, strict=True):
        if code in known:
            assert mine[unit].tolist() == [there[(code, year)] for year in YEARS]
    assert mine.groupby("unit").max().sum() >= 2


def test_unknown_codes_are_named_with_the_first_line(read):
    frame = panel().assign(city_code="330100")
    frame.loc[[3, 8], "city_code"] = ["339999", "11"]
    refused(
        read,
        "line 5, column 'city_code'",
        "no code of a prefecture-level unit: 11, 339999",
        frame=frame,
        config=CONFIG,
    )


def test_without_treatment_and_codes_there_is_nothing_to_join(read):
    refused(read, "neither 'treatment' nor", "'city_code'", frame=panel(), config=CONFIG)


def test_zones_need_calendar_years(read):
    frame = panel().assign(city_code="330100", year=lambda f: f["year"] - 2013)
    refused(read, "a zone in force in 1-6", "calendar years", frame=frame, config=CONFIG)


# --- weight matrices --------------------------------------------------------------------------


def ring(units=UNITS):
    n = len(units)
    matrix = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    return pd.DataFrame(matrix.astype(int), index=list(units), columns=list(units))


def test_a_matrix_is_joined_by_its_labels_and_its_rows_divided_by_their_sums(read):
    shuffled = ring().loc[["c", "a", "d", "b"], ["b", "d", "a", "c"]]
    made = read(panel(), 'spatial_weights = "w.csv"\n' + TREATED, weights=shuffled)
    np.testing.assert_allclose(made.weights.align(UNITS), ring().to_numpy() / 2)
    assert any("w.csv: each row divided by its sum" in note for note in made.notes)
    normalised = read(panel(), 'spatial_weights = "w.csv"\n' + TREATED, weights=ring() / 2)
    assert not any("divided" in note for note in normalised.notes)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (ring("abc"), ("w.csv: its rows lack unit, d",)),
        (ring("abcde"), ("w.csv: its rows have another unit, e",)),
        (ring().rename(columns={"a": "z"}), ("its columns lack unit, a",)),
        (ring().rename(index={"a": "b"}), ("its rows name twice unit, b",)),
        (ring() * -1, ("w.csv, line 2, column 'b'", "below 0")),
        (ring() + np.eye(4), ("line 2, column 'a'", "no neighbour of its own")),
        (ring().replace(1, "x"), ("line 3, column 'a'", "'x' is no number")),
        (ring().mul([0, 1, 1, 1], axis=0), ("unit a has no neighbour",)),
        (ring().astype(object).replace(1, ""), ("line 2, column 'b'", "is empty")),
    ],
)
def test_a_matrix_that_is_none_of_the_panel(read, matrix, words):
    config = 'spatial_weights = "w.csv"\n' + TREATED
    refused(read, *words, frame=panel(), config=config, weights=matrix)


def test_a_matrix_that_is_not_there(read):
    refused(
        read, "w.csv: no such file", frame=panel(), config='spatial_weights = "w.csv"\n' + TREATED
    )


# --- configurations ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("unit = \n", ("p.toml: not TOML", "line 1")),
        (TREATED + 'outcom = "y"\n', ("unknown key 'outcom'", "known: unit, period, outcome")),
        ('unit = "unit"\nperiod = "year"\n', ("no 'outcome'",)),
        (TREATED + 'first_treated = "first"\n', ("one of 'treatment' and 'first_treated'",)),
        (CONFIG + 'treatment = "y"\n', ("column 'y' has two roles",)),
        (TREATED + "draws = 5\n", ("'draws' should be a whole number from 99 to",)),
        (TREATED + "draws = true\n", ("'draws' should be a whole number, not True",)),
        (TREATED + "seed = -1\n", ("'seed' should be a whole number from 0 on",)),
        (TREATED + 'kind = "village"\n', ("kind 'village' is unknown", "province, city, firm")),
        (CONFIG + "treatment = 3\n", ("'treatment' should be text in quotes, not 3",)),
        (CONFIG + 'controls = "x"\n', ("'controls' should be a list of texts",)),
        (CONFIG + 'controls = ["x", 1]\n', ("'controls' should be a list of texts",)),
        (TREATED + '[labels]\nq = "Q"\n', ("[labels] names 'q'", "above [labels]")),
        (TREATED + "[labels]\ny = 3\n", ("the label of 'y'",)),
        (TREATED + '[labels]\ny = ["a", "b", "c"]\n', ("the label of 'y'",)),
        (TREATED + '[labels]\ny = ["产出", "产出"]\n', ("'y' is the English one",)),
        ("", ("p.toml: the file is empty",)),
    ],
)
def test_a_configuration_that_cannot_be_meant(read, config, words):
    refused(read, *words, frame=panel(), config=config)


def test_every_key_stands_in_the_example(root):
    text = (root / "examples/my_panel.toml").read_text(encoding="utf-8")
    for key in [field.name for field in dataclasses.fields(Config)]:
        assert f"\n{key} = " in text or f"\n# {key} = " in text or f"[{key}]" in text, key
    config = read_config(root / "examples/my_panel.toml")
    for key in ("seed", "draws"):
        assert f"# {key} = {getattr(config, key)}" in text


# --- panels that cannot be meant --------------------------------------------------------------


def cell(row, column, value):
    frame = panel().astype(object)
    frame.loc[row, column] = value
    return frame


DATED = panel().assign(year=lambda f: f["year"].astype(str) + "-03-15")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (cell(5, "y", "abc"), ("p.csv, line 7, column 'y'", "'abc' is no number")),
        (cell(5, "y", "1,234.5"), ("line 7, column 'y'", "'1,234.5' is no number")),
        (cell(5, "y", "inf"), ("line 7, column 'y'", "'inf' is no number")),
        (cell(5, "x", "1e60"), ("line 7, column 'x'", "beyond")),
        (cell(5, "d", ""), ("line 7, column 'd'", "must be known in every row")),
        (cell(5, "unit", ""), ("line 7, column 'unit'", "is empty")),
        (cell(5, "year", ""), ("line 7, column 'year'", "is empty")),
        (cell(5, "year", "2015.5"), ("line 7, column 'year'", "no whole number")),
        (cell(5, "year", "2015年"), ("line 7, column 'year'", "'2015年' is no number")),
        (cell(5, "year", 0), ("line 7, column 'year'", "from 1 on")),
        (DATED, ("line 2, column 'year'", "is a date", "year × 12 + month")),
        (panel().drop(columns="y"), ("no column 'y' (outcome)", "its columns: 'unit', 'year'")),
        (panel().assign(y=1), ("column 'y' is the same in all rows",)),
        (panel().assign(d=1), ("column 'd' is the same in all rows",)),
        (panel().query("unit == 'a'"), ("one unit only",)),
        (panel().query("year == 2016"), ("one period only",)),
        (panel().to_csv(index=False, sep=";"), ("separated by ';', not by commas",)),
        (panel().to_csv(index=False, sep="\t"), ("separated by tabs, not by commas",)),
        (panel().to_csv(index=False) + "a,2030\n", ("line 26: 2 fields", "header has 7")),
        (panel().to_csv(index=False) + 'a,"2030\n', ("line 26", "no readable fields")),
        (panel().rename(columns={"x": "y"}), ("two columns are called 'y'",)),
        ("unit,year,d,y,x\n", ("no rows below the header",)),
        ("", ("the file is empty",)),
        ("\n \n", ("the file is empty",)),
        (b"\x00\x01\xff\xfe\x81", ("neither UTF-8 nor GB18030",)),
    ],
)
def test_a_panel_that_cannot_be_meant(read, frame, words):
    refused(read, *words, frame=frame)


def test_a_row_that_stands_twice_is_named_by_both_lines(read):
    frame = pd.concat([panel(), panel().iloc[[7]]])
    unit, year = panel().loc[7, ["unit", "year"]]
    refused(read, f"line 26: unit '{unit}' in {year} stands in line 9 already", frame=frame)


def test_a_treatment_that_switches_off_is_named_by_unit_and_period(read):
    frame = panel()
    row = int(frame.index[(frame["unit"] == "a") & (frame["year"] == 2018)][0])
    frame.loc[row, "d"] = 0
    refused(
        read,
        f"line {row + 2}, column 'd'",
        "switches off: unit 'a' has it in 2017 and not in 2018",
        frame=frame,
    )


def test_two_first_periods_of_a_unit(read):
    frame = panel()
    rows = frame.index[frame["unit"] == "b"]
    frame.loc[rows[2], "first"] = 2019
    refused(
        read,
        f"line {rows[2] + 2}, column 'first'",
        "unit 'b' is first treated in 2019 here and in 2018 above",
        frame=frame,
        config=CONFIG + 'first_treated = "first"\n',
    )


def test_dates_in_a_workbook_are_dates(read):
    frame = panel().assign(year=lambda f: pd.to_datetime(f["year"].astype(str) + "-12-31"))
    refused(read, "row 2, column 'year'", "is a date", frame=frame, name="p.xlsx")


@pytest.mark.parametrize("name", ["p.xlsx", "p.dta"])
def test_a_file_that_is_not_what_its_ending_says(read, name):
    refused(read, name, "no readable", frame=b"unit,year\n1,2\n" * 40, name=name)


def test_an_ending_that_is_no_table(read):
    refused(read, "p.pdf", "save it as one of these", frame=b"x", name="p.pdf")


def test_files_that_are_not_there(root, tmp_path):
    with pytest.raises(UserError, match="no such file"):
        tabular.read_table(tmp_path / "p.csv")
    with pytest.raises(UserError, match=r"examples/my_panel\.toml is one to copy"):
        read_config(tmp_path / "p.toml")


def test_an_empty_workbook(read):
    buffer = io.BytesIO()
    pd.DataFrame().to_excel(buffer, index=False)
    refused(read, "p.xlsx", "is empty", frame=buffer.getvalue(), name="p.xlsx")


# --- the store --------------------------------------------------------------------------------


def test_the_store_holds_the_panel_alone(read):
    made = read(panel())
    store = OwnStore(made)
    assert store.panel("own") is made.panel
    for ask in (
        lambda: store.panel("province"),
        lambda: store.weights("own"),
        lambda: store.weights("contiguity"),
        lambda: store.distances("own"),
        lambda: store.table("own_flow"),
    ):
        with pytest.raises(UserError, match=r"p\.csv"):
            ask()


def test_every_kind_of_unit_has_words():
    assert set(KINDS) <= set(phrasebook.UNITS)
