"""The propensity score: a logit whose estimate exists in every sample."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.matching.convex import climb, on_one_side, orthogonal
from pilotzone.methods.did.matching.units import covariates, is_treated, standardised


@dataclass(frozen=True, eq=False)
class FirthLogit:
    """A logit by penalised likelihood.

    Attributes
    ----------
    names : "constant" and the covariates, in the order of the coefficients.
    coefficients : (k + 1,), in units of the covariates as given.
    propensity : (n,) fitted probability of treatment.
    logit : (n,) linear predictor, the logit of the propensity.
    predicted : (n,) bool, units whose treatment the covariates predict perfectly: the plain
        logit sends their propensity to 0 or 1 and has no finite coefficients if there is any.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    propensity: np.ndarray = field(repr=False)
    logit: np.ndarray = field(repr=False)
    predicted: np.ndarray = field(repr=False)


def firth_logit(d: ArrayLike, x: ArrayLike, names: Sequence[str] | None = None) -> FirthLogit:
    r"""Logit by Firth's penalised likelihood, whose maximum is finite in every sample.

    max_β Σ_i [d_i η_i − ln(1 + e^{η_i})] + ½ ln |X'WX|,  η = Xβ, W = diag(π(1 − π)), with the
    score X'(d − π + h(½ − π)), h the leverages of W^½X. The maximum does not depend on the
    units of the covariates; they are standardised for the computation only.

    Firth (1993, Biometrika 80(1)); finiteness: Kosmidis and Firth (2021, Biometrika 108(1)).
    Separation: a direction b ≠ 0 with (2d_i − 1)x_i'b ≥ 0 for all units and > 0 for some
    (Albert and Anderson 1984, Biometrika 71(1)), found by a linear programme.

    Parameters and errors are those of ``entropy_balance`` (d its treated, x without a constant).
    """
    treated = is_treated(d)
    columns, names = covariates(x, names, len(treated))
    mean, sd = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack([np.ones(len(treated)), standardised(columns, names)])
    basis = orthogonal(design)
    maximum = climb(lambda b: _penalised(b, basis, treated.astype(float)), basis.shape[1])
    if maximum is None:
        raise NotIdentified("score_not_converged")
    logit = basis @ maximum
    beta = np.linalg.lstsq(design, logit, rcond=None)[0]
    slopes = beta[1:] / sd
    return FirthLogit(
        names=("constant", *names),
        coefficients=np.append(beta[0] - slopes @ mean, slopes),
        propensity=special.expit(logit),
        logit=logit,
        predicted=on_one_side(np.where(treated, 1.0, -1.0)[:, None] * basis),
    )


def _penalised(
    beta: np.ndarray, design: np.ndarray, d: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Penalised log likelihood, its mean gradient, and a step."""
    eta = design @ beta
    score = special.expit(eta)
    w = score * special.expit(-eta)
    q, r = np.linalg.qr(np.sqrt(w)[:, None] * design)
    leverage = np.einsum("ij,ij->i", q, q)
    gradient = design.T @ (d - score + leverage * (0.5 - score))
    # At given leverages the score is that of a logit with weights 1 + h; this is its information.
    step = np.linalg.solve(design.T @ ((w * (1 + leverage))[:, None] * design), gradient)
    value = d @ eta - np.logaddexp(0.0, eta).sum() + np.log(np.abs(np.diag(r))).sum()
    return float(value), gradient / len(d), step
