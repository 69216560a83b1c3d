"""How a name is looked up among records, and what is said when it is not there."""

from collections.abc import Iterable

from pilotzone.errors import UserError


def known(field: str, name: object, names: Iterable[object], where: str = "") -> None:
    """Refuse a name that is not among ``names``.

    Raises
    ------
    UserError
        Names the place, the field and what is known.
    """
    listed = [str(one) for one in names]
    if not isinstance(name, str) or name not in listed:
        shown = name if isinstance(name, str) else repr(name)
        raise UserError(
            f"{where}{field} '{shown}' is not known; known: {', '.join(listed) or 'none'}"
        )
