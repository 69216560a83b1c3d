"""Estimate exhibits and write them below output/estimates.

python code/estimate.py did_baseline spatial_baseline
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command, exhibits
from pilotzone.errors import UserError

ROOT = Path(os.path.relpath(Path(__file__).parents[1]))


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("estimate", __doc__)
    parser.add_argument("exhibits", nargs="*", metavar="ID", help="all that make builds if none")
    parser.add_argument("--derived", type=Path, default=ROOT / "data/derived", help="built panels")
    parser.add_argument(
        "--estimates", type=Path, default=ROOT / "output/estimates", help="target folder"
    )
    parser.add_argument(
        "--needs", action="store_true", help="print which exhibits depend on which, as make rules"
    )
    return parser.parse_args(argv)


def needs_rules() -> str:
    """Return one make rule for every exhibit that depends on another."""
    rules = [
        f"output/estimates/{exhibit_id}.csv: {needed}\n"
        for exhibit_id in exhibits.paths()
        for needed in exhibits.prerequisites(exhibit_id)
    ]
    return "".join(rules)


def default_exhibits() -> list[str]:
    """Return the exhibits that make builds, in the order of the argument, each after its needs."""
    made = {i: exhibits.load(i) for i in exhibits.paths()}
    waiting = {i: set(one.needs) for i, one in made.items() if one.built_by == "make"}
    ordered: list[str] = []
    while waiting:
        ready = [i for i, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            raise UserError(f"exhibits need each other: {', '.join(waiting)}; mend their needs")
        ordered += ready
        waiting = {i: needs for i, needs in waiting.items() if i not in ready}
    return ordered


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if args.needs:
        print(needs_rules(), end="")
        return
    from pilotzone import engine, estimates
    from pilotzone.panels.store import FolderStore

    exhibits.refuse_readers(args.exhibits)
    store = FolderStore(args.derived)
    for exhibit_id in args.exhibits or default_exhibits():
        parts = engine.run(exhibit_id, store, args.estimates)
        written = estimates.write(args.estimates, exhibit_id, parts)
        print(f"{exhibit_id}: {', '.join(path.name for path in written)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 2 with one line for what the user can mend."""
    return command.run("estimate", run, argv)


if __name__ == "__main__":
    sys.exit(main())
