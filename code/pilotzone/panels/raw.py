"""Read and validate the published figures of ``data/raw``.

Every table is checked against its own schema, then against the others. A failure is one line that
names file, line or unit-year, column and the way out. Nothing is repaired and nothing is dropped:
what the checks let pass is returned as printed, sorted by key.
"""

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pilotzone.errors import UserError

if TYPE_CHECKING:
    from pandera.errors import SchemaError
    from pandera.pandas import Column

_PROVINCE_PREFIXES = (
    *range(11, 16),
    *range(21, 24),
    *range(31, 38),
    *range(41, 47),
    *range(50, 55),
    *range(61, 66),
)
PROVINCE_CODES = tuple(f"{prefix}0000" for prefix in _PROVINCE_PREFIXES)
PROVINCE_YEARS = (2010, 2023)
CITY_YEARS = (2005, 2023)
LONGITUDES, LATITUDES = (73, 136), (3, 54)
CNY_PER_USD = (5, 10)

# Approvals by batch as the replies of the State Council list them; batch 8 has no verified reply.
BATCH_SIZES = {1: 1, 2: 12, 3: 22, 4: 24, 5: 46, 6: 27, 7: 33, 8: 16}
BATCH_WITHOUT_REPLY = 8
ZONE_LEVELS = (
    "municipality",
    "sub-provincial city",
    "prefecture-level city",
    "autonomous prefecture",
    "prefecture (地区)",
    "county-level city",
    "new area (no GB/T 2260 code)",
    "province-wide",
)
# Declared exceptions to "a zone has a code and lies in a unit of cities.csv".
LEVEL_WITHOUT_CODE = "new area (no GB/T 2260 code)"
LEVEL_OF_PROVINCE = "province-wide"
# County-level units directly under a province: in no prefecture-level unit.
UNITS_WITHOUT_PREFECTURE = {"659002": "Alar, Xinjiang"}
ABOLISHED_UNITS = {"341400": "Chaohu, abolished 2011", "371200": "Laiwu, abolished 2019"}
ABOLISHED_FLAG = "abolished_unit"
SUSPECT_PREFIX = "suspect_"
FLAGS = frozenset(
    {
        ABOLISHED_FLAG,
        "at_or_above_100",
        "derived",
        "exp_of_log",
        "linear_midpoint_maybe_interpolated",
        "suspect_level_outlier",
        "suspect_province_year_scrambled",
        "suspect_repeat_of_previous_year",
        "suspect_row_shift",
        "suspect_sources_conflict",
        "suspect_unit_or_typo",
        "suspect_va_sum_gt3pct",
        "thin_coverage_26_cities",
    }
)
LAND_BORDER, CONVENTION = "land border", "convention:"
LINKED_BY_CONVENTION = frozenset({"440000", "460000"})
# The four units of Hainan border only counties that no prefecture-level unit holds.
CITIES_WITHOUT_NEIGHBOUR = frozenset({"460100", "460200", "460300", "460400"})

PERCENT, PREVIOUS_YEAR = "%", "previous year = 100"
INDEX_RANGE = (50, 200)
# Profits can be losses; a budget can exceed the product of a poor city.
VARIABLES_BELOW_ZERO = frozenset({"high_tech_profits_100m_cny"})
PERCENTAGES_ABOVE_100 = frozenset({"fiscal_expenditure_gdp_pct"})
TOTAL_RTOL = 2e-4
CITY_VALUE_ADDED_RTOL = 0.03
# The parts together are at most the whole; parts that are not printed count as nothing.
PARTS_OF = (
    (("power_generation_thermal_100m_kwh",), "power_generation_100m_kwh"),
    (("so2_industrial_10kt",), "so2_10kt"),
    (
        (
            "fiscal_expenditure_scitech_100m_cny",
            "fiscal_expenditure_education_100m_cny",
            "fiscal_expenditure_environment_100m_cny",
        ),
        "fiscal_expenditure_100m_cny",
    ),
    (("urban_population_10k",), "population_10k"),
    (("rd_basic_research_100m_cny",), "rd_expenditure_100m_cny"),
    (("rd_government_funds_100m_cny",), "rd_expenditure_100m_cny"),
    (("industrial_rd_expenditure_100m_cny",), "rd_expenditure_100m_cny"),
    (("invention_patent_applications",), "patent_applications"),
    (("invention_patents_granted",), "patents_granted"),
    (("software_product_revenue_100m_cny",), "software_revenue_100m_cny"),
    (("va_secondary_100m_cny",), "gdp_100m_cny"),
)
VALUE_ADDED = ("va_primary_100m_cny", "va_secondary_100m_cny", "va_tertiary_100m_cny")
CITY_VALUE_ADDED = tuple(v.replace("_100m_cny", "_as_published_100m_cny") for v in VALUE_ADDED)

FINAL, FOURTH_CENSUS, AS_PUBLISHED = "final", "fourth census", "as published"
GRP_VINTAGES: Mapping[str, str] = {
    **dict.fromkeys(("gdp_100m_cny", *VALUE_ADDED), FINAL),
    "gdp_4th_census_100m_cny": FOURTH_CENSUS,
    **dict.fromkeys(
        ("gdp_as_published_100m_cny", *CITY_VALUE_ADDED, "tertiary_share_as_published_pct"),
        AS_PUBLISHED,
    ),
}
# Growth, and a level made of growth alone, may meet any vintage.
GRP_GROWTH = frozenset({"gdp_index_prev_year_100", "gdp_real_2000_100m_cny"})

Rule = tuple[Callable[[pd.Series], pd.Series], str]


@dataclasses.dataclass(frozen=True)
class RawTables:
    """The published figures. Codes are text, years whole numbers, days of zones ``datetime64``.

    Attributes
    ----------
    provinces : DataFrame
        31 rows by ``province_code``.
    province_figures : DataFrame
        Long: ``province_code, year, variable, value``; a gap is an absent row.
    province_variables, national_totals, exchange_rate, province_contiguity : DataFrame
    pilot_zones : DataFrame
        ``approval_date`` is missing (NaT) in batch 8.
    cities : DataFrame
        337 rows by ``city_code``.
    city_figures : DataFrame or None
        Long, with ``flag`` (empty text if nothing is known against the cell); None if read with
        ``city=False``, as are the next two.
    city_variables, city_contiguity : DataFrame or None
    policies : mapping from file stem to DataFrame
    cbec_scale : DataFrame
    totals_skipped : int
        Rows of ``national_totals`` not compared, because fewer than 31 provinces are there.
    """

    provinces: pd.DataFrame
    province_figures: pd.DataFrame
    province_variables: pd.DataFrame
    national_totals: pd.DataFrame
    exchange_rate: pd.DataFrame
    province_contiguity: pd.DataFrame
    pilot_zones: pd.DataFrame
    cities: pd.DataFrame
    city_figures: pd.DataFrame | None
    city_variables: pd.DataFrame | None
    city_contiguity: pd.DataFrame | None
    policies: Mapping[str, pd.DataFrame]
    cbec_scale: pd.DataFrame
    totals_skipped: int


@dataclasses.dataclass(frozen=True)
class _Source:
    """A table as text, with its place, so that a row can be named by its line."""

    folder: Path
    name: str
    frame: pd.DataFrame


def read_raw(folder: Path | str, *, city: bool = True) -> RawTables:
    """Read and validate all tables.

    Parameters
    ----------
    folder : Path
        ``data/raw`` or a copy of it.
    city : bool
        If false, the three tables of city figures are neither read nor checked.

    Raises
    ------
    UserError
        At the first table, column or cell that fails a check.
    """
    folder = Path(folder)

    def read(name: str) -> _Source:
        return _read(folder, name)

    exchange_rate = _exchange_rate(read("exchange_rate.csv"))
    provinces = _provinces(read("provinces.csv"))
    cities = _cities(read("cities.csv"), provinces)
    variables = _variables(read("province_variables.csv"), "check", "provinces")
    figures = _province_figures(read("province_figures.csv"), provinces, variables)
    totals = _national_totals(read("national_totals.csv"), variables)
    compared = compare_national_totals(figures, totals)
    tables = RawTables(
        provinces=provinces,
        province_figures=figures,
        province_variables=variables,
        national_totals=totals,
        exchange_rate=exchange_rate,
        province_contiguity=_province_contiguity(read("province_contiguity.csv"), provinces),
        pilot_zones=_pilot_zones(read("pilot_zones.csv"), provinces, cities),
        cities=cities,
        **_city_tables(read, cities, city),
        policies=_policies(read, provinces, cities),
        cbec_scale=_cbec_scale(read("cbec_scale.csv")),
        totals_skipped=int((compared["provinces"] < len(PROVINCE_CODES)).sum()),
    )
    for check in CROSS_CHECKS:
        check(tables, folder)
    return tables


def wide(
    figures: pd.DataFrame,
    variables: Collection[str] | None = None,
    *,
    unit: str = "province_code",
) -> pd.DataFrame:
    """Return long figures as one row per unit and year.

    Parameters
    ----------
    figures : DataFrame
        ``<unit>, year, variable, value``; each unit, year and variable at most once.
    variables : collection of str, optional
        Variables wanted; all by default.
    unit : {'province_code', 'city_code'}

    Returns
    -------
    DataFrame
        Index (unit, year), sorted; one column per variable, sorted; a gap is a missing cell.

    Raises
    ------
    UserError
        If a wanted variable is not in the figures or a cell stands twice.
    """
    if variables is not None:
        unknown = sorted(set(variables) - set(figures["variable"]))
        if unknown:
            raise UserError(f"no figures of variable '{unknown[0]}'; see the table of variables")
        figures = figures[figures["variable"].isin(variables)]
    key = [unit, "year", "variable"]
    twice = figures.duplicated(key)
    if twice.any():
        cell = ", ".join(str(part) for part in figures.loc[twice.idxmax(), key])
        raise UserError(f"two values for {cell}; keep one row per {unit}, year and variable")
    table = figures.pivot(index=key[:2], columns="variable", values="value")
    return table.sort_index().rename_axis(columns=None)


def unusable(flag: pd.Series) -> pd.Series:
    """Return which cells of the city figures are never used: ``suspect_*``, ``abolished_unit``."""
    return flag.str.contains(f"{SUSPECT_PREFIX}|{ABOLISHED_FLAG}")


def same_vintage(numerator: str, denominator: str) -> bool:
    """Return whether two variables may stand in one ratio.

    They may not if both carry gross regional product of different vintages. A variable that
    carries none may meet any.
    """
    first, second = GRP_VINTAGES.get(numerator), GRP_VINTAGES.get(denominator)
    return first is None or second is None or first == second


def check_ratio_vintages(variables: Collection[str]) -> None:
    """Refuse a formula that reads gross regional product of two vintages.

    Parameters
    ----------
    variables : collection of str
        All variables that the formula reads, of the province or of the city table.

    Raises
    ------
    UserError
        If two of them are of different vintages.
    """
    found = {v: GRP_VINTAGES[v] for v in sorted(set(variables)) if v in GRP_VINTAGES}
    if len(set(found.values())) > 1:
        mixed = ", ".join(f"{variable} ({vintage})" for variable, vintage in found.items())
        raise UserError(f"formula mixes vintages of regional product: {mixed}; use one vintage")


def compare_national_totals(figures: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Set the sum over provinces beside the total printed in the same publication.

    Returns
    -------
    DataFrame
        ``variable, year, value`` of ``totals`` with ``provinces`` (how many are printed), ``sum``
        and ``gap`` = sum / value - 1.
    """
    sums = figures.groupby(["variable", "year"])["value"].agg(provinces="size", sum="sum")
    compared = totals.merge(sums, on=["variable", "year"], how="left", validate="one_to_one")
    compared["provinces"] = compared["provinces"].fillna(0).astype(int)
    return compared.assign(gap=compared["sum"] / compared["value"] - 1)


# --- reading -------------------------------------------------------------------------------------


def _read(folder: Path, name: str) -> _Source:
    """Read a table as text; row i of the frame is line i + 2 of the file."""
    path = folder / name
    if not path.is_file():
        raise UserError(f"{path} is missing; restore it from git: git checkout -- data/raw/{name}")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False)
    except UnicodeDecodeError:
        raise _error(folder, name, "", "", "not UTF-8 text") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        fields = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if fields is None:
            what = " ".join(str(error).split())
            raise _error(folder, name, "", "", f"no readable table ({what})") from None
        expected, line, seen = fields.groups()
        what = f"{seen} fields where the header has {expected}"
        raise _error(folder, name, f"line {line}", "", what) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise _error(folder, name, "line 2", "", "more fields than the header has")
    return _Source(folder, name, frame)


def _error(folder: Path, name: str, place: str, column: str, what: str) -> UserError:
    where = [str(folder / name), place, f"column {column}" if column else ""]
    return UserError(
        f"{', '.join(part for part in where if part)}: {what}; "
        f"correct it or restore the file: git checkout -- data/raw/{name}"
    )


# --- schemas -------------------------------------------------------------------------------------


def _column(dtype: type, *rules: Rule) -> "Column":
    """Return a pandera column; a rule is a test on the column and what a failing cell is told.

    Every cell is read as text, so text has no type to check or to turn into.
    """
    import pandera.pandas as pa

    checks = [pa.Check(test, error=told) for test, told in rules]
    return pa.Column(None if dtype is str else dtype, checks, coerce=dtype is not str)


def _filled(cells: pd.Series) -> pd.Series:
    return cells.str.strip() != ""


def _is_date(cells: pd.Series) -> pd.Series:
    written = cells.str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    return written & pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce").notna()


def _text(*rules: Rule) -> "Column":
    return _column(str, (_filled, "is empty"), *rules)


def _one_of(known: Collection[str], what: str) -> Rule:
    return (lambda cells: cells.isin(known)), f"is not {what}"


def _between(low: float, high: float) -> Rule:
    return (lambda cells: cells.between(low, high)), f"is outside {low} to {high}"


def _number(*rules: Rule) -> "Column":
    return _column(float, (np.isfinite, "is not a finite number"), *rules)


def _positive() -> "Column":
    return _number(((lambda cells: cells > 0), "is not above 0"))


def _year(span: tuple[int, int]) -> "Column":
    return _column(int, _between(*span))


def _yes_no() -> "Column":
    return _column(int, _between(0, 1))


def _known_province(provinces: pd.DataFrame) -> Rule:
    return _one_of(provinces["province_code"], "a province code of provinces.csv")


def _province(provinces: pd.DataFrame) -> "Column":
    return _text(_known_province(provinces))


def _validate(source: _Source, columns: Mapping[str, "Column"], key: Sequence[str]) -> pd.DataFrame:
    """Return the table with its types, or raise the first failure as one line."""
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(
        dict(columns), strict=True, unique=list(key), report_duplicates="exclude_first"
    )
    try:
        frame = schema.validate(source.frame)
    except pa.errors.SchemaErrors as several:
        failure = several.schema_errors[0]
    except pa.errors.SchemaError as single:
        failure = single
    else:
        return frame.sort_values(list(key), ignore_index=True)
    raise _one_line(source, failure, key) from None


def _one_line(source: _Source, failure: "SchemaError", key: Sequence[str]) -> UserError:
    """Turn pandera's error into one line: first failing row by line, and how many more."""
    folder, name, reason = source.folder, source.name, failure.reason_code.name
    if reason == "COLUMN_NOT_IN_DATAFRAME":
        return _error(folder, name, "header", str(failure.failure_cases), "the column is missing")
    if reason == "COLUMN_NOT_IN_SCHEMA":
        return _error(folder, name, "header", str(failure.failure_cases), "unexpected column")
    rows = sorted(set(failure.failure_cases["index"]))
    row = source.frame.loc[rows[0]]
    column = ", ".join(key) if reason == "DUPLICATES" else failure.schema.name
    what = _what(row, failure, column)
    others = [str(row[part]) for part in key if part != column]
    if others and reason != "DUPLICATES":
        what += f" ({', '.join(others)})"
    if len(rows) > 1:
        what += f" (and {len(rows) - 1} more)"
    return _error(folder, name, f"line {rows[0] + 2}", column, what)


def _what(row: pd.Series, failure: "SchemaError", column: str) -> str:
    reason = failure.reason_code.name
    if reason == "DUPLICATES":
        parts = ", ".join(str(row[part]) for part in column.split(", "))
        return f"a second row for {parts}"
    blank = not row[column].strip()
    if reason not in ("DATATYPE_COERCION", "SERIES_CONTAINS_NULLS"):
        return f"{'the cell' if blank else repr(row[column])} {failure.check.error}"
    if blank:
        return "the cell is empty"
    kind = "whole number" if failure.schema.dtype.type == np.int64 else "number"
    return f"'{row[column]}' is not a {kind}"


# --- one function per table ----------------------------------------------------------------------


def _provinces(source: _Source) -> pd.DataFrame:
    codes = _one_of(PROVINCE_CODES, "one of the 31 province codes of GB/T 2260")
    columns = {
        "province_code": _text(codes),
        "name_en": _text(),
        "name_zh": _text(),
        "region3": _text(_one_of(("east", "central", "west"), "east, central or west")),
        "region4": _text(
            _one_of(("east", "central", "west", "northeast"), "east, central, west or northeast")
        ),
        "coastal": _yes_no(),
        "capital_en": _text(),
        "capital_lon": _number(_between(*LONGITUDES)),
        "capital_lat": _number(_between(*LATITUDES)),
        "land_area_km2": _positive(),
        "tile_row": _column(int, _between(0, 99)),
        "tile_col": _column(int, _between(0, 99)),
    }
    frame = _validate(source, columns, ("province_code",))
    _complete(source, "province_code", PROVINCE_CODES, frame["province_code"])
    return frame


def _complete(
    source: _Source, column: str, wanted: Collection[object], found: Collection[object]
) -> None:
    """Refuse a table in which a unit or year has no row."""
    absent = sorted(set(wanted) - set(found))
    if absent:
        more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        raise _error(source.folder, source.name, str(absent[0]), column, f"no row{more}")


def _cities(source: _Source, provinces: pd.DataFrame) -> pd.DataFrame:
    raw = source.frame

    def in_province(codes: pd.Series) -> pd.Series:
        return codes.str.fullmatch(r"\d{6}") & (codes.str[:2] == raw["province_code"].str[:2])

    def fits_code(types: pd.Series) -> pd.Series:
        return (types == "municipality") == (raw["city_code"] == raw["province_code"])

    columns = {
        "city_code": _text((in_province, "is not a six-digit code of its province")),
        "name_zh": _text(),
        "name_en": _text(),
        "province_code": _province(provinces),
        "type": _text(
            _one_of(("municipality", "prefecture"), "municipality or prefecture"),
            (fits_code, "does not fit city_code (a municipality has the code of its province)"),
        ),
        "lon": _number(_between(*LONGITUDES)),
        "lat": _number(_between(*LATITUDES)),
        "resource_based": _yes_no(),
        "coastal": _yes_no(),
    }
    return _validate(source, columns, ("city_code",))


def _variables(source: _Source, assurance: str, units: str) -> pd.DataFrame:
    """Validate a table of variables; province and city tables differ in two column names."""
    counts = {name: _column(int, _between(0, 10**6)) for name in ("cells", units)}
    columns = {
        **{name: _text() for name in ("variable", "label_en", "label_zh", "unit", "publication")},
        "vintage_and_breaks": _text(),
        assurance: _text(),
        "first_year": _year(CITY_YEARS),
        "last_year": _year(CITY_YEARS),
        **counts,
    }
    return _validate(source, columns, ("variable",))


def _value_rules(raw: pd.DataFrame, variables: pd.DataFrame) -> tuple[Rule, ...]:
    """Return what a value must satisfy, by the unit of its variable."""
    unit = variables.set_index("variable")["unit"]
    percentages = set(unit.index[unit == PERCENT]) - PERCENTAGES_ABOVE_100
    indices = unit.index[unit == PREVIOUS_YEAR]

    def is_(names: Collection[str]) -> pd.Series:
        return raw["variable"].isin(names)

    low, high = INDEX_RANGE
    return (
        ((lambda s: (s >= 0) | is_(VARIABLES_BELOW_ZERO)), "is negative"),
        ((lambda s: (s <= 100) | ~is_(percentages)), "is above 100 but a percentage"),
        (
            (lambda s: s.between(low, high) | ~is_(indices)),
            f"is outside {low} to {high} but an index with the previous year = 100",
        ),
    )


def _province_figures(
    source: _Source, provinces: pd.DataFrame, variables: pd.DataFrame
) -> pd.DataFrame:
    columns = {
        "province_code": _province(provinces),
        "year": _year(PROVINCE_YEARS),
        "variable": _text(_one_of(variables["variable"], "a variable of province_variables.csv")),
        "value": _number(*_value_rules(source.frame, variables)),
    }
    return _validate(source, columns, ("province_code", "year", "variable"))


def _city_figures(source: _Source, cities: pd.DataFrame, variables: pd.DataFrame) -> pd.DataFrame:
    raw = source.frame

    def known(codes: pd.Series) -> pd.Series:
        return codes.isin(cities["city_code"]) | codes.isin(ABOLISHED_UNITS)

    def declared(flags: pd.Series) -> pd.Series:
        return flags.map({flag: set(flag.split()) <= FLAGS for flag in flags.unique()})

    def says_abolished(flags: pd.Series) -> pd.Series:
        return flags.str.contains(ABOLISHED_FLAG) | raw["city_code"].isin(cities["city_code"])

    columns = {
        "city_code": _text((known, "is neither a unit of cities.csv nor a declared abolished one")),
        "year": _year(CITY_YEARS),
        "variable": _text(_one_of(variables["variable"], "a variable of city_variables.csv")),
        "value": _number(*_value_rules(raw, variables)),
        "flag": _column(
            str,
            (declared, "is not a declared flag"),
            (says_abolished, f"lacks {ABOLISHED_FLAG} although the unit is not in cities.csv"),
        ),
    }
    return _validate(source, columns, ("city_code", "year", "variable"))


def _national_totals(source: _Source, variables: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "variable": _text(_one_of(variables["variable"], "a variable of province_variables.csv")),
        "year": _year(PROVINCE_YEARS),
        "value": _positive(),
    }
    return _validate(source, columns, ("variable", "year"))


def _exchange_rate(source: _Source) -> pd.DataFrame:
    columns = {"year": _year(PROVINCE_YEARS), "cny_per_usd": _number(_between(*CNY_PER_USD))}
    frame = _validate(source, columns, ("year",))
    first, last = PROVINCE_YEARS
    _complete(source, "year", range(first, last + 1), frame["year"])
    return frame


def _neighbour_rules(raw: pd.DataFrame, unit: str) -> tuple[Rule, Rule]:
    """Return: no unit borders itself; a border is written in both directions."""

    def mutual(cells: pd.Series) -> pd.Series:
        there = pd.MultiIndex.from_arrays([raw[unit], cells])
        back = pd.MultiIndex.from_arrays([cells, raw[unit]])
        return pd.Series(back.isin(there), index=cells.index)

    itself = (lambda cells: cells != raw[unit]), "is the unit itself"
    return itself, (mutual, "has no row in the other direction")


def _province_contiguity(source: _Source, provinces: pd.DataFrame) -> pd.DataFrame:
    raw = source.frame

    def fits_pair(types: pd.Series) -> pd.Series:
        linked = raw[["province_code", "neighbour_code"]].isin(LINKED_BY_CONVENTION).all(axis=1)
        return (~linked & (types == LAND_BORDER)) | (linked & types.str.startswith(CONVENTION))

    known = _known_province(provinces)
    told = f"is not '{LAND_BORDER}', or '{CONVENTION} ...' for Hainan and Guangdong alone"
    columns = {
        "province_code": _province(provinces),
        "neighbour_code": _text(known, *_neighbour_rules(raw, "province_code")),
        "type": _text((fits_pair, told)),
    }
    frame = _validate(source, columns, ("province_code", "neighbour_code"))
    _complete(source, "province_code", PROVINCE_CODES, frame["province_code"])
    return frame


def _city_contiguity(source: _Source, cities: pd.DataFrame) -> pd.DataFrame:
    known = _one_of(cities["city_code"], "a unit of cities.csv")
    columns = {
        "city_code": _text(known),
        "neighbour_code": _text(known, *_neighbour_rules(source.frame, "city_code")),
    }
    frame = _validate(source, columns, ("city_code", "neighbour_code"))
    wanted = set(cities["city_code"]) - CITIES_WITHOUT_NEIGHBOUR
    _complete(source, "city_code", wanted, frame["city_code"])
    return frame


def _city_tables(
    read: Callable[[str], _Source], cities: pd.DataFrame, wanted: bool
) -> dict[str, pd.DataFrame | None]:
    if not wanted:
        return dict.fromkeys(("city_variables", "city_figures", "city_contiguity"))
    variables = _variables(read("city_variables.csv"), "confidence", "cities")
    return {
        "city_variables": variables,
        "city_figures": _city_figures(read("city_figures.csv"), cities, variables),
        "city_contiguity": _city_contiguity(read("city_contiguity.csv"), cities),
    }


def _pilot_zones(source: _Source, provinces: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    raw = source.frame
    columns = {
        "batch": _column(int, _between(min(BATCH_SIZES), max(BATCH_SIZES))),
        **_zone_dates(raw),
        "name_zh": _text(),
        "name_en": _text(),
        **_zone_codes(raw, provinces, cities),
        "level": _text(_one_of(ZONE_LEVELS, f"a declared level ({', '.join(ZONE_LEVELS)})")),
        "date_status": _text(),
        "membership_status": _text(),
        "revoked": _column(str),
    }
    frame = _validate(source, columns, ("batch", "prefecture_code", "name_zh"))
    for batch, size in BATCH_SIZES.items():
        found = int((frame["batch"] == batch).sum())
        if found != size:
            what = f"{found} approvals, the reply lists {size}"
            raise _error(source.folder, source.name, f"batch {batch}", "batch", what)
    days = {name: pd.to_datetime(frame[name]) for name in ("approval_date", "announced_date")}
    return frame.assign(**days)


def _zone_dates(raw: pd.DataFrame) -> dict[str, "Column"]:
    """Return the columns of the reply; only a batch without a verified reply may leave gaps."""

    def no_reply() -> pd.Series:
        return raw["batch"] == str(BATCH_WITHOUT_REPLY)

    def approved(days: pd.Series) -> pd.Series:
        return _is_date(days) | (no_reply() & (days == ""))

    def one_reply(days: pd.Series) -> pd.Series:
        return days == days.groupby(raw["batch"]).transform("first")

    return {
        "approval_date": _column(
            str,
            (approved, f"is not a day YYYY-MM-DD (only batch {BATCH_WITHOUT_REPLY} has none)"),
            (one_reply, "differs from the first row of its batch"),
        ),
        "announced_date": _text(
            (_is_date, "is not a day YYYY-MM-DD"),
            ((lambda days: days >= raw["approval_date"]), "is before the approval"),
        ),
        "document_no": _column(str, ((lambda cells: _filled(cells) | no_reply()), "is empty")),
    }


def _zone_codes(
    raw: pd.DataFrame, provinces: pd.DataFrame, cities: pd.DataFrame
) -> dict[str, "Column"]:
    """Return the columns that place a zone: its own code, the unit that holds it, the province."""

    def own_code(codes: pd.Series) -> pd.Series:
        same_unit = codes.str.fullmatch(r"\d{6}") & (
            codes.str[:4] == raw["prefecture_code"].str[:4]
        )
        without = raw["level"] == LEVEL_WITHOUT_CODE
        return (~without & same_unit) | (without & (codes == ""))

    def holder(codes: pd.Series) -> pd.Series:
        whole = raw["level"] == LEVEL_OF_PROVINCE
        return (~whole & codes.isin(cities["city_code"])) | (
            whole & (codes == raw["province_code"])
        )

    def of_holder(codes: pd.Series) -> pd.Series:
        return codes.str[:2] == raw["prefecture_code"].str[:2]

    known = _known_province(provinces)
    return {
        "city_code": _column(
            str, (own_code, f"is no code in its prefecture (empty only for {LEVEL_WITHOUT_CODE})")
        ),
        "prefecture_code": _text(
            (holder, f"is no unit of cities.csv (the province for {LEVEL_OF_PROVINCE} alone)")
        ),
        "province_code": _text(known, (of_holder, "is not the province of prefecture_code")),
    }


def _policies(
    read: Callable[[str], _Source], provinces: pd.DataFrame, cities: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    tables = {
        "big_data_zones": _big_data_zones,
        "broadband_china": _broadband_china,
        "digital_economy_zones": _digital_economy_zones,
        "free_trade_zones": _free_trade_zones,
        "service_pilots": _service_pilots,
    }
    return {
        stem: validate(read(f"policies/{stem}.csv"), provinces, cities)
        for stem, validate in tables.items()
    }


def _policy_unit(
    raw: pd.DataFrame, cities: pd.DataFrame, exceptions: Collection[str] = ()
) -> "Column":
    """Return a column of units that lie in the province of their row."""

    def placed(codes: pd.Series) -> pd.Series:
        return codes.str[:2] == raw["province_code"].str[:2]

    return _text(
        _one_of({*cities["city_code"], *exceptions}, "a unit of cities.csv"),
        (placed, "is not in province_code"),
    )


def _policy_day(raw: pd.DataFrame) -> "Column":
    """Return a column of days in the year of their row; empty where only the year is known."""

    def in_year(days: pd.Series) -> pd.Series:
        return (days == "") | (_is_date(days) & (days.str[:4] == raw["year"]))

    return _column(str, (in_year, "is not a day YYYY-MM-DD in the year of its row"))


def _big_data_zones(source: _Source, provinces: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "year": _year((2015, 2016)),
        "date": _policy_day(source.frame),
        "city_code": _policy_unit(source.frame, cities),
        "province_code": _province(provinces),
        "name_zh": _text(),
        "zone": _text(),
        "note": _column(str),
    }
    return _validate(source, columns, ("city_code",))


def _broadband_china(
    source: _Source, provinces: pd.DataFrame, cities: pd.DataFrame
) -> pd.DataFrame:
    six_digits = (lambda codes: codes.str.fullmatch(r"\d{6}")), "is not a six-digit code"
    columns = {
        "year": _year((2014, 2016)),
        "city_code": _text(six_digits),
        "prefecture_code": _policy_unit(source.frame, cities, UNITS_WITHOUT_PREFECTURE),
        "province_code": _province(provinces),
        "name_zh": _text(),
        "note": _column(str),
        "verification": _text(),
    }
    return _validate(source, columns, ("city_code",))


def _digital_economy_zones(
    source: _Source, provinces: pd.DataFrame, cities: pd.DataFrame
) -> pd.DataFrame:
    columns = {
        "year": _year((2019, 2019)),
        "date": _policy_day(source.frame),
        "province_code": _province(provinces),
        "name_zh": _text(),
        "verification": _text(),
    }
    return _validate(source, columns, ("province_code",))


def _free_trade_zones(
    source: _Source, provinces: pd.DataFrame, cities: pd.DataFrame
) -> pd.DataFrame:
    columns = {
        "year": _year((2013, 2020)),
        "launch_date": _policy_day(source.frame),
        "city_code": _policy_unit(source.frame, cities),
        "province_code": _province(provinces),
        "name_zh": _text(),
        "zone_zh": _text(),
        "area_verification": _text(),
    }
    return _validate(source, columns, ("city_code", "zone_zh"))


def _service_pilots(source: _Source, provinces: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "year": _year((2012, 2015)),
        "city_code": _policy_unit(source.frame, cities),
        "province_code": _province(provinces),
        "name_zh": _text(),
        "status": _text(),
    }
    return _validate(source, columns, ("city_code",))


def _cbec_scale(source: _Source) -> pd.DataFrame:
    key = ("geo", "year", "period", "flow", "definition", "vintage")
    columns = {
        "geo": _text(),
        "year": _year((2015, 2025)),
        "period": _text(_one_of(("year", "H1"), "year or H1")),
        "flow": _text(),
        "value": _positive(),
        "unit": _text(),
        "definition": _text(),
        "vintage": _text(),
    }
    return _validate(source, columns, key)


# --- checks across tables ------------------------------------------------------------------------


def _check_vintages(tables: RawTables, folder: Path) -> None:
    """Every variable that carries regional product has a declared vintage."""
    declared = set(GRP_VINTAGES) | GRP_GROWTH
    for name, table in (
        ("province_variables.csv", tables.province_variables),
        ("city_variables.csv", tables.city_variables),
    ):
        names = [] if table is None else table["variable"]
        for variable in names:
            if re.match(r"(gdp|va|tertiary_share)_", variable) and variable not in declared:
                what = f"'{variable}' has no vintage; declare it in GRP_VINTAGES of panels/raw.py"
                raise _error(folder, name, variable, "variable", what)


def _check_coverage(tables: RawTables, folder: Path) -> None:
    """The figures hold as many cells, units and years of a variable as its row declares."""
    for level, unit in (("province", "province_code"), ("city", "city_code")):
        figures = getattr(tables, f"{level}_figures")
        if figures is None:
            continue
        units = "provinces" if level == "province" else "cities"
        declared = getattr(tables, f"{level}_variables").set_index("variable")
        grouped = figures.groupby("variable")
        found = pd.DataFrame(
            {
                "first_year": grouped["year"].min(),
                "last_year": grouped["year"].max(),
                "cells": grouped.size(),
                units: grouped[unit].nunique(),
            }
        ).reindex(declared.index, fill_value=0)
        for column in found:
            wrong = found.index[found[column] != declared[column]]
            if len(wrong):
                here, there = found.at[wrong[0], column], declared.at[wrong[0], column]
                what = f"{column} {here} in the figures, {there} in {level}_variables.csv"
                raise _error(folder, f"{level}_figures.csv", wrong[0], "variable", what)


def _check_parts(tables: RawTables, folder: Path) -> None:
    """Sub-items do not exceed their total, by province and year."""
    table = wide(tables.province_figures, {v for parts, whole in PARTS_OF for v in (*parts, whole)})
    for parts, whole in PARTS_OF:
        over = table[list(parts)].sum(axis=1) > table[whole]
        if over.any():
            row = table.loc[over.idxmax()]
            what = f"{row[list(parts)].sum():g} exceeds {whole} {row[whole]:g}"
            place = _unit_year(tables, *over.idxmax())
            raise _error(folder, "province_figures.csv", place, " + ".join(parts), what)


def _check_value_added(tables: RawTables, folder: Path) -> None:
    """Value added of the three sectors adds up to the regional product of the same vintage."""
    table = wide(tables.province_figures, (*VALUE_ADDED, "gdp_100m_cny"))
    _adds_up(tables, folder, table, VALUE_ADDED, "gdp_100m_cny", TOTAL_RTOL)
    if tables.city_figures is None:
        return
    figures = tables.city_figures[~unusable(tables.city_figures["flag"])]
    whole = "gdp_as_published_100m_cny"
    table = wide(figures, (*CITY_VALUE_ADDED, whole), unit="city_code")
    _adds_up(tables, folder, table, CITY_VALUE_ADDED, whole, CITY_VALUE_ADDED_RTOL)


def _adds_up(
    tables: RawTables,
    folder: Path,
    table: pd.DataFrame,
    parts: Sequence[str],
    whole: str,
    rtol: float,
) -> None:
    gap = table[list(parts)].sum(axis=1, min_count=len(parts)) / table[whole] - 1
    wrong = gap.abs() > rtol
    if wrong.any():
        name = f"{table.index.names[0].removesuffix('_code')}_figures.csv"
        what = f"differs from the sum of {', '.join(parts)} by {gap[wrong.idxmax()]:.2%}"
        raise _error(folder, name, _unit_year(tables, *wrong.idxmax()), whole, what)


def _check_national_totals(tables: RawTables, folder: Path) -> None:
    """The provinces add up to the printed total wherever all 31 are there."""
    compared = compare_national_totals(tables.province_figures, tables.national_totals)
    complete = compared["provinces"] == len(PROVINCE_CODES)
    wrong = compared[complete & (compared["gap"].abs() > TOTAL_RTOL)]
    if len(wrong):
        row = wrong.iloc[0]
        what = (
            f"the provinces add up to {row['sum']:.10g}, the printed total is {row['value']:.10g}"
        )
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        place = f"{row['variable']} {row['year']}"
        raise _error(folder, "province_figures.csv", place, "value", what + more)


def _check_capitals(tables: RawTables, folder: Path) -> None:
    """The capital of a province is one of its units."""
    units = tables.cities.set_index(["province_code", "name_en"]).index
    for row in tables.provinces.itertuples():
        if (row.province_code, row.capital_en) not in units:
            what = f"'{row.capital_en}' is no name_en of the province in cities.csv"
            place = f"{row.province_code} ({row.name_en})"
            raise _error(folder, "provinces.csv", place, "capital_en", what)


def _unit_year(tables: RawTables, code: str, year: int) -> str:
    names = pd.concat(
        [
            tables.provinces.set_index("province_code")["name_en"],
            tables.cities.set_index("city_code")["name_en"],
        ]
    )
    name = names[names.index == code].iloc[0]
    return f"{code} ({name}) {year}"


CROSS_CHECKS: tuple[Callable[[RawTables, Path], None], ...] = (
    _check_vintages,
    _check_coverage,
    _check_parts,
    _check_value_added,
    _check_national_totals,
    _check_capitals,
)
