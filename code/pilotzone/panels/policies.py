"""Other policies as treatments: the share of a province's units that each covers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue.controls import POLICIES
from pilotzone.errors import UserError
from pilotzone.panels.raw import POLICY_LISTS
from pilotzone.panels.rollout import exposure

# A digital-economy zone is a whole province; of Hebei it is Xiong'an, which lies in Baoding.
UNIT_OF_PROVINCE_ZONE = {"130000": "130600"}


def policy_shares(
    policies: Mapping[str, pd.DataFrame], cities: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """Return the share of each province's units under each policy.

    A list with a day follows the main timing rule (July to December counts from the next year); a
    list or row that gives the year alone counts from that year. A unit counts once, from its first
    entry. Units that no prefecture holds are left out.

    Parameters
    ----------
    policies : mapping from the file's stem to its rows
    cities : DataFrame
    years : sequence of int

    Returns
    -------
    DataFrame
        ``province_code``, ``year`` and one column ``policy_<stem>`` per list, in [0, 1].
    """
    province = cities.set_index("city_code")["province_code"].sort_index()
    columns = []
    for stem in (policy.removeprefix("policy_") for policy in POLICIES):
        covered = unit_coverage(policies[stem], stem, cities, years)
        by_unit = covered.reindex(province.index, fill_value=0.0)
        share = by_unit.groupby(province).mean().rename_axis(columns="year")
        columns.append(share.stack().rename(f"policy_{stem}"))
    return pd.concat(columns, axis=1).reset_index()


def unit_coverage(
    rows: pd.DataFrame, stem: str, cities: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """Return 0 or 1 for each unit of a policy's list and each year."""
    rows = _by_unit(rows, cities) if "city_code" not in rows else rows
    declared = POLICY_LISTS[stem]
    unit = rows[declared.unit or "city_code"]
    dated = rows[declared.day] if declared.day else pd.Series("", index=rows.index)
    known = (dated != "").to_numpy()
    by_year = (np.asarray(years)[None, :] >= rows["year"].to_numpy()[:, None]).astype(float)
    if known.any():
        by_year[known] = exposure(pd.to_datetime(dated[known]), years, "half_year")
    table = pd.DataFrame(by_year, columns=list(years)).groupby(unit.to_numpy()).max()
    return table[table.index.isin(cities["city_code"])]


def _by_unit(rows: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """Spread rows by province over the province's units."""
    units = cities[["province_code", "city_code"]]
    joined = rows.merge(units, on="province_code", how="left", validate="one_to_many")
    if joined["city_code"].isna().any():
        raise UserError("digital_economy_zones.csv: a province has no unit in cities.csv")
    only = joined["province_code"].map(UNIT_OF_PROVINCE_ZONE)
    return joined[only.isna() | (only == joined["city_code"])]
