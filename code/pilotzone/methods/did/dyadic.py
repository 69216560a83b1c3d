r"""Difference in differences for pairs of units: one treated, both treated, none (the reference).

    y_ijt = α_ij + λ_t + β₁ one_ijt + β₂ both_ijt + ε_ijt,   i < j,
    one = d_i (1 − d_j) + d_j (1 − d_i),   both = d_i d_j

with pair and period effects and errors that are robust to a unit in common
(``pilotzone.methods.inference.dyadic``).

An identity to read such estimates with. In a gravity network the strength of a link is
F_ijt = m_it m_jt / D_ij², m_it the mass, so that

    ln F_ijt = (ln m_it + ln m_jt) − 2 ln D_ij

and with pair effects the regression of ln F is that of ``pair_sum`` of ln m: the same coefficients
and errors, whatever the distances. It says what treatment does to the masses of the units and holds
nothing about links between them. With masses frozen at base years nothing changes over time, and
nothing is identified. A link that is cut from F at a threshold is a function of the same masses.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import TOLERANCE
from pilotzone.methods.inference.columns import no_variation
from pilotzone.methods.inference.dyadic import dyadic_robust
from pilotzone.methods.inference.t_tests import TTests

NAMES = ("one", "both")
# Numbers carry about 16 digits: what is left of an outcome below the 12th is rounding.
FLAT = 1e-12
# A pair is entered twice; the two entries may differ in their last digits.
SYMMETRIC = 1e-9
# With three units every two pairs share one, and no error exists.
LEAST_UNITS = 4


@dataclass(frozen=True, eq=False)
class DyadicFit(TTests):
    """A two-way regression on pairs.

    Attributes
    ----------
    names : one, both.
    coefficients, covariance : (2,) and (2, 2), relative to pairs with no treated unit.
    semidefinite : whether every combination of the two has a variance as well. In both − 2 · one
        the shocks of units cancel, wholly so if all adopt at once, and its estimated variance is
        then often negative. The errors of the two coefficients stand all the same.
    residuals : (T, n_pairs), pairs in the order of ``numpy.triu_indices(n_units, 1)``.
    df : degrees of freedom of t: n_units − 1.
    k : K, regressors and effects; pair effects count as one.
    factor : small-sample factor that the covariance includes.
    nobs, n_pairs, n_units, n_periods : nobs = n_pairs · n_periods; no row is left out.
    n_none, n_one, n_both : rows with so many treated units.
    n_pairs_changing : pairs whose outcome changes over time.
    r2_within : share of the variance within pairs and periods that is explained.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    semidefinite: bool
    residuals: np.ndarray = field(repr=False)
    df: int
    k: int
    factor: float
    nobs: int
    n_pairs: int
    n_units: int
    n_periods: int
    n_none: int
    n_one: int
    n_both: int
    n_pairs_changing: int
    r2_within: float


def pair_sum(values: ArrayLike) -> np.ndarray:
    """v_it + v_jt for all pairs: (T, n) to (T, n, n), with 2 v_it on the diagonal."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 2:
        raise UserError(f"values of units need periods by units, the shape is {values.shape}")
    return values[:, :, None] + values[:, None, :]


def dyadic_twfe(outcome: ArrayLike, treatment: ArrayLike) -> DyadicFit:
    r"""Two-way fixed effects on all pairs i < j, y_ijt = α_ij + λ_t + β₁ one + β₂ both + ε_ijt.

    The panel is balanced, so that the effects go by means: ỹ = y − ȳ_ij − ȳ_t + ȳ. Errors are those
    of ``dyadic_robust``, K = 2 + T. As any two-way regression it uses treated pairs as comparisons
    for pairs treated later (Goodman-Bacon 2021, Journal of Econometrics 225(2)).

    Parameters
    ----------
    outcome : (T, n, n), symmetric. The diagonal is not read; numbers or bool elsewhere.
    treatment : (T, n) of 0 and 1, or bool.

    Raises
    ------
    NotIdentified : if the outcome does not change over time within pairs, a dummy is constant or
        explained by the effects, the two dummies are collinear within them, or a variance is not
        positive.
    UserError : if shapes do not fit, there are fewer than four units, an outcome is not finite or
        not symmetric, or a treatment is neither 0 nor 1.
    """
    treated = _treatment(treatment)
    periods, n = treated.shape
    i, j = np.triu_indices(n, 1)
    y = _outcome(outcome, (periods, n, n))[:, i, j]
    y_tilde = _changing(y)
    count = treated[:, i].astype(np.int8) + treated[:, j]
    x = np.stack([count == 1, count == 2], axis=-1).astype(float)
    x_tilde = _identified(x)
    bread = np.linalg.inv(x_tilde.T @ x_tilde)
    beta = bread @ (x_tilde.T @ y_tilde)
    u_hat = _residuals(y_tilde, x_tilde, beta)
    k = len(NAMES) + periods
    ends = np.tile(i, periods), np.tile(j, periods)
    variance = dyadic_robust(x_tilde, u_hat, bread, *ends, k, NAMES)
    none, one, both = np.bincount(count.ravel(), minlength=3).tolist()
    return DyadicFit(
        names=NAMES,
        coefficients=beta,
        covariance=variance.covariance,
        semidefinite=variance.semidefinite,
        residuals=u_hat.reshape(y.shape),
        df=variance.df,
        k=k,
        factor=variance.factor,
        nobs=y.size,
        n_pairs=len(i),
        n_units=n,
        n_periods=periods,
        n_none=none,
        n_one=one,
        n_both=both,
        n_pairs_changing=int(np.any(y != y[0], axis=0).sum()),
        r2_within=float(1 - u_hat @ u_hat / (y_tilde @ y_tilde)),
    )


def _treatment(treatment: ArrayLike) -> np.ndarray:
    """The treatment as bool (T, n)."""
    values = np.asarray(treatment)
    if values.ndim != 2 or values.shape[1] < LEAST_UNITS:
        raise UserError(
            f"the treatment has shape {values.shape}; give periods by units, "
            f"{LEAST_UNITS} units or more"
        )
    bad = np.argwhere((values != 0) & (values != 1))
    if len(bad):
        t, i = bad[0]
        raise UserError(
            f"treatment of unit {i + 1} in period {t + 1} is {values[t, i]}; give 0 or 1"
        )
    return values.astype(bool)


def _outcome(outcome: ArrayLike, shape: tuple[int, int, int]) -> np.ndarray:
    """The outcome as floats, finite and symmetric off the diagonal."""
    values = np.asarray(outcome, dtype=float)
    if values.shape != shape:
        raise UserError(f"the outcome has shape {values.shape}, the treatment asks for {shape}")
    off = ~np.eye(shape[1], dtype=bool)
    _refuse_first(off & ~np.isfinite(values), "is missing or infinite; complete it")
    other = values.swapaxes(1, 2)
    with np.errstate(invalid="ignore"):
        differs = np.abs(values - other) > SYMMETRIC * np.maximum(np.abs(values), np.abs(other))
    _refuse_first(off & differs, "depends on the order of the two; give one value per pair")
    return values


def _refuse_first(bad: np.ndarray, fault: str) -> None:
    """Name the first pair and period (T, n, n) with a fault."""
    places = np.argwhere(bad)
    if len(places):
        t, i, j = places[0] + 1
        raise UserError(f"the outcome of units {i} and {j} in period {t} {fault}")


def _without_pairs(z: np.ndarray) -> np.ndarray:
    """z (T, pairs, …) less the mean of each pair."""
    return z - z.mean(axis=0)


def _without_periods(z: np.ndarray) -> np.ndarray:
    """z (T, pairs, …) less the mean of each period; after ``_without_pairs`` free of both."""
    return z - z.mean(axis=1, keepdims=True)


def _changing(y: np.ndarray) -> np.ndarray:
    """The outcome freed of the effects, (N,), or the reason why nothing is left of it."""
    floor = FLAT * np.linalg.norm(y)
    within = _without_pairs(y)
    if np.linalg.norm(within) <= floor:
        raise NotIdentified("pairs_do_not_change")
    y_tilde = _without_periods(within).ravel()
    if np.linalg.norm(y_tilde) <= floor:
        raise NotIdentified("pairs_change_alike")
    return y_tilde


def _identified(x: np.ndarray) -> np.ndarray:
    """The dummies (T, pairs, 2) freed of the effects, (N, 2), each with variation of its own."""
    flat, x_tilde = (z.reshape(-1, len(NAMES)) for z in (x, _without_periods(_without_pairs(x))))
    lost = np.flatnonzero(no_variation(flat, x_tilde))
    if len(lost):
        name, column = NAMES[lost[0]], flat[:, lost[0]]
        if np.all(column == column[0]):
            raise NotIdentified("constant_for_pairs", variable=name, value=int(column[0]))
        raise NotIdentified("explained_by_pairs", variable=name)
    one, both = x_tilde.T
    if 1 - (one @ both) ** 2 / ((one @ one) * (both @ both)) <= TOLERANCE:
        raise NotIdentified("collinear_in_pairs", variables=NAMES)
    return x_tilde


def _residuals(y_tilde: np.ndarray, x_tilde: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """ũ = ỹ − x̃β̂; zero if rounding is all there is, as rounding would pass for an error."""
    u_hat = y_tilde - x_tilde @ beta
    perfect = np.linalg.norm(u_hat) <= FLAT * np.linalg.norm(y_tilde)
    return np.zeros_like(u_hat) if perfect else u_hat
