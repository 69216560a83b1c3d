r"""Wild cluster bootstrap with the null imposed, for regressions with few clusters.

H0: β_j = b. With ỹ and x̃ freed of effects and all other regressors, the restricted residuals are
u(b) = ỹ − b x̃ = û + (β̂ − b) x̃. A draw multiplies them by one random weight v_h per bootstrap
cluster h and fits again. Its t statistic,

    t* = Σ_h v_h a_h(b) / √(factor · Σ_g (Σ_h A_gh(b) v_h)²),
    a_h(b) = Σ_{i∈h} x̃_i u_i(b),    A_gh(b) = Σ_{i∈h} c_ig u_i(b),

needs sums by cluster only: column g of c is x̃, zero outside cluster g, freed of effects and all
regressors. Both sums are linear in δ = β̂ − b, so that with V the (H, R) weights five numbers per
draw, from the products a'V and A V, give the statistics under any null: the confidence interval
inverts the test with the weights held fixed and costs no further product. The small-sample factor
is the same in t and t* and cancels from p.

Sources: Cameron, Gelbach and Miller (2008, Review of Economics and Statistics 90(3)), the
restricted bootstrap; Webb (2023, Canadian Journal of Economics 56(3)), six-point weights; MacKinnon
and Webb (2018, Econometrics Journal 21(2)), subclusters; Roodman, MacKinnon, Nielsen and Webb
(2019, Stata Journal 19(1)), sums by cluster and test inversion.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import Groups, encode, is_nested, subset
from pilotzone.methods.inference.columns import as_columns
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.permutations import positive_draws
from pilotzone.methods.inference.wild_inversion import cluster_sums, inversion

Weights = Literal["rademacher", "webb"]
POINTS: dict[Weights, np.ndarray] = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.concatenate([-np.sqrt([1.5, 1.0, 0.5]), np.sqrt([0.5, 1.0, 1.5])]),
}
# Numbers in a chunk of weights: with what is made of them they fit into a processor's cache.
CHUNK_NUMBERS = 150_000
# c is dense, rows by clusters: 160 MB at most.
LARGEST_C = 20_000_000


@dataclass(frozen=True, eq=False)
class WildBootstrap:
    """Test of one coefficient by the wild cluster bootstrap.

    Attributes
    ----------
    term, null : the regressor, and b of H0: β = b.
    coefficient, std_error, t : estimate, CRV1 error, and (coefficient − null) / std_error.
    p_value : symmetric, (1 + #{|t*| ≥ |t|}) / (1 + R).
    interval : limits of the nulls that are not rejected at 1 − ``level``; None if not asked for. A
        limit is infinite if no null on that side is rejected.
    t_draws : (R,) statistics t*, NaN where the bootstrap error is zero.
    draws, n_undefined : R, and draws without t*, counted as at least as large.
    weights : rademacher or webb.
    enumerated : whether the draws are all sign vectors but that of the data.
    n_clusters, n_boot_clusters : G of the errors and H of the weights.
    """

    term: str
    null: float
    coefficient: float
    std_error: float
    t: float
    p_value: float
    interval: tuple[float, float] | None
    level: float | None
    t_draws: np.ndarray = field(repr=False)
    draws: int
    n_undefined: int
    weights: Weights
    enumerated: bool
    n_clusters: int
    n_boot_clusters: int


def wild_cluster_bootstrap(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    term: str,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    *,
    draws: int,
    rng: np.random.Generator,
    null: float = 0.0,
    weights: Weights = "rademacher",
    subcluster: ArrayLike | Groups | None = None,
    level: float | None = 0.95,
) -> WildBootstrap:
    r"""Test H0: β_j = b by the restricted wild cluster bootstrap, and invert the test.

    The p value counts the data among the draws, (1 + #{|t*| ≥ |t|}) / (1 + R), as in the
    randomisation tests; statistics equal up to 1e-10 of |t| are ties. Programs that print
    #{|t*| > |t|} / R give a p value lower by at most (1 + ties) / (1 + R).

    With Rademacher weights and 2^H ≤ ``draws`` all sign vectors are taken once instead of at
    random. The vector of ones gives the data itself; the other R = 2^H − 1 are the draws, so that
    the same formula is the exact share. Its negative repeats |t|: p is at least 2 / 2^H.

    Parameters
    ----------
    y : (N,) outcome.
    x : (N, k) regressors, ``names`` their names and ``term`` the one that is tested.
    effects : fixed effects; their weights, if any, are those of the regression. Singletons are
        left out, as in ``fwl.fit``.
    cluster : (N,) labels of the clusters of the error.
    draws : R, or more than R if the sign vectors are enumerated.
    rng : source of the weights.
    null : b, in units of the coefficient.
    weights : "rademacher" (−1, 1) or "webb" (six points; more distinct draws if H is below 12).
    subcluster : (N,) labels of the groups that share a bootstrap weight, each within one cluster;
        default: the clusters. One group per row is the ordinary wild bootstrap.
    level : of the interval, or None for none. Its limits are the outermost crossings of p and
        1 − level found on 100 points between the estimate and a rejected null, then by bisection.

    Raises
    ------
    NotIdentified : if the regression fits exactly, so that there is no error to resample.
    UserError : as ``fwl.fit``; if the term is not among the names, subclusters cross clusters, or
        clusters are too many.
    """
    names = list(names)
    groups = encode(cluster, "cluster")
    boot = groups if subcluster is None else encode(subcluster, "subcluster")
    y, x = as_columns(y, effects.n, "outcome"), as_columns(x, effects.n, "regressors")
    _check(term, names, groups, boot, draws, weights)
    if effects.n_singletons:
        kept = ~effects.singletons
        y, x, effects = y[kept], x[kept], effects.without_singletons
        groups, boot = subset(groups, kept), subset(boot, kept)
    result = fit(y, x, names, effects, groups)
    sums = cluster_sums(result, x, names.index(term), effects, groups, boot)
    enumerated = weights == "rademacher" and 2**boot.count <= draws
    drawn = _sign_vectors(boot.count) if enumerated else _random(weights, boot.count, draws, rng)
    test = inversion(result, names.index(term), sums, drawn)
    t_draws = test.drawn(null)
    return WildBootstrap(
        term=term,
        null=null,
        coefficient=test.coefficient,
        std_error=test.std_error,
        t=test.observed(null),
        p_value=test.p(null),
        interval=None if level is None else test.interval(1 - level),
        level=level,
        t_draws=t_draws,
        draws=len(t_draws),
        n_undefined=int(np.isnan(t_draws).sum()),
        weights=weights,
        enumerated=enumerated,
        n_clusters=groups.count,
        n_boot_clusters=boot.count,
    )


def wild_combinations(
    y: ArrayLike,
    x: ArrayLike,
    weights_of: ArrayLike,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    *,
    rng: np.random.Generator,
    **choices: object,
) -> list[WildBootstrap]:
    r"""Test H0: Σ_j w_j β_j = 0 for several w by the restricted wild cluster bootstrap.

    With p a regressor of weight w_p ≠ 0, Σ_j β_j x_j = θ x_p / w_p + Σ_{j≠p} β_j (x_j − x_p w_j /
    w_p): the combination θ = Σ_j w_j β_j is the coefficient of one regressor. All combinations are
    given the same random weights, so that their draws are joint.

    Parameters
    ----------
    y, x, effects, cluster, rng, choices : see ``wild_cluster_bootstrap``.
    weights_of : (k, q), a combination of the k coefficients in each column.
    """
    columns = as_columns(x, effects.n, "regressors")
    tests = []
    for w in np.asarray(weights_of, dtype=float).T:
        pivot = int(np.argmax(np.abs(w)))
        others = np.delete(np.arange(len(w)), pivot)
        bearer = columns[:, [pivot]] / w[pivot]
        turned = np.hstack([bearer, columns[:, others] - bearer * w[others]])
        names = ["combination", *(f"other {j}" for j in others)]
        arguments = (y, turned, names, names[0], effects, cluster)
        tests.append(wild_cluster_bootstrap(*arguments, rng=copy.deepcopy(rng), **choices))
    return tests


def _check(
    term: str, names: list[str], groups: Groups, boot: Groups, draws: int, weights: Weights
) -> None:
    """Refuse what the bootstrap cannot do."""
    if term not in names:
        raise UserError(f"'{term}' is not among the regressors: {', '.join(names)}")
    if weights not in POINTS:
        raise UserError(f"'{weights}' are no bootstrap weights; use {' or '.join(POINTS)}")
    positive_draws(draws)
    if len(boot.codes) != len(groups.codes) or not is_nested(boot, groups):
        raise UserError(
            "the subclusters do not lie within the clusters of the errors; use a finer grouping"
        )
    if len(groups.codes) * groups.count > LARGEST_C:
        raise UserError(
            f"{groups.count} clusters of {len(groups.codes)} rows are more than memory holds; with "
            "so many clusters the crv1 error needs no bootstrap"
        )


def _random(
    weights: Weights, count: int, draws: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Chunks of random weights, (c, H), one draw per row."""
    points = POINTS[weights]
    size = max(1, CHUNK_NUMBERS // count)
    for first in range(0, draws, size):
        rows = min(size, draws - first)
        yield points[rng.integers(len(points), size=(rows, count))]


def _sign_vectors(count: int) -> Iterator[np.ndarray]:
    """Chunks (c, H) of all vectors of signs but that of ones."""
    size = max(1, CHUNK_NUMBERS // count)
    for first in range(1, 2**count, size):
        numbers = np.arange(first, min(first + size, 2**count))
        yield 1.0 - 2.0 * (numbers[:, None] >> np.arange(count) & 1)
