"""Placebos: fake roll-outs, permuted paths."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.inference.paths import path_permutation
from pilotzone.engine.linear import fit, regression
from pilotzone.methods.inference import randomisation
from pilotzone.panels.store import Store


def fake_rollout(data: Design, store: Store) -> Result:
    """Random units in random years, the number first treated in each year kept."""
    what = regression(data)
    used = what.data
    test = randomisation.fake_rollout(
        used.y,
        used.cohort,
        used.controls_or_none,
        what.effects,
        used.cluster,
        used.labels(str(data.spec.option("dealt_to"))),
        used.period,
        control_names=used.control_names,
        **data.resampling.drawn,
    )
    return _result(data, test)


def permuted_paths(data: Design, store: Store) -> Result:
    """Whole treatment paths permuted over units."""
    return _result(data, path_permutation(regression(data), str(data.spec.option("dealt_to"))))


def _result(data: Design, test: randomisation.RandomisationTest) -> Result:
    """Return the estimate, its place among the draws on t and on the coefficient, and the draws."""
    result = fit(data)
    judged = {
        "test:on_t": (test.t, "permutation", test.p_value),
        "test:on_coefficient": (test.coefficient, "permutation", test.p_value_coefficient),
    }
    tests = [estimates.statistic_row(n, *of, draws=test.draws) for n, of in judged.items()]
    moments = [np.nanmean(test.coefficients), np.nanstd(test.coefficients, ddof=1)]
    spread = estimates.value_rows(["draws:mean", "draws:sd"], moments)
    draws = pd.DataFrame(
        {"draw": np.arange(1, test.draws + 1), "coefficient": test.coefficients, "t": test.t_draws}
    )
    rows = [estimate_rows(result, 1), *tests, spread]
    return Result(pd.concat(rows, ignore_index=True), model_fields(result, data), {"draws": draws})
