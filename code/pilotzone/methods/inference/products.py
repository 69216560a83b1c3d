r"""A treatment's products with multipliers that stay, among those of permuted treatment paths.

y_it = Σ_j β_j D_it m_jit + x_it'γ + effects + ε_it; m = 1 gives the treatment itself, a moderator
or the dummy of a group its interactions. Whole paths of D go to other units. Outcome, multipliers,
controls and effects stay where they are, and the products are made anew: a unit keeps its moderator
and whatever that does by itself, and gets the treatment of another unit.

Each coefficient is studentised by its CRV1 error, p = (1 + #{|t*| ≥ |t|}) / (1 + R): exact under
the sharp null of no effect on any unit if paths were dealt by chance, and of the right size in
large samples where another product has an effect (MacKinnon and Webb 2020, Journal of Econometrics
218(2)).

Inversion. The alternative of term j is β_j D_it m_jit with β_j the same for all, so that
y − τ D m_j is the outcome without it. Both y and D m_j go through the regression of a draw once,
and its statistic under any τ is known, see ``inversion``.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.batch import control_basis
from pilotzone.methods.inference.cluster import Groups, encode, indicator, small_sample_factor
from pilotzone.methods.inference.columns import as_columns
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, identified_fit
from pilotzone.methods.inference.inversion import Inversion, Inversions
from pilotzone.methods.inference.paths import PathTable, per_unit, permute_paths
from pilotzone.methods.inference.permutations import require_deals
from pilotzone.methods.inference.several import Free, Several, inverted


def permute_products(
    y: ArrayLike,
    paths: PathTable,
    multipliers: ArrayLike,
    names: Sequence[str],
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    draws: int,
    rng: np.random.Generator,
    strata: ArrayLike | None = None,
    control_names: Sequence[str] | None = None,
    level: float = 0.95,
) -> Inversions:
    """Test each product's coefficient by permutations of whole paths, and invert the test.

    Parameters
    ----------
    y : (N,) outcome.
    paths : complete table of treatments; the rows' own treatment is looked up in it.
    multipliers : (N, q), or (N,), what the treatment is multiplied by; ``names`` of the products.
    controls, effects, cluster, control_names : see ``batch``; they stay with their unit. The
        effects leave no row alone, see ``FixedEffects.singletons``.
    unit, period, draws, strata : see ``permute_paths``.
    level : of the intervals.

    Raises
    ------
    NotIdentified : if a product is not identified in the data, paths can be dealt in few ways only,
        or all units of a stratum have one path.
    UserError : as ``permute_paths``; if the effects fit a row exactly.
    """
    if effects.n_singletons:
        raise UserError(
            f"{effects.n_singletons} rows are alone in a level of {effects.description}; "
            "leave them out first"
        )
    m = as_columns(multipliers, effects.n, "multipliers").astype(float)
    _require_deals(paths, unit, period, strata)
    groups = encode(cluster, "cluster")
    observed = paths.at(unit, period).astype(float)[:, None] * m
    basis = control_basis(controls, control_names, effects)
    rest = np.empty((effects.n, 0)) if controls is None else as_columns(controls, effects.n, "x")
    others = control_names or [f"control {j + 1}" for j in range(rest.shape[1])]
    regressors = np.hstack([observed, rest]).astype(float)
    result = identified_fit(y, regressors, [*names, *others], effects, groups)
    free = Free(effects, basis)
    outcomes = free(np.column_stack([np.asarray(y, dtype=float), observed]))
    chunks = permute_paths(unit, period, paths, draws, rng, strata)
    tests = _tests(result, outcomes, chunks, m, free, groups)
    return Inversions(tuple(names), tuple(tests), level)


def _require_deals(
    paths: PathTable, unit: ArrayLike, period: ArrayLike, strata: ArrayLike | None
) -> None:
    """Refuse paths that can be dealt in few ways only, and strata of one path."""
    path = np.unique(paths.values, axis=0, return_inverse=True)[1].ravel()
    rows, _ = paths.rows(unit, period)
    within = None if strata is None else per_unit(strata, rows, len(paths.units), "strata")
    require_deals(path, within)


def _tests(
    result: LinearFit,
    outcomes: np.ndarray,
    chunks: Iterable[np.ndarray],
    m: np.ndarray,
    free: Free,
    groups: Groups,
) -> list[Inversion]:
    """The statistics of each product as functions of its effect."""
    q, summing = m.shape[1], indicator(groups)
    theta, errors = result.coefficients[:q], result.std_errors[:q]
    drawn = []
    for part in chunks:
        made = Several.of([part * m[:, [j]] for j in range(q)], outcomes, free)
        drawn.append(inverted(made, outcomes, theta, summing))
    # (5, R, q): two numerators and three squares.
    numbers = np.concatenate(drawn, axis=1)
    factor = small_sample_factor(result.nobs, result.k, groups.count)
    return [
        Inversion(float(theta[j]), float(errors[j]), factor, numbers[:2, :, j], numbers[2:, :, j])
        for j in range(q)
    ]
