"""Codings of the roll-out and rules of timing."""

TIMINGS = {
    "half_year": ("Half year", "半年规则"),
    "same_year": ("Same year", "批复当年"),
    "next_year": ("Next year", "批复次年"),
    "exposure": ("Exposure", "按天数折算"),
}
# No rule of the roll-out but a check on it: what it finds was there before the zones.
TOO_EARLY = {"two_years_early": ("Two years early", "提前两年")}
ALL_TIMINGS = TIMINGS | TOO_EARLY
CODINGS = ("zone_first", "zone_share", "zone_share_gdp", "zone_count", "zone_capital")

# Codings that are 0 or 1; any other is a dose or a level.
ZERO_ONE = ("zone_first", "zone_capital", "zone_city")


def treatment_id(coding: str, timing: str = "half_year") -> str:
    """Return the column name of a coding under a timing rule; the main rule has no suffix."""
    return coding if timing == "half_year" else f"{coding}__{timing}"


def coding_and_timing(treatment: str) -> tuple[str, str]:
    """Return how a treatment is coded and by which rule it is dated."""
    coding, _, timing = treatment.partition("__")
    return coding, timing or next(iter(TIMINGS))
