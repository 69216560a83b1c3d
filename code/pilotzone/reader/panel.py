"""A reader's own panel: its configuration, its checks, and a store that holds it.

The configuration says which column is what; the panel is checked whole before anything is
estimated. What cannot be meant (a cell that is no number, a unit twice in a period, a treatment
that switches off) is refused with column and line; what costs rows alone (gaps, empty cells) is
named in the notes.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import codebook, page_words, term_words
from pilotzone.catalogue.spec import OWN, Sample
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights, name_some, row_normalise
from pilotzone.panels import raw, rollout
from pilotzone.panels.store import Panel, Store
from pilotzone.reader import tabular
from pilotzone.reader.tabular import Table, shown

KINDS = ("province", "city", "firm", "other")
FEWEST_DRAWS, MOST_DRAWS = 99, 99_999
# Columns of the frame; a reader's variable of such a name, or of a term, gets a line behind it.
UNIT, PERIOD = "unit", "period"
RESERVED = frozenset({UNIT, PERIOD, "trend", *term_words.TERMS})
TREATED, ZONE = "treated", "zone_city"
# Events beyond so many periods are binned.
WIDEST = 4
# From here on the fonts of the figures have no sign.
FIRST_UNDRAWN = "\u2e80"
GENERATED = {TREATED: ("Treated", "处理")}
ROLES = {
    "outcome": ("Outcome", "被解释变量"),
    "treatment": ("Treatment", "核心解释变量"),
    "control": ("Control {}", "控制变量{}"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Which column of a reader's panel is what.

    Attributes
    ----------
    unit, period, outcome : str
        Columns.
    treatment : str
        Column of 0 and 1, or of a dose.
    first_treated : str
        Column of the first treated period, 0 or empty if never; in place of ``treatment``.
    city_code : str
        Column of six-digit codes; without a treatment the pilot zones of the cities are joined.
    controls : tuple of str
    cluster : str
        Column of the clusters; the unit if empty.
    weights : str
        CSV of a weight matrix, from the folder of the configuration.
    kind : {"province", "city", "firm", "other"}
        What a unit is called.
    seed, draws : int
        Of everything that is drawn.
    labels : mapping from column to label, or to its English and Chinese label
    """

    unit: str
    period: str
    outcome: str
    treatment: str = ""
    first_treated: str = ""
    city_code: str = "city_code"
    controls: tuple[str, ...] = ()
    cluster: str = ""
    weights: str = ""
    kind: str = "other"
    seed: int = 20150307
    draws: int = 999
    labels: Mapping[str, str | list[str]] = dataclasses.field(default_factory=dict)

    @property
    def roles(self) -> dict[str, str]:
        """Columns that the configuration names, each with the key that names it."""
        keys = ("unit", "period", "outcome", "treatment", "first_treated")
        pairs = [(getattr(self, key), key) for key in keys]
        pairs += [(control, "controls") for control in self.controls]
        pairs.append((self.cluster, "cluster"))
        found: dict[str, str] = {}
        for column, key in pairs:
            if column:
                found.setdefault(column, key)
        return found


FIELDS = {field.name: field.type for field in dataclasses.fields(Config)}
NEEDED = ("unit", "period", "outcome")


def read_config(path: Path) -> Config:
    """Read a configuration from a TOML file.

    Raises
    ------
    UserError
        If the file is missing or is not TOML; if a key is unknown, lacks, or is of a wrong type;
        if a column has two roles.
    """
    content = tabular.read_toml(path, "examples/my_panel.toml")
    for key, value in content.items():
        if key not in FIELDS:
            raise UserError(f"{path.name}: unknown key '{shown(key)}'; known: {', '.join(FIELDS)}")
        content[key] = _typed(path.name, key, value)
    for key in NEEDED:
        if not content.get(key):
            raise UserError(f"{path.name}: no '{key}'; it names the column of the {key}")
    config = Config(**content)
    _check_config(path.name, config)
    return config


def _typed(name: str, key: str, value: object) -> object:
    """Return a value of the configuration in the type of its key, or refuse it."""
    kinds = {"controls": list, "labels": dict, "seed": int, "draws": int}
    wanted = kinds.get(key, str)
    inner = value if key == "controls" and isinstance(value, list) else ()
    if type(value) is not wanted or any(not isinstance(one, str) for one in inner):
        words = {list: "a list of columns", dict: "a table", int: "a whole number"}
        what = words.get(wanted, "text in quotes")
        raise UserError(f"{name}: '{key}' should be {what}, not {shown(value)}")
    return tuple(value) if wanted is list else value


def _check_config(name: str, config: Config) -> None:
    if config.treatment and config.first_treated:
        raise UserError(f"{name}: give one of 'treatment' and 'first_treated'")
    if config.kind not in KINDS:
        raise UserError(
            f"{name}: kind '{shown(config.kind)}' is unknown; known: {', '.join(KINDS)}"
        )
    if not FEWEST_DRAWS <= config.draws <= MOST_DRAWS:
        raise UserError(f"{name}: 'draws' should lie in {FEWEST_DRAWS} to {MOST_DRAWS}")
    if config.seed < 0:
        raise UserError(f"{name}: 'seed' should be 0 or more")
    keys = ("unit", "period", "outcome", "treatment", "first_treated")
    columns = [getattr(config, key) for key in keys if getattr(config, key)]
    columns += config.controls
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise UserError(f"{name}: column '{shown(twice)}' has two roles; name it once")
    for column in config.labels:
        if column not in config.roles:
            raise UserError(
                f"{name}: [labels] names '{shown(column)}', which no other key names; other keys "
                "stand above [labels]"
            )
        _check_label(name, column, config.labels[column])


def _check_label(name: str, column: str, label: object) -> None:
    """Refuse a label that is neither a text nor an English and a Chinese one."""
    texts = label if isinstance(label, list) else [label]
    if not (
        all(isinstance(text, str) and text.strip() for text in texts)
        and len(texts) == (2 if isinstance(label, list) else 1)
    ):
        raise UserError(
            f"{name}: the label of '{shown(column)}' should be a text, or [English, Chinese]"
        )
    if isinstance(label, list) and max(texts[0]) >= FIRST_UNDRAWN:
        raise UserError(
            f"{name}: the first label of '{shown(column)}' is the English one; the figures have "
            "no font for it"
        )


@dataclasses.dataclass(frozen=True)
class OwnPanel:
    """A reader's panel, checked.

    Attributes
    ----------
    file : str
        Name of the panel's file.
    panel : Panel
        Rows by ``unit`` and ``period``, sorted; the roll-out over all units and periods unless the
        treatment is a dose.
    outcome, treatment : str
    controls : tuple of str
        Variables of the frame.
    cluster : str
        ``unit``, ``period`` or a column of the frame.
    dose : bool
        Whether the treatment is more than 0 or 1.
    weights : SpatialWeights or None
    labels : dict from variable to its English and Chinese label
    sample : Sample
        All rows; those with an empty cell among a column's variables are left out and counted.
    notes : tuple of str
        What was found on the way, a line each.
    config : Config
    """

    file: str
    panel: Panel
    outcome: str
    treatment: str
    controls: tuple[str, ...]
    cluster: str
    dose: bool
    weights: SpatialWeights | None
    labels: dict[str, tuple[str, str]]
    sample: Sample
    notes: tuple[str, ...]
    config: Config

    @property
    def window(self) -> str:
        """First and last event of the event study with binned ends: at most four years off."""
        rows = self.panel.frame.groupby(UNIT)[PERIOD].agg(["min", "max"])
        on = self.panel.treatments[self.panel.treatments[self.treatment] > 0]
        first = on.groupby(UNIT)[PERIOD].min()
        lead = int((rows["min"] - first).min())
        lag = int((rows["max"] - first).max())
        return f"{max(lead, -WIDEST)} {min(lag, WIDEST)}"


class OwnStore(Store):
    """A store that holds a reader's panel alone, and its matrix if there is one."""

    def __init__(self, own: OwnPanel) -> None:
        self.own = own

    def panel(self, name: str) -> Panel:
        """Return the reader's panel."""
        if name != self.own.panel.id:
            raise UserError(f"the store of {self.own.file} holds no panel '{name}'")
        return self.own.panel

    def weights(self, name: str, panel: str = OWN) -> SpatialWeights:
        """Return the reader's matrix."""
        if name != OWN or self.own.weights is None:
            raise UserError(f"{self.own.file} has no matrix '{name}'; name one as 'weights'")
        return self.own.weights

    def distances(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Refuse: a reader's panel has no distances."""
        raise UserError(f"{self.own.file} has no distances between its units")

    def table(self, name: str) -> pd.DataFrame:
        """Refuse: nothing was counted beside the panel."""
        raise UserError(f"{self.own.file} has no table '{name}'")


def read_own(panel_file: Path, config_file: Path, raw_folder: Path) -> OwnPanel:
    """Read and check a reader's panel.

    Parameters
    ----------
    panel_file, config_file : Path
    raw_folder : Path
        The published figures, for the pilot zones of cities.

    Raises
    ------
    UserError
        At the first thing that cannot be meant; file, column and line are named.
    """
    config = read_config(config_file)
    table = tabular.read_table(panel_file)
    tabular.require(table, config.roles)
    ids = identifiers(config.roles)
    frame = _keys(table, config)
    for column in (config.outcome, *config.controls):
        frame[ids[column]] = tabular.numbers(table, column)
    _refuse_constant(table, config.outcome, frame[ids[config.outcome]])
    treatment = _treatment(table, config, frame, ids, raw_folder)
    frame[treatment.name] = treatment.values
    cluster = {config.unit: UNIT, config.period: PERIOD, "": UNIT}.get(config.cluster)
    if cluster is None:
        cluster = _free(ids[config.cluster], frame)
        frame[cluster] = tabular.names(table, config.cluster)
    weights, weights_notes = _weights(config, config_file.parent, frame[UNIT])
    variables = {column: ids[column] for column in (config.outcome, *config.controls)}
    notes = (
        *_summary(table.name, frame, config, treatment),
        *table.notes,
        *_gaps(frame),
        *treatment.notes,
        *_empty_cells(table, frame, variables),
        *weights_notes,
    )
    every = None if treatment.cohort is None else _rollout(frame, treatment)
    frame = frame.sort_values([UNIT, PERIOD]).reset_index(drop=True)
    return OwnPanel(
        file=table.name,
        panel=Panel(OWN, frame, UNIT, PERIOD, every),
        outcome=ids[config.outcome],
        treatment=treatment.name,
        controls=tuple(ids[control] for control in config.controls),
        cluster=cluster,
        dose=treatment.cohort is None,
        weights=weights,
        labels=_labels(config, ids, treatment.name),
        sample=_sample(frame, config.kind),
        notes=notes,
        config=config,
    )


def identifiers(columns: Iterable[str]) -> dict[str, str]:
    """Return for each column the name that it bears in specifications and estimates.

    Signs that join terms or choices become lines, and a name that means something to the engine
    or is taken gets a line behind it. The column's own name remains its label.
    """
    found: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"[^\w.%()+-]+", "_", column.strip()) or "_"
        found[column] = _free(name, RESERVED.union(found.values()))
    return found


def _keys(table: Table, config: Config) -> pd.DataFrame:
    """Return unit and period of each row, in the order of the file."""
    frame = pd.DataFrame(
        {
            UNIT: tabular.names(table, config.unit),
            PERIOD: tabular.whole_numbers(table, config.period),
        }
    )
    before_one = frame[PERIOD] < 1
    if before_one.any():
        row = int(before_one.to_numpy().argmax())
        table.refuse(row, config.period, "periods are whole numbers from 1 on")
    repeat = tabular.first_repeat(frame)
    if repeat:
        row, first = repeat
        unit, period = frame.loc[row]
        raise UserError(
            f"{table.name}, {table.where(row)}: unit '{shown(unit)}' in {period} stands in "
            f"{table.where(first)} already; keep one row for each unit and period"
        )
    for column, name in ((UNIT, "unit"), (PERIOD, "period")):
        if frame[column].nunique() < 2:
            raise UserError(f"{table.name}: one {name} only; a panel has two or more")
    return frame


def _refuse_constant(table: Table, column: str, values: pd.Series) -> None:
    if values.nunique() < 2:
        raise UserError(f"{table.name}: column '{shown(column)}' is the same in all rows")


@dataclasses.dataclass(frozen=True)
class _Treatment:
    """The treatment of each row, and the first treated period of its unit (None for a dose)."""

    name: str
    values: np.ndarray
    cohort: np.ndarray | None
    notes: tuple[str, ...] = ()


def _treatment(
    table: Table, config: Config, frame: pd.DataFrame, ids: Mapping[str, str], raw_folder: Path
) -> _Treatment:
    """Return the treatment that the configuration names, or that of the zones of cities."""
    if config.first_treated:
        name, column = _free(TREATED, ids.values()), config.first_treated
        made = _from_first_period(table, column, frame, name)
    elif config.treatment:
        name, column = ids[config.treatment], config.treatment
        values = tabular.numbers(table, column)
        if np.isnan(values).any():
            row = int(np.isnan(values).argmax())
            table.refuse(row, column, "is empty; the treatment must be known in every row")
        binary = bool(np.isin(values, (0.0, 1.0)).all())
        made = _observed(table, column, frame, values, name) if binary else None
        made = made or _Treatment(name, values, None)
    else:
        name, column = _free(ZONE, ids.values()), config.city_code
        values = _zones(table, column, frame, raw_folder)
        made = _observed(table, column, frame, values, name)
    if np.ptp(made.values) == 0:
        raise UserError(
            f"{table.name}: the treatment by column '{shown(column)}' is the same in all rows"
        )
    return made


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name, with lines behind it as long as it is taken."""
    taken = set(taken)
    while name in taken:
        name += "_"
    return name


def _from_first_period(table: Table, column: str, frame: pd.DataFrame, name: str) -> _Treatment:
    """Return 1 from the first treated period on."""
    cohort = tabular.whole_numbers(table, column, empty=0)
    first = pd.Series(cohort).groupby(frame[UNIT]).transform("first").to_numpy()
    other = cohort != first
    if other.any():
        row = int(other.argmax())
        table.refuse(
            row,
            column,
            f"unit '{shown(frame[UNIT][row])}' is first treated in {cohort[row]} here and in "
            f"{first[row]} above; it is one period for a unit",
        )
    if (cohort < 0).any():
        table.refuse(int((cohort < 0).argmax()), column, "is below 0; 0 or empty is never")
    values = (cohort > 0) & (frame[PERIOD].to_numpy() >= cohort)
    return _Treatment(name, values.astype(float), cohort)


def _observed(
    table: Table, column: str, frame: pd.DataFrame, values: np.ndarray, name: str
) -> _Treatment:
    """Return a treatment of 0 and 1 that stays on, with the first period in which it is seen."""
    unit, period = frame[UNIT].to_numpy(), frame[PERIOD].to_numpy()
    order = np.lexsort((period, unit))
    same = unit[order][1:] == unit[order][:-1]
    off = np.flatnonzero(same & (np.diff(values[order]) < 0))
    if len(off):
        before, row = order[off[0]], order[off[0] + 1]
        table.refuse(
            row,
            column,
            f"the treatment switches off: unit '{shown(unit[row])}' has it in {period[before]} and "
            f"not in {period[row]}; the estimators take one that stays, or a dose",
        )
    seen = pd.Series(np.where(values > 0, period, np.inf)).groupby(unit).transform("min")
    cohort = np.where(np.isfinite(seen), seen, 0).astype(int)
    return _Treatment(name, values, cohort, tuple(_unseen(unit, period, values, cohort)))


def _unseen(
    unit: np.ndarray, period: np.ndarray, values: np.ndarray, cohort: np.ndarray
) -> list[str]:
    """Return which units lack a row in the period before the first in which they are treated."""
    periods = np.unique(period)
    starts = np.flatnonzero((cohort == period) & (cohort > periods[0]))
    before = periods[np.searchsorted(periods, period[starts]) - 1]
    there = set(zip(unit, period, strict=True))
    lacking = [
        f"{shown(unit[row])} ({period[row]})"
        for row, earlier in zip(starts, before, strict=True)
        if (unit[row], earlier) not in there
    ]
    if not lacking:
        return []
    return [
        "no row just before the first treated one, which counts as the first period of treatment: "
        + name_some(lacking)
    ]


def _zones(table: Table, column: str, frame: pd.DataFrame, raw_folder: Path) -> np.ndarray:
    """Return 1 where a pilot zone is in force in the row's city, by the main timing rule."""
    if column not in table.frame:
        raise UserError(
            f"{table.name}: the configuration names neither 'treatment' nor 'first_treated', and "
            f"there is no column '{shown(column)}' by which the pilot zones could be joined"
        )
    figures = raw.read_raw(raw_folder, city=False)
    codes = city_codes(table, column, figures.cities["city_code"])
    periods = sorted(set(frame[PERIOD]))
    zones = rollout.zones_in_force(figures.pilot_zones)
    exposed = rollout.unit_exposure(zones, periods, "half_year")
    exposed = exposed.reindex(sorted(set(codes)), fill_value=0.0)
    if not exposed.to_numpy().any():
        raise UserError(
            f"{table.name}: none of its cities has a zone in force in {periods[0]}-{periods[-1]}; "
            "periods must be calendar years, or name a treatment"
        )
    at = exposed.index.get_indexer(codes), exposed.columns.get_indexer(frame[PERIOD])
    return exposed.to_numpy()[at]


def city_codes(table: Table, column: str, known: pd.Series) -> np.ndarray:
    """Return the codes of the rows' cities, shape (N,).

    Raises
    ------
    UserError
        At the first code that is not among the known ones.
    """
    codes = tabular.names(table, column)
    unknown = ~np.isin(codes, known.to_numpy(dtype=str))
    if unknown.any():
        table.refuse(
            int(unknown.argmax()),
            column,
            f"no code of a prefecture-level unit: {name_some(sorted(set(codes[unknown])))}; "
            "data/raw/cities.csv lists them",
        )
    return codes


def _rollout(frame: pd.DataFrame, treatment: _Treatment) -> pd.DataFrame:
    """Return the treatment of every unit in every period, and in later first periods.

    Those keep a unit that is treated after the panel apart from one that never is.
    """
    cohort = pd.Series(treatment.cohort).groupby(frame[UNIT]).first()
    later = set(cohort[cohort > frame[PERIOD].min()])
    periods = np.array(sorted({*frame[PERIOD], *later}))
    on = (cohort.to_numpy()[:, None] > 0) & (periods[None, :] >= cohort.to_numpy()[:, None])
    index = pd.MultiIndex.from_product([cohort.index, periods], names=[UNIT, PERIOD])
    return pd.DataFrame({treatment.name: on.astype(float).ravel()}, index=index).reset_index()


def _summary(
    file: str, frame: pd.DataFrame, config: Config, treatment: _Treatment
) -> tuple[str, str]:
    """Return the size of the panel and what its treatment was taken for."""
    units = page_words.UNITS[config.kind][0][1]
    n, periods = frame[UNIT].nunique(), np.unique(frame[PERIOD])
    size = (
        f"{file}: {n} {units}, {len(periods)} periods {periods[0]}-{periods[-1]}, {len(frame)} rows"
    )
    if treatment.cohort is None:
        low, high = treatment.values.min(), treatment.values.max()
        return size, f"treatment '{treatment.name}': a dose from {low:g} to {high:g}"
    cohort = pd.Series(treatment.cohort).groupby(frame[UNIT]).first().value_counts().sort_index()
    counts = [f"{g} ({count})" for g, count in cohort.items() if g]
    never = cohort.get(0, 0)
    return size, (
        f"treatment '{treatment.name}': 0 or 1; {units} by first treated period: "
        f"{', '.join(counts)}; never: {never}"
    )


def _gaps(frame: pd.DataFrame) -> list[str]:
    """Return which unit-periods and which periods have no row."""
    notes = []
    periods = np.unique(frame[PERIOD])
    steps = np.diff(periods)
    if (steps > 1).any():
        pairs = [f"{a} to {b}" for a, b in itertools.pairwise(periods) if b - a > 1]
        notes.append(f"periods without any row, from one to the next: {name_some(pairs)}")
    there = pd.crosstab(frame[UNIT], frame[PERIOD]).to_numpy() > 0
    if there.all():
        return notes
    units = np.unique(frame[UNIT])
    lacking = [f"{shown(units[u])} in {periods[t]}" for u, t in np.argwhere(~there)]
    return [
        *notes,
        f"{len(lacking)} of {there.size} unit-periods have no row: {name_some(lacking)}; columns "
        "that need a balanced panel say so",
    ]


def _empty_cells(table: Table, frame: pd.DataFrame, variables: Mapping[str, str]) -> list[str]:
    """Return the empty cells of each variable; columns that use it leave these rows out."""
    notes = []
    for column, name in variables.items():
        absent = frame[name].isna().to_numpy()
        if absent.any():
            notes.append(
                f"column '{shown(column)}': {absent.sum()} empty cells, the first in "
                f"{table.where(int(absent.argmax()))}; these rows are left out where it is used"
            )
    return notes


def _weights(
    config: Config, folder: Path, unit: pd.Series
) -> tuple[SpatialWeights | None, list[str]]:
    """Return the weight matrix with rows that sum to one, and a note if it had others.

    Raises
    ------
    UserError
        If the matrix has other units than the panel, a weight is negative or no number, a unit is
        its own neighbour or has none.
    """
    if not config.weights:
        return None, []
    table = tabular.read_table(folder / config.weights)
    first, *columns = table.frame.columns
    rows = tabular.names(table, first)
    _same_units(table.name, rows, columns, unit)
    matrix = np.column_stack([tabular.numbers(table, column) for column in rows])
    for wrong, what in (
        (np.isnan(matrix), "is empty"),
        (matrix < 0, "is below 0"),
        (np.eye(len(rows), dtype=bool) & (matrix != 0), "a unit is no neighbour of its own"),
    ):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            table.refuse(int(row), rows[column], what)
    sums = matrix.sum(axis=1)
    normalised = row_normalise(matrix, rows)
    one = np.allclose(sums, 1, atol=1e-8)
    notes = [] if one else [f"{table.name}: each row divided by its sum"]
    return SpatialWeights(OWN, tuple(rows), normalised), notes


def _same_units(file: str, rows: np.ndarray, columns: list[str], unit: pd.Series) -> None:
    """Refuse a matrix whose rows or columns are not the units of the panel."""
    units = set(unit)
    for side, codes in (("rows", list(rows)), ("columns", list(columns))):
        twice = sorted({code for code in codes if codes.count(code) > 1})
        lacking, other = sorted(units - set(codes)), sorted(set(codes) - units)
        for wrong, what in ((twice, "name twice"), (lacking, "lack"), (other, "have another")):
            if wrong:
                raise UserError(
                    f"{file}: its {side} {what} unit, {name_some(map(shown, wrong))}; rows and "
                    "columns must bear the panel's units, each once"
                )


def _labels(config: Config, ids: Mapping[str, str], treatment: str) -> dict[str, tuple[str, str]]:
    """Return the labels of the variables; those of the project's own are in the codebook."""
    roles = {config.outcome: ROLES["outcome"]}
    if config.treatment:
        roles[config.treatment] = ROLES["treatment"]
    for number, control in enumerate(config.controls, start=1):
        roles[control] = tuple(text.format(number) for text in ROLES["control"])
    found = {ids[column]: _label(config, column, words) for column, words in roles.items()}
    if config.first_treated:
        found[treatment] = _label(config, config.first_treated, GENERATED[TREATED])
    elif not config.treatment:
        found[treatment] = tuple(
            codebook.codebook()[ZONE][f"label_{language}"] for language in codebook.LANGUAGES
        )
    return found


def _label(config: Config, column: str, words: tuple[str, str]) -> tuple[str, str]:
    """Return the English and the Chinese label of a column.

    A text without signs that the figures lack is both. Any other is the Chinese one; the English
    one is then the word for the column's role.
    """
    given = config.labels.get(column, "" if column == config.first_treated else column)
    if isinstance(given, list):
        return tuple(given)
    if not given:
        return words
    return (words[0], given) if max(given) >= FIRST_UNDRAWN else (given, given)


def _sample(frame: pd.DataFrame, kind: str) -> Sample:
    first, last = int(frame[PERIOD].min()), int(frame[PERIOD].max())
    units = page_words.UNITS[kind][0][1]
    return Sample(
        panel=OWN,
        first_year=first,
        last_year=last,
        incomplete="drop",
        label=f"{frame[UNIT].nunique()} {units}, {first}-{last}",
    )
