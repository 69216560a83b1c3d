r"""Standard errors for pairs of units: pairs with a unit in common have dependent errors.

A row is a pair (dyad) of units, in some period if there are periods. Trade between A and B and
trade between A and C both hold A's shocks, so that clusters by pair, which take them for
independent, give errors that are too small. With scores s_r = x̃_r û_r of the rows the covariance is

    V = factor · B (Σ_{r, q} 1{dyad(r) ∩ dyad(q) ≠ ∅} s_r s_q') B

The sum needs no loop over pairs of rows. With S_d the sum of the scores of dyad d over its rows and
S_u that of all rows whose dyad holds unit u,

    Σ_{r, q} 1{…} s_r s_q' = Σ_u S_u S_u' − Σ_d S_d S_d',

as two dyads with one unit in common meet once in the sum over units, and a dyad meets itself twice.

Sources: Fafchamps and Gubert (2007, Journal of Development Economics 83(2)); Cameron and Miller
(2014, Robust inference for dyadic data, working paper); Aronow, Samii and Assenova (2015, Political
Analysis 23(4)), whose multiway decomposition this is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import (
    Groups,
    encode,
    levels_of,
    small_sample_factor,
    sums,
)
from pilotzone.methods.inference.t_tests import StandardErrors

# A variance, or a negative eigenvalue, below this share of the two sums of which the covariance is
# the difference is rounding.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class DyadicCovariance(StandardErrors):
    """A covariance of the coefficients and the distribution of their t statistics.

    Attributes
    ----------
    covariance : (k, k), in the squared units of the coefficients.
    distribution, df : t with G − 1 degrees of freedom, G units.
    factor : small-sample factor that the covariance includes.
    n_units, n_dyads : units, and pairs of them with at least one row.
    semidefinite : whether every combination of coefficients has a variance as well. If not, each
        coefficient has its error, and there is no joint test.
    """

    covariance: np.ndarray = field(repr=False)
    distribution: Literal["t"]
    df: int
    factor: float
    n_units: int
    n_dyads: int
    semidefinite: bool


def dyadic_robust(
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    bread: np.ndarray,
    unit_i: ArrayLike,
    unit_j: ArrayLike,
    k: int,
    names: Sequence[str] | None = None,
) -> DyadicCovariance:
    r"""Covariance robust to any dependence between rows whose pairs share a unit.

    V = factor · B (Σ_u S_u S_u' − Σ_d S_d S_d') B, see the module. Rows of one pair in different
    periods, and of pairs with a unit in common in any two periods, may depend on each other.

    factor = G/(G − 1) · (N − 1)/(N − K) and t(G − 1) with G the number of units: the factor of
    one-way clusters (Cameron and Miller 2015, Journal of Human Resources 50(2)) with units in the
    place of clusters, as shocks come by unit. There is no settled convention for pairs, and the
    large-sample theory has none; V divided by ``factor`` is free of it. For when t is close to its
    limit: Tabord-Meehan (2019, Journal of Business & Economic Statistics 37(4)).

    Parameters
    ----------
    x_tilde, u_hat, bread : see ``crv1``; ``names`` of the regressors are for the message.
    unit_i, unit_j : (N,) labels of the two units of each row, in either order.
    k : K, regressors and fixed effects. Effects of the pairs are nested in the units' clusters and
        count as one, as unit effects do under clusters by unit.

    Raises
    ------
    UserError : if a label is missing, a row pairs a unit with itself, lengths differ, there are
        fewer than two units or N ≤ K.
    NotIdentified : if the variance of a coefficient is not positive: a difference of two sums need
        not be, and nothing is cut off at zero. If every two pairs share a unit (three units, or one
        unit in all pairs) the sum is (Σ s)(Σ s)' = 0, which is no variance either.
    """
    first, second, n_units = _units(unit_i, unit_j, len(u_hat))
    if len(u_hat) <= k:
        raise UserError(f"{len(u_hat)} rows for {k} regressors and effects; use fewer of them")
    pairs, dyads = levels_of(first * n_units + second)
    by_dyad = sums(Groups(dyads, len(pairs)), x_tilde * u_hat[:, None])
    ends = (Groups(end, n_units) for end in np.divmod(pairs, n_units))
    by_unit = sum(sums(end, by_dyad) for end in ends)
    factor = small_sample_factor(len(u_hat), k, n_units)
    gain, loss = (factor * bread @ (s.T @ s) @ bread for s in (by_unit, by_dyad))
    covariance = gain - loss
    size = gain + loss
    _require_variances(covariance, size, n_units, names)
    semidefinite = _is_semidefinite(covariance, size)
    return DyadicCovariance(covariance, "t", n_units - 1, factor, n_units, len(pairs), semidefinite)


def _units(unit_i: ArrayLike, unit_j: ArrayLike, n: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Codes (n,) of the lower and of the higher unit of each row, and the number of units."""
    i, j = np.asarray(unit_i), np.asarray(unit_j)
    if i.shape != (n,) or j.shape != (n,):
        raise UserError(f"{n} rows, but labels of shape {i.shape} and {j.shape}; give one per row")
    codes, n_units = encode(np.concatenate([i, j]), "unit")
    first, second = np.minimum(codes[:n], codes[n:]), np.maximum(codes[:n], codes[n:])
    own = np.flatnonzero(first == second)
    if len(own):
        raise UserError(f"row {own[0] + 1} pairs unit {i[own[0]]} with itself; leave such rows out")
    if n_units < 2:
        raise UserError("there are no rows; give pairs of at least two units")
    return first, second, n_units


def _require_variances(
    covariance: np.ndarray, size: np.ndarray, n_units: int, names: Sequence[str] | None
) -> None:
    """Refuse a variance that is none, unless it is zero with ``size``, what it is taken from."""
    variances, sizes = np.diag(covariance), np.diag(size)
    bad = np.flatnonzero((variances <= ROUNDING * sizes) & (sizes > 0))
    if len(bad):
        name = f"regressor {bad[0] + 1}" if names is None else names[bad[0]]
        facts = {"variable": name, "variance": variances[bad[0]], "units": n_units}
        raise NotIdentified("dyadic_variance", **facts)


def _is_semidefinite(covariance: np.ndarray, size: np.ndarray) -> bool:
    """Whether no combination of coefficients, scaled, has a variance below zero."""
    sizes = np.diag(size)
    scale = 1 / np.sqrt(np.where(sizes > 0, sizes, 1.0))
    return bool(np.linalg.eigvalsh(covariance * np.outer(scale, scale))[0] >= -ROUNDING)
