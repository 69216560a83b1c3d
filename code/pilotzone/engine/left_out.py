"""A column again without each unit in turn."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.linear import fit
from pilotzone.panels.store import Store

LEFT_OUT = ("estimate", "std_error", "p_value", "ci_low", "ci_high")


def leave_one_out(data: Design, store: Store) -> Result:
    """The column again without each unit in turn."""
    result = fit(data)
    whole = estimate_rows(result, 1)
    rows = [estimate_rows(fit(data.where(data.unit != unit)), 1) for unit in data.units]
    found = pd.concat(rows, ignore_index=True)[list(LEFT_OUT)]
    table = pd.DataFrame({"left_out": data.units, **found})
    kept = float((np.sign(table["estimate"]) == np.sign(whole["estimate"].iloc[0])).mean())
    values = estimates.value_rows(
        ["left_out:lowest", "left_out:highest", "left_out:share_same_sign"],
        [table["estimate"].min(), table["estimate"].max(), kept],
    )
    terms = pd.concat([whole, values], ignore_index=True)
    return Result(terms, model_fields(result, data), {"left_out": table})
