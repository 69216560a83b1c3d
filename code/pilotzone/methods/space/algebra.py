"""What a spatial likelihood asks of its weights matrix W.

The likelihood needs three things besides the lag W v itself: the log-determinant of I - r W with
two derivatives, the multiplier G = W (I - r W)^-1 applied to data, and two traces of G. A matrix
with eigenvalues at hand answers by them (``DenseAlgebra``); a large sparse one by
factorisations (``large``). The estimators do not know which it is.
"""

import functools
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pilotzone.methods.space.weights import SpatialWeights

# A function of one parameter at several values of it, and its first two derivatives.
Jet = tuple[np.ndarray, np.ndarray, np.ndarray]


class Term(Protocol):
    """A part of a log-likelihood that depends on one parameter alone."""

    def value(self, r: np.ndarray) -> np.ndarray:
        """Values (g,) at r (g,)."""

    def slopes(self, r: float) -> tuple[float, float]:
        """First and second derivative at r."""


class LogDeterminant(Term, Protocol):
    """ln|I - r W| as a function of r; its derivatives are -tr(G) and -tr(GG)."""

    def traces(self, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """tr(G) and tr(GG) for r (g,)."""


class Multiplier(Protocol):
    """G = W (I - r W)^-1 at one r."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        """G v for every v in the last axis of ``values`` (..., n)."""

    def traces(self, centred: bool) -> tuple[float, float]:
        """tr(G) and tr(G'G + GG); of JG, J = I - 11'/n, if centred."""


class Algebra(Protocol):
    """Log-determinant and multiplier of one matrix."""

    def log_determinant(self, centred: bool) -> LogDeterminant:
        """ln|I - r W|; without the eigenvalue 1 if period effects are transformed out."""

    def multiplier(self, r: float) -> Multiplier:
        """G at r."""


def lag(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return W v for every v in the last axis of ``values`` (..., n); W dense or sparse."""
    n = values.shape[-1]
    return (values.reshape(-1, n) @ matrix.T).reshape(values.shape)


def log_determinant(r: np.ndarray, spectrum: np.ndarray) -> np.ndarray:
    """ln|I - r W| for r (g,), from the eigenvalues of W; complex ones come in pairs."""
    factors = 1.0 - np.multiply.outer(r, spectrum)
    return np.log(np.abs(factors)).sum(axis=-1)


@dataclass(frozen=True, eq=False)
class SpectralDeterminant:
    """ln|I - r W| = sum_i ln(1 - r lambda_i) from the eigenvalues of W that count (Ord 1975)."""

    spectrum: np.ndarray

    def value(self, r: np.ndarray) -> np.ndarray:
        """ln|I - r W| for r (g,)."""
        return log_determinant(r, self.spectrum)

    def slopes(self, r: float) -> tuple[float, float]:
        """First and second derivative at r."""
        first, second = self.traces(r)
        return -first, -second

    def traces(self, r: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """tr(G) and tr(GG) at r (...)."""
        ratio = self.spectrum / (1.0 - np.multiply.outer(r, self.spectrum))
        return ratio.sum(axis=-1).real, (ratio**2).sum(axis=-1).real


@dataclass(frozen=True, eq=False)
class DenseMultiplier:
    """G as an array (n, n), or one for each r as (..., n, n)."""

    matrix: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """G v for every v in the last axis of ``values`` (..., n)."""
        return values @ self.matrix.swapaxes(-1, -2)

    def traces(self, centred: bool) -> tuple[float, float]:
        """tr(G) and tr(G'G + GG); of JG, which equals JGJ as rows of W sum to one, if centred."""
        return self._of_centred if centred else self._as_it_is

    @functools.cached_property
    def centred(self) -> np.ndarray:
        """JGJ: rows of G have one sum, so that its columns' means are all that J takes out."""
        return self.matrix - self.matrix.mean(axis=-2, keepdims=True)

    @functools.cached_property
    def _of_centred(self) -> tuple[float, float]:
        return _traces(self.centred)

    @functools.cached_property
    def _as_it_is(self) -> tuple[float, float]:
        return _traces(self.matrix)


def _traces(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    squares = np.einsum("...ij,...ij->...", g, g) + np.einsum("...ij,...ji->...", g, g)
    return np.trace(g, axis1=-2, axis2=-1), squares


@dataclass(frozen=True, eq=False)
class DenseAlgebra:
    """The algebra of a matrix whose eigenvalues and inverse are affordable."""

    weights: SpatialWeights

    def log_determinant(self, centred: bool) -> SpectralDeterminant:
        """ln|I - r W|; without the eigenvalue 1, that of the constant, if centred."""
        spectrum = self.weights.eigenvalues
        if centred:
            spectrum = np.delete(spectrum, np.argmin(np.abs(spectrum - 1.0)))
        return SpectralDeterminant(spectrum)

    def multiplier(self, r: float | np.ndarray) -> DenseMultiplier:
        """G at r (...) by one solve each."""
        matrix = self.weights.matrix
        inside = np.eye(len(matrix)) - np.multiply.outer(r, matrix)
        return DenseMultiplier(np.linalg.solve(inside, matrix))
