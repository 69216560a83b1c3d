r"""Two-way regressions under dealt treatment paths, from tables of (unit × path) products.

In y_it = β d_it + x_it'γ + a_i (+ b_i t) + l_t + u_it whole paths of d go to other units. With M
the projection on what belongs to one unit (its mean, its trend) and Q an orthonormal basis of all
else that is held (periods, controls), freed by M,

.. math:: d̃ = Md − Q c, \quad c = Q'Md, \quad β̂ = d̃'ỹ / d̃'d̃, \quad s_i = d̃_i'ỹ_i − β̂ d̃_i'd̃_i

where all three sums of a unit depend on its own path and on c alone:

.. math:: d̃_i'ỹ_i = A_i[p_i] − c'G_i, \quad d̃_i'd̃_i = V_i[p_i] − 2 c'B_i[p_i] + c'H_i c

with A, V, B tables by unit and path, made once, and p_i the path that unit i is dealt. A roll-out
costs a gather of U numbers from each instead of N rows. Gaps are in M, which belongs to the unit,
and in Q, whose period dummies are freed on the observed cells. Errors are CRV1, so that t is that
of ``inference.fwl.fit`` to rounding.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import TOLERANCE, Groups, encode, is_nested
from pilotzone.methods.inference.cluster import small_sample_factor as factor_of

# Of a treatment with a smaller share of its variance left the products keep too few digits.
FLAT = 1e-10


@dataclass(frozen=True, eq=False)
class Cells:
    """The rows of a sample as cells by unit and period.

    Attributes
    ----------
    unit, period : codes of the rows (N,), each row another cell.
    observed : (U, T) bool.
    own : (U, T, m) orthonormal basis of what belongs to one unit: its mean, and its trend.
    """

    unit: Groups
    period: Groups
    observed: np.ndarray = field(repr=False)
    own: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, unit: ArrayLike, period: ArrayLike, *, trends: bool = False) -> "Cells":
        """Return the cells of rows (N,).

        Raises
        ------
        UserError
            If a cell occurs twice, or a unit has one row alone.
        """
        units, periods = encode(unit, "unit"), encode(period, "period")
        observed = np.zeros((units.count, periods.count), dtype=bool)
        observed[units.codes, periods.codes] = True
        if observed.sum() != len(units.codes):
            raise UserError("a unit has two rows in one period; give each once")
        short = int((observed.sum(axis=1) < 2).sum())
        if short:
            raise UserError(f"{short} units have one row, which fits itself; leave them out")
        time = np.arange(periods.count, dtype=float)
        own = [observed / np.sqrt(observed.sum(axis=1, keepdims=True))]
        if trends:
            mean = (observed * time).sum(axis=1, keepdims=True) / observed.sum(
                axis=1, keepdims=True
            )
            slope = observed * (time - mean)
            own.append(slope / np.sqrt((slope**2).sum(axis=1, keepdims=True)))
        return cls(units, periods, observed, np.stack(own, axis=-1))

    def table(self, values: np.ndarray) -> np.ndarray:
        """Return rows (N, ...) as cells (..., U, T), zero where there is none."""
        made = np.zeros((*self.observed.shape, *values.shape[1:]))
        made[self.unit.codes, self.period.codes] = values
        return np.moveaxis(made, (0, 1), (-2, -1))

    def freed(self, table: np.ndarray) -> np.ndarray:
        """Return cells (..., U, T) less what belongs to one unit, zero where there is none."""
        inside = table * self.observed
        loading = np.einsum("...ut,utm->...um", inside, self.own)
        return inside - np.einsum("...um,utm->...ut", loading, self.own)


@dataclass(frozen=True, eq=False)
class Held:
    """What a set of specifications holds constant: cells, and a basis of all that ties units.

    Attributes
    ----------
    cells : Cells
    basis : (J, U, T) orthonormal, freed of what belongs to one unit.
    products : (U, J, J), basis times basis by unit.
    cluster : codes of the cluster of each unit (U,), and their number.
    factor : small-sample factor of CRV1.
    df : of t.
    """

    cells: Cells
    basis: np.ndarray = field(repr=False)
    products: np.ndarray = field(repr=False)
    cluster: Groups
    factor: float
    df: int

    @classmethod
    def of(
        cls, cells: Cells, columns: np.ndarray, cluster: ArrayLike, names: tuple[str, ...] = ()
    ) -> "Held":
        """Return what is held with period effects and columns (N, k), dummies among them.

        Columns that the rest explains are left out. ``cluster`` (N,) has one label for each unit.

        Raises
        ------
        UserError
            If clusters cut units, or too few observations are left; ``names`` of the columns.
        """
        groups = encode(cluster, "cluster")
        if not is_nested(cells.unit, groups):
            raise UserError("a unit is in two clusters; cluster by unit or by what holds units")
        dummies = (cells.period.codes[:, None] == np.arange(1, cells.period.count)).astype(float)
        basis = _orthonormal(cells, np.hstack([dummies, columns]))
        of_unit = np.empty(cells.unit.count, dtype=int)
        of_unit[cells.unit.codes] = groups.codes
        # Unit means are nested in the clusters and count as one; trends count in full.
        trends = (cells.own.shape[-1] - 1) * cells.unit.count
        n, k = len(cells.unit.codes), 2 + len(basis) + trends
        if n <= k:
            raise UserError(f"{n} rows do not suffice for {k} coefficients; leave some out")
        return cls(
            cells,
            basis,
            np.einsum("jut,lut->ujl", basis, basis),
            Groups(of_unit, groups.count),
            factor_of(n, k, groups.count),
            groups.count - 1,
        )

    def freed(self, values: np.ndarray) -> np.ndarray:
        """Return an outcome (N,) freed of all that is held, as cells (U, T)."""
        table = self.cells.freed(self.cells.table(values))
        return table - np.einsum("j,jut->ut", np.einsum("jut,ut->j", self.basis, table), self.basis)


def _orthonormal(cells: Cells, columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis (J, U, T) of columns (N, k) freed of what belongs to one unit."""
    tables = cells.freed(cells.table(columns)).reshape(columns.shape[1], -1).T
    before = np.linalg.norm(columns - columns.mean(axis=0), axis=0)
    basis = np.empty((len(tables), 0))
    for column, length in zip(tables.T, before, strict=True):
        # Twice is enough for orthogonality to rounding.
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        size = np.linalg.norm(left)
        if size > TOLERANCE * max(length, 1.0e-300):
            basis = np.column_stack([basis, left / size])
    return basis.T.reshape(-1, *cells.observed.shape)


@dataclass(frozen=True, eq=False)
class Treatment:
    """A treatment by paths, and the products of its paths with what is held.

    Attributes
    ----------
    held : Held
    paths : (U, K, T), every path on the observed cells of every unit, freed of what belongs to it.
    squares : (U, K), V of the head of this file.
    loadings : (U, K, J), B.
    """

    held: Held
    paths: np.ndarray = field(repr=False)
    squares: np.ndarray = field(repr=False)
    loadings: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, held: Held, paths: np.ndarray) -> "Treatment":
        """Return the products of paths (K, T) over the periods of the cells, in their order."""
        units = held.cells.unit.count
        whole = np.broadcast_to(paths[:, None, :], (len(paths), units, paths.shape[1]))
        freed = held.cells.freed(whole).transpose(1, 0, 2)
        return cls(
            held,
            freed,
            np.einsum("ukt,ukt->uk", freed, freed),
            np.einsum("ukt,jut->ukj", freed, held.basis),
        )

    def dealt(self, deals: np.ndarray) -> "Dealt":
        """Return the treatment under deals (R, U) of paths, by their codes."""
        units, k, j = self.loadings.shape
        flat_at = (np.arange(units) * k + deals).ravel()
        ends = np.arange(0, len(flat_at) + 1, units)
        chosen = sparse.csr_array((np.ones(len(flat_at)), flat_at, ends))
        chosen.resize(len(deals), units * k)
        loadings = self.loadings.reshape(units * k, j)
        c = chosen @ loadings
        within = np.take_along_axis(c @ loadings.T, flat_at.reshape(deals.shape), axis=1)
        pairs = (c[:, :, None] * c[:, None, :]).reshape(len(c), -1)
        squares = self.squares.ravel()[flat_at].reshape(deals.shape)
        own = squares - 2.0 * within + pairs @ self.held.products.reshape(units, -1).T
        total = own.sum(axis=1)
        flat = total <= FLAT * squares.sum(axis=1)
        return Dealt(self, deals, c, own, np.where(flat, np.nan, total))


@dataclass(frozen=True, eq=False)
class Dealt:
    """A treatment under R deals, freed of all that is held.

    Attributes
    ----------
    treatment : Treatment
    deals : (R, U)
    c : (R, J)
    own : (R, U), d̃_i'd̃_i.
    total : (R,), d̃'d̃; NaN where nothing is left of the treatment.
    """

    treatment: Treatment
    deals: np.ndarray = field(repr=False)
    c: np.ndarray = field(repr=False)
    own: np.ndarray = field(repr=False)
    total: np.ndarray = field(repr=False)

    def regression(self, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficient and t (R,) each of an outcome that :meth:`Held.freed` gives, (U, T).

        NaN where nothing is left of the treatment, or the fit is exact.
        """
        held = self.treatment.held
        by_path = np.einsum("ukt,ut->uk", self.treatment.paths, outcome)
        by_basis = np.einsum("jut,ut->uj", held.basis, outcome)
        cross = by_path[np.arange(len(by_path)), self.deals] - self.c @ by_basis.T
        slope = cross.sum(axis=1) / self.total
        scores = cross - slope[:, None] * self.own
        if held.cluster.count < scores.shape[1]:
            member = np.arange(held.cluster.count) == held.cluster.codes[:, None]
            scores = scores @ member.astype(float)
        meat = np.einsum("rg,rg->r", scores, scores)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = slope * self.total / np.sqrt(held.factor * meat)
        return slope, np.where(np.isfinite(t), t, np.nan)
