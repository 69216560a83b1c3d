"""The form of an outcome: level, logarithm and Poisson, and whether it matters."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import FEWEST_FOR_AN_ERROR
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import COUNTED, estimate_rows, model_fields
from pilotzone.engine.linear import fit
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.functional_form import ImpliedDensity, implied_density
from pilotzone.methods.did.poisson import PoissonFit, poisson_fit
from pilotzone.methods.inference.fwl import as_finding
from pilotzone.panels.store import Store


def poisson(data: Design, store: Store) -> Result:
    """Poisson pseudo maximum likelihood under the declared effects, errors by clusters.

    Raises
    ------
    NotIdentified
        If the outcome is negative somewhere, clusters are too few, or nothing is left to compare.
    """
    made = _poisson(data)
    counts = data.where(~made.left_out).describe()
    fields = {
        "inference": f"crv1:{data.spec.inference.cluster}",
        "n_clusters": made.n_clusters,
        "loglik": made.loglik,
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + int(made.left_out.sum()),
        "reference": _separated(made),
    }
    shown = 1 if "treatment_only" in data.spec.diagnostics else None
    return Result(estimate_rows(made, shown), fields)


def forms(data: Design, store: Store) -> Result:
    """The treatment's coefficient in level, logarithm and by Poisson, on the same column.

    The logarithm leaves out rows of zero, Poisson those of zeros that it separates; both are said.
    The part ``signs`` has the sign of each and whether they are alike.

    Raises
    ------
    NotIdentified
        As :func:`poisson`.
    """
    with as_finding():
        ratio = _poisson(data)
        level, positive = fit(data), data.where(data.y > 0)
        logs = fit(_in_logs(positive))
    made = {"level": level, "log": logs, "poisson": ratio}
    treatment = data.spec.treatment
    rows = [estimate_rows(one, 1).assign(term=f"{name}:{treatment}") for name, one in made.items()]
    signs = {name: int(np.sign(one.coefficients[0])) for name, one in made.items()}
    alike = {"term": treatment, **signs, "alike": int(len({*signs.values()}) == 1)}
    zeros = len(data.frame) - len(positive.frame)
    said = (Reason("rows_without_log", {"rows": zeros}),) if zeros else ()
    fields = {**model_fields(level, data), "reference": (*said, *_separated(ratio))}
    # Shares of a variance are those of the level alone.
    fields |= {"r2": np.nan, "r2_within": np.nan}
    return Result(pd.concat(rows, ignore_index=True), fields, {"signs": pd.DataFrame([alike])})


def form_test(data: Design, store: Store) -> Result:
    """Whether parallel trends can hold whatever the form: implied shares of bins of the outcome."""
    cohort = data.cohort_within
    made = implied_density(
        data.y,
        data.unit,
        data.period,
        cohort,
        bins=int(data.spec.option("bins")),
        **data.resampling.drawn,
    )
    test = estimates.statistic_row(
        "test:form", made.statistic, "bootstrap", made.p_value, draws=made.draws
    )
    lowest = estimates.value_rows(["implied:lowest"], [made.shares.min()])
    said = {"cells": made.n_cells, "treated": made.n_treated, "controls": made.n_controls}
    fields = {
        "inference": f"{data.spec.inference.name}:unit",
        "reference": (Reason("form_cells", said),),
    }
    return Result(pd.concat([test, lowest], ignore_index=True), fields, {"bins": _bins(made)})


def _poisson(data: Design) -> PoissonFit:
    """Return the fit on the rows of a design."""
    if (data.y < 0).any():
        facts = {"variable": data.spec.outcome, "rows": int((data.y < 0).sum())}
        raise NotIdentified("negative_outcome", **facts)
    count, cluster = data.clusters.count, data.spec.inference.cluster
    if count < FEWEST_FOR_AN_ERROR and cluster != "unit":
        raise NotIdentified("few_clusters", clusters=count, cluster=cluster)
    x = np.column_stack([data.treatment, data.controls])
    names = (data.spec.treatment, *data.control_names)
    with as_finding():
        return poisson_fit(data.y, x, names, data.absorbed, data.cluster)


def _in_logs(data: Design) -> Design:
    """Return a design with the logarithm of its outcome."""
    frame = data.frame.assign(**{data.spec.outcome: np.log(data.y)})
    return dataclasses.replace(data, panel=dataclasses.replace(data.panel, frame=frame))


def _separated(made: PoissonFit) -> tuple[Reason, ...]:
    """Return how many rows of zeros Poisson leaves out."""
    return (Reason("rows_separated", {"rows": made.n_separated}),) if made.n_separated else ()


def _bins(made: ImpliedDensity) -> pd.DataFrame:
    """Return the implied share of each bin and what it is made of; outer bins have no end."""
    return pd.DataFrame(
        {
            "bin": np.arange(1, len(made.shares) + 1),
            "low": [np.nan, *made.edges],
            "high": [*made.edges, np.nan],
            "treated": made.treated,
            "before": made.before,
            "after": made.after,
            "share": made.shares,
            "std_error": made.std_errors,
        }
    )
