"""Tables with planted faults, and how well an auditor finds them.

python code/faultbench.py make --cases 1000 --seed 20261129
python code/faultbench.py score output/faultbench/20261129 --auditor "COMMAND {folder}"
python code/faultbench.py audit FOLDER [--naive]     our own auditor on one folder

An auditor is any command that reads a folder and prints a CSV with the columns fault, where; no
row, or the fault none, where it finds nothing. Only its first row counts. See docs/faultbench.md.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command
from pilotzone.errors import UserError

ROOT = command.ROOT
BELOW = ROOT / "output/faultbench"


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("faultbench", __doc__)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    make = actions.add_parser("make", help="write cases and their key")
    make.add_argument("--cases", default="1000", metavar="N")
    make.add_argument("--seed", default="20261129")
    make.add_argument("--output", type=Path, default=BELOW)
    make.set_defaults(work=made)
    score = actions.add_parser("score", help="run an auditor on every case")
    score.add_argument("folder", type=Path, help="what make wrote for a seed")
    score.add_argument("--auditor", required=True, metavar='"COMMAND {folder}"')
    score.add_argument("--key", type=Path, help="the key, if it is kept elsewhere")
    score.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS")
    score.add_argument("--jobs", default="1", help="folders at a time")
    score.set_defaults(work=scored)
    audit = actions.add_parser("audit", help="our own auditor on a folder")
    audit.add_argument("folder", type=Path)
    audit.add_argument("--naive", action="store_true", help="as it was before any tuning")
    audit.set_defaults(work=audited)
    return parser.parse_args(argv)


def made(args: argparse.Namespace) -> None:
    """Write cases and their key."""
    from pilotzone.faultbench import bench

    count = bench.whole_number("N", args.cases, least=1)
    seed = bench.whole_number("SEED", args.seed, least=0)
    for one in bench.make(args.output, count, seed):
        if not one.number % 100 or one.number == count:
            print(f"[{one.number}/{count}]", flush=True)
    folder = args.output / str(seed)
    print(f"cases in {folder / bench.CASES}, key in {folder / bench.KEY_FILE}")


def scored(args: argparse.Namespace) -> None:
    """Run an auditor on every case and print its scores."""
    from pilotzone.faultbench import bench, scores

    if not args.timeout > 0:
        raise UserError(f"--timeout {args.timeout:g}: a number of seconds above zero")
    key = scores.read_key(args.key or args.folder / bench.KEY_FILE)
    jobs = bench.whole_number("--jobs", args.jobs, least=1)
    folders, answers = scores.folders(args.folder, key), {}
    for name, answer in scores.all_asked(args.auditor, folders, args.timeout, jobs):
        answers[name] = answer
        if not len(answers) % 100:
            print(f"[{len(answers)}/{len(key)}]", flush=True)
    print(scores.report(key, answers), end="")


def audited(args: argparse.Namespace) -> None:
    """Print what our own auditor says of a folder."""
    from pilotzone.audit.case import auditor, folder, naive

    audit = naive.audit if args.naive else auditor.audit
    named = audit(folder.read(args.folder))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("fault", "where"))
    writer.writerows((one.fault, one.where) for one in named)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    args.work(args)


main = command.main("faultbench", run)

if __name__ == "__main__":
    sys.exit(main())
