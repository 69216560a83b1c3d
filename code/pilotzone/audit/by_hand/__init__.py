"""Estimators that no other program here has, again by brute force.

Regressions have a dummy for every unit and period and nothing is removed first; means are those of
cells written out; likelihoods are those of dense matrices. Nothing is shared with the estimators:
only the rows of a column are those of the engine (``audit.rows``).
"""

from collections.abc import Callable, Iterator, Mapping

from pilotzone.audit.by_hand import (
    cohorts,
    comparisons,
    controls,
    disparities,
    doses,
    factors,
    forms,
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
# What gives the numbers of a column, by estimator; effects, controls and options are the column's.
TWINS: dict[str, Callable[[Design, Store], Iterator[Found]]] = {
    **dict.fromkeys(("fake_rollout", "permuted_paths"), regressions.coefficient),
    "leave_one_out": regressions.left_out,
    "exposure": regressions.exposure,
    "exposure_split": regressions.exposure_split,
    "dose_bins": regressions.dose_bins,
    "mediation": regressions.mediation,
    "event_study_unbinned": regressions.every_event,
    "event_study": regressions.event_study,
    "local_projection": projections.local_projection,
    "local_projection_jackknife": projections.jackknife,
    **dict.fromkeys(("imputation", "two_stage"), cohorts.imputation),
    "extended_twfe": cohorts.extended,
    "sun_abraham": cohorts.sun_abraham,
    **dict.fromkeys(("callaway_santanna", "callaway_santanna_never"), cohorts.group_time),
    "negative_weights": cohorts.weights_of_cells,
    "goodman_bacon": comparisons.goodman_bacon,
    "dose_dynamic": doses.dose_dynamic,
    "bounded_variation": doses.bounded_variation,
    "interactive_effects": factors.interactive_effects,
    "matrix_completion": factors.matrix_completion,
    "stacked": comparisons.stacked,
    "long_difference": comparisons.long_difference,
    "psm_nearest": matched.nearest,
    "psm_kernel": matched.kernel,
    "entropy_balancing": matched.entropy,
    "synthetic_did": synthetic.synthetic_did,
    "synthetic_control": controls.synthetic_control,
    "forms": forms.forms,
    "form_test": forms.form_test,
    **dict.fromkeys(
        ("sar", "sem", "slx", "sdm", "sdem", "gns", "sdm_groups", "sdm_moderation"),
        spatial.spatial_model,
    ),
    "spatial_tests": spatial.spatial_tests,
    "dynamic_sdm": spatial.dynamic_truth,
    "honest_did": robust.honest_did,
    "clean_controls": spillovers.clean_controls,
    "rings": spillovers.rings,
    "exposure_net": spillovers.exposure_net,
    "pairs": spillovers.pairs,
    "non_causality": systems.non_causality,
    "three_stage": systems.three_stage,
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


def _of_column(exhibit_id: str, column: str, spec: Specification, store: Store) -> list[Opinion]:
    # A main file with a schema of its own has no columns but outcomes.
    where = column if spec.method.main == "estimates" else spec.outcome
    return [
        Opinion(
            PROGRAM, exhibit_id, where, one.term, one.estimate, one.std_error, others=one.others
        )
        for one in TWINS[spec.estimator](rows_of(spec, store), store)
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
