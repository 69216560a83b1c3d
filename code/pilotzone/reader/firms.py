"""A reader's firms through the engine and the renderers, as the exhibits of group ``firm``.

Nothing here computes. A column that needs a field without a column in the reader's file is left
out and named; one that the panel cannot carry is listed with its reason.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from pilotzone import exhibits
from pilotzone.catalogue import Description, Exhibit, Specification
from pilotzone.catalogue.words import Lexicon
from pilotzone.reader import mine
from pilotzone.reader.firm import FirmPanel, read_firms
from pilotzone.reader.store import OwnStore
from pilotzone.tables.style import Style

REPORT = mine.REPORT
# The folders of firms on a licence and of made-up ones.
FOLDERS = {False: "firm", True: "synthetic"}
STAMP = (
    "synthetic: checks the code, says nothing about firms",
    "模拟数据：仅检验代码，不说明任何企业",
)
# What is read first: the sample, the index, then the order of the argument.
ORDER = (
    *("firm_sample_flow", "firm_index", "firm_did", "firm_event_study", "firm_staggered"),
    *("firm_psm_did", "firm_placebo", "firm_robustness", "firm_mechanism", "firm_heterogeneity"),
)
# Options of a column that name a variable.
NAMING = ("by", "moderator", "mediator", "covariates")


def make(
    panel_file: Path,
    config_file: Path,
    output: Path,
    raw_folder: Path,
    style: Style,
    say: Callable[[str], None],
) -> Path:
    """Estimate and render all exhibits of firms, all files or none, and return their folder.

    Parameters
    ----------
    output : holds the folder ``firm``, or ``synthetic`` if the configuration calls the firms made
        up.
    raw_folder : the published figures.
    style : how the tables print; figures are in English.
    say : takes a line for what was read and for every exhibit.

    Raises UserError if configuration or panel cannot be used; nothing is written then.
    """
    firms = read_firms(panel_file, config_file, raw_folder)
    target = output / FOLDERS[firms.config.synthetic]
    store = OwnStore(firms)
    found, off = exhibits_of(firms)
    notes = (*((STAMP[0],) if firms.config.synthetic else ()), *firms.notes, *off)
    store.own = dataclasses.replace(firms, notes=notes)
    words = mine.in_words(style, Lexicon(style.language), firms.file)
    mine.write(store, found, ORDER, target, words, say)
    return target


def exhibits_of(firms: FirmPanel) -> tuple[dict[str, Exhibit], list[str]]:
    """Return the exhibits that a panel can carry by id, and a line for what each lacks."""
    found, off = {}, []
    for exhibit_id in ORDER:
        exhibit = exhibits.load(exhibit_id)
        lacking = [_lacking(column, firms) for column in exhibit.columns]
        kept = tuple(
            _of_panel(column, firms)
            for column, names in zip(exhibit.columns, lacking, strict=True)
            if not names
        )
        names = sorted({name for one in lacking for name in one})
        if names:
            lost = len(exhibit.columns) - len(kept)
            off.append(f"{exhibit_id}: {lost} columns left out for want of {', '.join(names)}")
        if exhibit.describe or kept:
            described = exhibit.describe and _described(exhibit.describe, firms)
            own = dataclasses.replace(exhibit, columns=kept, describe=described)
            found[exhibit_id] = _stamped(own, firms)
    return found, off


def _of_panel(column: Specification, firms: FirmPanel) -> Specification:
    """Return a column on the samples and controls as the panel has them."""
    sample = firms.samples.get(column.rows.id, column.sample)
    controls = firms.controls.get(column.dimension("controls"), column.control_variables)
    kept = column.controls if controls == column.control_variables else controls
    return dataclasses.replace(column, sample=sample, controls=kept)


def _described(what: Description, firms: FirmPanel) -> Description:
    """Return a description of what the panel holds."""
    if not what.sample:
        return what
    there = tuple(name for name in what.variables if name in firms.panel.frame)
    return dataclasses.replace(what, sample=firms.samples[what.rows.id], variables=there)


def _lacking(column: Specification, firms: FirmPanel) -> list[str]:
    """Return the variables of a column that the panel does not hold."""
    named = [column.outcome]
    named += [name for key, text in column.options if key in NAMING for name in str(text).split()]
    named += [part for effect in column.effects_named for part in effect.split("#")]
    there = {*firms.panel.frame.columns, "unit", "period", "trend", "size"}
    lacking = [name for name in named if name not in there]
    name = column.dimension("controls")
    if column.control_variables and not firms.controls.get(name, column.control_variables):
        lacking.append(f"controls {name}")
    return lacking


def _stamped(exhibit: Exhibit, firms: FirmPanel) -> Exhibit:
    """Return an exhibit whose titles say that the firms are made up, if they are."""
    if not firms.config.synthetic:
        return exhibit
    figure = exhibit.figure
    return dataclasses.replace(
        exhibit,
        title=f"{exhibit.title} ({STAMP[0]})",
        title_zh=f"{exhibit.title_zh}（{STAMP[1]}）",
        figure=figure and dataclasses.replace(figure, title=f"{figure.title}\n{STAMP[0]}"),
    )
