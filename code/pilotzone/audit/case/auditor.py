"""Our auditor: the data first, then every cell of the table estimated anew."""

from pilotzone.audit.case.data_checks import checks
from pilotzone.audit.case.explanations import explained
from pilotzone.audit.case.folder import Folder, Named
from pilotzone.errors import UserError


def audit(folder: Folder, withheld: str = "") -> list[Named]:
    """Return what is wrong with a folder, the most telling first; nothing if all is right.

    Parameters
    ----------
    folder : Folder
    withheld : str
        A fault of which the auditor is to know nothing, so that it meets one that is on no list.

    Raises
    ------
    UserError
        If the note names what the files do not have, or a column has no estimate.
    """
    try:
        found = [one for one in checks(folder) if one.fault != withheld]
        return found or explained(folder, withheld)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UserError(f"{folder.path}: note and files do not fit each other: {said}") from None
