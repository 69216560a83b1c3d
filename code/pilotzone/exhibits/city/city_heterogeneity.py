"""Effects by resource base, coast, region and size of the city, with tests of equality."""

from pilotzone.spec import Exhibit, Inference, grid

BOTH = ("none", "city")
WILD = Inference(draws=9_999, seed=20250618)

EXHIBIT = Exhibit(
    title="Heterogeneity over cities: resource base, coast, region, size",
    title_zh="城市层面的异质性分析",
    columns=(
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="resource_based",
            options=(("by", "resource_based"),),
            inference=WILD,
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="coastal",
            options=(("by", "coastal"),),
            inference=WILD,
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="coastal_city",
            options=(("by", "coastal_city"),),
            inference=WILD,
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="region3",
            options=(("by", "region3"),),
            inference=WILD,
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="size_class",
            options=(("by", "size_class"),),
            inference=WILD,
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="municipality",
            options=(("by", "municipality"),),
            inference=WILD,
            role="heterogeneity",
        ),
    ),
    layout="list",
    family="romano_wolf",
    notes=(
        "Inland and coastal provinces by provinces.csv; cities on the shore are a second split. "
        "Size by urban population in the first year: bounds of the State Council (2014), applied "
        "to the whole prefecture.",
        "Family p-values: Romano and Wolf, step-down, over the differences between groups of all "
        "splits with the same controls; a split shows the smallest of its differences.",
    ),
)
