"""Spoiled frames at every public function: a result or one line, no traceback, nothing changed.

The same frames on every machine; more of them are tried by raising TRIED.
"""

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz

TRIED, SEED = 60, 20261130
UNITS = 12
PANEL = {"unit": "unit", "period": "year"}
COHORTS = {**PANEL, "first_treated": "first_treated"}
RING = pz.example_weights(UNITS)
SPACE = {**PANEL, "spatial_weights": RING}
CALLS = (
    lambda d: pz.twfe(d, "y ~ treated + x", **PANEL).summary(),
    lambda d: pz.twfe(d, "y ~ C(group):x", weights="x", cluster=["unit", "group"], **PANEL),
    lambda d: pz.wild_bootstrap(d, "y ~ treated", draws=19, **PANEL),
    lambda d: pz.att_gt(d, outcome="y", **COHORTS).aggregate("event").summary(),
    lambda d: pz.table(pz.att_gt(d, "y ~ x", **COHORTS).aggregate()).html(),
    lambda d: pz.honest_did(pz.event_study(d, outcome="y", draws=99, **COHORTS)),
    lambda d: pz.sun_abraham(d, outcome="y", **COHORTS).notes,
    lambda d: pz.imputation(d, "y ~ x", **COHORTS).vcov,
    lambda d: pz.two_stage(d, outcome="y", treatment="treated", **PANEL),
    lambda d: pz.extended_twfe(d, outcome="y", **COHORTS),
    lambda d: pz.stacked(d, outcome="y", window=(-2, 1), **COHORTS),
    lambda d: pz.synthetic_did(d, outcome="y", draws=9, **COHORTS),
    lambda d: pz.goodman_bacon(d, outcome="y", **COHORTS),
    lambda d: pz.negative_weights(d, outcome="y", **COHORTS),
    lambda d: pz.sdm(d, "y ~ treated + x", **SPACE).summary(),
    lambda d: pz.lm_tests(d, "y ~ x", **SPACE),
    lambda d: pz.moran(d, outcome="y", permutations=19, **SPACE),
    lambda d: pz.local_projection(d, "y ~ x", horizons=1, draws=4, **PANEL),
    lambda d: pz.entropy_index(d, {"x": 1, "y": -1}, weights="by_period", **PANEL),
    lambda d: pz.dagum(d, outcome="y", group="group", **PANEL),
    lambda d: pz.dose_dynamic(d, "y ~ treated + x", draws=5, **PANEL),
    lambda d: pz.bounds(d[d["first_treated"] > 0], outcome="y", draws=5, **COHORTS),
    lambda d: pz.interactive_effects(d, outcome="y", draws=5, simulations=2, **COHORTS),
    lambda d: pz.matrix_completion(d, outcome="y", draws=5, simulations=2, **COHORTS),
    lambda d: pz.placebo(d, outcome="y", draws=9, kind="dates", **COHORTS),
)
CELLS = ("abc", "", None, "1,5", "2003Q1", np.inf, -np.inf, np.nan, 1e300, -1e300)


def spoiled(data, rng):
    """Return the frame with one to three things wrong, and perhaps none that matters."""
    for _ in range(rng.integers(1, 4)):
        column = rng.choice(data.columns)
        wrong = (
            lambda d, c: _replaced(d, c, rng),
            lambda d, c: d.sample(frac=rng.uniform(0.05, 0.95), random_state=1),
            lambda d, c: d.drop(columns=c),
            lambda d, c: d.assign(**{c: d[c].iloc[0]}),
            lambda d, c: d.assign(**{c: np.nan}),
            lambda d, c: d[d.index < rng.integers(1, 60)],
            lambda d, c: d.assign(y=d["x"]) if {"x", "y"} <= set(d) else d,
            lambda d, c: d.assign(first_treated=rng.choice([0, 2012, 2030, 2005], len(d))),
            lambda d, c: pd.concat([d, d.iloc[:1]]),
            lambda d, c: d.assign(x=0.0),
        )
        data = wrong[rng.integers(len(wrong))](data, column).copy()
        if data.empty or data.shape[1] < 2:
            break
    return data


def _replaced(data, column, rng):
    """Return the frame with another cell in its sixth row."""
    cell = CELLS[rng.integers(len(CELLS))]
    return data.assign(**{column: data[column].astype(object).where(data.index != 5, cell)})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_spoiled_frame_gives_a_result_or_one_line(same):
    rng, said = np.random.default_rng(SEED), []
    whole = pz.example(units=UNITS)
    for number in range(TRIED):
        data = spoiled(whole, rng)
        before = data.copy(deep=True)
        try:
            CALLS[number % len(CALLS)](data)
        except pz.UserError as error:
            said.append(str(error))
        same(data, before)
    assert all(len(text.splitlines()) == 1 for text in said)
    # Most of what is wrong is refused, and not all of it is wrong.
    assert TRIED / 3 < len(said) < TRIED
