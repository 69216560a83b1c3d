"""Printed tables made from hidden conventions, by a twin that shares nothing with the search.

The twin is least squares on all dummies by numpy, with the textbook formula of every error, rule
and R²; pandas takes the rows. What it prints, and one digit of it changed, are put to the search.
"""

import dataclasses
import itertools
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("focal", "focal, N", "focal, N, R²", "focal, p, N", "controls, N", "controls, N, R²")
# Errors are printed with two digits that count, or more.
DECIMALS = (3, 4, 5)
RULES = (
    *("reghdfe", "fixest", "full", "statsmodels", "linearmodels", "linearmodels_constant"),
    *("areg", "xtreg", "none"),
)
OWN = ("linearmodels", "linearmodels_constant")
PROVINCES = """
unit = "province_code"
period = "year"
outcomes = ["nqp", "nqp_no_ecommerce"]
treatments = ["zone_first", "zone_share"]
controls = ["secondary_share", "openness", "fiscal_share", "urbanisation", "finance"]
clusters = ["province_code", "region4"]
weights = ["population_10k"]
effects = ["unit", "unit+period", "unit+region3#period", "unit+period+unit#trend"]
transforms = ["level", "ln", "winsor1"]
lags = [0, 1]
[samples]
all = []
to_2019 = ["year > 2019"]
no_municipalities = ["municipality == 1"]
"""
WAGES = """
unit = "nr"
period = "year"
outcomes = ["lwage", "hours"]
treatments = ["union", "married"]
controls = ["expersq", "exper", "educ"]
clusters = ["nr", "occupation"]
effects = ["none", "unit", "unit+period", "unit+occupation#period"]
transforms = ["level", "winsor1", "winsor5"]
lags = [0, 1]
[samples]
all = []
from_1982 = ["year < 1982"]
short_hours = ["hours > 2300"]
not_black = ["black == 1"]
"""
STATES = """
unit = "STATE"
period = "YR"
outcomes = ["GSP", "PC"]
treatments = ["P_CAP", "HWY"]
controls = ["EMP", "UNEMP"]
always = ["WATER"]
clusters = ["STATE", "YR"]
effects = ["unit", "period", "unit+period", "unit+period+unit#trend"]
transforms = ["level", "ln"]
lags = [0, 1, 2]
[samples]
all = []
from_1975 = ["YR < 1975"]
no_large = ["EMP > 5000", "ST_ABB == DC"]
"""


@dataclasses.dataclass(frozen=True, eq=False)
class Panel:
    """A panel, its file and the candidates."""

    name: str
    frame: pd.DataFrame
    path: Path
    config: Path

    @property
    def choices(self):
        """The candidates as they stand in the file."""
        return tomllib.loads(self.config.read_text())


@dataclasses.dataclass(frozen=True)
class Hidden:
    """A convention, by the columns of conventions.csv, and what is printed of it."""

    outcome: str
    treatment: str
    controls: tuple[str, ...]
    sample: str
    effects: str
    transform: str
    lag: int
    weights: str
    cluster: str
    small_sample: str
    distribution: str
    parentheses: str
    r2: str
    singletons: bool
    printed: str
    decimals: int


def panels(folder, derived=ROOT / "data/derived"):
    """Return our panel and two public ones, written below a folder."""
    from linearmodels.datasets import munnell, wage_panel

    provinces = pd.read_csv(derived / "province_panel.csv")
    wages = wage_panel.load().reset_index(drop=True)
    wages = wages[wages["nr"].isin(sorted(wages["nr"].unique())[:80])]
    states = munnell.load()
    made = []
    texts = {"provinces": PROVINCES, "wages": WAGES, "states": STATES}
    for (name, text), frame in zip(texts.items(), (provinces, wages, states), strict=True):
        path, config = folder / f"{name}.csv", folder / f"{name}.toml"
        frame.to_csv(path, index=False)
        config.write_text(text)
        made.append(Panel(name, pd.read_csv(path), path, config))
    return made


def draw(panel, rng):
    """Return a convention drawn from the lattice of a panel."""
    choices = panel.choices

    def one(values):
        return values[rng.integers(len(values))]

    controls = [name for name in choices["controls"] if rng.random() < 0.5]
    return Hidden(
        outcome=one(choices["outcomes"]),
        treatment=one(choices["treatments"]),
        controls=(*choices.get("always", ()), *controls),
        sample=one(list(choices["samples"])),
        effects=one(choices["effects"]),
        transform=one(choices["transforms"]),
        lag=int(one(choices["lags"])),
        weights=one(["none", *choices.get("weights", ())]),
        cluster=one(["none", "robust", *choices["clusters"], *choices["clusters"]]),
        small_sample=one(RULES),
        distribution=one(["t", "normal"]),
        parentheses=one(["std_error", "std_error", "t"]),
        r2=one(["within", "within_unit", "overall", "between", "adjusted", "adjusted_within"]),
        singletons=bool(rng.random() < 0.5),
        printed=one(KINDS),
        decimals=int(one(DECIMALS)),
    )


def rows_of(panel, hidden):
    """Return the rows of a regression with columns y, x and w."""
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
    made = pd.DataFrame({"y": y, "w": w}).join(x.astype(float))
    keep = made.notna().all(axis=1) & ~left
    return made[keep], frame[keep.to_numpy()]


def labels_of(panel, part, keys):
    """Return the labels of a part of effects."""
    choices = panel.choices
    real = {"unit": choices["unit"], "period": choices["period"]}
    pieces = [keys[real.get(name, name)].astype(str) for name in part.split("#")]
    return pieces[0] if len(pieces) == 1 else pieces[0] + "#" + pieces[1]


def regression(panel, hidden):
    """Return every number of a regression; None if it is not identified or the rule not defined."""
    made, keys = rows_of(panel, hidden)
    parts = [] if hidden.effects == "none" else hidden.effects.split("+")
    factors = {p: labels_of(panel, p, keys) for p in parts if not p.endswith("#trend")}
    if not hidden.singletons:
        while True:
            alone = pd.Series(False, index=keys.index)
            for labels in factors.values():
                alone |= labels.map(labels.value_counts()) == 1
            if not alone.any():
                break
            made, keys = made[~alone], keys[~alone]
            factors = {name: labels[~alone] for name, labels in factors.items()}
    if len(made) < 20:
        return None
    blocks = [np.ones((len(made), 1))]
    blocks += [pd.get_dummies(labels).to_numpy(float) for labels in factors.values()]
    trends = 0
    for part in parts:
        if part.endswith("#trend"):
            own = pd.get_dummies(labels_of(panel, part.split("#")[0], keys)).to_numpy(float)
            time = keys[panel.choices["period"]].to_numpy(float)
            blocks.append(own * (time - time.mean())[:, None])
            trends += own.shape[1]
    root = np.sqrt(made["w"].to_numpy(float))[:, None]
    dummies = np.hstack(blocks) * root
    u, s, _ = np.linalg.svd(dummies, full_matrices=False)
    u = u[:, s > 1e-9 * s[0]]
    names = [hidden.treatment, *hidden.controls]
    x, y = made[names].to_numpy(float) * root, made["y"].to_numpy(float)[:, None] * root
    x_in, y_in = x - u @ (u.T @ x), y - u @ (u.T @ y)
    scale = np.linalg.norm(x_in, axis=0)
    sizes = np.linalg.norm(x - root * (root * x).sum(0) / (root**2).sum(), axis=0)
    if (scale < 1e-7 * sizes).any() or np.linalg.cond(x_in / scale) > 1e6:
        return None
    beta = np.linalg.lstsq(x_in, y_in, rcond=None)[0]
    e = y_in - x_in @ beta
    if np.linalg.norm(e) < 1e-6 * np.linalg.norm(y_in):
        return None
    facts = {
        "n": len(made),
        "k": len(names),
        "rank": u.shape[1],
        "levels": (sum(f.nunique() for f in factors.values()) - len(factors) + 1 or 1) + trends,
        "trends": trends,
        "factors": factors,
    }
    variance = covariance(panel, hidden, keys, x_in, e, facts)
    if variance is None:
        return None
    error, df = np.sqrt(np.diag(variance[0])), variance[1]
    shares = r_squared(panel, hidden, keys, x, y, beta, e, y_in, root, facts)
    t = beta[:, 0] / error
    tail = stats.norm.sf if hidden.distribution == "normal" else (lambda v: stats.t.sf(v, df))
    p = 2 * tail(np.abs(t))
    made = {"names": names, "beta": beta[:, 0], "error": error, "t": t, "p": p, "r2": shares}
    return made | facts


def covariance(panel, hidden, keys, x, e, facts):
    """Return the covariance and the degrees of freedom of t, None where a rule has none."""
    n, k, rank, levels = (facts[name] for name in ("n", "k", "rank", "levels"))
    rule = hidden.small_sample
    bread = np.linalg.inv(x.T @ x)
    counted = levels if rule in ("fixest", *OWN) else rank
    unit = labels_of(panel, "unit", keys)
    with_unit = "unit" in facts["factors"]
    if hidden.cluster in ("none", "robust"):
        left = n - k - counted
        if left <= 0 or (rule == "xtreg" and hidden.cluster == "robust" and with_unit):
            return None
        if hidden.cluster == "none":
            rss = float((e**2).sum())
            return bread * rss / (n if rule == "none" else left), left
        meat = (x * e).T @ (x * e)
        return bread @ meat @ bread * (1 if rule == "none" else n / left), left
    clusters = keys[hidden.cluster].astype(str)
    g = clusters.nunique()
    if g < 2:
        return None

    def nested(labels):
        return bool((clusters.groupby(labels.to_numpy()).nunique() == 1).all())

    inside = {name: one for name, one in facts["factors"].items() if nested(one)}
    if rule == "reghdfe" and inside:
        held = np.hstack([pd.get_dummies(one).to_numpy(float) for one in inside.values()])
        counted = rank - np.linalg.matrix_rank(held) + 1
    elif rule == "fixest":
        counted = levels - sum(one.nunique() for one in inside.values()) + len(inside)
    elif rule == "xtreg" and with_unit:
        if not nested(unit):
            return None
        counted = rank - unit.nunique() + 1
    df = g - 1
    if rule in OWN:
        df = n - k - levels
        if len(facts["factors"]) == 1 and inside and not facts["trends"]:
            counted = OWN.index(rule)
    left = n - k - counted
    if left <= 0 or df <= 0:
        return None
    scores = np.array([(x * e)[clusters.to_numpy() == c].sum(0) for c in clusters.unique()])
    own = {"none": 1.0} | dict.fromkeys(OWN, n / left)
    factor = own.get(rule, g / (g - 1) * (n - 1) / left)
    return factor * bread @ (scores.T @ scores) @ bread, df


def r_squared(panel, hidden, keys, x, y, beta, e, y_in, root, facts):
    """Return R² by kind."""
    n, k, rank = facts["n"], facts["k"], facts["rank"]
    w = root[:, 0] ** 2
    value = y[:, 0] / root[:, 0]
    rss = float((e**2).sum())
    total = float((w * (value - np.average(value, weights=w)) ** 2).sum())
    unit = labels_of(panel, "unit", keys).to_numpy()
    table = pd.DataFrame({"u": unit, "w": w, "y": value, "f": (x @ beta)[:, 0] / root[:, 0]})
    sums = table[["y", "f"]].mul(table["w"], axis=0).groupby(table["u"]).sum()
    means = sums.div(table.groupby("u")["w"].sum(), axis=0)
    of_unit = value - means["y"].reindex(unit).to_numpy()
    made = {"overall": 1 - rss / total, "between": means.corr().loc["y", "f"] ** 2}
    made["adjusted"] = 1 - (1 - made["overall"]) * (n - 1) / (n - k - rank)
    if hidden.effects != "none":
        made["within"] = 1 - rss / float((y_in**2).sum())
        made["adjusted_within"] = 1 - (1 - made["within"]) * (n - rank) / (n - k - rank)
    if "unit" in facts["factors"] and hidden.effects != "unit":
        made["within_unit"] = 1 - rss / float((w * of_unit**2).sum())
    return made


def table(hidden, found):
    """Return a printed table as rows of texts; None if nothing of it would be seen."""
    decimals = hidden.decimals
    if float(f"{found['error'][0]:.{decimals}f}") * 10**decimals < 10:
        return None
    if "R²" in hidden.printed and hidden.r2 not in found["r2"]:
        return None
    rows = []
    count = len(found["names"]) if "controls" in hidden.printed else 1
    for at in range(count):
        beside = found["error"][at] if hidden.parentheses == "std_error" else found["t"][at]
        row = {
            "term": found["names"][at],
            "estimate": f"{found['beta'][at]:.{decimals}f}",
            "std_error": f"({beside:.{decimals if hidden.parentheses == 'std_error' else 2}f})",
            "p": f"{found['p'][at]:.3f}" if ", p" in hidden.printed else "",
            "n": str(found["n"]) if "N" in hidden.printed else "",
            "r2": f"{found['r2'][hidden.r2]:.3f}" if "R²" in hidden.printed else "",
        }
        rows.append({"column": "1"} | row)
    return rows


def write(rows, path):
    """Write a table and return its path."""
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def perturbed(rows, rng):
    """Return the table with one digit of one number changed; N and R² change in every row."""
    changed = [dict(row) for row in rows]
    cells = [
        (at, name)
        for at, row in enumerate(rows)
        for name in ("estimate", "std_error", "p", "n", "r2")
        if row[name] and (at == 0 or name not in ("n", "r2"))
    ]
    at, name = cells[rng.integers(len(cells))]
    text = rows[at][name]
    # No R² and no p above one, which would be refused.
    first = 1 if name in ("r2", "p") else 0
    places = [place for place, sign in enumerate(text) if sign.isdigit() and place >= first]
    place = places[rng.integers(len(places))]
    others = [digit for digit in "0123456789" if digit != text[place]]
    if name == "n" and place == 0:
        others = [digit for digit in others if digit != "0"]
    digit = others[rng.integers(len(others))]
    changed[at][name] = text[:place] + digit + text[place + 1 :]
    if name in ("n", "r2"):
        for row in changed:
            row[name] = changed[at][name]
    return changed, name


def cases(made, count, seed):
    """Give tables with panel and convention, as many of each panel."""
    rng = np.random.default_rng(seed)
    turns = itertools.cycle(made)
    while count:
        panel = next(turns)
        while True:
            hidden = draw(panel, rng)
            found = regression(panel, hidden)
            rows = found and table(hidden, found)
            if rows:
                break
        yield panel, hidden, rows, found, rng
        count -= 1
