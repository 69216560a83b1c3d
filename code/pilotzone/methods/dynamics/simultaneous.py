r"""Two outcomes that enter each other's equation, by three-stage least squares.

    y₁ = α₁ y₂ + x₁'β₁ + effects + ε₁
    y₂ = α₂ y₁ + x₂'β₂ + effects + ε₂

The effects are removed from everything first. An equation is identified by exogenous variables of
the system that it leaves out: that they do not belong into it is an assumption of the author. The
data contradict it where a test of overidentification rejects, and never confirm it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.dynamics.weak_instruments import ReducedForms, reduced_forms
from pilotzone.methods.inference.bands import joint_wald
from pilotzone.methods.inference.cluster import Groups, encode, indicator, small_sample_factor
from pilotzone.methods.inference.columns import as_columns
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, fit


@dataclass(frozen=True)
class WaldTest:
    """A statistic and its distribution: F(df, df_error), or chi-squared if that is None."""

    statistic: float
    df: int
    df_error: int | None


@dataclass(frozen=True, eq=False)
class EquationFit:
    """One equation of the system.

    Attributes
    ----------
    names : regressors: the other outcome, then the exogenous variables included.
    coefficients : (k,).
    covariance : (k, k) by clusters, factor G/(G − 1) · (N − 1)/(N − K), t(G − 1).
    df : degrees of freedom of t.
    excluded : instruments, exogenous variables left out.
    first_stage : least squares of the other outcome on all exogenous variables.
    strength : F of the instruments in it, by clusters.
    overidentification : J of the equation alone, by clusters; None if it is just identified.
    reduced_forms : what tests and confidence sets rest on that are valid however weak the
        instruments are, by clusters.
    nobs, n_clusters : N and G.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray = field(repr=False)
    df: int
    excluded: tuple[str, ...]
    first_stage: LinearFit = field(repr=False)
    strength: WaldTest
    overidentification: WaldTest | None
    reduced_forms: ReducedForms = field(repr=False)
    nobs: int
    n_clusters: int


def three_stage(
    outcomes: Mapping[str, ArrayLike],
    exogenous: Mapping[str, ArrayLike],
    included: Sequence[Sequence[str]],
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
) -> tuple[EquationFit, EquationFit]:
    """Estimate both equations by three-stage least squares on data freed of the effects.

    Zellner and Theil (1962, Econometrica 30(1)), by ``linearmodels.IV3SLS``. linearmodels does not
    know of the effects removed: its covariance is taken without correction and gets its factor
    here.

    Parameters
    ----------
    outcomes : two (N,) arrays by name; each is a regressor of the other's equation.
    exogenous : L arrays (N,) by name.
    included : for each equation the names of the exogenous variables in it; the others are its
        instruments.
    effects : fixed effects without weights.
    cluster : (N,) labels.

    Raises
    ------
    NotIdentified : if an equation leaves out no exogenous variable.
    UserError : if a name is unknown, there are not two outcomes, or variables are collinear within
        the effects.
    """
    if len(outcomes) != 2 or len(included) != 2:
        raise UserError(f"{len(outcomes)} outcomes and {len(included)} equations; give two")
    unknown = sorted({name for names in included for name in names} - set(exogenous))
    if unknown:
        raise UserError(f"'{unknown[0]}' is included in an equation and is no exogenous variable")
    groups = encode(cluster, "cluster")
    names = tuple(outcomes)
    y = np.column_stack([as_columns(v, effects.n, n)[:, 0] for n, v in outcomes.items()])
    z = np.column_stack([as_columns(v, effects.n, n)[:, 0] for n, v in exogenous.items()])
    known = tuple(exogenous)
    for name, own in zip(names, included, strict=True):
        if not set(known) - set(own):
            raise NotIdentified("no_excluded_instrument", outcome=name)
    # Least squares on all exogenous variables; they also refuse collinear ones by name.
    reduced = [fit(y[:, m], z, known, effects, groups) for m in range(2)]
    within = effects.residualise(y), effects.residualise(z)
    system = _System(names, known, included, *within, reduced, effects, groups)
    stacked = system.estimate()
    return tuple(system.equation(m, *stacked) for m in range(2))


@dataclass(frozen=True, eq=False)
class _System:
    """Both equations, freed of the effects, with the regressions of the outcomes on all of z."""

    names: tuple[str, ...]
    known: tuple[str, ...]
    included: Sequence[Sequence[str]]
    y: np.ndarray
    z: np.ndarray
    reduced: Sequence[LinearFit]
    effects: FixedEffects
    groups: Groups

    def estimate(self) -> tuple[np.ndarray, np.ndarray]:
        """Return stacked coefficients and their covariance by clusters."""
        from linearmodels.system import IV3SLS

        equations = {}
        for m, name in enumerate(self.names):
            is_own = np.isin(self.known, self.included[m])
            parts = (self.y[:, m], self.z[:, is_own], self.y[:, 1 - m], self.z[:, ~is_own])
            equations[name] = parts
        found = IV3SLS(equations).fit(cov_type="clustered", clusters=self.groups.codes)
        return found.params.to_numpy(), found.cov.to_numpy()

    def equation(self, m: int, beta: np.ndarray, by_cluster: np.ndarray) -> EquationFit:
        """Return equation m of what ``estimate`` found."""
        is_own = np.isin(self.known, self.included[m])
        k = 1 + int(is_own.sum())
        # linearmodels lists exogenous before endogenous regressors; here the outcome comes first.
        first = 0 if m == 0 else len(beta) - k
        order = np.array([first + k - 1, *range(first, first + k - 1)])
        square = np.ix_(order, order)
        n = self.effects.n
        nested = self.effects.nested_rank(self.groups)
        positions = np.flatnonzero(~is_own)
        x = np.column_stack([self.y[:, 1 - m], self.z[:, is_own]])
        return EquationFit(
            names=(self.names[1 - m], *np.array(self.known)[is_own]),
            coefficients=beta[order],
            covariance=small_sample_factor(n, k + nested, self.groups.count) * by_cluster[square],
            df=self.groups.count - 1,
            excluded=tuple(np.array(self.known)[~is_own]),
            first_stage=self.reduced[1 - m],
            strength=_joint(self.reduced[1 - m], positions),
            overidentification=hansen(self.y[:, m], x, self.z, self.groups),
            reduced_forms=self._reduced_forms(m, positions, self.groups),
            nobs=n,
            n_clusters=self.groups.count,
        )

    def _reduced_forms(self, m: int, positions: np.ndarray, groups: Groups | None) -> ReducedForms:
        y, d = self.y[:, m], self.y[:, 1 - m]
        return reduced_forms(y, d, self.z, self.known, positions, self.effects, groups)


def _joint(result: LinearFit, positions: np.ndarray) -> WaldTest:
    """Return the F statistic that some coefficients are zero, F(q, G − 1)."""
    test = joint_wald(result.coefficients, result.covariance, result.df + 1, positions)
    return WaldTest(test.statistic, test.df1, test.df2)


def hansen(y: np.ndarray, x: np.ndarray, z: np.ndarray, cluster: ArrayLike) -> WaldTest | None:
    r"""Return J = û'Z S⁻¹ Z'û of two-step GMM, chi-squared with as many df as surplus instruments.

    S = Σ_g Z_g'û_g û_g'Z_g with û of two-stage least squares; û in J is that of the second step. y,
    x and z, (N,), (N, k) and (N, L), are freed of the effects; z holds the exogenous of x too.
    Hansen (1982, Econometrica 50(4)).
    """
    surplus = z.shape[1] - x.shape[1]
    if surplus == 0:
        return None
    summing = indicator(encode(cluster, "cluster"))
    zx, zy = z.T @ x, z.T @ y

    def minimised(weight: np.ndarray) -> np.ndarray:
        return np.linalg.solve(zx.T @ weight @ zx, zx.T @ weight @ zy)

    scores = summing @ (z * (y - x @ minimised(np.linalg.inv(z.T @ z)))[:, None])
    weight = np.linalg.inv(scores.T @ scores)
    moments = zy - zx @ minimised(weight)
    return WaldTest(float(moments @ weight @ moments), surplus, None)
