"""The columns of a spatial model, freed of the effects, and what the effects leave of the sample.

The family of models is that of ``panel_ml``.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import Algebra, DenseAlgebra, LogDeterminant, Multiplier, lag
from pilotzone.methods.space.panel import (
    PER_UNIT,
    PERIOD_MEANS,
    StackedPanel,
    remove_effects,
    require_even_steps,
    require_panel_order,
)
from pilotzone.methods.space.weights import SpatialWeights


@dataclass(frozen=True)
class Structure:
    """Which lags a model has: of the outcome, of the regressors, of the error."""

    lag_y: bool = False
    lag_x: bool = False
    lag_error: bool = False


MODELS = {
    "ols": Structure(),
    "slx": Structure(lag_x=True),
    "sar": Structure(lag_y=True),
    "sdm": Structure(lag_y=True, lag_x=True),
    "sem": Structure(lag_error=True),
    "sdem": Structure(lag_x=True, lag_error=True),
    "gns": Structure(lag_y=True, lag_x=True, lag_error=True),
}
EFFECTS = ("two_way", "unit", "period", "none", "unit_trends")
# A column that keeps less than this share of its length next to the effects or to the columns
# before it is not told apart from rounding in data of 12 significant digits.
COLLINEAR = 1e-8


@dataclass(frozen=True, eq=False)
class Sample:
    """What effects and transformation leave to the likelihood.

    Attributes
    ----------
    nobs : N of the module's head.
    free : observations less effects, which bounds the number of regressors.
    repeats : m, how often the log-determinant counts.
    determinant : ln|I - r W|, of what the effects leave.
    centred : whether the traces are those of JG.
    """

    nobs: int
    free: int
    repeats: int
    determinant: LogDeterminant
    centred: bool


def build_sample(
    weights: SpatialWeights,
    n_periods: int,
    effects: str,
    lee_yu: bool,
    algebra: Algebra | None = None,
) -> Sample:
    """Count what the effects leave, and choose the log-determinant."""
    n = len(weights.labels)
    units_left = n - (effects in PERIOD_MEANS)
    periods_left = n_periods - PER_UNIT[effects]
    free = units_left * periods_left - (effects == "none")
    algebra = algebra or DenseAlgebra(weights)
    if not lee_yu:
        determinant = algebra.log_determinant(centred=False)
        return Sample(n * n_periods, free, n_periods, determinant, False)
    centred = units_left < n
    return Sample(free, free, periods_left, algebra.log_determinant(centred), centred)


@dataclass(frozen=True, eq=False)
class Design:
    """The columns of a model, freed of the effects; for a stack of panels see ``build_designs``.

    Attributes
    ----------
    names : names of all coefficients.
    k : number of regressors, W x included.
    y : (T, n) the outcome as given.
    columns : (q, T, n) k regressors, the outcome; with a lag of the error the lags of these; with a
        lag of the outcome only its own lag; with both the lags of all and the second lag of the
        outcome.
    triangle : (q, q) R of the QR decomposition of the columns: every sum of squares is one of its
        own.
    """

    structure: Structure
    effects: str
    names: tuple[str, ...]
    k: int
    y: np.ndarray
    columns: np.ndarray
    triangle: np.ndarray

    def filtered(self, columns: np.ndarray, r: float | np.ndarray) -> np.ndarray:
        """Return regressors and outcome (k + 1, ...) less r times what the model lags.

        r spreads over one column. With both lags it is (lambda, rho), and the outcome is
        (I - lambda W)(I - rho W) y.
        """
        own, lagged = columns[: self.k + 1], columns[self.k + 1 :]
        if self.structure.lag_error and self.structure.lag_y:
            once, twice = lagged[:-1], lagged[-1:]
            filtered = own - r[0] * once
            filtered[-1:] -= r[1] * (once[-1:] - r[0] * twice)
            return filtered
        if self.structure.lag_error:
            return own - r * lagged
        if self.structure.lag_y:
            return np.concatenate([own[:-1], own[-1:] - r * lagged])
        return own

    def at(self, places: int | slice | np.ndarray) -> "Design":
        """Return the designs (R,) of a stack at some places, as a mask or numbers, or one."""
        parts = {"y": self.y[places], "columns": self.columns[:, places]}
        return dataclasses.replace(self, **parts, triangle=self.triangle[places])


def build_design(
    panel: StackedPanel, matrix: np.ndarray, structure: Structure, effects: str, sample: Sample
) -> Design:
    """Take the lags, remove the effects, check the rank and triangulate.

    Errors are those of ``fit_stacked``.
    """
    own, design = _designed(panel, matrix, structure, effects)
    names = design.names[: design.k]
    _check_variation(own, design.columns, (*names, "the outcome"), effects)
    if sample.free <= design.k:
        raise UserError(
            f"{sample.free} observations besides the effects do not suffice for {design.k} "
            "regressors; leave some out"
        )
    _check_rank(design.triangle, names, effects)
    return design


def build_designs(
    panels: StackedPanel, matrix: np.ndarray, structure: Structure, effects: str, sample: Sample
) -> Design:
    """Build the designs of those of R panels that ``build_design`` takes, in their order.

    ``y`` is (r, T, n), ``columns`` (q, r, T, n), ``triangle`` (r, q, q), with r <= R.
    """
    own, design = _designed(panels, matrix, structure, effects)
    if sample.free <= design.k:
        return design.at(np.empty(0, dtype=int))
    absorbed = _absorbed(own, design.columns).any(axis=0)
    return design.at(~absorbed & ~spoiled(design.triangle, design.k).any(axis=-1))


def _designed(
    panel: StackedPanel, matrix: np.ndarray, structure: Structure, effects: str
) -> tuple[np.ndarray, Design]:
    """Return regressors and outcome as given, and the design, without any check."""
    names = panel.names
    regressors = panel.x
    if structure.lag_x:
        names += tuple(f"W:{name}" for name in panel.names)
        regressors = np.concatenate([panel.x, lag(panel.x, matrix)])
    own = np.concatenate([regressors, panel.y[None]])
    parts = [own]
    if structure.lag_error:
        parts.append(lag(own, matrix))
    if structure.lag_error and structure.lag_y:
        parts.append(lag(parts[-1][-1:], matrix))
    elif structure.lag_y:
        parts.append(lag(panel.y[None], matrix))
    columns = remove_effects(np.concatenate(parts), effects)
    spatial = ("lambda",) * structure.lag_error + ("rho",) * structure.lag_y
    described = (structure, effects, names + spatial, len(names), panel.y)
    return own, Design(*described, columns, triangle_of(columns))


def triangle_of(columns: np.ndarray) -> np.ndarray:
    """Return R (..., q, q) of the QR decomposition of columns (q, ..., T, n)."""
    return np.linalg.qr(stretched(columns).swapaxes(-1, -2), mode="r")


def stretched(columns: np.ndarray) -> np.ndarray:
    """Return columns (q, ..., T, n) as the rows of (..., q, N)."""
    *before, t, n = columns.shape
    return np.moveaxis(columns.reshape(*before, t * n), 0, -2)


def described(panel: StackedPanel, weights: SpatialWeights, design: Design) -> dict[str, object]:
    """Return the fields of a result that say what was fitted to which panel."""
    return {
        "effects": design.effects,
        "weights": weights.name,
        "x_names": panel.names,
        "names": design.names,
        "nobs": panel.y.size,
        "n_units": len(panel.units),
        "n_periods": len(panel.periods),
        "units": panel.units,
    }


def slopes_at(design: Design, r: float | np.ndarray) -> np.ndarray:
    """Coefficients (..., k) of the regressors that maximise the likelihood at r."""
    small = design.filtered(np.moveaxis(design.triangle, -1, 0), np.asarray(r)[..., None])
    q, upper = np.linalg.qr(np.moveaxis(small[: design.k], 0, -1))
    return np.linalg.solve(upper, q.swapaxes(-1, -2) @ small[design.k][..., None])[..., 0]


def residuals_at(
    design: Design, slopes: np.ndarray, r: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Regressors (k, ..., T, n) and residuals (..., T, n) of the model, freed of the effects."""
    filtered = design.filtered(design.columns, np.asarray(r)[..., None, None])
    regressors = filtered[: design.k]
    return regressors, filtered[design.k] - predicted(slopes, regressors)


def predicted(slopes: np.ndarray, regressors: np.ndarray) -> np.ndarray:
    """Return the sum (..., T, n) of regressors (k, ..., T, n) times their slopes (..., k)."""
    return np.einsum("...k,k...tn->...tn", slopes, regressors)


def fit_quality(
    design: Design,
    residuals: np.ndarray,
    parameters: Sequence[float],
    multipliers: Sequence[Multiplier],
) -> tuple[float, float]:
    """Squared correlations of y and My with the reduced-form prediction.

    One multiplier for each spatial parameter, lambda before rho.
    """
    surprise = residuals
    for r, multiplier in zip(parameters, multipliers, strict=True):
        # (I - r W)^-1 = I + r G
        surprise = surprise + r * multiplier.apply(surprise)
    observed, within = design.y, design.columns[design.k]
    inside = within - remove_effects(surprise, design.effects)
    return _squared_correlation(observed, observed - surprise), _squared_correlation(within, inside)


def _squared_correlation(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() ** 2 / ((one**2).sum() * (other**2).sum()))


def check_options(
    panel: StackedPanel, weights: SpatialWeights, model: str, effects: str, lee_yu: bool
) -> Structure:
    """Refuse unknown options and units in another order than the weights; return the lags."""
    if model not in MODELS:
        raise UserError(f"model '{model}' is unknown; choose one of {', '.join(MODELS)}")
    if effects not in EFFECTS:
        raise UserError(f"effects '{effects}' are unknown; choose one of {', '.join(EFFECTS)}")
    if lee_yu and effects == "none":
        raise UserError("lee_yu transforms effects out; with effects 'none' there are none")
    require_panel_order(panel, weights)
    if PER_UNIT[effects] == 2:
        require_even_steps(panel.periods)
    return MODELS[model]


def _check_variation(
    own: np.ndarray, columns: np.ndarray, names: tuple[str, ...], effects: str
) -> None:
    absorbed = _absorbed(own, columns)
    if absorbed.any():
        which = ", ".join(name for name, gone in zip(names, absorbed, strict=True) if gone)
        raise UserError(
            f"{which}: no variation is left besides effects '{effects}'; leave it out "
            "or change the effects"
        )


def _absorbed(own: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Say which columns (p, ..., T, n) the effects leave no variation."""
    before = np.sqrt((own**2).sum(axis=(-2, -1)))
    after = np.sqrt((columns[: len(own)] ** 2).sum(axis=(-2, -1)))
    return after <= COLLINEAR * before


def spoiled(triangle: np.ndarray, k: int) -> np.ndarray:
    """Say which regressors (..., k) are a combination of the ones before them."""
    lengths = np.sqrt((triangle[..., :k] ** 2).sum(axis=-2))
    alone = np.abs(np.diagonal(triangle, axis1=-2, axis2=-1)[..., :k])
    return alone <= COLLINEAR * lengths


def _check_rank(triangle: np.ndarray, names: tuple[str, ...], effects: str) -> None:
    """Name the first column that is a combination of the ones before it, and those."""
    wrong = np.flatnonzero(spoiled(triangle, len(names)))
    if not wrong.size:
        return
    j = wrong[0]
    lengths = np.linalg.norm(triangle[:, : j + 1], axis=0)
    mix = np.linalg.solve(triangle[:j, :j], triangle[:j, j])
    involved = np.abs(mix) * lengths[:j] > np.sqrt(COLLINEAR) * lengths[j]
    others = ", ".join(name for name, inside in zip(names, involved, strict=False) if inside)
    raise UserError(
        f"{names[j]} is a linear combination of {others} besides effects '{effects}'; leave one out"
    )
