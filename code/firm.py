"""Estimate a panel of firms on one's own licence, into output/firm.

python code/firm.py firms.csv examples/firm.toml

A configuration with `synthetic = true` goes to output/synthetic, stamped as made up.
"""

import sys
from collections.abc import Sequence

from pilotzone import command


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = command.panel_arguments(
        "firm",
        __doc__,
        argv,
        example="PANEL=firms.csv CONFIG=firm.toml",
        output=command.ROOT / "output",
    )
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.reader import firms
    from pilotzone.tables.style import Style

    style = Style(args.style, Lexicon(args.labels), args.decimals)
    folders = args.output, args.raw
    target = firms.make(args.panel, args.config, *folders, style, print)
    print(f"done: see {target / firms.REPORT}")


main = command.main("firm", run)

if __name__ == "__main__":
    sys.exit(main())
