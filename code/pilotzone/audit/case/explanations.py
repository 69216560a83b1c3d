"""Which mistake turns what the note claims into what the table prints?

Each explanation is a whole table with one mistake; the first under which every printed cell is
right is named, explanations with the least freedom first.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from pilotzone.audit.case.folder import Folder, Named
from pilotzone.audit.case.refit import Expected, Table, misfits, refitted, stars, table
from pilotzone.audit.typed_table import TypedRow
from pilotzone.errors import UserError
from pilotzone.methods.inference.t_tests import two_sided

UNEXPLAINED = "unexplained"
# Draws of a bootstrap that is too small; p are multiples of one over one more.
FEW = (9, 19, 49, 99)
# p-values on such a grid by chance.
CHANCE = 1e-4
# Variables by which rows are often weighted.
WEIGHTS = ("population", "gdp_revised")
Column = Mapping[str, object]
Wrong = dict[tuple[str, str], frozenset[str]]


@dataclasses.dataclass(frozen=True)
class Reading:
    """A folder with what its note would give.

    Attributes
    ----------
    columns : what the note claims, by number.
    expected : the table of the claims.
    """

    folder: Folder
    columns: Mapping[str, Column]
    expected: Table

    @property
    def rows(self) -> Sequence[TypedRow]:
        """The typed table."""
        return self.folder.rows

    def wrong(self, expected: Table, column: str = "") -> Wrong:
        """Return the cells that another table would not print, by column and term.

        A row that it would print and that is not there is wrong as a whole.
        """
        level = float(self.folder.note["level"])
        found = {
            (row.column, row.term): misfits(row, expected.get((row.column, row.term)), level)
            for row in self.rows
            if column in ("", row.column)
        }
        lost = [key for key in expected if key not in found and column in ("", key[0])]
        found |= dict.fromkeys(lost, frozenset({"row"}))
        return {key: cells for key, cells in found.items() if cells}


def explained(folder: Folder, withheld: str = "") -> list[Named]:
    """Return what is wrong with a table; nothing if every cell is what the note gives.

    One fault may be withheld: it is never named.
    """
    columns = {one["column"]: one for one in folder.note["columns"]}
    read = Reading(folder, columns, _seen(folder, table(folder, columns.values())))
    wrong = read.wrong(read.expected)
    if not wrong:
        return [one for one in few_draws(read) if one.fault != withheld]
    # A row that is not claimed, or is claimed and not there, is no mistake of those below.
    odd = any("row" in cells for cells in wrong.values())
    for explanation in () if odd else (printed, moved, single, run):
        for named in explanation(read, wrong):
            if named.fault != withheld:
                return [named]
    column = min(column for column, _ in wrong)
    return [Named(UNEXPLAINED, f"column:{column}")]


def _seen(folder: Folder, expected: Table) -> Table:
    """Return a table in which stars follow from p as printed, where p was drawn."""
    printed_p = {(row.column, row.term): row.cells.get("p") for row in folder.rows}
    levels = folder.note["stars"]
    return {
        key: dataclasses.replace(one, stars=stars(float(printed_p[key]), levels))
        if one.p != one.p and printed_p.get(key)
        else one
        for key, one in expected.items()
    }


def few_draws(read: Reading) -> list[Named]:
    """Name a bootstrap whose p-values lie on the grid of fewer draws than are claimed."""
    drawn = {number: one["draws"] for number, one in read.columns.items() if one["draws"]}
    shares = [
        (float(row.cells["p"]), drawn[row.column]) for row in read.rows if row.column in drawn
    ]
    for few in FEW:
        on_grid = all(abs(p * (few + 1) - round(p * (few + 1))) < 1e-9 for p, _ in shares)
        chance = 1.0
        for _, claimed in shares:
            chance *= (few + 1) / (claimed + 1)
        if shares and on_grid and chance < CHANCE and all(few < claimed for _, claimed in shares):
            return [Named("few_draws", "table")]
    return []


def printed(read: Reading, wrong: Wrong) -> Iterator[Named]:
    """Give mistakes that are made after the estimates: stars, p, interval, errors, counts."""
    levels = read.folder.note["stars"]

    def reversed_(one: Expected) -> Expected:
        count = len(one.stars)
        return dataclasses.replace(one, stars="*" * (len(levels) + 1 - count) if count else "")

    def one_sided(one: Expected) -> Expected:
        return dataclasses.replace(one, stars=stars(one.p / 2, levels))

    def normal(one: Expected) -> Expected:
        p = float(two_sided(one.t, None))
        return dataclasses.replace(one, p=p, stars=stars(p, levels))

    whole: dict[str, Callable[[Expected], Expected]] = {
        "stars_reversed": reversed_,
        "one_sided_stars": one_sided,
        "normal_p": normal,
    }
    for fault, change in whole.items():
        if not read.wrong({key: change(one) for key, one in read.expected.items()}):
            yield Named(fault, "table")
    yield from _interval(read, wrong)
    yield from _column_cells(read, wrong)


def _interval(read: Reading, wrong: Wrong) -> Iterator[Named]:
    """Give intervals that all have the level 90 %."""
    if set().union(*wrong.values()) <= {"ci_low", "ci_high"}:
        level = 0.9
        still = [
            row for row in read.rows if misfits(row, read.expected[row.column, row.term], level)
        ]
        if not still:
            yield Named("interval_90", "table")


def _column_cells(read: Reading, wrong: Wrong) -> Iterator[Named]:
    """Give mistakes in one kind of cell of one column."""
    columns, cells = {column for column, _ in wrong}, set().union(*wrong.values())
    if len(columns) > 1 or len(cells) > 1:
        return
    (column,), (cell,) = columns, cells
    if cell == "n":
        yield Named("other_sample_n", f"column:{column}")
    elif cell == "clusters":
        yield Named("cluster_count", f"column:{column}")
    elif cell == "std_error":
        errors = {
            key: dataclasses.replace(one, std_error=abs(one.t))
            for key, one in read.expected.items()
        }
        rows = [row for row in read.rows if row.column == column]
        level = float(read.folder.note["level"])
        derived = {"t", "ci_low", "ci_high"}
        if all(misfits(row, errors[column, row.term], level) <= derived for row in rows):
            yield Named("t_as_error", f"column:{column}")


def moved(read: Reading, wrong: Wrong) -> Iterator[Named]:
    """Give columns and terms that stand in each other's place."""
    known = read.expected
    terms: dict[str, list[str]] = {}
    for column, term in known:
        terms.setdefault(column, []).append(term)
    for one, other in itertools.combinations(terms, 2):
        if terms[one] == terms[other] and not read.wrong(_taken(known, {one: other, other: one})):
            yield Named("swapped_columns", f"column:{one}+{other}")
    for lost, kept in itertools.permutations(terms, 2):
        if terms[lost] == terms[kept] and not read.wrong(_taken(known, {lost: kept})):
            yield Named("copied_column", f"column:{lost}")
    for column in sorted({column for column, _ in wrong}):
        for one, other in itertools.combinations(terms[column], 2):
            swapped = {(column, one): known[column, other], (column, other): known[column, one]}
            if not read.wrong({**known, **swapped}):
                yield Named("swapped_labels", f"column:{column}")


def _taken(known: Table, source: Mapping[str, str]) -> Table:
    return {(column, term): known[source.get(column, column), term] for column, term in known}


def single(read: Reading, wrong: Wrong) -> Iterator[Named]:
    """Give the only cell that is wrong."""
    if len(wrong) > 1:
        return
    ((key, cells),) = wrong.items()
    if len(cells) > 1 or cells <= {"stars", "n", "clusters"}:
        return
    (cell,) = cells
    if _other_run(read, key[0]):
        return
    row = next(row for row in read.rows if (row.column, row.term) == key)
    opposite = dataclasses.replace(read.expected[key], estimate=-read.expected[key].estimate)
    lost = cell == "estimate" and cell not in misfits(row, opposite, read.folder.note["level"])
    column, term = key
    place = f"column:{column}/term:{term}/cell:{cell}"
    yield Named("sign_lost" if lost else "typed_digit", place)


def _other_run(read: Reading, column: str) -> bool:
    """Say whether a column has so few cells that another regression is as likely as a slip."""
    rows = [row for row in read.rows if row.column == column]
    return len(rows) == 1 and any(_column_runs(read, column))


def run(read: Reading, wrong: Wrong) -> Iterator[Named]:
    """Give regressions that are other ones than the note says."""
    for fault, fields in _table_runs(read):
        changed = [{**one, **fields} for one in read.columns.values()]
        other = _attempted(read, changed)
        if other is not None and not read.wrong(other):
            yield Named(fault, "table")
    columns = {column for column, _ in wrong}
    if len(columns) == 1:
        (column,) = columns
        yield from (Named(fault, f"column:{column}") for fault in _column_runs(read, column))


def _attempted(read: Reading, columns: Sequence[Column]) -> Table | None:
    """Return what other columns would give; None where they have no estimate."""
    try:
        return _seen(read.folder, table(read.folder, columns))
    except UserError:
        return None


def _table_runs(read: Reading) -> Iterator[tuple[str, dict[str, object]]]:
    """Give mistakes that are made in all columns of a table."""
    for rule in ("full", "clusters", "none"):
        yield "small_sample_rule", {"small_sample": rule}
    yield "singletons_kept", {"singletons": "kept"}
    if "matrix" in read.folder.note:
        yield "misaligned_weights", {"matrix": "position"}
    claimed = next(iter(read.columns.values()))
    if len(claimed["references"]) > 1:
        panel = read.folder.panel
        since = panel[read.folder.note["period"]] - panel["first_year"]
        for time in sorted(set(since[panel["first_year"] > 0]) - set(claimed["references"])):
            yield "collinear_dropped", {"references": [int(time), claimed["references"][-1]]}


def _column_runs(read: Reading, column: str) -> Iterator[str]:
    """Give the mistakes in one column under which all its cells are right."""
    claimed = read.columns[column]
    for fault, fields in _variants(read, claimed):
        try:
            other = refitted(read.folder, {**claimed, **fields})
        except UserError:
            continue
        if not read.wrong(_seen(read.folder, other), column):
            yield fault


def _variants(read: Reading, claimed: Column) -> Iterator[tuple[str, dict[str, object]]]:
    """Give what may be wrong with one column, with the least freedom first."""
    panel, unit = read.folder.panel, read.folder.unit
    yield "robust_errors", {"errors": "robust"}
    for name in ("region", "province", read.folder.note["period"]):
        if name in panel and name != claimed["cluster"]:
            yield "wrong_cluster", {"cluster": name, "counted": claimed["cluster"]}
    for effect in claimed["effects"]:
        yield "missing_effect", {"effects": [effect]}
    yield "lag_unsaid", {"lag": 1}
    if (panel[claimed["outcome"]] > 0).all():
        yield "log_unsaid", {"transform": "ln"}
    for tail in ("1", "5", "2.5"):
        yield "winsorised_unsaid", {"transform": f"winsor{tail}"}
    for name in WEIGHTS:
        if name in panel:
            yield "weights_unsaid", {"weights": name}
    for gone in claimed["controls"]:
        if gone not in claimed["printed"]:
            kept = [name for name in claimed["controls"] if name != gone]
            yield "missing_control", {"controls": kept}
    for gone in panel[unit].unique():
        yield "unit_left_out", {"left_out": [gone]}
