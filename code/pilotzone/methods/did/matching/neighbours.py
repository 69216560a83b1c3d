"""Matching on the nearest neighbour within a caliper."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.matching.units import codes_of, column, is_treated, width
from pilotzone.methods.inference.cluster import TOLERANCE


class Pair(NamedTuple):
    """A treated unit, its control (codes) and the distance of their logits."""

    treated: object
    control: object
    distance: float


@dataclass(frozen=True, eq=False)
class NearestNeighbours:
    """Nearest neighbours within a caliper.

    Attributes
    ----------
    weights : (n,) 1 for a matched treated unit, for a control the number of times it is used.
    pairs : one per matched treated unit, in the order of their codes.
    dropped : codes of the treated units without a control within the caliper, ascending.
    unused : codes of the controls that are nobody's nearest neighbour, ascending.
    caliper : largest distance allowed, in units of the logit.
    """

    weights: np.ndarray = field(repr=False)
    pairs: tuple[Pair, ...]
    dropped: tuple
    unused: tuple
    caliper: float


def nearest_neighbour(
    logit: ArrayLike,
    treated: ArrayLike,
    codes: ArrayLike,
    caliper_sd: float = 0.25,
    *,
    require_overlap: bool = True,
) -> NearestNeighbours:
    r"""The nearest control of each treated unit, with replacement, on the logit of the score.

    j(i) = argmin_j |η_j − η_i| over the controls, kept if the distance is at most
    caliper_sd · sd(η), sd over all units with n − 1. Among controls at the same distance (up to
    1e-9 standard deviations) the one with the smallest code is taken, so that neither the order
    of the rows nor rounding decides.
    Rosenbaum and Rubin (1985, American Statistician 39(1)).

    Parameters
    ----------
    logit, treated : (n,) linear predictor of the score; (n,) true and false or 1 and 0.
    codes : (n,) one code per unit, numbers or strings; they order ties and name units.
    caliper_sd : caliper in standard deviations of the logit.
    require_overlap : False returns an empty match where no treated unit has a control, for a
        listing of the dropped units.

    Raises
    ------
    NotIdentified : if no treated unit has a control within the caliper, or one side has no unit.
    UserError : if values are missing, codes repeat, lengths differ or the caliper is not positive.
    """
    mask = is_treated(treated)
    eta = column(logit, "logit", len(mask))
    labels, rank = codes_of(codes, len(mask))
    sd = float(eta.std(ddof=1))
    caliper = width(caliper_sd, "caliper") * sd
    of_treated, of_controls = (
        np.flatnonzero(side)[np.argsort(rank[side])] for side in (mask, ~mask)
    )
    distance = np.abs(eta[of_treated][:, None] - eta[of_controls])
    smallest = distance.min(axis=1)
    chosen = of_controls[np.argmax(distance <= smallest[:, None] + TOLERANCE * sd, axis=1)]
    inside = smallest <= caliper + TOLERANCE * sd
    if require_overlap and not inside.any():
        facts = {"caliper": caliper, "deviations": caliper_sd, "closest": smallest.min()}
        raise NotIdentified("outside_caliper", **facts)
    weights = np.bincount(chosen[inside], minlength=len(mask)).astype(float)
    weights[of_treated[inside]] = 1.0
    pairs = zip(of_treated[inside], chosen[inside], strict=True)
    return NearestNeighbours(
        weights=weights,
        pairs=tuple(Pair(labels[i], labels[j], float(abs(eta[i] - eta[j]))) for i, j in pairs),
        dropped=tuple(labels[i] for i in of_treated[~inside]),
        unused=tuple(labels[j] for j in of_controls if weights[j] == 0),
        caliper=caliper,
    )
