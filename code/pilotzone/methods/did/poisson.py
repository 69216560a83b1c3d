r"""Poisson pseudo maximum likelihood with many fixed effects: zeros are kept.

E(y_it) = exp(x_it'β + α_i + λ_t), whatever the distribution of a y that is nowhere negative. It
asks for parallel trends of ratios without the logarithm of a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, special

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import (
    Groups,
    clusters_of,
    crv1,
    small_sample_factor,
    subset,
)
from pilotzone.methods.inference.columns import matrix
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import check_df, clusters, orthonormal, within_effects
from pilotzone.methods.inference.t_tests import TTests

# Iterations end when the deviance moves by less than this share; they converge quadratically, so
# the step before it was at its square root.
CONVERGED, MOST_ITERATIONS = 1e-13, 200
# The share of a bound by which a row of the linear programme counts as separated.
SEPARATED = 0.5


@dataclass(frozen=True)
class PoissonFit(TTests):
    """Coefficients of a Poisson regression and how they were obtained.

    Attributes
    ----------
    names : regressors, in the order of the coefficients, semi-elasticities.
    coefficients, covariance : (k,) and (k, k).
    fitted : (N,) means; zero for separated rows, NaN for singletons.
    nobs, n_clusters, df, k : of the rows used; t has G − 1 degrees of freedom.
    deviance, loglik : of the rows used.
    iterations : of reweighted least squares.
    separated : (N,) bool, rows of zeros that the model fits exactly and that have no finite effect.
    singletons : (N,) bool, rows that the effects fit exactly.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray = field(repr=False)
    nobs: int
    n_clusters: int
    df: int
    k: int
    deviance: float
    loglik: float
    iterations: int
    separated: np.ndarray = field(repr=False)
    singletons: np.ndarray = field(repr=False)

    @property
    def n_separated(self) -> int:
        """Number of separated rows left out."""
        return int(np.count_nonzero(self.separated))

    @property
    def n_singletons(self) -> int:
        """Number of singletons left out."""
        return int(np.count_nonzero(self.singletons))

    @property
    def left_out(self) -> np.ndarray:
        """(N,) bool: rows that are not used."""
        return self.separated | self.singletons


def poisson_fit(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    effects: FixedEffects,
    cluster: ArrayLike,
) -> PoissonFit:
    r"""Pseudo maximum likelihood of E(y) = exp(xβ + Dα), by reweighted least squares.

    Gourieroux, Monfort and Trognon (1984, Econometrica 52(3)); Santos Silva and Tenreyro (2006,
    Review of Economics and Statistics 88(4)). Rows of zeros along which the likelihood rises for
    ever are left out, which changes no finite coefficient (Correia, Guimarães and Zylkin 2021,
    "Verifying the existence of maximum likelihood estimates for generalized linear models").

    Parameters
    ----------
    y : (N,) outcome, zero or more; counts or not.
    x : (N, k) regressors, or (N,).
    names : k names.
    effects : fixed effects without weights.
    cluster : (N,) labels; errors have the factor G/(G − 1) · (N − 1)/(N − K) of ``fwl.fit``, as in
        fixest, and t(G − 1).

    Raises
    ------
    UserError : if an outcome is negative, an input not finite, a regressor has no variation within
        the effects or is collinear, or there are fewer than two clusters or no degrees of freedom.
    NotIdentified : if the outcome is zero in all rows, or the iterations do not converge.
    """
    groups = clusters(cluster, effects.n)
    y, x = matrix(y, ["outcome"], effects.n)[:, 0], matrix(x, names, effects.n)
    if (y < 0).any():
        raise UserError(
            f"the outcome of a Poisson regression is zero or more; it is negative in "
            f"{int((y < 0).sum())} rows, {y.min():g} at the lowest; use least squares"
        )
    separated, alone = _without_finite_effects(y, x, effects)
    kept = ~(separated | alone)
    if not kept.any():
        raise NotIdentified("poisson_all_zero", rows=len(y))
    inner = subset(clusters_of(groups), kept)
    at = _Rows(y[kept], x[kept], _only(effects, kept))
    beta, mu, iterations = _maximum(at, names)
    weighted = at.weighted(mu)
    x_tilde = within_effects(at.x, names, weighted) * np.sqrt(mu)[:, None]
    _, inverse_r = orthonormal(x_tilde, names, weighted)
    k = len(names) + at.effects.nested_rank(inner)
    check_df(len(at.y), k)
    factor = small_sample_factor(len(at.y), k, inner.count)
    u_hat = (at.y - mu) / np.sqrt(mu)
    fitted = np.where(separated, 0.0, np.nan)
    fitted[kept] = mu
    return PoissonFit(
        names=tuple(names),
        coefficients=beta,
        covariance=crv1(x_tilde, u_hat, inverse_r @ inverse_r.T, inner, factor),
        fitted=fitted,
        nobs=len(at.y),
        n_clusters=inner.count,
        df=inner.count - 1,
        k=k,
        deviance=_deviance(at.y, mu),
        loglik=float(np.sum(special.xlogy(at.y, mu) - mu - special.gammaln(at.y + 1))),
        iterations=iterations,
        separated=separated,
        singletons=alone,
    )


@dataclass(frozen=True)
class _Rows:
    """The rows that are used."""

    y: np.ndarray
    x: np.ndarray
    effects: FixedEffects

    def weighted(self, mu: np.ndarray) -> FixedEffects:
        """The effects under the weights of a step."""
        return FixedEffects(self.effects.factors, self.effects.slopes, mu, self.effects.names)


def _maximum(at: _Rows, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray, int]:
    """Coefficients, means and the number of steps."""
    mu = (at.y + at.y.mean()) / 2
    eta, before = np.log(mu), np.inf
    for step in range(1, MOST_ITERATIONS + 1):
        effects = at.weighted(mu)
        z = eta + (at.y - mu) / mu
        root_w = np.sqrt(mu)[:, None]
        within = within_effects(at.x, names, effects)
        q, inverse_r = orthonormal(within * root_w, names, effects)
        z_tilde = effects.residualise(z)
        beta = inverse_r @ (q.T @ (z_tilde * root_w[:, 0]))
        eta = z - (z_tilde - within @ beta)
        mu = np.exp(eta)
        if not np.isfinite(mu).all() or (mu <= 0).any():
            break
        deviance = _deviance(at.y, mu)
        if abs(deviance - before) <= CONVERGED * (abs(deviance) + at.y.mean()):
            return beta, mu, step
        before = deviance
    raise NotIdentified("poisson_diverges", iterations=step)


def _deviance(y: np.ndarray, mu: np.ndarray) -> float:
    """2 Σ (y ln(y/μ) − (y − μ))."""
    return float(2 * np.sum(special.xlogy(y, y / mu) - (y - mu)))


def _only(effects: FixedEffects, kept: np.ndarray) -> FixedEffects:
    """The effects of some rows."""
    return FixedEffects(
        [factor.codes[kept] for factor in effects.factors],
        [(labels.codes[kept], z[kept]) for labels, z in effects.slopes],
        names=effects.names,
        n=int(kept.sum()),
    )


def _without_finite_effects(
    y: np.ndarray, x: np.ndarray, effects: FixedEffects
) -> tuple[np.ndarray, np.ndarray]:
    """Separated rows and singletons, (N,) each, found in turn until there is none left."""
    separated, alone = np.zeros(len(y), dtype=bool), np.zeros(len(y), dtype=bool)
    while True:
        kept = np.flatnonzero(~(separated | alone))
        if not len(kept) or not y[kept].any():
            separated[kept] = True
            return separated, alone
        rest = _only(effects, ~(separated | alone))
        fitted = _levels_of_zeros(y[kept], rest.factors)
        if not fitted.any():
            fitted = _separated(y[kept], x[kept], rest)
        separated[kept[fitted]] = True
        single = rest.singletons & ~fitted
        alone[kept[single]] = True
        if not fitted.any() and not single.any():
            return separated, alone


def _levels_of_zeros(y: np.ndarray, factors: Sequence[Groups]) -> np.ndarray:
    """(N,) bool: rows of a level whose outcomes are all zero."""
    found = np.zeros(len(y), dtype=bool)
    for factor in factors:
        found |= (np.bincount(factor.codes, weights=y, minlength=factor.count) == 0)[factor.codes]
    return found


def _separated(y: np.ndarray, x: np.ndarray, effects: FixedEffects) -> np.ndarray:
    r"""(N,) bool: zeros that some direction of the model drives to −∞ and moves no positive row.

    max Σ t_i over γ and t, with t_i ≤ z_i, 0 ≤ t_i ≤ 1, z = −(x, D)γ, z_i ≥ 0 where y_i = 0 and
    z_i = 0 elsewhere; what is separated has t_i = 1, since directions may be added and stretched.
    """
    from scipy.optimize import linprog

    zero = y == 0
    if not zero.any():
        return zero
    design = _design(x, effects)
    n_zero, width = int(zero.sum()), design.shape[1]
    found = linprog(
        np.concatenate([np.zeros(width), -np.ones(n_zero)]),
        A_ub=sparse.hstack([design[zero], sparse.eye_array(n_zero)]).tocsr(),
        b_ub=np.zeros(n_zero),
        A_eq=sparse.hstack([design[~zero], sparse.csr_array((int((~zero).sum()), n_zero))]).tocsr(),
        b_eq=np.zeros(int((~zero).sum())),
        bounds=[(None, None)] * width + [(0, 1)] * n_zero,
        method="highs",
    )
    out = np.zeros(len(y), dtype=bool)
    if found.status == 0:
        out[zero] = found.x[width:] > SEPARATED
    return out


def _design(x: np.ndarray, effects: FixedEffects) -> sparse.csr_array:
    """Regressors, in units of their spread, and dummies and slopes, (N, k + q)."""
    n = len(x)
    spread = np.abs(x - x.mean(axis=0)).max(axis=0)
    parts = [sparse.csr_array((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0))]
    rows = np.arange(n)
    for factor in effects.factors or [Groups(np.zeros(n, dtype=int), 1)]:
        parts.append(sparse.csr_array((np.ones(n), (rows, factor.codes)), (n, factor.count)))
    for labels, z in effects.slopes:
        scaled = (z - z.mean()) / (np.abs(z - z.mean()).max() or 1.0)
        parts.append(sparse.csr_array((scaled, (rows, labels.codes)), (n, labels.count)))
    return sparse.hstack(parts).tocsr()
