"""Indicators, controls and mechanisms of firms: formulas on fields, and what the fields allow."""

import numpy as np
import pandas as pd

from pilotzone.catalogue import formula
from pilotzone.catalogue.indicators import NQP_FIRM, System
from pilotzone.errors import UserError
from pilotzone.methods.index import financing
from pilotzone.panels import construct
from pilotzone.panels.construct import Source
from pilotzone.reader.firm_config import Config
from pilotzone.reader.firm_fields import KEYS

FORMULAS = {
    "ln_assets": "ln(total_assets)",
    "roa": "net_profit / total_assets",
    "cash_flow_share": "operating_cash_flow / total_assets",
    "ln_listed_years": "ln(1 + listed_years)",
    "largest_holder_share": "largest_holder_share",
    "ln_board_size": "ln(board_size)",
    "digital_transformation": "ln(1 + digital_words)",
    "rd_to_revenue": "(rd_pay + rd_depreciation + rd_leasing + rd_direct) / revenue",
    "ln_rd_staff": "ln(1 + rd_staff)",
    "marketisation": "marketisation",
    "digital_real_integration": "digital_real_integration",
}
CASH_FLOW = ("net_profit", "depreciation", "amortisation")
# What the indices of financing constraints read.
FINANCING = {
    "sa_index": ("total_assets", "listing_year"),
    "ww_index": (*CASH_FLOW, "dividends", "long_term_debt", "total_assets", "revenue", "industry"),
    "kz_index": (
        *(*CASH_FLOW, "market_value", "total_assets", "equity", "liabilities", "dividends"),
        *("cash", "fixed_assets"),
    ),
}
# Variables of the formulas that are no fields, and the fields that they need.
MADE = {
    "mean_assets": ("total_assets",),
    "operating_costs": ("operating_outflow", "depreciation", "amortisation", "impairment"),
    "listed_years": ("listing_year",),
}


def needs(text: str) -> set[str]:
    """Return the fields that a formula needs, those behind what is made of them included."""
    return {field for name in formula.sources(text) for field in MADE.get(name, (name,))}


def system_of(file: str, config: Config) -> System:
    """Return the index with the indicators whose fields have a column.

    Raises UserError if no indicator of labour or none of tools is left.
    """
    there = set(config.columns)
    off = [i.id for i in NQP_FIRM.indicators if not needs(i.formula) <= there]
    kept = [i for i in NQP_FIRM.indicators if i.id not in off]
    lacking = {i.element for i in NQP_FIRM.indicators} - {i.element for i in kept}
    if lacking:
        raise UserError(
            f"{file}: no indicator of {' and of '.join(sorted(lacking))} has its fields; map more "
            f"of them in [columns]"
        )
    return System(NQP_FIRM.id, tuple(kept))


def formulas_of(system: System, config: Config) -> dict[str, str]:
    """Return the formulas of indicators, controls and mechanisms whose fields have a column."""
    there = set(config.columns)
    return {
        **{i.id: i.formula for i in system.indicators},
        **{name: text for name, text in FORMULAS.items() if needs(text) <= there},
    }


def with_variables(frame: pd.DataFrame, source: Source, config: Config) -> pd.DataFrame:
    """Add indicators, controls and mechanisms; one that lacks a figure is missing in the row."""
    frame = _prepared(frame)
    figures = frame.assign(**{n: frame[n].where(frame[n] != 0) for n in ZERO if n in frame})
    values = construct.values(figures, source)
    there = set(config.columns)
    values |= {n: INDICES[n](frame) for n, fields in FINANCING.items() if set(fields) <= there}
    return frame.assign(**values)


# A logarithm or a ratio of zero is missing.
ZERO = ("operating_costs", "board_size")


def _prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what the formulas need beside fields: values of the year before, sums, age."""
    carried = [n for n in ("total_assets", "revenue", "fixed_assets") if n in frame]
    before = frame[[*KEYS, *carried]].rename(columns={n: f"{n}_before" for n in carried})
    before["year"] += 1
    frame = frame.merge(before, on=KEYS, how="left", validate="one_to_one")
    opening = frame["total_assets_before"]
    if "total_assets_opening" in frame:
        opening = frame["total_assets_opening"].fillna(opening)
    made = {"mean_assets": (opening + frame["total_assets"]) / 2}
    if set(MADE["operating_costs"]) <= set(frame):
        made["operating_costs"] = frame[list(MADE["operating_costs"])].sum(axis=1, skipna=False)
    if "listing_year" in frame:
        years = frame["year"] - frame["listing_year"]
        made["listed_years"] = years.where(years >= 0)
    return frame.assign(**made)


def _cash_flow(frame: pd.DataFrame) -> np.ndarray:
    return frame[list(CASH_FLOW)].sum(axis=1, skipna=False).to_numpy()


def _columns(frame: pd.DataFrame, *names: str) -> list[np.ndarray]:
    return [frame[name].to_numpy() for name in names]


def _sa(frame: pd.DataFrame) -> np.ndarray:
    return financing.sa_index(*_columns(frame, "total_assets", "listed_years"))


def _ww(frame: pd.DataFrame) -> np.ndarray:
    now, then = _columns(frame, "revenue", "revenue_before")
    cell = (frame["industry"] + "#" + frame["year"].astype(str)).to_numpy(dtype=str)
    growth = (financing.industry_growth(now, then, cell), financing.over(now, then) - 1)
    levels = _columns(frame, "dividends", "long_term_debt", "total_assets")
    return financing.ww_index(_cash_flow(frame), *levels, *growth)


def _kz(frame: pd.DataFrame) -> np.ndarray:
    assets, equity, market = _columns(frame, "total_assets", "equity", "market_value")
    q = financing.over(assets - equity + market, assets)
    others = _columns(frame, "liabilities", "equity", "dividends", "cash", "fixed_assets_before")
    return financing.kz_index(_cash_flow(frame), q, *others)


INDICES = {"sa_index": _sa, "ww_index": _ww, "kz_index": _kz}
