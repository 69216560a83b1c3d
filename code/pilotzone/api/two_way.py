"""Two-way fixed effects, and its test by the wild cluster bootstrap."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Columns, Regression, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit
from pilotzone.catalogue.names import known

WILD = {"rademacher": "wild_rademacher", "webb": "wild_webb"}
DRAWS = 9_999


@takes(Regression)
def twfe(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    vcov: str = "crv1",
    **columns: Unpack[Regression],
) -> Fit:
    r"""Two-way fixed effects, y_it = α_i + λ_t + τ d_it + γ'x_it + ε_it.

    Frisch and Waugh (1933, Econometrica 1(4)). Errors are clustered with the small-sample factor
    of reghdfe and fixest, G/(G − 1) · (N − 1)/(N − K), and t(G − 1); unit effects are nested in
    clusters of units and count once. A row that the effects fit exactly (a unit seen once) is left
    out and counted, as is a row with a missing cell.

    Parameters
    ----------
    data : DataFrame, N rows
        One row for each unit and period; the panel may be unbalanced.
    formula : str, optional
        ``"y ~ d + x1 + C(g)"`` by formulaic: factors, interactions and functions. The effects come
        from ``unit`` and ``period``.
    unit, period : str
        Columns; periods are whole numbers.
    outcome, treatment, covariates : str, str, str or list of str
        In the place of a formula.
    cluster : str or two of them, optional
        A column; the unit by default. Two cross (Cameron, Gelbach and Miller 2011).
    weights : str, optional
        A column of numbers by which the rows count, as Stata's analytic weights; a row of weight 0
        is dropped.
    effects : {"two_way", "unit", "period", "none", "unit_trends"}
    vcov : {"crv1", "crv3"}
        ``crv3`` is the jackknife over clusters.

    Returns
    -------
    Fit
        A term for each regressor, in the order of the formula.

    Raises
    ------
    UserError
        If a column is not there, a unit stands twice in a period, a variable is infinite or empty,
        is collinear with the effects or with another one.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> pz.twfe(df, "y ~ treated + x", unit="unit", period="year").tidy()["term"].tolist()
    ['treated', 'x']
    """
    known("vcov", vcov, ("crv1", "crv3"))
    panel = given(data, Columns(formula=formula, **columns))
    return estimated(panel, How(estimator="twfe", effects=effects, inference=vcov))


@takes(Regression)
def wild_bootstrap(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    distribution: str = "rademacher",
    draws: int = DRAWS,
    seed: int = 1,
    **columns: Unpack[Regression],
) -> Fit:
    r"""Restricted wild cluster bootstrap of the first coefficient of a two-way regression.

    y*_it = ŷ⁰_it + v_g û⁰_it with the fit under τ = 0 and a sign (or Webb's six points) v_g for
    each cluster; p is the share of |t*| at or above |t|, the interval inverts the test.
    Cameron, Gelbach and Miller (2008, Review of Economics and Statistics 90(3), 414-427); Webb
    (2023, Canadian Journal of Economics 56(3)).

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates, cluster, effects, weights
        See :func:`twfe`.
    distribution : {"rademacher", "webb"}
    draws, seed : int

    Returns
    -------
    Fit
        One term, the first regressor, by the bootstrap: it has no standard error.

    Raises
    ------
    UserError
        As :func:`twfe`; also with fewer than six clusters for signs.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> fit = pz.wild_bootstrap(df, "y ~ treated", unit="unit", period="year", draws=999)
    >>> bool(fit.tidy()["p_value"][0] < 0.05)
    True
    """
    known("distribution", distribution, WILD)
    panel = given(data, Columns(formula=formula, **columns))
    how = How(
        estimator="twfe",
        effects=effects,
        inference=WILD[distribution],
        draws=draws,
        seed=seed,
    )
    return estimated(panel, how)
