"""The row of a test by resampling."""

import pandas as pd


def resampled_row(
    term: str,
    estimate: float,
    statistic: float,
    distribution: str,
    p_value: float,
    draws: int,
    interval: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Return the row of a test by resampling, which has no standard error of its own."""
    low, high = interval or (float("nan"), float("nan"))
    return pd.DataFrame(
        {
            "term": [term],
            "estimate": estimate,
            "statistic": statistic,
            "distribution": distribution,
            "df": "",
            "p_value": p_value,
            "ci_low": low,
            "ci_high": high,
            "draws": draws,
        }
    )
