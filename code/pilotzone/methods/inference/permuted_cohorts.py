"""Randomisation test of any statistic that depends on who is treated when."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.permutations import p_value, permutations


@dataclass(frozen=True, eq=False)
class StatisticTest:
    """Any statistic of the cohorts among those of permuted cohorts.

    Attributes
    ----------
    observed : scalar or (q,) statistics of the data.
    draws : (R,) or (R, q) statistics of the draws.
    p_value : scalar or (q,).
    n_undefined : draws without one of the statistics, counted as at least as large.
    """

    observed: np.ndarray
    draws: np.ndarray = field(repr=False)
    p_value: np.ndarray
    n_undefined: int


def randomise(
    statistic: Callable[[np.ndarray], np.ndarray],
    cohort: ArrayLike,
    draws: int,
    rng: np.random.Generator,
    *,
    strata: ArrayLike | None = None,
    batch_size: int = 500,
) -> StatisticTest:
    """Randomisation test of any statistic that depends on who is treated when.

    Parameters
    ----------
    statistic : function of (r, U) cohorts, one assignment per row, that returns (r,) or (r, q)
        statistics, NaN where one does not exist.
    cohort : (U,) first treated periods of the data.
    draws : R.
    strata : (U,) labels; cohorts move within a stratum only.
    batch_size : assignments given to ``statistic`` at a time.

    Raises
    ------
    NotIdentified : if a statistic of the data does not exist.
    UserError : if the statistic does not return one row per assignment.
    """
    cohort = np.asarray(cohort)
    order = permutations(len(cohort), draws, rng, strata)
    observed = _evaluate(statistic, cohort[None, :])[0]
    if not np.isfinite(observed).all():
        raise NotIdentified("no_statistic")
    parts = [order[first : first + batch_size] for first in range(0, draws, batch_size)]
    drawn = np.concatenate([_evaluate(statistic, cohort[part]) for part in parts])
    undefined = np.isnan(drawn) if drawn.ndim == 1 else np.isnan(drawn).any(axis=1)
    return StatisticTest(
        observed, drawn, np.asarray(p_value(observed, drawn)), int(np.count_nonzero(undefined))
    )


def _evaluate(statistic: Callable[[np.ndarray], np.ndarray], cohorts: np.ndarray) -> np.ndarray:
    """The statistic of each row of cohorts."""
    values = np.asarray(statistic(cohorts), dtype=float)
    if values.ndim not in (1, 2) or len(values) != len(cohorts):
        raise UserError(
            f"the statistic returned shape {values.shape} for {len(cohorts)} assignments; "
            "it should return one row for each"
        )
    return values
