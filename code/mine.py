"""Estimate a panel of one's own: the project's battery, into output/mine.

python code/mine.py examples/my_panel.csv examples/my_panel.toml
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
        "mine",
        __doc__,
        argv,
        example="PANEL=my_panel.csv CONFIG=my_panel.toml",
        raw=ROOT / "data/raw",
        output=ROOT / "output/mine",
    )
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.reader import mine as own
    from pilotzone.tables.style import Style

    style = Style(args.style, Lexicon(args.labels), args.decimals)
    own.make(Path(args.panel), Path(args.config), args.output, args.raw, style, print)
    print(f"done: see {args.output / own.REPORT}")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 2 with one line for what the user can mend."""
    return command.run("mine", run, argv)


if __name__ == "__main__":
    sys.exit(main())
