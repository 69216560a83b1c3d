"""Printed tables made from hidden conventions, by a twin that shares nothing with the search.

What the twin prints (``twin.py``), and one digit of it changed, are put to the search.
"""

import dataclasses
import itertools
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import twin

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("focal", "focal, N", "focal, N, R²", "focal, p, N", "controls, N", "controls, N, R²")
# Errors are printed with two digits that count, or more.
DECIMALS = (3, 4, 5)
# Tables with more than one column, and how many they may have; what their columns need not share.
SEVERAL, COLUMNS = 0.3, (2, 3)
OWN = ("outcome", "treatment", "controls", "effects", "transform")
# Draws of a further column with the N of the first before another table is drawn.
ATTEMPTS = 40
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


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """A printed table: its conventions, what the twin found and the rows, as many of each column.

    Columns share N, sample, lag, weights, clusters, rule, distribution, brackets, kind of R² and
    how singletons are treated.
    """

    panel: Panel
    columns: tuple[Hidden, ...]
    found: tuple[dict, ...]
    rows: list[dict[str, str]]


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
        small_sample=one(twin.RULES),
        distribution=one(["t", "normal"]),
        parentheses=one(["std_error", "std_error", "t"]),
        r2=one(twin.R2),
        singletons=bool(rng.random() < 0.5),
        printed=one(KINDS),
        decimals=int(one(DECIMALS)),
    )


def column(hidden, found, number):
    """Return a printed column as rows of texts; None if nothing of it would be seen."""
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
        rows.append({"column": str(number)} | row)
    return rows


def write(rows, path):
    """Write a table and return its path."""
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def perturbed(rows, rng):
    """Return the table with one digit changed, the cell and its column.

    N and R² change in every row of their column.
    """
    changed = [dict(row) for row in rows]
    first = {row["column"]: at for at, row in reversed(list(enumerate(rows)))}
    cells = [
        (at, name)
        for at, row in enumerate(rows)
        for name in ("estimate", "std_error", "p", "n", "r2")
        if row[name] and (at == first[row["column"]] or name not in ("n", "r2"))
    ]
    at, name = cells[rng.integers(len(cells))]
    text = rows[at][name]
    # No R² and no p above one, which would be refused.
    start = 1 if name in ("r2", "p") else 0
    places = [place for place, sign in enumerate(text) if sign.isdigit() and place >= start]
    place = places[rng.integers(len(places))]
    others = [digit for digit in "0123456789" if digit != text[place]]
    if name == "n" and place == 0:
        others = [digit for digit in others if digit != "0"]
    digit = others[rng.integers(len(others))]
    changed[at][name] = text[:place] + digit + text[place + 1 :]
    if name in ("n", "r2"):
        for row in changed:
            if row["column"] == rows[at]["column"]:
                row[name] = changed[at][name]
    return changed, name, int(rows[at]["column"])


def _printed(panel, hidden, number, n=None):
    """Return what the twin finds under a convention and its rows; None if there is nothing."""
    found = twin.regression(panel, hidden, n)
    rows = found and column(hidden, found, number)
    return (found, rows) if rows else None


def _beside(panel, made, rng):
    """Return a further column, (hidden, found, rows), of the same N; None after ATTEMPTS."""
    first, found, _ = made[0]
    for _ in range(ATTEMPTS):
        other = draw(panel, rng)
        hidden = dataclasses.replace(first, **{name: getattr(other, name) for name in OWN})
        if hidden in [one for one, _, _ in made]:
            continue
        printed = _printed(panel, hidden, len(made) + 1, found["n"])
        if printed:
            return (hidden, *printed)
    return None


def _table(panel, rng):
    """Return a table drawn from the lattice of a panel; None if it cannot be printed."""
    hidden = draw(panel, rng)
    several = rng.random() < SEVERAL and ", N" in hidden.printed
    count = int(rng.choice(COLUMNS)) if several else 1
    printed = _printed(panel, hidden, 1)
    if not printed:
        return None
    made = [(hidden, *printed)]
    while len(made) < count:
        beside = _beside(panel, made, rng)
        if not beside:
            return None
        made.append(beside)
    columns, found, rows = zip(*made, strict=True)
    return Table(panel, columns, found, list(itertools.chain.from_iterable(rows)))


def cases(made, count, seed):
    """Give tables and the generator that drew them, as many of each panel."""
    rng = np.random.default_rng(seed)
    for panel in itertools.islice(itertools.cycle(made), count):
        one = None
        while one is None:
            one = _table(panel, rng)
        yield one, rng
