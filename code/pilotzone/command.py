"""What the scripts share: a parser whose complaint is one line, and the exit status."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from pilotzone.errors import UserError


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UserError` instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        """Raise what :func:`run` prints."""
        raise UserError(f"{message}; --help explains")


def parser(name: str, description: str | None) -> Parser:
    """Return a parser that prints the script's docstring as it stands."""
    return Parser(
        prog=f"{name}.py",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run(name: str, work: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None) -> int:
    """Do the work and return the exit status: 2, after one line, for what the user can mend."""
    try:
        work(argv)
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    return 0
