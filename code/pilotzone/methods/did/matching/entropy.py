"""Entropy balancing: weights that equate the means of the covariates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.matching.convex import climb, on_one_side, orthogonal
from pilotzone.methods.did.matching.units import covariates, is_treated, standardised
from pilotzone.methods.inference.cluster import TOLERANCE


@dataclass(frozen=True, eq=False)
class EntropyWeights:
    """Weights that equate the means of the covariates.

    Attributes
    ----------
    weights : (n,) 1 for treated units; positive for controls, in sum the number of treated. A
        control hundreds of standard deviations away may fall below the smallest number, to 0.
    effective_controls : (Σw)²/Σw² over the controls: how many evenly weighted controls hold as
        much information.
    """

    weights: np.ndarray = field(repr=False)
    effective_controls: float


def entropy_balance(
    x: ArrayLike, treated: ArrayLike, names: Sequence[str] | None = None
) -> EntropyWeights:
    r"""Weights of the controls that equate their means with those of the treated units.

    min Σ_j w_j ln w_j subject to Σ_j w_j x_j = x̄₁, Σ_j w_j = 1. With z_j = x_j − x̄₁ the solution
    is w_j ∝ exp(z_j'λ), λ the minimum of the dual ln Σ_j exp(z_j'λ), found by Newton's method.
    It exists if and only if x̄₁ lies inside the convex hull of the controls, which a linear
    programme decides beforehand.
    Hainmueller (2012, Political Analysis 20(1)), first moments.

    Parameters
    ----------
    x, treated : (n, k) or (n,) covariates; (n,) true and false or 1 and 0.
    names : k names for messages; default "covariate 1" …

    Raises
    ------
    NotIdentified : if no positive weights equate the means, or there is no treated or no control.
    UserError : if a covariate is constant or not finite, covariates are collinear, or shapes
        differ.
    """
    mask = is_treated(treated)
    columns, names = covariates(x, names, len(mask))
    scaled = standardised(columns, names)
    z = scaled[~mask] - scaled[mask].mean(axis=0)
    z[np.abs(z) < TOLERANCE] = 0.0
    basis = orthogonal(z)
    if on_one_side(basis).any():
        raise _outside_hull(z, names)
    dual = climb(lambda multipliers: _entropy_dual(multipliers, basis), basis.shape[1])
    if dual is None:
        raise NotIdentified("entropy_not_converged")
    shares = special.softmax(basis @ dual)
    weights = np.ones(len(mask))
    weights[~mask] = mask.sum() * shares
    return EntropyWeights(weights, effective_controls=float(1 / (shares @ shares)))


def _entropy_dual(
    multipliers: np.ndarray, basis: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Minus the dual, its gradient (the gap in means) and Newton's step."""
    shares = special.softmax(basis @ multipliers)
    gap = shares @ basis
    centred = np.sqrt(shares)[:, None] * (basis - gap)
    # With nearly all weight on a few controls some directions have no curvature: no step there.
    step = np.linalg.lstsq(centred.T @ centred, -gap, rcond=None)[0]
    return -float(special.logsumexp(basis @ multipliers)), -gap, step


def _outside_hull(z: np.ndarray, names: Sequence[str]) -> NotIdentified:
    """Why no weights exist, with the covariates in which the mean is beyond all controls."""
    beyond = [
        name
        for name, column in zip(names, z.T, strict=True)
        if np.any(column) and (column.min() >= 0 or column.max() <= 0)
    ]
    facts = {"controls": len(z), "variables": names}
    if not beyond:
        return NotIdentified("outside_hull", **facts)
    return NotIdentified("outside_hull_in", **facts, beyond=beyond)
