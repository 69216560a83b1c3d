"""The columns of an exhibit with what was estimated for each."""

import dataclasses
import re

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.errors import UserError


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of an exhibit: its literal, its model row and its estimate rows by term."""

    literal: Specification
    model: dict[str, object]
    terms: dict[str, dict[str, object]]

    @property
    def identified(self) -> bool:
        """Say whether the design identifies the estimand."""
        return self.model["identified"] == "yes"


def columns_in_order(
    exhibit_id: str, exhibit: Exhibit, estimates: pd.DataFrame, models: pd.DataFrame
) -> tuple[Column, ...]:
    """Return the columns in the order of the literal, or refuse files of another exhibit."""
    ids = exhibit.column_ids()
    by_column = {row["column"]: row for row in models.to_dict("records")}
    odd = (set(ids) ^ set(by_column)) | (set(estimates["column"]) - set(ids))
    if odd:
        raise UserError(
            f"{exhibit_id}: the estimates are those of other columns ({', '.join(sorted(odd))}); "
            f"run `make output/estimates/{exhibit_id}.csv`"
        )
    terms = {i: {} for i in ids}
    for row in estimates.to_dict("records"):
        terms[row["column"]][row["term"]] = row
    return tuple(
        Column(literal, by_column[i], terms[i])
        for i, literal in zip(ids, exhibit.columns, strict=True)
    )


def natural(text: str) -> tuple:
    """Return a sort key in which -4, 0.01, 2 and 10 stand in the order of numbers."""
    parts = re.split(r"(-?\d+(?:\.\d+)?)", text)
    return tuple(
        (1, float(p), "") if re.fullmatch(r"-?\d+(\.\d+)?", p) else (0, 0.0, p) for p in parts
    )
