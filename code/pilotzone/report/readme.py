"""The generated parts of README and of the pages in docs.

They stand between markers and are never edited by hand.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from pilotzone import estimates, exhibits
from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
from pilotzone.report import findings
from pilotzone.tables.faultbench import BEFORE, NOW, SHOWN, WITHHELD, by_fault, silent_faults
from pilotzone.tables.finish import literals_file

MARK = "<!-- {edge}: {part} (written by make readme) -->"
MARKED = re.compile(r"<!-- (?:begin|end): (\w+) \(written by make readme\) -->")


def fill(text: str, output: Path) -> str:
    """Return the text of a page with every marked part made anew from ``output``.

    Raises
    ------
    UserError
        If there is no marked part, one is unknown or lacks one of its markers, or a file that it
        reads is missing.
    """
    parts = MARKED.findall(text)
    if not parts:
        raise UserError(f"no part to fill; known: {', '.join(PARTS)}")
    for part in dict.fromkeys(parts):
        if part not in PARTS:
            raise UserError(f"part '{part}' is unknown; known: {', '.join(PARTS)}")
        begin, end = (MARK.format(edge=edge, part=part) for edge in ("begin", "end"))
        if text.count(begin) != 1 or text.count(end) != 1:
            raise UserError(f"a page needs the line '{begin}' and the line '{end}' once each")
        before, rest = text.split(begin)
        after = rest.split(end)[1]
        text = f"{before}{begin}\n{PARTS[part](output)}\n{end}{after}"
    return text


def exhibit_list(output: Path) -> str:
    """Every exhibit with its title, its file of literals and what it writes, linked from docs."""
    rows = []
    for exhibit_id in exhibits.paths():
        exhibit = exhibits.load(exhibit_id)
        written = [f"[table](../output/tables/{exhibit_id}.md)"]
        if exhibits.drawn(exhibit_id, exhibit, output / "estimates"):
            written.append(f"[figure](../output/figures/{exhibit_id}.png)")
        written.append(f"[numbers](../output/estimates/{exhibit_id}.csv)")
        name = f"[`{exhibit_id}`](../{literals_file(exhibit_id)})"
        rows.append([name, exhibit.title, ", ".join(written)])
    return findings.pipe_table(["exhibit and program", "shows", "output"], rows)


def benchmark(output: Path) -> str:
    """Seconds of our core and of the libraries, from the last ``make bench``."""
    path = output / "benchmark.csv"
    if not path.exists():
        raise UserError(f"{path}: not there; run `make bench`")
    with path.open(encoding="utf-8", newline="") as file:
        lines = [
            {**line, "seconds": line["seconds"] or line["note"]} for line in csv.DictReader(file)
        ]
    rows = [
        [line[name] for name in ("task", "size", "program", "seconds", "ratio", "extra_mb")]
        for line in lines
    ]
    return findings.pipe_table(
        ["task", "size", "program", "seconds", "times ours", "extra MB"], rows
    )


def faultbench(output: Path) -> str:
    """What our auditor finds of each planted fault; how to find out, where bench has not run."""
    path = output / "estimates/faultbench.scores.csv"
    if not path.exists():
        return "Not estimated here yet: `make output/estimates/faultbench.csv`."
    scores = estimates.read(path)
    rows = [
        [f"`{fault}`", ENGLISH.word(fault, phrasebook.FAULTS), *(f"{n:.0f}" for n in numbers)]
        for fault, numbers in by_fault(scores).items()
    ]
    heads = {BEFORE: " before", NOW: "", WITHHELD: ", its check withheld"}
    head = ["fault", "what is wrong", *(f"{name}{heads[who]}" for who, name in SHOWN)]
    silent = ", ".join(f"`{fault}`" for fault in silent_faults(scores))
    said = f"No table betrays {silent}: not a byte of what an auditor reads is another one."
    return f"{findings.pipe_table(head, rows)}\n\n{said}"


PARTS: dict[str, Callable[[Path], str]] = {
    "found": findings.found,
    "verdicts": findings.verdicts,
    "claims": findings.claims,
    "baseline": findings.baseline,
    "modern": findings.modern,
    "cities": findings.cities,
    "chinese": findings.chinese,
    "exhibits": exhibit_list,
    "benchmark": benchmark,
    "faultbench": faultbench,
}


def links(text: str) -> list[str]:
    """Return the relative targets of the Markdown links in a text."""
    return [t for t in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in t]
