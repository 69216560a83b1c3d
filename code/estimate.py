"""Estimate exhibits and write them below output/estimates.

python code/estimate.py did_baseline spatial_baseline
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command, exhibits
from pilotzone.build import estimating, workers
from pilotzone.build.stale import Project

PROJECT = Project(command.ROOT)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    parser = command.parser("estimate", __doc__)
    parser.add_argument("exhibits", nargs="*", metavar="ID", help="all that make builds if none")
    parser.add_argument("--derived", type=Path, default=PROJECT.derived, help="built panels")
    parser.add_argument("--estimates", type=Path, default=PROJECT.estimates, help="target folder")
    parser.add_argument(
        "--jobs", type=workers.number, default=2, metavar="N", help="exhibits at a time; 2"
    )
    args = parser.parse_args(argv)
    exhibits.refuse_readers(args.exhibits)
    made = [i for i, exhibit in PROJECT.exhibits.items() if exhibit.built_by == "make"]
    needs = PROJECT.needs(args.exhibits or made)
    own = (args.derived, args.estimates) == (PROJECT.derived, PROJECT.estimates)
    written = PROJECT.estimated if own else lambda exhibit_id, files: None
    estimating.run(needs, args.derived, args.estimates, args.jobs, written)


main = command.main("estimate", run)

if __name__ == "__main__":
    sys.exit(main())
