"""Spatial panel likelihoods for thousands of units.

With N units the eigenvalues of W cost of order N^3 operations and N^2 numbers. A sparse W of
neighbours in the plane needs neither: I - r W is diagonally dominant by rows for |r| < 1, so that
it factors without pivoting into sparse triangles L U, and

    ln|I - r W| = sum_i ln|u_ii|                                                      (exact)
    tr(G), tr(GG) = minus the first two derivatives of that in r,  G = W (I - r W)^-1
    tr(G'G) = sum_i |G e_i|^2, by a solve for each unit, or the mean of |G z|^2 over random signs z

The derivatives are those of a Chebyshev interpolant of degree 24 on a panel of r whose half-width
is a third of the distance from its centre to the nearer of -1 and 1. No eigenvalue of W is beyond
the unit circle, so that the log-determinant is analytic within that distance, which bounds the
error of the interpolant (:func:`trace_bound`). The estimator itself is that of
:mod:`pilotzone.methods.space.panel_ml`.

Sources: Pace and Barry (1997, Geographical Analysis 29, 232-247) for sparse factors; Pace and
LeSage (2004, Computational Statistics and Data Analysis 45, 179-196) for Chebyshev polynomials;
Trefethen (2013, Approximation Theory and Approximation Practice, theorem 8.1) for the bound;
Hutchinson (1990) for random signs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse

from pilotzone.errors import UserError
from pilotzone.methods.space.effects import EffectsTable
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked, stack_panel
from pilotzone.methods.space.weights import SpatialWeights, as_labels, name_some

LARGE_MODELS = ("sar", "sdm")

# Rows of data of 12 significant digits sum to one to about 1e-11.
_ROUNDING = 1e-8
_DEGREE = 24
# Distance to the nearest singularity in half-widths of a panel.
_REACH = 3.0
# Right-hand sides solved at a time: 20 MB for 10,000 units.
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class SparseWeights:
    """A row-normalised sparse weights matrix with the codes of its units.

    Parameters
    ----------
    name : str
        Id of the matrix, for tables and notes.
    labels : sequence of str, length n
        Unit codes, in the order of the rows; kept as text.
    matrix : scipy.sparse array (n, n)
        Weights w_ij >= 0 with w_ii = 0; every row sums to one. A copy by rows is kept.

    Raises
    ------
    UserError
        If the shape, a value, the diagonal or a row sum is wrong; the unit is named.
    """

    name: str
    labels: tuple[str, ...]
    matrix: sparse.csr_array

    def __post_init__(self) -> None:
        """Check the matrix and keep a copy."""
        labels = as_labels(self.labels)
        matrix = sparse.csr_array(self.matrix, dtype=float, copy=True)
        matrix.sum_duplicates()
        _check_sparse(self.name, labels, matrix)
        matrix.data.setflags(write=False)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "matrix", matrix)

    @property
    def stable_interval(self) -> tuple[float, float]:
        """Open interval (-1, 1), on which I - rho W is regular for every row-normalised W."""
        return -1.0, 1.0

    def require_same_units(self, codes: Iterable[str]) -> None:
        """Raise UserError, naming the units, unless ``codes`` are the units of the matrix."""
        # Reads the name and the labels only.
        SpatialWeights.require_same_units(self, codes)


def sparse_contiguity(
    labels: Sequence[object],
    pairs: Iterable[tuple[object, object]],
    *,
    name: str = "contiguity",
) -> SparseWeights:
    """Build sparse weights that are equal over the neighbours of a list.

    Parameters
    ----------
    labels : sequence, length n
        Unit codes.
    pairs : iterable of (code, code)
        Neighbours, each pair in one direction or in both.
    name : str
        Id of the matrix.

    Raises
    ------
    UserError
        If a pair names an unknown unit or one unit twice, or a unit is in no pair.
    """
    labels = as_labels(labels)
    where = {label: i for i, label in enumerate(labels)}
    listed = [(str(one), str(other)) for one, other in pairs]
    unknown = sorted({code for pair in listed for code in pair}.difference(where))
    if unknown:
        raise UserError(f"{name}: unit {name_some(unknown)} of the pairs is not among the labels")
    selfish = sorted({one for one, other in listed if one == other})
    if selfish:
        raise UserError(f"{name}: unit {name_some(selfish)} is listed as its own neighbour")
    ends = np.array([[where[one], where[other]] for one, other in listed], int).reshape(-1, 2)
    rows, columns = ends.ravel(), ends[:, ::-1].ravel()
    shape = (len(labels), len(labels))
    links = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    links.sum_duplicates()
    links.data[:] = 1.0
    return _row_normalised(name, labels, links)


def sparse_nearest(
    labels: Sequence[object],
    lon: np.ndarray,
    lat: np.ndarray,
    k: int,
    *,
    name: str | None = None,
) -> SparseWeights:
    """Build sparse weights 1/k on the k units nearest by great circle.

    Neighbours are found by a search tree on the sphere, as chords rank like arcs.

    Parameters
    ----------
    labels : sequence, length n
        Unit codes.
    lon, lat : ndarray (n,)
        Degrees east and north.
    k : int
        Number of neighbours, 1 ... n - 1. Of units equally far away any may be taken.
    name : str, optional
        Id; ``nearest_<k>`` if left out.

    Raises
    ------
    UserError
        If ``k`` is out of range, a coordinate is missing, or two units are at the same place.
    """
    from scipy.spatial import cKDTree

    labels = as_labels(labels)
    name, n = name or f"nearest_{k}", len(labels)
    lon, lat = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    if not 1 <= k < n:
        raise UserError(f"{name}: k must lie between 1 and {n - 1}")
    if lon.shape != (n,) or lat.shape != (n,) or not np.isfinite(lon + lat).all():
        raise UserError(f"{name}: {n} labels need as many finite coordinates")
    places = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], 1)
    distance, nearest = cKDTree(places).query(places, k + 1)
    same = np.flatnonzero(distance[:, 1] == 0.0)
    if same.size:
        units = name_some(labels[i] for i in same)
        raise UserError(f"{name}: unit {units} shares its place with another; merge or correct")
    rows = np.repeat(np.arange(n), k)
    links = sparse.csr_array((np.ones(n * k), (rows, nearest[:, 1:].ravel())), shape=(n, n))
    return _row_normalised(name, labels, links)


def _row_normalised(name: str, labels: tuple[str, ...], links: sparse.csr_array) -> SparseWeights:
    sums = links.sum(axis=1)
    islands = np.flatnonzero(sums == 0)
    if islands.size:
        units = name_some(labels[i] for i in islands)
        raise UserError(f"{name}: unit {units} has no neighbour (island); give it one")
    return SparseWeights(name, labels, sparse.csr_array(sparse.diags_array(1.0 / sums) @ links))


def _check_sparse(name: str, labels: tuple[str, ...], matrix: sparse.csr_array) -> None:
    n = len(labels)
    if n < 2 or matrix.shape != (n, n):
        raise UserError(f"weights '{name}': {n} labels for a matrix of shape {matrix.shape}")
    wrong = np.zeros(n, dtype=bool)
    wrong[np.repeat(np.arange(n), np.diff(matrix.indptr))[~(matrix.data >= 0)]] = True
    faults = {
        "has a negative or missing weight": wrong,
        "is its own neighbour": matrix.diagonal() != 0,
        "has a row that does not sum to one": ~(np.abs(matrix.sum(axis=1) - 1.0) < _ROUNDING),
    }
    for fault, rows in faults.items():
        if rows.any():
            units = name_some(np.asarray(labels)[rows])
            raise UserError(f"weights '{name}': unit {units} {fault}")


# Log-determinant and multiplier ----------------------------------------------------------------


def trace_bound(n: int, r: float) -> tuple[float, float]:
    """Bound the error of tr(G) and tr(GG) at r, rounding apart.

    On a panel with centre c and half-width h, f(r) = ln|I - r W| - ln|I - c W| is a sum of N
    terms ln(1 - z) with |z| <= |r - c|/(1 - |c|), so that |f| <= M = -N ln(1 - a/3) on the
    Bernstein ellipse with half-axis a h, 1 < a < 3. Its Chebyshev coefficients are then at most
    2 M b^-k, b = a + (a^2 - 1)^1/2, and as |T_k'| <= k^2, |T_k''| <= k^4/3 the derivatives of the
    interpolant of degree K miss by at most

        sum_{k > K} 4 M b^-k k^2 / h    and    sum_{k > K} 4 M b^-k k^4 / (3 h^2).

    Parameters
    ----------
    n : int
        Number of units N.
    r : float
        Inside (-1, 1).
    """
    _, h = _panel_of(_panel_index(np.array([r]))[0])
    a = np.linspace(1.5, _REACH, 200, endpoint=False)[:, None]
    b = a + np.sqrt(a**2 - 1.0)
    k = np.arange(_DEGREE + 1, _DEGREE + 200.0)
    coefficients = -4.0 * n * np.log(1.0 - a / _REACH) * b**-k
    first, second = (coefficients * k**2).sum(axis=1), (coefficients * k**4).sum(axis=1)
    return float(first.min() / h), float(second.min() / (3.0 * h**2))


def _panel_index(r: np.ndarray) -> np.ndarray:
    """Number the panels 1 - 2^-j <= |r| < 1 - 2^-(j+1) by j + 1, with the sign of r."""
    j = np.floor(-np.log2(1.0 - np.abs(r)))
    return np.where(r < 0, -1, 1) * (j.astype(int) + 1)


def _panel_of(index: int) -> tuple[float, float]:
    """Centre and half-width; the nearer of -1 and 1 is three half-widths from the centre."""
    width = 0.5 ** (abs(index) - 1)
    return float(np.sign(index) * (1.0 - 0.75 * width)), width / 4.0


def _factor(matrix: sparse.csr_array, r: float) -> "sparse.linalg.SuperLU":
    """Factor I - r W; dominance of the diagonal makes pivoting needless."""
    from scipy.sparse.linalg import splu

    n = matrix.shape[0]
    return splu(
        sparse.csc_array(sparse.eye_array(n) - r * matrix),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )


@dataclass(frozen=True, eq=False)
class SparseDeterminant:
    """ln|I - r W| by sparse factors, for |r| < 1.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array (n, n)
        W.
    centred : bool
        Whether the eigenvalue 1 is left out.
    panels : dict of int to Chebyshev
        Interpolants of ln|I - r W|, all eigenvalues, on the panels asked for so far.
    """

    matrix: sparse.csr_array
    centred: bool
    panels: dict[int, np.polynomial.Chebyshev] = field(default_factory=dict, repr=False)

    def value(self, r: np.ndarray) -> np.ndarray:
        """ln|I - r W| for r (g,), one factorisation each."""
        whole = self._whole(r)
        return whole - np.log(1.0 - r) if self.centred else whole

    def slopes(self, r: float) -> tuple[float, float]:
        """First and second derivative at r."""
        first, second = self.traces(np.array([r]))
        return -float(first[0]), -float(second[0])

    def traces(self, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """tr(G) and tr(GG) for r (g,); of JG if centred. Errors: :func:`trace_bound`."""
        first, second = np.empty(len(r)), np.empty(len(r))
        index = _panel_index(r)
        for number in np.unique(index):
            inside = index == number
            panel = self._panel(int(number))
            first[inside], second[inside] = (-panel.deriv(m)(r[inside]) for m in (1, 2))
        if not self.centred:
            return first, second
        return first - 1.0 / (1.0 - r), second - 1.0 / (1.0 - r) ** 2

    def _whole(self, r: np.ndarray) -> np.ndarray:
        diagonals = (_factor(self.matrix, one).U.diagonal() for one in r)
        return np.array([np.log(np.abs(diagonal)).sum() for diagonal in diagonals])

    def _panel(self, index: int) -> np.polynomial.Chebyshev:
        if index not in self.panels:
            centre, half = _panel_of(index)
            self.panels[index] = np.polynomial.Chebyshev.interpolate(
                self._whole, _DEGREE, domain=[centre - half, centre + half]
            )
        return self.panels[index]


@dataclass(frozen=True, eq=False)
class SparseMultiplier:
    """G = W (I - r W)^-1 by sparse solves.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array (n, n)
    r : float
    determinant : SparseDeterminant
        Of the same matrix, not centred.
    signs : ndarray (n, probes) or None
        Random signs for tr(G'G); None for a solve per unit.
    """

    matrix: sparse.csr_array
    r: float
    determinant: SparseDeterminant
    signs: np.ndarray | None

    def apply(self, values: np.ndarray) -> np.ndarray:
        """G v for every v in the last axis of ``values`` (..., n)."""
        columns = np.ascontiguousarray(values.reshape(-1, values.shape[-1]).T)
        return (self.matrix @ self._factors.solve(columns)).T.reshape(values.shape)

    def traces(self, centred: bool) -> tuple[float, float]:
        """tr(G) and tr(G'G + GG); of JG if centred."""
        n = self.matrix.shape[0]
        trace, trace_squares = (-slope for slope in self.determinant.slopes(self.r))
        norm = self.square_norm[0]
        if not centred:
            return trace, norm + trace_squares
        # G 1 = 1/(1 - r), so that JGJ = JG; |JG|^2 = |G|^2 - |G'1|^2/n.
        sums = self._factors.solve(self.matrix.T @ np.ones(n), trans="T")
        outer = 1.0 / (1.0 - self.r)
        return trace - outer, norm - sums @ sums / n + trace_squares - outer**2

    @cached_property
    def square_norm(self) -> tuple[float, float]:
        """tr(G'G) and its Monte-Carlo standard error, 0 for a solve per unit."""
        n = self.matrix.shape[0]
        count = n if self.signs is None else self.signs.shape[1]
        squares = np.empty(count)
        for start in range(0, count, _BLOCK):
            stop = min(start + _BLOCK, count)
            if self.signs is None:
                block = np.eye(n, stop - start, -start)
            else:
                block = self.signs[:, start:stop]
            squares[start:stop] = ((self.matrix @ self._factors.solve(block)) ** 2).sum(axis=0)
        if self.signs is None:
            return float(squares.sum()), 0.0
        return float(squares.mean()), float(squares.std(ddof=1) / np.sqrt(count))

    @cached_property
    def _factors(self) -> "sparse.linalg.SuperLU":
        return _factor(self.matrix, self.r)


@dataclass(frozen=True, eq=False)
class SparseAlgebra:
    """Log-determinant and multipliers of a sparse matrix; what was factored is kept.

    Attributes
    ----------
    weights : SparseWeights
    signs : ndarray (n, probes) or None
        See :class:`SparseMultiplier`.
    """

    weights: SparseWeights
    signs: np.ndarray | None = None
    _multipliers: dict[float, SparseMultiplier] = field(default_factory=dict, repr=False)

    @cached_property
    def whole(self) -> SparseDeterminant:
        """ln|I - r W| with all eigenvalues."""
        return SparseDeterminant(self.weights.matrix, False)

    def log_determinant(self, centred: bool) -> SparseDeterminant:
        """ln|I - r W|; without the eigenvalue 1, that of the constant, if centred."""
        if not centred:
            return self.whole
        return SparseDeterminant(self.weights.matrix, True, self.whole.panels)

    def multiplier(self, r: float) -> SparseMultiplier:
        """G at r."""
        if r not in self._multipliers:
            matrix = self.weights.matrix
            self._multipliers[r] = SparseMultiplier(matrix, r, self.whole, self.signs)
        return self._multipliers[r]


# Estimation ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LargeFit:
    """A spatial panel fit by sparse factors.

    Attributes
    ----------
    fit : SpatialFit
    algebra : SparseAlgebra
        What was factored on the way.
    trace_bound : tuple of float
        Bounds of the errors of tr(G) and tr(GG) at the estimate.
    norm_error : float
        Monte-Carlo standard error of tr(G'G) relative to it; 0 without random signs. Of the
        results, standard errors alone rest on it.
    """

    fit: SpatialFit
    algebra: SparseAlgebra
    trace_bound: tuple[float, float]
    norm_error: float


def fit_large(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SparseWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    lee_yu: bool = False,
    probes: int | None = None,
    rng: np.random.Generator | None = None,
) -> LargeFit:
    """Fit a spatial panel model with a lag of the outcome by exact maximum likelihood.

    The model and its errors are those of :func:`pilotzone.methods.space.panel_ml.fit_stacked`, the
    log-determinant and traces those of the module's head. rho is sought in (-1, 1).

    Parameters
    ----------
    y, x, names, unit, period
        Long data, see :func:`pilotzone.methods.space.panel_ml.fit_spatial`.
    weights : SparseWeights
        Matrix of the same units.
    model : {'sar', 'sdm'}
    effects, lee_yu
        See :func:`pilotzone.methods.space.panel_ml.fit_stacked`.
    probes : int, optional
        Number of random sign vectors for tr(G'G); if left out, one solve per unit and no error.
    rng : numpy.random.Generator, optional
        Of the signs; needed with ``probes``.

    Raises
    ------
    UserError
        If an option is unknown, ``probes`` come without ``rng``, or for the reasons of
        :func:`pilotzone.methods.space.panel_ml.fit_spatial`.
    """
    if model not in LARGE_MODELS:
        raise UserError(f"model '{model}' is unknown here; choose one of {', '.join(LARGE_MODELS)}")
    signs = None
    if probes is not None:
        if probes < 2 or rng is None:
            raise UserError("random signs need at least 2 probes and an rng; or leave probes out")
        signs = rng.choice([-1.0, 1.0], size=(len(weights.labels), probes))
    panel = stack_panel(y, x, names, unit, period, weights)
    algebra = SparseAlgebra(weights, signs)
    fit = fit_stacked(panel, weights, model=model, effects=effects, lee_yu=lee_yu, algebra=algebra)
    norm, error = algebra.multiplier(fit.rho).square_norm
    bound = trace_bound(len(weights.labels), fit.rho)
    return LargeFit(fit, algebra, bound, error / norm)


def large_effects(
    large: LargeFit,
    *,
    draws: int = 5000,
    seed: int | None = None,
    method: str = "simulated",
    level: float = 0.95,
) -> EffectsTable:
    """Compute direct, indirect and total effects of a large fit with their errors.

    direct = beta (1 + rho g) + theta g with g = tr(G)/n, total = (beta + theta)/(1 - rho). The
    trace is that of the interpolant, without Monte-Carlo error at any draw of rho.

    Parameters
    ----------
    large : LargeFit
    draws, seed, method, level
        See ``effects.effects``; draws of rho outside (-1, 1) are counted.

    Raises
    ------
    UserError
        If the method is unknown, or the seed is missing or draws are less than 2.
    """
    if method not in ("simulated", "delta"):
        raise UserError(f"method '{method}' is unknown; choose simulated or delta")
    fit, determinant = large.fit, large.algebra.whole
    estimates = _effects_at(fit.coefficients[None], fit, determinant)[0]
    rejected = 0
    if method == "delta":
        from scipy import special

        slopes = _gradient(fit, determinant)
        errors = np.sqrt(np.einsum("eki,ij,ekj->ek", slopes, fit.covariance, slopes))
        reach = special.ndtri(0.5 + level / 2.0) * errors
        low, high, draws = estimates - reach, estimates + reach, 0
    else:
        if seed is None or draws < 2:
            raise UserError("simulated effects need a seed and at least 2 draws")
        normal = np.random.default_rng(seed).standard_normal((draws, len(fit.names)))
        rows = fit.coefficients + normal @ np.linalg.cholesky(fit.covariance).T
        stable = np.abs(rows[:, -1]) < 1.0
        rejected = int(draws - stable.sum())
        drawn = _effects_at(rows[stable], fit, determinant)
        errors = drawn.std(axis=0, ddof=1)
        low, high = np.quantile(drawn, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0)
    return EffectsTable(
        fit.x_names, estimates, errors, low, high, method, level, draws, rejected, None
    )


def _effects_at(rows: np.ndarray, fit: SpatialFit, determinant: SparseDeterminant) -> np.ndarray:
    """Direct, indirect and total effects (draws, 3, k) at rows (draws, K) of coefficients."""
    beta, theta, rho = _split(rows, len(fit.x_names))
    trace = determinant.traces(rho[:, 0])[0][:, None] / fit.n_units
    direct = beta * (1.0 + rho * trace) + theta * trace
    total = (beta + theta) / (1.0 - rho)
    return np.stack([direct, total - direct, total], axis=1)


def _gradient(fit: SpatialFit, determinant: SparseDeterminant) -> np.ndarray:
    """Derivative (3, k, K) of the effects at the estimates; tr(G) has the derivative tr(GG)."""
    k = len(fit.x_names)
    beta, theta, rho = (part[0] for part in _split(fit.coefficients[None], k))
    trace, slope = (part / fit.n_units for part in determinant.traces(rho))
    direct, total = np.zeros((k, len(fit.names))), np.zeros((k, len(fit.names)))
    own = np.arange(k)
    direct[own, own], total[own, own] = 1.0 + rho * trace, 1.0 / (1.0 - rho)
    if fit.model == "sdm":
        direct[own, k + own], total[own, k + own] = trace, 1.0 / (1.0 - rho)
    direct[:, -1] = beta * (trace + rho * slope) + theta * slope
    total[:, -1] = (beta + theta) / (1.0 - rho) ** 2
    return np.stack([direct, total - direct, total])


def _split(rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return beta, theta (draws, k) and rho (draws, 1); theta is 0 where the model has none."""
    beta = rows[:, :k]
    theta = rows[:, k : 2 * k] if rows.shape[1] > k + 1 else np.zeros_like(beta)
    return beta, theta, rows[:, -1:]
