"""Random permutations, and the p value of a statistic among those of draws.

All p values count the data as one of the draws: p = (1 + #{|s*| ≥ |s|}) / (1 + R).
"""

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import encode

# Statistics that differ by less than this share are the same up to rounding: a permutation that
# exchanges two units with the same path repeats the statistic of the data, not its last digit.
TIES = 1e-10


def p_value(observed: ArrayLike, drawn: ArrayLike) -> np.ndarray:
    """Share of statistics at least as large as the observed, itself included.

    p = (1 + #{|s*| ≥ |s|}) / (1 + R). Values equal up to 1e-10 of |s| count as ties, and a draw
    whose statistic does not exist (NaN) counts as large.
    Phipson and Smyth (2010, Statistical Applications in Genetics and Molecular Biology 9(1)):
    without the 1 the test rejects too often.

    Parameters
    ----------
    observed : scalar or (q,) statistics of the data.
    drawn : (R,) or (R, q) statistics of the draws.

    Returns
    -------
    Scalar or (q,) array.
    """
    drawn = np.abs(np.asarray(drawn, dtype=float))
    large = (drawn >= np.abs(observed) * (1 - TIES)) | np.isnan(drawn)
    return (1 + np.count_nonzero(large, axis=0)) / (1 + len(drawn))


def permutations(
    count: int, draws: int, rng: np.random.Generator, strata: ArrayLike | None = None
) -> np.ndarray:
    """Random permutations of 0 … count − 1, each row one draw, within strata if given.

    Parameters
    ----------
    count : number U of units.
    draws : number R of permutations.
    strata : (U,) labels; units change places within a stratum only.

    Returns
    -------
    (R, U) integers: in draw r unit j gets what unit [r, j] has.
    """
    positive_draws(draws)
    order = np.tile(np.arange(count, dtype=np.int32), (draws, 1))
    if strata is None:
        return rng.permuted(order, axis=1)
    groups = encode(strata, "strata")
    for stratum in range(groups.count):
        members = np.flatnonzero(groups.codes == stratum)
        order[:, members] = rng.permuted(order[:, members], axis=1)
    return order


def positive_draws(draws: int) -> None:
    """Refuse a test without draws."""
    if draws < 1:
        raise UserError(f"{draws} draws; at least 1 is needed")
