"""How the index is spread over provinces, and how it goes together with other systems."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.formula import parse
from pilotzone.catalogue.indicators import NQP, TOI, System
from pilotzone.catalogue.spec import CONTROLS, SAMPLES
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.disparity import convergence, coupling, inequality, kernel, markov
from pilotzone.methods.index.formula import evaluate
from pilotzone.methods.index.weighting import METHODS, Cells, standardise
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.methods.space.effects import effects as spatial_effects
from pilotzone.methods.space.panel_ml import SpatialFit
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Store

Parts = dict[str, pd.DataFrame]
SAMPLE = "main"
VARIANTS = ("nqp", "nqp_no_ecommerce", "nqp_by_year")
REGION = "region3"
MATRIX = "contiguity"
N_CLASSES = 4
SEED, DRAWS = 19970822, 9999
# Transitions that start before this year are the first half of the period, the others the second.
SECOND_HALF = 2018
ALL = "all"


def _rows(store: Store) -> pd.DataFrame:
    """Return the rows of the sample, sorted by unit and year."""
    panel = store.panel("province")
    inside = member_rows(SAMPLES[SAMPLE], panel.frame, panel.unit, panel.period)
    return panel.frame[inside].reset_index(drop=True)


def _wide(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a column by year and province; a missing cell is refused."""
    table = rows.pivot(index="year", columns="province_code", values=name)
    if table.isna().any(axis=None):
        lacking = table.isna()
        year = lacking.any(axis=1).idxmax()
        code = lacking.loc[year].idxmax()
        raise UserError(f"province_panel.csv: '{name}' is missing for {code} {year}")
    return table


# --------------------------------------------------------------------------------------
# Inequality
# --------------------------------------------------------------------------------------


def gini(store: Store) -> Parts:
    """Dagum's Gini and Theil's T by year, within and between regions, with every contribution."""
    rows = _rows(store)
    region = rows.groupby("province_code")[REGION].first()
    sums, contributions = [], []
    for variant in VARIANTS:
        table = _wide(rows, variant)
        groups = region.loc[table.columns].to_numpy(dtype=str)
        for year, values in zip(table.index, table.to_numpy(), strict=True):
            where = {"variant": variant, "year": year}
            of_dagum = inequality.dagum(values, groups)
            of_theil = inequality.theil(values, groups)
            sums += [{**where, **row} for row in _sums("dagum", of_dagum)]
            sums += [{**where, **row} for row in _sums("theil", of_theil)]
            contributions += [{**where, **row} for row in _of_pairs(of_dagum)]
            contributions += [{**where, **row} for row in _of_groups(of_theil)]
    return {"": pd.DataFrame(sums), "contributions": pd.DataFrame(contributions)}


def _sums(
    measure: str, made: inequality.DagumDecomposition | inequality.TheilDecomposition
) -> list[dict[str, object]]:
    parts = {"total": made.total, **made.parts}
    return [
        {"measure": measure, "part": part, "value": value, "share": value / made.total}
        for part, value in parts.items()
    ]


def _of_pairs(made: inequality.DagumDecomposition) -> list[dict[str, object]]:
    """Return the Gini coefficient and the contributions of every region and pair of regions."""
    rows = []
    for j, group in enumerate(made.groups):
        for h in range(j, len(made.groups)):
            row = {"measure": "dagum", "group": group, "other": made.groups[h]}
            own = {"within": made.within[j]}
            pair = {"between": made.between[j, h], "transvariation": made.transvariation[j, h]}
            contributed = own if h == j else pair
            share = sum(contributed.values()) / made.total
            rows.append({**row, "value": made.pairs[j, h], **contributed, "share": share})
    return rows


def _of_groups(made: inequality.TheilDecomposition) -> list[dict[str, object]]:
    return [
        {
            "measure": "theil",
            "group": group,
            "other": group,
            "value": made.of_groups[j],
            "within": made.within[j],
            "between": made.between[j],
            "share": (made.within[j] + made.between[j]) / made.total,
        }
        for j, group in enumerate(made.groups)
    ]


# --------------------------------------------------------------------------------------
# Convergence
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Regression:
    """A regression of growth on the initial level; ``model`` ols, sar or sdm."""

    id: str
    model: str
    effects: str
    controls: str = "none"
    averaged: bool = False


REGRESSIONS = (
    Regression("cross_section", "ols", "none", averaged=True),
    Regression("pooled", "ols", "none"),
    Regression("period", "ols", "period"),
    Regression("period_controls", "ols", "period", "baseline"),
    Regression("sar_period", "sar", "period"),
    Regression("sdm_period", "sdm", "period"),
    Regression("two_way", "ols", "two_way"),
    Regression("two_way_controls", "ols", "two_way", "baseline"),
    Regression("sar_two_way_controls", "sar", "two_way", "baseline"),
    Regression("sdm_two_way_controls", "sdm", "two_way", "baseline"),
)
# The regression that the test against no convergence at all belongs to.
TESTED = "two_way"


def convergence_tables(store: Store) -> Parts:
    """Sigma convergence by year; beta convergence by regression, with speed and half-life."""
    rows, weights = _rows(store), store.weights(MATRIX)
    spread, terms, fits = [], [], []
    for variant in VARIANTS:
        table = _wide(rows, variant)
        spread.append(_spread(table).assign(variant=variant))
        for one in REGRESSIONS:
            made, fields = _regression(one, table, rows, weights)
            terms.append(made.assign(variant=variant, model=one.id))
            fits.append({"variant": variant, "model": one.id, **fields})
    return {
        "": pd.concat(spread, ignore_index=True),
        "beta": pd.concat(terms, ignore_index=True),
        "fits": pd.DataFrame(fits),
    }


def _spread(table: pd.DataFrame) -> pd.DataFrame:
    made = convergence.sigma_convergence(table.to_numpy())
    by_year = pd.DataFrame(
        {
            **dataclasses.asdict(made),
            "min": table.min(axis=1).to_numpy(),
            "max": table.max(axis=1).to_numpy(),
        },
        index=table.index,
    )
    return by_year.reset_index().melt(id_vars="year", var_name="statistic")


def _regression(
    one: Regression, table: pd.DataFrame, rows: pd.DataFrame, weights: SpatialWeights
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return the estimate rows of a regression and what it was estimated with."""
    y, names = table.to_numpy(), CONTROLS[one.controls]
    x = np.stack([_wide(rows, name).to_numpy() for name in names]) if names else None
    fields = {"effects": one.effects, "controls": one.controls}
    if one.model != "ols":
        units = list(table.columns)
        fit = convergence.spatial_panel(
            y, units, weights, x, names, model=one.model, effects=one.effects
        )
        return _spatial_rows(fit, weights), {**fields, **_spatial_fields(fit)}
    if one.averaged:
        fit, steps = convergence.cross_section(y), len(y) - 1
    else:
        fit, steps = convergence.panel(y, x, names, effects=one.effects), 1
    made = _linear_rows(fit, steps)
    if one.id == TESTED:
        made = [*made, *_no_convergence(y)]
    return pd.concat(made, ignore_index=True), {**fields, **_linear_fields(fit, y.shape[1])}


def _linear_rows(fit: LinearFit, steps: int) -> list[pd.DataFrame]:
    inference = {"distribution": "t", "df": fit.df}
    coefficients = estimates.rows(fit.names, fit.coefficients, fit.std_errors, **inference)
    return [coefficients, *_speed_rows(fit, steps, **inference)]


def _spatial_rows(fit: SpatialFit, weights: SpatialWeights) -> pd.DataFrame:
    inference = {"distribution": "normal"}
    table = spatial_effects(fit, weights, method="delta")
    of_initial = [t.endswith(f":{convergence.INITIAL}") for t in table.terms]
    effects = estimates.rows(
        table.terms, table.estimates.ravel(), table.std_errors.ravel(), **inference
    )
    return pd.concat(
        [
            estimates.rows(fit.names, fit.coefficients, fit.std_errors, **inference),
            effects[of_initial],
            *_speed_rows(fit, 1, **inference),
        ],
        ignore_index=True,
    )


def _speed_rows(fit: LinearFit | SpatialFit, steps: int, **inference: object) -> list[pd.DataFrame]:
    """Return speed and half-life where the coefficient gives any."""
    value, error, half_life = convergence.speed(fit.coefficients[0], fit.std_errors[0], steps)
    rows = []
    if not np.isnan(value):
        rows.append(estimates.rows(["speed"], [value], [error], **inference))
    if not np.isnan(half_life):
        rows.append(estimates.value_rows(["half_life"], [half_life]))
    return rows


def _no_convergence(y: np.ndarray) -> list[pd.DataFrame]:
    test = convergence.harris_tzavalis(y)
    return [
        estimates.value_rows(["without_convergence"], [test.without_convergence]),
        estimates.statistic_row("test:harris_tzavalis", test.statistic, "normal", test.p_value),
    ]


def _linear_fields(fit: LinearFit, n_units: int) -> dict[str, object]:
    inference = f"{fit.vcov}:unit" if fit.n_clusters else fit.vcov
    return {
        "inference": inference,
        "weights": "",
        "nobs": fit.nobs,
        "n_units": n_units,
        "r2_within": fit.r2_within,
    }


def _spatial_fields(fit: SpatialFit) -> dict[str, object]:
    return {
        "inference": "information",
        "weights": fit.weights,
        "nobs": fit.nobs,
        "n_units": fit.n_units,
        "r2_within": fit.r2_within,
        "rho": fit.rho,
        "loglik": fit.loglik,
    }


# --------------------------------------------------------------------------------------
# Densities
# --------------------------------------------------------------------------------------


def densities(store: Store) -> Parts:
    """Kernel density of each year on one grid by variant, and the shape of each."""
    rows = _rows(store)
    curves, shapes = [], []
    for variant in VARIANTS:
        table = _wide(rows, variant)
        grid = kernel.common_grid(table.to_numpy())
        for year, values in zip(table.index, table.to_numpy(), strict=True):
            made = dataclasses.asdict(kernel.kernel_density(values, grid))
            where = {"variant": variant, "year": year}
            curve = {"x": made.pop("grid"), "density": made.pop("density")}
            curves.append(pd.DataFrame({**where, "point": np.arange(1, len(grid) + 1), **curve}))
            shapes.append({**where, "nobs": len(values), **made})
    return {"": pd.concat(curves, ignore_index=True), "shape": pd.DataFrame(shapes)}


# --------------------------------------------------------------------------------------
# Transitions
# --------------------------------------------------------------------------------------


def transitions(store: Store) -> Parts:
    """Markov chains of quantile classes, plain and by the class of the neighbours' mean."""
    rows, weights = _rows(store), store.weights(MATRIX)
    made = [_chains(variant, _wide(rows, variant), weights) for variant in VARIANTS]
    return {part: pd.concat([one[part] for one in made], ignore_index=True) for part in made[0]}


def _chains(variant: str, table: pd.DataFrame, weights: SpatialWeights) -> Parts:
    y = table.to_numpy()
    bounds = markov.quantile_bounds(y, N_CLASSES)
    own = markov.classify(y, bounds)
    # A neighbourhood is classed by the bounds of the provinces themselves.
    lag = markov.classify(y @ weights.align(table.columns).T, bounds)[:-1]
    half = np.broadcast_to((table.index.to_numpy()[:-1] >= SECOND_HALF)[:, None], lag.shape)
    by_lag = markov.transition_counts(own, N_CLASSES, lag, N_CLASSES)
    chains = {ALL: markov.Chain(by_lag.sum(axis=0))}
    chains |= {str(c): markov.Chain(counts) for c, counts in enumerate(by_lag, start=1)}
    parts = {
        "": _probability_rows(chains),
        "classes": _class_rows(y, own, bounds),
        "chains": pd.DataFrame([_chain_row(lag_class, c) for lag_class, c in chains.items()]),
        "ergodic": _ergodic_rows(chains),
        "tests": pd.DataFrame(
            [
                *_test_rows("half", own, half.astype(int), 2),
                *_test_rows("lag", own, lag, N_CLASSES),
            ]
        ),
    }
    return {part: frame.assign(variant=variant) for part, frame in parts.items()}


def _probability_rows(chains: dict[str, markov.Chain]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"lag": lag, "origin": i + 1, "destination": j + 1, "transitions": n, "probability": p}
            for lag, chain in chains.items()
            for (i, j), n, p in zip(
                np.ndindex(chain.counts.shape),
                chain.counts.ravel(),
                chain.probabilities.ravel(),
                strict=True,
            )
        ]
    )


def _class_rows(y: np.ndarray, own: np.ndarray, bounds: np.ndarray) -> pd.DataFrame:
    edges = [y.min(), *bounds, y.max()]
    return pd.DataFrame(
        {
            "class": np.arange(1, N_CLASSES + 1),
            "low": edges[:-1],
            "high": edges[1:],
            "nobs": np.bincount(own.ravel(), minlength=N_CLASSES),
        }
    )


def _chain_row(lag: str, chain: markov.Chain) -> dict[str, object]:
    row = {"lag": lag, "transitions": chain.counts.sum(), "identified": "yes", "reason": ""}
    try:
        markov.ergodic_distribution(chain)
    except NotIdentified as finding:
        return {**row, "identified": "no", "reason": str(finding)}
    return row


def _ergodic_rows(chains: dict[str, markov.Chain]) -> pd.DataFrame:
    rows = []
    for lag, chain in chains.items():
        if _chain_row(lag, chain)["identified"] == "yes":
            shares = markov.ergodic_distribution(chain)
            rows += [{"lag": lag, "class": c, "share": s} for c, s in enumerate(shares, start=1)]
    return pd.DataFrame(rows)


def _test_rows(
    over: str, classes: np.ndarray, group: np.ndarray, n_groups: int
) -> list[dict[str, object]]:
    made = markov.homogeneity(classes, N_CLASSES, group, n_groups, seed=SEED, draws=DRAWS)
    cells = {"n_cells": made.n_cells, "n_sparse": made.n_sparse}
    rows = []
    for name in ("likelihood_ratio", "pearson"):
        where = {"over": over, "test": name, "statistic": getattr(made, name), **cells}
        chi2 = {"distribution": "chi2", "df": f"{made.df}", "p_value": getattr(made, f"p_{name}")}
        permuted = getattr(made, f"p_permutation_{name}")
        drawn = {"distribution": "permutation", "p_value": permuted, "draws": made.draws}
        rows += [{**where, **chi2}, {**where, **drawn}]
    return rows


# --------------------------------------------------------------------------------------
# Coupling
# --------------------------------------------------------------------------------------

INDEX_ECOMMERCE, ELEMENTS, ORGANISATION = (
    "index_ecommerce",
    "elements",
    "technology_organisation_institution",
)


def coupling_tables(store: Store) -> Parts:
    """Coupling coordination degrees of three sets of systems by province and year.

    Levels are put on [0, 1] by their range over the sample before they are coupled.
    """
    rows = _rows(store)
    elements, element_weights = _elements(rows, store)
    organisation, organisation_weights = _organisation(rows)
    pair = rows[["nqp_no_ecommerce", "cbec_proxy"]]
    levels = {INDEX_ECOMMERCE: pair, ELEMENTS: elements, ORGANISATION: organisation}
    degrees, used, statistics = [], [], []
    for system, table in levels.items():
        u = _by_range(table)
        made = coupling.coordination(u)
        where = rows[["province_code", "year"]].assign(system=system)
        degrees.append(
            where.assign(**dataclasses.asdict(made), **{"class": coupling.classes(made.degree)})
        )
        used += [where.assign(part=name, value=u[:, k]) for k, name in enumerate(table.columns)]
        statistics.append(
            _coupling_statistics(u, table.to_numpy(), rows["year"]).assign(system=system)
        )
    weights = pd.concat([element_weights, organisation_weights], ignore_index=True)
    return {
        "": pd.concat(degrees, ignore_index=True),
        "levels": pd.concat(used, ignore_index=True),
        "statistics": pd.concat(statistics, ignore_index=True),
        "indicators": weights,
    }


def _by_range(table: pd.DataFrame) -> np.ndarray:
    signs = np.ones(table.shape[1])
    return standardise(table.to_numpy(dtype=float), signs, list(table.columns))


def _cells(system: System, rows: pd.DataFrame) -> Cells:
    values = [evaluate(parse(i.formula), rows) for i in system.indicators]
    return Cells(np.column_stack(values), system.signs, system.ids, rows["year"].to_numpy())


def _elements(rows: pd.DataFrame, store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a sub-index per element: the weights of the index, made to sum to one in each."""
    table = store.table("province_index_weights")
    weight = table[table["variant"] == "nqp"].set_index("indicator")["weight"]
    panel_columns = tuple(
        dataclasses.replace(indicator, formula=indicator.id) for indicator in NQP.indicators
    )
    system = System(NQP.id, panel_columns)
    given = weight.loc[list(system.ids)].to_numpy()
    return _subindices(system, _cells(system, rows), given, ELEMENTS)


def _organisation(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return technology, organisation and institution, the indicators of each weighing alike."""
    cells = _cells(TOI, rows)
    return _subindices(TOI, cells, METHODS["equal"](cells).weights[""], ORGANISATION)


def _subindices(
    system: System, cells: Cells, weights: np.ndarray, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    element = np.array([i.element for i in system.indicators])
    parts = list(dict.fromkeys(element))
    share = np.array([weights[k] / weights[element == e].sum() for k, e in enumerate(element)])
    z = cells.z()
    scores = {part: z[:, element == part] @ share[element == part] for part in parts}
    table = pd.DataFrame(
        [
            {"system": name, "part": i.element, "indicator": i.id, "sign": i.sign, "weight": w}
            for i, w in zip(system.indicators, share, strict=True)
        ]
    )
    return pd.DataFrame(scores), table


def _coupling_statistics(u: np.ndarray, as_made: np.ndarray, year: pd.Series) -> pd.DataFrame:
    """Return means by year and over all years, under each spelling, and what D adds to levels."""
    made = {s: coupling.coordination(u, s) for s in coupling.SPELLINGS}
    main = made["geometric"]
    columns = pd.DataFrame(
        {
            "mean_coupling": main.coupling,
            "mean_level": main.level,
            "mean_degree": main.degree,
            "mean_degree_without_k": made["without_k"].degree,
            "mean_degree_power": made["power"].degree,
            "mean_degree_no_range": coupling.coordination(as_made).degree,
            "year": year.to_numpy(),
        }
    )
    rows = []
    for label, block in [*columns.groupby("year"), (ALL, columns)]:
        means = block.drop(columns="year").mean().to_dict()
        means["cells_without_degree"] = int((block["mean_degree"] == 0).sum())
        means["correlation_degree_level"] = block["mean_degree"].corr(block["mean_level"])
        rows += [{"year": str(label), "statistic": s, "value": v} for s, v in means.items()]
    return pd.DataFrame(rows)
