"""Local projections of one variable on another."""

import functools

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason
from pilotzone.estimates.cautions import LEAST_COVERAGE
from pilotzone.methods.dynamics import small_sample
from pilotzone.methods.dynamics.local_projection import (
    ProjectionRows,
    across_units,
    bandwidth,
    project,
    projection_rows,
    split_panel_jackknife,
)
from pilotzone.panels.store import Store

# How a column's error is written in its model row, and what it is in the simulation.
COMPUTED = {
    "crv1": ("crv1:unit", "clustered"),
    "driscoll_kraay_by_horizon": ("driscoll_kraay:horizon", "driscoll_kraay"),
    "split_panel": ("split_panel:unit", "jackknife"),
}


def local_projection(data: Design, store: Store) -> Result:
    """Return the response at every horizon, its rows, and a simulation of such panels.

    Errors by unit, of Driscoll and Kraay, or by unit after the split-panel jackknife. Options:
    ``lags`` of outcome and treatment, ``horizons``, the last of them.
    """
    computed, kind = COMPUTED[data.spec.inference.name]
    rows = projected_rows(data)
    last = rows[-1].horizon
    terms = pd.concat([_response(one, kind) for one in rows], ignore_index=True)
    simulated, root = _simulated(data, last)
    place = small_sample.KINDS.index(kind)
    model = {
        "inference": computed,
        "nobs": len(rows[0].y),
        "n_dropped": data.n_dropped + len(data.frame) - len(rows[0].y),
        "first_year": rows[0].periods[0],
        "last_year": rows[0].periods[-1],
        "n_periods": len(rows[0].periods),
        "n_clusters": np.nan if kind == "driscoll_kraay" else len(np.unique(rows[0].unit)),
        "reference": Reason("simulated_at_root", {"draws": simulated.draws, "root": root}),
    }
    parts = {"horizons": _horizons(rows), "small_sample": _small_sample(simulated, place)}
    return with_cautions(Result(terms, model, parts), _low_coverage(parts["small_sample"]))


def _low_coverage(simulated: pd.DataFrame) -> dict[str, list[Reason]]:
    """Return the horizons whose interval covers too seldom in panels of this size."""
    return {
        f"horizon:{row.horizon}": [
            Reason(
                "low_coverage",
                {
                    "coverage": 100 * row.coverage,
                    "least": 100 * LEAST_COVERAGE,
                    "draws": row.draws,
                },
            )
        ]
        for row in simulated.itertuples()
        if row.coverage < LEAST_COVERAGE
    }


def projected_rows(data: Design) -> list[ProjectionRows]:
    """Return the regression of each horizon, from 0 to the last.

    Raises
    ------
    NotIdentified
        If a horizon leaves fewer than two periods.
    """
    series = data.y, data.treatment, data.unit, data.period
    lags = int(data.spec.option("lags"))
    return [
        projection_rows(*series, horizon=horizon, lags=lags, **data.named_controls)
        for horizon in range(int(data.spec.option("horizons")) + 1)
    ]


def _response(rows: ProjectionRows, kind: str) -> pd.DataFrame:
    found = split_panel_jackknife(rows) if kind == "jackknife" else project(rows)
    error, df = found.std_errors[:1], found.df
    if kind == "driscoll_kraay":
        hac = across_units(rows, found)
        error, df = hac.std_errors[:1], hac.df
    term = f"horizon:{rows.horizon}"
    return estimates.rows([term], found.coefficients[:1], error, distribution="t", df=df)


def _horizons(rows: list[ProjectionRows]) -> pd.DataFrame:
    """Return what stands behind each horizon; the years are those of the treatment."""
    found = []
    for one in rows:
        counts = {"nobs": len(one.y), "n_units": len(np.unique(one.unit))}
        years = {"first_year": one.periods[0], "last_year": one.periods[-1]}
        width = bandwidth(one.horizon, len(one.periods))
        found.append({"horizon": one.horizon, **counts, **years, "bandwidth": width})
    return pd.DataFrame(found)


def _simulated(data: Design, last: int) -> tuple[small_sample.SmallSample, float]:
    """Return the simulation with the panel's own persistence, and its largest root."""
    sizes = (len(data.units), len(np.unique(data.period)))
    values = (data.y, data.treatment, data.period)
    texts = tuple(v.astype(float).tobytes() for v in values), tuple(data.unit)
    return _simulation(*texts, sizes, last, data.resampling.draws, data.resampling.seed)


@functools.lru_cache(maxsize=8)
def _simulation(
    values: tuple[bytes, ...],
    unit: tuple[str, ...],
    sizes: tuple[int, int],
    last: int,
    draws: int,
    seed: int,
) -> tuple[small_sample.SmallSample, float]:
    """Return the simulation of a pair of variables, once for all columns that have the pair."""
    y, x, period = (np.frombuffer(part) for part in values)
    truth = small_sample.truth_of_panel(y, x, np.array(unit), period)
    root = float(np.abs(np.linalg.eigvals(truth.transition)).max())
    rng = np.random.default_rng(seed)
    return small_sample.small_sample(truth, *sizes, last, draws, rng), root


def _small_sample(simulated: small_sample.SmallSample, place: int) -> pd.DataFrame:
    names = ("bias", "sd", "mean_error", "coverage")
    judged = {name: getattr(simulated, name)[place] for name in names}
    whole = {"truth": simulated.truth, "draws": simulated.draws, **judged}
    return pd.DataFrame(whole).rename_axis("horizon").reset_index()
