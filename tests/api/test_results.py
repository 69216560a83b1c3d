"""Results: one protocol, whatever was estimated. EXACT: the same arithmetic, other order."""

import dataclasses
import io
import zipfile

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz

EXACT = 1e-10
TIDY = ["term", "estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high"]
PANEL = {"unit": "unit", "period": "year"}
COHORTS = {**PANEL, "first_treated": "first_treated"}
FACTORS = {"draws": 20, "simulations": 10}


@pytest.fixture(scope="module")
def fits(df, ring):
    space = {**PANEL, "spatial_weights": ring}
    path = pz.event_study(df, outcome="y", window=(-3, 3), **COHORTS)
    return {
        "twfe": pz.twfe(df, "y ~ treated + x", **PANEL),
        "wild_bootstrap": pz.wild_bootstrap(df, "y ~ treated", draws=199, **PANEL),
        "event_study": path,
        "honest_did": pz.honest_did(path, relative_magnitudes=(1.0,)),
        "att_gt": pz.att_gt(df, outcome="y", **COHORTS),
        "aggregate": pz.att_gt(df, outcome="y", **COHORTS).aggregate("event"),
        "stacked": pz.stacked(df, outcome="y", window=(-2, 1), **COHORTS),
        "synthetic_did": pz.synthetic_did(df, outcome="y", draws=20, **COHORTS),
        "goodman_bacon": pz.goodman_bacon(df, outcome="y", **COHORTS),
        "negative_weights": pz.negative_weights(df, outcome="y", **COHORTS),
        "sdm": pz.sdm(df, "y ~ treated + x", **space),
        "lm_tests": pz.lm_tests(df, "y ~ treated + x", **space),
        "moran": pz.moran(df, outcome="y", permutations=99, **space),
        "local_projection": pz.local_projection(df, "y ~ x", horizons=2, draws=10, **PANEL),
        "entropy_index": pz.entropy_index(df, {"x": 1, "y": -1}, **PANEL),
        "dagum": pz.dagum(df.assign(y=df["y"].abs()), outcome="y", group="group", **PANEL),
        "dose_dynamic": pz.dose_dynamic(df, "y ~ treated", draws=20, **PANEL),
        "bounds": pz.bounds(df[df["first_treated"] > 0], outcome="y", draws=20, **COHORTS),
        "interactive_effects": pz.interactive_effects(df, outcome="y", **FACTORS, **COHORTS),
        "matrix_completion": pz.matrix_completion(df, outcome="y", **FACTORS, **COHORTS),
        "placebo": pz.placebo(df, outcome="y", draws=49, **COHORTS),
    }


def test_every_result_has_the_protocol(fits):
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    for name, fit in fits.items():
        tidy = fit.tidy()
        assert list(tidy)[:7] == TIDY, name
        assert len(tidy), name
        assert tidy["term"].is_unique, name
        glance = fit.glance()
        assert len(glance) == 1, name
        assert glance["nobs"][0] == fit.nobs, name
        assert len(repr(fit).splitlines()) <= 10, name
        assert repr(fit.summary()) == str(fit.summary()), name
        assert len(str(fit.summary()).splitlines()) >= len(tidy) + 4, name
        assert "<table" in fit._repr_html_(), name
        if name != "lm_tests":
            axes = fit.plot()
            assert isinstance(axes, Axes), name
            plt.close(axes.figure)


def test_statistics_and_intervals_follow_from_estimate_and_error(fits):
    for name in ("twfe", "att_gt", "aggregate", "stacked", "sdm", "local_projection"):
        tidy = fits[name].tidy().dropna(subset=["std_error"])
        assert len(tidy), name
        assert np.allclose(tidy["statistic"], tidy["estimate"] / tidy["std_error"], rtol=EXACT)
        middle = (tidy["ci_low"] + tidy["ci_high"]) / 2
        assert np.allclose(middle, tidy["estimate"], atol=EXACT), name


def test_the_covariance_has_the_errors_on_its_diagonal(fits):
    for name in ("twfe", "event_study", "att_gt", "aggregate", "stacked", "sdm"):
        fit = fits[name]
        own = fit.tidy().set_index("term")["std_error"]
        vcov = fit.vcov
        assert list(vcov.index) == list(vcov.columns)
        assert np.allclose(np.sqrt(np.diag(vcov)), own.loc[vcov.index], rtol=1e-8), name
        assert np.allclose(vcov, vcov.T, atol=1e-15)
    with pytest.raises(pz.UserError, match="no covariance"):
        _ = fits["dagum"].vcov


def test_an_error_that_is_withheld_is_in_no_covariance(df):
    """Two groups are too few clusters for an error; the estimates stand, with the reason."""
    for name in ("sun_abraham", "imputation"):
        fit = getattr(pz, name)(df, outcome="y", cluster="group", **COHORTS)
        assert fit.tidy()["std_error"].isna().all()
        assert fit.tidy()["estimate"].notna().all()
        assert any("cluster" in note for note in fit.notes)
        with pytest.raises(pz.UserError, match="no covariance"):
            _ = fit.vcov


def test_an_average_is_the_combination_of_its_cells(fits, df):
    """The group average of a cohort is the plain mean of its cells, error and all."""
    fit = fits["att_gt"]
    cells = [term for term in fit.tidy()["term"] if term.startswith("att:2014:")]
    cells = [term for term in cells if int(term.rpartition(":")[2]) >= 2014]
    weights = np.full(len(cells), 1 / len(cells))
    own = fit.tidy().set_index("term").loc[cells, "estimate"] @ weights
    error = np.sqrt(weights @ fit.vcov.loc[cells, cells].to_numpy() @ weights)
    found = fit.aggregate("group").tidy().set_index("term").loc["cohort:2014"]
    assert (own, error) == pytest.approx((found["estimate"], found["std_error"]), rel=EXACT)


def test_goodman_bacon_sums_to_the_two_way_coefficient(fits, df):
    found = fits["goodman_bacon"].tidy()
    two_way = pz.twfe(df, "y ~ treated", **PANEL).tidy()["estimate"][0]
    assert found["estimate"][0] == pytest.approx(two_way, abs=EXACT)
    assert found["weight"][1:].sum() == pytest.approx(1, abs=EXACT)


def test_negative_weights_give_the_two_way_coefficient(fits):
    found = fits["negative_weights"].tidy().set_index("term")["estimate"]
    assert found[found.index.str.startswith("weight:")].sum() == pytest.approx(1, abs=EXACT)


def test_a_fit_is_frozen_and_gives_copies(fits):
    fit = fits["twfe"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.rows = None
    tidy, vcov = fit.tidy(), fit.vcov
    tidy.loc[0, "estimate"] = vcov.iloc[0, 0] = 99.0
    assert fit.tidy()["estimate"][0] != 99.0
    assert fit.vcov.iloc[0, 0] != 99.0


def test_robust_intervals_hold_the_conventional_one(fits):
    found = fits["honest_did"].tidy().set_index("term")
    bounds = found.loc[["parallel_trends:0", "relative_magnitudes:1"], ["ci_low", "ci_high"]]
    assert bounds["ci_low"].is_monotonic_decreasing
    assert bounds["ci_high"].is_monotonic_increasing


def test_local_projection_at_horizon_zero_is_a_regression(df, fits):
    """With a lag of outcome and impulse as controls, on the rows that have one."""
    frame = df.sort_values(["unit", "year"])
    lagged = frame.groupby("unit")[["y", "x"]].shift().add_prefix("before_")
    same = pz.twfe(pd.concat([frame, lagged], axis=1), "y ~ x + before_y + before_x", **PANEL)
    ours = fits["local_projection"].tidy().iloc[0]
    theirs = same.tidy().iloc[0]
    assert ours["estimate"] == pytest.approx(theirs["estimate"], rel=1e-9)
    assert ours["std_error"] == pytest.approx(theirs["std_error"], rel=1e-9)


def test_the_index_by_hand(df):
    fit = pz.entropy_index(df, {"x": 1, "y": "-"}, **PANEL)
    z = df[["x", "y"]].apply(lambda v: (v - v.min()) / (v.max() - v.min()))
    z["y"] = 1 - z["y"]
    p = z / z.sum()
    entropy = -(p * np.log(p.where(p > 0, 1))).sum() / np.log(len(df))
    weights = (1 - entropy) / (1 - entropy).sum()
    found = fit.tidy().set_index("term")["estimate"]
    assert found["weight:x"] == pytest.approx(weights["x"], rel=1e-9)
    assert fit.scores["score"].to_numpy() == pytest.approx((z @ weights).to_numpy(), abs=EXACT)
    assert list(fit.scores) == ["unit", "year", "score"]


def test_tables_in_four_renderings(fits, tmp_path):
    chosen = [fits["twfe"], fits["aggregate"], fits["sdm"]]
    table = pz.table(chosen, labels={"treated": "Zone", "y": "Output"}, title="Three fits")
    estimate = f"{fits['twfe'].tidy()['estimate'][0]:.3f}"
    for text in (table.markdown(), table.html(), table.latex()):
        assert estimate in text.replace("{", "").replace("}", "").replace(" ", "")
        assert "Zone" in text
        assert "Three fits" in text
    for ending in (".md", ".tex", ".html", ".docx"):
        path = table.save(tmp_path / f"table{ending}")
        assert path.stat().st_size > 500
    with zipfile.ZipFile(io.BytesIO(table.word())) as parts:
        assert "Zone" in parts.read("word/document.xml").decode()


def test_a_table_counts_the_rows_of_each_column(gaps, columns):
    fits = [pz.twfe(gaps, formula, **columns) for formula in ("y ~ treated", "y ~ treated + x")]
    text = pz.table(fits).markdown()
    line = next(line for line in text.splitlines() if line.startswith("| Observations"))
    assert [cell.strip() for cell in line.split("|")[2:4]] == [str(fit.nobs) for fit in fits]
    assert f"dropped rows: {fits[1].n_dropped}" in text
