"""Finding columns of an exhibit by their fields, so that nobody types an id.

A field is a dimension of a specification or an option. One rule decides: a field that is not named
must be at its default (the main sample, no controls, the estimator's own inference, the default of
the option), so that a column added beside changes nothing. The variant is a label that decides
nothing; it is compared only where it is named. Outcome and treatment have no default.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from pilotzone.catalogue.exhibit import Exhibit
from pilotzone.catalogue.names import known
from pilotzone.catalogue.spec import DIMENSIONS, LAST, Specification, in_id
from pilotzone.errors import UserError

SEARCHED = (*DIMENSIONS, LAST)
LABEL = "variant"
_DEFAULTS = {
    f.name: in_id(f.name, f.default)
    for f in dataclasses.fields(Specification)
    if f.name in SEARCHED
}
ALWAYS_NAMED = tuple(name for name in SEARCHED if _DEFAULTS[name] is dataclasses.MISSING)


@dataclasses.dataclass(frozen=True, init=False)
class Column:
    """A column of an exhibit, named by the fields that tell it from the others.

    Examples
    --------
    >>> Column("city_did", outcome="nqp_city", treatment="zone_city", sample="city").exhibit
    'city_did'
    """

    exhibit: str
    fields: tuple[tuple[str, object], ...]

    def __init__(self, exhibit: str, **fields: object) -> None:
        object.__setattr__(self, "exhibit", exhibit)
        object.__setattr__(self, "fields", tuple(fields.items()))

    def within(self, exhibit: Exhibit) -> str:
        """Return its id in the exhibit, as :func:`find` does."""
        return find(self.exhibit, exhibit, **dict(self.fields))


def by_id(exhibit: Exhibit) -> dict[str, Specification]:
    """Return the columns of an exhibit by their ids, in order."""
    return dict(zip(exhibit.column_ids(), exhibit.columns, strict=True))


def matching(exhibit: Exhibit, fields: Mapping[str, object], free: Sequence[str] = ()) -> list[str]:
    """Return the ids of the columns that have these fields, by the rule above.

    Parameters
    ----------
    exhibit : Exhibit
    fields : mapping
    free : sequence of str, optional
        Fields in which a column may have anything.
    """
    asked = {n: in_id(n, value) if n in SEARCHED else value for n, value in fields.items()}
    near = list(by_id(exhibit).items())
    # What is named tells most columns apart at once.
    for name, value in asked.items():
        near = [(i, column) for i, column in near if _has(column, name, value)]
    return [i for i, column in near if _has_defaults(column, {LABEL, *free, *asked})]


def find(exhibit_id: str, exhibit: Exhibit, **fields: object) -> str:
    """Return the id of the one column that has these fields.

    Raises
    ------
    UserError
        If a field is unknown, outcome or treatment is not named, or none or several columns fit:
        names exhibit, fields, what is known and the way out.
    """
    where = f"exhibit '{exhibit_id}': "
    if not set(fields) <= set(SEARCHED):
        declared = [name for column in exhibit.columns for name in column.declared_options]
        for name in fields:
            known("field", name, dict.fromkeys((*SEARCHED, *declared)), where)
    missing = [name for name in ALWAYS_NAMED if name not in fields]
    if missing:
        raise UserError(f"{where}name {' and '.join(missing)}; known: {_values(exhibit)}")
    fit = matching(exhibit, fields)
    if len(fit) == 1:
        return fit[0]
    asked = ", ".join(f"{name}={value!r}" for name, value in fields.items())
    if fit:
        raise UserError(
            f"{where}{len(fit)} columns have {asked} and defaults for the rest: "
            f"{', '.join(fit)}; name the {LABEL} that tells them apart"
        )
    raise UserError(
        f"{where}no column has {asked} and defaults for the rest; known: {_values(exhibit)}; "
        "name what is no default, or add the column"
    )


def _has_defaults(column: Specification, ignored: Collection[str]) -> bool:
    options = {name: option.default for name, option in column.declared_options.items()}
    wanted = {**_DEFAULTS, **options, LAST: column.method.inferences[0]}
    return all(_has(column, name, wanted[name]) for name in wanted if name not in ignored)


def _has(column: Specification, name: str, value: object) -> bool:
    if name in SEARCHED:
        return column.dimension(name) == value
    return name in column.declared_options and column.option(name) == value


def _values(exhibit: Exhibit) -> str:
    """Return what the columns of an exhibit have in each field that is not at its default."""
    found: dict[str, dict[str, None]] = {}
    for column in exhibit.columns:
        dimensions = {name: column.dimension(name) for name in SEARCHED}
        for name, value in {**dimensions, **dict(column.options)}.items():
            found.setdefault(name, {})[str(value)] = None
    return "; ".join(
        f"{name}: {', '.join(values)}" for name, values in found.items() if set(values) != {"none"}
    )
