"""Pilot zones and new quality productive forces: panels, estimators, audited tables.

``import pilotzone as pz`` gives the estimators on a DataFrame. They are loaded when the first is
asked for: make reads the exhibits before anything is installed, and counts what a module imports
as what it rests on. Their types stand in ``__init__.pyi``.
"""

import importlib
import typing

__version__ = "0.1.0"
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


def __getattr__(name: str) -> typing.Any:
    """Return what the public room offers under a name."""
    if name not in __all__:
        raise AttributeError(f"pilotzone offers no '{name}'; it has {', '.join(__all__)}")
    found = getattr(importlib.import_module("pilotzone.api"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
