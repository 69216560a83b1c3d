"""Matching before the DID on cities: zones by 2020 against none."""

from pilotzone.catalogue import Exhibit, Figure, grid

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
MEANS = "ln_real_gdp_per_capita urbanisation ln_population_density"
MATCHED = (
    (("psm_nearest", "psm_kernel", "entropy_balancing"), "", MEANS),
    ("entropy_balancing", "past_outcome", f"nqp_city {MEANS}"),
)

EXHIBIT = Exhibit(
    title="DID on matched and balanced samples of cities: zone by 2020 against none",
    title_zh="城市层面PSM-DID",
    columns=tuple(
        column
        for estimator, variant, covariates in MATCHED
        for column in grid(
            **CITY,
            estimator=estimator,
            variant=variant,
            options=(("covariates", covariates), ("covariate_years", "2011 2014")),
            role="robustness",
        )
    ),
    layout="list",
    figure=Figure(kind="balance", title="Balance before and after matching of cities"),
    notes=(
        "Score: Firth logit of a zone by 2020 on means of 2011-2014 of ln real GRP per head, the "
        "urban share and ln population density. Nearest neighbour with replacement, caliper 0.25 "
        "standard deviations of the logit, ties by code. Kernel: Epanechnikov, bandwidth 0.06.",
    ),
    notes_zh=(
        "倾向得分：以2020年止是否设区对2011-2014年实际人均GRP（对数）、城镇化率与人口密度（对"
        "数）的均值作Firth logit。最近邻为有放回匹配，卡尺为logit的0.25个标准差，距离相同时按"
        "代码。核：Epanechnikov，带宽0.06。",
    ),
)
