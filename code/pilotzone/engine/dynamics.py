"""Columns of two variables that may move each other, one direction in each column."""

import functools

import numpy as np
import pandas as pd
from scipy import special

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.errors import UserError
from pilotzone.methods.dynamics import causality, simultaneous, small_sample
from pilotzone.methods.dynamics.local_projection import (
    ProjectionRows,
    across_units,
    bandwidth,
    project,
    projection_rows,
    split_panel_jackknife,
)
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.panels.store import Store

# How a column's error is written in its model row, by kind of the simulation.
INFERENCE = {
    "clustered": "crv1:unit",
    "driscoll_kraay": "driscoll_kraay:horizon",
    "jackknife": "split_panel:unit",
}


def local_projection(data: Design, store: Store) -> Result:
    """Projections of the outcome on the treatment, errors by unit or of Driscoll and Kraay."""
    kind = {"cluster": "clustered"}.get(data.spec.inference.kind, data.spec.inference.kind)
    return _projections(data, kind)


def jackknifed_projection(data: Design, store: Store) -> Result:
    """Projections after the split-panel jackknife, errors by unit."""
    return _projections(data, "jackknife")


def _projections(data: Design, kind: str) -> Result:
    """Return the response at every horizon, its rows, and a simulation of such panels.

    Options: ``lags`` of outcome and treatment, ``horizons``, the last of them.
    """
    if kind not in INFERENCE or data.spec.effects != "two_way":
        raise UserError(
            f"local projections have two-way effects and errors 'cluster' or 'driscoll_kraay', not "
            f"'{data.spec.effects}' and '{kind}'"
        )
    last = int(data.spec.option("horizons"))
    rows = [_rows(data, horizon) for horizon in range(last + 1)]
    terms = pd.concat([_response(one, kind) for one in rows], ignore_index=True)
    simulated, root = _simulated(data, last)
    place = small_sample.KINDS.index(kind)
    model = {
        "inference": INFERENCE[kind],
        "nobs": len(rows[0].y),
        "n_dropped": data.n_dropped + len(data.frame) - len(rows[0].y),
        "first_year": rows[0].periods[0],
        "last_year": rows[0].periods[-1],
        "n_periods": len(rows[0].periods),
        "n_clusters": np.nan if kind == "driscoll_kraay" else len(np.unique(rows[0].unit)),
        "reference": f"{simulated.draws} simulated panels with largest root {root:.3f}",
    }
    parts = {"horizons": _horizons(rows), "small_sample": _small_sample(simulated, place)}
    return Result(terms, model, parts)


def _rows(data: Design, horizon: int) -> ProjectionRows:
    return projection_rows(
        data.y,
        data.treatment,
        data.unit,
        data.period,
        horizon=horizon,
        lags=int(data.spec.option("lags")),
        controls=data.controls if data.control_names else None,
        control_names=data.control_names,
    )


def _response(rows: ProjectionRows, kind: str) -> pd.DataFrame:
    found = split_panel_jackknife(rows) if kind == "jackknife" else project(rows)
    error, df = found.std_errors[:1], found.df
    if kind == "driscoll_kraay":
        hac = across_units(rows, found)
        error, df = hac.std_errors[:1], hac.df
    term = f"horizon:{rows.horizon}"
    return estimates.rows([term], found.coefficients[:1], error, distribution="t", df=df)


def _horizons(rows: list[ProjectionRows]) -> pd.DataFrame:
    """Return what stands behind each horizon; the years are those of the treatment."""
    return pd.DataFrame(
        [
            {
                "horizon": one.horizon,
                "nobs": len(one.y),
                "n_units": len(np.unique(one.unit)),
                "first_year": one.periods[0],
                "last_year": one.periods[-1],
                "bandwidth": bandwidth(one.horizon, len(one.periods)),
            }
            for one in rows
        ]
    )


def _simulated(data: Design, last: int) -> tuple[small_sample.SmallSample, float]:
    """Return the simulation with the panel's own persistence, and its largest root."""
    spec, sizes = data.spec, (len(np.unique(data.unit)), len(np.unique(data.period)))
    values = (data.y, data.treatment, data.period)
    texts = tuple(v.astype(float).tobytes() for v in values), tuple(data.unit)
    return _simulation(*texts, sizes, last, spec.inference.draws, spec.inference.seed)


@functools.lru_cache(maxsize=8)
def _simulation(
    values: tuple[bytes, ...],
    unit: tuple[str, ...],
    sizes: tuple[int, int],
    last: int,
    draws: int,
    seed: int,
) -> tuple[small_sample.SmallSample, float]:
    """Return the simulation of a pair of variables, once for all columns that have the pair."""
    y, x, period = (np.frombuffer(part) for part in values)
    truth = small_sample.truth_of_panel(y, x, np.array(unit), period)
    root = float(np.abs(np.linalg.eigvals(truth.transition)).max())
    rng = np.random.default_rng(seed)
    return small_sample.small_sample(truth, *sizes, last, draws, rng), root


def _small_sample(simulated: small_sample.SmallSample, place: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "horizon": np.arange(len(simulated.truth)),
            "truth": simulated.truth,
            "bias": simulated.bias[place],
            "sd": simulated.sd[place],
            "mean_error": simulated.mean_error[place],
            "coverage": simulated.coverage[place],
            "draws": simulated.draws,
        }
    )


def non_causality(data: Design, store: Store) -> Result:
    """Dumitrescu-Hurlin test that the treatment does not cause the outcome in any unit.

    With two-way effects the means of the years are taken out of both series first; effects of units
    are the test's own intercepts. Option ``lags``.
    """
    if data.control_names or data.spec.effects not in ("unit", "two_way"):
        raise UserError("the non-causality test has no controls and effects 'unit' or 'two_way'")
    lags, inference = int(data.spec.option("lags")), data.spec.inference
    y, x = data.y, data.treatment
    if data.spec.effects == "two_way":
        years = FixedEffects((data.period,), names=("period",))
        y, x = years.residualise(y), years.residualise(x)
    where = (y, x, data.unit, data.period)
    test = causality.non_causality(*where, lags=lags)
    rng = np.random.default_rng(inference.seed)
    null = causality.bootstrap_null(*where, lags=lags, draws=inference.draws, rng=rng)
    resampled = (1 + np.count_nonzero(null >= test.w_bar)) / (1 + inference.draws)
    by_normal = 2 * special.ndtr(-abs(test.z_bar))
    terms = [
        estimates.value_rows(["w_bar"], [test.w_bar]),
        estimates.statistic_row("test:z_bar", test.z_bar, "normal", by_normal),
        estimates.statistic_row("test:z_bar_tilde", test.z_bar_tilde, "normal", test.p_value),
        estimates.statistic_row(
            "test:bootstrap", test.w_bar, "bootstrap", resampled, draws=inference.draws
        ),
    ]
    by_unit = {"unit": test.units, "wald": test.wald, "p_value": test.unit_p_values}
    model = {
        "inference": "non_causality",
        "nobs": len(test.units) * (test.n_periods - lags),
        "n_periods": test.n_periods - lags,
        "first_year": np.unique(data.period)[lags],
        "n_dropped": data.n_dropped + len(test.units) * lags,
    }
    parts = {"causality": pd.DataFrame(by_unit)}
    return Result(pd.concat(terms, ignore_index=True), model, parts)


def three_stage(data: Design, store: Store) -> Result:
    """One equation of two by three-stage least squares, with tests of its instruments.

    The treatment is the outcome of the other equation. Options name columns of the panel with
    blanks between: ``own``, exogenous variables that the other equation leaves out; ``excluded``,
    those of the other equation that this one leaves out. The controls that neither names are in
    both. ``inference.kind`` is ``cluster`` or ``conventional``.
    """
    spec = data.spec
    own, excluded = (_listed(data, option) for option in ("own", "excluded"))
    names = tuple(dict.fromkeys((*data.control_names, *own, *excluded)))
    exogenous = {name: data.frame[name].to_numpy(dtype=float) for name in names}
    included = [tuple(n for n in names if n not in left) for left in (excluded, own)]
    effects = FixedEffects((data.unit, data.period), names=("unit", "period"))
    outcomes = {spec.outcome: data.y, spec.treatment: data.treatment}
    found, _ = simultaneous.three_stage(outcomes, exogenous, included, effects, data.cluster)
    conventional = spec.inference.kind == "conventional"
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
    for name in names:
        if name not in data.frame:
            raise UserError(f"the {data.panel.id} panel has no column '{name}' ('{option}')")
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
    return pd.DataFrame(
        {
            "instrument": found.excluded,
            "excluded_from": data.spec.outcome,
            "first_stage_of": data.spec.treatment,
            "coefficient": stage.coefficients[at],
            "std_error": stage.std_errors[at],
            "p_value": stage.p_values[at],
        }
    )
