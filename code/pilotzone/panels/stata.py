"""The Stata file of a built panel: its csv with the names and labels of the codebook."""

import datetime
from pathlib import Path

from pilotzone.catalogue.codebook import codebook
from pilotzone.errors import UserError
from pilotzone.panels.files import drafts
from pilotzone.panels.store import FolderStore

# Stata files carry the day of writing; a fixed one keeps the bytes the same from build to build.
STAMP = datetime.datetime(2025, 3, 7)
TITLES = {"province": "China, provinces by year", "city": "China, cities by year"}
# Stata takes no longer label.
LONGEST = 80


def write(folder: Path, panel: str) -> Path:
    """Write ``<panel>_panel.dta`` (Stata 118) beside the csv from which it is made; its path.

    Parameters
    ----------
    folder : Path
        Holds the built panel.
    panel : {'province', 'city'}

    Raises
    ------
    UserError
        If the panel is not built or a column is not in the codebook; nothing is written then.
    """
    frame, book = FolderStore(folder).table(f"{panel}_panel"), codebook(panel)
    unknown = [column for column in frame.columns if column not in book]
    if unknown:
        raise UserError(
            f"data/codebook.csv has no variable '{unknown[0]}' of panel {panel}; add a row with "
            "its labels"
        )
    short = {column: book[column]["stata_name"] for column in frame.columns}
    described = {short[column]: _described(book[column]) for column in short}
    with drafts(folder, last="") as draft:
        frame.rename(columns=short).to_stata(
            draft / f"{panel}_panel.dta",
            version=118,
            write_index=False,
            variable_labels=described,
            data_label=TITLES[panel],
            time_stamp=STAMP,
        )
    return folder / f"{panel}_panel.dta"


def _described(row: dict[str, str]) -> str:
    label, unit = row["label_en"], row["unit"]
    return (f"{label} ({unit})" if unit else label)[:LONGEST]
