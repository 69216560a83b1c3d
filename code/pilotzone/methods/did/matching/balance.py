"""Balance of covariates before and after matching."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.matching.units import (
    column,
    covariates,
    is_treated,
    no_negative,
    refuse_constant,
)

# Below this share of a covariate's standard deviation a number is the noise of rounding.
NOISE = 1e-12


@dataclass(frozen=True, eq=False)
class Comparison:
    """Covariates of treated units and controls, each (k,).

    Attributes
    ----------
    mean_treated, mean_controls : in units of the covariates.
    std_difference : difference of the means over the pooled standard deviation before matching;
        infinite where neither group varies, NaN where a group has one unit.
    variance_ratio : treated over controls; NaN where a group has one unit with weight.
    """

    mean_treated: np.ndarray
    mean_controls: np.ndarray
    std_difference: np.ndarray
    variance_ratio: np.ndarray


@dataclass(frozen=True, eq=False)
class Balance:
    """Balance of k covariates ``names`` before matching (all units alike) and after."""

    names: tuple[str, ...]
    before: Comparison
    after: Comparison


def balance(x: ArrayLike, names: Sequence[str], treated: ArrayLike, weights: ArrayLike) -> Balance:
    r"""Means, standardised differences and variance ratios before and after matching.

    Standardised difference: (x̄₁ − x̄₀) / √((s₁² + s₀²)/2), the variances those before matching, so
    that a change of it is a change of the means; means and differences of less than 1e-12 of that
    deviation are zero, as after entropy balancing. Weighted variances are
    Σw(x − x̄)² · Σw / ((Σw)² − Σw²), with n − 1 if the weights are equal.
    Austin (2009, Statistics in Medicine 28(25)).

    Parameters
    ----------
    x : (n, k) or (n,) covariates, ``names`` their k names.
    treated : (n,) true and false or 1 and 0.
    weights : (n,) weights of the units, none negative.

    Raises
    ------
    NotIdentified : if no treated or no control unit has weight.
    UserError : if a covariate is constant or a value is missing, a weight is negative, or shapes
        differ.
    """
    mask = is_treated(treated)
    columns, names = covariates(x, names, len(mask))
    refuse_constant(columns, names)
    w = no_negative(column(weights, "weights", len(mask)))
    if not (w[mask].any() and w[~mask].any()):
        raise NotIdentified("no_weight")
    even = np.ones(len(mask))
    spread = [_moments(columns[side], even[side])[1] for side in (mask, ~mask)]
    pooled = np.sqrt((spread[0] + spread[1]) / 2)
    return Balance(
        names, _comparison(columns, mask, even, pooled), _comparison(columns, mask, w, pooled)
    )


def _comparison(
    columns: np.ndarray, mask: np.ndarray, w: np.ndarray, pooled: np.ndarray
) -> Comparison:
    """Weighted moments of both groups, set against each other."""
    mean_treated, variance_treated = _moments(columns[mask], w[mask])
    mean_controls, variance_controls = _moments(columns[~mask], w[~mask])
    gap, mean_treated, mean_controls = (
        np.where(np.abs(number) < NOISE * pooled, 0.0, number)
        for number in (mean_treated - mean_controls, mean_treated, mean_controls)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = variance_treated / variance_controls
        return Comparison(mean_treated, mean_controls, gap / pooled, ratio)


def _moments(columns: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means and variances; variances are NaN if one unit has all the weight."""
    mean = w @ columns / w.sum()
    if np.count_nonzero(w) == 1:
        return mean, np.full(columns.shape[1], np.nan)
    return mean, w @ (columns - mean) ** 2 * w.sum() / (w.sum() ** 2 - w @ w)
