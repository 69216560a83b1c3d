"""How a name is looked up among records, and what is said when it is not there."""

from collections.abc import Collection

from pilotzone.errors import UserError


def known(field: str, name: object, names: Collection[object], where: str = "") -> None:
    """Refuse a name that is not among ``names``.

    Raises
    ------
    UserError
        Names the place, the field and what is known.
    """
    if not isinstance(name, str) or name not in names:
        shown = name if isinstance(name, str) else repr(name)
        listed = ", ".join(map(str, names)) or "none"
        raise UserError(f"{where}{field} '{shown}' is not known; known: {listed}")
