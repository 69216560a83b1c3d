"""What spatial fits and tests report: coefficients with their covariance, chi-square tests."""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError


def normal_p_values(z: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of standard normal statistics ``z``."""
    from scipy import special

    return special.erfc(np.abs(z) / np.sqrt(2.0))


@dataclass(frozen=True, eq=False, kw_only=True)
class SpatialResult:
    """Result of a spatial panel fit.

    Attributes
    ----------
    model, effects, weights : what was fitted; ``weights`` is the id of the matrix.
    x_names : (k,) the regressors as given.
    names : (K,) of the coefficients; rho is the last wherever there is one.
    coefficients : (K,)
    covariance : (K, K) inverse expected information of coefficients and variances, the rows of
        these left out.
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
        """Two-sided p-values (K,) from the normal distribution."""
        return normal_p_values(self.z)

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

    @property
    def p_value(self) -> float:
        """Upper tail of chi2(df)."""
        from scipy import special

        return float(special.chdtrc(self.df, self.statistic))
