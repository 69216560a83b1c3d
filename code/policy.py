"""A dated policy on an open panel of the project: the battery, or the matrix of all policies.

python code/policy.py low_carbon --panel city --outcome nqp_city
python code/policy.py --roster examples/my_roster.csv --panel city --outcome nqp_city
python code/policy.py --all --panel city --outcome nqp_city
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command

CHOICES = {
    "roster": "a table of your own: .csv, .xlsx, .dta or .parquet",
    "panel": "province or city; city if not said",
    "outcome": "a column of the panel",
    "coding": "one of the roster's; the first if not said",
    "timing": "half_year, same_year, next_year or exposure; half_year if not said",
    "measure": "of provinces: first (any unit) or share (of units); first if not said",
    "later": "dates of your own roster after the panel: refuse or untreated; refuse if not said",
}


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    parser = command.parser("policy", __doc__)
    parser.add_argument("policy", nargs="?", default="", help="name of a roster of the project")
    for name, help_ in CHOICES.items():
        parser.add_argument(f"--{name}", default="", help=help_)
    parser.add_argument("--all", action="store_true", help="the matrix of all policies")
    parser.add_argument("--output", type=Path, default=command.ROOT / "output/policy")
    parser.add_argument("--raw", type=Path, default=command.ROOT / "data/raw")
    parser.add_argument("--derived", type=Path, default=command.ROOT / "data/derived")
    parser.add_argument("--style", default="se", help="se, t, ci or nostars")
    parser.add_argument("--labels", default="en", help="en or zh")
    parser.add_argument("--decimals", type=int, default=3)
    args = parser.parse_args(argv)
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.reader import policy
    from pilotzone.reader.policy_choice import Asked
    from pilotzone.tables.style import Style

    asked = Asked(policy=args.policy, **{name: getattr(args, name) for name in CHOICES})
    folders = policy.Folders(raw=args.raw, derived=args.derived, output=args.output)
    style = Style(args.style, Lexicon(args.labels), args.decimals)
    made = policy.matrix if args.all else policy.make
    print(f"done: see {made(asked, folders, style, print)}")


main = command.main("policy", run)

if __name__ == "__main__":
    sys.exit(main())
