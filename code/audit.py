"""Audit inputs, estimates and tables; exit status 1 if a check fails.

python code/audit.py                       the whole project; writes output/audit.md
python code/audit.py table FILE.csv        any regression table, typed in by hand
python code/audit.py freeze --message WHY  output/estimates becomes the frozen copy

A table has the columns term, estimate, std_error or t (or both), stars, n, and optionally p,
ci_low, ci_high, df, clusters; column and r2, which make whose reads, are not judged. Numbers are
typed as printed: 0.050 is not 0.05.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command

ROOT = command.ROOT


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("audit", __doc__)
    parser.set_defaults(work=whole)
    actions = parser.add_subparsers(metavar="ACTION", title="actions instead of the whole audit")
    table = actions.add_parser("table", help="check a table typed in by hand")
    table.add_argument("file", type=Path, metavar="FILE.csv")
    table.add_argument(
        "--stars",
        default="0.01 0.05 0.1",
        help='levels of three, two and one star (default "0.01 0.05 0.1")',
    )
    table.add_argument("--level", default="0.95", help="level of the intervals (default 0.95)")
    table.set_defaults(work=typed_table)
    freeze = actions.add_parser("freeze", help="make output/estimates the frozen copy")
    freeze.add_argument("--message", default="", help="why")
    freeze.set_defaults(work=freeze_estimates)
    return parser.parse_args(argv)


def whole(args: argparse.Namespace) -> bool:
    """Run every check, write the report, and say whether none failed."""
    from pilotzone.audit import project, report
    from pilotzone.audit import whole as everything
    from pilotzone.estimates import replace_text

    made = []
    for check in everything.run(project.whole(ROOT)):
        print(report.terminal(check), flush=True)
        made.append(check)
    replace_text(ROOT / "output/audit.md", report.markdown(made))
    print(f"{report.closing(made)}; see {ROOT / 'output/audit.md'}")
    return all(check.passed for check in made)


def typed_table(args: argparse.Namespace) -> bool:
    """Check a typed table and say whether no cell is impossible."""
    from pilotzone.audit import typed_table

    levels, level = typed_table.levels(args.stars), typed_table.level(args.level)
    found = typed_table.check(typed_table.read(args.file), levels, level)
    print(typed_table.report(args.file.name, found), end="")
    return not any(finding.impossible for finding in found.findings)


def freeze_estimates(args: argparse.Namespace) -> bool:
    """Freeze the estimates of the output and print what changed."""
    from pilotzone.audit.reason import reason

    why = reason(args.message)
    from pilotzone.audit import frozen, project

    changed = frozen.freeze(project.whole(ROOT), why)
    print("\n".join(changed) or "nothing changed since the last freeze")
    return True


def run(argv: Sequence[str] | None) -> bool:
    """Do what the command line asks for and say whether nothing failed."""
    args = arguments(argv)
    return args.work(args)


main = command.main("audit", run)

if __name__ == "__main__":
    sys.exit(main())
