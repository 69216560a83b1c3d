"""Build the panels from the published figures.

python code/build_panels.py                 all panels, weights, sample flows
python code/build_panels.py city            one of them (province, city)
python code/build_panels.py --stata         only the Stata files of panels that are built
python code/build_panels.py --system FILE   the index of a reader's own system (TOML)
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotzone import command
from pilotzone.errors import UserError

ROOT = command.ROOT


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("build_panels", __doc__)
    parser.add_argument("panels", nargs="*", metavar="PANEL", help="province, city; both if none")
    parser.add_argument("--raw", type=Path, default=ROOT / "data/raw", help="published figures")
    parser.add_argument("--derived", type=Path, default=ROOT / "data/derived", help="target folder")
    parser.add_argument("--stata", action="store_true", help="only the .dta, from the built .csv")
    parser.add_argument("--system", help="TOML file with a system of indicators")
    parser.add_argument(
        "--mine", type=Path, default=ROOT / "output/mine", help="target folder of --system"
    )
    return parser.parse_args(argv)


def build_own_index(raw_folder: Path, system_file: Path, target: Path) -> None:
    """Write index and weights of a reader's own system."""
    from pilotzone.panels import files, province, raw
    from pilotzone.reader.system import read_system

    system = read_system(system_file)
    frame, weights = province.own_index(raw.read_raw(raw_folder, city=False), system)
    written = files.write_tables(
        {f"index_{system.id}": frame, f"index_{system.id}_weights": weights}, target
    )
    print(f"index {system.id}: {len(frame)} rows; see {', '.join(map(str, written))}")


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if args.system is not None:
        if not args.system:
            raise UserError("give a system: make index SYSTEM=examples/green_system.toml")
        build_own_index(args.raw, Path(args.system), args.mine)
        return
    from pilotzone.panels import stata

    unknown = sorted(set(args.panels) - set(stata.TITLES))
    if unknown:
        raise UserError(f"no panel '{unknown[0]}'; known: {', '.join(stata.TITLES)}")
    names = args.panels or list(stata.TITLES)
    if not args.stata:
        build(names, args.raw, args.derived)
    for name in names:
        stata.write(args.derived, name)


def build(names: Sequence[str], raw_folder: Path, derived: Path) -> None:
    """Build panels from the published figures and write them as .csv."""
    from pilotzone.panels import city, files, province, raw

    builders = {
        "province": (province.build, files.write_province),
        "city": (city.build, files.write_city),
    }
    figures = raw.read_raw(raw_folder)
    for name in names:
        make, write = builders[name]
        panel = make(figures)
        write(panel, derived)
        units = panel.frame[f"{name}_code"].nunique()
        print(f"{name}_panel: {units} units, {len(panel.frame)} rows")


main = command.main("build_panels", run)

if __name__ == "__main__":
    sys.exit(main())
