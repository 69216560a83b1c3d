"""Exhibits that describe the panel: no regression, a schema of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.indicators import NQP
from pilotzone.catalogue.spec import CODINGS, CONTROLS, SAMPLES, TIMINGS, treatment_id
from pilotzone.claims import board as claims
from pilotzone.engine import disparity as distribution
from pilotzone.engine.autocorrelation import moran
from pilotzone.engine.design_audit import design_audit
from pilotzone.engine.uncertainty import index_uncertainty
from pilotzone.errors import UserError
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels import rollout, samples
from pilotzone.panels.province import VARIANTS
from pilotzone.panels.store import Panel, Store

STATISTICS = {"mean": "mean", "sd": "std", "min": "min", "max": "max"}
Parts = dict[str, pd.DataFrame]


def produce(name: str, store: Store, folder: Path | None = None) -> Parts:
    """Return the parts of a descriptive exhibit, from the panels or from other exhibits' files.

    Raises
    ------
    UserError
        If it reads estimates and no folder is given, or a file in it is missing.
    """
    if name not in READERS:
        return PRODUCERS[name](store)
    if folder is None:
        raise UserError(f"'{name}' reads the estimates of other exhibits; name their folder")
    return READERS[name](folder)


def index_weights(store: Store) -> Parts:
    """Weights by variant, and the system of indicators behind them."""
    system = pd.DataFrame(
        [
            {
                "indicator": i.id,
                "element": i.element,
                "sign": i.sign,
                "formula": i.formula,
                "position": position,
            }
            for position, i in enumerate(NQP.indicators, start=1)
        ]
    )
    return {
        "": store.table("province_index_weights"),
        "rebuilt": store.table("province_rebuilt_weights"),
        "system": system,
    }


def index_summary(store: Store) -> Parts:
    """Mean, sd, minimum and maximum of each variant by year; value and rank of each province."""
    panel = store.panel("province")
    long = panel.frame.melt(
        id_vars=[panel.unit, panel.period],
        value_vars=[variant.id for variant in VARIANTS],
        var_name="variant",
    ).dropna(subset="value")
    by_year = long.groupby(["variant", "year"])["value"]
    summary = by_year.agg(**STATISTICS).reset_index()
    summary = summary.melt(id_vars=["variant", "year"], var_name="statistic")
    ranks = long.assign(rank=by_year.rank(ascending=False, method="min"))
    return {"": summary, "ranks": ranks}


def descriptives(store: Store) -> Parts:
    """The usual table on the main sample: N, mean, sd, minimum, median, maximum."""
    panel = store.panel("province")
    inside = samples.member_rows(SAMPLES["main"], panel.frame, panel.unit)
    names = [
        "nqp",
        "nqp_no_ecommerce",
        *CODINGS,
        "cbec_proxy",
        *CONTROLS["baseline"],
        *NQP.ids,
    ]
    columns = panel.frame.loc[inside, names]
    table = columns.agg(["count", "mean", "std", "min", "median", "max"]).T
    table.columns = ["nobs", "mean", "sd", "min", "median", "max"]
    return {"": table.rename_axis("variable").reset_index().assign(sample="main")}


def rollout_tables(store: Store, name: str = "province", sample_id: str = "main") -> Parts:
    """Cohorts by timing rule on a sample and the group-time effects with a control."""
    panel, sample = store.panel(name), SAMPLES[sample_id]
    years = range(sample.first_year, sample.last_year + 1)
    by_year, cohorts, group_time = [], [], []
    for timing in TIMINGS:
        cohort = panel.treatments.groupby(panel.unit)[treatment_id("cohort", timing)].first()
        # A unit first treated after the sample is untreated in it.
        cohort = cohort.where(cohort <= sample.last_year, 0).astype(int)
        counts = rollout.cohort_table(cohort, years)
        by_year.append(counts.assign(timing=timing))
        group_time.append(rollout.group_time_table(cohort, years).assign(timing=timing))
        last = counts.loc[counts["untreated"] > 0, "year"].max()
        cohorts += [
            {
                "timing": timing,
                "cohort": g,
                "n_units": len(units),
                "units": " ".join(sorted(units)),
                "last_untreated_year": last,
            }
            for g, units in cohort.groupby(cohort).groups.items()
        ]
    return {
        "": pd.concat(by_year, ignore_index=True),
        "cohorts": pd.DataFrame(cohorts),
        "group_time": pd.concat(group_time, ignore_index=True),
    }


def city_rollout(store: Store) -> Parts:
    """The roll-out over the cities of the panel, and the places of all prefecture-level units."""
    places = store.table("city_places").rename(columns={"zone_batch": "batch"})
    columns = ["city_code", "lon", "lat", "name_en", "batch", "first_year", "county_zone"]
    return {**rollout_tables(store, "city", "city"), "places": places[columns]}


def city_index(store: Store) -> Parts:
    """Weights and moments of the city index; whether a missing row is predicted by the zone."""
    panel = store.panel("city")
    summary = _moments(panel, ["nqp_city", "nqp_city_digital"])
    weights = store.table("city_index_weights")
    return {"": summary, "weights": weights, "absence": _absence(panel)}


def firm_index(store: Store) -> Parts:
    """Weights and moments of the index of firms on its own sample."""
    weights = store.table("firm_index_weights")
    variants = list(dict.fromkeys(weights["variant"].str.partition(":")[0]))
    return {"": _moments(store.panel("firm"), variants), "weights": weights}


def _moments(panel: Panel, variants: list[str]) -> pd.DataFrame:
    """Return N, mean, sd, minimum and maximum of variants of an index by year."""
    long = panel.frame.melt(
        id_vars=[panel.unit, panel.period], value_vars=variants, var_name="variant"
    ).dropna(subset="value")
    summary = long.groupby(["variant", "year"])["value"].agg(nobs="size", **STATISTICS)
    return summary.reset_index().melt(id_vars=["variant", "year"], var_name="statistic")


def _absence(panel: Panel) -> pd.DataFrame:
    """Regress the absence of a row on the zone, over all cities of the panel in all years.

    With city and year effects: does a row get lost when the zone comes? With year effects alone:
    do cities that get a zone lack more rows?
    """
    every = panel.treatments
    every = every[every[panel.period].isin(panel.frame[panel.period])]
    unit, period = every[panel.unit].to_numpy(dtype=str), every[panel.period].to_numpy()
    absent = 1.0 - every["present"].to_numpy(dtype=float)
    treated = {"two_way": every["zone_city"], "period": (every["cohort"] > 0).astype(float)}
    rows = []
    for effects, x in treated.items():
        fit = twfe(
            absent,
            x.to_numpy(dtype=float)[:, None],
            ("zone_city",),
            np.empty((len(every), 0)),
            (),
            unit,
            period,
            unit_effects=effects == "two_way",
            cluster=unit,
        )
        row = estimates.rows(
            fit.names, fit.coefficients, fit.std_errors, distribution="t", df=fit.df
        ).iloc[0]
        kept = row[["estimate", "std_error", "statistic", "p_value"]].to_dict()
        rows.append(
            {
                "effects": effects,
                **kept,
                "df": fit.df,
                "nobs": fit.nobs,
                "share_absent": absent.mean(),
            }
        )
    return pd.DataFrame(rows)


def sample_flow(store: Store) -> Parts:
    """Rows kept and dropped by sample, as counted when the panels were built."""
    flows = [store.table(f"{panel}_flow") for panel in ("province", "city")]
    return {"": pd.concat(flows, ignore_index=True)}


def firm_flow(store: Store) -> Parts:
    """Rows of a reader's firms kept and dropped by sample."""
    return {"": store.table("firm_flow")}


PRODUCERS: dict[str, Callable[[Store], Parts]] = {
    "index_weights": index_weights,
    "index_summary": index_summary,
    "descriptives": descriptives,
    "rollout": rollout_tables,
    "city_rollout": city_rollout,
    "city_index": city_index,
    "sample_flow": sample_flow,
    "firm_index": firm_index,
    "firm_sample_flow": firm_flow,
    "design_audit": design_audit,
    "moran": moran,
    "index_uncertainty": index_uncertainty,
    "coupling": distribution.coupling_tables,
    "measure_gini": distribution.gini,
    "measure_convergence": distribution.convergence_tables,
    "measure_kernel": distribution.densities,
    "measure_markov": distribution.transitions,
}
# What rests on the estimates of other exhibits, which the exhibit names in ``needs``.
READERS: dict[str, Callable[[Path], Parts]] = {"claims": claims.board}
