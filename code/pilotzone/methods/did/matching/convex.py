"""What the convex problems of matching share: a basis, a climb, and whether a solution exists."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.cluster import TOLERANCE

# Newton's steps end when the mean gradient, covariates in standard deviations, is rounding.
GRADIENT = 1e-12
# Most samples need 10 to 40 steps, the worst of 12,000 small ones 819.
NEWTON_STEPS = 5_000
# The objective carries about 15 digits: a step that loses less than this share is no loss.
SLACK = 1e-13
# Longest direction in the search for separation: a unit counts as separated if it is so by 5e-7
# standard deviations. Without a bound the linear programme can fail on nearly singular samples.
LONGEST = 1e6


def climb(
    evaluate: Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]], k: int
) -> np.ndarray | None:
    """Maximum from 0 by Newton's steps, halved where they lose; None if none is reached.

    ``evaluate`` gives value, gradient and step at a point of k numbers.
    """
    at = np.zeros(k)
    value, gradient, step = evaluate(at)
    for _ in range(NEWTON_STEPS):
        if np.abs(gradient).max(initial=0.0) <= GRADIENT:
            return at
        new = evaluate(at + step)
        if new[0] < value - SLACK * max(1.0, abs(value)):
            step = step / 2
        else:
            at = at + step
            value, gradient, step = new
    return None


def orthogonal(z: np.ndarray) -> np.ndarray:
    """Orthogonal basis of the space of the columns, mean square 1: it keeps most digits."""
    basis, lengths, _ = np.linalg.svd(z, full_matrices=False)
    return basis[:, lengths > TOLERANCE * lengths[0]] * np.sqrt(len(z))


def on_one_side(z: np.ndarray) -> np.ndarray:
    """Rows z_i that some b puts strictly on one side, z_i'b > 0, with z_j'b ≥ 0 for all rows.

    max Σ s_i subject to s_i ≤ z_i'b and 0 ≤ s_i ≤ 1. As b may be long, s_i is 1 for such a row
    and 0 for any other. Without any, 0 lies in the relative interior of the rows' hull.
    """
    from scipy.optimize import linprog

    n, k = z.shape
    solution = linprog(
        np.append(np.zeros(k), -np.ones(n)),
        A_ub=sparse.hstack([sparse.csr_array(-z), sparse.eye_array(n)], format="csc"),
        b_ub=np.zeros(n),
        bounds=[(-LONGEST, LONGEST)] * k + [(0, 1)] * n,
    )
    if not solution.success:
        raise NotIdentified("separation_unknown", message=solution.message)
    return solution.x[k:] > 0.5
