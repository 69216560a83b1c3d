"""The entropy index built anew on other samples of units, or without one indicator.

Shapes: ``x`` is (n, T, k), units, years and indicators.
"""

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.index.weighting import Cells, entropies, entropy_weights

# Numbers held at a time.
BLOCK_NUMBERS = 2_000_000


def resampled_scores(x: np.ndarray, signs: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the entropy index (D, n, T) with ranges and weights of each of D samples of units.

    A unit that stands in a sample twice counts twice; one that does not is scored by the sample's
    ranges and weights, so that it may leave [0, 1]. The index is missing for a sample in which an
    indicator is constant.

    Parameters
    ----------
    x, signs : (n, T, k) without gaps; (k,) +1 or −1.
    counts : (D, n) how often each unit stands in each sample.
    """
    n, periods = x.shape[:2]
    if counts.ndim != 2 or counts.shape[1] != n or not np.isfinite(x).all():
        raise UserError(f"counts of shape {counts.shape} for {n} units, every cell of x present")
    scores = np.empty((len(counts), n, periods))
    step = max(1, BLOCK_NUMBERS // x.size)
    for first in range(0, len(counts), step):
        block = slice(first, first + step)
        scores[block] = _scores(x, np.asarray(signs), counts[block])
    return scores


def _scores(x: np.ndarray, signs: np.ndarray, counts: np.ndarray) -> np.ndarray:
    n, periods, k = x.shape
    absent = np.where(counts[:, :, None] > 0, 0.0, np.inf)
    low = (x.min(axis=1) + absent).min(axis=1)
    high = (x.max(axis=1) - absent).max(axis=1)
    width = np.where(high > low, high - low, np.nan)[:, None, None]
    z = (x - low[:, None, None]) / width
    z = np.where(signs > 0, z, 1 - z).reshape(len(counts), n * periods, k)
    times = np.repeat(counts, periods, axis=1).astype(float)
    # A unit outside the sample has no share in it, whatever the sign of its z.
    inside = np.where(times[..., None] > 0, z, 0.0)
    weights = entropy_weights(inside, times)
    return np.einsum("dck,dk->dc", z, weights).reshape(len(counts), n, periods)


def without_each_indicator(cells: Cells) -> np.ndarray:
    """Return the entropy index without each indicator in turn, shape (k, cells).

    The others keep their divergence d, so that only the sum changes: (Σ d z − d_j z_j)/(Σ d − d_j).
    """
    z = cells.z()
    divergence = 1 - entropies(z)
    own = z * divergence
    return ((own.sum(axis=1, keepdims=True) - own) / (divergence.sum() - divergence)).T
