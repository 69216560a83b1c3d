"""Spatial models by maximum likelihood: from a design and a matrix to effects and rows."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import covariance_of, municipality_rows
from pilotzone.engine.inference.spatial import RESAMPLED
from pilotzone.engine.matrix import placed
from pilotzone.engine.spatial_panel import fit
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.space.effects import effects as spatial_effects
from pilotzone.methods.space.effects import effects_at
from pilotzone.methods.space.effects_table import EffectsTable
from pilotzone.methods.space.panel_ml import SpatialFit
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

# Beyond it a shock returns ten times over; see the verdict rules.
LARGEST_RHO = 0.9
# Models without a lag of outcome or regressors have no effects beside their coefficients.
WITHOUT_EFFECTS = ("ols", "sem")


def maximum_likelihood(data: Design, store: Store) -> Result:
    """Return coefficients and effects of a spatial model, with the declared diagnostics.

    Errors are those of the declared inference: clusters by unit with pairs, or the expected
    information; with ``wild_paths`` and ``permutation`` p-values and intervals are those of the
    resampling.
    """
    data, weights = placed(data, store)
    result = fit(data, weights)
    require_admissible(result, weights, data)
    resampled = RESAMPLED.get(data.spec.inference.name)
    if resampled:
        fields = {**data.describe(), **model_fields(result, weights, data)}
        return Result(_chosen(resampled(data, weights), data), fields)
    terms = [_chosen(estimate_rows(result, weights, data), data)]
    if "municipalities" in data.spec.diagnostics:

        def refit(rest: Design) -> pd.DataFrame:
            kept = weights.subset(rest.units)
            return estimate_rows(fit(rest, kept), kept, rest)

        terms.append(municipality_rows(data, refit))
    fields = {**data.describe(), **model_fields(result, weights, data)}
    covariance = covariance_of(result.names, result.covariance)
    return Result(pd.concat(terms, ignore_index=True), fields, covariance=covariance)


def require_admissible(result: SpatialFit, weights: SpatialWeights, data: Design) -> None:
    """Refuse a fit whose feedback or whose total effect no outcome of this range can have.

    Raises
    ------
    NotIdentified
        If |ρ| exceeds 0.9, or the range of the treatment moves the outcome in total by more
        than its own range in the sample.
    """
    if abs(result.rho) > LARGEST_RHO:
        raise NotIdentified("inadmissible_rho", rho=result.rho, largest=LARGEST_RHO)
    treatment = data.spec.treatment
    if result.model in WITHOUT_EFFECTS or treatment not in result.x_names:
        return
    at = result.x_names.index(treatment)
    total = effects_at(result, weights, result.coefficients[None])[0, 2, at]
    total *= np.ptp(data.treatment)
    span = float(np.ptp(data.y))
    if abs(total) > span:
        raise NotIdentified("inadmissible_effect", effect=float(total), span=span)


def model_fields(result: SpatialFit, weights: SpatialWeights, data: Design) -> dict[str, object]:
    """Return the fields of the model row that a spatial fit knows."""
    clustered = result.vcov != "information"
    return {
        "inference": data.spec.inference.computed if clustered else "information",
        "n_clusters": result.n_units if clustered else np.nan,
        "r2": result.r2,
        "r2_within": result.r2_within,
        "rho": result.rho if "rho" in result.names else np.nan,
        "loglik": result.loglik,
        "reference": Reason("largest_row_weight", {"weight": weights.largest_row_weight}),
    }


def _chosen(rows: pd.DataFrame, data: Design) -> pd.DataFrame:
    """Return all terms, or with the diagnostic ``treatment_only`` those of the treatment."""
    if "treatment_only" not in data.spec.diagnostics:
        return rows
    return about(rows, (data.spec.treatment,), ("rho", "lambda"))


def about(rows: pd.DataFrame, names: tuple[str, ...], parameters: tuple[str, ...]) -> pd.DataFrame:
    """Return the terms of some variables, lagged and in effects too, and some parameters."""
    terms = rows["term"].tolist()
    kept = [term.rpartition(":")[2] in names or term in parameters for term in terms]
    return rows[np.array(kept, dtype=bool)]


def estimate_rows(result: SpatialFit, weights: SpatialWeights, data: Design) -> pd.DataFrame:
    """Return coefficients, and effects: their errors simulated with draws, else by delta."""
    found = result.names, result.coefficients, result.std_errors
    coefficients = estimates.rows(*found, **reference(result.df))
    if result.model in WITHOUT_EFFECTS or not data.resampling.declared:
        drawn = {"method": "delta"}
    else:
        drawn = {"draws": data.resampling.draws, "seed": data.resampling.seed}
    if result.model in WITHOUT_EFFECTS:
        return coefficients
    table = spatial_effects(result, weights, **drawn)
    return pd.concat([coefficients, effect_rows(table)], ignore_index=True)


def reference(df: int | None) -> dict[str, object]:
    """Return the distribution of a statistic: t with df, normal without."""
    return {"distribution": "normal"} if df is None else {"distribution": "t", "df": df}


def effect_rows(table: EffectsTable) -> pd.DataFrame:
    """Return direct, indirect and total effects, with the number of draws that were used."""
    drawn = table.method == "simulated"
    ends = (table.ci_low.ravel(), table.ci_high.ravel())
    return estimates.rows(
        table.terms,
        table.estimates.ravel(),
        table.std_errors.ravel(),
        **reference(table.df),
        interval=ends,
        draws=table.n_draws - table.n_rejected if drawn else None,
    )
