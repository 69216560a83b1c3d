"""Cells of cohort and period without an estimate."""

from collections.abc import Sequence
from typing import NamedTuple

from pilotzone.errors import Reason


class Unidentified(NamedTuple):
    """A cell without an estimate: cohort, period, treated units in it, and why."""

    cohort: float
    period: float
    n_treated: int
    reason: Reason


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
