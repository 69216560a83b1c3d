"""City columns: second programs and explicit regressions, what is counted, what is refused.

RTOL: two solutions of the same normal equations on 2,600 rows agree to 1e-8. linearmodels counts
the unit effects that are nested in the clusters; its errors are converted by the ratio of the two
small-sample factors. SEARCH: spreg stops its search for rho at about 1e-8.
"""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine
from pilotzone.catalogue import Exhibit, Family, Specification, grid
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.engine import families, matrix
from pilotzone.engine.linear import regression
from pilotzone.errors import UserError, decode
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.wild import wild_cluster_bootstrap
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

RTOL = 1e-8
SEARCH = 1e-6
RINGS = (("rings_km", "50 100 150 200 250 300"),)
BEYOND = ("balanced", "inverse_distance", "none")
MATRICES = [
    ("balanced", "nearest_6", "none"),
    ("balanced", "nearest_6", "city"),
    ("balanced_linked", "contiguity", "none"),
    ("balanced_linked", "contiguity", "city"),
]


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def frame(store):
    return store.panel("city").frame


class Other:
    """A store whose city panel has other rows."""

    def __init__(self, store, frame):
        self.store, self.frame = store, frame

    def panel(self, name):
        return dataclasses.replace(self.store.panel(name), frame=self.frame)

    def __getattr__(self, name):
        return getattr(self.store, name)


def column(**fields):
    return Specification(
        **{"outcome": "nqp_city", "treatment": "zone_city", "sample": "city", **fields}
    )


def estimate(store, **fields):
    return engine.estimate(column(**fields), store)


def terms(result):
    return result.terms.set_index("term")


def usable(frame, controls, *keys):
    """Return the rows without missing cells and, again and again, without singletons."""
    rows = frame.dropna(subset=["nqp_city", *CONTROLS[controls].variables])
    before = None
    while before != len(rows):
        before = len(rows)
        for key in keys:
            rows = rows[rows.groupby(list(key))["year"].transform("size") > 1]
    return rows.reset_index(drop=True)


def dummies(labels):
    return (np.asarray(labels)[:, None] == np.unique(labels)).astype(float)


def explicit(rows, columns, more=()):
    """Return coefficients and covariance by city of a regression with all its dummies."""
    y, x = rows["nqp_city"].to_numpy(), np.column_stack(columns).astype(float)
    unit = dummies(rows["city_code"])
    effects = np.column_stack([unit, dummies(rows["year"])[:, 1:], *more])
    both = np.column_stack([y, x])
    free = both - effects @ np.linalg.lstsq(effects, both, rcond=None)[0]
    x, bread = free[:, 1:], np.linalg.inv(free[:, 1:].T @ free[:, 1:])
    beta = bread @ x.T @ free[:, 0]
    scores = unit.T @ (x * (free[:, 0] - x @ beta)[:, None])
    n, g = len(rows), unit.shape[1]
    k = x.shape[1] + np.linalg.matrix_rank(effects) - g + 1
    factor = g / (g - 1) * (n - 1) / (n - k)
    return beta, factor * bread @ scores.T @ scores @ bread


# Two-way regressions.


@pytest.mark.parametrize("controls", ["none", "city"])
@pytest.mark.parametrize("effects", ["two_way", "province_year"])
def test_linearmodels_gives_the_same_coefficients_and_converted_errors(
    store, frame, controls, effects
):
    from linearmodels.panel import PanelOLS

    period = ["year"] if effects == "two_way" else ["province_code", "year"]
    rows = usable(frame, controls, ["city_code"], period)
    cell = rows.groupby(period).ngroup().rename("cell")
    data = rows.assign(cell=cell).set_index(["city_code", "year"])
    names = ["zone_city", *CONTROLS[controls].variables]
    fit = PanelOLS(
        data["nqp_city"], data[names], entity_effects=True, other_effects=data[["cell"]]
    ).fit(cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True)
    result = estimate(store, controls=controls, effects=effects)
    found = terms(result).loc[names]
    np.testing.assert_allclose(found["estimate"], fit.params, rtol=RTOL)
    n, g, cells = len(rows), rows["city_code"].nunique(), cell.nunique()
    assert fit.df_model == len(names) + g + cells - 1
    # Cities count as one; province years of the same province are collinear with its cities.
    apart = 1 if effects == "two_way" else rows["province_code"].nunique()
    counted = len(names) + 1 + cells - apart
    conversion = np.sqrt((n - fit.df_model) / (n - counted))
    np.testing.assert_allclose(found["std_error"], fit.std_errors * conversion, rtol=RTOL)
    assert (result.model["nobs"], result.model["n_clusters"]) == (n, g)
    assert result.model["nobs"] + result.model["n_dropped"] == 2617


def test_singletons_are_counted(store, frame):
    years = frame.groupby("city_code").size()
    result = estimate(store)
    assert result.model["n_dropped"] == (years == 1).sum() == 7
    assert result.model["nobs"] == 2610
    assert result.model["n_units"] == 270
    by_province = estimate(store, effects="province_year")
    # Provinces of one city fill each of their years alone.
    alone = frame.groupby(["province_code", "year"])["city_code"].transform("size") == 1
    assert by_province.model["n_dropped"] > alone.sum() > 40


@pytest.mark.parametrize("controls", ["none", "city"])
def test_city_trends_are_the_explicit_regression(store, frame, controls):
    rows = usable(frame, controls, ["city_code"])
    trends = dummies(rows["city_code"]) * (rows["year"].to_numpy() - 2015)[:, None]
    names = ["zone_city", *CONTROLS[controls].variables]
    beta, covariance = explicit(rows, [rows[name] for name in names], [trends])
    found = terms(estimate(store, controls=controls, effects="unit_trends")).loc[names]
    np.testing.assert_allclose(found["estimate"], beta, rtol=RTOL)
    np.testing.assert_allclose(found["std_error"], np.sqrt(np.diag(covariance)), rtol=RTOL)


@pytest.mark.parametrize(
    "sample",
    ["balanced", "city_no_municipalities", "city_no_batch_5", "city_no_redrawn", "city_pre_covid"],
)
def test_other_samples_are_the_regression_on_their_rows(store, frame, sample):
    cut = {
        "balanced": frame["balanced"] == 1,
        "city_no_municipalities": (frame["municipality"] == 0) & (frame["sub_provincial"] == 0),
        "city_no_batch_5": frame["zone_batch"] != 5,
        "city_no_redrawn": frame["redrawn"] == 0,
        "city_pre_covid": frame["year"] < 2020,
    }[sample]
    rows = usable(frame[cut], "none", ["city_code"])
    beta, covariance = explicit(rows, [rows["zone_city"]])
    result = estimate(store, sample=sample)
    found = terms(result).loc["zone_city"]
    np.testing.assert_allclose(found["estimate"], beta[0], rtol=RTOL)
    np.testing.assert_allclose(found["std_error"], np.sqrt(covariance[0, 0]), rtol=RTOL)
    assert result.model["nobs"] + result.model["n_dropped"] == cut.sum()


def test_balanced_with_controls_loses_whole_cities(store, frame):
    result = estimate(store, sample="balanced", controls="city")
    assert result.model["n_units"] == 169
    assert result.model["nobs"] == 1690
    assert result.model["n_dropped"] == (229 - 169) * 10
    dropping = estimate(store, sample="city", controls="city")
    assert dropping.model["nobs"] == len(usable(frame, "city", ["city_code"])) == 2440


def test_a_province_treated_as_a_whole_moves_no_slope_within_province_years():
    rng = np.random.default_rng(4)
    city, year = (a.ravel() for a in np.meshgrid(np.arange(12), np.arange(6), indexing="ij"))
    province = city // 4
    first = np.array([3, 4, 9, 9, 2, 9, 9, 5, 3, 3, 3, 3])[city]
    d = (year >= first).astype(float)
    y = rng.normal(size=len(city)) + d
    cell = np.array([f"{p}#{t}" for p, t in zip(province, year, strict=True)])

    def slope(kept):
        fit = twfe(
            y[kept],
            d[kept],
            ("d",),
            None,
            (),
            city[kept],
            year[kept],
            extra_factors=(cell[kept],),
            period_effects=False,
        )
        return fit.coefficients[0]

    whole = np.ones(len(city), dtype=bool)
    assert slope(whole) == pytest.approx(slope(province != 2), rel=1e-12)
    assert slope(whole) != pytest.approx(slope(province != 1), rel=1e-3)
    with pytest.raises(UserError, match="no variation"):
        slope(province == 2)


def test_a_real_province_with_one_path_moves_no_slope(store, frame):
    hainan = frame["province_code"] == "460000"
    same = (frame["year"] >= 2019).astype(float)
    one_path = frame.assign(zone_city=frame["zone_city"].where(~hainan, same))
    assert frame[hainan]["city_code"].nunique() == 2
    stores = [Other(store, one_path), Other(store, frame[~hainan].reset_index(drop=True))]

    def slopes(effects):
        return [terms(estimate(s, effects=effects)).loc["zone_city", "estimate"] for s in stores]

    with_, without = slopes("province_year")
    assert np.isfinite(with_)
    assert with_ == pytest.approx(without, rel=RTOL)
    with_, without = slopes("two_way")
    assert with_ != pytest.approx(without, rel=1e-4)


# Treatment over time.


@pytest.mark.parametrize(("code", "first"), [("330100", 2015), ("120000", 2016), ("330700", 2019)])
def test_the_cohort_of_a_city_without_its_first_treated_row(store, frame, code, first):
    lost = (frame["city_code"] == code) & (frame["year"] == first)
    assert lost.sum() == 1
    data = engine.design(column(), Other(store, frame[~lost].reset_index(drop=True)))
    assert data.cohorts[code] == first
    rows = data.frame["city_code"] == code
    assert set(data.cohort[rows]) == {first}
    assert not (rows & (data.frame["year"] == first)).any()
    # From the rows alone the city would seem to start a year later.
    assert data.frame.loc[rows & (data.frame["zone_city"] > 0), "year"].min() == first + 1


def test_cohorts_of_each_timing_are_those_of_the_panel(store, frame):
    for treatment, name in (
        ("zone_city", "cohort"),
        ("zone_city__same_year", "cohort__same_year"),
        ("zone_city__exposure", "cohort__exposure"),
    ):
        data = engine.design(column(treatment=treatment), store)
        assert data.cohort.tolist() == data.frame[name].tolist()


def test_the_lag_is_known_in_the_first_year_and_after_a_gap(store, frame):
    data = engine.design(column(options=(("transform", "lag"),)), store)
    assert len(data.frame) == 2617
    assert data.n_dropped == 0
    rollout = store.panel("city").rollout.set_index(["city_code", "year"])["zone_city"]
    before = [(code, year - 1) for code, year in zip(data.unit, data.period, strict=True)]
    assert data.treatment.tolist() == rollout.loc[before].tolist()
    hangzhou = data.frame[data.frame["city_code"] == "330100"].set_index("year")["zone_city"]
    assert 2017 not in hangzhou.index
    assert hangzhou[[2015, 2016, 2018]].tolist() == [0, 1, 1]
    result = estimate(store, options=(("transform", "lag"),))
    assert result.model["nobs"] == 2617 - 7
    rows = usable(data.frame, "none", ["city_code"])
    beta, _ = explicit(rows, [rows["zone_city"]])
    np.testing.assert_allclose(terms(result).loc["zone_city", "estimate"], beta[0], rtol=RTOL)


def test_a_change_needs_the_year_before(store, frame):
    data = engine.design(column(options=(("transform", "first_difference"),)), store)
    known = set(zip(frame["city_code"], frame["year"], strict=True))
    expected = {(code, year) for code, year in known if (code, year - 1) in known}
    assert set(zip(data.unit, data.period, strict=True)) == expected
    assert data.n_dropped == 2617 - len(expected)
    assert ("330100", 2018) not in expected


# Rings and exposure.


@pytest.fixture(scope="module")
def rings(store):
    return estimate(store, estimator="rings", options=RINGS)


def ring_columns(rows, treatment="zone_city"):
    d, km = rows[treatment].to_numpy(), rows["distance_to_zone_km"].to_numpy()
    return [d, *((d == 0) & (km > low) & (km <= low + 50) for low in range(0, 300, 50))]


def test_rings_leave_out_the_years_without_a_reference(rings, frame):
    approved = frame["distance_to_approved_zone_km"].fillna(np.inf)
    reference = (frame["zone_city"] == 0) & (approved > 300)
    counts = reference.groupby(frame["year"]).sum()
    assert counts[counts < 20].index.tolist() == [2019, 2020]
    assert (rings.model["first_year"], rings.model["last_year"]) == (2011, 2018)
    first = decode(rings.model["reference"])[0]
    assert (first.code, first.facts["years"]) == ("years_without_reference", (2019, 2020))
    assert rings.model["nobs"] + rings.model["n_dropped"] == 2617


def untouched(frame, last, beyond_km, controls="none"):
    """Return the rows to a year, without those near a zone that is approved but does not count."""
    far = ~(frame["distance_to_zone_km"] <= beyond_km) & (frame["zone_city"] == 0)
    touched = far & (frame["distance_to_approved_zone_km"] <= beyond_km)
    return usable(frame[(frame["year"] <= last) & ~touched], controls, ["city_code"])


def test_rings_are_the_explicit_regression_on_their_years(rings, frame):
    rows = untouched(frame, 2018, 300)
    beta, covariance = explicit(rows, ring_columns(rows))
    found = terms(rings)
    assert list(found.index) == ["zone_city", *(f"ring:{k}-{k + 50}" for k in range(0, 300, 50))]
    np.testing.assert_allclose(found["estimate"], beta, rtol=RTOL)
    np.testing.assert_allclose(found["std_error"], np.sqrt(np.diag(covariance)), rtol=RTOL)
    assert rings.model["nobs"] == len(rows)


def test_rows_near_a_zone_that_is_approved_only_are_counted(rings, frame):
    lost = int((frame["year"] <= 2018).sum()) - len(untouched(frame, 2018, 300))
    said = {reason.code: reason.facts for reason in decode(rings.model["reference"])}
    assert said["approved_zone_near"] == {"rows": 98, "km": 300}
    assert lost == 98


def test_rings_refuse_a_treatment_of_another_timing(store):
    with pytest.raises(UserError, match="disagree on which units have a zone"):
        estimate(store, treatment="zone_city__same_year", estimator="rings", options=RINGS)


@pytest.mark.parametrize("km", ["fifty", "300 50", ""])
def test_edges_that_do_not_rise_are_refused(store, km):
    with pytest.raises(UserError, match="give kilometres in rising order"):
        estimate(store, estimator="rings", options=(("rings_km", km),))


def test_rows_and_cities_of_each_ring(rings, frame):
    rows = untouched(frame, 2018, 300)
    table = rings.parts["rings"].set_index("ring")
    for name, inside in zip(terms(rings).index, ring_columns(rows), strict=True):
        members = rows[inside.astype(bool)]
        assert table.loc[name, "n_rows"] == len(members) > 0, name
        assert table.loc[name, "n_units"] == members["city_code"].nunique(), name
    assert list(table.index)[-1] == "ring:300-"
    # Each row is treated, in one ring or beyond.
    assert table["n_rows"].sum() == rings.model["nobs"]


def test_an_empty_ring_is_named(store):
    with pytest.raises(UserError, match="ring:0-1 has no observation; choose wider rings"):
        estimate(store, estimator="rings", options=(("rings_km", "1 300"),))


def test_rings_with_controls_and_trends_keep_their_years(store, frame):
    result = estimate(
        store, estimator="rings", controls="city", effects="unit_trends", options=RINGS
    )
    rows = untouched(frame, 2018, 300, "city")
    trends = dummies(rows["city_code"]) * (rows["year"].to_numpy() - 2015)[:, None]
    controls = [rows[name] for name in CONTROLS["city"].variables]
    beta, _ = explicit(rows, [*ring_columns(rows), *controls], [trends])
    np.testing.assert_allclose(terms(result)["estimate"], beta[:7], rtol=1e-7)


@pytest.mark.parametrize(("near_km", "last"), [(100, 2020), (200, 2019)])
def test_the_effect_net_of_exposure_by_hand(store, frame, near_km, last):
    result = estimate(store, estimator="exposure_net", options=(("near_km", near_km),))
    found = terms(result)
    rows = untouched(frame, last, near_km)
    d = rows["zone_city"].to_numpy()
    near = (rows["distance_to_other_zone_km"] <= near_km).to_numpy(dtype=float)
    beta, covariance = explicit(rows, [d, d * near, (1 - d) * near])
    names = ["direct:zone_city", "near:treated", "near:untreated"]
    np.testing.assert_allclose(found.loc[names, "estimate"], beta, rtol=RTOL)
    errors = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found.loc[names, "std_error"], errors, rtol=RTOL)
    share = found.loc["near:share_of_treated", "estimate"]
    assert share == pytest.approx(near[d == 1].mean(), rel=RTOL)
    total = found.loc["total:zone_city"]
    assert total["estimate"] == pytest.approx(beta[0] + share * beta[1], rel=RTOL)
    variance = covariance[0, 0] + 2 * share * covariance[0, 1] + share**2 * covariance[1, 1]
    assert total["std_error"] == pytest.approx(np.sqrt(variance), rel=RTOL)
    plain, _ = explicit(rows, [d])
    assert found.loc["zone_city", "estimate"] == pytest.approx(plain[0], rel=RTOL)
    assert result.model["last_year"] == last
    said = {reason.code: reason.facts for reason in decode(result.model["reference"])}
    assert said.get("years_without_reference", {}).get("years") == (
        (2020,) if last == 2019 else None
    )
    assert result.model["nobs"] + result.model["n_dropped"] == 2617


@pytest.mark.parametrize(
    ("estimator", "options"),
    [("exposure_net", (("near_km", 2500),)), ("rings", (("rings_km", "50 2500"),))],
)
def test_without_a_reference_there_is_no_number(store, estimator, options):
    result = estimate(store, estimator=estimator, options=options)
    assert result.model["identified"] == "no"
    (reason,) = decode(result.model["reason"])
    assert (reason.code, reason.facts["km"]) == ("no_year_with_reference", 2500)
    assert result.terms.empty


def test_rings_need_a_panel_with_distances(store):
    with pytest.raises(UserError, match="the province panel has no column 'distance_to_zone_km"):
        engine.estimate(
            Specification(outcome="nqp", treatment="zone_first", estimator="rings", options=RINGS),
            store,
        )


# Spatial likelihood.


def spatial_column(sample, weights, controls):
    fields = {"sample": sample, "weights": weights, "controls": controls}
    return column(**fields, estimator="sdm", inference="information")


@pytest.fixture(scope="module")
def placed(store):
    """Rows by year and city, and the matrix, of each spatial column."""
    found = {}
    for key in (*MATRICES, BEYOND):
        data, weights = matrix.placed(engine.design(spatial_column(*key), store), store)
        found[key] = data.frame.sort_values(["year", "city_code"]), weights
    return found


def test_a_rho_beyond_its_range_gives_no_number(store):
    found = engine.estimate(spatial_column(*BEYOND), store)
    assert found.model["identified"] == "no"
    (reason,) = decode(found.model["reason"])
    assert reason.code == "inadmissible_rho"
    assert reason.facts["rho"] == pytest.approx(0.941, abs=0.001)
    assert found.terms.empty


@pytest.mark.parametrize("key", MATRICES)
@pytest.mark.filterwarnings("ignore:::spreg")
def test_spreg_gives_the_same_durbin_model(store, placed, key):
    """One-way panel class with a dummy per year: the effects leave after the lag is taken."""
    import spreg
    from libpysal.weights import WSP
    from scipy import sparse

    rows, weights = placed[key]
    codes = sorted(rows["city_code"].unique())
    w = weights.align(codes)
    names = ["zone_city", *CONTROLS[key[2]].variables]
    x = rows[names].to_numpy(dtype=float)
    lag = sparse.kron(sparse.eye(10), w).tocsr() @ x
    years = np.repeat(np.eye(10), len(codes), axis=0)[:, 1:]
    theirs = spreg.Panel_FE_Lag(
        rows[["nqp_city"]].to_numpy(),
        np.hstack([x, lag, years]),
        WSP(sparse.csr_matrix(w)).to_W(silence_warnings=True),
    )
    kept = [*range(2 * len(names)), -1]
    found = terms(engine.estimate(spatial_column(*key), store))
    found = found.loc[[*names, *(f"W:{name}" for name in names), "rho"]]
    np.testing.assert_allclose(
        found["estimate"], theirs.betas.ravel()[kept], rtol=SEARCH, atol=SEARCH
    )
    np.testing.assert_allclose(found["std_error"], np.sqrt(np.diag(theirs.vm))[kept], rtol=1e-5)


def test_the_likelihood_by_brute_force(store, placed):
    from scipy.optimize import minimize_scalar

    rows, weights = placed["balanced", "nearest_6", "none"]
    codes = sorted(rows["city_code"].unique())
    n, w = len(codes), weights.align(codes)

    def within(values):
        table = values.reshape(10, n)
        return (table - table.mean(axis=0) - table.mean(axis=1)[:, None] + table.mean()).ravel()

    y, d = (rows[name].to_numpy(dtype=float) for name in ("nqp_city", "zone_city"))
    wy, wd = ((v.reshape(10, n) @ w.T).ravel() for v in (y, d))
    y, wy, x = within(y), within(wy), np.column_stack([within(d), within(wd)])

    def slopes(rho):
        return np.linalg.lstsq(x, y - rho * wy, rcond=None)[0]

    def minus_loglik(rho):
        u = y - rho * wy - x @ slopes(rho)
        logdet = np.linalg.slogdet(np.eye(n) - rho * w)[1]
        return 5 * n * np.log(u @ u / (10 * n)) - 10 * logdet

    best = minimize_scalar(minus_loglik, bounds=(0, 0.99), options={"xatol": 1e-10})
    found = terms(engine.estimate(spatial_column("balanced", "nearest_6", "none"), store))
    assert found.loc["rho", "estimate"] == pytest.approx(best.x, abs=SEARCH)
    own = found.loc[["zone_city", "W:zone_city"], "estimate"]
    np.testing.assert_allclose(own, slopes(best.x), atol=SEARCH)
    rho = found.loc["rho", "estimate"]
    s = np.linalg.inv(np.eye(n) - rho * w) @ (own.iloc[0] * np.eye(n) + own.iloc[1] * w)
    assert found.loc["direct:zone_city", "estimate"] == pytest.approx(np.trace(s) / n, rel=RTOL)
    assert found.loc["total:zone_city", "estimate"] == pytest.approx(s.sum() / n, rel=RTOL)


def test_a_matrix_is_made_among_the_cities_that_are_left(placed, store):
    codes, km = store.distances("city")
    table = pd.DataFrame(km, index=codes, columns=codes)
    rows, weights = placed["balanced", "nearest_6", "city"]
    assert weights.labels == tuple(sorted(rows["city_code"].unique()))
    assert len(weights.labels) == 169
    np.testing.assert_allclose(weights.matrix.sum(axis=1), 1.0, rtol=1e-12)
    away = table.loc[list(weights.labels), list(weights.labels)]
    for i, code in enumerate(weights.labels):
        nearest = set(away.loc[code].drop(code).nsmallest(6).index)
        assert {weights.labels[j] for j in np.flatnonzero(weights.matrix[i])} == nearest
    assert set(weights.matrix[weights.matrix > 0]) == {1 / 6}


@pytest.mark.parametrize("name", ["nearest_6", "inverse_distance"])
def test_without_controls_the_matrix_is_the_one_of_the_panel(placed, store, name):
    _, weights = placed["balanced", name, "none"]
    stored = store.weights(name, "city")
    assert weights.labels == stored.labels
    np.testing.assert_allclose(weights.matrix, stored.matrix, rtol=1e-10)


def test_contiguity_drops_and_counts_the_cities_left_without_a_neighbour(placed, store):
    rows, weights = placed["balanced_linked", "contiguity", "city"]
    data = engine.design(spatial_column("balanced_linked", "contiguity", "city"), store)
    stored = store.weights("contiguity", "city")
    before = sorted(set(data.unit))
    at = [stored.labels.index(code) for code in before]
    degree = (stored.matrix[np.ix_(at, at)] > 0).sum(axis=1)
    kept = [code for code, links in zip(before, degree, strict=True) if links]
    assert len(kept) < len(before)
    assert weights.labels == tuple(kept)
    assert set(rows["city_code"]) == set(kept)
    np.testing.assert_allclose(weights.matrix.sum(axis=1), 1.0, rtol=1e-12)
    result = engine.estimate(spatial_column("balanced_linked", "contiguity", "city"), store)
    assert result.model["n_units"] == len(kept)
    assert result.model["nobs"] == 10 * len(kept)
    assert result.model["n_dropped"] == 2250 - 10 * len(kept)


@pytest.mark.parametrize("estimator", ["sar", "slx", "sdm"])
def test_a_spatial_model_on_all_rows_is_refused_in_one_line(store, frame, estimator):
    with pytest.raises(UserError, match="weights 'nearest_6' has no unit ") as caught:
        estimate(store, weights="nearest_6", estimator=estimator)
    message = str(caught.value)
    assert "\n" not in message
    unbalanced = sorted(set(frame.loc[frame["balanced"] == 0, "city_code"]))
    assert unbalanced[0] in message
    assert f"and {len(unbalanced) - 5} more" in message


def test_a_balanced_city_that_lost_a_year_is_refused(store, frame):
    lost = (frame["city_code"] == "330200") & (frame["year"] == 2016)
    other = Other(store, frame[~lost].reset_index(drop=True))
    with pytest.raises(UserError, match="330200") as caught:
        engine.estimate(spatial_column("balanced", "nearest_6", "none"), other)
    assert "2016" in str(caught.value)
    assert "\n" not in str(caught.value)


# Families of tests.


def split(by, controls="none"):
    return column(
        controls=controls,
        estimator="heterogeneity",
        variant=by,
        options=(("by", by),),
    )


SPLITS = ("coastal", "region3", "size_class")
FAMILY = Family(kind="romano_wolf", draws=199, seed=7)


@pytest.fixture(scope="module")
def family(store):
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=(*(split(by) for by in SPLITS), split("coastal", "city")),
        family=FAMILY,
    )
    return families.adjusted("made", exhibit, store).set_index("column")


def difference_tests(store, by):
    """Return the wild test of each two groups, from columns made here."""
    what = regression(engine.design(split(by), store))
    rows = what.data.frame
    group = rows[by].map({0: "inland", 1: "coastal"}) if by == "coastal" else rows[by]
    levels = sorted(group.unique())
    d = rows["zone_city"].to_numpy()
    tests = []
    for base, tested in itertools.combinations(levels, 2):
        others = [level for level in levels if level != base]
        test = wild_cluster_bootstrap(
            what.data.y,
            np.column_stack([d, *(d * (group == level) for level in others)]),
            ("base", *others),
            tested,
            what.effects,
            rows["city_code"].to_numpy(dtype=str),
            draws=199,
            rng=np.random.default_rng(7),
            level=None,
        )
        tests.append(test)
    return tests


def test_romano_wolf_over_the_differences_by_hand(store, family):
    tests = [(by, test) for by in SPLITS for test in difference_tests(store, by)]
    assert len(tests) == 1 + 3 + 3
    order = sorted(range(7), key=lambda k: -abs(tests[k][1].t))
    p, running = {}, 0.0
    for place, k in enumerate(order):
        left = order[place:]
        largest = np.max([np.abs(tests[j][1].t_draws) for j in left], axis=0)
        reached = (largest >= abs(tests[k][1].t) * (1 - 1e-10)).sum()
        running = max(running, (1 + reached) / 200)
        p[k] = running
    ids = family.index[:3]
    for by, column_id in zip(SPLITS, ids, strict=True):
        assert by in column_id
        own = [k for k, (name, _) in enumerate(tests) if name == by]
        assert family.loc[column_id, "p_value"] == pytest.approx(min(p[k] for k in own))
        best = min(own, key=lambda k: p[k])
        assert family.loc[column_id, "statistic"] == pytest.approx(tests[best][1].t, rel=RTOL)
        # Never below the p of the same difference tested alone.
        assert family.loc[column_id, "p_value"] >= tests[best][1].p_value - 1e-12


def test_a_family_is_the_columns_with_the_same_controls(store, family):
    alone = family.loc[family.index[3]]
    assert "city" in alone.name
    (test,) = families._tests(split("coastal", "city"), store, FAMILY)
    assert alone["p_value"] == pytest.approx(test.p_value)


def test_the_test_of_one_difference_is_the_test_of_equality(store, family):
    (test,) = families._tests(split("coastal"), store, FAMILY)
    equality = terms(engine.estimate(split("coastal"), store)).loc["test:equality"]
    assert test.t**2 == pytest.approx(equality["statistic"], rel=RTOL)


def test_groups_of_cities_are_the_explicit_regression(store, frame):
    rows = usable(frame, "none", ["city_code"])
    d = rows["zone_city"]
    levels = sorted(rows["region3"].unique())
    beta, covariance = explicit(rows, [d * (rows["region3"] == level) for level in levels])
    found = terms(engine.estimate(split("region3"), store))
    names = [f"zone_city#{level}" for level in levels]
    np.testing.assert_allclose(found.loc[names, "estimate"], beta, rtol=RTOL)
    np.testing.assert_allclose(
        found.loc[names, "std_error"], np.sqrt(np.diag(covariance)), rtol=RTOL
    )


# Descriptions.


@pytest.fixture(scope="module")
def index_parts(store):
    return engine.run("city_index", store)


@pytest.mark.parametrize("effects", ["two_way", "period"])
def test_absence_is_the_regression_on_all_cells(index_parts, store, effects):
    from linearmodels.panel import PanelOLS

    rollout = store.panel("city").rollout
    every = rollout[rollout["year"] >= 2011].set_index(["city_code", "year"])
    x = every["zone_city"] if effects == "two_way" else (every["cohort"] > 0).astype(float)
    fit = PanelOLS(
        1.0 - every["present"],
        x.rename("zone_city").to_frame(),
        entity_effects=effects == "two_way",
        time_effects=True,
    ).fit(cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True)
    row = index_parts["absence"].set_index("effects").loc[effects]
    assert row["nobs"] == 2770
    assert row["df"] == 276
    assert row["share_absent"] == pytest.approx((2770 - 2617) / 2770)
    nested = 277 - 1 if effects == "two_way" else 0
    conversion = np.sqrt((2770 - fit.df_model) / (2770 - fit.df_model + nested))
    np.testing.assert_allclose(row["estimate"], fit.params["zone_city"], rtol=RTOL)
    np.testing.assert_allclose(
        row["std_error"], fit.std_errors["zone_city"] * conversion, rtol=RTOL
    )


def test_moments_and_weights_of_the_index(index_parts, frame, city_panel):
    summary = index_parts[""].set_index(["variant", "year", "statistic"])["value"]
    here = frame.loc[frame["year"] == 2015, "nqp_city"]
    assert summary["nqp_city", 2015, "nobs"] == len(here)
    assert summary["nqp_city", 2015, "mean"] == pytest.approx(here.mean(), rel=RTOL)
    assert summary["nqp_city", 2015, "sd"] == pytest.approx(here.std(ddof=1), rel=RTOL)
    digital = frame.loc[frame["year"] == 2020, "nqp_city_digital"]
    assert summary["nqp_city_digital", 2020, "nobs"] == digital.notna().sum() < len(digital)
    # The exhibit names the indices that it shows.
    weights = city_panel.index_weights
    weights = weights[weights["variant"] != "nqp_city_equal"].reset_index(drop=True)
    pd.testing.assert_frame_equal(index_parts["weights"], weights, rtol=1e-11, check_dtype=False)


def test_cohorts_and_untreated_cities_by_year(store):
    parts = engine.run("city_rollout", store)
    by_year = parts[""].set_index(["timing", "year"])
    half = by_year.loc["half_year"]
    assert half["first_treated"].tolist() == [0, 0, 0, 0, 1, 12, 0, 0, 22, 64]
    assert half["untreated"].tolist() == [277] * 4 + [276] + [264] * 3 + [242, 178]
    assert by_year.loc["next_year"]["first_treated"].tolist() == [0] * 5 + [1, 12, 0, 22, 22]
    cohorts = parts["cohorts"].set_index(["timing", "cohort"])
    assert cohorts.loc[("half_year", 2015), "units"] == "330100"
    assert cohorts.loc[("half_year", 0), "n_units"] == 178
    cells = parts["group_time"].query("timing == 'half_year'")
    assert set(cells["identified"]) == {"yes"}
    assert cells.set_index(["cohort", "year"]).loc[(2016, 2019), "n_controls"] == 178 + 64
    assert len(parts["places"]) == 337
    assert parts["places"]["first_year"].max() == 2023


def test_the_flow_of_both_panels_is_shown(store):
    flow = engine.run("sample_flow", store)[""]
    assert set(flow["panel"]) == {"province", "province_2024", "city", "city_sums"}
    last = flow.groupby("sample")["rows"].last()
    assert last[["main", "city", "balanced"]].tolist() == [300, 2617, 2290]


# Sums by province.


@pytest.mark.parametrize("outcome", ["nqp_city", "nqp_city_mean"])
@pytest.mark.parametrize("treatment", ["zone_first", "zone_share"])
def test_sums_by_province_by_linearmodels(store, outcome, treatment):
    from linearmodels.panel import PanelOLS

    data = store.panel("city_sums").frame.set_index(["province_code", "year"])
    fit = PanelOLS(data[outcome], data[[treatment]], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True
    )
    (spec,) = grid(outcome=outcome, treatment=treatment, sample="city_sums")
    result = engine.estimate(spec, store)
    found = terms(result).loc[treatment]
    np.testing.assert_allclose(found["estimate"], fit.params[treatment], rtol=RTOL)
    n, counted = 260, fit.df_model
    conversion = np.sqrt((n - counted) / (n - (counted - 26 + 1)))
    np.testing.assert_allclose(
        found["std_error"], fit.std_errors[treatment] * conversion, rtol=RTOL
    )
    assert (result.model["nobs"], result.model["n_clusters"]) == (260, 26)
    assert result.model["n_dropped"] == 0


def test_a_missing_cell_of_the_sums_is_refused(store):
    spec = Specification(
        outcome="nqp_city",
        treatment="zone_share",
        sample="city_sums",
        options=(("transform", "lag"),),
    )
    with pytest.raises(UserError, match="'zone_share' is missing for 110000 2011"):
        engine.estimate(spec, store)
