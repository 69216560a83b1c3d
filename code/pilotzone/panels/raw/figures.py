"""The published figures as read, and what is asked of them: wide tables, flags, vintages."""

import dataclasses
import functools
from collections.abc import Collection, Mapping

import pandas as pd

from pilotzone.errors import UserError
from pilotzone.panels.raw.declared import (
    ABOLISHED_FLAG,
    GRP_VINTAGES,
    PROVINCE_CODES,
    SUSPECT_PREFIX,
)


@dataclasses.dataclass(frozen=True)
class RawTables:
    """The published figures. Codes are text, years whole numbers, days of zones ``datetime64``.

    Attributes
    ----------
    provinces : DataFrame
        31 rows by ``province_code``.
    province_figures : DataFrame
        Long: ``province_code, year, variable, value, flag`` (empty text if nothing is known
        against the cell); a gap is an absent row.
    pilot_zones : DataFrame
        ``approval_date`` is missing (NaT) in batch 8.
    cities : DataFrame
        337 rows by ``city_code``.
    city_figures : DataFrame or None
        Long, with ``flag`` (empty text if nothing is known against the cell); None if read with
        ``city=False``, as are the next two.
    city_variables, city_contiguity : DataFrame or None
    policies : mapping from file stem to DataFrame
    """

    provinces: pd.DataFrame
    province_figures: pd.DataFrame
    province_variables: pd.DataFrame
    national_totals: pd.DataFrame
    exchange_rate: pd.DataFrame
    province_contiguity: pd.DataFrame
    pilot_zones: pd.DataFrame
    cities: pd.DataFrame
    policies: Mapping[str, pd.DataFrame]
    cbec_scale: pd.DataFrame
    city_figures: pd.DataFrame | None = None
    city_variables: pd.DataFrame | None = None
    city_contiguity: pd.DataFrame | None = None

    @functools.cached_property
    def compared_totals(self) -> pd.DataFrame:
        """Printed totals beside sums over provinces, see :func:`compare_national_totals`."""
        return compare_national_totals(self.province_figures, self.national_totals)

    @property
    def totals_skipped(self) -> int:
        """Rows of ``national_totals`` not compared, because fewer than 31 provinces are there."""
        return int((self.compared_totals["provinces"] < len(PROVINCE_CODES)).sum())


def wide(
    figures: pd.DataFrame, variables: Collection[str] | None = None, *, unit: str = "province_code"
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
