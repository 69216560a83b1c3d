"""Placebos: fake roll-outs, permuted paths, effects before the fact."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine import inference
from pilotzone.engine.design import Design, Result
from pilotzone.engine.regression import COUNTED, estimate_rows, fit, fit_fields, model_fields
from pilotzone.methods.inference import randomisation
from pilotzone.panels.store import Store


def fake_rollout(data: Design, store: Store) -> Result:
    """Random units in random years, the number first treated in each year kept."""
    what, spec = inference.regression(data), data.spec.inference
    used = what.data
    test = randomisation.fake_rollout(
        used.y,
        used.cohort,
        used.controls if used.control_names else None,
        what.effects,
        used.cluster,
        used.labels(inference.dealt_to(used)),
        used.period,
        draws=spec.draws,
        rng=np.random.default_rng(spec.seed),
        control_names=used.control_names,
    )
    return _result(data, test)


def permuted_paths(data: Design, store: Store) -> Result:
    """Whole treatment paths permuted over units."""
    return _result(data, inference.path_permutation(inference.regression(data)))


def _result(data: Design, test: randomisation.RandomisationTest) -> Result:
    """Return the estimate, its place among the draws on t and on the coefficient, and the draws."""
    result = fit(data)
    by_coefficient = estimates.statistic_row(
        "test:on_coefficient",
        test.coefficient,
        "permutation",
        test.p_value_coefficient,
        draws=test.draws,
    )
    by_t = estimates.statistic_row(
        "test:on_t", test.t, "permutation", test.p_value, draws=test.draws
    )
    spread = estimates.value_rows(
        ["draws:mean", "draws:sd"],
        [np.nanmean(test.coefficients), np.nanstd(test.coefficients, ddof=1)],
    )
    draws = pd.DataFrame(
        {
            "draw": np.arange(1, test.draws + 1),
            "coefficient": test.coefficients,
            "t": test.t_draws,
        }
    )
    rows = [estimate_rows(result).iloc[:1], by_t, by_coefficient, spread]
    return Result(pd.concat(rows, ignore_index=True), model_fields(result, data), {"draws": draws})


def in_time(data: Design, store: Store) -> Result:
    """A treatment some years before the true one, on rows before the true one alone."""
    years = int(data.spec.option("years_early"))
    before = (data.cohort == 0) | (data.period < data.cohort)
    early = data.where(before)
    fake = (early.cohort > 0) & (early.period >= early.cohort - years)
    frame = early.frame.assign(**{data.spec.treatment: fake.astype(float)})
    moved = dataclasses.replace(early, panel=dataclasses.replace(early.panel, frame=frame))
    result = fit(moved)
    counts = moved.where(~result.singletons).describe()
    fields = {
        **fit_fields(result, moved),
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + int((~before).sum()) + result.n_singletons,
        "reference": f"treatment moved {years} years forward, rows before treatment only",
    }
    return Result(estimate_rows(result).iloc[:1], fields)
