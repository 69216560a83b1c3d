"""Matching before the DID on firms: in a city with a zone within the panel against none."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

BOTH = ("none", "firm")
FIRM = {"outcome": "nqp_firm", "treatment": "zone_city", "controls": BOTH, "sample": "firm"}
BY_CITY = {"inference": Inference(cluster="city_code"), "role": "robustness"}
MATCHED = ("psm_nearest", "psm_kernel", "entropy_balancing")
# Whatever years to 2014 the panel holds: the first zone counts from 2015 on.
COVARIATES = (("covariates", "ln_assets roa ln_listed_years"), ("covariate_years", "1978 2014"))

EXHIBIT = Exhibit(
    title="DID on matched and balanced samples of firms: zone within the panel against none",
    title_zh="企业层面PSM-DID",
    columns=grid(**FIRM, **BY_CITY, estimator=MATCHED, options=COVARIATES),
    layout="list",
    figure=Figure(kind="balance", title="Balance before and after matching of firms"),
    notes=(
        "Score: Firth logit of a zone within the panel on the firm's means to 2014 of ln assets, "
        "return on assets and ln years since listing; a firm without a row to 2014 is left out. "
        "Nearest neighbour with replacement, caliper 0.25 standard deviations of the logit, ties "
        "by code. Kernel: Epanechnikov, bandwidth 0.06. The zone is dealt to cities: firms are "
        "matched, not cities.",
    ),
    notes_zh=(
        "倾向得分：以面板期内所在城市是否设区对企业2014年止总资产（对数）、总资产净利率与上市年限（对数）"
        "的均值作Firth logit；2014年止无观测的企业剔除。最近邻为有放回匹配，卡尺为logit的0.25个标准"
        "差，距离相同时按代码。核：Epanechnikov，带宽0.06。综试区分配给城市：匹配的是企业而非城市。",
    ),
)
