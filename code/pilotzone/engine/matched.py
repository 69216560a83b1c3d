"""Matched and balanced samples for a two-way regression."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.did import matching
from pilotzone.engine.design import Design, Result
from pilotzone.engine.regression import estimate_rows, model_fields
from pilotzone.errors import NotIdentified
from pilotzone.panels.store import Store

COVARIATES = ("ln_gdp_per_capita", "openness", "urbanisation")
COVARIATE_YEARS = (2013, 2014)
CALIPER_SD = 0.25


def _units(data: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return codes, whether a unit is treated within the sample, and its covariates."""
    early = data.frame[data.frame[data.panel.period].isin(COVARIATE_YEARS)]
    x = early.groupby(data.panel.unit)[list(COVARIATES)].mean()
    last = data.period.max()
    treated = np.array([0 < data.cohorts[unit] <= last for unit in x.index])
    return x.index.to_numpy(dtype=str), treated, x.to_numpy()


def _score(treated: np.ndarray, x: np.ndarray) -> matching.FirthLogit:
    model = matching.firth_logit(treated, x, COVARIATES)
    if model.predicted.any():
        raise NotIdentified(
            f"the covariates separate {int(model.predicted.sum())} of {len(treated)} units: the "
            "score has no finite coefficients"
        )
    return model


def nearest(data: Design, store: Store) -> Result:
    """Nearest neighbour on the logit of a Firth score, with replacement, within a caliper."""
    codes, treated, x = _units(data)
    pairs = matching.nearest_neighbour(_score(treated, x).logit, treated, codes, CALIPER_SD)
    table = pd.DataFrame(
        [
            {"treated": p.treated, "control": p.control, "weight": 1.0, "distance": p.distance}
            for p in pairs.pairs
        ]
    )
    out = [f"outside the caliper: {' '.join(map(str, pairs.dropped))}"] if pairs.dropped else []
    return _result(data, codes, treated, x, pairs.weights, "; ".join(out), {"pairs": table})


def kernel(data: Design, store: Store) -> Result:
    """Epanechnikov kernel on a Firth score, on common support."""
    codes, treated, x = _units(data)
    made = matching.kernel_weights(_score(treated, x).propensity, treated, codes)
    lost = [*made.off_support, *made.without_control]
    reason = f"off support: {' '.join(map(str, lost))}" if lost else ""
    return _result(data, codes, treated, x, made.weights, reason, {})


def entropy(data: Design, store: Store) -> Result:
    """Entropy balancing of the covariates' means."""
    codes, treated, x = _units(data)
    made = matching.entropy_balance(x, treated, COVARIATES)
    note = f"effective controls: {made.effective_controls:.1f} of {int((~treated).sum())}"
    return _result(data, codes, treated, x, made.weights, note, {})


def _result(
    data: Design,
    codes: np.ndarray,
    treated: np.ndarray,
    x: np.ndarray,
    weights: np.ndarray,
    reference: str,
    parts: dict[str, pd.DataFrame],
) -> Result:
    made = matching.matched_did(
        data.y,
        data.unit,
        data.period,
        data.treatment,
        dict(zip(codes, weights, strict=True)),
        treatment_name=data.spec.treatment,
        controls=data.controls if data.control_names else None,
        control_names=data.control_names,
        cluster=data.cluster,
    )
    counts = estimates.value_rows(
        ["matched:treated", "matched:controls"],
        [float((weights[treated] > 0).sum()), float((weights[~treated] > 0).sum())],
    )
    fields = model_fields(made.fit, data) | {
        "nobs": made.fit.nobs,
        "n_units": made.n_units,
        "n_treated": int((weights[treated] > 0).sum()),
        "n_dropped": data.n_dropped + made.n_dropped_rows,
        "reference": reference,
    }
    terms = pd.concat([estimate_rows(made.fit).iloc[:1], counts], ignore_index=True)
    return Result(terms, fields, {**parts, "balance": _balance(x, treated, weights)})


def _balance(x: np.ndarray, treated: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    made = matching.balance(x, COVARIATES, treated, weights)
    return pd.DataFrame(
        {
            "variable": made.names,
            "mean_treated": made.after.mean_treated,
            "mean_before": made.before.mean_controls,
            "mean_after": made.after.mean_controls,
            "difference_before": made.before.std_difference,
            "difference_after": made.after.std_difference,
            "ratio_before": made.before.variance_ratio,
            "ratio_after": made.after.variance_ratio,
        }
    )
