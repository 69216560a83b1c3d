"""What spatial fits and tests report: coefficients with their covariance, chi-square tests."""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError


def normal_p_values(z: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of standard normal statistics ``z``."""
    from scipy import special

    return special.erfc(np.abs(z) / np.sqrt(2.0))


def two_sided_p(t: np.ndarray, df: int | None) -> np.ndarray:
    """Return two-sided p-values from t(df), from the normal distribution if ``df`` is None."""
    if df is None:
        return normal_p_values(t)
    from scipy import special

    return 2.0 * special.stdtr(df, -np.abs(t))


def check_level(level: float) -> None:
    """Raise UserError if the coverage of an interval does not lie between 0 and 1."""
    if not 0 < level < 1:
        raise UserError(f"level {level} does not lie between 0 and 1")


def critical_value(level: float, df: int | None) -> float:
    """Return how many standard errors an interval of ``level`` reaches to either side."""
    from scipy import special

    check_level(level)
    upper = 0.5 + level / 2.0
    return float(special.ndtri(upper) if df is None else special.stdtrit(df, upper))


@dataclass(frozen=True, eq=False, kw_only=True)
class SpatialResult:
    """Result of a spatial panel fit.

    Attributes
    ----------
    model, effects, weights : what was fitted; ``weights`` is the id of the matrix.
    x_names : (k,) the regressors as given.
    names : (K,) of the coefficients; rho is the last wherever there is one.
    coefficients : (K,)
    covariance : (K, K) of the coefficients, of the kind ``vcov``; rows of variances left out.
    vcov : 'information', the inverse expected information, or one of module ``sandwich``.
    df : degrees of freedom of t for p values and intervals; None for the normal distribution.
    loglik : with its constant.
    residuals : (T, n) e_t, freed of the effects; columns in the order of ``units``.
    nobs, n_units, n_periods : nobs = n T.
    units : (n,)
    """

    model: str
    effects: str
    weights: str
    x_names: tuple[str, ...]
    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    sigma2: float
    loglik: float
    residuals: np.ndarray
    nobs: int
    n_units: int
    n_periods: int
    units: tuple[str, ...]
    vcov: str = "information"
    df: int | None = None

    @property
    def std_errors(self) -> np.ndarray:
        """Standard errors (K,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def z(self) -> np.ndarray:
        """Coefficients over their standard errors (K,)."""
        return self.coefficients / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (K,) from t(df), without ``df`` from the normal distribution."""
        return two_sided_p(self.z, self.df)

    def intervals(self, level: float = 0.95) -> np.ndarray:
        """Return intervals (K, 2) from the same distribution as the p-values.

        Raises UserError if the level does not lie between 0 and 1.
        """
        reach = critical_value(level, self.df) * self.std_errors
        return self.coefficients[:, None] + np.multiply.outer(reach, [-1.0, 1.0])

    @property
    def rho(self) -> float:
        """Coefficient of W y; nan if the model has none."""
        return self.coefficient("rho")

    def coefficient(self, name: str) -> float:
        """Return a coefficient by name; nan if the model has none."""
        return float(self.coefficients[self.names.index(name)]) if name in self.names else np.nan


def require_alike(
    test: str, one: SpatialResult, other: SpatialResult, fields: tuple[str, ...]
) -> None:
    """Raise UserError unless two fits agree in the fields."""
    for what in fields:
        if getattr(one, what) != getattr(other, what):
            raise UserError(f"{test}: the two fits differ in {what}; fit both alike")


@dataclass(frozen=True)
class ChiSquareTest:
    """A statistic that is chi2(df) under the null; ``name`` is that of ``test:<name>``."""

    name: str
    statistic: float
    df: int
    distribution = "chi2"

    @property
    def p_value(self) -> float:
        """Upper tail of chi2(df)."""
        from scipy import special

        return float(special.chdtrc(self.df, self.statistic))


@dataclass(frozen=True)
class FTest:
    """A statistic that is F(df) under the null; ``name`` is that of ``test:<name>``."""

    name: str
    statistic: float
    df: tuple[int, int]
    distribution = "F"

    @property
    def p_value(self) -> float:
        """Upper tail of F(df)."""
        from scipy import special

        return float(special.fdtrc(*self.df, self.statistic))
