"""The dose of treatment: shares, counts, the capital, bins."""

from pilotzone.catalogue import Exhibit, grid

DOSES = ("zone_share", "zone_share_gdp", "zone_count", "zone_capital")
SHARED = {"outcome": ("nqp", "nqp_no_ecommerce"), "controls": ("none", "baseline")}
BINS = {"treatment": "zone_share", "estimator": "dose_bins"}

EXHIBIT = Exhibit(
    title="Dose of treatment: shares, counts, the capital, bins of the share",
    title_zh="连续型处理：占比、数量、省会与分组",
    columns=(
        *grid(**SHARED, treatment=DOSES, diagnostics=("treatment_only", "municipalities")),
        *grid(**SHARED, **BINS, sample=("main", "no_municipalities")),
    ),
    layout="list",
    notes=(
        "For a dose, parallel trends must hold between provinces of different doses: those with a "
        "larger share would have moved like those with a smaller one at that smaller share. The "
        "coefficient averages slopes over doses and years; with effects that differ it is no "
        "average effect of any province.",
    ),
    notes_zh=(
        "对于剂量，平行趋势须在不同剂量的省份之间成立：占比较高的省份若处于较低占比，其变化应"
        "与占比较低的省份相同。系数是各剂量与各年份斜率的平均；效应不同质时，它不是任何省份的"
        "平均效应。",
    ),
)
