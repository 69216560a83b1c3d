"""One equation of two by three-stage least squares."""

import numpy as np
import pandas as pd
from scipy import special

from pilotzone import estimates
from pilotzone.engine.cautions import WEAK_F, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason
from pilotzone.methods.dynamics import simultaneous
from pilotzone.methods.dynamics.weak_instruments import ReducedForms, anderson_rubin_set
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.panels.store import Store


def three_stage(data: Design, store: Store) -> Result:
    """One equation of two by three-stage least squares, with tests of its instruments.

    The treatment is the outcome of the other equation. Options name columns of the panel with
    blanks between: ``own``, exogenous variables that the other equation leaves out; ``excluded``,
    those of the other equation that this one leaves out. The controls that neither names are in
    both. Errors by clusters.

    Where F of the first stage is below ten the error is withheld: p is that of
    the Anderson-Rubin test that the coefficient is zero and the interval its 95 % set; what is no
    interval is said among the cautions.
    """
    spec = data.spec
    own, excluded = (_listed(data, option) for option in ("own", "excluded"))
    names = tuple(dict.fromkeys((*data.control_names, *own, *excluded)))
    exogenous = {name: data.frame[name].to_numpy(dtype=float) for name in names}
    included = [tuple(n for n in names if n not in left) for left in (excluded, own)]
    effects = FixedEffects((data.unit, data.period), names=("unit", "period"))
    outcomes = {spec.outcome: data.y, spec.treatment: data.treatment}
    found, _ = simultaneous.three_stage(outcomes, exogenous, included, effects, data.cluster)
    weak = found.strength.statistic < WEAK_F
    terms = [
        (_weak_row if weak else _strong_row)(found, spec.treatment),
        _test_row("test:first_stage", found.strength),
        _robust_row("test:anderson_rubin", found.reduced_forms),
    ]
    if found.overidentification is not None:
        terms.append(_test_row("test:overidentification", found.overidentification))
    model = {
        "inference": f"crv1:{spec.inference.cluster}",
        "n_clusters": found.n_clusters,
    }
    parts = {"instruments": _instruments(data, found)}
    result = Result(pd.concat(terms, ignore_index=True), model, parts)
    return with_cautions(result, {spec.treatment: _weak(found)}) if weak else result


def _listed(data: Design, option: str) -> tuple[str, ...]:
    names = tuple(str(data.spec.option(option)).split())
    data.panel.require(*names)
    return names


def _strong_row(found: simultaneous.EquationFit, term: str) -> pd.DataFrame:
    """Return estimate and error of the other outcome."""
    error = np.sqrt(np.diag(found.covariance))[:1]
    return estimates.rows([term], found.coefficients[:1], error, distribution="t", df=found.df)


def _weak_row(found: simultaneous.EquationFit, term: str) -> pd.DataFrame:
    """Return the estimate without an error: p and interval by inverting the Anderson-Rubin test."""
    pieces = anderson_rubin_set(found.reduced_forms, estimates.LEVEL)
    bounded = len(pieces) == 1 and np.isfinite(pieces[0]).all()
    low, high = pieces[0] if bounded else (np.nan, np.nan)
    row = _robust_row(term, found.reduced_forms)
    return row.assign(estimate=found.coefficients[0], ci_low=low, ci_high=high)


def _weak(found: simultaneous.EquationFit) -> list[Reason]:
    """Return that the first stage is weak, and the set if it is no interval."""
    said = [
        Reason("weak_first_stage", {"f": found.strength.statistic}),
        Reason("anderson_rubin", {"fewest": WEAK_F, "level": 100 * estimates.LEVEL}),
    ]
    pieces = anderson_rubin_set(found.reduced_forms, estimates.LEVEL)
    if not pieces:
        said.append(Reason("set_is_empty"))
    elif pieces == ((-np.inf, np.inf),):
        said.append(Reason("set_is_the_line"))
    elif len(pieces) > 1 or not np.isfinite(pieces[0]).all():
        # What does not end is None: JSON has no infinity.
        ends = [[end if np.isfinite(end) else None for end in piece] for piece in pieces]
        said.append(Reason("set_of_pieces", {"pieces": ends}))
    return said


def _robust_row(name: str, forms: ReducedForms) -> pd.DataFrame:
    """Return the Anderson-Rubin test that the coefficient is zero."""
    df = (len(forms.outcome), forms.df)
    return estimates.statistic_row(name, forms.statistic(0.0), "F", forms.p_value(), df)


def _test_row(name: str, test: simultaneous.WaldTest) -> pd.DataFrame:
    if test.df_error is None:
        p_value = special.chdtrc(test.df, test.statistic)
        return estimates.statistic_row(name, test.statistic, "chi2", p_value, (test.df,))
    p_value = special.fdtrc(test.df, test.df_error, test.statistic)
    return estimates.statistic_row(name, test.statistic, "F", p_value, (test.df, test.df_error))


def _instruments(data: Design, found: simultaneous.EquationFit) -> pd.DataFrame:
    """Return the variables left out of the equation with their part in the first stage."""
    stage = found.first_stage
    at = [stage.names.index(name) for name in found.excluded]
    numbers = {"coefficient": stage.coefficients, "std_error": stage.std_errors}
    table = pd.DataFrame({**numbers, "p_value": stage.p_values}).iloc[at]
    where = {"excluded_from": data.spec.outcome, "first_stage_of": data.spec.treatment}
    return table.assign(instrument=found.excluded, **where)
