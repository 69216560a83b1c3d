"""What a reader's panel asks of the battery, as dimensions of its columns."""

import dataclasses
from collections.abc import Sequence

from pilotzone.catalogue import Inference, Lattice, Sample, Specification
from pilotzone.catalogue.inferences import CROSSED
from pilotzone.reader.panel_config import Selection


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What a reader's panel asks for.

    Attributes
    ----------
    outcomes : the main one first.
    treatment, further, doses : the main treatment, others of 0 and 1, others that are doses.
    sample : Sample
    cohorts : samples of one cohort and units without treatment in its years, for robust intervals.
    controls, covariates : of regressions, and of Callaway-Sant'Anna.
    dose : a dose has no cohorts: it gets the two-way columns, bins, inference and permuted paths.
    share : whether all doses lie in [0, 1].
    lone : whether a cohort has one unit, so that what it enters has no error.
    weights : whether there is a matrix.
    row_weights : variable of the rows' weights.
    cluster : one, or two that cross.
    placebos : whether more units are untreated throughout than are treated, so that they can stand
        in for these.
    exhausted : whether nobody is untreated in the last period, and somebody before it.
    alone_each : whether there are few treated units and many enough donors, so that each treated
        unit can have its own synthetic control.
    groups : columns by whose values effects are split.
    moderators, mediators : variables that may move the effect, and that it may run through.
    units : how many there are.
    triple : of a triple difference the columns of the whole unit and of what splits it; it has no
        cohorts of its own.
    seed, draws : of every test by resampling.
    window, stack : first and last event of the event study with binned ends, of stacked samples.
    before : first and last period before any treatment; empty if there is none.
    horizons : of local projections; 0 for none.
    base, anticipation : of Callaway-Sant'Anna.
    word : what a period is called, in English and Chinese.
    selection : which estimators are used.
    lattice : all combinations, if the reader asks for them.
    """

    outcomes: tuple[str, ...]
    treatment: str
    further: tuple[str, ...] = ()
    doses: tuple[str, ...] = ()
    sample: Sample
    cohorts: tuple[Sample, ...] = ()
    controls: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    dose: bool = False
    lone: bool = False
    weights: bool = False
    row_weights: str = ""
    cluster: str = "unit"
    placebos: bool = False
    exhausted: bool = False
    alone_each: bool = False
    groups: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    units: int = 0
    triple: tuple[str, ...] = ()
    seed: int
    draws: int
    window: str = "-4 4"
    stack: str = "-3 2"
    before: str = ""
    horizons: int = 0
    base: str = "universal"
    anticipation: int = 0
    word: tuple[str, str] = ("year", "年")
    selection: Selection = dataclasses.field(default_factory=Selection)
    lattice: Lattice | None = None

    @property
    def treatments(self) -> tuple[str, ...]:
        """The main treatment, and others of its kind."""
        return (self.treatment, *(self.doses if self.dose else self.further))

    @property
    def every(self) -> tuple[str, ...]:
        """All treatments, the main one first."""
        others = (*self.further, *self.doses)
        return (self.treatment, *(name for name in others if name != self.treatment))

    @property
    def main(self) -> dict[str, object]:
        """Dimensions of columns for the main treatment, without controls."""
        return {"outcome": self.outcomes, "treatment": self.treatment, "sample": self.sample}

    @property
    def alone(self) -> dict[str, object]:
        """Dimensions of columns without controls."""
        return {**self.main, "treatment": self.treatments}

    @property
    def both(self) -> dict[str, object]:
        """Dimensions of columns without and with controls."""
        return {**self.alone, "controls": ("none", self.controls) if self.controls else "none"}

    @property
    def fullest(self) -> dict[str, object]:
        """Dimensions of columns of the main treatment with all controls."""
        return {**self.main, "controls": (self.controls,) if self.controls else "none"}

    @property
    def weighted(self) -> dict[str, str]:
        """The rows' weights as a dimension of columns that take them."""
        return {"row_weights": self.row_weights}

    @property
    def one_cluster(self) -> str:
        """The cluster of estimators and tests that take no two: the first."""
        return self.cluster.split(CROSSED)[0]

    @property
    def crossed(self) -> bool:
        """Whether there are two clusters that cross."""
        return CROSSED in self.cluster

    def named(self, columns: Sequence[Specification], *parts: str) -> tuple[Specification, ...]:
        """Return columns with an id of these parts, behind the outcome where there are several."""
        several = len(self.outcomes) > 1
        ids = [":".join((*((c.outcome,) if several else ()), *parts)) for c in columns]
        return tuple(dataclasses.replace(c, id=name) for c, name in zip(columns, ids, strict=True))

    def inference(self, name: str = "", *, draws: int | None = None) -> Inference:
        """Return a kind of inference by the reader's clusters."""
        return Inference(name, self.cluster, draws, None if draws is None else self.seed)

    def by_one(self, name: str = "", *, draws: int | None = None) -> Inference:
        """Return a kind of inference that takes one cluster, by the first of the reader's."""
        return Inference(name, self.one_cluster, draws, None if draws is None else self.seed)
