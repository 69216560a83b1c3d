"""Kernel matching on the propensity score."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.matching.units import codes_of, column, is_treated, listing, width
from pilotzone.methods.inference.cluster import TOLERANCE


@dataclass(frozen=True, eq=False)
class KernelMatches:
    """Kernel matching on the propensity score; all codes ascend.

    Attributes
    ----------
    weights : (n,) 1 for a treated unit that is kept; for a control the sum over these of its
        share in their comparison.
    off_support : treated units whose score lies outside those of the controls.
    without_control : other treated units without a control within the bandwidth.
    unused : controls without weight.
    bandwidth : of the kernel, in units of the score.
    support : lowest and highest score of the controls.
    """

    weights: np.ndarray = field(repr=False)
    off_support: tuple
    without_control: tuple
    unused: tuple
    bandwidth: float
    support: tuple[float, float]

    @property
    def dropped(self) -> tuple:
        """Codes of all treated units that are not matched, ascending."""
        return tuple(sorted((*self.off_support, *self.without_control)))


def kernel_weights(
    score: ArrayLike,
    treated: ArrayLike,
    codes: ArrayLike,
    bandwidth: float = 0.06,
    *,
    require_overlap: bool = True,
) -> KernelMatches:
    r"""Kernel matching on the propensity score.

    w_j = Σ_i K((p_j − p_i)/h) / Σ_k K((p_k − p_i)/h), the outer sum over kept treated units, the
    inner over controls, K(u) = ¾(1 − u²) for |u| < 1 (Epanechnikov).

    Common support: a treated unit is dropped if its score is below the lowest or above the
    highest score of the controls (with 1e-9 for rounding), or if no control lies within the
    bandwidth. Controls are not trimmed: one out of reach of all kept treated units has weight 0.
    Heckman, Ichimura and Todd (1997, Review of Economic Studies 64(4)). Support rule and
    bandwidth are those of psmatch2 (Leuven and Sianesi 2003).

    Parameters
    ----------
    score : (n,) propensity, in [0, 1].
    treated, codes, require_overlap : see ``nearest_neighbour``.
    bandwidth : h, in units of the score.

    Raises
    ------
    NotIdentified : if no treated unit is kept, or there is no treated or no control unit.
    UserError : if a score lies outside [0, 1], or as ``nearest_neighbour``.
    """
    mask = is_treated(treated)
    p = column(score, "score", len(mask))
    if np.any((p < 0) | (p > 1)):
        raise UserError("'score' has values outside [0, 1]; give the propensity, not its logit")
    labels, rank = codes_of(codes, len(mask))
    h = width(bandwidth, "bandwidth")
    low, high = float(p[~mask].min()), float(p[~mask].max())
    u = (p[~mask] - p[mask][:, None]) / h
    kernel = np.where(np.abs(u) < 1 - TOLERANCE, 0.75 * (1 - u**2), 0.0)
    total = kernel.sum(axis=1)
    on_support = (p[mask] >= low - TOLERANCE) & (p[mask] <= high + TOLERANCE)
    kept = on_support & (total > 0)
    if require_overlap and not kept.any():
        controls = {"controls_low": low, "controls_high": high}
        treated = {"treated_low": p[mask].min(), "treated_high": p[mask].max()}
        raise NotIdentified("outside_bandwidth", bandwidth=h, **controls, **treated)
    weights = np.zeros(len(mask))
    weights[mask] = kept
    weights[~mask] = (kernel[kept] / total[kept, None]).sum(axis=0)
    of_treated, of_controls = np.flatnonzero(mask), np.flatnonzero(~mask)
    return KernelMatches(
        weights=weights,
        off_support=listing(of_treated[~on_support], labels, rank),
        without_control=listing(of_treated[on_support & ~kept], labels, rank),
        unused=listing(of_controls[weights[~mask] == 0], labels, rank),
        bandwidth=h,
        support=(low, high),
    )
