"""Synthetic control of each treated unit, judged by moving its errors through time."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result, within
from pilotzone.engine.fits import COUNTED
from pilotzone.engine.synthetic import SMALLEST_WEIGHT
from pilotzone.errors import NotIdentified, Reason, UserError, encode
from pilotzone.methods.did.synthetic_control import (
    SyntheticControl,
    conformal_coverage,
    synthetic_control,
)
from pilotzone.methods.inference.paths import NEVER
from pilotzone.panels.store import Store

# Intervals are shown where they cover as often as this when untreated units play the treated one.
LEAST_COVERAGE = 0.9


def synthetic_controls(data: Design, store: Store) -> Result:
    """The mean gap of each treated unit of the named cohorts and its conformal p.

    Donors are never treated within the sample and are observed in all years of the unit. Each
    donor plays the treated unit once: a cohort whose 90 % interval covers the effect of none less
    often than that is not identified, and of its units only the fit before treatment is given. If
    that is all cohorts, neither is the column.

    Raises
    ------
    NotIdentified
        If no unit has a synthetic control that can be judged; the first reason.
    UserError
        If the option ``cohorts`` names a year in which no unit is first treated.
    """
    table = data.frame.pivot(
        index=data.panel.unit, columns=data.panel.period, values=data.spec.outcome
    )
    first = pd.Series(within(data.cohort, data.period), index=data.unit).groupby(level=0).first()
    donors = table[first.loc[table.index].to_numpy() == NEVER]
    units = _chosen(first, str(data.spec.option("cohorts")))
    demeaned = data.spec.option("demeaned") == "yes"
    made: dict[str, SyntheticControl] = {}
    lost: dict[str, Reason] = {}
    paths = []
    for unit in units:
        years, pool, post = _of_unit(table, donors, unit, int(first[unit]))
        try:
            one = synthetic_control(table.loc[unit, years], pool, post, demeaned=demeaned)
        except NotIdentified as finding:
            lost[unit] = finding.reason
            continue
        made[unit] = one
        paths.append(_path(unit, years, table.loc[unit, years].to_numpy(), one))
    if not made:
        raise NotIdentified("no_synthetic_control", units=len(lost), why=next(iter(lost.values())))
    covered = {
        g: conformal_coverage(*_placebos(table, donors, g), demeaned=demeaned)
        for g in sorted({int(first[unit]) for unit in made})
    }
    judged = {g: _judged(g, share) for g, share in covered.items()}
    shown = {unit: one for unit, one in made.items() if _is_covered(covered[int(first[unit])])}
    parts = {"units": _units(made, {**_withheld(made, shown, first, judged), **lost}, first)}
    if not shown:
        return Result(pd.DataFrame(), {"identified": "no", "reason": (*judged.values(),)}, parts)
    parts["gaps"] = pd.concat([path for path in paths if path["unit"].iloc[0] in shown])
    used = np.isin(data.unit, [*donors.index, *shown])
    counts = data.where(used).describe()
    even = tuple(unit for unit, one in shown.items() if one.is_exact)
    fields = {
        "inference": "conformal",
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + int((~used).sum()),
        "reference": (*judged.values(), *_without(lost), *_even(even)),
    }
    return Result(_terms(shown, covered), fields, parts)


def _chosen(first: pd.Series, declared: str) -> list[str]:
    """Return the treated units of the cohorts that an option names, all for ``all``."""
    treated = first[first != NEVER]
    if declared == "all":
        return sorted(treated.index, key=lambda unit: (treated[unit], unit))
    try:
        cohorts = [int(year) for year in declared.split()]
    except ValueError:
        cohorts = []
    missing = [year for year in cohorts if not (treated == year).any()]
    if not cohorts or missing:
        known = ", ".join(map(str, sorted(treated.unique())))
        raise UserError(f"option 'cohorts' is '{declared}'; give years among {known}, or 'all'")
    kept = treated[treated.isin(cohorts)]
    return sorted(kept.index, key=lambda unit: (kept[unit], unit))


def _of_unit(
    table: pd.DataFrame, donors: pd.DataFrame, unit: str, cohort: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the years of a unit, the donors that have them all, and which are after treatment."""
    years = table.columns[table.loc[unit].notna()].to_numpy()
    return years, donors[years].dropna().to_numpy(), years >= cohort


def _placebos(
    table: pd.DataFrame, donors: pd.DataFrame, cohort: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the donors that are observed in all years, and the years after treatment."""
    return donors.dropna().to_numpy(), table.columns.to_numpy() >= cohort


def _terms(made: dict[str, SyntheticControl], covered: dict[int, float]) -> pd.DataFrame:
    """Return a row per unit, its pre-fit, and the coverage that was measured for each cohort."""
    rows = pd.DataFrame(
        {
            "term": [f"unit:{unit}" for unit in made],
            "estimate": [one.estimate for one in made.values()],
            "distribution": "permutation",
            "df": "",
            "p_value": [one.p_value for one in made.values()],
            # The blocks beside the observed order, which p counts as well.
            "draws": [len(one.gap) - 1 for one in made.values()],
        }
    )
    values = {f"prefit:unit:{unit}": one.pre_rmse for unit, one in made.items()}
    values |= {f"coverage:{g}": share for g, share in covered.items()}
    beside = estimates.value_rows(list(values), list(values.values()))
    return pd.concat([rows, beside], ignore_index=True)


def _is_covered(share: float) -> bool:
    return share >= LEAST_COVERAGE


def _judged(cohort: int, share: float) -> Reason:
    """Return how the intervals of a cohort cover, and with it whether its units are shown."""
    facts = {"cohort": cohort, "share": 100 * share, "least": 100 * LEAST_COVERAGE}
    return Reason("conformal_covers" if _is_covered(share) else "conformal_misses", facts)


def _withheld(
    made: Iterable[str], shown: Iterable[str], first: pd.Series, judged: dict[int, Reason]
) -> dict[str, Reason]:
    """Return the units that have a control and are not shown, with what is said of their cohort."""
    return {unit: judged[int(first[unit])] for unit in made if unit not in shown}


def _without(lost: dict[str, Reason]) -> tuple[Reason, ...]:
    """Return who has no synthetic control, and why."""
    return tuple(
        Reason("unit_without_control", {"units": unit, "why": why}) for unit, why in lost.items()
    )


def _even(units: tuple[str, ...]) -> tuple[Reason, ...]:
    """Return which units the donors reproduce before treatment."""
    return (Reason("synthetic_not_unique", {"units": units}),) if units else ()


def _units(
    made: dict[str, SyntheticControl], unshown: dict[str, Reason], first: pd.Series
) -> pd.DataFrame:
    """Return the pre-fit of each unit and its donors, and of those that are shown the effect."""
    rows = []
    for unit, one in made.items():
        row = {
            "unit": unit,
            "cohort": first[unit],
            "pre_rmse": one.pre_rmse,
            "pre_ratio": one.pre_rmse / one.spread,
            "donors": one.n_donors,
            "weighted": int((one.weights > SMALLEST_WEIGHT).sum()),
            "before": one.n_before,
            "after": one.n_after,
        }
        if unit not in unshown:
            low, high = np.where(np.isfinite(one.interval), one.interval, np.nan)
            ends = {"ci90_low": low, "ci90_high": high}
            row |= {"estimate": one.estimate, "p_value": one.p_value, **ends}
        rows.append(row)
    rows += [{"unit": u, "cohort": first[u]} for u in unshown if u not in made]
    for row in rows:
        why = unshown.get(row["unit"])
        row |= {"identified": "no" if why else "yes", "reason": encode((why,)) if why else ""}
    return pd.DataFrame(rows)


def _path(unit: str, years: np.ndarray, own: np.ndarray, one: SyntheticControl) -> pd.DataFrame:
    """Return the path of a unit and of its synthetic control."""
    values = {"observed": own, "synthetic": own - one.gap, "gap": one.gap}
    return pd.DataFrame({"unit": unit, "year": years, **values})
