"""Make staggered.csv: answers of other programs on panel.csv for what gold.csv does not hold.

Needs diff-diff 3.13.0 and csdid 0.4.3 in an environment of their own; neither is among the
requirements. Run: python staggered.py
"""

import warnings
from pathlib import Path

import diff_diff
import pandas as pd
from csdid.att_gt import ATTgt

FOLDER = Path(__file__).parent
NAMES = {"outcome": "y", "unit": "unit", "time": "year", "first_treat": "first_treated"}
# Rows without which the panel has gaps, by position. The cohort of 2015 is left out as well: with
# a gap it has cells of a single unit.
GAPS = [3, 50, 90, 91, 301]
DIFF_DIFF, CSDID = "diff-diff 3.13.0", "csdid 0.4.3"


def overall(panel, estimator, **options):
    result = estimator.fit(panel, **NAMES, **options)
    return result.overall_att, result.overall_se


def group(panel, controls):
    cells = ATTgt(
        yname="y",
        gname="first_treated",
        idname="unit",
        tname="year",
        xformla="y~1",
        data=panel,
        control_group=[controls],
    ).fit(est_method="dr", bstrap=False)
    cells.aggte(typec="group", bstrap=False, cband=False)
    return cells.atte["overall_att"], cells.atte["overall_se"]


def stacked(panel):
    pair = panel[panel["first_treated"].isin([0, 2016, 2020]) & panel["year"].between(2013, 2018)]
    result = diff_diff.StackedDiD(kappa_pre=3, kappa_post=2).fit(pair, **NAMES)
    return result.overall_att, None


def synthetic(panel):
    block = panel[panel["first_treated"].isin([0, 2016, 2020]) & (panel["year"] <= 2019)].copy()
    block["treated"] = (block["first_treated"] == 2016).astype(int)
    result = diff_diff.SyntheticDiD(variance_method="jackknife").fit(
        block, "y", "treated", "unit", "year", post_periods=[2016, 2017, 2018, 2019]
    )
    return result.att, result.se


def answers(panel):
    both, gaps = ["x1", "x2"], panel.drop(index=GAPS)
    gaps = gaps[gaps["first_treated"] != 2015]
    later = diff_diff.CallawaySantAnna(control_group="not_yet_treated")
    yield "callaway_santanna_nevertreated", "group", *group(panel, "nevertreated"), CSDID
    yield "callaway_santanna_notyettreated", "group", *group(panel, "notyettreated"), CSDID
    for name, result in {
        "callaway_santanna_gaps": overall(gaps, later),
        "sun_abraham_gaps": overall(gaps, diff_diff.SunAbraham()),
        "sun_abraham_x1_x2": overall(panel, diff_diff.SunAbraham(), covariates=both),
        "extended_twfe": overall_wooldridge(panel),
        "extended_twfe_gaps": overall_wooldridge(gaps),
        "imputation_gaps": overall(gaps, diff_diff.ImputationDiD()),
        "imputation_x1_x2": overall(panel, diff_diff.ImputationDiD(), covariates=both),
        "gardner": overall(panel, diff_diff.TwoStageDiD()),
        "gardner_x1_x2": overall(panel, diff_diff.TwoStageDiD(), covariates=both),
        "stacked_2016": stacked(panel),
        "synthetic_2016": synthetic(panel),
    }.items():
        yield name, "simple", *result, DIFF_DIFF


def overall_wooldridge(panel):
    result = diff_diff.WooldridgeDiD().fit(panel, "y", "unit", "year", "first_treated")
    return result.overall_att, result.overall_se


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = list(answers(pd.read_csv(FOLDER / "panel.csv")))
    table = pd.DataFrame(rows, columns=["check", "quantity", "value", "std_error", "software"])
    table.to_csv(FOLDER / "staggered.csv", index=False, float_format="%.12g", lineterminator="\n")
