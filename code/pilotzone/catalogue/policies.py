"""Dated policies: what each is called, and the codings that its roster offers.

A roster is a table of units with their dates. Where the literature codes a policy in more than one
way, the roster has a column ``coding_<name>`` for each; the first is the main one.
"""

import dataclasses
from collections.abc import Mapping

Words = tuple[str, str]
# The only coding of a roster without columns of codings.
MAIN = "main"
CODING = "coding_"


@dataclasses.dataclass(frozen=True)
class Policy:
    """What a policy is called, and each of its codings; the first is the main one."""

    words: Words
    codings: Mapping[str, Words] = dataclasses.field(
        default_factory=lambda: {MAIN: ("as listed", "按名单")}
    )


_WHOLE = ("whole units", "仅整市")
ROSTERS: Mapping[str, Policy] = {
    "pilot_zones": Policy(
        ("cross-border e-commerce pilot zones", "跨境电商综试区"),
        {"first_zone": ("first zone", "首个综试区"), "whole_units": _WHOLE},
    ),
    "big_data_zones": Policy(
        ("big-data zones", "大数据试验区"),
        {
            "reply": ("Guizhou from the reply, 2016", "贵州自2016年批复起"),
            "construction": ("Guizhou from construction, 2015", "贵州自2015年建设起"),
        },
    ),
    "broadband_china": Policy(
        ("Broadband China", "宽带中国"),
        {"first_entry": ("first entry", "首次入选"), "whole_units": _WHOLE},
    ),
    "digital_economy_zones": Policy(("digital-economy zones", "数字经济试验区")),
    "free_trade_zones": Policy(("free-trade zones", "自贸区")),
    "low_carbon": Policy(
        ("low-carbon pilots", "低碳试点"),
        {
            "province_first": ("province first", "省先"),
            "city_first": ("city first", "市先"),
            "with_memory": ("with five unconfirmed rows", "含五行未证实"),
        },
    ),
    "service_pilots": Policy(("service pilots of e-commerce", "跨境电商服务试点")),
}
# Those that stand as controls beside the pilot zones, and the four of them that the column with
# several has held since it was first printed.
CONFOUNDING = (
    *("big_data_zones", "broadband_china", "digital_economy_zones"),
    *("free_trade_zones", "low_carbon"),
)
FOUR = CONFOUNDING[:4]


def policy_id(name: str, coding: str = "") -> str:
    """Return the column name of a policy; the main coding has no suffix."""
    known = ROSTERS[name].codings if name in ROSTERS else {}
    main = not coding or coding == next(iter(known), MAIN)
    return f"policy_{name}" if main else f"policy_{name}_{coding}"
