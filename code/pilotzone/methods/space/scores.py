r"""The score of a spatial likelihood, split by unit.

With e the residuals freed of the effects, Z the regressors as the model filters them, and for a
spatial parameter r its multiplier G = W (I - r W)^-1, the score at (beta, theta, r, sigma2) is

    Z'e / s2,    q'e / s2 + e'Ge / s2 - m tr(G),    e'e / (2 s2^2) - N / (2 s2)

with q = M G Z b for the lag of the outcome, rho, and q = 0 for that of the error, lambda. The sums
over the periods of a unit are its part. Only e'Ge ties units: it is a sum over pairs of units too,

    e'Ge = sum_i H_ii e_i'e_i + sum_{i<j} (H_ij + H_ji) e_i'e_j,

with e_i the path of a unit and H = JGJ, J = I - 11'/n, if period means are removed, else H = G.
(If only the grand mean is removed, H_ij e_i'e_j is less by g (1'e_i)(1'e_j) / (nT), g the row sum
of G. All of these add up to zero, but are what the mean takes from each pair.)
Where errors are independent between units, no pair is correlated with another one, nor with a
unit; the unit's share (Ge)_i'e_i of the same sum is correlated with that of every unit it is a
neighbour of.
"""

from typing import NamedTuple

import numpy as np

from pilotzone.methods.space.maximum import Maximum
from pilotzone.methods.space.panel import PERIOD_MEANS, remove_effects


class PairScores(NamedTuple):
    """Unit parts (n, K + 1), and for the p parameters pair parts (p, n, n).

    Each pair stands twice, in both orders; a unit with itself is zero. Those of a stack of maxima
    have one more axis in front.
    """

    units: np.ndarray
    pairs: np.ndarray


def unit_scores(top: Maximum) -> np.ndarray:
    """Scores (..., n, K + 1) by unit, e'Ge by its rows.

    m tr(G) is taken from each unit as m G_ii; with Lee and Yu's transformation and period effects
    as m (JGJ)_ii.
    """
    scores, e = _linear_scores(top), top.residuals
    for place, multiplier in enumerate(top.multipliers, start=top.design.k):
        lagged = remove_effects(multiplier.apply(e), top.design.effects)
        inner = multiplier.centred if top.sample.centred else multiplier.matrix
        own = np.diagonal(inner, axis1=-2, axis2=-1)
        products = (lagged * e).sum(axis=-2) / np.asarray(top.sigma2)[..., None]
        scores[..., place] += products - top.sample.repeats * own
    return scores


def pair_scores(top: Maximum) -> PairScores:
    """Scores by unit and by pair of units, each less its mean for independent errors.

    With C_ij = e_i'e_j / s2 the mean of C has N/n on its diagonal and, as the effects make
    residuals of a period sum to zero, a little less than 0 off it. What these means leave of
    m tr(G) (nothing with Lee and Yu's transformation) is spread over the units.
    """
    units, (*before, periods, n) = _linear_scores(top), top.residuals.shape
    own, shared = _mean_products(top)
    each, e = np.arange(n), top.residuals / np.sqrt(top.sigma2)[..., None, None]
    common = e.swapaxes(-1, -2) @ e
    common -= shared
    common[..., each, each] += shared - own
    pairs = np.empty((*before, len(top.multipliers), n, n))
    for place, multiplier in enumerate(top.multipliers):
        inner = multiplier.matrix
        if top.design.effects in PERIOD_MEANS:
            inner = multiplier.centred
        trace, total = np.trace(inner, axis1=-2, axis2=-1), inner.sum(axis=(-2, -1))
        products = inner * common
        if top.design.effects == "none":
            share = total / (n**2 * periods)
            products -= share[..., None, None] * _products_of_sums(top)
        mean = (own - shared) * trace + shared * total
        rest = top.sample.repeats * multiplier.traces(top.sample.centred)[0] - mean
        units[..., top.design.k + place] += products[..., each, each] - rest[..., None] / n
        np.add(products, products.swapaxes(-1, -2), out=pairs[..., place, :, :])
        pairs[..., place, each, each] = 0.0
    return PairScores(units, pairs)


def _linear_scores(top: Maximum) -> np.ndarray:
    """Scores (..., n, K + 1) by unit without the parts in e'Ge."""
    k, e, s2 = top.design.k, top.residuals, np.asarray(top.sigma2)[..., None]
    n = e.shape[-1]
    scores = np.zeros((*e.shape[:-2], n, k + top.parameters.shape[-1] + 1))
    products = np.einsum("k...tn,...tn->...nk", top.regressors, e)
    scores[..., :k] = products / s2[..., None]
    if top.design.structure.lag_y:
        scores[..., -2] = (top.lagged_mean * e).sum(axis=-2) / s2
    scores[..., -1] = (e**2).sum(axis=-2) / (2.0 * s2**2) - top.sample.nobs / n / (2.0 * s2)
    return scores


def _mean_products(top: Maximum) -> tuple[float, float]:
    """Diagonal and other elements of the mean of C, scaled so that its trace is N."""
    periods, n = top.residuals.shape[-2:]
    own = top.sample.nobs / n
    if top.design.effects in PERIOD_MEANS:
        return own, -own / (n - 1)
    # The grand mean ties all nT residuals; unit effects tie no two units.
    return own, -own / (n * periods - 1) if top.design.effects == "none" else 0.0


def _products_of_sums(top: Maximum) -> np.ndarray:
    """B_ij = (1'e_i)(1'e_j) / s2 (n, n) less its mean; as residuals sum to zero, so does B."""
    periods, n = top.residuals.shape[-2:]
    sums = top.residuals.sum(axis=-2)
    scale = n * periods / (n * periods - 1)
    mean = scale * periods * (np.eye(n) - 1.0 / n)
    return sums[..., :, None] * sums[..., None, :] / np.asarray(top.sigma2)[..., None, None] - mean
