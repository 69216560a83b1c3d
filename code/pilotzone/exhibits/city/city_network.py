"""The gravity network of cities: centralities, and pairs with one or both treated."""

from pilotzone.catalogue import Exhibit, Figure, grid

ZONE = {"treatment": "zone_city", "sample": "balanced"}
NODES = {**ZONE, "estimator": "centralities", "diagnostics": ("treatment_only",)}
PAIRS = {**ZONE, "estimator": "pairs", "outcome": "ln_mass"}

EXHIBIT = Exhibit(
    title="The gravity network of cities: centralities and links",
    title_zh="城市引力网络：中心度与城市联系",
    columns=(
        *grid(
            **NODES,
            outcome=("degree_centrality", "closeness_centrality", "betweenness_centrality"),
            controls=("none", "city"),
        ),
        *(
            column
            for variant, options, role in (
                ("gravity", (("of", "gravity"),), "baseline"),
                ("mass_sum", (("of", "mass_sum"),), "diagnostic"),
                ("frozen_masses", (("of", "frozen_masses"),), "diagnostic"),
                ("link", (("of", "link"),), "baseline"),
                ("gravity_in_time", (("of", "gravity"), ("in_time", 2013)), "placebo"),
                ("link_in_time", (("of", "link"), ("in_time", 2013)), "placebo"),
            )
            for column in grid(**PAIRS, variant=variant, options=options, role=role)
        ),
    ),
    layout="list",
    figure=Figure(kind="network", title="The gravity network of cities"),
    notes=(
        "Strength of a link: F = m_i m_j / d², m the root of population times GRP. ln F is the sum "
        "of two ln masses and a constant: with pair effects the estimate is an identity in GRP and "
        "population, as the line with the sum of masses shows to the last digit. With masses of "
        "2011-2014 nothing changes over time.",
        "A link: F above either city's mean over the other cities in 2011-2014. The threshold is "
        "fixed and GRP is nominal, so density rises by itself.",
    ),
    notes_zh=(
        "联系强度：F = m_i m_j / d²，m为人口与GRP乘积的平方根。ln F为两城市ln质量之和加常数："
        "含城市对固定效应时，估计值为GRP与人口的恒等式，质量之和一行与之逐位相同即表明此点。"
        "质量固定为2011-2014年时，没有随时间的变化。",
        "有联系：F高于两城市中任一方在2011-2014年与其他城市联系强度的均值。阈值固定而GRP为名义值，"
        "故网络密度自行上升。",
    ),
)
