r"""The numbers that programs print as R².

===============  =============================================================================
within           1 − RSS/TSS, TSS of the outcome net of all effects (reghdfe, fixest)
within_unit      the same with TSS net of unit effects alone, where there are more (xtreg, fe)
overall          1 − RSS/TSS with TSS around the mean: effects count as explaining
overall_fitted   squared correlation of outcome and x'b without the effects (xtreg, fe)
between          the same of the means of the units (xtreg, fe)
adjusted         1 − (1 − overall)(N − 1)/(N − K)
adjusted_within  1 − (1 − within)(N − rank of the effects)/(N − K)
===============  =============================================================================

Without effects ``within`` is not defined and ``overall`` is the R² of least squares.
"""

import dataclasses

import numpy as np

from pilotzone.methods.inference.cluster import Groups
from pilotzone.methods.inference.effects import FixedEffects

KINDS = (
    *("within", "within_unit", "overall", "overall_fitted"),
    *("between", "adjusted", "adjusted_within"),
)


@dataclasses.dataclass(frozen=True, eq=False)
class Totals:
    """Sums of squares and products of columns (m,).

    Attributes
    ----------
    nobs : N.
    effects : whether there are effects beside the intercept.
    within, within_unit : (m,) sums of squares net of all effects, and of unit effects; the second
        NaN where it is not defined.
    overall, between : (m, m) products around the mean, of rows and of means of units.
    """

    nobs: int
    effects: bool
    within: np.ndarray
    within_unit: np.ndarray
    overall: np.ndarray
    between: np.ndarray

    @classmethod
    def of(
        cls,
        raw: np.ndarray,
        within: np.ndarray,
        effects: FixedEffects,
        units: Groups,
        within_unit: bool,
    ) -> "Totals":
        """Return the sums of columns (N, m), weighted as the effects are; ``within`` is known."""
        w = effects.root_weights[:, None] ** 2
        n, m = raw.shape
        weight = np.bincount(units.codes, w[:, 0], units.count)
        means = np.column_stack(
            [np.bincount(units.codes, w[:, 0] * column, units.count) / weight for column in raw.T]
        )
        centred = raw - (w * raw).sum(axis=0) / w.sum()
        around = means - means.mean(axis=0)
        own = (w * (raw - means[units.codes]) ** 2).sum(axis=0)
        return cls(
            nobs=n,
            effects=bool(effects.factors or effects.slopes),
            within=within,
            within_unit=own if within_unit else np.full(m, np.nan),
            overall=centred.T @ (w * centred),
            between=around.T @ around,
        )

    def shares(self, x: np.ndarray, y: int, beta: np.ndarray, rss: float, rank: int) -> np.ndarray:
        """Return R² by :data:`KINDS` of a regression by places of its columns."""
        left = self.nobs - rank - len(x)
        within = 1 - rss / self.within[y] if self.effects else np.nan
        overall = 1 - rss / self.overall[y, y]
        adjusted, adjusted_within = np.nan, np.nan
        if left > 0:
            adjusted = 1 - (1 - overall) * (self.nobs - 1) / left
            adjusted_within = 1 - (1 - within) * (self.nobs - rank) / left
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.array(
                [
                    within,
                    1 - rss / self.within_unit[y],
                    overall,
                    _correlation(self.overall, x, y, beta),
                    _correlation(self.between, x, y, beta),
                    adjusted,
                    adjusted_within,
                ]
            )


def _correlation(products: np.ndarray, x: np.ndarray, y: int, beta: np.ndarray) -> float:
    """Return the squared correlation of an outcome with x'b, from products around the mean."""
    fitted = beta @ products[x[:, None], x] @ beta
    return float((beta @ products[x, y]) ** 2 / (fitted * products[y, y]))
