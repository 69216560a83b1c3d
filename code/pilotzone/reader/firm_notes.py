"""What is said about a reader's firms: size, moves, and what is off for want of a field."""

import pandas as pd

from pilotzone.catalogue.indicators import NQP_FIRM, RD_LINES
from pilotzone.reader.firm_config import FIELDS, Config
from pilotzone.reader.firm_variables import FINANCING, FORMULAS, needs

# Fields by which firms are grouped or cut: off with the field itself.
GROUPINGS = {
    "effects of industry by year": "industry",
    "sample rule financial": "industry",
    "sample rule special_treatment": "special_treatment",
    "groups by ownership": "state_owned",
}


def summary(
    file: str, frame: pd.DataFrame, flow: pd.DataFrame, grid: pd.DataFrame, weights: pd.DataFrame
) -> list[str]:
    """Return the size of file and sample, the firms by first treated year, and the index."""
    start = flow[(flow["sample"] == "firm_all") & (flow["step"] == 0)].iloc[0]
    kept = flow[flow["sample"] == "firm"].iloc[-1]
    first = grid[grid["zone_city"] > 0].groupby("firm")["year"].min()
    cohort = first.reindex(frame["firm"].unique()).fillna(0).astype(int).value_counts().sort_index()
    counts = [f"{g} ({n})" for g, n in cohort.items() if g]
    own = weights[weights["variant"] == "nqp_firm"].set_index("indicator")["weight"]
    index = (
        f"nqp_firm: {len(own)} of {len(NQP_FIRM.ids)} indicators; the R&D lines hold "
        f"{own[own.index.isin(RD_LINES)].sum():.0%} of the weight"
    )
    return [
        f"{file}: {start['units']} firms, {frame['year'].min()}-{frame['year'].max()}, "
        f"{start['rows']} rows; in the main sample {kept['units']} firms, {kept['rows']} rows",
        f"zone_city: complete firms by first treated year: {', '.join(counts)}; never: "
        f"{cohort.get(0, 0)}",
        index,
    ]


def moves(frame: pd.DataFrame, grid: pd.DataFrame, config: Config) -> list[str]:
    """Return how many firms move and where they are counted."""
    moved = frame.loc[frame["moved"] == 1, "firm"].nunique()
    if not moved:
        return []
    rule = "their first place"
    if config.place == "current":
        rule = "the zone of their place of the year, the cluster of their first place"
    return [f"{moved} firms move between cities; they belong to {rule} (place = '{config.place}')"]


def switched_off(config: Config) -> list[str]:
    """Return a line for each field without a column that something needs, with what is off."""
    users = {
        **{f"indicator {i.id}": needs(i.formula) for i in NQP_FIRM.indicators},
        **{name: needs(text) for name, text in FORMULAS.items()},
        **{name: set(fields) for name, fields in FINANCING.items()},
        **{name: {field} for name, field in GROUPINGS.items()},
    }
    return [
        f"no column for '{name}': off: {', '.join(off)}"
        for name in FIELDS
        if name not in config.columns
        and (off := [u for u, fields in users.items() if name in fields])
    ]
