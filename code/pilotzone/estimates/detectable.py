"""What is meant by a detectable effect, and the order in which a page names its lines."""

from collections.abc import Sequence
from statistics import NormalDist

import pandas as pd

from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.phrasebook import UNITS
from pilotzone.catalogue.samples import SAMPLES

# Level of the two-sided test, and the share of draws that find the effect.
ALPHA, POWER = 0.05, 0.8
# So many standard deviations of its estimate an effect has that is found in as many normal draws.
NORMAL = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)
USUAL, COHORT = "two_way", "cohort:"


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
