"""The numbers that a column would have if it were what its note says, or something else."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy import special

from pilotzone.audit.case.folder import Folder
from pilotzone.audit.feasible import stands_for
from pilotzone.audit.typed_table import TypedRow
from pilotzone.methods.inference.cluster import small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.t_tests import two_sided

# Two programs agree on a coefficient to so much; it is nothing beside the last printed digit.
SLACK = 1e-9
NUMBERS = ("estimate", "std_error", "t", "p", "ci_low", "ci_high")


@dataclasses.dataclass(frozen=True)
class Expected:
    """The cells of a row, unrounded.

    Attributes
    ----------
    p : NaN where it cannot be known, since it was drawn.
    df : of t.
    """

    estimate: float
    std_error: float
    p: float
    df: float
    stars: str
    n: int
    clusters: int

    @property
    def t(self) -> float:
        """Estimate over error."""
        return self.estimate / self.std_error

    def limits(self, level: float) -> tuple[float, float]:
        """Limits of the interval."""
        half = float(special.stdtrit(self.df, (1 + level) / 2)) * self.std_error
        return self.estimate - half, self.estimate + half


# By column and term.
Table = Mapping[tuple[str, str], Expected]


def stars(p: float, levels: Iterable[float]) -> str:
    """Return the stars of a p-value; none for NaN."""
    return "*" * sum(p < level for level in levels)


def table(folder: Folder, columns: Iterable[Mapping[str, object]]) -> Table:
    """Return what columns would give, the rows that they print."""
    return {key: one for column in columns for key, one in refitted(folder, column).items()}


def refitted(folder: Folder, column: Mapping[str, object]) -> dict[tuple[str, str], Expected]:
    """Return the printed rows of one column.

    Raises UserError if it has no estimate.
    """
    panel, rows = _used(folder, column)
    treated = _treatments(folder, column, rows)
    x = treated | {name: panel[name].to_numpy()[rows] for name in column["controls"]}
    weights = panel[column["weights"]].to_numpy(float)[rows] if column["weights"] else None
    factors = [folder.codes[name][rows] for name in column["effects"]]
    effects = FixedEffects(factors, weights=weights, names=column["effects"])
    labels = folder.codes[column["cluster"]][rows]
    robust = column["errors"] == "robust"
    y = _outcome(panel[column["outcome"]][rows], column["transform"])
    made = fit(
        y,
        np.column_stack(list(x.values())).astype(float),
        list(x),
        effects,
        None if robust else labels,
        vcov="hc1" if robust else None,
    )
    kept = np.ones(len(y), bool) if column["singletons"] == "kept" else ~made.singletons
    clusters = len(np.unique(labels[kept]))
    n = int(kept.sum())
    scale, df = 1.0, made.df
    if not robust:
        k = made.k
        if column["small_sample"] == "full":
            k = len(x) + effects.without_singletons.rank
        wanted = {
            "clusters": clusters / (clusters - 1),
            "none": 1.0,
        }.get(column["small_sample"], small_sample_factor(n, k, clusters))
        scale = np.sqrt(wanted / small_sample_factor(made.nobs, made.k, made.n_clusters))
        df = clusters - 1
    counted = folder.codes[column.get("counted", column["cluster"])][rows]
    groups = len(np.unique(counted[kept]))
    found = {}
    for term in column["printed"]:
        if term not in x:
            continue
        at = list(x).index(term)
        b, s = float(made.coefficients[at]), float(made.std_errors[at] * scale)
        p = np.nan if column["draws"] else float(two_sided(np.float64(b / s), df))
        said = stars(p, folder.note["stars"])
        found[column["column"], term] = Expected(b, s, p, df, said, n, groups)
    return found


def _used(folder: Folder, column: Mapping[str, object]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the panel and which rows a column uses: all cells there, no unit left out."""
    panel = folder.panel
    spatial = folder.note.get("matrix", {}).get("regressor")
    if spatial in column["controls"]:
        panel = panel.assign(**{spatial: _neighbours(folder, column["matrix"])})
    names = [column["outcome"], *column["controls"]]
    names += [column["weights"]] if column["weights"] else []
    kept = np.all([panel[name].notna() for name in names], axis=0)
    for unit in column["left_out"]:
        kept &= (panel[folder.unit] != unit).to_numpy()
    return panel, kept


def _neighbours(folder: Folder, joined: str) -> np.ndarray:
    """Return the mean of a variable over the neighbours, by label or by position."""
    said, time = folder.note["matrix"], folder.note["period"]
    weights = folder.beside(said["file"]).set_index(folder.unit)
    wide = folder.panel.pivot(index=time, columns=folder.unit, values=said["of"])
    if joined == "label":
        weights = weights.loc[wide.columns, wide.columns]
    near = pd.DataFrame(wide.to_numpy() @ weights.to_numpy().T, wide.index, wide.columns)
    keys = zip(folder.panel[time], folder.panel[folder.unit], strict=True)
    values = near.stack()
    return values.loc[list(keys)].to_numpy()


def _treatments(
    folder: Folder, column: Mapping[str, object], rows: np.ndarray
) -> dict[str, np.ndarray]:
    panel = folder.panel
    if column["treatment"] != "event" and not column["lag"]:
        return {column["treatment"]: panel[column["treatment"]].to_numpy()[rows]}
    first, year = (panel[name].to_numpy()[rows] for name in ("first_year", folder.note["period"]))
    if column["treatment"] != "event":
        # Treated from some year after the first zone on.
        return {"zone": (first > 0) & (year - column["lag"] >= first)}
    since, ever = year - first, first > 0
    times = sorted(set(since[ever].tolist()) - set(column["references"]))
    return {f"event:{e:.0f}": ever & (since == e) for e in times}


def _outcome(y: pd.Series, transform: str) -> np.ndarray:
    if transform == "ln":
        return np.log(y.to_numpy())
    if transform.startswith("winsor"):
        tail = float(transform.removeprefix("winsor")) / 100
        return y.clip(*y.quantile([tail, 1 - tail])).to_numpy()
    return y.to_numpy()


def misfits(row: TypedRow, expected: Expected | None, level: float) -> frozenset[str]:
    """Return the cells of a row that are not what a number prints; ``row`` if there is none."""
    if expected is None:
        return frozenset({"row"})
    low, high = expected.limits(level)
    numbers = dict(zip(NUMBERS, (expected.estimate, expected.std_error, expected.t), strict=False))
    numbers |= {"p": expected.p, "ci_low": low, "ci_high": high}
    wrong = {
        name
        for name, text in row.cells.items()
        if name != "stars" and not np.isnan(numbers[name])
        if not stands_for(name, text).holds(numbers[name], SLACK)
    }
    wrong |= {"stars"} if row.cells["stars"] != expected.stars else set()
    wrong |= {"n"} if row.n != expected.n else set()
    wrong |= {"clusters"} if row.clusters not in (None, expected.clusters) else set()
    return frozenset(wrong)
