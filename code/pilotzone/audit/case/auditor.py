"""Our auditor: the data first, then every cell of the table estimated anew."""

from pilotzone.audit.case.data_checks import checks
from pilotzone.audit.case.explanations import explained
from pilotzone.audit.case.folder import Folder, Named, fitting


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
    with fitting(folder):
        found = [one for one in checks(folder) if one.fault != withheld]
        return found or explained(folder, withheld)
