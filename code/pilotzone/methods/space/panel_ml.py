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
    gns     yes    yes    yes
    ======  =====  =====  =========

The effects are removed after the lag is taken, which is the likelihood with a dummy per unit and
period. Write M for that projection (row-normalised W gives M W = M W M) and r for the one spatial
parameter; the general nesting model, gns, has two (module surface). Then, with S(r) the smallest
sum of squares of M e over (beta, theta),

    L(r) = -N/2 (ln 2 pi + 1 + ln S(r)/N) + m ln|I - r W|,    N = n T, m = T

is a function of one number; ln|I - r W| = sum_i ln(1 - r lambda_i) over the eigenvalues of W.

Sources: Ord (1975), Anselin (1988), Elhorst (2003, 2014), Lee and Yu (2010).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import (
    Algebra,
    DenseAlgebra,
    DenseMultiplier,
    LogDeterminant,
    Multiplier,
    lag,
)
from pilotzone.methods.space.surface import (
    Jet,
    Repeated,
    Surface,
    find_peaks,
    require_alone,
    require_interior,
)
from pilotzone.methods.space.weights import SpatialWeights, name_some


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
    "gns": Structure(lag_y=True, lag_x=True, lag_error=True),
}
EFFECTS = ("two_way", "unit", "period", "none")

# The common factor restriction theta = -rho beta turns SDM into SEM, so that pair is nested too.
_NESTED_IN = {
    "ols": {"slx", "sar", "sdm", "sem", "sdem", "gns"},
    "slx": {"sdm", "sdem", "gns"},
    "sar": {"sdm", "gns"},
    "sem": {"sdm", "sdem", "gns"},
    "sdm": {"gns"},
    "sdem": {"gns"},
    "gns": set(),
}

# A column that keeps less than this share of its length next to the effects or to the columns
# before it is not told apart from rounding in data of 12 significant digits.
_COLLINEAR = 1e-8

# The search covers the stable interval without this share of its width at either end.
_EDGE = 1e-6
_GRID = 64
_STEP = 1e-12
_MAX_STEPS = 100


@dataclass(frozen=True, eq=False)
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
        ``x_names``, then ``W:x`` for each, then ``lambda``, then ``rho``, as the model has them:
        rho is the last wherever there is one.
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
        return float(self.coefficients[self.names.index(name)]) if name in self.names else np.nan


def normal_p_values(z: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of standard normal statistics ``z``."""
    from scipy import special

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
    algebra: Algebra | None = None,
) -> SpatialFit:
    """Fit a spatial panel model by exact maximum likelihood on a stacked panel.

    The spatial parameter maximises the concentrated likelihood L(r) of the module's head over the
    interval on which I - r W is regular. Standard errors come from the expected information of
    (beta, theta, r, sigma2). For a lag of y, with G = W (I - rho W)^-1 and Z = (X, W X):

        I = | Z'MZ/s2       Z'MGZb/s2                              0          |
            | .             m tr(G'G + GG) + (GZb)'M(GZb)/s2       m tr(G)/s2 |
            | .             .                                      N/(2 s2^2) |

    For a lag of the error, Z is replaced by (I - lambda W) Z and the terms in Zb vanish. For both,
    Z is replaced likewise in the terms in Zb, and with H = W (I - lambda W)^-1 the two parameters
    share m tr(G'H + GH).

    With ``lee_yu`` the effects are removed by the orthonormal transformation of Lee and Yu (2010),
    which has no incidental parameters in sigma2: unit effects cost one period (m = T - 1), period
    effects one unit, with the eigenvalue 1 of W, and N is what remains, (n-1)(T-1) for both. The
    traces are then those of JG, J = I - 11'/n, and (GMZb)'(GMZb) stands for (GZb)'M(GZb): the
    convention of the stored known answers, freed of the effects before G and not again after it.
    With period effects that makes the error of rho smaller than the information of the
    transformed model does, by 0.2 % on the data of the known answers.

    Parameters
    ----------
    panel : StackedPanel
        See :func:`stack_panel`.
    weights : SpatialWeights
        Matrix with the same units in the same order.
    model : {'ols', 'slx', 'sar', 'sdm', 'sem', 'sdem', 'gns'}
    effects : {'two_way', 'unit', 'period', 'none'}
        'none' leaves a common constant, which is concentrated out as well.
    lee_yu : bool
        Use the transformed likelihood.
    algebra : Algebra, optional
        Log-determinant and multiplier of W; by its eigenvalues if left out.

    Raises
    ------
    UserError
        If a regressor is collinear or absorbed by the effects (named), the outcome does not vary
        or is fitted without error, no observations are left for an error, the likelihood rises up
        to the bound of the interval, or an option is unknown.
    NotIdentified
        If gns has its maximum at a bound, a flat or singular one, or a second one elsewhere
        within the 95 % region of the first. rho and lambda would exchange their roles if no
        regressor mattered, so that a second maximum near (lambda, rho) is the usual case.
    """
    structure = check_options(panel, weights, model, effects, lee_yu)
    algebra = algebra or DenseAlgebra(weights)
    if model == "gns" and not isinstance(algebra, DenseAlgebra):
        raise UserError("model 'gns' needs the eigenvalues of W; leave the algebra out")
    sample = build_sample(weights, len(panel.periods), effects, lee_yu, algebra)
    design = build_design(panel, weights.matrix, structure, effects, sample)
    parameters = _spatial_parameters(design, sample, weights.stable_interval)
    estimate = _estimate(design, sample, algebra, parameters)
    return SpatialFit(
        model=model,
        effects=effects,
        lee_yu=lee_yu,
        weights=weights.name,
        x_names=panel.names,
        names=design.names,
        nobs=panel.y.size,
        n_units=len(panel.units),
        n_periods=len(panel.periods),
        units=panel.units,
        periods=panel.periods,
        **estimate,
    )


def lr_test(restricted: SpatialFit, unrestricted: SpatialFit) -> tuple[float, int, float]:
    """Test a model against one that contains it: LR = 2 (L_u - L_r), chi2.

    Parameters
    ----------
    restricted, unrestricted : SpatialFit
        Fits of nested models to the same outcome, sample, effects and weights. SEM counts as
        nested in SDM (theta = -rho beta).

    Returns
    -------
    statistic, df, p_value

    Raises
    ------
    UserError
        If the models are not nested or their samples, effects or weights differ.
    """
    from scipy import special

    for what in ("units", "effects", "lee_yu", "weights", "nobs"):
        if getattr(restricted, what) != getattr(unrestricted, what):
            raise UserError(f"likelihood ratio: the two fits differ in {what}; fit both alike")
    models = (restricted.model, unrestricted.model)
    contained = models[0] == models[1] or models[1] in _NESTED_IN[models[0]]
    df = len(unrestricted.names) - len(restricted.names)
    if not contained or not set(restricted.x_names) <= set(unrestricted.x_names) or df < 1:
        raise UserError(
            f"likelihood ratio: {models[0]} on {', '.join(restricted.x_names)} is not nested in "
            f"{models[1]} on {', '.join(unrestricted.x_names)}"
        )
    # Two maxima found to rounding can differ by a negative trifle.
    statistic = max(2.0 * (unrestricted.loglik - restricted.loglik), 0.0)
    return statistic, df, float(special.chdtrc(df, statistic))


def remove_effects(values: np.ndarray, effects: str) -> np.ndarray:
    """Project effects out of balanced arrays (..., T, n); 'none' takes out the grand mean."""
    if effects == "none":
        return values - values.mean(axis=(-2, -1), keepdims=True)
    if effects in ("two_way", "unit"):
        values = values - values.mean(axis=-2, keepdims=True)
    if effects in ("two_way", "period"):
        values = values - values.mean(axis=-1, keepdims=True)
    return values


@dataclass(frozen=True, eq=False)
class Sample:
    """What effects and transformation leave to the likelihood.

    Attributes
    ----------
    nobs : int
        N of the module's head.
    free : int
        Observations less effects, which bounds the number of regressors.
    repeats : int
        m, how often the log-determinant counts.
    determinant : LogDeterminant
        ln|I - r W|, of what the effects leave.
    transformed : bool
        Whether the likelihood is that of Lee and Yu.
    centred : bool
        Whether the traces are those of JG.
    """

    nobs: int
    free: int
    repeats: int
    determinant: LogDeterminant
    transformed: bool
    centred: bool


def build_sample(
    weights: SpatialWeights,
    n_periods: int,
    effects: str,
    lee_yu: bool,
    algebra: Algebra | None = None,
) -> Sample:
    """Count what the effects leave, and choose the log-determinant."""
    n = len(weights.labels)
    units_left = n - (effects in ("two_way", "period"))
    periods_left = n_periods - (effects in ("two_way", "unit"))
    free = units_left * periods_left - (effects == "none")
    algebra = algebra or DenseAlgebra(weights)
    if not lee_yu:
        determinant = algebra.log_determinant(centred=False)
        return Sample(n * n_periods, free, n_periods, determinant, False, False)
    centred = units_left < n
    return Sample(free, free, periods_left, algebra.log_determinant(centred), True, centred)


@dataclass(frozen=True, eq=False)
class Profile:
    """The concentrated log-likelihood L(r) of one spatial parameter.

    Attributes
    ----------
    squares : callable
        Gives S(r) and its first two derivatives for r (g,).
    sample : Sample
    """

    squares: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
    sample: Sample

    def loglik(self, r: np.ndarray) -> np.ndarray:
        """L(r) for r (g,)."""
        gaussian = concentrated_loglik(self.squares(r)[0], self.sample)
        return gaussian + self.sample.repeats * self.sample.determinant.value(r)

    def slopes(self, r: float) -> tuple[float, float]:
        """First and second derivative of L at r."""
        s, first, second = (part[0] for part in self.squares(np.array([r])))
        of_determinant = self.sample.determinant.slopes(r)
        half, m = self.sample.nobs / 2.0, self.sample.repeats
        slope = -half * first / s + m * of_determinant[0]
        bend = -half * (second / s - (first / s) ** 2) + m * of_determinant[1]
        return float(slope), float(bend)


def concentrated_loglik(squares: np.ndarray, sample: Sample) -> np.ndarray:
    """Gaussian log-likelihood at sigma2 = squares / N, without the log-determinant."""
    # An exact fit would be the logarithm of zero; it is refused by name later.
    variance = np.maximum(squares / sample.nobs, np.finfo(float).tiny)
    return -sample.nobs / 2.0 * (np.log(2.0 * np.pi * variance) + 1.0)


def maximise(profile: Profile, interval: tuple[float, float], name: str) -> float:
    """Find the maximum of a concentrated likelihood inside an open interval.

    A grid that is denser towards the ends finds the highest hill, Newton's method kept in a
    shrinking bracket its top to 1e-12.

    Raises
    ------
    UserError
        If the likelihood is flat or rises up to a bound; ``name`` is the parameter.
    """
    low, high = interval
    grid = search_grid(interval)
    values = profile.loglik(grid)
    if np.ptp(values) < _EDGE:
        raise UserError(f"{name} is not identified: the likelihood is flat; change the weights")
    best = int(np.argmax(values))
    rising = profile.slopes(grid[best])[0] > 0
    other = best + 1 if rising else best - 1
    if not 0 <= other < len(grid):
        bound = high if rising else low
        raise UserError(
            f"{name} runs to the bound {bound:.4g} of its interval, as with a shock that all units "
            "share; add period effects or change the weights"
        )
    bracket = (grid[best], grid[other]) if rising else (grid[other], grid[best])
    return _newton(profile, bracket, grid[best])


def search_grid(interval: tuple[float, float]) -> np.ndarray:
    """Nodes inside an open interval, denser towards its ends."""
    low, high = interval
    width = high - low
    nodes = low + width * (1.0 - np.cos(np.pi * np.arange(1, _GRID) / _GRID)) / 2.0
    return np.concatenate([[low + _EDGE * width], nodes, [high - _EDGE * width]])


def _newton(profile: Profile, bracket: tuple[float, float], start: float) -> float:
    low, high = bracket
    r = start
    for _ in range(_MAX_STEPS):
        slope, bend = profile.slopes(r)
        step = -slope / bend if bend < 0 else np.inf
        if abs(step) < _STEP:
            return float(r + step)
        low, high = (r, high) if slope > 0 else (low, r)
        r = r + step if low < r + step < high else (low + high) / 2.0
    return float(r)


@dataclass(frozen=True, eq=False)
class Design:
    """The columns of a model, freed of the effects.

    Attributes
    ----------
    structure : Structure
    effects : str
    names : tuple of str
        Names of all coefficients.
    k : int
        Number of regressors, W x included.
    y : ndarray (T, n)
        The outcome as given.
    columns : ndarray (q, T, n)
        k regressors, the outcome; with a lag of the error the lags of these; with a lag of the
        outcome only its own lag; with both the lags of all and the second lag of the outcome.
    triangle : ndarray (q, q)
        R of the QR decomposition of the columns: every sum of squares is one of its own.
    """

    structure: Structure
    effects: str
    names: tuple[str, ...]
    k: int
    y: np.ndarray
    columns: np.ndarray
    triangle: np.ndarray

    def filtered(self, columns: np.ndarray, r: float | np.ndarray) -> np.ndarray:
        """Return regressors and outcome (k + 1, ...) less r times what the model lags.

        With both lags r is (lambda, rho), and the outcome is (I - lambda W)(I - rho W) y.
        """
        own, lagged = columns[: self.k + 1], columns[self.k + 1 :]
        if self.structure.lag_error and self.structure.lag_y:
            once, twice = lagged[:-1], lagged[-1:]
            filtered = own - r[0] * once
            filtered[-1:] -= r[1] * (once[-1:] - r[0] * twice)
            return filtered
        if self.structure.lag_error:
            return own - r * lagged
        if self.structure.lag_y:
            return np.concatenate([own[:-1], own[-1:] - r * lagged])
        return own


def build_design(
    panel: StackedPanel, matrix: np.ndarray, structure: Structure, effects: str, sample: Sample
) -> Design:
    """Take the lags, remove the effects, check the rank and triangulate.

    Raises
    ------
    UserError
        See :func:`fit_stacked`.
    """
    names = panel.names
    regressors = panel.x
    if structure.lag_x:
        names += tuple(f"W:{name}" for name in panel.names)
        regressors = np.concatenate([panel.x, lag(panel.x, matrix)])
    own = np.concatenate([regressors, panel.y[None]])
    parts = [own]
    if structure.lag_error:
        parts.append(lag(own, matrix))
    if structure.lag_error and structure.lag_y:
        parts.append(lag(parts[-1][-1:], matrix))
    elif structure.lag_y:
        parts.append(lag(panel.y[None], matrix))
    columns = remove_effects(np.concatenate(parts), effects)
    _check_variation(own, columns, (*names, "the outcome"), effects)
    if sample.free <= len(names):
        raise UserError(
            f"{sample.free} observations besides the effects do not suffice for {len(names)} "
            "regressors; leave some out"
        )
    triangle = np.linalg.qr(columns.reshape(len(columns), -1).T, mode="r")
    _check_rank(triangle, names, effects)
    spatial = ("lambda",) * structure.lag_error + ("rho",) * structure.lag_y
    return Design(structure, effects, names + spatial, len(names), panel.y, columns, triangle)


def build_profile(design: Design, sample: Sample) -> Profile:
    """Return the concentrated log-likelihood of a model with a lag of the outcome or the error."""
    squares = _error_squares if design.structure.lag_error else _lag_squares
    return Profile(squares(design), sample)


def _lag_squares(design: Design) -> Callable:
    """S(rho) = |e_y - rho e_Wy|^2 with the residuals of My and MWy on MZ: a quadratic.

    Written about its minimum, so that a sum of squares near zero keeps its digits.
    """
    own, lagged = design.triangle[design.k :, design.k :].T
    bend = lagged @ lagged
    lowest = own @ lagged / bend
    least = ((own - lowest * lagged) ** 2).sum()

    def squares(r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        away = r - lowest
        return least + bend * away**2, 2.0 * bend * away, np.full_like(r, 2.0 * bend)

    return squares


def _error_squares(design: Design) -> Callable:
    """S(lambda) of generalised least squares in the coordinates of the triangle."""
    k = design.k
    own, lagged = design.triangle[:, : k + 1], design.triangle[:, k + 1 :]

    def squares(r: np.ndarray) -> Jet:
        value, first, second = _filtered_form(own, lagged, k, r)
        return value[:, 0, 0], first[:, 0, 0], second[:, 0, 0]

    return squares


def _filtered_form(own: np.ndarray, lagged: np.ndarray, k: int, r: np.ndarray) -> Jet:
    """Cross products Q (g, p, p) of p outcomes less r of their lags, and two derivatives.

    The k regressors Z, lagged alike, are taken out. With E the residuals and V = WY - WZ B:
    Q' = -(E'V + V'E) by the envelope theorem and Q'' = 2 V'V - 2 H'(Z'Z)^-1 H,
    H = Z'V + (WZ)'E.
    """
    both = own - r[:, None, None] * lagged
    z, y = both[..., :k], both[..., k:]
    q, upper = np.linalg.qr(z)
    score = q.swapaxes(-1, -2) @ y
    e = y - q @ score
    v = lagged[:, k:] - lagged[:, :k] @ np.linalg.solve(upper, score)
    h = z.swapaxes(-1, -2) @ v + lagged[:, :k].T @ e
    bent = np.linalg.solve(upper.swapaxes(-1, -2), h)
    value, mixed = e.swapaxes(-1, -2) @ e, e.swapaxes(-1, -2) @ v
    second = v.swapaxes(-1, -2) @ v - bent.swapaxes(-1, -2) @ bent
    return value, -mixed - mixed.swapaxes(-1, -2), 2.0 * second


def build_surface(design: Design, sample: Sample) -> Surface:
    """Return the concentrated log-likelihood L(rho, lambda) of a model with both lags."""
    k, q = design.k, len(design.triangle)
    own = design.triangle[:, [*range(k + 1), q - 2]]
    lagged = design.triangle[:, k + 1 :]
    determinant = Repeated(sample.determinant, sample.repeats)
    return Surface(
        lambda lam: _filtered_form(own, lagged, k, lam), determinant, determinant, sample.nobs
    )


def _spatial_parameters(
    design: Design, sample: Sample, interval: tuple[float, float]
) -> np.ndarray:
    """Maximise the concentrated likelihood: no, one or two parameters as in ``design.names``."""
    if design.structure.lag_y and design.structure.lag_error:
        surface, grid = build_surface(design, sample), search_grid(interval)
        peaks = find_peaks(surface, grid, grid)
        names = ("rho", "lambda")
        require_interior(surface, peaks[0], np.array([interval, interval]), names)
        require_alone(peaks, names)
        return peaks[0, 1::-1]
    if design.structure.lag_y or design.structure.lag_error:
        return np.array([maximise(build_profile(design, sample), interval, design.names[-1])])
    return np.empty(0)


def _estimate(
    design: Design, sample: Sample, algebra: Algebra, parameters: np.ndarray
) -> dict[str, np.ndarray | float]:
    """Compute everything that follows from the spatial parameters, as fields of SpatialFit."""
    slopes = slopes_at(design, parameters)
    regressors, residuals = residuals_at(design, slopes, parameters)
    squares = float((residuals**2).sum())
    if squares <= _COLLINEAR**2 * (design.columns[design.k] ** 2).sum():
        raise UserError("the regressors and effects fit the outcome without error; leave some out")
    sigma2 = squares / sample.nobs
    multipliers = [algebra.multiplier(r) for r in parameters.tolist()]
    surprise = residuals
    for r, multiplier in zip(parameters, multipliers, strict=True):
        # (I - r W)^-1 = I + r G
        surprise = surprise + r * multiplier.apply(surprise)
    r2, r2_within = _reduced_form_quality(design, surprise)
    log_determinant = sample.determinant.value(parameters).sum()
    return {
        "coefficients": np.concatenate([slopes, parameters]),
        "covariance": _covariance(design, sample, regressors, slopes, sigma2, multipliers),
        "sigma2": sigma2,
        "loglik": float(concentrated_loglik(squares, sample) + sample.repeats * log_determinant),
        "residuals": residuals,
        "r2": r2,
        "r2_within": r2_within,
    }


def slopes_at(design: Design, r: float | np.ndarray) -> np.ndarray:
    """Coefficients (k,) of the regressors that maximise the likelihood at r."""
    small = design.filtered(design.triangle.T, r)
    q, upper = np.linalg.qr(small[: design.k].T)
    return np.linalg.solve(upper, q.T @ small[design.k])


def residuals_at(
    design: Design, slopes: np.ndarray, r: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Regressors (k, T, n) and residuals (T, n) of the model, freed of the effects."""
    filtered = design.filtered(design.columns, r)
    regressors = filtered[: design.k]
    return regressors, filtered[design.k] - np.tensordot(slopes, regressors, axes=1)


def _covariance(
    design: Design,
    sample: Sample,
    regressors: np.ndarray,
    slopes: np.ndarray,
    sigma2: float,
    multipliers: Sequence[Multiplier],
) -> np.ndarray:
    """Invert the expected information of slopes, parameters, sigma2; sigma2 is then left out."""
    k = design.k
    if not multipliers:
        flat = regressors.reshape(k, -1)
        return scaled_inverse(flat @ flat.T / sigma2)
    whole = information(design, sample, regressors, slopes, sigma2, multipliers[-1])
    if len(multipliers) == 2:
        whole = _with_lag_of_error(whole, k, sample, sigma2, *multipliers)
    return scaled_inverse(whole)[:-1, :-1]


def _with_lag_of_error(
    whole: np.ndarray,
    k: int,
    sample: Sample,
    sigma2: float,
    of_error: DenseMultiplier,
    of_outcome: DenseMultiplier,
) -> np.ndarray:
    """Insert lambda before rho, (k + 3, k + 3); it shares nothing with the slopes.

    Raises
    ------
    NotIdentified
        If the result is singular.
    """
    row = np.zeros(k + 3)
    trace, row[k] = of_error.traces(sample.centred)
    # tr(G'G + GG) is a quadratic form, so that the cross term is half of what the sum has more.
    both = DenseMultiplier(of_error.matrix + of_outcome.matrix).traces(sample.centred)[1]
    row[k + 1] = (both - row[k] - of_outcome.traces(sample.centred)[1]) / 2.0
    row[k + 2] = trace / sigma2
    wide = np.insert(np.insert(whole, k, 0.0, axis=0), k, 0.0, axis=1)
    wide[k] = wide[:, k] = sample.repeats * row
    scale = np.sqrt(np.diag(wide))
    smallest = np.linalg.eigvalsh(wide / np.multiply.outer(scale, scale))[0]
    if smallest <= _COLLINEAR:
        raise NotIdentified("information_singular", eigenvalue=smallest)
    return wide


def information(
    design: Design,
    sample: Sample,
    regressors: np.ndarray,
    slopes: np.ndarray,
    sigma2: float,
    multiplier: Multiplier,
) -> np.ndarray:
    """Return the expected information (k + 2, k + 2) of (slopes, parameter, sigma2).

    The equation is that of :func:`fit_stacked`; ``regressors`` (k, T, n) are those of
    :func:`residuals_at`.
    """
    k = design.k
    flat = regressors.reshape(k, -1)
    whole = np.zeros((k + 2, k + 2))
    whole[:k, :k] = flat @ flat.T / sigma2
    trace, trace_squares = multiplier.traces(sample.centred)
    whole[k, k] = sample.repeats * trace_squares
    whole[k, k + 1] = whole[k + 1, k] = sample.repeats * trace / sigma2
    whole[k + 1, k + 1] = sample.nobs / (2.0 * sigma2**2)
    if design.structure.lag_y:
        mean = multiplier.apply(np.tensordot(slopes, regressors, axes=1))
        if not sample.transformed:
            mean = remove_effects(mean, design.effects)
        mean = mean.ravel()
        whole[:k, k] = whole[k, :k] = flat @ mean / sigma2
        whole[k, k] += mean @ mean / sigma2
    return whole


def scaled_inverse(matrix: np.ndarray) -> np.ndarray:
    """Invert after scaling the diagonal to one, so that units of measurement do not matter."""
    scale = np.sqrt(np.diag(matrix))
    scales = np.multiply.outer(scale, scale)
    inverse = np.linalg.inv(matrix / scales) / scales
    return (inverse + inverse.T) / 2.0


def fit_quality(
    design: Design, residuals: np.ndarray, r: float, multiplier: Multiplier | None
) -> tuple[float, float]:
    """Squared correlations of y and My with the reduced-form prediction."""
    # (I - r W)^-1 = I + r G
    surprise = residuals if multiplier is None else residuals + r * multiplier.apply(residuals)
    return _reduced_form_quality(design, surprise)


def _reduced_form_quality(design: Design, surprise: np.ndarray) -> tuple[float, float]:
    observed, within = design.y, design.columns[design.k]
    inside = within - remove_effects(surprise, design.effects)
    return _squared_correlation(observed, observed - surprise), _squared_correlation(within, inside)


def _squared_correlation(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() ** 2 / ((one**2).sum() * (other**2).sum()))


def check_options(
    panel: StackedPanel, weights: SpatialWeights, model: str, effects: str, lee_yu: bool
) -> Structure:
    """Refuse unknown options and units in another order than the weights; return the lags."""
    if model not in MODELS:
        raise UserError(f"model '{model}' is unknown; choose one of {', '.join(MODELS)}")
    if effects not in EFFECTS:
        raise UserError(f"effects '{effects}' are unknown; choose one of {', '.join(EFFECTS)}")
    if lee_yu and effects == "none":
        raise UserError("lee_yu transforms effects out; with effects 'none' there are none")
    require_panel_order(panel, weights)
    return MODELS[model]


def require_panel_order(panel: StackedPanel, weights: SpatialWeights) -> None:
    """Raise UserError unless panel and weights have the same units in the same order."""
    if panel.units != weights.labels:
        weights.require_same_units(panel.units)
        raise UserError(
            f"weights '{weights.name}' has the units of the panel in another order; "
            "stack the panel with these weights"
        )


def _check_shapes(
    y: np.ndarray, x: np.ndarray, names: Sequence[str], unit: np.ndarray, period: np.ndarray
) -> tuple[str, ...]:
    names = tuple(str(name) for name in names)
    if x.ndim != 2 or not names or x.shape[1] != len(names):
        raise UserError(f"{len(names)} names for regressors of shape {x.shape}; give one each")
    taken = {"rho", "lambda", *(f"W:{name}" for name in names)}
    if len(set(names)) < len(names) or taken.intersection(names):
        raise UserError(f"names {', '.join(names)} repeat one or use rho, lambda or W:; rename")
    lengths = {"y": len(y), "x": len(x), "unit": len(unit), "period": len(period)}
    if len(set(lengths.values())) > 1 or y.ndim != 1:
        raise UserError(f"lengths differ: {', '.join(f'{a} {b}' for a, b in lengths.items())}")
    period = np.asarray(period)
    if period.dtype.kind == "f" and not np.isfinite(period).all():
        raise UserError("period is missing or not finite in some rows; leave those rows out")
    return names


def _check_balance(counts: np.ndarray, units: tuple[str, ...], periods: np.ndarray) -> None:
    if np.all(counts == 1):
        return
    for cells, fault, remedy in (
        (counts > 1, "more than once", "keep one row each"),
        (counts == 0, "missing", "complete the panel or choose a balanced sample"),
    ):
        if cells.any():
            where = np.flatnonzero(cells)
            rows = [f"unit {units[i % len(units)]} in {periods[i // len(units)]}" for i in where]
            raise UserError(f"{len(rows)} row(s) {fault}: {name_some(rows)}; {remedy}")


def _check_finite(
    y: np.ndarray, x: np.ndarray, names: tuple[str, ...], units: np.ndarray, periods: np.ndarray
) -> None:
    for name, values in zip(("the outcome", *names), (y, *x.T), strict=True):
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            rows = name_some(f"unit {units[i]} in {periods[i]}" for i in wrong)
            raise UserError(f"{name} has {wrong.size} value(s) missing or not finite: {rows}")


def _check_variation(
    own: np.ndarray, columns: np.ndarray, names: tuple[str, ...], effects: str
) -> None:
    before = np.sqrt((own**2).sum(axis=(1, 2)))
    after = np.sqrt((columns[: len(own)] ** 2).sum(axis=(1, 2)))
    absorbed = after <= _COLLINEAR * before
    if absorbed.any():
        which = ", ".join(name for name, gone in zip(names, absorbed, strict=True) if gone)
        raise UserError(
            f"{which}: no variation is left besides effects '{effects}'; leave it out "
            "or change the effects"
        )


def _check_rank(triangle: np.ndarray, names: tuple[str, ...], effects: str) -> None:
    """Name the first column that is a combination of the ones before it, and those."""
    k = len(names)
    lengths = np.sqrt((triangle[:, :k] ** 2).sum(axis=0))
    alone = np.abs(np.diag(triangle)[:k])
    spoiled = np.flatnonzero(alone <= _COLLINEAR * lengths)
    if not spoiled.size:
        return
    j = spoiled[0]
    mix = np.linalg.solve(triangle[:j, :j], triangle[:j, j])
    involved = np.abs(mix) * lengths[:j] > np.sqrt(_COLLINEAR) * lengths[j]
    others = ", ".join(name for name, inside in zip(names, involved, strict=False) if inside)
    raise UserError(
        f"{names[j]} is a linear combination of {others} besides effects '{effects}'; leave one out"
    )
