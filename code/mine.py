"""Estimate a panel of one's own: the project's battery, into output/mine.

python code/mine.py examples/my_panel.csv examples/my_panel.toml
"""

import sys
from collections.abc import Sequence

from pilotzone import command


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = command.panel_arguments(
        "mine",
        __doc__,
        argv,
        example="PANEL=my_panel.csv CONFIG=my_panel.toml",
        output=command.ROOT / "output/mine",
    )
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.reader import mine as own
    from pilotzone.tables.style import Style

    style = Style(args.style, Lexicon(args.labels), args.decimals)
    own.make(args.panel, args.config, args.output, args.raw, style, print)
    print(f"done: see {args.output / own.PAGE} or {args.output / own.REPORT}")


main = command.main("mine", run)

if __name__ == "__main__":
    sys.exit(main())
