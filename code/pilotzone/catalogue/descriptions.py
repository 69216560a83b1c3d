"""Descriptions: exhibits without regression columns, of declared kinds."""

import dataclasses
from collections.abc import Mapping

from pilotzone.catalogue import inferences, matrices, options, samples
from pilotzone.catalogue.lattice import Lattice
from pilotzone.catalogue.names import known
from pilotzone.catalogue.options import Option, Options, Value
from pilotzone.catalogue.samples import Sample
from pilotzone.catalogue.spec import Specification
from pilotzone.errors import UserError


@dataclasses.dataclass(frozen=True)
class DescriptionKind:
    """What a kind of description takes.

    Attributes
    ----------
    function : str
        ``module:function``; below ``pilotzone`` where it names a room, else below its engine.
    fields : tuple of str
        Fields of :class:`Description` that it takes, all of which it needs.
    options : mapping from name to Option
    parts : mapping from part to schema
        Files that it writes, by the names of ``estimates``; '' is the main one.
    reads : bool
        Whether it reads the estimates of other exhibits and no panel.
    """

    function: str
    fields: tuple[str, ...] = ()
    options: Mapping[str, Option] = dataclasses.field(default_factory=dict)
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    reads: bool = False


_ROWS = ("sample", "variables")
DESCRIPTIONS: dict[str, DescriptionKind] = {
    "index_weights": DescriptionKind(
        "index_tables:index_weights",
        ("sample",),
        parts={"": "weights", "rebuilt": "weights", "system": "system"},
    ),
    "index_summary": DescriptionKind(
        "index_tables:index_summary", _ROWS, parts={"": "statistics", "ranks": "ranks"}
    ),
    "index": DescriptionKind(
        "index_moments:index_moments",
        _ROWS,
        parts={
            "": "statistics",
            "weights": "weights",
            "absence": "absence",
            "flagged": "flagged",
        },
    ),
    "descriptives": DescriptionKind(
        "sample_tables:descriptives", _ROWS, parts={"": "descriptives"}
    ),
    "rollout": DescriptionKind(
        "sample_tables:rollout_tables",
        ("sample",),
        parts={"": "rollout", "cohorts": "cohorts", "group_time": "group_time", "places": "places"},
    ),
    "sample_flow": DescriptionKind(
        "sample_tables:sample_flow", options={"panels": Option(str)}, parts={"": "sample_flow"}
    ),
    "design_audit": DescriptionKind(
        "design_audit:design_audit", ("baseline", "draws", "seed"), parts={"": "design_audit"}
    ),
    "inference_audit": DescriptionKind(
        "inference_audit:inference_audit",
        ("columns", "draws", "seed"),
        options={"autocorrelation": Option(float, 0.7)},
        parts={"": "inference_audit"},
    ),
    "detectable": DescriptionKind(
        "detectable:detectable",
        ("columns", "draws", "seed"),
        options={
            "autocorrelation": Option(float, 0.7),
            "sizes": Option(str, "own", ("own", "common")),
        },
        parts={"": "detectable"},
    ),
    "moran": DescriptionKind(
        "autocorrelation:moran",
        ("baseline", "variables", "matrices", "draws", "seed"),
        options={"local": Option(str), "local_draws": Option(int)},
        parts={"": "moran", "local": "local_moran"},
    ),
    "index_uncertainty": DescriptionKind(
        "uncertainty:index_uncertainty",
        (*_ROWS, "columns", "draws", "seed"),
        parts={"": "rank_ranges", "agreement": "agreement", "bootstrap": "index_bootstrap"},
    ),
    "coupling": DescriptionKind(
        "coupling:coupling_tables",
        ("sample",),
        parts={
            "": "coupling",
            "levels": "coupling_levels",
            "statistics": "coupling_statistics",
            "indicators": "coupling_indicators",
        },
    ),
    "inequality": DescriptionKind(
        "inequality:gini",
        _ROWS,
        options={"by": Option(str)},
        parts={"": "inequality", "contributions": "contributions"},
    ),
    "convergence": DescriptionKind(
        "convergence:convergence_tables",
        (*_ROWS, "matrices"),
        parts={"": "statistics", "beta": "convergence_terms", "fits": "convergence_fits"},
    ),
    "densities": DescriptionKind(
        "densities:densities", _ROWS, parts={"": "densities", "shape": "shape"}
    ),
    "transitions": DescriptionKind(
        "transitions:transitions",
        (*_ROWS, "matrices", "draws", "seed"),
        options={"classes": Option(int), "second_half": Option(int)},
        parts={
            "": "transitions",
            "classes": "classes",
            "chains": "chains",
            "ergodic": "ergodic",
            "tests": "chain_tests",
        },
    ),
    "multiverse": DescriptionKind(
        "multiverse:multiverse",
        ("lattice", "draws", "seed"),
        options={"within": Option(str, "none")},
        parts={"": "multiverse", "curve": "curve", "choices": "choices"},
    ),
    "claims": DescriptionKind(
        "pilotzone.claims.board:board",
        parts={
            "": "claims",
            "studies": "studies",
            "rules": "rules",
            "errors": "errors",
            "changes": "claim_changes",
        },
        reads=True,
    ),
    "verdict_audit": DescriptionKind(
        "pilotzone.claims.verdict_audit:verdict_audit",
        ("draws", "seed"),
        options={"permutations": Option(int)},
        parts={"": "verdict_audit", "bars": "bars"},
    ),
    "faultbench": DescriptionKind(
        "pilotzone.audit.case.exhibit:faultbench",
        ("draws", "seed"),
        parts={"": "confusion", "scores": "fault_scores"},
    ),
    "claim_checks": DescriptionKind(
        "pilotzone.claims.board:checks",
        parts={"": "claim_checks", "beside": "beside", "rules": "rules"},
        reads=True,
    ),
}
FIELDS = ("sample", "variables", "matrices", "baseline", "columns", "lattice", "draws", "seed")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Description:
    """What a descriptive exhibit shows.

    Attributes
    ----------
    kind : str
        A key of :data:`DESCRIPTIONS`.
    sample : str or Sample
    variables, matrices : tuple of str
    baseline : Specification
        The regression that it rests on.
    columns : tuple of Specification
        Regressions that it looks at, from a grid.
    lattice : Lattice
        Regressions in all combinations of choices.
    draws, seed : int
    options : tuple of (name, value)

    Raises
    ------
    UserError
        If the kind is unknown, lacks a field that it needs, or is given one that it does not use.
    """

    kind: str
    sample: str | Sample = ""
    variables: tuple[str, ...] = ()
    matrices: tuple[str, ...] = ()
    baseline: Specification | None = None
    columns: tuple[Specification, ...] = ()
    lattice: Lattice | None = None
    draws: int | None = None
    seed: int | None = None
    options: Options = ()

    def __post_init__(self) -> None:
        """Refuse what the kind does not take, and the lack of what it needs."""
        known("description", self.kind, DESCRIPTIONS)
        where = f"description '{self.kind}': "
        for name in FIELDS:
            given = getattr(self, name) not in ("", (), None)
            if given != (name in self.record.fields):
                what = "takes no" if given else "needs"
                raise UserError(f"{where}{what} {name}; its fields: {self._fields()}")
        self._check_types(where)
        options.check(self.options, self.record.options, where)

    def _fields(self) -> str:
        return ", ".join((*self.record.fields, *self.record.options)) or "none"

    def _check_types(self, where: str) -> None:
        if self.sample:
            samples.sample(self.sample, where)
        for name in ("variables", "matrices"):
            value = getattr(self, name)
            if not isinstance(value, tuple) or not all(isinstance(one, str) for one in value):
                raise UserError(f"{where}{name} {value!r}: give a tuple of names")
        for name in self.matrices:
            known("matrix", name, matrices.MATRICES, where)
        if self.baseline is not None and not isinstance(self.baseline, Specification):
            raise UserError(f"{where}baseline is {self.baseline!r}; give a Specification")
        if self.lattice is not None and not isinstance(self.lattice, Lattice):
            raise UserError(f"{where}lattice is {self.lattice!r}; give a Lattice")
        if not isinstance(self.columns, tuple) or not all(
            isinstance(one, Specification) for one in self.columns
        ):
            raise UserError(f"{where}columns {self.columns!r}: give a grid")
        for column in self.columns if "variables" in self.record.fields else ():
            known("outcome of a column", column.outcome, self.variables, where)
            known("sample of a column", column.rows.id, (self.rows.id,), where)
        for name in ("draws", "seed"):
            if getattr(self, name) is not None:
                inferences.check_count(name, getattr(self, name), where)

    @property
    def record(self) -> DescriptionKind:
        """What the kind takes."""
        return DESCRIPTIONS[self.kind]

    @property
    def rows(self) -> Sample | None:
        """The sample itself; that of the baseline, lattice or first column, if it has none."""
        if self.sample:
            return samples.sample(self.sample)
        first = (self.baseline, self.lattice, *self.columns)
        return next((column.rows for column in first if column), None)

    def option(self, name: str) -> Value | None:
        """Return a choice, or the default that its record declares."""
        return dict(self.options).get(name, self.record.options[name].default)

    def resolved(self) -> dict[str, object]:
        """Return everything that decides the numbers."""
        return {
            "kind": [self.kind, self.record.function],
            "sample": self.rows.rows if self.rows else None,
            "variables": self.variables,
            "matrices": self.matrices,
            "baseline": self.baseline.resolved() if self.baseline else None,
            "columns": [column.resolved() for column in self.columns],
            **({"lattice": self.lattice.resolved()} if self.lattice else {}),
            "draws": self.draws,
            "seed": self.seed,
            "options": dict(self.options),
        }
