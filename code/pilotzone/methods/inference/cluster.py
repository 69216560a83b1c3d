"""Groups of rows, and covariance matrices that allow for dependence within clusters.

Every function takes the design after the fixed effects are removed, multiplied by the square
roots of the weights where there are weights.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from pilotzone.errors import NotIdentified, Reason, UserError

# An eigenvalue or a length below this share of its scale is rounding, not information.
TOLERANCE = 1e-9
# Clusters whose blocks are held in memory at a time by the jackknife.
CLUSTERS_PER_BLOCK = 1_000
# Labels within so many times their number lie close together.
CLOSE = 8


class Degenerate(UserError):
    """Rows that cannot carry the regression asked for: an error to a user, a finding to a design.

    ``message`` is what a user reads, ``code`` and ``facts`` are kept as ``reason``.
    """

    def __init__(self, message: str, code: str, **facts: object) -> None:
        self.reason = Reason(code, facts)
        super().__init__(message)


class Groups(NamedTuple):
    """Rows sorted into groups: ``codes`` (N,) in 0 … count − 1, and the number of groups."""

    codes: np.ndarray
    count: int


class Crossed(NamedTuple):
    """Two sets of clusters neither of which holds the other, such as units and periods."""

    first: Groups
    second: Groups

    @classmethod
    def of(cls, first: ArrayLike | Groups, second: ArrayLike | Groups) -> "Crossed":
        """The clusters of two arrays of labels (N,)."""
        return cls(encode(first, "first cluster"), encode(second, "second cluster"))

    @property
    def codes(self) -> np.ndarray:
        """(N,) the intersection that each row is in."""
        return self.first.codes * self.second.count + self.second.codes

    @property
    def count(self) -> int:
        """G of the smaller set, on which t rests."""
        return min(self.first.count, self.second.count)


Clusters = Groups | Crossed


def clusters_of(labels: ArrayLike | Clusters) -> Clusters:
    """Codes of clusters; those of two crossed sets pass unchanged."""
    return labels if isinstance(labels, Crossed) else encode(labels, "cluster")


def encode(labels: ArrayLike | Groups, name: str = "label") -> Groups:
    """Turn labels of any type into codes 0 … count − 1.

    Parameters
    ----------
    labels : (N,) array of numbers, strings, dates or objects; ``Groups`` pass unchanged.
    name : what the labels are, for the message of a UserError: a label is missing, or the array not
        one-dimensional.
    """
    if isinstance(labels, Groups):
        return labels
    values = np.asarray(labels)
    if values.ndim != 1:
        raise UserError(f"'{name}' needs one label per row, not an array of shape {values.shape}")
    if values.dtype == object:
        return _encode_objects(values, name)
    levels, codes = levels_of(values)
    if np.any(levels != levels):
        raise UserError(f"'{name}' has missing labels; fill them or drop the rows first")
    return Groups(codes, len(levels))


def levels_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorted levels of values (N,), and the place of each value among them."""
    if values.dtype.kind == "i" and len(values):
        low, high = int(values.min()), int(values.max())
        # Whole numbers that lie close together are counted, a tenth of the time of sorting.
        if high - low < CLOSE * len(values):
            away = values.astype(np.int64) - low
            there = np.bincount(away) > 0
            return np.flatnonzero(there) + low, (np.cumsum(there) - 1)[away]
    return np.unique(values, return_inverse=True)


def _encode_objects(values: np.ndarray, name: str) -> Groups:
    """Codes in order of appearance: objects need not be sortable."""
    labels = values.tolist()
    seen = {label: code for code, label in enumerate(dict.fromkeys(labels))}
    codes = np.fromiter(map(seen.__getitem__, labels), dtype=np.intp, count=len(labels))
    if any(_is_missing(label) for label in seen):
        raise UserError(f"'{name}' has missing labels; fill them or drop the rows first")
    return Groups(codes, len(seen))


def _is_missing(label: object) -> bool:
    """None, NaN and NaT, and any marker whose comparison with itself has no truth value."""
    try:
        return label is None or bool(label != label)
    except TypeError:
        return True


def subset(groups: Clusters, rows: np.ndarray) -> Clusters:
    """The groups of some rows, given as a mask (N,); a group without a row there is gone."""
    if isinstance(groups, Crossed):
        return Crossed.of(groups.first.codes[rows], groups.second.codes[rows])
    return encode(groups.codes[rows])


def first_rows(groups: Groups) -> np.ndarray:
    """Row in which each group appears first, (count,)."""
    first = np.empty(groups.count, dtype=np.intp)
    # Of rows that are written to one place the last one stays.
    first[groups.codes[::-1]] = np.arange(len(groups.codes))[::-1]
    return first


def is_nested(inner: Groups, outer: Clusters) -> bool:
    """Whether every group of ``inner`` lies within one group of ``outer``, of either if crossed."""
    if isinstance(outer, Crossed):
        return is_nested(inner, outer.first) or is_nested(inner, outer.second)
    home = np.empty(inner.count, dtype=outer.codes.dtype)
    home[inner.codes] = outer.codes
    return bool(np.array_equal(home[inner.codes], outer.codes))


def indicator(groups: Groups) -> sparse.csr_array:
    """Dummies of the groups, transposed: (count, N), so that a product with it sums by group."""
    n = len(groups.codes)
    order = np.argsort(groups.codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(groups.codes, minlength=groups.count))])
    return sparse.csr_array((np.ones(n), order, starts), shape=(groups.count, n))


def sums(groups: Groups, values: np.ndarray) -> np.ndarray:
    """Sums (count, k) of rows (N, k) by group."""
    columns = [np.bincount(groups.codes, column, groups.count) for column in values.T]
    return np.ascontiguousarray(np.reshape(columns, (values.shape[1], groups.count)).T)


def at_least_two(cluster: Clusters) -> None:
    """Refuse (Degenerate) to estimate dependence from a single cluster."""
    if cluster.count < 2:
        raise Degenerate(
            f"too few clusters: {cluster.count}, at least 2 are needed; "
            "cluster by a variable with more values",
            "too_few_clusters",
            clusters=cluster.count,
        )


def small_sample_factor(nobs: int, k: int, n_clusters: int) -> float:
    """G/(G − 1) · (N − 1)/(N − K), the factor of the CRV1 covariance.

    ``k`` is K, regressors and fixed effects; effects nested in the clusters count as one.
    Cameron and Miller (2015, Journal of Human Resources 50(2)).
    """
    return n_clusters / (n_clusters - 1) * (nobs - 1) / (nobs - k)


def crv1(
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    bread: np.ndarray,
    cluster: ArrayLike | Clusters,
    factor: float,
) -> np.ndarray:
    """Cluster-robust covariance, factor · B (Σ_g s_g s_g') B with s_g = Σ_{i∈g} x̃_i û_i, (k, k).

    Liang and Zeger (1986, Biometrika 73(1)). Of two crossed sets the meats are added and that of
    their intersections is taken off; negative eigenvalues of what is left become zero (Cameron,
    Gelbach and Miller 2011, Journal of Business and Economic Statistics 29(2)).

    Parameters
    ----------
    x_tilde, u_hat : (N, k) regressors freed of the fixed effects, (N,) residuals.
    bread : (k, k) inverse of x̃'x̃.
    cluster : (N,) labels, or two crossed sets.
    factor : see ``small_sample_factor``; G of crossed sets is that of the smaller.

    Raises NotIdentified if crossed sets leave a coefficient without a positive variance.
    """
    groups, scores = clusters_of(cluster), x_tilde * u_hat[:, None]
    if isinstance(groups, Crossed):
        parts = (groups.first, groups.second, encode(groups.codes))
        one, other, both = (_meat(scores, part) for part in parts)
        return _positive_part(factor * bread @ (one + other - both) @ bread)
    return factor * bread @ _meat(scores, groups) @ bread


def _meat(scores: np.ndarray, groups: Groups) -> np.ndarray:
    """Σ_g s_g s_g' of scores (N, k) summed by group."""
    summed = sums(groups, scores)
    return summed.T @ summed


def _positive_part(covariance: np.ndarray) -> np.ndarray:
    """A covariance without its negative eigenvalues."""
    values, vectors = np.linalg.eigh(covariance)
    if values[0] >= 0:
        return covariance
    repaired = (vectors * np.maximum(values, 0.0)) @ vectors.T
    if np.any(np.diag(repaired) <= TOLERANCE * np.abs(np.diag(covariance))):
        raise NotIdentified("no_crossed_variance")
    return repaired


def crv3(
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    cluster: ArrayLike | Groups,
    basis: np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> np.ndarray:
    r"""Jackknife covariance, (G − 1)/G · Σ_g (β̂₍₋g₎ − β̂)(β̂₍₋g₎ − β̂)', exact, without refitting.

    With orthonormal W = [Q, basis] and x̃ = QR, leaving out cluster g moves the coefficients of Q
    by −(I − W_g'W_g)⁻¹ W_g'û_g, and those of x̃ by R⁻¹ times that. t has G − 1 degrees of freedom.
    CV₃ of MacKinnon, Nielsen and Webb (2023, Journal of Applied Econometrics 38(5)).

    Parameters
    ----------
    x_tilde, u_hat, cluster : see ``crv1``; ``names`` of the regressors are for the message.
    basis : (N, r) orthonormal basis of the fixed effects that are not nested in the clusters,
        orthogonal to ``x_tilde``. They are estimated anew without each cluster; nested effects
        drop out with their cluster and need no column.

    Raises NotIdentified if without one cluster a coefficient is not identified.
    """
    groups = encode(cluster, "cluster")
    at_least_two(groups)
    k = x_tilde.shape[1]
    q, r = np.linalg.qr(x_tilde)
    design = q if basis is None else np.hstack([q, basis])
    names = [f"regressor {j + 1}" for j in range(k)] if names is None else list(names)
    sizes = np.bincount(groups.codes)
    rows = np.split(np.argsort(groups.codes, kind="stable"), np.cumsum(sizes)[:-1])
    moves = [
        _leave_out(design, u_hat, rows[first : first + CLUSTERS_PER_BLOCK], names)
        for first in range(0, groups.count, CLUSTERS_PER_BLOCK)
    ]
    delta = np.linalg.solve(r, np.vstack(moves).T)
    return (groups.count - 1) / groups.count * delta @ delta.T


def _leave_out(
    design: np.ndarray, u_hat: np.ndarray, rows: list[np.ndarray], names: list[str]
) -> np.ndarray:
    """What each cluster adds to the coefficients of the first columns: (clusters, k)."""
    k = len(names)
    left = np.eye(design.shape[1]) - np.stack([design[i].T @ design[i] for i in rows])
    scores = np.stack([design[i].T @ u_hat[i] for i in rows])
    values, vectors = np.linalg.eigh(left)
    # A direction with eigenvalue zero is in the left-out cluster only. The pseudo-inverse skips it:
    # right for an effect (a period seen in this cluster alone), wrong for a regressor.
    lost = values < TOLERANCE
    loading = np.abs(vectors[:, :k, :]) * lost[:, None, :]
    if np.any(loading > np.sqrt(TOLERANCE)):
        regressor = names[int(np.argmax(loading.max(axis=(0, 2))))]
        raise NotIdentified("lost_without_cluster", variable=regressor)
    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=~lost)
    rotated = np.einsum("gpq,gp->gq", vectors, scores) * inverse
    return np.einsum("gkq,gq->gk", vectors[:, :k, :], rotated)
