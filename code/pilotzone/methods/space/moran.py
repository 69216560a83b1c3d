r"""Spatial autocorrelation of one cross-section: Moran's I and Geary's C.

With z the values less their mean, scaled so that sum z^2 = n, and W row-normalised (its weights
sum to n):

    I = z'Wz / n,    C = (n - 1) sum_ij w_ij (z_i - z_j)^2 / (2 n^2)

Moments under normality (the values are draws from one normal distribution) and under randomisation
(the values are given, their places are not) are those of Cliff and Ord (1981, Spatial Processes,
chapters 1 and 2). They hold for observed values; the residuals of a regression are shorter of
freedom than that, so that for them both are approximations (for panels, module lm_tests has tests
that account for the regressors).

Permutation p values move the values over the places:

    p = (1 + #{|s* - E s| >= |s - E s|}) / (1 + R),

two-sided about the expectation under permutation, the data being one of the arrangements.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.permutations import p_value
from pilotzone.methods.space.results import normal_p_values
from pilotzone.methods.space.weights import SpatialWeights, as_labels, name_some

# Values whose spread is a smaller share of their size are constant up to the rounding of data with
# 12 significant digits.
_CONSTANT = 1e-8


@dataclass(frozen=True, eq=False)
class CrossSection:
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


def cross_section(
    values: ArrayLike,
    units: Iterable[object],
    weights: SpatialWeights,
    name: str,
    permutations: int,
) -> CrossSection:
    """Check a variable, see ``morans_i``, and bring it into the order of its codes."""
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
    return CrossSection(
        name, weights.name, labels, away / spread, weights.align(labels), back, permutations
    )


def permuted(values: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Rows (R, n) of values in random order."""
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(values, (permutations, 1)), axis=1)


# A variance under randomisation below this is rounding: I and C are of order one.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True)
class GlobalAutocorrelation:
    """Moran's I or Geary's C of one variable.

    Attributes
    ----------
    kind : {'moran', 'geary'}
    name, weights : of the variable and of the matrix.
    statistic, expectation : the expectation is -1/(n - 1) for I and 1 for C.
    p_permutation : two-sided, see the module's head.
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
    def p_randomisation(self) -> float:
        """Two-sided p of ``z_randomisation``."""
        return float(normal_p_values(self.z_randomisation))


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
    values, name : (n,) a variable or residuals, and what messages and results call it.
    units, weights : (n,) codes of the values, by which they meet the matrix.
    seed, permutations : of the R permutations, at least 1.

    Raises
    ------
    UserError : if the variable is constant or not finite somewhere (named), units differ from those
        of the weights, there are fewer than four, or R is not positive.
    NotIdentified : if every arrangement of the values has the same statistic.
    """
    section = cross_section(values, units, weights, name, permutations)

    def moran(rows: np.ndarray) -> np.ndarray:
        return np.einsum("ri,ri->r", rows, rows @ section.matrix.T) / len(section.z)

    return _result("moran", section, moran, _moran_moments(section), seed)


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

    The variance under randomisation, in the notation of ``morans_i``, is

        [(n-1) S1 (n^2 - 3n + 3 - (n-1) k) - (n-1) S2 (n^2 + 3n - 6 - (n^2 - n + 2) k) / 4
         + S0^2 (n^2 - 3 - (n-1)^2 k)] / (n (n-2)(n-3) S0^2)

    Parameters and errors are those of ``morans_i``.
    """
    section = cross_section(values, units, weights, name, permutations)
    n = len(section.z)
    # sum_ij w_ij (z_i - z_j)^2 = sum_i (w_i. + w_.i) z_i^2 - 2 z'Wz
    sums = section.matrix.sum(axis=0) + section.matrix.sum(axis=1)

    def geary(rows: np.ndarray) -> np.ndarray:
        products = np.einsum("ri,ri->r", rows, rows @ section.matrix.T)
        return (n - 1) * (rows**2 @ sums - 2.0 * products) / (2.0 * n**2)

    return _result("geary", section, geary, _geary_moments(section), seed)


def _sums(matrix: np.ndarray) -> tuple[float, float, float]:
    """S0, S1 and S2 of ``morans_i``."""
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    return matrix.sum(), ((matrix + matrix.T) ** 2).sum() / 2.0, (both**2).sum()


def _moran_moments(section: CrossSection) -> tuple[float, float, float]:
    """Expectation, variance under normality, variance under randomisation."""
    n, k = len(section.z), np.mean(section.z**4)
    s0, s1, s2 = _sums(section.matrix)
    mean = -1.0 / (n - 1)
    normality = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2)
    given = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    given -= k * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    given /= (n - 1) * (n - 2) * (n - 3) * s0**2
    return mean, float(normality - mean**2), float(given - mean**2)


def _geary_moments(section: CrossSection) -> tuple[float, float, float]:
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
    section: CrossSection,
    of_rows: Callable[[np.ndarray], np.ndarray],
    moments: tuple[float, float, float],
    seed: int,
) -> GlobalAutocorrelation:
    expectation, normality, given = moments
    statistic = float(of_rows(section.z[None])[0])
    drawn = of_rows(permuted(section.z, section.permutations, seed))
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
