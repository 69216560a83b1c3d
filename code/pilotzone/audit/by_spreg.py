"""Spatial lag models again, by spreg: SAR and SDM of provinces and cities.

``Panel_FE_Lag`` removes unit effects; a dummy per period stands among the regressors, so that the
effects leave after the lag is taken, which is the exact two-way likelihood. With period effects
alone, ``ML_Lag`` takes the block-diagonal matrix. Direct, indirect and total effects come from the
inverse of I - rho W, formed in full. spreg looks for rho between -1 and 1.

Models of the error (SEM, SDEM) are left out: spreg's search stops where their likelihood is flat to
rounding, 1e-5 standard errors from the maximum and more.
"""

import contextlib
import io
import warnings
from collections.abc import Mapping

import numpy as np
from scipy import sparse

from pilotzone.audit.opinion import Opinion, Silence, of_each, of_interest
from pilotzone.catalogue import Specification
from pilotzone.engine.design import Design, design
from pilotzone.engine.matrix import placed
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

PROGRAM = "spreg"
PLACEBO = ("relabelled_matrices", "random_graphs")
ESTIMATORS = ("sar", "sdm", "sdm_moderation", "sdm_groups", *PLACEBO)
# Where spreg stops its search for rho.
EPSILON = 1e-12
NO_CORRECTION = "the correction of Lee and Yu changes rho"
NO_TRENDS = "no trends of units"
OUT_OF_RANGE = "rho outside (-1, 1)"
# The words by which spreg refuses a rho at an end of its range.
REFUSAL = "power expansion will not converge"


class RhoOutOfRange(Exception):
    """spreg ended its search at an end of its range."""


def opinions(
    exhibit_id: str, specs: Mapping[str, Specification], store: Store
) -> list[Opinion | Silence]:
    """Return coefficients and effects of columns whose estimator is one of :data:`ESTIMATORS`."""
    return of_each(exhibit_id, specs, store, _of_column)


def _of_column(
    exhibit_id: str, column: str, spec: Specification, store: Store
) -> list[Opinion | Silence]:
    """Return what spreg finds, or why it has nothing to say."""
    corrected = spec.chosen("correction") == "lee_yu"
    if corrected and spec.effects != "unit":
        return [Silence(exhibit_id, column, NO_CORRECTION)]
    if spec.effects == "unit_trends":
        return [Silence(exhibit_id, column, NO_TRENDS)]
    data, weights = placed(design(spec, store), store)
    try:
        made = fit(data, weights)
    except RhoOutOfRange:
        return [Silence(exhibit_id, column, OUT_OF_RANGE)]
    # spreg has the information matrix alone, uncorrected.
    by_information = spec.estimator not in PLACEBO and spec.inference.name == "information"
    has_error = by_information and not corrected
    found = [
        Opinion(PROGRAM, exhibit_id, column, term, value, error if has_error else None)
        for term, value, error in zip(*made, strict=True)
    ]
    whole = effects(dict(zip(made[0], made[1], strict=True)), weights)
    return found + [
        Opinion(PROGRAM, exhibit_id, column, term, value) for term, value in whole.items()
    ]


def fit(data: Design, weights: SpatialWeights) -> tuple[list[str], list[float], list[float]]:
    """Return names, coefficients and errors, those of rho last.

    Raises RhoOutOfRange if spreg finds rho at an end of its range.
    """
    data, columns, names = of_interest(data)
    order = np.lexsort((data.unit, data.period))
    units, n_periods = np.unique(data.unit), len(np.unique(data.period))
    matrix = weights.align(tuple(units))
    x = np.column_stack([*columns, data.controls])[order]
    terms = [*names, *data.control_names]
    if data.spec.estimator != "sar":
        blocks = [matrix @ block for block in np.split(x, n_periods)]
        x, terms = np.hstack([x, np.vstack(blocks)]), [*terms, *(f"W:{name}" for name in terms)]
    periods = np.repeat(np.eye(n_periods), len(units), axis=0)[:, 1:]
    design = x if data.spec.effects == "unit" else np.hstack([x, periods])
    found = _maximised(data.y[order][:, None], design, matrix, n_periods, data.spec.effects)
    # ML_Lag has an intercept before the regressors.
    first = 1 if data.spec.effects == "period" else 0
    at = [*range(first, first + len(terms)), -1]
    values = np.asarray(found.betas, dtype=float).ravel()[at]
    return [*terms, "rho"], list(values), list(np.sqrt(np.diag(found.vm))[at])


def _maximised(
    y: np.ndarray, x: np.ndarray, matrix: np.ndarray, n_periods: int, effects: str
) -> object:
    import spreg
    from libpysal.weights import WSP

    def weights(values: np.ndarray) -> object:
        return WSP(sparse.csr_matrix(values)).to_W(silence_warnings=True)

    # ML_Lag prints its own name.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            if effects == "period":
                blocks = weights(np.kron(np.eye(n_periods), matrix))
                return spreg.ML_Lag(y, x, blocks, epsilon=EPSILON, vm=True)
            return spreg.Panel_FE_Lag(y, x, weights(matrix), epsilon=EPSILON)
        except Exception as error:
            if REFUSAL not in str(error):
                raise
            raise RhoOutOfRange from None


def effects(coefficients: dict[str, float], weights: SpatialWeights) -> dict[str, float]:
    """Return direct, indirect and total effects by the whole inverse of I - rho W.

    Means of the diagonal, of the other elements of a row, and of all of them, of
    (I - rho W)^-1 (I beta + W theta).
    """
    matrix = weights.matrix
    unity = np.eye(len(matrix))
    inverse = np.linalg.inv(unity - coefficients["rho"] * matrix)
    found = {}
    for name, beta in coefficients.items():
        if name == "rho" or name.startswith("W:"):
            continue
        change = inverse @ (beta * unity + coefficients.get(f"W:{name}", 0.0) * matrix)
        direct, total = float(np.trace(change)) / len(matrix), float(change.sum()) / len(matrix)
        found |= {f"direct:{name}": direct, f"indirect:{name}": total - direct}
        found[f"total:{name}"] = total
    return found
