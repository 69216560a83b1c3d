"""An exhibit: a table, and its figure, as one file of literals."""

import collections
import dataclasses
import functools

from pilotzone.catalogue.descriptions import Description
from pilotzone.catalogue.inferences import check_count
from pilotzone.catalogue.names import known
from pilotzone.catalogue.spec import DIMENSIONS, LAST, Specification, digest
from pilotzone.errors import UserError

LAYOUTS = ("columns", "list", "summary")
BUILDERS = ("make", "bench")
FAMILIES = ("romano_wolf",)
ENGINE = "pilotzone.engine."
# The sums of cities by province lie beside the cities and take the provinces' distances.
BUILT_WITH = {"city_sums": ("city", "province")}
# So many characters of a wrong value are shown.
SHOWN = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of an exhibit: the kind names the drawing function, the rest is its choice."""

    kind: str
    title: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Family:
    """A correction for testing many outcomes, by joint draws over the columns of an exhibit."""

    kind: str
    draws: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse an unknown correction, and draws that are none."""
        known("family", self.kind, FAMILIES)
        for name in ("draws", "seed"):
            check_count(name, getattr(self, name), f"family '{self.kind}': ")


def beside(
    columns: tuple[Specification, ...],
    named: str,
    among: tuple[Specification, ...] = (),
    **changes: object,
) -> tuple[Specification, ...]:
    """Return columns under other fields, each with its id and what is named behind it.

    So a form stands beside the published one and no other id changes.

    Parameters
    ----------
    columns : tuple of Specification
    named : str
    among : tuple of Specification, optional
        The columns whose dimensions make up the ids, if these are some of them.
    **changes
        Fields of :class:`Specification`; another estimator brings its own inference.

    Examples
    --------
    >>> from pilotzone.catalogue import grid
    >>> base = grid(outcome="nqp", treatment=("zone_first", "zone_share"))
    >>> [column.id for column in beside(base, "trends", effects="unit_trends")]
    ['zone_first:trends', 'zone_share:trends']
    """
    every = among or columns
    ids = dict(zip(every, _ids(every, ()), strict=True))
    if "estimator" in changes:
        changes = {"inference": "", **changes}
    return tuple(
        dataclasses.replace(column, id=f"{ids[column]}:{named}", **changes) for column in columns
    )


def _ids(columns: tuple[Specification, ...], last: tuple[str, ...]) -> tuple[str, ...]:
    """Return the id of each column: its own, or the dimensions in which the others differ."""
    unnamed = [column for column in columns if not column.id]
    varying = [
        name
        for name in (*DIMENSIONS, *last)
        if len({column.dimension(name) for column in unnamed}) > 1
    ] or ["estimator"]
    return tuple(column.id or ":".join(map(column.dimension, varying)) for column in columns)


TUPLES = {"columns": Specification, **dict.fromkeys(("terms", "needs", "notes", "notes_zh"), str)}
RECORDS = {"describe": Description, "figure": Figure, "family": Family}


def _called(type_: type) -> str:
    return {str: "texts", Specification: "Specifications, or a grid"}.get(type_, type_.__name__)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A table (and its figure): either regression columns or a description.

    Attributes
    ----------
    title, title_zh : str
        What is shown, not what is found.
    columns : tuple of Specification
        Regression columns; empty for a descriptive exhibit.
    columns_of : str
        Another exhibit whose columns these are, so that they are written once.
    terms : tuple of str
        Terms that are kept, whole (``overall:simple``) or by their first piece (``event``); all if
        empty.
    describe : Description or None
        What is shown where there are no regression columns.
    needs : tuple of str
        Exhibits whose estimates this one reads.
    figure : Figure or None
    layout : {"columns", "list", "summary"}
        Regression columns side by side, a line for each, or shares by dimension.
    family : Family or None
        A correction over the columns with one treatment and variant.
    built_by : {"make", "bench"}
        Which command estimates it; its table is always rendered.
    notes : tuple of str
        Facts about the design that no object in the code knows.
    notes_zh : tuple of str
        The same notes in Chinese, one for one; without them a Chinese table prints the English.

    Raises
    ------
    UserError
        If it is neither columns nor a description, has equal columns, or notes of which some have
        no Chinese.
    """

    title: str
    title_zh: str
    columns: tuple[Specification, ...] = ()
    columns_of: str = ""
    terms: tuple[str, ...] = ()
    describe: Description | None = None
    needs: tuple[str, ...] = ()
    figure: Figure | None = None
    layout: str = "columns"
    family: Family | None = None
    built_by: str = "make"
    notes: tuple[str, ...] = ()
    notes_zh: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no exhibit."""
        where = f"exhibit '{self.title}': "
        self._check_types(where)
        # Once it is loaded, an exhibit has the columns that it takes from another one.
        if sum(map(bool, (self.columns or self.columns_of, self.describe))) != 1:
            raise UserError(f"{where}give one of columns, columns_of and describe")
        known("layout", self.layout, LAYOUTS, where)
        known("built_by", self.built_by, BUILDERS, where)
        if self.notes_zh and len(self.notes_zh) != len(self.notes):
            raise UserError(
                f"{where}{len(self.notes)} notes and {len(self.notes_zh)} in Chinese; give one "
                "for one in notes and notes_zh"
            )
        self.column_ids()
        samples = {column.rows for column in self.columns}
        for name, count in collections.Counter(one.id for one in samples).items():
            if count > 1:
                raise UserError(f"{where}{count} samples have the id '{name}'; give each its own")

    def _check_types(self, where: str) -> None:
        """Refuse a field of another type than it takes."""
        for name in ("title", "title_zh", "columns_of"):
            if not isinstance(getattr(self, name), str):
                raise UserError(f"{where}{name} is {getattr(self, name)!r}; give a text")
        for name, one in TUPLES.items():
            value = getattr(self, name)
            if not isinstance(value, tuple) or not all(isinstance(part, one) for part in value):
                raise UserError(f"{where}{name} {_short(value)}: give a tuple of {_called(one)}")
        for name, one in RECORDS.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, one):
                raise UserError(f"{where}{name} is {_short(value)}; give a {_called(one)}")

    def notes_in(self, language: str) -> tuple[str, ...]:
        """Return the notes in a language: Chinese ones where there are any, else English."""
        return self.notes_zh if language == "zh" and self.notes_zh else self.notes

    def column_ids(self) -> tuple[str, ...]:
        """Return the id of each column: its own, or the dimensions that vary, joined by ':'."""
        return self._column_ids

    @functools.cached_property
    def _column_ids(self) -> tuple[str, ...]:
        for last in ((), (LAST,)):
            ids = _ids(self.columns, last)
            counts = collections.Counter(ids)
            if len(counts) == len(ids):
                return ids
        repeated = min(name for name, count in counts.items() if count > 1)
        raise UserError(
            f"exhibit '{self.title}': column '{repeated}' stands twice; columns must differ in "
            f"one of {', '.join((*DIMENSIONS, LAST))}"
        )

    def resolved(self) -> dict[str, object]:
        """Return everything that decides its numbers, without a word of a page."""
        columns = zip(self.column_ids(), self.columns, strict=True)
        return {
            "columns": [[i, column.resolved()] for i, column in columns],
            "columns_of": self.columns_of,
            "terms": self.terms,
            "describe": self.describe.resolved() if self.describe else None,
            "needs": self.needs,
            "family": dataclasses.asdict(self.family) if self.family else None,
        }

    def functions(self) -> tuple[str, ...]:
        """Return ``module:function`` of everything that computes a number of it."""
        columns = (*self.columns, *(self.describe.columns if self.describe else ()))
        found = [column.method.function for column in columns]
        found += [column.inference.kind.function for column in columns]
        if self.describe:
            found.append(self.describe.record.function)
        if self.family:
            found.append("families:adjusted")
        whole = (name if name.startswith("pilotzone.") else ENGINE + name for name in found if name)
        return tuple(sorted(set(whole)))

    def panels(self) -> tuple[str, ...]:
        """Return the built panels that it reads."""
        rows = [column.rows for column in self.columns]
        if self.describe:
            rows += [self.describe.rows] if self.describe.rows else []
        found = {panel for one in rows for panel in BUILT_WITH.get(one.panel, (one.panel,))}
        if self.counts_rows:
            found |= set(str(self.describe.option("panels")).split())
        return tuple(sorted(found))

    @property
    def draws(self) -> bool:
        """Whether an error or a test of it rests on random draws."""
        return any(column.inference.draws for column in self.columns)

    @property
    def counts_rows(self) -> bool:
        """Whether it describes the rows that panels keep and drop."""
        return bool(self.describe) and "panels" in self.describe.record.options

    @property
    def sha256(self) -> str:
        """Digest of all literals of the exhibit."""
        words = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("columns", "describe", "figure", "family")
        }
        figure = dataclasses.asdict(self.figure) if self.figure else None
        return digest([self.resolved(), words, figure])
