"""A column of a made-up table, run as it says."""

import dataclasses

import numpy as np
import pandas as pd
from scipy import special

from pilotzone.faultbench import worlds
from pilotzone.faultbench.notes import LEVEL, Column
from pilotzone.faultbench.worlds import World
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, fit
from pilotzone.methods.inference.wild import wild_cluster_bootstrap

# Added to an outcome that is shifted.
SHIFT = 1.0
TAILS = {"winsor1": 0.01, "winsor5": 0.05}


@dataclasses.dataclass(frozen=True)
class Numbers:
    """What stands behind a row of a table, unrounded."""

    column: str
    term: str
    estimate: float
    std_error: float
    p: float
    df: float
    nobs: int
    clusters: int

    @property
    def t(self) -> float:
        """Estimate over error."""
        return self.estimate / self.std_error

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Limits of the interval at a level."""
        half = special.stdtrit(self.df, (1 + level) / 2) * self.std_error
        return self.estimate - half, self.estimate + half


@dataclasses.dataclass(frozen=True)
class _Ready:
    """Arrays of a regression."""

    y: np.ndarray
    x: np.ndarray
    names: list[str]
    effects: FixedEffects
    cluster: np.ndarray
    labels: pd.DataFrame


def run(world: World, column: Column, claimed: Column) -> list[Numbers]:
    """Return the numbers behind the printed rows of a column that may be claimed otherwise.

    The factor of the errors is that of ``fit`` (fixest), times what another rule would change. The
    clusters that a table counts are those of the claim.
    """
    ready = _ready(world, column)
    robust = column.errors == "robust"
    found = fit(
        ready.y,
        ready.x,
        ready.names,
        ready.effects,
        None if robust else ready.cluster,
        vcov="hc1" if robust else None,
    )
    kept = column.singletons == "kept"
    nobs = len(ready.y) if kept else found.nobs
    rows = slice(None) if kept else ~found.singletons
    clusters, counted = (
        ready.labels[name][rows].nunique() for name in (column.cluster, claimed.cluster)
    )
    scale = 1.0 if robust else np.sqrt(_ratio(column, ready, found, nobs, clusters))
    df = found.df if robust else clusters - 1
    numbers = []
    for term in column.printed:
        at = ready.names.index(term)
        estimate, error = found.coefficients[at], found.std_errors[at] * scale
        p = 2 * special.stdtr(df, -abs(estimate / error))
        if column.draws:
            p = _bootstrapped(ready, term, column.draws, world.seed + at)
        one = (float(estimate), float(error), float(p), float(df), nobs, counted)
        numbers.append(Numbers(column.column, term, *one))
    return numbers


def _ratio(column: Column, ready: _Ready, found: LinearFit, nobs: int, clusters: int) -> float:
    """Return the factor that a rule asks for, relative to that of the fit."""
    full = len(ready.names) + ready.effects.without_singletons.rank

    def factor(n: int, k: int, g: int) -> float:
        return g / (g - 1) * (n - 1) / (n - k)

    wanted = {
        "fixest": factor(nobs, found.k, clusters),
        "reghdfe": (nobs - 1) / (nobs - found.k) * clusters / (clusters - 1),
        "full": factor(nobs, full, clusters),
        "clusters": clusters / (clusters - 1),
        "none": 1.0,
    }[column.small_sample]
    return wanted / factor(found.nobs, found.k, found.n_clusters)


def _ready(world: World, column: Column) -> _Ready:
    frame = world.frame.assign(**{name: _lagged(world, column, name) for name in _spatial(column)})
    used = [column.outcome, *column.controls, *([column.weights] if column.weights else [])]
    kept = np.all([frame[name].notna() for name in used], axis=0)
    if column.left_out:
        kept &= ~frame[world.unit].isin(column.left_out).to_numpy()
    frame = frame if kept.all() else frame[kept]
    x = _treatments(frame, column) | {name: frame[name] for name in column.controls}
    weights = frame[column.weights].to_numpy(float) if column.weights else None
    effects = FixedEffects(
        [pd.factorize(frame[name])[0] for name in column.effects],
        weights=weights,
        names=column.effects,
    )
    y = transformed(frame[column.outcome], column.transform)
    return _Ready(
        *(y, np.column_stack(list(x.values())).astype(float), list(x), effects),
        *(pd.factorize(frame[column.cluster])[0], frame),
    )


def _spatial(column: Column) -> list[str]:
    return [name for name in column.controls if name == "w_zone"]


def _lagged(world: World, column: Column, name: str) -> pd.Series:
    """Return the zones of the neighbours, joined by label or, wrongly, by position."""
    table = world.frame.pivot(index=world.unit, columns="year", values="zone")
    shares = world.matrix
    if column.matrix == "label":
        shares = shares.loc[table.index, table.index]
    near = pd.DataFrame(shares.to_numpy() @ table.to_numpy(), table.index, table.columns)
    keys = pd.MultiIndex.from_frame(world.frame[[world.unit, "year"]])
    return pd.Series(near.stack().loc[keys].to_numpy(), world.frame.index, name=name)


def _treatments(frame: pd.DataFrame, column: Column) -> dict[str, pd.Series]:
    """Return the regressors that a treatment stands for."""
    if column.treatment != "event":
        return {column.treatment: worlds.zones(frame, column.lag) if column.lag else frame["zone"]}
    since = (frame["year"] - frame["first_year"]).where(frame["first_year"] > 0)
    times = [int(e) for e in sorted(since.dropna().unique()) if e not in column.references]
    return {f"event:{e}": (since == e).astype(float) for e in times}


def transformed(y: pd.Series, transform: str) -> np.ndarray:
    """Return the outcome of a regression."""
    if transform == "ln":
        return np.log(y.to_numpy())
    if transform in TAILS:
        tail = TAILS[transform]
        return y.clip(y.quantile(tail), y.quantile(1 - tail)).to_numpy()
    return y.to_numpy() + (SHIFT if transform == "shifted" else 0.0)


def _bootstrapped(ready: _Ready, term: str, draws: int, seed: int) -> float:
    made = wild_cluster_bootstrap(
        ready.y,
        ready.x,
        ready.names,
        term,
        ready.effects,
        ready.cluster,
        draws=draws,
        rng=np.random.default_rng(seed),
        level=None,
    )
    return made.p_value
