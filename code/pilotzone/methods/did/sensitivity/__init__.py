"""Event studies under bounded violations of parallel trends (Rambachan and Roth 2023).

An event study estimates β = (β_pre, β_post) with β = (0, τ_post) + δ: effects after treatment plus
a difference in trends δ, δ = 0 at the reference period. Parallel trends say δ_post = 0. Here δ lies
in a set instead, and the interval covers θ = l'τ_post for every δ in it:

* smoothness, Δ^SD(M): the slope of δ changes by at most M from one period to the next;
* relative magnitudes, Δ^RM(M̄): a step of δ after the reference period is at most M̄ times the
  largest step before it.

>>> path = event_path(coefficients, covariance, n_pre=5, n_post=2)
>>> relative_magnitudes_interval(path, 1.0)

Source: Rambachan, A. and J. Roth (2023), A more credible approach to parallel trends, Review of
Economic Studies 90, 2555-2591.
"""

from pilotzone.methods.did.sensitivity.breakdown import (
    Sensitivity,
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    sensitivity,
)
from pilotzone.methods.did.sensitivity.path import (
    EventPath,
    RobustInterval,
    conventional_interval,
    event_path,
)
from pilotzone.methods.did.sensitivity.relative_magnitudes import relative_magnitudes_interval
from pilotzone.methods.did.sensitivity.smoothness import (
    AffineEstimator,
    optimal_estimator,
    smoothness_interval,
)

__all__ = [
    "AffineEstimator",
    "EventPath",
    "RobustInterval",
    "Sensitivity",
    "breakdown_relative_magnitudes",
    "breakdown_smoothness",
    "conventional_interval",
    "event_path",
    "optimal_estimator",
    "relative_magnitudes_interval",
    "sensitivity",
    "smoothness_interval",
]
