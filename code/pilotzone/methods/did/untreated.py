r"""Effects that are fitted on the untreated rows alone and extended to the treated ones.

The model of an untreated outcome is y_it(0) = b_t'α_i + v_i'λ_t: unit i has an own intercept and,
if asked, an own linear trend (b_t = 1, or 1 and t); every period has an effect common to all units
and, if asked, one along variables that are constant within units (v_i = 1, then groups, size …).
The units are removed first: Q_i (T, b) spans b_t and is orthonormal over the untreated rows N_i of
the unit. The effects of the periods then solve a system of T·k equations,

M λ = Σ_i w_i [N_i ⊗ v_i]' (y_i − Q_i Q_i'N_i y_i),   M = diag_t(Σ_i w_i N_it v_i v_i') − F'F,

with w_i the weight of the unit, which its own effects do not feel, and F the rows √w_i N_it Q_it
v_i' of all units. Directions in the null space of M are contrasts of
periods that no chain of units links; a row that needs one of them, or a trend of a unit with one
untreated row, has no fitted value.
"""

from typing import NamedTuple

import numpy as np

from pilotzone.methods.inference.cluster import TOLERANCE


class Untreated(NamedTuple):
    """Effects on the rows of a mask.

    Attributes
    ----------
    rows : (U, T) bool.
    basis : (U, T, b), the unit's own effects, orthonormal over its rows, extended to all periods.
    lost : (U, T, b), what of b_t the unit's rows do not determine.
    weights : (U,) of the units.
    shared : (U, k), variables whose effect differs by period, the intercept first.
    inverse : (T, k, T, k), M⁺.
    null : (z, T, k), the null space of M.
    """

    rows: np.ndarray
    basis: np.ndarray
    lost: np.ndarray
    weights: np.ndarray
    shared: np.ndarray
    inverse: np.ndarray
    null: np.ndarray

    @property
    def n(self) -> np.ndarray:
        """(U,) rows of each unit."""
        return self.rows.sum(axis=1)

    @property
    def needed(self) -> int:
        """Rows that fix the own effects of a unit."""
        return self.basis.shape[2]

    def own_fit(self, table: np.ndarray) -> np.ndarray:
        """The table (…, U, T) projected on the units' own effects, in every cell."""
        effects = np.einsum("itp,...it->...ip", self.basis * self.rows[:, :, None], table)
        return np.einsum("itp,...ip->...it", self.basis, effects)

    def left(self, table: np.ndarray) -> np.ndarray:
        """The table (…, U, T) minus the effects fitted to the rows, in every cell."""
        centred = table - self.own_fit(table)
        kept = centred * (self.rows * self.weights[:, None])
        moments = np.einsum("ia,...it->...ta", self.shared, kept)
        fitted = self._extended(np.tensordot(moments, self.inverse, axes=2))
        return centred - (fitted - self.own_fit(fitted))

    def reaches(self) -> np.ndarray:
        """(U, T) bool, cells whose fitted value the rows determine."""
        loading = self._extended(self.null)
        loading = np.concatenate([loading - self.own_fit(loading), np.moveaxis(self.lost, 2, 0)])
        return np.all(np.abs(loading) < np.sqrt(TOLERANCE), axis=0)

    def influence(
        self, per_member: np.ndarray, column: np.ndarray, residual: np.ndarray
    ) -> np.ndarray:
        r"""What each unit's residuals (…, U, T) add to the fitted values of cells, (…, U, c).

        Cell j is the mean with weights ``per_member`` (U, c) in period ``column[j]``. Its loading
        on λ is Σ_i w_i (v_i e_t − F_i'Q_it), which M⁺ turns into weights on the rows. Residuals
        are orthogonal to the units' own effects, so that nothing else of a row remains.
        """
        of_units = per_member[:, :, None] * self.basis[:, column]
        taken = -np.tensordot(of_units, _loaded(self), axes=([0, 2], [0, 1]))
        taken[np.arange(len(column)), column] += per_member.T @ self.shared
        rows = np.tensordot(taken, self.inverse, axes=2)
        weighed = self.weights[:, None] * residual
        return np.einsum("ia,...ica->...ic", self.shared, np.tensordot(weighed, rows, axes=(-1, 1)))

    def _extended(self, effects: np.ndarray) -> np.ndarray:
        """The effects (…, T, k) of the periods in every cell, (…, U, T)."""
        return np.einsum("ia,...ta->...it", self.shared, effects)


def untreated(
    rows: np.ndarray,
    periods: np.ndarray,
    weights: np.ndarray,
    *,
    unit_trends: bool,
    by_period: np.ndarray,
) -> Untreated:
    """Prepare the effects for the rows of a mask (U, T) and ``by_period`` (U, p) variables.

    ``weights`` (U,) are those of the units.
    """
    centred = periods - periods.mean()
    own = np.column_stack([np.ones(len(periods)), centred / max(np.ptp(centred), 1.0)])
    own = own[:, : 1 + unit_trends]
    basis, lost = _own_effects(rows, own)
    spread = by_period.std(axis=0)
    scaled = (by_period - by_period.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    shared = np.column_stack([np.ones(len(rows)), scaled])
    made = Untreated(rows, basis, lost, weights, shared, np.empty(0), np.empty(0))
    shape = rows.shape[1], shared.shape[1]
    gram = np.zeros((*shape, *shape))
    each = np.arange(shape[0])
    gram[each, :, each, :] = np.einsum("it,ia,ib->tab", rows * weights[:, None], shared, shared)
    root = np.sqrt(weights)[:, None, None, None]
    flat = (root * _loaded(made)).reshape(-1, np.prod(shape))
    values, vectors = np.linalg.eigh(gram.reshape(flat.shape[1], -1) - flat.T @ flat)
    kept = values > TOLERANCE * max(values[-1], 1.0)
    inverse = vectors[:, kept] / values[kept] @ vectors[:, kept].T
    null = vectors[:, ~kept].T.reshape(-1, *shape)
    return made._replace(inverse=inverse.reshape(*shape, *shape), null=null)


def _own_effects(rows: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Basis of each unit's own effects over its rows, and what the rows do not determine."""
    gram = np.einsum("it,tp,tq->ipq", rows.astype(float), own, own)
    values, vectors = np.linalg.eigh(gram)
    kept = values > TOLERANCE * np.maximum(values[:, -1:], 1.0)
    directions = np.einsum("tp,ipq->itq", own, vectors)
    length = np.sqrt(np.where(kept, values, 1.0))[:, None, :]
    kept = kept[:, None, :]
    return np.where(kept, directions / length, 0.0), np.where(kept, 0.0, directions)


def _loaded(effects: Untreated) -> np.ndarray:
    """F as (U, b, T, k)."""
    own = effects.basis * effects.rows[:, :, None]
    return np.einsum("itp,ia->ipta", own, effects.shared)
