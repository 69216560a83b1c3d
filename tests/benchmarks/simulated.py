"""The panels of the benchmark: simulated, the same for every program."""

from dataclasses import dataclass

import numpy as np

SEED = 20150307
CONTROLS = tuple(f"x{j}" for j in range(1, 7))
REGRESSORS = ("d", *CONTROLS)
NEIGHBOURS = 5
RHO = 0.4


@dataclass(frozen=True, order=True)
class Size:
    """Units and periods of a panel, written 30x10."""

    units: int
    periods: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read '30x10'."""
        units, periods = text.split("x")
        return cls(int(units), int(periods))

    def __str__(self) -> str:
        return f"{self.units}x{self.periods}"

    @property
    def rows(self) -> int:
        """Number of rows N."""
        return self.units * self.periods


@dataclass(frozen=True, eq=False)
class Panel:
    """A staggered roll-out in long form, rows by unit and then by period.

    Attributes
    ----------
    y, d : (N,) outcome and treatment.
    x : (N, 6) controls.
    unit, period : (N,) codes from 0.
    paths : (U, T) bool, treatment of each unit.
    """

    y: np.ndarray
    d: np.ndarray
    x: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    paths: np.ndarray


def panel(size: Size) -> Panel:
    """y_it = a_i + l_t + 0.3 d_it + x_it'b + e_it, a quarter of the years without new cohorts."""
    rng = np.random.default_rng([SEED, size.units, size.periods])
    shape = (size.units, size.periods)
    cohort = rng.integers(1, size.periods + size.periods // 3 + 1, size.units)
    paths = np.arange(size.periods) >= cohort[:, None]
    effects = rng.normal(size=(size.units, 1)) + rng.normal(size=size.periods)
    x = rng.normal(size=(*shape, len(CONTROLS))) + 0.5 * effects[..., None]
    slopes = np.linspace(0.2, 0.7, len(CONTROLS))
    y = effects + 0.3 * paths + x @ slopes + rng.normal(size=shape)
    return Panel(
        y=y.ravel(),
        d=paths.ravel().astype(float),
        x=x.reshape(size.rows, -1),
        unit=np.repeat(np.arange(size.units), size.periods),
        period=np.tile(np.arange(size.periods), size.units),
        paths=paths,
    )


# First treated periods and numbers of units of the panels of cities, as shares; most are never
# treated.
COHORTS = {0.4: 1 / 277, 0.5: 12 / 277, 0.8: 22 / 277, 0.9: 60 / 277}
MISSING = 0.055


@dataclass(frozen=True, eq=False)
class CityPanel:
    """A roll-out with never-treated units in long form, rows by unit and then by period.

    Attributes
    ----------
    y, d : (N,) outcome and treatment.
    x : (N, 5) controls.
    unit, period : (N,) codes from 0.
    cohort : (U,) first treated period of each unit, 0 for never.
    """

    y: np.ndarray
    d: np.ndarray
    x: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    cohort: np.ndarray


def city_panel(size: Size, *, gaps: bool = True) -> CityPanel:
    """y_it = a_i + l_t + 0.3 d_it + x_it'b + e_it; with gaps a row in 18 is missing at random."""
    rng = np.random.default_rng([SEED, size.units, size.periods, 3])
    shape = (size.units, size.periods)
    cohort = np.zeros(size.units, dtype=int)
    first = 0
    for when, share in COHORTS.items():
        count = max(1, int(share * size.units))
        cohort[first : first + count] = int(when * size.periods)
        first += count
    paths = (cohort[:, None] > 0) & (np.arange(size.periods) >= cohort[:, None])
    effects = rng.normal(size=(size.units, 1)) + rng.normal(size=size.periods)
    x = rng.normal(size=(*shape, 5)) + 0.5 * effects[..., None]
    y = effects + 0.3 * paths + x @ np.linspace(0.2, 0.6, 5) + rng.normal(size=shape)
    kept = rng.random(shape) >= (MISSING if gaps else 0)
    unit, period = np.nonzero(kept)
    return CityPanel(y[kept], paths[kept].astype(float), x[kept], unit, period, cohort)


def permuted(paths: np.ndarray, count: int) -> np.ndarray:
    """Treatments (N, count), bool: whole paths dealt anew to the units, the same for every count.

    The first columns of a larger number of draws are those of a smaller one.
    """
    rng = np.random.default_rng([SEED, *paths.shape])
    out = np.empty((paths.size, count), dtype=bool)
    for j in range(count):
        out[:, j] = paths[rng.permutation(len(paths))].ravel()
    return out


@dataclass(frozen=True, eq=False)
class SpatialPanel:
    """A panel with spatial lags, rows by period and then by unit.

    Attributes
    ----------
    y : (N,) outcome.
    x : (N, 7) treatment and controls; ``wx`` their spatial lags.
    unit, period : (N,) codes; ``labels`` of the units in the order of the matrix.
    matrix : (U, U), rows sum to one.
    """

    y: np.ndarray
    x: np.ndarray
    wx: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    labels: tuple[str, ...]
    matrix: np.ndarray


def spatial_panel(size: Size) -> SpatialPanel:
    """y_t = rho W y_t + X_t b + 0.3 W X_t b + effects + e_t on five nearest random neighbours."""
    plain = panel(size)
    rng = np.random.default_rng([SEED, size.units, size.periods, 1])
    matrix = _nearest(rng.uniform(size=(size.units, 2)))
    shape = (size.units, size.periods, -1)
    x = np.column_stack([plain.d, plain.x]).reshape(shape).transpose(1, 0, 2)
    wx = matrix @ x
    lagged = matrix @ plain.y.reshape(size.units, size.periods)
    source = plain.y.reshape(size.units, size.periods) + 0.3 * lagged
    y = np.linalg.solve(np.eye(size.units) - RHO * matrix, source).T
    labels = tuple(f"u{i:04d}" for i in range(size.units))
    return SpatialPanel(
        y=y.ravel(),
        x=x.reshape(size.rows, -1),
        wx=wx.reshape(size.rows, -1),
        unit=np.tile(np.array(labels), size.periods),
        period=np.repeat(np.arange(size.periods), size.units),
        labels=labels,
        matrix=matrix,
    )


def _nearest(points: np.ndarray) -> np.ndarray:
    """Equal weights for the nearest neighbours of each point."""
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1)[:, :NEIGHBOURS]
    matrix = np.zeros_like(distance)
    np.put_along_axis(matrix, near, 1 / NEIGHBOURS, axis=1)
    return matrix


@dataclass(frozen=True, eq=False)
class LargePanel:
    """A panel of very many units: rows by period and then by unit, a sparse matrix by places.

    Attributes
    ----------
    y : (N,); x : (N, 2).
    unit, period : (N,) codes; ``labels`` of the units, ``lon`` and ``lat`` their places.
    """

    y: np.ndarray
    x: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    labels: tuple[str, ...]
    lon: np.ndarray
    lat: np.ndarray


def large_panel(size: Size, neighbours: int) -> LargePanel:
    """y_t = rho W y_t + X_t b + W X_t t + effects + e_t, never with a dense matrix."""
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    from pilotzone.methods.space.sparse_weights import sparse_nearest

    rng = np.random.default_rng([SEED, size.units, size.periods, 2])
    labels = tuple(f"u{i:05d}" for i in range(size.units))
    lon, lat = rng.uniform(100, 120, size.units), rng.uniform(25, 40, size.units)
    matrix = sparse_nearest(labels, lon, lat, neighbours).matrix
    x = rng.normal(size=(size.units, size.periods, 2))
    effects = rng.normal(size=(size.units, 1)) + rng.normal(size=size.periods)
    lagged = np.stack([matrix @ x[:, :, k] for k in range(2)], axis=2)
    source = x @ [1.0, -0.5] + lagged @ [0.5, 0.2] + effects
    source += rng.normal(size=source.shape)
    y = spsolve(sparse.csc_matrix(sparse.eye_array(size.units) - RHO * matrix), source)
    return LargePanel(
        y=y.T.ravel(),
        x=x.transpose(1, 0, 2).reshape(size.rows, -1),
        unit=np.tile(np.array(labels), size.periods),
        period=np.repeat(np.arange(size.periods), size.units),
        labels=labels,
        lon=lon,
        lat=lat,
    )
