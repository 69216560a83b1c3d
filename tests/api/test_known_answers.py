"""Known answers on public panels, through the public functions.

PRINTED: the numbers were written down with six digits.
"""

import pytest

import pilotzone as pz

PRINTED = 5e-7
STATE = {"unit": "sid", "period": "year", "cluster": "sid"}
CITY = {"unit": "city", "period": "year", "first_treated": "first"}
OUTPUT = "np.log(GSP) ~ np.log(P_CAP) + np.log(PC) + np.log(EMP) + UNEMP"


def test_castle_doctrine(castle, of):
    fit = pz.twfe(castle, "l_homicide ~ post", **STATE)
    assert of(fit) == pytest.approx((0.069398, 0.055860), abs=PRINTED)
    assert (fit.nobs, fit.n_dropped) == (550, 0)


def test_castle_doctrine_weighted_by_population(castle, of):
    fit = pz.twfe(castle, "l_homicide ~ post", weights="popwt", **STATE)
    assert of(fit) == pytest.approx((0.0755, 0.0332), abs=5e-5)


def test_organ_donations(organs, of):
    """Huntington-Klein (2022, The Effect, chapter 18) prints -0.022 (0.006)."""
    fit = pz.twfe(organs, "Rate ~ treated", unit="State", period="Quarter_Num")
    assert of(fit) == pytest.approx((-0.022, 0.006), abs=5e-4)
    # One state is treated: the error holds nothing, and that is said.
    assert fit.notes == ("treated: units behind it: 1, fewer than 10",)


def test_enterprise_zones(ezunem, of):
    fit = pz.att_gt(ezunem, outcome="luclms", control_group="not_yet", **CITY)
    assert of(fit.aggregate("simple")) == pytest.approx((-0.194877, 0.090802), abs=PRINTED)


def test_the_lagrange_multiplier_of_public_capital(munnell):
    """splm and spdep print 163.695; spreg's panel form drops a T."""
    data, weights = munnell
    where = {"unit": "at", "period": "YR", "spatial_weights": weights}
    tests = pz.lm_tests(data, OUTPUT, effects="unit", lee_yu=False, **where).tidy()
    found = tests.set_index("term")["statistic"]
    assert found["test:lm_lag"] == pytest.approx(163.695, abs=5e-4)


def test_investment_of_firms(grunfeld, of):
    """Within estimates of the ten large firms: Baltagi (2008), table 2.1, 0.110 and 0.310."""
    large = grunfeld[grunfeld["firm"] != "American Steel"]
    fit = pz.twfe(large, "invest ~ value + capital", unit="firm", period="year", effects="unit")
    assert of(fit, "value")[0] == pytest.approx(0.110, abs=5e-4)
    assert of(fit, "capital")[0] == pytest.approx(0.310, abs=5e-4)


def test_the_effect_of_the_made_up_panel_is_found(df, cohorts, of):
    """The truth is 1; three errors is what one of many estimators may miss by.

    A difference of two periods of 20 treated and 30 other units has an error of √(2/20 + 2/30) =
    0.4 by noise of variance one; averages over periods have less.
    """
    for name in ("att_gt", "sun_abraham", "imputation", "two_stage", "extended_twfe"):
        value, error = of(getattr(pz, name)(df, outcome="y", **cohorts).aggregate("simple"))
        assert abs(value - 1) < 3 * error
        assert 0 < error < 0.4
