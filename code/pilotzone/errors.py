"""What a user of the package can be told.

``UserError`` is the one-line error: the scripts print it without a traceback and end with exit
status 2. ``NotIdentified`` is not an error but a finding: the engine turns it into a row
``identified = no`` with the reason, and no estimate is written.
"""


class UserError(Exception):
    """Bad input: one line that names file, row or unit, column and the way out."""


class NotIdentified(Exception):
    """The design cannot identify the estimand on this sample; the message is the reason."""
