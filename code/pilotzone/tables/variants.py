"""What the tables by variant of the index share: their order, titles and rows by year."""

import pandas as pd

from pilotzone.catalogue import codebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Row
from pilotzone.tables.style import Style


def variants(table: pd.DataFrame) -> list[str]:
    """Return the variants of a part in the order of the codebook."""
    there = set(table["variant"])
    return [name for name in codebook.codebook() if name in there]


def titled(variant: str, head: str, lexicon: Lexicon) -> str:
    """Return the title of a panel: the variant, then what stands in the panel."""
    colon = lexicon.mark("colon")
    return f"{lexicon.variable(variant)}{colon}{head}"


def number_rows(table: pd.DataFrame, fields: list[str], style: Style) -> tuple[Row, ...]:
    """Return a row of numbers for each year."""
    return tuple(
        Row(str(year), tuple(style.number(row[f]) for f in fields), term=f"year:{year}")
        for year, row in table.to_dict("index").items()
    )
