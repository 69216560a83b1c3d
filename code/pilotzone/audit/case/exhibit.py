"""How our auditor does on the bench, before and after it was built."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from pilotzone.audit.case import auditor, folder, naive
from pilotzone.audit.case.folder import Folder, Named
from pilotzone.catalogue import Description
from pilotzone.faultbench import bench, scores
from pilotzone.faultbench.scores import Answer
from pilotzone.panels.store import Store

Auditor = Callable[[Folder], list[Named]]
# The first is what the audit had before this bench.
AUDITORS: dict[str, Auditor] = {"feasibility": naive.audit, "refit": auditor.audit}


def faultbench(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return the confusion matrix and the scores of our auditors on the cases of a seed."""
    with tempfile.TemporaryDirectory() as made:
        below = Path(made)
        for _ in bench.make(below, description.draws, description.seed):
            pass
        written = below / str(description.seed)
        key = scores.read_key(written / bench.KEY_FILE)
        answers = answered(scores.folders(written, key))
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


def answered(cases: Mapping[str, Path]) -> dict[str, dict[str, Answer]]:
    """Return the first answer of each auditor on each case."""
    found: dict[str, dict[str, Answer]] = {name: {} for name in AUDITORS}
    for number, path in cases.items():
        read = folder.read(path)
        for name, audit in AUDITORS.items():
            named = (Answer(one.fault, one.where) for one in audit(read))
            found[name][number] = scores.first(named)
    return found
