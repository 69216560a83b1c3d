"""Finding a column of an exhibit by its fields."""

import dataclasses
from collections.abc import Mapping

from pilotzone.catalogue.exhibit import Exhibit
from pilotzone.catalogue.spec import DIMENSIONS, LAST, Specification
from pilotzone.errors import UserError

SEARCHED = (*DIMENSIONS, LAST)
_DEFAULTS = {f.name: f.default for f in dataclasses.fields(Specification)}


def find(exhibit_id: str, exhibit: Exhibit, **fields: object) -> str:
    """Return the id of the column that has these fields.

    A field that is not named must be what a specification has by default (the estimator's own
    inference, the main sample, no matrix), so that a column added beside changes nothing.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    **fields
        Dimensions as in ids of columns; anything else is an option of the column.

    Raises
    ------
    UserError
        If none or several fit: names exhibit, fields and the columns there are.
    """
    ids = exhibit.column_ids()
    pairs = list(zip(ids, exhibit.columns, strict=True))
    fit = [i for i, column in pairs if _fits(column, fields)]
    if len(fit) == 1:
        return fit[0]
    asked = ", ".join(f"{name}={value}" for name, value in fields.items())
    said = f"{len(fit)} columns ({', '.join(fit)})" if fit else "no column"
    raise UserError(
        f"exhibit '{exhibit_id}' has {said} with {asked} and defaults for the rest; "
        f"{'name more fields' if fit else 'its columns'}: {_listed(pairs)}"
    )


def _fits(column: Specification, fields: Mapping[str, object]) -> bool:
    options = dict(column.options)
    others = {name: value for name, value in fields.items() if name not in SEARCHED}
    if any(options.get(name) != value for name, value in others.items()):
        return False
    return all(
        column.dimension(name) == str(fields.get(name, _default(column, name)))
        or (name == "variant" and name not in fields and bool(others))
        for name in SEARCHED
    )


def _default(column: Specification, name: str) -> str:
    """Return the default of a dimension as it stands in ids."""
    if name == LAST:
        return column.method.inferences[0]
    return _DEFAULTS[name] or "none"


# So many columns are listed in a complaint.
SHOWN = 12


def _listed(pairs: list[tuple[str, Specification]]) -> str:
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return "; ".join(i for i, _ in pairs[:SHOWN]) + more
