r"""Does the past of x help to predict y in any unit? The panel test of Dumitrescu and Hurlin.

For each unit y_it = a_i + Σ_{k=1..K} γ_ik y_{i,t−k} + Σ_{k=1..K} β_ik x_{i,t−k} + ε_it, and W_i is
the Wald statistic of β_i1 = … = β_iK = 0. With T periods in all, T − K of them usable,

    W̄ = N⁻¹ Σ W_i,   Z̄ = √(N/2K) (W̄ − K),
    Z̃ = √(N/2K · (T − 3K − 5)/(T − 2K − 3)) · ((T − 3K − 3)/(T − 3K − 1) · W̄ − K).

Z̄ is for T to infinity before N. Z̃ uses the first two moments of K · F(K, T − 3K − 1), the
distribution of W_i if x were fixed; the second exists for T > 5 + 3K. Under the null β_i = 0 in all
units both are standard normal; the alternative is β_i ≠ 0 in some. The units are taken as
independent and the series as stationary. Where series persist and T is about 10, both reject far
too often, because the lags of y are not fixed; ``bootstrap_null`` has the distribution of W̄ for
the panel at hand.

Dumitrescu and Hurlin (2012, Economic Modelling 29(4)), whose T are the usable periods; T as here,
all periods, in Lopez and Weber (2017, Stata Journal 17(4)).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import TOLERANCE


@dataclass(frozen=True, eq=False)
class NonCausality:
    """The test and the units' own statistics.

    Attributes
    ----------
    wald : (N,) Wald statistics, K · F(K, T − 3K − 1) under the null with normal errors.
    units : (N,) their labels.
    lags, n_periods : K and T.
    """

    w_bar: float
    z_bar: float
    z_bar_tilde: float
    wald: np.ndarray = field(repr=False)
    units: np.ndarray = field(repr=False)
    lags: int
    n_periods: int

    @property
    def p_value(self) -> float:
        """Two-sided p of Z̃."""
        return float(2 * special.ndtr(-abs(self.z_bar_tilde)))

    @property
    def unit_p_values(self) -> np.ndarray:
        """p of each unit by F(K, T − 3K − 1), (N,)."""
        rest = self.n_periods - 3 * self.lags - 1
        return special.fdtrc(self.lags, rest, self.wald / self.lags)


def non_causality(
    y: ArrayLike, x: ArrayLike, unit: ArrayLike, period: ArrayLike, *, lags: int
) -> NonCausality:
    """Test that x does not cause y in the sense of Granger in any unit.

    Parameters
    ----------
    y, x : (M,) numbers.
    unit, period : (M,) labels; every unit in every period, periods without a gap.
    lags : K ≥ 1 lags of both.

    Raises
    ------
    NotIdentified : if T ≤ 5 + 3K, so that Z̃ has no moments, or a unit's regressors are collinear.
    UserError : if the panel is not balanced or has gaps, or K < 1.
    """
    if lags < 1:
        raise UserError(f"{lags} lags; use 1 or more")
    y, x, units = _wide(y, x, unit, period)
    n_periods = y.shape[1]
    if n_periods <= 5 + 3 * lags:
        raise NotIdentified("no_moments", periods=n_periods, lags=lags, more_than=5 + 3 * lags)
    wald = unit_wald(y, x, lags, units)
    w_bar = float(wald.mean())
    both = map(float, standardised(w_bar, len(wald), lags, n_periods))
    return NonCausality(w_bar, *both, wald, units, lags, n_periods)


def standardised(
    w_bar: ArrayLike, n_units: int, lags: int, n_periods: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return Z̄ and Z̃ of mean Wald statistics, of their shape; see the module for N, K and T."""
    w_bar = np.asarray(w_bar, dtype=float)
    n, k, t = n_units, lags, n_periods
    z_bar = np.sqrt(n / (2 * k)) * (w_bar - k)
    scale = n / (2 * k) * (t - 3 * k - 5) / (t - 2 * k - 3)
    z_bar_tilde = np.sqrt(scale) * ((t - 3 * k - 3) / (t - 3 * k - 1) * w_bar - k)
    return z_bar, z_bar_tilde


def _wide(
    y: ArrayLike, x: ArrayLike, unit: ArrayLike, period: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y and x as (N, T) and the labels of the units, sorted."""
    units, row = np.unique(np.asarray(unit), return_inverse=True)
    times, column = np.unique(np.asarray(period), return_inverse=True)
    cells = np.bincount(row * len(times) + column, minlength=len(units) * len(times))
    if np.any(cells != 1) or np.any(np.diff(times.astype(float)) != 1):
        raise UserError("the test needs every unit once in every period, periods without a gap")
    tables = np.empty((2, len(units), len(times)))
    tables[:, row, column] = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    return tables[0], tables[1], units


def unit_wald(y: np.ndarray, x: np.ndarray, lags: int, units: np.ndarray) -> np.ndarray:
    """Return the Wald statistics (N,) of each unit, σ̂² = RSS/(T − 3K − 1), all units at once.

    ``y`` and ``x`` are (N, T), periods in order; ``units`` (N,) are labels for the message.
    """
    usable = y.shape[1] - lags
    past = [v[:, lags - lag : lags - lag + usable] for v in (y, x) for lag in range(1, lags + 1)]
    z = np.stack(past, axis=-1)
    z = z - z.mean(axis=1, keepdims=True)
    outcome = y[:, lags:] - y[:, lags:].mean(axis=1, keepdims=True)
    lengths = np.sqrt((z**2).sum(axis=1, keepdims=True))
    q, r = np.linalg.qr(z / np.where(lengths > 0, lengths, 1.0))
    flat = np.abs(np.diagonal(r, axis1=1, axis2=2)).min(axis=1) <= TOLERANCE
    if flat.any():
        raise NotIdentified("lags_collinear", unit=units[int(np.argmax(flat))])
    # The lags of y come first, so that the rest of the basis is what those of x add.
    explained = np.einsum("ntk,nt->nk", q, outcome) ** 2
    rss = (outcome**2).sum(axis=1) - explained.sum(axis=1)
    return explained[:, lags:].sum(axis=1) / (rss / (usable - 2 * lags - 1))


def bootstrap_null(
    y: ArrayLike,
    x: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    lags: int,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return W̄ in panels in which x does not cause y, (draws,); see ``non_causality``.

    y is made anew, unit by unit, from its own lags by least squares without x, from its first K
    values on, with the errors of whole years drawn with replacement for all units together, so
    that they stay dependent across units; x stays as it is.
    After Dumitrescu and Hurlin (2012, section 6.2) as Lopez and Weber (2017) state it, who also
    draw the first values.
    """
    y, x, units = _wide(y, x, unit, period)
    n, n_periods = y.shape
    past = np.stack([y[:, lags - lag : n_periods - lag] for lag in range(1, lags + 1)], axis=-1)
    design = np.concatenate([past, np.ones((n, n_periods - lags, 1))], axis=-1)
    slopes = (np.linalg.pinv(design) @ y[:, lags:, None])[..., 0]
    errors = y[:, lags:] - np.einsum("ntk,nk->nt", design, slopes)
    years = rng.integers(0, n_periods - lags, (draws, n_periods - lags))
    made = np.empty((draws, n, n_periods))
    made[:, :, :lags] = y[:, :lags]
    for t in range(lags, n_periods):
        own = made[:, :, t - lags : t][:, :, ::-1] * slopes[:, :lags]
        made[:, :, t] = own.sum(axis=2) + slopes[:, lags] + errors[:, years[:, t - lags]].T
    every_x, every_unit = np.tile(x, (draws, 1)), np.tile(units, draws)
    wald = unit_wald(made.reshape(-1, n_periods), every_x, lags, every_unit)
    return wald.reshape(draws, n).mean(axis=1)
