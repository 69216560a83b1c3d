"""Columns that another exhibit has: read from its files instead of estimated twice."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, Specification
from pilotzone.engine import cautions
from pilotzone.engine.design import Result
from pilotzone.panels.store import Store


def results_of(
    exhibit_id: str, exhibit: Exhibit, folder: Path
) -> Callable[[Specification, Store], Result]:
    """Return what gives the result of a column from the estimates of an exhibit.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
        It keeps all terms.
    folder : Path
        The estimates, where it stands.
    """

    def read(part: str) -> pd.DataFrame:
        name = f"{exhibit_id}.{part}.csv" if part else f"{exhibit_id}.csv"
        return estimates.read(folder / name).drop(columns="exhibit")

    terms, models = read(""), read("models").set_index("column")
    there = (folder / f"{exhibit_id}.{cautions.PART}.csv").exists()
    said = read(cautions.PART) if there else terms[:0]
    ids = dict(zip(exhibit.columns, exhibit.column_ids(), strict=True))

    def result(spec: Specification, store: Store) -> Result:
        column = ids[spec]
        rows, of_rows = (
            table[table["column"] == column].drop(columns="column") for table in (terms, said)
        )
        parts = {cautions.PART: of_rows} if len(of_rows) else {}
        return Result(rows, models.loc[column].to_dict(), parts)

    return result
