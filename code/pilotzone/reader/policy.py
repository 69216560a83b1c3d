"""A dated policy on an open panel of the project: the battery, and the matrix of all policies."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from pilotzone.catalogue import Exhibit, Figure, Sample, Specification, grid
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.panels.raw import Places, read_places
from pilotzone.panels.store import FolderStore, Panel
from pilotzone.reader import mine, neighbours, policy_notes
from pilotzone.reader.own import OwnPanel, plan_of
from pilotzone.reader.policy_choice import PANEL, Asked, coding, every
from pilotzone.reader.policy_panel import OPEN, Coding, open_panel, own_panel, sample_of
from pilotzone.reader.store import OwnStore
from pilotzone.tables.style import Style

MATRIX = "policies"
# What the matrix prints of estimators by cohort: the mean over all treated cells.
SIMPLE = "overall:simple"
# What compares cohorts, or needs every year of a unit, uses the units that have all years, as on
# the project's own pages; where it leaves cohorts out it uses all rows.
ON_BALANCED = (
    *("callaway_santanna", "callaway_santanna_never", "sun_abraham", "imputation"),
    *("two_stage", "extended_twfe", "goodman_bacon", "synthetic_did"),
)


@dataclasses.dataclass(frozen=True)
class Folders:
    """Where published figures and built panels lie, and below which folder a run writes."""

    raw: Path
    derived: Path
    output: Path


def make(asked: Asked, folders: Folders, style: Style, say: Callable[[str], None]) -> Path:
    """Estimate and render the battery of a policy, all files or none; return the report.

    Parameters
    ----------
    style : how the tables print; figures are in English.
    say : takes a line for what was read and for every exhibit.

    Raises UserError if policy, roster, panel, outcome or a choice cannot be used; nothing is
    written then.
    """
    store, panel, places = _opened(asked, folders)
    one, file = coding(asked, panel, places)
    file = f"{file} on the {panel.id} panel"
    own = own_panel(panel, asked.outcome, (one,), places, store, file=file)
    told = policy_notes.of_roster(one, panel, places)
    told += policy_notes.of_rows(own, sample_of(OPEN[panel.id].balanced))
    own = dataclasses.replace(own, notes=(*own.notes, *told))
    target = folders.output / asked.folder / f"{panel.id}_{asked.outcome}"
    return _write(own, battery(own, panel.id), mine.ids_of_any(), target, style, say)


def matrix(asked: Asked, folders: Folders, style: Style, say: Callable[[str], None]) -> Path:
    """Estimate policies × codings × timing for one outcome; return the report.

    What cannot be made (a rule that needs days, no unit of the panel) or is the same as another
    line is a note.

    Parameters
    ----------
    asked : panel and outcome alone.

    Raises UserError if panel or outcome cannot be used, or another choice is made; nothing is
    written then.
    """
    for name, choice in dataclasses.asdict(asked).items():
        if choice and name not in ("panel", "outcome"):
            raise UserError(f"the matrix takes panel and outcome alone; leave out '{name}'")
    store, panel, places = _opened(asked, folders)
    made, refused = _different(asked, panel, places, store)
    if not made:
        raise UserError(f"no policy can be set on the {panel.id} panel: {refused[0]}")
    file = f"all rosters on the {panel.id} panel"
    own = own_panel(panel, asked.outcome, made, places, store, file=file)
    own = dataclasses.replace(own, notes=(*own.notes, *refused))
    found = {MATRIX: _matrix(own, made, panel.id)}
    target = folders.output / MATRIX / f"{panel.id}_{asked.outcome}"
    return _write(own, found, (MATRIX,), target, style, say)


def _opened(asked: Asked, folders: Folders) -> tuple[FolderStore, Panel, Places]:
    store = FolderStore(folders.derived)
    panel = open_panel(asked.panel or PANEL, asked.outcome, store)
    return store, panel, read_places(folders.raw)


def _different(
    asked: Asked, panel: Panel, places: Places, store: FolderStore
) -> tuple[list[Coding], list[str]]:
    """Return the codings that give a treatment of their own, and why the others are not made."""
    made: list[Coding] = []
    seen: dict[bytes, str] = {}
    refused = []
    for one in every(panel, places):
        try:
            own = own_panel(panel, asked.outcome, (one,), places, store, file=MATRIX)
        except UserError as refusal:
            refused.append(f"not made: {one.label[0]}: {refusal}")
            continue
        found = own.panel.treatments[one.column].to_numpy().tobytes()
        if found in seen:
            refused.append(f"not made: {one.label[0]}: in all rows the same as {seen[found]}")
        else:
            seen[found] = one.label[0]
            made.append(one)
    return made, refused


def _write(
    own: OwnPanel,
    found: Mapping[str, Exhibit],
    ids: Collection[str],
    target: Path,
    style: Style,
    say: Callable[[str], None],
) -> Path:
    lexicon = Lexicon(style.language, own.labels, own.config.kind)
    mine.write(OwnStore(own), found, ids, target, mine.in_words(style, lexicon, own.file), say)
    return target / mine.REPORT


def battery(own: OwnPanel, panel: str) -> dict[str, Exhibit]:
    """Return the exhibits of a reader's panel, each column on the rows of the project's pages."""
    found = mine.exhibits_of(own)
    if policy_notes.without_control(own, sample_of(OPEN[panel].balanced)):
        # A matrix holds all balanced units: what would leave some of them out has no controls.
        alone = mine.exhibits_of(dataclasses.replace(own, controls=()))
        found |= {name: alone[name] for name in neighbours.exhibits(plan_of(own)) if name in alone}
    return {name: _on_samples(exhibit, panel) for name, exhibit in found.items()}


def _on_samples(exhibit: Exhibit, panel: str) -> Exhibit:
    """Return an exhibit whose columns that need them stand on the balanced units."""
    use = OPEN[panel]
    if use.balanced == use.sample:
        return exhibit
    sample = sample_of(use.balanced)
    columns = tuple(_on(column, sample) for column in exhibit.columns)
    described = exhibit.describe
    if described and described.baseline:
        base = dataclasses.replace(described.baseline, sample=sample)
        described = dataclasses.replace(described, baseline=base)
    return dataclasses.replace(exhibit, columns=columns, describe=described)


def _on(column: Specification, sample: Sample) -> Specification:
    without = column.chosen("without_cohort") not in (None, "none")
    needs = column.weights or (column.estimator in ON_BALANCED and not without)
    return dataclasses.replace(column, sample=sample) if needs else column


def _matrix(own: OwnPanel, codings: Sequence[Coding], panel: str) -> Exhibit:
    """Return the matrix: for each treatment a line of each estimator."""
    columns: list[Specification] = []
    balanced = sample_of(OPEN[panel].balanced)
    for one in codings:
        shared = {"outcome": own.outcome, "treatment": one.column, "role": "robustness"}
        columns += grid(**shared, sample=own.sample)
        if policy_notes.is_dose(own, one.column):
            continue
        # A cohort of one unit has no error, and what it enters has none.
        lone = policy_notes.lone(own, one.column, balanced)
        variant = "without_single" if lone else ""
        left_out = (("without_cohort", "single"),) if lone else ()
        shared |= {"sample": balanced, "variant": variant}
        columns += grid(
            **shared, estimator="callaway_santanna", options=(("base", "universal"), *left_out)
        )
        columns += grid(
            **shared, estimator="imputation", effects=("two_way", "unit_trends"), options=left_out
        )
    return Exhibit(
        title="Policies, codings and timing: the estimate in all combinations",
        title_zh="政策、编码与时点：全部组合的估计值",
        columns=tuple(columns),
        terms=(*(one.column for one in codings), SIMPLE),
        layout="list",
        figure=Figure(kind="policies", title="Policies, codings and timing"),
        notes=(
            "Two-way: all rows. By cohorts: units with all years, mean over treated cells; none of "
            "a dose. Trends of units are fitted on untreated rows. A unit under one policy may be "
            "under others: no line holds the others constant.",
        ),
        notes_zh=(
            "双向固定效应：全部观测。按队列：各年均有观测的个体，处理单元均值；剂量型处理无此"
            "估计。个体趋势以未处理观测拟合。同一个体可能同时受多项政策影响：各行均未控制其他政策。",
        ),
    )
