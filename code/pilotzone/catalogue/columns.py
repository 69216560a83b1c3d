"""A column of an exhibit by what it is, so that nobody types its id."""

import dataclasses

from pilotzone.catalogue.spec import DIMENSIONS, Exhibit, Specification
from pilotzone.errors import UserError

DEFAULTS = {
    field.name: field.default
    for field in dataclasses.fields(Specification)
    if field.name in DIMENSIONS and field.default is not dataclasses.MISSING
}


def find(exhibit_id: str, exhibit: Exhibit, **fields: object) -> str:
    """Return the id of the column with these fields; dimensions not named are at their default.

    Raises
    ------
    UserError
        If a field is unknown, or no column or more than one fits.
    """
    known = [field.name for field in dataclasses.fields(Specification)]
    for name in fields:
        if name not in known:
            raise UserError(
                f"{exhibit_id}: a column has no field '{name}'; known: {', '.join(known)}"
            )
    asked = {**DEFAULTS, **fields}
    pairs = list(zip(exhibit.column_ids(), exhibit.columns, strict=True))
    found = [i for i, c in pairs if all(getattr(c, name) == v for name, v in asked.items())]
    if len(found) == 1:
        return found[0]
    told = ", ".join(f"{name}={value!r}" for name, value in asked.items())
    many = f"{len(found)} columns have" if found else "no column has"
    values = "; ".join(
        f"{name}: {', '.join(dict.fromkeys(str(getattr(c, name)) for _, c in pairs))}"
        for name in asked
    )
    raise UserError(f"{exhibit_id}: {many} {told}; known: {values}")
