"""Words that belong to no record, English and Chinese, from the TOML files in ``phrases``.

Each constant is a table of that name in one of the files: pairs by name, forms with holes, or
lists of pairs.
"""

import functools
from pathlib import Path

from pilotzone import textfile

FOLDER = Path(__file__).parent / "phrases"
Words = dict[str, tuple[str, str]]


@functools.cache
def _tables() -> dict[str, object]:
    """Return every table of the files by its name."""
    found: dict[str, object] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= textfile.toml(path)
    return {name: _fixed(table) for name, table in found.items()}


def _fixed(value: object) -> object:
    """Return lists as tuples, so that no page can change what another one prints."""
    if isinstance(value, dict):
        return {key: _fixed(inner) for key, inner in value.items()}
    return tuple(map(_fixed, value)) if isinstance(value, list) else value


# Notes below figures.
FIGURE_NOTES: Words = _tables()["FIGURE_NOTES"]
# Heads of rows and columns, marks between pieces of text, units of a panel.
WORDS: Words = _tables()["WORDS"]
MARKS: Words = _tables()["MARKS"]
OVERVIEW: Words = _tables()["OVERVIEW"]
PERIODS: Words = _tables()["PERIODS"]
UNITS: dict[str, tuple[tuple[str, str, str], ...]] = _tables()["UNITS"]
ELEMENTS: Words = _tables()["ELEMENTS"]
FLAGS: Words = _tables()["FLAGS"]
KINDS: Words = _tables()["KINDS"]
DESIGNS: Words = _tables()["DESIGNS"]
COMPARISONS: Words = _tables()["COMPARISONS"]
CONSTANT: Words = _tables()["CONSTANT"]
# Panels below the lines of a table.
FEEDBACK: Words = _tables()["FEEDBACK"]
SIMULATION: Words = _tables()["SIMULATION"]
SIMULATED_TERMS: Words = _tables()["SIMULATED_TERMS"]
TRUTHS: Words = _tables()["TRUTHS"]
# Terms, words around a variable in a term, terms with a number in them, groups of units.
TERMS: Words = _tables()["TERMS"]
PREFIXES: Words = _tables()["PREFIXES"]
TERM_FORMS: tuple[tuple[str, str, str], ...] = _tables()["TERM_FORMS"]
GROUPS: Words = _tables()["GROUPS"]
# How the index is spread over units.
INEQUALITY: Words = _tables()["INEQUALITY"]
SPREAD: Words = _tables()["SPREAD"]
CONVERGENCE: Words = _tables()["CONVERGENCE"]
SHAPE: Words = _tables()["SHAPE"]
CHAINS: Words = _tables()["CHAINS"]
CLASS_NUMERALS: tuple[str, ...] = _tables()["CLASS_NUMERALS"]
COUPLED: Words = _tables()["COUPLED"]
UNCERTAINTY: Words = _tables()["UNCERTAINTY"]
COORDINATION: tuple[tuple[str, str], ...] = _tables()["COORDINATION"]
# Labels of columns that no other dimension tells apart.
VARIANTS: Words = _tables()["VARIANTS"]
VARIANT_FORMS: tuple[tuple[str, str, str], ...] = _tables()["VARIANT_FORMS"]
# The claims board: both readings, vetoes, what decided, doubts about the data.
VERDICTS: Words = _tables()["VERDICTS"]
OWN_DESIGNS: Words = _tables()["OWN_DESIGNS"]
VETOES: Words = _tables()["VETOES"]
STATES: Words = _tables()["STATES"]
DECIDED: Words = _tables()["DECIDED"]
DECIDED_BRIEFLY: Words = _tables()["DECIDED_BRIEFLY"]
BESIDE_CHECKS: Words = _tables()["BESIDE_CHECKS"]
JUDGED_ON: Words = _tables()["JUDGED_ON"]
LEFT_OUT: Words = _tables()["LEFT_OUT"]
DOUBTS: Words = _tables()["DOUBTS"]
JOINT: Words = _tables()["JOINT"]
CHOSEN: Words = _tables()["CHOSEN"]
MULTIVERSE: Words = _tables()["MULTIVERSE"]
CLAIM_KINDS: Words = _tables()["CLAIM_KINDS"]
WORLDS: Words = _tables()["WORLDS"]
NOISES: Words = _tables()["NOISES"]
AUDITED: Words = _tables()["AUDITED"]
FAULTS: Words = _tables()["FAULTS"]
FAULT_SCORES: Words = _tables()["FAULT_SCORES"]
CLAIM_NOTES: Words = _tables()["CLAIM_NOTES"]
# How errors were made, sentences under tables, reasons.
COMPUTED: Words = _tables()["COMPUTED"]
SENTENCES: Words = _tables()["SENTENCES"]
REASONS: Words = _tables()["REASONS"]
