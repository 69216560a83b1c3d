"""Doubly robust difference in differences for one comparison of two periods."""

import numpy as np
from scipy import special

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.cluster import TOLERANCE

# A propensity of this size leaves treated units without a comparable control.
LARGEST_PROPENSITY = 0.999
NEWTON_STEPS = 50


def doubly_robust(
    change: np.ndarray, treated: np.ndarray, x: np.ndarray, weights: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    r"""Effect on the treated from outcome regression and propensity score together.

    With D = 1 for treated units, w the weights, π̂ the logit score and x'γ̂ the change predicted
    from controls, both fitted with w,

    τ̂ = Σ_i (w_i D_i / ΣwD − v_i / Σv) (Δy_i − x_i'γ̂),   v_i = w_i (1 − D_i) π̂_i / (1 − π̂_i).

    It is consistent if either the score or the regression is right.
    Sant'Anna and Zhao (2020, Journal of Econometrics 219(1), 101-122), the estimator for panels
    with a logit by maximum likelihood and least squares among the controls.

    Parameters
    ----------
    change, treated : (n,) change of the outcome from base to period; (n,) bool, else control.
    x : (n, k) covariates of the base period, without a constant.
    weights : (n,) positive, or None; their scale does not matter.

    Returns
    -------
    The effect, and the contribution (n,) of each unit to its error: Σ_i φ_i² is the variance.

    Raises NotIdentified if the covariates are collinear among the controls, the logit does not
    converge, or a propensity exceeds 0.999.
    """
    w = np.ones(len(change)) if weights is None else weights / weights.mean()
    design = _design(x, treated)
    score, score_inverse = _logit(treated.astype(float), w, design)
    d, others = w * treated, w * ~treated
    gamma, gram_inverse = _least_squares(change, others, design)
    left = change - design @ gamma
    odds = others * score / (1 - score)
    of_treated = d @ left / d.sum()
    of_controls = odds @ left / odds.sum()
    of_gamma = (others * left)[:, None] * design @ gram_inverse
    of_score = ((d - w * score)[:, None] * design) @ score_inverse
    phi_treated = (d * (left - of_treated) - of_gamma @ (d @ design)) / d.sum()
    moved = odds * (left - of_controls)
    phi_controls = (moved + of_score @ (moved @ design) - of_gamma @ (odds @ design)) / odds.sum()
    return float(of_treated - of_controls), phi_treated - phi_controls


def _design(x: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Constant and covariates, standardised so that their units do not matter."""
    centred = x - x.mean(axis=0)
    spread = np.sqrt(np.mean(centred**2, axis=0))
    if np.any(spread <= TOLERANCE * np.abs(x).max(axis=0)):
        raise NotIdentified("flat_covariate")
    design = np.column_stack([np.ones(len(x)), centred / spread])
    lengths = np.linalg.svd(design[~treated], compute_uv=False)
    controls, k = np.count_nonzero(~treated), design.shape[1]
    if controls < k or lengths[-1] <= TOLERANCE * lengths[0]:
        raise NotIdentified("collinear_covariates", controls=controls)
    return design


def _least_squares(
    y: np.ndarray, weights: np.ndarray, design: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of y among the rows with weight, and the inverse of their gram matrix."""
    inverse = np.linalg.inv(design.T @ (weights[:, None] * design))
    return inverse @ (design.T @ (weights * y)), inverse


def _logit(d: np.ndarray, w: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fitted propensities and the inverse information, by Newton's steps with weights w."""
    beta = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        score = special.expit(design @ beta)
        if score.max() > 1 - TOLERANCE:
            break
        information = design.T @ ((w * score * (1 - score))[:, None] * design)
        step = np.linalg.solve(information, design.T @ (w * (d - score)))
        beta = beta + step
        if np.abs(step).max() < TOLERANCE:
            score = special.expit(design @ beta)
            if score.max() > LARGEST_PROPENSITY:
                break
            return score, np.linalg.inv(information)
    raise NotIdentified("separated")
