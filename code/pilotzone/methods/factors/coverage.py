"""What the interval of a factor model covers where there is no effect, the choice repeated."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.stats import t

from pilotzone.methods.factors.counterfactual import counterfactual

# Draws behind an error: what they leave uncertain of it, t with one degree fewer makes up for.
DRAWS = 12
# Of the fits: an error of a thousandth of the noise moves no interval.
TOLERANCE = 1e-5
# Of the 95 % interval.
TAIL = 0.025


class Coverage(NamedTuple):
    """What simulated outcomes without an effect say of the mean effect over treated cells.

    Attributes
    ----------
    estimates, std_errors : (S,)
    ranks : (S,) factors; of matrix completion, singular values above zero.
    degrees : of t behind the intervals; None for the normal distribution.
    """

    estimates: np.ndarray
    std_errors: np.ndarray
    ranks: np.ndarray
    degrees: int | None

    @property
    def share(self) -> float:
        """Share of the intervals that hold zero."""
        quantile = t.isf(TAIL, np.inf if self.degrees is None else self.degrees)
        return float((np.abs(self.estimates) <= quantile * self.std_errors).mean())


def coverage(
    outcomes: Iterable[np.ndarray],
    keys: tuple[np.ndarray, np.ndarray, np.ndarray],
    rng: np.random.Generator,
    **model: object,
) -> Coverage:
    """Return what a factor model says of outcomes without an effect.

    Parameters
    ----------
    outcomes : iterable of (N,)
    keys : unit, period, cohort, (N,) each
        Of the panel's own roll-out.
    rng : Generator
        Of the bootstrap.
    **model
        Of :func:`counterfactual`, without ``rng``, ``draws``, ``placebo`` and ``tolerance``. Rank
        and penalty are chosen anew where it does not give them.
    """
    given = {**model, "draws": DRAWS, "placebo": 0, "tolerance": TOLERANCE}
    found = [counterfactual(y, *keys, rng=rng, **given) for y in outcomes]
    return Coverage(
        np.array([one.estimates[0] for one in found]),
        np.array([one.std_errors[0] for one in found]),
        np.array([one.rank for one in found]),
        DRAWS - 1 if model["errors"] == "bootstrap" else None,
    )
