"""Rows of estimates: statistic, p-value and interval are derived in one place."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

LEVEL = 0.95


def rows(
    terms: Sequence[str],
    estimate: np.ndarray,
    std_error: np.ndarray,
    *,
    distribution: str,
    df: float | None = None,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
    draws: int | None = None,
) -> pd.DataFrame:
    """Return estimate rows with statistic, p-value and 95 % interval.

    Parameters
    ----------
    terms : sequence of str, length k
    estimate, std_error : array, shape (k,)
    distribution : {'t', 'normal'}
        Reference distribution of estimate / std_error.
    df : float, optional
        Degrees of freedom of t.
    interval : pair of arrays, optional
        Bounds made by simulation; otherwise estimate ± quantile × std_error.
    draws : int, optional
        Number of draws behind a simulated error.

    Returns
    -------
    DataFrame
        Columns ``term`` … ``draws`` of the estimates schema.
    """
    estimate = np.asarray(estimate, dtype=float)
    # An error of zero says that nothing varies, and no error.
    std_error = np.asarray(std_error, dtype=float)
    std_error = np.where(std_error > 0, std_error, np.nan)
    statistic = estimate / std_error
    p_value, quantile = tail_probability(statistic, distribution, df)
    low, high = interval or (estimate - quantile * std_error, estimate + quantile * std_error)
    # Text in lists: pandas takes four times as long to repeat a single one.
    return pd.DataFrame(
        {
            "term": list(terms),
            "estimate": estimate,
            "std_error": std_error,
            "statistic": statistic,
            "distribution": [distribution] * len(estimate),
            "df": ["" if df is None else format(df, "g")] * len(estimate),
            "p_value": p_value,
            "ci_low": low,
            "ci_high": high,
            "draws": np.nan if draws is None else draws,
        }
    )


def value_rows(terms: Sequence[str], values: Sequence[float]) -> pd.DataFrame:
    """Return rows that hold a number without an error (a share, a count)."""
    return pd.DataFrame(
        {
            "term": list(terms),
            "estimate": np.asarray(values, dtype=float),
            "distribution": ["none"] * len(terms),
            "df": [""] * len(terms),
        }
    )


def statistic_row(
    name: str,
    statistic: float,
    distribution: str,
    p_value: float,
    df: tuple[float, ...] = (),
    draws: int | None = None,
) -> pd.DataFrame:
    """Return the row of a test: statistic and p-value only; ``df`` is joined by ';'."""
    return pd.DataFrame(
        {
            "term": [name],
            "statistic": statistic,
            "distribution": [distribution],
            "df": [";".join(format(d, "g") for d in df)],
            "p_value": p_value,
            "draws": np.nan if draws is None else draws,
        }
    )


def tail_probability(
    statistic: np.ndarray, distribution: str, df: float | None = None
) -> tuple[np.ndarray, float]:
    """Return the two-sided p-value and the quantile of the 95 % interval.

    ``t`` needs ``df``; ``normal`` does not. Both come from ``scipy.special`` (Cephes).
    """
    from scipy import special

    upper = 0.5 + LEVEL / 2
    if distribution == "t":
        return 2 * special.stdtr(df, -np.abs(statistic)), float(special.stdtrit(df, upper))
    if distribution == "normal":
        return 2 * special.ndtr(-np.abs(statistic)), float(special.ndtri(upper))
    raise ValueError(f"no tail probability for distribution '{distribution}'")
