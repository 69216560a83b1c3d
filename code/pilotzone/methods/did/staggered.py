"""The estimators for staggered adoption under one roof.

``callaway_santanna`` takes differences of means by cohort and period; ``sun_abraham`` and
``extended_twfe`` one regression with a dummy per cohort and period; ``imputation`` and
``gardner`` predict treated rows from untreated ones; ``stacked`` runs one regression on
cohort-specific samples. All but the last give ``GroupTime`` effects, which ``aggregate`` averages.
"""

from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import stacked

__all__ = [
    "callaway_santanna",
    "extended_twfe",
    "gardner",
    "imputation",
    "stacked",
    "sun_abraham",
]
