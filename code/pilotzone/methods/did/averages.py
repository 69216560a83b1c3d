"""Averages of effects by cohort and period, each with the contributions of the units.

Estimates and contributions may be those of several outcomes, stacked in front.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np

from pilotzone.errors import Reason
from pilotzone.methods.did.cohorts import label

Kind = Literal["simple", "dynamic", "group", "calendar"]
PREFIX = {"simple": "", "dynamic": "event", "group": "cohort", "calendar": "calendar"}


class Cells(Protocol):
    """What averages take of effects by cohort and period, see ``group_time.GroupTime``."""

    cohort: np.ndarray
    period: np.ndarray
    event: np.ndarray
    estimates: np.ndarray
    influence: np.ndarray
    weighed: np.ndarray
    sizes: np.ndarray
    error_identified: np.ndarray
    shares: str
    weights: np.ndarray | None


class Averages(NamedTuple):
    """Some averages, k of them, the overall value first.

    Attributes
    ----------
    keys : (k,) event, cohort or period; NaN for the overall value.
    estimates : (k,).
    influence : (U, k) contributions of the units.
    weights : (c, k) of the cells.
    error_identified : (k,) bool.
    """

    keys: np.ndarray
    estimates: np.ndarray
    influence: np.ndarray
    weights: np.ndarray
    error_identified: np.ndarray

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Return ``overall:dynamic``, ``event:-4`` … as averages of this kind are called."""
        return (f"overall:{kind}", *(f"{PREFIX[kind]}:{label(key)}" for key in self.keys[1:]))

    def error_reasons(self, of_cells: Sequence[Reason | None]) -> tuple[Reason | None, ...]:
        """Return why an average has no error: the reason of its first cell without one."""
        return tuple(
            None
            if known
            else next((of_cells[k] for k in np.flatnonzero(column) if of_cells[k]), None)
            for known, column in zip(self.error_identified, self.weights.T, strict=True)
        )

    def before(self, other: "Averages") -> "Averages":
        """Return these averages and others behind them."""
        return Averages(*(np.concatenate(pair, axis=-1) for pair in zip(self, other, strict=True)))


def averages_of(effects: Cells, kind: Kind, kept: np.ndarray) -> Averages:
    """The overall value, and the averages by event, cohort or period; leads only by event."""
    post = kept & (effects.event >= 0)
    if kind == "simple":
        return _averages(effects, post[:, None], np.array([np.nan]))
    keys, cells = {
        "dynamic": (effects.event, kept),
        "group": (effects.cohort, post),
        "calendar": (effects.period, post),
    }[kind]
    values = np.array(sorted(set(keys[cells].tolist())))
    own = cells[:, None] & (keys[:, None] == values)
    parts = _averages(effects, own, values, plain=kind == "group")
    return _overall(effects, kind, own, parts).before(parts)


def _averages(
    effects: Cells, own: np.ndarray, keys: np.ndarray, *, plain: bool = False
) -> Averages:
    """Means of the cells ``own`` (c, k), with equal weights or weighted by their treated units."""
    taken = effects.estimates, effects.influence
    counted = effects.weighed, effects.sizes
    made = _mean(*taken, own) if plain else _by_size(*taken, *counted, own, effects.shares)
    return Averages(keys, *made, ~(own & ~effects.error_identified[:, None]).any(axis=0))


def _overall(effects: Cells, kind: Kind, own: np.ndarray, parts: Averages) -> Averages:
    """The plain mean of parts, or of cohorts the mean by size."""
    used = np.ones((len(parts.keys), 1), dtype=bool)
    if kind == "dynamic":
        used = parts.keys[:, None] >= 0
    taken = parts.estimates, parts.influence
    if kind == "group":
        counted = weighed(effects.weighed @ own > 0, effects.weights)
        value, phi, shares = _by_size(*taken, counted, counted.sum(axis=0), used, effects.shares)
    else:
        value, phi, shares = _mean(*taken, used)
    identified = np.array([parts.error_identified[used[:, 0]].all()])
    return Averages(np.array([np.nan]), value, phi, parts.weights @ shares, identified)


def weighed(members: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """What each unit counts in the size of each cell, (U, c)."""
    return members.astype(float) if weights is None else members * weights[:, None]


def _mean(
    estimates: np.ndarray, influence: np.ndarray, own: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of cells (c, k) with equal weights: values, contributions and weights."""
    weights = own / own.sum(axis=0)
    return estimates @ weights, influence @ weights, weights


def _by_size(
    estimates: np.ndarray,
    influence: np.ndarray,
    counted: np.ndarray,
    size: np.ndarray,
    own: np.ndarray,
    shares: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Means Σ_j n_j θ_j / Σ_j n_j of cells (c, k): values, contributions and weights.

    n_j is the ``size`` (c,) of the cell, to which each unit adds what is ``counted`` (U, c).
    """
    sizes = own * size[:, None]
    total = sizes.sum(axis=0)
    weights = sizes / total
    values, phi = estimates @ weights, influence @ weights
    if shares == "estimated":
        # Sizes are estimates too: unit i adds Σ_j 1{i ∈ j} (θ_j − θ̄) / Σ_j n_j.
        apart = estimates[..., None] - values[..., None, :]
        phi = phi + counted @ (own * apart / total)
    return values, phi, weights
