"""Coupling coordination degrees: index and e-commerce, its elements, three further systems."""

from pilotzone.catalogue import Description, Exhibit, Figure

EXHIBIT = Exhibit(
    title="Coupling coordination degree by province",
    title_zh="各省耦合协调度",
    describe=Description(kind="coupling", sample="main"),
    figure=Figure(
        kind="coupling_map",
        title="Coupling coordination degree",
        choices=(
            ("systems", "index_ecommerce elements technology_organisation_institution"),
            ("years", "2013 2022"),
        ),
    ),
    notes=(
        "Index and e-commerce: the index without e-commerce and the proxy of cross-border "
        "e-commerce, which adds trade to e-commerce turnover and shares no indicator with that "
        "index; plain e-commerce sales would say nothing about borders. Elements of the index: the "
        "indicators of each with the weights of the index made to sum to one. Technology, "
        "organisation, institution: equal weights, since entropy weights would give most of "
        "institution to the free-trade zones; several of its indicators are in the index too.",
        "Every level is put on 0 to 1 by its range over all provinces and years before it is "
        "coupled. The province and year with the lowest level of a system has D = 0 for that "
        "reason alone.",
        "D² is the geometric mean of the levels, since C is the geometric over the arithmetic mean "
        "and T the arithmetic one. D is a transform of levels: it is high wherever all levels are "
        "and is no evidence that one system moves the other. The classes are tenths of a scale "
        "that depends on standardisation and on the formula of C, and so are counts by class.",
    ),
    notes_zh=(
        "指数与跨境电商：不含电子商务的指数与跨境电商代理变量，后者在电子商务交易额之外加入进出口，与该指数没有共同指标；"
        "单用电子商务销售额则与跨境无关。指数三要素：各要素的指标，采用指数权重并归一。技术、组织、制度：等权重，"
        "因熵权会把制度的大部分权重给予自由贸易试验区；其中若干指标也在指数之内。",
        "各水平在耦合前按全部省份与年份的极差标准化到0至1。某系统水平最低的省份与年份仅因此而有D=0。",
        "C为几何均值与算术均值之比，T为算术均值，故D²即各水平的几何均值。D是水平的变换：凡各水平均高之处D即高，"
        "不能证明一个系统带动另一个系统。等级是依赖标准化与C的写法的尺度上的十分位，各等级的省份数亦然。",
    ),
)
