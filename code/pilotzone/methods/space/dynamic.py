"""Dynamic spatial Durbin model by bias-corrected quasi-maximum likelihood.

For period t = 1 ... T with n units, W row-normalised, unit effects a and period effects l_t:

    y_t = tau y_{t-1} + rho W y_t + eta W y_{t-1} + X_t beta + W X_t theta + a + l_t 1 + e_t

with e_t independent, mean 0, variance sigma2. Write Z_t for (y_{t-1}, W y_{t-1}, X_t, W X_t) and d
for its coefficients. Period effects leave by J = I - 11'/n (J W = J W J as rows of W sum to one),
that is by the transformation of Lee and Yu (2010) to n - 1 units; unit effects are estimated, so
that variables are taken from their means over t. With m = n - 1 for both effects and m = n for
unit effects only (Yu, de Jong and Lee 2008), ln|J.| without the eigenvalue 1 of W for m = n - 1,

    L = -mT/2 ln(2 pi sigma2) + T ln|J (I - rho W)| - sum_t e_t'J e_t / (2 sigma2)

The lag y_{t-1} less its mean depends on e_t less its mean, so that the score has the mean -a with

    a_tau = tr JM,  a_eta = tr JWM,  a_rho = tr JG(tau I + eta W)M + tr JG,  a_sigma2 = m/(2 sigma2)

and zero for beta and theta, where M = ((1 - tau) I - (rho + eta) W)^-1 and G = W (I - rho W)^-1.
The maximum is therefore off by -I^-1 a, of order 1/T, I the information; the estimate reported is

    (d, rho, sigma2) + I^-1 a,    I and a at the maximum,

as in both papers. Errors are those of I at the corrected values (normal e).
The model is stationary if every root |(tau + eta w)/(1 - rho w)| is below 1, w the eigenvalues of
W; for w = 1 that is tau + rho + eta < 1.

Sources: Yu, de Jong and Lee (2008, Journal of Econometrics 146, 118-134); Lee and Yu (2010,
Econometric Theory 26, 564-597).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.methods.space.algebra import DenseAlgebra
from pilotzone.methods.space.design import Sample, described, fit_quality, residuals_at
from pilotzone.methods.space.dynamic_points import (
    Point,
    corrected,
    maximum,
    prepare,
    require_stable,
)
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.profile import concentrated_loglik
from pilotzone.methods.space.results import SpatialResult
from pilotzone.methods.space.weights import SpatialWeights


@dataclass(frozen=True, eq=False, kw_only=True)
class DynamicFit(SpatialResult):
    """Result of a dynamic spatial panel fit.

    ``names`` are ``tau``, ``eta``, ``x_names``, ``W:x`` for each if the model has them, ``rho``; T
    counts the periods that have one before them; ``loglik`` is that of the maximum.

    Attributes
    ----------
    corrected : whether ``coefficients`` and ``sigma2`` are free of the bias of order 1/T.
    uncorrected : (K,) the maximum of the likelihood.
    largest_root : largest modulus of (tau + eta w)/(1 - rho w), below 1.
    r2, r2_within : squared correlation of y with its reduced-form prediction from y_{t-1}, X and
        the effects; and the same after the effects are removed from both.
    periods : (T,)
    """

    corrected: bool
    uncorrected: np.ndarray
    largest_root: float
    r2: float
    r2_within: float
    periods: np.ndarray

    @property
    def tau(self) -> float:
        """Coefficient of y_{t-1}."""
        return float(self.coefficients[0])

    @property
    def eta(self) -> float:
        """Coefficient of W y_{t-1}."""
        return float(self.coefficients[1])


def fit_dynamic(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SpatialWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    correct: bool = True,
) -> DynamicFit:
    """Fit the dynamic spatial panel model of the module's head on long data.

    Rows may come in any order: they meet the weights by unit code. Of the first period only y is
    used, as the lag of the second; x may be missing there. See ``fit_spatial`` for the data
    (periods are evenly spaced, x holds no lag of y) and ``fit_dynamic_stacked`` for the options.
    """
    x, period = np.asarray(x, dtype=float), np.asarray(period)
    if x.ndim == 2 and len(x) == len(period) > 0:
        x = np.where((period == np.sort(period)[0])[:, None], 0.0, x)
    panel = stack_panel(y, x, names, unit, period, weights)
    return fit_dynamic_stacked(panel, weights, model=model, effects=effects, correct=correct)


def fit_dynamic_stacked(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    correct: bool = True,
) -> DynamicFit:
    """Fit the dynamic spatial panel model of the module's head on a stacked panel.

    Parameters
    ----------
    panel, weights : see ``fit_stacked``; T + 1 periods, and x of the first is not read.
    model : {'sdm', 'sar'}, with and without W x.
    effects : {'two_way', 'unit'}
    correct : whether to take out the bias of order 1/T.

    Raises
    ------
    UserError : if periods are not evenly spaced, an option is unknown, or for the reasons of
        ``fit_stacked``.
    NotIdentified : if the estimates have a root of modulus 1 or more; the root is named.
    """
    design, sample, static = prepare(panel, weights, model, effects)
    top = maximum(design, sample, weights)
    end = corrected(design, sample, weights, top) if correct else top
    root = require_stable(end, weights)
    _, residuals = residuals_at(design, end.slopes, end.rho)
    multiplier = DenseAlgebra(weights).multiplier(end.rho)
    r2, r2_within = fit_quality(design, residuals, [end.rho], [multiplier])
    fitted = {**described(static, weights, design), "x_names": panel.names}
    return DynamicFit(
        model=model,
        corrected=correct,
        coefficients=end.coefficients,
        uncorrected=top.coefficients,
        covariance=end.covariance,
        sigma2=end.sigma2,
        loglik=_loglik(top, sample),
        largest_root=root,
        residuals=residuals,
        r2=r2,
        r2_within=r2_within,
        periods=static.periods,
        **fitted,
    )


def _loglik(top: Point, sample: Sample) -> float:
    log_det = sample.determinant.value(np.array([top.rho]))[0]
    gaussian = concentrated_loglik(top.sigma2 * sample.nobs, sample)
    return float(gaussian + sample.repeats * log_det)
