"""Dynamic spatial Durbin model, printed only if a simulation of its size says it may be."""

import functools

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.spatial import matrix
from pilotzone.errors import NotIdentified
from pilotzone.panels.store import Store
from pilotzone.space.dynamic import DynamicFit, fit_dynamic
from pilotzone.space.dynamic_audit import DynamicTruth, SmallTAudit, audit_small_T
from pilotzone.space.dynamic_effects import dynamic_effects, impulse_response
from pilotzone.space.weights import SpatialWeights

AUDIT_DRAWS = 2_000
MAX_BIAS, MIN_COVERAGE = 0.05, 0.90
# What the simulation is judged by: the dynamics, a slope, and the short-run indirect effect.
JUDGED = ("tau", "eta", "rho", "x1", "short:indirect:x1")
HORIZONS = 10


def dynamic_durbin(data: Design, store: Store) -> Result:
    """Bias-corrected quasi-maximum likelihood; short-run effects and responses over ten years.

    First comes a simulation on the column's matrix and number of years with a known truth
    (τ = 0.5, η = −0.1, ρ = 0.3). If the corrected estimator is biased by 0.05 or more or covers
    less than 90 % in one of the judged terms, or the estimates are not stationary, the column is
    not identified and only the simulation is printed. Long-run effects fail that rule at this
    length and are left out.
    """
    weights = matrix(data, store)
    periods = len(np.unique(data.period)) - 1
    audit = _audit(weights, periods, data.spec.effects, data.spec.inference.seed)
    parts = {"simulation": _table(audit)}
    reason = _failed(audit)
    fit = None
    try:
        fit = _fit(data, weights)
    except NotIdentified as finding:
        reason = "; ".join(filter(None, (str(finding), reason)))
    if reason:
        lost = {"identified": "no", "reason": reason, "inference": "information"}
        return Result(pd.DataFrame(), lost, parts)
    parts["responses"] = _responses(data, fit, weights)
    fields = {
        "nobs": fit.nobs,
        "n_periods": fit.n_periods,
        "n_dropped": len(data.frame) - fit.nobs,
        "rho": fit.coefficients[fit.names.index("rho")],
        "loglik": fit.loglik,
        "r2": fit.r2,
        "r2_within": fit.r2_within,
        "inference": "information",
        "reference": f"largest root {fit.largest_root:.3f}; {audit.n_draws} simulated panels",
    }
    return Result(_rows(data, fit, weights), fields, parts)


def _fit(data: Design, weights: SpatialWeights) -> DynamicFit:
    return fit_dynamic(
        data.y,
        np.column_stack([data.treatment, data.controls]),
        (data.spec.treatment, *data.control_names),
        data.unit,
        data.period,
        weights,
        model="sdm",
        effects=data.spec.effects,
    )


@functools.lru_cache(maxsize=4)
def _audit(weights: SpatialWeights, periods: int, effects: str, seed: int) -> SmallTAudit:
    """Return the simulation; columns with the same matrix, years and effects share it."""
    rng = np.random.default_rng(seed)
    return audit_small_T(weights, periods, AUDIT_DRAWS, rng, DynamicTruth(), effects=effects)


def _failed(audit: SmallTAudit) -> str:
    """Return the terms that fail the rule, with their bias and coverage; empty if none does."""
    rows = [
        (name, audit.bias[k], audit.coverage[k])
        for k, name in enumerate(audit.names)
        if name in JUDGED
    ]
    bad = [
        f"{name} bias {bias:.3f}, coverage {coverage:.3f}"
        for name, bias, coverage in rows
        if abs(bias) >= MAX_BIAS or coverage < MIN_COVERAGE
    ]
    if not bad:
        return ""
    return (
        f"simulated panels of this size fail bias < {MAX_BIAS} or coverage >= {MIN_COVERAGE}: "
        + ("; ".join(bad))
    )


def _table(audit: SmallTAudit) -> pd.DataFrame:
    short = [k for k, name in enumerate(audit.names) if not name.startswith("long:")]
    return pd.DataFrame(
        {
            "term": [audit.names[k] for k in short],
            "truth": audit.truth[short],
            "bias_before": audit.bias_before[short],
            "bias": audit.bias[short],
            "coverage_before": audit.coverage_before[short],
            "coverage": audit.coverage[short],
            "draws": audit.n_draws,
        }
    )


def _rows(data: Design, fit: DynamicFit, weights: SpatialWeights) -> pd.DataFrame:
    inference = data.spec.inference
    errors = np.sqrt(np.diag(fit.covariance))
    coefficients = estimates.rows(fit.names, fit.coefficients, errors, distribution="normal")
    table = dynamic_effects(fit, weights, run="short", draws=inference.draws, seed=inference.seed)
    effects = estimates.rows(
        table.terms,
        table.estimates.ravel(),
        table.std_errors.ravel(),
        distribution="normal",
        interval=(table.ci_low.ravel(), table.ci_high.ravel()),
        draws=table.n_draws - table.n_rejected,
    )
    root = estimates.value_rows(["largest_root"], [fit.largest_root])
    rows = pd.concat([coefficients, effects, root], ignore_index=True)
    own = rows["term"].str.rpartition(":")[2] == data.spec.treatment
    return rows[own | rows["term"].isin(("tau", "eta", "rho", "largest_root"))]


def _responses(data: Design, fit: DynamicFit, weights: SpatialWeights) -> pd.DataFrame:
    made = impulse_response(
        fit,
        weights,
        horizons=HORIZONS,
        draws=data.spec.inference.draws,
        seed=data.spec.inference.seed,
    )
    k = made.names.index(data.spec.treatment)
    tables = [
        pd.DataFrame(
            {
                "part": part,
                "horizon": made.horizons,
                "estimate": made.estimates[:, row, k],
                "ci_low": made.ci_low[:, row, k],
                "ci_high": made.ci_high[:, row, k],
            }
        )
        for row, part in enumerate(("direct", "indirect", "total"))
    ]
    return pd.concat(tables, ignore_index=True)
