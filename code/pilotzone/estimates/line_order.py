"""The order in which a page names the lines of detectable effects."""

from collections.abc import Sequence

import pandas as pd

from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.phrasebook import UNITS
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.estimates.detectable import COHORT, USUAL

BY = ("panel", "treatment", "sample", "estimator", "effects", "cohort")


def in_order(table: pd.DataFrame, by: Sequence[str] = BY) -> pd.DataFrame:
    """Return the rows as a page orders them; the mean effect stands before the cohorts."""
    ranks = {
        "panel": list(UNITS),
        "sample": list(SAMPLES),
        "estimator": list(ESTIMATORS),
        "effects": sorted(set(table["effects"]), key=lambda name: (name != USUAL, name)),
    }
    keys = pd.DataFrame({name: table[name].map(order.index) for name, order in ranks.items()})
    keys["treatment"] = table["treatment"]
    keys["cohort"] = table["term"].where(table["term"].str.startswith(COHORT), "")
    return table.loc[keys.sort_values(list(by), kind="stable").index]
