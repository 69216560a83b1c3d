"""What a resampling of a spatial fit reports."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.inference.permutations import p_value, reach


@dataclass(frozen=True, eq=False, kw_only=True)
class Resampled:
    """Terms of a fit among the statistics of draws.

    Attributes
    ----------
    terms : (q,) coefficients, ``rho``, ``lambda``, ``direct:x``, ...
    estimates, std_errors : (q,) of the data, errors by ``cluster_pairs``.
    p_values : (q,) symmetric, (1 + #{|t*| >= |t|}) / (1 + R).
    intervals : (q, 2), infinite where no value on a side is rejected; NaN if not asked for.
    t_draws : (R, q) statistics t*, NaN in draws that could not be fitted.
    n_failed : number of these draws; each counts as at least as large as the data.
    """

    model: str
    effects: str
    lee_yu: bool
    weights: str
    terms: tuple[str, ...]
    estimates: np.ndarray
    std_errors: np.ndarray
    level: float
    intervals: np.ndarray
    t_draws: np.ndarray = field(repr=False)

    @property
    def t(self) -> np.ndarray:
        """Estimates over errors (q,)."""
        return self.estimates / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """See above."""
        return p_value(self.t, self.t_draws)

    @property
    def draws(self) -> int:
        """R."""
        return len(self.t_draws)

    @property
    def n_failed(self) -> int:
        """Draws that could not be fitted."""
        return int(np.isnan(self.t_draws).any(axis=1).sum())


def around(
    estimates: np.ndarray, std_errors: np.ndarray, t_draws: np.ndarray, level: float
) -> np.ndarray:
    """Intervals (q, 2): so many errors to either side as ``reach`` says."""
    half = reach(t_draws, level) * std_errors
    return np.stack([estimates - half, estimates + half], axis=1)


def places_of(terms: Sequence[str] | None, known: tuple[str, ...]) -> np.ndarray:
    """Positions of the terms asked for, all if None; UserError names one that is unknown."""
    strange = [term for term in terms or () if term not in known]
    if strange:
        raise UserError(f"term '{strange[0]}' is not of this model: {', '.join(known)}")
    return np.array([known.index(term) for term in (known if terms is None else terms)])
