"""What the scripts share: a parser whose complaint is one line, and the exit status."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
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


def panel_arguments(
    name: str,
    description: str | None,
    argv: Sequence[str] | None,
    *,
    example: str,
    raw: Path,
    output: Path,
) -> argparse.Namespace:
    """Return the arguments of a script for a reader's panel: two files, folders, how to print.

    ``example`` is what a reader would type behind ``make``.

    Raises
    ------
    UserError
        If one of the two files is not named.
    """
    arguments = parser(name, description)
    arguments.add_argument("panel", metavar="PANEL", help="table: .csv, .xlsx, .dta or .parquet")
    arguments.add_argument("config", metavar="CONFIG", help="TOML file: which column is what")
    arguments.add_argument("--output", type=Path, default=output, help="target folder")
    arguments.add_argument("--raw", type=Path, default=raw, help="published figures")
    arguments.add_argument("--style", default="se", help="se, t, ci or nostars")
    arguments.add_argument("--labels", default="en", help="en or zh")
    arguments.add_argument("--decimals", type=int, default=3)
    args = arguments.parse_args(argv)
    if not args.panel or not args.config:
        raise UserError(f"give both: make {name} {example}")
    return args


def run(name: str, work: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None) -> int:
    """Do the work and return the exit status: 2, after one line, for what the user can mend."""
    try:
        work(argv)
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    return 0
