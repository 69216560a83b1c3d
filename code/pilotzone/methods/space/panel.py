"""A balanced panel as arrays by period and unit, in the order of a weights matrix."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights, name_some

# What each kind of effects takes out: of every unit's path so many dimensions, of every period
# its mean. 'none' takes out the grand mean.
PER_UNIT = {"two_way": 1, "unit": 1, "unit_trends": 2, "period": 0, "none": 0}
PERIOD_MEANS = ("two_way", "unit_trends", "period")


@dataclass(frozen=True, eq=False)
class StackedPanel:
    """A balanced panel: y (T, n), x (k, T, n), its k names, units in the order of the weights.

    A stack of panels of one shape has y (R, T, n) and x (k, R, T, n).
    """

    y: np.ndarray
    x: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...]
    periods: np.ndarray

    def at(self, places: int | np.ndarray) -> "StackedPanel":
        """Return one panel of a stack, or a stack of some of them."""
        return dataclasses.replace(self, y=self.y[places], x=self.x[:, places])


def stack_panel(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SpatialWeights,
) -> StackedPanel:
    """Bring long data into arrays by period and unit, in the order of the weights.

    Parameters
    ----------
    y, x, names, unit, period, weights : see ``fit_spatial``.

    Raises UserError if the units of the data and of the weights differ, a row is missing or there
    twice, a value is not finite, or lengths or names do not fit; row and column are named.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    names = _check_shapes(y, x, names, unit, period)
    codes = np.asarray(unit).astype(str)
    periods, when = np.unique(np.asarray(period), return_inverse=True)
    distinct, which = np.unique(codes, return_inverse=True)
    weights.require_same_units(distinct.tolist())
    place = {label: i for i, label in enumerate(weights.labels)}
    where = np.array([place[code] for code in distinct.tolist()])[which]
    n, t = len(weights.labels), len(periods)
    cell = when * n + where
    _check_balance(np.bincount(cell, minlength=n * t), weights.labels, periods)
    _check_finite(y, x, names, codes, np.asarray(period))
    row = np.empty(n * t, dtype=int)
    row[cell] = np.arange(n * t)
    return StackedPanel(
        y[row].reshape(t, n), x.T[:, row].reshape(-1, t, n), names, weights.labels, periods
    )


def require_panel_order(panel: StackedPanel, weights: SpatialWeights) -> None:
    """Raise UserError unless panel and weights have the same units in the same order."""
    if panel.units != weights.labels:
        weights.require_same_units(panel.units)
        raise UserError(
            f"weights '{weights.name}' has the units of the panel in another order; "
            "stack the panel with these weights"
        )


def require_even_steps(periods: np.ndarray) -> None:
    """Raise UserError if numbered periods have a gap; lags and lines over time count positions."""
    if periods.dtype.kind not in "iuf":
        return
    steps = np.diff(periods)
    if np.any(steps != steps[:1]):
        late = np.flatnonzero(steps != steps[0])[0]
        raise UserError(
            f"periods are not evenly spaced: {periods[late]} is followed by {periods[late + 1]}; "
            "complete the panel or choose a sample without the gap"
        )


def remove_effects(values: np.ndarray, effects: str) -> np.ndarray:
    """Project effects out of balanced arrays (..., T, n).

    'none' takes out the grand mean; 'unit_trends' unit means, a line over the periods for each
    unit, and period means.
    """
    if effects == "none":
        return values - values.mean(axis=(-2, -1), keepdims=True)
    if PER_UNIT[effects]:
        values = values - values.mean(axis=-2, keepdims=True)
    if PER_UNIT[effects] == 2:
        line = np.arange(values.shape[-2]) - (values.shape[-2] - 1) / 2.0
        slopes = np.einsum("t,...ti->...i", line, values) / (line @ line)
        values = values - line[:, None] * slopes[..., None, :]
    if effects in PERIOD_MEANS:
        values = values - values.mean(axis=-1, keepdims=True)
    return values


def _check_shapes(
    y: np.ndarray, x: np.ndarray, names: Sequence[str], unit: np.ndarray, period: np.ndarray
) -> tuple[str, ...]:
    names = tuple(str(name) for name in names)
    if x.ndim != 2 or not names or x.shape[1] != len(names):
        raise UserError(f"{len(names)} names for regressors of shape {x.shape}; give one each")
    taken = {"rho", "lambda", *(f"W:{name}" for name in names)}
    if len(set(names)) < len(names) or taken.intersection(names):
        raise UserError(f"names {', '.join(names)} repeat one or use rho, lambda or W:; rename")
    lengths = {"y": len(y), "x": len(x), "unit": len(unit), "period": len(period)}
    if len(set(lengths.values())) > 1 or y.ndim != 1:
        raise UserError(f"lengths differ: {', '.join(f'{a} {b}' for a, b in lengths.items())}")
    period = np.asarray(period)
    if period.dtype.kind == "f" and not np.isfinite(period).all():
        raise UserError("period is missing or not finite in some rows; leave those rows out")
    return names


def _check_balance(counts: np.ndarray, units: tuple[str, ...], periods: np.ndarray) -> None:
    if np.all(counts == 1):
        return
    for cells, fault, remedy in (
        (counts > 1, "more than once", "keep one row each"),
        (counts == 0, "missing", "complete the panel or choose a balanced sample"),
    ):
        if cells.any():
            where = np.flatnonzero(cells)
            rows = [f"unit {units[i % len(units)]} in {periods[i // len(units)]}" for i in where]
            raise UserError(f"{len(rows)} row(s) {fault}: {name_some(rows)}; {remedy}")


def _check_finite(
    y: np.ndarray, x: np.ndarray, names: tuple[str, ...], units: np.ndarray, periods: np.ndarray
) -> None:
    for name, values in zip(("the outcome", *names), (y, *x.T), strict=True):
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            rows = name_some(f"unit {units[i]} in {periods[i]}" for i in wrong)
            raise UserError(f"{name} has {wrong.size} value(s) missing or not finite: {rows}")
