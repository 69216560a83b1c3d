"""Which column of a reader's panel is what, and what its variables are called."""

import dataclasses
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
# Keys that name one column each, which no other of them may name.
KEYS = ("unit", "period", "outcome", "treatment", "first_treated")
# Columns of the frame.
UNIT, PERIOD = "unit", "period"
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
    unit, period, outcome : columns.
    treatment : column of 0 and 1, or of a dose.
    first_treated : column of the first treated period, 0 or empty if never; in place of
        ``treatment``.
    city_code : column of six-digit codes; without a treatment the pilot zones of the cities are
        joined.
    cluster : column of the clusters; the unit if empty.
    weights : CSV of a weight matrix, from the folder of the configuration.
    kind : what a unit is called: province, city, firm or other.
    seed, draws : of everything that is drawn.
    labels : mapping from column to label, or to its English and Chinese label
    multiverse : lists of what all combinations are made of, see :class:`Choices`.
    """

    unit: str = toml.key(lacks="'unit'; it names the column of the unit")
    period: str = toml.key(lacks="'period'; it names the column of the period")
    outcome: str = toml.key(lacks="'outcome'; it names the column of the outcome")
    treatment: str = ""
    first_treated: str = ""
    city_code: str = "city_code"
    controls: tuple[str, ...] = ()
    cluster: str = ""
    weights: str = ""
    kind: str = toml.key("other", choices=KINDS)
    seed: int = toml.key(20150307, low=0)
    draws: int = toml.key(999, low=FEWEST_DRAWS, high=MOST_DRAWS)
    labels: Mapping[str, str | list[str]] = dataclasses.field(default_factory=dict)
    multiverse: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def choices(self) -> "Choices | None":
        """What all combinations are made of; None if the configuration asks for none."""
        return Choices(**self.multiverse) if self.multiverse else None

    @property
    def roles(self) -> dict[str, str]:
        """Columns that the configuration names, each with the key that names it."""
        pairs = [(getattr(self, key), key) for key in KEYS]
        pairs += [(control, "controls") for control in self.controls]
        pairs.append((self.cluster, "cluster"))
        for key in ("outcomes", "treatments", "controls"):
            pairs += [(column, f"multiverse.{key}") for column in self.multiverse.get(key, ())]
        found: dict[str, str] = {}
        for column, key in pairs:
            if column:
                found.setdefault(column, key)
        return found


def read_config(path: Path) -> Config:
    """Read a configuration from a TOML file.

    Raises UserError as :func:`pilotzone.reader.toml.read`; if a column has two roles or a label is
    none.
    """
    config = toml.read(path, Config, EXAMPLE)
    made = toml.checked(f"{path.name}, [multiverse]", Choices, config.multiverse)
    config = dataclasses.replace(config, multiverse=made)
    _check_config(path.name, config)
    _check_choices(path.name, config)
    return config


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
    columns = [getattr(config, key) for key in KEYS if getattr(config, key)]
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
    roles = {config.outcome: ROLES["outcome"]}
    if config.treatment:
        roles[config.treatment] = ROLES["treatment"]
    for number, control in enumerate(config.controls, start=1):
        roles[control] = tuple(text.format(number) for text in ROLES["control"])
    choices = config.choices or Choices()
    for columns, role in (
        (choices.outcomes, ROLES["outcome"]),
        (choices.treatments, ROLES["treatment"]),
        (choices.controls, ("Control", "控制变量")),
    ):
        for column in columns:
            roles.setdefault(column, role)
    found = {ids[column]: _label(config, column, words) for column, words in roles.items()}
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
