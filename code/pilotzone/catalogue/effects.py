"""Sets of fixed effects: what a column holds constant."""

import dataclasses

Words = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class EffectSet:
    """Effects and what the set is called.

    Attributes
    ----------
    parts : tuple of str
        Each a column of the panel (``unit`` and ``period`` name its keys), a product of two
        (``a#period``), or a unit's own trend (``unit#trend``).
    words : pair of str
    """

    parts: tuple[str, ...]
    words: Words


EFFECTS: dict[str, EffectSet] = {
    "none": EffectSet((), ("No effects", "无固定效应")),
    "unit": EffectSet(("unit",), ("Unit effects", "个体固定效应")),
    "period": EffectSet(("period",), ("Year effects", "年份固定效应")),
    "two_way": EffectSet(("unit", "period"), ("Unit and year effects", "双向固定效应")),
    "unit_trends": EffectSet(("unit", "period", "unit#trend"), ("Unit trends", "个体时间趋势")),
    "region_year": EffectSet(
        ("unit", "region3#period"), ("Region × year effects", "地区×年份效应")
    ),
    "province_year": EffectSet(
        ("unit", "province_code#period"), ("Province × year effects", "省份×年份效应")
    ),
    "industry_year": EffectSet(
        ("unit", "industry#period"), ("Industry × year effects", "行业×年份效应")
    ),
}
