r"""Which choice moves a number over a lattice of specifications: Shapley shares of its variance.

With v(A) the variance of the mean of the number given the choices in A, the share of choice i is

.. math:: φ_i = \sum_{A \not\ni i} \frac{|A|!\,(m - |A| - 1)!}{m!} (v(A ∪ i) − v(A)) / v(\text{all})

(Shapley 1953; Owen 2014, SIAM/ASA Journal on Uncertainty Quantification 2(1)). Shares add up to
one. On a full lattice choices are independent, and this is exact; where combinations lack, v(A) is
that of the specifications there are.
"""

from math import factorial

import numpy as np

from pilotzone.errors import UserError

# Subsets of so many choices take seconds; more are merged by the caller.
MOST_CHOICES = 14
# Cells of a table of all combinations; more are numbered as they occur.
MOST_CELLS = 10_000_000


def shapley_shares(choices: dict[str, np.ndarray], values: np.ndarray) -> dict[str, float]:
    """Return the share of each choice in the variance of a number.

    Parameters
    ----------
    choices : mapping from name to codes (S,)
        What each specification chose.
    values : (S,)
        The number; where it does not vary all shares are NaN.

    Raises
    ------
    UserError
        If there is no choice, or more than 14.
    """
    names = list(choices)
    if not 0 < len(names) <= MOST_CHOICES:
        raise UserError(f"{len(names)} choices; give one to {MOST_CHOICES}")
    codes = [np.unique(choices[name], return_inverse=True)[1].ravel() for name in names]
    sizes = [int(code.max()) + 1 for code in codes]
    m, y = len(names), values - values.mean()
    worth = np.array([_explained(codes, sizes, subset, y) for subset in range(2**m)])
    shares = np.zeros(m)
    for subset in range(2**m):
        size = subset.bit_count()
        for i in range(m):
            if not subset >> i & 1:
                weight = factorial(size) * factorial(m - size - 1) / factorial(m)
                shares[i] += weight * (worth[subset | 1 << i] - worth[subset])
    total = worth[-1] if worth[-1] > 0 else np.nan
    # What is left of sums of 2^m terms is rounding.
    return dict(zip(names, (np.round(shares / total, 12) + 0.0).tolist(), strict=True))


def is_full(choices: dict[str, np.ndarray]) -> bool:
    """Say whether every combination of the choices stands as often as any other."""
    codes = np.stack([np.unique(c, return_inverse=True)[1].ravel() for c in choices.values()])
    sizes = codes.max(axis=1) + 1
    counts = np.unique(codes, axis=1, return_counts=True)[1]
    return len(counts) == np.prod(sizes) and np.ptp(counts) == 0


def _explained(codes: list[np.ndarray], sizes: list[int], subset: int, y: np.ndarray) -> float:
    """Return the variance of the mean of y given the choices of a subset, a bit for each."""
    cell, count = np.zeros(len(y), dtype=np.int64), 1
    for i, (code, size) in enumerate(zip(codes, sizes, strict=True)):
        if subset >> i & 1:
            cell, count = cell * size + code, count * size
            if count > MOST_CELLS:
                there, cell = np.unique(cell, return_inverse=True)
                cell, count = cell.ravel(), len(there)
    counts, sums = np.bincount(cell), np.bincount(cell, weights=y)
    there = counts > 0
    return float((sums[there] ** 2 / counts[there]).sum() / len(y))
