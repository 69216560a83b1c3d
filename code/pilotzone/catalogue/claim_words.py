"""Words of the claims board: verdicts, designs of the studies, claims."""

VERDICTS = {
    "holds": ("holds", "成立"),
    "fragile": ("fragile", "不稳健"),
    "does not hold": ("does not hold", "不成立"),
    "not identified here": ("not identified here", "此处不可识别"),
    "needs licensed data": ("needs licensed data", "需授权数据"),
    "theory, not judged": ("theory, not judged", "理论,不作判断"),
}

STUDY_DESIGNS = {
    "two-way panel, spatial, moderation": "双向固定效应、空间、调节",
    "two-way panel, mediation, spatial": "双向固定效应、中介、空间",
    "theory of the five development concepts": "五大发展理念的理论分析",
    "multi-period DID, network": "多期双重差分、网络",
    "multi-period DID": "多期双重差分",
    "multi-period DID, spillover": "多期双重差分、溢出",
}

# Claims of the reviewed studies as worded in studies.py.
CLAIMS = {
    "Cross-border e-commerce raises new quality productive forces of provinces": (
        "跨境电商提升省域新质生产力"
    ),
    "Digital finance strengthens the effect": "数字金融强化该效应",
    "Positive spatial spillover between provinces": "省际正向空间溢出",
    "It works through digital trade (here: trade over GDP)": (
        "通过数字贸易发挥作用（此处：进出口占GDP）"
    ),
    "It works through industrial upgrading": "通过产业升级发挥作用",
    "The effect differs between regions": "效应存在地区差异",
    "Spatial transmission between provinces": "省际空间传导",
    "Works on all five development concepts (theory)": "作用于五大发展理念（理论）",
    "Zones raise new quality productive forces of cities": "综试区提升城市新质生产力",
    "Through the conversion on technology markets (here: of provinces)": (
        "通过技术市场转化（此处：省级）"
    ),
    "Through the efficiency of factor combination": "通过要素组合效率",
    "The network of city cooperation improves": "改善城市合作网络",
    "Zones raise new quality productive forces of listed firms": "综试区提升上市企业新质生产力",
    "Through digital transformation and eased financing constraints": (
        "通过数字化转型与缓解融资约束"
    ),
    "Through technological breakthrough (green invention patents, science share)": (
        "通过技术突破（绿色发明专利、科学支出占比）"
    ),
    "Through industrial upgrading (tertiary over secondary value added)": (
        "通过产业升级（三产与二产增加值之比）"
    ),
    "Positive spillover to other cities": "对其他城市的正向溢出",
    "Through agglomeration": "通过集聚",
    "Through factor allocation (finance and foreign investment over GRP)": (
        "通过要素配置（金融与外资占地区生产总值）"
    ),
    "Through exports (here: trade over GDP of provinces)": "通过出口（此处：省级进出口占GDP）",
    "Stronger in cities that are not resource-based": "非资源型城市效应更强",
    "Stronger in inland cities": "内陆城市效应更强",
    "Through digital trade, financing, integration and absorption": (
        "通过数字贸易、融资、融合与吸收"
    ),
    "Stronger where marketisation is low, and inland": "市场化水平低的地区与内陆效应更强",
}
# The checks of a claim in the order in which they are told; a head of a column has more words.
CHECKS = {
    "wild_p": "wild",
    "randomisation_p": "paths",
    "lead_p": "leads",
    "interaction_p": "groups",
    "placebo_p": "matrix",
}
