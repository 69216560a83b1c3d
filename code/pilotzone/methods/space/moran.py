r"""Spatial autocorrelation of one cross-section: Moran's I, Geary's C and local Moran.

With z the values less their mean, scaled so that sum z^2 = n, and W row-normalised (its weights
sum to n):

    I = z'Wz / n,    C = (n - 1) sum_ij w_ij (z_i - z_j)^2 / (2 n^2),    I_i = z_i (Wz)_i

The mean of the local I_i is I. Moments under normality (the values are draws from one normal
distribution) and under randomisation (the values are given, their places are not) are those of
Cliff and Ord (1981, Spatial Processes, chapters 1 and 2). They hold for observed values; the
residuals of a regression are shorter of freedom than that, so that for them both are
approximations (for panels, module lm_tests has tests that account for the regressors).

Permutation p values move the values over the places:

    p = (1 + #{|s* - E s| >= |s - E s|}) / (1 + R),

two-sided about the expectation under permutation, the data being one of the arrangements. Local
p values keep z_i where it is and permute the others (Anselin 1995, Geographical Analysis 27(2)).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.randomisation import p_value
from pilotzone.methods.space.panel_ml import normal_p_values
from pilotzone.methods.space.weights import SpatialWeights, as_labels, name_some

# Values whose spread is a smaller share of their size are constant up to the rounding of data with
# 12 significant digits.
_CONSTANT = 1e-8
# A variance under randomisation below this is rounding: I and C are of order one.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True)
class GlobalAutocorrelation:
    """Moran's I or Geary's C of one variable.

    Attributes
    ----------
    kind : {'moran', 'geary'}
    name, weights : str
        Of the variable and of the matrix.
    nobs : int
    statistic, expectation : float
        The expectation is -1/(n - 1) for I and 1 for C.
    variance_normality, variance_randomisation : float
    p_permutation : float
        Two-sided, see the module's head.
    permutations, seed : int
    """

    kind: str
    name: str
    weights: str
    nobs: int
    statistic: float
    expectation: float
    variance_normality: float
    variance_randomisation: float
    p_permutation: float
    permutations: int
    seed: int

    @property
    def z_normality(self) -> float:
        """Standardised under normality; of C, positive autocorrelation gives a negative z."""
        return (self.statistic - self.expectation) / self.variance_normality**0.5

    @property
    def z_randomisation(self) -> float:
        """Standardised under randomisation; of C, positive autocorrelation gives a negative z."""
        return (self.statistic - self.expectation) / self.variance_randomisation**0.5

    @property
    def p_normality(self) -> float:
        """Two-sided p of ``z_normality``."""
        return float(normal_p_values(self.z_normality))

    @property
    def p_randomisation(self) -> float:
        """Two-sided p of ``z_randomisation``."""
        return float(normal_p_values(self.z_randomisation))


@dataclass(frozen=True, eq=False)
class LocalAutocorrelation:
    """Local Moran statistics of one variable; arrays (n,) in the order of ``units``.

    Attributes
    ----------
    name, weights : str
        Of the variable and of the matrix.
    units : tuple of str
        In the order of the caller.
    standardised, lag : ndarray
        z and Wz, the axes of the Moran scatter plot.
    statistic : ndarray
        I_i, with mean I.
    quadrant : tuple of str
        HH, LH, LL or HL: the unit, then its neighbours, above the mean (H) or not (L).
    p_values : ndarray
        By conditional permutation, two-sided.
    adjusted : ndarray
        The p values of Benjamini and Hochberg.
    level : float
        Share of false discoveries admitted.
    permutations, seed : int
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

    @property
    def significant(self) -> np.ndarray:
        """Units (n,) that the control of false discoveries keeps."""
        return self.adjusted <= self.level


def morans_i(
    values: ArrayLike,
    units: Iterable[object],
    weights: SpatialWeights,
    *,
    name: str,
    seed: int,
    permutations: int = 999,
) -> GlobalAutocorrelation:
    """Compute Moran's I of a cross-section.

    Under randomisation, with S1 = sum_ij (w_ij + w_ji)^2 / 2, S2 = sum_i (w_i. + w_.i)^2,
    S0 = n and the kurtosis k = sum z^4 / n:

        E I^2 = [n ((n^2 - 3n + 3) S1 - n S2 + 3 S0^2) - k ((n^2 - n) S1 - 2n S2 + 6 S0^2)]
                / ((n - 1)(n - 2)(n - 3) S0^2)

    Parameters
    ----------
    values : array_like (n,)
        A variable or a vector of residuals.
    units : iterable, length n
        Codes of the values; they meet the weights by code.
    weights : SpatialWeights
        Matrix of the same units.
    name : str
        Of the variable, for messages and results.
    seed : int
        Of the permutations.
    permutations : int
        R, at least 1.

    Raises
    ------
    UserError
        If the variable is constant or not finite somewhere (named), units differ from those of
        the weights, there are fewer than four, or R is not positive.
    NotIdentified
        If every arrangement of the values has the same statistic.
    """
    section = _section(values, units, weights, name, permutations)
    lagged = section.z @ section.matrix.T
    statistic = float(section.z @ lagged) / len(section.z)
    drawn = _permuted(section.z, permutations, seed)
    drawn_statistics = np.einsum("ri,ri->r", drawn, drawn @ section.matrix.T) / len(section.z)
    return _result("moran", section, statistic, drawn_statistics, _moran_moments(section), seed)


def gearys_c(
    values: ArrayLike,
    units: Iterable[object],
    weights: SpatialWeights,
    *,
    name: str,
    seed: int,
    permutations: int = 999,
) -> GlobalAutocorrelation:
    """Compute Geary's C of a cross-section; below 1 is positive autocorrelation.

    The variance under randomisation, in the notation of :func:`morans_i`, is

        [(n-1) S1 (n^2 - 3n + 3 - (n-1) k) - (n-1) S2 (n^2 + 3n - 6 - (n^2 - n + 2) k) / 4
         + S0^2 (n^2 - 3 - (n-1)^2 k)] / (n (n-2)(n-3) S0^2)

    Parameters and errors are those of :func:`morans_i`.
    """
    section = _section(values, units, weights, name, permutations)
    n = len(section.z)
    # sum_ij w_ij (z_i - z_j)^2 = sum_i (w_i. + w_.i) z_i^2 - 2 z'Wz
    sums = section.matrix.sum(axis=0) + section.matrix.sum(axis=1)

    def geary(rows: np.ndarray) -> np.ndarray:
        products = np.einsum("ri,ri->r", rows, rows @ section.matrix.T)
        return (n - 1) * (rows**2 @ sums - 2.0 * products) / (2.0 * n**2)

    statistic = float(geary(section.z[None])[0])
    drawn = geary(_permuted(section.z, permutations, seed))
    return _result("geary", section, statistic, drawn, _geary_moments(section), seed)


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

    Parameters
    ----------
    values, units, weights, name, seed, permutations
        See :func:`morans_i`.
    level : float
        Share of false discoveries admitted (Benjamini and Hochberg 1995).

    Raises
    ------
    UserError
        See :func:`morans_i`; also if ``level`` does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise UserError(f"level {level} does not lie between 0 and 1")
    section = _section(values, units, weights, name, permutations)
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
    """Adjust p values so that rejecting below q admits a share q of false discoveries.

    With p in rising order, the adjusted p_(i) = min_{j >= i} min(1, m p_(j) / j). The share is
    controlled for independent tests and under positive regression dependence; local statistics of
    neighbours share data, so that for them it is an approximation.

    Parameters
    ----------
    p_values : array_like (m,)

    Returns
    -------
    ndarray (m,)

    Notes
    -----
    Benjamini and Hochberg (1995, Journal of the Royal Statistical Society B 57(1)).
    """
    p_values = np.asarray(p_values, dtype=float)
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


@dataclass(frozen=True, eq=False)
class _Section:
    """A cross-section in the order of its codes, so that draws do not depend on that of the rows.

    ``z`` (n,) has mean 0 and mean square 1; ``back`` gives the positions of the caller's rows.
    """

    name: str
    weights: str
    units: tuple[str, ...]
    z: np.ndarray
    matrix: np.ndarray
    back: np.ndarray
    permutations: int


def _section(
    values: ArrayLike,
    units: Iterable[object],
    weights: SpatialWeights,
    name: str,
    permutations: int,
) -> _Section:
    values, codes = np.asarray(values, dtype=float), as_labels(units)
    if values.shape != (len(codes),):
        raise UserError(f"{name}: {len(codes)} units for values of shape {values.shape}")
    missing = ~np.isfinite(values)
    if missing.any():
        raise UserError(
            f"{name} is missing or not finite for unit {name_some(np.array(codes)[missing])}"
        )
    if len(codes) < 4 or permutations < 1:
        raise UserError(f"{name}: autocorrelation needs 4 units and 1 permutation or more")
    weights.require_same_units(codes)
    order = np.argsort(np.array(codes))
    labels = tuple(codes[i] for i in order)
    away = values[order] - values.mean()
    spread = np.sqrt(np.mean(away**2))
    if spread <= _CONSTANT * np.abs(values).max():
        raise UserError(f"{name} is constant over the units; autocorrelation needs variation")
    back = np.argsort(order)
    return _Section(
        name, weights.name, labels, away / spread, weights.align(labels), back, permutations
    )


def _permuted(values: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Rows (R, n) of values in random order."""
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(values, (permutations, 1)), axis=1)


def _conditional_lags(
    z: np.ndarray, matrix: np.ndarray, permutations: int, seed: int
) -> np.ndarray:
    """(Wz*)_i (R, n) with z_i in its place and the others permuted.

    One permutation serves all units: where it puts z_i elsewhere, z_i and the value in its place
    are exchanged, which is a uniform permutation of the others. The exchange adds
    w_ij (z*_i - z_i), j the place of z_i, to the lag of the permuted values.
    """
    n = len(z)
    places = _permuted(np.arange(n), permutations, seed)
    drawn = z[places]
    found = np.argsort(places, axis=1)
    return drawn @ matrix.T + matrix[np.arange(n), found] * (drawn - z)


def _sums(matrix: np.ndarray) -> tuple[float, float, float]:
    """S0, S1 and S2 of :func:`morans_i`."""
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    return matrix.sum(), ((matrix + matrix.T) ** 2).sum() / 2.0, (both**2).sum()


def _moran_moments(section: _Section) -> tuple[float, float, float]:
    """Expectation, variance under normality, variance under randomisation."""
    n, k = len(section.z), np.mean(section.z**4)
    s0, s1, s2 = _sums(section.matrix)
    mean = -1.0 / (n - 1)
    normality = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2)
    given = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    given -= k * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    given /= (n - 1) * (n - 2) * (n - 3) * s0**2
    return mean, float(normality - mean**2), float(given - mean**2)


def _geary_moments(section: _Section) -> tuple[float, float, float]:
    """Expectation, variance under normality, variance under randomisation."""
    n, k = len(section.z), np.mean(section.z**4)
    s0, s1, s2 = _sums(section.matrix)
    normality = ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)
    given = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
    given -= (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k) / 4.0
    given += s0**2 * (n**2 - 3 - (n - 1) ** 2 * k)
    given /= n * (n - 2) * (n - 3) * s0**2
    return 1.0, float(normality), float(given)


def _result(
    kind: str,
    section: _Section,
    statistic: float,
    drawn: np.ndarray,
    moments: tuple[float, float, float],
    seed: int,
) -> GlobalAutocorrelation:
    expectation, normality, given = moments
    if given <= _NO_VARIANCE:
        raise NotIdentified("arrangements_alike", name=section.name, weights=section.weights)
    return GlobalAutocorrelation(
        kind=kind,
        name=section.name,
        weights=section.weights,
        nobs=len(section.z),
        statistic=statistic,
        expectation=expectation,
        variance_normality=normality,
        variance_randomisation=given,
        p_permutation=float(p_value(statistic - expectation, drawn - expectation)),
        permutations=section.permutations,
        seed=seed,
    )
