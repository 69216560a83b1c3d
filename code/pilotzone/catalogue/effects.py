"""Sets of fixed effects: what a column holds constant."""

import dataclasses
import functools

from pilotzone.catalogue.names import known
from pilotzone.errors import UserError

Words = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class EffectSet:
    """Effects and what the set is called.

    Attributes
    ----------
    parts : tuple of str
        Each a column of the panel (``unit`` and ``period`` name its keys), a product of two
        (``a#period``), a unit's own trend (``unit#trend``), or an effect by period of what
        :data:`SLOPES` names. ``by`` stands for the groups of the option of this name.
    words : pair of str
    """

    parts: tuple[str, ...]
    words: Words

    @property
    def options(self) -> tuple[str, ...]:
        """Options of the estimator to which a part refers."""
        named = (piece for part in self.parts for piece in part.split("#"))
        return tuple(dict.fromkeys(piece for piece in named if piece in REFERENCES))


REFERENCES = ("by", "moderator")
# Variables with an effect of their own in each period, ``name#period``, by their value in the
# unit's first year: the option of this name, or the logs of these.
SLOPES: dict[str, tuple[str, ...]] = {
    "moderator": (),
    "size": ("population_10k", "gdp_per_capita"),
}
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
    "group_year": EffectSet(("unit", "by#period"), ("Group × year effects", "组别×年份效应")),
    "moderator_year": EffectSet(
        ("unit", "period", "moderator#period"), ("Moderator × year effects", "调节变量×年份效应")
    ),
    # Of a unit's parts, one of which the treatment affects.
    "triple": EffectSet(
        ("unit", "whole#period", "third#period"),
        (
            "Unit × group, unit × year and group × year effects",
            "个体×组别、个体×年份与组别×年份效应",
        ),
    ),
    "size_year": EffectSet(
        ("unit", "period", "size#period"), ("Size × year effects", "规模×年份效应")
    ),
}
JOINED = "+"


@functools.cache
def effect_set(name: str, where: str = "", allowed: tuple[str, ...] = tuple(EFFECTS)) -> EffectSet:
    """Return a set of effects by name, or several at once: ``unit_trends+moderator_year``.

    Parameters
    ----------
    name : str
    where : str, optional
        Begins every complaint.
    allowed : tuple of str, optional
        Sets that an estimator knows.

    Raises
    ------
    UserError
        If a set is not known, or stands twice.
    """
    pieces = str(name).split(JOINED)
    for piece in pieces:
        known("effects", piece, allowed, where)
        if pieces.count(piece) > 1:
            raise UserError(f"{where}effects '{name}': '{piece}' stands twice")
    sets = [EFFECTS[piece] for piece in pieces]
    parts = dict.fromkeys(part for one in sets for part in one.parts)
    english, chinese = zip(*(one.words for one in sets), strict=True)
    later = [words[0].lower() + words[1:] for words in english[1:]]
    return EffectSet(tuple(parts), (", ".join((english[0], *later)), "，".join(chinese)))
