"""The lists of other policies."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pilotzone.panels.raw import schema, source
from pilotzone.panels.raw.declared import UNITS_WITHOUT_PREFECTURE

if TYPE_CHECKING:
    from pandera.pandas import Column


@dataclasses.dataclass(frozen=True)
class PolicyList:
    """How a list says where and since when a policy is in force.

    Attributes
    ----------
    years : pair of int
        First and last year of its rows.
    unit : str
        Column of the unit; empty if the list names provinces.
    day : str
        Column of the day; empty if it knows the year alone.
    codes, texts, notes : tuple of str
        Further columns: six digits, text, and text that may be empty.
    """

    years: tuple[int, int]
    key: tuple[str, ...] = ("city_code",)
    unit: str = "city_code"
    day: str = ""
    codes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


POLICY_LISTS: Mapping[str, PolicyList] = {
    "big_data_zones": PolicyList((2015, 2016), day="date", texts=("zone",), notes=("note",)),
    "broadband_china": PolicyList(
        (2014, 2016),
        unit="prefecture_code",
        codes=("city_code",),
        texts=("verification",),
        notes=("note",),
    ),
    "digital_economy_zones": PolicyList(
        (2019, 2019), key=("province_code",), unit="", day="date", texts=("verification",)
    ),
    "free_trade_zones": PolicyList(
        (2013, 2020),
        key=("city_code", "zone_zh"),
        day="launch_date",
        texts=("zone_zh", "area_verification"),
    ),
    "service_pilots": PolicyList((2012, 2015), texts=("status",)),
}


def policy_lists(
    folder: Path, provinces: pd.DataFrame, cities: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the validated lists by the stem of their files."""
    found = {}
    for stem, declared in POLICY_LISTS.items():
        table = source.read(folder, f"policies/{stem}.csv")
        columns = _columns(declared, table.frame, provinces, cities)
        found[stem] = schema.validate(table, columns, declared.key)
    return found


def _columns(
    declared: PolicyList, raw: pd.DataFrame, provinces: pd.DataFrame, cities: pd.DataFrame
) -> dict[str, "Column"]:
    six_digits = (lambda codes: codes.str.fullmatch(r"\d{6}")), "is not a six-digit code"
    columns = {"year": schema.year(declared.years), "province_code": schema.province(provinces)}
    columns |= {name: schema.text(six_digits) for name in declared.codes}
    columns |= schema.texts("name_zh", *declared.texts)
    columns |= {name: schema.column(str) for name in declared.notes}
    if declared.unit:
        # County-level units stand in lists that name the prefecture in a column of its own.
        exceptions = UNITS_WITHOUT_PREFECTURE if declared.codes else ()
        columns[declared.unit] = _unit(raw, {*cities["city_code"], *exceptions})
    if declared.day:
        columns[declared.day] = _day(raw)
    return columns


def _unit(raw: pd.DataFrame, known: set[str]) -> "Column":
    """Return a column of units that lie in the province of their row."""

    def placed(codes: pd.Series) -> pd.Series:
        return codes.str[:2] == raw["province_code"].str[:2]

    return schema.text(
        schema.one_of(known, "a unit of cities.csv"), (placed, "is not in province_code")
    )


def _day(raw: pd.DataFrame) -> "Column":
    """Return a column of days in the year of their row; empty where only the year is known."""

    def in_year(days: pd.Series) -> pd.Series:
        return (days == "") | (schema.is_date(days) & (days.str[:4] == raw["year"]))

    return schema.column(str, (in_year, "is not a day YYYY-MM-DD in the year of its row"))
