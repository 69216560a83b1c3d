"""Errors of staggered estimators clustered above the unit: known answers and what must not change.

SAME: two ways of summing the same numbers. TWICE: doubling each unit within its cluster leaves the
sums by cluster as they are.
"""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.mediation import mediation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import stacked
from pilotzone.methods.did.twfe import twfe

SAME = TWICE = 1e-10
UNITS, PERIODS, CLUSTERS = 48, np.arange(2011, 2019), 12
ESTIMATORS = (callaway_santanna, imputation, gardner, sun_abraham, extended_twfe)


@pytest.fixture(scope="module")
def panel():
    """Units in clusters that are treated together, with a shock that the cluster shares."""
    rng = np.random.default_rng(4)
    home = np.arange(UNITS) % CLUSTERS
    first = np.array([2014, 2014, 2014, 2016, 2016, 2016, 0, 0, 0, 0, 0, 0])[home]
    shocks = rng.normal(size=(CLUSTERS, len(PERIODS)))[home]
    y = shocks + 0.5 * rng.normal(size=(UNITS, len(PERIODS))) + rng.normal(size=(UNITS, 1))
    treated = (first[:, None] > 0) & (first[:, None] <= PERIODS)
    return {
        "y": (y + treated).ravel(),
        "unit": np.repeat(np.arange(UNITS), len(PERIODS)),
        "period": np.tile(PERIODS, UNITS),
        "cohort": np.repeat(first, len(PERIODS)),
        "home": home,
        "d": treated.ravel().astype(float),
    }


def arrays(panel):
    return panel["y"], panel["unit"], panel["period"], panel["cohort"]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_clusters_of_one_unit_change_nothing(panel, estimator):
    alone = estimator(*arrays(panel))
    same = alone.clustered(alone.units)
    for kind in ("simple", "dynamic"):
        one, other = alone.aggregate(kind), same.aggregate(kind)
        np.testing.assert_array_equal(other.estimates, one.estimates)
        np.testing.assert_allclose(other.std_errors, one.std_errors, rtol=SAME)
        assert other.df == one.df
    np.testing.assert_allclose(same.covariance, alone.covariance, rtol=SAME, atol=SAME)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_variance_is_the_sum_of_squared_sums_by_cluster(panel, estimator):
    alone = estimator(*arrays(panel))
    clustered = alone.clustered(panel["home"][alone.units])
    phi = alone.aggregate("simple").influence[:, 0]
    sums = np.bincount(panel["home"][alone.units], phi)
    factor = 1.0
    if alone.df is not None:
        factor = (CLUSTERS / (CLUSTERS - 1)) / (UNITS / (UNITS - 1))
        assert clustered.df == CLUSTERS - 1
    found = clustered.aggregate("simple")
    assert found.std_errors[0] == pytest.approx(np.sqrt(factor * sums @ sums), rel=SAME)
    assert found.estimates[0] == alone.aggregate("simple").estimates[0]
    assert found.std_errors[0] > alone.aggregate("simple").std_errors[0]


def test_two_groups_and_the_extended_regression_give_the_clustered_error_of_the_two_way_one(panel):
    rows = np.isin(panel["cohort"], (0, 2014)) & np.isin(panel["period"], (2013, 2014))
    y, unit, period, cohort = (values[rows] for values in arrays(panel))
    made = extended_twfe(y, unit, period, cohort)
    found = made.clustered(panel["home"][made.units]).aggregate("simple")
    fit = twfe(y, panel["d"][rows], ["d"], None, (), unit, period, cluster=panel["home"][unit])
    assert found.estimates[0] == pytest.approx(fit.coefficients[0], rel=SAME)
    assert found.std_errors[0] == pytest.approx(fit.std_errors[0], rel=SAME)
    assert found.df == fit.df


def test_a_copy_of_every_unit_in_its_cluster_is_no_information(panel):
    once = callaway_santanna(*arrays(panel))
    y, unit, period, cohort = arrays(panel)
    twice = callaway_santanna(
        np.tile(y, 2), np.concatenate([unit, unit + UNITS]), np.tile(period, 2), np.tile(cohort, 2)
    )
    by_cluster = [
        made.clustered(panel["home"][made.units % UNITS]).aggregate("dynamic")
        for made in (once, twice)
    ]
    np.testing.assert_allclose(by_cluster[1].std_errors, by_cluster[0].std_errors, rtol=TWICE)
    by_unit = [made.aggregate("dynamic").std_errors for made in (once, twice)]
    assert np.all(by_unit[1] < 0.8 * by_unit[0])


def test_a_cohort_in_one_cluster_has_no_error(panel):
    made = callaway_santanna(*arrays(panel))
    home = np.where(panel["cohort"][:: len(PERIODS)] == 2016, 99, panel["home"])[made.units]
    clustered = made.clustered(home)
    of_2016 = clustered.cohort == 2016
    assert np.isnan(clustered.std_errors[of_2016]).all()
    assert np.isfinite(clustered.std_errors[~of_2016]).all()
    reasons = zip(clustered.error_reasons, of_2016, strict=True)
    assert {str(reason) for reason, lost in reasons if lost} == {"one_treated_cluster"}
    assert np.isnan(clustered.aggregate("simple").std_errors[0])
    assert np.isfinite(clustered.aggregate("simple", without=(2016,)).std_errors[0])


def test_bands_are_of_the_clusters(panel):
    made = callaway_santanna(*arrays(panel))
    clustered = made.clustered(panel["home"][made.units])
    bands = clustered.aggregate("dynamic", draws=4000, rng=np.random.default_rng(1)).bands
    errors = clustered.aggregate("dynamic").std_errors[1:]
    # Standard deviation of 4,000 draws of twelve clusters' sums.
    np.testing.assert_allclose(bands.std_errors, errors, rtol=0.1)


def test_one_cluster_is_refused(panel):
    made = callaway_santanna(*arrays(panel))
    with pytest.raises(UserError, match="too few clusters"):
        made.clustered(np.zeros(UNITS))


def test_the_stacked_regression_clusters_where_it_is_told(panel):
    options = {"window": (-2, 1)}
    home = panel["home"][panel["unit"]]
    alone = stacked(*arrays(panel), **options)
    same = stacked(*arrays(panel), **options, cluster=panel["unit"])
    above = stacked(*arrays(panel), **options, cluster=home)
    assert same.overall.std_errors == pytest.approx(alone.overall.std_errors, rel=SAME)
    assert above.overall.coefficients == pytest.approx(alone.overall.coefficients, rel=SAME)
    assert above.overall.n_clusters == CLUSTERS
    assert above.overall.std_errors[0] > alone.overall.std_errors[0]


def test_mediation_draws_clusters_of_whole_units(panel):
    rng = np.random.default_rng(8)
    mediator = panel["d"] + rng.normal(size=len(panel["y"]))
    data = (panel["y"], mediator, panel["d"], None, panel["unit"], panel["period"])

    def run(**choices):
        return mediation(*data, draws=400, rng=np.random.default_rng(3), **choices)

    alone, same = run(), run(cluster=panel["unit"])
    above = run(cluster=panel["home"][panel["unit"]])
    np.testing.assert_allclose(same.draws, alone.draws, rtol=1e-8)
    assert above.indirect == pytest.approx(alone.indirect, rel=SAME)
    assert above.total == pytest.approx(alone.direct + alone.indirect, rel=1e-8)
    assert not np.allclose(above.draws, alone.draws)
    with pytest.raises(UserError, match="a unit lies in two clusters"):
        run(cluster=np.arange(len(panel["y"])))
