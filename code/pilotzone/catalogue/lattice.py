"""A lattice of specifications: every combination of some choices, named and not listed."""

import dataclasses
import itertools
import math
from collections.abc import Iterator

from pilotzone.catalogue import controls as control_sets
from pilotzone.catalogue.samples import Sample
from pilotzone.catalogue.samples import sample as sample_of
from pilotzone.catalogue.spec import Specification
from pilotzone.catalogue.treatments import ZERO_ONE, coding_and_timing
from pilotzone.errors import UserError

# Estimators for staggered adoption that are specifications too, without controls: of treatments
# that are 0 or 1, and of doses.
OF_COHORTS, OF_DOSES = ("callaway_santanna", "imputation"), ("dose_dynamic",)
OF_FACTORS = ("interactive_effects", "matrix_completion")
STAGGERED = OF_COHORTS + OF_FACTORS + OF_DOSES
# Without a limit of his own nobody starts more by mistake.
MOST = 1_000_000
Subset = tuple[str, ...]
NEEDED = ("outcomes", "treatments", "samples", "effects")
AXES = (*NEEDED, "controls", "sets", "staggered")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lattice:
    """Two-way regressions in all combinations of choices, and staggered estimators beside.

    Attributes
    ----------
    outcomes, treatments : tuple of str
        Columns of the panel.
    samples : tuple of str or Sample
    controls : tuple of str
        Variables, of which every subset is a choice.
    sets : tuple of str
        Sets of controls by name, each a choice, in the place of subsets.
    effects : tuple of str
        Names of effect sets.
    staggered : tuple of str
        Of :data:`STAGGERED`, for the treatments that each is made for, by outcome and sample.
    cluster : str
        Of the errors of the two-way regressions.
    sign : int
        The claimed sign, 1 or -1.

    Raises
    ------
    UserError
        If an axis is empty, a name occurs twice or is not known, or there are more than a million
        combinations.
    """

    outcomes: tuple[str, ...]
    treatments: tuple[str, ...]
    samples: tuple[str | Sample, ...] = ("main",)
    controls: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    effects: tuple[str, ...] = ("two_way",)
    staggered: tuple[str, ...] = ()
    cluster: str = "unit"
    sign: int = 1

    def __post_init__(self) -> None:
        """Refuse an axis that holds nothing, a name twice, and what no record knows."""
        for name in AXES:
            values = getattr(self, name)
            if not isinstance(values, tuple) or len(set(values)) != len(values):
                raise UserError(f"lattice: {name} {values!r}: give a tuple of names, each once")
            if not values and name in NEEDED:
                raise UserError(f"lattice: {name} is empty; name at least one")
        for name in self.staggered:
            if name not in STAGGERED:
                raise UserError(f"lattice: staggered '{name}' is not one of {', '.join(STAGGERED)}")
        if self.sign not in (1, -1):
            raise UserError(f"lattice: sign is {self.sign!r}; give 1 or -1")
        if len({sample_of(one).panel for one in self.samples}) != 1:
            raise UserError("lattice: samples of several panels; give those of one")
        if self.controls and self.sets:
            raise UserError(
                "lattice: controls and sets; give subsets of variables, or sets by name"
            )
        # Whatever a column would refuse is refused here: each name stands in one column.
        for named in (self.controls, *self.sets):
            control_sets.variables(named)
        for outcome, treatment in self._pairs():
            for sample, effects in itertools.product(self.samples, self.effects):
                Specification(outcome=outcome, treatment=treatment, sample=sample, effects=effects)
        if self.count > MOST:
            raise UserError(f"lattice: {self.count} combinations, more than {MOST}; name fewer")

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield from zip(self.outcomes, itertools.repeat(self.treatments[0]))
        yield from zip(itertools.repeat(self.outcomes[0]), self.treatments)

    @property
    def subsets(self) -> tuple[Subset, ...]:
        """The variables of each set, or every subset of the controls, the empty one first."""
        if self.sets:
            return tuple(control_sets.variables(name) for name in self.sets)
        sizes = range(len(self.controls) + 1)
        return tuple(c for n in sizes for c in itertools.combinations(self.controls, n))

    @property
    def axes(self) -> dict[str, tuple[object, ...]]:
        """The choices of the two-way regressions, by name."""
        return {
            "sample": self.samples,
            "effects": self.effects,
            "controls": self.subsets,
            "treatment": self.treatments,
            "outcome": self.outcomes,
        }

    @property
    def zero_one(self) -> tuple[str, ...]:
        """The treatments that are 0 or 1."""
        coded = ((name, *coding_and_timing(name)) for name in self.treatments)
        return tuple(
            n for n, coding, timing in coded if coding in ZERO_ONE and timing != "exposure"
        )

    @property
    def staggered_pairs(self) -> tuple[tuple[str, str], ...]:
        """Each staggered estimator with each treatment that it is made for."""
        cohorts = self.zero_one
        doses = tuple(name for name in self.treatments if name not in cohorts)
        of = dict.fromkeys(OF_COHORTS + OF_FACTORS, cohorts) | dict.fromkeys(OF_DOSES, doses)
        return tuple((one, treatment) for one in self.staggered for treatment in of[one])

    @property
    def count(self) -> int:
        """How many specifications there are."""
        beside = len(self.staggered_pairs) * len(self.outcomes) * len(self.samples)
        # Subsets are not made to be counted: of forty controls there are a trillion.
        chosen = len(self.sets) or 2 ** len(self.controls)
        others = (self.samples, self.effects, self.treatments, self.outcomes)
        return chosen * math.prod(map(len, others)) + beside

    @property
    def rows(self) -> Sample:
        """The first of the samples."""
        return sample_of(self.samples[0])

    def resolved(self) -> dict[str, object]:
        """Return everything that decides the numbers."""
        return {
            **{f.name: getattr(self, f.name) for f in dataclasses.fields(self)},
            "samples": [sample_of(one).rows for one in self.samples],
        }
