"""A reader's own panel through the engine and the renderers: numbers, tables, figures, a report.

Nothing here computes: the exhibits of :mod:`pilotzone.reader.battery` are estimated and rendered by
what estimates and renders the project's. A column that the panel cannot carry is listed with its
reason; a fault of the panel itself stops before anything is written.
"""

import dataclasses
import functools
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import engine, estimates, plots, tables
from pilotzone.catalogue import Exhibit, Lattice, Sample, Specification
from pilotzone.catalogue.samples import OWN
from pilotzone.catalogue.words import Lexicon
from pilotzone.engine.design import Result, declared_fields
from pilotzone.errors import NotIdentified, Reason, UserError, encode
from pilotzone.panels.files import drafts
from pilotzone.panels.store import Store
from pilotzone.reader.battery import battery
from pilotzone.reader.overview import overview, warnings
from pilotzone.reader.own import NEVER, OwnPanel, plan_of
from pilotzone.reader.panel import read_own
from pilotzone.reader.panel_config import PERIOD
from pilotzone.reader.plan import Plan
from pilotzone.reader.store import OwnStore
from pilotzone.report import own as own_report
from pilotzone.report.own import Shown
from pilotzone.tables import latex, markdown, word
from pilotzone.tables.style import Source, Style

REPORT, PAGE, WORD = "report.md", "report.html", "tables/all_tables.docx"
PATTERNS = ("*.csv", "tables/*", "figures/*", "figures/print/*")
# Columns of the file that says how periods are written.
PERIOD_COLUMNS = ("period", "label")
Overview = list[tuple[str, list[str]]]


@dataclasses.dataclass(frozen=True)
class Made:
    """An exhibit as it was made: its parts, its page, what is said of it."""

    exhibit: Exhibit
    told: str
    page: Shown
    parts: dict[str, pd.DataFrame] = dataclasses.field(default_factory=dict)


def make(
    panel_file: Path,
    config_file: Path,
    target: Path,
    raw_folder: Path,
    style: Style,
    say: Callable[[str], None],
) -> None:
    """Estimate and render the battery of a reader's panel below ``target``, all files or none.

    Files: ``<id>.csv`` and its parts, ``tables/<id>.md``, ``.tex`` and ``.docx``,
    ``tables/all_tables.docx``, ``figures/<id>.png``, ``figures/print/``, ``report.html`` and, moved
    in last, ``report.md``; ``periods.csv`` where periods are no plain years.

    Parameters
    ----------
    style : how the tables print; figures are in English.
    say : takes a line for what was read and for every exhibit.

    Raises UserError if configuration, panel or matrix cannot be used; nothing is written then.
    """
    own = read_own(panel_file, config_file, raw_folder)
    words = in_words(style, lexicon_of(own, style.language), own.file)
    store, found = OwnStore(own), exhibits_of(own)
    on_top = warnings(own, words.lexicon)

    def first(made: Mapping[str, Made]) -> Overview:
        estimated = {i: (one.exhibit, one.parts) for i, one in made.items() if one.parts}
        return overview(own, estimated, words.lexicon)

    write(store, found, ids_of_any(), target, words, say, first=first, on_top=on_top)


def write(
    store: OwnStore,
    found: Mapping[str, Exhibit],
    ids: Collection[str],
    target: Path,
    style: Style,
    say: Callable[[str], None],
    *,
    first: Callable[[Mapping[str, Made]], Overview] = lambda made: [],
    on_top: tuple[str, ...] = (),
) -> None:
    """Estimate and render exhibits of a reader's panel below ``target``, all files or none.

    Parameters
    ----------
    store : holds the panel, the name of its file and the notes that were made on reading it.
    found : mapping from id to Exhibit
    ids : all exhibits that a panel of this kind may have: files of those not made are deleted.
    first : makes the first screen of what was made.
    on_top : warnings on every table of estimates.
    """
    own = store.own
    for line in own.notes:
        say(line)
    with drafts(target, last=REPORT) as draft:
        made = {}
        for exhibit_id, exhibit in found.items():
            made[exhibit_id] = _exhibit(exhibit_id, exhibit, store, draft, style, on_top)
            say(f"{exhibit_id}: {made[exhibit_id].told}")
        _write_periods(style.lexicon, draft)
        _write_reports(own.file, own.notes, first(made), list(made.values()), draft, style)
        kept = {path.relative_to(draft) for path in draft.rglob("*")}
    for path in _files(target, ids):
        if path.relative_to(target) not in kept:
            path.unlink()


def _write_periods(lexicon: Lexicon, draft: Path) -> None:
    """Write how periods are written, where they are no plain years."""
    if lexicon.periods:
        rows = pd.DataFrame(sorted(lexicon.periods.items()), columns=list(PERIOD_COLUMNS))
        estimates.replace_text(draft / "periods.csv", rows.to_csv(index=False, lineterminator="\n"))


def _write_reports(
    file: str,
    notes: tuple[str, ...],
    screen: Overview,
    made: list[Made],
    draft: Path,
    style: Style,
) -> None:
    """Write the report for the browser, for a text editor, and all tables as one Word file."""
    documents = [draft / "tables" / f"{one.page.id}.docx" for one in made if one.page.grid]
    files = [path.read_bytes() for path in documents]
    estimates.replace_bytes(draft / WORD, word.combined(files))
    page = own_report.build(file, screen, notes, [one.page for one in made], style.lexicon)
    estimates.replace_text(draft / PAGE, page)
    lines = [f"# {markdown.plain(file)}\n"]
    for head, said in screen:
        lines += [f"* **{markdown.plain(head)}**: {markdown.plain('; '.join(said))}"]
    lines += ["" if screen else None, *(f"* {markdown.plain(line)}" for line in notes), ""]
    texts = ["\n".join(line for line in lines if line is not None)]
    for one in made:
        title = style.lexicon.pick((one.exhibit.title, one.exhibit.title_zh))
        texts.append(f"## {markdown.plain(title)}\n\n{_page(one)}")
    (draft / REPORT).write_text("\n".join(texts), encoding="utf-8")


def _page(one: Made) -> str:
    """Return an exhibit in Markdown."""
    if one.page.grid is None:
        return f"{markdown.plain(one.page.refused)}\n"
    text = markdown.render(one.page.grid)
    if one.page.figure:
        shown = markdown.plain(one.exhibit.figure.title.replace("\n", "; "))
        _, notes = plots.caption(one.page.figure)
        said = " ".join(map(markdown.plain, notes))
        text += f"\n![{shown}](figures/{one.page.id}.png)\n\n{shown}. {said}\n"
    return text + (f"\n{markdown.plain(one.page.refused)}\n" if one.page.refused else "")


def lexicon_of(own: OwnPanel, language: str) -> Lexicon:
    """Return the words of a reader's panel."""
    codes = np.array(sorted({*own.panel.frame[PERIOD], *own.cohorts} - {NEVER}))
    labels = own.periods.labels(codes)
    return Lexicon(language, own.labels, own.config.kind, labels, own.periods.word)


def in_words(style: Style, lexicon: Lexicon, file: str) -> Style:
    """Return a style that prints a reader's words, and names the reader's file as the source."""
    return dataclasses.replace(style, lexicon=lexicon, source=Source(file=file, folder=""))


def exhibits_of(own: OwnPanel) -> dict[str, Exhibit]:
    """Return the exhibits of a panel by id."""
    return battery(plan_of(own))


def estimate_or_reason(specification: Specification, store: Store) -> Result:
    """Return what the engine estimates, or a column without estimates and why there are none.

    The project's own panels must carry their columns; a reader's panel need not. A number that
    is not defined (0/0 where a fit is exact) is no estimate.
    """
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            found = engine.estimate(specification, store)
        _refuse_infinite(found)
        return found
    except UserError as refusal:
        reason = Reason("refused", {"message": str(refusal)})
    except (ArithmeticError, np.linalg.LinAlgError) as breakdown:
        reason = Reason("undefined", {"message": str(breakdown)})
    fields = {**declared_fields(specification), "identified": "no", "reason": encode([reason])}
    return Result(pd.DataFrame(), fields)


def _refuse_infinite(found: Result) -> None:
    """Raise ArithmeticError if an estimate is infinite: what an exact fit leaves of a ratio."""
    frames = (found.terms, *found.parts.values())
    numbers = [column for frame in frames for _, column in frame.items()]
    numbers = [column.to_numpy() for column in numbers if pd.api.types.is_float_dtype(column)]
    numbers.append(np.array([value for value in found.model.values() if isinstance(value, float)]))
    if any(np.isinf(one).any() for one in numbers):
        raise ArithmeticError("a number without bound, as of an exact fit")


def _exhibit(
    exhibit_id: str,
    exhibit: Exhibit,
    store: OwnStore,
    draft: Path,
    style: Style,
    on_top: tuple[str, ...],
) -> Made:
    """Write the files of an exhibit; return what was made of it."""
    try:
        parts = (
            engine.described(exhibit.describe, store)
            if exhibit.describe
            else engine.columns(exhibit_id, exhibit, store, estimate_or_reason)
        )
    except (UserError, NotIdentified) as refusal:
        page = Shown(exhibit_id, exhibit, refused=str(refusal))
        return Made(exhibit, f"not made: {refusal}", page)
    estimates.write(draft, exhibit_id, exhibit, parts)
    grid = tables.build(exhibit_id, exhibit, draft, style)
    if exhibit.columns:
        grid = dataclasses.replace(grid, warnings=on_top)
    for ending, text in {"md": markdown.render(grid), "tex": latex.render(grid)}.items():
        estimates.replace_text(draft / "tables" / f"{exhibit_id}.{ending}", text)
    estimates.replace_bytes(draft / "tables" / f"{exhibit_id}.docx", word.render(grid))
    identified = parts["models"]["identified"] == "yes" if "models" in parts else None
    figure, lacking = None, ""
    if exhibit.figure and (identified is None or identified.any()):
        try:
            figure = _draw(exhibit_id, exhibit, draft, style)
        except UserError as refusal:
            lacking = f"no figure: {refusal}"
    files = [f"{exhibit_id}.csv", *(f"tables/{exhibit_id}.{e}" for e in ("md", "tex", "docx"))]
    page = Shown(exhibit_id, exhibit, grid, figure, tuple(files), lacking)
    told = "; ".join(filter(None, (_told(identified), lacking)))
    return Made(exhibit, told, page, parts)


def _draw(exhibit_id: str, exhibit: Exhibit, draft: Path, style: Style) -> Path | None:
    """Draw the figure of an exhibit, for the page and for print; return the former if it is there.

    Raises UserError if it cannot show what was estimated.
    """
    english = dataclasses.replace(style.lexicon, language="en")
    # An English page has no use for notes in Chinese.
    drawn = plots.draw if style.lexicon.english else plots.captioned
    figure = drawn(exhibit_id, exhibit, draft, english)
    for printed in (True, False):
        for path, dpi in plots.paths(exhibit_id, draft, printed=printed).items():
            plots.save(figure, path, dpi)
    shown = draft / "figures" / f"{exhibit_id}.png"
    return shown if shown.is_file() else None


def _told(identified: pd.Series | None) -> str:
    if identified is None:
        return "done"
    count, lost = len(identified), int((~identified).sum())
    words = f"{count} column{'s' if count > 1 else ''}"
    return words + (f", {lost} of them not identified" if lost else "")


@functools.cache
def ids_of_any() -> frozenset[str]:
    """Return the ids of any battery."""
    sample = Sample(id=OWN, words=(OWN, OWN), panel=OWN, first_year=0, last_year=0)
    lattice = Lattice(outcomes=("y",), treatments=("d",), samples=(sample,))
    given = {"outcomes": ("y",), "treatment": "d", "sample": sample, "lattice": lattice}
    given |= {"cohorts": (sample,), "controls": ("x",), "before": "0 0", "groups": ("g",)}
    given |= {"moderators": ("m",), "mediators": ("z",), "units": 3}
    plan = Plan(**given, weights=True, horizons=1, seed=0, draws=1)
    plans = (plan, dataclasses.replace(plan, dose=True))
    return frozenset(exhibit_id for one in plans for exhibit_id in battery(one))


def _files(target: Path, ids: Collection[str]) -> list[Path]:
    """Return the files of some exhibits below a folder."""
    found = [path for pattern in PATTERNS for path in target.glob(pattern)]
    return [path for path in found if path.is_file() and path.name.split(".")[0] in ids]
