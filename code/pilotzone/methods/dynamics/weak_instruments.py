r"""What instruments say of a coefficient however weak they are: the Anderson-Rubin test and set.

In y = α d + x'β + effects + ε with instruments z, α = b is tested by regressing y − b d on z and
the exogenous x: under the null the instruments have no coefficient in it,

    AR(b) = g(b)' V(b)⁻¹ g(b) / q ~ F(q, df),   g(b) = π_y − b π_d,
    V(b) = V_yy − b (V_yd + V_yd') + b² V_dd,

with π and V the coefficients of the q instruments in the two reduced forms. The set {b : AR(b) ≤ F
quantile} covers α at its level whatever the first stage. AR(±∞) is the F of the first stage, so
that the set is unbounded exactly where that F is below the quantile.

Anderson and Rubin (1949, Annals of Mathematical Statistics 20(1)); clusters as in Chernozhukov and
Hansen (2008, Economics Letters 100(1)).
"""

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.methods.inference.cluster import Groups
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit

# Pieces of the real line from low to high, in order; −∞ and ∞ where one does not end.
Pieces = tuple[tuple[float, float], ...]


@dataclasses.dataclass(frozen=True, eq=False)
class ReducedForms:
    """Coefficients of the instruments in the regressions of outcome and regressor.

    Attributes
    ----------
    outcome, regressor : (q,) π_y and π_d.
    var_outcome, var_regressor : (q, q) V_yy and V_dd.
    cross : (q, q) V_yd + V_yd'.
    df : degrees of freedom of the denominator of F.
    """

    outcome: np.ndarray
    regressor: np.ndarray
    var_outcome: np.ndarray
    var_regressor: np.ndarray
    cross: np.ndarray
    df: int

    def statistic(self, b: float) -> float:
        """Return AR(b)."""
        g = self.outcome - b * self.regressor
        v = self.var_outcome - b * self.cross + b**2 * self.var_regressor
        return float(g @ np.linalg.solve(v, g)) / len(g)

    def p_value(self, b: float = 0.0) -> float:
        """Return the p value of the test that the coefficient is b."""
        return float(special.fdtrc(len(self.outcome), self.df, self.statistic(b)))


def reduced_forms(
    y: ArrayLike,
    d: ArrayLike,
    z: np.ndarray,
    names: Sequence[str],
    instruments: Sequence[int],
    effects: FixedEffects,
    groups: Groups | None,
) -> ReducedForms:
    """Return both reduced forms with their joint covariance.

    The covariance of least squares is a quadratic form of the outcome: that of y − s d gives the
    part that y and d share.

    Parameters
    ----------
    y, d : (N,) outcome and regressor.
    z : (N, L) all exogenous variables, with their ``names``.
    instruments : positions of the q of them that the equation leaves out.
    groups : clusters (CRV1, F(q, G − 1)); independent errors of one variance if None
        (F(q, N − K)).

    Raises
    ------
    UserError : from ``fwl.fit``, if the variables are collinear within the effects.
    """
    at = np.asarray(instruments)
    square = np.ix_(at, at)
    y, d = np.asarray(y, dtype=float), np.asarray(d, dtype=float)
    scale = float(np.std(effects.residualise(y)) / np.std(effects.residualise(d)))
    of_y, of_d, of_both = (fit(v, z, names, effects, groups) for v in (y, d, y - scale * d))
    v_y, v_d, v_both = (one.covariance[square] for one in (of_y, of_d, of_both))
    cross = (v_y + scale**2 * v_d - v_both) / scale
    pi_y, pi_d = of_y.coefficients[at], of_d.coefficients[at]
    return ReducedForms(pi_y, pi_d, v_y, v_d, cross, of_y.df)


def anderson_rubin_set(forms: ReducedForms, level: float = 0.95) -> Pieces:
    """Return {b : AR(b) ≤ quantile} as closed pieces of the real line.

    With b = s tan θ, (AR(b) − quantile) · det V is a trigonometric polynomial of degree q in 2θ:
    its ends are among the angles of the 2q roots of a polynomial, found without a search. One
    independent error makes it a quadratic in b, clusters one of degree 2q. No piece is empty set,
    one from −∞ to ∞ the whole line.
    """
    q = len(forms.outcome)
    quantile = float(special.fdtri(q, forms.df, level))
    scale = float(np.sqrt(np.trace(forms.var_outcome) / np.trace(forms.var_regressor)))

    def excess(angle: float) -> float:
        """(AR − quantile) det V on the circle, of the sign of AR − quantile."""
        c, s = np.cos(angle), np.sin(angle) * scale
        g = c * forms.outcome - s * forms.regressor
        v = c**2 * forms.var_outcome - c * s * forms.cross + s**2 * forms.var_regressor
        return float(np.linalg.det(v) * (g @ np.linalg.solve(v, g) - q * quantile))

    count = 4 * q + 1
    values = np.array([excess(np.pi * j / count) for j in range(count)])
    # Coefficients of exp(2ikθ), k = −q … q, as a polynomial in exp(2iθ), highest first.
    waves = np.fft.fft(values / np.abs(values).max()) / count
    roots = np.roots([waves[k % count] for k in range(q, -q - 1, -1)])
    ends = np.sort(np.angle(roots) / 2)
    return _pieces(ends, excess, scale)


def _pieces(ends: np.ndarray, excess: Callable[[float], float], scale: float) -> Pieces:
    """Join the arcs between possible ends, in (−π/2, π/2], on which the test does not reject."""
    bounds = np.concatenate([[-np.pi / 2], ends, [np.pi / 2]])
    pieces: list[tuple[float, float]] = []
    for low, high in itertools.pairwise(bounds):
        if high <= low or excess((low + high) / 2) > 0:
            continue
        left = -np.inf if low == bounds[0] else scale * float(np.tan(low))
        right = np.inf if high == bounds[-1] else scale * float(np.tan(high))
        if pieces and pieces[-1][1] == left:
            left = pieces.pop()[0]
        pieces.append((left, right))
    return tuple(pieces)
