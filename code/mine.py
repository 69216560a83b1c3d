"""Estimate a panel of one's own: the project's battery, into output/mine.

python code/mine.py examples/my_panel.csv examples/my_panel.toml
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command
from pilotzone.errors import UserError

ROOT = Path(os.path.relpath(Path(__file__).parents[1]))


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("mine", __doc__)
    parser.add_argument("panel", metavar="PANEL", help="table: .csv, .xlsx, .dta or .parquet")
    parser.add_argument("config", metavar="CONFIG", help="TOML file: which column is what")
    parser.add_argument("--output", type=Path, default=ROOT / "output/mine", help="target folder")
    parser.add_argument("--raw", type=Path, default=ROOT / "data/raw", help="published figures")
    parser.add_argument("--style", default="se", help="se, t, ci or nostars")
    parser.add_argument("--labels", default="en", help="en or zh")
    parser.add_argument("--decimals", type=int, default=3)
    return parser.parse_args(argv)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if not args.panel or not args.config:
        raise UserError("give both: make mine PANEL=my_panel.csv CONFIG=my_panel.toml")
    from pilotzone import own
    from pilotzone.tables.style import Style

    style = Style(args.style, args.labels, args.decimals)
    own.make(Path(args.panel), Path(args.config), args.output, args.raw, style, print)
    print(f"done: see {args.output / own.REPORT}")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 2 with one line for what the user can mend."""
    return command.run("mine", run, argv)


if __name__ == "__main__":
    sys.exit(main())
