"""Two-way regressions again, by linearmodels.

``PanelOLS`` takes the rows of a column as the engine hands them to its own core. Trends by unit are
removed from all columns first, unit by unit, and the periods enter as what is then left of their
dummies. An exhibit with very many columns on the same rows goes through the two steps of
``PanelOLS`` apart, so that its columns are demeaned once.

linearmodels counts unit effects nested in the clusters in full, and finds one redundant effect at
most; its errors are multiplied by the root of the two degrees of freedom
(N - K_theirs)/(N - K), K with nested effects counted once and redundant ones not at all.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from pilotzone.audit.opinion import Opinion, Silence, of_each, of_interest
from pilotzone.catalogue import Specification
from pilotzone.catalogue.takes import SPATIAL_INFERENCE
from pilotzone.engine.design import Design, design
from pilotzone.engine.matrix import placed
from pilotzone.engine.regression import with_lead
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

PROGRAM = "linearmodels"
ESTIMATORS = ("twfe", "centralities", "heterogeneity", "moderation", "slx")
# From so many columns of one exhibit on, those with the same rows are demeaned together.
MANY = 200


def opinions(
    exhibit_id: str, specs: Mapping[str, Specification], store: Store
) -> list[Opinion | Silence]:
    """Return the coefficients of columns whose estimator is one of :data:`ESTIMATORS`."""
    shared = {column: spec for column, spec in specs.items() if _plain(spec)}
    if len(shared) < MANY:
        shared = {}
    rest = {column: spec for column, spec in specs.items() if column not in shared}
    with warnings.catch_warnings():
        # linearmodels says that it drops singletons, which is what is asked of it.
        warnings.simplefilter("ignore")
        together = _together(exhibit_id, shared, store)
        return [*together, *of_each(exhibit_id, rest, store, _of_column)]


def _plain(spec: Specification) -> bool:
    """Say whether a column is a two-way regression on a balanced sample and nothing more."""
    plain = spec.estimator == "twfe" and spec.effects == "two_way"
    as_they_are = not spec.options and "municipalities" not in spec.diagnostics
    return plain and as_they_are and spec.rows.incomplete == "refuse"


def _of_column(exhibit_id: str, column: str, spec: Specification, store: Store) -> list[Opinion]:
    data = design(spec, store)
    data, x = regressors(with_lead(data) if spec.estimator == "twfe" else data, store)
    estimates, errors = panel_ols(data, x)
    found = _named(exhibit_id, column, spec, [*x.columns], estimates, errors)
    if "municipalities" in spec.diagnostics:
        rest = data.where(data.frame["municipality"].to_numpy() != 1)
        estimates, errors = panel_ols(*regressors(rest, store))
        term = [f"no_municipalities:{spec.treatment}"]
        found += _named(exhibit_id, column, spec, term, estimates[:1], errors[:1])
    return found


def _named(
    exhibit_id: str,
    column: str,
    spec: Specification,
    terms: Sequence[str],
    estimates: np.ndarray,
    errors: np.ndarray,
) -> list[Opinion]:
    return [
        Opinion(
            PROGRAM,
            exhibit_id,
            column,
            term,
            float(estimate),
            float(error) if _same_error(spec) else None,
            required=term.rpartition(":")[2].partition("#")[0] == spec.treatment,
        )
        for term, estimate, error in zip(terms, estimates, errors, strict=True)
    ]


def _same_error(spec: Specification) -> bool:
    """Say whether the column's error is one that :func:`panel_ols` computes."""
    if spec.estimator == "slx":
        return spec.option("correction") == "none" and spec.inference.name in SPATIAL_INFERENCE
    return spec.inference.name == "crv1"


def regressors(data: Design, store: Store) -> tuple[Design, pd.DataFrame]:
    """Return the rows of a column and its regressors, those of interest first."""
    weights = None
    if data.spec.estimator == "slx":
        data, weights = placed(data, store)
    data, columns, names = of_interest(data)
    table = np.column_stack([*columns, data.controls])
    x = pd.DataFrame(table, columns=[*names, *data.control_names])
    return data, x.join(_lagged(data, x, weights)) if weights else x


def _lagged(data: Design, x: pd.DataFrame, weights: SpatialWeights) -> pd.DataFrame:
    """Return W x for every regressor, named ``W:x``."""
    lags = {}
    for name in x:
        table = x[name].groupby([data.period, data.unit]).first().unstack()
        lag = pd.DataFrame(
            table.to_numpy() @ weights.align(tuple(table.columns)).T, table.index, table.columns
        )
        pairs = zip(data.period, data.unit, strict=True)
        lags[f"W:{name}"] = [lag.at[period, unit] for period, unit in pairs]
    return pd.DataFrame(lags)


def panel_ols(data: Design, x: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and errors of ``PanelOLS`` in the convention of the tables."""
    from linearmodels.panel import PanelOLS

    if data.slopes:
        return _with_slopes(data, x)
    table, y = _indexed(data, x), _indexed(data, pd.DataFrame({"y": data.y}))
    other = [pd.Categorical(factor) for factor in data.extra_factors]
    fit = PanelOLS(
        y,
        table,
        entity_effects="unit" in data.effects,
        time_effects="period" in data.effects,
        other_effects=pd.DataFrame(dict(enumerate(other)), table.index) if other else None,
        singletons=False,
    ).fit(**_covariance(data, table.index))
    errors = fit.std_errors.to_numpy() * _conversion(data, x, fit)
    return fit.params.to_numpy(), errors


def _indexed(data: Design, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.MultiIndex.from_arrays([data.unit, data.period]), axis=0)


def _covariance(data: Design, index: pd.MultiIndex) -> dict[str, object]:
    if data.spec.inference.name == "information":
        return {"cov_type": "unadjusted", "debiased": False, "auto_df": False}
    codes = pd.DataFrame({"cluster": pd.factorize(data.cluster)[0]}, index)
    exact = {"group_debias": True, "debiased": True, "auto_df": False}
    return {"cov_type": "clustered", "clusters": codes, **exact}


def _conversion(data: Design, x: pd.DataFrame, fit: object) -> float:
    """Return what linearmodels' errors are multiplied by."""
    theirs = fit.nobs - fit.df_model
    if data.spec.inference.name == "information":
        # Maximum likelihood divides the sum of squares by the number of rows.
        return float(np.sqrt((theirs + x.shape[1]) / fit.nobs))
    if data.spec.estimator == "slx":
        # The sandwich of a likelihood counts no regressors.
        return float(np.sqrt(theirs / (fit.nobs - 1)))
    used = ~_alone(data)
    counted = x.shape[1] + _effects_counted(data.where(used))
    return float(np.sqrt(theirs / (fit.nobs - counted)))


def _alone(data: Design) -> np.ndarray:
    """Return which rows are alone in a level of some effect, until no other is, (N,)."""
    factors = _factors(data)
    alone = np.zeros(len(data.frame), dtype=bool)
    while True:
        rest = pd.DataFrame(dict(enumerate(factors)))[~alone]
        sizes = [rest.groupby(i)[i].transform("size") for i in rest]
        single = np.any([size == 1 for size in sizes], axis=0) if sizes else np.zeros(len(rest))
        if not single.any():
            return alone
        alone[np.flatnonzero(~alone)[single]] = True


def _factors(data: Design) -> list[np.ndarray]:
    named = {"unit": data.unit, "period": data.period}
    return [*(named[e] for e in data.effects if e in named), *data.extra_factors]


def _effects_counted(data: Design) -> int:
    """Return the effects that an error counts: their rank, those nested in the clusters as one."""
    factors = [pd.factorize(factor)[0] for factor in _factors(data)]
    if not factors:
        return 1
    rank = factors[0].max() + 1
    if len(factors) == 2:
        rank += factors[1].max() + 1 - _components(*factors)
    return rank - (_nested(data) if "unit" in data.effects else 0)


def _nested(data: Design) -> int:
    """Return the unit effects that do not count beside the first: all if nested in clusters."""
    pairs = pd.DataFrame({"unit": data.unit, "cluster": data.cluster}).drop_duplicates()
    return 0 if pairs["unit"].duplicated().any() else len(pairs) - 1


def _components(one: np.ndarray, other: np.ndarray) -> int:
    """Return the parts into which two factors fall: each makes one dummy redundant."""
    shift = one.max() + 1
    size = shift + other.max() + 1
    graph = sparse.coo_array((np.ones(len(one)), (one, other + shift)), shape=(size, size))
    return csgraph.connected_components(graph, directed=False)[0]


def _with_slopes(data: Design, x: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the fit with slopes: units and their trends are removed from all columns before.

    What is left of the other effects is a column for each direction that they span.
    """
    from linearmodels.panel import PanelOLS

    data, x = data.where(~_alone(data)), x[~_alone(data)]
    each = (data.period[:, None] == np.unique(data.period)).astype(float)
    others = [each * variable[:, None] for variable in data.by_period]
    for labels in _factors(data)[1:]:
        others.append((labels[:, None] == np.unique(labels)).astype(float))
    columns = np.column_stack([data.y, x.to_numpy(), *others])
    free, rank = _detrended(columns, data.unit, data.period, "unit#trend" in data.effects)
    k = x.shape[1]
    left, size, _ = np.linalg.svd(free[:, 1 + k :], full_matrices=False)
    periods = left[:, size > 1e-9 * size[0]]
    table = _indexed(data, pd.DataFrame(np.hstack([free[:, 1 : 1 + k], periods])))
    y = _indexed(data, pd.DataFrame({"y": free[:, 0]}))
    fit = PanelOLS(y, table).fit(**_covariance(data, table.index))
    effects = rank + periods.shape[1] - _nested(data)
    conversion = np.sqrt((fit.nobs - fit.df_model) / (fit.nobs - k - effects))
    return fit.params.to_numpy()[:k], fit.std_errors.to_numpy()[:k] * conversion


def _detrended(
    columns: np.ndarray, unit: np.ndarray, period: np.ndarray, trends: bool = True
) -> tuple[np.ndarray, int]:
    """Return columns freed of each unit's mean (and trend), and the rank of what was removed."""
    out, rank = np.empty_like(columns), 0
    for name in np.unique(unit):
        rows = unit == name
        line = np.column_stack([np.ones(rows.sum()), period[rows] - period[rows].mean()])
        line = line[:, : 1 + trends]
        slopes, _, used, _ = np.linalg.lstsq(line, columns[rows], rcond=None)
        out[rows] = columns[rows] - line @ slopes
        rank += int(used)
    return out, rank


def _together(exhibit_id: str, specs: dict[str, Specification], store: Store) -> list[Opinion]:
    """Return the coefficients of very many columns, demeaned once for each set of rows."""
    groups: dict[tuple[object, ...], list[tuple[str, Design]]] = {}
    for column, spec in specs.items():
        data = design(spec, store)
        same = (spec.sample, spec.effects, data.unit.tobytes(), data.period.tobytes())
        groups.setdefault(same, []).append((column, data))
    found = []
    for members in groups.values():
        demeaned = _demeaned([data for _, data in members])
        for column, data in members:
            names = [data.spec.treatment, *data.control_names]
            estimates, errors = _clustered(data, demeaned[data.spec.outcome], demeaned[names])
            found += _named(exhibit_id, column, data.spec, names, estimates, errors)
    return found


def _demeaned(designs: Sequence[Design]) -> pd.DataFrame:
    """Return all variables of designs on the same rows, freed of unit and period means."""
    from linearmodels.panel.data import PanelData

    first = designs[0]
    columns: dict[str, np.ndarray] = {}
    for data in designs:
        names = (data.spec.outcome, data.spec.treatment, *data.control_names)
        columns |= {name: data.frame[name].to_numpy(dtype=float) for name in names}
    frame = _indexed(first, pd.DataFrame(columns))
    return PanelData(frame).demean("both").dataframe


def _clustered(data: Design, y: pd.Series, x: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and clustered errors of demeaned columns."""
    from linearmodels.panel.covariance import ClusteredCovariance

    columns, outcome = x.to_numpy(), y.to_numpy()[:, None]
    params = np.linalg.lstsq(columns, outcome, rcond=None)[0]
    ids = np.zeros((len(y), 1), dtype=int)
    covariance = ClusteredCovariance(
        outcome,
        columns,
        params,
        ids,
        ids,
        debiased=True,
        extra_df=_effects_counted(data),
        clusters=pd.factorize(data.cluster)[0],
        group_debias=True,
    )
    return params[:, 0], np.sqrt(np.diag(covariance.cov))
