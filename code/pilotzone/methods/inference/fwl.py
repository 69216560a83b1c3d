r"""Least squares with many fixed effects: one exact core for single fits and for 10,000 of them.

The model is y = Xβ + Dα + ε with D the dummies of the fixed effects, and trends if asked. By
Frisch and Waugh (1933), Lovell (1963), β̂ is the regression of (I − P)y on (I − P)X, where P
projects on D. P is factorised once (``FixedEffects``) and used for any number of columns: for one
regression (``fit``) or for one per column of treatments or outcomes (``batch``).

P is exact, not iterated. A = [Q, D₂], where Q is a sparse orthonormal basis of the effects with
most levels (and of the trends by the same labels) and D₂ the dummies of all others. With
E = Q'D₂, the matrix M = D₂'D₂ − E'E is as small as D₂ has columns; its eigenvalues give the rank
and its pseudo-inverse the projection, so that redundant levels, disconnected groups and collinear
trends are counted for what they are. A balanced one-way or two-way panel needs means only.

A row whose level occurs once is fitted by the effects whatever its outcome. Such singletons move
no slope, but as rows and clusters they would make the errors smaller (Correia 2015, "Singletons,
cluster-robust standard errors and fixed effects: a bad mix"). Every regression here leaves them
out, again and again until none is left, as reghdfe does, and counts them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, sparse, special

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import (
    TOLERANCE,
    Degenerate,
    Groups,
    at_least_two,
    crv1,
    crv3,
    encode,
    indicator,
    is_nested,
    small_sample_factor,
    subset,
)

# Columns and numbers held at a time: a block stays in the processor's cache for small panels and
# below 32 MB for large ones.
BLOCK_COLUMNS = 500
BLOCK_NUMBERS = 4_000_000
# M is dense and square in the levels of the smaller effects: 5,000 take 200 MB.
LARGEST_M = 5_000
# The jackknife holds the effects that are not nested in clusters in full: 400 MB at most.
LARGEST_DENSE = 50_000_000
# Numbers carry about 16 digits; what is left of a column below the 13th is rounding.
LAST_DIGITS = 1e-13

Vcov = Literal["crv1", "crv3", "iid", "hc1"]


# --------------------------------------------------------------------------------------
# Projections
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Means:
    """Projection of a balanced panel: rows reshape to ``shape``, one mean per axis removed."""

    shape: tuple[int, int]
    order: np.ndarray | None
    two_way: bool
    rank: int

    def remove(self, z: np.ndarray) -> np.ndarray:
        """Columns of z (N, k) freed of the effects; z may be overwritten."""
        sorted_z = z if self.order is None else z[self.order]
        cube = sorted_z.reshape(*self.shape, -1)
        cube = cube - cube.mean(axis=1, keepdims=True)
        if self.two_way:
            cube -= cube.mean(axis=0)
        flat = cube.reshape(z.shape)
        if self.order is None:
            return flat
        z[self.order] = flat
        return z


@dataclass(frozen=True)
class _Sparse:
    """Projection on A = [Q, D₂] through the root of the pseudo-inverse of M, M⁺ = root root'."""

    a: sparse.csr_array
    a_transposed: sparse.csr_array
    e: sparse.csr_array
    root: np.ndarray
    rank: int

    def remove(self, z: np.ndarray) -> np.ndarray:
        """Columns of z (N, k) freed of the effects."""
        moments = self.a_transposed @ z
        n_q = self.e.shape[0]
        if self.e.shape[1]:
            c = self.root @ (self.root.T @ (moments[n_q:] - self.e.T @ moments[:n_q]))
            moments[:n_q] -= self.e @ c
            moments[n_q:] = c
        return z - self.a @ moments


def _balanced(groups: Sequence[Groups]) -> _Means | None:
    """The projection by means if the panel is balanced in one or two factors, else None."""
    n = len(groups[0].codes)
    rows = groups[0].count
    if len(groups) > 2 or n % rows:
        return None
    if len(groups) == 1:
        if np.any(np.bincount(groups[0].codes) != n // rows):
            return None
        position, rank = groups[0].codes, rows
    else:
        columns = groups[1].count
        if rows * columns != n:
            return None
        position, rank = groups[0].codes * columns + groups[1].codes, rows + columns - 1
        if np.any(np.bincount(position, minlength=n) != 1):
            return None
    order = None if np.all(np.diff(position) >= 0) else np.argsort(position, kind="stable")
    return _Means((rows, n // rows), order, len(groups) == 2, rank)


def _dummies(groups: Groups, values: np.ndarray) -> sparse.csr_array:
    """(N, count): in each row, its value in the column of its group."""
    n = len(groups.codes)
    return sparse.csr_array((values, groups.codes, np.arange(n + 1)), shape=(n, groups.count))


def _group_norms(groups: Groups, values: np.ndarray) -> np.ndarray:
    """Euclidean length of the values in each group."""
    return np.sqrt(np.bincount(groups.codes, values**2, minlength=groups.count))


def _scaled(groups: Groups, values: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Values divided by the length of their group; zero in a group no longer than the floor."""
    norms = _group_norms(groups, values)
    inverse = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > floor)
    return values * inverse[groups.codes]


def _orthonormal_by_group(groups: Groups, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The columns made orthonormal within each group: Gram-Schmidt, twice, in all at once.

    Where a group has nothing left of a column (a trend in a group seen once) it is zero.
    """
    basis: list[np.ndarray] = []
    for column in columns:
        z, floor = column, TOLERANCE * _group_norms(groups, column)
        for _ in range(2):
            for q in basis:
                z = z - q * np.bincount(groups.codes, q * z, minlength=groups.count)[groups.codes]
        basis.append(_scaled(groups, z, floor))
    return basis


def _bundled(slopes: Sequence[tuple[Groups, np.ndarray]]) -> list[tuple[Groups, list[np.ndarray]]]:
    """Slope variables collected by their labels."""
    bundles: list[tuple[Groups, list[np.ndarray]]] = []
    for groups, slope in slopes:
        home = next((zs for g, zs in bundles if _same(g, groups)), None)
        if home is None:
            bundles.append((groups, [slope]))
        else:
            home.append(slope)
    return bundles


def _rest(
    factors: Sequence[Groups],
    bundles: Sequence[tuple[Groups, list[np.ndarray]]],
    root_w: np.ndarray,
) -> sparse.csr_array:
    """D₂, columns of length one: dummies of all factors but the first, and slopes by group.

    Slopes are made orthogonal to the dummies of their own labels where the factors span these:
    the span stays, and a trend in calendar years loses its large mean.
    """
    blocks = [_dummies(g, q) for g in factors[1:] for q in _orthonormal_by_group(g, [root_w])]
    for groups, slopes in bundles:
        spanned = [root_w] if any(is_nested(factor, groups) for factor in factors) else []
        columns = _orthonormal_by_group(groups, [*spanned, *(z * root_w for z in slopes)])
        blocks += [_dummies(groups, q) for q in columns[len(spanned) :]]
    if not blocks:
        return sparse.csr_array((len(root_w), 0))
    return sparse.csr_array(sparse.hstack(blocks, format="csr"))


def _dense(columns: sparse.csr_array) -> np.ndarray:
    """The columns in full, if they fit in memory."""
    if columns.shape[0] * columns.shape[1] > LARGEST_DENSE:
        raise UserError(
            f"the jackknife needs {columns.shape[1]} effects that are not nested in the clusters "
            f"for {columns.shape[0]} rows, more than memory holds; use the crv1 error"
        )
    return columns.toarray()


def _root_of_inverse(m: np.ndarray) -> np.ndarray:
    """(q, rank) with root root' the pseudo-inverse of the symmetric matrix m."""
    if not m.size:
        return m
    values, vectors = np.linalg.eigh(m)
    kept = values > TOLERANCE * max(values[-1], 1.0)
    return vectors[:, kept] / np.sqrt(values[kept])


def _factorise(
    factors: Sequence[Groups], slopes: Sequence[tuple[Groups, np.ndarray]], root_w: np.ndarray
) -> _Sparse:
    """The projection for any effects; ``factors`` start with the one that is swept out."""
    swept = factors[0]
    bundles = _bundled(slopes)
    own = [z * root_w for groups, zs in bundles if _same(groups, swept) for z in zs]
    others = [bundle for bundle in bundles if not _same(bundle[0], swept)]
    columns = _orthonormal_by_group(swept, [root_w, *own])
    q = sparse.csr_array(sparse.hstack([_dummies(swept, c) for c in columns], format="csr"))
    rank = sum(int(np.count_nonzero(_group_norms(swept, c) > 0.5)) for c in columns)
    d = _rest(factors, others, root_w)
    if d.shape[1] > LARGEST_M:
        raise UserError(
            f"the effects besides the largest have {d.shape[1]} levels and trends, more than "
            f"{LARGEST_M}; use coarser ones"
        )
    e = sparse.csr_array(q.T @ d)
    root = _root_of_inverse((d.T @ d - e.T @ e).toarray())
    a = sparse.csr_array(sparse.hstack([q, d], format="csr"))
    return _Sparse(a, sparse.csr_array(a.T), e, root, rank + root.shape[1])


def _same(one: Groups, other: Groups) -> bool:
    """Whether two groupings part the rows alike."""
    return one.count == other.count and is_nested(one, other)


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

    Raises
    ------
    UserError
        If lengths differ, labels are missing, a weight is not positive, a slope variable is not
        finite, or the smaller effects have too many levels.
    """

    factors: Sequence[ArrayLike] = field(repr=False)
    slopes: Sequence[tuple[ArrayLike, ArrayLike]] = field(default=(), repr=False)
    weights: np.ndarray | None = field(default=None, repr=False)
    names: Sequence[str] = ()
    n: int | None = None
    rank: int = field(init=False)
    singletons: np.ndarray = field(init=False, repr=False)
    _projection: _Means | _Sparse = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = _common_length(self)
        names = self.names or [f"factor {j + 1}" for j in range(len(self.factors))]
        groups = [encode(f, name) for f, name in zip(self.factors, names, strict=True)]
        slopes = [
            (encode(g, "slope labels"), _finite(z, ["slope variable"]).copy())
            for g, z in self.slopes
        ]
        weights = None if self.weights is None else _positive(self.weights)
        swept_first = sorted(groups, key=lambda g: -g.count) or [Groups(np.zeros(n, int), 1)]
        projection = _balanced(swept_first) if not slopes and weights is None else None
        if projection is None:
            root_w = np.ones(n) if weights is None else np.sqrt(weights)
            projection = _factorise(swept_first, slopes, root_w)
        fields = {
            "factors": tuple(groups),
            "slopes": tuple(slopes),
            "weights": weights,
            "names": tuple(names),
            "n": n,
            "rank": projection.rank,
            "singletons": _singletons(groups, n),
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

    @property
    def n_singletons(self) -> int:
        """Number of singletons."""
        return int(np.count_nonzero(self.singletons))

    @cached_property
    def without_singletons(self) -> "FixedEffects":
        """The effects of the other rows; the same object if there is no singleton.

        Raises
        ------
        UserError
            If all rows are singletons.
        """
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

    def nested_rank(self, cluster: ArrayLike | Groups | None) -> int:
        """Degrees of freedom of the effects when errors are clustered.

        Factors nested in the clusters count as one together, all else in full, slopes included:
        rank − rank of the nested factors + 1. Unit and period effects with clusters by unit give
        the number of periods. With ``cluster=None`` it is the rank.
        """
        if cluster is None:
            return self.rank
        groups = encode(cluster, "cluster")
        nested = [f for f in self.factors if is_nested(f, groups)]
        if not nested:
            return self.rank
        inner = nested[0].count if len(nested) == 1 else FixedEffects(nested).rank
        return self.rank - inner + 1

    def residualise(self, x: ArrayLike) -> np.ndarray:
        """Residuals of the (weighted) projection of each column on the effects.

        Parameters
        ----------
        x : (N,) or (N, k), any numeric type; not changed. Columns are taken in blocks.

        Returns
        -------
        Array of the same shape, in the units of x, not multiplied by the weights.

        Raises
        ------
        UserError
            If x has not one row per row of the effects.
        """
        x = np.asarray(x)
        columns = as_columns(x, self.n, "array")
        out = np.empty(columns.shape)
        root_w = None if self.weights is None else np.sqrt(self.weights)[:, None]
        for block in _blocks(self.n, columns.shape[1]):
            z = _centred(columns[:, block])
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
        root_w = np.ones(self.n) if self.weights is None else np.sqrt(self.weights)
        nested = [f for f in self.factors if is_nested(f, groups)]
        if nested:
            rest = [f for f in self.factors if not is_nested(f, groups)]
            inner = [s for s in self.slopes if is_nested(s[0], groups)]
            slopes = [s for s in self.slopes if not is_nested(s[0], groups)]
            dummies = _dense(_rest([nested[0], *rest], _bundled(slopes), root_w))
            within = FixedEffects(nested, inner, self.weights)
            columns = within.residualise(dummies / root_w[:, None]) * root_w[:, None]
        else:
            everything = Groups(np.zeros(self.n, int), 1)
            factors = [everything, everything, *self.factors]
            columns = _dense(_rest(factors, _bundled(self.slopes), root_w))
        basis, lengths, _ = np.linalg.svd(columns, full_matrices=False)
        return basis[:, lengths**2 > TOLERANCE * max(lengths.max(initial=0.0) ** 2, 1.0)]


# --------------------------------------------------------------------------------------
# Checks of what comes in
# --------------------------------------------------------------------------------------


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


def _finite(values: ArrayLike, names: Sequence[str]) -> np.ndarray:
    """One column, or as many as names, as numbers; or an error that names the first bad one."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise UserError(f"{_listed(names)}: not all are numbers; give numbers") from None
    if not np.isfinite(numbers).all():
        bad = np.count_nonzero(~np.isfinite(numbers), axis=0).reshape(-1)
        first = int(np.argmax(bad > 0))
        raise UserError(
            f"'{names[first]}' has {bad[first]} missing or infinite values; "
            "fill them or drop the rows first"
        )
    return numbers


def _positive(weights: ArrayLike) -> np.ndarray:
    """A copy of the weights, refused where not positive."""
    w = _finite(weights, ["weights"]).copy()
    if np.any(w <= 0):
        raise UserError("'weights' has values that are not positive; drop these rows")
    return w


def as_columns(x: ArrayLike, n: int, name: str) -> np.ndarray:
    """The array as (n, k), still in its own type; a vector is one column.

    Raises
    ------
    UserError
        If it has not n rows.
    """
    x = np.asarray(x)
    if x.ndim not in (1, 2) or len(x) != n:
        raise UserError(f"the {name} should have {n} rows, as the effects; the shape is {x.shape}")
    return x[:, None] if x.ndim == 1 else x


def _matrix(x: ArrayLike, names: Sequence[str], n: int) -> np.ndarray:
    """The columns as a finite (n, k) matrix with one name for each."""
    if not names:
        raise UserError("there is no regressor; give at least one")
    x = as_columns(x, n, f"array of {_listed(names)}")
    if x.shape[1] != len(names):
        raise UserError(f"{x.shape[1]} columns for {len(names)} names: {_listed(names)}")
    return _finite(x, names)


def _singletons(groups: Sequence[Groups], n: int) -> np.ndarray:
    """(N,) bool: rows alone in a level of some factor, until each level left has two rows."""
    alone = np.zeros(n, dtype=bool)
    while True:
        found = np.zeros(n, dtype=bool)
        for g in groups:
            found |= np.bincount(g.codes[~alone], minlength=g.count)[g.codes] == 1
        if not np.any(found & ~alone):
            return alone
        alone |= found


def no_variation(x: np.ndarray, x_tilde: np.ndarray) -> np.ndarray:
    """Which columns are explained by the effects up to rounding.

    Parameters
    ----------
    x, x_tilde : (N, k), before and after ``FixedEffects.residualise``.

    Returns
    -------
    (k,) bool: the length of x̃ is at most 1e-9 of that of x − mean(x), or the last digits of x.
    """
    floor = TOLERANCE * _lengths(_centred(x)) + LAST_DIGITS * _lengths(np.asarray(x, dtype=float))
    return _lengths(x_tilde) <= floor


def _centred(x: np.ndarray) -> np.ndarray:
    """A new array of floats with column means zero: the intercept is always among the effects."""
    x = np.asarray(x, dtype=float)
    return x - x.mean(axis=0)


def _lengths(x: np.ndarray) -> np.ndarray:
    """Euclidean length of each column."""
    return np.sqrt(np.einsum("ij,ij->j", x, x))


def _blocks(n: int, columns: int) -> Iterator[slice]:
    """Slices of columns such that a block of n rows is bounded."""
    width = min(BLOCK_COLUMNS, max(1, BLOCK_NUMBERS // max(n, 1)))
    for first in range(0, columns, width):
        yield slice(first, min(first + width, columns))


# --------------------------------------------------------------------------------------
# One regression
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinearFit:
    """Coefficients of one regression and how they were obtained.

    Attributes
    ----------
    names : regressors, in the order of the coefficients.
    coefficients, covariance : (k,) and (k, k).
    residuals : (N,), not multiplied by the weights, zero for singletons.
    nobs, n_clusters : rows and clusters without singletons, N and G (None without clusters).
    df : degrees of freedom of t: G − 1, or N − K without clusters.
    k : K, regressors and effects, nested effects counted once.
    r2, r2_within : share of the (weighted) variance explained, before and after the effects.
    singletons : (N,) bool, rows left out, see ``FixedEffects``.
    vcov : crv1, crv3, iid or hc1.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    residuals: np.ndarray
    nobs: int
    n_clusters: int | None
    df: int
    k: int
    r2: float
    r2_within: float
    singletons: np.ndarray = field(repr=False)
    vcov: Vcov

    @property
    def n_singletons(self) -> int:
        """Number of rows left out."""
        return int(np.count_nonzero(self.singletons))

    @property
    def std_errors(self) -> np.ndarray:
        """Square roots of the diagonal of the covariance."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def t(self) -> np.ndarray:
        """Coefficients over standard errors; infinite where the fit is perfect."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.coefficients / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided, from the t distribution with ``df`` degrees of freedom."""
        return 2 * special.stdtr(self.df, -np.abs(self.t))

    def interval(self, level: float = 0.95) -> np.ndarray:
        """Confidence limits, (k, 2)."""
        half = special.stdtrit(self.df, (1 + level) / 2) * self.std_errors
        return np.column_stack([self.coefficients - half, self.coefficients + half])


def fit(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    effects: FixedEffects,
    cluster: ArrayLike | Groups | None,
    *,
    vcov: Vcov | None = None,
) -> LinearFit:
    r"""Least squares of y on x and fixed effects, β̂ = (x̃'Wx̃)⁻¹ x̃'Wỹ.

    Parameters
    ----------
    y : (N,) outcome.
    x : (N, k) regressors, or (N,).
    names : k names.
    effects : fixed effects; their weights, if any, are those of the regression.
    cluster : (N,) labels, or None for independent errors.
    vcov : "crv1" (as reghdfe and fixest: G/(G − 1) · (N − 1)/(N − K), t(G − 1)) or "crv3"
        (jackknife, t(G − 1)) with clusters; "iid" or "hc1" (both t(N − K)) without. Default:
        the first of each.

    Raises
    ------
    UserError
        If an input is not finite, outcome or regressor has no variation within the effects,
        regressors are collinear, there are fewer than two clusters, all rows are singletons, or
        N ≤ K.
    NotIdentified
        From ``crv3``, if a coefficient is not identified without one of the clusters.

    Notes
    -----
    Frisch and Waugh (1933, Econometrica 1(4)); Lovell (1963, JASA 58(304)).
    """
    groups = None if cluster is None else _clusters(cluster, effects.n)
    y, x = _matrix(y, ["outcome"], effects.n), _matrix(x, names, effects.n)
    if effects.n_singletons:
        return _fit_the_rest(y, x, names, effects, groups, vcov)
    root_w = np.ones(effects.n) if effects.weights is None else np.sqrt(effects.weights)
    within = _within(np.hstack([y, x]), ["outcome", *names], effects) * root_w[:, None]
    y_tilde, x_tilde = within[:, 0], within[:, 1:]
    k = len(names) + effects.nested_rank(groups)
    _check_df(effects.n, k)
    q, inverse_r = _orthonormal(x_tilde, names, effects)
    beta = inverse_r @ (q.T @ y_tilde)
    u_hat = y_tilde - x_tilde @ beta
    kind = _kind(vcov, groups)
    total = root_w * (y[:, 0] - np.average(y[:, 0], weights=effects.weights))
    return LinearFit(
        names=tuple(names),
        coefficients=beta,
        covariance=_covariance(kind, x_tilde, u_hat, inverse_r, groups, effects, names, k),
        residuals=u_hat / root_w,
        nobs=effects.n,
        n_clusters=None if groups is None else groups.count,
        df=effects.n - k if groups is None else groups.count - 1,
        k=k,
        r2=float(1 - u_hat @ u_hat / (total @ total)),
        r2_within=float(1 - u_hat @ u_hat / (y_tilde @ y_tilde)),
        singletons=effects.singletons,
        vcov=kind,
    )


def _fit_the_rest(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    effects: FixedEffects,
    groups: Groups | None,
    vcov: Vcov | None,
) -> LinearFit:
    """The fit without singletons, its residuals in the order of all rows."""
    kept = ~effects.singletons
    inner = None if groups is None else subset(groups, kept)
    result = fit(y[kept], x[kept], names, effects.without_singletons, inner, vcov=vcov)
    residuals = np.zeros(effects.n)
    residuals[kept] = result.residuals
    return replace(result, residuals=residuals, singletons=effects.singletons)


def _clusters(cluster: ArrayLike | Groups, n: int) -> Groups:
    """Codes of at least two clusters for n rows."""
    groups = encode(cluster, "cluster")
    if len(groups.codes) != n:
        raise UserError(f"'cluster' has {len(groups.codes)} rows, the effects have {n}")
    at_least_two(groups)
    return groups


def _within(x: np.ndarray, names: Sequence[str], effects: FixedEffects) -> np.ndarray:
    """Columns freed of the effects, none of them without variation."""
    x_tilde = effects.residualise(x)
    flat = no_variation(x, x_tilde)
    if flat.any():
        still = [name for name, is_flat in zip(names, flat, strict=True) if is_flat]
        raise Degenerate(
            f"{_listed(still)} {'has' if len(still) == 1 else 'have'} no variation within "
            f"{effects.description}; use another variable or fewer effects",
            "no_variation",
            variables=still,
            effects=effects.parts,
        )
    return x_tilde


def _listed(names: Sequence[str]) -> str:
    """Quoted names, the last after 'and'."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _check_df(n: int, k: int) -> None:
    """Refuse a regression without residual degrees of freedom."""
    if n <= k:
        raise Degenerate(
            f"{n} rows for {k} regressors and effects leave no degrees of freedom; "
            "use fewer regressors or effects",
            "no_degrees_of_freedom",
            rows=n,
            parameters=k,
        )


def _orthonormal(
    x_tilde: np.ndarray, names: Sequence[str], effects: FixedEffects
) -> tuple[np.ndarray, np.ndarray]:
    """Q with Q'Q = I and R⁻¹ with x̃R⁻¹ = Q, by pivoted QR of the columns scaled to length one."""
    k = x_tilde.shape[1]
    lengths = _lengths(x_tilde)
    q, r, pivot = linalg.qr(x_tilde / lengths, mode="economic", pivoting=True)
    rank = int(np.count_nonzero(np.abs(np.diag(r)) > TOLERANCE))
    if rank < k:
        share = linalg.solve_triangular(r[:rank, :rank], r[:rank, rank])
        members = {pivot[rank], *pivot[:rank][np.abs(share) > np.sqrt(TOLERANCE)]}
        together = [names[j] for j in sorted(members)]
        raise Degenerate(
            f"{_listed(together)} are collinear within {effects.description}; leave one out",
            "collinear",
            variables=together,
            effects=effects.parts,
        )
    inverse_r = np.empty((k, k))
    inverse_r[pivot] = linalg.solve_triangular(r, np.eye(k))
    return q, inverse_r / lengths[:, None]


def _kind(vcov: Vcov | None, groups: Groups | None) -> Vcov:
    """The covariance asked for, if it goes with the clusters."""
    allowed: tuple[Vcov, ...] = ("iid", "hc1") if groups is None else ("crv1", "crv3")
    kind = vcov or allowed[0]
    if kind not in allowed:
        where = "without" if groups is None else "with"
        raise UserError(f"'{kind}' is no covariance {where} clusters; use {' or '.join(allowed)}")
    return kind


def _covariance(
    kind: Vcov,
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    inverse_r: np.ndarray,
    groups: Groups | None,
    effects: FixedEffects,
    names: Sequence[str],
    k: int,
) -> np.ndarray:
    """Covariance of the coefficients by kind; k is K."""
    n = effects.n
    bread = inverse_r @ inverse_r.T
    if kind == "crv1":
        factor = small_sample_factor(n, k, groups.count)
        return crv1(x_tilde, u_hat, bread, groups, factor)
    if kind == "crv3":
        return crv3(x_tilde, u_hat, groups, effects.basis_outside(groups), names)
    if kind == "hc1":
        return crv1(x_tilde, u_hat, bread, Groups(np.arange(n), n), n / (n - k))
    return bread * (u_hat @ u_hat) / (n - k)


# --------------------------------------------------------------------------------------
# One regression per column
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BatchFit:
    """The treatment's coefficient in each of R regressions.

    Attributes
    ----------
    coefficients, std_errors, t : (R,).
    degenerate : (R,) bool, columns whose treatment or outcome has no variation within effects and
        controls, or whose coefficient and error are both exactly zero. The three other arrays are
        NaN there and nowhere else.
    df, k : as in ``LinearFit``; the same for all columns.
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    t: np.ndarray
    degenerate: np.ndarray
    df: int
    k: int

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided, from the t distribution with ``df`` degrees of freedom."""
        return 2 * special.stdtr(self.df, -np.abs(self.t))


def batch(
    y: ArrayLike,
    treatments: ArrayLike,
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    *,
    control_names: Sequence[str] | None = None,
) -> BatchFit:
    r"""R regressions of an outcome on one treatment, controls and effects, CRV1 errors.

    Each column gives what ``fit`` gives: β̂ = t̃'ỹ / t̃'t̃ with t̃, ỹ freed of effects and controls,
    error √(factor · Σ_g (Σ_{i∈g} t̃_i û_i)²) / t̃'t̃.

    Parameters
    ----------
    y : (N,) or (N, R) outcomes.
    treatments : (N,) or (N, R), any numeric type (bool takes an eighth of the memory). Column r of
        the outcomes goes with column r of the treatments; a single column goes with all.
    controls : (N, k) regressors shared by all columns, or None.
    effects : fixed effects; their weights, if any, are those of the regressions.
    cluster : (N,) labels.
    control_names : for messages.

    Raises
    ------
    UserError
        As ``fit``, except that a column without variation is flagged, not refused.
    """
    groups = _clusters(cluster, effects.n)
    outcomes = as_columns(y, effects.n, "outcome")
    draws = as_columns(treatments, effects.n, "treatment")
    if effects.n_singletons:
        kept = ~effects.singletons
        rest = None if controls is None else as_columns(controls, effects.n, "controls")[kept]
        return batch(
            outcomes[kept],
            draws[kept],
            rest,
            effects.without_singletons,
            subset(groups, kept),
            control_names=control_names,
        )
    r = max(outcomes.shape[1], draws.shape[1]) if outcomes.shape[1] and draws.shape[1] else 0
    if r and not {outcomes.shape[1], draws.shape[1]} <= {1, r}:
        raise UserError(
            f"{outcomes.shape[1]} outcomes and {draws.shape[1]} treatments do not pair; "
            "give one column or equally many"
        )
    q = _control_basis(controls, control_names, effects)
    k = 1 + q.shape[1] + effects.nested_rank(groups)
    _check_df(effects.n, k)
    factor = small_sample_factor(effects.n, k, groups.count)
    summing = indicator(groups)
    results = np.empty((3, r))
    flat = np.empty(r, dtype=bool)
    y_part, t_part = _Part(outcomes, "outcome", effects, q), _Part(draws, "treatment", effects, q)
    for block in _blocks(effects.n, r):
        y_tilde, y_flat = y_part.block(block)
        t_tilde, t_flat = t_part.block(block)
        flat[block] = y_flat | t_flat
        results[:, block] = _slopes(y_tilde, t_tilde, summing, factor)
    flat |= np.isnan(results[2])
    results[:, flat] = np.nan
    return BatchFit(*results, degenerate=flat, df=groups.count - 1, k=k)


def _control_basis(
    controls: ArrayLike | None, names: Sequence[str] | None, effects: FixedEffects
) -> np.ndarray:
    """Orthonormal basis of the controls within the effects, in the metric of the weights."""
    if controls is None:
        return np.empty((effects.n, 0))
    columns = as_columns(controls, effects.n, "controls")
    if columns.shape[1] == 0:
        return np.empty((effects.n, 0))
    names = names or [f"control {j + 1}" for j in range(columns.shape[1])]
    tilde = _within(_matrix(columns, names, effects.n), names, effects)
    if effects.weights is not None:
        tilde = tilde * np.sqrt(effects.weights)[:, None]
    return _orthonormal(tilde, names, effects)[0]


class _Part:
    """Outcomes or treatments, block by block freed of effects and controls."""

    def __init__(self, x: np.ndarray, name: str, effects: FixedEffects, q: np.ndarray) -> None:
        self.x, self.name, self.effects, self.q = x, name, effects, q
        self.single = self._free(slice(0, 1)) if x.shape[1] == 1 else None

    def block(self, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """(N, c) residuals times root weights and (c,) flags; c is 1 if there is one column."""
        return self.single or self._free(columns)

    def _free(self, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        names = [f"{self.name} {j + 1}" for j in range(columns.start, columns.stop)]
        x = _finite(self.x[:, columns], names)
        x_tilde = self.effects.residualise(x)
        flat = no_variation(x, x_tilde)
        if self.effects.weights is not None:
            x_tilde *= np.sqrt(self.effects.weights)[:, None]
        if self.q.shape[1]:
            before = _lengths(x_tilde)
            x_tilde -= self.q @ (self.q.T @ x_tilde)
            flat |= _lengths(x_tilde) <= TOLERANCE * before
        return x_tilde, flat


def _slopes(
    y_tilde: np.ndarray, t_tilde: np.ndarray, summing: sparse.csr_array, factor: float
) -> np.ndarray:
    """Coefficients, standard errors and t of each column of t̃ or ỹ, (3, c)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->j", t_tilde, t_tilde)
        beta = np.einsum("ij,ij->j", t_tilde, y_tilde) / squares
        scores = summing @ (t_tilde * (y_tilde - t_tilde * beta))
        std_errors = np.sqrt(factor * np.einsum("gj,gj->j", scores, scores)) / squares
        return np.stack([beta, std_errors, beta / std_errors])
