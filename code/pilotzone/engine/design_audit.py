"""What each estimator can be trusted for on the real roll-out: a simulation with known effects."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description, Specification
from pilotzone.engine.design import design
from pilotzone.engine.linear import fit
from pilotzone.estimates import tail_probability
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels.store import Store

ALPHA = 0.05
EFFECT = 0.02
GROWTH = 0.005
SLOPE = 0.002
# The cohort of one province has no error of its own and is left out of the averages.
LONE_COHORT = 2015
LAST_YEAR_WITH_CONTROLS = 2019


@dataclasses.dataclass(frozen=True)
class Rollout:
    """The real panel's keys and cohorts, and the size of its noise.

    Attributes
    ----------
    unit, period, cohort : (N,)
    noise : float
        Standard deviation of the residual of the baseline regression.
    correlation : float
        First-order autocorrelation of that residual within units.
    """

    unit: np.ndarray
    period: np.ndarray
    cohort: np.ndarray
    noise: float
    correlation: float

    @property
    def event(self) -> np.ndarray:
        """Periods since treatment."""
        return self.period - self.cohort

    @property
    def treated(self) -> np.ndarray:
        """Whether the row is treated."""
        return (self.cohort > 0) & (self.event >= 0)


# The effect on each row, and whether there is a trend before treatment.
DESIGNS: dict[str, tuple[Callable[[Rollout], np.ndarray], bool]] = {
    "no_effect": (lambda what: 0.0 * what.treated, False),
    "constant": (lambda what: EFFECT * what.treated, False),
    "growing": (lambda what: GROWTH * (what.event + 1) * what.treated, False),
    # Twice the effect for the cohorts up to 2016, none for the later ones.
    "cohort_specific": (lambda what: 2 * EFFECT * what.treated * (what.cohort <= 2016), False),
    "no_effect_pre_trend": (lambda what: 0.0 * what.treated, True),
}


def _two_way(y: np.ndarray, what: Rollout, effect: np.ndarray) -> tuple[float, float, float]:
    """Return estimate, p and true mean effect over treated rows, all years."""
    result = twfe(y, what.treated.astype(float), ("d",), None, (), what.unit, what.period)
    return float(result.coefficients[0]), float(result.p_values[0]), effect[what.treated].mean()


def _average(
    estimator: Callable[..., GroupTime], within: bool
) -> Callable[[np.ndarray, Rollout, np.ndarray], tuple[float, float, float]]:
    """Return a function that runs an estimator on the years with untreated provinces."""

    def run(y: np.ndarray, what: Rollout, effect: np.ndarray) -> tuple[float, float, float]:
        early = what.period <= LAST_YEAR_WITH_CONTROLS
        cohort = what.cohort[early]
        if within:
            cohort = np.where(cohort > LAST_YEAR_WITH_CONTROLS, 0, cohort)
        cells = estimator(y[early], what.unit[early], what.period[early], cohort)
        mean = cells.aggregate("simple", (LONE_COHORT,))
        z, kind = mean.estimates[0] / mean.std_errors[0], "normal" if mean.df is None else "t"
        target = early & what.treated & (what.cohort != LONE_COHORT)
        return (
            float(mean.estimates[0]),
            float(tail_probability(z, kind, mean.df)[0]),
            effect[target].mean(),
        )

    return run


ESTIMATORS = {
    "twfe": _two_way,
    "callaway_santanna": _average(callaway_santanna, within=False),
    "sun_abraham": _average(sun_abraham, within=True),
    "imputation": _average(imputation, within=False),
    "two_stage": _average(gardner, within=False),
    "extended_twfe": _average(extended_twfe, within=True),
}


def rollout(baseline: Specification, store: Store) -> Rollout:
    """Return the real roll-out with the noise of the baseline without controls."""
    data = design(baseline, store)
    residual = fit(data).residuals.reshape(-1, len(np.unique(data.period)))
    before, after = residual[:, :-1].ravel(), residual[:, 1:].ravel()
    return Rollout(
        data.unit,
        data.period,
        data.cohort,
        float(residual.std(ddof=0)),
        float(np.corrcoef(before, after)[0, 1]),
    )


def simulate(what: Rollout, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Return draws of unit and period effects plus noise with the real autocorrelation, (R, N).

    Effects of unit and period have the standard deviation of the noise; every estimator here is
    invariant to them.
    """
    n, t = len(np.unique(what.unit)), len(np.unique(what.period))
    errors = persistent(what, rng, draws)
    units, periods = rng.normal(size=(draws, n, 1)), rng.normal(size=(draws, 1, t))
    return (what.noise * (errors + units + periods)).reshape(draws, -1)


def persistent(what: Rollout, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Return draws of noise of variance one with the real autocorrelation, (R, units, periods)."""
    n, t = len(np.unique(what.unit)), len(np.unique(what.period))
    shocks = rng.normal(size=(draws, n, t))
    errors = shocks.copy()
    for period in range(1, t):
        errors[:, :, period] = (
            what.correlation * errors[:, :, period - 1]
            + np.sqrt(1 - what.correlation**2) * shocks[:, :, period]
        )
    return errors


def design_audit(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return bias, spread, size and power of each estimator under each design.

    ``size`` is the share of draws that reject at 5 % where there is no effect, ``power`` where
    there is one. With the pre-trend, provinces treated by 2016 grow by 0.002 a year faster.
    """
    from tqdm import tqdm

    draws = description.draws
    what = rollout(description.baseline, store)
    noise = simulate(what, np.random.default_rng(description.seed), draws)
    trend = SLOPE * (what.period - what.period.min()) * (what.cohort <= 2016)
    rows = []
    for name, (effect_of, pre_trend) in DESIGNS.items():
        effect = effect_of(what)
        added = effect + trend * pre_trend
        for estimator, run in ESTIMATORS.items():
            made = np.array(
                [
                    run(y + added, what, effect)
                    for y in tqdm(noise, desc=f"{name}, {estimator}", leave=False, disable=None)
                ]
            )
            rejected = float((made[:, 1] < ALPHA).mean())
            exists = bool(np.any(effect != 0))
            rows.append(
                {
                    "design": name,
                    "estimator": estimator,
                    "truth": made[0, 2],
                    "bias": float((made[:, 0] - made[:, 2]).mean()),
                    "sd": float(made[:, 0].std(ddof=1)),
                    "size": np.nan if exists else rejected,
                    "power": rejected if exists else np.nan,
                    "draws": draws,
                }
            )
    return {"": pd.DataFrame(rows)}
