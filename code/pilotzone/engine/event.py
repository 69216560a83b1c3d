"""Event studies: coefficients, tests of the leads, bands, robust intervals."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine import inference
from pilotzone.engine.design import Design, Result, event_window
from pilotzone.engine.regression import model_fields
from pilotzone.errors import UserError
from pilotzone.methods.did.event_study import EventStudy, event_study
from pilotzone.methods.did.sensitivity.breakdown import sensitivity
from pilotzone.methods.inference.bands import joint_wald, simultaneous_bands
from pilotzone.methods.inference.linear_trend import linear_trend_that_explains
from pilotzone.methods.inference.pretest_power import roth_power
from pilotzone.panels.store import Store

WINDOW = "-4 4"
BAND_DRAWS = 100_000


def binned(data: Design, store: Store) -> Result:
    """Event study with one dummy for all times at and beyond each end of the window.

    The option ``window`` ("-3 2") names other ends than those of :data:`WINDOW`.
    """
    data = inference.without_singletons(data)
    return _result(data, _study(data, window=event_window(str(data.spec.option("window", WINDOW)))))


def unbinned(data: Design, store: Store) -> Result:
    """Event study with a dummy for every time; the option names the cohort of reference."""
    data = inference.without_singletons(data)
    reference = data.spec.option("reference_cohort", 0)
    return _result(data, _study(data, window=None, reference_cohort=int(reference) or None))


def _study(data: Design, cohort: np.ndarray | None = None, **choices: object) -> EventStudy:
    """Return the event study under the declared effects, by default on the panel's cohorts."""
    if "unit" not in data.effects:
        raise UserError(f"an event study needs unit effects; '{data.spec.effects}' has none")
    return event_study(
        data.y,
        data.unit,
        data.period,
        data.cohort if cohort is None else cohort,
        controls=data.controls if data.control_names else None,
        control_names=data.control_names,
        cluster=data.cluster,
        extra_factors=data.extra_factors,
        slopes=data.slopes,
        **choices,
    )


def _result(data: Design, study: EventStudy) -> Result:
    fit, k = study.fit, len(study.dummies.times)
    beta, sigma = fit.coefficients[:k], fit.covariance[:k, :k]
    path = estimates.rows(
        study.dummies.names, beta, np.sqrt(np.diag(sigma)), distribution="t", df=fit.df
    )
    terms = [path, *_lead_rows(data, study, beta, sigma)]
    reference = data.spec.option("reference_cohort", 0)
    return Result(
        pd.concat(terms, ignore_index=True),
        {
            **model_fields(fit, data),
            "reference": f"event:-1 cohort:{reference}".removesuffix(" cohort:0"),
        },
        {"bands": _bands(data, study, beta, sigma), "support": _support(study)},
    )


def _rng(data: Design) -> np.random.Generator:
    if data.spec.inference.seed is None:
        raise UserError("an event study needs a seed for its bands; name it in the inference")
    return np.random.default_rng(data.spec.inference.seed)


def _lead_rows(
    data: Design, study: EventStudy, beta: np.ndarray, sigma: np.ndarray
) -> list[pd.DataFrame]:
    """Joint test of the leads, and its power against the line that explains the lags."""
    leads, clusters = study.leads, study.fit.n_clusters
    if len(leads) == 0:
        return []
    times = np.array(study.dummies.times)
    test = joint_wald(beta, sigma, clusters, leads)
    line = linear_trend_that_explains(beta, sigma, times, df=study.fit.df)
    power = roth_power(
        beta[leads],
        sigma[np.ix_(leads, leads)],
        line.slope_post,
        times[leads],
        _rng(data),
        df=study.fit.df,
    )
    values = {
        "slope:explains_lags": line.slope_post,
        "slope:of_leads": line.slope_pre,
        "power:joint": power.joint,
        "power:individual": power.individual,
        "slope:joint_power_80": power.joint_slope_80,
    }
    return [
        estimates.statistic_row(
            "test:leads", test.statistic, "F", test.p_value, (test.df1, test.df2)
        ),
        estimates.value_rows(list(values), list(values.values())),
    ]


def _bands(data: Design, study: EventStudy, beta: np.ndarray, sigma: np.ndarray) -> pd.DataFrame:
    made = simultaneous_bands(beta, sigma, _rng(data), df=study.fit.df, draws=BAND_DRAWS)
    return pd.DataFrame(
        {
            "term": study.dummies.names,
            "ci_low": made.low,
            "ci_high": made.high,
            "critical": made.critical,
        }
    )


def _support(study: EventStudy) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": study.dummies.names,
            "cohorts": [" ".join(map(str, sorted(s))) for s in study.dummies.support],
            "n_units": [sum(s.values()) for s in study.dummies.support],
        }
    )


SMOOTHNESS = (0.0, 0.001, 0.002, 0.005, 0.01)
RELATIVE_MAGNITUDES = (0.5, 1.0, 1.5, 2.0)


def honest(data: Design, store: Store) -> Result:
    """Robust intervals of Rambachan and Roth on the event study of one cohort.

    The target is the mean effect after treatment; the event study is that of the sample's only
    cohort treated in it, against units not yet treated throughout.
    """
    data = inference.without_singletons(data)
    cohort = np.where(data.cohort > data.period.max(), 0, data.cohort)
    single = sorted(set(cohort) - {0})
    if len(single) != 1:
        raise UserError(
            f"sample '{data.spec.sample}' has treated cohorts {', '.join(map(str, single))}; "
            "robust intervals take the event study of one cohort"
        )
    study = _study(data, cohort, window=None)
    k, n_pre, n_post = len(study.dummies.times), len(study.leads), len(study.lags)
    found = sensitivity(
        study.fit.coefficients[:k],
        study.fit.covariance[:k, :k],
        n_pre,
        n_post,
        SMOOTHNESS,
        RELATIVE_MAGNITUDES,
        target=np.full(n_post, 1 / n_post),
    )
    path = estimates.rows(
        study.dummies.names,
        study.fit.coefficients[:k],
        study.fit.std_errors[:k],
        distribution="t",
        df=study.fit.df,
    )
    mean = estimates.rows(
        ["overall:post"], [found.estimate], [found.std_error], distribution="normal"
    )
    breakdown = {
        "breakdown:smoothness": found.breakdown_m,
        "breakdown:relative_magnitudes": found.breakdown_mbar,
    }
    # No breakdown value exists where the interval holds zero already without any violation.
    known = {name: value for name, value in breakdown.items() if np.isfinite(value)}
    intervals = pd.DataFrame(
        [
            {"restriction": i.restriction, "m": i.m, "ci_low": i.low, "ci_high": i.high}
            for i in (found.original, *found.smoothness, *found.relative_magnitudes)
        ]
    )
    bounds = pd.DataFrame(
        {
            "term": intervals["restriction"] + ":" + intervals["m"].map("{:g}".format),
            "distribution": "none",
            "df": "",
            "ci_low": intervals["ci_low"],
            "ci_high": intervals["ci_high"],
        }
    )
    terms = [path, mean, bounds, estimates.value_rows(list(known), list(known.values()))]
    return Result(
        pd.concat(terms, ignore_index=True),
        {**model_fields(study.fit, data), "reference": "event:-1"},
        {"intervals": intervals},
    )
