"""Least squares with a dummy for every unit and period and nothing removed first.

The pseudo-inverse of the whole matrix of regressors and dummies gives the coefficients, and as each
is a weighted sum of outcomes, their errors by clusters.
"""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design

# Columns that are others to so many digits are redundant.
RCOND = 1e-11


@dataclasses.dataclass(frozen=True)
class Fit:
    """Coefficients (k,), their covariance by clusters (k, k), residuals (N,), clusters G."""

    coefficients: np.ndarray
    covariance: np.ndarray
    residuals: np.ndarray
    n_clusters: int

    @property
    def errors(self) -> np.ndarray:
        """Standard errors (k,)."""
        return np.sqrt(np.diag(self.covariance))


def dummies(labels: np.ndarray) -> np.ndarray:
    """Return a column (N, g) of zeros and ones for each label."""
    return (labels[:, None] == np.unique(labels)).astype(float)


def factors(data: Design) -> list[np.ndarray]:
    """Return the labels (N,) of every effect that is held constant but slopes."""
    own = {"unit": data.unit, "period": data.period}
    return [*(own[name] for name in own if name in data.effects), *data.extra_factors]


def held(data: Design) -> np.ndarray:
    """Return a column (N, g) for each effect that is held constant, slopes among them."""
    columns = [dummies(one) for one in factors(data)]
    for groups, values in data.slopes:
        centred = values - values.mean()
        columns.append(dummies(groups) * centred[:, None] / np.abs(centred).max())
    return np.column_stack(columns)


def without_lone_rows(data: Design) -> Design:
    """Return the rows that are not alone in a level of some effect, until none is."""
    while True:
        alone = np.zeros(len(data.y), dtype=bool)
        for labels in factors(data):
            names, counts = np.unique(labels, return_counts=True)
            alone |= np.isin(labels, names[counts == 1])
        if not alone.any():
            return data
        data = data.where(~alone)


def weighted_sums(whole: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return W (k, N) with W y the first k coefficients, a basis of the columns, and their rank."""
    lengths = np.sqrt((whole**2).sum(axis=0))
    left, size, right = np.linalg.svd(
        whole / np.where(lengths > 0, lengths, 1), full_matrices=False
    )
    kept = size > RCOND * size[0]
    first = (right[kept, :k].T / size[kept]) @ left[:, kept].T
    return first / lengths[:k, None], left[:, kept], int(kept.sum())


def by_clusters(
    y: np.ndarray, x: np.ndarray, rest: np.ndarray, cluster: np.ndarray, nested: int
) -> Fit:
    """Return the regression of y (N,) on x (N, k) beside other columns, errors by clusters.

    With S_g the sum over a cluster of weight times residual the covariance is
    G/(G - 1) (N - 1)/(N - K) sum_g S_g S_g', K the rank of all columns less ``nested``, the unit
    effects beside the first that lie within clusters.
    """
    k = x.shape[1]
    sums, basis, rank = weighted_sums(np.column_stack([x, rest]), k)
    left = y - basis @ (basis.T @ y)
    names = np.unique(cluster)
    covariance = np.zeros((k, k))
    for name in names:
        rows = cluster == name
        score = sums[:, rows] @ left[rows]
        covariance += np.outer(score, score)
    n, g = len(y), len(names)
    factor = g / (g - 1) * (n - 1) / (n - rank + nested)
    return Fit(sums @ y, factor * covariance, left, g)


def nested_units(data: Design) -> int:
    """Return the units but one if each lies within a cluster and has an effect, else 0."""
    pairs = set(zip(data.unit.tolist(), data.cluster.tolist(), strict=True))
    units = len(set(data.unit.tolist()))
    return units - 1 if "unit" in data.effects and len(pairs) == units else 0


def regression(data: Design, columns: Sequence[np.ndarray], y: np.ndarray | None = None) -> Fit:
    """Return the regression of the outcome, or y, on columns and controls, rows as they are."""
    x = np.column_stack([*columns, data.controls]).astype(float)
    outcome = data.y if y is None else y
    return by_clusters(outcome, x, held(data), data.cluster, nested_units(data))


def told(names: Sequence[str], fit: Fit, data: Design) -> Iterator[Found]:
    """Give the first coefficients under their names; errors if the column's are by clusters."""
    same = data.spec.inference.name in ("crv1", "wild_rademacher", "wild_webb")
    for name, value, error in zip(names, fit.coefficients, fit.errors, strict=False):
        yield Found(name, float(value), float(error) if same else None)
