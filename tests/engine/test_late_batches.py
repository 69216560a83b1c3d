"""Batches 6 and 7 on the index to 2024, by a second program: statsmodels with dummies.

Coefficients of both are exact solutions of one least-squares problem of at most 72 columns and
agree at 1e-8. Errors by clusters differ by the count of parameters alone, which is converted.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pilotzone import engine, exhibits
from pilotzone.engine.design import design
from pilotzone.errors import NotIdentified
from pilotzone.panels.rollout import zones_in_force

RTOL = 1e-8
EXHIBIT = exhibits.load("late_batches")


def column(outcome, treatment, sample, **fields):
    """The one column of the exhibit that has these fields, by errors clustered by unit."""
    wanted = {"effects": "two_way", "controls": "none", "variant": "", "estimator": "twfe"} | fields
    found = [
        spec
        for spec in EXHIBIT.columns
        if (spec.outcome, spec.treatment, spec.rows.id) == (outcome, treatment, sample)
        and all(getattr(spec, name) == value for name, value in wanted.items())
        and spec.inference.name == ("permutation" if treatment == "zone_first" else "crv1")
    ]
    assert len(found) == 1, (outcome, treatment, sample, wanted)
    return found[0]


def ours(spec, panels):
    result = engine.estimate(spec, panels)
    return result.terms.set_index("term"), result.model


def sample(panels, first=2013, last=2024, years=None, municipalities=True):
    frame = panels.panel("province_2024").frame
    frame = frame[frame["year"].between(first, last)]
    if years:
        frame = frame[frame["year"].isin(years)]
    return frame if municipalities else frame[frame["municipality"] == 0]


def with_dummies(frame, outcome, treatment, controls=(), trends=False):
    """Coefficient and error of the treatment; nested effects counted once, as the project does."""
    units = pd.get_dummies(frame["province_code"], dtype=float)
    years = pd.get_dummies(frame["year"], drop_first=True, dtype=float)
    x = pd.concat([frame[[treatment, *controls]].astype(float), units, years], axis=1)
    if trends:
        trend = units.mul(frame["year"] - frame["year"].mean(), axis=0).add_prefix("trend")
        # One trend is what the year effects hold already.
        x = pd.concat([x, trend.iloc[:, 1:]], axis=1)
    x.columns = x.columns.astype(str)
    groups = frame["province_code"].astype("category").cat.codes
    cluster = {"groups": groups, "use_correction": True}
    fit = sm.OLS(frame[outcome], x).fit(cov_type="cluster", cov_kwds=cluster)
    n, k = x.shape
    nested = units.shape[1] - 1
    convert = np.sqrt((n - k) / (n - (k - nested)))
    error = np.sqrt(fit.cov_params().at[treatment, treatment])
    return fit.params[treatment], error * convert


@pytest.mark.parametrize("treatment", ["zone_share", "zone_count"])
@pytest.mark.parametrize("outcome", ["nqp_2024", "nqp_2024_no_ecommerce"])
@pytest.mark.parametrize("name", ["province_2024", "2020_to_2024"])
@pytest.mark.parametrize("effects", ["two_way", "unit_trends"])
def test_doses_by_statsmodels(panels, outcome, treatment, name, effects):
    spec = column(outcome, treatment, name, effects=effects)
    terms, model = ours(spec, panels)
    frame = sample(panels, first=2013 if name == "province_2024" else 2020)
    trends = effects == "unit_trends"
    estimate, error = with_dummies(frame, outcome, treatment, trends=trends)
    assert terms.at[treatment, "estimate"] == pytest.approx(estimate, rel=RTOL)
    assert terms.at[treatment, "std_error"] == pytest.approx(error, rel=RTOL)
    assert (model["nobs"], model["n_units"]) == (len(frame), 30)


def test_with_controls_and_without_municipalities(panels):
    spec = column("nqp_2024", "zone_share", "2020_to_2024", controls="baseline_2024")
    terms, _ = ours(spec, panels)
    for municipalities, term in ((True, "zone_share"), (False, "no_municipalities:zone_share")):
        frame = sample(panels, 2020, municipalities=municipalities)
        found = with_dummies(frame, "nqp_2024", "zone_share", spec.control_variables)
        assert terms.loc[term, ["estimate", "std_error"]].tolist() == pytest.approx(found, rel=RTOL)


def change(frame, name, first, last):
    table = frame.pivot(index="province_code", columns="year", values=name)
    return (table[last] - table[first]).to_numpy()


@pytest.mark.parametrize("treatment", ["zone_share", "zone_count"])
def test_two_years_are_a_long_difference(panels, treatment):
    terms, model = ours(column("nqp_2024", treatment, "2021_and_2024"), panels)
    frame = sample(panels)
    y, d = (change(frame, name, 2021, 2024) for name in ("nqp_2024", treatment))
    slope = np.polyfit(d, y, 1)[0]
    assert terms.at[treatment, "estimate"] == pytest.approx(slope, rel=RTOL)
    assert (model["nobs"], model["n_periods"]) == (60, 2)


def test_the_change_before_on_the_change_after(panels):
    spec = column("nqp_2024", "zone_share", "2018_and_2021", variant="later_change")
    terms, _ = ours(spec, panels)
    frame = sample(panels)
    y, own, later = (
        change(frame, "nqp_2024", 2018, 2021),
        change(frame, "zone_share", 2018, 2021),
        change(frame, "zone_share", 2021, 2024),
    )
    slopes = np.linalg.lstsq(np.column_stack([own, later, np.ones(30)]), y, rcond=None)[0]
    assert terms.at["zone_share", "estimate"] == pytest.approx(slopes[0], rel=RTOL)
    assert terms.at["lead:zone_share", "estimate"] == pytest.approx(slopes[1], rel=RTOL)


def test_first_differences(panels):
    given = {"effects": "period", "variant": "first_difference"}
    spec = column("nqp_2024", "zone_share", "2020_to_2024", **given)
    terms, model = ours(spec, panels)
    frame = sample(panels, 2020).sort_values(["province_code", "year"])
    changes = frame.groupby("province_code")[["nqp_2024", "zone_share"]].diff()
    changes = changes.assign(year=frame["year"]).dropna()
    demeaned = changes.groupby("year").transform(lambda x: x - x.mean())
    slope = (demeaned["nqp_2024"] @ demeaned["zone_share"]) / (demeaned["zone_share"] ** 2).sum()
    assert terms.at["zone_share", "estimate"] == pytest.approx(slope, rel=RTOL)
    assert model["nobs"] == 30 * 4


def test_batches_6_and_7_alone_move_the_doses_after_2020(panels, figures):
    frame = sample(panels, 2020)
    zones = zones_in_force(figures.pilot_zones)
    late = zones[zones["batch"] >= 6]
    moved = change(frame, "zone_count", 2020, 2024)
    codes = sorted(frame["province_code"].unique())
    counted = late.groupby("province_code").size().reindex(codes, fill_value=0)
    np.testing.assert_array_equal(moved, counted)
    assert (frame["zone_first"] == 1).all()
    assert change(frame, "zone_count", 2020, 2021).sum() == 0
    # Batch 6 is of January 2022, batch 7 of November: it counts from the next year.
    by_batch = late[late["province_code"].isin(codes)].groupby("batch").size()
    assert change(frame, "zone_count", 2021, 2022).sum() == by_batch[6]
    assert change(frame, "zone_count", 2022, 2023).sum() == by_batch[7]


def test_bins_of_the_dose_have_no_untreated_reference_after_2020(panels):
    spec = column("nqp_2024", "zone_share", "2020_to_2024", estimator="dose_bins")
    with pytest.raises(NotIdentified) as caught:
        engine.estimator_of(spec)(design(spec, panels), panels)
    assert caught.value.reason.code == "dose_without_zero"


def test_no_group_time_effect_rests_on_a_year_without_untreated_provinces(panels):
    given = {"estimator": "callaway_santanna", "variant": "without_single"}
    spec = column("nqp_2024", "zone_first", "province_2024", **given)
    cells = engine.estimate(spec, panels).parts["cells"]
    assert cells.loc[cells["identified"] == "yes", "year"].max() == 2019
