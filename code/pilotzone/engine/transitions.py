"""Markov chains of classes of a variable, alone and among neighbours."""

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.engine.sample_rows import Parts, by_variable
from pilotzone.errors import NotIdentified, encode
from pilotzone.methods.disparity import markov
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

ALL = "all"


def transitions(what: Description, store: Store) -> Parts:
    """Markov chains of quantile classes, plain and by the class of the neighbours' mean."""
    weights = store.weights(what.matrices[0], what.rows.panel)
    made = [_chains(name, table, weights, what) for name, table in by_variable(what, store).items()]
    return {part: pd.concat([one[part] for one in made], ignore_index=True) for part in made[0]}


def _chains(variant: str, table: pd.DataFrame, weights: SpatialWeights, what: Description) -> Parts:
    """Return the parts of one variable."""
    y, count = table.to_numpy(), int(what.option("classes"))
    second = int(what.option("second_half"))
    bounds = markov.quantile_bounds(y, count)
    own = markov.classify(y, bounds)
    # A neighbourhood is classed by the bounds of the provinces themselves.
    lag = markov.classify(y @ weights.align(table.columns).T, bounds)[:-1]
    half = np.broadcast_to((table.index.to_numpy()[:-1] >= second)[:, None], lag.shape)
    by_lag = markov.transition_counts(own, count, lag, count)
    chains = {ALL: markov.Chain(by_lag.sum(axis=0))}
    chains |= {str(c): markov.Chain(counts) for c, counts in enumerate(by_lag, start=1)}
    tests = _test_rows("half", own, half.astype(int), 2, what)
    tests += _test_rows("lag", own, lag, count, what)
    parts = {
        "": _probability_rows(chains),
        "classes": _class_rows(y, own, bounds),
        "chains": pd.DataFrame([_chain_row(lag_class, c) for lag_class, c in chains.items()]),
        "ergodic": _ergodic_rows(chains),
        "tests": pd.DataFrame(tests),
    }
    return {part: frame.assign(variant=variant) for part, frame in parts.items()}


def _probability_rows(chains: dict[str, markov.Chain]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"lag": lag, "origin": i + 1, "destination": j + 1, "transitions": n, "probability": p}
            for lag, chain in chains.items()
            for (i, j), n, p in zip(
                np.ndindex(chain.counts.shape),
                chain.counts.ravel(),
                chain.probabilities.ravel(),
                strict=True,
            )
        ]
    )


def _class_rows(y: np.ndarray, own: np.ndarray, bounds: np.ndarray) -> pd.DataFrame:
    edges = [y.min(), *bounds, y.max()]
    count = np.bincount(own.ravel(), minlength=len(edges) - 1)
    table = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "nobs": count})
    return table.assign(**{"class": table.index + 1})


def _chain_row(lag: str, chain: markov.Chain) -> dict[str, object]:
    row = {"lag": lag, "transitions": chain.counts.sum(), "identified": "yes", "reason": ""}
    try:
        markov.ergodic_distribution(chain)
    except NotIdentified as finding:
        return {**row, "identified": "no", "reason": encode([finding.reason])}
    return row


def _ergodic_rows(chains: dict[str, markov.Chain]) -> pd.DataFrame:
    rows = []
    for lag, chain in chains.items():
        if _chain_row(lag, chain)["identified"] == "yes":
            shares = markov.ergodic_distribution(chain)
            rows += [{"lag": lag, "class": c, "share": s} for c, s in enumerate(shares, start=1)]
    return pd.DataFrame(rows)


def _test_rows(
    over: str, classes: np.ndarray, group: np.ndarray, n_groups: int, what: Description
) -> list[dict[str, object]]:
    count = int(what.option("classes"))
    made = markov.homogeneity(classes, count, group, n_groups, seed=what.seed, draws=what.draws)
    cells = {"n_cells": made.n_cells, "n_sparse": made.n_sparse}
    rows = []
    for name in ("likelihood_ratio", "pearson"):
        where = {"over": over, "test": name, "statistic": getattr(made, name), **cells}
        chi2 = {"distribution": "chi2", "df": f"{made.df}", "p_value": getattr(made, f"p_{name}")}
        permuted = getattr(made, f"p_permutation_{name}")
        drawn = {"distribution": "permutation", "p_value": permuted, "draws": made.draws}
        rows += [{**where, **chi2}, {**where, **drawn}]
    return rows
