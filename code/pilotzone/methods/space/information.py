"""Expected information of a spatial likelihood, and its inverse."""

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.space.algebra import DenseMultiplier, Multiplier
from pilotzone.methods.space.design import (
    COLLINEAR,
    Design,
    Sample,
    stretched,
)
from pilotzone.methods.space.maximum import Maximum


def information(
    design: Design,
    sample: Sample,
    regressors: np.ndarray,
    mean: np.ndarray | None,
    sigma2: float | np.ndarray,
    multiplier: Multiplier,
) -> np.ndarray:
    """Return the expected information (..., k + 2, k + 2) of (slopes, parameter, sigma2).

    The equation is that of ``fit_stacked``; ``regressors`` (k, ..., T, n) are those of
    ``residuals_at``, ``mean`` that of ``lagged_mean`` if the model has a lag of the outcome.
    """
    k, scale = design.k, np.asarray(sigma2)[..., None, None]
    rows = stretched(regressors)
    whole = np.zeros((*rows.shape[:-2], k + 2, k + 2))
    trace, trace_squares = multiplier.traces(sample.centred)
    whole[..., k, k] = sample.repeats * trace_squares
    whole[..., k, k + 1] = whole[..., k + 1, k] = sample.repeats * trace / sigma2
    whole[..., k + 1, k + 1] = sample.nobs / (2.0 * sigma2**2)
    if design.structure.lag_y:
        rows = np.concatenate([rows, stretched(mean[None])], axis=-2)
    p = rows.shape[-2]
    whole[..., :p, :p] += rows @ rows.swapaxes(-1, -2) / scale
    return whole


def covariance(top: Maximum) -> np.ndarray:
    """Invert the expected information of slopes, parameters, sigma2 (K + 1, K + 1)."""
    if not top.multipliers:
        return _least_squares(top)
    mean = top.lagged_mean if top.design.structure.lag_y else None
    parts = (top.design, top.sample, top.regressors, mean, top.sigma2)
    whole = information(*parts, top.multipliers[-1])
    if len(top.multipliers) == 2:
        whole = _with_lag_of_error(whole, top.design.k, top.sample, top.sigma2, *top.multipliers)
    return scaled_inverse(whole)


def _least_squares(top: Maximum) -> np.ndarray:
    """The inverse without a spatial parameter: sigma2 shares nothing with the slopes."""
    k = top.design.k
    flat = top.regressors.reshape(k, -1)
    inverse = np.zeros((k + 1, k + 1))
    inverse[:k, :k] = scaled_inverse(flat @ flat.T / top.sigma2)
    inverse[k, k] = 2.0 * top.sigma2**2 / top.sample.nobs
    return inverse


def _with_lag_of_error(
    whole: np.ndarray,
    k: int,
    sample: Sample,
    sigma2: float,
    of_error: DenseMultiplier,
    of_outcome: DenseMultiplier,
) -> np.ndarray:
    """Insert lambda before rho, (k + 3, k + 3); it shares nothing with the slopes."""
    row = np.zeros(k + 3)
    trace, row[k] = of_error.traces(sample.centred)
    # tr(G'G + GG) is a quadratic form, so that the cross term is half of what the sum has more.
    both = DenseMultiplier(of_error.matrix + of_outcome.matrix).traces(sample.centred)[1]
    row[k + 1] = (both - row[k] - of_outcome.traces(sample.centred)[1]) / 2.0
    row[k + 2] = trace / sigma2
    wide = np.insert(np.insert(whole, k, 0.0, axis=0), k, 0.0, axis=1)
    wide[k] = wide[:, k] = sample.repeats * row
    scale = np.sqrt(np.diag(wide))
    smallest = np.linalg.eigvalsh(wide / np.multiply.outer(scale, scale))[0]
    if smallest <= COLLINEAR:
        raise NotIdentified("information_singular", eigenvalue=smallest)
    return wide


def scaled_inverse(matrix: np.ndarray) -> np.ndarray:
    """Invert after scaling the diagonal to one, so that units of measurement do not matter."""
    scale = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
    scales = scale[..., :, None] * scale[..., None, :]
    inverse = np.linalg.inv(matrix / scales) / scales
    return (inverse + inverse.swapaxes(-1, -2)) / 2.0
