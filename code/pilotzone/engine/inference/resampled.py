"""The rows of a test by resampling: made, or put in the place of others."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def resampled_rows(
    terms: Sequence[str],
    distribution: str,
    p_value: float | np.ndarray,
    draws: int,
    **numbers: float | np.ndarray,
) -> pd.DataFrame:
    """Return rows of tests by resampling, with whatever further numbers an estimate row holds."""
    made = {"distribution": distribution, "df": "", "p_value": p_value, "draws": draws}
    return pd.DataFrame({"term": list(terms), **numbers, **made})


def with_permuted(
    table: pd.DataFrame,
    tested: np.ndarray,
    p_values: np.ndarray,
    limits: tuple[np.ndarray, np.ndarray],
    draws: int,
) -> pd.DataFrame:
    """Return estimate rows of which some, a mask, have p and interval by permutation.

    Estimates, errors and statistics stay. A limit that is not finite is none.
    """
    low, high = (np.where(np.isfinite(limit), limit, np.nan) for limit in limits)
    numbers = {"p_value": p_values, "ci_low": low, "ci_high": high}
    words = {"distribution": "permutation", "df": "", "draws": draws}
    out = table.copy()
    for name, values in {**numbers, **words}.items():
        out.loc[tested, name] = values
    return out
