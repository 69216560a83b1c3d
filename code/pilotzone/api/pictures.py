"""Pictures of a fit: a path by event time, or terms one below the other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pilotzone.api.protocol import Found
from pilotzone.errors import UserError
from pilotzone.plots import marks, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EVENT, HORIZON = "event", "horizon"
TIMES = {EVENT: "Periods since treatment", HORIZON: "Horizon"}
SIZE = 4
ZERO: dict[str, Any] = dict(marks.ZERO)
GUIDE: dict[str, Any] = dict(marks.GUIDE)


def draw(fit: Found, ax: "Axes | None" = None) -> "Axes":
    """Return axes with the estimates of a fit; new ones if none are given.

    Raises
    ------
    UserError
        If the fit has no estimate.
    """
    import matplotlib.pyplot as plt

    rows = _rows(fit)
    if not rows:
        raise UserError(f"{fit.title}: no estimate to draw")
    axes = plt.subplots(layout="constrained")[1] if ax is None else ax
    kind = next((kind for kind in TIMES if _of(kind, rows)), "")
    if kind:
        _path(axes, _of(kind, rows), kind)
        axes.set_ylabel(f"Effect on {fit.outcome}")
    else:
        _list(axes, rows, list(fit.tidy().dropna(subset=["estimate"])["term"]))
    return axes


def _rows(fit: Found) -> list[dict[str, object]]:
    """Return the estimates with what stands against each, as pictures take them."""
    cautions = fit.parts.get("cautions", pd.DataFrame(columns=["term", "reason"]))
    said = dict(zip(cautions["term"], cautions["reason"], strict=True))
    there = fit.rows.reindex(columns=[*fit.rows, "ci_low", "ci_high"]).dropna(subset=["estimate"])
    there = there.loc[:, ~there.columns.duplicated()]
    return [
        {**row, "caution": said.get(row["term"], ""), "coverage": float("nan")}
        for row in there.to_dict("records")
    ]


def _of(kind: str, rows: Sequence[Mapping[str, object]]) -> dict[int, Mapping[str, object]]:
    """Return the rows of a path by time, in order."""
    pieces = ((str(row["term"]).partition(":"), row) for row in rows)
    return dict(
        sorted((int(float(last)), row) for (first, _, last), row in pieces if first == kind)
    )


def _path(axes: "Axes", rows: Mapping[int, Mapping[str, object]], kind: str) -> None:
    axes.axhline(0, **ZERO)
    if kind == EVENT:
        axes.axvline(-0.5, **GUIDE)
    points.draw(axes, list(rows), list(rows.values()), marks.Mark(marks.BLUE, "o"), size=SIZE)
    axes.set_xlabel(TIMES[kind])


def _list(axes: "Axes", rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> None:
    axes.axvline(0, **ZERO)
    places = list(range(len(rows)))
    mark = marks.Mark(marks.BLUE, "o")
    points.draw(axes, places, rows, mark, size=SIZE, across=True)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
