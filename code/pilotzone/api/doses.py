"""A dose by time since it rose, and what is known once nobody is untreated."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Cohorts, Columns, Regression, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit
from pilotzone.catalogue.names import known
from pilotzone.methods.did.bounded_variation import PATHS

DRAWS, SEED = 500, 1


@takes(Regression)
def dose_dynamic(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: int = 0,
    placebos: int = 0,
    draws: int = DRAWS,
    seed: int = SEED,
    **columns: Unpack[Regression],
) -> Fit:
    r"""Effects of a dose that never falls, DID_l = mean_i(Y_{F−1+l} − Y_{F−1} − that of controls).

    F is the first period in which a unit's dose differs from its first one; controls have the same
    first dose and have not switched by F − 1 + l. De Chaisemartin and D'Haultfœuille (2024, Review
    of Economics and Statistics, doi 10.1162/rest_a_01414); errors by the convention of
    did_multiplegt_dyn, t(n − 1).

    Parameters
    ----------
    data, formula, unit, period, outcome, treatment, covariates
        See :func:`twfe`; the first regressor is the dose. Covariates enter by slopes fitted to not
        yet switched rows. Units without a row in every period are left out and counted.
    effects, placebos : int
        At most so many; 0 for all that can be compared.
    draws, seed : int
        Of a simulation on the panel's own roll-out: a term whose interval covers less than 90 % is
        withheld and named.

    Returns
    -------
    Fit
        ``effect:l`` and ``placebo_effect:l``, ``normalised:l`` and ``normalised_placebo:l`` by unit
        of dose, ``overall:total`` (the average total effect by unit of dose), ``compared:l`` (the
        share of switchers that are compared). ``parts["switchers"]`` counts them.

    Raises
    ------
    UserError
        As :func:`twfe`; also if a dose falls, nobody switches or no switcher can be compared.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> fit = pz.dose_dynamic(df, "y ~ treated", unit="unit", period="year", effects=2, draws=50)
    >>> fit.tidy()["term"].head(2).tolist()
    ['effect:1', 'effect:2']
    """
    panel = given(data, Columns(formula=formula, **columns))
    options = {"effects": effects, "placebos": placebos}
    return estimated(panel, _simulated("dose_dynamic", draws, seed, **options))


@takes(Cohorts)
def bounds(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    path: str = "level",
    draws: int = DRAWS,
    seed: int = SEED,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Bounds of the mean effect once nobody is untreated, |λ_t − λ_{t−1} − g| ≤ M a period.

    Unit and period effects are fitted to untreated rows up to the last period with one; behind it
    λ moves by at most M, in multiples (0 to 2) of its largest change before. Manski and Pepper
    (2018, Review of Economics and Statistics 100(2), 232-244); intervals of Imbens and Manski
    (2004, Econometrica 72(6), 1845-1857), jackknife over units.

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome
        See :func:`att_gt`. It takes no covariates.
    path : {"level", "drift"}
        Whether λ stays (g = 0) or its mean change goes on.
    draws, seed : int
        Of a simulation on the panel's own roll-out: an interval that covers less than 90 % is not
        shown.

    Returns
    -------
    Fit
        ``identified_set:m`` and ``bounded_variation:m`` (the 95 % interval) for each multiple m,
        ``largest_change``, and ``breakdown:…``, the largest multiple at which zero is outside.
        ``parts["bounds"]`` has them by period.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if units are untreated to the end, or only one in the last period
        with any.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> fit = pz.bounds(df[df["first_treated"] > 0], outcome="y", draws=50, **columns)
    >>> bool(fit.tidy().set_index("term")["estimate"]["largest_change"] > 0)
    True
    """
    known("path", path, PATHS)
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    return estimated(panel, _simulated("bounded_variation", draws, seed, path=path))


def _simulated(estimator: str, draws: int, seed: int, **options: str | int) -> How:
    """Return how to estimate what a simulation judges first."""
    audit: dict[str, str | int | float] = {"audit_draws": draws, "audit_seed": seed}
    return How(estimator=estimator, options={**options, **audit})
