"""Bounds of the effect once nobody is untreated, printed only if a simulation says they may be."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.design_audit import Rollout, persistent
from pilotzone.engine.linear import fit, without_singletons
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.bounded_variation import BoundedVariation, Bounds, bounded_in
from pilotzone.methods.did.bounded_variation import bounded_variation as method
from pilotzone.methods.did.cohorts import staggered_panel
from pilotzone.methods.inference.columns import BLOCK_NUMBERS
from pilotzone.panels.store import Store

MIN_COVERAGE = 0.90
INTERVAL, SET = "bounded_variation", "identified_set"


def bounded_variation(data: Design, store: Store) -> Result:
    """Set and interval of the mean effect by the bound on the untreated outcome's yearly change.

    First comes a simulation on the column's roll-out: no effect, noise with size and
    autocorrelation of its two-way residual, changes of the untreated outcome within the bound
    before the anchor and at its edge behind it, where an interval has the least room. If the 95 %
    interval at that bound holds the truth in less than 90 % of draws, the column is not identified
    and only the simulation is printed. Options ``audit_draws`` and ``audit_seed`` are its own.

    Raises
    ------
    NotIdentified
        As the method.
    """
    made = method(data.y, data.unit, data.period, data.cohort, path=_path(data))
    audit = _simulated(data, made)
    parts = {"simulation": audit}
    coverage = float(audit["coverage"].iloc[0])
    if coverage < MIN_COVERAGE:
        facts = {"coverage": coverage, "least": MIN_COVERAGE, "draws": int(audit["draws"].iloc[0])}
        return Result(
            pd.DataFrame(),
            {"identified": "no", "reason": (Reason("coverage_too_low", facts),)},
            parts,
        )
    parts["bounds"] = pd.concat(
        [_table(name, made.bounds(k)) for k, name in _places(made)], ignore_index=True
    )
    return Result(_rows(made.bounds(), made.largest), _fields(data, made, coverage), parts)


def _path(data: Design) -> str:
    return str(data.spec.option("path"))


def _places(made: BoundedVariation) -> list[tuple[int, str]]:
    """Return the place of each period and of the mean of all, with its name."""
    return [(k, f"{t:g}") for k, t in enumerate(made.periods)] + [(-1, "all")]


def _table(name: str, bounds: Bounds) -> pd.DataFrame:
    fields = ("low", "high", "ci_low", "ci_high")
    numbers = {field: getattr(bounds, field) for field in fields}
    return pd.DataFrame({"period": name, "m": bounds.multiple, **numbers})


def _rows(bounds: Bounds, largest: float) -> pd.DataFrame:
    """Return set and interval under each bound, the largest change, and the breakdown values."""
    wide = bounds.multiple > 0
    ends = {
        SET: (bounds.multiple[wide], bounds.low[wide], bounds.high[wide]),
        INTERVAL: (bounds.multiple, bounds.ci_low, bounds.ci_high),
    }
    pieces = [
        pd.DataFrame(
            {
                "term": [f"{name}:{m:g}" for m in multiples],
                "distribution": "none",
                "df": "",
                "ci_low": low,
                "ci_high": high,
            }
        )
        for name, (multiples, low, high) in ends.items()
    ]
    # Without any change the set is a point. No breakdown value exists where zero lies within
    # already at M = 0.
    values = {
        **{f"{SET}:{m:g}": at for m, at in zip(bounds.multiple, bounds.low, strict=True) if m == 0},
        "largest_change": largest,
        f"breakdown:{SET}": bounds.breakdown_set,
        f"breakdown:{INTERVAL}": bounds.breakdown,
    }
    known = {name: value for name, value in values.items() if np.isfinite(value)}
    return pd.concat(
        [*pieces, estimates.value_rows(list(known), list(known.values()))], ignore_index=True
    )


def _fields(data: Design, made: BoundedVariation, coverage: float) -> dict[str, object]:
    first, last = (int(t) for t in made.periods[[0, -1]])
    anchor = {"last": int(made.anchor), "units": made.n_untreated}
    draws = int(data.spec.option("audit_draws"))
    return {
        "inference": f"jackknife:{data.spec.inference.cluster}",
        "nobs": made.nobs,
        "n_units": made.n_units,
        "n_clusters": made.n_units,
        "n_dropped": data.n_dropped + made.n_dropped,
        "reference": (
            Reason("bounded_years", {"start": first, "end": last}),
            Reason("bounded_from", anchor),
            Reason("coverage_simulated", {"coverage": coverage, "draws": draws}),
        ),
    }


def _simulated(data: Design, made: BoundedVariation) -> pd.DataFrame:
    """Return bias of the midpoint and coverage of the interval with a known path, no effect."""
    draws, seed = (int(data.spec.option(name)) for name in ("audit_draws", "audit_seed"))
    # The path of the untreated outcome is drawn apart from the noise, which has the seed itself.
    (rng,) = np.random.default_rng(seed).spawn(1)
    bound, times = made.largest, np.unique(data.period)
    years, after = np.diff(times), times[1:] > made.anchor
    found = np.empty((draws, 2))
    column, path = np.searchsorted(times, data.period), _path(data)
    panel = staggered_panel(data.y, data.unit, data.period, data.cohort)
    for r, shocks in enumerate(noise_of(data, draws, seed)):
        changes = rng.uniform(-bound, bound, len(after))
        # The path that goes on is the mean change before the anchor.
        changes[~after] -= np.average(changes[~after], weights=years[~after])
        side = changes[after] = bound * rng.choice((-1.0, 1.0))
        levels = np.append(0.0, np.cumsum((changes + made.drift) * years))
        y = panel.table(shocks + levels[column])
        drawn = bounded_in(dataclasses.replace(panel, y=y), path)
        low, high = drawn.interval(bound / drawn.largest)
        moved = side * made.distance[-1]
        found[r] = drawn.estimates[-1] - moved, low <= 0.0 <= high
    return pd.DataFrame(
        {
            "design": ["edge"],
            "term": [INTERVAL],
            "truth": 0.0,
            "bias": found[:, 0].mean(),
            "coverage": found[:, 1].mean(),
            "draws": draws,
        }
    )


def noise_of(data: Design, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Give draws (N,) of noise with size and autocorrelation of the two-way residual.

    They are made in blocks, so that a large panel's do not stand in memory at once.

    Raises
    ------
    NotIdentified
        If the effects leave no residual to take the noise from.
    """
    units, unit = np.unique(data.unit, return_inverse=True)
    times, column = np.unique(data.period, return_inverse=True)
    kept = without_singletons(data)
    residual = fit(kept).residuals
    table = np.full((len(units), len(times)), np.nan)
    table[np.searchsorted(units, kept.unit), np.searchsorted(times, kept.period)] = residual
    before, after = table[:, :-1].ravel(), table[:, 1:].ravel()
    both = np.isfinite(before) & np.isfinite(after)
    noise = float(residual.std(ddof=0))
    if not noise > 0 or both.sum() <= 2:
        raise NotIdentified("no_noise")
    correlation = float(np.corrcoef(before[both], after[both])[0, 1])
    what = Rollout(data.unit, data.period, data.cohort, noise, correlation)
    rng, block = np.random.default_rng(seed), max(1, BLOCK_NUMBERS // table.size)
    for first in range(0, draws, block):
        made = persistent(what, rng, min(block, draws - first))
        yield from noise * made[:, unit, column]
