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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import Algebra, DenseAlgebra
from pilotzone.methods.space.design import (
    build_design,
    build_designs,
    build_sample,
    check_options,
    described,
    fit_quality,
    slopes_at,
)
from pilotzone.methods.space.maximum import find_maximum, spatial_parameters
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.profile import build_profile, search
from pilotzone.methods.space.results import SpatialResult
from pilotzone.methods.space.sandwich import (
    Vcov,
    check_vcov,
    covariance_of,
    degrees_of_freedom,
)
from pilotzone.methods.space.weights import SpatialWeights


@dataclass(frozen=True, eq=False, kw_only=True)
class SpatialFit(SpatialResult):
    """Result of a spatial panel fit with fixed effects.

    ``names`` are ``x_names``, then ``W:x`` for each, then ``lambda``, then ``rho``, as the model
    has them; ``sigma2`` is e'e/(nT), with ``lee_yu`` e'e over the observations that the
    transformation leaves. ``r2`` is the squared correlation of y with its reduced-form prediction,
    effects included: y without (I - rho W)^-1 (I - lambda W)^-1 e; ``r2_within`` is the same after
    the effects are removed from both.
    """

    lee_yu: bool
    r2: float
    r2_within: float
    periods: np.ndarray

    @property
    def lam(self) -> float:
        """Coefficient of W u, the spatial error; nan if the model has none."""
        return self.coefficient("lambda")


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
    vcov: Vcov = "information",
) -> SpatialFit:
    """Fit a spatial panel model by exact maximum likelihood on long data.

    Rows may come in any order: they meet the weights by unit code. Equations, options and errors
    are those of ``fit_stacked``, and of ``stack_panel``.

    Parameters
    ----------
    y, x : (N,) outcome; (N, k) regressors, without constant and without spatial lags.
    names : (k,) names of the regressors.
    unit, period : (N,) unit codes (compared as text) and periods.
    weights : matrix of the same units.
    """
    panel = stack_panel(y, x, names, unit, period, weights)
    options = {"model": model, "effects": effects, "lee_yu": lee_yu, "vcov": vcov}
    return fit_stacked(panel, weights, **options)


def fit_stacked(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sar",
    effects: str = "two_way",
    lee_yu: bool = False,
    vcov: Vcov = "information",
    algebra: Algebra | None = None,
) -> SpatialFit:
    """Fit a spatial panel model by exact maximum likelihood on a stacked panel.

    The spatial parameter maximises the concentrated likelihood L(r) of the module's head over the
    interval on which I - r W is regular. By default standard errors come from the expected
    information of (beta, theta, r, sigma2), which holds for errors without any dependence; those
    of ``sandwich`` hold for errors of a unit that depend over time. For a lag of y, with
    G = W (I - rho W)^-1 and Z = (X, W X):

        I = | Z'MZ/s2       Z'MGZb/s2                              0          |
            | .             m tr(G'G + GG) + (GZb)'M(GZb)/s2       m tr(G)/s2 |
            | .             .                                      N/(2 s2^2) |

    For a lag of the error, Z is replaced by (I - lambda W) Z and the terms in Zb vanish. For both,
    Z is replaced likewise in the terms in Zb, and with H = W (I - lambda W)^-1 the two parameters
    share m tr(G'H + GH).

    With ``lee_yu`` the effects are removed by the orthonormal transformation of Lee and Yu (2010),
    which has no incidental parameters in sigma2: unit effects cost one period (m = T - 1), with
    trends two (m = T - 2), period effects one unit, with the eigenvalue 1 of W, and N is what
    remains, (n-1)(T-1) for unit and period effects. The traces are then those of JG,
    J = I - 11'/n.

    Parameters
    ----------
    panel : see ``stack_panel``.
    weights : matrix with the same units in the same order.
    model : {'ols', 'slx', 'sar', 'sdm', 'sem', 'sdem', 'gns'}
    effects : {'two_way', 'unit', 'period', 'none', 'unit_trends'}; 'none' leaves a common constant,
        which is concentrated out as well; 'unit_trends' are two-way effects and a line over the
        periods for each unit.
    lee_yu : use the transformed likelihood.
    vcov : {'information', 'cluster', 'cluster_pairs'}; see ``sandwich.covariance_of``.
    algebra : log-determinant and multiplier of W; by its eigenvalues if left out.

    Raises
    ------
    UserError : if a regressor is collinear or absorbed by the effects (named), the outcome does not
        vary or is fitted without error, no observations are left for an error, the likelihood rises
        up to the bound of the interval, an option is unknown, or a clustered kind is asked for of
        an algebra without eigenvalues.
    NotIdentified : if gns has its maximum at a bound, a flat or singular one, or a second one
        elsewhere within the 95 % region of the first. rho and lambda would exchange their roles if
        no regressor mattered, so that a second maximum near (lambda, rho) is the usual case.
    """
    structure = check_options(panel, weights, model, effects, lee_yu)
    algebra = algebra or DenseAlgebra(weights)
    check_vcov(vcov, algebra)
    if model == "gns" and not isinstance(algebra, DenseAlgebra):
        raise UserError("model 'gns' needs the eigenvalues of W; leave the algebra out")
    sample = build_sample(weights, len(panel.periods), effects, lee_yu, algebra)
    design = build_design(panel, weights.matrix, structure, effects, sample)
    top = find_maximum(design, sample, algebra, weights.stable_interval)
    r2, r2_within = fit_quality(design, top.residuals, top.parameters, top.multipliers)
    return SpatialFit(
        model=model,
        lee_yu=lee_yu,
        vcov=vcov,
        df=degrees_of_freedom(vcov, len(panel.units)),
        coefficients=top.coefficients,
        covariance=covariance_of(top, vcov),
        sigma2=top.sigma2,
        loglik=top.loglik,
        residuals=top.residuals,
        r2=r2,
        r2_within=r2_within,
        periods=panel.periods,
        **described(panel, weights, design),
    )


def estimate_stacked(
    panel: StackedPanel, weights: SpatialWeights, *, model: str = "sar", effects: str = "two_way"
) -> dict[str, float]:
    """Return the coefficients of ``fit_stacked`` by name, without an error: for many matrices.

    Parameters
    ----------
    panel, weights, model, effects : see ``fit_stacked``.

    Raises
    ------
    UserError, NotIdentified : as ``fit_stacked``, except that an exact fit is not refused.
    """
    structure = check_options(panel, weights, model, effects, lee_yu=False)
    sample = build_sample(weights, len(panel.periods), effects, lee_yu=False)
    design = build_design(panel, weights.matrix, structure, effects, sample)
    parameters = spatial_parameters(design, sample, weights.stable_interval)
    found = np.concatenate([slopes_at(design, parameters), parameters])
    return dict(zip(design.names, found.tolist(), strict=True))


def estimate_stack(
    panels: StackedPanel, weights: SpatialWeights, *, model: str = "sar", effects: str = "two_way"
) -> dict[str, np.ndarray]:
    """Return the coefficients (R,) by name, those of ``estimate_stacked``, of a stack of R panels.

    Of a model with one spatial parameter. If a panel cannot be fitted, its error is raised.
    """
    structure = check_options(panels, weights, model, effects, lee_yu=False)
    sample = build_sample(weights, len(panels.periods), effects, lee_yu=False)
    design = build_designs(panels, weights.matrix, structure, effects, sample)
    low, high = weights.stable_interval
    parameter = search(build_profile(design, sample), (low, high))
    if len(parameter) < len(panels.y) or not ((low < parameter) & (parameter < high)).all():
        for place in range(len(panels.y)):
            estimate_stacked(panels.at(place), weights, model=model, effects=effects)
    found = np.concatenate([slopes_at(design, parameter), parameter[:, None]], axis=1)
    return dict(zip(design.names, found.T, strict=True))
