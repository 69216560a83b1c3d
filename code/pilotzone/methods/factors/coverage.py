"""What the interval of a factor model covers where there is no effect, the choice repeated."""

from collections.abc import Iterable
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.methods.did.cohorts import staggered_panel
from pilotzone.methods.factors.counterfactual import Errors, averaged, ranks_of, usable
from pilotzone.methods.factors.identified import require_untreated
from pilotzone.methods.factors.resampled import (
    Fitted,
    bootstrap_errors,
    bootstrap_picks,
    fit,
    jackknife_errors,
    jackknife_picks,
    resampled,
)
from pilotzone.methods.factors.validation import Rule, choose

# Draws behind an error: what they leave uncertain of it, t with one degree fewer makes up for.
DRAWS = 12
# Of the fits: an error of a thousandth of the noise moves no interval.
TOLERANCE = 1e-5
# Of the 95 % interval.
TAIL = 0.025
# Outcomes that are worked on together.
AT_ONCE = 20


class Coverage(NamedTuple):
    """What outcomes without an effect say of the mean effect over treated cells.

    Attributes
    ----------
    estimates, std_errors : (S,)
    ranks : (S,) factors; of matrix completion, singular values above zero.
    degrees : of t behind the intervals; infinite for the normal distribution.
    """

    estimates: np.ndarray
    std_errors: np.ndarray
    ranks: np.ndarray
    degrees: float

    @property
    def share(self) -> float:
        """Share of the intervals that hold zero."""
        reach = special.stdtrit(self.degrees, 1 - TAIL) * self.std_errors
        return float((np.abs(self.estimates) <= reach).mean())


def coverage(
    outcomes: Iterable[np.ndarray],
    keys: tuple[ArrayLike, ArrayLike, ArrayLike],
    rule: Rule,
    without: tuple[float, ...],
    errors: Errors,
    rng: np.random.Generator,
) -> Coverage:
    """Return what a factor model says of outcomes without an effect.

    Parameters
    ----------
    outcomes : iterable of (N,)
    keys : unit, period, cohort, (N,) each
        Of the panel's own roll-out.
    rule : Rule
        Rank or penalty are chosen anew for each outcome where it does not give them.
    without, errors, rng
        As :func:`counterfactual`.

    Raises
    ------
    NotIdentified
        As :func:`counterfactual`. A fit without a minimum counts as an interval
        that misses.
    """
    left = iter(outcomes)
    first = next(left)
    whole = staggered_panel(first, *keys)
    panel, _ = usable(whole)
    kept = np.isin(whole.units, panel.units)
    rows = panel.observed & ~panel.treated
    require_untreated(panel, rows)
    _, means = averaged(panel, without)
    found, left = [], chain([first], left)
    while block := list(islice(left, AT_ONCE)):
        tables = np.stack([whole.table(y)[kept] for y in block])
        chosen, _ = choose(panel, rows, tables, rule)
        made = fit(rule.kind, chosen, tables, rows, means[:1], TOLERANCE)
        exists = made.converged & made.determined
        estimates = np.where(exists, made.estimates[:, 0], np.nan)
        found.append((estimates, _errors(made, errors, rng), ranks_of(made)))
    degrees = DRAWS - 1 if errors == "bootstrap" else np.inf
    return Coverage(*(np.concatenate(part) for part in zip(*found, strict=True)), degrees)


def _errors(made: Fitted, errors: Errors, rng: np.random.Generator) -> np.ndarray:
    """Return the error (S,) of each mean effect."""
    s, n = made.y.shape[:2]
    if errors == "jackknife":
        picks, spread = np.repeat(jackknife_picks(n)[None], s, axis=0), jackknife_errors
    else:
        picks, spread = bootstrap_picks(n, s * DRAWS, rng).reshape(s, DRAWS, n), bootstrap_errors
    return np.array([spread(drawn)[0] for drawn in resampled(made, picks, TOLERANCE)])
