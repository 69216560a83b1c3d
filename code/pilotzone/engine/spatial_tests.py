"""Tests of the spatial specification."""

import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.matrix import matrix
from pilotzone.engine.spatial_panel import fitted, stacked, structure
from pilotzone.errors import NotIdentified
from pilotzone.methods.space.lm_tests import effect_tests, lm_tests, lr_test, wald_sar, wald_sem
from pilotzone.methods.space.lr_size import lr_size
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import SpatialFit
from pilotzone.methods.space.random_effects import hausman
from pilotzone.methods.space.results import ChiSquareTest, FTest
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store


def tests(data: Design, store: Store) -> Result:
    """Specification tests in the order in which the field decides, under the declared effects.

    All rest on the declared effects and correction: Lagrange multipliers, likelihood ratios of the
    Durbin model against its restrictions and of the effects, Wald tests with errors clustered by
    unit, Hausman. With draws, each likelihood ratio has its size beside it, and its place among
    statistics of outcomes that are regenerated under the null with whole residual paths.
    """
    weights = matrix(data, store)
    panel = stacked(data, weights)
    held = structure(data, "sdm")
    lagrange = lm_tests(panel, weights, effects=held["effects"], lee_yu=held["lee_yu"])
    fits = {model: fitted(panel, weights, data, model) for model in ("sar", "sem", "sdm")}
    rows = [
        *map(_test_row, lagrange.tests),
        *_likelihood_ratios(data, panel, weights, fits),
        *map(_test_row, (wald_sar(fits["sdm"]), wald_sem(fits["sdm"]))),
    ]
    fields = {"loglik": fits["sdm"].loglik, "rho": fits["sdm"].rho, "inference": "chi2"}
    try:
        rows.append(_test_row(hausman(panel, weights)))
    except NotIdentified as finding:
        fields["reason"] = finding.reason
    return Result(pd.concat(rows, ignore_index=True), fields)


def _likelihood_ratios(
    data: Design,
    panel: StackedPanel,
    weights: SpatialWeights,
    fits: dict[str, SpatialFit],
) -> list[pd.DataFrame]:
    """Return the ratios of the Durbin model against SAR and SEM, and of the two-way effects."""
    held = {name: value for name, value in structure(data).items() if name != "model"}
    nulls = {f"lr_sdm_{model}": {"restricted": model, **held} for model in ("sar", "sem")}
    rows = []
    for name, null in nulls.items():
        statistic, df, p = lr_test(fits[null["restricted"]], fits["sdm"])
        rows.append(estimates.statistic_row(f"test:{name}", statistic, "chi2", p, (df,)))
    if data.spec.effects == "two_way":
        # Not of the transformed likelihoods, which have not the same data.
        effects = effect_tests(panel, weights, model="sdm")
        rows += [_test_row(effects.unit), _test_row(effects.period)]
        nulls["lr_period_effects"] = {"restricted": "sdm", "restricted_effects": "unit"}
    for name, null in nulls.items() if data.resampling.declared else ():
        made = lr_size(panel, weights, **null, **data.resampling.drawn)
        found = f"test:{name}_drawn", made.test.statistic, "bootstrap", made.p_value
        rows.append(estimates.statistic_row(*found, draws=made.draws))
        rows.append(estimates.value_rows([f"size:{name}"], [made.size]))
    return rows


def _test_row(test: ChiSquareTest | FTest) -> pd.DataFrame:
    df = test.df if isinstance(test.df, tuple) else (test.df,)
    return estimates.statistic_row(
        f"test:{test.name}", test.statistic, test.distribution, test.p_value, df
    )
