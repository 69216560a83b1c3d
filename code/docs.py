"""Write the pages of docs on the public functions: the reference, and what the examples print."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command

FOLDER = command.ROOT / "docs"


def run(argv: Sequence[str] | None) -> None:
    """Write the pages that have changed, by default into ``docs``."""
    from pilotzone import estimates
    from pilotzone.api import manual

    given = list(sys.argv[1:] if argv is None else argv)
    folder = Path(given[0]) if given else FOLDER
    for path, text in manual.pages(folder).items():
        if estimates.replace_text(path, text):
            print(f"written: {path}")


main = command.main("docs", run)

if __name__ == "__main__":
    sys.exit(main())
