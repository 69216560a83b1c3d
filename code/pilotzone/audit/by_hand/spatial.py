"""Spatial models, their tests, and the truth of simulated dynamic panels, by dense likelihoods."""

import functools
from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.information import covariance, parameters
from pilotzone.audit.by_hand.likelihood import MODELS, Model, Space, Top, highest, space
from pilotzone.audit.opinion import Found, of_interest
from pilotzone.audit.rows import Design, neighbours
from pilotzone.panels.store import Store

Terms = Iterator[Found]
# Kinds of error that are computed here.
PAIRS, INFORMATION = "cluster_pairs", "information"
KINDS = ("direct", "indirect", "total")
LARGEST_ROOT = 0.98


def spatial_model(data: Design, store: Store) -> Terms:
    """Coefficients, effects and log-likelihood of a column's model."""
    data, matrix = neighbours(data, store)
    model = data.spec.estimator.partition("_")[0]
    corrected = data.spec.option("correction") == "lee_yu"
    top, names = _fitted(data, matrix, model, data.spec.effects, transformed=corrected)
    kind = data.spec.inference.name
    errors = covariance(top, pairs=kind == PAIRS) if kind in (PAIRS, INFORMATION) else None
    values = [*top.slopes, *parameters(top)]
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        yield Found(name, value, None if errors is None else float(np.sqrt(errors[at, at])))
    drawn = data.spec.inference.draws is not None
    if model != "sem":
        yield from _effects(top, names, None if drawn else errors)
    has_rho = {"rho": top.rho} if top.model.lags[0] else {}
    yield Found("models/", others={"loglik": top.loglik, **has_rho})


def _fitted(
    data: Design, matrix: np.ndarray, model: str, effects: str, *, transformed: bool
) -> tuple[Top, list[str]]:
    """Return the maximum of a model and the names of its coefficients."""
    data, columns, names = of_interest(data)
    x = np.column_stack([*columns, data.controls])
    of_y, of_x, of_error = MODELS[model]
    order = np.lexsort((data.unit, data.period))
    place = space(matrix, len(np.unique(data.period)), effects, transformed=transformed)
    x, terms = x[order], [*names, *data.control_names]
    if of_x:
        x, terms = np.hstack([x, place.lag(x)]), [*terms, *(f"W:{name}" for name in terms)]
    terms += [*(["lambda"] if of_error else []), *(["rho"] if of_y else [])]
    return highest(Model(place, data.y[order], x, (of_y, of_error))), terms


def _effects(top: Top, names: list[str], errors: np.ndarray | None) -> Terms:
    """Give direct, indirect and total effects by the whole inverse, errors by its derivatives."""
    matrix, n = top.model.place.matrix, len(top.model.place.matrix)
    eye = np.eye(n)
    inverse = np.linalg.inv(eye - top.rho * matrix)
    by_name = dict(zip(names, [*top.slopes, *parameters(top)], strict=True))
    for name in (one for one in by_name if f"W:{one}" in by_name or "rho" in by_name):
        if name in ("rho", "lambda") or name.startswith("W:"):
            continue
        # Derivatives of the matrix of effects in the coefficient, that of the lag, and rho.
        turns = {name: inverse, f"W:{name}": inverse @ matrix}
        change = sum(by_name.get(one, 0.0) * turn for one, turn in turns.items())
        turns["rho"] = inverse @ matrix @ change
        slopes = {one: _means(turn) for one, turn in turns.items() if one in by_name}
        for kind, value in zip(KINDS, _means(change), strict=True):
            at = KINDS.index(kind)
            error = None
            if errors is not None:
                g = np.array([slopes[one][at] if one in slopes else 0.0 for one in names])
                error = float(np.sqrt(g @ errors @ g))
            yield Found(f"{kind}:{name}", value, error)


def _means(change: np.ndarray) -> tuple[float, float, float]:
    """Return the means of the diagonal, of the rest of a row, and of a whole row."""
    n = len(change)
    direct, total = float(np.trace(change)) / n, float(change.sum()) / n
    return direct, total - direct, total


def spatial_tests(data: Design, store: Store) -> Terms:
    """Lagrange multipliers, likelihood ratios and Wald tests; what is drawn is not drawn again."""
    data, matrix = neighbours(data, store)
    held = {"effects": data.spec.effects}
    held["transformed"] = data.spec.option("correction") == "lee_yu"
    fit = functools.partial(_fitted, data, matrix)
    tops = {model: fit(model, **held)[0] for model in ("sar", "sem", "sdm")}
    statistics = _multipliers(fit("slx", **held)[0].model.place, data)
    for null in ("sar", "sem"):
        ratio = 2 * (tops["sdm"].loglik - tops[null].loglik)
        statistics |= {f"lr_sdm_{null}": ratio, f"lr_sdm_{null}_drawn": ratio}
    if data.spec.effects == "two_way":
        plain = {
            e: fit("sdm", e, transformed=False)[0].loglik for e in ("two_way", "unit", "period")
        }
        ratio = 2 * (plain["two_way"] - plain["unit"])
        statistics |= {"lr_period_effects": ratio, "lr_period_effects_drawn": ratio}
        statistics["lr_unit_effects"] = 2 * (plain["two_way"] - plain["period"])
    statistics |= _wald(tops["sdm"])
    for name, value in statistics.items():
        yield Found(f"test:{name}", others={"statistic": float(value)})
    yield Found("models/", others={"loglik": tops["sdm"].loglik, "rho": tops["sdm"].rho})


def _multipliers(place: Space, data: Design) -> dict[str, float]:
    """Return the multiplier tests of a lag of the outcome and of the error."""
    order = np.lexsort((data.unit, data.period))
    y, x = data.y[order], np.column_stack([data.treatment, data.controls])[order]
    q = place.basis.T
    b, *_ = np.linalg.lstsq(q @ x, q @ y, rcond=None)
    e = q @ (y - x @ b)
    s2 = e @ e / place.nobs
    trace, square = (place.repeats * np.trace(one) for one in _squares(place.inner))
    of_lag = e @ (q @ place.lag(y)) / s2 - trace
    of_error = e @ (q @ place.lag(place.basis @ e)) / s2 - trace
    mean = q @ place.lag(x @ b)
    mean = mean - (q @ x) @ np.linalg.lstsq(q @ x, mean, rcond=None)[0]
    d = square - 2 * trace**2 / place.nobs
    j = mean @ mean / s2 + d
    return {
        "lm_lag": of_lag**2 / j,
        "lm_error": of_error**2 / d,
        "robust_lm_lag": (of_lag - of_error) ** 2 / (j - d),
        "robust_lm_error": (of_error - of_lag * d / j) ** 2 / (d * (1 - d / j)),
    }


def _squares(inner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return inner, inner.T @ inner + inner @ inner


def _wald(top: Top) -> dict[str, float]:
    """Return F of theta = 0 and of theta + rho beta = 0, errors by clusters with pairs."""
    v, k = covariance(top, pairs=True), len(top.slopes) // 2
    beta, theta = top.slopes[:k], top.slopes[k:]
    eye, none = np.eye(k), np.zeros((k, k))
    found = {}
    for name, gap, turn in (
        ("wald_sar", theta, np.hstack([none, eye, np.zeros((k, 1))])),
        ("wald_sem", theta + top.rho * beta, np.hstack([top.rho * eye, eye, beta[:, None]])),
    ):
        found[name] = gap @ np.linalg.solve(turn @ v @ turn.T, gap) / k
    return found


def dynamic_truth(data: Design, store: Store) -> Terms:
    """The truths of the simulated panels: a textbook's, and the maximum of the column's likelihood.

    Both lags of the latter are shrunk where its largest root would exceed 0.98. The simulated
    panels themselves are not drawn again.
    """
    data, matrix = neighbours(data, store)
    top = _dynamic(data, matrix)
    tau, eta = top.slopes[:2]
    w = np.linalg.eigvals(matrix)
    root = np.abs((tau + eta * w) / (1 - top.rho * w)).max()
    shrink = min(1.0, LARGEST_ROOT / root)
    for design, truth in (
        ("textbook", (0.5, -0.1, 0.3)),
        ("panel", (shrink * tau, shrink * eta, top.rho)),
    ):
        for name, value in zip(("tau", "eta", "rho"), truth, strict=True):
            yield Found(f"simulation/{design}:{name}", others={"truth": float(value)})
        eye = np.eye(len(matrix))
        change = np.linalg.inv(eye - truth[2] * matrix) @ (eye + 0.5 * matrix)
        for kind, value in zip(KINDS, _means(change), strict=True):
            yield Found(f"simulation/{design}:short:{kind}:x1", others={"truth": value})


def _dynamic(data: Design, matrix: np.ndarray) -> Top:
    """Return the maximum of the dynamic likelihood, periods transformed out and units not."""
    order, n = np.lexsort((data.unit, data.period)), len(matrix)
    y, x = data.y[order], np.column_stack([data.treatment, data.controls])[order]
    periods = len(y) // n - 1
    free = space(matrix, periods, data.spec.effects, transformed=True)
    nobs = len(free.inner) * periods
    place = Space(free.basis, matrix, free.inner, nobs, periods)
    before, now = y[:-n, None], x[n:]
    z = np.hstack([before, place.lag(before), now, place.lag(now)])
    return highest(Model(place, y[n:], z, (True, False)))
