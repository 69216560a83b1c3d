"""Responses over time."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Columns, Regression, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit
from pilotzone.catalogue.names import known

ERRORS = {
    "crv1": ("local_projection", "crv1"),
    "driscoll_kraay": ("local_projection", "driscoll_kraay_by_horizon"),
    "split_panel": ("local_projection_jackknife", "split_panel"),
}
DRAWS = 200


@takes(Regression)
def local_projection(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    horizons: int = 4,
    lags: int = 1,
    vcov: str = "crv1",
    draws: int = DRAWS,
    seed: int = 1,
    **columns: Unpack[Regression],
) -> Fit:
    r"""Responses by local projection, y_{i,t+h} = α_i + λ_t + β_h d_it + Σ_l (…)_{t−l} + ε.

    Jordà (2005, American Economic Review 95(1), 161-182); the split-panel jackknife takes out the
    bias of short panels (Mei, Sheng and Shi 2025, Journal of International Economics).

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates
        See :func:`twfe`; the first regressor is the impulse.
    horizons : int
        The last one; the first is 0.
    lags : int
        Of outcome and impulse.
    vcov : {"crv1", "driscoll_kraay", "split_panel"}
    draws, seed : int
        Of a simulation of panels of this size, which says how well the intervals cover.

    Returns
    -------
    Fit
        A term ``horizon:h`` for each; ``parts["small_sample"]`` holds the simulation.

    Raises
    ------
    UserError
        As :func:`twfe`; also if the last horizon leaves fewer than two periods.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year"}
    >>> found = pz.local_projection(pz.example(), "y ~ x", horizons=2, draws=20, **columns)
    >>> found.tidy()["term"].tolist()
    ['horizon:0', 'horizon:1', 'horizon:2']
    """
    known("vcov", vcov, ERRORS)
    estimator, inference = ERRORS[vcov]
    panel = given(data, Columns(formula=formula, **columns))
    options = {"lags": lags, "horizons": horizons}
    how = How(
        estimator=estimator, inference=inference, draws=draws, seed=seed, options=dict(options)
    )
    return estimated(panel, how)
