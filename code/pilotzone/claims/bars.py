"""How often a verdict may be wrong, and which worlds draw it more often."""

import math

import pandas as pd

from pilotzone.claims.facts import Verdict

# Verdicts that are counted together: with and without an assumption.
COUNTED = {
    Verdict.SUPPORTED: (Verdict.SUPPORTED, Verdict.ASSUMED),
    Verdict.CONTRADICTED: (Verdict.CONTRADICTED, Verdict.CONTRADICTED_ASSUMED),
    Verdict.RULED_OUT: (Verdict.RULED_OUT,),
    Verdict.EXPLAINED: (Verdict.EXPLAINED,),
}
# Most that a wrong verdict may be drawn, and least that a detectable effect must be found.
WRONG, EXPLAINED, FOUND = 0.05, 0.07, 0.60
ONE_SIDED = 1.645
CASE = ["kind", "unit", "world", "noise"]


def bar(verdict: Verdict) -> float:
    """Return the largest share that a verdict may have where it is wrong."""
    return EXPLAINED if verdict is Verdict.EXPLAINED else WRONG


def misses(share: float, limit: float, draws: int, *, at_least: bool = False) -> bool:
    """Say whether a share is beyond its limit by more than the error of the simulation.

    The error is 1.645 √(b(1 − b)/draws), one-sided 5 % of a binomial share at the limit b.
    """
    reach = ONE_SIDED * math.sqrt(limit * (1 - limit) / draws)
    return share < limit - reach if at_least else share > limit + reach


def bars(audit: pd.DataFrame) -> pd.DataFrame:
    """Return the shares that have a bar, a row each.

    Parameters
    ----------
    audit : DataFrame
        ``kind, unit, world, noise, verdict, truth, share, draws``.

    Returns
    -------
    DataFrame
        ``kind, unit, world, noise, verdict, truth, share, bar, missed, draws``: truth is ``false``
        for a verdict that is wrong in its world, and ``true`` for ``supported`` where the effect is
        the detectable one, whose bar is the least.
    """
    rows, cases = [], {}
    # A row that lacks a part of its case belongs to none.
    for row in audit.dropna(subset=CASE).to_dict("records"):
        cases.setdefault(tuple(row[name] for name in CASE), []).append(row)
    for place, case in cases.items():
        draws = int(case[0]["draws"])
        for verdict, together in COUNTED.items():
            mine = [row for row in case if row["verdict"] in together]
            share = round(float(sum(row["share"] for row in mine)), 12)
            must = verdict is Verdict.SUPPORTED and place[2] == "detectable"
            if not must and not any(row["truth"] == "false" for row in mine):
                continue
            limit = FOUND if must else bar(verdict)
            rows.append(
                dict(zip(CASE, place, strict=True))
                | {"verdict": verdict.value, "truth": "true" if must else "false"}
                | {"share": share, "bar": limit}
                | {"missed": int(misses(share, limit, draws, at_least=must)), "draws": draws}
            )
    return pd.DataFrame(rows)


def worst(found: pd.DataFrame) -> pd.DataFrame:
    """Return of each verdict the world that is furthest on the wrong side, with how many miss.

    Parameters
    ----------
    found : DataFrame
        As :func:`bars` returns it.
    """
    rows = []
    for (_, truth), mine in found.groupby(["verdict", "truth"], sort=False):
        at = mine["share"].idxmin() if truth == "true" else mine["share"].idxmax()
        counted = {"n_cells": len(mine), "missed": int(mine["missed"].sum())}
        rows.append({**mine.loc[at].to_dict(), **counted})
    return pd.DataFrame(rows)
