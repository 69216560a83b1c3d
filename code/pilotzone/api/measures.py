"""Composite indices, and inequality between units."""

import dataclasses
from collections.abc import Mapping
from typing import Unpack

import numpy as np
import pandas as pd

from pilotzone.api.columns import Columns, Variable, takes
from pilotzone.api.estimate import in_words, measured
from pilotzone.api.given import given
from pilotzone.api.results import Fit
from pilotzone.catalogue.names import known
from pilotzone.errors import UserError
from pilotzone.methods.disparity import inequality
from pilotzone.methods.index import weighting

WEIGHTINGS = {"pooled": weighting.entropy, "by_period": weighting.by_year}
SIGNS = {1: 1, -1: -1, "+": 1, "-": -1}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Index(Fit):
    """Weights of the indicators; :attr:`scores` is the index."""

    values: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)

    @property
    def scores(self) -> pd.DataFrame:
        """The index of each row: unit, period and ``score`` in [0, 1], sorted."""
        return self.values.copy()


def entropy_index(
    data: pd.DataFrame,
    indicators: Mapping[str, int | str],
    *,
    unit: str,
    period: str,
    weights: str = "pooled",
) -> Index:
    r"""Composite index with entropy weights, s_it = Σ_j w_j z_ijt.

    z is the indicator by its range, reversed where the sign is negative; p = z/Σz,
    e_j = −Σ p ln p / ln(cells), w_j = (1 − e_j)/Σ(1 − e). Shannon (1948, Bell System Technical
    Journal 27).

    Parameters
    ----------
    data : DataFrame
        A row with a missing indicator is left out and counted.
    indicators : dict from column to sign
        ``1`` or ``"+"``, ``-1`` or ``"-"`` for one that is reversed.
    unit, period : str
    weights : {"pooled", "by_period"}
        One set of weights, or one for each period (levels of two periods then do not compare).

    Returns
    -------
    Index
        A term ``weight:indicator``, by period ``weight:period:indicator``; ``scores``.

    Raises
    ------
    UserError
        If a column is not there, a sign is none, or an indicator is constant.

    Examples
    --------
    >>> import pilotzone as pz
    >>> found = pz.entropy_index(pz.example(), {"x": 1, "y": -1}, unit="unit", period="year")
    >>> round(float(found.tidy()["estimate"].sum()), 10)
    1.0
    """
    known("weights", weights, WEIGHTINGS)
    if not isinstance(indicators, Mapping) or len(indicators) < 2:
        raise UserError("indicators: give two columns or more with their signs, {'a': 1, 'b': -1}")
    for name, sign in indicators.items():
        if sign not in SIGNS:
            raise UserError(f"indicator '{name}' has the sign {sign!r}; give 1 or -1")
    first, *others = indicators
    panel = given(data, Columns(unit=unit, period=period, outcome=first, covariates=others))
    names = [panel.outcome, panel.treatment, *panel.controls]
    used = panel.panel.frame.dropna(subset=names).reset_index(drop=True)
    if used.empty:
        raise UserError(f"no row has all of {', '.join(indicators)}")
    signs = np.array([SIGNS[sign] for sign in indicators.values()])
    periods = used[panel.panel.period].to_numpy()
    x = used[names].to_numpy(dtype=float)
    with in_words(panel.lexicon):
        made = WEIGHTINGS[weights](weighting.Cells(x, signs, tuple(indicators), periods))
    rows = [
        {"term": ":".join(filter(None, ("weight", year, name))), "estimate": weight}
        for year, values in made.weights.items()
        for name, weight in zip(names, values, strict=True)
    ]
    written = [panel.lexicon.period(code) for code in periods] if panel.lexicon.periods else periods
    keys = {unit: used[panel.panel.unit], period: written}
    scores = pd.DataFrame({**keys, "score": made.score})
    fit = measured(panel, "Entropy index", pd.DataFrame(rows), used, inference="none")
    fields = {f.name: getattr(fit, f.name) for f in dataclasses.fields(Fit)}
    return Index(**{**fields, "outcome": ", ".join(indicators)}, values=scores)


@takes(Variable)
def dagum(data: pd.DataFrame, *, group: str, **columns: Unpack[Variable]) -> Fit:
    r"""Dagum's decomposition of the Gini coefficient in each period, G = G_w + G_nb + G_t.

    Within groups, net between them, and what overlapping groups add. Every unit counts once.
    Dagum (1997, Empirical Economics 22(4), 515-531).

    Parameters
    ----------
    data : DataFrame
    unit, period, outcome : str
        The outcome is not negative; a row without it is left out and counted.
    group : str
        A column; a missing group is refused.

    Returns
    -------
    Fit
        ``gini:period``, ``within:period``, ``between:period``, ``transvariation:period``.

    Raises
    ------
    UserError
        If a column is not there, a value is negative, or a group is missing.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example().assign(level=lambda d: d["y"] - d["y"].min())
    >>> columns = {"outcome": "level", "unit": "unit", "period": "year"}
    >>> found = pz.dagum(df, group="group", **columns).tidy().set_index("term")["estimate"]
    >>> parts = [f"{part}:2010" for part in ("within", "between", "transvariation")]
    >>> bool(abs(found["gini:2010"] - found[parts].sum()) < 1e-12)
    True
    """
    panel = given(data, Columns(cluster=group, **columns))
    used = panel.panel.frame.dropna(subset=[panel.outcome])
    rows = []
    for period, frame in used.groupby(panel.panel.period):
        values, groups = frame[panel.outcome].to_numpy(), frame[panel.cluster].to_numpy()
        with in_words(panel.lexicon):
            made = inequality.dagum(values, groups)
        found = {"gini": made.total, **made.parts}
        rows += [{"term": f"{part}:{period}", "estimate": value} for part, value in found.items()]
    return measured(panel, "Gini by Dagum", pd.DataFrame(rows), used, inference="none")
