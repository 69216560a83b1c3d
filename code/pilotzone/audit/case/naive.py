"""The auditor before any tuning: only what a typed table says of itself.

A cell that contradicts the others is a fault without a name; a row that fits the normal
distribution only is ``normal_p``.
"""

import dataclasses

from pilotzone.audit import typed_table
from pilotzone.audit.case.folder import Folder, Named, fitting

# What no fault is called: something is wrong, and what it is remains open.
UNNAMED = "impossible"


def audit(folder: Folder) -> list[Named]:
    """Return what the feasibility of the cells alone says of a folder.

    Raises UserError if note and files do not fit each other.
    """
    with fitting(folder):
        stars, level = tuple(folder.note["stars"]), float(folder.note["level"])
        drawn = {one["column"] for one in folder.note["columns"] if one["draws"]}
        named = []
        for row in folder.rows:
            found = typed_table.check([_of_t(row, row.column in drawn)], stars, level).findings
            if any(one.impossible for one in found):
                named.append(Named(UNNAMED, f"column:{row.column}/term:{row.term}"))
            elif found:
                named.append(Named("normal_p", "table"))
        return named


def _of_t(row: typed_table.TypedRow, drawn: bool) -> typed_table.TypedRow:
    """Return a row without the p of a bootstrap, which is not that of t, and so without stars."""
    if not drawn:
        return row
    cells = {name: text for name, text in row.cells.items() if name not in ("p", "stars")}
    return dataclasses.replace(row, cells=cells)
