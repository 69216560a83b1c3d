"""Read and validate the published figures of ``data/raw``.

Every table is checked against its own schema, then against the others. A failure is one line that
names file, line or unit-year, column and the way out. Nothing is repaired and nothing is dropped:
what the checks let pass is returned as printed, sorted by key.
"""

from pilotzone.panels.raw.declared import (
    AS_PUBLISHED,
    CITY_VALUE_ADDED,
    GRP_VINTAGES,
    LAND_BORDER,
    LEVEL_OF_PROVINCE,
    LEVEL_WITHOUT_CODE,
    PARTS_OF,
    TOTAL_RTOL,
    VALUE_ADDED,
)
from pilotzone.panels.raw.figures import (
    RawTables,
    check_ratio_vintages,
    compare_national_totals,
    same_vintage,
    unusable,
    wide,
)
from pilotzone.panels.raw.policies import POLICY_LISTS
from pilotzone.panels.raw.reading import read_raw

__all__ = [
    "AS_PUBLISHED",
    "CITY_VALUE_ADDED",
    "GRP_VINTAGES",
    "LAND_BORDER",
    "LEVEL_OF_PROVINCE",
    "LEVEL_WITHOUT_CODE",
    "PARTS_OF",
    "POLICY_LISTS",
    "TOTAL_RTOL",
    "VALUE_ADDED",
    "RawTables",
    "check_ratio_vintages",
    "compare_national_totals",
    "read_raw",
    "same_vintage",
    "unusable",
    "wide",
]
