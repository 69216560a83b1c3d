"""Simulated dynamic spatial panels with a known truth, and what the estimator makes of them.

The bias that ``dynamic`` takes out is of order 1/T, what is left of order 1/T^2.
Whether that is small at ten years is not a matter of taste: draw panels of the same n, T and W, and
look at bias and coverage.
"""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.inference.paths import in_chunks
from pilotzone.methods.space.algebra import DenseAlgebra, lag
from pilotzone.methods.space.dynamic_effects import RUNS, delta_errors, effects_of_rows
from pilotzone.methods.space.dynamic_points import Point, fit_points, largest_root, with_lags
from pilotzone.methods.space.effects_table import KINDS
from pilotzone.methods.space.interpolated import Interpolated
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.weights import SpatialWeights

# A truth with a larger root than this is all but a unit root: hardly a panel of it has an estimate.
LARGEST_ROOT = 0.98
# Numbers of the panels that are worked on together: they should fit into a processor's cache.
AT_ONCE = 100_000


@dataclass(frozen=True)
class DynamicTruth:
    """Parameters of a simulated dynamic spatial Durbin model; beta and theta of equal length."""

    tau: float = 0.5
    eta: float = -0.1
    rho: float = 0.3
    beta: tuple[float, ...] = (1.0,)
    theta: tuple[float, ...] = (0.5,)
    sigma: float = 1.0

    @property
    def x_names(self) -> tuple[str, ...]:
        """Names x1, ... of the regressors."""
        return tuple(f"x{i + 1}" for i in range(len(self.beta)))

    @property
    def coefficients(self) -> np.ndarray:
        """The truth (K,) in the order of ``DynamicFit.names``."""
        return np.array([self.tau, self.eta, *self.beta, *self.theta, self.rho])


def truth_of_panel(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    effects: str = "two_way",
    largest: float = LARGEST_ROOT,
) -> DynamicTruth:
    """Return a truth with the dynamics of a panel; beta, theta and sigma are the usual ones.

    tau, eta and rho maximise the likelihood, without correction. Every root is linear in (tau,
    eta): if the largest exceeds ``largest``, below 1, both are multiplied by ``largest`` over it.
    Panel, weights and errors are those of ``fit_dynamic_stacked``.
    """
    lagged = with_lags(panel, weights, "sdm")
    # Its concentrated likelihood is, but for a constant, (T - 1)/T of the dynamic one.
    fit = fit_stacked(lagged, weights, model="sar", effects=effects, lee_yu=True)
    tau, eta, rho = (fit.coefficient(name) for name in ("tau", "eta", "rho"))
    shrink = min(1.0, largest / float(largest_root(tau, eta, rho, weights)))
    return DynamicTruth(tau=shrink * tau, eta=shrink * eta, rho=rho)


def simulate_dynamic(
    weights: SpatialWeights,
    truth: DynamicTruth,
    n_periods: int,
    rng: np.random.Generator,
    *,
    effects: str = "two_way",
    replications: int = 1,
    burn_in: int = 100,
) -> StackedPanel:
    """Draw a stack of panels of the dynamic spatial Durbin model with a known truth.

    Effects, e and the regressors are normal; the regressors hold half of the effects, so that a
    model without effects is biased. All panels are drawn in one recursion.

    Parameters
    ----------
    n_periods : T; a panel has T + 1 periods, of which the first gives the lag.
    effects : {'two_way', 'unit'}, which effects the outcome has.
    replications, burn_in : number of panels, and of periods before the first, from zero.

    Raises UserError if the truth is not stationary, or beta and theta differ in length.
    """
    root = float(largest_root(truth.tau, truth.eta, truth.rho, weights))
    if root >= 1.0 or len(truth.beta) != len(truth.theta):
        raise UserError(
            f"truth: largest root {root:.4g}, {len(truth.beta)} beta, {len(truth.theta)} theta; "
            "give a root below 1 and as many theta as beta"
        )
    n, length = len(weights.labels), n_periods + 1 + burn_in
    common = rng.normal(size=(replications, 1, n))
    if effects == "two_way":
        common = common + rng.normal(size=(replications, length, 1))
    # In place: these are the large arrays of an audit.
    x = rng.normal(size=(len(truth.beta), replications, length, n))
    x += 0.5 * common
    shocks = rng.normal(size=(replications, length, n))
    shocks *= truth.sigma
    shocks += common
    y = _recursion(weights.matrix, truth, x, shocks)
    periods = np.arange(n_periods + 1)
    kept = y[:, burn_in:], x[:, :, burn_in:]
    return StackedPanel(*kept, truth.x_names, weights.labels, periods)


def _recursion(
    matrix: np.ndarray, truth: DynamicTruth, x: np.ndarray, shocks: np.ndarray
) -> np.ndarray:
    """Solve the model forward from zero; returns y (replications, length, n)."""
    eye = np.eye(len(matrix))
    inverse = np.linalg.inv(eye - truth.rho * matrix)
    carry = (inverse @ (truth.tau * eye + truth.eta * matrix)).T
    pairs = zip(truth.beta, truth.theta, strict=True)
    responses = [inverse @ (beta * eye + theta * matrix) for beta, theta in pairs]
    y = np.empty(shocks.shape)
    for some in in_chunks(np.arange(len(y)), shocks[0].size, AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        made = lag(shocks[part], inverse)
        for own, response in zip(x, responses, strict=True):
            made += lag(own[part], response)
        for t in range(1, made.shape[1]):
            made[:, t] += made[:, t - 1] @ carry
        y[part] = made
    return y


@dataclass(frozen=True, eq=False)
class SmallTAudit:
    """How the estimator does at one n, T and W; arrays are (q,), before and after correction.

    Attributes
    ----------
    names : (q,) coefficients as in ``DynamicFit.names``, then ``short:direct:x1``, ...
        ``long:total:x1``.
    truth, bias_before, bias, rmse_before, rmse : (q,)
    coverage_before, coverage : (q,) share of the panels whose normal interval holds the truth;
        effects have delta errors.
    level : of the intervals.
    n_draws, n_failed : panels drawn, and panels without a maximum or a stationary estimate. A
        failed panel counts as not covered and has no part in bias and rmse.
    """

    names: tuple[str, ...]
    truth: np.ndarray
    bias_before: np.ndarray
    bias: np.ndarray
    rmse_before: np.ndarray
    rmse: np.ndarray
    coverage_before: np.ndarray
    coverage: np.ndarray
    level: float
    n_draws: int
    n_failed: int


def audit_small_T(
    weights: SpatialWeights,
    T: int,
    draws: int,
    rng: np.random.Generator,
    truth: DynamicTruth,
    *,
    effects: str = "two_way",
    level: float = 0.95,
) -> SmallTAudit:
    """Measure bias and coverage of the dynamic model on simulated panels of this n, T and W.

    Parameters
    ----------
    weights : the matrix of the intended fit.
    T : periods that have one before them: one less than the years of the panel.
    draws : number of panels; coverage of 0.95 has the Monte-Carlo error 0.22/sqrt(draws).
    effects, level : of panels and estimator, see ``fit_dynamic_stacked``; of the intervals.

    Raises UserError as ``simulate_dynamic`` and ``fit_points``, or if no panel has an estimate.
    """
    panels = simulate_dynamic(weights, truth, T, rng, effects=effects, replications=draws)
    found = _found(panels, weights, effects)
    n_found = len(found[0].values)
    if not n_found:
        raise UserError(f"none of {draws} panels with T = {T} has an estimate; lengthen T")
    before, after = (_errors(points, weights.eigenvalues, truth, level) for points in found)
    return SmallTAudit(
        names=_names(truth),
        truth=_with_effects(truth.coefficients[None], truth, weights.eigenvalues)[0],
        bias_before=before[0].mean(axis=0),
        bias=after[0].mean(axis=0),
        rmse_before=np.sqrt((before[0] ** 2).mean(axis=0)),
        rmse=np.sqrt((after[0] ** 2).mean(axis=0)),
        coverage_before=before[1].sum(axis=0) / draws,
        coverage=after[1].sum(axis=0) / draws,
        level=level,
        n_draws=draws,
        n_failed=draws - n_found,
    )


def _found(panels: StackedPanel, weights: SpatialWeights, effects: str) -> list[Point]:
    """Return the points before and after the correction, some panels at a time."""
    draws, _, n = panels.y.shape
    numbers = n * n + (panels.x.size + panels.y.size) // draws
    options = {"effects": effects, "multiplier_at": Interpolated(DenseAlgebra(weights))}
    parts = [
        fit_points(panels.at(places), weights, **options)
        for places in in_chunks(np.arange(draws), numbers, AT_ONCE)
    ]
    return [
        Point(
            np.concatenate([point.values for point in points]),
            np.concatenate([point.inverse_information for point in points]),
        )
        for points in zip(*parts, strict=True)
    ]


def _errors(
    points: Point, spectrum: np.ndarray, truth: DynamicTruth, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates less truth, and whether the interval holds the truth, (panels, q) each."""
    from scipy import special

    rows, covariances, k = points.coefficients, points.covariance, len(truth.beta)
    off = _with_effects(rows, truth, spectrum) - _with_effects(
        truth.coefficients[None], truth, spectrum
    )
    std_errors = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    of_effects = [delta_errors(rows, covariances, k, spectrum, run) for run in RUNS]
    std_errors = np.hstack([std_errors, *(part.reshape(len(rows), -1) for part in of_effects)])
    return off, np.abs(off) < special.ndtri(0.5 + level / 2.0) * std_errors


def _with_effects(rows: np.ndarray, truth: DynamicTruth, spectrum: np.ndarray) -> np.ndarray:
    """Append short- and long-run effects to rows of coefficients, (panels, q)."""
    parts = [effects_of_rows(rows, len(truth.beta), spectrum, run) for run in RUNS]
    return np.hstack([rows, *(part.reshape(len(rows), -1) for part in parts)])


def _names(truth: DynamicTruth) -> tuple[str, ...]:
    x_names = truth.x_names
    lagged = (f"W:{name}" for name in x_names)
    of_effects = (f"{run}:{kind}:{name}" for run in RUNS for kind in KINDS for name in x_names)
    return ("tau", "eta", *x_names, *lagged, "rho", *of_effects)
