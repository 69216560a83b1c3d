"""P-values that hold for a family of tests together."""

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.methods.inference.permutations import TIES


def romano_wolf(t: ArrayLike, t_draws: ArrayLike) -> np.ndarray:
    r"""Step-down p-values that control the probability of any false rejection.

    With |t| in falling order, p_(j) = (1 + #{max_{k ≥ j} |t*_k| ≥ |t_j|}) / (1 + R), made not to
    fall along the order. The draws of a row must be joint: made with the same resampling.
    Romano and Wolf (2005, Econometrica 73(4)); (2016, Statistics and Probability Letters 113).

    Parameters
    ----------
    t : (m,) statistics of the data.
    t_draws : (R, m) statistics under the null; NaN counts as at least as large.

    Returns
    -------
    (m,)
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
