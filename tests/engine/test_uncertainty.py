"""Ranks and bootstrap of `index_uncertainty`: against the panel's own variants and regressions.

Panels store 12 digits: 1e-8 leaves room for sums of 300 of them.
"""

import numpy as np
import pytest

from pilotzone import engine, estimates, exhibits
from pilotzone.catalogue.indicators import NQP
from pilotzone.engine import uncertainty
from pilotzone.methods.index import weighting
from pilotzone.methods.index.resampling import resampled_scores
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.resampling import resampled_slopes, unit_draws
from pilotzone.panels.province_indices import VARIANTS
from pilotzone.panels.store import FolderStore

RTOL = 1e-8
EXHIBIT = exhibits.load("index_uncertainty")
WHAT = EXHIBIT.describe


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def parts(store):
    return engine.run("index_uncertainty", store)


@pytest.fixture(scope="module")
def sample(store):
    frame = store.panel("province").frame
    return frame[frame["year"].between(2013, 2022)].sort_values(["province_code", "year"])


def ranks_of(sample, variant, year):
    by_unit = sample.set_index("province_code")
    if year == "mean":
        score = sample.groupby("province_code")[variant].mean()
    else:
        score = by_unit.loc[by_unit["year"] == int(year), variant]
    return score.rank(ascending=False, method="min")


@pytest.mark.parametrize("year", ["2022", "mean"])
def test_ranks_of_the_variants_are_those_of_the_panel(parts, sample, year):
    table = parts[""].set_index(["base", "perturbation", "year", "province_code"]).sort_index()
    found = table.loc[("nqp", "variants", year)].sort_index()
    ranks = np.array([ranks_of(sample, v.id, year).sort_index() for v in VARIANTS])
    assert len(ranks) == 10
    np.testing.assert_array_equal(found["lowest"], ranks.min(axis=0))
    np.testing.assert_array_equal(found["median"], np.median(ranks, axis=0))
    np.testing.assert_array_equal(found["highest"], ranks.max(axis=0))
    np.testing.assert_array_equal(found["rank"], ranks_of(sample, "nqp", year).sort_index())
    assert set(found["n_indices"]) == {10}


def test_leaving_e_commerce_out_is_the_variant_without_it(parts):
    table = parts["agreement"].set_index(["base", "perturbation", "year", "member"])
    for year in ("2022", "mean"):
        one = table.loc[("nqp", "indicators", year, "ecommerce_intensity")]
        other = table.loc[("nqp", "variants", year, "nqp_no_ecommerce")]
        assert one["spearman"] == pytest.approx(other["spearman"], rel=1e-12)
        assert one["largest_move"] == other["largest_move"]


def test_there_are_as_many_indices_as_things_to_leave_out(parts):
    members = parts["agreement"].groupby(["base", "perturbation"])["member"].nunique()
    assert members.to_dict() == {
        ("nqp", "variants"): 10,
        ("nqp", "indicators"): 15,
        ("nqp", "provinces"): 30,
        ("nqp_no_ecommerce", "indicators"): 14,
        ("nqp_no_ecommerce", "provinces"): 30,
    }
    counts = parts[""].groupby(["base", "perturbation"])["n_indices"].unique().to_dict()
    assert counts["nqp", "provinces"].tolist() == [29]
    assert counts["nqp", "indicators"].tolist() == [15]
    compared = parts["agreement"].groupby("perturbation")["n_provinces"].unique()
    assert compared["provinces"].tolist() == [29]
    assert compared["variants"].tolist() == [30]


def test_spearman_is_that_of_pandas(parts, sample):
    table = parts["agreement"].set_index(["base", "perturbation", "year", "member"])
    for variant in ("nqp_pca", "nqp_topsis"):
        last = sample[sample["year"] == 2022]
        expected = last["nqp"].corr(last[variant], method="spearman")
        found = table.loc[("nqp", "variants", "2022", variant), "spearman"]
        assert found == pytest.approx(expected, rel=1e-12)
    own = table.loc[("nqp", "variants", "2022", "nqp")]
    assert (own["spearman"], own["largest_move"]) == (pytest.approx(1.0), 0)


def test_a_range_holds_its_median_and_ranks_lie_among_the_provinces(parts):
    table = parts[""]
    assert (table["lowest"] <= table["median"]).all()
    assert (table["median"] <= table["highest"]).all()
    assert table["lowest"].min() == 1
    assert table["highest"].max() == 30


def test_estimates_and_errors_are_those_of_the_baseline(parts, store):
    baseline = engine.run("did_baseline", store)[""].set_index(["column", "term"])
    table = parts["bootstrap"]
    assert len(table) == 24
    for row in table.to_dict("records"):
        column = ":".join(row[key] for key in ("outcome", "treatment", "controls"))
        expected = baseline.loc[(column, row["treatment"])]
        assert row["estimate"] == pytest.approx(expected["estimate"], rel=1e-12)
        assert row["std_error"] == pytest.approx(expected["std_error"], rel=1e-12)
        assert row["ratio"] == pytest.approx(row["sd"] / row["std_error"], rel=1e-12)
        assert row["draws"] + row["n_degenerate"] == 999


@pytest.fixture
def cube(sample):
    frame = sample.sort_values(["province_code", "year"]).reset_index(drop=True)
    return uncertainty.Cube(frame, frame["province_code"].unique(), frame["year"].unique())


def test_draws_are_regressions_on_the_provinces_drawn(cube):
    """Two draws by hand: the index rebuilt on the drawn rows, then least squares on them."""
    counts = unit_draws(30, 2, np.random.default_rng(5))
    made = uncertainty._outcomes(cube, "nqp", NQP, counts)
    x = cube.values("zone_share")
    for draw in range(2):
        units = np.repeat(np.arange(30), counts[draw])
        values = cube.values(*NQP.ids)[units].reshape(-1, 15)
        year = np.tile(np.arange(10), 30)
        code = np.repeat(np.arange(30), 10)
        own = weighting.entropy(weighting.Cells(values, NQP.signs, NQP.ids, year)).score
        fixed = cube.values("nqp")[units].ravel()
        treatment = x[units].reshape(-1, 1)
        outcomes = {
            "fixed": fixed,
            "rebuilt": own,
            "rebuilt_to_scale": own * fixed.std() / own.std(),
        }
        for kind, y in outcomes.items():
            expected = fit(y, treatment, ["d"], FixedEffects((code, year)), code).coefficients
            found = resampled_slopes(made[kind], x, counts)[draw]
            np.testing.assert_allclose(found, expected, rtol=RTOL)


def test_with_each_province_once_the_rebuilt_index_is_the_one_of_the_panel(cube, sample):
    for base, system in uncertainty._systems(WHAT).items():
        once = np.ones((1, 30), dtype=int)
        found = resampled_scores(cube.values(*system.ids), system.signs, once)[0]
        np.testing.assert_allclose(found.ravel(), sample[base], rtol=RTOL)


def test_the_fixed_index_gives_the_clustered_error_where_no_province_dominates(parts):
    """The municipalities hold most of zone_share; with zone_first 30 clusters are enough.

    999 draws: Monte Carlo error of a standard deviation 2.2 %; the bootstrap of pairs is a few
    percent above the clustered error at 30 clusters.
    """
    table = parts["bootstrap"].set_index(["treatment", "index"])
    fixed = table.loc[("zone_first", "fixed"), "ratio"]
    assert len(fixed) == 4
    np.testing.assert_allclose(fixed, 1.03, atol=0.07)


def test_every_part_passes_its_schema(parts, tmp_path):
    assert len(estimates.write(tmp_path, "index_uncertainty", EXHIBIT, parts)) == 3
