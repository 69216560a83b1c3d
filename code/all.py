"""Make what is stale: environment, panels, estimates, tables and figures; also without make.

python code/all.py                everything
python code/all.py spatial        a group of exhibits; env, tools, panels, estimates or bench
python code/all.py did_baseline   the estimates of an exhibit
python code/all.py --dry-run      print what is stale and why
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 14):
    print(
        "all: needs Python 3.11 to 3.14, found {}.{}; name another with make PYTHON=python3.12 "
        "or python3.12 code/all.py".format(*sys.version_info),
        file=sys.stderr,
    )
    sys.exit(2)

import argparse
import functools
from collections.abc import Collection, Sequence

from pilotzone import command, exhibits
from pilotzone.build import closing, environment, workers
from pilotzone.build.stale import Project

PROJECT = Project(command.ROOT)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("all", __doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="everything if none is named")
    jobs = "exhibits estimated at a time; 2"
    parser.add_argument("--jobs", type=workers.number, default=2, metavar="N", help=jobs)
    parser.add_argument("--dry-run", action="store_true", help="print what is stale and why")
    return parser.parse_args(argv)


def chosen(targets: Collection[str]) -> tuple[set[str], list[str]]:
    """Return which exhibits to estimate, and of which to make the pages, if they are stale.

    Raises
    ------
    UserError
        If there is no such exhibit, it needs a reader's panel, or exhibits need each other.
    """
    by = {i: one.built_by for i, one in PROJECT.exhibits.items()}
    made = {i for i in by if by[i] == "make"}
    if not targets:
        PROJECT.require_long(made, list(by))
        return made, list(by)
    wanted: set[str] = set()
    shown: list[str] = []
    for target in targets:
        if target in exhibits.GROUPS:
            members = [i for i, path in PROJECT.files.items() if path.parent.name == target]
            shown += [i for i in members if i in made]
            wanted |= set(shown)
        elif target in ("estimates", "bench"):
            wanted |= made if target == "estimates" else by.keys() - made
        elif target not in ("env", "panels"):
            wanted.add(target)
    exhibits.refuse_readers(wanted)
    PROJECT.require_long(wanted, shown)
    return wanted, shown


def build(panels: Collection[str]) -> None:
    """Build panels."""
    import build_panels

    print(f"panels: {', '.join(panels)}", flush=True)
    build_panels.build(list(panels), PROJECT.root / "data/raw", PROJECT.derived)
    PROJECT.built()


def label(panels: Collection[str]) -> None:
    """Write the Stata files of the built panels."""
    import build_panels

    build_panels.run(["--stata", *panels])


def estimate(jobs: int, ids: Collection[str]) -> None:
    """Estimate exhibits."""
    from pilotzone.build import estimating

    needs = PROJECT.needs(ids)
    estimating.run(needs, PROJECT.derived, PROJECT.estimates, jobs, PROJECT.estimated)


def draw(jobs: int, ids: Collection[str]) -> None:
    """Write tables and figures."""
    import render

    render.run([f"--jobs={jobs}", *ids])


def make(targets: Collection[str], jobs: int, dry: bool) -> bool:
    """Make or print what is stale, one kind after the other, and say whether anything was."""
    wanted, shown = chosen(targets)
    stata = not targets or "panels" in targets
    anything = False
    for kind, stale, work in (
        ("panel", PROJECT.panels, build),
        ("Stata file", PROJECT.stata if stata else dict, label),
        ("estimates", lambda: PROJECT.stale(wanted), functools.partial(estimate, jobs)),
        ("pages", lambda: PROJECT.pages(shown), functools.partial(draw, jobs)),
    ):
        reasons = stale()
        anything |= bool(reasons)
        if dry:
            print("".join(f"{kind} of {name}: {why}\n" for name, why in reasons.items()), end="")
        elif reasons:
            work(reasons)
    return anything


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if args.targets in (["env"], ["tools"]):
        environment.build(PROJECT.root, tools=args.targets == ["tools"])
        return
    if not args.dry_run:
        environment.enter(PROJECT.root)
    if not make(args.targets, args.jobs, args.dry_run):
        print(" ".join(["nothing to do", *(["for"] if args.targets else []), *args.targets]))
    if not args.targets and not args.dry_run:
        print(*closing.lines(PROJECT.output), sep="\n")


main = command.main("all", run)

if __name__ == "__main__":
    sys.exit(main())
