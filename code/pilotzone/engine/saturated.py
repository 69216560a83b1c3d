"""Saturated regressions: Sun-Abraham and the extended two-way regression."""

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import arrays, group_time
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.panels.store import Store


def sun(data: Design, store: Store) -> Result:
    """Sun and Abraham; units not treated within the sample are the reference."""
    y, unit, period, _ = arrays(data)
    choices = {"reference": "never", "controls": data.controls_or_none}
    effects = sun_abraham(y, unit, period, data.cohort_within, **choices)
    return group_time(data, effects, ("simple", "dynamic"))


def wooldridge(data: Design, store: Store) -> Result:
    """Extended two-way fixed effects, units not treated within the sample as reference."""
    y, unit, period, _ = arrays(data)
    effects = extended_twfe(y, unit, period, data.cohort_within, controls=data.controls_or_none)
    return group_time(data, effects, ("simple", "dynamic"))
