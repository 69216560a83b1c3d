r"""Small-sample rules: the factor of a covariance and the degrees of freedom of t.

With G clusters a covariance is multiplied by G/(G − 1) · (N − 1)/(N − K), with robust errors by
N/(N − K), with neither the residual sum of squares is divided by N − K. Rules differ in K, the
regressors and what is counted of the effects:

=============  ================================================================================
reghdfe        effects nested in the clusters as one, all else by exact rank
fixest         the same, but levels are counted, and each nested effect as one
full           all effects, by exact rank
statsmodels    all dummies, by exact rank
linearmodels   N/(N − K) with and without clusters; all levels, but none where a single effect is
               nested in the clusters; t has N less all that is estimated
linearmodels_  the same with a constant among the regressors, which is then counted
constant
areg           all effects, by exact rank
xtreg          unit effects not at all but for the constant, if nested in the clusters; without
               clusters all effects; its robust errors are clustered by unit and listed there
none           factor 1, residual sum of squares over N
=============  ================================================================================

t has G − 1 degrees of freedom with clusters, N − K without.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from pilotzone.methods.inference.cluster import Groups, is_nested
from pilotzone.methods.inference.effects import FixedEffects

RULES = (
    *("reghdfe", "fixest", "full", "statsmodels", "linearmodels", "linearmodels_constant"),
    *("areg", "xtreg", "none"),
)
OWN = [RULES.index(rule) for rule in ("linearmodels", "linearmodels_constant")]


@dataclasses.dataclass(frozen=True, eq=False)
class Counts:
    """What each rule counts of the effects, by kind of error and rule (E, R).

    Attributes
    ----------
    nobs : N.
    clusters : (E,) G, 0 for errors without clusters.
    robust : (E,) bool.
    counted : (E, R), K less the regressors; NaN where a rule has no such error.
    rank : of the effects, the intercept included.
    levels : of the effects, the intercept included, as if none were redundant.
    """

    nobs: int
    clusters: np.ndarray
    robust: np.ndarray
    counted: np.ndarray
    rank: int
    levels: int

    @classmethod
    def of(
        cls,
        effects: FixedEffects,
        names: Sequence[str],
        kinds: Sequence[str],
        groups: Mapping[str, Groups],
    ) -> "Counts":
        """Return the counts.

        Parameters
        ----------
        names : of the factors of the effects, ``unit`` among them where there is one.
        kinds : of errors: ``none``, ``robust`` and names of ``groups``.
        """
        slopes = sum(g.count for g, _ in effects.slopes)
        levels = sum(f.count for f in effects.factors) - max(len(effects.factors) - 1, 0)
        levels = (levels or 1) + slopes
        unit = dict(zip(names, effects.factors, strict=True)).get("unit")
        rows = []
        for kind in kinds:
            if kind in groups:
                rows.append(_clustered(effects, unit, levels, groups[kind]))
            else:
                xtreg = effects.rank if kind == "none" or unit is None else np.nan
                rows.append(_by_rule(effects.rank, levels) | {"xtreg": xtreg})
        return cls(
            nobs=effects.n,
            clusters=np.array([groups[k].count if k in groups else 0 for k in kinds]),
            robust=np.array([kind == "robust" for kind in kinds]),
            counted=np.array([[row[rule] for rule in RULES] for row in rows], dtype=float),
            rank=effects.rank,
            levels=levels,
        )

    def factors(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the factor of the covariance and the degrees of freedom of t, (E, R) each.

        ``k`` regressors. NaN where a rule does not apply or leaves no degrees of freedom.
        """
        n, g = self.nobs, self.clusters[:, None]
        none = RULES.index("none")
        left = n - k - self.counted
        left[left <= 0] = np.nan
        clustered = g > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            crv = np.where(g > 1, g / (g - 1), np.nan) * (n - 1) / left
            factor = np.where(clustered, crv, np.where(self.robust[:, None], n / left, 1 / left))
        of_scores = clustered[:, 0] | self.robust
        factor[:, OWN] = np.where(of_scores, n, 1)[:, None] / left[:, OWN]
        factor[:, none] = np.where(of_scores, 1, 1 / n)
        df = np.where(clustered, np.where(g > 1, g - 1.0, np.nan), left)
        df[:, OWN] = n - k - self.levels
        factor[~(df > 0)] = np.nan
        return factor, np.where(np.isnan(factor), np.nan, df)


def _by_rule(rank: float, levels: float) -> dict[str, float]:
    of_levels = dict.fromkeys(("fixest", "linearmodels", "linearmodels_constant"), levels)
    return dict.fromkeys(RULES, rank) | of_levels


def _clustered(
    effects: FixedEffects, unit: Groups | None, levels: int, groups: Groups
) -> dict[str, float]:
    """Return what each rule counts of the effects under clusters."""
    nested = [f for f in effects.factors if is_nested(f, groups)]
    rows = _by_rule(effects.rank, levels)
    rows["reghdfe"] = effects.nested_rank(groups)
    rows["fixest"] = levels - sum(f.count for f in nested) + len(nested)
    alone = len(effects.factors) == 1 and not effects.slopes and bool(nested)
    if alone:
        rows |= {"linearmodels": 0, "linearmodels_constant": 1}
    if unit is not None:
        # Stata refuses clusters that cut a unit.
        within = is_nested(unit, groups)
        rows["xtreg"] = effects.rank - unit.count + 1 if within else np.nan
    return rows
