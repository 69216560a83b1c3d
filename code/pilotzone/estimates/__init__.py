"""The files under ``output/estimates``: every number of the project passes through here."""

from pilotzone.estimates.cautions import keeps_interval, read_cautioned
from pilotzone.estimates.columns import Column, columns_of, varying
from pilotzone.estimates.entries import LEVEL, rows, statistic_row, tail_probability, value_rows
from pilotzone.estimates.files import (
    RTOL,
    number_text,
    read,
    records,
    replace_bytes,
    replace_text,
    tidy,
    to_text,
    write,
)
from pilotzone.estimates.schemas import ESTIMATES, MODELS, PARTS, SCHEMAS, schema, schema_of

__all__ = [
    "ESTIMATES",
    "LEVEL",
    "MODELS",
    "PARTS",
    "RTOL",
    "SCHEMAS",
    "Column",
    "columns_of",
    "keeps_interval",
    "number_text",
    "read",
    "read_cautioned",
    "records",
    "replace_bytes",
    "replace_text",
    "rows",
    "schema",
    "schema_of",
    "statistic_row",
    "tail_probability",
    "tidy",
    "to_text",
    "value_rows",
    "varying",
    "write",
]
