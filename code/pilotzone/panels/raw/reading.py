"""Read all tables, check each against its own schema and then all against each other."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pilotzone.panels.raw import source, tables
from pilotzone.panels.raw.checks import CROSS_CHECKS
from pilotzone.panels.raw.declared import CITY_YEARS, PROVINCE_YEARS
from pilotzone.panels.raw.figures import RawTables
from pilotzone.panels.raw.policies import policy_rosters
from pilotzone.panels.raw.zones import pilot_zones


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

    def read(name: str) -> source.Source:
        return source.read(folder, f"{name}.csv")

    exchange_rate = tables.exchange_rate(read("exchange_rate"))
    provinces = tables.provinces(read("provinces"))
    cities = tables.cities(read("cities"), provinces)
    told = read("province_variables")
    variables = tables.variables(told, "check", "provinces", PROVINCE_YEARS)
    figures = tables.province_figures(read("province_figures"), provinces, variables)
    totals = tables.national_totals(read("national_totals"), variables)
    found = RawTables(
        provinces=provinces,
        province_figures=figures,
        province_variables=variables,
        national_totals=totals,
        exchange_rate=exchange_rate,
        province_contiguity=tables.province_contiguity(read("province_contiguity"), provinces),
        pilot_zones=pilot_zones(read("pilot_zones"), provinces, cities),
        cities=cities,
        **(_of_cities(folder, cities) if city else {}),
        policies=policy_rosters(folder, provinces, cities),
        cbec_scale=tables.cbec_scale(read("cbec_scale")),
    )
    for check in CROSS_CHECKS:
        check(found, folder)
    return found


@dataclasses.dataclass(frozen=True)
class Places:
    """Units, and since when which policy holds in them: all that a roster is checked against."""

    provinces: pd.DataFrame
    cities: pd.DataFrame
    pilot_zones: pd.DataFrame
    policies: Mapping[str, pd.DataFrame]


def read_places(folder: Path | str) -> Places:
    """Read and validate units, pilot zones and rosters of policies, and no figures.

    Raises UserError as :func:`read_raw`.
    """
    folder = Path(folder)
    provinces = tables.provinces(source.read(folder, "provinces.csv"))
    cities = tables.cities(source.read(folder, "cities.csv"), provinces)
    return Places(
        provinces=provinces,
        cities=cities,
        pilot_zones=pilot_zones(source.read(folder, "pilot_zones.csv"), provinces, cities),
        policies=policy_rosters(folder, provinces, cities),
    )


def _of_cities(folder: Path, cities: pd.DataFrame) -> dict[str, pd.DataFrame]:
    names = ("city_variables", "city_figures", "city_contiguity")
    variables, figures, borders = (source.read(folder, f"{name}.csv") for name in names)
    declared = tables.variables(variables, "confidence", "cities", CITY_YEARS)
    return {
        "city_variables": declared,
        "city_figures": tables.city_figures(figures, cities, declared),
        "city_contiguity": tables.city_contiguity(borders, cities),
    }
