"""The columns of `reverse_elements`: least squares with dummies, rows by outcome, the family.

EXACT: the same functions on the same rows. DUMMIES: least squares with at most 41 dummies and
controls, condition numbers below 1e5.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Exhibit, Family, Inference
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.engine import families
from pilotzone.engine.design import design
from pilotzone.methods.dynamics.local_projection import projection_rows
from pilotzone.methods.inference.wild import wild_cluster_bootstrap
from pilotzone.panels.store import FolderStore

EXACT = 1e-10
DUMMIES = 1e-8


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def sample(store):
    frame = store.panel("province").frame
    return frame[frame["year"].between(2013, 2022)]


def back(outcome, treatment, controls="none", draws=5):
    """A column of `reverse_elements`, its simulation of few draws."""
    (found,) = (
        one
        for one in exhibits.load("reverse_elements").columns
        if (one.outcome, one.treatment, one.controls) == (outcome, treatment, controls)
    )
    return dataclasses.replace(found, inference=Inference("crv1", draws=draws, seed=1))


def by_dummies(frame, outcome, treatment, horizon, controls):
    """Return slope and CRV1 error of the response by least squares with a dummy for each effect."""
    by_unit = frame.sort_values(["province_code", "year"]).groupby("province_code")
    past = {f"lag:{name}": by_unit[name].shift(1) for name in (outcome, treatment)}
    table = frame.assign(lead=by_unit[outcome].shift(-horizon), **past)
    names = [treatment, *past, *controls]
    table = table.dropna(subset=["lead", *names])
    units, years = (
        pd.get_dummies(table[name], dtype=float).to_numpy() for name in ("province_code", "year")
    )
    x = np.column_stack([table[names].to_numpy(float), years[:, 1:], units])
    y = table["lead"].to_numpy()
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    inverse = np.linalg.inv(x.T @ x)
    scores = units.T @ (x * (y - x @ beta)[:, None])
    n, g = len(y), units.shape[1]
    # Effects of units nest in the clusters and count as one.
    k = x.shape[1] - g + 1
    factor = g / (g - 1) * (n - 1) / (n - k)
    variance = factor * inverse @ scores.T @ scores @ inverse
    return beta[0], np.sqrt(variance[0, 0]), n


@pytest.mark.parametrize(
    ("outcome", "treatment", "controls", "horizon", "rows"),
    [
        ("ecommerce_intensity", "nqp_technology", "baseline", 1, 240),
        ("ecommerce_firm_share", "nqp_digital_infrastructure", "none", 3, 120),
        ("ln_express_per_capita", "nqp_green", "none", 3, 90),
    ],
)
def test_responses_of_e_commerce_are_least_squares_with_dummies(
    store, sample, outcome, treatment, controls, horizon, rows
):
    result = engine.estimate(back(outcome, treatment, controls), store)
    found = result.terms.set_index("term").loc[f"horizon:{horizon}"]
    names = CONTROLS[controls].variables
    beta, error, n = by_dummies(sample, outcome, treatment, horizon, names)
    assert found["estimate"] == pytest.approx(beta, rel=DUMMIES)
    assert found["std_error"] == pytest.approx(error, rel=DUMMIES)
    assert (result.parts["horizons"]["nobs"].iloc[horizon], n) == (rows, rows)


@pytest.mark.parametrize(
    ("outcome", "rows", "first", "dropped"),
    [
        ("ecommerce_intensity", 270, 2014, 30),
        ("ecommerce_firm_share", 210, 2016, 30),
        ("express_per_capita", 180, 2017, 30),
    ],
)
def test_rows_follow_the_year_from_which_an_outcome_is_printed(
    store, outcome, rows, first, dropped
):
    model = engine.estimate(back(outcome, "nqp_skills"), store).model
    assert (model["nobs"], model["first_year"], model["last_year"]) == (rows, first, 2022)
    assert (model["n_clusters"], model["n_dropped"]) == (30, dropped)


def test_a_family_of_projections_is_all_responses_with_the_same_controls(store):
    """By hand: restricted wild t of each horizon on joint draws, the largest of those left."""
    columns = tuple(
        back(outcome, treatment, controls)
        for controls in ("none", "baseline")
        for outcome in ("ecommerce_intensity", "ecommerce_firm_share")
        for treatment in ("nqp_skills", "nqp_green")
    )
    family = Family(kind="romano_wolf", draws=199, seed=7)
    exhibit = Exhibit(title="t", title_zh="t", columns=columns, family=family)
    found = families.adjusted("made", exhibit, store).set_index("column")
    for controls in ("none", "baseline"):
        own = [i for i, one in enumerate(columns) if one.controls == controls]
        tests = [(i, test) for i in own for test in wild_responses(design(columns[i], store))]
        assert len(tests) == 4 * 4
        order = sorted(range(16), key=lambda k: -abs(tests[k][1].t))
        p, running = {}, 0.0
        for place, k in enumerate(order):
            largest = np.max([np.abs(tests[j][1].t_draws) for j in order[place:]], axis=0)
            reached = (largest >= abs(tests[k][1].t) * (1 - 1e-10)).sum()
            running = max(running, (1 + reached) / 200)
            p[k] = running
        for i in own:
            best = min((k for k in p if tests[k][0] == i), key=lambda k: p[k])
            row = found.loc[exhibit.column_ids()[i]]
            assert row["p_value"] == pytest.approx(p[best], rel=EXACT)
            assert row["statistic"] == pytest.approx(tests[best][1].t, rel=EXACT)


def wild_responses(data):
    """Return the wild test of each response, from rows made here."""
    names = data.spec.control_variables
    for horizon in range(4):
        rows = projection_rows(
            data.y,
            data.treatment,
            data.unit,
            data.period,
            horizon=horizon,
            lags=1,
            controls=data.frame[list(names)] if names else None,
            control_names=names,
        )
        rng = np.random.default_rng(7)
        regressors = rows.x, rows.names, "x", rows.effects, rows.unit
        yield wild_cluster_bootstrap(rows.y, *regressors, draws=199, rng=rng, level=None)


def test_a_projection_that_is_not_identified_is_in_no_family(store):
    short = dataclasses.replace(
        back("express_per_capita", "nqp_skills"), options=(("lags", 1), ("horizons", 6))
    )
    columns = short, back("express_per_capita", "nqp_green")
    family = Family(kind="romano_wolf", draws=99, seed=7)
    exhibit = Exhibit(title="t", title_zh="t", columns=columns, family=family)
    found = families.adjusted("made", exhibit, store)
    assert found["column"].tolist() == [exhibit.column_ids()[1]]
