"""The columns of an exhibit with what was estimated for each."""

import dataclasses
from collections.abc import Iterable

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.spec import DIMENSIONS
from pilotzone.errors import UserError
from pilotzone.estimates.files import records


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of an exhibit: its id, its literal, its model row, its estimate rows by term."""

    id: str
    literal: Specification
    model: dict[str, object]
    terms: dict[str, dict[str, object]]

    @property
    def identified(self) -> bool:
        """Say whether the design identifies the estimand."""
        return self.model["identified"] == "yes"


def columns_of(
    exhibit_id: str, exhibit: Exhibit, main: pd.DataFrame, models: pd.DataFrame
) -> tuple[Column, ...]:
    """Return the columns in the order of the literal; a main file without terms gives none.

    Raises
    ------
    UserError
        If the files hold other columns than the exhibit.
    """
    ids = exhibit.column_ids()
    rows = {row["column"]: row for row in records(models)}
    estimated = records(main) if "term" in main.columns else []
    odd = (set(ids) ^ set(rows)) | ({row["column"] for row in estimated} - set(ids))
    if odd:
        raise UserError(
            f"{exhibit_id}: the estimates are those of other columns ({', '.join(sorted(odd))}); "
            f"run `make output/estimates/{exhibit_id}.csv`"
        )
    terms = {i: {} for i in ids}
    for row in estimated:
        terms[row["column"]][row["term"]] = row
    pairs = zip(ids, exhibit.columns, strict=True)
    return tuple(Column(i, literal, rows[i], terms[i]) for i, literal in pairs)


def varying(columns: Iterable[Column]) -> list[str]:
    """Return the dimensions in which columns differ, the inference aside."""
    literals = [column.literal for column in columns]
    return [d for d in DIMENSIONS if len({one.dimension(d) for one in literals}) > 1]
