"""Estimate a panel of firms on one's own licence, into output/firm.

python code/firm.py firms.csv examples/firm.toml

A configuration with `synthetic = true` goes to output/synthetic, stamped as made up.
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
    parser = command.parser("firm", __doc__)
    parser.add_argument("panel", metavar="PANEL", help="table: .csv, .xlsx, .dta or .parquet")
    parser.add_argument("config", metavar="CONFIG", help="TOML file: which column is what")
    parser.add_argument("--output", type=Path, default=ROOT / "output", help="target folder")
    parser.add_argument("--raw", type=Path, default=ROOT / "data/raw", help="published figures")
    parser.add_argument("--style", default="se", help="se, t, ci or nostars")
    parser.add_argument("--labels", default="en", help="en or zh")
    parser.add_argument("--decimals", type=int, default=3)
    return parser.parse_args(argv)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if not args.panel or not args.config:
        raise UserError("give both: make firm PANEL=firms.csv CONFIG=firm.toml")
    from pilotzone import firms
    from pilotzone.tables.style import Style

    style = Style(args.style, args.labels, args.decimals)
    files = Path(args.panel), Path(args.config)
    target = firms.make(*files, args.output, args.raw, style, print)
    print(f"done: see {target / firms.REPORT}")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 2 with one line for what the user can mend."""
    return command.run("firm", run, argv)


if __name__ == "__main__":
    sys.exit(main())
