r"""The two-way coefficient of staggered adoption as a sum of the effects in treated rows."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.columns import no_variation
from pilotzone.methods.inference.effects import FixedEffects


@dataclass(frozen=True, eq=False)
class TwoWayWeights:
    """Weights of the effects in treated rows in the two-way coefficient.

    Attributes
    ----------
    weights : (N,) in the order of the input, 0 for untreated rows; their sum is one.
    cohort, period, total, n_rows : (r,) weight and treated rows by first treated period of the
        unit and period.
    sum_negative : sum of the negative weights, at most 0.
    share_negative : share of the treated rows whose weight is negative.
    n_treated : treated rows.
    """

    weights: np.ndarray = field(repr=False)
    cohort: np.ndarray
    period: np.ndarray
    total: np.ndarray
    n_rows: np.ndarray
    sum_negative: float
    share_negative: float
    n_treated: int


def two_way_weights(
    treatment: ArrayLike, unit: ArrayLike, period: ArrayLike, *, doses: bool = False
) -> TwoWayWeights:
    r"""Weights w with E(β̂) = Σ_{treated} w_it Δ_it under parallel trends.

    w_it = D_it ε_it / Σ D ε, with ε the residual of the treatment (N,), 0 or 1, on unit and period
    effects; the panel may have gaps. With ``doses`` the treatment is a number from 0 on and Δ_it
    the effect of the row's dose by unit of it, (Y_it(D_it) − Y_it(0))/D_it.
    De Chaisemartin and D'Haultfœuille (2020, American Economic Review 110(9), 2964-2996),
    theorem 1, in a sharp design; for doses their web appendix.

    Raises
    ------
    UserError : if the treatment is not binary, a dose is below zero, or the panel is not as
        described.
    NotIdentified : if the treatment does not vary within unit and period effects.
    """
    d = np.asarray(treatment, dtype=float)
    if doses and not (d >= 0).all():
        raise UserError("the weights need doses from 0 on; take out what is below or missing")
    if not doses and not np.isin(d, (0.0, 1.0)).all():
        raise UserError("the weights need a treatment of 0 and 1; choose a binary coding")
    effects = FixedEffects([unit, period], names=("unit", "period"))
    left = effects.residualise(d)
    if no_variation(d[:, None], left[:, None]).any():
        raise NotIdentified("flat_treatment")
    weights = d * left / (d @ left)
    cohort, times, total, n_rows = _by_cohort(d, weights, effects.factors[0].codes, period)
    # A weight of rounding size is zero, not negative.
    negative = weights < -1e-12
    return TwoWayWeights(
        weights=weights,
        cohort=cohort,
        period=times,
        total=total,
        n_rows=n_rows,
        sum_negative=float(weights[negative].sum()),
        share_negative=float(negative.sum() / (d > 0).sum()),
        n_treated=int((d > 0).sum()),
    )


def _by_cohort(
    d: np.ndarray, weights: np.ndarray, unit: np.ndarray, period: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cohort, period, total weight and rows of the treated cells."""
    when = np.asarray(period, dtype=float)
    treated = d > 0
    first = np.full(unit.max() + 1, np.inf)
    np.minimum.at(first, unit[treated], when[treated])
    keys = np.column_stack([first[unit[treated]], when[treated]])
    keys, code = np.unique(keys, axis=0, return_inverse=True)
    code = code.ravel()
    return keys[:, 0], keys[:, 1], np.bincount(code, weights[treated]), np.bincount(code)
