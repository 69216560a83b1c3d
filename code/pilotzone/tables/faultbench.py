"""The table of planted faults, and how many of them our auditor finds."""

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.tables.grid import Body, HeaderRow, Heading, Panel, Parts, Row, single
from pilotzone.tables.style import Style, count

BEFORE, NOW = "feasibility", "refit"
NONE = "none"
COUNTS = ("cases", "traced")
EARLIER = ("detected",)
FINAL = ("detected", "named", "placed")


def faultbench(parts: Parts, style: Style) -> Body:
    """Return a line for each fault: cases, what was found before and is found now, and as what."""
    lexicon, scores = style.lexicon, parts["scores"]

    def said(name: str) -> str:
        return lexicon.word(name, phrasebook.FAULT_SCORES)

    header = (
        HeaderRow(
            "",
            (Heading("", len(COUNTS)), Heading(said(BEFORE)), Heading(said(NOW), len(FINAL) + 1)),
        ),
        single(said("fault"), [said(name) for name in (*COUNTS, *EARLIER, *FINAL, "called")]),
    )
    by_fault = {name: rows.set_index("fault") for name, rows in scores.groupby("auditor")}
    lines = []
    for fault in (name for name in phrasebook.FAULTS if name in by_fault[NOW].index):
        now, before = by_fault[NOW].loc[fault], by_fault[BEFORE].loc[fault]
        numbers = [now[name] for name in COUNTS]
        numbers += [before[name] for name in EARLIER] + [now[name] for name in FINAL]
        cells = (*(count(number) for number in numbers), _called(parts[""], fault, style))
        lines.append(Row(lexicon.word(fault, phrasebook.FAULTS), cells, term=fault))
    return Body(header, (Panel(tuple(lines)),), notes=(*_sums(by_fault, style),))


def _called(confusion: pd.DataFrame, fault: str, style: Style) -> str:
    """Return what a fault was called otherwise, the most frequent first."""
    lexicon = style.lexicon
    mine = confusion[
        (confusion["auditor"] == NOW)
        & (confusion["fault"] == fault)
        & (confusion["called"] != fault)
    ].sort_values(["count", "called"], ascending=[False, True])
    form = lexicon.word("called_form", phrasebook.FAULT_SCORES)
    return lexicon.mark("comma").join(
        form.format(called=lexicon.word(called, phrasebook.FAULTS), count=count(often))
        for called, often in zip(mine["called"], mine["count"], strict=True)
    )


def _sums(by_fault: dict[str, pd.DataFrame], style: Style) -> list[str]:
    """Return the sums over all faults, and which of them leave no trace."""
    lexicon = style.lexicon
    now, before = by_fault[NOW], by_fault[BEFORE]
    sums = now.drop(index=NONE, errors="ignore").sum()
    facts = {name: f"{sums[name]:.0f}" for name in ("traced", *FINAL)}
    facts["earlier"] = f"{before.drop(index=NONE, errors='ignore')['detected'].sum():.0f}"
    for name, table, field in (
        ("alarms", now, "detected"),
        ("clean", now, "cases"),
        ("earlier_alarms", before, "detected"),
    ):
        facts[name] = f"{table[field].get(NONE, 0):.0f}"
    notes = [lexicon.word("sums", phrasebook.FAULT_SCORES).format(**facts)]
    silent = silent_faults(now.reset_index())
    if silent:
        names = lexicon.mark("comma").join(lexicon.word(f, phrasebook.FAULTS) for f in silent)
        notes.append(lexicon.word("silent", phrasebook.FAULT_SCORES).format(faults=names))
    return notes


def silent_faults(scores: pd.DataFrame) -> list[str]:
    """Return the faults that left no trace in any of their cases."""
    silent = scores[(scores["traced"] == 0) & (scores["fault"] != NONE)]["fault"]
    return [name for name in phrasebook.FAULTS if name in set(silent)]
