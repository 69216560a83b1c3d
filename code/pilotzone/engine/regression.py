"""The two-way regression under any kind of inference, with its diagnostics."""

import dataclasses
import importlib

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import FEWEST_FOR_AN_ERROR
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields, municipality_rows
from pilotzone.engine.linear import fit, regression
from pilotzone.errors import NotIdentified
from pilotzone.methods.inference import spatial_hac
from pilotzone.methods.inference.fwl import as_finding
from pilotzone.panels.store import Store


def two_way(data: Design, store: Store) -> Result:
    """Return the estimate rows of a regression with declared effects, and its diagnostics.

    Errors by clusters, CRV1 or CRV3 (jackknife), are those of all coefficients, t(G − 1); another
    kind of inference gives the row of the treatment.

    Raises
    ------
    NotIdentified
        Wherever the regression finds its input degenerate, or clusters are too few.
    """
    with as_finding():
        return _two_way(data, store)


def _two_way(data: Design, store: Store) -> Result:
    kind = data.spec.inference.kind
    if kind.function:
        module, _, name = kind.function.partition(":")
        made = getattr(importlib.import_module(f"pilotzone.engine.{module}"), name)
        terms, fields = made(regression(data), store)
        return Result(terms, {**model_fields(fit(data), data), **fields})
    count, cluster = len(np.unique(data.cluster)), data.spec.inference.cluster
    if count < FEWEST_FOR_AN_ERROR and cluster != "unit":
        raise NotIdentified("few_clusters", clusters=count, cluster=cluster)
    result = fit(data, vcov=data.spec.inference.name)
    shown = data.spec.diagnostics
    terms = [estimate_rows(result, 1 if "treatment_only" in shown else None)]
    if "effective_clusters" in shown:
        terms.append(_effective_clusters(data))
    if "scale" in shown:
        terms.append(_scale(data))
    if "municipalities" in shown:
        terms.append(municipality_rows(data, lambda rest: estimate_rows(fit(rest))))
    return Result(pd.concat(terms, ignore_index=True), model_fields(result, data))


def _scale(data: Design) -> pd.DataFrame:
    """Return the standard deviations by which an effect is called small or large.

    Of the outcome net of unit and period effects, on untreated rows; of a treatment that is no 0/1
    on all rows, beside its own as it stands.
    """
    d = data.treatment
    zone = np.isin(d, (0, 1)).all()
    rows = data.where(d == 0) if zone else data
    plain = dataclasses.replace(rows.spec, effects="two_way", controls="none")
    held = regression(dataclasses.replace(rows, spec=plain))
    net = held.effects.residualise(held.data.y)
    spreads = [net.std(ddof=1), d.std(ddof=1)]
    return estimates.value_rows(["sd:outcome", "sd:treatment"], spreads)


def _effective_clusters(data: Design) -> pd.DataFrame:
    """Return the effective number of clusters of Carter, Schnepel and Steigerwald (2017)."""
    what = regression(data)
    x = what.effects.residualise(what.x)
    freed = x[:, 0]
    if x.shape[1] > 1:
        freed = freed - x[:, 1:] @ np.linalg.lstsq(x[:, 1:], freed, rcond=None)[0]
    g_star = spatial_hac.effective_clusters(freed, what.data.cluster, rho=0.0)
    return estimates.value_rows(["effective_clusters"], [g_star])
