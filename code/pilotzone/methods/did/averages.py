"""Averages of effects by cohort and period, each with the contributions of the units."""

from typing import Literal, NamedTuple, Protocol

import numpy as np

Kind = Literal["simple", "dynamic", "group", "calendar"]
PREFIX = {"simple": "", "dynamic": "event", "group": "cohort", "calendar": "calendar"}


class Cells(Protocol):
    """What averages take of effects by cohort and period, see ``group_time.GroupTime``."""

    cohort: np.ndarray
    period: np.ndarray
    event: np.ndarray
    estimates: np.ndarray
    influence: np.ndarray
    members: np.ndarray
    error_identified: np.ndarray
    shares: str


class Average(NamedTuple):
    """One average: its key (event, cohort or period), value, contributions and weights (c,)."""

    key: float
    estimate: float
    influence: np.ndarray
    weights: np.ndarray
    error_identified: bool


def parts_of(effects: Cells, kind: Kind, kept: np.ndarray) -> list[Average]:
    """The averages by event, cohort or period; leads only by event."""
    post = kept & (effects.event >= 0)
    keys, cells = {
        "simple": (np.zeros(len(kept)), post),
        "dynamic": (effects.event, kept),
        "group": (effects.cohort, post),
        "calendar": (effects.period, post),
    }[kind]
    average = _plain_mean if kind == "group" else _by_size
    identified = effects.error_identified
    found = []
    for key in np.unique(keys[cells]):
        own = np.flatnonzero(cells & (keys == key))
        value, phi, shares = average(effects, own)
        weights = np.zeros(len(kept))
        weights[own] = shares
        found.append(Average(key, value, phi, weights, bool(identified[own].all())))
    return found


def overall_of(effects: Cells, kind: Kind, kept: np.ndarray, parts: list[Average]) -> Average:
    """The overall value: one part, the plain mean of parts, or the mean by size of cohort."""
    if kind == "simple":
        return parts[0]._replace(key=np.nan)
    used = [p for p in parts if kind != "dynamic" or p.key >= 0]
    estimates = np.array([p.estimate for p in used])
    influence = np.column_stack([p.influence for p in used])
    if kind == "group":
        post = kept & (effects.event >= 0)
        members = np.column_stack(
            [effects.members[:, post & (effects.cohort == p.key)].any(axis=1) for p in used]
        )
        value, phi, shares = _weighted(estimates, influence, members, effects.shares)
    else:
        value, phi = float(estimates.mean()), influence.mean(axis=1)
        shares = np.full(len(used), 1 / len(used))
    weights = np.column_stack([p.weights for p in used]) @ shares
    return Average(np.nan, value, phi, weights, all(p.error_identified for p in used))


def _plain_mean(effects: Cells, cells: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean of cells with equal weights: value, contributions and weights."""
    value = float(effects.estimates[cells].mean())
    phi = effects.influence[:, cells].mean(axis=1)
    return value, phi, np.full(len(cells), 1 / len(cells))


def _by_size(effects: Cells, cells: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean of cells weighted by their treated units: value, contributions and weights."""
    taken = effects.estimates[cells], effects.influence[:, cells], effects.members[:, cells]
    return _weighted(*taken, effects.shares)


def _weighted(
    estimates: np.ndarray, influence: np.ndarray, members: np.ndarray, shares: str
) -> tuple[float, np.ndarray, np.ndarray]:
    r"""Σ_k n_k θ_k / Σ_k n_k, its contributions and its weights."""
    sizes = members.sum(axis=0)
    value = float(sizes @ estimates / sizes.sum())
    phi = influence @ (sizes / sizes.sum())
    if shares == "estimated":
        # Sizes are estimates too: unit i adds Σ_k 1{i ∈ k} (θ_k − θ̄) / Σ_k n_k.
        phi = phi + members @ (estimates - value) / sizes.sum()
    return value, phi, sizes / sizes.sum()
