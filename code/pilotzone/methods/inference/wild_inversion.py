r"""Statistics of the wild cluster bootstrap under any null, from sums by cluster.

See ``wild`` for the symbols and ``inversion`` for what is made of them.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.cluster import Groups, indicator, small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.methods.inference.inversion import ZERO, Inversion


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
    spread = x_tilde[:, None] * (groups.codes[:, None] == np.arange(groups.count))
    c = effects.residualise(spread / root_w[:, None]) * root_w[:, None]
    c -= q @ (q.T @ c)
    summing = indicator(boot)
    return Sums(
        a=np.stack([summing @ (x_tilde * u) for u in parts]),
        big_a=np.stack([(summing @ (c * u[:, None])).T for u in parts]),
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
    numerators, squares = [], []
    for v in drawn:
        of_u, of_x = v @ sums.big_a[0].T, v @ sums.big_a[1].T
        products = ((of_u, of_u), (2 * of_u, of_x), (of_x, of_x))
        numerators.append(sums.a @ v.T)
        squares.append(np.stack([np.einsum("rg,rg->r", p, q) for p, q in products]))
    return Inversion(
        float(result.coefficients[j]),
        float(result.std_errors[j]),
        sums.factor,
        np.hstack(numerators),
        np.hstack(squares),
    )
