"""Why the frozen copy moves, asked for before anything else is read."""

from pilotzone.errors import UserError


def reason(message: str) -> str:
    """Return a reason in one line; raises UserError if there is none."""
    words = " ".join(message.split())
    if not words:
        raise UserError('freeze needs a reason: make freeze MESSAGE="why"')
    return words
