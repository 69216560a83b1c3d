"""Whose table is this? The conventions under which a panel gives a printed regression table.

python code/whose.py examples/typed_table.csv examples/my_panel.csv examples/whose.toml

TABLE is a CSV, a line for each printed row. Any cell but the term may be empty; numbers are typed
as printed, since 0.050 is not 0.05:

column     of the table, from 1 on; 1 if empty
term       column of the panel: one row of each column names a treatment, any other a control
estimate   coefficient
std_error  what stands beside it, brackets or not; t if the table says t
t
stars      asterisks
n          rows of the regression
p          p-value, also <0.001
ci_low     ends of the 95 % interval
ci_high
df         degrees of freedom of t, inf for the normal distribution
clusters   their number
r2         R², of whatever kind

PANEL is .csv, .xlsx, .dta or .parquet, CONFIG a TOML file with the candidates; docs/whose.md says
which. LIMIT= in the environment takes more than 20 million conventions. Written are
conventions.csv, report.md and report.html.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command
from pilotzone.errors import UserError


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    arguments = command.parser("whose", __doc__)
    for name in ("table", "panel", "config"):
        arguments.add_argument(name, metavar=name.upper())
    arguments.add_argument(
        "--output", type=Path, default=command.ROOT / "output/whose", help="target folder"
    )
    args = arguments.parse_args(argv)
    if not (args.table and args.panel and args.config):
        raise UserError("give all: make whose TABLE=t.csv PANEL=p.csv CONFIG=c.toml")
    from pilotzone.whose import report, search

    files = Path(args.table), Path(args.panel), Path(args.config)
    asked = search.question(*files)
    found = search.search(asked, print)
    report.write(asked, found, [file.name for file in files], args.output, print)
    for one in found:
        print(f"column {one.column.number}: {len(one.fits)} conventions fit")
    print(f"done: see {args.output / report.FILES[2]}")


main = command.main("whose", run)

if __name__ == "__main__":
    sys.exit(main())
