"""Event studies: coefficients, tests of the leads, bands, robust intervals."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import thin_counts, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import covariance_of, estimate_rows, model_fields
from pilotzone.engine.inference.wild import combined_rows, is_wild
from pilotzone.engine.linear import regression, without_singletons
from pilotzone.engine.windows import event_window
from pilotzone.errors import Reason
from pilotzone.methods.did.event_study import EventStudy, event_study
from pilotzone.methods.did.terms import FEWEST_UNITS
from pilotzone.methods.inference.bands import joint_wald, simultaneous_bands
from pilotzone.methods.inference.pretest_power import linear_trend_that_explains, roth_power
from pilotzone.panels.store import Store


def binned(data: Design, store: Store) -> Result:
    """Event study with one dummy for all times at and beyond each end of the window.

    The option ``window`` ("-3 2") names the ends.
    """
    data = without_singletons(data)
    window = event_window(str(data.spec.option("window")))
    return _result(data, study(data, window=window), 0)


def unbinned(data: Design, store: Store) -> Result:
    """Event study with a dummy for every time; the option names the cohort of reference."""
    data = without_singletons(data)
    reference = int(data.spec.option("reference_cohort"))
    return _result(data, study(data, window=None, reference_cohort=reference or None), reference)


def study(data: Design, cohort: np.ndarray | None = None, **choices: object) -> EventStudy:
    """Return the event study under the declared effects, by default on the panel's cohorts."""
    return event_study(
        data.y,
        data.unit,
        data.period,
        data.cohort if cohort is None else cohort,
        **data.named_controls,
        **data.further,
        **choices,
    )


def _result(data: Design, made: EventStudy, reference: int) -> Result:
    """Return path, tests of the leads, bands and support; ``reference`` is a cohort or 0."""
    fit, k = made.fit, len(made.dummies.times)
    beta, sigma = fit.coefficients[:k], fit.covariance[:k, :k]
    path, fields = estimate_rows(fit, k), {}
    if is_wild(data):
        path, fields["inference"] = _by_wild_bootstrap(data, made)
    terms = [path, *_lead_rows(data, made, beta, sigma)]
    compared = Reason("event_before")
    if reference:
        compared = Reason("event_before_and_cohort", {"cohort": reference})
    support = _support(made)
    thin = (support["n_units"] < FEWEST_UNITS).to_numpy()
    withheld = Reason("bands_withheld", {"events": int(thin.sum())}) if thin.any() else None
    result = Result(
        pd.concat(terms, ignore_index=True),
        {**model_fields(fit, data), **fields, "reference": (compared, withheld)},
        {"bands": _bands(data, made, beta, sigma, ~thin), "support": support},
        None if is_wild(data) else covariance_of(fit.names[:k], sigma),
    )
    counts = dict(zip(support["term"], support["n_units"].tolist(), strict=True))
    return with_cautions(result, thin_counts(counts))


def _by_wild_bootstrap(data: Design, made: EventStudy) -> tuple[pd.DataFrame, str]:
    """Return the coefficients with p and interval by the wild bootstrap, and its name."""
    what, dummies = regression(data), made.dummies
    x = np.hstack([dummies.columns, data.controls])
    alone = dict(zip(dummies.names, np.eye(x.shape[1]), strict=False))
    return combined_rows(data, data.y, x, what.effects, data.cluster, alone)


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
        data.resampling.rng(),
        df=study.fit.df,
    )
    values = {
        "slope:explains_lags": line.slope_post,
        "slope:of_leads": line.slope_pre,
        "power:joint": power.joint,
        "power:individual": power.individual,
        "slope:joint_power_80": power.joint_slope_80,
    }
    df = (test.df1, test.df2)
    joint = estimates.statistic_row("test:leads", test.statistic, "F", test.p_value, df)
    return [joint, estimates.value_rows(list(values), list(values.values()))]


def _bands(
    data: Design, study: EventStudy, beta: np.ndarray, sigma: np.ndarray, kept: np.ndarray
) -> pd.DataFrame:
    """Return the simultaneous band of the event times that rest on ten units or more."""
    if not kept.any():
        return pd.DataFrame(columns=["term", "ci_low", "ci_high", "critical"])
    rng, draws = data.resampling.rng(), data.resampling.draws
    chosen = beta[kept], sigma[np.ix_(kept, kept)]
    made = simultaneous_bands(*chosen, rng, df=study.fit.df, draws=draws)
    ends = {"ci_low": made.low, "ci_high": made.high, "critical": made.critical}
    return pd.DataFrame({"term": np.array(study.dummies.names)[kept], **ends})


def _support(study: EventStudy) -> pd.DataFrame:
    support = study.dummies.support
    cohorts = [" ".join(map(str, sorted(counts))) for counts in support]
    units = [sum(counts.values()) for counts in support]
    return pd.DataFrame({"term": study.dummies.names, "cohorts": cohorts, "n_units": units})
