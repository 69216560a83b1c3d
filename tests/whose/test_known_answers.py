"""Errors that Stata prints for Grunfeld's ten firms are found under the rules of its commands.

The data are those of statsmodels without its eleventh firm. Estimates, conventional errors and R²
are what ``xtreg invest mvalue kstock, fe`` prints, errors clustered by firm what it prints with
``vce(robust)`` and gretl with ``panel --robust``. What ``areg, vce(cluster)`` prints follows by
hand: it counts the ten effects, so that N - K is 188 and not 197. No tolerance is needed: a
convention fits if all printed digits are right.
"""

import math

import pandas as pd
import pytest

from pilotzone.whose.search import question, search

CONFIG = """
unit = "firm"
period = "year"
outcomes = ["invest"]
treatments = ["value"]
controls = ["capital"]
clusters = ["firm"]
effects = ["unit"]
"""
# N - K of the two commands: 200 rows, two regressors, and a constant or ten effects.
XTREG, AREG = 200 - 3, 200 - 12
EVERY = {
    *("reghdfe", "fixest", "full", "statsmodels", "linearmodels", "linearmodels_constant"),
    *("areg", "xtreg"),
}


@pytest.fixture
def rules(tmp_path):
    """Return a function from a printed table to the cluster, rules and R² that fit it."""
    from statsmodels.datasets import grunfeld

    frame = grunfeld.load_pandas().data
    frame = frame[frame["firm"] != "American Steel"].astype({"year": int})
    frame.to_csv(tmp_path / "panel.csv", index=False)
    (tmp_path / "config.toml").write_text(CONFIG)

    def found(value, capital, r2=""):
        rows = [("value", "0.1101238", value, "200", r2), ("capital", "0.3100653", capital, "", "")]
        table = pd.DataFrame(rows, columns=["term", "estimate", "std_error", "n", "r2"])
        table.to_csv(tmp_path / "table.csv", index=False)
        names = ("table.csv", "panel.csv", "config.toml")
        (column,) = search(question(*(tmp_path / name for name in names)))
        return (
            {fit.cluster for fit in column.fits},
            {fit.small_sample for fit in column.fits},
            {fit.r2 for fit in column.fits},
        )

    return found


@pytest.mark.parametrize(
    ("r2", "kind"),
    [("0.7668", "within"), ("0.8194", "between"), ("0.8060", "overall_fitted")],
)
def test_xtreg_fe(rules, r2, kind):
    assert rules("0.0118567", "0.0173545", r2) == ({"none"}, EVERY, {kind})


def test_xtreg_fe_with_clusters(rules):
    nested = {"reghdfe", "fixest", "xtreg"}
    assert rules("0.0151945", "0.0527518") == ({"firm"}, nested, {"none"})


def test_areg_with_clusters(rules):
    more = math.sqrt(XTREG / AREG)
    value, capital = (f"{error * more:.6f}" for error in (0.0151945, 0.0527518))
    assert (value, capital) == ("0.015554", "0.054000")
    assert rules(value, capital) == ({"firm"}, {"full", "statsmodels", "areg"}, {"none"})
