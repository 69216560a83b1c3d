"""What several estimators take: effects, kinds of inference, diagnostics, options."""

from pilotzone.catalogue.effects import EFFECTS
from pilotzone.catalogue.options import Option

# A set that refers to an option is known to the estimators that have it.
ANY = tuple(name for name, one in EFFECTS.items() if not one.options)
WITH_UNITS = tuple(name for name in ANY if "unit" in EFFECTS[name].parts)
# An event study holds periods constant whatever is named beside the units.
WITH_BOTH = tuple(name for name in WITH_UNITS if name != "unit")
# What the spatial likelihood can hold constant.
PLAIN = ("none", "unit", "period", "two_way", "unit_trends")
# What imputation fits on untreated rows.
IMPUTED = ("two_way", "unit_trends", "size_year", "region_year", "province_year")
TREATMENT_ONLY = ("treatment_only",)
DIAGNOSTICS = (*TREATMENT_ONLY, "municipalities")
WILD = ("crv1", "wild_rademacher", "wild_webb")
# Kinds that compute the row of one coefficient of a linear regression.
LINEAR_INFERENCE = (
    *("crv1", "crv3", "wild_rademacher", "wild_webb", "wild_subcluster"),
    *("permutation", "permutation_groups"),
    *(f"driscoll_kraay_{lags}" for lags in (1, 2, 3)),
    *(f"conley_{km}" for km in (100, 200, 300, 500, 1000, 1500)),
)
TRANSFORM = Option(str, "none", ("none", "lag", "first_difference", "winsorise"))
TIMING = Option(str, choices=("initial", "contemporaneous"))
# Of the spatial likelihood: the first is printed, the second the literature's practice.
SPATIAL_INFERENCE = ("cluster_pairs", "information")
RESAMPLED = ("wild_paths", "permutation")
CORRECTION = Option(str, "none", ("none", "lee_yu"))
DEALT_TO = {"dealt_to": Option(str, "unit")}
# A year, several in a text, or "single": every cohort of one unit.
WITHOUT = {"without_cohort": Option((int, str), "none")}
BASE = {"base": Option(str, "varying", ("varying", "universal"))}
GROUPS = {"by": Option(str)}
# By how many years a treatment of 0 and 1 is moved forward, the truly treated rows left out.
EARLY = {"years_early": Option(int, 0, least=0)}
# How many periods ahead units may answer to a treatment that they see coming.
ANTICIPATION = {"anticipation": Option(int, 0, least=0, silent=True)}
# Of the simulation that says whether a column may be printed.
AUDIT = {
    "audit_draws": Option(int, 500, least=1),
    "audit_seed": Option(int, 20250307, least=0),
}
# Regressions on the rows themselves.
ROWS = {"row_weights": True, "crossed": True}
MODERATOR = {"moderator": Option(str), "timing": TIMING}
# A matrix built for the column alone, of the family that it names in ``weights``.
MATRIX = {
    "cutoff_km": Option(float, optional=True),
    "neighbours": Option(int, optional=True),
    "exponent": Option(float, optional=True),
    "economic_floor": Option(float, optional=True),
}
COVARIATES = {
    "covariates": Option(str, "ln_gdp_per_capita openness urbanisation"),
    "covariate_years": Option(str, "2013 2014"),
}
