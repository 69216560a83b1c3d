r"""Least squares with many fixed effects.

The model is y = Xβ + Dα + ε with D the dummies of the fixed effects, and trends if asked. By
Frisch and Waugh (1933), Lovell (1963), β̂ is the regression of (I − P)y on (I − P)X, where P
projects on D. P is factorised once (``effects.FixedEffects``) and used for any number of columns:
here for one regression, in ``batch`` for one per column of treatments or outcomes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import (
    TOLERANCE,
    Clusters,
    Crossed,
    Degenerate,
    Groups,
    at_least_two,
    clusters_of,
    crv1,
    crv3,
    small_sample_factor,
    subset,
)
from pilotzone.methods.inference.columns import (
    column_lengths,
    dependent,
    listed,
    matrix,
    no_variation,
)
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.t_tests import TTests

Vcov = Literal["crv1", "crv3", "iid", "hc1"]


@dataclass(frozen=True)
class LinearFit(TTests):
    """Coefficients of one regression and how they were obtained.

    Attributes
    ----------
    names : regressors, in the order of the coefficients.
    coefficients, covariance : (k,) and (k, k).
    residuals : (N,), not multiplied by the weights, zero for singletons.
    nobs, n_clusters : rows and clusters without singletons, N and G (None without clusters; of
        two crossed sets the smaller G).
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


def fit(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    effects: FixedEffects,
    cluster: ArrayLike | Clusters | None,
    *,
    vcov: Vcov | None = None,
) -> LinearFit:
    r"""Least squares of y on x and fixed effects, β̂ = (x̃'Wx̃)⁻¹ x̃'Wỹ.

    Frisch and Waugh (1933, Econometrica 1(4)); Lovell (1963, JASA 58(304)).

    Parameters
    ----------
    y : (N,) outcome.
    x : (N, k) regressors, or (N,).
    names : k names.
    effects : fixed effects; their weights, if any, are those of the regression.
    cluster : (N,) labels, two crossed sets (crv1 alone; G is the smaller, as in fixest), or None
        for independent errors.
    vcov : "crv1" (as reghdfe and fixest: G/(G − 1) · (N − 1)/(N − K), t(G − 1)) or "crv3"
        (jackknife, t(G − 1)) with clusters; "iid" or "hc1" (both t(N − K)) without. Default:
        the first of each.

    Raises
    ------
    UserError : if an input is not finite, outcome or regressor has no variation within the effects,
        regressors are collinear, there are fewer than two clusters, all rows are singletons, or N ≤
        K.
    NotIdentified : from ``crv3``, if a coefficient is not identified without one of the clusters;
        from ``crv1``, if crossed clusters leave one without a positive variance.
    """
    groups = None if cluster is None else clusters(cluster, effects.n)
    y, x = matrix(y, ["outcome"], effects.n), matrix(x, names, effects.n)
    if effects.n_singletons:
        return _fit_the_rest(y, x, names, effects, groups, vcov)
    root_w = effects.root_weights
    within = within_effects(np.hstack([y, x]), ["outcome", *names], effects) * root_w[:, None]
    y_tilde, x_tilde = within[:, 0], within[:, 1:]
    k = len(names) + effects.nested_rank(groups)
    check_df(effects.n, k)
    q, inverse_r = orthonormal(x_tilde, names, effects)
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


def identified_fit(
    y: ArrayLike, x: ArrayLike, names: Sequence[str], effects: FixedEffects, cluster: ArrayLike
) -> LinearFit:
    """Least squares on checked arrays; what it cannot separate is not identified.

    Raises NotIdentified wherever ``fit`` finds its input degenerate.
    """
    with as_finding():
        return fit(y, x, names, effects, cluster)


@contextmanager
def as_finding() -> Iterator[None]:
    """What is degenerate within is not identified: raises NotIdentified in its place."""
    try:
        yield
    except Degenerate as error:
        raise NotIdentified(error.reason.code, **error.reason.facts) from error


def _fit_the_rest(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    effects: FixedEffects,
    groups: Clusters | None,
    vcov: Vcov | None,
) -> LinearFit:
    """The fit without singletons, its residuals in the order of all rows."""
    kept = ~effects.singletons
    inner = None if groups is None else subset(groups, kept)
    result = fit(y[kept], x[kept], names, effects.without_singletons, inner, vcov=vcov)
    residuals = np.zeros(effects.n)
    residuals[kept] = result.residuals
    return replace(result, residuals=residuals, singletons=effects.singletons)


def variance_share(d: ArrayLike, effects: FixedEffects, members: ArrayLike) -> float:
    r"""Share, in [0, 1], of a treatment's variation within the effects that some rows hold.

    Σ_{i∈members} w_i d̃_i² / Σ_i w_i d̃_i², with d̃ the residual of d (N,) on the effects and w
    their weights.
    β̂ weights each row's outcome by d̃_i, so it says whose data the estimate rests on.

    Raises UserError if d has no variation within the effects, or members is no mask (N,) of the
    rows.
    """
    mask, d = np.asarray(members), np.asarray(d, dtype=float)
    if mask.dtype != bool or mask.shape != (effects.n,):
        raise UserError(f"members must be {effects.n} values true or false, one per row")
    d_tilde = effects.residualise(d)
    if no_variation(d[:, None], d_tilde[:, None]).any():
        raise UserError(f"the treatment has no variation within {effects.description}")
    squares = d_tilde**2 if effects.weights is None else effects.weights * d_tilde**2
    return float(squares[mask].sum() / squares.sum())


def clusters(cluster: ArrayLike | Clusters, n: int) -> Clusters:
    """Codes of at least two clusters for n rows."""
    groups = clusters_of(cluster)
    if len(groups.codes) != n:
        raise UserError(f"'cluster' has {len(groups.codes)} rows, the effects have {n}")
    at_least_two(groups)
    return groups


def within_effects(x: np.ndarray, names: Sequence[str], effects: FixedEffects) -> np.ndarray:
    """Columns freed of the effects, none of them without variation."""
    x_tilde = effects.residualise(x)
    flat = no_variation(x, x_tilde)
    if flat.any():
        still = [name for name, is_flat in zip(names, flat, strict=True) if is_flat]
        raise Degenerate(
            f"{listed(still)} {'has' if len(still) == 1 else 'have'} no variation within "
            f"{effects.description}; use another variable or fewer effects",
            "no_variation",
            variables=still,
            effects=effects.parts,
        )
    return x_tilde


def check_df(n: int, k: int) -> None:
    """Refuse a regression without residual degrees of freedom."""
    if n <= k:
        raise Degenerate(
            f"{n} rows for {k} regressors and effects leave no degrees of freedom; "
            "use fewer regressors or effects",
            "no_degrees_of_freedom",
            rows=n,
            parameters=k,
        )


def orthonormal(
    x_tilde: np.ndarray, names: Sequence[str], effects: FixedEffects
) -> tuple[np.ndarray, np.ndarray]:
    """Q with Q'Q = I and R⁻¹ with x̃R⁻¹ = Q, by pivoted QR of the columns scaled to length one."""
    k = x_tilde.shape[1]
    lengths = column_lengths(x_tilde)
    q, r, pivot = linalg.qr(x_tilde / lengths, mode="economic", pivoting=True)
    rank = int(np.count_nonzero(np.abs(np.diag(r)) > TOLERANCE))
    if rank < k:
        together = [names[j] for j in dependent(r, pivot, rank)]
        raise Degenerate(
            f"{listed(together)} are collinear within {effects.description}; leave one out",
            "collinear",
            variables=together,
            effects=effects.parts,
        )
    inverse_r = np.empty((k, k))
    inverse_r[pivot] = linalg.solve_triangular(r, np.eye(k))
    return q, inverse_r / lengths[:, None]


def _kind(vcov: Vcov | None, groups: Clusters | None) -> Vcov:
    """The covariance asked for, if it goes with the clusters."""
    allowed: tuple[Vcov, ...] = ("iid", "hc1") if groups is None else ("crv1", "crv3")
    kind = vcov or allowed[0]
    if kind == "crv3" and isinstance(groups, Crossed):
        raise UserError("the jackknife (crv3) takes one set of clusters, not two; use crv1")
    if kind not in allowed:
        where = "without" if groups is None else "with"
        raise UserError(f"'{kind}' is no covariance {where} clusters; use {' or '.join(allowed)}")
    return kind


def _covariance(
    kind: Vcov,
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    inverse_r: np.ndarray,
    groups: Clusters | None,
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
