"""Estimators on a DataFrame, by the field's names: what ``import pilotzone as pz`` offers."""

from pilotzone.api.designs import (
    goodman_bacon,
    honest_did,
    multiverse,
    negative_weights,
    placebo,
    synthetic_did,
)
from pilotzone.api.doses import bounds, dose_dynamic
from pilotzone.api.dynamics import local_projection
from pilotzone.api.factors import interactive_effects, matrix_completion
from pilotzone.api.forms import form_test, poisson
from pilotzone.api.made_up import example, example_weights
from pilotzone.api.measures import dagum, entropy_index
from pilotzone.api.rendering import Table
from pilotzone.api.results import Fit, Staggered
from pilotzone.api.space import lm_tests, moran, sar, sdm, sem, slx
from pilotzone.api.staggered import (
    att_gt,
    event_study,
    extended_twfe,
    imputation,
    stacked,
    sun_abraham,
    two_stage,
)
from pilotzone.api.synthetic import synthetic_control
from pilotzone.api.tables import table
from pilotzone.api.two_way import twfe, wild_bootstrap
from pilotzone.errors import UserError

__all__ = [
    "Fit",
    "Staggered",
    "Table",
    "UserError",
    "att_gt",
    "bounds",
    "dagum",
    "dose_dynamic",
    "entropy_index",
    "event_study",
    "example",
    "example_weights",
    "extended_twfe",
    "form_test",
    "goodman_bacon",
    "honest_did",
    "imputation",
    "interactive_effects",
    "lm_tests",
    "local_projection",
    "matrix_completion",
    "moran",
    "multiverse",
    "negative_weights",
    "placebo",
    "poisson",
    "sar",
    "sdm",
    "sem",
    "slx",
    "stacked",
    "sun_abraham",
    "synthetic_control",
    "synthetic_did",
    "table",
    "twfe",
    "two_stage",
    "wild_bootstrap",
]
