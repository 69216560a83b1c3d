"""Numbers as they stand in a table."""

import csv
import dataclasses
import io
from collections.abc import Iterable

from pilotzone.faultbench.fitting import Numbers
from pilotzone.faultbench.notes import STARS, Look

HEADER = (
    *("column", "term", "estimate", "std_error", "t", "stars", "n"),
    *("p", "ci_low", "ci_high", "df", "clusters"),
)
DECIMALS = {"t": 2, "p": 3}


@dataclasses.dataclass(frozen=True)
class Line:
    """A row as printed, with the numbers behind it."""

    behind: Numbers
    cells: dict[str, str]

    def but(self, **cells: str) -> "Line":
        """Return the row with other cells."""
        return dataclasses.replace(self, cells=self.cells | cells)


def stars(p: float, levels: Iterable[float] = STARS) -> str:
    """Return the stars of a p-value."""
    return "*" * sum(p < level for level in levels)


def line(behind: Numbers, look: Look) -> Line:
    """Return a row with the cells that a table shows."""
    low, high = behind.interval()
    many = look.decimals
    cells = {
        "column": behind.column,
        "term": behind.term,
        "estimate": f"{behind.estimate:.{many}f}",
        "std_error": f"{behind.std_error:.{many}f}",
        "t": f"{behind.t:.{DECIMALS['t']}f}" if look.t else "",
        "stars": stars(behind.p),
        "n": str(behind.nobs),
        "p": f"{behind.p:.{DECIMALS['p']}f}" if look.p else "",
        "ci_low": f"{low:.{many}f}" if look.interval else "",
        "ci_high": f"{high:.{many}f}" if look.interval else "",
        "df": "",
        "clusters": str(behind.clusters),
    }
    return Line(behind, cells)


def text(lines: Iterable[Line]) -> str:
    """Return a table as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(one.cells for one in lines)
    return file.getvalue()
