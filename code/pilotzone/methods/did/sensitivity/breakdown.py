"""How large a violation overturns the conclusion, and the whole analysis in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from pilotzone.methods.did.sensitivity.path import (
    EventPath,
    RobustInterval,
    conventional_interval,
    event_path,
)
from pilotzone.methods.did.sensitivity.relative_magnitudes import relative_magnitudes_interval
from pilotzone.methods.did.sensitivity.smoothness import smoothness_interval

# Relative precision of a breakdown value, and doublings before it is called infinite.
PRECISION = 1e-6
DOUBLINGS = 40


@dataclass(frozen=True)
class Sensitivity:
    """A sensitivity analysis of one target.

    Attributes
    ----------
    estimate, std_error : of l'β_post.
    original : under parallel trends.
    smoothness, relative_magnitudes : in the order of the bounds asked for.
    breakdown_m, breakdown_mbar : see ``breakdown_smoothness`` and
        ``breakdown_relative_magnitudes``.
    """

    estimate: float
    std_error: float
    original: RobustInterval
    smoothness: tuple[RobustInterval, ...]
    relative_magnitudes: tuple[RobustInterval, ...]
    breakdown_m: float
    breakdown_mbar: float


def sensitivity(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    n_pre: int,
    n_post: int,
    m: Sequence[float] = (),
    mbar: Sequence[float] = (0.5, 1.0, 1.5, 2.0),
    *,
    target: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Sensitivity:
    """Conventional interval, robust intervals for given bounds, and both breakdown values.

    Errors are those of ``event_path``, ``optimal_estimator`` and ``relative_magnitudes_interval``.

    Parameters
    ----------
    coefficients, covariance, n_pre, n_post, target : see ``event_path``.
    m : bounds M of the smoothness restriction, in units of the outcome a period.
    mbar : bounds M̄ of the relative magnitudes.
    alpha : one minus the level.
    """
    path = event_path(coefficients, covariance, n_pre, n_post, target)
    return Sensitivity(
        estimate=path.estimate,
        std_error=path.std_error,
        original=conventional_interval(path, alpha),
        smoothness=tuple(smoothness_interval(path, value, alpha) for value in m),
        relative_magnitudes=tuple(
            relative_magnitudes_interval(path, value, alpha) for value in mbar
        ),
        breakdown_m=breakdown_smoothness(path, alpha),
        breakdown_mbar=breakdown_relative_magnitudes(path, alpha),
    )


def breakdown_smoothness(path: EventPath, alpha: float = 0.05) -> float:
    """Largest M at which the smoothness interval excludes 0; nan if it contains 0 at M = 0 already.

    Found by doubling from the standard error and then bisection, to a relative precision of 1e-6.
    """
    return _breakdown(lambda m: smoothness_interval(path, m, alpha), path.std_error)


def breakdown_relative_magnitudes(path: EventPath, alpha: float = 0.05) -> float:
    """Largest M̄ at which the relative-magnitudes interval excludes 0; see
    ``breakdown_smoothness``.

    It starts from 1, and is nan if the conventional interval, M̄ = 0, contains 0.
    """
    return _breakdown(lambda mbar: relative_magnitudes_interval(path, mbar, alpha), 1.0)


def _breakdown(interval_at: Callable[[float], RobustInterval], start: float) -> float:
    """Last bound whose interval excludes 0, before the first one found whose interval holds it."""
    if not interval_at(0.0).excludes_zero:
        return float("nan")
    low, high = 0.0, start
    for _ in range(DOUBLINGS):
        if not interval_at(high).excludes_zero:
            break
        low, high = high, 2 * high
    else:
        return float("inf")
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if interval_at(middle).excludes_zero else (low, middle)
    return low
