"""What the scripts share: a parser whose complaint is one line, and the exit status."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from pilotzone.errors import UserError
from pilotzone.textfile import shown_path, words

# The project as seen from where a script is started.
ROOT = Path(os.path.relpath(Path(__file__).parents[2]))


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UserError` instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        """Raise what :func:`main` prints."""
        raise UserError(f"{message}; --help explains")


def parser(name: str, description: str | None) -> Parser:
    """Return a parser that prints the script's docstring as it stands."""
    return Parser(
        prog=f"{name}.py",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def panel_arguments(
    name: str, description: str | None, argv: Sequence[str] | None, *, example: str, output: Path
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
    arguments.add_argument("--raw", type=Path, default=ROOT / "data/raw", help="published figures")
    arguments.add_argument("--style", default="se", help="se, t, ci or nostars")
    arguments.add_argument("--labels", default="en", help="en or zh")
    arguments.add_argument("--decimals", type=int, default=3)
    args = arguments.parse_args(argv)
    if not args.panel or not args.config:
        raise UserError(f"give both: make {name} {example}")
    args.panel, args.config = Path(args.panel), Path(args.config)
    return args


def main(
    name: str, run: Callable[[Sequence[str] | None], bool | None]
) -> Callable[[Sequence[str] | None], int]:
    """Return a script's function of its words that gives the exit status.

    It is 2, after one line, for what the user can mend (a full disk and a folder that may not be
    written are such), 130 if the user stops it, and 1 if ``run`` gives False.
    """

    def refused(why: str) -> int:
        print(f"{name}: {why}", file=sys.stderr)
        return 2

    def status(argv: Sequence[str] | None = None) -> int:
        for stream in (sys.stdout, sys.stderr):
            # A terminal without Chinese shows marks in its place and ends nothing.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return int(run(argv) is False)
        except UserError as error:
            return refused(words(error))
        except OSError as error:
            # A full disk, a folder that may not be written: drafts are gone, what was there stays.
            place = "" if error.filename is None else f"{shown_path(error.filename)}: "
            return refused(f"{place}{error.strerror or words(error)}")
        except MemoryError:
            return refused("the machine has too little memory for this input")
        except KeyboardInterrupt:
            return 130

    return status
