"""The sample of a reader's firms: what cuts it, what is counted, and the index on it."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import Sample
from pilotzone.catalogue.controls import variables
from pilotzone.catalogue.indicators import RD_LINES, System
from pilotzone.catalogue.samples import FIRM_RULES, FIRM_SAMPLES
from pilotzone.errors import Reason, UserError
from pilotzone.panels import construct, samples
from pilotzone.panels.construct import Source, Variant
from pilotzone.reader.firm_config import Config
from pilotzone.reader.firm_variables import FINANCING, FORMULAS

WINSORISED = (0.01, 0.99)
# The field that a sample rule reads.
RULE_FIELDS = {"financial": "industry", "special_treatment": "special_treatment", "short": "year"}


def samples_of(years: tuple[int, int], rules: Sequence[str]) -> dict[str, Sample]:
    """Return the samples of firms by id, on the years of a panel and by the rules that apply."""
    off = {(rule, 1) for rule in FIRM_RULES if rule not in rules}
    found = {}
    for one in FIRM_SAMPLES:
        last = min(one.last_year, years[1])
        span = f"{years[0]}-{last}"
        found[one.id] = dataclasses.replace(
            one,
            first_year=min(years[0], last),
            last_year=last,
            without=tuple(pair for pair in one.without if pair not in off),
            label=(f"{one.label[0]}, {span}", f"{one.label[1]}，{span}年"),
        )
    return found


def control_sets(controls: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the sets of controls of firms, each without what a panel does not hold."""
    names = ("firm", "firm_without_financing")
    return {name: tuple(v for v in variables(name) if v in controls) for name in names}


def with_attributes(
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
    for rule in attributes.keys() & set(rules):
        kept &= ~attributes[rule]
    years = frame["firm"].map(frame.loc[kept, "firm"].value_counts()).fillna(0)
    attributes["short"] = years < config.fewest_years
    attributes["balanced"] = years == frame["year"].nunique()
    numbers = {name: values.astype(int) for name, values in attributes.items()}
    return frame.assign(complete=complete.astype(int), **numbers)


def controls_of(frame: pd.DataFrame) -> tuple[tuple[str, ...], list[str]]:
    """Return the controls that change within some firm, and a line for each that does not."""
    there = [name for name in variables("firm") if name in frame]
    changes = frame.groupby("firm")[there].nunique().max() > 1
    notes = [
        f"off: {name}: the same in all years of each firm, no control"
        for name in there
        if not changes[name]
    ]
    return tuple(name for name in there if changes[name]), notes


def cut_and_counted(
    frame: pd.DataFrame, config: Config, system: System, every: Mapping[str, Sample]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame with extreme cells cut, if so configured, and the sample flow."""
    inside = samples.member_rows(every["firm"], frame, "firm")
    home = inside & (frame["complete"] == 1).to_numpy()
    first = {"firm_all": _why_incomplete(frame, system)}
    if not home.any():
        raise UserError("no row is left by the sample rules and with all indicators of the index")
    if config.winsorise:
        names = [name for name in (*system.ids, *FORMULAS, *FINANCING) if name in frame]
        cells = frame[names].to_numpy(dtype=float)
        low, high = frame.loc[home, names].quantile(list(WINSORISED)).to_numpy()
        # A bound that is missing cuts nothing.
        bounded = np.where(np.isnan(cells), cells, np.fmin(np.fmax(cells, low), high))
        changed = int((np.nan_to_num(bounded) != np.nan_to_num(cells))[home].sum())
        frame = frame.assign(**dict(zip(names, bounded.T, strict=True)))
        first["firm"] = [(Reason("cells_cut", {"n": changed}), np.ones(len(frame), dtype=bool))]
    start = Reason("rows_of_file")
    return frame, samples.flow("firm", frame, "firm", first, origin=start, every=every)


def _why_incomplete(frame: pd.DataFrame, system: System) -> list[samples.Test]:
    """Return for each reason why a row is incomplete the rows without that fault."""
    tests = [
        (Reason("not_given", {"variable": name}), frame[name].notna().to_numpy())
        for name in system.ids
    ]
    tests.append((Reason("left_treated_place"), (frame["left"] == 0).to_numpy()))
    return [(reason, kept) for reason, kept in tests if not kept.all()]


def indices(
    frame: pd.DataFrame, system: System, source: Source, home: Sample
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
            variant = Variant(name, own, method, home)
            scores[name], table = construct.score_variant(frame, variant, source)
        except UserError as refusal:
            if name == "nqp_firm":
                raise
            notes.append(f"off: {name}: {refusal}")
            continue
        tables.append(table)
    return scores, pd.concat(tables, ignore_index=True), notes
