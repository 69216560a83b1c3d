"""Regressions by a twin of the search: all dummies, and the textbook formula of everything.

Shares no code with ``pilotzone``: numpy takes the least squares, pandas the rows.
"""

import dataclasses
import functools

import numpy as np
import pandas as pd
from scipy import stats

RULES = (
    *("reghdfe", "fixest", "full", "statsmodels", "linearmodels", "linearmodels_constant"),
    *("areg", "xtreg", "none"),
)
OWN = ("linearmodels", "linearmodels_constant")
R2 = (
    *("within", "within_unit", "overall", "overall_fitted"),
    *("between", "adjusted", "adjusted_within"),
)
TREND = "#trend"
# Columns whose shares left within the effects are below, and regressors as collinear as this,
# print digits that are rounding.
LEFT, CONDITION = 1e-7, 1e6


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a regression: y, regressors and w; the panel's columns; labels by factor."""

    data: pd.DataFrame
    keys: pd.DataFrame
    factors: dict[str, pd.Series]

    def where(self, kept):
        """Return some of the rows."""
        factors = {name: labels[kept] for name, labels in self.factors.items()}
        return Rows(self.data[kept], self.keys[kept], factors)


@dataclasses.dataclass(frozen=True, eq=False)
class Parts:
    """A regression in the metric of the weights.

    Attributes
    ----------
    x, y, x_in, y_in : before and after the effects; ``beta`` (k, 1), ``e`` residuals.
    root : square roots of the weights (N, 1).
    rank, levels, trends : of the effects; their number; that of slopes on the period.
    """

    x: np.ndarray
    y: np.ndarray
    x_in: np.ndarray
    y_in: np.ndarray
    beta: np.ndarray
    e: np.ndarray
    root: np.ndarray
    rank: int
    levels: int
    trends: int


def labels_of(panel, part, keys):
    """Return the labels of a part of effects."""
    choices = panel.choices
    real = {"unit": choices["unit"], "period": choices["period"]}
    pieces = [keys[real.get(name, name)].astype(str) for name in part.split("#")]
    return pieces[0] if len(pieces) == 1 else pieces[0] + "#" + pieces[1]


def rows_of(panel, hidden):
    """Return the complete rows of a regression, without singletons if they are dropped."""
    choices, frame = panel.choices, panel.frame
    unit, period = choices["unit"], choices["period"]
    left = np.zeros(len(frame), dtype=bool)
    for text in choices["samples"][hidden.sample]:
        column, sign, value = text.split(" ")
        quoted = value if value.lstrip("-").isdigit() else repr(value)
        left |= frame.eval(f"`{column}` {sign} {quoted}").to_numpy()
    y = frame[hidden.outcome].astype(float).where(~left)
    if hidden.transform == "ln":
        y = np.log(y.where(y > 0))
    elif hidden.transform.startswith("winsor"):
        share = int(hidden.transform.removeprefix("winsor")) / 100
        y = y.clip(y.quantile(share), y.quantile(1 - share))
    names = [hidden.treatment, *hidden.controls]
    before = frame[[unit, period, *names]].copy()
    before[period] += hidden.lag
    x = frame[[unit, period]].merge(before, on=[unit, period], how="left")[names]
    w = 1.0 if hidden.weights == "none" else frame[hidden.weights]
    data = pd.DataFrame({"y": y, "w": w}).join(x.astype(float))
    kept = data.notna().all(axis=1) & ~left
    factors = {p: labels_of(panel, p, frame) for p in _parts(hidden) if not p.endswith(TREND)}
    made = Rows(data, frame, factors).where(kept)
    return made if hidden.singletons else _without_singletons(made)


def _parts(hidden):
    return [] if hidden.effects == "none" else hidden.effects.split("+")


def _without_singletons(rows):
    while True:
        alone = pd.Series(False, index=rows.keys.index)
        for labels in rows.factors.values():
            alone |= labels.map(labels.value_counts()) == 1
        if not alone.any():
            return rows
        rows = rows.where(~alone)


def _dummies(panel, hidden, rows):
    """Return the dummies, an intercept and the trends, and the number of trends."""
    blocks = [np.ones((len(rows.data), 1))]
    blocks += [pd.get_dummies(labels).to_numpy(float) for labels in rows.factors.values()]
    count = 0
    time = rows.keys[panel.choices["period"]].to_numpy(float)
    for part in _parts(hidden):
        if part.endswith(TREND):
            labels = labels_of(panel, part.removesuffix(TREND), rows.keys)
            own = pd.get_dummies(labels).to_numpy(float)
            blocks.append(own * (time - time.mean())[:, None])
            count += own.shape[1]
    return np.hstack(blocks), count


@functools.lru_cache(maxsize=32)
def _basis(content, width):
    """Return an orthonormal basis of the columns of a matrix; many regressions have the same."""
    u, s, _ = np.linalg.svd(np.frombuffer(content).reshape(-1, width), full_matrices=False)
    return u[:, s > 1e-9 * s[0]]


def _fitted(panel, hidden, rows):
    """Return a regression; None if it is not identified."""
    root = np.sqrt(rows.data["w"].to_numpy(float))[:, None]
    dummies, trends = _dummies(panel, hidden, rows)
    weighted = dummies * root
    u = _basis(weighted.tobytes(), weighted.shape[1])
    x = rows.data[[hidden.treatment, *hidden.controls]].to_numpy(float) * root
    y = rows.data["y"].to_numpy(float)[:, None] * root
    x_in, y_in = x - u @ (u.T @ x), y - u @ (u.T @ y)
    scale = np.linalg.norm(x_in, axis=0)
    sizes = np.linalg.norm(x - root * (root * x).sum(0) / (root**2).sum(), axis=0)
    if (scale < LEFT * sizes).any() or np.linalg.cond(x_in / scale) > CONDITION:
        return None
    beta = np.linalg.lstsq(x_in, y_in, rcond=None)[0]
    e = y_in - x_in @ beta
    if np.linalg.norm(e) < 1e-6 * np.linalg.norm(y_in):
        return None
    levels = sum(f.nunique() for f in rows.factors.values()) - len(rows.factors) + 1
    levels = (levels if rows.factors else 1) + trends
    return Parts(x, y, x_in, y_in, beta, e, root, u.shape[1], levels, trends)


def regression(panel, hidden, n=None):
    """Return every number of a regression; None if it is not identified or the rule not defined.

    With ``n`` None as well if the regression has another number of rows.
    """
    rows = rows_of(panel, hidden)
    enough = len(rows.data) >= 20 and n in (None, len(rows.data))
    made = _fitted(panel, hidden, rows) if enough else None
    variance = made and covariance(panel, hidden, rows, made)
    if variance is None:
        return None
    error, df = np.sqrt(np.diag(variance[0])), variance[1]
    t = made.beta[:, 0] / error
    tail = stats.norm.sf if hidden.distribution == "normal" else (lambda v: stats.t.sf(v, df))
    return {
        "names": [hidden.treatment, *hidden.controls],
        "beta": made.beta[:, 0],
        "error": error,
        "t": t,
        "p": 2 * tail(np.abs(t)),
        "n": len(rows.data),
        "r2": r_squared(panel, hidden, rows, made),
    }


def covariance(panel, hidden, rows, made):
    """Return the covariance and the degrees of freedom of t, None where a rule has none."""
    n, k = made.x.shape
    rule = hidden.small_sample
    counted = made.levels if rule in ("fixest", *OWN) else made.rank
    bread = np.linalg.inv(made.x_in.T @ made.x_in)
    scores = made.x_in * made.e
    if hidden.cluster not in ("none", "robust"):
        clusters = rows.keys[hidden.cluster].astype(str)
        factor, df = _factor(panel, rule, rows, made, clusters)
        if factor is None:
            return None
        sums = np.array([scores[clusters.to_numpy() == c].sum(0) for c in clusters.unique()])
        return factor * bread @ (sums.T @ sums) @ bread, df
    left = n - k - counted
    of_unit = rule == "xtreg" and hidden.cluster == "robust" and "unit" in rows.factors
    if left <= 0 or of_unit:
        return None
    if hidden.cluster == "none":
        return bread * float((made.e**2).sum()) / (n if rule == "none" else left), left
    return bread @ (scores.T @ scores) @ bread * (1 if rule == "none" else n / left), left


def _factor(panel, rule, rows, made, clusters):
    """Return the factor of a clustered covariance and the degrees of freedom; None without."""

    def nested(labels):
        return bool((clusters.groupby(labels.to_numpy()).nunique() == 1).all())

    n, k = made.x.shape
    g = clusters.nunique()
    inside = [labels for labels in rows.factors.values() if nested(labels)]
    counted, df = made.levels if rule in ("fixest", *OWN) else made.rank, g - 1
    if rule == "reghdfe" and inside:
        held = np.hstack([pd.get_dummies(one).to_numpy(float) for one in inside])
        counted = made.rank - np.linalg.matrix_rank(held) + 1
    elif rule == "fixest":
        counted = made.levels - sum(one.nunique() for one in inside) + len(inside)
    elif rule == "xtreg" and "unit" in rows.factors:
        unit = labels_of(panel, "unit", rows.keys)
        counted = made.rank - unit.nunique() + 1 if nested(unit) else n
    elif rule in OWN:
        df = n - k - made.levels
        if len(rows.factors) == 1 and inside and not made.trends:
            counted = OWN.index(rule)
    left = n - k - counted
    if left <= 0 or df <= 0:
        return None, None
    own = {"none": 1.0} | dict.fromkeys(OWN, n / left)
    return own.get(rule) or g / (g - 1) * (n - 1) / left, df


def r_squared(panel, hidden, rows, made):
    """Return R² by kind."""
    n, k = made.x.shape
    w, left = made.root[:, 0] ** 2, n - k - made.rank
    table = pd.DataFrame({"y": made.y[:, 0], "f": (made.x @ made.beta)[:, 0]})
    table = table.div(made.root[:, 0], axis=0)
    unit = labels_of(panel, "unit", rows.keys).to_numpy()
    sums = table.mul(w, axis=0).groupby(unit).sum()
    means = sums.div(pd.Series(w).groupby(unit).sum(), axis=0)
    around = table - np.average(table, axis=0, weights=w)
    products = (around.mul(w, axis=0).T @ around).to_numpy()
    rss = float((made.e**2).sum())
    found = {
        "overall": 1 - rss / products[0, 0],
        "overall_fitted": products[0, 1] ** 2 / (products[0, 0] * products[1, 1]),
        "between": means.corr().loc["y", "f"] ** 2,
    }
    found["adjusted"] = 1 - (1 - found["overall"]) * (n - 1) / left
    if hidden.effects != "none":
        found["within"] = 1 - rss / float((made.y_in**2).sum())
        found["adjusted_within"] = 1 - (1 - found["within"]) * (n - made.rank) / left
    if "unit" in rows.factors and hidden.effects != "unit":
        of_unit = table["y"].to_numpy() - means["y"].reindex(unit).to_numpy()
        found["within_unit"] = 1 - rss / float((w * of_unit**2).sum())
    return found
