"""What adds up in the files of a long run: parts to the whole, one file to another.

Nothing is estimated here. Of a multiverse every choice splits the same specifications; of planted
faults the scores are sums of what was named; of verdicts the bars are those of the shares; a
detectable effect in standard deviations is the effect over the deviation.
"""

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.claims.bars import CASE, bars
from pilotzone.claims.verdict_audit import CASES, JUDGEMENTS
from pilotzone.claims.worlds import NOISES, WORLDS
from pilotzone.faultbench.faults import NONE
from pilotzone.methods.multiverse.joint import WIDTH

# Numbers are written with 12 digits.
RTOL, ATOL = 1e-9, 1e-11
# Shapley shares, of which there are a dozen and a half, are summed.
ONE = 1e-9

NAMED = ("auditor", "fault", "called", "count")

Frames = Mapping[str, pd.DataFrame]


def failures(what: Description, frames: Frames) -> Iterator[str]:
    """Give what does not add up in the parts of an exhibit, the main one under ''."""
    if what.kind in SUMS:
        yield from SUMS[what.kind](what, frames)


def _same(one: float, other: float) -> bool:
    both_empty = math.isnan(one) and math.isnan(other)
    return both_empty or math.isclose(one, other, rel_tol=RTOL, abs_tol=ATOL)


def _of_detectable(what: Description, frames: Frames) -> Iterator[str]:
    rows = frames[""]
    for row in rows.to_dict("records"):
        place = " / ".join(str(row[k]) for k in ("panel", "estimator", "effects", "term"))
        if not _same(row["ratio"], row["detectable"] / row["sd_outcome"]):
            yield f"{place}: ratio is {row['ratio']:g}, not detectable over sd_outcome"
        # A number or a reason.
        if np.isnan(row["detectable"]) != bool(row["reason"]):
            yield f"{place}: neither an effect nor a reason, or both"
    for place, mine in rows.dropna(subset="sd_outcome").groupby(["panel", "treatment", "sample"]):
        if not _same(mine["sd_outcome"].min(), mine["sd_outcome"].max()):
            yield f"{' / '.join(place)}: sd_outcome differs between columns of one sample"


def _of_multiverse(what: Description, frames: Frames) -> Iterator[str]:
    main, choices, curve = (frames[name] for name in ("", "choices", "curve"))
    found = {key: row["value"] for key, row in main.set_index(["within", "statistic"]).iterrows()}
    total = int(main["specifications"].iloc[0])
    for choice, mine in choices.groupby("choice"):
        n = mine["specifications"]
        if n.sum() != total:
            yield f"{choice}: {n.sum()} specifications of {total}"
        for share in ("share_sign", "share_significant"):
            whole = found["free", share]
            if not _same((mine[share] * n).sum() / n.sum(), whole):
                yield f"{choice}: {share} of its values does not give {whole:g} for all"
        if not mine["median"].min() <= found["free", "median"] <= mine["median"].max():
            yield f"{choice}: the median of all lies outside those of its values"
    counts = sum(v for (_, name), v in found.items() if name.startswith("by:"))
    if (main["specifications"] != total).any() or counts != total:
        yield f"ways of fitting: {counts:g} specifications of {total}"
    if counts + found["free", "not_dealt"] != what.lattice.count:
        yield f"the lattice has {what.lattice.count} specifications"
    for kind in ("shapley:", "shapley_sign:"):
        shares = [v for (_, name), v in found.items() if name.startswith(kind)]
        if shares and abs(sum(shares) - 1) > ONE:
            yield f"{kind.rstrip(':')}: shares add up to {sum(shares):g}"
    yield from _of_deals(main)
    yield from _of_curve(curve, found["free", "median"])


def _of_deals(main: pd.DataFrame) -> Iterator[str]:
    """Give the p-values that are no share of the deals, the data counted among them."""
    for row in main.dropna(subset="p_value").to_dict("records"):
        rank = row["p_value"] * (row["permutations"] + 1)
        if abs(rank - round(rank)) > 1e-6 or not 1 <= round(rank) <= row["permutations"] + 1:
            yield f"{row['within']} / {row['statistic']}: p_value is {row['p_value']:g}, no share"


def _of_curve(curve: pd.DataFrame, median: float) -> Iterator[str]:
    for within, mine in curve.sort_values("level").groupby("within"):
        for name in ("estimate", "low", "high"):
            if (mine[name].diff() < -ATOL).any():
                yield f"curve, {within}: {name} falls"
        if (mine["low"] > mine["high"]).any():
            yield f"curve, {within}: the band is upside down"
        middle = float(np.interp(0.5, mine["level"], mine["estimate"]))
        if abs(middle - median) > 2 * WIDTH:
            yield f"curve, {within}: its middle is {middle:g}, the median {median:g}"


def _of_faultbench(what: Description, frames: Frames) -> Iterator[str]:
    named, scores = frames[""], frames["scores"]
    for auditor, mine in scores.groupby("auditor"):
        if mine["cases"].sum() != what.draws:
            yield f"{auditor}: {mine['cases'].sum()} cases of {what.draws}"
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for auditor, fault, called, count in named[list(NAMED)].itertuples(index=False):
        counts.setdefault((auditor, fault), {})[called] = count
    for row in scores.to_dict("records"):
        found = counts.pop((row["auditor"], row["fault"]), {})
        sums = {
            "cases": sum(found.values()),
            "detected": sum(count for called, count in found.items() if called != NONE),
            "named": found.get(row["fault"], 0),
        }
        place = f"{row['auditor']} / {row['fault']}"
        for name, value in sums.items():
            if row[name] != value:
                yield f"scores, {place}: {name} is {row[name]}, what is named gives {value}"
        if not (row["placed"] <= row["named"] and row["traced"] <= row["cases"]):
            yield f"scores, {place}: more placed than named, or more traced than there are"
    for place in counts:
        yield f"{' / '.join(place)}: no score"


def _of_verdicts(what: Description, frames: Frames) -> Iterator[str]:
    shares, kept = frames[""], frames["bars"]
    places = {(*case, world, noise) for case in CASES for world in WORLDS for noise in NOISES}
    verdicts = {verdict.value for verdict in JUDGEMENTS}
    known = shares["share"].where(shares["verdict"].isin(verdicts))
    whole = known.groupby([shares[name] for name in CASE]).agg(["sum", "count"])
    for place in sorted(places ^ set(whole.index)):
        yield f"{' / '.join(place)}: lost, or in no list of cases"
    for place, total, count in zip(whole.index, whole["sum"], whole["count"], strict=True):
        if count != len(verdicts) or not _same(total, 1):
            yield f"{' / '.join(place)}: verdicts are not all there, or add up to no whole"
    keys = [*CASE, "verdict", "truth"]
    both = bars(shares).merge(kept, on=keys, how="outer", suffixes=("_anew", ""), indicator=True)
    for row in both.sort_values(keys).to_dict("records"):
        place = " / ".join(str(row[key]) for key in keys)
        if row["_merge"] != "both":
            yield f"bars, {place}: lost, or of no share"
        for name in ("share", "bar", "missed", "draws"):
            if row["_merge"] == "both" and not _same(row[name], row[f"{name}_anew"]):
                yield f"bars, {place}: {name} is {row[name]:g}, anew {row[f'{name}_anew']:g}"


SUMS: Mapping[str, Callable[[Description, Frames], Iterator[str]]] = {
    "detectable": _of_detectable,
    "multiverse": _of_multiverse,
    "faultbench": _of_faultbench,
    "verdict_audit": _of_verdicts,
}
