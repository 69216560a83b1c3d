"""Tests of the spatial specification."""

import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.likelihood import stacked
from pilotzone.engine.matrix import matrix
from pilotzone.errors import NotIdentified
from pilotzone.methods.space.lm_tests import effect_tests, lm_tests, lr_test, wald_sar, wald_sem
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.random_effects import hausman
from pilotzone.methods.space.results import ChiSquareTest
from pilotzone.panels.store import Store


def tests(data: Design, store: Store) -> Result:
    """Specification tests in the order in which the field decides."""
    weights = matrix(data, store)
    panel = stacked(data, weights)
    lagrange = lm_tests(panel, weights, effects="unit")
    effects = effect_tests(panel, weights, model="sdm")
    fits = {m: fit_stacked(panel, weights, model=m) for m in ("sar", "sem", "sdm")}
    rows = [
        *(_chi_square(test) for test in lagrange.tests),
        *(_chi_square(test) for test in (effects.unit, effects.period)),
        *(_likelihood_ratio(fits[m], fits["sdm"], f"lr_sdm_{m}") for m in ("sar", "sem")),
        _chi_square(wald_sar(fits["sdm"])),
        _chi_square(wald_sem(fits["sdm"])),
    ]
    fields = {"loglik": fits["sdm"].loglik, "rho": fits["sdm"].rho}
    try:
        rows.append(_chi_square(hausman(panel, weights)))
    except NotIdentified as finding:
        fields["reason"] = finding.reason
    return Result(pd.concat(rows, ignore_index=True), {**fields, "inference": "chi2"})


def _chi_square(test: ChiSquareTest) -> pd.DataFrame:
    return estimates.statistic_row(
        f"test:{test.name}", test.statistic, "chi2", test.p_value, (test.df,)
    )


def _likelihood_ratio(small: SpatialFit, large: SpatialFit, name: str) -> pd.DataFrame:
    statistic, df, p = lr_test(small, large)
    return estimates.statistic_row(f"test:{name}", statistic, "chi2", p, (df,))
