"""Spatial models: from a design and a labelled matrix to likelihood, effects and rows."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.spec import SAMPLES
from pilotzone.engine.design import Design, Result
from pilotzone.engine.regression import municipality_rows
from pilotzone.engine.variation import group_columns, moderator_columns
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space import builders
from pilotzone.methods.space.effects import effects as spatial_effects
from pilotzone.methods.space.hausman import hausman
from pilotzone.methods.space.lm_tests import effect_tests, lm_tests, lr_test, wald_sar, wald_sem
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.results import ChiSquareTest
from pilotzone.methods.space.weights import SpatialWeights, row_normalise
from pilotzone.panels.store import Store

LEE_YU = "lee_yu"
INCOME_YEARS = (2013, 2014)


def matrix(data: Design, store: Store) -> SpatialWeights:
    """Return the matrix of a column: a declared one, or one built by its options.

    ``cutoff_km`` (inverse distance below it), ``neighbours`` (k nearest), ``exponent`` (of inverse
    distance), ``economic_floor`` (share of the mean below which incomes count as equal).
    """
    spec = data.spec
    if not spec.weights:
        raise UserError(f"estimator '{spec.estimator}' needs weights; name a matrix")
    choices = dict(spec.options)
    built = [name for name in BUILT if name in choices]
    if not built:
        return store.weights(spec.weights, data.panel.id)
    codes, km = store.distances(data.panel.id)
    return BUILT[built[0]](data, codes, km, choices[built[0]])


def placed(data: Design, store: Store) -> tuple[Design, SpatialWeights]:
    """Return a column's design and matrix on the units that the matrix can place.

    Where a sample leaves out whole units, nearest neighbours and distances are taken anew among
    the units that are left; by contiguity those without a neighbour left are dropped as well.
    """
    units = tuple(np.unique(data.unit))
    if SAMPLES[data.spec.sample].incomplete != "drop_units":
        return data, matrix(data, store)
    if data.spec.weights in AMONG_UNITS:
        codes, km = store.distances(data.panel.id)
        at = [codes.index(unit) for unit in units]
        build = AMONG_UNITS[data.spec.weights]
        return data, build(units, km[np.ix_(at, at)])
    weights = store.weights(data.spec.weights, data.panel.id)
    at = [weights.labels.index(unit) for unit in units if unit in weights.labels]
    linked = weights.matrix[np.ix_(at, at)].sum(axis=1) > 0
    kept = tuple(
        weights.labels[k] for k, has_neighbour in zip(at, linked, strict=True) if has_neighbour
    )
    rest = data.where(np.isin(data.unit, kept))
    lost = data.n_dropped + len(data.frame) - len(rest.frame)
    return dataclasses.replace(rest, n_dropped=lost), weights.subset(kept)


AMONG_UNITS: dict[str, Callable[[tuple[str, ...], np.ndarray], SpatialWeights]] = {
    "nearest_6": lambda units, km: builders.nearest_neighbours(units, km, 6),
    "inverse_distance": builders.inverse_distance,
}


def _within(data: Design, codes: tuple[str, ...], km: np.ndarray, value: float) -> SpatialWeights:
    return builders.inverse_distance(codes, km, cutoff=float(value))


def _nearest(data: Design, codes: tuple[str, ...], km: np.ndarray, value: float) -> SpatialWeights:
    return builders.nearest_neighbours(codes, km, int(value))


def _power(data: Design, codes: tuple[str, ...], km: np.ndarray, value: float) -> SpatialWeights:
    return builders.inverse_distance(codes, km, exponent=float(value))


def _income(data: Design, codes: tuple[str, ...], km: np.ndarray, value: float) -> SpatialWeights:
    early = data.whole.frame[data.whole.frame[data.panel.period].isin(INCOME_YEARS)]
    level = early.groupby(data.panel.unit)["gdp_per_capita"].mean().loc[list(codes)]
    return builders.economic(codes, level.to_numpy(), floor_share=float(value))


BUILT = {
    "cutoff_km": _within,
    "neighbours": _nearest,
    "exponent": _power,
    "economic_floor": _income,
}


def stacked(
    data: Design, weights: SpatialWeights, extra: tuple[np.ndarray, tuple[str, ...]] | None = None
) -> StackedPanel:
    """Return the design as a stacked panel: treatment (or its columns), then controls."""
    columns, names = extra or (data.treatment[:, None], (data.spec.treatment,))
    x = np.column_stack([columns, data.controls])
    return stack_panel(data.y, x, (*names, *data.control_names), data.unit, data.period, weights)


def fit(data: Design, weights: SpatialWeights) -> SpatialFit:
    """Return the maximum-likelihood fit of a design."""
    spec = data.spec
    return fit_stacked(
        stacked(data, weights),
        weights,
        model=spec.estimator,
        effects=spec.effects,
        lee_yu=spec.variant == LEE_YU,
    )


def maximum_likelihood(data: Design, store: Store) -> Result:
    """Return coefficients and effects of a spatial model, with the declared diagnostics."""
    data, weights = placed(data, store)
    result = fit(data, weights)
    terms = [estimate_rows(result, weights, data)]
    if "treatment_only" in data.spec.diagnostics:
        terms = [_about_treatment(terms[0], data.spec.treatment)]
    if "municipalities" in data.spec.diagnostics:
        terms.append(municipality_rows(data, lambda rest: _refit_rows(rest, weights)))
    fields = {**data.describe(), **model_fields(result, weights)}
    return Result(pd.concat(terms, ignore_index=True), fields)


def model_fields(result: SpatialFit, weights: SpatialWeights) -> dict[str, object]:
    """Return the fields of the model row that a spatial fit knows."""
    return {
        "inference": "information",
        "r2": result.r2,
        "r2_within": result.r2_within,
        "rho": result.rho if "rho" in result.names else np.nan,
        "loglik": result.loglik,
        "reference": f"largest row weight {weights.largest_row_weight:.3f}",
    }


def _about_treatment(rows: pd.DataFrame, treatment: str) -> pd.DataFrame:
    own = rows["term"].str.rpartition(":")[2] == treatment
    return rows[own | rows["term"].isin(("rho", "lambda"))]


def _refit_rows(rest: Design, weights: SpatialWeights) -> pd.DataFrame:
    kept = weights.subset(tuple(np.unique(rest.unit)))
    return estimate_rows(fit(rest, kept), kept, rest)


def estimate_rows(result: SpatialFit, weights: SpatialWeights, data: Design) -> pd.DataFrame:
    """Return coefficients with normal p, and effects: simulated with draws, else by delta."""
    coefficients = estimates.rows(
        result.names, result.coefficients, result.std_errors, distribution="normal"
    )
    if result.model in ("ols", "sem"):
        return coefficients
    inference = data.spec.inference
    method = "simulated" if inference.draws else "delta"
    table = spatial_effects(
        result, weights, draws=inference.draws or 0, seed=inference.seed, method=method
    )
    effects = estimates.rows(
        table.terms,
        table.estimates.ravel(),
        table.std_errors.ravel(),
        distribution="normal",
        interval=(table.ci_low.ravel(), table.ci_high.ravel()),
        draws=table.n_draws - table.n_rejected if inference.draws else None,
    )
    return pd.concat([coefficients, effects], ignore_index=True)


def moderated(data: Design, store: Store) -> Result:
    """Spatial Durbin model with the treatment times a moderator."""
    columns, names, _ = moderator_columns(data)
    return _durbin(data, store, columns, names)


def by_group(data: Design, store: Store) -> Result:
    """Spatial Durbin model with one treatment per group of units."""
    columns, names = group_columns(data)
    return _durbin(data, store, columns, names)


def _durbin(
    data: Design, store: Store, columns: list[np.ndarray], names: tuple[str, ...]
) -> Result:
    """Return the treatment's terms of a spatial Durbin model with several treatment columns."""
    weights = matrix(data, store)
    panel = stacked(data, weights, (np.column_stack(columns), names))
    result = fit_stacked(
        panel, weights, model="sdm", effects=data.spec.effects, lee_yu=data.spec.variant == LEE_YU
    )
    rows = estimate_rows(result, weights, data)
    kept = rows["term"].str.rpartition(":")[2].isin(names) | (rows["term"] == "rho")
    return Result(rows[kept], model_fields(result, weights))


def tests(data: Design, store: Store) -> Result:
    """Specification tests in the order in which the field decides."""
    weights = matrix(data, store)
    panel = stacked(data, weights)
    lagrange = lm_tests(panel, weights, effects="unit")
    effects = effect_tests(panel, weights, model="sdm")
    fits = {m: fit_stacked(panel, weights, model=m) for m in ("sar", "sem", "sdm")}
    rows = [
        *(_chi_square(test) for test in lagrange.tests),
        *(_chi_square(test) for test in (effects.unit, effects.period)),
        *(_likelihood_ratio(fits[m], fits["sdm"], f"lr_sdm_{m}") for m in ("sar", "sem")),
        _chi_square(wald_sar(fits["sdm"])),
        _chi_square(wald_sem(fits["sdm"])),
    ]
    fields = {"loglik": fits["sdm"].loglik, "rho": fits["sdm"].rho}
    try:
        rows.append(_chi_square(hausman(panel, weights)))
    except NotIdentified as finding:
        fields["reason"] = str(finding)
    return Result(pd.concat(rows, ignore_index=True), {**fields, "inference": "chi2"})


def _chi_square(test: ChiSquareTest) -> pd.DataFrame:
    return estimates.statistic_row(
        f"test:{test.name}", test.statistic, "chi2", test.p_value, (test.df,)
    )


def _likelihood_ratio(small: SpatialFit, large: SpatialFit, name: str) -> pd.DataFrame:
    statistic, df, p = lr_test(small, large)
    return estimates.statistic_row(f"test:{name}", statistic, "chi2", p, (df,))


def relabelled(data: Design, store: Store) -> Result:
    """Rho and the indirect effect under matrices whose rows and columns are permuted together."""
    data, weights = placed(data, store)

    def drawn(rng: np.random.Generator) -> SpatialWeights:
        return weights.relabelled(rng.permutation(len(weights.labels)))

    return _placebo(data, weights, drawn)


def random_graphs(data: Design, store: Store) -> Result:
    """Rho and the indirect effect under random graphs in which every unit keeps its degree."""
    weights = matrix(data, store)
    if ((weights.matrix > 0) != (weights.matrix > 0).T).any():
        raise UserError(f"matrix '{weights.name}' is no undirected graph; use contiguity")
    inference = data.spec.inference
    graphs = iter(_rewired(weights, inference.seed, inference.draws))
    return _placebo(data, weights, lambda rng: next(graphs))


@functools.lru_cache(maxsize=2)
def _rewired(weights: SpatialWeights, seed: int, draws: int) -> tuple[SpatialWeights, ...]:
    """Return random graphs with the degrees of a matrix; columns with the same seed share them."""
    rng = np.random.default_rng(seed)
    linked = weights.matrix > 0
    graphs = [builders.rewired(linked, rng).astype(float) for _ in range(draws)]
    return tuple(
        SpatialWeights(weights.name, weights.labels, row_normalise(graph, weights.labels))
        for graph in graphs
    )


def _placebo(
    data: Design,
    weights: SpatialWeights,
    drawn: Callable[[np.random.Generator], SpatialWeights],
) -> Result:
    from tqdm import tqdm

    inference = data.spec.inference
    rng = np.random.default_rng(inference.seed)
    # The rows are those of the units in the order of the matrix, whatever is drawn for it.
    panel = stacked(data, weights)
    observed = _rho_and_indirect(panel, data, weights)
    draws = np.array(
        [
            _rho_and_indirect(panel, data, drawn(rng))
            for _ in tqdm(
                range(inference.draws), desc=data.spec.estimator, leave=False, disable=None
            )
        ]
    )
    p = (1 + (np.abs(draws) >= np.abs(observed) * (1 - 1e-10)).sum(axis=0)) / (1 + len(draws))
    terms = pd.concat(
        [
            estimates.value_rows(["rho", f"indirect:{data.spec.treatment}"], observed),
            estimates.statistic_row("test:rho", observed[0], "permutation", p[0], draws=len(draws)),
            estimates.statistic_row(
                "test:indirect", observed[1], "permutation", p[1], draws=len(draws)
            ),
        ],
        ignore_index=True,
    )
    table = pd.DataFrame(
        {"draw": np.arange(1, len(draws) + 1), "rho": draws[:, 0], "indirect": draws[:, 1]}
    )
    fields = {**data.describe(), "inference": "matrices:weights", "rho": observed[0]}
    return Result(terms, fields, {"matrices": table})


def _rho_and_indirect(panel: StackedPanel, data: Design, weights: SpatialWeights) -> np.ndarray:
    result = fit_stacked(panel, weights, model="sdm", effects=data.spec.effects)
    at = {name: position for position, name in enumerate(result.names)}
    treatment = data.spec.treatment
    rho = result.coefficients[at["rho"]]
    beta, theta = (result.coefficients[at[n]] for n in (treatment, f"W:{treatment}"))
    spectrum = weights.eigenvalues
    direct = float(np.real((beta + theta * spectrum) / (1 - rho * spectrum)).mean())
    return np.array([rho, (beta + theta) / (1 - rho) - direct])
