"""Cells of cohort and period without an estimate."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.cohorts import StaggeredPanel, whole


class Unidentified(NamedTuple):
    """A cell without an estimate: cohort, period, treated units in it, and why."""

    cohort: float
    period: float
    n_treated: int
    reason: Reason


def lost_cell(code: str, g: float, t: float, n_treated: int, **facts: object) -> Unidentified:
    """A cell without an estimate; cohort and period are facts of its reason."""
    reason = Reason(code, {"cohort": whole(g), "period": whole(t), **facts})
    return Unidentified(float(g), float(t), int(n_treated), reason)


def no_period_before(panel: StaggeredPanel, g: float, t: float, n_treated: int) -> Unidentified:
    """A cell of a cohort treated in all periods; the reason is the same in all its cells."""
    reason = Reason("no_period_before", {"cohort": whole(g), **panel.span})
    return Unidentified(float(g), float(t), n_treated, reason)


def by_cell(lost: Unidentified) -> tuple[float, float]:
    """Cohort and period: the order in which cells are listed."""
    return lost.cohort, lost.period


def summary(lost: Sequence[Unidentified]) -> Reason:
    """The first reason, and for how many cells there is one."""
    count = len({str(u.reason) for u in lost})
    facts = {"why": lost[0].reason, "cells": len(lost)}
    if count == 1:
        return Reason("all_cells", facts)
    return Reason("first_of_cells", {**facts, "reasons": count})


def always_treated(panel: StaggeredPanel) -> list[Unidentified]:
    """Cells of cohorts without a period before treatment."""
    return [
        no_period_before(panel, g, t, int((panel.cohort == g).sum()))
        for g in np.unique(panel.cohort[panel.always])
        for t in panel.periods[panel.periods >= g]
    ]


def require_never_treated(panel: StaggeredPanel) -> None:
    """Refuse a comparison with never-treated units where there are none.

    Raises
    ------
    NotIdentified
        With the last cohort and the years of the sample.
    """
    if panel.ever.all():
        raise NotIdentified("no_never_treated", cohort=whole(panel.cohort.max()), **panel.span)
