"""Weights and scores of a composite index: pure functions on arrays.

Shapes: ``x`` and ``z`` are (cells, k), one row per unit and year, one column per indicator.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from pilotzone.errors import UserError


def standardise(
    x: np.ndarray, signs: np.ndarray, names: Sequence[str], reference: np.ndarray | None = None
) -> np.ndarray:
    """Return indicators on [0, 1] by the range, reversed where the sign is negative.

    z = (x - min) / (max - min); 1 - z for a negative sign. Minimum and maximum come from
    ``reference`` if given (cells outside its range then leave [0, 1]; nothing is clipped).

    Raises UserError if an indicator is constant or has a missing cell.
    """
    base = x if reference is None else reference
    missing = ~np.isfinite(x).all(axis=0) | ~np.isfinite(base).all(axis=0)
    if missing.any():
        raise UserError(
            f"indicator '{names[int(np.argmax(missing))]}' has a missing cell; "
            "drop the indicator or the units and years"
        )
    low, high = base.min(axis=0), base.max(axis=0)
    # A range at the level of rounding is no range: 0.1 + 0.2 and 0.3 must count as equal.
    constant = ~(high - low > 1e-12 * np.maximum(np.abs(high), np.abs(low)))
    if constant.any():
        raise UserError(
            f"indicator '{names[int(np.argmax(constant))]}' is constant: it has no range to "
            "standardise by; leave it out of the system"
        )
    z = (x - low) / (high - low)
    return np.where(np.asarray(signs) > 0, z, 1 - z)


def entropies(z: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
    """Return the normalised Shannon entropy of each column, shape (k,), in [0, 1].

    p = z / Σz; e = -Σ p ln p / ln(cells), with 0 · ln 0 = 0 (Shannon 1948). Axes in front of
    (cells, k) are samples of their own, ``counts`` (..., cells) how often each cell stands in one.
    """
    times = np.ones(z.shape[-2]) if counts is None else counts
    p = z / (times[..., None] * z).sum(axis=-2, keepdims=True)
    logs = np.log(p, where=p > 0, out=np.zeros_like(p))
    mixed = -(times[..., None] * p * logs).sum(axis=-2)
    return np.clip(mixed / np.log(times.sum(axis=-1))[..., None], 0.0, 1.0)


def entropy_weights(z: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
    """Return w = d / Σd with d = 1 - e, shape (..., k); see ``entropies``."""
    divergence = 1 - entropies(z, counts)
    return divergence / divergence.sum(axis=-1, keepdims=True)


def critic_weights(z: np.ndarray) -> np.ndarray:
    """Return CRITIC weights (Diakoulaki, Mavrotas and Papayannakis 1995), shape (k,).

    C_j = s_j Σ_k (1 - r_jk), with s the standard deviation and r the correlation; w = C / ΣC.
    """
    conflict = (1 - np.corrcoef(z, rowvar=False)).sum(axis=0)
    information = z.std(axis=0) * conflict
    return information / information.sum()


def topsis_scores(z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return closeness D⁻ / (D⁺ + D⁻) to the pooled best and worst of v = w z, shape (cells,)."""
    v = z * weights
    to_best = np.sqrt(((v - v.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((v - v.min(axis=0)) ** 2).sum(axis=1))
    return to_worst / (to_best + to_worst)


def first_component(z: np.ndarray, like: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first principal component's loadings (k,) and its score by range (cells,).

    Eigenvector of the correlation matrix of z with the largest eigenvalue, applied to the
    columns with mean 0 and standard deviation 1; its sign makes the score correlate positively
    with ``like``.
    """
    _, vectors = np.linalg.eigh(np.corrcoef(z, rowvar=False))
    loadings = vectors[:, -1]
    score = (z - z.mean(axis=0)) / z.std(axis=0) @ loadings
    if np.corrcoef(score, like)[0, 1] < 0:
        loadings, score = -loadings, -score
    return loadings, (score - score.min()) / (score.max() - score.min())


@dataclasses.dataclass(frozen=True)
class Index:
    """A composite index: ``score`` (cells,), and weights by year, '' if they hold for all."""

    score: np.ndarray
    weights: dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Cells:
    """Indicator values with what a method needs to know about them."""

    x: np.ndarray
    signs: np.ndarray
    names: tuple[str, ...]
    year: np.ndarray

    def rows(self, mask: np.ndarray) -> "Cells":
        """Return the cells of a mask."""
        return Cells(self.x[mask], self.signs, self.names, self.year[mask])

    def z(self, reference: np.ndarray | None = None) -> np.ndarray:
        """Return the standardised indicators."""
        return standardise(self.x, self.signs, self.names, reference)


FROZEN_YEARS = (2013, 2014)
SHIFT = 1e-4
WINSORISED = (0.01, 0.99)


def entropy(cells: Cells) -> Index:
    """Entropy weights, pooled over all cells."""
    z = cells.z()
    weights = entropy_weights(z)
    return Index(z @ weights, {"": weights})


def by_year(cells: Cells) -> Index:
    """Standardised and weighted within each year, so that levels of two years do not compare."""
    score = np.empty(len(cells.x))
    weights = {}
    for year in np.unique(cells.year):
        mask = cells.year == year
        within = entropy(cells.rows(mask))
        score[mask], weights[str(year)] = within.score, within.weights[""]
    return Index(score, weights)


def equal(cells: Cells) -> Index:
    """Equal weights."""
    k = cells.x.shape[1]
    weights = np.full(k, 1 / k)
    return Index(cells.z() @ weights, {"": weights})


def frozen(cells: Cells) -> Index:
    """Ranges and entropy weights of 2013-2014, applied to all years without clipping."""
    mask = np.isin(cells.year, FROZEN_YEARS)
    weights = entropy_weights(cells.rows(mask).z())
    return Index(cells.z(cells.x[mask]) @ weights, {"": weights})


def critic(cells: Cells) -> Index:
    """Mean of entropy and CRITIC weights."""
    z = cells.z()
    weights = (entropy_weights(z) + critic_weights(z)) / 2
    return Index(z @ weights, {"": weights})


def topsis(cells: Cells) -> Index:
    """Entropy weights, scored by closeness to the best cell."""
    z = cells.z()
    weights = entropy_weights(z)
    return Index(topsis_scores(z, weights), {"": weights})


def pca(cells: Cells) -> Index:
    """First principal component, signed like the entropy index; weights are its loadings."""
    z = cells.z()
    loadings, score = first_component(z, z @ entropy_weights(z))
    return Index(score, {"": loadings})


def shifted(cells: Cells) -> Index:
    """Weights from z + 10⁻⁴, the shift that avoids ln 0 in much applied work; scored with z."""
    z = cells.z()
    weights = entropy_weights(z + SHIFT)
    return Index(z @ weights, {"": weights})


def winsorised(cells: Cells) -> Index:
    """Entropy weights after each indicator is cut at its 1st and 99th percentile."""
    low, high = np.quantile(cells.x, WINSORISED, axis=0)
    return entropy(dataclasses.replace(cells, x=np.clip(cells.x, low, high)))


METHODS: dict[str, Callable[[Cells], Index]] = {
    "entropy": entropy,
    "by_year": by_year,
    "equal": equal,
    "frozen": frozen,
    "critic": critic,
    "topsis": topsis,
    "pca": pca,
    "shifted": shifted,
    "winsorised": winsorised,
}
