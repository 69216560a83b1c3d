r"""Statistics of the wild cluster bootstrap under any null, from sums by cluster.

See ``wild`` for the symbols and ``inversion`` for what is made of them.
"""

import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.cluster import Groups, indicator, small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.methods.inference.inversion import ZERO, Inversion

# Fewer clusters are not worth it, and more factors than there are periods and regressors.
LEAST_CLUSTERS, MOST_FACTORS = 100, 32
# Of the largest number in A, what the factors may leave of it.
EXACT = 1e-14


class Sums(NamedTuple):
    """What the draws need of the data, for residuals û and x̃ (the two parts of u(b)).

    ``a`` (2, H) and ``big_a`` (2, G, H) as in the text of ``wild``, ``factor`` of the CRV1 error.
    """

    a: np.ndarray
    big_a: np.ndarray
    factor: float


def cluster_sums(
    result: LinearFit, x: np.ndarray, j: int, effects: FixedEffects, groups: Groups, boot: Groups
) -> Sums:
    """Sums by cluster of the products of x̃, û and the columns c."""
    root_w = effects.root_weights
    q, x_tilde = _basis_last(effects.residualise(x) * root_w[:, None], j)
    parts = np.stack([result.residuals * root_w, x_tilde])
    c = np.zeros((len(x_tilde), groups.count))
    c[np.arange(len(x_tilde)), groups.codes] = x_tilde / root_w
    c = effects.residualise(c)
    c *= root_w[:, None]
    c -= q @ (q.T @ c)
    summing = indicator(boot)
    at, ends = summing.indices, summing.indptr
    return Sums(
        a=np.stack([summing @ (x_tilde * u) for u in parts]),
        # u in the place of the ones: c times u is not held.
        big_a=np.stack([(sparse.csr_array((u[at], at, ends), summing.shape) @ c).T for u in parts]),
        factor=small_sample_factor(result.nobs, result.k, groups.count),
    )


def _basis_last(x_tilde: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal basis of the regressors, and column j freed of the others."""
    scaled = x_tilde / np.linalg.norm(x_tilde, axis=0)
    order = [*(i for i in range(x_tilde.shape[1]) if i != j), j]
    q, _ = np.linalg.qr(scaled[:, order])
    return q, q[:, -1] * (q[:, -1] @ x_tilde[:, j])


def inversion(result: LinearFit, j: int, sums: Sums, drawn: Iterator[np.ndarray]) -> Inversion:
    """Multiply the weights with the sums by cluster, chunk by chunk.

    Numerators are v'a for û and x̃, squares the sums over clusters of (Av)² for û, twice the
    product, and x̃.
    """
    if result.std_errors[j] == 0 or result.r2_within > 1 - ZERO:
        raise NotIdentified("exact_fit")
    squares_of = _by_factors(sums) or functools.partial(_by_products, sums)
    numerators, squares = [], []
    for v in drawn:
        numerators.append(sums.a @ v.T)
        squares.append(squares_of(v))
    return Inversion(
        float(result.coefficients[j]),
        float(result.std_errors[j]),
        sums.factor,
        np.hstack(numerators),
        np.hstack(squares),
    )


def _by_products(sums: Sums, v: np.ndarray) -> np.ndarray:
    """Return the squares (3, R) of draws (R, H)."""
    of_u, of_x = v @ sums.big_a[0].T, v @ sums.big_a[1].T
    products = ((of_u, of_u), (2 * of_u, of_x), (of_x, of_x))
    return np.stack([np.einsum("rg,rg->r", p, q) for p, q in products])


def _by_factors(sums: Sums) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return the function that ``_by_products`` is, from A = diag(a) + QB with few columns Q.

    Clusters that hold the effects of their units and have one weight each share what effects of
    periods and regressors take from them, and nothing else. None if that is not all, or the
    clusters are few: then products cost as little. Q is found by products with random columns
    (Halko, Martinsson and Tropp 2011, SIAM Review 53(2)).
    """
    a, count = sums.a, sums.big_a.shape[1]
    if count < LEAST_CLUSTERS or count != sums.big_a.shape[2]:
        return None
    rest, each = sums.big_a.copy(), np.arange(count)
    rest[:, each, each] -= a
    probes = np.random.default_rng(0).standard_normal((count, MOST_FACTORS))
    q, _ = np.linalg.qr((rest @ probes).sum(axis=0))
    b = q.T @ rest
    if np.abs(rest - q @ b).max() > EXACT * np.abs(sums.big_a).max():
        return None
    factors = np.hstack([*b.transpose(0, 2, 1), *(a[:, :, None] * q)])
    own = np.stack([a[0] ** 2, 2 * a[0] * a[1], a[1] ** 2])

    def squares(v: np.ndarray) -> np.ndarray:
        b_u, b_x, a_u, a_x = (v @ factors).reshape(len(v), 4, -1).transpose(1, 0, 2)
        products = (
            (b_u, 2 * a_u + b_u),
            (2 * b_x, a_u),
            (2 * b_u, a_x + b_x),
            (b_x, 2 * a_x + b_x),
        )
        uu, one, other, xx = (np.einsum("rq,rq->r", p, q) for p, q in products)
        return own @ (v**2).T + np.stack([uu, one + other, xx])

    return squares
