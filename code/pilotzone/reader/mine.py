"""A reader's own panel through the engine and the renderers: numbers, tables, figures, a report.

Nothing here computes: the exhibits of :mod:`pilotzone.reader.battery` are estimated and rendered by
what estimates and renders the project's. A column that the panel cannot carry is listed with its
reason; a fault of the panel itself stops before anything is written.
"""

import dataclasses
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
from pilotzone.reader.own import NEVER, OwnPanel, plan_of
from pilotzone.reader.panel import read_own
from pilotzone.reader.panel_config import PERIOD
from pilotzone.reader.plan import Plan
from pilotzone.reader.store import OwnStore
from pilotzone.tables import latex, markdown
from pilotzone.tables.style import Source, Style

REPORT = "report.md"
PATTERNS = ("*.csv", "tables/*", "figures/*", "figures/print/*")


def make(
    panel_file: Path,
    config_file: Path,
    target: Path,
    raw_folder: Path,
    style: Style,
    say: Callable[[str], None],
) -> None:
    """Estimate and render the battery of a reader's panel below ``target``, all files or none.

    Files: ``<id>.csv`` and its parts, ``tables/<id>.md`` and ``.tex``, ``figures/<id>.png``,
    ``figures/print/`` and, moved in last, ``report.md``.

    Parameters
    ----------
    style : how the tables print; figures are in English.
    say : takes a line for what was read and for every exhibit.

    Raises UserError if configuration, panel or matrix cannot be used; nothing is written then.
    """
    own = read_own(panel_file, config_file, raw_folder)
    store = OwnStore(own)
    codes = {*own.panel.frame[PERIOD], *own.cohorts}
    lexicon = Lexicon(
        style.language,
        own.labels,
        own.config.kind,
        own.periods.labels(np.array(sorted(codes - {NEVER}))),
        own.periods.word,
    )
    write(store, exhibits_of(own), _ids(), target, in_words(style, lexicon, own.file), say)


def write(
    store: OwnStore,
    found: Mapping[str, Exhibit],
    ids: Collection[str],
    target: Path,
    style: Style,
    say: Callable[[str], None],
) -> None:
    """Estimate and render exhibits of a reader's panel below ``target``, all files or none.

    Parameters
    ----------
    store : holds the panel, the name of its file and the notes that were made on reading it.
    found : mapping from id to Exhibit
    ids : all exhibits that a panel of this kind may have: files of those not made are deleted.
    """
    own = store.own
    for line in own.notes:
        say(line)
    with drafts(target, last=REPORT) as draft:
        notes = "".join(f"* {markdown.plain(line)}\n" for line in own.notes)
        pages = [f"# {markdown.plain(own.file)}\n", notes]
        for exhibit_id, exhibit in found.items():
            told, page = _exhibit(exhibit_id, exhibit, store, draft, style)
            say(f"{exhibit_id}: {told}")
            pages.append(page)
        (draft / REPORT).write_text("\n".join(pages), encoding="utf-8")
        made = {path.relative_to(draft) for path in draft.rglob("*")}
    for path in _files(target, ids):
        if path.relative_to(target) not in made:
            path.unlink()


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
    for frame in (found.terms, *found.parts.values(), pd.DataFrame([found.model])):
        if np.isinf(frame.select_dtypes("number").to_numpy(dtype=float)).any():
            raise ArithmeticError("a number without bound, as of an exact fit")


def _exhibit(
    exhibit_id: str, exhibit: Exhibit, store: OwnStore, draft: Path, style: Style
) -> tuple[str, str]:
    """Write the files of an exhibit; return what was done and its page of the report."""
    title = style.lexicon.pick((exhibit.title, exhibit.title_zh))
    try:
        parts = (
            engine.described(exhibit.describe, store)
            if exhibit.describe
            else engine.columns(exhibit_id, exhibit, store, estimate_or_reason)
        )
    except (UserError, NotIdentified) as refusal:
        return (
            f"not made: {refusal}",
            f"## {markdown.plain(title)}\n\n{markdown.plain(str(refusal))}\n",
        )
    estimates.write(draft, exhibit_id, exhibit, parts)
    grid = tables.build(exhibit_id, exhibit, draft, style)
    page = markdown.render(grid)
    for ending, text in {"md": page, "tex": latex.render(grid)}.items():
        estimates.replace_text(draft / "tables" / f"{exhibit_id}.{ending}", text)
    identified = parts["models"]["identified"] == "yes" if "models" in parts else None
    if exhibit.figure and (identified is None or identified.any()):
        figure = plots.draw(
            exhibit_id, exhibit, draft, dataclasses.replace(style.lexicon, language="en")
        )
        for printed in (False, True):
            for path, dpi in plots.paths(exhibit_id, draft, printed=printed).items():
                plots.save(figure, path, dpi)
        shown = markdown.plain(exhibit.figure.title.replace("\n", "; "))
        page += f"\n![{shown}](figures/{exhibit_id}.png)\n"
    return _told(identified), f"## {markdown.plain(title)}\n\n{page}"


def _told(identified: pd.Series | None) -> str:
    if identified is None:
        return "done"
    count, lost = len(identified), int((~identified).sum())
    words = f"{count} column{'s' if count > 1 else ''}"
    return words + (f", {lost} of them not identified" if lost else "")


def _ids() -> set[str]:
    """Return the ids of any battery."""
    sample = Sample(id=OWN, words=(OWN, OWN), panel=OWN, first_year=0, last_year=0)
    lattice = Lattice(outcomes=("y",), treatments=("d",), samples=(sample,))
    given = {"outcomes": ("y",), "treatment": "d", "sample": sample, "lattice": lattice}
    given |= {"cohorts": (sample,), "controls": ("x",), "before": "0 0", "groups": ("g",)}
    plan = Plan(**given, weights=True, horizons=1, seed=0, draws=1)
    plans = (plan, dataclasses.replace(plan, dose=True))
    return {exhibit_id for one in plans for exhibit_id in battery(one)}


def _files(target: Path, ids: Collection[str]) -> list[Path]:
    """Return the files of some exhibits below a folder."""
    found = [path for pattern in PATTERNS for path in target.glob(pattern)]
    return [path for path in found if path.is_file() and path.name.split(".")[0] in ids]
