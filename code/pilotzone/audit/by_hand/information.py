"""Errors of spatial likelihoods: the expected information, and clusters by unit with pairs.

The score of a spatial parameter is a sum over pairs of units of products of their residuals. Each
product counts less its mean, which is the trace of the pair's block of the projection.
"""

import numpy as np

from pilotzone.audit.by_hand.likelihood import Top


def parameters(top: Top) -> list[float]:
    """Return lambda and rho, as the model has them, in this order."""
    has_rho, has_lam = top.model.lags
    return [*([top.lam] if has_lam else []), *([top.rho] if has_rho else [])]


def covariance(top: Top, *, pairs: bool) -> np.ndarray:
    """Return the covariance of slopes, lambda and rho: of the information, or of the sandwich."""
    bread = np.linalg.inv(_information(top))
    if pairs:
        n = len(top.model.place.matrix)
        bread = n / (n - 1) * bread @ _meat(top) @ bread
    return bread[:-1, :-1]


def _columns(top: Top) -> np.ndarray:
    """Return the regressors of the score, filtered, in the coordinates: Z, and G Z b for rho."""
    place, z = top.model.place, top.model.z
    filtered = z - top.lam * place.lag(z)
    columns = [filtered]
    if top.model.lags[0]:
        inverse = np.linalg.inv(np.eye(len(place.matrix)) - top.rho * place.matrix)
        mean = (filtered @ top.slopes).reshape(place.n_periods, -1)
        columns.append((mean @ (place.matrix @ inverse).T).ravel()[:, None])
    return place.basis.T @ np.hstack(columns)


def _multiplier(r: float, matrix: np.ndarray) -> np.ndarray:
    return matrix @ np.linalg.inv(np.eye(len(matrix)) - r * matrix)


def _information(top: Top) -> np.ndarray:
    """Return the expected information of slopes, lambda, rho and sigma2."""
    place, s2, k = top.model.place, top.sigma2, len(top.slopes)
    inner = [_multiplier(r, place.inner) for r in parameters(top)]
    p = len(inner)
    whole = np.zeros((k + p + 1, k + p + 1))
    columns = _columns(top)
    # rho stands last of the parameters, and its column last of the regressors.
    at = [*range(k), *([k + p - 1] if top.model.lags[0] else [])]
    whole[np.ix_(at, at)] += columns.T @ columns / s2
    for a, one in enumerate(inner):
        for b, other in enumerate(inner):
            both = np.trace(one.T @ other) + np.trace(one @ other)
            whole[k + a, k + b] += place.repeats * both
        whole[k + a, -1] = whole[-1, k + a] = place.repeats * np.trace(one) / s2
    whole[-1, -1] = place.nobs / (2 * s2**2)
    return whole


def _meat(top: Top) -> np.ndarray:
    """Return the sum of squared scores of units and, for the parameters, of pairs of units."""
    place, s2, k = top.model.place, top.sigma2, len(top.slopes)
    n, p = len(place.matrix), len(parameters(top))
    paths = (place.basis @ top.residuals).reshape(-1, n)
    columns = (place.basis @ _columns(top)).reshape(len(paths), n, -1)
    linear = (columns * paths[..., None]).sum(axis=0) / s2
    units = np.zeros((n, k + p + 1))
    units[:, :k] = linear[:, :k]
    if top.model.lags[0]:
        units[:, k + p - 1] = linear[:, -1]
    units[:, -1] = (paths**2).sum(axis=0) / (2 * s2**2) - place.nobs / n / (2 * s2)
    tied = np.zeros((n, n, p))
    for a, r in enumerate(parameters(top)):
        products = _products(top, r, paths)
        units[:, k + a] += np.diag(products)
        tied[..., a] = products + products.T
    meat = units.T @ units
    each = tied[np.tril_indices(n, -1)]
    meat[k : k + p, k : k + p] += each.T @ each
    return meat


def _products(top: Top, r: float, paths: np.ndarray) -> np.ndarray:
    """Return the parts (n, n) of e'Ge/s2 - m tr(G), each pair's product less its mean.

    What the means leave of the trace is spread over the units.
    """
    place, n = top.model.place, paths.shape[1]
    by_unit = place.basis.reshape(len(paths), n, -1).swapaxes(0, 1).reshape(n, -1)
    blocks = by_unit @ by_unit.T
    mean = place.nobs / np.trace(blocks) * blocks
    among = np.eye(n)
    if np.abs(blocks.sum(axis=0)).max() < 1e-8:
        among = among - 1 / n
    inner = among @ _multiplier(r, place.matrix) @ among
    products = inner * (paths.T @ paths / top.sigma2 - mean)
    trace = place.repeats * np.trace(_multiplier(r, place.inner))
    return products - np.eye(n) * (trace - (inner * mean).sum()) / n
