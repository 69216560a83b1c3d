"""The form of an outcome: Poisson, and the test whether parallel trends hang on the form."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Cohorts, Columns, Regression, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit

DRAWS = 9_999


@takes(Regression)
def poisson(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: str = "two_way",
    **columns: Unpack[Regression],
) -> Fit:
    r"""Poisson pseudo maximum likelihood, E(y_it) = exp(α_i + λ_t + τ d_it + γ'x_it).

    For an outcome of zero or more, a count or not: zeros are kept. Santos Silva and Tenreyro (2006,
    Review of Economics and Statistics 88(4)). Errors as in :func:`twfe`, and in fixest's
    ``fepois``. Rows of zeros that the model fits exactly (a unit without any, or by a regressor:
    Correia, Guimarães and Zylkin 2021) have no finite effect; they are left out and counted.

    Parameters
    ----------
    data : DataFrame, N rows
        See :func:`twfe` for ``formula, unit, period, outcome, treatment, covariates, cluster`` and
        ``effects``. It takes no weights.

    Returns
    -------
    Fit
        A semi-elasticity for each regressor, in the order of the formula.

    Raises
    ------
    UserError
        As :func:`twfe`; also if an outcome is negative.

    Examples
    --------
    >>> import numpy as np
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> df["count"] = np.floor(np.exp(df["y"] / 3))
    >>> pz.poisson(df, "count ~ treated", unit="unit", period="year").tidy()["term"].tolist()
    ['treated']
    """
    panel = given(data, Columns(formula=formula, **columns))
    return estimated(panel, How(estimator="poisson", effects=effects))


@takes(Cohorts)
def form_test(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    bins: int = 5,
    draws: int = DRAWS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Test that p_b = P(y_{g−1} ∈ b | g) + P(y_t ∈ b | C) − P(y_{g−1} ∈ b | C) is not negative.

    Parallel trends hold in level, logarithm and every other form at once only if they hold for the
    distribution; the shares p_b of bins that the untreated C then imply for the treated cannot be
    negative. A small p says that the form decides. Roth and Sant'Anna (2023, Econometrica 91(2)).

    Parameters
    ----------
    data : DataFrame
        See :func:`att_gt` for ``formula, unit, period, first_treated, treatment, outcome``. It
        takes no covariates.
    bins : int
        Between the quantiles that divide all rows into equal parts.
    draws, seed : int
        Of the normal draws behind p.

    Returns
    -------
    Fit
        ``test:form`` and ``implied:lowest``; the shares stand in ``parts["bins"]``.

    Raises
    ------
    UserError
        As :func:`att_gt`; also with fewer than two bins.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> pz.form_test(pz.example(), outcome="y", draws=99, **columns).tidy()["term"].tolist()
    ['test:form', 'implied:lowest']
    """
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    how = How(estimator="form_test", draws=draws, seed=seed, options={"bins": bins})
    return estimated(panel, how)
