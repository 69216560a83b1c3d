"""How often the interval of a factor model covers, on the panel's own roll-out."""

import dataclasses

import numpy as np

from pilotzone.methods.did.cohorts import StaggeredPanel
from pilotzone.methods.factors.completion import two_way
from pilotzone.methods.factors.counterfactual import counterfactual

# Of a normal interval of 95 %.
QUANTILE = 1.959963984540054
# Of the fits: an error of a thousandth of the noise moves no interval.
TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What a simulation without an effect says of an estimator.

    Attributes
    ----------
    noise, correlation : of the simulated errors: standard deviation, first-order autocorrelation.
    bias, sd, mean_error, coverage : of the mean effect over treated cells.
    draws : simulated panels.
    """

    noise: float
    correlation: float
    bias: float
    sd: float
    mean_error: float
    coverage: float
    draws: int


def noise_of(panel: StaggeredPanel) -> tuple[float, float]:
    """Return standard deviation and autocorrelation of two-way residuals of untreated cells."""
    rows = panel.observed & ~panel.treated
    left = np.where(rows, panel.y - two_way(panel.y[None], rows[None])[0], np.nan)
    spare = max(1, rows.sum() - rows.shape[0] - rows.shape[1] + 1)
    both = rows[:, 1:] & rows[:, :-1]
    before, after = left[:, :-1][both], left[:, 1:][both]
    return float(np.sqrt(np.nansum(left**2) / spare)), float(np.corrcoef(before, after)[0, 1])


def simulated(
    panel: StaggeredPanel, noise: float, correlation: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a table (U, T) of autoregressive errors; effects of units and periods are nothing."""
    shocks = rng.normal(size=panel.y.shape)
    errors = shocks.copy()
    for t in range(1, errors.shape[1]):
        fresh = np.sqrt(1 - correlation**2) * shocks[:, t]
        errors[:, t] = correlation * errors[:, t - 1] + fresh
    return noise * errors


def coverage(
    panel: StaggeredPanel, simulations: int, rng: np.random.Generator, **model: object
) -> Coverage:
    """Return how often estimate ± 1.96 errors covers an effect of zero.

    Units, periods, gaps and cohorts are those of the panel; errors have the size and the
    autocorrelation of its untreated cells net of unit and period. The whole procedure is repeated
    in each draw, the choice of rank or penalty too.

    Parameters
    ----------
    panel : StaggeredPanel
    simulations : int
        Panels that are made up.
    rng : Generator
    **model
        Of ``counterfactual``, without ``rng``.
    """
    noise, correlation = noise_of(panel)
    unit, column = np.nonzero(panel.observed)
    keys = unit, panel.periods[column], panel.cohort[unit]
    found = np.empty((simulations, 2))
    for one in range(simulations):
        y = simulated(panel, noise, correlation, rng)[panel.observed]
        made = counterfactual(y, *keys, placebo=0, rng=rng, tolerance=TOLERANCE, **model)
        found[one] = made.estimates[0], made.std_errors[0]
    inside = np.abs(found[:, 0]) <= QUANTILE * found[:, 1]
    return Coverage(
        noise,
        correlation,
        float(found[:, 0].mean()),
        float(found[:, 0].std(ddof=1)) if simulations > 1 else np.nan,
        float(found[:, 1].mean()),
        float(inside.mean()),
        simulations,
    )
