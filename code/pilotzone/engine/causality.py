"""Tests that one variable does not cause another in any unit."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason
from pilotzone.estimates.cautions import SIZES
from pilotzone.methods.dynamics import causality
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.panels.store import Store


def non_causality(data: Design, store: Store) -> Result:
    """Dumitrescu-Hurlin test that the treatment does not cause the outcome in any unit.

    With two-way effects the means of the years are taken out of both series first; effects of units
    are the test's own intercepts. Option ``lags``.
    """
    lags = int(data.spec.option("lags"))
    y, x = data.y, data.treatment
    if data.spec.effects == "two_way":
        years = FixedEffects((data.period,), names=("period",))
        y, x = years.residualise(y), years.residualise(x)
    where = (y, x, data.unit, data.period)
    test = causality.non_causality(*where, lags=lags)
    draws = data.resampling.draws
    null = causality.bootstrap_null(*where, lags=lags, draws=draws, rng=data.resampling.rng())
    resampled = (1 + np.count_nonzero(null >= test.w_bar)) / (1 + draws)
    by_normal = estimates.tail_probability(test.z_bar, "normal")[0]
    terms = [
        estimates.value_rows(["w_bar"], [test.w_bar]),
        estimates.statistic_row("test:z_bar", test.z_bar, "normal", by_normal),
        estimates.statistic_row("test:z_bar_tilde", test.z_bar_tilde, "normal", test.p_value),
        estimates.statistic_row("test:bootstrap", test.w_bar, "bootstrap", resampled, draws=draws),
    ]
    by_unit = {"unit": test.units, "wald": test.wald, "p_value": test.unit_p_values}
    model = {
        "inference": "non_causality",
        "nobs": len(test.units) * (test.n_periods - lags),
        "n_periods": test.n_periods - lags,
        "first_year": np.unique(data.period)[lags],
        "n_dropped": data.n_dropped + len(test.units) * lags,
    }
    parts = {"causality": pd.DataFrame(by_unit)}
    result = Result(pd.concat(terms, ignore_index=True), model, parts)
    return with_cautions(result, _over_rejecting(test, null))


def _over_rejecting(test: causality.NonCausality, null: np.ndarray) -> dict[str, list[Reason]]:
    """Return the normal tests that reject too often among the panels made without causality."""
    level, said = 1 - estimates.LEVEL, {}
    both = causality.standardised(null, len(test.units), test.lags, test.n_periods)
    for term, z in zip(("z_bar", "z_bar_tilde"), both, strict=True):
        size = float(np.mean(estimates.tail_probability(z, "normal")[0] < level))
        if size > SIZES[1]:
            facts = {"size": 100 * size, "draws": len(null)}
            said[f"test:{term}"] = [Reason("over_rejects", facts)]
    return said
