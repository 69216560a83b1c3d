"""Tables that pyfixest, linearmodels and statsmodels make themselves, on the example panel.

python tests/benchmarks/libraries.py TARGET.json

Errors of pyfixest hang on PYTHONHASHSEED, which has to be 0 in the process. Of each table the rows
and what the convention behind it should be called are written.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
PANEL = ROOT / "examples/my_panel.csv"
CONFIG = """
unit = "unit"
period = "year"
outcomes = ["y"]
treatments = ["d"]
controls = ["x1", "x2", "x3"]
clusters = ["unit", "year"]
weights = ["size"]
effects = ["none", "unit", "period", "unit+period"]
transforms = ["level", "winsor1"]
lags = [0, 1]
[samples]
all = []
from_2013 = ["year < 2013"]
"""
DECIMALS = 5


def panel():
    """Return the example panel with gaps and a weight, so that nothing is balanced."""
    frame = pd.read_csv(PANEL)
    rng = np.random.default_rng(7)
    frame = frame[rng.random(len(frame)) < 0.9].reset_index(drop=True)
    size = pd.Series(rng.uniform(1, 9, frame["unit"].max() + 1))
    return frame.assign(size=frame["unit"].map(size).round(3))


def rows(names, estimates, errors, p, n, r2=None):
    """Return a printed table."""
    return [
        {
            "term": name,
            "estimate": f"{b:.{DECIMALS}f}",
            "std_error": f"({s:.{DECIMALS}f})",
            "p": f"{value:.4f}",
            "n": str(n),
            "r2": "" if r2 is None else f"{r2:.4f}",
        }
        for name, b, s, value in zip(names, estimates, errors, p, strict=True)
    ]


def by_pyfixest(frame):
    """Give tables of feols."""
    import pyfixest as pf

    two_way, both = "y ~ d + x1 | unit + year", {"effects": "unit+period", "controls": "x1"}
    nested = {"small_sample": "fixest", "cluster": "unit", "distribution": "t"}
    full = {**nested, "small_sample": "full"}
    unit = {"CRV1": "unit"}
    calls = [
        (two_way, {"vcov": unit}, {**both, **nested}),
        (two_way, {"vcov": unit, "ssc": pf.ssc(k_fixef="full")}, {**both, **full}),
        (two_way, {"vcov": "iid"}, {**both, **nested, "cluster": "none"}),
        (two_way, {"vcov": "hetero"}, {**both, **nested, "cluster": "robust"}),
        (two_way, {"vcov": {"CRV1": "year"}}, {**both, **nested, "cluster": "year"}),
        (two_way, {"vcov": unit, "weights": "size"}, {**both, **nested, "weights": "size"}),
        ("y ~ d | unit", {"vcov": unit}, {"effects": "unit", "controls": "", **nested}),
        (
            two_way,
            {"vcov": unit, "ssc": pf.ssc(k_adj=False, G_adj=False)},
            {**both, **nested, "small_sample": "none"},
        ),
    ]
    for formula, options, wanted in calls:
        fit = pf.feols(formula, frame, **options)
        made = fit.tidy()
        numbers = (made["Estimate"], made["Std. Error"], made["Pr(>|t|)"])
        table = rows(made.index, *numbers, fit._N, fit._r2_within)
        yield table, wanted | {"r2": "within"}


def by_linearmodels(frame):
    """Give tables of PanelOLS and PooledOLS."""
    from linearmodels import PanelOLS, PooledOLS

    data = frame.set_index(["unit", "year"])
    constant = data.assign(constant=1.0)
    own = {"small_sample": "linearmodels", "distribution": "t", "r2": "within"}
    unit = {"cov_type": "clustered", "cluster_entity": True}
    one, two = {"entity_effects": True}, {"entity_effects": True, "time_effects": True}
    of_one, of_two = {"effects": "unit", **own}, {"effects": "unit+period", **own}
    calls = [
        (["d", "x1", "x2"], one, unit, {**of_one, "cluster": "unit"}),
        (["d", "x1", "x2"], two, unit, {**of_two, "cluster": "unit"}),
        (["d", "x1"], two, {"cov_type": "unadjusted"}, {**of_two, "cluster": "none"}),
        (["d", "x2"], two, {"cov_type": "robust"}, {**of_two, "cluster": "robust"}),
        (
            ["d", "x1", "constant"],
            one,
            unit,
            {**of_one, "cluster": "unit", "small_sample": "linearmodels_constant"},
        ),
        (
            ["d", "x1", "constant"],
            one,
            {**unit, "group_debias": True},
            # t with N less all that is estimated: only the error is that of xtreg.
            {**of_one, "cluster": "unit", "small_sample": "xtreg"},
        ),
    ]
    for names, effects, options, wanted in calls:
        fit = PanelOLS(constant["y"], constant[names], **effects).fit(**options)
        table = _of_linearmodels(fit, fit.rsquared)
        if wanted["small_sample"] == "xtreg":
            table = [{**row, "p": ""} for row in table]
        yield table, wanted | {"controls": _held(names)}
    fit = PooledOLS(constant["y"], constant[["d", "x1", "constant"]]).fit(**unit)
    wanted = {"effects": "none", "controls": "x1", "cluster": "unit", **own, "r2": "overall"}
    yield _of_linearmodels(fit, fit.rsquared), wanted


def _of_linearmodels(fit, r2):
    names = [name for name in fit.params.index if name != "constant"]
    numbers = (fit.params[names], fit.std_errors[names], fit.pvalues[names])
    return rows(names, *numbers, int(fit.nobs), r2)


def _held(names):
    return "+".join(name for name in names if name.startswith("x"))


def by_statsmodels(frame):
    """Give tables of OLS and WLS with dummies."""
    import statsmodels.api as sm

    names = ["d", "x1"]
    dummies = pd.get_dummies(frame[["unit", "year"]].astype(str), drop_first=True, dtype=float)
    x = sm.add_constant(frame[names].join(dummies))
    groups = {"cov_type": "cluster", "cov_kwds": {"groups": frame["unit"]}}
    own = {"effects": "unit+period", "controls": "x1", "small_sample": "statsmodels"}
    normal, of_unit = {"distribution": "normal"}, {"cluster": "unit"}
    calls = [
        (sm.OLS(frame["y"], x).fit(), {"cluster": "none", "distribution": "t"}),
        (sm.OLS(frame["y"], x).fit(cov_type="HC1"), {"cluster": "robust", **normal}),
        (sm.OLS(frame["y"], x).fit(**groups), {**of_unit, **normal}),
        (sm.OLS(frame["y"], x).fit(**groups, use_t=True), {**of_unit, "distribution": "t"}),
        (
            sm.WLS(frame["y"], x, weights=frame["size"]).fit(**groups),
            {**of_unit, **normal, "weights": "size"},
        ),
    ]
    for number, (fit, wanted) in enumerate(calls):
        r2, kind = (fit.rsquared_adj, "adjusted") if number % 2 else (fit.rsquared, "overall")
        numbers = (fit.params[names], fit.bse[names], fit.pvalues[names])
        yield rows(names, *numbers, int(fit.nobs), r2), {**own, **wanted, "r2": kind}


def main(target):
    """Write all tables."""
    frame = panel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [
            {"program": make.__name__.removeprefix("by_"), "rows": table, "wanted": wanted}
            for make in (by_pyfixest, by_linearmodels, by_statsmodels)
            for table, wanted in make(frame)
        ]
    Path(target).write_text(json.dumps(made, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
