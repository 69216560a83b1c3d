"""Points of estimates with their intervals, drawn alike in every picture.

A point is hollow where a caution stands against its term, which then carries no star in a table.
It has no interval either, unless the caution is about the size of the test and the interval was
found to hold (:func:`pilotzone.estimates.keeps_interval`).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pilotzone.catalogue import reasons
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import decode
from pilotzone.estimates import keeps_interval
from pilotzone.plots import marks, source
from pilotzone.plots.source import Axes

Row = Mapping[str, object]
# So many terms are named behind a reason before their points are counted.
NAMED = 3


def doubtful(row: Row) -> bool:
    """Say whether a caution stands against a term."""
    return bool(row["caution"])


def limits(rows: Sequence[Row]) -> np.ndarray:
    """Return lower and upper ends of intervals, (n, 2); NaN where one does not hold."""
    none = (np.nan, np.nan)
    ends = [(r["ci_low"], r["ci_high"]) if keeps_interval(r) else none for r in rows]
    return np.array(ends, dtype=float).reshape(-1, 2)


def fill(mark: marks.Mark, filled: bool) -> dict[str, object]:
    """Return the colours of a point."""
    edge = {"markeredgecolor": mark.colour, "markeredgewidth": marks.EDGE}
    return {"color": mark.colour if filled else "white", **edge}


def draw(
    axes: Axes,
    places: Sequence[float],
    rows: Sequence[Row],
    mark: marks.Mark,
    *,
    size: float,
    across: bool = False,
    label: str = "",
    **bars: float,
) -> None:
    """Draw the estimates of rows at their places, intervals upright or ``across``.

    ``bars`` are sizes that ``errorbar`` takes; filled points and their bars are one container.
    """
    hollow = np.array([doubtful(row) for row in rows], dtype=bool)
    at, middle = np.asarray(places, dtype=float), np.array([row["estimate"] for row in rows])
    spots = np.array([middle, at] if across else [at, middle])
    reach = np.abs(limits(rows).T - middle)
    kept = hollow & np.isfinite(reach).all(axis=0)
    name = "xerr" if across else "yerr"
    filled = {"fmt": mark.marker, "color": mark.colour, "markersize": size, "label": label or None}
    axes.errorbar(*spots[:, ~hollow], **{name: reach[:, ~hollow]}, **filled, **bars)
    if kept.any():
        axes.errorbar(
            *spots[:, kept], **{name: reach[:, kept]}, fmt="none", ecolor=mark.colour, **bars
        )
    if hollow.any():
        empty = {"linestyle": "", "marker": mark.marker, "markersize": size}
        axes.plot(*spots[:, hollow], **empty, **fill(mark, filled=False))


def doubts(
    rows: Iterable[Row], lexicon: Lexicon, look: str = "hollow", bare: str = "no_bar"
) -> list[str]:
    """Return the line below a picture that says why terms have a look; none if none has.

    ``bare`` is what an interval that does not hold looks like; both are names of words.
    """
    said: dict[str, list[str]] = {}
    found = [row for row in rows if doubtful(row)]
    for row in found:
        for reason in decode(row["caution"]):
            label = source.named(lexicon.term, row["term"])
            said.setdefault(reasons.say([reason], lexicon), []).append(label)
    dash = lexicon.mark("dash")
    texts = " | ".join(f"{_which(labels, lexicon)}{dash}{text}" for text, labels in said.items())
    if not texts:
        return []
    line = source.say("doubts", lexicon, look=source.say(look, lexicon), texts=texts)
    if not all(map(keeps_interval, found)):
        line += source.say("not_holding", lexicon, bare=source.say(bare, lexicon))
    return [line]


def _which(labels: Sequence[str], lexicon: Lexicon) -> str:
    distinct = list(dict.fromkeys(labels))
    if len(distinct) <= NAMED:
        return lexicon.mark("list").join(distinct)
    return source.say("points", lexicon, n=len(labels))
