"""Whether units converge: the spread by year, and growth on the initial level."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Description
from pilotzone.catalogue.controls import variables
from pilotzone.engine.fits import estimate_rows
from pilotzone.engine.sample_rows import Parts, by_variable
from pilotzone.methods.disparity import convergence
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.methods.space.effects import effects as spatial_effects
from pilotzone.methods.space.panel_ml import SpatialFit
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store


@dataclasses.dataclass(frozen=True)
class Regression:
    """A regression of growth on the initial level; ``model`` ols, sar or sdm."""

    id: str
    model: str
    effects: str
    controls: str = "none"
    averaged: bool = False


REGRESSIONS = (
    Regression("cross_section", "ols", "none", averaged=True),
    Regression("pooled", "ols", "none"),
    Regression("period", "ols", "period"),
    Regression("period_controls", "ols", "period", "baseline"),
    Regression("sar_period", "sar", "period"),
    Regression("sdm_period", "sdm", "period"),
    Regression("two_way", "ols", "two_way"),
    Regression("two_way_controls", "ols", "two_way", "baseline"),
    Regression("sar_two_way_controls", "sar", "two_way", "baseline"),
    Regression("sdm_two_way_controls", "sdm", "two_way", "baseline"),
)
# The regression that the test against no convergence at all belongs to.
TESTED = "two_way"


def convergence_tables(what: Description, store: Store) -> Parts:
    """Sigma convergence by year; beta convergence by regression, with speed and half-life."""
    weights = store.weights(what.matrices[0], what.rows.panel)
    spread, terms, fits = [], [], []
    for variant, table in by_variable(what, store).items():
        spread.append(_spread(table).assign(variant=variant))
        for one in REGRESSIONS:
            made, fields = _regression(one, table, what, store, weights)
            terms.append(made.assign(variant=variant, model=one.id))
            fits.append({"variant": variant, "model": one.id, **fields})
    return {
        "": pd.concat(spread, ignore_index=True),
        "beta": pd.concat(terms, ignore_index=True),
        "fits": pd.DataFrame(fits),
    }


def _spread(table: pd.DataFrame) -> pd.DataFrame:
    made = convergence.sigma_convergence(table.to_numpy())
    by_year = pd.DataFrame(dataclasses.asdict(made), table.index)
    by_year = by_year.assign(min=table.min(axis=1), max=table.max(axis=1))
    return by_year.reset_index().melt(id_vars="year", var_name="statistic")


def _regression(
    one: Regression, table: pd.DataFrame, what: Description, store: Store, weights: SpatialWeights
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return the estimate rows of a regression and what it was estimated with."""
    y, names = table.to_numpy(), variables(one.controls)
    held = by_variable(dataclasses.replace(what, variables=names), store) if names else {}
    x = np.stack([held[name].to_numpy() for name in names]) if names else None
    fields = {"effects": one.effects, "controls": one.controls}
    if one.model != "ols":
        units = list(table.columns)
        fit = convergence.spatial_panel(
            y, units, weights, x, names, model=one.model, effects=one.effects
        )
        return _spatial_rows(fit, weights), {**fields, **_fields(fit, f"{fit.vcov}:unit")}
    if one.averaged:
        fit, steps = convergence.cross_section(y), len(y) - 1
    else:
        fit, steps = convergence.panel(y, x, names, effects=one.effects), 1
    made = [estimate_rows(fit), *_speed_rows(fit, steps, distribution="t", df=fit.df)]
    if one.id == TESTED:
        made = [*made, *_no_convergence(y)]
    inference = f"{fit.vcov}:unit" if fit.n_clusters else fit.vcov
    counts = {"weights": "", "n_units": y.shape[1]}
    return pd.concat(made, ignore_index=True), {**fields, **_fields(fit, inference), **counts}


def _spatial_rows(fit: SpatialFit, weights: SpatialWeights) -> pd.DataFrame:
    inference = {"distribution": "t", "df": fit.df}
    table = spatial_effects(fit, weights, method="delta")
    of_initial = [t.endswith(f":{convergence.INITIAL}") for t in table.terms]
    found = table.terms, table.estimates.ravel(), table.std_errors.ravel()
    effects = estimates.rows(*found, **inference)[of_initial]
    coefficients = estimates.rows(fit.names, fit.coefficients, fit.std_errors, **inference)
    rows = [coefficients, effects, *_speed_rows(fit, 1, **inference)]
    return pd.concat(rows, ignore_index=True)


def _speed_rows(fit: LinearFit | SpatialFit, steps: int, **inference: object) -> list[pd.DataFrame]:
    """Return speed and half-life where the coefficient gives any."""
    value, error, half_life = convergence.speed(fit.coefficients[0], fit.std_errors[0], steps)
    rows = []
    if not np.isnan(value):
        rows.append(estimates.rows(["speed"], [value], [error], **inference))
    if not np.isnan(half_life):
        rows.append(estimates.value_rows(["half_life"], [half_life]))
    return rows


def _no_convergence(y: np.ndarray) -> list[pd.DataFrame]:
    test = convergence.harris_tzavalis(y)
    return [
        estimates.value_rows(["without_convergence"], [test.without_convergence]),
        estimates.statistic_row("test:harris_tzavalis", test.statistic, "normal", test.p_value),
    ]


def _fields(fit: LinearFit | SpatialFit, inference: str) -> dict[str, object]:
    names = ("weights", "nobs", "n_units", "r2_within", "rho", "loglik")
    known = {name: getattr(fit, name) for name in names if hasattr(fit, name)}
    return {"inference": inference, **known}
