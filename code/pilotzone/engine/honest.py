"""Robust intervals for the event study of one cohort."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.event import study
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.linear import without_singletons
from pilotzone.errors import Reason, UserError
from pilotzone.methods.did.sensitivity.breakdown import Sensitivity, sensitivity
from pilotzone.panels.store import Store

SMOOTHNESS = (0.0, 0.001, 0.002, 0.005, 0.01)
RELATIVE_MAGNITUDES = (0.5, 1.0, 1.5, 2.0)


def honest(data: Design, store: Store) -> Result:
    """Robust intervals of Rambachan and Roth on the event study of one cohort.

    The target is the mean effect after treatment; the event study is that of the sample's only
    cohort treated in it, against units not yet treated throughout.
    """
    data = without_singletons(data)
    cohort = data.cohort_within
    single = sorted(set(cohort) - {0})
    if len(single) != 1:
        raise UserError(
            f"sample '{data.spec.rows.id}' has treated cohorts {', '.join(map(str, single))}; "
            "robust intervals take the event study of one cohort"
        )
    made = study(data, cohort, window=None)
    k, n_pre, n_post = len(made.dummies.times), len(made.leads), len(made.lags)
    found = sensitivity(
        made.fit.coefficients[:k],
        made.fit.covariance[:k, :k],
        n_pre,
        n_post,
        SMOOTHNESS,
        RELATIVE_MAGNITUDES,
        target=np.full(n_post, 1 / n_post),
    )
    robust, intervals = robust_rows(found)
    terms = [estimate_rows(made.fit, k), robust]
    return Result(
        pd.concat(terms, ignore_index=True),
        {**model_fields(made.fit, data), "reference": Reason("event_before")},
        {"intervals": intervals},
    )


def robust_rows(found: Sensitivity) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mean effect, its interval under each bound and the breakdown values as rows.

    The second table holds the intervals by restriction and bound.
    """
    overall = (["overall:post"], [found.estimate], [found.std_error])
    mean = estimates.rows(*overall, distribution="normal")
    ends = {"smoothness": found.breakdown_m, "relative_magnitudes": found.breakdown_mbar}
    # No breakdown value exists where the interval holds zero already without any violation.
    known = {f"breakdown:{name}": end for name, end in ends.items() if np.isfinite(end)}
    intervals = pd.DataFrame(
        [
            {"restriction": i.restriction, "m": i.m, "ci_low": i.low, "ci_high": i.high}
            for i in (found.original, *found.smoothness, *found.relative_magnitudes)
        ]
    )
    bounds = intervals[["ci_low", "ci_high"]].assign(
        term=intervals["restriction"] + ":" + intervals["m"].map("{:g}".format),
        distribution="none",
        df="",
    )
    values = estimates.value_rows(list(known), list(known.values()))
    return pd.concat([mean, bounds, values], ignore_index=True), intervals
