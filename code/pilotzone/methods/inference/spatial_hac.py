r"""Standard errors for errors that are dependent across units, and how many clusters count.

The covariances take the regression after the effects are projected out: ``x_tilde`` (N, k) freed of
them, ``u_hat`` (N,) the residuals and ``bread`` = (x̃'x̃)⁻¹, each in the metric of the weights if
there are weights. With scores s_it = x̃_it û_it both are

    V = factor · B (Σ_{it, jr} ω(it, jr) s_it s_jr') B

and they differ in ω. Where ω is not positive semi-definite V need not be one either, and then no
error is given.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import Groups, at_least_two, encode, indicator
from pilotzone.methods.inference.t_tests import StandardErrors

# A negative eigenvalue below this share of the largest is rounding.
NEGATIVE = 1e-10
# Squares of residuals below this share of their scale are rounding.
FLAT = 1e-18


@dataclass(frozen=True, eq=False)
class HacCovariance(StandardErrors):
    """A covariance of the coefficients and the distribution of their t statistics.

    Attributes
    ----------
    covariance : (k, k).
    kind : driscoll_kraay or conley.
    distribution, df : t with so many degrees of freedom.
    factor : small-sample factor that the covariance includes.
    lags : lags of serial correlation; None if all pairs of periods of a unit have weight one.
    cutoff_km : distance from which on units are independent; None for Driscoll-Kraay.
    """

    covariance: np.ndarray = field(repr=False)
    kind: Literal["driscoll_kraay", "conley"]
    distribution: Literal["t"]
    df: int
    factor: float
    lags: int | None
    cutoff_km: float | None


def default_lags(n_periods: int) -> int:
    """⌊4 (T/100)^(2/9)⌋, the usual choice for the Bartlett kernel: 2 for 10 periods.

    Newey and West (1994, Review of Economic Studies 61(4)).
    """
    return int(4 * (n_periods / 100) ** (2 / 9))


def driscoll_kraay(
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    bread: np.ndarray,
    period: ArrayLike,
    lags: int,
    factor: float,
) -> HacCovariance:
    r"""Covariance robust to any dependence across units and to serial correlation up to ``lags``.

    V = factor · B (Σ_t Σ_r w(t − r) h_t h_r') B with h_t = Σ_i s_it and the Bartlett weight
    w(l) = max(0, 1 − |l|/(lags + 1)). The periods are the observations: t has T − 1 degrees of
    freedom, and the theory is for many of them (about 20 are usually asked for).
    Driscoll and Kraay (1998, Review of Economics and Statistics 80(4)); Hoechle (2007, Stata
    Journal 7(3)) for the degrees of freedom.

    Parameters
    ----------
    x_tilde, u_hat, bread : see the module.
    period : (N,) whole numbers; l is their difference, so that a missing year counts as a lag.
    lags : 0 … T − 1. The ``bandwidth`` of linearmodels is the same number.
    factor : with K regressors and effects, none of them left out because it is nested,
        N/(N − K) is what linearmodels has in ``cov_type="kernel"`` with ``debiased=True``, and
        T/(T − 1) · (N − 1)/(N − K), ``small_sample_factor`` of T clusters, what pyfixest has in
        ``vcov="DK"``. Errors convert by the root of the ratio of the factors.

    Raises UserError if periods are not whole numbers or lags are not below T.
    """
    groups, times = _periods(period)
    if not 0 <= lags < groups.count:
        raise UserError(
            f"{lags} lags for {groups.count} periods; use 0 to {groups.count - 1}, such as "
            f"{default_lags(groups.count)}"
        )
    sums = indicator(groups) @ (x_tilde * u_hat[:, None])
    meat = sums.T @ _bartlett(times[:, None] - times, lags + 1) @ sums
    covariance = _covariance(bread, meat, factor)
    return HacCovariance(covariance, "driscoll_kraay", "t", groups.count - 1, factor, lags, None)


def conley(
    x_tilde: np.ndarray,
    u_hat: np.ndarray,
    bread: np.ndarray,
    unit: ArrayLike,
    period: ArrayLike,
    distance: ArrayLike,
    distance_units: ArrayLike,
    cutoff_km: float,
    factor: float,
    *,
    lags: int | None = None,
) -> HacCovariance:
    r"""Covariance robust to dependence of near units in a period and of a unit over time.

    ω(it, jr) = max(0, 1 − d_ij/cutoff) for t = r, the Bartlett kernel in distance; for i = j and
    t ≠ r it is 1 (``lags=None``: own serial correlation is kept in full, as in clusters by unit) or
    max(0, 1 − |t − r|/(lags + 1)); else 0. With a cut-off below the smallest distance and
    ``lags=None`` it is the CRV1 covariance by unit, whose factor and t(G − 1), G units, it keeps.
    Conley (1999, Journal of Econometrics 92(1)); Hsiang (2010, PNAS 107(35)) for panels.

    Parameters
    ----------
    x_tilde, u_hat, bread : see the module.
    unit, period : (N,) labels; periods are whole numbers.
    distance, distance_units : (G, G) symmetric distances in km, zero on the diagonal, and the (G,)
        labels of its rows, the units of the panel in any order.
    cutoff_km, lags : limits of the two kernels.
    factor : G/(G − 1) · (N − 1)/(N − K), see ``small_sample_factor``.

    Raises
    ------
    NotIdentified : if the covariance is not positive semi-definite: the Bartlett kernel is a
        covariance function on a line, not on a map, and nothing keeps the sum of the spatial and
        the serial part positive.
    UserError : if an argument is not as described.
    """
    if not cutoff_km > 0:
        raise UserError(f"the cut-off is {cutoff_km} km; give a positive distance")
    if lags is not None and lags < 0:
        raise UserError(f"{lags} lags; use 0 or more, or None for all")
    units = encode(unit, "unit")
    at_least_two(units)
    periods, times = _periods(period)
    nearness = _nearness(unit, units, distance, distance_units, cutoff_km)
    k = x_tilde.shape[1]
    scores = np.zeros((units.count, periods.count, k))
    np.add.at(scores, (units.codes, periods.codes), x_tilde * u_hat[:, None])
    near = (nearness @ scores.reshape(units.count, -1)).reshape(scores.shape)
    gaps = times[:, None] - times
    serial = np.ones(gaps.shape) if lags is None else _bartlett(gaps, lags + 1)
    np.fill_diagonal(serial, 0.0)
    meat = np.einsum("itk,itl->kl", scores, near + np.einsum("tr,irl->itl", serial, scores))
    covariance = _covariance(bread, meat, factor)
    return HacCovariance(covariance, "conley", "t", units.count - 1, factor, lags, cutoff_km)


def effective_clusters(x_tilde_j: np.ndarray, cluster: ArrayLike | Groups, rho: float) -> float:
    r"""Number of equal clusters that would give the t statistic the same precision, G* ≤ G.

    G* = G / (1 + Γ),  Γ = (1/G) Σ_g (γ_g − γ̄)² / γ̄²,
    γ_g = (1 − ρ) Σ_{i∈g} x̃_i² + ρ (Σ_{i∈g} x̃_i)²

    where x̃ is regressor j freed of effects and of all other regressors, and the errors of a
    cluster are supposed to have correlation ρ. The value does not depend on the scale of x̃.
    Carter, Schnepel and Steigerwald (2017, Review of Economics and Statistics 99(4)), the feasible
    G*.

    Parameters
    ----------
    x_tilde_j : (N,).
    cluster : (N,) labels.
    rho : ρ in [0, 1]. ρ = 1 is the worst case of the paper. With effects of the clusters x̃ sums to
        zero in each and the worst case does not exist; ρ = 0 is used, since such effects remove a
        common correlation (MacKinnon, Nielsen and Webb 2023, Stata Journal 23(4)).

    Raises
    ------
    NotIdentified : if ρ = 1 and x̃ sums to zero in every cluster.
    UserError : if ρ is outside [0, 1], x̃ is zero or there is one cluster.
    """
    if not 0 <= rho <= 1:
        raise UserError(f"rho is {rho}; give a correlation from 0 to 1")
    groups = encode(cluster, "cluster")
    at_least_two(groups)
    summing = indicator(groups)
    squares = summing @ x_tilde_j**2
    if not squares.sum() > 0:
        raise UserError("the regressor has no variation within effects and other regressors")
    gamma = (1 - rho) * squares + rho * (summing @ x_tilde_j) ** 2
    if gamma.sum() <= FLAT * len(x_tilde_j) * squares.sum():
        raise NotIdentified("no_worst_case")
    return float(gamma.sum() ** 2 / (gamma @ gamma))


def _bartlett(distance: np.ndarray, cutoff: float) -> np.ndarray:
    """Weights that fall from one at zero to zero at the cut-off."""
    return np.maximum(0.0, 1.0 - np.abs(distance) / cutoff)


def _periods(period: ArrayLike) -> tuple[Groups, np.ndarray]:
    """Codes of the periods in order, and their numbers (T,)."""
    period = np.asarray(period)
    numeric = period.dtype.kind in "iuf" and np.isfinite(period).all()
    if not numeric or np.any(period != np.round(period)):
        raise UserError("periods must be whole numbers, as lags are their differences")
    times, codes = np.unique(period, return_inverse=True)
    return Groups(codes, len(times)), times.astype(float)


def _nearness(
    unit: ArrayLike, units: Groups, distance: ArrayLike, distance_units: ArrayLike, cutoff_km: float
) -> np.ndarray:
    """Kernel weights (G, G) in the order of the codes of the units."""
    distance, labels = np.asarray(distance, dtype=float), np.asarray(distance_units)
    if distance.shape != (len(labels), len(labels)):
        raise UserError(f"the distances have shape {distance.shape} for {len(labels)} units")
    if not (
        np.allclose(distance, distance.T) and np.all(np.diag(distance) == 0) and distance.min() >= 0
    ):
        raise UserError("distances must be symmetric, not negative and zero on the diagonal")
    panel = np.empty(units.count, dtype=np.asarray(unit).dtype)
    panel[units.codes] = np.asarray(unit)
    place = {label: i for i, label in enumerate(labels.tolist())}
    if len(place) != len(labels) or set(place) != set(panel.tolist()):
        raise UserError(
            f"the distances are for {len(labels)} units, the panel has {units.count}, and they are "
            "not the same; cut the matrix to the units of the sample"
        )
    order = [place[label] for label in panel.tolist()]
    return _bartlett(distance[np.ix_(order, order)], cutoff_km)


def _covariance(bread: np.ndarray, meat: np.ndarray, factor: float) -> np.ndarray:
    """factor · B meat B, refused if it is no covariance: eigenvalues are compared after scaling."""
    covariance = factor * bread @ ((meat + meat.T) / 2) @ bread
    covariance = (covariance + covariance.T) / 2
    scale = 1 / np.sqrt(np.diag(bread))
    values = np.linalg.eigvalsh(covariance * np.outer(scale, scale))
    if values[0] < -NEGATIVE * np.abs(values).max():
        raise NotIdentified("indefinite_covariance", smallest=np.linalg.eigvalsh(covariance)[0])
    return covariance
