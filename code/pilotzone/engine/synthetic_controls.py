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
    donor plays the treated unit once; the interval of constant effects stands in the part
    ``units`` only if the effect of none is covered often enough so.

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
    used = np.isin(data.unit, [*donors.index, *made])
    counts = data.where(used).describe()
    even = tuple(unit for unit, one in made.items() if one.is_exact)
    fields = {
        "inference": "conformal",
        **{name: counts[name] for name in COUNTED},
        "n_dropped": data.n_dropped + int((~used).sum()),
        "reference": (*_said(covered, lost), *_even(even)),
    }
    parts = {"units": _units(made, lost, first, covered), "gaps": pd.concat(paths)}
    return Result(_terms(made, covered), fields, parts)


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


def _said(covered: dict[int, float], lost: dict[str, Reason]) -> Iterable[Reason]:
    """Give what a note says: how intervals cover, and who has no synthetic control."""
    for cohort, share in covered.items():
        facts = {"cohort": cohort, "share": 100 * share, "least": 100 * LEAST_COVERAGE}
        yield Reason("conformal_covers" if share >= LEAST_COVERAGE else "conformal_misses", facts)
    for unit, reason in lost.items():
        yield Reason("unit_without_control", {"units": unit, "why": reason})


def _even(units: tuple[str, ...]) -> tuple[Reason, ...]:
    """Return which units the donors reproduce before treatment."""
    return (Reason("synthetic_not_unique", {"units": units}),) if units else ()


def _units(
    made: dict[str, SyntheticControl],
    lost: dict[str, Reason],
    first: pd.Series,
    covered: dict[int, float],
) -> pd.DataFrame:
    """Return the pre-fit of each unit, how many donors have weight, and the interval if shown."""
    rows = []
    for unit, one in made.items():
        shown = covered[int(first[unit])] >= LEAST_COVERAGE
        low, high = np.where(np.isfinite(one.interval) & shown, one.interval, np.nan)
        rows.append(
            {
                "unit": unit,
                "cohort": first[unit],
                "estimate": one.estimate,
                "p_value": one.p_value,
                "pre_rmse": one.pre_rmse,
                "pre_ratio": one.pre_rmse / one.spread,
                "donors": one.n_donors,
                "weighted": int((one.weights > SMALLEST_WEIGHT).sum()),
                "before": one.n_before,
                "after": one.n_after,
                "ci90_low": low,
                "ci90_high": high,
                "identified": "yes",
                "reason": "",
            }
        )
    for unit, reason in lost.items():
        no = {"identified": "no", "reason": encode((reason,))}
        rows.append({"unit": unit, "cohort": first[unit], **no})
    return pd.DataFrame(rows)


def _path(unit: str, years: np.ndarray, own: np.ndarray, one: SyntheticControl) -> pd.DataFrame:
    """Return the path of a unit and of its synthetic control."""
    values = {"observed": own, "synthetic": own - one.gap, "gap": one.gap}
    return pd.DataFrame({"unit": unit, "year": years, **values})
