"""A column of an exhibit as frozen literals, checked against the records when it is made.

Standard library only: ``make`` reads the exhibits before anything is installed. A specification
names things (a sample, a set of controls, an estimator); what the names mean stands in the records
of this room, once.
"""

import dataclasses
import functools
import hashlib
import itertools
import json

from pilotzone.catalogue import controls as control_sets
from pilotzone.catalogue import inferences, options, samples
from pilotzone.catalogue.controls import Controls
from pilotzone.catalogue.effects import EffectSet, effect_set
from pilotzone.catalogue.estimator import Estimator
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.inferences import Inference
from pilotzone.catalogue.matrices import MATRICES
from pilotzone.catalogue.names import known
from pilotzone.catalogue.options import Option, Options, Value
from pilotzone.catalogue.samples import Sample
from pilotzone.errors import UserError

# Kinds of inference that deal paths to other units, and transforms that change a treatment.
DEALT, MOVING = ("permutation", "permutation_groups"), ("lag", "first_difference")
# What may be an empty text.
EMPTY = ("variant", "id", "row_weights")
ROLES = ("baseline", "robustness", "mechanism", "heterogeneity", "diagnostic", "placebo")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Specification:
    """One column of an exhibit: everything that decides its numbers.

    Attributes
    ----------
    outcome, treatment : str
        Columns of the panel.
    controls : str or tuple of str
        A set by name, or inline: variables and sets.
    sample : str or Sample
        A sample by name, or inline.
    weights : str
        A matrix, where the estimator takes one.
    row_weights : str
        A column of the panel by which the rows count, where the estimator takes one (Stata's
        analytic weights); of effects by cohort and period, the weight of the unit.
    effects : str
        A set by name, or several joined by '+'.
    estimator : str
    inference : str or Inference
        A kind of inference; with draws and seed where it draws.
    role : str
        One of :data:`ROLES`.
    diagnostics : tuple of str
        What is shown besides, as the estimator offers.
    variant : str
        A label; it decides nothing.
    options : tuple of (name, value)
        Choices of the estimator and of the inference.
    id : str
        The id of the column; made of the dimensions that vary if empty.

    Raises
    ------
    UserError
        If a name is not known, or the estimator does not use what is declared.
    """

    outcome: str
    treatment: str
    controls: Controls = "none"
    sample: str | Sample = "main"
    weights: str = ""
    effects: str = "two_way"
    estimator: str = "twfe"
    inference: str | Inference = ""
    role: str = "baseline"
    diagnostics: tuple[str, ...] = ()
    variant: str = ""
    options: Options = ()
    id: str = ""
    row_weights: str = ""

    def __post_init__(self) -> None:
        """Refuse what no record knows or the estimator does not use; complete the inference."""
        where = f"column {self.outcome} on {self.treatment} by {self.estimator}: "
        for field in ("outcome", "treatment", *EMPTY):
            value = getattr(self, field)
            if not isinstance(value, str) or not (value or field in EMPTY):
                raise UserError(f"{where}{field} is {value!r}; give a text")
        known("estimator", self.estimator, ESTIMATORS, where)
        known("role", self.role, ROLES, where)
        effect_set(self.effects, where)
        try:
            samples.sample(self.sample)
            control_sets.variables(self.controls)
        except UserError as error:
            raise UserError(f"{where}{error}") from None
        self._check_estimator(self.method, where)
        self._check_weights(where)
        declared = self.inference, self.method.inferences, self.method.draws
        made = inferences.completed(*declared, where)
        if not self.method.above and made.cluster not in ("", inferences.UNIT):
            raise UserError(f"{where}this estimator clusters by unit, not by '{made.cluster}'")
        if inferences.CROSSED in made.cluster and not self.method.crossed:
            raise UserError(f"{where}this estimator takes one cluster, not '{made.cluster}'")
        object.__setattr__(self, "inference", made)
        options.check(self.options, self.declared_options, where)
        self._check_lead(where)

    def _check_estimator(self, method: Estimator, where: str) -> None:
        """Refuse controls, row weights, effects, diagnostics that the estimator does not use."""
        if self.row_weights and not method.row_weights:
            raise UserError(
                f"{where}this estimator takes no row weights; leave out '{self.row_weights}'"
            )
        if self.control_variables and not method.controls:
            raise UserError(f"{where}this estimator takes no controls; name 'none'")
        effect_set(self.effects, where + "with this estimator ", method.effects)
        if not isinstance(self.diagnostics, tuple):
            raise UserError(f"{where}diagnostics {self.diagnostics!r}: give a tuple of names")
        for name in self.diagnostics:
            known("diagnostic", name, method.diagnostics, where)

    def _check_weights(self, where: str) -> None:
        """Refuse a matrix that the estimator or the panel has no use for, or its absence."""
        panel = self.rows.panel
        there = [name for name, one in MATRICES.items() if panel in one.panels]
        if not self.weights:
            if self.method.weights:
                raise UserError(f"{where}needs weights; known: {', '.join(there)}")
            return
        if not self.method.weights:
            raise UserError(f"{where}this estimator takes no weights; leave out '{self.weights}'")
        known("weights", self.weights, there, where)
        self._check_building(where)

    def _check_building(self, where: str) -> None:
        """Refuse an option that would build another matrix than the one that is named."""
        matrix = MATRICES[self.weights]
        every = {option for one in MATRICES.values() for option in one.options}
        given = [name for name, _ in self.options if name in every]
        for name in given:
            known("option", name, matrix.options, f"{where}with weights '{self.weights}' ")
        if len(given) > 1:
            raise UserError(f"{where}give one of the options {', '.join(given)}")
        if matrix.required and not given:
            raise UserError(f"{where}weights '{self.weights}' need an option: {matrix.options[0]}")

    def _check_lead(self, where: str) -> None:
        """Refuse a lead that its column can't hold beside the treatment."""
        if not self.chosen("lead"):
            return
        if self.inference.name in DEALT:
            raise UserError(
                f"{where}inference '{self.inference.name}' deals paths and would leave their lead "
                "where it is; take crv1 or a wild bootstrap"
            )
        if self.chosen("transform") in MOVING:
            raise UserError(
                f"{where}option 'lead' is of the treatment as it stands; leave out the transform "
                f"'{self.chosen('transform')}'"
            )

    @property
    def method(self) -> Estimator:
        """The record of the estimator."""
        return ESTIMATORS[self.estimator]

    @functools.cached_property
    def rows(self) -> Sample:
        """The sample itself."""
        return samples.sample(self.sample)

    @functools.cached_property
    def control_variables(self) -> tuple[str, ...]:
        """Names of the controls in the order of declaration."""
        return control_sets.variables(self.controls)

    @property
    def held_constant(self) -> EffectSet:
        """The record of the effects."""
        return effect_set(self.effects)

    @property
    def effects_named(self) -> tuple[str, ...]:
        """The parts of the effects, an option to which one refers replaced by its value."""
        named = {name: str(self.option(name)) for name in self.held_constant.options}
        parts = (part.split("#") for part in self.held_constant.parts)
        return tuple("#".join(named.get(piece, piece) for piece in part) for part in parts)

    @property
    def declared_options(self) -> dict[str, Option]:
        """The options of the estimator and of the inference."""
        return {**self.method.options, **self.inference.kind.options}

    def option(self, name: str) -> Value | None:
        """Return a choice, or the default that its record declares."""
        return dict(self.options).get(name, self.declared_options[name].default)

    def chosen(self, name: str) -> Value | None:
        """Return a choice of an option that some estimators have; None for any other."""
        return self.option(name) if name in self.declared_options else None

    @property
    def grouping(self) -> str:
        """What the effect is split or moderated by, ``none`` where it is one."""
        return str(self.chosen("by") or self.chosen("moderator") or "none")

    def dimension(self, name: str) -> str:
        """Return a dimension as it stands in the id of a column; ``none`` where it is empty."""
        return in_id(name, getattr(self, name))

    def resolved(self) -> dict[str, object]:
        """Return everything that decides the numbers, names of records replaced by their values."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        if not self.row_weights:
            # Came later: columns without them keep their digest.
            del fields["row_weights"]
        kind, declared = self.inference.kind, self.method.options
        chosen = {name: self.option(name) for name, one in declared.items() if not one.silent}
        return {
            **fields,
            "controls": [self.dimension("controls"), *self.control_variables],
            "sample": self.rows.rows,
            "effects": [self.effects, *self.held_constant.parts],
            "estimator": [self.estimator, self.method.function],
            "inference": [dict(vars(self.inference)), kind.computed, dict(kind.parameters)],
            "options": {**chosen, **dict(self.options)},
        }

    @property
    def sha256(self) -> str:
        """Digest of :meth:`resolved`, written beside every estimate."""
        return digest(self.resolved())


def in_id(name: str, value: object) -> str:
    """Return a value of a dimension as it stands in the id of a column."""
    if name == "controls":
        value = control_sets.controls_id(value)
    elif name in ("sample", "inference"):
        value = getattr(value, "id", value)
    return value or "none"


# The order in which the varying dimensions make up a column's id. The inference joins them only
# where the others leave two columns alike.
DIMENSIONS = (
    *("outcome", "treatment", "controls", "sample"),
    *("weights", "effects", "estimator", "variant"),
)
LAST = "inference"
FIXED = ("role", "diagnostics", "options", "row_weights")


def grid(**dimensions: object) -> tuple[Specification, ...]:
    """Return one specification for every combination of the listed dimensions.

    A dimension given as a tuple varies; given as a name, a sample or an inference it is fixed. So
    an inline set of controls stands in a tuple of its own: ``controls=(("a", "b"),)``. ``role``,
    ``diagnostics``, ``options`` and ``row_weights`` are always fixed.

    Raises
    ------
    UserError
        If a dimension is unknown, or a specification is.
    """
    for name in dimensions:
        known("dimension", name, (*DIMENSIONS, LAST, *FIXED), "grid: ")
    for name in ("outcome", "treatment"):
        if name not in dimensions:
            raise UserError(f"grid: needs {name}; give one or a tuple of columns of the panel")
    varying = {
        name: value if isinstance(value, tuple | list) else (value,)
        for name, value in dimensions.items()
        if name not in FIXED
    }
    fixed = {name: value for name, value in dimensions.items() if name in FIXED}
    ordered = [name for name in (*DIMENSIONS, LAST) if name in varying]
    return tuple(
        Specification(**dict(zip(ordered, values, strict=True)), **fixed)
        for values in itertools.product(*(varying[name] for name in ordered))
    )


def digest(literals: object) -> str:
    """Return the SHA-256 of literals, written as JSON with sorted keys."""
    text = json.dumps(literals, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
