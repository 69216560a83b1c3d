"""The candidates among which the conventions of a printed table are sought."""

import dataclasses
import itertools
import os
import re
from collections.abc import Mapping
from pathlib import Path

from pilotzone.errors import UserError
from pilotzone.reader import toml
from pilotzone.reader.conditions import check_samples
from pilotzone.reader.tabular import Table, require, shown

EXAMPLE = "examples/whose.toml"
WINSOR = re.compile(r"winsor([1-9]|[1-4]\d)")
NONE = "none"
# More conventions start only with LIMIT=; on a panel of provinces these take some seconds.
LIMIT = 20_000_000
FURTHEST_LAG = 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Candidates for each choice.

    Attributes
    ----------
    unit, period : columns; the period counts in whole numbers.
    outcomes, treatments : columns, one of each in a regression.
    controls : columns of which every subset is tried.
    always : controls of every regression.
    clusters : columns, besides none and robust.
    weights : columns, besides none.
    effects : parts joined by ``+``: ``unit``, ``period``, a column, ``a#b``, ``a#trend``; or
        ``none``.
    transforms : of the outcome: ``level``, ``ln``, ``winsor1`` (any whole number below 50).
    lags : of the treatment and of the controls, in periods.
    samples : rows that each leaves out, by conditions.
    """

    unit: str = toml.key(lacks="'unit'; it names the column of the unit")
    period: str = toml.key(lacks="'period'; it names the column of the period")
    outcomes: tuple[str, ...] = toml.key(lacks="'outcomes'; it lists columns")
    treatments: tuple[str, ...] = toml.key(lacks="'treatments'; it lists columns")
    controls: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    effects: tuple[str, ...] = (NONE,)
    transforms: tuple[str, ...] = ("level",)
    lags: tuple[int, ...] = (0,)
    samples: Mapping[str, list[str]] = dataclasses.field(default_factory=lambda: {"all": []})

    @property
    def regressors(self) -> tuple[str, ...]:
        """Controls of every regression, then those of which subsets are tried."""
        return (*self.always, *self.controls)

    @property
    def subsets(self) -> list[tuple[str, ...]]:
        """Every set of controls, in the order of the configuration."""
        chosen = itertools.chain.from_iterable(
            itertools.combinations(self.controls, size) for size in range(len(self.controls) + 1)
        )
        return [(*self.always, *names) for names in chosen]

    @property
    def regressions(self) -> int:
        """Number of regressions, singletons counted once."""
        axes = (self.outcomes, self.treatments, self.effects, self.transforms, self.lags)
        count = 2 ** len(self.controls) * len(self.samples) * (1 + len(self.weights))
        for axis in axes:
            count *= len(axis)
        return count

    @property
    def errors(self) -> tuple[str, ...]:
        """Kinds of errors: none, robust, and by each cluster."""
        return (NONE, "robust", *self.clusters)


def parts(effects: str) -> tuple[tuple[str, ...], ...]:
    """Return the parts of effects, each one column or two: ``unit+a#period``."""
    if effects == NONE:
        return ()
    return tuple(tuple(part.split("#")) for part in effects.split("+"))


def read(path: Path) -> Config:
    """Read the candidates from a TOML file.

    Raises UserError as :func:`pilotzone.reader.toml.read`; if a list names something twice, or
    effects, a transform, a lag or a sample has another form.
    """
    config = toml.read(path, Config, EXAMPLE)
    lists = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    emptied = {
        field.name: field.default
        for field in dataclasses.fields(config)
        if field.name in ("effects", "transforms", "lags") and not lists[field.name]
    }
    config = dataclasses.replace(config, **emptied, samples=config.samples or {"all": []})
    for name, values in lists.items():
        if isinstance(values, tuple) and len(set(values)) < len(values):
            raise UserError(f"{path.name}: '{name}' names '{_twice(values)}' twice")
    both = set(config.always) & set(config.controls)
    if both:
        raise UserError(f"{path.name}: '{min(both)}' is in 'always' and in 'controls'")
    _check_forms(path.name, config)
    check_samples(path.name, config.samples)
    return config


def _twice(values: tuple[object, ...]) -> str:
    return shown(next(value for value in values if values.count(value) > 1))


def _check_forms(name: str, config: Config) -> None:
    for transform in config.transforms:
        if transform not in ("level", "ln") and not WINSOR.fullmatch(transform):
            raise UserError(
                f"{name}: transform '{shown(transform)}' is unknown; known: level, ln, winsor1 "
                "(or another percentile below 50)"
            )
    for lag in config.lags:
        if not 0 <= lag <= FURTHEST_LAG:
            raise UserError(f"{name}: a lag is from 0 to {FURTHEST_LAG}, not {lag}")
    for effects in config.effects:
        pieces = parts(effects)
        trend_first = any(part[0] == "trend" for part in pieces)
        wrong = any(len(part) > 2 or "" in part for part in pieces)
        if trend_first or wrong or len(set(pieces)) < len(pieces):
            raise UserError(
                f"{name}: effects '{shown(effects)}' should be parts joined by +, such as "
                "unit+period, unit+region#period or unit+period+unit#trend"
            )


def check_columns(table: Table, config: Config) -> None:
    """Refuse candidates that the panel does not hold."""
    wanted: dict[str, str] = {config.unit: "unit", config.period: "period"}
    for key in ("outcomes", "treatments", "controls", "always", "clusters", "weights"):
        for column in getattr(config, key):
            wanted.setdefault(column, key)
    for effects in config.effects:
        for piece in itertools.chain.from_iterable(parts(effects)):
            if piece not in ("unit", "period", "trend"):
                wanted.setdefault(piece, "effects")
    require(table, wanted)


def check_limit(count: int) -> None:
    """Refuse more conventions than the limit."""
    said = os.environ.get("LIMIT") or str(LIMIT)
    if not said.isdecimal():
        raise UserError(f"LIMIT={shown(said)} is no number of conventions")
    if count > int(said):
        raise UserError(f"{count} conventions, more than {said}; LIMIT={count} takes them")
