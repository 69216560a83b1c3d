"""Who and how much: groups, moderators, doses, mechanisms, leaving units out."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
from scipy import special

from pilotzone import estimates
from pilotzone.catalogue.spec import SAMPLES
from pilotzone.engine import inference
from pilotzone.engine.design import Design, Result
from pilotzone.engine.regression import COUNTED, estimate_rows, fit, model_fields
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.mediation import mediation
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.bands import joint_wald
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.panels.store import Store

# Names of the groups of a column of 0 and 1, without and with; ``""`` holds for any other panel.
BINARY = {
    "": {
        "coastal": ("inland", "coastal"),
        "coastal_city": ("inland_city", "coastal_city"),
        "municipality": ("province", "municipality"),
        "resource_based": ("not_resource_based", "resource_based"),
        "state_owned": ("not_state_owned", "state_owned"),
    },
    "city": {"municipality": ("city", "municipality")},
}


def _fit(data: Design, columns: np.ndarray, names: tuple[str, ...]) -> LinearFit:
    return twfe(
        data.y,
        columns,
        names,
        data.controls,
        data.control_names,
        data.unit,
        data.period,
        extra_factors=data.extra_factors,
        slopes=data.slopes,
        unit_effects="unit" in data.effects,
        period_effects="period" in data.effects,
        cluster=data.cluster,
    )


def with_values(data: Design, name: str, *, every_year: bool) -> Design:
    """Return the rows that can use a further variable, the others counted as dropped.

    Parameters
    ----------
    data : Design
    name : str
        A column of the panel.
    every_year : bool
        Whether a row needs the value of its own year, or its unit one of any year.

    Raises
    ------
    UserError
        If the panel has no such column, or the sample refuses missing cells.
    """
    if name not in data.frame:
        raise UserError(f"the {data.panel.id} panel has no column '{name}'")
    has = data.frame[name].notna()
    by_unit = has.groupby(data.unit)
    incomplete = SAMPLES[data.spec.sample].incomplete
    if not every_year:
        has = by_unit.transform("any")
    elif incomplete == "drop_units":
        has = by_unit.transform("all")
    if has.all():
        return data
    lost = int((~has).sum())
    if incomplete == "refuse":
        row = data.frame[~has].iloc[0]
        raise UserError(
            f"'{name}' is missing for {row[data.panel.unit]} {row[data.panel.period]} and "
            f"{lost - 1} further rows of sample '{data.spec.sample}'; choose another one"
        )
    return dataclasses.replace(data.where(has.to_numpy()), n_dropped=data.n_dropped + lost)


def first_value(data: Design, name: str) -> np.ndarray:
    """Return each row's unit's value of a column in the first period in which it has one, (N,).

    Raises
    ------
    UserError
        If the panel has no such column, or a unit has no value in any period.
    """
    return _first_values(data, name).loc[data.unit].to_numpy()


def _first_values(data: Design, name: str) -> pd.Series:
    """Return the first value of each unit."""
    if name not in data.frame:
        raise UserError(f"the {data.panel.id} panel has no column '{name}'")
    first = data.frame.sort_values(data.panel.period).groupby(data.panel.unit)[name].first()
    lacking = first.index[first.isna()]
    if len(lacking):
        raise UserError(
            f"'{name}' is missing for {len(lacking)} of {len(first)} units in all years, the first "
            f"is {lacking[0]}; choose another variable or a sample without them"
        )
    return first


def groups(data: Design) -> np.ndarray:
    """Return the group of each row: a column's text, its two names, or a split at the median."""
    name = str(data.spec.option("by"))
    by_unit = _first_values(data, name)
    values = by_unit.loc[data.unit].to_numpy()
    names = (BINARY[""] | BINARY.get(data.panel.id, {})).get(name)
    if names is not None:
        strange = sorted(set(values) - {0, 1})
        if strange:
            raise UserError(f"'{name}' should be 0 or 1; it is {strange[0]} for some unit")
        return np.array(names)[values.astype(int)]
    if not pd.api.types.is_numeric_dtype(by_unit):
        return values.astype(str)
    return np.where(values > by_unit.median(), f"high_{name}", f"low_{name}")


def group_columns(data: Design) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return the treatment times each group's dummy, and the names of these terms."""
    group = groups(data)
    levels = sorted(set(group))
    names = tuple(f"{data.spec.treatment}#{level}" for level in levels)
    return [data.treatment * (group == level) for level in levels], names


def with_groups(data: Design) -> Design:
    """Return the rows whose unit has a group.

    Raises
    ------
    NotIdentified
        If there is one group only, or one without a treated unit.
    """
    data = with_values(data, str(data.spec.option("by")), every_year=False)
    columns, names = group_columns(data)
    if len(names) == 1:
        raise NotIdentified(f"all units are in group {names[0].partition('#')[2]}")
    for column, name in zip(columns, names, strict=True):
        if not column.any():
            raise NotIdentified(f"no unit is treated in group {name.partition('#')[2]}")
    return data


def heterogeneity(data: Design, store: Store) -> Result:
    """One effect per group and a test that they are equal."""
    data = with_groups(data)
    columns, names = group_columns(data)
    result = _fit(data, np.column_stack(columns), names)
    q = len(names)
    contrast = np.eye(q)[1:] - np.eye(q)[0]
    test = joint_wald(
        contrast @ result.coefficients[:q],
        contrast @ result.covariance[:q, :q] @ contrast.T,
        result.n_clusters,
    )
    equal = estimates.statistic_row(
        "test:equality", test.statistic, "F", test.p_value, (test.df1, test.df2)
    )
    terms = pd.concat([estimate_rows(result).iloc[:q], equal], ignore_index=True)
    return Result(terms, model_fields(result, data))


MARGINAL_POINTS = 41


def moderation(data: Design, store: Store) -> Result:
    """Treatment times a moderator with mean 0 and standard deviation 1 over the sample.

    ``timing`` says whether the moderator is that of the first year, constant within units, or that
    of the year, which then enters on its own as well.
    """
    name, timing = str(data.spec.option("moderator")), str(data.spec.option("timing"))
    data = with_values(data, name, every_year=timing == "contemporaneous")
    columns, names, z = moderator_columns(data)
    result = _fit(data, np.column_stack(columns), names)
    terms = estimate_rows(result).iloc[: len(names)]
    return Result(terms, model_fields(result, data), {"marginal": _marginal(result, z)})


def moderator_columns(
    data: Design,
) -> tuple[list[np.ndarray], tuple[str, ...], np.ndarray]:
    """Return treatment, its product with the moderator (and the moderator), names, moderator."""
    name, timing = str(data.spec.option("moderator")), str(data.spec.option("timing"))
    now = timing == "contemporaneous"
    raw = data.frame[name].to_numpy(dtype=float) if now else first_value(data, name).astype(float)
    z = (raw - raw.mean()) / raw.std()
    treatment = data.spec.treatment
    names = (treatment, f"{treatment}#{name}", *((name,) if now else ()))
    return [data.treatment, data.treatment * z, *((z,) if now else ())], names, z


def _marginal(result: LinearFit, z: np.ndarray) -> pd.DataFrame:
    """Return the effect β + δz over the range of the moderator with its interval."""
    grid = np.linspace(z.min(), z.max(), MARGINAL_POINTS)
    along = np.column_stack([np.ones_like(grid), grid])
    value = along @ result.coefficients[:2]
    error = np.sqrt(np.einsum("ij,jk,ik->i", along, result.covariance[:2, :2], along))
    reach = special.stdtrit(result.df, 0.5 + estimates.LEVEL / 2) * error
    return pd.DataFrame(
        {"moderator": grid, "estimate": value, "ci_low": value - reach, "ci_high": value + reach}
    )


EDGES = (0.0, 0.25, 0.75, 1.0)


def dose_bins(data: Design, store: Store) -> Result:
    """A dummy for each bin of the dose; no dose is the reference."""
    d = data.treatment
    if d.min() < 0 or d.max() > 1 + 1e-12:
        raise UserError(f"dose bins need a share; '{data.spec.treatment}' leaves [0, 1]")
    pairs = list(itertools.pairwise(EDGES))
    names = tuple(f"bin:{low:g}-{high:g}" for low, high in pairs)
    columns = np.column_stack([(d > low) & (d <= high + 1e-12) for low, high in pairs])
    empty = [name for name, column in zip(names, columns.T, strict=True) if not column.any()]
    if empty:
        raise NotIdentified(f"no row has a dose in {empty[0]}")
    result = _fit(data, columns.astype(float), names)
    return Result(estimate_rows(result).iloc[: len(names)], model_fields(result, data))


def three_steps(data: Design, store: Store) -> Result:
    """The literature's mediation: total, first, second, direct, and the indirect effect."""
    name, spec = str(data.spec.option("mediator")), data.spec.inference
    if data.spec.effects != "two_way":
        raise UserError(f"mediation has two-way effects, not '{data.spec.effects}'")
    data = inference.without_singletons(with_values(data, name, every_year=True))
    made = mediation(
        data.y,
        data.frame[name].to_numpy(dtype=float),
        data.treatment,
        data.controls if data.control_names else None,
        data.unit,
        data.period,
        cluster=data.cluster,
        draws=spec.draws,
        rng=np.random.default_rng(spec.seed),
    )
    low, high = made.interval()
    steps = estimates.value_rows(
        ["step:total", "step:first", "step:second", "step:direct"],
        [made.total, made.first, made.second, made.direct],
    )
    error = made.draws.std(ddof=1)
    below = (1 + min((made.draws <= 0).sum(), (made.draws >= 0).sum())) / (1 + len(made.draws))
    indirect = pd.DataFrame(
        {
            "term": [f"indirect:{name}"],
            "estimate": made.indirect,
            "std_error": error,
            "distribution": "bootstrap",
            "df": "",
            "p_value": min(1.0, 2 * below),
            "ci_low": low,
            "ci_high": high,
            "draws": len(made.draws),
        }
    )
    made_by = "bootstrap" if spec.cluster == "unit" else "bootstrap_clusters"
    fields = {
        "inference": f"{made_by}:{spec.cluster}",
        "n_clusters": len(np.unique(data.cluster)),
        **{field: data.describe()[field] for field in (*COUNTED, "n_dropped")},
    }
    return Result(pd.concat([steps, indirect], ignore_index=True), fields)


def leave_one_out(data: Design, store: Store) -> Result:
    """The column again without each unit in turn."""
    result = fit(data)
    whole = estimate_rows(result).iloc[:1]
    rows = []
    for unit in np.unique(data.unit):
        without = estimate_rows(fit(data.where(data.unit != unit))).iloc[0]
        rows.append({"left_out": unit, **without[list(LEFT_OUT)].to_dict()})
    table = pd.DataFrame(rows)
    kept = float((np.sign(table["estimate"]) == np.sign(whole["estimate"].iloc[0])).mean())
    values = estimates.value_rows(
        ["left_out:lowest", "left_out:highest", "left_out:share_same_sign"],
        [table["estimate"].min(), table["estimate"].max(), kept],
    )
    terms = pd.concat([whole, values], ignore_index=True)
    return Result(terms, model_fields(result, data), {"left_out": table})


LEFT_OUT = ("estimate", "std_error", "p_value", "ci_low", "ci_high")
