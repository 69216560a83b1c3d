"""The columns of `two_way`: what the engine passes on and refuses, against the estimators alone.

EXACT: the same functions on the same rows; numbers pass through no file.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone import engine, estimates, exhibits
from pilotzone.catalogue import Inference, Specification
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.errors import UserError, decode
from pilotzone.methods.dynamics.causality import non_causality
from pilotzone.methods.dynamics.local_projection import (
    project,
    projection_rows,
    split_panel_jackknife,
)
from pilotzone.panels.store import FolderStore

EXACT = 1e-10
Y, X = "nqp_no_ecommerce", "cbec_proxy"
CONTROL_SET = "without_openness"


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def parts(store):
    return engine.run("two_way", store)


@pytest.fixture(scope="module")
def sample(store):
    frame = store.panel("province").frame
    return frame[frame["year"].between(2013, 2022)]


def terms(parts, column):
    table = parts[""]
    return table[table["column"] == column].set_index("term")


def column(outcome, treatment, controls, estimator, variant="none", effects="two_way"):
    return ":".join((outcome, treatment, controls, effects, estimator, variant))


@pytest.mark.parametrize(("outcome", "treatment"), [(Y, X), (X, Y)])
@pytest.mark.parametrize("controls", ["none", CONTROL_SET])
def test_projections_are_those_of_the_estimator_on_the_sample(
    parts, sample, outcome, treatment, controls
):
    names = CONTROLS[controls].variables
    plain = terms(parts, column(outcome, treatment, controls, "local_projection"))
    corrected = terms(parts, column(outcome, treatment, controls, "local_projection_jackknife"))
    across = terms(
        parts,
        column(outcome, treatment, controls, "local_projection", "driscoll_kraay_by_horizon"),
    )
    for horizon in range(5):
        rows = projection_rows(
            sample[outcome],
            sample[treatment],
            sample["province_code"],
            sample["year"],
            horizon=horizon,
            lags=1,
            controls=sample[list(names)] if names else None,
            control_names=names,
        )
        for table, found in ((plain, project(rows)), (corrected, split_panel_jackknife(rows))):
            row = table.loc[f"horizon:{horizon}"]
            assert row["estimate"] == pytest.approx(found.coefficients[0], rel=EXACT)
            assert row["std_error"] == pytest.approx(found.std_errors[0], rel=EXACT)
            assert row["df"] == "29"
        same = across.loc[f"horizon:{horizon}"]
        assert same["estimate"] == plain.loc[f"horizon:{horizon}", "estimate"]
        assert same["df"] == str(8 - horizon)


def test_rows_and_simulations_stand_beside_every_projection(parts):
    models = parts["models"].set_index("column")
    projections = models[models["estimator"].str.startswith("local_projection")]
    assert len(projections) == 12
    assert set(projections["nobs"] + projections["n_dropped"]) == {300}
    horizons = parts["horizons"]
    assert set(horizons["column"]) == set(parts["small_sample"]["column"]) == set(projections.index)
    one = horizons[horizons["column"] == projections.index[0]]
    assert one["nobs"].tolist() == [270, 240, 210, 180, 150]
    assert one["first_year"].tolist() == [2014] * 5
    assert one["last_year"].tolist() == [2022, 2021, 2020, 2019, 2018]
    assert one["bandwidth"].tolist() == [2, 2, 2, 3, 4]


def test_columns_of_one_pair_share_the_simulation_of_their_kind(parts):
    table = parts["small_sample"].set_index(["column", "horizon"])
    for estimator in ("local_projection", "local_projection_jackknife"):
        two = [table.loc[column(Y, X, c, estimator)] for c in ("none", CONTROL_SET)]
        assert two[0].drop(columns="exhibit").equals(two[1].drop(columns="exhibit"))
    plain = table.loc[column(Y, X, "none", "local_projection")]
    corrected = table.loc[column(Y, X, "none", "local_projection_jackknife")]
    np.testing.assert_array_equal(plain["truth"], corrected["truth"])
    # The response of the truth at horizon 0 is the slope found in the panel.
    found = terms(parts, column(Y, X, "none", "local_projection"))
    assert plain["truth"].iloc[0] == pytest.approx(found.loc["horizon:0", "estimate"], rel=1e-8)


@pytest.mark.parametrize(("outcome", "treatment"), [(Y, X), (X, Y)])
def test_non_causality_is_tested_with_and_without_the_means_of_years(
    parts, sample, outcome, treatment
):
    where = sample["province_code"], sample["year"]
    raw = non_causality(sample[outcome], sample[treatment], *where, lags=1)
    by_year = sample.groupby("year")
    free = [sample[v] - by_year[v].transform("mean") for v in (outcome, treatment)]
    demeaned = non_causality(*free, *where, lags=1)
    for effects, test in (("unit", raw), ("two_way", demeaned)):
        table = terms(
            parts, column(outcome, treatment, "none", "non_causality", "one_lag", effects)
        )
        assert table.loc["w_bar", "estimate"] == pytest.approx(test.w_bar, rel=1e-8)
        z = table.loc["test:z_bar_tilde"]
        assert z["statistic"] == pytest.approx(test.z_bar_tilde, rel=1e-7)
        assert z["p_value"] == pytest.approx(test.p_value, rel=1e-6)
        share = table.loc["test:bootstrap"]
        assert share["draws"] == 999
        assert share["p_value"] * 1000 == pytest.approx(round(share["p_value"] * 1000), abs=1e-9)


def test_two_lags_are_not_carried_by_ten_years(parts):
    models = parts["models"]
    lost = models[models["identified"] == "no"]
    assert len(lost) == 4
    assert lost["column"].str.endswith("two_lags").all()
    for cell in lost["reason"]:
        (reason,) = decode(cell)
        assert reason.code == "no_moments"
        assert (reason.facts["periods"], reason.facts["lags"]) == (10, 2)
    assert not set(lost["column"]) & set(parts[""]["column"])


def test_each_equation_names_its_exclusion_restrictions(parts):
    table = parts["instruments"]
    for outcome, treatment, variant, names in (
        (Y, X, "own_controls", {"finance", "ln_population_density"}),
        (X, Y, "own_controls", {"secondary_share", "fiscal_share"}),
        (
            Y,
            X,
            "own_controls_and_zones",
            {"finance", "ln_population_density", "zone_share"},
        ),
    ):
        rows = table[
            table["column"] == column(outcome, treatment, CONTROL_SET, "three_stage", variant)
        ]
        assert set(rows["instrument"]) == names
        assert set(rows["excluded_from"]) == {outcome}
        assert set(rows["first_stage_of"]) == {treatment}


@pytest.mark.parametrize(("outcome", "treatment"), [(Y, X), (X, Y)])
@pytest.mark.parametrize("variant", ["own_controls", "own_controls_and_zones"])
def test_a_weak_first_stage_has_no_error_but_the_anderson_rubin_set(
    parts, outcome, treatment, variant
):
    name = column(outcome, treatment, CONTROL_SET, "three_stage", variant)
    found = terms(parts, name)
    assert found.loc["test:first_stage", "statistic"] < 10
    row, test = found.loc[treatment], found.loc["test:anderson_rubin"]
    assert np.isnan(row["std_error"])
    for number in ("statistic", "distribution", "df", "p_value"):
        assert row[number] == test[number]
    *said, the_set = cautioned(parts, name)[treatment]
    assert [reason.code for reason in said] == ["weak_first_stage", "anderson_rubin"]
    known = found.loc["test:first_stage", "statistic"]
    assert said[0].facts["f"] == pytest.approx(known, rel=1e-5)
    # No interval: the whole line where zero is not rejected, else what lies beyond two ends.
    assert np.isnan([row["ci_low"], row["ci_high"]]).all()
    if outcome == X:
        assert [the_set.code, test["p_value"] > 0.05] == ["set_is_the_line", True]
        return
    ((first, below), (above, last)) = the_set.facts["pieces"]
    assert (the_set.code, first, last, test["p_value"] < 0.05) == ("set_of_pieces", None, None, 1)
    assert below < 0 < above


def cautioned(parts, name):
    table = parts["cautions"]
    rows = table[table["column"] == name]
    return {row.term: decode(row.reason) for row in rows.itertuples()}


def test_a_strong_first_stage_has_an_error_and_no_caution(store):
    """Indicators of the index as its instruments: a first stage that is strong, no argument."""
    indicators = "invention_patents_per_10k technology_turnover_intensity"
    one = spec(
        outcome="urbanisation",
        treatment="nqp",
        inference="crv1",
        estimator="three_stage",
        options=(("own", "finance"), ("excluded", indicators)),
    )
    result = engine.estimate(one, store)
    found = result.terms.set_index("term")
    assert found.loc["test:first_stage", "statistic"] > 10
    assert (found.loc["nqp", "distribution"], found.loc["nqp", "df"]) == ("t", "29")
    assert found.loc["nqp", "std_error"] > 0
    assert "cautions" not in result.parts


def test_lines_that_cover_too_seldom_or_reject_too_often_carry_a_caution(parts):
    covered = parts["small_sample"].set_index(["column", "horizon"])["coverage"]
    for (name, horizon), coverage in covered.items():
        codes = [one.code for one in cautioned(parts, name).get(f"horizon:{horizon}", ())]
        assert ("low_coverage" in codes) == (coverage < 0.90)
        assert ("few_periods" in codes) == ("driscoll_kraay" in name)
    name = column(Y, X, "none", "non_causality", "one_lag", "two_way")
    said = cautioned(parts, name)
    assert set(said) == {"test:z_bar", "test:z_bar_tilde"}
    sizes = [said[f"test:{z}"][0].facts["size"] for z in ("z_bar", "z_bar_tilde")]
    # The first is for many years alone.
    assert sizes[0] > sizes[1] > 8


def test_every_part_passes_its_schema(parts, tmp_path):
    written = estimates.write(tmp_path, "two_way", exhibits.load("two_way"), parts)
    assert len(written) == len(parts) == 7


def spec(**changes):
    base = Specification(
        outcome=Y,
        treatment=X,
        estimator="local_projection",
        inference=Inference(draws=5, seed=1),
        options=(("lags", 1), ("horizons", 1)),
    )
    return dataclasses.replace(base, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"effects": "unit"}, "with this estimator effects 'unit' is not known; known: two_way"),
        (
            {"inference": Inference("wild_webb", draws=5, seed=1)},
            "does not compute it: inference 'wild_webb' is not known; known: crv1, driscoll",
        ),
        ({"options": (("lags", 1),)}, "needs the option 'horizons'"),
        ({"estimator": "non_causality", "controls": "baseline"}, "takes no controls"),
        (
            {
                "estimator": "three_stage",
                "inference": "crv1",
                "options": (("own", "typo"), ("excluded", "finance")),
            },
            "the province panel has no column 'typo'",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(store, changes, message):
    with pytest.raises(UserError, match=message):
        engine.estimate(spec(**changes), store)


def test_a_horizon_without_years_is_not_identified(store):
    result = engine.estimate(spec(options=(("lags", 1), ("horizons", 8))), store)
    assert result.model["identified"] == "no"
    (reason,) = decode(result.model["reason"])
    assert reason.code == "horizon_too_long"
    assert [reason.facts[name] for name in ("horizon", "lags", "periods")] == [8, 1, 1]


def test_halves_of_one_year_identify_no_jackknife_and_leave_the_plain_projection(store):
    options = {"options": (("lags", 1), ("horizons", 6))}
    plain = engine.estimate(spec(**options), store)
    assert plain.model["identified"] == "yes"
    assert plain.parts["horizons"]["nobs"].tolist()[-1] == 90
    halved = {"estimator": "local_projection_jackknife"}
    halved["inference"] = Inference("split_panel", draws=5, seed=1)
    lost = engine.estimate(spec(**options, **halved), store)
    (reason,) = decode(lost.model["reason"])
    assert (reason.code, reason.facts["horizon"]) == ("half_panel_too_short", 6)


def test_the_exhibit_has_both_directions_in_every_estimator():
    columns = exhibits.load("two_way").columns
    pairs = {(c.outcome, c.treatment) for c in columns}
    assert pairs == {(Y, X), (X, Y)}
    for one in columns:
        swapped = dataclasses.replace(one, outcome=one.treatment, treatment=one.outcome)
        if one.estimator == "three_stage":
            options = dict(one.options)
            changed = (("own", options["excluded"]), ("excluded", options["own"]))
            swapped = dataclasses.replace(swapped, options=changed)
        assert swapped in columns
