"""A reader's panel of firms: fields, indicators, index, sample rules, and the zones of cities.

The configuration maps columns to fields (:mod:`pilotzone.reader.firm_config`). A cell that cannot
be meant is refused with its line; a column in an unlikely unit, a field without a column, a firm
that moves and every row that is left out are counted and named in the notes.
"""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import formula, spec
from pilotzone.catalogue.indicators import NQP_FIRM, RD_LINES, System
from pilotzone.catalogue.spec import CONTROLS, MUNICIPALITIES, TIMINGS, treatment_id
from pilotzone.errors import UserError
from pilotzone.methods.index import financing
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels import construct, raw, rollout, samples
from pilotzone.panels.construct import Source, Variant
from pilotzone.panels.store import Panel
from pilotzone.reader import firm_config, tabular
from pilotzone.reader.firm_config import FIELDS, POSITIVE, RD_COSTS, Config, read_config
from pilotzone.reader.panel import OwnStore, city_codes
from pilotzone.reader.tabular import Table, shown

KEYS = ["firm", "year"]
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
# Fields by which firms are grouped or cut: off with the field itself.
GROUPINGS = {
    "effects of industry by year": "industry",
    "sample rule financial": "industry",
    "sample rule special_treatment": "special_treatment",
    "groups by ownership": "state_owned",
}
WINSORISED = (0.01, 0.99)
YEARS = range(1978, 2101)
# A part this many times its whole is no question of units that a reader may overlook.
ABSURD = 10.0


@dataclasses.dataclass(frozen=True)
class FirmPanel:
    """A reader's panel of firms, checked.

    Attributes
    ----------
    file : str
        Name of the panel's file.
    panel : Panel
        Complete rows by ``firm`` and ``year``, sorted; the roll-out over all firms and years.
    tables : dict of DataFrame
        ``firm_flow`` and ``firm_index_weights``.
    years : pair of int
    rules, controls : tuple of str
        The sample rules that apply and the controls that the panel holds.
    notes : tuple of str
        What was found on the way, a line each.
    config : Config
    weights : None
        Firms have no matrix.
    """

    file: str
    panel: Panel
    tables: dict[str, pd.DataFrame]
    years: tuple[int, int]
    rules: tuple[str, ...]
    controls: tuple[str, ...]
    notes: tuple[str, ...]
    config: Config
    weights: SpatialWeights | None = None

    @contextlib.contextmanager
    def known(self) -> Iterator[None]:
        """Know the samples and controls of these firms inside the block."""
        with spec.of_firms(self.years, self.rules, self.controls):
            yield


class FirmStore(OwnStore):
    """A store that holds a reader's firms and what was counted on the way."""

    def table(self, name: str) -> pd.DataFrame:
        """Return the sample flow or the weights of the index."""
        if name not in self.own.tables:
            return super().table(name)
        return self.own.tables[name]


def read_firms(panel_file: Path, config_file: Path, raw_folder: Path) -> FirmPanel:
    """Read and check a reader's panel of firms.

    Parameters
    ----------
    panel_file, config_file : Path
    raw_folder : Path
        The published figures, for cities, provinces and pilot zones.

    Raises
    ------
    UserError
        At the first thing that cannot be meant; file, column and line are named.
    """
    config = read_config(config_file)
    return build(tabular.read_table(panel_file), config, raw.read_raw(raw_folder, city=False))


def build(table: Table, config: Config, figures: raw.RawTables) -> FirmPanel:
    """Build the panel from a table as read.

    Parameters
    ----------
    table : Table
    config : Config
    figures : RawTables
        Cities, provinces and pilot zones.

    Raises
    ------
    UserError
        As :func:`read_firms`.
    """
    tabular.require(table, {column: field for field, column in config.columns.items()})
    frame, read = _fields(table, config, figures.cities["city_code"])
    unlikely = _plausible(table, config, frame)
    system = _system(table.name, config)
    source = Source(table.name, "firm", _formulas(system, config))
    frame = _with_variables(frame, source, config)
    frame, grid = _with_zones(table.name, frame, config, figures)
    rules = tuple(rule for rule in config.leave_out if RULE_FIELDS[rule] in config.columns)
    frame = _with_attributes(frame, config, system, rules)
    years = (int(frame["year"].min()), int(frame["year"].max()))
    controls, constant = _controls(frame)
    with spec.of_firms(years, rules, controls):
        frame, flow = _cut_and_counted(frame, config, system)
        frame = frame[frame["complete"] == 1].drop(columns="complete")
        frame = frame.sort_values(KEYS).reset_index(drop=True)
        scores, weights, unmade = _indices(frame, system, source)
    frame = frame.assign(**scores)
    notes = (
        *(*_summary(table.name, frame, flow, grid, weights), *table.notes, *read, *unlikely),
        *(*_moves(frame, grid, config), *_switched_off(config), *constant, *unmade),
    )
    return FirmPanel(
        file=table.name,
        panel=Panel("firm", frame, "firm", "year", grid),
        tables={"firm_flow": flow, "firm_index_weights": weights},
        years=years,
        rules=rules,
        controls=controls,
        notes=notes,
        config=config,
    )


# --------------------------------------------------------------------------------------
# Fields
# --------------------------------------------------------------------------------------


def _fields(table: Table, config: Config, cities: pd.Series) -> tuple[pd.DataFrame, list[str]]:
    """Return the fields of each row of the file, and what was set to missing or to zero."""
    columns = config.columns
    frame = pd.DataFrame(
        {
            "firm": tabular.names(table, columns["firm"]),
            "year": tabular.whole_numbers(table, columns["year"]),
        }
    )
    wrong = ~frame["year"].isin(YEARS).to_numpy()
    if wrong.any():
        table.refuse(int(wrong.argmax()), columns["year"], "is no calendar year of four digits")
    frame["city_code"] = city_codes(table, columns["city_code"], cities)
    _refuse_twice(table, frame)
    notes = []
    for name, column in columns.items():
        if name in frame:
            continue
        if FIELDS[name].kind == "name":
            text = tabular.cells(table, column)
            frame[name] = np.where(tabular.missing(text), UNKNOWN, text).astype(str)
        else:
            frame[name] = _numbers(table, config, name)
    for name in (name for name in POSITIVE if name in frame):
        none = ~(frame[name] > 0) & frame[name].notna()
        frame.loc[none, name] = np.nan
        if none.any():
            notes.append(f"{name}: {none.sum()} cells of zero or less count as missing")
    if config.empty_rd_is_zero:
        notes += _filled(frame, (*RD_COSTS, "rd_staff"))
    return frame, notes + _filled(frame, ("special_treatment",))


UNKNOWN = "unknown"


def _refuse_twice(table: Table, frame: pd.DataFrame) -> None:
    """Refuse a firm with two rows in a year, in one place or in two."""
    repeat = tabular.first_repeat(frame[KEYS])
    if repeat is None:
        return
    row, first = repeat
    firm, year = frame.loc[row, KEYS]
    here, there = frame.loc[[row, first], "city_code"]
    if here != there:
        raise UserError(
            f"{table.name}, {table.where(row)}: firm '{shown(firm)}' is in {here} in {year}, and "
            f"in {there} in {table.where(first)}; a firm has one registered place in a year"
        )
    raise UserError(
        f"{table.name}, {table.where(row)}: firm '{shown(firm)}' in {year} stands in "
        f"{table.where(first)} already; keep one row for each firm and year"
    )


def _numbers(table: Table, config: Config, name: str) -> np.ndarray:
    """Return a field as numbers, amounts in yuan; refuse what its kind cannot be."""
    column, kind = config.columns[name], FIELDS[name].kind
    values = tabular.numbers(table, column)
    if kind == "money":
        values = values * firm_config.MONEY[config.money]
    below = values < 0
    if (kind == "count" or name in firm_config.NEVER_NEGATIVE) and below.any():
        row = int(below.argmax())
        table.refuse(row, column, f"is below 0; {name} cannot be")
    strange = ~np.isin(values, (0.0, 1.0)) & ~np.isnan(values)
    if kind == "flag" and strange.any():
        table.refuse(int(strange.argmax()), column, f"{name} should be 0, 1 or empty")
    return values


def _filled(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Set empty cells of some fields to zero, in the frame, and count them."""
    notes = []
    for name in (name for name in names if name in frame):
        empty = frame[name].isna()
        frame.loc[empty, name] = 0.0
        if empty.any():
            notes.append(f"{name}: {empty.sum()} empty cells count as 0")
    return notes


# --------------------------------------------------------------------------------------
# Plausibility
# --------------------------------------------------------------------------------------

# Factors by which a column may be off, in words.
FACTORS = {1e3: "thousands", 1e4: "10,000s", 1e6: "millions", 1e8: "100 millions"}


def _plausible(table: Table, config: Config, frame: pd.DataFrame) -> list[str]:
    """Return a line for each column whose size beside another one is unlikely.

    Raises
    ------
    UserError
        If the median of a part is more than ten times its whole.
    """
    notes = []
    for name in (name for name in config.columns if name in FIELDS):
        field = FIELDS[name]
        column = config.columns[name]
        if field.beside in frame:
            ratio = _median_ratio(frame, name, field.beside)
            if field.within and ratio > ABSURD:
                raise UserError(
                    f"{table.name}, column '{shown(column)}': {name} is {ratio:.3g} times "
                    f"{field.beside} in the median row, and a part of it; one of the two is in "
                    "another unit"
                )
            notes += _unlikely(table.name, column, field, ratio)
        if field.within in frame:
            more = int((frame[name] > frame[field.within]).sum())
            if more:
                notes.append(
                    f"{table.name}, column '{shown(column)}': {name} is more than {field.within} "
                    f"in {more} rows"
                )
    return notes


def _median_ratio(frame: pd.DataFrame, name: str, beside: str) -> float:
    """Return the median of a field over that of another one in the same row; NaN if none is."""
    both = frame[[name, beside]].dropna()
    return float((both[name] / both[beside]).median()) if len(both) else np.nan


def _unlikely(file: str, column: str, field: firm_config.Field, ratio: float) -> list[str]:
    """Return the line about a ratio outside its usual bounds; none inside."""
    if not (ratio < field.low or ratio > field.high):
        return []
    fits = {field.id: 1.0, field.beside: -1.0}
    words = [
        f"{name} in {' or '.join(found)}"
        for name, sign in fits.items()
        if (found := [w for f, w in FACTORS.items() if field.low <= ratio * f**sign <= field.high])
    ]
    guess = f"; {', or '.join(words)} where {field.unit} are meant?" if words else ""
    return [
        f"{file}, column '{shown(column)}': {field.id} is {ratio:.3g} times {field.beside} in the "
        f"median row, usually {field.low:g} to {field.high:g}{guess}"
    ]


# --------------------------------------------------------------------------------------
# Variables
# --------------------------------------------------------------------------------------


def needs(text: str) -> set[str]:
    """Return the fields that a formula needs, those behind what is made of them included."""
    return {field for name in formula.sources(text) for field in MADE.get(name, (name,))}


def _system(file: str, config: Config) -> System:
    """Return the index with the indicators whose fields have a column.

    Raises
    ------
    UserError
        If no indicator of labour or none of tools is left.
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


def _formulas(system: System, config: Config) -> dict[str, str]:
    """Return the formulas of indicators, controls and mechanisms whose fields have a column."""
    there = set(config.columns)
    return {
        **{i.id: i.formula for i in system.indicators},
        **{name: text for name, text in FORMULAS.items() if needs(text) <= there},
    }


def _with_variables(frame: pd.DataFrame, source: Source, config: Config) -> pd.DataFrame:
    """Add indicators, controls and mechanisms; one that lacks a figure is missing in the row."""
    frame = _prepared(frame)
    figures = frame.assign(**{n: frame[n].where(frame[n] != 0) for n in ZERO if n in frame})
    values = {n: construct.value(n, text, figures, source) for n, text in source.formulas.items()}
    there = set(config.columns)
    values |= {n: INDICES[n](frame) for n, fields in FINANCING.items() if set(fields) <= there}
    return frame.assign(**values)


# A logarithm or a ratio of zero is missing.
ZERO = ("operating_costs", "board_size")


def _prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what the formulas need beside fields: values of the year before, sums, age."""
    before = frame[KEYS].assign(
        year=frame["year"] + 1,
        **{
            f"{n}_before": frame[n]
            for n in ("total_assets", "revenue", "fixed_assets")
            if n in frame
        },
    )
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


def _sa(frame: pd.DataFrame) -> np.ndarray:
    return financing.sa_index(frame["total_assets"].to_numpy(), frame["listed_years"].to_numpy())


def _ww(frame: pd.DataFrame) -> np.ndarray:
    now, then = frame["revenue"].to_numpy(), frame["revenue_before"].to_numpy()
    cell = (frame["industry"] + "#" + frame["year"].astype(str)).to_numpy(dtype=str)
    return financing.ww_index(
        _cash_flow(frame),
        frame["dividends"].to_numpy(),
        frame["long_term_debt"].to_numpy(),
        frame["total_assets"].to_numpy(),
        financing.industry_growth(now, then, cell),
        financing.over(now, then) - 1,
    )


def _kz(frame: pd.DataFrame) -> np.ndarray:
    assets, equity = frame["total_assets"].to_numpy(), frame["equity"].to_numpy()
    return financing.kz_index(
        _cash_flow(frame),
        financing.over(assets - equity + frame["market_value"].to_numpy(), assets),
        frame["liabilities"].to_numpy(),
        equity,
        frame["dividends"].to_numpy(),
        frame["cash"].to_numpy(),
        frame["fixed_assets_before"].to_numpy(),
    )


INDICES = {"sa_index": _sa, "ww_index": _ww, "kz_index": _kz}


# --------------------------------------------------------------------------------------
# Places and zones
# --------------------------------------------------------------------------------------


def _with_zones(
    file: str, frame: pd.DataFrame, config: Config, figures: raw.RawTables
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add place, what belongs to it and the zones in force; return the roll-out too.

    The roll-out holds every firm in every year, from the year before the panel to the last zone,
    which keeps a firm treated later apart from one never treated. A firm that leaves a treated
    place (place "current") stays treated there; its rows from then on are marked ``left``.
    """
    zones = rollout.zones_in_force(figures.pilot_zones)
    last = max(int(frame["year"].max()), int(zones["approval_date"].dt.year.max()) + 1)
    years = np.arange(int(frame["year"].min()) - 1, last + 1)
    firms, at_firm = np.unique(frame["firm"].to_numpy(dtype=str), return_inverse=True)
    at_year = frame["year"].to_numpy() - years[0]
    places = _places(frame, firms, years)
    first = places.bfill(axis=1).iloc[:, 0].to_numpy(dtype=str)
    where = places.ffill(axis=1).bfill(axis=1).to_numpy(dtype=str)
    if config.place == "first":
        where = np.repeat(first[:, None], len(years), axis=1)
    cities, code = np.unique(where, return_inverse=True)
    code = code.reshape(where.shape)
    tables, left = {}, np.zeros(where.shape, dtype=bool)
    for timing in TIMINGS:
        exposed = rollout.unit_exposure(zones, years, timing).reindex(cities, fill_value=0.0)
        now = exposed.to_numpy()[code, np.arange(len(years))]
        ever = np.maximum.accumulate(now, axis=1)
        tables[treatment_id("zone_city", timing)], left = ever, left | (now < ever)
    _require_treated(file, tables[treatment_id("zone_city")], at_firm, at_year)
    grid = _grid(firms, years, first, tables)
    columns = {name: table[at_firm, at_year] for name, table in tables.items()}
    frame = frame.assign(
        place_code=frame["city_code"],
        city_code=first[at_firm],
        moved=(frame.groupby("firm")["city_code"].transform("nunique") > 1).astype(int),
        left=left[at_firm, at_year].astype(int),
        **columns,
    )
    return _with_attributes_of_city(frame, figures), grid


def _places(frame: pd.DataFrame, firms: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    """Return the registered place of each firm in each year, missing where it has no row."""
    table = frame.pivot(index="firm", columns="year", values="city_code")
    return table.reindex(index=firms, columns=years)


def _grid(
    firms: np.ndarray, years: np.ndarray, first: np.ndarray, tables: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return the roll-out in long form, with the first place of each firm."""
    index = pd.MultiIndex.from_product([firms, years], names=KEYS)
    columns = {name: table.ravel() for name, table in tables.items()}
    columns["city_code"] = np.repeat(first, len(years))
    return pd.DataFrame(columns, index=index).reset_index()


def _require_treated(file: str, treated: np.ndarray, firm: np.ndarray, year: np.ndarray) -> None:
    """Refuse a panel of which no row, or every row, is treated."""
    found = treated[firm, year] > 0
    if not found.any():
        raise UserError(f"{file}: none of its firms is in a city with a zone in force in its years")
    if found.all():
        raise UserError(f"{file}: every row is of a city with a zone in force; nothing to compare")


def _with_attributes_of_city(frame: pd.DataFrame, figures: raw.RawTables) -> pd.DataFrame:
    """Join province, region and coast of the first place by code."""
    provinces = figures.provinces[["province_code", "region3", "coastal"]]
    cities = figures.cities[["city_code", "province_code"]]
    table = cities.merge(provinces, on="province_code", how="left", validate="many_to_one")
    table["municipality"] = table["city_code"].isin(MUNICIPALITIES).astype(int)
    return frame.merge(table, on="city_code", how="left", validate="many_to_one")


# --------------------------------------------------------------------------------------
# Sample and index
# --------------------------------------------------------------------------------------

# The field that a sample rule reads.
RULE_FIELDS = {"financial": "industry", "special_treatment": "special_treatment", "short": "year"}


def _with_attributes(
    frame: pd.DataFrame, config: Config, system: System, rules: Sequence[str]
) -> pd.DataFrame:
    """Add by what samples are cut: complete rows, finance, special treatment, short, balanced."""
    complete = frame[list(system.ids)].notna().all(axis=1) & (frame["left"] == 0)
    industry = frame["industry"] if "industry" in frame else pd.Series("", index=frame.index)
    attributes = {
        "financial": industry.str.startswith(config.financial_industries),
        "special_treatment": frame.get("special_treatment", pd.Series(0, index=frame.index)) == 1,
    }
    kept = complete.copy()
    for rule in rules:
        kept &= ~attributes.get(rule, False)
    years = frame["firm"].map(frame.loc[kept, "firm"].value_counts()).fillna(0)
    attributes["short"] = years < config.fewest_years
    attributes["balanced"] = years == frame["year"].nunique()
    numbers = {name: values.astype(int) for name, values in attributes.items()}
    return frame.assign(complete=complete.astype(int), **numbers)


def _controls(frame: pd.DataFrame) -> tuple[tuple[str, ...], list[str]]:
    """Return the controls that change within some firm, and a line for each that does not."""
    there = [name for name in CONTROLS["firm"] if name in frame]
    changes = frame.groupby("firm")[there].nunique().max() > 1
    notes = [
        f"off: {name}: the same in all years of each firm, no control"
        for name in there
        if not changes[name]
    ]
    return tuple(name for name in there if changes[name]), notes


def _cut_and_counted(
    frame: pd.DataFrame, config: Config, system: System
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame with extreme cells cut, if so configured, and the sample flow."""
    inside = samples.member_rows(spec.SAMPLES["firm"], frame, "firm")
    home = inside & (frame["complete"] == 1).to_numpy()
    first = {"firm_all": _why_incomplete(frame, system)}
    if not home.any():
        raise UserError("no row is left by the sample rules and with all indicators of the index")
    if config.winsorise:
        names = [name for name in (*system.ids, *FORMULAS, *FINANCING) if name in frame]
        low, high = (frame.loc[home, names].quantile(q) for q in WINSORISED)
        bounded = frame[names].clip(low, high, axis=1)
        changed = int(
            (frame.loc[home, names].notna() & (bounded != frame[names])[home]).to_numpy().sum()
        )
        frame = frame.assign(**bounded)
        told = f"{changed} cells cut at the 1st and 99th percentile"
        first["firm"] = [(told, np.ones(len(frame), dtype=bool))]
    return frame, samples.flow("firm", frame, "firm", first, origin="rows of the reader's file")


def _why_incomplete(frame: pd.DataFrame, system: System) -> list[samples.Test]:
    """Return for each reason why a row is incomplete the rows without that fault."""
    tests = [(f"{name}: not given", frame[name].notna().to_numpy()) for name in system.ids]
    tests.append(("left a treated place", (frame["left"] == 0).to_numpy()))
    return [(reason, kept) for reason, kept in tests if not kept.all()]


def _indices(
    frame: pd.DataFrame, system: System, source: Source
) -> tuple[dict[str, pd.Series], pd.DataFrame, list[str]]:
    """Return the variants of the index on the main sample, their weights, and what has none."""
    without = [name for name in system.ids if name in RD_LINES]
    systems = {"nqp_firm": (system, "entropy"), "nqp_firm_by_year": (system, "by_year")}
    if len(without) < len(system.ids):
        rest = system.without(*without) if without else system
        systems["nqp_firm_without_rd"] = (rest, "entropy")
    scores, tables, notes = {}, [], []
    for name, (own, method) in systems.items():
        try:
            variant = Variant(name, own, method, "firm")
            scores[name], table = construct.score_variant(frame, variant, source)
        except UserError as refusal:
            if name == "nqp_firm":
                raise
            notes.append(f"off: {name}: {refusal}")
            continue
        tables.append(table)
    return scores, pd.concat(tables, ignore_index=True), notes


# --------------------------------------------------------------------------------------
# Notes
# --------------------------------------------------------------------------------------


def _summary(
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


def _moves(frame: pd.DataFrame, grid: pd.DataFrame, config: Config) -> list[str]:
    """Return how many firms move and where they are counted."""
    moved = frame.loc[frame["moved"] == 1, "firm"].nunique()
    if not moved:
        return []
    rule = "their first place"
    if config.place == "current":
        rule = "the zone of their place of the year, the cluster of their first place"
    return [f"{moved} firms move between cities; they belong to {rule} (place = '{config.place}')"]


def _switched_off(config: Config) -> list[str]:
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
