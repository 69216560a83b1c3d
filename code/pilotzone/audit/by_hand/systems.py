"""Two variables that move each other: tests unit by unit, and two equations at once.

The regressions of single units are those of statsmodels.
"""

from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.least_squares import RCOND, Fit, by_clusters, held, nested_units
from pilotzone.audit.by_hand.regressions import joint
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]


def non_causality(data: Design, store: Store) -> Terms:
    """The mean over units of the Wald statistics of the treatment's lags, standardised."""
    import statsmodels.api as sm

    k = int(data.spec.option("lags"))
    y, x = data.y.copy(), data.treatment.copy()
    if data.spec.effects == "two_way":
        for year in np.unique(data.period):
            now = data.period == year
            y[now], x[now] = y[now] - y[now].mean(), x[now] - x[now].mean()
    statistics = []
    for unit in data.units:
        own, other = y[data.unit == unit], x[data.unit == unit]
        past = [one[k - lag : len(one) - lag] for one in (own, other) for lag in range(1, k + 1)]
        whole = sm.OLS(own[k:], sm.add_constant(np.column_stack(past))).fit()
        f, p, _ = whole.compare_f_test(sm.OLS(own[k:], whole.model.exog[:, : k + 1]).fit())
        statistics.append(k * f)
        yield Found(f"causality/{unit}", others={"wald": k * f, "p_value": p})
    n, t, mean = len(statistics), len(np.unique(data.period)), float(np.mean(statistics))
    scale = n / (2 * k) * (t - 3 * k - 5) / (t - 2 * k - 3)
    tilde = np.sqrt(scale) * ((t - 3 * k - 3) / (t - 3 * k - 1) * mean - k)
    yield Found("w_bar", mean)
    yield Found("test:bootstrap", others={"statistic": mean})
    yield Found("test:z_bar", others={"statistic": np.sqrt(n / (2 * k)) * (mean - k)})
    yield Found("test:z_bar_tilde", others={"statistic": tilde})


def three_stage(data: Design, store: Store) -> Terms:
    """Both equations at once, weighted by the covariance of their two-stage residuals."""
    own, excluded = (str(data.spec.option(name)).split() for name in ("own", "excluded"))
    names = list(dict.fromkeys([*data.control_names, *own, *excluded]))
    z = np.column_stack([data.column(name) for name in names])
    parts = [[name not in left for name in names] for left in (excluded, own)]
    effects = held(data)
    y, d, z = (_free(one, effects) for one in (data.y, data.treatment, z))
    regressors = [np.column_stack([d, z[:, parts[0]]]), np.column_stack([y, z[:, parts[1]]])]
    yield from _weak(data, names, parts[0], _system((y, d), regressors, z))
    yield Found(
        "test:overidentification", others={"statistic": _surplus(data, y, regressors[0], z)}
    )


def _free(values: np.ndarray, effects: np.ndarray) -> np.ndarray:
    return values - effects @ np.linalg.lstsq(effects, values, rcond=None)[0]


def _system(
    outcomes: tuple[np.ndarray, np.ndarray], regressors: list[np.ndarray], z: np.ndarray
) -> float:
    """Return the coefficient of the other outcome in the first equation."""
    onto = z @ np.linalg.pinv(z, rcond=RCOND)
    left = [
        one - x @ np.linalg.lstsq(onto @ x, one, rcond=None)[0]
        for one, x in zip(outcomes, regressors, strict=True)
    ]
    weight = np.linalg.inv(np.array(left) @ np.array(left).T / len(left[0]))
    fitted = [onto @ x for x in regressors]
    bend = np.block([[weight[a, b] * fitted[a].T @ fitted[b] for b in range(2)] for a in range(2)])
    pull = np.concatenate(
        [fitted[a].T @ sum(weight[a, b] * outcomes[b] for b in range(2)) for a in range(2)]
    )
    return float(np.linalg.solve(bend, pull)[0])


def _weak(data: Design, names: list[str], inside: list[bool], coefficient: float) -> Terms:
    """Give the coefficient and what holds however weak the instruments are."""
    x = np.column_stack([data.column(name) for name in names])
    at = [i for i, own in enumerate(inside) if not own]
    reduced, first = (
        by_clusters(one, x, held(data), data.cluster, nested_units(data))
        for one in (data.y, data.treatment)
    )
    rubin = joint(reduced, at)
    yield Found(data.spec.treatment, coefficient, others={"statistic": rubin})
    yield Found("test:anderson_rubin", others={"statistic": rubin})
    yield Found("test:first_stage", others={"statistic": joint(first, at)})
    yield from _instruments(names, at, first)


def _instruments(names: list[str], at: list[int], first: Fit) -> Terms:
    for i in at:
        numbers = {"coefficient": first.coefficients[i], "std_error": first.errors[i]}
        yield Found(f"instruments/{names[i]}", others=numbers)


def _surplus(data: Design, y: np.ndarray, x: np.ndarray, z: np.ndarray) -> float:
    """Return Hansen's J of the first equation by two-step GMM with clusters."""
    two_stage = np.linalg.lstsq(z @ np.linalg.pinv(z, rcond=RCOND) @ x, y, rcond=None)[0]
    left = y - x @ two_stage
    moments = [z[data.cluster == g].T @ left[data.cluster == g] for g in np.unique(data.cluster)]
    weight = np.linalg.inv(sum(np.outer(one, one) for one in moments))
    beta = np.linalg.solve(x.T @ z @ weight @ z.T @ x, x.T @ z @ weight @ z.T @ y)
    gap = z.T @ (y - x @ beta)
    return float(gap @ weight @ gap)
