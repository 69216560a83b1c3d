"""Exact maximum likelihood for spatial panels with fixed effects.

The family, for period t with n units, W row-normalised and d_t the vector of effects:

    y_t = rho W y_t + X_t beta + W X_t theta + d_t + u_t,    u_t = lambda W u_t + e_t

with e_t independent N(0, sigma2). A model says which of the three lags it has:

    ======  =====  =====  =========
    model   W y    W X    W u
    ======  =====  =====  =========
    ols     no     no     no
    slx     no     yes    no
    sar     yes    no     no
    sdm     yes    yes    no
    sem     no     no     yes
    sdem    no     yes    yes
    ======  =====  =====  =========

The effects are removed after the lag is taken, which is the likelihood with a dummy per unit and
period. Write M for that projection (row-normalised W gives M W = M W M) and r for the one spatial
parameter. Then, with S(r) the smallest sum of squares of M e over (beta, theta),

    L(r) = -N/2 (ln 2 pi + 1 + ln S(r)/N) + m ln|I - r W|,    N = n T, m = T

is a function of one number; ln|I - r W| = sum_i ln(1 - r lambda_i) over the eigenvalues of W.

Sources: Ord (1975), Anselin (1988), Elhorst (2003, 2014), Lee and Yu (2010).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import special

from pilotzone.errors import UserError
from pilotzone.space.weights import SpatialWeights, name_some


@dataclass(frozen=True)
class Structure:
    """Which lags a model has: of the outcome, of the regressors, of the error."""

    lag_y: bool = False
    lag_x: bool = False
    lag_error: bool = False


MODELS = {
    "ols": Structure(),
    "slx": Structure(lag_x=True),
    "sar": Structure(lag_y=True),
    "sdm": Structure(lag_y=True, lag_x=True),
    "sem": Structure(lag_error=True),
    "sdem": Structure(lag_x=True, lag_error=True),
}
EFFECTS = ("two_way", "unit", "period", "none")

# The common factor restriction theta = -rho beta turns SDM into SEM, so that pair is nested too.
_NESTED_IN = {
    "ols": {"slx", "sar", "sdm", "sem", "sdem"},
    "slx": {"sdm", "sdem"},
    "sar": {"sdm"},
    "sem": {"sdm", "sdem"},
    "sdm": set(),
    "sdem": set(),
}

# A column that keeps less than this share of its length next to the effects or to the columns
# before it is not told apart from rounding in data of 12 significant digits.
_COLLINEAR = 1e-8

# The search covers the stable interval without this share of its width at either end.
_EDGE = 1e-6
_GRID = 64
_STEP = 1e-12
_MAX_STEPS = 100


@dataclass(frozen=True)
class StackedPanel:
    """A balanced panel as arrays by period and unit, units in the order of the weights.

    Attributes
    ----------
    y : ndarray (T, n)
    x : ndarray (k, T, n)
    names : tuple of str, length k
    units : tuple of str, length n
    periods : ndarray (T,)
    """

    y: np.ndarray
    x: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...]
    periods: np.ndarray


@dataclass(frozen=True, eq=False)
class SpatialFit:
    """Result of a spatial panel fit.

    Attributes
    ----------
    model, effects, lee_yu, weights
        What was fitted; ``weights`` is the id of the matrix.
    x_names : tuple of str, length k
        The regressors as given.
    names : tuple of str, length K
        ``x_names``, then ``W:x`` for each, then ``rho`` or ``lambda``, as the model has them.
    coefficients : ndarray (K,)
    covariance : ndarray (K, K)
        Inverse expected information of (coefficients, sigma2), without the row of sigma2.
    sigma2 : float
        e'e/(nT); with ``lee_yu`` e'e over the observations that the transformation leaves.
    loglik : float
        With its constant.
    residuals : ndarray (T, n)
        e_t, freed of the effects; columns in the order of ``units``.
    nobs, n_units, n_periods : int
        nobs = n T, also with ``lee_yu``.
    r2 : float
        Squared correlation of y with its reduced-form prediction, effects included: y without
        (I - rho W)^-1 (I - lambda W)^-1 e.
    r2_within : float
        The same after the effects are removed from both.
    units : tuple of str, length n
    periods : ndarray (T,)
    """

    model: str
    effects: str
    lee_yu: bool
    weights: str
    x_names: tuple[str, ...]
    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    sigma2: float
    loglik: float
    residuals: np.ndarray
    nobs: int
    n_units: int
    n_periods: int
    r2: float
    r2_within: float
    units: tuple[str, ...]
    periods: np.ndarray

    @property
    def std_errors(self) -> np.ndarray:
        """Standard errors (K,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def z(self) -> np.ndarray:
        """Coefficients over their standard errors (K,)."""
        return self.coefficients / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (K,) from the normal distribution."""
        return normal_p_values(self.z)

    @property
    def rho(self) -> float:
        """Coefficient of W y; nan if the model has none."""
        return self._named("rho")

    @property
    def lam(self) -> float:
        """Coefficient of W u, the spatial error; nan if the model has none."""
        return self._named("lambda")

    def _named(self, name: str) -> float:
        return float(self.coefficients[-1]) if self.names[-1] == name else float("nan")


def normal_p_values(z: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of standard normal statistics ``z``."""
    return special.erfc(np.abs(z) / np.sqrt(2.0))


def fit_spatial(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SpatialWeights,
    *,
    model: str = "sar",
    effects: str = "two_way",
    lee_yu: bool = False,
) -> SpatialFit:
    """Fit a spatial panel model by exact maximum likelihood on long data.

    Rows may come in any order: they meet the weights by unit code. The equations are those of
    :func:`fit_stacked`.

    Parameters
    ----------
    y : ndarray (N,)
        Outcome.
    x : ndarray (N, k)
        Regressors, without constant and without spatial lags.
    names : sequence of str, length k
        Names of the regressors.
    unit, period : ndarray (N,)
        Unit codes (compared as text) and periods.
    weights : SpatialWeights
        Matrix of the same units.
    model, effects, lee_yu
        See :func:`fit_stacked`.

    Raises
    ------
    UserError
        See :func:`stack_panel` and :func:`fit_stacked`.
    """
    panel = stack_panel(y, x, names, unit, period, weights)
    return fit_stacked(panel, weights, model=model, effects=effects, lee_yu=lee_yu)


def stack_panel(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SpatialWeights,
) -> StackedPanel:
    """Bring long data into arrays by period and unit, in the order of the weights.

    Parameters
    ----------
    y, x, names, unit, period, weights
        See :func:`fit_spatial`.

    Raises
    ------
    UserError
        If the units of the data and of the weights differ, a row is missing or there twice, a
        value is not finite, or lengths or names do not fit; row and column are named.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    names = _check_shapes(y, x, names, unit, period)
    codes = np.asarray(unit).astype(str)
    periods, when = np.unique(np.asarray(period), return_inverse=True)
    distinct, which = np.unique(codes, return_inverse=True)
    weights.require_same_units(distinct.tolist())
    place = {label: i for i, label in enumerate(weights.labels)}
    where = np.array([place[code] for code in distinct.tolist()])[which]
    n, t = len(weights.labels), len(periods)
    cell = when * n + where
    _check_balance(np.bincount(cell, minlength=n * t), weights.labels, periods)
    _check_finite(y, x, names, codes, np.asarray(period))
    row = np.empty(n * t, dtype=int)
    row[cell] = np.arange(n * t)
    return StackedPanel(
        y[row].reshape(t, n), x.T[:, row].reshape(-1, t, n), names, weights.labels, periods
    )


def fit_stacked(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sar",
    effects: str = "two_way",
    lee_yu: bool = False,
) -> SpatialFit:
    """Fit a spatial panel model by exact maximum likelihood on a stacked panel.

    The spatial parameter maximises the concentrated likelihood L(r) of the module's head over the
    interval on which I - r W is regular. Standard errors come from the expected information of
    (beta, theta, r, sigma2). For a lag of y, with G = W (I - rho W)^-1 and Z = (X, W X):

        I = | Z'MZ/s2       Z'MGZb/s2                              0          |
            | .             m tr(G'G + GG) + (GZb)'M(GZb)/s2       m tr(G)/s2 |
            | .             .                                      N/(2 s2^2) |

    For a lag of the error, Z is replaced by (I - lambda W) Z and the terms in Zb vanish.

    With ``lee_yu`` the effects are removed by the orthonormal transformation of Lee and Yu (2010),
    which has no incidental parameters in sigma2: unit effects cost one period (m = T - 1), period
    effects one unit, with the eigenvalue 1 of W, and N is what remains, (n-1)(T-1) for both. The
    traces are then those of JG, J = I - 11'/n.

    Parameters
    ----------
    panel : StackedPanel
        See :func:`stack_panel`.
    weights : SpatialWeights
        Matrix with the same units in the same order.
    model : {'ols', 'slx', 'sar', 'sdm', 'sem', 'sdem'}
    effects : {'two_way', 'unit', 'period', 'none'}
        'none' leaves a common constant, which is concentrated out as well.
    lee_yu : bool
        Use the transformed likelihood.

    Raises
    ------
    UserError
        If a regressor is collinear or absorbed by the effects (named), the outcome does not vary
        or is fitted without error, no observations are left for an error, the likelihood rises up
        to the bound of the interval, or an option is unknown.
    """
    structure = _check_options(panel, weights, model, effects, lee_yu)
    names = _coefficient_names(panel.names, structure)
    likelihood = _likelihood_shape(panel, weights, effects, lee_yu)
    columns = _columns(panel, weights.matrix, structure, effects)
    k = len(names) - (structure.lag_y or structure.lag_error)
    triangle = np.linalg.qr(columns.reshape(len(columns), -1).T, mode="r")
    _check_rank(triangle, columns, names[:k], panel, likelihood.nobs, effects)
    profile = _profile(triangle, k, structure, likelihood)
    parameter = None
    if profile is not None:
        parameter = maximise(profile, weights.stable_interval, names[-1])
    return _result(panel, weights, model, effects, lee_yu, names, likelihood, columns, parameter)
