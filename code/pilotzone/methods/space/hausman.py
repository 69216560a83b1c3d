"""The Hausman test of random against fixed unit effects in spatial models.

It compares the coefficients that both models have, rho included:

    h = d' (V_fixed - V_random)^-1 d,    d = fixed - random,    chi2 with len(d) degrees of freedom.

Sources: Elhorst (2014, section 3.4), Mutl and Pfaffermayr (2011).
"""

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.random_effects import RandomEffectsFit, fit_random
from pilotzone.methods.space.results import ChiSquareTest
from pilotzone.methods.space.weights import SpatialWeights

# A variance of the difference below this share of that with fixed effects is rounding.
_NOT_POSITIVE = 1e-9


def hausman_test(fixed: SpatialFit, random: RandomEffectsFit) -> ChiSquareTest:
    """Compare fixed and random effects on the coefficients that both fits have.

    Parameters
    ----------
    fixed : consistent whether or not the unit effects are correlated with the regressors.
    random : efficient if they are not.

    Raises
    ------
    UserError : if the fits are not of the same model, effects, transformation, weights and panel.
    NotIdentified : if V_fixed - V_random is not positive definite, which happens in finite samples
        and leaves the statistic without a distribution. The smallest eigenvalue is that of the
        difference over the variances with fixed effects, as 1 - V_random/V_fixed for one
        coefficient.
    """
    for what in ("model", "effects", "lee_yu", "weights", "nobs", "units"):
        if getattr(fixed, what) != getattr(random, what):
            raise UserError(f"Hausman test: the two fits differ in {what}; fit both alike")
    common = [name for name in fixed.names if name in random.names]
    at_fixed = [fixed.names.index(name) for name in common]
    at_random = [random.names.index(name) for name in common]
    scale = fixed.std_errors[at_fixed]
    gap = (fixed.coefficients[at_fixed] - random.coefficients[at_random]) / scale
    difference = fixed.covariance[np.ix_(at_fixed, at_fixed)]
    difference = difference - random.covariance[np.ix_(at_random, at_random)]
    difference /= np.multiply.outer(scale, scale)
    smallest = np.linalg.eigvalsh(difference)[0]
    if smallest <= _NOT_POSITIVE:
        raise NotIdentified("hausman_not_positive", eigenvalue=smallest)
    return ChiSquareTest("hausman", float(gap @ np.linalg.solve(difference, gap)), len(gap))


def hausman(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    lee_yu: bool = True,
) -> ChiSquareTest:
    """Fit both models and compare them with ``hausman_test``.

    The transformed likelihood is the default here: e'e/(nT) with fixed effects is too small by
    (T - 1)/T, so that V_fixed is, and dummies for periods bias rho; both would be taken for a
    difference between fixed and random effects.

    Parameters and errors are those of ``random_effects.fit_random`` and ``hausman_test``.
    """
    random = fit_random(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    fixed = fit_stacked(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    return hausman_test(fixed, random)
