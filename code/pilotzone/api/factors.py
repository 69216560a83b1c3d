"""Effects beside factors of untreated cells: interactive effects and matrix completion."""

import dataclasses
from typing import Unpack

import pandas as pd

from pilotzone.api.columns import Cohorts, Columns, takes
from pilotzone.api.estimate import How, estimated
from pilotzone.api.given import given
from pilotzone.api.results import Fit
from pilotzone.catalogue.names import known
from pilotzone.catalogue.options import Value

# Of the bootstrap of units.
DRAWS = 500
# Panels that are made up to see what the interval covers.
SIMULATIONS = 200
ERRORS = {"bootstrap": "bootstrap_normal", "jackknife": "jackknife"}


@takes(Cohorts)
def interactive_effects(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    rank: int | None = None,
    max_rank: int = 3,
    folds: int = 5,
    placebo: int = 1,
    vcov: str = "bootstrap",
    draws: int = DRAWS,
    simulations: int = SIMULATIONS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Effects beside factors, τ̂_it = y_it − α̂_i − γ̂_t − λ̂_i'f̂_t, fitted on untreated cells.

    Gobillon and Magnac (2016, Review of Economics and Statistics 98(3), 535-551); Liu, Wang and Xu
    (2024, American Journal of Political Science 68(1), 160-176).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome
        See :func:`att_gt`. It takes no covariates.
    rank : int, optional
        Number of factors; by cross-validation on untreated cells where not given.
    max_rank, folds : int
        Of cross-validation.
    placebo : int
        Periods before treatment that are held out as if treated; 0 for none.
    vcov : {"bootstrap", "jackknife"}
        Units drawn with replacement, or each left out.
    draws : int
        Of the bootstrap.
    simulations : int
        Panels made up on the data's own roll-out, without an effect: if the interval covers less
        than 90 % of them, no effect is shown. 0 for none.
    seed : int
        Of the bootstrap, the folds and the simulations.

    Returns
    -------
    Fit
        ``overall:simple``, ``cohort:g``, ``event:e`` (before treatment: mean residuals of the fit),
        ``test:placebo``, ``test:equivalence`` and ``factors:rank``.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if a period has no untreated unit, the rank is above what the
        untreated cells or the periods before treatment identify, or the interval covers too seldom.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> how = {"rank": 1, "placebo": 0, "draws": 20, "simulations": 20}
    >>> fit = pz.interactive_effects(pz.example(), outcome="y", **how, **columns)
    >>> fit.tidy()["term"][0]
    'overall:simple'
    """
    options: dict[str, Value] = {"max_rank": max_rank, "folds": folds, "placebo": placebo}
    if rank is not None:
        options["rank"] = rank
    how = _how("interactive_effects", vcov, draws, simulations, seed, options)
    return _fitted(data, formula, columns, how)


@takes(Cohorts)
def matrix_completion(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    penalty: float | None = None,
    folds: int = 5,
    placebo: int = 1,
    vcov: str = "bootstrap",
    draws: int = DRAWS,
    simulations: int = SIMULATIONS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Effects beside L̂ of min ½ Σ (y_it − α_i − γ_t − L_it)² + θ‖L‖_* over untreated cells.

    Athey, Bayati, Doudchenko, Imbens and Khosravi (2021, JASA 116(536), 1716-1730).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome
        See :func:`att_gt`. It takes no covariates.
    folds, placebo, vcov, draws, simulations, seed
        See :func:`interactive_effects`.
    penalty : float, optional
        λ = θ / (units × periods); by cross-validation where not given.

    Returns
    -------
    Fit
        As :func:`interactive_effects`, and ``penalty:share``, of the penalty that leaves no factor.
        ``parts["validation"]`` has the penalties that were tried.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if a period has no untreated unit, or the interval covers too
        seldom.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> how = {"draws": 20, "simulations": 20}
    >>> fit = pz.matrix_completion(pz.example(), outcome="y", **how, **columns)
    >>> fit.tidy()["term"][0]
    'overall:simple'
    """
    options: dict[str, Value] = {"folds": folds, "placebo": placebo}
    if penalty is not None:
        options["penalty"] = penalty
    how = _how("matrix_completion", vcov, draws, simulations, seed, options)
    return _fitted(data, formula, columns, how)


def _how(
    estimator: str,
    vcov: str,
    draws: int,
    simulations: int,
    seed: int,
    options: dict[str, Value],
) -> How:
    """Return how to estimate, with draws where units are drawn."""
    known("vcov", vcov, ERRORS)
    audit = {"fold_seed": seed, "audit_draws": simulations, "audit_seed": seed}
    how = How(estimator=estimator, inference=ERRORS[vcov], options={**options, **audit})
    return how if vcov == "jackknife" else dataclasses.replace(how, draws=draws, seed=seed)


def _fitted(data: pd.DataFrame, formula: str | None, columns: Cohorts, how: How) -> Fit:
    return estimated(given(data, Columns(formula=formula, zero_one=True, **columns)), how)
