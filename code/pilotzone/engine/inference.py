"""The same coefficient under other inference: one function per kind, all from the same arrays."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference import randomisation, spatial_hac, wild
from pilotzone.methods.inference.cluster import small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, fit
from pilotzone.methods.inference.paths import PathTable, path_table
from pilotzone.panels.store import Store

# Below this number of clusters an error by clusters says nothing.
FEWEST_CLUSTERS = 4


@dataclasses.dataclass(frozen=True)
class Regression:
    """The arrays of a column without singletons, treatment first."""

    data: Design
    effects: FixedEffects
    x: np.ndarray
    names: tuple[str, ...]

    @property
    def term(self) -> str:
        """The treatment."""
        return self.names[0]

    def fit(self, cluster: np.ndarray, **choices: str) -> LinearFit:
        """Return the fit under some clusters."""
        return fit(self.data.y, self.x, self.names, self.effects, cluster, **choices)


def regression(data: Design) -> Regression:
    """Return the arrays of a design without singletons."""
    data, effects = _without_singletons(data)
    x = np.column_stack([data.treatment, data.controls])
    return Regression(data, effects, x, (data.spec.treatment, *data.control_names))


def without_singletons(data: Design) -> Design:
    """Return the rows that the declared effects do not fit exactly, the others counted as dropped.

    See ``fwl``: such a row moves no slope, and as a row or a cluster it would
    only make the errors smaller.
    """
    return _without_singletons(data)[0]


def _without_singletons(data: Design) -> tuple[Design, FixedEffects]:
    named = {"unit": data.unit, "period": data.period}
    factors = [named[e] for e in data.effects if e in named]
    effects = FixedEffects(
        (*factors, *data.extra_factors),
        data.slopes,
        names=(*(e for e in data.effects if e in named), *("group",) * len(data.extra_factors)),
        n=len(data.frame),
    )
    if effects.n_singletons:
        rest = data.where(~effects.singletons)
        data = dataclasses.replace(rest, n_dropped=data.n_dropped + effects.n_singletons)
    return data, effects.without_singletons


def by_clusters(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """CRV1 or CRV3 (jackknife) by the declared clusters, t(G − 1)."""
    spec = what.data.spec.inference
    cluster = what.data.cluster
    count = len(np.unique(cluster))
    if count < FEWEST_CLUSTERS and spec.cluster != "unit":
        raise NotIdentified(
            f"{count} clusters by {spec.cluster}: too few groups to estimate an error from"
        )
    kind = "crv1" if spec.kind == "cluster" else spec.kind
    result = what.fit(cluster, vcov=kind)
    rows = estimates.rows(
        result.names[:1],
        result.coefficients[:1],
        result.std_errors[:1],
        distribution="t",
        df=result.df,
    )
    g_star = spatial_hac.effective_clusters(_partialled(what), cluster, rho=0.0)
    rows = pd.concat([rows, estimates.value_rows(["effective_clusters"], [g_star])])
    return rows, {"n_clusters": result.n_clusters, "inference": f"{kind}:{spec.cluster}"}


def _partialled(what: Regression) -> np.ndarray:
    """Return the treatment freed of effects and controls, shape (N,)."""
    x = what.effects.residualise(what.x)
    if x.shape[1] == 1:
        return x[:, 0]
    return x[:, 0] - x[:, 1:] @ np.linalg.lstsq(x[:, 1:], x[:, 0], rcond=None)[0]


def by_wild_bootstrap(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Restricted wild cluster bootstrap: p symmetric in |t|, interval by inverting the test."""
    spec = what.data.spec
    weights = str(spec.option("bootstrap_weights", "rademacher"))
    grouping = str(spec.option("subcluster", "none"))
    subcluster = None if grouping == "none" else what.data.labels(grouping)
    test = wild.wild_cluster_bootstrap(
        what.data.y,
        what.x,
        what.names,
        what.term,
        what.effects,
        what.data.cluster,
        draws=spec.inference.draws,
        rng=np.random.default_rng(spec.inference.seed),
        weights=weights,
        subcluster=subcluster,
    )
    low, high = (bound if np.isfinite(bound) else np.nan for bound in test.interval)
    rows = _resampled(
        what.term, test.coefficient, test.t, "bootstrap", test.p_value, low, high, test.draws
    )
    kind = f"wild_{weights}" + ("" if subcluster is None else f"_{grouping}")
    return rows, {"n_clusters": test.n_clusters, "inference": f"{kind}:{spec.inference.cluster}"}


def _resampled(
    term: str,
    estimate: float,
    statistic: float,
    distribution: str,
    p_value: float,
    low: float,
    high: float,
    draws: int,
) -> pd.DataFrame:
    """Return the row of a test by resampling: no standard error of its own."""
    return pd.DataFrame(
        {
            "term": [term],
            "estimate": estimate,
            "statistic": statistic,
            "distribution": distribution,
            "df": "",
            "p_value": p_value,
            "ci_low": low,
            "ci_high": high,
            "draws": draws,
        }
    )


def by_randomisation(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Permutation of whole treatment paths over units, on the t statistic."""
    data = what.data
    test = path_permutation(what)
    rows = _resampled(
        what.term,
        test.coefficient,
        test.t,
        "permutation",
        test.p_value,
        np.nan,
        np.nan,
        test.draws,
    )
    level = dealt_to(data)
    if level != "unit":
        return rows, {"inference": f"permutation_groups:{level}"}
    return rows, {"inference": f"permutation:{data.spec.inference.cluster}"}


def dealt_to(data: Design) -> str:
    """Return to what the treatment was dealt: the unit, or the option ``dealt_to`` (a column)."""
    return str(data.spec.option("dealt_to", "unit"))


def treatment_paths(data: Design) -> PathTable:
    """Return the treatment of every unit of the sample in each of its periods.

    Where it was dealt to groups of units (the option ``dealt_to``), it is that of every group.
    A balanced sample holds it in its rows. Otherwise it comes from the roll-out, because a path
    that is dealt to another unit is needed also in the years in which its own unit has no row.

    Raises
    ------
    UserError
        If the roll-out lacks a unit or a year, or is not the treatment of the rows (a lag).
    """
    level = dealt_to(data)
    units, periods = np.unique(data.labels(level)), np.unique(data.period)
    if level == "unit" and len(data.frame) == len(units) * len(periods):
        return path_table(data.unit, data.period, data.treatment)
    name, panel = data.spec.treatment, data.whole
    every = panel.treatments
    if name not in every:
        raise UserError(
            f"the roll-out of the {panel.id} panel has no '{name}': its paths are not known where "
            "a unit has no row; use a balanced sample"
        )
    holder = panel.unit if level == "unit" else level
    inside = every[every[holder].isin(units) & every[panel.period].isin(periods)]
    inside = inside.drop_duplicates([holder, panel.period])
    paths = path_table(
        inside[holder].to_numpy(dtype=str), inside[panel.period], inside[name].to_numpy(float)
    )
    if not np.array_equal(paths.at(data.labels(level), data.period), data.treatment):
        raise UserError(
            f"'{name}' is not the one of the roll-out in all rows, so that its paths are not known "
            "where a unit has no row; permute it without a transform or on a balanced sample"
        )
    return paths


def path_permutation(what: Regression) -> randomisation.RandomisationTest:
    """Return the randomisation test of a column."""
    data, spec = what.data, what.data.spec
    return randomisation.randomise_paths(
        data.y,
        treatment_paths(data),
        data.controls if data.control_names else None,
        what.effects,
        data.cluster,
        data.labels(dealt_to(data)),
        data.period,
        draws=spec.inference.draws,
        rng=np.random.default_rng(spec.inference.seed),
        control_names=data.control_names,
    )


def _sandwich(what: Regression) -> tuple[LinearFit, np.ndarray, np.ndarray]:
    result = what.fit(what.data.cluster)
    x_tilde = what.effects.residualise(what.x)
    return result, x_tilde, np.linalg.inv(x_tilde.T @ x_tilde)


def _hac_rows(
    result: LinearFit, hac: spatial_hac.HacCovariance
) -> tuple[pd.DataFrame, dict[str, object]]:
    rows = estimates.rows(
        result.names[:1],
        result.coefficients[:1],
        hac.std_errors[:1],
        distribution=hac.distribution,
        df=hac.df,
    )
    where = f"{hac.cutoff_km:g}km" if hac.cutoff_km else f"lag{hac.lags}"
    return rows, {"inference": f"{hac.kind}:{where}"}


def by_driscoll_kraay(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Driscoll-Kraay with a Bartlett kernel over years, t(T − 1).

    Unit effects are not nested in years, so that K counts them all.
    """
    result, x_tilde, bread = _sandwich(what)
    lags = int(what.data.spec.option("lags"))
    k = what.x.shape[1] + what.effects.rank
    factor = small_sample_factor(result.nobs, k, len(np.unique(what.data.period)))
    hac = spatial_hac.driscoll_kraay(
        x_tilde, result.residuals, bread, what.data.period, lags, factor
    )
    return _hac_rows(result, hac)


def by_conley(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Conley with a Bartlett kernel in distance within years; own serial correlation kept."""
    result, x_tilde, bread = _sandwich(what)
    data = what.data
    units, distance = _distances(data, store)
    factor = small_sample_factor(result.nobs, result.k, result.n_clusters)
    hac = spatial_hac.conley(
        x_tilde,
        result.residuals,
        bread,
        data.unit,
        data.period,
        distance,
        units,
        float(data.spec.option("cutoff_km")),
        factor,
    )
    return _hac_rows(result, hac)


def _distances(data: Design, store: Store) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the sample's units and the distances between them in km."""
    units, distance = store.distances(data.panel.id)
    inside = np.flatnonzero(np.isin(units, data.unit))
    return tuple(units[i] for i in inside), distance[np.ix_(inside, inside)]


KINDS: dict[str, Callable[[Regression, Store], tuple[pd.DataFrame, dict[str, object]]]] = {
    "cluster": by_clusters,
    "crv3": by_clusters,
    "wild": by_wild_bootstrap,
    "randomisation": by_randomisation,
    "driscoll_kraay": by_driscoll_kraay,
    "conley": by_conley,
}


def treatment_rows(data: Design, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return the treatment's row under the declared inference, and the model's fields."""
    kind = data.spec.inference.kind
    if kind not in KINDS:
        raise UserError(f"inference '{kind}' is unknown; known: {', '.join(KINDS)}")
    return KINDS[kind](regression(data), store)
