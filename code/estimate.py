"""Estimate exhibits and write them below output/estimates.

python code/estimate.py did_baseline spatial_baseline
"""

import argparse
import sys
from pathlib import Path

from pilotzone.errors import UserError

ROOT = Path(__file__).parents[1]


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("exhibits", nargs="*", metavar="EXHIBIT", help="ids; `make list` has them")
    parser.add_argument("--derived", type=Path, default=ROOT / "data/derived", help="built panels")
    parser.add_argument(
        "--estimates", type=Path, default=ROOT / "output/estimates", help="target folder"
    )
    parser.add_argument(
        "--needs", action="store_true", help="print which exhibits read which, as make rules"
    )
    return parser.parse_args()


def needs_rules() -> str:
    """Return one make rule for every exhibit that reads others."""
    from pilotzone import exhibits

    rules = []
    for exhibit_id in exhibits.paths():
        for needed in exhibits.load(exhibit_id).needs:
            rules.append(f"output/estimates/{exhibit_id}.csv: output/estimates/{needed}.csv")
    return "".join(f"{rule}\n" for rule in rules)


def main() -> int:
    """Estimate what the command line names; all exhibits if it names none."""
    args = arguments()
    try:
        if args.needs:
            print(needs_rules(), end="")
            return 0
        from pilotzone import engine, estimates, exhibits
        from pilotzone.panels.store import Store

        store = Store(args.derived)
        for exhibit_id in args.exhibits or exhibits.paths():
            written = estimates.write(args.estimates, exhibit_id, engine.run(exhibit_id, store))
            print(f"{exhibit_id}: {', '.join(path.name for path in written)}")
    except UserError as error:
        print(f"estimate: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
