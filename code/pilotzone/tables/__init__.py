"""Tables: from the estimates files to one grid of text, and from the grid to a rendering."""

import dataclasses
from pathlib import Path

from pilotzone import estimates
from pilotzone.catalogue import Exhibit
from pilotzone.tables import designs, kinds, listing, notes, regression
from pilotzone.tables import dynamics as feedback
from pilotzone.tables.grid import Grid, HeaderRow, Heading, Panel, body_columns, columns
from pilotzone.tables.style import Source, Style


def build(
    exhibit_id: str,
    exhibit: Exhibit,
    folder: Path,
    style: Style | None = None,
    source: Source | None = None,
) -> Grid:
    """Return the table of an exhibit from its files below ``folder``.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    folder : Path
    style : Style, optional
    source : Source, optional
        Where the numbers come from, if not from the project's figures: a reader's file.

    Raises
    ------
    UserError
        If a file is missing or is not the exhibit's, or a label or a kind of table is missing.
    """
    style = style or Style()
    if source:
        style = dataclasses.replace(style, source=source)
    if exhibit.describe:
        return kinds.descriptive_grid(exhibit_id, exhibit, folder, style)
    main = estimates.read_cautioned(folder, exhibit_id, exhibit)
    frames = main, estimates.read(folder / f"{exhibit_id}.models.csv")
    if estimates.schema(exhibit, "") is not estimates.ESTIMATES:
        return designs.decomposition_grid(exhibit_id, exhibit, *frames, style)
    grid = LAYOUTS[exhibit.layout](exhibit_id, exhibit, *frames, style)
    for part, panels_of in PARTS.items():
        path = folder / f"{exhibit_id}.{part}.csv"
        if path.exists():
            made = panels_of(estimates.read(path), exhibit, style)
            panels = (_widened(panel, grid.n_columns) for panel in made)
            grid = dataclasses.replace(grid, panels=(*grid.panels, *panels))
    said: list[str] = []
    for part, notes_of in NOTED.items():
        path = folder / f"{exhibit_id}.{part}.csv"
        said += notes_of(estimates.read(path), exhibit, style.lexicon) if path.exists() else []
    filled = [i for i, cells in enumerate(body_columns(grid)) if any(cells)]
    return dataclasses.replace(
        columns(grid, filled), notes=(*grid.notes[:-1], *said, grid.notes[-1])
    )


def _widened(panel: Panel, width: int) -> Panel:
    """Return a panel with empty cells behind its own, as many columns as the table has."""
    empty = ("",) * (width - len(panel.rows[0].cells))
    rows = tuple(dataclasses.replace(row, cells=(*row.cells, *empty)) for row in panel.rows)
    header = tuple(
        HeaderRow(line.label, (*line.headings, *map(Heading, empty))) for line in panel.header
    )
    return dataclasses.replace(panel, rows=rows, header=header)


# Parts that stand below an exhibit's own lines.
PARTS = {
    "balance": listing.balance_panels,
    "simulation": listing.simulation_panels,
} | feedback.PARTS
# Parts that are told in the note.
NOTED = {"flow": notes.flow_notes, "support": notes.support_notes}
LAYOUTS = {
    "columns": regression.regression_grid,
    "list": listing.listing_grid,
    "summary": listing.summary_grid,
}
