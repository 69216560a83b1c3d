"""The two-way regression under any kind of inference, with its diagnostics."""

import contextlib
import dataclasses
import importlib

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine import rows
from pilotzone.engine.cautions import FEWEST_FOR_AN_ERROR
from pilotzone.engine.design import Design, Result, early
from pilotzone.engine.fits import (
    covariance_of,
    estimate_rows,
    model_fields,
    municipality_rows,
)
from pilotzone.engine.linear import fit, regression, untreated_deviation
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.inference import spatial_hac
from pilotzone.methods.inference.fwl import as_finding
from pilotzone.panels.store import Store


def two_way(data: Design, store: Store) -> Result:
    """Return the estimate rows of a regression with declared effects, and its diagnostics.

    Errors by clusters, CRV1 or CRV3 (jackknife), are those of all coefficients, t(G − 1); another
    kind of inference gives the row of the treatment. With the option ``lead`` the treatment so many
    years ahead is a regressor beside it, with a row and errors by clusters (CRV1 but for CRV3).

    Raises
    ------
    UserError
        If the regression finds its input degenerate.
    NotIdentified
        If it does so with a lead or a treatment moved forward, or clusters are too few.
    """
    asked = data.spec.chosen("lead") or early(data.spec)
    with as_finding() if asked else contextlib.nullcontext():
        made = _two_way(with_lead(data), store)
    reference = _beside(data)
    return dataclasses.replace(made, model={**made.model, "reference": reference})


def with_lead(data: Design) -> Design:
    """Return the rows whose lead is known, with it beside the treatment; as they are without one.

    The lead comes from the whole panel, so that it is known in the last years of a sample that ends
    before the panel does. Other rows are counted as dropped.

    Raises
    ------
    NotIdentified
        If it is known in no row.
    """
    years = int(data.spec.chosen("lead") or 0)
    if not years:
        return data
    treatment = data.spec.treatment
    column = f"lead:{treatment}"
    lead = rows.ahead(data.frame, data.whole, treatment, years)
    if np.isnan(lead).all():
        last = data.whole.frame[data.whole.period].max()
        raise NotIdentified("lead_unknown", variable=treatment, years=years, last=last)
    panel = dataclasses.replace(data.panel, frame=data.frame.assign(**{column: lead}))
    made = dataclasses.replace(data, panel=panel, beside=(column,))
    return made.without(np.isnan(lead))


def _beside(data: Design) -> tuple[Reason, ...]:
    """Return that a lead stands beside the treatment, and what its errors are if others."""
    years = int(data.spec.chosen("lead") or 0)
    if not years:
        return ()
    own = (Reason("lead_by_clusters"),) if data.spec.inference.kind.function else ()
    return (Reason("lead_beside", {"years": years}), *own)


def _two_way(data: Design, store: Store) -> Result:
    kind, first = data.spec.inference.kind, 1 + len(data.beside)
    if kind.function:
        module, _, name = kind.function.partition(":")
        made = getattr(importlib.import_module(f"pilotzone.engine.{module}"), name)
        terms, fields = made(regression(data), store)
        plain = fit(data)
        terms = pd.concat([terms, estimate_rows(plain, first)[1:]], ignore_index=True)
        return Result(terms, {**model_fields(plain, data), **fields})
    cluster = data.spec.inference.cluster
    if cluster != "unit" and (count := data.clusters.count) < FEWEST_FOR_AN_ERROR:
        raise NotIdentified("few_clusters", clusters=count, cluster=cluster)
    result = fit(data, vcov=data.spec.inference.name)
    shown = data.spec.diagnostics
    terms = [estimate_rows(result, first if "treatment_only" in shown else None)]
    if "effective_clusters" in shown:
        terms.append(_effective_clusters(data))
    if "scale" in shown:
        terms.append(_scale(data))
    if "municipalities" in shown:
        terms.append(municipality_rows(data, lambda rest: estimate_rows(fit(rest))))
    return Result(
        pd.concat(terms, ignore_index=True),
        model_fields(result, data),
        covariance=covariance_of(result.names, result.covariance),
    )


def _scale(data: Design) -> pd.DataFrame:
    """Return the standard deviations by which an effect is called small or large.

    Of the outcome net of unit and period effects on untreated rows, and of the treatment.
    """
    spreads = [untreated_deviation(data), np.std(data.treatment)]
    return estimates.value_rows(["sd:outcome", "sd:treatment"], spreads)


def _effective_clusters(data: Design) -> pd.DataFrame:
    """Return the effective number of clusters of Carter, Schnepel and Steigerwald (2017)."""
    what = regression(data)
    x = what.effects.residualise(what.x) * what.effects.root_weights[:, None]
    freed = x[:, 0]
    if x.shape[1] > 1:
        freed = freed - x[:, 1:] @ np.linalg.lstsq(x[:, 1:], freed, rcond=None)[0]
    g_star = spatial_hac.effective_clusters(freed, what.data.cluster, rho=0.0)
    return estimates.value_rows(["effective_clusters"], [g_star])
