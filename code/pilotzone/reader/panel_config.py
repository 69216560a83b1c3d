"""Which column of a reader's panel is what, and what its variables are called."""

import dataclasses
import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from pilotzone.catalogue.codebook import LANGUAGES, codebook
from pilotzone.errors import UserError
from pilotzone.reader import toml
from pilotzone.reader.conditions import check_samples
from pilotzone.reader.tabular import shown

EXAMPLE = "examples/my_panel.toml"
KINDS = ("province", "city", "firm", "other")
FEWEST_DRAWS, MOST_DRAWS = 99, 99_999
# Keys that name columns which no other of them may name.
KEYS = (
    "unit",
    "period",
    "outcomes",
    "treatments",
    "first_treated",
    "controls",
    "mediators",
    "triple",
)
# Further keys that name columns.
MORE_KEYS = ("covariates", "cluster", "weights", "heterogeneity", "moderators")
# What one period may be called, see phrases/page.toml; ``wave`` where they are some years apart.
PERIOD_WORDS = ("year", "quarter", "month", "period", "wave")
BASES = ("universal", "varying")
# A factor among the controls.
FACTOR = re.compile(r"C\((?P<column>.+)\)")
FILE = re.compile(r".+\.(csv|txt|xlsx|dta|parquet|gal|gwt)", re.IGNORECASE)
# Columns of the frame.
UNIT, PERIOD = "unit", "period"
# Of a triple difference: the unit of the table, and what is affected and what is not within it.
WHOLE, THIRD = "whole", "third"
TREATED, ZONE = "treated", "zone_city"
# From here on the fonts of the figures have no sign.
FIRST_UNDRAWN = "\u2e80"
# Effects that a reader's combinations choose among.
LATTICE_EFFECTS = ("two_way", "unit_trends")
GENERATED = {TREATED: ("Treated", "处理")}
ROLES = {
    "outcome": ("Outcome", "被解释变量"),
    "treatment": ("Treatment", "核心解释变量"),
    "control": ("Control {}", "控制变量{}"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choices:
    """What all combinations are made of, beside the outcome and the treatment of the panel.

    Attributes
    ----------
    outcomes, treatments : further columns.
    controls : columns of which every subset is a choice; those of the panel if none is named.
    effects : of ``two_way`` and ``unit_trends``.
    samples : mapping from a name to conditions on the rows that it leaves out.
    sign : claimed, 1 or -1.
    """

    outcomes: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    effects: tuple[str, ...] = ("two_way",)
    samples: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)
    sign: int = toml.key(1, low=-1, high=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Which column of a reader's panel is what.

    Attributes
    ----------
    unit, period : columns.
    outcome, outcomes : column, or several of which the first is the main one.
    treatment, treatments : column of 0 and 1, or of a dose; or several, the first the main one.
    first_treated : column of the first treated period, 0 or empty if never; in place of
        ``treatment``.
    city_code : column of six-digit codes; without a treatment the pilot zones of the cities are
        joined.
    controls : columns of numbers, or ``C(column)`` for a dummy of each of its values.
    covariates : the same, for Callaway-Sant'Anna, which is then doubly robust.
    base : of the leads of Callaway-Sant'Anna, universal or varying.
    window : first and last event of the event study with binned ends.
    anticipation : periods by which units may answer ahead of treatment.
    weights : column of the rows' weights in regressions and means.
    cluster : column of the clusters, or two that cross; the unit if empty.
    heterogeneity : columns of groups of units.
    moderators, mediators : columns that may move the effect, and that it may run through.
    triple : column of what is affected and what is not within a unit, for a triple difference.
    period_word : what one period is called.
    spatial_weights : CSV of a weight matrix, from the folder of the configuration.
    kind : what a unit is called: province, city, firm or other.
    seed, draws : of everything that is drawn.
    labels : mapping from column to label, or to its English and Chinese label
    estimators : which are used, see :class:`Selection`.
    multiverse : lists of what all combinations are made of, see :class:`Choices`.
    """

    unit: str = toml.key(lacks="'unit'; it names the column of the unit")
    period: str = toml.key(lacks="'period'; it names the column of the period")
    outcome: str = ""
    outcomes: tuple[str, ...] = ()
    treatment: str = ""
    treatments: tuple[str, ...] = ()
    first_treated: str = ""
    city_code: str = "city_code"
    controls: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    base: str = toml.key("universal", choices=BASES)
    window: tuple[int, ...] = ()
    anticipation: int = toml.key(0, low=0)
    weights: str = ""
    cluster: tuple[str, ...] = toml.key((), alone=True)
    heterogeneity: tuple[str, ...] = toml.key((), alone=True)
    moderators: tuple[str, ...] = toml.key((), alone=True)
    mediators: tuple[str, ...] = toml.key((), alone=True)
    triple: str = ""
    period_word: str = toml.key("", choices=("", *PERIOD_WORDS))
    spatial_weights: str = ""
    kind: str = toml.key("other", choices=KINDS)
    seed: int = toml.key(20150307, low=0)
    draws: int = toml.key(999, low=FEWEST_DRAWS, high=MOST_DRAWS)
    labels: Mapping[str, str | list[str]] = dataclasses.field(default_factory=dict)
    estimators: Mapping[str, object] = dataclasses.field(default_factory=dict)
    multiverse: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def choices(self) -> "Choices | None":
        """What all combinations are made of; None if the configuration asks for none."""
        return Choices(**self.multiverse) if self.multiverse else None

    @property
    def selection(self) -> "Selection":
        """Which estimators are used."""
        return Selection(**self.estimators)

    @property
    def roles(self) -> dict[str, str]:
        """Columns that the configuration names, each with the key that names it."""
        pairs = [
            (column, self._called(key)) for key in (*KEYS, *MORE_KEYS) for column in self.named(key)
        ]
        for key in ("outcomes", "treatments", "controls"):
            pairs += [(column, f"multiverse.{key}") for column in self.multiverse.get(key, ())]
        found: dict[str, str] = {}
        for column, key in pairs:
            found.setdefault(column, key)
        return found

    def _called(self, key: str) -> str:
        """Return a key as the reader gave it: of one outcome or treatment the singular."""
        single = key in ("outcomes", "treatments") and len(getattr(self, key)) == 1
        return key.removesuffix("s") if single else key

    def named(self, key: str) -> tuple[str, ...]:
        """Return the columns that a key names; of a factor the column itself."""
        value = getattr(self, key)
        listed = value if isinstance(value, tuple) else (value,)
        return tuple(column_of(name) for name in listed if name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Selection:
    """Which estimators of the battery are used: the named ones alone, or all but some.

    Attributes
    ----------
    only, without : names of estimators.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def takes(self, estimator: str) -> bool:
        """Say whether an estimator is used."""
        return (not self.only or estimator in self.only) and estimator not in self.without


def column_of(name: str) -> str:
    """Return the column behind a control: that of a factor ``C(column)``, or the name itself."""
    factor = FACTOR.fullmatch(name)
    return factor["column"].strip() if factor else name


def read_config(path: Path) -> Config:
    """Read a configuration from a TOML file.

    Raises UserError as :func:`pilotzone.reader.toml.read`; if a column has two roles or a label is
    none.
    """
    config = toml.read(path, Config, EXAMPLE, _hint)
    tables = {"multiverse": Choices, "estimators": Selection}
    made = {
        key: toml.checked(f"{path.name}, [{key}]", record, getattr(config, key))
        for key, record in tables.items()
    }
    config = dataclasses.replace(config, **made, **_main(path.name, config))
    _check_config(path.name, config)
    _check_weights(path, config)
    _check_design(path.name, config)
    _check_choices(path.name, config)
    return config


def _hint(key: str) -> str:
    """Return what is said behind the refusal of a key."""
    close = difflib.get_close_matches(key, [f.name for f in dataclasses.fields(Config)], 1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _main(name: str, config: Config) -> dict[str, object]:
    """Return outcomes and treatments as lists with the main one first, and that one alone."""
    made: dict[str, object] = {}
    for one, several in (("outcome", "outcomes"), ("treatment", "treatments")):
        first, every = getattr(config, one), getattr(config, several)
        if first and every:
            raise UserError(f"{name}: give one of '{one}' and '{several}'")
        every = every or ((first,) if first else ())
        made |= {one: every[0] if every else "", several: every}
    if not made["outcome"]:
        raise UserError(f"{name}: no 'outcome'; it names the column of the outcome")
    return made


def _check_weights(path: Path, config: Config) -> None:
    """Tell weights of the rows, a column, from a weight matrix, a file."""
    given = config.weights
    if given and (FILE.fullmatch(given) or (path.parent / given).is_file()):
        raise UserError(
            f"{path.name}: weights '{shown(given)}' is a file; a weight matrix is named by "
            "'spatial_weights' by now, and 'weights' is the column of the rows' weights"
        )
    matrix = config.spatial_weights
    if matrix and not FILE.fullmatch(matrix) and not (path.parent / matrix).is_file():
        raise UserError(
            f"{path.name}: spatial_weights '{shown(matrix)}' is no file; it names the file of a "
            "weight matrix, and 'weights' the column of the rows' weights"
        )


def _check_design(name: str, config: Config) -> None:
    """Refuse a window, clusters and choices of estimators that no column can have."""
    window = config.window
    if window and (len(window) != 2 or not window[0] < -1 < window[1]):
        raise UserError(
            f"{name}: window should be the first and the last event, such as [-4, 4], with -1 "
            f"between them, not {shown(list(window))}"
        )
    if len(config.cluster) > 2 or len(set(config.cluster)) < len(config.cluster):
        raise UserError(
            f"{name}: cluster should be one column or two different ones, not "
            f"{shown(list(config.cluster))}"
        )
    for column in config.covariates:
        if column_of(column) in (config.unit, config.period):
            raise UserError(f"{name}: '{shown(column)}' is no covariate; it names the panel's key")


def _check_choices(name: str, config: Config) -> None:
    """Refuse conditions that are no lists of texts, effects that are not known, and no sign."""
    choices = config.choices
    if choices is None:
        return
    where = f"{name}, [multiverse]"
    for effects in choices.effects:
        if effects not in LATTICE_EFFECTS:
            known = ", ".join(LATTICE_EFFECTS)
            raise UserError(f"{where}: effects '{shown(effects)}' is unknown; known: {known}")
    if not choices.sign:
        raise UserError(f"{where}: 'sign' should be 1 or -1, not 0")
    check_samples(where, choices.samples)


def _check_config(name: str, config: Config) -> None:
    if config.treatment and config.first_treated:
        raise UserError(f"{name}: give one of 'treatment' and 'first_treated'")
    columns = [column for key in KEYS for column in config.named(key)]
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
    filled = all(isinstance(text, str) and text.strip() for text in texts)
    if not filled or len(texts) != (2 if isinstance(label, list) else 1):
        told = f"the label of '{shown(column)}' should be a text, or [English, Chinese]"
        raise UserError(f"{name}: {told}")
    if isinstance(label, list) and max(texts[0]) >= FIRST_UNDRAWN:
        raise UserError(
            f"{name}: the first label of '{shown(column)}' is the English one; the figures have "
            "no font for it"
        )


def labels_of(config: Config, ids: Mapping[str, str], treatment: str) -> dict[str, tuple[str, str]]:
    """Return the labels of the variables; those of the project's own are in the codebook."""
    roles = dict.fromkeys(config.outcomes, ROLES["outcome"])
    roles |= dict.fromkeys(config.treatments, ROLES["treatment"])
    plain = [control for control in config.controls if control in ids]
    for number, control in enumerate(plain, start=1):
        roles[control] = tuple(text.format(number) for text in ROLES["control"])
    choices = config.choices or Choices()
    covariates = tuple(name for name in config.covariates if name in ids)
    for columns, role in (
        (covariates, ("Covariate", "协变量")),
        ((config.weights,) if config.weights else (), ("Weight", "权重")),
        (config.moderators, ("Moderator", "调节变量")),
        (config.mediators, ("Mediator", "中介变量")),
        (choices.outcomes, ROLES["outcome"]),
        (choices.treatments, ROLES["treatment"]),
        (choices.controls, ("Control", "控制变量")),
    ):
        for column in columns:
            roles.setdefault(column, role)
    found = {ids[column]: _label(config, column, words) for column, words in roles.items()}
    if config.triple:
        found |= {WHOLE: (config.unit,) * 2, THIRD: (config.triple,) * 2}
    if config.first_treated:
        found[treatment] = _label(config, config.first_treated, GENERATED[TREATED])
    elif not config.treatment:
        found[treatment] = tuple(codebook()[ZONE][f"label_{language}"] for language in LANGUAGES)
    return found


def _label(config: Config, column: str, words: tuple[str, str]) -> tuple[str, str]:
    """Return English and Chinese label; a Chinese text has the word for the role beside it."""
    given = config.labels.get(column, "" if column == config.first_treated else column)
    if isinstance(given, list):
        return tuple(given)
    if not given:
        return words
    return (words[0], given) if max(given) >= FIRST_UNDRAWN else (given, given)
