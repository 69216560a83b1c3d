r"""Fixed effects and trends: their projection, their rank, and the rows they fit alone.

A row whose level occurs once is fitted by the effects whatever its outcome. Such singletons move
no slope, but as rows and clusters they would make the errors smaller (Correia 2015, "Singletons,
cluster-robust standard errors and fixed effects: a bad mix"). Every regression here leaves them
out, again and again until none is left, as reghdfe does, and counts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import (
    TOLERANCE,
    Clusters,
    Degenerate,
    Groups,
    clusters_of,
    encode,
    is_nested,
)
from pilotzone.methods.inference.columns import as_columns, centred, column_blocks, finite
from pilotzone.methods.inference.projections import Means, Sparse, balanced, columns_of, factorise


@dataclass(frozen=True, eq=False)
class FixedEffects:
    """Fixed effects, factorised once and used for any number of columns.

    Parameters
    ----------
    factors : label arrays (N,) of any type. Empty: an intercept is absorbed. Kept as ``Groups``.
    slopes : pairs of a label array (N,) and a variable (N,): one slope of the variable for each
        label, such as unit trends. The labels' own intercepts are not implied.
    weights : (N,) positive weights, or None. All that uses the object is weighted by them.
    names : names of the factors for messages, such as ("unit", "period").
    n : number of rows, needed only if no array is given.

    Attributes
    ----------
    n : rows.
    rank : exact rank of the dummies and trends together, the intercept included.
    singletons : (N,) bool, rows whose level occurs once in some factor, or does so when the other
        singletons are left out. They are part of the projection and its rank, which leaves zero
        there; the regressions are those of ``without_singletons``.

    Raises UserError if lengths differ, labels are missing, a weight is not positive, a slope
    variable is not finite, or the smaller effects have too many levels.
    """

    factors: Sequence[ArrayLike] = field(repr=False)
    slopes: Sequence[tuple[ArrayLike, ArrayLike]] = field(default=(), repr=False)
    weights: np.ndarray | None = field(default=None, repr=False)
    names: Sequence[str] = ()
    n: int | None = None
    rank: int = field(init=False)
    singletons: np.ndarray = field(init=False, repr=False)
    _projection: Means | Sparse = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = _common_length(self)
        names = self.names or [f"factor {j + 1}" for j in range(len(self.factors))]
        groups = [encode(f, name) for f, name in zip(self.factors, names, strict=True)]
        slopes = [
            (encode(g, "slope labels"), finite(z, ["slope variable"]).copy())
            for g, z in self.slopes
        ]
        weights = None if self.weights is None else _positive(self.weights)
        swept_first = sorted(groups, key=lambda g: -g.count) or [Groups(np.zeros(n, int), 1)]
        projection = balanced(swept_first) if not slopes and weights is None else None
        if projection is None:
            root_w = np.ones(n) if weights is None else np.sqrt(weights)
            projection = factorise(swept_first, slopes, root_w)
        fields = {
            "factors": tuple(groups),
            "slopes": tuple(slopes),
            "weights": weights,
            "names": tuple(names),
            "n": n,
            "rank": projection.rank,
            "singletons": rows_alone(groups, n),
            "_projection": projection,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def description(self) -> str:
        """The effects in words, for messages."""
        words = " and ".join(self.names) + " effects" if self.names else "the sample"
        return f"{words} and slopes" if self.slopes else words

    @property
    def parts(self) -> tuple[str, ...]:
        """The effects as a fact of a reason: names of the factors, "slopes" where there are any."""
        return (*self.names, *(("slopes",) if self.slopes else ()))

    @cached_property
    def root_weights(self) -> np.ndarray:
        """(N,) square roots of the weights; ones without weights."""
        return np.ones(self.n) if self.weights is None else np.sqrt(self.weights)

    @property
    def n_singletons(self) -> int:
        """Number of singletons."""
        return int(np.count_nonzero(self.singletons))

    @cached_property
    def without_singletons(self) -> "FixedEffects":
        """The effects of the other rows, Degenerate without any; itself without singletons."""
        if not self.n_singletons:
            return self
        if self.singletons.all():
            raise Degenerate(
                f"each of the {self.n} rows is the only one of some level of {self.description}, "
                "which fit it exactly; use fewer or coarser effects",
                "all_singletons",
                rows=self.n,
                effects=self.parts,
            )
        kept = ~self.singletons
        return FixedEffects(
            [f.codes[kept] for f in self.factors],
            [(g.codes[kept], z[kept]) for g, z in self.slopes],
            None if self.weights is None else self.weights[kept],
            self.names,
        )

    def nested_rank(self, cluster: ArrayLike | Clusters | None) -> int:
        """Degrees of freedom of the effects when errors are clustered.

        Factors nested in the clusters, in either of two crossed sets, count as one together, all
        else in full, slopes included: rank − rank of the nested factors + 1. Unit and period
        effects with clusters by unit give the number of periods. With ``cluster=None`` it is the
        rank.
        """
        if cluster is None:
            return self.rank
        groups = clusters_of(cluster)
        nested = [f for f in self.factors if is_nested(f, groups)]
        if not nested:
            return self.rank
        inner = nested[0].count if len(nested) == 1 else FixedEffects(nested).rank
        return self.rank - inner + 1

    def residualise(self, x: ArrayLike) -> np.ndarray:
        """Residuals of the (weighted) projection of each column on the effects.

        ``x`` is (N,) or (N, k) of any numeric type and is not changed; the result has its shape and
        units and is not multiplied by the weights.
        """
        x = np.asarray(x)
        columns = as_columns(x, self.n, "array")
        out = np.empty(columns.shape)
        root_w = None if self.weights is None else self.root_weights[:, None]
        for block in column_blocks(self.n, columns.shape[1]):
            z = centred(columns[:, block])
            if root_w is None:
                out[:, block] = self._projection.remove(z)
            else:
                out[:, block] = self._projection.remove(z * root_w) / root_w
        return out[:, 0] if x.ndim == 1 else out

    def basis_outside(self, cluster: ArrayLike | Groups) -> np.ndarray:
        """Orthonormal basis of the effects that are not nested in the clusters, for ``crv3``.

        The nested effects are removed from it first. It is in the metric of the weights: multiplied
        by their square roots. Shape (N, r).
        """
        groups = encode(cluster, "cluster")
        root_w = self.root_weights
        nested = [f for f in self.factors if is_nested(f, groups)]
        if nested:
            rest = [f for f in self.factors if not is_nested(f, groups)]
            inner = [s for s in self.slopes if is_nested(s[0], groups)]
            slopes = [s for s in self.slopes if not is_nested(s[0], groups)]
            dummies = columns_of([nested[0], *rest], slopes, root_w)
            within = FixedEffects(nested, inner, self.weights)
            columns = within.residualise(dummies / root_w[:, None]) * root_w[:, None]
        else:
            everything = Groups(np.zeros(self.n, int), 1)
            factors = [everything, everything, *self.factors]
            columns = columns_of(factors, self.slopes, root_w)
        basis, lengths, _ = np.linalg.svd(columns, full_matrices=False)
        return basis[:, lengths**2 > TOLERANCE * max(lengths.max(initial=0.0) ** 2, 1.0)]


def _common_length(effects: FixedEffects) -> int:
    """The one length of everything that defines the effects."""
    arrays = [*effects.factors, *(part for slope in effects.slopes for part in slope)]
    if effects.weights is not None:
        arrays.append(effects.weights)
    lengths = {len(a.codes) if isinstance(a, Groups) else len(a) for a in arrays}
    if effects.n is not None:
        lengths.add(effects.n)
    if len(lengths) != 1:
        found = ", ".join(str(v) for v in sorted(lengths)) or "none"
        raise UserError(
            f"fixed effects need factors, slopes and weights of one length, found {found}; "
            "without any of them give n"
        )
    n = lengths.pop()
    if n == 0:
        raise UserError("there are no rows; check the sample")
    return n


def _positive(weights: ArrayLike) -> np.ndarray:
    """A copy of the weights, refused where not positive."""
    w = finite(weights, ["weights"]).copy()
    if np.any(w <= 0):
        raise UserError("'weights' has values that are not positive; drop these rows")
    return w


def rows_alone(groups: Sequence[Groups], n: int) -> np.ndarray:
    """(N,) bool: rows alone in a level of some factor, until each level left has two rows."""
    alone = np.zeros(n, dtype=bool)
    while True:
        found = np.zeros(n, dtype=bool)
        for g in groups:
            found |= np.bincount(g.codes[~alone], minlength=g.count)[g.codes] == 1
        if not np.any(found & ~alone):
            return alone
        alone |= found
