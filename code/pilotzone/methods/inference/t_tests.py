"""Standard errors and t tests of coefficients with a covariance."""

import numpy as np
from scipy import special


def two_sided(t: np.ndarray, df: int | None) -> np.ndarray:
    """Two-sided p values from the t distribution, or from the normal where ``df`` is None."""
    return 2 * (special.ndtr(-np.abs(t)) if df is None else special.stdtr(df, -np.abs(t)))


class StandardErrors:
    """What has a ``covariance`` (k, k)."""

    covariance: np.ndarray

    @property
    def std_errors(self) -> np.ndarray:
        """Square roots of the diagonal of the covariance."""
        return np.sqrt(np.diag(self.covariance))


class TTests(StandardErrors):
    """What has ``coefficients`` (k,) as well, and ``df`` degrees of freedom of t."""

    coefficients: np.ndarray
    df: int

    @property
    def t(self) -> np.ndarray:
        """Coefficients over standard errors; infinite where the fit is perfect."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.coefficients / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided, from the t distribution with ``df`` degrees of freedom."""
        return two_sided(self.t, self.df)

    def interval(self, level: float = 0.95) -> np.ndarray:
        """Confidence limits, (k, 2), a row per coefficient."""
        half = special.stdtrit(self.df, (1 + level) / 2) * self.std_errors
        return np.column_stack([self.coefficients - half, self.coefficients + half])
