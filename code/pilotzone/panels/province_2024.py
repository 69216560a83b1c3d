"""The provinces to 2024, with the nine indicators that are printed so far.

A panel of its own: leads of a treatment are read behind the end of a sample, so that rows of 2024
in the province panel would move estimates that were made without them.
"""

import dataclasses

import pandas as pd

from pilotzone.catalogue.controls import variables as controls_of
from pilotzone.catalogue.indicators import NQP
from pilotzone.panels import construct, samples
from pilotzone.panels.construct import Source, Variant
from pilotzone.panels.raw import RawTables
from pilotzone.panels.raw.declared import VINTAGE_PREFIX

# The panel and the whole of its rows.
PANEL = SAMPLE = "province_2024"
CONTROLS = "baseline_2024"
SYSTEM = NQP.without(
    *("rd_personnel_per_10k", "new_product_intensity", "environment_budget_share"),
    *("so2_intensity", "transport_density", "digital_finance_index"),
)
VARIANTS = (
    Variant("nqp_2024", SYSTEM, "entropy", SAMPLE),
    Variant("nqp_2024_no_ecommerce", SYSTEM.without("ecommerce_intensity"), "entropy", SAMPLE),
    Variant("nqp_2024_equal", SYSTEM, "equal", SAMPLE),
)
# Of 2024 trade is printed in CNY alone; before that it is the figure in USD.
TRADE = "trade_to_2024_100m_cny"
READS = {TRADE: ("trade_total_100m_usd", "trade_total_100m_cny")}
FORMULAS = {
    **{i.id: i.formula for i in SYSTEM.indicators},
    "openness_2024": f"{TRADE} / gdp_100m_cny",
    # Carried as they are.
    "population_10k": "population_10k",
    "gdp_100m_cny": "gdp_100m_cny",
}


@dataclasses.dataclass(frozen=True)
class Panel2024:
    """The panel to 2024 with what was counted on the way.

    Attributes
    ----------
    frame : DataFrame
        One row per province and year, sorted; ``flagged`` is 1 where an indicator rests on a cell
        that is doubted.
    index_weights : DataFrame
        ``variant, indicator, weight``.
    flagged : DataFrame
        ``indicator, variable, year, flag, cells, units``: flagged cells that the index reads, the
        units by code.
    flow : DataFrame
        Rows kept and dropped by sample.
    """

    frame: pd.DataFrame
    index_weights: pd.DataFrame
    flagged: pd.DataFrame
    flow: pd.DataFrame


def build(raw: RawTables, figures: pd.DataFrame, told: pd.DataFrame, main: Source) -> Panel2024:
    """Build the panel to 2024.

    Parameters
    ----------
    raw : RawTables
    figures : DataFrame
        All figures wide, by province and year.
    told : DataFrame
        What rests on no figure, by province and year: names, regions, treatments.
    main : Source
        Of the province panel, whose controls are the same.

    Raises
    ------
    UserError
        If a cell of an indicator or of a control is missing.
    """
    same = {name: text for name, text in main.formulas.items() if name in controls_of(CONTROLS)}
    source = Source(main.file, main.unit, FORMULAS | same)
    figures = figures.assign(**{TRADE: _trade(figures)})
    base = figures[construct.rows(SAMPLE, figures, source)].reset_index(drop=True)
    frame = base[source.keys].assign(**construct.values(base, source))
    construct.require(frame, SAMPLE, tuple(source.formulas), source, base)
    frame = frame.merge(told, on=source.keys, how="left", validate="one_to_one")
    scores, weights = construct.index_variants(frame, VARIANTS, source)
    cells = _flagged(raw.province_figures, frame[source.keys])
    flow = samples.flow(PANEL, figures.assign(flagged=_doubted(figures, cells)), source.unit)
    frame = frame.assign(**scores, flagged=_doubted(frame, cells))
    frame = frame.sort_values(source.keys).reset_index(drop=True)
    return Panel2024(frame, weights, _counted(cells), flow)


def _trade(figures: pd.DataFrame) -> pd.Series:
    """Return trade in CNY: by the annual rate where it is printed in USD, else as printed."""
    in_usd, in_cny = READS[TRADE]
    converted = figures[in_usd] * figures["cny_per_usd"]
    return converted.fillna(figures[in_cny])


def _flagged(figures: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Return the flagged cells that an indicator reads in some rows, with the indicator."""
    reads = [(i.id, name) for i in SYSTEM.indicators for name in i.sources]
    reads = pd.DataFrame(reads, columns=["indicator", "variable"])
    cells = figures[figures["flag"] != ""].merge(keys, on=[*keys], validate="many_to_one")
    return cells.merge(reads, on="variable").sort_values(["indicator", "variable", *keys])


def _doubted(frame: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    """Return 1 in rows with a flagged cell; another vintage alone is no doubt."""
    keys = ["province_code", "year"]
    doubts = cells[~cells["flag"].str.startswith(VINTAGE_PREFIX)]
    there = pd.MultiIndex.from_frame(frame[keys]).isin(pd.MultiIndex.from_frame(doubts[keys]))
    return pd.Series(there.astype(int), index=frame.index)


def _counted(cells: pd.DataFrame) -> pd.DataFrame:
    by = cells.groupby(["indicator", "variable", "year", "flag"])["province_code"]
    return by.agg(cells="size", units=" ".join).reset_index()
