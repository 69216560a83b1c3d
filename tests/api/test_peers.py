"""The same numbers by other programs, in the same run.

SAME: two programs that solve the same equations. CONVERGED: pyfixest's alternating projections
stop at 1e-12, spreg's search at about 1e-8.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz

SAME, CONVERGED = 1e-9, 1e-6
OUTPUT = "np.log(GSP) ~ np.log(P_CAP) + np.log(PC) + np.log(EMP) + UNEMP"
# Regressions; then two stages, the saturated regression of Sun and Abraham, the event study of a
# two-way regression.
FIXEST = """
import json, sys
from unittest import mock
# What prints and draws, which is not asked for here, takes a second to read.
for name in ("great_tables", "maketables", "seaborn", "matplotlib", "matplotlib.pyplot"):
    sys.modules[name] = mock.MagicMock()
import pandas as pd, pyfixest
frames, made_up = json.loads(sys.argv[1])
out = []
for path, formula, cluster, weights in frames:
    fit = pyfixest.feols(
        formula, pd.read_csv(path), vcov={"CRV1": cluster}, weights=weights, fixef_tol=1e-12,
        fixef_rm="singleton",
        ssc=pyfixest.ssc(k_adj=True, k_fixef="nonnested", G_adj=True, G_df="conventional"),
    )
    out.append([fit.coef().tolist(), fit.se().tolist()])
data = pd.read_csv(made_up)
where = {"yname": "y", "idname": "id", "tname": "year", "gname": "first_treated", "cluster": "id"}
two = pyfixest.event_study(data, estimator="did2s", att=True, **where).tidy()
saturated = pyfixest.event_study(data, estimator="saturated", att=False, **where).aggregate()
path = pyfixest.feols("y ~ i(event, ref=-1) | id + year", data, vcov={"CRV1": "id"}).tidy()
found = [one.iloc[:, :2].astype(float).to_numpy().tolist() for one in (two, saturated, path)]
print("ANSWERS" + json.dumps([out, found]))
"""


@pytest.fixture(scope="module")
def cases(castle, gaps, wage):
    """Balanced, weighted, unbalanced with missing cells, with factors and interactions."""
    state, own = {"unit": "sid", "period": "year"}, {"unit": "unit", "period": "year"}
    man = {"unit": "nr", "period": "year"}
    return [
        (castle, "l_homicide ~ post", state, None),
        (castle, "l_homicide ~ post", state, "popwt"),
        (gaps, "y ~ treated + x", own, None),
        (gaps, "y ~ treated + x", own, "weight"),
        (gaps, "y ~ treated + C(group):x", own, None),
        (wage, "lwage ~ union + married + expersq", man, None),
    ]


@pytest.fixture(scope="module")
def by_pyfixest(cases, df, tmp_path_factory):
    """Return what pyfixest finds, in one process, which takes seconds to start.

    pyfixest 0.60 orders effects by a set: its errors hang on the hash seed, which is fixed here.
    """
    pytest.importorskip("pyfixest")
    folder, asked = tmp_path_factory.mktemp("pyfixest"), []
    for number, (data, formula, where, weights) in enumerate(cases):
        path = folder / f"{number}.csv"
        data.to_csv(path, index=False)
        whole = f"{formula} | {where['unit']} + {where['period']}"
        asked.append((str(path), whole, where["unit"], weights))
    first = df["first_treated"]
    event = (df["year"] - first).where(first > 0, -1)
    frame = df.assign(id=df["unit"].str[1:].astype(int), event=event)
    frame.to_csv(folder / "made_up.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-c", FIXEST, json.dumps([asked, str(folder / "made_up.csv")])],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.partition("ANSWERS")[2])


@pytest.mark.slow
@pytest.mark.cli
def test_two_way_by_pyfixest(cases, by_pyfixest):
    for (data, formula, where, weights), (values, errors) in zip(
        cases, by_pyfixest[0], strict=True
    ):
        ours = pz.twfe(data, formula, weights=weights, **where).tidy()
        assert ours["estimate"].tolist() == pytest.approx(values, rel=CONVERGED)
        assert ours["std_error"].tolist() == pytest.approx(errors, rel=CONVERGED)


@pytest.mark.slow
@pytest.mark.cli
def test_staggered_by_pyfixest(df, cohorts, by_pyfixest):
    two, saturated, path = by_pyfixest[1]
    ours = pz.two_stage(df, outcome="y", **cohorts).aggregate("simple").tidy()
    assert _numbers(ours) == pytest.approx(np.array(two), rel=CONVERGED)
    ours = pz.sun_abraham(df, outcome="y", **cohorts).aggregate("event").tidy()[1:]
    assert _numbers(ours) == pytest.approx(np.array(saturated), rel=CONVERGED)
    ours = pz.event_study(df, outcome="y", **cohorts).tidy()
    ours = ours[ours["term"].str.startswith("event:")]
    assert _numbers(ours) == pytest.approx(np.array(path), rel=CONVERGED)


def _numbers(tidy):
    return tidy[["estimate", "std_error"]].to_numpy()


def test_two_way_by_linearmodels(munnell, wage):
    """linearmodels counts every unit effect, here those nested in the clusters count as one."""
    from linearmodels import PanelOLS

    data, _ = munnell
    logs = {name: np.log(data[name].astype(float)) for name in ("GSP", "P_CAP", "PC", "EMP")}
    frame = data.assign(**logs).set_index(["STATE", "YR"])
    names = ["P_CAP", "PC", "EMP", "UNEMP"]
    theirs = PanelOLS(frame["GSP"], frame[names], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", cluster_entity=True, group_debias=True
    )
    ours = pz.twfe(data, OUTPUT, unit="STATE", period="YR").tidy()
    assert ours["estimate"].tolist() == pytest.approx(theirs.params.tolist(), rel=SAME)
    n, k, periods, units = len(data), len(names), 17, 48
    factor = np.sqrt((n - k - periods - units + 1) / (n - k - periods))
    errors = factor * theirs.std_errors
    assert ours["std_error"].tolist() == pytest.approx(errors.tolist(), rel=SAME)


def test_spatial_lag_by_spreg(munnell):
    spreg = pytest.importorskip("spreg")
    data, weights = munnell
    where = {"unit": "at", "period": "YR", "spatial_weights": weights}
    ours = pz.sar(data, OUTPUT, effects="unit", vcov="information", **where).tidy()
    rows = data.assign(number=data["at"].astype(int)).sort_values(["YR", "number"])
    x = np.column_stack([*(np.log(rows[n]) for n in ("P_CAP", "PC", "EMP")), rows["UNEMP"]])
    kind, weights.transform = weights.transform, "r"
    theirs = spreg.Panel_FE_Lag(np.log(rows[["GSP"]].to_numpy(float)), x, weights, epsilon=1e-12)
    weights.transform = kind
    assert ours["estimate"][:5].tolist() == pytest.approx(theirs.betas.ravel(), abs=CONVERGED)
    errors = np.sqrt(np.diag(theirs.vm))[:5]
    assert ours["std_error"][:5].tolist() == pytest.approx(errors, abs=CONVERGED)


@pytest.fixture(scope="module")
def csdid(root):
    """Answers of csdid by check and quantity (tests/reference/public_cohorts.py)."""
    table = pd.read_csv(root / "tests/reference/public_cohorts.csv")
    return table.set_index(["check", "quantity"])[["value", "std_error"]]


@pytest.mark.parametrize("control_group", ["not_yet", "never"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_group_time_by_csdid(ezunem, csdid, control_group, base):
    """All cells and averages."""
    where = {"unit": "city", "period": "year", "first_treated": "first"}
    fit = pz.att_gt(ezunem, outcome="luclms", control_group=control_group, base=base, **where)
    ours = fit.tidy().set_index("term")[["estimate", "std_error"]]
    theirs = csdid.loc[f"ezunem_{control_group}_{base}"]
    # The base itself is a row of zero there.
    assert ours.index.isin(theirs.index).all()
    assert ours.to_numpy() == pytest.approx(theirs.loc[ours.index].to_numpy(), abs=SAME)
    mean = _numbers(fit.aggregate("simple").tidy())[0]
    assert mean == pytest.approx(theirs.loc["overall:simple"].to_numpy(), abs=SAME)


@pytest.mark.parametrize(
    ("name", "formula", "weights"),
    [
        ("none", "y ~ 1", None),
        ("x", "y ~ x", None),
        ("w", "y ~ 1", "w"),
        ("first_x_w", "y ~ first_x", "w"),
    ],
)
def test_covariates_and_weights_by_csdid(df, cohorts, csdid, name, formula, weights):
    """Doubly robust, with covariates of the base period, and weights of the units."""
    data = _with_weights(df)
    mean = pz.att_gt(data, formula, weights=weights, **cohorts).aggregate("simple").tidy()
    theirs = csdid.loc[f"example_{name}", "overall:simple"].to_numpy()
    assert _numbers(mean)[0] == pytest.approx(theirs, rel=1e-8)


def test_an_unbalanced_panel_by_csdid(df, cohorts, csdid):
    """csdid leaves out every unit with a gap, or takes the rows for repeated cross-sections; here a
    unit is left out of the cells whose two periods it lacks. On units without gaps all agree."""
    data = _with_weights(df).sample(frac=0.97, random_state=2)
    mean = pz.att_gt(data, outcome="y", **cohorts).aggregate("simple").tidy()
    whole = data[data.groupby("unit")["year"].transform("size") == df["year"].nunique()]
    balanced = pz.att_gt(whole, outcome="y", **cohorts).aggregate("simple").tidy()
    theirs = csdid.loc["example_gaps", "overall:simple"].to_numpy()
    assert _numbers(balanced)[0] == pytest.approx(theirs, rel=1e-8)
    assert mean["std_error"][0] < balanced["std_error"][0]


def _with_weights(df):
    drawn = np.random.default_rng(7).uniform(0.5, 2, 50)
    by_unit = dict(zip(sorted(set(df["unit"])), drawn, strict=True))
    return df.assign(
        id=df["unit"].str[1:].astype(int),
        first_x=df.groupby("unit")["x"].transform("first"),
        w=df["unit"].map(by_unit),
    )
