"""What becomes of the data: counted, joined by label, never changed."""

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz

EXACT = 1e-10


@pytest.fixture
def estimate():
    return lambda fit: fit.tidy()[["estimate", "std_error"]].to_numpy()


def test_missing_rows_are_dropped_and_counted(gaps, columns):
    fit = pz.twfe(gaps, "y ~ treated + x", **columns)
    assert fit.n_dropped == gaps["x"].isna().sum() > 0
    assert fit.nobs == len(gaps) - fit.n_dropped
    assert pz.twfe(gaps, "y ~ treated", **columns).n_dropped == 0


def test_data_are_not_changed_and_their_order_is_nothing(gaps, cohorts, same, estimate):
    before = gaps.copy()
    shuffled = gaps.sample(frac=1, random_state=3)
    columns = {key: value for key, value in cohorts.items() if key != "first_treated"}
    for run in (
        lambda data: pz.twfe(data, "y ~ treated + x + C(group):x", **columns),
        lambda data: pz.att_gt(data, outcome="y", **cohorts),
        lambda data: pz.imputation(data, "y ~ x", **cohorts),
    ):
        assert estimate(run(gaps)) == pytest.approx(estimate(run(shuffled)), abs=EXACT, nan_ok=True)
    same(gaps, before)


@pytest.mark.parametrize("never", [0, np.nan, np.inf, None])
def test_never_treated_is_zero_missing_or_infinite(df, cohorts, estimate, never):
    first = df["first_treated"].astype(object).where(df["first_treated"] > 0, never)
    first = first if never is None else first.astype(float)
    coded = pz.att_gt(df.assign(first_treated=first), outcome="y", **cohorts)
    plain = pz.att_gt(df, outcome="y", **cohorts)
    assert estimate(coded) == pytest.approx(estimate(plain), abs=EXACT)


def test_a_treatment_gives_the_cohorts(df, cohorts, estimate):
    by_treatment = {**cohorts, "first_treated": None, "treatment": "treated"}
    for name in ("att_gt", "sun_abraham", "two_stage"):
        ours = getattr(pz, name)(df, outcome="y", **by_treatment)
        assert estimate(ours) == pytest.approx(
            estimate(getattr(pz, name)(df, outcome="y", **cohorts)), abs=EXACT
        )


def test_a_formula_is_its_columns(df, columns, estimate):
    by_formula = pz.twfe(df, "y ~ treated + x", **columns)
    named = pz.twfe(df, outcome="y", treatment="treated", covariates="x", **columns)
    assert estimate(by_formula) == pytest.approx(estimate(named), abs=EXACT)
    assert by_formula.tidy()["term"].tolist() == named.tidy()["term"].tolist()


def test_factors_and_interactions_by_hand(df, columns, estimate):
    east = (df["group"] == "east").astype(float)
    made = df.assign(east_x=east * df["x"], west_x=(1 - east) * df["x"], square=df["x"] ** 2)
    ours = pz.twfe(df, "y ~ treated + C(group):x + I(x**2)", **columns)
    hand = pz.twfe(made, "y ~ treated + east_x + west_x + square", **columns)
    terms = dict(zip(ours.tidy()["term"], estimate(ours).tolist(), strict=True))
    east_x, square = (next(terms[t] for t in terms if of in t) for of in ("east", "2"))
    assert east_x == pytest.approx(estimate(hand)[1], abs=EXACT)
    assert square == pytest.approx(estimate(hand)[3], abs=EXACT)


def test_names_that_mean_something_to_the_engine(df, estimate):
    """Columns called like sets of controls, terms or keys are the caller's own."""
    renamed = df.rename(columns={"x": "city", "treated": "rho", "y": "none", "unit": "period"})
    ours = pz.twfe(renamed, "none ~ rho + city", unit="period", period="year")
    plain = pz.twfe(df, "y ~ treated + x", unit="unit", period="year")
    assert ours.tidy()["term"].tolist() == ["rho", "city"]
    assert estimate(ours) == pytest.approx(estimate(plain), abs=EXACT)
    assert "rho" in pz.table(ours).markdown()


def test_a_matrix_in_four_forms(df, columns, ring, estimate):
    libpysal = pytest.importorskip("libpysal")
    from libpysal.graph import Graph

    units = list(ring.index)
    neighbours = {u: [v for v in units if ring.loc[u, v] > 0] for u in units}
    w = libpysal.weights.W(neighbours, silence_warnings=True)
    moved = ring.sample(frac=1, random_state=1)
    from pilotzone.methods.space.weights import SpatialWeights

    ours = SpatialWeights("ring", tuple(units), ring.to_numpy())
    whole = estimate(pz.sar(df, "y ~ treated + x", spatial_weights=ring, **columns))
    for matrix in (moved, w, Graph.from_W(w), ours):
        found = pz.sar(df, "y ~ treated + x", spatial_weights=matrix, **columns)
        assert estimate(found) == pytest.approx(whole, abs=1e-8)


def test_units_are_text_or_numbers(df, columns, estimate):
    numbered = df.assign(unit=df["unit"].str[1:].astype(float))
    plain = pz.twfe(df, "y ~ treated", **columns)
    assert estimate(pz.twfe(numbered, "y ~ treated", **columns)) == pytest.approx(
        estimate(plain), abs=EXACT
    )
    categories = df.assign(unit=pd.Categorical(df["unit"]))
    assert estimate(pz.twfe(categories, "y ~ treated", **columns)) == pytest.approx(
        estimate(plain), abs=EXACT
    )


def test_equal_weights_change_nothing_and_a_weight_of_zero_drops_a_row(df, columns, estimate):
    plain = estimate(pz.twfe(df, "y ~ treated + x", **columns))
    ones = pz.twfe(df.assign(w=3.0), "y ~ treated + x", weights="w", **columns)
    assert estimate(ones) == pytest.approx(plain, abs=EXACT)
    none = df.assign(w=(df["year"] > 2010).astype(float))
    weighted = pz.twfe(none, "y ~ treated + x", weights="w", **columns)
    cut = pz.twfe(df[df["year"] > 2010], "y ~ treated + x", **columns)
    assert estimate(weighted) == pytest.approx(estimate(cut), abs=EXACT)
    assert weighted.n_dropped == (df["year"] == 2010).sum()


def test_draws_are_those_of_the_seed(df, columns):
    def p(seed):
        fit = pz.wild_bootstrap(df, "y ~ x + treated", draws=199, seed=seed, **columns)
        return fit.tidy()["ci_low"][0]

    assert p(1) == p(1)
    assert p(1) != p(2)


def test_simple_panel_gives_the_difference_of_differences(columns):
    data = pd.DataFrame(
        {
            "unit": ["a", "a", "b", "b", "c", "c", "d", "d"],
            "year": [1, 2] * 4,
            "y": [1.0, 3.0, 2.0, 5.0, 4.0, 4.5, 1.0, 2.0],
            "d": [0, 1, 0, 1, 0, 0, 0, 0],
        }
    )
    truth = (2.0 + 3.0) / 2 - (0.5 + 1.0) / 2
    assert pz.twfe(data, "y ~ d", **columns).tidy()["estimate"][0] == pytest.approx(truth)
    found = pz.att_gt(data, outcome="y", treatment="d", **columns)
    assert found.tidy()["estimate"][0] == pytest.approx(truth)
