"""The three-step mediation of applied work, with a cluster bootstrap of the indirect effect."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import encode, is_nested
from pilotzone.methods.inference.effects import FixedEffects


@dataclasses.dataclass(frozen=True, eq=False)
class Mediation:
    """Coefficients of the three regressions.

    Attributes
    ----------
    total : effect of the treatment on the outcome without the mediator, c.
    first : effect of the treatment on the mediator, a.
    second : coefficient of the mediator in the outcome equation, b.
    direct : effect of the treatment given the mediator, c'.
    indirect : a · b, equal to c − c' by least squares algebra.
    draws : (R,) bootstrap draws of a · b, those without a solution left out.
    n_undefined : their number.
    """

    total: float
    first: float
    second: float
    direct: float
    indirect: float
    draws: np.ndarray
    n_undefined: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the percentile interval of the indirect effect."""
        return tuple(np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2]).tolist())


def mediation(
    y: ArrayLike,
    mediator: ArrayLike,
    treatment: ArrayLike,
    controls: ArrayLike | None,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    draws: int,
    rng: np.random.Generator,
) -> Mediation:
    r"""Estimate m = α + λ + a d + γ'x and y = α + λ + c' d + b m + δ'x with two-way effects.

    The indirect effect a · b is causal only if, beside parallel trends for outcome and mediator,
    nothing that moves both mediator and outcome within units is left out (sequential
    ignorability; Imai, Keele and Yamamoto 2010, Statistical Science 25(1)).

    The bootstrap draws clusters with replacement. Unit effects are removed once, since they belong
    to the unit that is drawn; period effects and coefficients are solved anew in every draw from
    the cross-products of the clusters drawn, all draws in one matrix product.

    Parameters
    ----------
    y, mediator, treatment, controls : (N,) each; (N, k) or None.
    unit, period, cluster : (N,) labels; clusters hold whole units, by default one each.
    draws, rng : R, and the source of the draws.

    Raises UserError if mediator and treatment are collinear given controls and effects, or a unit
    lies in two clusters.
    """
    units, periods = encode(unit, "unit"), encode(period, "period")
    extra = np.empty((len(units.codes), 0)) if controls is None else np.asarray(controls, float)
    dummies = np.eye(periods.count)[periods.codes][:, 1:]
    columns = np.column_stack([dummies, extra, treatment, mediator, y]).astype(float)
    groups = units if cluster is None else encode(cluster, "cluster")
    if not is_nested(units, groups):
        raise UserError("a unit lies in two clusters; the bootstrap draws clusters of whole units")
    columns = FixedEffects([units]).residualise(columns)
    rows = np.split(np.argsort(groups.codes, kind="stable"), np.cumsum(np.bincount(groups.codes)))
    products = np.stack([columns[own].T @ columns[own] for own in rows[: groups.count]])
    with np.errstate(invalid="ignore"):
        point = _coefficients(products.sum(axis=0)[None])[0]
    if not np.isfinite(point).all():
        raise UserError("mediator and treatment are collinear given controls and effects")
    counts = rng.multinomial(groups.count, np.full(groups.count, 1 / groups.count), size=draws)
    drawn = _coefficients(np.tensordot(counts.astype(float), products, axes=1))
    indirect = drawn[:, 1] * drawn[:, 2]
    known = np.isfinite(indirect)
    _, first, second, _ = point = point.tolist()
    return Mediation(*point, first * second, indirect[known], int((~known).sum()))


def _coefficients(products: np.ndarray) -> np.ndarray:
    """Return c, a, b, c' from stacked cross-products whose last columns are d, m, y; (R, 4)."""
    k = products.shape[-1] - 3
    d, m, y = k, k + 1, k + 2
    short, long = np.arange(k + 1), np.arange(k + 2)
    out = np.full((len(products), 4), np.nan)
    # A draw in which a period effect or the treatment does not vary has no solution.
    solvable = np.linalg.cond(products[:, long][:, :, long]) < 1e14
    kept = products[solvable]
    left = np.linalg.solve(kept[:, short][:, :, short], kept[:, short][:, :, [y, m]])
    right = np.linalg.solve(kept[:, long][:, :, long], kept[:, long][:, :, [y]])
    out[solvable] = np.column_stack([left[:, d, 0], left[:, d, 1], right[:, m, 0], right[:, d, 0]])
    return out
