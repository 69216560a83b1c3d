"""Local Moran statistics of one cross-section.

With z and W as in ``moran`` the statistic of unit i is z_i (Wz)_i; their mean is Moran's I. p
values keep z_i where it is and permute the others (Anselin 1995, Geographical Analysis 27(2)).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.permutations import p_value
from pilotzone.methods.space.moran import cross_section, permuted
from pilotzone.methods.space.weights import SpatialWeights


@dataclass(frozen=True, eq=False)
class LocalAutocorrelation:
    """Local Moran statistics of one variable; arrays (n,) in the order of ``units``.

    Attributes
    ----------
    name, weights : of the variable and of the matrix.
    units : in the order of the caller.
    standardised, lag : z and Wz, the axes of the Moran scatter plot.
    statistic : I_i, with mean I.
    quadrant : HH, LH, LL or HL: the unit, then its neighbours, above the mean (H) or not (L).
    p_values : by conditional permutation, two-sided.
    adjusted : the p values of Benjamini and Hochberg.
    level : share of false discoveries admitted.
    """

    name: str
    weights: str
    units: tuple[str, ...]
    standardised: np.ndarray
    lag: np.ndarray
    statistic: np.ndarray
    quadrant: tuple[str, ...]
    p_values: np.ndarray
    adjusted: np.ndarray
    level: float
    permutations: int
    seed: int


def local_moran(
    values: ArrayLike,
    units: Iterable[object],
    weights: SpatialWeights,
    *,
    name: str,
    seed: int,
    permutations: int = 9999,
    level: float = 0.05,
) -> LocalAutocorrelation:
    """Compute local Moran statistics with conditional permutation p values.

    Given z_i, permuting the others gives (Wz)_i the mean -z_i/(n - 1); the p value counts the
    arrangements whose (Wz)_i is as far from it as that of the data. With n units the control of
    false discoveries can keep a lone unit only if 1/(1 + R) <= level/n, hence the larger R.

    ``level``, between 0 and 1, is the share of false discoveries admitted (Benjamini and Hochberg
    1995); else see ``morans_i``.
    """
    if not 0 < level < 1:
        raise UserError(f"level {level} does not lie between 0 and 1")
    section = cross_section(values, units, weights, name, permutations)
    z, back = section.z, section.back
    lagged = z @ section.matrix.T
    mean = -z / (len(z) - 1)
    drawn = _conditional_lags(z, section.matrix, permutations, seed)
    p_values = p_value(lagged - mean, drawn - mean)[back]
    own, around = (np.where(values > 0, "H", "L")[back] for values in (z, lagged))
    return LocalAutocorrelation(
        name=name,
        weights=weights.name,
        units=tuple(section.units[i] for i in back),
        standardised=z[back],
        lag=lagged[back],
        statistic=(z * lagged)[back],
        quadrant=tuple(np.char.add(own, around).tolist()),
        p_values=p_values,
        adjusted=benjamini_hochberg(p_values),
        level=level,
        permutations=permutations,
        seed=seed,
    )


def benjamini_hochberg(p_values: ArrayLike) -> np.ndarray:
    """Adjust p values (m,) so that rejecting below q admits a share q of false discoveries.

    With p in rising order, the adjusted p_(i) = min_{j >= i} min(1, m p_(j) / j). The share is
    controlled for independent tests and under positive regression dependence; local statistics of
    neighbours share data, so that for them it is an approximation.
    Benjamini and Hochberg (1995, Journal of the Royal Statistical Society B 57(1)).
    """
    p_values = np.asarray(p_values, dtype=float)
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def _conditional_lags(
    z: np.ndarray, matrix: np.ndarray, permutations: int, seed: int
) -> np.ndarray:
    """(Wz*)_i (R, n) with z_i in its place and the others permuted."""
    # One permutation serves all units: where it puts z_i elsewhere, z_i and the value in its place
    # are exchanged, which is a uniform permutation of the others. The exchange adds
    # w_ij (z*_i - z_i), j the place of z_i, to the lag of the permuted values.
    n = len(z)
    places = permuted(np.arange(n), permutations, seed)
    drawn = z[places]
    found = np.argsort(places, axis=1)
    return drawn @ matrix.T + matrix[np.arange(n), found] * (drawn - z)
