"""How often a likelihood-ratio test of a spatial panel rejects a null that holds.

The likelihood takes errors for independent over time. Where those of a unit are not, LR is not
chi2, and its p value says too little. So outcomes are made under the null, from the restricted fit
with the residual path of every unit times 1 or -1 at random (module ``wild``), which keeps
the dependence over time, and the test is repeated on each.
"""

from dataclasses import dataclass, field

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.inference.paths import in_chunks
from pilotzone.methods.inference.permutations import p_value, positive_draws
from pilotzone.methods.space.lm_tests import model_is_nested
from pilotzone.methods.space.panel import PER_UNIT, PERIOD_MEANS, StackedPanel
from pilotzone.methods.space.refit import (
    COLUMNS_AT_ONCE,
    Refit,
    build_refit,
    fitted,
    flipped_outcomes,
)
from pilotzone.methods.space.results import ChiSquareTest
from pilotzone.methods.space.weights import SpatialWeights

# The level of the chi-square test whose size is measured.
LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class SimulatedSize:
    """A likelihood-ratio test beside its draws under the null.

    Attributes
    ----------
    test : the test with its chi-square p value.
    size : share of draws in which that p value is at most 0.05.
    p_value : of the observed LR among the draws, (1 + #{LR* >= LR}) / (1 + R).
    statistics : (R,) LR*, NaN in draws that could not be fitted.
    n_failed : number of these draws; each counts as rejected, and as at least as large as the data.
    """

    test: ChiSquareTest
    size: float
    p_value: float
    statistics: np.ndarray = field(repr=False)
    n_failed: int

    @property
    def draws(self) -> int:
        """R."""
        return len(self.statistics)


def lr_size(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    restricted: str,
    draws: int,
    rng: np.random.Generator,
    model: str = "sdm",
    effects: str = "two_way",
    restricted_effects: str | None = None,
    lee_yu: bool = False,
) -> SimulatedSize:
    """Test a model, or its period effects, by the likelihood ratio, and simulate its size.

    Parameters
    ----------
    panel, weights, lee_yu : see ``fit_stacked``.
    restricted, model : the models of the null and of the alternative, such as 'sar' or 'sem'
        against 'sdm'.
    effects, restricted_effects : of the alternative, and those of the null if they are others:
        'unit' against 'two_way' tests period effects.
    draws : R.
    rng : source of the signs.

    Raises UserError as ``fit_stacked``; if the null is not nested in the alternative; if effects of
    units are tested, which are part of the residual paths and stay in every draw; or if effects
    are tested by the transformed likelihood, which has other data under the null.
    """
    positive_draws(draws)
    null_effects = restricted_effects or effects
    whole = build_refit(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    null = build_refit(panel, weights, model=restricted, effects=null_effects, lee_yu=lee_yu)
    df = _degrees_of_freedom(null, whole, (restricted, model), panel)
    if null_effects != effects and lee_yu:
        raise UserError("effects are tested by the uncorrected likelihood; leave lee_yu out")
    top = null.maximum()
    observed = 2.0 * (whole.maximum().loglik - top.loglik)
    outcome, n = flipped_outcomes(top), len(panel.units)
    signs = rng.choice([-1.0, 1.0], size=(draws, n))
    size = whole.design.columns.size
    chunks = in_chunks(signs, size, COLUMNS_AT_ONCE)
    statistics = np.concatenate([_ratios(null, whole, outcome(v)) for v in chunks])
    name = f"lr_{restricted}" if null_effects == effects else "lr_period_effects"
    # Two maxima found to rounding can differ by a negative trifle.
    test = ChiSquareTest(name, max(observed, 0.0), df)
    failed = np.isnan(statistics)
    rejected = [
        gone or ChiSquareTest(name, max(value, 0.0), df).p_value <= LEVEL
        for gone, value in zip(failed.tolist(), statistics.tolist(), strict=True)
    ]
    p = float(p_value(test.statistic, statistics))
    return SimulatedSize(test, float(np.mean(rejected)), p, statistics, int(failed.sum()))


def _ratios(null: Refit, whole: Refit, outcomes: np.ndarray) -> np.ndarray:
    """LR of outcomes (R, T, n); NaN where one of the models cannot be fitted."""
    heights = np.full((2, len(outcomes)), np.nan)
    for height, refit in zip(heights, (null, whole), strict=True):
        for which, top in fitted(refit, refit.with_columns([refit.design.k], outcomes[None])):
            height[which] = top.loglik
    return np.maximum(2.0 * (heights[1] - heights[0]), 0.0)


def _degrees_of_freedom(
    null: Refit, whole: Refit, models: tuple[str, str], panel: StackedPanel
) -> int:
    """Number of restrictions; UserError if there are none, or effects of units are among them."""
    one, other = null.design.effects, whole.design.effects
    if PER_UNIT[one] != PER_UNIT[other]:
        raise UserError(
            f"effects '{one}' against '{other}': residual paths keep the effects of units, so that "
            "no draw is without them; test period effects, or compare the estimates"
        )
    added = (other in PERIOD_MEANS) - (one in PERIOD_MEANS)
    df = len(whole.design.names) - len(null.design.names) + added * (len(panel.periods) - 1)
    # One thing at a time: the name of the test says which.
    nested = models[0] == models[1] if one != other else model_is_nested(*models)
    if not nested or df < 1:
        raise UserError(
            f"{models[0]} with effects '{one}' is not nested in {models[1]} with '{other}'"
        )
    return df
