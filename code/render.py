"""Render tables and figures from output/estimates, and keep output/manifest.csv.

python code/render.py did_baseline spatial_baseline
python code/render.py --show did_baseline
python code/render.py --tables output/custom --style t --labels zh
"""

import argparse
import functools
import os
import sys
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone import command, exhibits
from pilotzone.build import workers
from pilotzone.build.progress import Line, count
from pilotzone.errors import UserError

if TYPE_CHECKING:
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
    jobs = "processes that make pages; 1"
    parser.add_argument("--jobs", type=workers.number, default=1, metavar="N", help=jobs)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--show", metavar="ID", help="print a table and write nothing")
    action.add_argument(
        "--tables", type=Path, metavar="FOLDER", help="write tables alone, also as Word and HTML"
    )
    action.add_argument(
        "--list", action="store_true", help="print id, group, studies, role, file, title of each"
    )
    action.add_argument("--print", action="store_true", help="draw figures for print alone")
    action.add_argument(
        "--readme", type=Path, nargs="+", metavar="FILE", help="fill the made parts of pages"
    )
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


Made = tuple[dict[str, str], bytes, list["Entry"]]


def render(ids: Sequence[str], output: Path, folder: Path, jobs: int = 1) -> None:
    """Write tables, figures and the manifest; every table is made before a file is written."""
    from pilotzone import plots  # noqa: F401 - what is imported here the processes start with
    from pilotzone.estimates import replace_text
    from pilotzone.report import manifest

    old, paths = manifest.read(output), exhibits.paths()
    tables = _each("tables", ids, functools.partial(page, output, folder), jobs)
    made = [entry for _, _, entries in tables.values() for entry in entries]
    for exhibit_id, (texts, _, _) in tables.items():
        for ending, text in texts.items():
            replace_text(output / "tables" / f"{exhibit_id}.{ending}", text)
    write_documents({i: document for i, (_, document, _) in tables.items()}, output)
    drawn = with_picture(ids, folder)
    _each("figures", drawn, functools.partial(draw, output, folder, old, made), jobs)
    print(f"tables {len(ids)}, figures {len(drawn)}: {output / 'tables'}, {output / 'figures'}")
    write_article(output)
    rows, gone = manifest.update(output, manifest.stamped(output, made), paths)
    for path in gone:
        path.unlink()
        path.with_suffix(".docx").unlink(missing_ok=True)
        print(f"{path}: deleted, no exhibit makes it")
    manifest.write(output, rows)
    write_report(output, jobs)


def with_picture(ids: Sequence[str], folder: Path) -> list[str]:
    """Return the exhibits that have a figure."""
    return [i for i in ids if exhibits.drawn(i, exhibits.load(i), folder)]


def _each(what: str, ids: Sequence[str], work: workers.Work, jobs: int) -> dict[str, typing.Any]:
    """Return what comes of the work on each exhibit, in their order; the first fault ends it."""
    found: dict[str, typing.Any] = {}
    with Line() as line:
        for exhibit_id, result in _done(ids, work, jobs):
            found[exhibit_id] = result
            line.say(f"{what} {count(len(found), len(ids))} {exhibit_id}")
    return {exhibit_id: found[exhibit_id] for exhibit_id in ids}


def _done(ids: Sequence[str], work: workers.Work, jobs: int) -> Iterator[tuple[str, typing.Any]]:
    """Give what comes of the work on each exhibit, as soon as it is done."""
    if jobs == 1 or len(ids) == 1:
        yield from ((exhibit_id, work(exhibit_id)) for exhibit_id in ids)
        return
    for outcome in workers.run(dict.fromkeys(ids, ()), work, jobs):
        print(outcome.trace, end="", file=sys.stderr, flush=True)
        if outcome.error:
            said = outcome.error.removeprefix(f"{outcome.task}: ")
            raise UserError(f"{outcome.task}: {said}")
        yield outcome.task, outcome.result


def page(output: Path, folder: Path, exhibit_id: str) -> Made:
    """Return the table of an exhibit by ending, as a Word file, and its rows of the manifest."""
    from pilotzone import tables
    from pilotzone.report import manifest
    from pilotzone.tables import latex, markdown, word

    exhibit = exhibits.load(exhibit_id)
    grid = tables.build(exhibit_id, exhibit, folder)
    texts = {"md": markdown.render(grid), "tex": latex.render(grid)}
    path = exhibits.paths()[exhibit_id]
    entries = manifest.entries(exhibit_id, exhibit, path, output, folder)
    return texts, word.render(grid), list(entries)


def write_report(output: Path, jobs: int = 1) -> None:
    """Write the pages with all exhibits, one a language, as soon as each is estimated and drawn."""
    from pilotzone import report
    from pilotzone.estimates import replace_text
    from pilotzone.report import for_programs

    absent = report.missing(output)
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        print(f"report: not written, still missing: {absent[0]}{more}")
        return
    names = list(report.NAMES.values())
    for name, text in _each("report", names, functools.partial(report_of, output), jobs).items():
        replace_text(output / name, text)
    replace_text(output / for_programs.NAME, for_programs.build(output))
    replace_text(output / for_programs.SCHEMA, for_programs.schema())
    print(f"report: {', '.join(str(output / name) for name in names)}")


def report_of(output: Path, name: str) -> str:
    """Return the page of that name."""
    from pilotzone import report

    return report.build(
        output, next(lexicon for lexicon, own in report.NAMES.items() if own == name)
    )


def write_documents(documents: Mapping[str, bytes], output: Path) -> None:
    """Write Word files, the main tables and the others that have a file by now."""
    from pilotzone.estimates import replace_bytes
    from pilotzone.report import journal
    from pilotzone.tables import word

    for exhibit_id, content in documents.items():
        replace_bytes(output / "tables" / f"{exhibit_id}.docx", content)
    for name, ids in journal.collections(exhibits.paths()).items():
        there = [output / "tables" / f"{exhibit_id}.docx" for exhibit_id in ids]
        files = [path.read_bytes() for path in there if path.exists()]
        if files:
            replace_bytes(output / name, word.combined(files))


def write_article(output: Path) -> None:
    """Write main.tex, with the captions of the figures that are drawn by now."""
    from pilotzone.estimates import replace_text
    from pilotzone.report import journal

    replace_text(output / journal.NAME, journal.document(output))


def write_tables(ids: Sequence[str], target: Path, folder: Path, style: "Style") -> None:
    """Write tables in all renderings, and one LaTeX and one Word file that hold them all."""
    from pilotzone import tables
    from pilotzone.estimates import replace_bytes, replace_text
    from pilotzone.exhibits.main import TABLES
    from pilotzone.report import journal
    from pilotzone.tables import latex, markdown, web, word

    target = target / f"{style.show}-{style.language}"
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
    if set(TABLES) <= set(grids):
        replace_bytes(target / journal.MAIN, word.combined([documents[i] for i in TABLES]))
        text = journal.document(folder.parent, style.language, "", "../../figures/")
        replace_text(target / journal.NAME, text)
    print(
        f"{len(grids)} tables in {target}: style {style.show}, labels {style.language}, "
        f"decimals {style.decimals}"
    )


def draw(
    output: Path,
    folder: Path,
    old: Mapping[str, "Entry"],
    made: Sequence["Entry"],
    exhibit_id: str,
) -> None:
    """Draw the figure of an exhibit where it is missing or shows something else by now."""
    from pilotzone import plots
    from pilotzone.report import manifest

    name = f"figures/{exhibit_id}.png"
    now = next(row.inputs_sha256 for row in made if row.output == name)
    known = name in old and old[name].inputs_sha256 == now
    ((path, dpi),) = plots.paths(exhibit_id, output).items()
    if not known or not manifest.as_written(output, old[name]):
        plots.save(plots.captioned(exhibit_id, exhibits.load(exhibit_id), folder), path, dpi)
    else:
        os.utime(path)


def draw_for_print(output: Path, folder: Path, exhibit_id: str) -> None:
    """Draw the figure of an exhibit at the resolution of print, and as PDF."""
    from pilotzone import plots

    figure = plots.draw(exhibit_id, exhibits.load(exhibit_id), folder)
    for path, dpi in plots.paths(exhibit_id, output, printed=True).items():
        plots.save(figure, path, dpi)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    args = arguments(argv)
    if args.list:
        print(listing(), end="")
        return
    if args.readme:
        for page in args.readme:
            fill_page(page, args.output)
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
    elif args.print:
        from pilotzone.report import manifest

        drawn = with_picture(ids, folder)
        _each("print", drawn, functools.partial(draw_for_print, args.output, folder), args.jobs)
        manifest.write_printed(args.output, drawn)
        print(f"{len(drawn)} figures in {args.output / 'figures/print'}")
        # The page links what there is.
        write_report(args.output, args.jobs)
    else:
        render(ids, args.output, folder, args.jobs)


def fill_page(path: Path, output: Path) -> None:
    """Write the parts of a page that are made from the output."""
    from pilotzone.estimates import replace_text
    from pilotzone.report import readme

    replace_text(path, readme.fill(path.read_text(encoding="utf-8"), output))


main = command.main("render", run)

if __name__ == "__main__":
    sys.exit(main())
