"""Dynamic spatial Durbin model, printed only if simulations of its size say it may be."""

import functools

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.likelihood import about, effect_rows
from pilotzone.engine.matrix import matrix
from pilotzone.engine.spatial_panel import stacked
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.space.dynamic import DynamicFit, fit_dynamic_stacked
from pilotzone.methods.space.dynamic_audit import (
    DynamicTruth,
    SmallTAudit,
    audit_small_T,
    truth_of_panel,
)
from pilotzone.methods.space.dynamic_effects import dynamic_effects, impulse_response
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

MAX_BIAS, MIN_COVERAGE = 0.05, 0.90
# What the simulation is judged by: the dynamics, a slope, and the short-run indirect effect.
JUDGED = ("tau", "eta", "rho", "x1", "short:indirect:x1")
# The truths of the simulation.
DESIGNS = ("textbook", "panel")
HORIZONS = 10


def dynamic_durbin(data: Design, store: Store) -> Result:
    """Bias-corrected quasi-maximum likelihood; short-run effects and responses over ten years.

    First come simulations on the column's matrix and number of years with a known truth, of two
    designs: ``textbook`` (τ = 0.5, η = −0.1, ρ = 0.3) and ``panel``, the column's own estimates
    before correction with a largest root of at most 0.98. If under either of them the corrected
    estimator is biased by 0.05 or more or covers less than 90 % in one of the judged terms, or if
    the estimates are not stationary, the column is not identified and only the simulations are
    printed: nothing is drawn for effects. Options ``audit_draws`` and ``audit_seed`` are those of
    the simulations. Long-run effects fail that rule at this length and are left out.
    """
    weights = matrix(data, store)
    panel = stacked(data, weights)
    audits = _audits(panel, weights, data)
    tables = [_table(design, audit) for design, audit in audits.items()]
    parts = {"simulation": pd.concat(tables, ignore_index=True)}
    reasons = [_failed(design, audit) for design, audit in audits.items()]
    reasons = [reason for reason in reasons if reason]
    try:
        fit = fit_dynamic_stacked(panel, weights, effects=data.spec.effects)
    except NotIdentified as finding:
        reasons.insert(0, finding.reason)
    if reasons:
        return Result(pd.DataFrame(), {"identified": "no", "reason": reasons}, parts)
    parts["responses"] = _responses(data, fit, weights)
    return Result(_rows(data, fit, weights), _fields(data, fit), parts)


def _fields(data: Design, fit: DynamicFit) -> dict[str, object]:
    names = ("nobs", "n_periods", "rho", "loglik", "r2", "r2_within")
    return {
        **{name: getattr(fit, name) for name in names},
        "n_dropped": len(data.frame) - fit.nobs,
        "inference": "information",
        "reference": (
            Reason("largest_root", {"root": fit.largest_root}),
            Reason("simulated_panels", {"designs": len(DESIGNS), "draws": _audit_draws(data)}),
        ),
    }


def _audit_draws(data: Design) -> int:
    return int(data.spec.option("audit_draws"))


def _audits(panel: StackedPanel, weights: SpatialWeights, data: Design) -> dict[str, SmallTAudit]:
    """Return the simulation of each design; columns with the same truth share it.

    Its draws and seed are options of their own: those of the inference are for the effects, which a
    column that is not identified does not draw.
    """
    spec, periods = data.spec, len(panel.periods) - 1
    drawn = _audit_draws(data), int(spec.option("audit_seed"))
    truths = (DynamicTruth(), truth_of_panel(panel, weights, effects=spec.effects))
    return {
        design: _audit(weights, periods, *drawn, spec.effects, truth)
        for design, truth in zip(DESIGNS, truths, strict=True)
    }


@functools.lru_cache(maxsize=16)
def _audit(
    weights: SpatialWeights, periods: int, draws: int, seed: int, effects: str, truth: DynamicTruth
) -> SmallTAudit:
    rng = np.random.default_rng(seed)
    return audit_small_T(weights, periods, draws, rng, truth, effects=effects)


def _failed(design: str, audit: SmallTAudit) -> Reason | None:
    """Return the truth and the terms that fail the rule there; None if none does."""
    truths = dict(zip(audit.names, audit.truth, strict=True))
    bad = [
        Reason("term_fails", {"parameter": name, "bias": bias, "coverage": coverage})
        for name, bias, coverage in zip(audit.names, audit.bias, audit.coverage, strict=True)
        if name in JUDGED and (abs(bias) >= MAX_BIAS or coverage < MIN_COVERAGE)
    ]
    if not bad:
        return None
    truth = {name: truths[name] for name in ("tau", "eta", "rho")}
    drawn = {"failed": audit.n_failed, "draws": audit.n_draws}
    rule = {"bias": MAX_BIAS, "coverage": MIN_COVERAGE}
    return Reason(f"simulation_fails_{design}", {**rule, **truth, "terms": bad, **drawn})


def _table(design: str, audit: SmallTAudit) -> pd.DataFrame:
    short = [k for k, name in enumerate(audit.names) if not name.startswith("long:")]
    names = ("truth", "bias_before", "bias", "coverage_before", "coverage")
    found = {name: getattr(audit, name)[short] for name in names}
    where = {"design": design, "term": [audit.names[k] for k in short]}
    return pd.DataFrame({**where, **found, "draws": audit.n_draws})


def _rows(data: Design, fit: DynamicFit, weights: SpatialWeights) -> pd.DataFrame:
    errors = np.sqrt(np.diag(fit.covariance))
    coefficients = estimates.rows(fit.names, fit.coefficients, errors, distribution="normal")
    drawn = {"draws": data.resampling.draws, "seed": data.resampling.seed}
    table = dynamic_effects(fit, weights, run="short", **drawn)
    root = estimates.value_rows(["largest_root"], [fit.largest_root])
    rows = pd.concat([coefficients, effect_rows(table), root], ignore_index=True)
    return about(rows, (data.spec.treatment,), ("tau", "eta", "rho", "largest_root"))


def _responses(data: Design, fit: DynamicFit, weights: SpatialWeights) -> pd.DataFrame:
    drawn = {"draws": data.resampling.draws, "seed": data.resampling.seed}
    made = impulse_response(fit, weights, horizons=HORIZONS, **drawn)
    k = made.names.index(data.spec.treatment)
    tables = []
    for row, part in enumerate(("direct", "indirect", "total")):
        names = {"estimate": "estimates", "ci_low": "ci_low", "ci_high": "ci_high"}
        found = {name: getattr(made, field)[:, row, k] for name, field in names.items()}
        tables.append(pd.DataFrame({"part": part, "horizon": made.horizons, **found}))
    return pd.concat(tables, ignore_index=True)
