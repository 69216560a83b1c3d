"""Read and validate the published figures of ``data/raw``.

Every table is checked against its own schema, then against the others. A failure is one line that
names file, line or unit-year, column and the way out. Nothing is repaired and nothing is dropped:
what the checks let pass is returned as printed, sorted by key.
"""

from pilotzone.panels.raw.figures import RawTables, check_ratio_vintages, unusable, wide
from pilotzone.panels.raw.reading import Places, read_places, read_raw

__all__ = [
    "Places",
    "RawTables",
    "check_ratio_vintages",
    "read_places",
    "read_raw",
    "unusable",
    "wide",
]
