"""The table of planted faults, and how many of them our auditor finds."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.estimates import records
from pilotzone.tables.grid import Body, HeaderRow, Heading, Panel, Parts, Row, single
from pilotzone.tables.style import Style, count

BEFORE, NOW, WITHHELD = "feasibility", "refit", "withheld"
NONE = "none"
# What a line shows, of which auditor.
SHOWN = (
    (NOW, "cases"),
    (NOW, "traced"),
    (BEFORE, "detected"),
    (NOW, "detected"),
    (NOW, "named"),
    (NOW, "placed"),
    (WITHHELD, "detected"),
)


def faultbench(parts: Parts, style: Style) -> Body:
    """Return a line for each fault: cases, what was found before and is found now, and as what."""
    lexicon = style.lexicon

    def said(name: str) -> str:
        return lexicon.word(name, phrasebook.FAULT_SCORES)

    spans = (("", 2), (said(BEFORE), 1), (said(NOW), 3), (said(WITHHELD), 1), (said(NOW), 1))
    header = (
        HeaderRow("", tuple(Heading(text, span) for text, span in spans)),
        single(said("fault"), [*(said(name) for _, name in SHOWN), said("called")]),
    )
    confusion, lines = records(parts[""]), []
    for fault, numbers in by_fault(parts["scores"]).items():
        cells = (*map(count, numbers), _called(confusion, fault, style))
        lines.append(Row(lexicon.word(fault, phrasebook.FAULTS), cells, term=fault))
    return Body(header, (Panel(tuple(lines)),), notes=tuple(_sums(parts["scores"], style)))


def by_fault(scores: pd.DataFrame) -> dict[str, tuple[float, ...]]:
    """Return what a line shows of each fault that the cases have, in the order of the words."""
    at = {(row["auditor"], row["fault"]): row for row in records(scores)}
    there = set(scores["fault"])
    return {
        fault: tuple(float(at[who, fault][name]) for who, name in SHOWN)
        for fault in phrasebook.FAULTS
        if fault in there
    }


def _called(confusion: Sequence[Mapping[str, object]], fault: str, style: Style) -> str:
    """Return what a fault was called otherwise, the most frequent first."""
    lexicon = style.lexicon
    mine = sorted(
        (-row["count"], row["called"])
        for row in confusion
        if row["auditor"] == NOW and row["fault"] == fault != row["called"]
    )
    form = lexicon.word("called_form", phrasebook.FAULT_SCORES)
    return lexicon.mark("comma").join(
        form.format(called=lexicon.word(called, phrasebook.FAULTS), count=count(-less))
        for less, called in mine
    )


def _sums(scores: pd.DataFrame, style: Style) -> list[str]:
    """Return the sums over all faults, and which of them leave no trace."""
    lexicon = style.lexicon
    right = scores["fault"] == NONE
    faulty = scores[~right].drop(columns="fault").groupby("auditor").sum()
    clean = scores[right].set_index("auditor").reindex(faulty.index).fillna(0)
    facts = {
        name: count(faulty.loc[NOW, name]) for name in ("traced", "detected", "named", "placed")
    }
    facts |= {
        "earlier": count(faulty.loc[BEFORE, "detected"]),
        "blind": count(faulty.loc[WITHHELD, "detected"]),
        "clean": count(clean.loc[NOW, "cases"]),
        "alarms": count(clean.loc[NOW, "detected"]),
        "earlier_alarms": count(clean.loc[BEFORE, "detected"]),
    }
    notes = [lexicon.word("sums", phrasebook.FAULT_SCORES).format(**facts)]
    silent = silent_faults(scores)
    if silent:
        names = lexicon.mark("comma").join(lexicon.word(f, phrasebook.FAULTS) for f in silent)
        notes.append(lexicon.word("silent", phrasebook.FAULT_SCORES).format(faults=names))
    return notes


def silent_faults(scores: pd.DataFrame) -> list[str]:
    """Return the faults that left no trace in any of their cases."""
    traced = scores[scores["fault"] != NONE].groupby("fault")["traced"].sum()
    return [name for name in phrasebook.FAULTS if traced.get(name) == 0]
