"""Sets of control variables."""

import dataclasses

from pilotzone.catalogue.names import known
from pilotzone.catalogue.policies import CONFOUNDING, FOUR, ROSTERS, policy_id
from pilotzone.errors import UserError

Words = tuple[str, str]
# A set by name, or inline: names of variables and of sets, in order.
Controls = str | tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class ControlSet:
    """Names of variables in the order of a table, and what the set is called."""

    variables: tuple[str, ...]
    words: Words


_BASELINE = (
    *("secondary_share", "openness", "fiscal_share"),
    *("urbanisation", "finance", "ln_population_density"),
)
_CITY = ("finance", "fiscal_share", "fdi_share", "urbanisation", "ln_population_density")
# Liabilities over assets are one minus an indicator of the index, and no control.
_GOVERNANCE = ("largest_holder_share", "ln_board_size")
_FIRM = ("ln_assets", "roa", "cash_flow_share", "ln_listed_years", *_GOVERNANCE)
POLICIES: dict[str, Words] = {policy_id(name): ROSTERS[name].words for name in CONFOUNDING}


def _without(name: str, words: Words, of: tuple[str, ...] = _BASELINE) -> ControlSet:
    return ControlSet(tuple(control for control in of if control != name), words)


def _with_policies(prefix: str, base: tuple[str, ...], words: Words) -> dict[str, ControlSet]:
    """Return a set with each of the confounding policies, and one with the first four of them."""
    sets = {
        f"{prefix}with_{policy.removeprefix('policy_')}": ControlSet(
            (*base, policy), (f"{words[0]} and {en}", f"{words[1]}+{zh}")
        )
        for policy, (en, zh) in POLICIES.items()
    }
    every = (f"{words[0]} and four policies", f"{words[1]}+四项政策")
    four = map(policy_id, FOUR)
    return {**sets, f"{prefix}with_all_policies": ControlSet((*base, *four), every)}


CONTROLS: dict[str, ControlSet] = {
    "none": ControlSet((), ("None", "无")),
    "baseline": ControlSet(_BASELINE, ("Baseline", "基准")),
    "city": ControlSet(_CITY, ("City", "城市控制变量")),
    "firm": ControlSet(_FIRM, ("Firm", "企业控制变量")),
    # Size, age and cash flow make up the indices of financing constraints.
    "firm_without_financing": ControlSet(
        _GOVERNANCE, ("Firm without size, age, cash flow", "企业控制变量(仅治理)")
    ),
    # A variable that is the outcome, a mechanism or part of the treatment leaves the controls.
    "without_openness": _without("openness", ("Baseline without trade", "基准(剔除开放度)")),
    "without_urbanisation": _without(
        "urbanisation", ("Baseline without urbanisation", "基准(剔除城镇化)")
    ),
    "without_secondary_share": _without(
        "secondary_share", ("Baseline without secondary share", "基准(剔除二产占比)")
    ),
    # Deposits of 2024 are not printed, and trade of 2024 in CNY alone.
    "baseline_2024": ControlSet(
        (
            "secondary_share",
            "openness_2024",
            "fiscal_share",
            "urbanisation",
            "ln_population_density",
        ),
        ("Baseline without finance", "基准(剔除金融)"),
    ),
    **_with_policies("", _BASELINE, ("Baseline", "基准")),
    "city_without_finance": _without(
        "finance", ("City without finance", "城市控制变量(剔除金融)"), _CITY
    ),
    "city_without_fdi_share": _without(
        "fdi_share", ("City without FDI", "城市控制变量(剔除外资)"), _CITY
    ),
    "city_without_density": _without(
        "ln_population_density", ("City without density", "城市控制变量(剔除人口密度)"), _CITY
    ),
    **_with_policies("city_", _CITY, ("City", "城市控制变量")),
}


def variables(controls: Controls) -> tuple[str, ...]:
    """Return the variables of a set, or of an inline list of variables and sets.

    Raises
    ------
    UserError
        If no set has the name, or a variable stands twice.
    """
    if isinstance(controls, str):
        known("controls", controls, CONTROLS)
        return CONTROLS[controls].variables
    if not isinstance(controls, tuple) or not all(isinstance(name, str) for name in controls):
        raise UserError(f"controls {controls!r}: give the name of a set, or a tuple of names")
    listed = [v for name in controls for v in (variables(name) if name in CONTROLS else (name,))]
    repeated = sorted({name for name in listed if listed.count(name) > 1})
    if repeated:
        raise UserError(f"controls {'+'.join(controls)}: '{repeated[0]}' stands twice")
    return tuple(listed)


def controls_id(controls: Controls) -> str:
    """Return the name of a set in files and ids of columns; an inline list is joined by '+'."""
    return controls if isinstance(controls, str) else "+".join(controls) or "none"
