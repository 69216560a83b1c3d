"""Stacked regression: one sample for each cohort and its clean controls."""

import pandas as pd

from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import covariance_of, estimate_rows, fit_fields
from pilotzone.engine.group_time import arrays
from pilotzone.engine.windows import event_window
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.stacked import Stacked, stacked
from pilotzone.panels.store import Store


def stack(data: Design, store: Store) -> Result:
    """Stacked regression: the sample of each cohort is its window and the units untreated in it.

    The option ``window`` ("-3 1") names the first and last event. Without it the sample must hold
    one cohort, whose window is all its years. Cohorts whose window leaves the sample are named.
    """
    y, unit, period, _ = arrays(data)
    held = {"controls": data.controls_or_none, "weights": data.row_weights}
    made = stacked(
        y, unit, period, data.cohort_within, window=_window(data), cluster=data.cluster, **held
    )
    overall = estimate_rows(made.overall, 1).assign(term="overall:simple")
    events = estimate_rows(made.events, len(made.events.names) - len(data.control_names))
    return Result(
        pd.concat([overall, events], ignore_index=True),
        {
            **fit_fields(made.overall, data),
            "nobs": made.overall.nobs,
            "n_units": made.n_units,
            "n_treated": made.n_treated,
            "n_dropped": data.n_dropped + made.n_dropped,
            "reason": tuple(u.reason for u in made.unidentified),
            "reference": _samples(made),
        },
        covariance=covariance_of(made.events.names, made.events.covariance),
    )


def _window(data: Design) -> tuple[int, int]:
    """Return the first and last event of the stacked samples."""
    declared = str(data.spec.option("window"))
    if declared != "none":
        return event_window(declared)
    cohorts = [int(g) for g in sorted(set(data.cohort_within) - {0})]
    if len(cohorts) != 1:
        raise NotIdentified("several_cohorts", sample=data.spec.rows.id, cohorts=cohorts)
    return int(data.period.min()) - cohorts[0], int(data.period.max()) - cohorts[0]


def _samples(made: Stacked) -> tuple[Reason, ...]:
    """Return the cohorts that are stacked, each with its clean controls."""
    if len(made.experiments) == 1:
        one = made.experiments[0]
        untreated = Reason("untreated_throughout", {"units": one.n_controls})
        return Reason("cohort", {"cohort": int(one.cohort)}), untreated
    sizes = [(int(e.cohort), e.n_treated, e.n_controls) for e in made.experiments]
    return (Reason("stacked_cohorts", {"sizes": sizes}),)
