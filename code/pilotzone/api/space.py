"""Spatial panels: models by maximum likelihood, tests, autocorrelation."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Columns, Placed, Space, takes
from pilotzone.api.estimate import How, estimated, in_words, measured
from pilotzone.api.given import Given, given
from pilotzone.api.results import Fit
from pilotzone.errors import UserError
from pilotzone.methods.space.moran import morans_i
from pilotzone.methods.space.weights import SpatialWeights

PERMUTATIONS = 999


@takes(Space)
def sar(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    vcov: str = "cluster_pairs",
    lee_yu: bool = False,
    draws: int | None = None,
    seed: int | None = None,
    **columns: Unpack[Space],
) -> Fit:
    r"""Spatial lag, y_t = ρ W y_t + X_t β + α + λ_t ι + ε_t, by maximum likelihood.

    Effects of a regressor are the means over units of the diagonal (direct) and of the row sums off
    it (indirect) of (I − ρW)⁻¹ β (LeSage and Pace 2009, Introduction to Spatial Econometrics).
    Elhorst (2014, Spatial Econometrics); Lee and Yu (2010, Journal of Econometrics 154(2)).

    Parameters
    ----------
    data : DataFrame, n units × T periods
        Balanced.
    formula : str, optional
        ``"y ~ x1 + x2"``.
    unit, period, outcome, treatment, covariates : str
        See :func:`twfe`.
    spatial_weights : DataFrame, libpysal W or Graph, SpatialWeights, shape (n, n)
        Joined by the labels of the units; each row is divided by its sum.
    effects : {"two_way", "unit", "period", "none", "unit_trends"}
    vcov : {"cluster_pairs", "information"}
        Clusters by unit with the pair terms that tie the scores of neighbours, t(n − 1); or the
        expected information, which takes years as independent.
    lee_yu : bool
        Lee and Yu's transformation, which takes the incidental parameters out.
    draws, seed : int, optional
        Errors of the effects by simulation; without them by the delta method.

    Returns
    -------
    Fit
        Coefficients, ``rho``, and ``direct:x``, ``indirect:x``, ``total:x``.

    Raises
    ------
    UserError
        If the matrix has other units than the panel, the panel is unbalanced, or the estimate has
        no admissible effects.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "spatial_weights": pz.example_weights()}
    >>> pz.sar(pz.example(), "y ~ treated + x", **columns).tidy()["term"].head(3).tolist()
    ['treated', 'x', 'rho']
    """
    how = _how("sar", effects, vcov, lee_yu, draws=draws, seed=seed)
    return _model(data, formula, columns, how)


@takes(Space)
def sem(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    vcov: str = "cluster_pairs",
    lee_yu: bool = False,
    **columns: Unpack[Space],
) -> Fit:
    r"""Spatial error, y_t = X_t β + α + λ_t ι + u_t, u_t = λ W u_t + ε_t, by maximum likelihood.

    Elhorst (2014, Spatial Econometrics). There are no spillovers, so no effects but β.

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates, spatial_weights
        See :func:`sar`, as ``effects``, ``vcov`` and ``lee_yu``.

    Returns
    -------
    Fit
        Coefficients and ``lambda``.

    Raises
    ------
    UserError
        As :func:`sar`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "spatial_weights": pz.example_weights()}
    >>> pz.sem(pz.example(), "y ~ treated + x", **columns).tidy()["term"].tolist()
    ['treated', 'x', 'lambda']
    """
    return _model(data, formula, columns, _how("sem", effects, vcov, lee_yu))


@takes(Space)
def sdm(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    vcov: str = "cluster_pairs",
    lee_yu: bool = False,
    draws: int | None = None,
    seed: int | None = None,
    **columns: Unpack[Space],
) -> Fit:
    r"""Spatial Durbin, y_t = ρ W y_t + X_t β + W X_t θ + α + λ_t ι + ε_t, by maximum likelihood.

    Effects are those of (I − ρW)⁻¹ (β I + θ W). LeSage and Pace (2009); Elhorst (2014).

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates, spatial_weights
        See :func:`sar`, as ``effects``, ``vcov``, ``lee_yu``, ``draws`` and ``seed``.

    Returns
    -------
    Fit
        Coefficients, ``W:x``, ``rho``, and direct, indirect and total effects.

    Raises
    ------
    UserError
        As :func:`sar`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "spatial_weights": pz.example_weights()}
    >>> pz.sdm(pz.example(), "y ~ treated", **columns).tidy()["term"].head(3).tolist()
    ['treated', 'W:treated', 'rho']
    """
    how = _how("sdm", effects, vcov, lee_yu, draws=draws, seed=seed)
    return _model(data, formula, columns, how)


@takes(Space)
def slx(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    vcov: str = "cluster_pairs",
    lee_yu: bool = False,
    **columns: Unpack[Space],
) -> Fit:
    r"""Spatial lag of X, y_t = X_t β + W X_t θ + α + λ_t ι + ε_t.

    Halleck Vega and Elhorst (2015, Journal of Regional Science 55(3), 339-363). The spillover is θ.

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates, spatial_weights
        See :func:`sar`, as ``effects``, ``vcov`` and ``lee_yu``.

    Returns
    -------
    Fit
        Coefficients, ``W:x``, and direct, indirect and total effects.

    Raises
    ------
    UserError
        As :func:`sar`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "spatial_weights": pz.example_weights()}
    >>> pz.slx(pz.example(), "y ~ treated", **columns).tidy()["term"].head(2).tolist()
    ['treated', 'W:treated']
    """
    return _model(data, formula, columns, _how("slx", effects, vcov, lee_yu))


@takes(Space)
def lm_tests(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    lee_yu: bool = True,
    **columns: Unpack[Space],
) -> Fit:
    r"""Tests of the spatial specification, Lagrange multipliers first.

    LM_lag = (e'Wy/σ²)²/J, LM_error = (e'We/σ²)²/D and their robust forms, under the effects
    (Anselin, Bera, Florax and Yoon 1996, Regional Science and Urban Economics 26(1); Debarsy and
    Ertur 2010, ibid. 40(6)); then likelihood ratios and Wald tests of the Durbin model against lag
    and error, and Hausman's.

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates, spatial_weights
        See :func:`sar`.
    effects : {"two_way", "unit", "unit_trends"}
    lee_yu : bool
        On the transformed data; to be preferred with period effects.

    Returns
    -------
    Fit
        A row ``test:…`` for each, with statistic and p-value.

    Raises
    ------
    UserError
        As :func:`sar`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "spatial_weights": pz.example_weights()}
    >>> pz.lm_tests(pz.example(), "y ~ treated + x", **columns).tidy()["term"].head(2).tolist()
    ['test:lm_lag', 'test:lm_error']
    """
    options = {"correction": "lee_yu" if lee_yu and effects != "none" else "none"}
    how = How(estimator="spatial_tests", effects=effects, options=dict(options))
    return _model(data, formula, columns, how)


@takes(Placed)
def moran(
    data: pd.DataFrame,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 1,
    **columns: Unpack[Placed],
) -> Fit:
    r"""Moran's I of a variable in each period, I = z'Wz / z'z with W row-normalised.

    The error is the one under randomisation and p comes from permuted places, two-sided. Cliff and
    Ord (1981, Spatial Processes).

    Parameters
    ----------
    data, unit, period, outcome, spatial_weights
        See :func:`sar`; a row without the outcome is left out and counted.
    permutations, seed : int

    Returns
    -------
    Fit
        A term ``moran:period`` for each period.

    Raises
    ------
    UserError
        If the matrix has other units than a period, or the variable is the same everywhere.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "spatial_weights": pz.example_weights()}
    >>> pz.moran(pz.example(), outcome="y", **columns).tidy()["term"][0]
    'moran:2010'
    """
    panel, matrix = _with_matrix(given(data, Columns(**columns)))
    used = panel.panel.frame.dropna(subset=[panel.outcome])
    rows = []
    for period, group in used.groupby(panel.panel.period):
        with in_words(panel.lexicon):
            made = morans_i(
                group[panel.outcome].to_numpy(),
                group[panel.panel.unit],
                matrix,
                name=f"{panel.lexicon.variable(panel.outcome)} in {panel.lexicon.period(period)}",
                seed=seed,
                permutations=permutations,
            )
        error = made.variance_randomisation**0.5
        found = {"estimate": made.statistic, "std_error": error, "statistic": made.z_randomisation}
        rows.append({"term": f"moran:{period}", **found, "p_value": made.p_permutation})
    how = {"inference": "permutation", "draws": permutations, "seed": seed}
    return measured(panel, "Moran's I", pd.DataFrame(rows), used, **how)


def _how(
    model: str,
    effects: str,
    vcov: str,
    lee_yu: bool,
    draws: int | None = None,
    seed: int | None = None,
) -> How:
    options = {"correction": "lee_yu"} if lee_yu else {}
    return How(
        estimator=model,
        effects=effects,
        inference=vcov,
        options=dict(options),
        draws=draws,
        seed=seed,
    )


def _model(data: pd.DataFrame, formula: str | None, columns: Space, how: How) -> Fit:
    panel, _ = _with_matrix(given(data, Columns(formula=formula, **columns)))
    return estimated(panel, how)


def _with_matrix(panel: Given) -> tuple[Given, SpatialWeights]:
    """Return a panel and its matrix."""
    if panel.weights is None:
        raise UserError("spatial_weights is None; give a matrix labelled by unit")
    return panel, panel.weights
