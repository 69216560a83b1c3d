"""The row of a test by resampling."""

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
