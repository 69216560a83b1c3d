"""Random permutations, and the p value of a statistic among those of draws.

All p values count the data as one of the draws: p = (1 + #{|s*| ≥ |s|}) / (1 + R).
"""

from collections.abc import Iterator, Sequence
from math import factorial, prod

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import encode

# Statistics that differ by less than this share are the same up to rounding: a permutation that
# exchanges two units with the same path repeats the statistic of the data, not its last digit.
TIES = 1e-10
# With fewer ways to deal the paths no p value falls below 0.05.
FEWEST_DEALS = 20


def p_value(observed: ArrayLike, drawn: ArrayLike) -> np.ndarray:
    """Share of statistics at least as large as the observed, itself included.

    p = (1 + #{|s*| ≥ |s|}) / (1 + R), scalar or (q,), for (R,) or (R, q) draws. Values equal up to
    1e-10 of |s| count as ties, and a draw whose statistic does not exist (NaN) counts as large; so
    do all draws where that of the data does not.
    Phipson and Smyth (2010, Statistical Applications in Genetics and Molecular Biology 9(1)):
    without the 1 the test rejects too often.
    """
    drawn = np.abs(np.asarray(drawn, dtype=float))
    # A comparison with NaN is false.
    small = drawn < np.abs(observed) * (1 - TIES)
    return (1 + len(drawn) - small.sum(axis=0)) / (1 + len(drawn))


def reach(t_draws: np.ndarray, level: float) -> np.ndarray:
    """How many errors (q,) an interval reaches: a quantile of |t*| (R, q) over the draws.

    It is the ceil(level (R + 1))-th smallest, so that the interval leaves out 0 where the p value
    is at most 1 - level. Infinite if the draws are too few, or so many of them failed.
    """
    last = int(np.ceil(level * (len(t_draws) + 1) - 1e-9))
    if last > len(t_draws):
        return np.full(t_draws.shape[1], np.inf)
    return np.sort(np.nan_to_num(np.abs(t_draws), nan=np.inf), axis=0)[last - 1]


def permutations(
    count: int, draws: int, rng: np.random.Generator, strata: ArrayLike | None = None
) -> np.ndarray:
    """Random permutations of 0 … count − 1, (R, U), each row one draw, within strata if given.

    In draw r unit j gets what unit [r, j] has. Units change places within a stratum (U,) only.
    """
    return np.concatenate(list(permutation_chunks(count, draws, rng, strata, draws)))


def permutation_chunks(
    count: int,
    draws: int,
    rng: np.random.Generator,
    strata: ArrayLike | None = None,
    size: int = 1,
) -> Iterator[np.ndarray]:
    """The rows of ``permutations``, ``size`` (at most) at a time: the same rows whatever the size.

    They are drawn when they are asked for, so that no more than ``size`` are held.
    """
    positive_draws(draws)
    groups = None if strata is None else encode(strata, "strata")
    members = groups and [np.flatnonzero(groups.codes == code) for code in range(groups.count)]
    return _drawn(count, draws, rng, members, max(1, size))


def _drawn(
    count: int,
    draws: int,
    rng: np.random.Generator,
    members: Sequence[np.ndarray] | None,
    size: int,
) -> Iterator[np.ndarray]:
    """Chunks of permutations, row by row in the order of the generator."""
    for first in range(0, draws, size):
        order = np.tile(np.arange(count, dtype=np.int32), (min(size, draws - first), 1))
        if members is None:
            yield rng.permuted(order, axis=1)
            continue
        for row in order:
            for stratum in members:
                row[stratum] = rng.permutation(stratum)
        yield order


def require_deals(path: ArrayLike, strata: ArrayLike | None = None) -> None:
    """Refuse paths that can be dealt in few ways only.

    Parameters
    ----------
    path : (U,) a label of the treatment path of each unit.
    strata : (U,) labels; paths move within a stratum only.

    Raises NotIdentified if there are fewer than ``FEWEST_DEALS`` ways, or all units of a stratum
    have one path.
    """
    path = np.asarray(path)
    labels = np.zeros(len(path), dtype=int) if strata is None else np.asarray(strata)
    groups, deals = encode(labels, "strata"), 1
    for group in range(groups.count):
        members = np.flatnonzero(groups.codes == group)
        counts = np.unique(path[members], return_counts=True)[1]
        if len(counts) == 1 and groups.count > 1:
            label = str(labels[members[0]])
            raise NotIdentified("one_path_in_group", group=label, units=len(members))
        deals *= factorial(len(members)) // prod(factorial(count) for count in counts.tolist())
    if deals < FEWEST_DEALS:
        raise NotIdentified("few_paths", deals=deals, needed=FEWEST_DEALS)


def positive_draws(draws: int) -> None:
    """Refuse a test without draws."""
    if draws < 1:
        raise UserError(f"{draws} draws; at least 1 is needed")


def romano_wolf(t: ArrayLike, t_draws: ArrayLike) -> np.ndarray:
    r"""Step-down p-values (m,) that control the probability of any false rejection.

    With |t| in falling order, p_(j) = (1 + #{max_{k ≥ j} |t*_k| ≥ |t_j|}) / (1 + R), made not to
    fall along the order. The draws of a row must be joint: made with the same resampling.
    Romano and Wolf (2005, Econometrica 73(4)); (2016, Statistics and Probability Letters 113).

    Parameters
    ----------
    t : (m,) statistics of the data.
    t_draws : (R, m) statistics under the null; NaN counts as at least as large.
    """
    size = np.abs(np.asarray(t, dtype=float))
    draws = np.nan_to_num(np.abs(np.asarray(t_draws, dtype=float)), nan=np.inf)
    order = np.argsort(-size, kind="stable")
    # The largest draw among the hypotheses not yet passed, from the last to the first.
    largest = np.maximum.accumulate(draws[:, order][:, ::-1], axis=1)[:, ::-1]
    reached = (largest >= size[order] * (1 - TIES)).sum(axis=0)
    stepwise = np.maximum.accumulate((1 + reached) / (1 + len(draws)))
    out = np.empty(len(size))
    out[order] = stepwise
    return out
