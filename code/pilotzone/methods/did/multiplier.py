"""The multiplier bootstrap of estimates with known contributions of the units."""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError

# The two points of Mammen's (1993) weights: mean 0, variance 1, third moment 1.
MAMMEN = (1 - np.sqrt(5)) / 2, (1 + np.sqrt(5)) / 2
MAMMEN_SHARE = (np.sqrt(5) + 1) / (2 * np.sqrt(5))
# Numbers drawn at a time by the bootstrap: 32 MB.
BOOTSTRAP_NUMBERS = 4_000_000


@dataclass(frozen=True)
class Bands:
    """Errors and simultaneous critical value by the multiplier bootstrap.

    ``std_errors`` (c,) are standard deviations of the draws, NaN where the analytic error is not
    identified; estimates ± ``critical_value`` · errors cover all terms with probability ``level``.
    """

    std_errors: np.ndarray
    critical_value: float
    draws: int
    level: float


def multiplier_bootstrap(
    influence: np.ndarray,
    identified: np.ndarray,
    draws: int,
    rng: np.random.Generator | None,
    level: float = 0.95,
) -> Bands:
    r"""Draw Σ_i v_i φ_i with Mammen's two-point weights v_i, contributions φ as ``influence`` (U,
    c).

    Callaway and Sant'Anna (2021, Journal of Econometrics 225(2)), algorithm 1, with standard
    deviations in the place of interquartile ranges: with two or three treated units the draws
    take few values, and their quartiles say little.

    Terms that are not ``identified`` (c,) get no error and do not enter the critical value.
    Raises UserError if there is no generator or there are fewer than two draws.
    """
    drawn = multiplier_draws(influence, draws, rng)
    spread = drawn.std(axis=0)
    std_errors = np.where(identified & (spread > 0), spread, np.nan)
    usable = ~np.isnan(std_errors)
    if not usable.any():
        return Bands(std_errors, np.nan, draws, level)
    largest = np.max(np.abs(drawn[:, usable]) / std_errors[usable], axis=1)
    return Bands(std_errors, float(np.quantile(largest, level)), draws, level)


def multiplier_draws(
    influence: np.ndarray, draws: int, rng: np.random.Generator | None
) -> np.ndarray:
    """Σ_i v_i φ_i (R, c) under Mammen's weights; raises as ``multiplier_bootstrap``."""
    if rng is None or draws < 2:
        raise UserError("the multiplier bootstrap needs a generator and at least two draws")
    n, c = influence.shape
    drawn = np.empty((draws, c))
    step = max(1, BOOTSTRAP_NUMBERS // n)
    for first in range(0, draws, step):
        size = (min(step, draws - first), n)
        weights = np.where(rng.random(size) < MAMMEN_SHARE, *MAMMEN)
        drawn[first : first + step] = weights @ influence
    return drawn
