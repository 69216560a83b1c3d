"""Render tables and figures from output/estimates, and keep output/manifest.csv.

python code/render.py did_baseline spatial_baseline
python code/render.py --show did_baseline
python code/render.py --tables output/custom --style t --labels zh
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone import command, exhibits
from pilotzone.errors import UserError

if TYPE_CHECKING:
    from pilotzone.catalogue import Exhibit
    from pilotzone.report.manifest import Entry
    from pilotzone.tables.style import Style

ROOT = command.ROOT


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = command.parser("render", __doc__)
    parser.add_argument("exhibits", nargs="*", metavar="ID", help="exhibits; all if none is named")
    parser.add_argument("--output", type=Path, default=ROOT / "output", help="target folder")
    parser.add_argument(
        "--estimates", type=Path, help="folder of the estimates files; <output>/estimates"
    )
    parser.add_argument("--style", default="se", help="se, t, ci or nostars")
    parser.add_argument("--labels", default="en", help="en or zh")
    parser.add_argument("--decimals", type=int, default=3, help="places after the point; 3")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--show", metavar="ID", help="print a table and write nothing")
    action.add_argument(
        "--tables", type=Path, metavar="FOLDER", help="write tables alone, also as Word and HTML"
    )
    action.add_argument(
        "--list", action="store_true", help="print id, group, studies, role, file, title of each"
    )
    action.add_argument("--readme", type=Path, metavar="FILE", help="fill README's made parts")
    return parser.parse_args(argv)


def listing() -> str:
    """Return one line for every exhibit: id, group, reviewed studies, role, file, title.

    Behind the title of one on a reader's own panel stands the command that estimates it.
    """
    from pilotzone.claims import studies as reviewed

    bears = {
        claim: {*(column.exhibit for column in claim.own), *claim.shown, *claim.settled_by}
        for claim in reviewed.claims()
    }
    lines = {}
    for exhibit_id, path in exhibits.paths((*exhibits.GROUPS, *exhibits.READERS)).items():
        exhibit = exhibits.load(exhibit_id)
        studies = sorted({claim.study for claim, ids in bears.items() if exhibit_id in ids})
        roles = dict.fromkeys(column.role for column in exhibit.columns) or ["descriptive"]
        about = ",".join(map(str, studies)) or "-", ",".join(roles), os.path.relpath(path)
        command = exhibits.READERS.get(path.parent.name, "")
        said = f"{exhibit.title} [{command}]" if command else exhibit.title
        lines[exhibit_id, path.parent.name, *about] = said
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join([*map(str.ljust, cells, widths), title]) + "\n" for cells, title in lines.items()
    )


def show(exhibit_id: str, folder: Path, style: "Style") -> str:
    """Return the table of an exhibit for the terminal."""
    from pilotzone import tables
    from pilotzone.tables import markdown

    return markdown.terminal(tables.build(exhibit_id, exhibits.load(exhibit_id), folder, style))


def render(ids: Sequence[str], output: Path, folder: Path) -> None:
    """Write tables, figures and the manifest; every table is made before a file is written."""
    from pilotzone import tables
    from pilotzone.estimates import replace_text
    from pilotzone.report import manifest
    from pilotzone.tables import latex, markdown, word

    loaded = {exhibit_id: exhibits.load(exhibit_id) for exhibit_id in ids}
    paths, old = exhibits.paths(), manifest.read(output)
    texts, documents, made = {}, {}, []
    for exhibit_id, exhibit in loaded.items():
        grid = tables.build(exhibit_id, exhibit, folder)
        stem = output / "tables" / exhibit_id
        texts[stem.with_suffix(".md")] = markdown.render(grid)
        texts[stem.with_suffix(".tex")] = latex.render(grid)
        documents[exhibit_id] = word.render(grid)
        made += manifest.entries(exhibit_id, exhibit, paths[exhibit_id], output, folder)
    for path, text in texts.items():
        replace_text(path, text)
    write_documents(documents, output / "tables")
    for exhibit_id, exhibit in loaded.items():
        if exhibit.figure:
            draw(exhibit_id, exhibit, output, folder, old, made)
        print(f"{exhibit_id}: table{' and figure' if exhibit.figure else ''}")
    rows, gone = manifest.update(output, made, paths)
    for path in gone:
        path.unlink()
        path.with_suffix(".docx").unlink(missing_ok=True)
        print(f"{path}: deleted, its exhibit is gone")
    manifest.write(output, rows)
    write_report(output)


def write_report(output: Path) -> None:
    """Write the page with all exhibits, as soon as each is estimated and drawn."""
    from pilotzone import report
    from pilotzone.estimates import replace_text
    from pilotzone.report import for_programs

    absent = report.missing(output)
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        print(f"report: not written, still missing: {absent[0]}{more}")
        return
    replace_text(output / report.NAME, report.build(output))
    replace_text(output / for_programs.NAME, for_programs.build(output))
    replace_text(output / for_programs.SCHEMA, for_programs.schema())
    print(f"report: {output / report.NAME}")


def write_documents(documents: Mapping[str, bytes], target: Path) -> None:
    """Write Word files, and one with the tables of all exhibits that have a file by now."""
    from pilotzone.estimates import replace_bytes
    from pilotzone.tables import word

    for exhibit_id, content in documents.items():
        replace_bytes(target / f"{exhibit_id}.docx", content)
    there = [target / f"{exhibit_id}.docx" for exhibit_id in exhibits.paths()]
    files = [path.read_bytes() for path in there if path.exists()]
    replace_bytes(target / "all_tables.docx", word.combined(files))


def write_tables(ids: Sequence[str], target: Path, folder: Path, style: "Style") -> None:
    """Write tables in all renderings, and one LaTeX and one Word file that hold them all."""
    from pilotzone import tables
    from pilotzone.estimates import replace_bytes, replace_text
    from pilotzone.tables import latex, markdown, web, word

    grids = {i: tables.build(i, exhibits.load(i), folder, style) for i in ids}
    documents = {i: word.render(grid) for i, grid in grids.items()}
    for exhibit_id, grid in grids.items():
        texts = {
            "md": markdown.render(grid),
            "tex": latex.render(grid),
            "html": web.page([web.render(grid)], grid.title, style.language),
        }
        for ending, text in texts.items():
            replace_text(target / f"{exhibit_id}.{ending}", text)
        replace_bytes(target / f"{exhibit_id}.docx", documents[exhibit_id])
    replace_text(target / "all_tables.tex", latex.collection(ids, style.language))
    replace_bytes(target / "all_tables.docx", word.combined(list(documents.values())))
    print(
        f"{len(grids)} tables in {target}: style {style.show}, labels {style.language}, "
        f"decimals {style.decimals}"
    )


def draw(
    exhibit_id: str,
    exhibit: "Exhibit",
    output: Path,
    folder: Path,
    old: Mapping[str, "Entry"],
    made: Sequence["Entry"],
) -> None:
    """Draw the figure of an exhibit where it is missing or shows something else by now."""
    from pilotzone import plots

    name = f"figures/{exhibit_id}.png"
    now = next(row.inputs_sha256 for row in made if row.output == name)
    changed = name not in old or old[name].inputs_sha256 != now
    files = plots.paths(exhibit_id, output)
    stale = {path: dpi for path, dpi in files.items() if changed or not path.exists()}
    if stale:
        figure = plots.draw(exhibit_id, exhibit, folder)
        for path, dpi in stale.items():
            plots.save(figure, path, dpi)
    for path in files.keys() - stale.keys():
        os.utime(path)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if args.list:
        print(listing(), end="")
        return
    if args.readme:
        fill_readme(args.readme, args.output)
        return
    from pilotzone.catalogue.words import Lexicon
    from pilotzone.tables.style import Style

    folder = args.estimates or args.output / "estimates"
    style = Style(args.style, Lexicon(args.labels), args.decimals)
    exhibits.refuse_readers([*args.exhibits, *([args.show] if args.show else [])])
    ids = args.exhibits or list(exhibits.paths())
    if args.show is not None:
        if not args.show:
            raise UserError("name an exhibit: EXHIBIT=id; `make list` prints those that exist")
        print(show(args.show, folder, style), end="")
    elif args.tables:
        write_tables(ids, args.tables, folder, style)
    elif style != Style():
        raise UserError("--style, --labels and --decimals go with --show or --tables")
    else:
        render(ids, args.output, folder)


def fill_readme(path: Path, output: Path) -> None:
    """Write the parts of README that are made from the output."""
    from pilotzone.estimates import replace_text
    from pilotzone.report import readme

    replace_text(path, readme.fill(path.read_text(encoding="utf-8"), output))


main = command.main("render", run)

if __name__ == "__main__":
    sys.exit(main())
