"""The bootstrap of units in a balanced two-way regression, all draws at once."""

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import TOLERANCE


def unit_draws(n_units: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each of n units is drawn, n with replacement in each draw, (draws, n)."""
    return rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=draws)


def resampled_slopes(y: np.ndarray, x: np.ndarray, counts: np.ndarray) -> np.ndarray:
    r"""Return the two-way slopes (D, k) of each sample of units, a unit drawn twice being two
    units.

    In a balanced panel the projection on unit and period effects, with weights m_i of the units, is
    x_it − x̄_i less the m-weighted mean of that over the units of the period. With ẋ = x − x̄_i
    and P_t = Σ_i m_i ẋ_it,

        X'MX = Σ_i m_i Σ_t ẋ_it ẋ_it' − Σ_t P_t P_t' / Σ_i m_i

    and X'My likewise, so that a draw costs sums over units and no regression. Slopes are missing
    where the sample's outcome is, or its regressors are collinear within the effects.
    Frisch and Waugh (1933), Lovell (1963); pairs cluster bootstrap of Cameron, Gelbach and Miller
    (2008, Review of Economics and Statistics 90(3)).

    Parameters
    ----------
    y, x : (n, T) outcome, (D, n, T) where it differs between samples; (n, T, k) regressors.
    counts : (D, n), how often each unit stands in each sample.
    """
    n, periods, k = x.shape
    if y.shape[-2:] != (n, periods) or counts.shape[1:] != (n,) or y.ndim not in (2, 3):
        raise UserError(
            f"outcome {y.shape}, regressors {x.shape} and counts {counts.shape} do not fit: "
            "give (n, T) or (D, n, T), (n, T, k) and (D, n)"
        )
    counts = counts.astype(float)
    size = counts.sum(axis=1)[:, None, None]
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=-1, keepdims=True)
    weighted = counts[:, :, None] * y
    by_period = np.einsum("dn,ntk->dtk", counts, x)
    squares = np.einsum("dn,nkl->dkl", counts, np.einsum("ntk,ntl->nkl", x, x))
    squares -= np.einsum("dtk,dtl->dkl", by_period, by_period) / size
    products = weighted.reshape(len(counts), n * periods) @ x.reshape(n * periods, k)
    products -= np.einsum("dtk,dt->dk", by_period, weighted.sum(axis=1)) / size[:, 0]
    slopes = np.full((len(counts), k), np.nan)
    kept = _full_rank(squares, (x**2).sum(axis=(0, 1))) & np.isfinite(products).all(axis=1)
    slopes[kept] = np.linalg.solve(squares[kept], products[kept][:, :, None])[:, :, 0]
    return slopes


def _full_rank(squares: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return which (k, k) matrices are not singular once scaled by the full sample's squares."""
    root = np.sqrt(np.where(scale > 0, scale, 1.0))
    return np.linalg.eigvalsh(squares / np.outer(root, root))[:, 0] > TOLERANCE
