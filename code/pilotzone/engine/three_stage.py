"""One equation of two by three-stage least squares."""

import numpy as np
import pandas as pd
from scipy import special

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.methods.dynamics import simultaneous
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.panels.store import Store


def three_stage(data: Design, store: Store) -> Result:
    """One equation of two by three-stage least squares, with tests of its instruments.

    The treatment is the outcome of the other equation. Options name columns of the panel with
    blanks between: ``own``, exogenous variables that the other equation leaves out; ``excluded``,
    those of the other equation that this one leaves out. The controls that neither names are in
    both. Errors by clusters, or conventional ones.
    """
    spec = data.spec
    own, excluded = (_listed(data, option) for option in ("own", "excluded"))
    names = tuple(dict.fromkeys((*data.control_names, *own, *excluded)))
    exogenous = {name: data.frame[name].to_numpy(dtype=float) for name in names}
    included = [tuple(n for n in names if n not in left) for left in (excluded, own)]
    effects = FixedEffects((data.unit, data.period), names=("unit", "period"))
    outcomes = {spec.outcome: data.y, spec.treatment: data.treatment}
    found, _ = simultaneous.three_stage(outcomes, exogenous, included, effects, data.cluster)
    conventional = spec.inference.name == "conventional"
    covariance = found.conventional if conventional else found.covariance
    df = found.df_conventional if conventional else found.df
    error = np.sqrt(np.diag(covariance))[:1]
    tests = {"first_stage": found.strength, "anderson_rubin": found.anderson_rubin}
    if found.overidentification is not None:
        tests["overidentification"] = found.overidentification
    terms = [
        estimates.rows([spec.treatment], found.coefficients[:1], error, distribution="t", df=df),
        *(_test_row(f"test:{name}", test) for name, test in tests.items()),
    ]
    model = {
        "inference": "conventional" if conventional else f"crv1:{spec.inference.cluster}",
        "n_clusters": np.nan if conventional else found.n_clusters,
    }
    parts = {"instruments": _instruments(data, found)}
    return Result(pd.concat(terms, ignore_index=True), model, parts)


def _listed(data: Design, option: str) -> tuple[str, ...]:
    names = tuple(str(data.spec.option(option)).split())
    data.panel.require(*names)
    return names


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
