"""Checks across tables."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pilotzone.panels.raw import declared
from pilotzone.panels.raw.figures import RawTables, unusable, wide
from pilotzone.panels.raw.source import fault


def _check_vintages(tables: RawTables, folder: Path) -> None:
    """Every variable that carries regional product has a declared vintage."""
    dated = set(declared.GRP_VINTAGES) | declared.GRP_GROWTH
    for name in ("province_variables", "city_variables"):
        table = getattr(tables, name)
        for variable in [] if table is None else table["variable"]:
            if re.match(r"(gdp|va|tertiary_share)_", variable) and variable not in dated:
                what = f"'{variable}' has no vintage; declare it in panels/raw/declared.py"
                raise fault(folder, f"{name}.csv", variable, "variable", what)


def _check_coverage(tables: RawTables, folder: Path) -> None:
    """The figures hold as many cells, units and years of a variable as its row declares."""
    for level, unit in (("province", "province_code"), ("city", "city_code")):
        figures = getattr(tables, f"{level}_figures")
        if figures is None:
            continue
        units = "provinces" if level == "province" else "cities"
        told = getattr(tables, f"{level}_variables").set_index("variable")
        grouped = figures.groupby("variable")
        found = grouped["year"].agg(first_year="min", last_year="max", cells="size")
        found[units] = grouped[unit].nunique()
        found = found.reindex(told.index, fill_value=0)
        for column in found:
            wrong = found.index[found[column] != told[column]]
            if len(wrong):
                here, there = found.at[wrong[0], column], told.at[wrong[0], column]
                what = f"{column} {here} in the figures, {there} in {level}_variables.csv"
                raise fault(folder, f"{level}_figures.csv", wrong[0], "variable", what)


def _check_parts(tables: RawTables, folder: Path) -> None:
    """Sub-items do not exceed their total, by province and year."""
    table = wide(
        tables.province_figures, {v for parts, whole in declared.PARTS_OF for v in (*parts, whole)}
    )
    for parts, whole in declared.PARTS_OF:
        over = table[list(parts)].sum(axis=1) > table[whole]
        if over.any():
            row = table.loc[over.idxmax()]
            what = f"{row[list(parts)].sum():g} exceeds {whole} {row[whole]:g}"
            place = _unit_year(tables, *over.idxmax())
            raise fault(folder, "province_figures.csv", place, " + ".join(parts), what)


def _check_value_added(tables: RawTables, folder: Path) -> None:
    """Value added of sectors, and of industries, adds up to the product of the same vintage.

    A first print of either beside a final figure of the other does not.
    """
    whole = "gdp_100m_cny"
    for parts in (declared.VALUE_ADDED, declared.INDUSTRIES):
        table = wide(tables.province_figures, (*parts, whole))
        _adds_up(tables, folder, table, parts, whole, declared.TOTAL_RTOL)
    if tables.city_figures is None:
        return
    figures = tables.city_figures[~unusable(tables.city_figures["flag"])]
    whole = "gdp_as_published_100m_cny"
    table = wide(figures, (*declared.CITY_VALUE_ADDED, whole), unit="city_code")
    _adds_up(
        tables, folder, table, declared.CITY_VALUE_ADDED, whole, declared.CITY_VALUE_ADDED_RTOL
    )


def _check_one_vintage(tables: RawTables, folder: Path) -> None:
    """Terms of one ratio are of one vintage in a province and year, as their flags say."""
    figures = tables.province_figures
    vintage = figures["flag"].where(figures["flag"].str.startswith(declared.VINTAGE_PREFIX), "")
    for terms in declared.ONE_VINTAGE:
        mine = figures.assign(value=vintage)[figures["variable"].isin(terms)]
        table = wide(mine, terms).dropna()
        mixed = table.nunique(axis=1) > 1
        if mixed.any():
            found = ", ".join(f"{v} '{table.at[mixed.idxmax(), v]}'" for v in terms)
            what = f"two vintages in one ratio: {found}"
            place = _unit_year(tables, *mixed.idxmax())
            raise fault(folder, "province_figures.csv", place, "flag", what)


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
        raise fault(folder, name, _unit_year(tables, *wrong.idxmax()), whole, what)


def _check_national_totals(tables: RawTables, folder: Path) -> None:
    """The provinces add up to the printed total wherever all 31 are there."""
    compared = tables.compared_totals
    complete = compared["provinces"] == len(declared.PROVINCE_CODES)
    wrong = compared[complete & (compared["gap"].abs() > declared.TOTAL_RTOL)]
    if len(wrong):
        row = wrong.iloc[0]
        here, there = row["sum"], row["value"]
        what = f"the provinces add up to {here:.10g}, the printed total is {there:.10g}"
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        place = f"{row['variable']} {row['year']}"
        raise fault(folder, "province_figures.csv", place, "value", what + more)


def _check_capitals(tables: RawTables, folder: Path) -> None:
    """The capital of a province is one of its units."""
    units = tables.cities.set_index(["province_code", "name_en"]).index
    for row in tables.provinces.itertuples():
        if (row.province_code, row.capital_en) not in units:
            what = f"'{row.capital_en}' is no name_en of the province in cities.csv"
            place = f"{row.province_code} ({row.name_en})"
            raise fault(folder, "provinces.csv", place, "capital_en", what)


def _unit_year(tables: RawTables, code: str, year: int) -> str:
    named = {**_names(tables.cities, "city_code"), **_names(tables.provinces, "province_code")}
    return f"{code} ({named[code]}) {year}"


def _names(table: pd.DataFrame, unit: str) -> dict[str, str]:
    return table.set_index(unit)["name_en"].to_dict()


CROSS_CHECKS: tuple[Callable[[RawTables, Path], None], ...] = (
    _check_vintages,
    _check_coverage,
    _check_parts,
    _check_value_added,
    _check_one_vintage,
    _check_national_totals,
    _check_capitals,
)
