r"""One regression per column of treatments or outcomes, 10,000 of them on one projection."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import (
    TOLERANCE,
    Groups,
    indicator,
    small_sample_factor,
    subset,
)
from pilotzone.methods.inference.columns import (
    as_columns,
    column_blocks,
    column_lengths,
    finite,
    matrix,
    no_variation,
)
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import check_df, clusters, orthonormal, within_effects
from pilotzone.methods.inference.t_tests import two_sided


@dataclass(frozen=True)
class BatchFit:
    """The treatment's coefficient in each of R regressions.

    Attributes
    ----------
    coefficients, std_errors, t : (R,), NaN where degenerate and nowhere else.
    degenerate : (R,) bool, columns whose treatment or outcome has no variation within effects and
        controls, or whose coefficient and error are both exactly zero.
    df, k : as in ``LinearFit``; the same for all columns.
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    t: np.ndarray
    degenerate: np.ndarray
    df: int
    k: int

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided, from the t distribution with ``df`` degrees of freedom."""
        return two_sided(self.t, self.df)


def batch(
    y: ArrayLike,
    treatments: ArrayLike,
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    *,
    control_names: Sequence[str] | None = None,
) -> BatchFit:
    r"""R regressions of an outcome on one treatment, controls and effects, CRV1 errors.

    Each column gives what ``fit`` gives: β̂ = t̃'ỹ / t̃'t̃ with t̃, ỹ freed of effects and
    controls, error √(factor · Σ_g (Σ_{i∈g} t̃_i û_i)²) / t̃'t̃. Errors raised are those of ``fit``,
    except that a column without variation is flagged, not refused.

    Parameters
    ----------
    y, treatments : (N,) or (N, R) of any numeric type (bool takes an eighth of the memory). Columns
        go together; a single column goes with all of the other array.
    controls : (N, k) regressors shared by all columns, or None; ``control_names`` for messages.
    effects, cluster : see ``fit``.
    """
    groups = clusters(cluster, effects.n)
    outcomes = as_columns(y, effects.n, "outcome")
    draws = as_columns(treatments, effects.n, "treatment")
    if effects.n_singletons:
        kept = ~effects.singletons
        rest = None if controls is None else as_columns(controls, effects.n, "controls")[kept]
        return batch(
            outcomes[kept],
            draws[kept],
            rest,
            effects.without_singletons,
            subset(groups, kept),
            control_names=control_names,
        )
    r = max(outcomes.shape[1], draws.shape[1]) if outcomes.shape[1] and draws.shape[1] else 0
    if r and not {outcomes.shape[1], draws.shape[1]} <= {1, r}:
        raise UserError(
            f"{outcomes.shape[1]} outcomes and {draws.shape[1]} treatments do not pair; "
            "give one column or equally many"
        )
    q = control_basis(controls, control_names, effects)
    k = 1 + q.shape[1] + effects.nested_rank(groups)
    check_df(effects.n, k)
    factor = small_sample_factor(effects.n, k, groups.count)
    summing = indicator(groups)
    results = np.empty((3, r))
    flat = np.empty(r, dtype=bool)
    y_part, t_part = _Part(outcomes, "outcome", effects, q), _Part(draws, "treatment", effects, q)
    for block in column_blocks(effects.n, r):
        y_tilde, y_flat = y_part.block(block)
        t_tilde, t_flat = t_part.block(block)
        flat[block] = y_flat | t_flat
        results[:, block] = _slopes(y_tilde, t_tilde, summing, factor)
    flat |= np.isnan(results[2])
    results[:, flat] = np.nan
    return BatchFit(*results, degenerate=flat, df=groups.count - 1, k=k)


def control_basis(
    controls: ArrayLike | None, names: Sequence[str] | None, effects: FixedEffects
) -> np.ndarray:
    """Orthonormal basis of the controls within the effects, in the metric of the weights."""
    empty = np.empty((effects.n, 0))
    columns = empty if controls is None else as_columns(controls, effects.n, "controls")
    if columns.shape[1] == 0:
        return empty
    names = names or [f"control {j + 1}" for j in range(columns.shape[1])]
    tilde = within_effects(matrix(columns, names, effects.n), names, effects)
    if effects.weights is not None:
        tilde = tilde * effects.root_weights[:, None]
    return orthonormal(tilde, names, effects)[0]


class _Part:
    """Outcomes or treatments, block by block freed of effects and controls."""

    def __init__(self, x: np.ndarray, name: str, effects: FixedEffects, q: np.ndarray) -> None:
        self.x, self.name, self.effects, self.q = x, name, effects, q
        self.single = self._free(slice(0, 1)) if x.shape[1] == 1 else None

    def block(self, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """(N, c) residuals times root weights and (c,) flags; c is 1 if there is one column."""
        return self.single or self._free(columns)

    def _free(self, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        names = [f"{self.name} {j + 1}" for j in range(columns.start, columns.stop)]
        x = finite(self.x[:, columns], names)
        x_tilde = self.effects.residualise(x)
        flat = no_variation(x, x_tilde)
        if self.effects.weights is not None:
            x_tilde *= self.effects.root_weights[:, None]
        if self.q.shape[1]:
            before = column_lengths(x_tilde)
            x_tilde -= self.q @ (self.q.T @ x_tilde)
            flat |= column_lengths(x_tilde) <= TOLERANCE * before
        return x_tilde, flat


def _slopes(
    y_tilde: np.ndarray, t_tilde: np.ndarray, summing: sparse.csr_array, factor: float
) -> np.ndarray:
    """Coefficients, standard errors and t of each column of t̃ or ỹ, (3, c)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->j", t_tilde, t_tilde)
        beta = np.einsum("ij,ij->j", t_tilde, y_tilde) / squares
        scores = summing @ (t_tilde * (y_tilde - t_tilde * beta))
        std_errors = np.sqrt(factor * np.einsum("gj,gj->j", scores, scores)) / squares
        return np.stack([beta, std_errors, beta / std_errors])
