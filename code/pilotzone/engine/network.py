"""Pairs of cities in a gravity network: what zones do to the strength of their links."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.matrix import distances
from pilotzone.engine.regression import two_way
from pilotzone.errors import Reason
from pilotzone.methods.did.dyadic import dyadic_twfe, pair_sum
from pilotzone.methods.space import network
from pilotzone.panels.store import Store

BASE_YEARS = (2011, 2014)
# The means by year are the same for every centrality; they go with this column.
YEARS_WITH = "degree_centrality"
CENTRALITIES = ("degree", "closeness", "betweenness")


def pairs(data: Design, store: Store) -> Result:
    """Two-way regression of pairs of cities on one or both having a zone, dyadic-robust errors.

    The outcome of the column is ln m, half the log of population times product. The option ``of``
    says what is made of it for a pair: ``gravity`` ln F = ln m_i + ln m_j − 2 ln d; ``mass_sum``
    ln m_i + ln m_j, which with pair effects is the same regression; ``frozen_masses`` ln F with
    masses of the base years, which does not change; ``link``, F above either city's mean of the
    base years. With the option ``in_time`` the rows are those of the base years and the cities
    that get a zone later count as treated from that year.
    """
    years = np.unique(data.period)
    mass, treated = (
        data.wide(name, "pairs").to_numpy(dtype=float)
        for name in (data.spec.outcome, data.spec.treatment)
    )
    outcome = _outcome(str(data.spec.option("of")), mass, distances(data, store), years)
    start = int(data.spec.option("in_time"))
    reference = Reason("base_years", {"first": BASE_YEARS[0], "last": BASE_YEARS[1]})
    if start:
        base = (years >= BASE_YEARS[0]) & (years <= BASE_YEARS[1])
        ever = treated.max(axis=0) > 0
        years, outcome = years[base], outcome[base]
        treated = np.where(years[:, None] >= start, ever, False).astype(float)
        reference = Reason("as_if_from", {"year": start})
    fit = dyadic_twfe(outcome, treated)
    found = ([f"pair:{name}" for name in fit.names], fit.coefficients, fit.std_errors)
    terms = estimates.rows(*found, distribution="t", df=float(fit.df))
    fields = {
        "inference": "dyadic:unit",
        "first_year": years.min(),
        "last_year": years.max(),
        "n_periods": len(years),
        "nobs": fit.nobs,
        "n_clusters": fit.n_units,
        "n_dropped": 0,
        "r2_within": fit.r2_within,
        "reference": (
            reference,
            Reason("pairs_compared", {"pairs": fit.n_pairs}),
            Reason("pairs_treated", {"one": fit.n_one, "both": fit.n_both}),
        ),
    }
    return Result(terms, fields)


def _outcome(kind: str, mass: np.ndarray, km: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return the outcome of pairs, (T, n, n)."""
    base = (years >= BASE_YEARS[0]) & (years <= BASE_YEARS[1])
    apart = np.log(km + np.eye(len(km)))
    if kind == "mass_sum":
        return pair_sum(mass)
    if kind == "frozen_masses":
        return pair_sum(np.tile(mass[base].mean(axis=0), (len(mass), 1))) - 2.0 * apart
    strength = pair_sum(mass) - 2.0 * apart
    if kind == "gravity":
        return strength
    force = np.exp(strength) * (1.0 - np.eye(len(km)))
    return network.links(force, network.thresholds(force, base)).astype(float)


def centralities(data: Design, store: Store) -> Result:
    """Two-way regression of a centrality; the network's density and means by group beside."""
    result = two_way(data, store)
    if data.control_names or data.spec.outcome != YEARS_WITH:
        return result
    return Result(result.terms, result.model, {"years": _by_year(data)})


def _by_year(data: Design) -> pd.DataFrame:
    """Return means of the centralities over all cities, those with a zone by the end, the others.

    The density of the network is the mean of degree centrality over all its units.
    """
    last = data.period.max()
    zone = (data.cohort > 0) & (data.cohort <= last)
    columns = [f"{name}_centrality" for name in CENTRALITIES]
    rows = []
    for group, members in (("all", zone | ~zone), ("zone", zone), ("other", ~zone)):
        by_year = data.frame[members].groupby(data.panel.period)
        table = by_year[columns].mean().set_axis(list(CENTRALITIES), axis=1)
        table = table.assign(n_units=by_year.size(), group=group)
        rows.append(table.assign(density=table["degree"] if group == "all" else np.nan))
    return pd.concat(rows).rename_axis("year").reset_index()
