"""Our auditor: the data first, then every cell of the table estimated anew."""

from pilotzone.audit.case.data_checks import checks
from pilotzone.audit.case.explanations import explained
from pilotzone.audit.case.folder import Folder, Named
from pilotzone.errors import UserError


def audit(folder: Folder) -> list[Named]:
    """Return what is wrong with a folder, the most telling first; nothing if all is right.

    Raises
    ------
    UserError
        If the note names what the files do not have, or a column has no estimate.
    """
    try:
        return [*checks(folder)] or explained(folder)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UserError(f"{folder.path}: note and files do not fit each other: {said}") from None
