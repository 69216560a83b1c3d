"""Say what an exhibit lacks, or from where a column of it comes.

python code/explain.py --check did_baseline
python code/explain.py --trace did_baseline nqp:zone_first:none
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command, exhibits
from pilotzone.errors import UserError

ROOT = Path(__file__).resolve().parents[1]


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    parser = command.parser("explain", __doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", metavar="ID", help="list all that the exhibit lacks")
    action.add_argument("--trace", metavar="ID", help="print the chain behind a column")
    parser.add_argument("column", nargs="?", default="", metavar="COLUMN", help="id of a column")
    args = parser.parse_args(argv)
    exhibit_id = args.check if args.check is not None else args.trace
    if not exhibit_id:
        raise UserError("name an exhibit: EXHIBIT=id; `make list` prints those that exist")
    exhibit = exhibits.load(exhibit_id)
    if args.check is not None:
        check(exhibit_id, exhibit)
        return
    from pilotzone.explain.chain import chain

    literals = exhibits.paths((*exhibits.GROUPS, *exhibits.READERS))[exhibit_id]
    print("\n".join(chain(exhibit_id, exhibit, literals, args.column, ROOT)))


def check(exhibit_id: str, exhibit: "exhibits.Exhibit") -> None:
    """Print what an exhibit lacks.

    Raises
    ------
    UserError
        If it lacks anything.
    """
    from pilotzone.explain.lacking import lacking

    found = lacking(exhibit_id, exhibit, ROOT / "output/estimates")
    for line in found:
        print(f"* {line}")
    if found:
        raise UserError(f"{exhibit_id} lacks {len(found)} things; see CONTRIBUTING.md")
    print(f"{exhibit_id}: complete")


main = command.main("explain", run)

if __name__ == "__main__":
    sys.exit(main())
