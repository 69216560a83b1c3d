"""Estimators on a panel with gaps and never-treated units against least squares with all dummies.

Tolerance: both sides solve the same least squares, ours by projection, the other with about 350
dummies in full; they differ by rounding (EXACT).
"""

import functools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.event_study import event_study
from pilotzone.methods.did.goodman_bacon import goodman_bacon
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import stacked
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.did.two_way_weights import two_way_weights

EXACT = {"rtol": 1e-8, "atol": 1e-8}
CONTROLS = [f"x{j}" for j in range(5)]
WITH = pytest.mark.parametrize("controls", [[], CONTROLS], ids=["plain", "controls"])


def two_way_dummies(frame):
    """Dummies of units and of years but the first, in full."""
    unit, year = frame["unit"].to_numpy(), frame["year"].to_numpy()
    units, years = np.arange(277), np.unique(year)
    return np.hstack([unit[:, None] == units, year[:, None] == years[1:]]).astype(float)


def by_dummies(frame, columns, controls):
    """Coefficients of the columns in a regression with all dummies."""
    rows = frame[["unit", "year"]].to_numpy()
    basis = basis_of(rows.tobytes(), len(rows))
    parts = [np.column_stack(columns), frame[controls].to_numpy(), frame[["y"]].to_numpy()]
    design = np.hstack(parts).astype(float)
    design -= basis @ (basis.T @ design)
    return np.linalg.lstsq(design[:, :-1], design[:, -1], rcond=None)[0][: len(columns)]


@functools.cache
def basis_of(rows, n):
    """Orthonormal basis of the dummies of rows (unit, year), as bytes."""
    frame = pd.DataFrame(np.frombuffer(rows, dtype=int).reshape(n, 2), columns=["unit", "year"])
    vectors, values, _ = np.linalg.svd(two_way_dummies(frame), full_matrices=False)
    return vectors[:, values > 1e-9 * values[0]]


def optional(frame, controls):
    return frame[controls] if controls else None


@WITH
@pytest.mark.parametrize("window", [None, (-4, 4)], ids=["unbinned", "binned"])
def test_event_study(cities, arguments, window, controls):
    study = event_study(
        *arguments(cities),
        window=window,
        controls=optional(cities, controls),
        control_names=controls,
    )
    event = cities["year"] - cities["first_treated"]
    relative = event if window is None else event.clip(*window)
    treated = cities["first_treated"] > 0
    first, last = window or (-9, 5)
    times = [e for e in range(first, last + 1) if e != -1]
    assert study.dummies.times == tuple(times)
    columns = [treated & (relative == e) for e in times]
    k = len(times)
    assert_allclose(study.fit.coefficients[:k], by_dummies(cities, columns, controls), **EXACT)
    assert (study.fit.nobs, study.fit.n_singletons) == (len(cities) - 1, 1)
    never = cities[~treated]
    assert not study.dummies.columns[never.index].any()


def test_event_study_with_trends(cities, arguments):
    trend = [(cities["unit"], cities["year"] - 2015.5)]
    with pytest.raises(NotIdentified) as error:
        event_study(*arguments(cities), window=None, slopes=trend)
    assert error.value.reason == Reason(
        "rank_deficient", {"dummies": 14, "missing": 1, "effects": ("unit", "period", "slopes")}
    )
    study = event_study(*arguments(cities), window=(-4, 4), slopes=trend)
    relative = (cities["year"] - cities["first_treated"]).clip(-4, 4)
    treated = cities["first_treated"] > 0
    dummies = np.column_stack([treated & (relative == e) for e in study.dummies.times])
    fit = twfe(
        cities["y"],
        dummies,
        study.dummies.names,
        None,
        [],
        cities["unit"],
        cities["year"],
        slopes=trend,
    )
    assert_allclose(study.fit.coefficients, fit.coefficients, **EXACT)
    plain = event_study(*arguments(cities), window=(-4, 4))
    assert np.abs(plain.fit.coefficients - fit.coefficients).max() > 0.05


@WITH
@pytest.mark.parametrize("estimator", [sun_abraham, extended_twfe])
def test_saturated_regressions(cities, arguments, estimator, controls):
    result = estimator(*arguments(cities), controls=optional(cities, controls))
    first, year = cities["first_treated"], cities["year"]
    bases = {(g, g - 1) for g in (2015, 2016, 2019, 2020)}
    wanted = {
        (g, t)
        for g in (2015, 2016, 2019, 2020)
        for t in range(2011, 2021)
        if (g, t) not in bases and (estimator is sun_abraham or t >= g)
    }
    cells = list(zip(result.cohort.astype(int), result.period.astype(int), strict=True))
    assert set(cells) == wanted
    columns = [(first == g) & (year == t) for g, t in cells]
    assert_allclose(result.estimates, by_dummies(cities, columns, controls), **EXACT)
    # The unit with one row is left out and counted.
    assert (result.nobs, result.n_dropped) == (len(cities) - 1, 1)
    assert result.df == 275
    rows = cities[cities["unit"] != 276]
    sizes = [((rows["first_treated"] == g) & (rows["year"] == t)).sum() for g, t in cells]
    assert_array_equal(result.n_treated, sizes)


@WITH
@pytest.mark.parametrize("estimator", [imputation, gardner])
def test_imputation_in_two_steps(cities, arguments, estimator, controls):
    """First step on untreated rows, second the mean of what it leaves by cohort and year."""
    result = estimator(*arguments(cities), controls=optional(cities, controls))
    first, year = cities["first_treated"], cities["year"]
    treated = ((first > 0) & (year >= first)).to_numpy()
    design = np.hstack([cities[controls].to_numpy(), two_way_dummies(cities)])
    y = cities["y"].to_numpy()
    beta = np.linalg.lstsq(design[~treated], y[~treated], rcond=None)[0]
    seen = np.isin(cities["unit"], cities["unit"][~treated])
    left = pd.DataFrame({"g": first, "t": year, "tau": y - design @ beta})[treated & seen]
    by_cell = left.groupby(["g", "t"])["tau"]
    cells = pd.MultiIndex.from_arrays([result.cohort.astype(int), result.period.astype(int)])
    assert set(cells) == set(by_cell.groups)
    assert_allclose(result.estimates, by_cell.mean().loc[cells], **EXACT)
    assert_array_equal(result.n_treated, by_cell.size().loc[cells])
    assert_allclose(result.aggregate("simple").estimates[0], left["tau"].mean(), **EXACT)
    # The single untreated row of unit 276 predicts nothing.
    assert result.n_dropped == 1 + (treated & ~seen).sum()
    assert result.nobs + result.n_dropped == len(cities)


@pytest.mark.parametrize("estimator", [sun_abraham, extended_twfe, imputation])
def test_a_treated_unit_with_one_row_enters_no_average(cities, arguments, estimator):
    row = pd.DataFrame({"unit": [900], "year": [2018], "first_treated": [2016], "y": [1e3]})
    before = estimator(*arguments(cities))
    after = estimator(*arguments(pd.concat([cities, row], ignore_index=True)))
    for kind in ("simple", "dynamic"):
        one, two = before.aggregate(kind), after.aggregate(kind)
        assert one.terms == two.terms
        assert_allclose(two.estimates, one.estimates, **EXACT)
        assert_allclose(two.std_errors, one.std_errors, **EXACT)
    assert after.n_dropped == before.n_dropped + 1


def test_a_cohort_seen_once_is_listed_and_the_rest_estimated(cities, arguments):
    alone = pd.DataFrame({"unit": [900], "year": [2018], "first_treated": [2018], "y": [0.0]})
    result = extended_twfe(*arguments(pd.concat([cities, alone], ignore_index=True)))
    lost = Reason("observed_once", {"cohort": 2018, "period": 2018})
    assert [u.reason for u in result.unidentified] == [lost]
    assert_allclose(result.estimates, extended_twfe(*arguments(cities)).estimates, **EXACT)


@pytest.mark.parametrize("controls", ["not_yet", "never"])
def test_callaway_santanna_takes_the_units_seen_in_both_years(cities, arguments, controls):
    result = callaway_santanna(*arguments(cities), controls=controls)
    y = cities.pivot(index="unit", columns="year", values="y")
    first = cities.groupby("unit")["first_treated"].first()
    used = pd.DataFrame(False, y.index, y.columns)
    for k, (g, t) in enumerate(zip(result.cohort, result.period, strict=True)):
        base = g - 1 if t >= g else t - 1
        change = y[t] - y[base]
        later = max(t, base)
        compared = (first == 0) | ((controls == "not_yet") & (first > later) & (first != g))
        treated, untreated = change[first == g], change[compared]
        assert_allclose(result.estimates[k], treated.mean() - untreated.mean(), **EXACT)
        error = np.sqrt(
            treated.var(ddof=0) / treated.count() + untreated.var(ddof=0) / untreated.count()
        )
        assert_allclose(result.std_errors_lower[k], error, **EXACT)
        assert result.n_missing[k] == treated.isna().sum() + untreated.isna().sum()
        used.loc[change.notna() & (compared | (first == g)), [base, t]] = True
    assert result.n_missing.max() > 10
    assert result.nobs == used.to_numpy().sum()
    assert 1 < result.n_dropped == len(cities) - result.nobs


def test_stack_of_cohorts_with_clean_controls(cities, arguments):
    result = stacked(*arguments(cities), window=(-3, 1), controls=cities["x0"])
    assert [e.cohort for e in result.experiments] == [2015, 2016, 2019]
    facts = {"cohort": 2020, "start": 2017, "end": 2021, "first": 2011, "last": 2020}
    assert result.unidentified[0].reason == Reason("window_outside", facts)
    first, year = cities["first_treated"], cities["year"]
    samples = [
        cities[year.between(g - 3, g + 1) & ((first == 0) | (first == g) | (first > g + 1))].assign(
            g=g
        )
        for g in (2015, 2016, 2019)
    ]
    rows = pd.concat(samples)
    d = ((rows["first_treated"] == rows["g"]) & (rows["year"] >= rows["g"])).astype(float)
    fit = twfe(
        rows["y"],
        d,
        ["d"],
        rows["x0"],
        ["x0"],
        rows["unit"] * 10_000 + rows["g"],
        rows["year"] * 10_000 + rows["g"],
        cluster=rows["unit"],
    )
    assert_allclose(result.overall.coefficients, fit.coefficients, **EXACT)
    assert_allclose(result.overall.std_errors, fit.std_errors, **EXACT)
    kept = rows[~fit.singletons]
    assert fit.n_singletons > 0
    assert result.n_units == kept["unit"].nunique()
    assert result.n_treated == kept[kept["first_treated"] == kept["g"]]["unit"].nunique()
    assert result.n_dropped == len(cities) - len(kept.drop_duplicates(["unit", "year"]))


def test_what_needs_all_years_says_so(cities, arguments):
    with pytest.raises(UserError, match="the decomposition needs a balanced panel; unit"):
        goodman_bacon(*arguments(cities))
    rows = cities.groupby("unit")["year"].transform("size") == 10
    balanced = cities[rows]
    found = goodman_bacon(*arguments(balanced))
    d = (balanced["first_treated"] > 0) & (balanced["year"] >= balanced["first_treated"])
    expected = by_dummies(balanced, [d], [])[0]
    assert_allclose(found.two_way, expected, **EXACT)
    assert "treated vs never treated" in found.kind


def test_weights_of_the_two_way_coefficient(cities):
    """With effects that differ by row the coefficient is their weighted sum, noise aside."""
    first, year = cities["first_treated"], cities["year"]
    d = ((first > 0) & (year >= first)).to_numpy(dtype=float)
    made = two_way_weights(d, cities["unit"], year)
    effect = d * np.sin(np.arange(len(cities)))
    exact = cities.assign(y=effect + 0.01 * cities["unit"] + np.cos(year))
    assert_allclose(made.weights @ effect, by_dummies(exact, [d], [])[0], **EXACT)
    assert_allclose(made.weights.sum(), 1.0, **EXACT)
