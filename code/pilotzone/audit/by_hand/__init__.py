"""Estimators that no other program here has, again by brute force.

Regressions have a dummy for every unit and period and nothing is removed first; means are those of
cells written out; likelihoods are those of dense matrices. Nothing is shared with the estimators:
only the rows of a column are those of the engine (``audit.rows``).
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from pilotzone.audit.by_hand import (
    cohorts,
    comparisons,
    disparities,
    indices,
    matched,
    projections,
    regressions,
    robust,
    spatial,
    spillovers,
    synthetic,
    systems,
)
from pilotzone.audit.opinion import Found, Opinion, Silence, of_each, unfit
from pilotzone.audit.rows import Design, rows_of
from pilotzone.catalogue import Description, Specification
from pilotzone.panels.store import Store

PROGRAM = "by hand"
NOT_TWO_WAY = "effects other than of units and periods"
CONTROLS = "controls, which the estimator uses in a way of its own"
OPTION = "an option that changes the rows"


@dataclasses.dataclass(frozen=True)
class Twin:
    """An estimator's double.

    Attributes
    ----------
    found : gives the numbers of a column.
    any_effects, controls : whether it takes effects beyond units and periods, and controls.
    unknown : options that it does not take.
    """

    found: Callable[[Design, Store], Iterator[Found]]
    any_effects: bool = True
    controls: bool = True
    unknown: tuple[str, ...] = ()

    def silence(self, spec: Specification) -> str:
        """Return why it has nothing to say of a column; nothing if it has."""
        if not self.any_effects and spec.effects != "two_way":
            return NOT_TWO_WAY
        if not self.controls and spec.control_variables:
            return CONTROLS
        return OPTION if any(spec.chosen(option) for option in self.unknown) else ""


def _plain(found: Callable[[Design, Store], Iterator[Found]], *unknown: str) -> Twin:
    return Twin(found, any_effects=False, controls=False, unknown=unknown)


TWINS = {
    **dict.fromkeys(("fake_rollout", "permuted_paths"), Twin(regressions.coefficient)),
    "leave_one_out": Twin(regressions.left_out),
    "exposure": Twin(regressions.exposure, unknown=("years_early",)),
    "exposure_split": Twin(regressions.exposure_split),
    "dose_bins": Twin(regressions.dose_bins),
    "mediation": Twin(regressions.mediation),
    "event_study_unbinned": Twin(regressions.every_event),
    "event_study": Twin(regressions.event_study),
    "local_projection": Twin(projections.local_projection),
    "local_projection_jackknife": Twin(projections.jackknife),
    **dict.fromkeys(("imputation", "two_stage"), Twin(cohorts.imputation)),
    "extended_twfe": Twin(cohorts.extended),
    "sun_abraham": Twin(cohorts.sun_abraham),
    **dict.fromkeys(("callaway_santanna", "callaway_santanna_never"), _plain(cohorts.group_time)),
    "negative_weights": _plain(cohorts.weights_of_cells),
    "goodman_bacon": _plain(comparisons.goodman_bacon),
    "stacked": Twin(comparisons.stacked),
    "long_difference": Twin(comparisons.long_difference),
    "psm_nearest": Twin(matched.nearest),
    "psm_kernel": Twin(matched.kernel),
    "entropy_balancing": Twin(matched.entropy),
    "synthetic_did": _plain(synthetic.synthetic_did),
    **dict.fromkeys(
        ("sar", "sem", "slx", "sdm", "sdem", "gns", "sdm_groups", "sdm_moderation"),
        Twin(spatial.spatial_model),
    ),
    "spatial_tests": Twin(spatial.spatial_tests),
    "dynamic_sdm": Twin(spatial.dynamic_truth),
    "honest_did": Twin(robust.honest_did),
    "clean_controls": Twin(spillovers.clean_controls),
    "rings": Twin(spillovers.rings),
    "exposure_net": Twin(spillovers.exposure_net),
    "pairs": _plain(spillovers.pairs),
    "non_causality": Twin(systems.non_causality, controls=False),
    "three_stage": Twin(systems.three_stage),
}
ESTIMATORS = tuple(TWINS)
# Kinds of descriptions.
DESCRIPTIONS = {
    "convergence": disparities.convergence,
    "coupling": indices.coupling,
    "densities": disparities.densities,
    "index": indices.index,
    "index_summary": indices.index_summary,
    "index_weights": indices.index_weights,
    "inequality": disparities.inequality,
    "moran": disparities.moran,
    "transitions": disparities.transitions,
}
# Estimators with numbers to compare where no estimate is identified.
UNIDENTIFIED = ("dynamic_sdm",)


def opinions(
    exhibit_id: str, specs: Mapping[str, Specification], store: Store
) -> list[Opinion | Silence]:
    """Return the coefficients of columns whose estimator is one of :data:`ESTIMATORS`."""
    return of_each(exhibit_id, specs, store, _of_column)


def _of_column(
    exhibit_id: str, column: str, spec: Specification, store: Store
) -> list[Opinion | Silence]:
    twin = TWINS[spec.estimator]
    reason = twin.silence(spec)
    if reason:
        return [Silence(exhibit_id, column, reason)]
    # A main file with a schema of its own has no columns but outcomes.
    where = column if spec.method.main == "estimates" else spec.outcome
    return [
        Opinion(
            PROGRAM, exhibit_id, where, one.term, one.estimate, one.std_error, others=one.others
        )
        for one in twin.found(rows_of(spec, store), store)
        if all(np.isfinite(value) for value in one.values.values())
    ]


def described(exhibit_id: str, what: Description, store: Store) -> list[Opinion | Silence]:
    """Return the numbers of a description whose kind is one of :data:`DESCRIPTIONS`."""
    try:
        return [
            Opinion(
                PROGRAM, exhibit_id, first, one.term, one.estimate, one.std_error, others=one.others
            )
            for first, one in DESCRIPTIONS[what.kind](what, store)
        ]
    except Exception as error:  # a description fails as a whole
        return [unfit(exhibit_id, what.kind, error)]
