"""What a panel of firms holds: the fields, and the configuration that maps a reader's columns.

A field is known by one name here, whatever the reader's column is called. What is computed from a
field is switched off where no column is mapped to it.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from pilotzone.catalogue.samples import FIRM_RULES
from pilotzone.errors import UserError
from pilotzone.reader import toml
from pilotzone.reader.tabular import shown

EXAMPLE = "examples/firm.toml"


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a firm and year.

    Attributes
    ----------
    kind : name, year, money, count (never below zero), flag (0 or 1) or number: how it is read.
    within : another field of which this one is a part.
    beside, low, high : another field, and between which bounds the median ratio to it usually lies.
    """

    id: str
    kind: str
    unit: str = ""
    within: str = ""
    beside: str = ""
    low: float = 0.0
    high: float = 0.0


def _money(name: str, beside: str, low: float, high: float, within: str = "") -> Field:
    return Field(name, "money", "yuan", within, beside, low, high)


FIELDS = {
    field.id: field
    for field in (
        Field("firm", "name"),
        Field("year", "year", "year"),
        Field("city_code", "name", "six digits"),
        Field("industry", "name"),
        Field("listing_year", "year", "year"),
        _money("total_assets", "revenue", 0.1, 50),
        _money("total_assets_opening", "total_assets", 0.2, 2),
        _money("fixed_assets", "total_assets", 0.005, 1, "total_assets"),
        _money("intangible_assets", "total_assets", 0.0005, 1, "total_assets"),
        _money("liabilities", "total_assets", 0.02, 2),
        _money("long_term_debt", "total_assets", 0.0, 2),
        _money("equity", "total_assets", 0.02, 1),
        _money("revenue", "employees", 2e4, 1e8),
        _money("net_profit", "total_assets", -0.5, 0.5),
        _money("operating_cash_flow", "total_assets", -0.5, 0.5),
        _money("operating_outflow", "revenue", 0.05, 20),
        _money("goods_paid", "revenue", 0.01, 20),
        _money("staff_paid", "revenue", 0.002, 5),
        _money("depreciation", "total_assets", 0.0005, 0.5),
        _money("amortisation", "total_assets", 0.00001, 0.5),
        _money("impairment", "total_assets", -0.5, 0.5),
        _money("cash", "total_assets", 0.002, 1, "total_assets"),
        _money("dividends", "total_assets", 0.0, 0.5),
        _money("market_value", "total_assets", 0.02, 50),
        Field("employees", "count", "persons"),
        Field("educated_staff", "count", "persons", "employees"),
        Field("rd_staff", "count", "persons", "employees"),
        _money("rd_pay", "revenue", 0.00005, 5),
        _money("rd_depreciation", "revenue", 0.0, 5),
        _money("rd_leasing", "revenue", 0.0, 5),
        _money("rd_direct", "revenue", 0.0, 5),
        Field("digital_words", "count", "words"),
        Field("state_owned", "flag", "0 or 1"),
        Field("largest_holder_share", "number", "per cent"),
        Field("board_size", "count", "persons"),
        Field("special_treatment", "flag", "0 or 1"),
        Field("marketisation", "number", "as published"),
        Field("digital_real_integration", "number", "as published"),
    )
}
NEEDED = ("firm", "year", "city_code", "revenue", "total_assets")
RD_COSTS = ("rd_pay", "rd_depreciation", "rd_leasing", "rd_direct")
# Below these fields stand ratios: a zero makes the ratio missing.
POSITIVE = ("total_assets", "total_assets_opening", "revenue", "employees")
# Amounts of money that cannot be below zero.
NEVER_NEGATIVE = ("total_assets", "total_assets_opening", "market_value", "cash", "fixed_assets")
MONEY = {"yuan": 1.0, "thousand": 1e3, "10k": 1e4, "million": 1e6}
PLACES = ("first", "current")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """How a reader's panel of firms is read, and which rules make its sample.

    Attributes
    ----------
    columns : mapping from field to the reader's column
    money : yuan, thousand, 10k or million, the unit of all amounts.
    place : where a firm that moves belongs: its "first" registered place, or the "current" one.
    leave_out : sample rules that apply: ``financial``, ``special_treatment``, ``short``.
    financial_industries : first signs of the industries that count as financial.
    fewest_years : a firm with fewer complete years is short.
    winsorise : whether continuous variables are cut at their 1st and 99th percentile in the sample.
    empty_rd_is_zero : whether an empty cell of an R&D line or of R&D staff stands for nothing
        spent.
    synthetic : whether the firms are made up: titles and pictures then say so.
    """

    columns: Mapping[str, str] = toml.key(lacks="[columns]; it maps fields to your columns")
    money: str = toml.key("yuan", choices=MONEY)
    place: str = toml.key("first", choices=PLACES)
    leave_out: tuple[str, ...] = FIRM_RULES
    financial_industries: tuple[str, ...] = ("J",)
    fewest_years: int = toml.key(3, low=1)
    winsorise: bool = True
    empty_rd_is_zero: bool = False
    synthetic: bool = False


def read_config(path: Path) -> Config:
    """Read the configuration of a panel of firms from a TOML file.

    Raises UserError as :func:`pilotzone.reader.toml.read`; if a field is unknown, one that
    everything needs has no column, or a column has two fields.
    """

    def hint(key: str) -> str:
        return "; fields stand below [columns]" if key in FIELDS else ""

    config = toml.read(path, Config, EXAMPLE, hint)
    _check_columns(path.name, config.columns)
    for rule in config.leave_out:
        if rule not in FIRM_RULES:
            known = ", ".join(FIRM_RULES)
            raise UserError(f"{path.name}: 'leave_out' names '{shown(rule)}'; known: {known}")
    return config


def _check_columns(name: str, columns: Mapping[str, object]) -> None:
    """Refuse a field that is unknown, lacks or is mapped to what another field has."""
    for field, column in columns.items():
        if field not in FIELDS:
            told = f"unknown field '{shown(field)}' in [columns]; {EXAMPLE} lists all"
            raise UserError(f"{name}: {told}")
        if not isinstance(column, str) or not column:
            told = f"the column of '{field}' should be text in quotes, not {shown(column)}"
            raise UserError(f"{name}: {told}")
    for field in NEEDED:
        if field not in columns:
            raise UserError(f"{name}: no column for '{field}' in [columns]; nothing works without")
    named = list(columns.values())
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        fields = " and ".join(f"'{f}'" for f, column in columns.items() if column == twice)
        raise UserError(f"{name}: column '{shown(twice)}' stands for {fields}; name it once")
