"""A treatment some years before the true one."""

import dataclasses

from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import COUNTED, estimate_rows, fit_fields
from pilotzone.engine.linear import fit
from pilotzone.errors import Reason
from pilotzone.panels.store import Store


def in_time(data: Design, store: Store) -> Result:
    """A treatment some years before the true one, on rows before the true one alone."""
    years = int(data.spec.option("years_early"))
    before = (data.cohort == 0) | (data.period < data.cohort)
    early = data.where(before)
    fake = (early.cohort > 0) & (early.period >= early.cohort - years)
    frame = early.frame.assign(**{data.spec.treatment: fake.astype(float)})
    moved = dataclasses.replace(early, panel=dataclasses.replace(early.panel, frame=frame))
    result = fit(moved)
    counts = moved.where(~result.singletons).describe()
    fields = {
        **fit_fields(result, moved),
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + int((~before).sum()) + result.n_singletons,
        "reference": Reason("moved_forward", {"years": years}),
    }
    return Result(estimate_rows(result, 1), fields)
