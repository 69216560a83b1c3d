"""One function per table: places, variables, figures, borders."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from pilotzone.panels.raw import declared, schema
from pilotzone.panels.raw.declared import ABOLISHED_FLAG, CONVENTION, LAND_BORDER
from pilotzone.panels.raw.source import Source

if TYPE_CHECKING:
    from pandera.pandas import Column


def provinces(source: Source) -> pd.DataFrame:
    """Validate the 31 provinces."""
    thirds = ("east", "central", "west")
    quarters = (*thirds, "northeast")
    codes = schema.one_of(declared.PROVINCE_CODES, "one of the 31 province codes of GB/T 2260")
    columns = {
        "province_code": schema.text(codes),
        **schema.texts("name_en", "name_zh"),
        "region3": schema.text(schema.one_of(thirds, "east, central or west")),
        "region4": schema.text(schema.one_of(quarters, "east, central, west or northeast")),
        "coastal": schema.yes_no(),
        **schema.texts("capital_en"),
        **_place("capital_lon", "capital_lat"),
        "land_area_km2": schema.positive(),
        **{f"tile_{at}": schema.column(int, schema.between(0, 99)) for at in ("row", "col")},
    }
    frame = schema.validate(source, columns, ("province_code",))
    schema.complete(source, "province_code", declared.PROVINCE_CODES, frame["province_code"])
    return frame


def _place(lon: str, lat: str) -> dict[str, "Column"]:
    bounds = {lon: declared.LONGITUDES, lat: declared.LATITUDES}
    return {name: schema.number(schema.between(*span)) for name, span in bounds.items()}


def cities(source: Source, provinces: pd.DataFrame) -> pd.DataFrame:
    """Validate the prefecture-level units."""
    raw = source.frame

    def in_province(codes: pd.Series) -> pd.Series:
        return codes.str.fullmatch(r"\d{6}") & (codes.str[:2] == raw["province_code"].str[:2])

    def fits_code(types: pd.Series) -> pd.Series:
        return (types == "municipality") == (raw["city_code"] == raw["province_code"])

    columns = {
        "city_code": schema.text((in_province, "is not a six-digit code of its province")),
        **schema.texts("name_zh", "name_en"),
        "province_code": schema.province(provinces),
        "type": schema.text(
            schema.one_of(("municipality", "prefecture"), "municipality or prefecture"),
            (fits_code, "does not fit city_code (a municipality has the code of its province)"),
        ),
        **_place("lon", "lat"),
        "resource_based": schema.yes_no(),
        "coastal": schema.yes_no(),
    }
    return schema.validate(source, columns, ("city_code",))


def variables(source: Source, assurance: str, units: str, span: tuple[int, int]) -> pd.DataFrame:
    """Validate a table of variables; of provinces and cities two columns and the years differ."""
    counts = {name: schema.column(int, schema.between(0, 10**6)) for name in ("cells", units)}
    words = ("label_en", "label_zh", "unit", "publication", "vintage_and_breaks", assurance)
    years = {name: schema.year(span) for name in ("first_year", "last_year")}
    columns = schema.texts("variable", *words) | years | counts
    return schema.validate(source, columns, ("variable",))


def _value_rules(raw: pd.DataFrame, variables: pd.DataFrame) -> tuple[schema.Rule, ...]:
    """Return what a value must satisfy, by the unit of its variable."""
    unit = variables.set_index("variable")["unit"]
    percentages = set(unit.index[unit == declared.PERCENT]) - declared.PERCENTAGES_ABOVE_100
    indices = unit.index[unit == declared.PREVIOUS_YEAR]

    def is_(names: Collection[str]) -> pd.Series:
        return raw["variable"].isin(names)

    low, high = declared.INDEX_RANGE
    return (
        ((lambda s: (s >= 0) | is_(declared.VARIABLES_BELOW_ZERO)), "is negative"),
        ((lambda s: (s <= 100) | ~is_(percentages)), "is above 100 but a percentage"),
        (
            (lambda s: s.between(low, high) | ~is_(indices)),
            f"is outside {low} to {high} but an index with the previous year = 100",
        ),
    )


def _variable(variables: pd.DataFrame, level: str) -> "Column":
    known = schema.one_of(variables["variable"], f"a variable of {level}_variables.csv")
    return schema.text(known)


def province_figures(
    source: Source, provinces: pd.DataFrame, variables: pd.DataFrame
) -> pd.DataFrame:
    """Validate the figures of provinces; a flag must be declared."""
    columns = {
        "province_code": schema.province(provinces),
        "year": schema.year(declared.PROVINCE_YEARS),
        "variable": _variable(variables, "province"),
        "value": schema.number(*_value_rules(source.frame, variables)),
        "flag": schema.column(
            str, schema.one_of({"", *declared.PROVINCE_FLAGS}, "a declared flag")
        ),
    }
    return schema.validate(source, columns, ("province_code", "year", "variable"))


def city_figures(source: Source, cities: pd.DataFrame, variables: pd.DataFrame) -> pd.DataFrame:
    """Validate the figures of cities; a unit or flag must be declared."""
    raw = source.frame

    def known(codes: pd.Series) -> pd.Series:
        return codes.isin(cities["city_code"]) | codes.isin(declared.ABOLISHED_UNITS)

    def known_flags(flags: pd.Series) -> pd.Series:
        return flags.map({flag: set(flag.split()) <= declared.FLAGS for flag in flags.unique()})

    def says_abolished(flags: pd.Series) -> pd.Series:
        return flags.str.contains(ABOLISHED_FLAG) | raw["city_code"].isin(cities["city_code"])

    columns = {
        "city_code": schema.text(
            (known, "is neither a unit of cities.csv nor a declared abolished one")
        ),
        "year": schema.year(declared.CITY_YEARS),
        "variable": _variable(variables, "city"),
        "value": schema.number(*_value_rules(raw, variables)),
        "flag": schema.column(
            str,
            (known_flags, "is not a declared flag"),
            (says_abolished, f"lacks {ABOLISHED_FLAG} although the unit is not in cities.csv"),
        ),
    }
    return schema.validate(source, columns, ("city_code", "year", "variable"))


def national_totals(source: Source, variables: pd.DataFrame) -> pd.DataFrame:
    """Validate the totals printed beside the figures of provinces."""
    columns = {
        "variable": _variable(variables, "province"),
        "year": schema.year(declared.PROVINCE_YEARS),
        "value": schema.positive(),
    }
    return schema.validate(source, columns, ("variable", "year"))


def exchange_rate(source: Source) -> pd.DataFrame:
    """Validate the exchange rate, one row for every year."""
    columns = {
        "year": schema.year(declared.EXCHANGE_RATE_YEARS),
        "cny_per_usd": schema.number(schema.between(*declared.CNY_PER_USD)),
    }
    frame = schema.validate(source, columns, ("year",))
    first, last = declared.EXCHANGE_RATE_YEARS
    schema.complete(source, "year", range(first, last + 1), frame["year"])
    return frame


def _neighbour_rules(raw: pd.DataFrame, unit: str) -> tuple[schema.Rule, schema.Rule]:
    """Return: no unit borders itself; a border is written in both directions."""

    def mutual(cells: pd.Series) -> pd.Series:
        there = pd.MultiIndex.from_arrays([raw[unit], cells])
        back = pd.MultiIndex.from_arrays([cells, raw[unit]])
        return pd.Series(back.isin(there), index=cells.index)

    itself = (lambda cells: cells != raw[unit]), "is the unit itself"
    return itself, (mutual, "has no row in the other direction")


def province_contiguity(source: Source, provinces: pd.DataFrame) -> pd.DataFrame:
    """Validate the borders of provinces; Hainan and Guangdong are linked by convention."""
    raw = source.frame

    def fits_pair(types: pd.Series) -> pd.Series:
        pairs = raw[["province_code", "neighbour_code"]]
        linked = pairs.isin(declared.LINKED_BY_CONVENTION).all(axis=1)
        return (~linked & (types == LAND_BORDER)) | (linked & types.str.startswith(CONVENTION))

    known = schema.known_province(provinces)
    told = f"is not '{LAND_BORDER}', or '{CONVENTION} ...' for Hainan and Guangdong alone"
    columns = {
        "province_code": schema.province(provinces),
        "neighbour_code": schema.text(known, *_neighbour_rules(raw, "province_code")),
        "type": schema.text((fits_pair, told)),
    }
    frame = schema.validate(source, columns, ("province_code", "neighbour_code"))
    schema.complete(source, "province_code", declared.PROVINCE_CODES, frame["province_code"])
    return frame


def city_contiguity(source: Source, cities: pd.DataFrame) -> pd.DataFrame:
    """Validate the borders of cities."""
    known = schema.one_of(cities["city_code"], "a unit of cities.csv")
    columns = {
        "city_code": schema.text(known),
        "neighbour_code": schema.text(known, *_neighbour_rules(source.frame, "city_code")),
    }
    frame = schema.validate(source, columns, ("city_code", "neighbour_code"))
    wanted = set(cities["city_code"]) - declared.CITIES_WITHOUT_NEIGHBOUR
    schema.complete(source, "city_code", wanted, frame["city_code"])
    return frame


def cbec_scale(source: Source) -> pd.DataFrame:
    """Validate the published scale of cross-border e-commerce."""
    key = ("geo", "year", "period", "flow", "definition", "vintage")
    columns = {
        **schema.texts("geo", "flow", "unit", "definition", "vintage"),
        "year": schema.year((2015, 2025)),
        "period": schema.text(schema.one_of(("year", "H1"), "year or H1")),
        "value": schema.positive(),
    }
    return schema.validate(source, columns, key)
