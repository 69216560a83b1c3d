"""How our auditor does on the bench, before and after it was built."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from pilotzone.audit.case import auditor, folder, naive
from pilotzone.audit.case.folder import Named
from pilotzone.catalogue import Description
from pilotzone.faultbench import bench, scores
from pilotzone.faultbench.faults import NONE
from pilotzone.faultbench.scores import Answer
from pilotzone.panels.store import Store

BEFORE, NOW, WITHHELD = "feasibility", "refit", "withheld"


def faultbench(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return the confusion matrix and the scores of our auditors on the cases of a seed."""
    with tempfile.TemporaryDirectory() as made:
        below = Path(made)
        for _ in bench.make(below, description.draws, description.seed):
            pass
        written = below / str(description.seed)
        key = scores.read_key(written / bench.KEY_FILE)
        answers = answered(key, scores.folders(written, key))
    confused, scored = [], []
    for name, given in answers.items():
        confused += [
            (name, fault, called, count)
            for (fault, called), count in sorted(scores.confusion(key, given).items())
        ]
        scored += [
            (name, one.fault, one.cases, one.traced, one.detected, one.named, one.placed)
            for one in scores.scores(key, given)
        ]
    counts = ["cases", "traced", "detected", "named", "placed"]
    return {
        "": pd.DataFrame(confused, columns=["auditor", "fault", "called", "count"]),
        "scores": pd.DataFrame(scored, columns=["auditor", "fault", *counts]),
    }


def answered(
    key: Mapping[str, tuple[Answer, int]], cases: Mapping[str, Path]
) -> dict[str, dict[str, Answer]]:
    """Return the first answer on each case: before, now, and now without the fault's own check."""
    found: dict[str, dict[str, Answer]] = {BEFORE: {}, NOW: {}, WITHHELD: {}}
    for number, path in cases.items():
        read, fault = folder.read(path), key[number][0].fault
        found[BEFORE][number] = _first(naive.audit(read))
        found[NOW][number] = now = _first(auditor.audit(read))
        # Nothing can be withheld where another fault, or none, is named anyway.
        known = now.fault == fault != NONE
        blind = _first(auditor.audit(read, withheld=fault)) if known else now
        found[WITHHELD][number] = blind
    return found


def _first(named: Iterable[Named]) -> Answer:
    return scores.first(Answer(one.fault, one.where) for one in named)
