"""Estimate a panel of firms on one's own licence, into output/firm.

python code/firm.py firms.csv examples/firm.toml

A configuration with `synthetic = true` goes to output/synthetic, stamped as made up.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command

ROOT = Path(os.path.relpath(Path(__file__).parents[1]))


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = command.panel_arguments(
        "firm",
        __doc__,
        argv,
        example="PANEL=firms.csv CONFIG=firm.toml",
        raw=ROOT / "data/raw",
        output=ROOT / "output",
    )
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.reader import firms
    from pilotzone.tables.style import Style

    style = Style(args.style, Lexicon(args.labels), args.decimals)
    files = Path(args.panel), Path(args.config)
    target = firms.make(*files, args.output, args.raw, style, print)
    print(f"done: see {target / firms.REPORT}")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 2 with one line for what the user can mend."""
    return command.run("firm", run, argv)


if __name__ == "__main__":
    sys.exit(main())
