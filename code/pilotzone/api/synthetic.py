"""Synthetic control, unit by unit."""

from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Cohorts, Columns, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit


@takes(Cohorts)
def synthetic_control(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    demeaned: bool = False,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Each treated unit less an average of untreated ones, min_w Σ_{t<g} (y_t − c − w'Y_t)².

    Weights are not negative and sum to one; c is zero unless ``demeaned``. Donors are the units
    not treated within the sample. p is conformal, by moving the residuals of all periods as a
    block: never below one over the number of periods. Abadie, Diamond and Hainmueller (2010, JASA
    105(490)); Chernozhukov, Wüthrich and Zhu (2021, JASA 116(536)).

    Parameters
    ----------
    data : DataFrame
        See :func:`att_gt` for ``formula, unit, period, first_treated, treatment, outcome``. It
        takes no covariates; a unit and its donors are compared in the periods that it has.
    demeaned : bool
        Add a constant to the average, for units above or below all donors.

    Returns
    -------
    Fit
        ``unit:<label>`` with the mean gap after treatment, and ``coverage:<g>``: how often the
        90 % interval holds zero when donors of cohort g play the treated unit. Where that is less
        than 90 % units of the cohort have their fit before treatment and no effect. Pre-fit and
        intervals stand in ``parts["units"]``, paths in ``parts["gaps"]``.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if no unit has ten donors and three periods before treatment, or
        intervals of no cohort cover often enough.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> found = pz.synthetic_control(pz.example(), outcome="y", **columns)
    >>> found.parts["units"]["donors"].nunique()
    1
    """
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    constant = "yes" if demeaned else "no"
    return estimated(panel, How(estimator="synthetic_control", options={"demeaned": constant}))
