"""Covariances of a spatial fit: the inverse information, and sandwiches of the score."""

from typing import Literal, get_args

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import Algebra, DenseAlgebra
from pilotzone.methods.space.information import covariance
from pilotzone.methods.space.maximum import Maximum
from pilotzone.methods.space.scores import pair_scores, unit_scores

Vcov = Literal["information", "cluster", "cluster_pairs"]


def check_vcov(vcov: str, algebra: Algebra) -> None:
    """Raise UserError if the kind is unknown, or clustered without a dense multiplier."""
    if vcov not in get_args(Vcov):
        raise UserError(f"vcov '{vcov}' is unknown; choose one of {', '.join(get_args(Vcov))}")
    if vcov != "information" and not isinstance(algebra, DenseAlgebra):
        raise UserError(f"vcov '{vcov}' needs the eigenvalues of W; leave the algebra out")


def degrees_of_freedom(vcov: Vcov, n_units: int) -> int | None:
    """Degrees of freedom of t: n - 1 if clustered by unit, none (normal) by the information."""
    return None if vcov == "information" else n_units - 1


def covariance_of(top: Maximum, vcov: Vcov) -> np.ndarray:
    """Return the covariance (K, K) of the coefficients."""
    return full_covariance(top, vcov)[..., :-1, :-1]


def full_covariance(top: Maximum, vcov: Vcov) -> np.ndarray:
    r"""Return the covariance (K + 1, K + 1) of coefficients and sigma2; (R, ...) of a stack.

    With I the expected information and s_i, P_ij the parts of the score by unit and by pair of
    units (module ``scores``),

        information    I^-1
        cluster        n/(n-1) I^-1 (sum_i s_i s_i') I^-1
        cluster_pairs  n/(n-1) I^-1 (sum_i s_i s_i' + sum_{i<j} P_ij P_ij') I^-1.

    ``cluster`` takes the scores of units for uncorrelated, which those of a spatial parameter are
    not: it halves the variance of rho, and is here for comparison. ``cluster_pairs`` holds for
    errors that are independent between units and free over time. Neither covers errors that are
    correlated between units beyond what the model says. For ols and slx both are CRV1 without the
    factor (N - 1)/(N - K).
    """
    bread = covariance(top)
    if vcov == "information":
        return bread
    n = top.residuals.shape[-1]
    sandwich = bread @ _meat(top, vcov) @ bread * (n / (n - 1))
    return (sandwich + sandwich.swapaxes(-1, -2)) / 2.0


def _meat(top: Maximum, vcov: Vcov) -> np.ndarray:
    if vcov == "cluster":
        scores = unit_scores(top)
        return scores.T @ scores
    units, pairs = pair_scores(top)
    meat = units.swapaxes(-1, -2) @ units
    flat = pairs.reshape(*pairs.shape[:-2], top.residuals.shape[-1] ** 2)
    of_parameters = slice(top.design.k, -1)
    # Every pair stands twice.
    meat[..., of_parameters, of_parameters] += flat @ flat.swapaxes(-1, -2) / 2.0
    return meat
