"""Dynamic effects of a dose, each printed only if a simulation says its interval may be."""

import itertools

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.bounded import MIN_COVERAGE, noise_of
from pilotzone.engine.cautions import thin_counts, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason
from pilotzone.estimates import tail_probability
from pilotzone.methods.did.dose_dynamic import Comparisons, DoseDynamic, dose_comparisons
from pilotzone.methods.inference.columns import BLOCK_NUMBERS
from pilotzone.panels.store import Store

AVERAGE = "overall:total"
# The first words of terms: of an effect, and of a placebo.
PLAIN, NORMALISED = ("effect", "placebo_effect"), ("normalised", "normalised_placebo")


def dose_dynamic(data: Design, store: Store) -> Result:
    """Effects and placebos by periods since the dose first rose, and the average total effect.

    Options ``effects`` and ``placebos`` say how many at most; 0 takes all. First comes a simulation
    of the column's roll-out without an effect, noise with size and autocorrelation of its two-way
    residual: a term whose 95 % interval holds zero in less than 90 % of draws is withheld and
    named. Options ``audit_draws`` and ``audit_seed`` are its own. The part ``switchers`` counts
    what is compared.

    Raises
    ------
    NotIdentified
        As the method, or if no effect passes the simulation.
    """
    asked = {name: int(data.spec.option(name)) for name in ("effects", "placebos")}
    compared = dose_comparisons(
        data.unit, data.period, data.treatment, controls=data.controls_or_none, **asked
    )
    made = compared(data.y)
    audit = _simulated(data, compared, made)
    passed = dict(zip(audit["term"], audit["coverage"] >= MIN_COVERAGE, strict=True))
    parts = {"simulation": audit, "switchers": _switchers(made)}
    lost = [term for term, fine in passed.items() if not fine]
    if not any(passed[_term(PLAIN, h)] for h in made.horizon[made.horizon > 0]):
        reason = Reason("no_effect_covered", {"least": MIN_COVERAGE, "draws": _draws(data)})
        return Result(pd.DataFrame(), {"identified": "no", "reason": (reason,)}, parts)
    said = (Reason("terms_withheld", {"terms": lost, "least": MIN_COVERAGE}),) if lost else ()
    result = Result(_rows(made, passed), _fields(data, made, said), parts)
    counts = {
        _term(words, h): int(n)
        for h, n in zip(made.horizon, made.n_switchers, strict=True)
        for words in (PLAIN, NORMALISED)
        if passed[_term(PLAIN, h)]
    }
    return with_cautions(result, thin_counts(counts))


def _term(words: tuple[str, str], horizon: int) -> str:
    return f"{words[int(horizon < 0)]}:{abs(horizon)}"


def _draws(data: Design) -> int:
    return int(data.spec.option("audit_draws"))


def _df(made: DoseDynamic) -> int:
    return int(made.used.sum()) - 1


def _rows(made: DoseDynamic, passed: dict[str, bool]) -> pd.DataFrame:
    """Return the rows of the terms that passed, and the share of switchers compared."""
    kept = np.array([passed[_term(PLAIN, h)] for h in made.horizon])
    t = {"distribution": "t", "df": _df(made)}
    pieces = [
        estimates.rows(
            [_term(words, h) for h in made.horizon[kept]], values[kept], errors[kept], **t
        )
        for words, values, errors in (
            (PLAIN, made.estimates, made.std_errors),
            (NORMALISED, made.normalised, made.normalised_errors),
        )
    ]
    if passed[AVERAGE]:
        pieces.append(estimates.rows([AVERAGE], [made.average], [made.average_error], **t))
    after = made.horizon > 0
    shares = made.n_switchers[after] / made.n_possible[after]
    names = [f"compared:{h}" for h in made.horizon[after]]
    return pd.concat([*pieces, estimates.value_rows(names, shares)], ignore_index=True)


def _switchers(made: DoseDynamic) -> pd.DataFrame:
    """Return what is compared by horizon."""
    return pd.DataFrame(
        {
            "term": [_term(PLAIN, h) for h in made.horizon],
            "n_switchers": made.n_switchers,
            "n_possible": made.n_possible,
            "n_ever": made.n_ever,
            "n_controls": made.n_controls,
            "dose": made.dose,
        }
    )


def _fields(data: Design, made: DoseDynamic, said: tuple[Reason, ...]) -> dict[str, object]:
    first = made.horizon == 1
    facts = {"compared": int(made.n_switchers[first][0]), "switchers": made.n_ever}
    return {
        "inference": f"influence_t:{data.spec.inference.cluster}",
        "nobs": made.nobs,
        "n_units": int(made.used.sum()),
        "n_clusters": int(made.used.sum()),
        "n_dropped": data.n_dropped + made.n_dropped,
        "reason": said,
        "reference": (
            Reason("switchers_compared", facts),
            Reason("fewest_controls", {"units": int(made.n_controls.min())}),
            Reason("terms_simulated", {"least": MIN_COVERAGE, "draws": _draws(data)}),
        ),
    }


def _simulated(data: Design, compared: Comparisons, made: DoseDynamic) -> pd.DataFrame:
    """Return bias and coverage of each term without an effect, by the rows' own roll-out."""
    draws, seed = _draws(data), int(data.spec.option("audit_seed"))
    noise, found = noise_of(data, draws, seed), []
    while shocks := list(itertools.islice(noise, max(1, BLOCK_NUMBERS // len(data.y)))):
        found.append(compared.several(shocks))
    values, errors = (np.concatenate(part) for part in zip(*found, strict=True))
    _, quantile = tail_probability(np.zeros(1), "t", _df(made))
    return pd.DataFrame(
        {
            "design": "no_effect",
            "term": [*(_term(PLAIN, h) for h in made.horizon), AVERAGE],
            "truth": 0.0,
            "bias": values.mean(axis=0),
            "coverage": (np.abs(values) <= quantile * errors).mean(axis=0),
            "draws": draws,
        }
    )
