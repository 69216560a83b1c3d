"""Estimators for staggered adoption: effects by cohort and period, and their averages."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Cohorts, Columns, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit, Staggered, staggered
from pilotzone.catalogue.names import known
from pilotzone.errors import UserError

# Draws of the bands of an event study.
BAND_DRAWS = 20_000
CONTROLS = {"not_yet": "callaway_santanna", "never": "callaway_santanna_never"}


@takes(Cohorts)
def att_gt(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    control_group: str = "not_yet",
    base: str = "varying",
    anticipation: int = 0,
    draws: int | None = None,
    seed: int | None = None,
    **columns: Unpack[Cohorts],
) -> Staggered:
    r"""Effects by cohort and period from differences in differences of means.

    ATT(g, t) = mean(y_t − y_b | cohort g) − mean(y_t − y_b | controls), b the last period before g.
    Callaway and Sant'Anna (2021, Journal of Econometrics 225(2), 200-230).

    Parameters
    ----------
    data : DataFrame, N rows
        One row for each unit and period.
    formula : str, optional
        ``"y ~ 1"``, or with covariates ``"y ~ x1 + x2"``; or name the ``outcome``.
    unit, period : str
    first_treated : str
        First treated period of a unit; 0, missing or infinite is never.
    treatment : str
        0 or 1 and on for good, in the place of ``first_treated``.
    outcome : str
    covariates : str or list of str
        Doubly robust with them, as of the base period.
    control_group : {"not_yet", "never"}
        Units that are not treated yet, or only those that never are.
    base : {"varying", "universal"}
        What leads are compared with: the period before, or the last one before treatment.
    cluster : str, optional
        A column above the unit.
    weights : str, optional
        A column of numbers from 0 on, the same in all rows of a unit.
    anticipation : int
        Periods ahead in which units may answer to a treatment that they see coming.
    draws, seed : int, optional
        Of the multiplier bootstrap, which adds a simultaneous band by event.

    Returns
    -------
    Staggered
        A term ``att:g:t`` for each cell; ``aggregate("simple" | "event" | "group" | "calendar")``.

    Raises
    ------
    UserError
        If a column is not there, ``first_treated`` varies within a unit, the treatment switches
        off, or nothing is left to compare with.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> fit = pz.att_gt(df, outcome="y", **columns)
    >>> fit.aggregate("simple").tidy()["term"].tolist()
    ['overall:simple']
    """
    known("control_group", control_group, CONTROLS)
    how = How(
        estimator=CONTROLS[control_group],
        inference="influence" if draws is None else "multiplier",
        draws=draws,
        seed=seed,
        options={"base": base, "anticipation": anticipation},
    )
    return _cells(data, formula, columns, how)


@takes(Cohorts)
def event_study(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    window: tuple[int, int] | None = None,
    effects: str = "two_way",
    draws: int = BAND_DRAWS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Two-way event study, y_it = α_i + λ_t + Σ_{e ≠ −1} β_e 1{t − g_i = e} + γ'x_it + ε_it.

    The period before treatment is the reference. With a ``window`` all times at and beyond an end
    share a coefficient. With staggered adoption β_e mixes effects of other times (Sun and Abraham
    2021, Journal of Econometrics 225(2)): see :func:`sun_abraham`.

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster, weights
        See :func:`att_gt`; covariates vary over time and enter as regressors.
    window : (int, int), optional
        First and last event, such as ``(-4, 4)``.
    effects : {"two_way", "period", "unit_trends"}
    draws, seed : int
        Of the sup-t band and of the power of the test of the leads.

    Returns
    -------
    Fit
        Terms ``event:e``, covariates, ``test:leads`` (jointly zero) and what the test could find;
        ``parts["bands"]`` holds the simultaneous band.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if no reference is left.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> fit = pz.event_study(df, outcome="y", window=(-2, 2), **columns)
    >>> fit.tidy()["term"].head(4).tolist()
    ['event:-2', 'event:0', 'event:1', 'event:2']
    """
    how = How(
        estimator="event_study_unbinned" if window is None else "event_study",
        effects=effects,
        draws=draws,
        seed=seed,
        options={} if window is None else {"window": _ends(window)},
    )
    return _cohorts(data, formula, columns, how)


@takes(Cohorts)
def sun_abraham(
    data: pd.DataFrame, formula: str | None = None, **columns: Unpack[Cohorts]
) -> Staggered:
    r"""Interaction-weighted event study, y_it = α_i + λ_t + Σ_g Σ_{e≠−1} δ_ge 1{…} + γ'x_it + ε_it.

    Cells of cohorts against units that are not treated within the sample.
    Sun and Abraham (2021, Journal of Econometrics 225(2), 175-199).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster, weights
        See :func:`att_gt`; covariates vary over time and enter as regressors.

    Returns
    -------
    Staggered
        Averages: simple, event.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> pz.sun_abraham(df, outcome="y", **columns).aggregate("event").tidy()["term"][0]
    'overall:dynamic'
    """
    return _cells(data, formula, columns, How(estimator="sun_abraham"))


@takes(Cohorts)
def imputation(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    **columns: Unpack[Cohorts],
) -> Staggered:
    r"""Imputation: τ̂_it = y_it − α̂_i − λ̂_t − γ̂'x_it, fitted on untreated rows, averaged by cell.

    Borusyak, Jaravel and Spiess (2024, Review of Economic Studies 91(6), 3253-3285).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster, weights
        See :func:`att_gt`; covariates are fitted on untreated rows too.
    effects : {"two_way", "unit_trends"}
        With ``unit_trends`` each unit's trend is fitted on its untreated rows.

    Returns
    -------
    Staggered
        Averages: simple, event, group.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> fit = pz.imputation(df, outcome="y", **columns)
    >>> fit.aggregate("group").tidy()["term"].tolist()
    ['overall:group', 'cohort:2014', 'cohort:2016']
    """
    return _cells(data, formula, columns, How(estimator="imputation", effects=effects))


@takes(Cohorts)
def two_stage(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    **columns: Unpack[Cohorts],
) -> Staggered:
    r"""Two stages: effects and covariates fitted on untreated rows, what is left on the cells.

    Gardner (2022, arXiv 2207.05943). Estimates are those of :func:`imputation`; errors are those
    of the two stages as one system of moments.

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster, weights
        See :func:`imputation`, as ``effects``.

    Returns
    -------
    Staggered
        Averages: simple, event, group.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> pz.two_stage(df, outcome="y", **columns).aggregate().tidy()["term"].tolist()
    ['overall:simple']
    """
    return _cells(data, formula, columns, How(estimator="two_stage", effects=effects))


@takes(Cohorts)
def extended_twfe(
    data: pd.DataFrame, formula: str | None = None, **columns: Unpack[Cohorts]
) -> Staggered:
    r"""Extended two-way regression, y_it = α_i + λ_t + Σ_g Σ_{t≥g} τ_gt 1{…} + γ'x_it + ε_it.

    A coefficient for each treated cohort and period, untreated rows of all units as controls.
    Wooldridge (2025, Empirical Economics 69, 2545-2587).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster, weights
        See :func:`sun_abraham`.

    Returns
    -------
    Staggered
        Averages: simple, event.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> pz.extended_twfe(df, outcome="y", **columns).aggregate().tidy()["term"].tolist()
    ['overall:simple']
    """
    return _cells(data, formula, columns, How(estimator="extended_twfe"))


@takes(Cohorts)
def stacked(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    window: tuple[int, int],
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Stacked regression: for each cohort its window and the units untreated in it, one below
    the other, with unit and period effects of each stack.

    Cengiz, Dube, Lindner and Zipperer (2019, Quarterly Journal of Economics 134(3), 1405-1454).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster, weights
        See :func:`sun_abraham`.
    window : (int, int)
        First and last event; a cohort whose window leaves the sample is not stacked and is named.

    Returns
    -------
    Fit
        ``overall:simple`` and ``event:e``.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if no cohort's window lies within the sample.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> pz.stacked(df, outcome="y", window=(-2, 1), **columns).tidy()["term"].tolist()
    ['overall:simple', 'event:-2', 'event:0', 'event:1']
    """
    return _cohorts(
        data, formula, columns, How(estimator="stacked", options={"window": _ends(window)})
    )


def _cohorts(data: pd.DataFrame, formula: str | None, columns: Cohorts, how: How) -> Fit:
    return estimated(given(data, Columns(formula=formula, zero_one=True, **columns)), how)


def _cells(data: pd.DataFrame, formula: str | None, columns: Cohorts, how: How) -> Staggered:
    return staggered(_cohorts(data, formula, columns, how))


def _ends(window: tuple[int, int]) -> str:
    """Return a window as the engine's option has it."""
    try:
        first, last = (int(end) for end in window)
    except (TypeError, ValueError):
        raise UserError(f"window is {window!r}; give the first and last event: (-4, 4)") from None
    return f"{first} {last}"
