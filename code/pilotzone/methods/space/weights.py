"""Spatial weights matrices that carry the codes of their units.

A matrix without labels joins a panel by position and gives a number for the wrong neighbours. So
every matrix here is a ``SpatialWeights``: rows sum to one, the diagonal is zero, and whoever
wants the matrix asks for it by code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pilotzone.errors import UserError

# Matrices are read from text of 12 significant digits: row sums and the symmetry of what was
# normalised hold to about 1e-11 there, and a matrix that was not normalised misses by far more.
ROUNDING = 1e-8
# An eigenvalue that is real and repeated can come back as a pair with an imaginary part of the
# order of the square root of the machine precision.
_IMAGINARY = 1e-6
_SHOWN = 5


def name_some(items: Iterable[object]) -> str:
    """Return the first five items as text, and how many more there are."""
    texts = [str(item) for item in items]
    rest = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def as_labels(codes: Iterable[object]) -> tuple[str, ...]:
    """Return unit codes as a tuple of text.

    Raises UserError if a code occurs twice; the code is named.
    """
    labels = tuple(str(code) for code in codes)
    if len(set(labels)) < len(labels):
        seen: set[str] = set()
        twice = [label for label in labels if label in seen or seen.add(label)]
        raise UserError(f"unit {name_some(twice)} is listed twice; list each unit once")
    return labels


@dataclass(frozen=True, eq=False)
class Labelled:
    """A row-normalised weights matrix with the codes of its units.

    Parameters
    ----------
    name : id of the matrix, for tables and notes.
    labels : (n,) unit codes, in the order of the rows; kept as text.
    matrix : (n, n) weights w_ij >= 0 with w_ii = 0; every row sums to one. A read-only copy is
        kept.

    Raises UserError if the shape, a value, the diagonal or a row sum is wrong; the unit is named.
    """

    name: str
    labels: tuple[str, ...]
    matrix: np.ndarray

    def __post_init__(self) -> None:
        """Check the matrix and keep a read-only copy."""
        labels, matrix = as_labels(self.labels), self._copied()
        n = len(labels)
        if n < 2 or matrix.shape != (n, n):
            raise UserError(
                f"weights '{self.name}': {n} labels for a matrix of shape {matrix.shape}"
            )
        faults = {
            "has a negative or missing weight": self._wrong_rows(matrix),
            "is its own neighbour": matrix.diagonal() != 0,
            "has a row that does not sum to one (use row_normalise)": ~(
                np.abs(matrix.sum(axis=1) - 1.0) < ROUNDING
            ),
        }
        for fault, rows in faults.items():
            if rows.any():
                units = name_some(np.asarray(labels)[rows])
                raise UserError(f"weights '{self.name}': unit {units} {fault}")
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "matrix", matrix)

    def require_same_units(self, codes: Iterable[str]) -> None:
        """Raise UserError, naming the units, unless ``codes`` are the units of the matrix."""
        codes = set(codes)
        unknown = sorted(codes.difference(self.labels))
        absent = sorted(set(self.labels).difference(codes))
        if not unknown and not absent:
            return
        parts = []
        if unknown:
            parts.append(f"has no unit {name_some(unknown)}")
        if absent:
            parts.append(f"holds unit {name_some(absent)} that the data lack")
        raise UserError(
            f"weights '{self.name}' {' and '.join(parts)}; "
            "choose the units with weights.subset(codes) or complete the data"
        )


@dataclass(frozen=True, eq=False)
class SpatialWeights(Labelled):
    """Weights as an array (n, n); see ``Labelled``."""

    def _copied(self) -> np.ndarray:
        matrix = np.array(self.matrix, dtype=float)
        matrix.setflags(write=False)
        return matrix

    def _wrong_rows(self, matrix: np.ndarray) -> np.ndarray:
        return ~np.all(matrix >= 0, axis=1)

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues (n,), sorted; real wherever W is similar to a symmetric matrix."""
        symmetric = _symmetric_form(self.matrix)
        if symmetric is not None:
            values = np.linalg.eigvalsh(symmetric)
        else:
            values = np.sort_complex(np.linalg.eigvals(self.matrix))
            values = values if np.any(values.imag) else values.real
        values.setflags(write=False)
        return values

    @cached_property
    def stable_interval(self) -> tuple[float, float]:
        """Open interval (1/lowest real eigenvalue, 1) on which I - rho W is never singular.

        Complex eigenvalues set no bound (LeSage and Pace 2009, section 4.3.2). A matrix without a
        negative real eigenvalue has the bound -1, as no eigenvalue lies outside the unit circle.
        """
        values = self.eigenvalues
        real = values.real[np.abs(values.imag) < _IMAGINARY]
        lowest = real.min()
        return (1.0 / lowest if lowest < -_IMAGINARY else -1.0), 1.0

    @property
    def largest_row_weight(self) -> float:
        """Largest single weight: 1 if some unit has only one neighbour."""
        return float(self.matrix.max())

    def align(self, codes: Iterable[object]) -> np.ndarray:
        """Return the matrix with rows and columns in the order of ``codes``.

        Raises UserError if ``codes`` and the labels are not the same set; the units are named.
        """
        codes = as_labels(codes)
        self.require_same_units(codes)
        order = self._positions(codes)
        return self.matrix[np.ix_(order, order)]

    def subset(self, codes: Iterable[object]) -> "SpatialWeights":
        """Keep the units ``codes``, in this order, and normalise the rows anew.

        Raises UserError if a code is unknown or a unit loses all its neighbours; the units are
        named.
        """
        codes = as_labels(codes)
        unknown = sorted(set(codes).difference(self.labels))
        if unknown:
            raise UserError(f"weights '{self.name}' has no unit {name_some(unknown)} to keep")
        order = self._positions(codes)
        return normalised(self.name, codes, self.matrix[np.ix_(order, order)])

    def relabelled(self, order: Sequence[int]) -> "SpatialWeights":
        """Give unit i the neighbours of unit ``order[i]``, for placebo matrices.

        The result is similar to the original by a permutation, so that the eigenvalues are
        carried over and not computed again.

        Raises UserError if ``order`` is not a permutation of 0 ... n - 1.
        """
        order = np.asarray(order)
        if not np.array_equal(np.sort(order), np.arange(len(self.labels))):
            raise UserError(f"order for weights '{self.name}' is no permutation of its units")
        moved = SpatialWeights(self.name, self.labels, self.matrix[np.ix_(order, order)])
        moved.__dict__["eigenvalues"] = self.eigenvalues
        return moved

    def _positions(self, codes: Iterable[str]) -> list[int]:
        where = {label: i for i, label in enumerate(self.labels)}
        return [where[code] for code in codes]


def row_normalise(matrix: np.ndarray, labels: Sequence[object]) -> np.ndarray:
    """Divide each row of non-negative weights by its sum.

    Raises UserError if a row is all zero (an island); the units are named by their ``labels``.
    """
    matrix = np.asarray(matrix, dtype=float)
    sums = matrix.sum(axis=1)
    islands = [label for label, total in zip(labels, sums, strict=True) if not total > 0]
    if islands:
        raise UserError(
            f"unit {name_some(islands)} has no neighbour (island); give it one in the list of "
            "pairs, raise the cutoff, or leave it out of the units"
        )
    return matrix / sums[:, None]


def normalised(name: str, labels: tuple[str, ...], matrix: np.ndarray) -> SpatialWeights:
    """Return the weights of a matrix that is not normalised yet; errors begin with its name."""
    try:
        return SpatialWeights(name, labels, row_normalise(matrix, labels))
    except UserError as error:
        raise UserError(f"{name}: {error}") from None


def _symmetric_form(matrix: np.ndarray) -> np.ndarray | None:
    """Return D^1/2 W D^-1/2 if some diagonal D makes it symmetric, else None."""
    # Such a D satisfies d_i w_ij = d_j w_ji, so one neighbour fixes the next along any path;
    # whether all pairs agree is checked at the end. Row-normalised symmetric matrices pass, and
    # those with masses on the neighbours; nearest neighbours do not.
    if not np.array_equal(matrix > 0, matrix.T > 0):
        return None
    scale = np.zeros(len(matrix))
    for start in range(len(matrix)):
        if scale[start] > 0:
            continue
        scale[start] = 1.0
        reached = np.array([start])
        while reached.size:
            ties = (matrix[reached] > 0) & (scale == 0)
            new = np.flatnonzero(ties.any(axis=0))
            known = reached[ties[:, new].argmax(axis=0)]
            scale[new] = scale[known] * matrix[known, new] / matrix[new, known]
            reached = new
    balanced = scale[:, None] * matrix
    if not np.allclose(balanced, balanced.T, rtol=ROUNDING, atol=0.0):
        return None
    root = np.sqrt(scale)
    symmetric = root[:, None] * matrix / root
    return (symmetric + symmetric.T) / 2.0
