"""How unequally a variable is spread, within and between groups of units."""

import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.engine.sample_rows import Parts, by_variable, group_of_units
from pilotzone.methods.disparity import inequality
from pilotzone.panels.store import Store


def gini(what: Description, store: Store) -> Parts:
    """Dagum's Gini and Theil's T by year, within and between regions, with every contribution."""
    region = group_of_units(what, store, str(what.option("by")))
    sums, contributions = [], []
    for variant, table in by_variable(what, store).items():
        groups = region.loc[table.columns].to_numpy(dtype=str)
        for year, values in zip(table.index, table.to_numpy(), strict=True):
            where = {"variant": variant, "year": year}
            of_dagum = inequality.dagum(values, groups)
            of_theil = inequality.theil(values, groups)
            sums += [{**where, **row} for row in _sums("dagum", of_dagum)]
            sums += [{**where, **row} for row in _sums("theil", of_theil)]
            contributions += [{**where, **row} for row in _of_pairs(of_dagum)]
            contributions += [{**where, **row} for row in _of_groups(of_theil)]
    return {"": pd.DataFrame(sums), "contributions": pd.DataFrame(contributions)}


def _sums(
    measure: str, made: inequality.DagumDecomposition | inequality.TheilDecomposition
) -> list[dict[str, object]]:
    parts = {"total": made.total, **made.parts}
    return [
        {"measure": measure, "part": part, "value": value, "share": value / made.total}
        for part, value in parts.items()
    ]


def _of_pairs(made: inequality.DagumDecomposition) -> list[dict[str, object]]:
    """Return the Gini coefficient and the contributions of every region and pair of regions."""
    rows = []
    for j, group in enumerate(made.groups):
        for h in range(j, len(made.groups)):
            row = {"measure": "dagum", "group": group, "other": made.groups[h]}
            own = {"within": made.within[j]}
            pair = {"between": made.between[j, h], "transvariation": made.transvariation[j, h]}
            contributed = own if h == j else pair
            share = sum(contributed.values()) / made.total
            rows.append({**row, "value": made.pairs[j, h], **contributed, "share": share})
    return rows


def _of_groups(made: inequality.TheilDecomposition) -> list[dict[str, object]]:
    parts = zip(made.groups, made.of_groups, made.within, made.between, strict=True)
    rows = []
    for group, value, within, between in parts:
        where = {"measure": "theil", "group": group, "other": group, "value": value}
        share = (within + between) / made.total
        rows.append({**where, "within": within, "between": between, "share": share})
    return rows
