"""Two whole numbers that an option of a column holds, such as a window of events."""

from pilotzone.errors import UserError


def event_window(declared: str) -> tuple[int, int]:
    """Return the first and last event of the option ``window``, written as ``-3 1``."""
    return whole_numbers("window", declared, "the first and last event, such as '-3 1'")


def whole_numbers(option: str, declared: str, what: str) -> tuple[int, int]:
    """Return the two whole numbers of an option.

    Raises
    ------
    UserError
        If the option holds something else.
    """
    try:
        first, last = map(int, declared.split())
    except ValueError:
        raise UserError(f"option '{option}' is '{declared}'; give {what}") from None
    return first, last
